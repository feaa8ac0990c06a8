//! Email: one mail to one person through the first relay that takes it.
//!
//! Owns what a mail is and how the relays are set up; in which order they are
//! asked is `rounds`'. `lettre` builds the message (`letter`); the wire is ours, phase
//! by phase (`connection`), because only so "not sent", "perhaps sent" and
//! "nobody has this address" stay three things (`reply`). It must not decide
//! when to try again.

mod address;
mod ahead;
mod alike;
mod body;
mod connection;
mod letter;
mod lines;
mod pace;
mod post_office;
mod reply;
mod rounds;
mod turn;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::ServerName;
use secrecy::{ExposeSecret as _, SecretString};
use tokio_rustls::TlsConnector;

pub use self::address::Address;
use self::letter::Origin;
use self::post_office::{House, PostOffice};
use super::circuit::{Circuit, State};
use super::words::Scrubber;
use super::{Error, tls};
use crate::clock::Clock;
use crate::domain::text::one_line;
use crate::telemetry::CircuitGauge;

/// One mail to one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its identity without the brackets, the same on every copy.
    pub message_id: String,
    /// The message id that opened the thread, without brackets.
    pub references: Option<String>,
    /// When it was written: the `Date` of every copy.
    pub date: Timestamp,
    /// The sender's name as people read it.
    pub from_name: String,
    /// The recipient's name.
    pub to_name: Arc<str>,
    /// The recipient's address, odd forms included.
    pub to: Arc<str>,
    /// The envelope's sender, to which a bounce comes back.
    pub return_path: String,
    /// Where a person's own reply goes; to `From` where nothing is said.
    pub reply_to: Option<String>,
    /// Whether it answers a mail that came, so that no machine answers it.
    pub replies: bool,
    /// The subject.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part; without one the mail is plain text.
    pub html: String,
    /// Whether it is marked as important.
    pub urgent: bool,
    /// Which goes first where several wait for a connection: 0 before 1. One is kept
    /// for 0.
    pub urgency: u8,
    /// What it is, for filters of the receiving side.
    pub kind: Kind,
}

/// What a mail is, as its header `X-Muster-Mode` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A real call-out's.
    Real,
    /// An exercise's.
    Drill,
    /// The daemon's own word to one person, in no call-out; nobody is called.
    Notice,
}

impl Kind {
    /// The header's value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Drill => "drill",
            Self::Notice => "notice",
        }
    }
}

/// Names the mail and nothing of what it says: its text carries the link with
/// which a person answers.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("message_id", &self.message_id)
            .field("urgent", &self.urgent)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// How mail leaves the house.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address in `From`.
    pub from: String,
    /// The relays, the preferred one first.
    pub relays: Vec<Relay>,
    /// What we call ourselves in EHLO; empty for `localhost`.
    pub hello_name: String,
    /// How long each phase may take.
    pub limits: Limits,
}

/// The usual number of connections to one relay.
pub const CONNECTIONS_PER_RELAY: usize = 6;

/// One relay.
#[derive(Clone, Debug)]
pub struct Relay {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether TLS is spoken.
    pub tls: Tls,
    /// Who we are to it, if it asks.
    pub login: Option<Login>,
    /// A PEM file with the authorities that are trusted in place of the
    /// platform's.
    pub extra_roots: Option<PathBuf>,
    /// The most connections to it at a time; see [`CONNECTIONS_PER_RELAY`].
    pub connections: usize,
    /// The most mails to it in a second, where there is such a limit.
    pub rate: Option<u32>,
}

impl Relay {
    /// `host:port`, as it is shown.
    pub fn name(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// Whether TLS is spoken with a relay. Wherever it is spoken the certificate
/// must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Never.
    None,
    /// STARTTLS where it is offered.
    Opportunistic,
    /// STARTTLS, or this relay is not used.
    Required,
    /// From the first octet (`smtps`).
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

/// How long each phase of a conversation may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Waiting for one of our own connections to become free, where every
    /// relay is busy.
    pub queue: Duration,
    /// Looking up and connecting, all addresses together.
    pub connect: Duration,
    /// The server's first words.
    pub greeting: Duration,
    /// Each of EHLO, STARTTLS, the handshake and a step of AUTH.
    pub hello: Duration,
    /// MAIL FROM.
    pub mail: Duration,
    /// RCPT TO, where servers look people up.
    pub rcpt: Duration,
    /// DATA.
    pub data: Duration,
    /// Writing the message, and then waiting for the reply to the dot, where
    /// servers scan.
    pub end_of_data: Duration,
}

/// How long the answer to the end of a mail is waited for where nothing is said:
/// others are sent meanwhile.
pub const DOT: Duration = Duration::from_secs(120);

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            greeting: Duration::from_secs(30),
            hello: Duration::from_secs(30),
            mail: Duration::from_secs(30),
            rcpt: Duration::from_secs(60),
            data: Duration::from_secs(30),
            end_of_data: DOT,
        }
    }
}

/// The relays, ready.
pub(super) struct Email {
    from: Origin,
    offices: Vec<PostOffice>,
    limits: Limits,
    clock: Clock,
    scrubber: Arc<Scrubber>,
}

impl Email {
    pub(super) fn new(
        settings: Settings,
        clock: &Clock,
        gauge: &CircuitGauge,
    ) -> Result<Self, Error> {
        let from = match Address::parse(&settings.from) {
            Ok(from) => from,
            // Without a relay nothing is ever sent from it.
            Err(_) if settings.relays.is_empty() => Address::unused(),
            Err(why) => {
                return Err(Error::From {
                    from: settings.from,
                    why: why.to_owned(),
                });
            }
        };
        let mut scrubber = Scrubber::default();
        for login in settings.relays.iter().filter_map(|it| it.login.as_ref()) {
            let password = login.password.expose_secret();
            scrubber.hide(password);
            scrubber.hide(&format!("\0{}\0{password}", login.name));
        }
        let house = House {
            hello_name: hello_name(&settings.hello_name),
            limits: settings.limits,
            clock: clock.clone(),
            gauge: gauge.clone(),
            scrubber: Arc::new(scrubber),
        };
        let mut offices = Vec::with_capacity(settings.relays.len());
        for relay in settings.relays {
            let tls = tls_for(&relay)?;
            offices.push(PostOffice::new(relay, &house, tls));
        }
        Ok(Self {
            from: Origin::new(from),
            offices,
            limits: house.limits,
            clock: house.clock,
            scrubber: house.scrubber,
        })
    }

    pub(super) fn names(&self) -> Vec<&str> {
        let names = self.offices.iter().map(|office| office.name.as_str());
        names.collect()
    }

    pub(super) fn circuits(&self) -> impl Iterator<Item = Circuit> {
        self.offices.iter().map(PostOffice::circuit)
    }

    /// Opens connections for mails that are about to come, to the first relay
    /// that is in use: it is the one that they are given to.
    pub(super) async fn open_ahead(&self, mails: usize) {
        let mut offices = self.offices.iter();
        let in_use = offices.find(|office| office.circuit().state == State::Closed);
        if let Some(office) = in_use {
            office.open_ahead(mails).await;
        }
    }

    pub(super) fn close_idle(&self) {
        for office in &self.offices {
            office.close_idle();
        }
    }
}

/// What is needed to speak TLS with a relay, or `None` where it is not spoken.
fn tls_for(relay: &Relay) -> Result<Option<(TlsConnector, ServerName<'static>)>, Error> {
    if relay.tls == Tls::None {
        return Ok(None);
    }
    let host = relay.host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Error::Host {
        relay: relay.name(),
        host: relay.host.clone(),
    })?;
    let config = match tls::client(relay.extra_roots.as_deref()) {
        Ok(config) => config,
        // Why: a machine without certificates may still have a relay that
        // speaks no TLS; if that one does, it fails in its turn and says so.
        Err(_) if relay.tls == Tls::Opportunistic && relay.extra_roots.is_none() => {
            tls::trusting_nobody()
        }
        Err(why) => {
            return Err(Error::Roots {
                whose: format!("email relay {}", relay.name()),
                why,
            });
        }
    };
    Ok(Some((TlsConnector::from(Arc::new(config)), name)))
}

/// Our name in EHLO, fit for one word of ASCII.
fn hello_name(given: &str) -> String {
    let name = one_line(given);
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_graphic()) {
        "localhost".to_owned()
    } else {
        name
    }
}
