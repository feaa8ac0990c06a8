//! Send one message, and say what came of it.
//!
//! Owns the two ways out, [`email`] and [`webhook`], their health, and the
//! reading of the other side's answer as a [`domain::delivery::Outcome`]. It
//! must not decide on attempts to come or touch the store. `Channels` is cheap
//! to clone.
//!
//! [`domain::delivery::Outcome`]: crate::domain::delivery::Outcome

pub mod email;
pub mod webhook;

mod circuit;
mod credit;
mod tls;
mod words;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use self::circuit::{Circuit, State};
use crate::clock::Clock;
use crate::domain::delivery::{Outcome, Reason};
use crate::telemetry::CircuitGauge;

/// One message on its way.
#[derive(Clone, Debug)]
pub enum Outgoing {
    /// By email, through one of the relays.
    Email(Box<email::Mail>),
    /// By a webhook.
    Webhook(webhook::Post),
}

/// What came of one attempt, and through whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What came of it.
    pub outcome: Outcome,
    /// The relay (`mx1.example.jp:25`) or the webhook's name; empty if none
    /// was tried.
    pub via: String,
}

/// Whether a message is still wanted, asked as its turn comes and nothing of it is
/// said yet.
pub type Wanted<'a> = &'a (dyn Fn() -> bool + Send + Sync);

/// The end of an attempt that has not begun, as its message is wanted no more.
fn not_wanted(via: &str) -> Attempt {
    Attempt {
        outcome: Outcome::Retry {
            reason: Reason::Busy,
            detail: NOT_WANTED.to_owned(),
            after: None,
        },
        via: via.to_owned(),
    }
}

const NOT_WANTED: &str = "it was wanted no more when its turn came";

/// What waited for its turn for so long waited while the machine stood still:
/// every wait of a channel ends sooner.
const STOOD_STILL: SignedDuration = SignedDuration::from_mins(10);

/// The end of an attempt that waited over a standstill and has not begun. Why:
/// whether it is still to leave, whoever sends looks again.
fn stood_still((since, now): (Timestamp, Timestamp), via: &str) -> Option<Attempt> {
    let outcome = Outcome::Retry {
        reason: Reason::Busy,
        detail: "the machine stood still before its turn came".to_owned(),
        after: None,
    };
    let via = via.to_owned();
    (now.duration_since(since) >= STOOD_STILL).then_some(Attempt { outcome, via })
}

/// Reads a PEM file of authorities as a start does.
///
/// # Errors
///
/// One sentence where it holds none that can be used.
pub fn authorities(file: &Path) -> Result<(), String> {
    tls::roots(file).map(|_| ())
}

/// How messages are sent.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The relays; without one, no mail can be sent.
    pub email: email::Settings,
    /// The webhooks, each by its own name.
    pub webhooks: Vec<webhook::Settings>,
    /// What their health and pace count by.
    pub clock: Clock,
    /// Where their health is shown.
    pub circuits: CircuitGauge,
}

/// Why the channels cannot be set up: each a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sender's address does not read.
    #[error("email: the sender \"{from}\" is not a mail address: {why}")]
    From {
        /// As it was given.
        from: String,
        /// What is wrong with it.
        why: String,
    },
    /// The certificates that are to be trusted cannot be had.
    #[error("{whose}: {why}")]
    Roots {
        /// The relay or the webhook.
        whose: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// A relay needs TLS but the host's name cannot stand in a certificate.
    #[error("email relay {relay}: \"{host}\" is not a host name or an IP address")]
    Host {
        /// The relay.
        relay: String,
        /// As it was given.
        host: String,
    },
    /// Two webhooks have one name.
    #[error("webhook \"{0}\" stands twice: give each its own name")]
    Twice(String),
    /// The address of a webhook does not read.
    #[error("webhook \"{0}\": the url must begin with https:// or http:// and name a host")]
    Url(String),
    /// The secret of a webhook does not read.
    #[error("webhook \"{0}\": the secret must be whsec_ and then base64")]
    Secret(String),
    /// The HTTP client cannot be made.
    #[error("webhook \"{name}\": {why}")]
    Client {
        /// The webhook.
        name: String,
        /// What the library says.
        why: String,
    },
}

/// Every way out.
#[derive(Clone)]
pub struct Channels {
    inner: Arc<Inner>,
}

struct Inner {
    email: email::Email,
    webhooks: HashMap<String, webhook::Webhook>,
}

impl Channels {
    /// Checks the settings and reads the certificates; connects to nobody.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        install_crypto();
        let mut webhooks = HashMap::new();
        for webhook in settings.webhooks {
            let name = webhook.name.clone();
            if webhooks.contains_key(&name) {
                return Err(Error::Twice(name));
            }
            let webhook = webhook::Webhook::new(webhook, &settings.clock, &settings.circuits)?;
            webhooks.insert(name, webhook);
        }
        let email = email::Email::new(settings.email, &settings.clock, &settings.circuits)?;
        Ok(Self {
            inner: Arc::new(Inner { email, webhooks }),
        })
    }

    /// Sends one message once. Ends within the limits of the settings, and
    /// may be dropped at any time: what was not finished is not reused.
    pub async fn send(&self, message: &Outgoing) -> Attempt {
        self.send_wanted(message, &|| true).await
    }

    /// The same, where it is still wanted when its turn comes.
    pub async fn send_wanted(&self, message: &Outgoing, wanted: Wanted<'_>) -> Attempt {
        match message {
            Outgoing::Email(mail) => self.inner.email.send(mail, wanted).await,
            Outgoing::Webhook(post) => match self.inner.webhooks.get(&*post.webhook) {
                Some(webhook) => webhook.send(post, wanted).await,
                None => Attempt {
                    outcome: Outcome::Rejected {
                        reason: Reason::NoChannel,
                        detail: format!("no webhook is called \"{}\"", post.webhook),
                    },
                    via: post.webhook.to_string(),
                },
            },
        }
    }

    /// So many mails are about to be sent: the connections for them are opened
    /// meanwhile, within the bounds of the relay. Returns at once.
    pub fn expect_mails(&self, mails: usize) {
        if mails == 0 {
            return;
        }
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move { inner.email.open_ahead(mails).await });
    }

    /// A message like this is about to be sent: the octets of its text are made.
    pub fn make_ahead(&self, message: &Outgoing) {
        if let Outgoing::Email(mail) = message {
            self.inner.email.make_ahead(mail);
        }
    }

    /// How each relay stands, in the order of the configuration, and then each
    /// webhook, by its name.
    pub fn circuits(&self) -> Vec<Circuit> {
        let webhooks = self.inner.webhooks.values();
        let mut webhooks: Vec<_> = webhooks.map(webhook::Webhook::circuit).collect();
        webhooks.sort_by(|one, other| one.name.cmp(&other.name));
        self.inner.email.circuits().chain(webhooks).collect()
    }

    /// Lets the idle connections go, as after a call-out.
    pub fn close_idle(&self) {
        self.inner.email.close_idle();
        for webhook in self.inner.webhooks.values() {
            webhook.close_idle();
        }
    }
}

impl std::fmt::Debug for Channels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut names: Vec<_> = self.inner.webhooks.keys().collect();
        names.sort();
        f.debug_struct("Channels")
            .field("relays", &self.inner.email.names())
            .field("webhooks", &names)
            .finish()
    }
}

/// Chooses the one provider of cryptography for the whole program; harmless
/// when done twice.
pub fn install_crypto() {
    // Why: an error says only that a provider stands already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
