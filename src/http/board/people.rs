//! The page of people and their contacts.
//!
//! Owns how far back a proof of reach is looked for.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use jiff::SignedDuration;

use super::visit::Visit;
use crate::http::App;
use crate::http::problem::Problem;
use crate::message::people_page::{PeopleView, Proof};

/// A proof older than this proves nothing: a year of monthly drills, and one
/// that came late.
const PROVES: SignedDuration = SignedDuration::from_hours(24 * 400);

/// `GET /people`
pub(in crate::http) async fn page(State(app): State<App>, visit: Visit) -> Response {
    let shown = show(&app, &visit).await;
    visit.answer(&app, shown)
}

async fn show(app: &App, visit: &Visit) -> Result<Response, Problem> {
    let now = app.engine.now();
    let since = now - PROVES;
    let store = app.engine.store();
    let reached = store.reached(since).await?.into_iter();
    let proofs: HashMap<_, _> = reached
        .map(|reached| {
            let proof = Proof {
                accepted_at: reached.accepted_at,
                refused_at: reached.refused_at,
            };
            ((reached.person, reached.contact), proof)
        })
        .collect();
    let answered: HashMap<_, _> = store.answered(since).await?.into_iter().collect();
    let standing = app.engine.standing();
    let made = standing.messages.people_page(&PeopleView {
        plan: &standing.plan,
        proofs: &proofs,
        answered: &answered,
        now,
        reader: &visit.reader,
        language: visit.language,
    });
    Ok(visit.page(app, made))
}
