//! What a caller is told when something is wrong (RFC 9457).
//!
//! Owns the way from an error to a status and a sentence, which nobody can
//! write in one language alone. It must not decide what is refused.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::domain::call_out::Refusal;
use crate::domain::text::Text;
use crate::engine;

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// What, where, what to do: in both languages, for a duty officer may read
    /// it on a terminal or on a page.
    pub said: Text,
}

impl Problem {
    /// A problem with a sentence: Japanese, then the same in English.
    pub fn new(status: StatusCode, ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self {
            status,
            said: Text::new(ja, en),
        }
    }

    /// 400: it cannot be read at all.
    pub fn unreadable(ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ja, en)
    }

    /// 422: what was read is not acceptable.
    pub fn unacceptable(ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, ja, en)
    }

    /// 404.
    pub fn not_found(ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self::new(StatusCode::NOT_FOUND, ja, en)
    }

    /// 404: no route has this address.
    pub fn no_such_address() -> Self {
        Self::not_found(
            "このアドレスには何もありません。アドレスを確かめるか、ボードから開き直してください",
            "there is nothing at this address",
        )
    }

    /// 500: what is wrong is in the log and not for the caller.
    pub fn inside(ja: &str, en: &str) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("{ja}。理由は muster のログにあります。管理者に知らせてください"),
            format!("{en}; the reason is in the log"),
        )
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
            | E::NoProcedure(_)
            | E::NoOrder { .. }
            | E::OtherKind { .. }
            | E::NothingToGrow(_)
            | E::OwnPeople(_)
            | E::NoPersonNamed(_)
            | E::NoSystem(_)
            | E::ToCome(_)
            | E::TooOld(_)
            | E::AbsentUntilPast(_)
            | E::Order { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            E::NoCallOut(_) | E::NoDrill(_) => StatusCode::NOT_FOUND,
            E::Defect(_) => StatusCode::INTERNAL_SERVER_ERROR,
            E::Refused(Refusal::SamePerson(_)) => StatusCode::FORBIDDEN,
            E::Refused(
                Refusal::NotHeld(_)
                | Refusal::Over(_)
                | Refusal::OtherContent { .. }
                | Refusal::NotAsked(_)
                | Refusal::Decided(_)
                | Refusal::StillHeld
                | Refusal::HelpAsked(_)
                | Refusal::SaidOtherwise
                | Refusal::TooSoon,
            )
            | E::NotAbsent(_)
            | E::OnLeave(_)
            | E::RealCallOut(_)
            | E::DrillRuns { .. }
            | E::NoSchedule(_)
            | E::OccasionOver { .. }
            | E::Conflict { .. } => StatusCode::CONFLICT,
        };
        if status.is_server_error() {
            tracing::error!(error = %error, "a request could not be kept");
        }
        Self::new(status, error.ja(), error.to_string())
    }
}

impl From<crate::store::Error> for Problem {
    fn from(error: crate::store::Error) -> Self {
        tracing::error!(error = %error, "the store could not be read");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{}（{error}）", error.ja()),
            format!("{error}; try again, and see the log"),
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let problem = self.clone();
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "detail": self.said.en,
            "detail_ja": self.said.ja,
        });
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
