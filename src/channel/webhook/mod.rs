//! Webhooks: one signed POST to one gateway.
//!
//! Owns the request, its signature, the gateway's health and the reading of
//! errors; what an answer means is `answer`'s, and where a name may lead is
//! `names`'. The body is made elsewhere (`docs/webhook.md` defines it). It
//! must not follow a redirect, which could lead a signed message anywhere, and
//! must not decide when to try again.

mod answer;
mod names;
mod signature;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;

use self::answer::Judge;
use self::names::Names;
pub use self::names::{LookUp, LookedUp, SystemNames};
use self::signature::Key;
use super::circuit::{Breaker, Circuit, Entry, Health, Shut};
use super::credit::Credit;
use super::words::Scrubber;
use super::{Attempt, Error, tls};
use crate::clock::Clock;
use crate::domain::delivery::{Outcome, Reason};
use crate::telemetry::CircuitGauge;

/// The usual limit of one attempt, from the connect to the end of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// How long a connection is kept for the next message. Short, because a POST
/// on a connection that the receiver is just closing is ambiguous.
const KEPT_SECS: u64 = 10;

/// One message for one receiver.
#[derive(Clone, PartialEq, Eq)]
pub struct Post {
    /// The webhook's name.
    pub webhook: String,
    /// For whom it is, as the roster gives the address, where it gives one: a
    /// gateway that refuses one is told from one that refuses everybody by it.
    pub to: String,
    /// The identity, the same on every copy (`webhook-id`).
    pub id: String,
    /// When this attempt is made (`webhook-timestamp`).
    pub timestamp: Timestamp,
    /// The body, JSON.
    pub body: String,
}

/// Names the message and nothing of what it says: its body carries the link
/// with which a person answers.
impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post")
            .field("webhook", &self.webhook)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// One receiver.
#[derive(Clone)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// Where it listens; often a secret itself.
    pub url: String,
    /// The key of the signature, `whsec_` and base64.
    pub secret: Option<SecretString>,
    /// A token for `Authorization: Bearer`.
    pub bearer: Option<SecretString>,
    /// What counts as taken.
    pub success: Success,
    /// The limit of one attempt as a whole; see [`TIMEOUT`].
    pub timeout: Duration,
    /// Whether the proxy of the environment is used.
    pub proxy: bool,
    /// A PEM file with the authorities that are trusted in place of the
    /// platform's.
    pub extra_roots: Option<PathBuf>,
    /// Whether the name in the URL may lead to this machine or its link.
    pub internal: bool,
    /// Who knows where names lead; [`SystemNames`] but for tests.
    pub names: Arc<dyn LookUp>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

/// What counts as taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Success {
    /// Any status from 200 to 299, whatever the body says.
    #[default]
    Status,
    /// Such a status and this text as the body; a `*` at an end of it stands
    /// for anything.
    Body(String),
}

/// A receiver, ready.
pub(super) struct Webhook {
    name: String,
    url: Url,
    key: Option<Key>,
    bearer: Option<HeaderValue>,
    success: Success,
    client: Client,
    scrubber: Scrubber,
    clock: Clock,
    breaker: Breaker,
    credit: Credit,
    timeout: Duration,
}

impl Webhook {
    pub(super) fn new(
        settings: Settings,
        clock: &Clock,
        gauge: &CircuitGauge,
    ) -> Result<Self, Error> {
        let url = Url::parse(settings.url.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| Error::Url(settings.name.clone()))?;
        let mut scrubber = Scrubber::default();
        scrubber.hide(url.as_str());
        if url.path().len() > 1 {
            scrubber.hide(url.path());
        }
        scrubber.hide(url.query().unwrap_or_default());
        let key = match &settings.secret {
            Some(secret) => {
                let secret = secret.expose_secret();
                scrubber.hide(secret);
                scrubber.hide(secret.trim_start_matches("whsec_"));
                Some(Key::parse(secret).ok_or_else(|| Error::Secret(settings.name.clone()))?)
            }
            None => None,
        };
        let bearer = match &settings.bearer {
            Some(token) => {
                scrubber.hide(token.expose_secret());
                Some(bearer(token.expose_secret(), &settings.name)?)
            }
            None => None,
        };
        Ok(Self {
            client: client(&settings, &url)?,
            clock: clock.clone(),
            breaker: Breaker::new("webhook", &settings.name, gauge.clone()),
            credit: Credit::default(),
            timeout: settings.timeout,
            name: settings.name,
            url,
            key,
            bearer,
            success: settings.success,
            scrubber,
        })
    }

    pub(super) fn circuit(&self) -> Circuit {
        self.breaker.circuit()
    }

    /// Posts the message once, unless the gateway is left alone.
    pub(super) async fn send(&self, post: &Post) -> Attempt {
        let outcome = match self.enter().await {
            Ok(entry) => {
                let (outcome, health) = self.post(post).await;
                entry.tell(health, self.clock.now());
                outcome
            }
            Err(shut) => self.not_tried(shut),
        };
        Attempt {
            outcome,
            via: self.name.clone(),
        }
    }

    /// Waits for the end of a message that tries the gateway, if one does.
    async fn enter(&self) -> Result<Entry<'_>, Shut> {
        let entered = async {
            loop {
                match self.breaker.enter(self.clock.now()) {
                    Err(Shut::Probing) => self.breaker.settled().await,
                    entered => return entered,
                }
            }
        };
        let entered = timeout(self.timeout, entered).await;
        entered.unwrap_or(Err(Shut::Probing))
    }

    fn not_tried(&self, shut: Shut) -> Outcome {
        let (reason, detail, after) = match shut {
            Shut::Resting {
                until,
                reason,
                detail,
            } => {
                // Why: with a policy the engine calls the next contact now.
                let reason = match reason {
                    Reason::Authentication => Reason::Policy,
                    reason => reason,
                };
                let words = format!("{detail} (not tried again before {until:.0})");
                let rest = until.duration_since(self.clock.now());
                (reason, words, Duration::try_from(rest).ok())
            }
            Shut::Probing => {
                let words = "another message tries it first".to_owned();
                (Reason::Busy, words, None)
            }
        };
        Outcome::Retry {
            reason,
            detail,
            after,
        }
    }

    async fn post(&self, post: &Post) -> (Outcome, Health) {
        let Some(headers) = self.headers(post) else {
            let detail = "the message id does not fit into a header".to_owned();
            let reason = Reason::Content;
            return (Outcome::Rejected { reason, detail }, Health::Untold);
        };
        let request = self.client.post(self.url.clone()).headers(headers);
        match request.body(post.body.clone()).send().await {
            Ok(answer) => {
                let judge = Judge {
                    success: &self.success,
                    scrubber: &self.scrubber,
                    credit: &self.credit,
                    to: if post.to.is_empty() {
                        &post.id
                    } else {
                        &post.to
                    },
                    now: self.clock.now(),
                };
                judge.judge(answer).await
            }
            Err(error) => self.judge_error(error),
        }
    }

    fn headers(&self, post: &Post) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("webhook-id", HeaderValue::from_str(&post.id).ok()?);
        headers.insert("webhook-timestamp", post.timestamp.as_second().into());
        if let Some(key) = &self.key {
            let signature = key.sign(&post.id, post.timestamp, &post.body);
            headers.insert("webhook-signature", HeaderValue::try_from(signature).ok()?);
        }
        if let Some(bearer) = &self.bearer {
            headers.insert(AUTHORIZATION, bearer.clone());
        }
        Some(headers)
    }

    /// Reads an error of the library, in which no answer came.
    fn judge_error(&self, error: reqwest::Error) -> (Outcome, Health) {
        // The url may be a secret.
        let error = error.without_url();
        let detail = self.scrubber.clean(&chain(&error));
        // Why: nothing is sent before a connection stands. Of everything that
        // happens after, the library cannot say whether the receiver has the
        // whole request. To call that "not sent" would be a guess, and as the
        // receiver can tell a second copy by its webhook-id, "perhaps" is true
        // and costs little.
        if !error.is_connect() && !error.is_builder() {
            let health = Health::Fault(Reason::Ambiguous, detail.clone());
            return (Outcome::Unknown { detail }, health);
        }
        let reason = if is_tls(&error) {
            Reason::Tls
        } else if error.is_timeout() {
            Reason::Timeout
        } else {
            Reason::Unreachable
        };
        let words = detail.clone();
        let health = match reason {
            Reason::Tls => Health::Broken(reason, words),
            _ => Health::Fault(reason, words),
        };
        let outcome = Outcome::Retry {
            reason,
            detail,
            after: None,
        };
        (outcome, health)
    }
}

fn client(settings: &Settings, url: &Url) -> Result<Client, Error> {
    let config = match tls::client(settings.extra_roots.as_deref()) {
        Ok(config) => config,
        // A receiver on plain HTTP needs no certificates on this machine.
        Err(_) if url.scheme() == "http" && settings.extra_roots.is_none() => {
            tls::trusting_nobody()
        }
        Err(why) => {
            return Err(Error::Roots {
                whose: format!("webhook \"{}\"", settings.name),
                why,
            });
        }
    };
    let mut builder = Client::builder()
        .tls_backend_preconfigured(config)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("muster/", env!("CARGO_PKG_VERSION")))
        .timeout(settings.timeout)
        // Why: shorter than the whole, so that a connect that hangs is seen
        // as one, and is not taken for a message that was perhaps sent.
        .connect_timeout(settings.timeout * 2 / 3)
        .dns_resolver(Arc::new(Names::new(
            Arc::clone(&settings.names),
            settings.internal,
        )))
        .pool_idle_timeout(Duration::from_secs(KEPT_SECS))
        .tcp_nodelay(true);
    if !settings.proxy {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| Error::Client {
        name: settings.name.clone(),
        why: chain(&error.without_url()),
    })
}

fn bearer(token: &str, name: &str) -> Result<HeaderValue, Error> {
    let mut value =
        HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::Client {
            name: name.to_owned(),
            why: "the bearer token holds a character that no header may carry".to_owned(),
        })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether TLS is the cause, however deep the libraries have wrapped it.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    // Why: an I/O error's `source` is the source of what it wraps, and would
    // step over the error that we look for.
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || wrapped.is_some_and(|inner| is_tls(inner))
        || error.source().is_some_and(is_tls)
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    text
}
