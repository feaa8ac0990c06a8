//! Requests for help to vendors over HTTP.
//!
//! Owns the shape of the body and the look-up of vendors by id or name. It must
//! not decide who is asked: `domain::call_out::help` does.

use axum::Json as Reply;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;

use super::App;
use super::auth::{May, needs};
use super::body::{Json, line};
use super::events::{person, system};
use super::path::Path;
use super::problem::Problem;
use super::words::{after, word};
use crate::domain::call_out::help::Wanted;
use crate::domain::id::{CallOutId, PersonId, VendorId};
use crate::domain::roster::Roster;

/// Whom to ask for help, and for what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HelpBody {
    #[serde(default)]
    vendors: Vec<String>,
    #[serde(default)]
    systems: Vec<Value>,
    note: Option<String>,
    by: Option<String>,
}

/// `POST /api/v1/call-outs/{id}/request-help`
pub(super) async fn request_help(
    State(app): State<App>,
    May(caller, _): May<needs::Command>,
    Path(id): Path<String>,
    Json(body): Json<HelpBody>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let roster = &standing.plan.roster;
    let vendors = body.vendors.iter().map(|text| vendor(roster, text));
    let mut systems = Vec::new();
    for value in &body.systems {
        let number = system(roster, value)?;
        if !systems.contains(&number) {
            systems.push(number);
        }
    }
    let wanted = Wanted {
        vendors: vendors.collect::<Result<_, _>>()?,
        systems,
        note: line("note", body.note)?,
    };
    let word = word(&app, &caller, body.by.as_deref(), None)?;
    let call_out = CallOutId::new(&id);
    app.engine.request_help(&call_out, wanted, word).await?;
    after(&app, &caller, &id).await
}

/// A vendor by its id or its name.
fn vendor(roster: &Roster, text: &str) -> Result<VendorId, Problem> {
    if let Some(vendor) = roster.vendors.get(text) {
        return Ok(vendor.id.clone());
    }
    let mut named = roster
        .vendors
        .values()
        .filter(|vendor| *vendor.name.ja == *text || *vendor.name.en == *text);
    if let (Some(vendor), None) = (named.next(), named.next()) {
        return Ok(vendor.id.clone());
    }
    let known: Vec<&str> = roster.vendors.keys().map(VendorId::as_str).collect();
    Err(Problem::unacceptable(
        format!(
            "事業者 {text:?} は roster.toml にありません。あるのは {} です",
            known.join("、")
        ),
        format!(
            "vendors: there is no vendor {text:?} in roster.toml; it has {}",
            known.join(", ")
        ),
    ))
}

/// Whose answer is entered: a person, or a vendor's desk such as `operator#1`.
pub(super) fn answerer(roster: &Roster, text: &str) -> Result<PersonId, Problem> {
    let desk = PersonId::new(text);
    if Roster::names_desk(&desk) {
        return Ok(desk);
    }
    person(roster, "person", text)
}
