//! Bodies that are JSON, read whole or refused whole.
//!
//! Owns the line between "not JSON" (400), "too large" (413), "another kind"
//! (415) and "JSON, but not acceptable" (422).

use axum::RequestExt as _;
use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::problem::Problem;
use crate::domain::event::LINE_CHARS;
use crate::domain::text::one_line;

/// The largest body of a command, in bytes.
pub const LARGEST: usize = 64 * 1024;

/// Reads a body to its end, as large as the route takes one; else the status of why not.
///
/// Invariant: nothing is read of one that is announced to be larger. Whoever waits for
/// leave to send it is refused instead.
///
/// # Errors
///
/// 413 where it is too large, 400 where it breaks off.
pub(super) async fn whole(request: Request) -> Result<Bytes, StatusCode> {
    let announced = request.body().size_hint().lower();
    let request = request.with_limited_body();
    let taken = request.body().size_hint().upper();
    if taken.is_some_and(|taken| announced > taken) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let read = Bytes::from_request(request, &()).await;
    read.map_err(|rejection| rejection.status())
}

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!(
                    "本文の種類 {essence:?} は受け付けられません。Content-Type: application/json を付けて送ってください"
                ),
                format!("the body's kind is {essence:?}; send Content-Type: application/json"),
            ));
        }
        let bytes = whole(request).await.map_err(|status| {
            if status == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::new(
                    status,
                    format!(
                        "本文が大きすぎます。{LARGEST} バイトまでです。文を短くして送ってください"
                    ),
                    format!("the body is too large; {LARGEST} bytes are taken"),
                )
            } else {
                Problem::new(
                    status,
                    "本文を終わりまで読み取れませんでした。もう一度送ってください",
                    "the body could not be read to its end",
                )
            }
        })?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| match error.classify() {
                Category::Data => Problem::unacceptable(
                    format!(
                        "本文の内容を受け付けられません。項目の名前と値を確かめてください（{error}）"
                    ),
                    format!("the body is not acceptable: {error}"),
                ),
                Category::Io | Category::Syntax | Category::Eof => Problem::unreadable(
                    format!("本文が JSON として読めません。書き方を確かめてください（{error}）"),
                    format!("the body is not JSON: {error}"),
                ),
            })
    }
}

/// A text that becomes one line of a message: control characters become
/// spaces, an empty one is none, a long one is refused.
///
/// # Errors
///
/// 422 where it is too long.
pub fn line(name: &str, text: Option<String>) -> Result<Option<String>, Problem> {
    let text = text
        .map(|text| one_line(&text))
        .filter(|text| !text.is_empty());
    match &text {
        Some(line) if line.chars().count() > LINE_CHARS => {
            let count = line.chars().count();
            Err(Problem::unacceptable(
                format!(
                    "{name} が {count} 文字あります。ひと目で読めるよう、{LINE_CHARS} 文字までにしてください"
                ),
                format!(
                    "{name} has {count} characters; {LINE_CHARS} are taken, so that it can be read at a glance"
                ),
            ))
        }
        _ => Ok(text),
    }
}
