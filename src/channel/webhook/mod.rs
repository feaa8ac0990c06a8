//! Webhooks: one signed POST to one gateway.
//!
//! Owns the request, its signature, the gateway's health and the reading of
//! errors; what an answer means is `answer`'s, and where a name may lead is
//! `names`'. The body is made elsewhere (`docs/webhook.md` defines it). It
//! must not follow a redirect, which could lead a signed message anywhere, and
//! must not decide when to try again.

mod answer;
mod exchange;
mod line;
mod names;
mod signature;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use jiff::Timestamp;
use reqwest::{Client, Url};
use rustls_pki_types::ServerName;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use self::answer::Judge;
use self::exchange::Failure;
use self::line::{Lines, Place};
use self::names::Names;
pub use self::names::{LookUp, LookedUp, SystemNames};
use self::signature::Key;
use super::circuit::{Breaker, Circuit, Entry, Health, Shut, not_given};
use super::credit::Credit;
use super::words::Scrubber;
use super::{Attempt, Error, Wanted, not_wanted, stood_still, tls};
use crate::clock::Clock;
use crate::domain::delivery::{Outcome, Reason};
use crate::telemetry::CircuitGauge;

/// The usual limit of one attempt, from the connect to the end of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// The longest limit that may be set: a gateway that hangs is not to hold
/// messages until their stage is over.
pub const LONGEST: Duration = Duration::from_secs(60);

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Whether a text is a secret that messages can be signed with.
pub fn is_secret(text: &str) -> bool {
    Key::parse(text).is_some()
}

/// One message for one receiver.
#[derive(Clone, PartialEq, Eq)]
pub struct Post {
    /// The webhook's name.
    pub webhook: Arc<str>,
    /// For whom it is, as the roster gives the address, where it gives one: a
    /// gateway that refuses one is told from one that refuses everybody by it.
    pub to: Arc<str>,
    /// The identity, the same on every copy (`webhook-id`).
    pub id: String,
    /// When this attempt is made (`webhook-timestamp`).
    pub timestamp: Timestamp,
    /// The body, JSON.
    pub body: String,
}

impl Post {
    /// For whom it is; a message to nobody by name stands for itself.
    fn whom(&self) -> &str {
        if self.to.is_empty() {
            &self.id
        } else {
            &self.to
        }
    }
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

/// How messages reach a receiver.
enum Way {
    Own(Lines),
    /// By the library, which knows the proxy of the environment.
    Proxy(Client, Url),
}

/// A receiver, ready.
pub(super) struct Webhook {
    name: String,
    way: Way,
    /// The path and the query.
    target: Uri,
    headers: HeaderMap,
    key: Option<Key>,
    success: Success,
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
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()).parse(),
            None => url.path().parse(),
        };
        Ok(Self {
            way: way(&settings, &url, clock)?,
            target: target.map_err(|_| Error::Url(settings.name.clone()))?,
            headers: headers(&url, bearer),
            clock: clock.clone(),
            breaker: Breaker::new("webhook", &settings.name, gauge.clone()),
            credit: Credit::default(),
            timeout: settings.timeout,
            name: settings.name,
            key,
            success: settings.success,
            scrubber,
        })
    }

    pub(super) fn circuit(&self) -> Circuit {
        self.breaker.circuit()
    }

    /// Lets the idle connections go.
    pub(super) fn close_idle(&self) {
        if let Way::Own(lines) = &self.way {
            lines.close_idle();
        }
    }

    /// Posts the message once, unless the gateway is left alone.
    pub(super) async fn send(&self, post: &Post, wanted: Wanted<'_>) -> Attempt {
        let since = self.clock.now();
        let outcome = match self.enter().await {
            Ok(entry) => {
                if let Some(attempt) = stood_still((since, self.clock.now()), &self.name) {
                    return attempt;
                }
                if !wanted() {
                    return not_wanted(&self.name);
                }
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
        let now = || self.breaker.enter(self.clock.now());
        match now() {
            Err(Shut::Probing) => {}
            entered => return entered,
        }
        let entered = async {
            loop {
                self.breaker.settled().await;
                match now() {
                    Err(Shut::Probing) => {}
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
                    reason => not_given(reason),
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
        let body = post.body.clone();
        let answered = match &self.way {
            Way::Own(lines) => lines.ask(self.request(headers, body), self.timeout).await,
            Way::Proxy(client, url) => exchange::ask(client, url, headers, body).await,
        };
        match answered {
            Ok(answer) => {
                let judge = Judge {
                    success: &self.success,
                    scrubber: &self.scrubber,
                    credit: &self.credit,
                    to: post.whom(),
                    now: self.clock.now(),
                };
                judge.judge(&answer)
            }
            Err(failure) => self.judge_failure(failure, post.whom()),
        }
    }

    fn request(&self, headers: HeaderMap, body: String) -> hyper::Request<String> {
        let mut request = hyper::Request::new(body);
        *request.method_mut() = hyper::Method::POST;
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = headers;
        request
    }

    fn headers(&self, post: &Post) -> Option<HeaderMap> {
        let mut headers = self.headers.clone();
        headers.insert(ID, HeaderValue::from_str(&post.id).ok()?);
        headers.insert(TIMESTAMP, post.timestamp.as_second().into());
        if let Some(key) = &self.key {
            let signature = key.sign(&post.id, post.timestamp, &post.body);
            headers.insert(SIGNATURE, HeaderValue::try_from(signature).ok()?);
        }
        Some(headers)
    }

    /// Judges what ended without an answer.
    fn judge_failure(&self, failure: Failure, to: &str) -> (Outcome, Health) {
        let (reason, words) = match failure {
            Failure::Lost(words) => {
                let detail = self.scrubber.clean(&words);
                let health = Health::Fault(Reason::Ambiguous, detail.clone());
                return (Outcome::Unknown { detail }, health);
            }
            Failure::Silent(words) => {
                let detail = self.scrubber.clean(&words);
                let health = Health::Silent {
                    to: to.to_owned(),
                    reason: Reason::Ambiguous,
                    words: detail.clone(),
                };
                return (Outcome::Unknown { detail }, health);
            }
            Failure::NotSent(reason, words) => (reason, words),
        };
        let detail = self.scrubber.clean(&words);
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

/// What stands at the head of every message.
fn headers(url: &Url, bearer: Option<HeaderValue>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    let host = url.host_str().unwrap_or_default();
    let host = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    if let Ok(host) = HeaderValue::try_from(host) {
        headers.insert(HOST, host);
    }
    let agent = HeaderValue::from_static(concat!("muster/", env!("CARGO_PKG_VERSION")));
    headers.insert(USER_AGENT, agent);
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(bearer) = bearer {
        headers.insert(AUTHORIZATION, bearer);
    }
    headers
}

/// The way to the gateway: our own connections, or the library's where the
/// proxy of the environment is used.
fn way(settings: &Settings, url: &Url, clock: &Clock) -> Result<Way, Error> {
    let refused = |why| Error::Client {
        name: settings.name.clone(),
        why,
    };
    let mut config = match tls::client(settings.extra_roots.as_deref()) {
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
    let names = Arc::new(Names::new(Arc::clone(&settings.names), settings.internal));
    // Why: shorter than the whole, so that a connect that hangs is seen
    // as one, and is not taken for a message that was perhaps sent.
    let connect = settings.timeout * 2 / 3;
    if settings.proxy {
        let client = exchange::client(config, names, (settings.timeout, connect));
        return Ok(Way::Proxy(client.map_err(refused)?, url.clone()));
    }
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let tls = if url.scheme() == "https" {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| Error::Url(settings.name.clone()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Some((TlsConnector::from(Arc::new(config)), name))
    } else {
        None
    };
    let place = Place {
        host: host.to_owned(),
        port: url.port_or_known_default().unwrap_or_default(),
        tls,
    };
    Ok(Way::Own(Lines::new(place, names, connect, clock.clone())))
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
