//! What proves each contact, as JSON.
//!
//! Owns the shape. Addresses are for an administrator alone.

use std::collections::HashMap;

use axum::Json as Reply;
use axum::extract::State;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::contact::{Address, Key, Known};
use crate::domain::id::PersonId;
use crate::domain::plan::Plan;
use crate::domain::roster::{Contact, Person};
use crate::http::App;
use crate::http::auth::{Caller, May, Scope, needs};
use crate::http::events::person;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::report::status::time;

/// `GET /api/v1/contacts`
pub(in crate::http) async fn all(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
) -> Result<Reply<Value>, Problem> {
    let seen = Seen::look(&app, None).await?;
    let standing = app.engine.standing();
    let people = standing.plan.roster.people.values();
    let people: Vec<Value> = people
        .map(|person| seen.person(person, &standing.plan, &caller))
        .collect();
    Ok(Reply(json!({
        "asking": standing.plan.contacts.confirm.name(),
        "held": app.engine.is_calling(),
        "people": people,
    })))
}

/// `GET /api/v1/roster/people/{person}/contacts`
pub(in crate::http) async fn of_one(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
    Path(named): Path<String>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let id = person(&standing.plan.roster, "person", &named)?;
    let Some(person) = standing.plan.roster.people.get(&id) else {
        return Err(left());
    };
    let seen = Seen::look(&app, Some(&id)).await?;
    Ok(Reply(seen.person(person, &standing.plan, &caller)))
}

/// 404: a post is held by somebody who is not in the roster.
pub(super) fn left() -> Problem {
    Problem::not_found(
        "この人は名簿から外れています。roster.toml を確かめてください",
        "the person has left the roster",
    )
}

/// What is known now.
struct Seen {
    known: HashMap<(PersonId, Contact), Known>,
    asked: HashMap<Key, Address>,
    now: Timestamp,
}

impl Seen {
    async fn look(app: &App, person: Option<&PersonId>) -> Result<Self, Problem> {
        let asked = app.engine.store().addresses(person).await?;
        Ok(Self {
            known: app.engine.known_contacts(person).await?,
            asked: asked
                .into_iter()
                .map(|one| (one.key.clone(), one))
                .collect(),
            now: app.engine.now(),
        })
    }

    fn person(&self, person: &Person, plan: &Plan, caller: &Caller) -> Value {
        let contacts = person.contacts.iter();
        let contacts: Vec<Value> = contacts
            .map(|contact| self.contact(person, contact, plan, caller))
            .collect();
        json!({
            "person": person.id.as_str(),
            "name": person.name.get(caller.reads(plan)),
            "section": person.section.as_str(),
            "contacts": contacts,
        })
    }

    fn contact(&self, person: &Person, contact: &Contact, plan: &Plan, caller: &Caller) -> Value {
        let known = self.known.get(&(person.id.clone(), contact.clone()));
        let proof = known.copied().unwrap_or_default().proof();
        let at = |at: Option<Timestamp>| at.map(|at| time(at, &plan.time_zone));
        let age = proof
            .at()
            .map(|at| self.now.duration_since(at).as_hours() / 24);
        let mut value = json!({
            "channel": contact.channel.to_string(),
            "proved": proof.holds(),
            "last": proof.name(),
            "at": at(proof.at()),
            "age_days": age,
        });
        let key = Key::new(&person.id, &contact.address);
        let mail = contact.channel == crate::domain::roster::ChannelName::Email;
        if let Some(asked) = self.asked.get(&key).filter(|_| mail) {
            value["asked"] = json!({
                "state": asked.state.name(),
                "mails": asked.mails,
                "sent_at": at(asked.sent_at),
                "due_at": at(asked.due_at),
            });
        }
        if caller.may(Scope::Admin) {
            value["address"] = (&*contact.address).into();
        }
        value
    }
}
