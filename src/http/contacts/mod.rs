//! Contacts over HTTP: what proves them, the page that confirms one, a
//! person's own, and what is reported of them.
//!
//! Owns the shape of these bodies and forms. `message` owns every word of the
//! pages. It must not decide who is asked.

mod changes;
mod confirm;
mod list;
mod mine;

use axum::Router;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};

use super::App;
use super::board::{Asked, html};
use super::call_outs::language;
use super::problem::Problem;
use crate::message::contact::Dead;

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

/// What is shown behind a link that opens nothing.
fn dead(
    app: &App,
    Query(asked): &Query<Asked>,
    headers: &HeaderMap,
    why: Dead,
) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let language = language(asked.lang.as_deref(), headers, standing.plan.language);
    let status = match why {
        Dead::Unknown => StatusCode::NOT_FOUND,
        Dead::Expired => StatusCode::GONE,
    };
    html(status, standing.messages.contact_dead_page(why, language))
}
