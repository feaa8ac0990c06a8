//! One test message to each contact of a person, now, and what the other side
//! said.
//!
//! Owns the shape of the answer. Nothing of it is queued or kept: a test says
//! whether a relay or a gateway takes the message, not whether it is read.

use axum::Json as Reply;
use axum::extract::State;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::App;
use super::auth::{May, needs};
use super::events::person;
use super::path::Path;
use super::problem::Problem;
use crate::domain::delivery::Outcome;
use crate::domain::roster::{ChannelName, Contact, Person};
use crate::engine::{Direct, Says};
use crate::message::contact_test::ContactTest;

/// `POST /api/v1/roster/people/{person}/test`
pub(super) async fn test(
    State(app): State<App>,
    May(caller, _): May<needs::Admin>,
    Path(named): Path<String>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let roster = &standing.plan.roster;
    let id = person(roster, "person", &named)?;
    let Some(to) = roster.people.get(&id) else {
        return Err(Problem::not_found(
            "この人は名簿から外れています。roster.toml を確かめてください",
            "the person has left the roster",
        ));
    };
    tracing::info!(person = %id, by = caller.principal.unnamed(), "contacts are tested");
    let tests = to.contacts.iter().map(|contact| one(&app, to, contact));
    let tested = join_all(tests).await;
    Ok(Reply(json!({
        "person": id.as_str(),
        "name": to.name.get(caller.reads(&standing.plan)),
        "contacts": tested,
    })))
}

/// Tests one contact.
async fn one(app: &App, to: &Person, contact: &Contact) -> Value {
    let standing = app.engine.standing();
    let test = ContactTest {
        to,
        contact,
        asked_at: app.engine.now(),
    };
    let messages = &standing.messages;
    let says = match &contact.channel {
        ChannelName::Email => messages.contact_test_letter(&test).map(Says::Letter),
        ChannelName::Webhook(_) => messages.contact_test_body(&test).map(Says::Body),
    };
    let says = match says {
        Ok(says) => says,
        Err(error) => {
            return shown(contact, "rejected", &error.to_string(), "");
        }
    };
    let direct = Direct {
        name: "contact-test",
        to,
        contact,
        returns: None,
        says,
    };
    let attempt = app.engine.post(direct).await;
    let (name, answer) = match &attempt.outcome {
        Outcome::Accepted { reference } => ("accepted", reference),
        Outcome::Retry { detail, .. } => ("retry", detail),
        Outcome::Rejected { detail, .. } => ("rejected", detail),
        Outcome::Unknown { detail } => ("unknown", detail),
    };
    shown(contact, name, answer, &attempt.via)
}

fn shown(contact: &Contact, outcome: &str, answer: &str, via: &str) -> Value {
    json!({
        "channel": contact.channel.to_string(),
        "address": contact.address,
        "outcome": outcome,
        "answer": answer,
        "via": via,
    })
}
