//! What stands in an address, read whole or refused whole.
//!
//! Owns the refusal of an address that is no text (400). It must not know any
//! route.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The parts of an address that its route names.
#[derive(Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Path::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(named)| Self(named))
            .map_err(|_| {
                Problem::unreadable(
                    "アドレスを読めません。文字を % で書くときは UTF-8 にしてください",
                    "the address cannot be read; write its characters as UTF-8 where they stand as %",
                )
            })
    }
}
