//! What a caller is told when something is wrong (RFC 9457).
//!
//! Owns the way from an error to a status and a sentence. Inner causes go to
//! the log, never to the caller.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::domain::call_out::Refusal;
use crate::engine;

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// What, where, what to do.
    pub detail: String,
    /// The same in Japanese, where a duty officer may read it.
    pub detail_ja: Option<String>,
}

impl Problem {
    /// A problem with a sentence.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            detail_ja: None,
        }
    }

    /// The same sentence in Japanese beside it.
    #[must_use]
    pub fn ja(self, detail: impl Into<String>) -> Self {
        Self {
            detail_ja: Some(detail.into()),
            ..self
        }
    }

    /// 400: not JSON.
    pub fn not_json(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 422: what was read is not acceptable.
    pub fn unacceptable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }
}

impl From<engine::Error> for Problem {
    fn from(error: engine::Error) -> Self {
        use engine::Error as E;
        let status = match &error {
            E::Store(_) | E::Random(_) => StatusCode::SERVICE_UNAVAILABLE,
            E::Refused(
                Refusal::NotInIt(_)
                | Refusal::NotTheirs { .. }
                | Refusal::Nobodys(_)
                | Refusal::NoDigest
                | Refusal::OtherAnswer(_)
                | Refusal::NobodyToAsk(_)
                | Refusal::NotAskedForHelp(_),
            )
            | E::NoRule(_)
            | E::NoOrder { .. }
            | E::OtherKind { .. }
            | E::NothingToGrow(_)
            | E::NoPersonNamed(_)
            | E::NoSystem(_)
            | E::AbsentUntilPast(_)
            | E::Order { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            E::NoCallOut(_) | E::NoDrill(_) => StatusCode::NOT_FOUND,
            E::Refused(Refusal::SamePerson(_)) => StatusCode::FORBIDDEN,
            E::Refused(
                Refusal::NotHeld(_)
                | Refusal::Over(_)
                | Refusal::OtherContent { .. }
                | Refusal::NotAsked(_)
                | Refusal::Decided(_)
                | Refusal::StillHeld
                | Refusal::HelpAsked(_)
                | Refusal::TooSoon,
            )
            | E::NotAbsent(_)
            | E::OnLeave(_)
            | E::Conflict { .. } => StatusCode::CONFLICT,
        };
        if status.is_server_error() {
            tracing::error!(error = %error, "a request could not be kept");
        }
        Self::new(status, error.to_string()).ja(error.ja())
    }
}

impl From<crate::store::Error> for Problem {
    fn from(error: crate::store::Error) -> Self {
        engine::Error::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let problem = self.clone();
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(ja) = self.detail_ja {
            body["detail_ja"] = ja.into();
        }
        let mut response = (self.status, body.to_string()).into_response();
        // Why: a browser is shown a page of it instead.
        response.extensions_mut().insert(problem);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
