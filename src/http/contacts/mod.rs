//! Contacts over HTTP: what proves them, the page that confirms one, a
//! person's own, and what is reported of them.
//!
//! Owns the shape of these bodies and forms. `message` owns every word of the
//! pages. It must not decide who is asked.

pub(super) mod changes;
mod confirm;
mod list;
mod mine;

use axum::Router;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};

use super::App;
use super::board::{Asked, html};
use super::call_outs::language;
use super::path::Path;
use super::problem::Problem;
use crate::domain::contact_change::Proposal;
use crate::message::change_page::Amended;
use crate::message::contact::Dead;

type Amending = dyn Fn(&Proposal) -> Amended + Send + Sync;

/// What says what a report would change in the roster's file: whoever wires
/// the daemon knows where that is.
pub(super) struct Amends(pub(super) Box<Amending>);

impl std::fmt::Debug for Amends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Amends")
    }
}

/// The pages behind links.
pub(super) fn pages() -> Router<App> {
    Router::new()
        .route("/contact/{token}", get(confirm::page).post(confirm::press))
        .route("/my-contacts/{token}", get(mine::page).post(mine::report))
}

/// The calls of the API.
pub(super) fn api() -> Router<App> {
    Router::new()
        .route("/api/v1/contacts", get(list::all))
        .route("/api/v1/roster/people/{person}/contacts", get(list::of_one))
        .route(
            "/api/v1/roster/people/{person}/contacts/link",
            post(changes::link),
        )
        .route("/api/v1/contacts/changes", get(changes::all))
        .route("/api/v1/contacts/changes/{id}", get(changes::one))
        .route(
            "/api/v1/contacts/changes/{id}/accept",
            post(changes::accept),
        )
        .route(
            "/api/v1/contacts/changes/{id}/refuse",
            post(changes::refuse),
        )
}

/// A request to a page behind a link.
pub(super) struct Behind {
    app: App,
    token: String,
    asked: Asked,
    headers: HeaderMap,
}

impl FromRequestParts<App> for Behind {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(token) = Path::from_request_parts(parts, app).await?;
        let asked = Query::try_from_uri(&parts.uri);
        Ok(Self {
            app: app.clone(),
            token,
            // Why: what nobody asks for is no reason to show somebody nothing.
            asked: asked.map(|Query(asked)| asked).unwrap_or_default(),
            headers: parts.headers.clone(),
        })
    }
}

impl Behind {
    /// What is shown behind a link that opens nothing.
    fn dead(&self, why: Dead) -> Result<Response, Problem> {
        let standing = self.app.engine.standing();
        let asked = self.asked.lang.as_deref();
        let language = language(asked, &self.headers, standing.plan.language);
        let status = match why {
            Dead::Unknown => StatusCode::NOT_FOUND,
            Dead::Expired => StatusCode::GONE,
        };
        html(status, standing.messages.contact_dead_page(why, language))
    }
}
