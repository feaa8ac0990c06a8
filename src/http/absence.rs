//! People over HTTP: who there is, who is away, and the word on it.
//!
//! Owns the shape of these bodies. It must not decide who is called instead:
//! `domain::call_out` does.

use axum::Json as Reply;
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::auth::{Caller, May, Scope, needs};
use super::body::{Json, line};
use super::events::person;
use super::path::Path;
use super::problem::Problem;
use crate::domain::absence::end_of_day;
use crate::domain::id::PersonId;
use crate::domain::plan::Plan;
use crate::domain::roster::Person;
use crate::report::status::time;

/// `GET /api/v1/roster/people`
pub(super) async fn people(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let now = app.engine.now();
    let people = standing.plan.roster.people.values();
    let people = people.map(|person| shown(person, &standing.plan, &caller, now));
    Ok(Reply(json!({ "people": people.collect::<Vec<_>>() })))
}

/// A person of the roster: their addresses for an administrator alone, why
/// they are away for whoever may say so.
fn shown(person: &Person, plan: &Plan, caller: &Caller, now: Timestamp) -> Value {
    let holds = |post: &&crate::domain::roster::Post| post.holders.contains(&person.id);
    let posts = plan.roster.posts.values().filter(holds);
    let language = caller.reads(plan);
    let posts: Vec<&str> = posts.map(|post| post.name.get(language)).collect();
    let contacts = person.contacts.iter().map(|contact| {
        let mut value = json!({ "channel": contact.channel.to_string() });
        if caller.may(Scope::Admin) {
            value["address"] = (&*contact.address).into();
        }
        value
    });
    let until = plan.absent(&person.id, now);
    let marked = plan.absences.get(&person.id);
    let marked = marked.filter(|absence| absence.until > now);
    let by = marked.map(|absence| absence.by.as_str());
    let mut value = json!({
        "person": person.id.as_str(),
        "name": person.name.get(language),
        "section": person.section.as_str(),
        "posts": posts,
        "contacts": contacts.collect::<Vec<_>>(),
        "absent_until": until.map(|until| time(until, &plan.time_zone)),
        "absent_by": until.map(|_| by.unwrap_or("roster.toml")),
    });
    if caller.may(Scope::Command) {
        value["absent_reason"] = json!(marked.and_then(|absence| absence.reason.as_deref()));
    }
    value
}

/// An absence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AbsenceBody {
    until: String,
    reason: Option<String>,
}

/// `POST /api/v1/roster/people/{person}/absence`
pub(super) async fn absent(
    State(app): State<App>,
    May(caller, _): May<needs::Command>,
    Path(named): Path<String>,
    Json(body): Json<AbsenceBody>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let who = person(&standing.plan.roster, "person", &named)?;
    let until = until(&body.until, &standing.plan)?;
    let reason = line("reason", body.reason)?;
    let by = caller.principal.clone();
    app.engine.absent(&who, until, reason, by).await?;
    after(&app, &caller, &who)
}

/// `DELETE /api/v1/roster/people/{person}/absence`
pub(super) async fn back(
    State(app): State<App>,
    May(caller, _): May<needs::Command>,
    Path(named): Path<String>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let who = person(&standing.plan.roster, "person", &named)?;
    app.engine.back(&who, &caller.principal).await?;
    after(&app, &caller, &who)
}

/// How the person stands after the word.
fn after(app: &App, caller: &Caller, who: &PersonId) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let person = standing.plan.roster.people.get(who);
    let person = person.ok_or_else(|| {
        Problem::not_found(
            "この人は名簿から外れています。roster.toml を確かめてください",
            "the person has left the roster",
        )
    })?;
    let now = app.engine.now();
    Ok(Reply(shown(person, &standing.plan, caller, now)))
}

/// A day, which counts to its end; or a time, in the town's zone where it
/// names no other.
fn until(text: &str, plan: &Plan) -> Result<Timestamp, Problem> {
    let text = text.trim();
    let zone = &plan.time_zone;
    let read = text.parse::<Timestamp>().ok().or_else(|| {
        if text.contains(':') {
            let local: DateTime = text.parse().ok()?;
            zone.to_timestamp(local).ok()
        } else {
            let day: Date = text.parse().ok()?;
            end_of_day(day, zone)
        }
    });
    read.ok_or_else(|| {
        Problem::unacceptable(
            format!(
                "until {text:?} は読めません。不在の最後の日（例 2026-12-31）か、時刻（例 2026-12-31T15:00）を指定してください"
            ),
            format!(
                "until is {text:?}; write the last day of the absence such as 2026-12-31, or a time such as 2026-12-31T15:00"
            ),
        )
    })
}
