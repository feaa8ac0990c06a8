//! The page of people and their contacts.
//!
//! Owns nothing but the way to it.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;

use super::visit::Visit;
use crate::engine::PROVES;
use crate::http::App;
use crate::http::contacts::changes::waiting;
use crate::http::problem::Problem;
use crate::message::people_page::PeopleView;

/// `GET /people`
pub(in crate::http) async fn page(State(app): State<App>, visit: Visit) -> Response {
    let shown = show(&app, &visit).await;
    visit.answer(&app, shown)
}

async fn show(app: &App, visit: &Visit) -> Result<Response, Problem> {
    let now = app.engine.now();
    let proofs = app.engine.known_contacts(None).await?;
    let answered = app.engine.store().answered(now - PROVES).await?;
    let answered: HashMap<_, _> = answered.into_iter().collect();
    let changes = match visit.reader.may_see_addresses {
        true => waiting(app).await?,
        false => Vec::new(),
    };
    let standing = app.engine.standing();
    let made = standing.messages.people_page(&PeopleView {
        plan: &standing.plan,
        proofs: &proofs,
        answered: &answered,
        changes: &changes,
        now,
        reader: &visit.reader,
        language: visit.language,
    });
    Ok(visit.page(app, made))
}
