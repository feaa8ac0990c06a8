//! Speaking to a daemon: through its Unix socket, or over HTTP elsewhere.
//!
//! Owns the request and the way from a status to an exit code.

use std::time::Duration;

use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::arguments::Global;
use super::configuration;
use super::failure::Failure;
use crate::domain::text::Language;

/// A way to one daemon.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    shown: String,
}

/// How long a command waits for the daemon's word.
const PATIENCE: Duration = Duration::from_secs(30);

impl Client {
    /// The daemon that the arguments mean.
    pub(super) fn new(global: &Global) -> Result<Self, Failure> {
        let mut headers = HeaderMap::new();
        // Why: who reads English alone reads the names in English too; programs
        // get the town's.
        if !global.json && global.language() == Language::En {
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
        }
        let builder = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers)
            .no_proxy();
        let (builder, base, token, shown) = match (&global.server, &global.token_file) {
            (Some(server), Some(file)) => {
                let token = std::fs::read_to_string(file).map_err(|error| {
                    let file = file.display();
                    Failure::usage(
                        format!("トークンのファイル {file} を読めません（{error}）"),
                        format!("the token file {file} cannot be read: {error}"),
                    )
                })?;
                let base = server.trim_end_matches('/').to_owned();
                (builder, base.clone(), Some(token.trim().to_owned()), base)
            }
            _ => {
                let socket = configuration::socket(global)?;
                let shown = socket.display().to_string();
                let builder = builder.unix_socket(socket);
                (builder, "http://localhost".to_owned(), None, shown)
            }
        };
        let http = builder.build().map_err(|error| {
            Failure::failed(
                format!("HTTP の準備ができません（{error}）"),
                format!("the HTTP client cannot be made: {error}"),
            )
        })?;
        Ok(Self {
            http,
            base,
            token,
            shown,
        })
    }

    /// A daemon by its address and a token.
    pub(super) fn with_token(base: &str, token: &str) -> Self {
        Self {
            http: reqwest::Client::builder()
                .timeout(PATIENCE)
                .no_proxy()
                .build()
                .unwrap_or_default(),
            base: base.to_owned(),
            token: Some(token.to_owned()),
            shown: base.to_owned(),
        }
    }

    /// `GET`
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    /// `DELETE`
    pub(super) async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::DELETE, path, None).await
    }

    /// `POST`
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// `GET` of what is not JSON.
    pub(super) async fn text(&self, path: &str) -> Result<String, Failure> {
        let response = self.send(Method::GET, path, None).await?;
        let status = response.status();
        let text = response.text().await.map_err(|error| unread(&error))?;
        if status.is_success() {
            return Ok(text);
        }
        let problem = serde_json::from_str(&text).unwrap_or_default();
        Err(refused(status, &problem))
    }

    /// `GET` of what is a file.
    pub(super) async fn bytes(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let response = self.send(Method::GET, path, None).await?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| unread(&error))?;
        if status.is_success() {
            return Ok(bytes.to_vec());
        }
        let problem = serde_json::from_slice(&bytes).unwrap_or_default();
        Err(refused(status, &problem))
    }

    /// Hands in a mail, or its head.
    pub(super) async fn mail(
        &self,
        recipient: Option<&str>,
        octets: Vec<u8>,
    ) -> Result<Value, Failure> {
        let request = self.http.post(format!("{}/api/v1/mail", self.base));
        let request = request
            .query(&[("recipient", recipient)])
            .header(CONTENT_TYPE, "message/rfc822")
            .body(octets);
        let response = self.sent(request).await?;
        Self::value(response, broken_off).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let cut = if method.is_safe() { unread } else { broken_off };
        let response = self.send(method, path, body).await?;
        Self::value(response, cut).await
    }

    async fn value(
        response: reqwest::Response,
        cut: impl FnOnce(&reqwest::Error) -> Failure,
    ) -> Result<Value, Failure> {
        let status = response.status();
        let value: Value = response.json().await.map_err(|error| cut(&error))?;
        if status.is_success() {
            return Ok(value);
        }
        Err(refused(status, &value))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<reqwest::Response, Failure> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.json(body);
        }
        self.sent(request).await
    }

    async fn sent(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Failure> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let (http, request) = request.build_split();
        let request = request.map_err(|error| self.unreached(&error, true))?;
        let looks = request.method().is_safe();
        let sent = http.execute(request).await;
        sent.map_err(|error| self.unreached(&error, looks))
    }

    /// Why nothing came back. Only what surely was not taken may be told again
    /// unasked: `looks` says that it would have changed nothing.
    fn unreached(&self, error: &reqwest::Error, looks: bool) -> Failure {
        if !error.is_timeout() && !error.is_connect() && !looks {
            return broken_off(error);
        }
        if error.is_timeout() {
            let (at, seconds) = (&self.shown, PATIENCE.as_secs());
            return Failure::failed(
                format!(
                    "{at} の muster が {seconds} 秒以内に応答しませんでした。指示は届いているかもしれません。muster status で確かめてください"
                ),
                format!(
                    "the daemon at {at} did not answer in {seconds} s; what was asked may have been done: `muster status` tells"
                ),
            );
        }
        let at = &self.shown;
        Failure::no_daemon(
            format!(
                "{at} で muster が動いていません。muster serve で起動するか、--server URL --token-file FILE で別の muster を指定してください"
            ),
            format!(
                "no daemon answers at {at}; start one with `muster serve`, or name one with --server URL --token-file FILE"
            ),
        )
    }
}

fn unread(error: &reqwest::Error) -> Failure {
    Failure::failed(
        format!("muster の応答を読めません（{error}）"),
        format!("the daemon's answer cannot be read: {error}"),
    )
}

/// The connection ended between a command and the whole of its answer.
fn broken_off(error: &reqwest::Error) -> Failure {
    Failure::failed(
        format!(
            "muster の応答が途中で切れました（{error}）。指示は届いているかもしれません。もう一度送る前に muster status で確かめてください"
        ),
        format!(
            "the daemon's answer broke off ({error}); what was asked may have been done: see with `muster status` before you send it again"
        ),
    )
}

/// From a problem document to an exit code.
fn refused(status: StatusCode, problem: &Value) -> Failure {
    let (ja, en) = match problem["detail"].as_str() {
        Some(en) => (problem["detail_ja"].as_str().unwrap_or(en), en),
        None => (
            "muster が理由を示しませんでした",
            "the daemon gave no reason",
        ),
    };
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        Failure::failed(ja, en)
    } else {
        Failure::refused(ja, en)
    }
}
