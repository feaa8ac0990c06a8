//! One request for one answer, by whichever way it goes.
//!
//! Owns what an answer and a failure are before anybody judges them, and the
//! way through the proxy of the environment, which is the library's. It must
//! not know what an answer means.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use reqwest::header::HeaderMap;
use reqwest::{Client, StatusCode, Url};

use super::names::Names;
use crate::channel::tls::is_tls;
use crate::domain::delivery::Reason;

/// How much of an answer is read.
pub(super) const ANSWER_OCTETS: usize = 16 * 1024;

/// What a gateway said.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// As far as it came and was worth reading.
    pub(super) body: Vec<u8>,
    /// Whether its end was seen.
    pub(super) whole: bool,
}

impl Answer {
    /// The head; the body is still to come.
    pub(super) fn begun(response: &mut hyper::Response<Incoming>) -> Self {
        Self {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: Vec::new(),
            whole: false,
        }
    }

    /// Takes in more of the body, as far as it is worth reading.
    ///
    /// Why no more: what comes in one piece may be far larger, and what stands behind
    /// the end would count for as long as it came soon enough.
    pub(super) fn take(&mut self, piece: &[u8]) {
        let left = ANSWER_OCTETS.saturating_sub(self.body.len());
        self.body.extend(piece.iter().take(left));
    }

    /// Whether the body broke off before its end.
    pub(super) fn is_cut(&self) -> bool {
        !self.whole && self.body.len() < ANSWER_OCTETS
    }
}

/// Why there is no answer.
pub(super) enum Failure {
    /// No connection stood: nothing was sent.
    NotSent(Reason, String),
    /// The gateway may have the whole request, and broke off.
    Lost(String),
    /// The gateway may have the whole request, and says nothing.
    Silent(String),
}

impl Failure {
    pub(super) const fn unreachable(words: String) -> Self {
        Self::NotSent(Reason::Unreachable, words)
    }

    pub(super) const fn late(words: String) -> Self {
        Self::NotSent(Reason::Timeout, words)
    }

    pub(super) const fn tls(words: String) -> Self {
        Self::NotSent(Reason::Tls, words)
    }
}

/// The library's client, which finds the proxy of the environment by itself.
pub(super) fn client(
    config: rustls::ClientConfig,
    names: Arc<Names>,
    limits: (Duration, Duration),
) -> Result<Client, String> {
    let (whole, connect) = limits;
    let builder = Client::builder()
        .tls_backend_preconfigured(config)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(whole)
        .connect_timeout(connect)
        .dns_resolver(names)
        .pool_idle_timeout(Duration::from_secs(10))
        .tcp_nodelay(true);
    builder.build().map_err(|error| chain(&error.without_url()))
}

/// The exchange by that client.
pub(super) async fn ask(
    client: &Client,
    url: &Url,
    headers: HeaderMap,
    body: String,
) -> Result<Answer, Failure> {
    let request = client.post(url.clone()).headers(headers).body(body);
    let mut response = request.send().await.map_err(failure)?;
    let mut answer = Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: Vec::new(),
        whole: false,
    };
    while answer.body.len() < ANSWER_OCTETS {
        match response.chunk().await {
            Ok(Some(chunk)) => answer.take(&chunk),
            Ok(None) => {
                answer.whole = true;
                break;
            }
            Err(_) => break,
        }
    }
    Ok(answer)
}

/// Reads an error of the library, in which no answer came.
fn failure(error: reqwest::Error) -> Failure {
    // The url may be a secret.
    let error = error.without_url();
    let words = chain(&error);
    // Why: nothing is sent before a connection stands. Of everything that
    // happens after, the library cannot say whether the receiver has the
    // whole request. To call that "not sent" would be a guess, and as the
    // receiver can tell a second copy by its webhook-id, "perhaps" is true
    // and costs little.
    let begun = !error.is_connect() && !error.is_builder();
    if begun && error.is_timeout() {
        Failure::Silent(words)
    } else if begun {
        Failure::Lost(words)
    } else if is_tls(&error) {
        Failure::tls(words)
    } else if error.is_timeout() {
        Failure::late(words)
    } else {
        Failure::unreachable(words)
    }
}

/// An error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
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
