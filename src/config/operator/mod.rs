//! What the operator set in `muster.toml`: how the daemon runs and sends.
//!
//! Owns plain values, in this module's own types; `cli` turns them into the
//! settings of the modules they are for. Invariant: no secret is printed by
//! `Debug`.

mod check;
mod sign_in;
mod token;
mod url;
mod webhook;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::domain::id::PersonId;
use crate::domain::text::Text;
pub use crate::http::auth::{Scope, SignIn};

pub(super) use check::{Setting, check, language};
pub(super) use sign_in::look;

/// Everything in `muster.toml` but the time zone and the language, which
/// stand in the plan.
#[derive(Clone, Debug)]
pub struct Operator {
    /// How it is reached.
    pub http: Http,
    /// Where it keeps what happened.
    pub store: StoreUrl,
    /// How mail is sent.
    pub email: Email,
    /// Where else is sent to.
    pub webhooks: Vec<Webhook>,
    /// Who may ask for what.
    pub tokens: Vec<Token>,
    /// Who may sign in by a link, and to what.
    pub sign_ins: Vec<SignIn>,
}

impl Operator {
    /// The webhooks that a contact may name.
    pub fn webhook_names(&self) -> Vec<String> {
        let hooks = self.webhooks.iter();
        hooks.map(|hook| hook.name.clone()).collect()
    }
}

/// How the daemon is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// The address and port to listen on; port 0 for any that is free.
    pub listen: SocketAddr,
    /// What stands before `/a/…` in every answer link, without a slash at
    /// its end.
    pub public_url: String,
    /// The Unix socket of local commands; beside the store where nothing is
    /// said.
    pub socket: Option<PathBuf>,
}

/// Where the daemon keeps what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// One file on this machine.
    Sqlite(PathBuf),
}

/// How mail is sent.
#[derive(Clone, Debug)]
pub struct Email {
    /// The sender's address.
    pub from: String,
    /// The sender's name on real messages; the office's where nothing is said.
    pub name: Option<Text>,
    /// The sender's name on messages of a drill.
    pub drill_name: Option<Text>,
    /// What this machine calls itself to a relay.
    pub hello_name: String,
    /// Whether people's replies to its mails are read.
    pub replies: bool,
    /// Where a mail goes every ten minutes that must come back.
    pub canary: Option<String>,
    /// How long a relay may take to answer the end of a mail.
    pub timeout: Duration,
    /// In order of preference, at least one.
    pub relays: Vec<Relay>,
}

/// One mail relay.
#[derive(Clone, Debug)]
pub struct Relay {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How far the connection is encrypted.
    pub tls: Tls,
    /// Who this daemon is to the relay.
    pub login: Option<Login>,
    /// Certificates to trust in place of the system's, in PEM.
    pub extra_roots: Option<PathBuf>,
    /// How many connections are held to it at once.
    pub connections: usize,
    /// How many mails it is given in a second, where there is a limit.
    pub rate: Option<u32>,
}

/// How far a connection to a relay is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    None,
    /// By STARTTLS if the relay offers it.
    Opportunistic,
    /// By STARTTLS, or nothing is sent.
    Required,
    /// From the first byte (`smtps`).
    Implicit,
}

/// A name and a password.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// Where else is sent to: a gateway for voice or short messages, a chat.
#[derive(Clone)]
pub struct Webhook {
    /// As contacts name it.
    pub name: String,
    /// Where to post. It may hold a key of its own, so it is not printed.
    pub url: String,
    /// What its messages are signed with.
    pub secret: Option<SecretString>,
    /// What it is told in `Authorization: Bearer`.
    pub bearer: Option<SecretString>,
    /// How long one request may take.
    pub timeout: Duration,
    /// Whether the proxy of the environment is used.
    pub proxy: bool,
    /// What the answer must say besides its status, where anything.
    pub success: Option<String>,
    /// Whether the name in the URL may lead to this machine.
    pub internal: bool,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("name", &self.name)
            .field("secret", &self.secret)
            .field("bearer", &self.bearer)
            .field("timeout", &self.timeout)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

/// One token, known by its digest alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub name: String,
    /// SHA-256 of the token.
    pub sha256: [u8; 32],
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The person of the roster who alone holds it, where there is one.
    pub person: Option<PersonId>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("name", &self.name)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
