//! What an event would do, and what can be chosen where one is told: asked
//! before anything is started.
//!
//! Owns `POST /api/v1/explain` and `GET /api/v1/plan`. Both answer from the
//! plan in force in the daemon, and change nothing.

use axum::Json as Reply;
use axum::extract::State;
use indexmap::IndexSet;
use serde_json::{Value, json};

use super::App;
use super::auth::{May, needs};
use super::body::Json;
use super::events::EventBody;
use super::problem::Problem;
use crate::domain::id::PersonId;
use crate::domain::plan::{Plan, people};
use crate::domain::rule::{Condition, Rule, Selector};
use crate::engine::{Became, Foreseen, acceptable};
use crate::report::explain;
use crate::report::status::time;

/// `POST /api/v1/explain`: an event as for `/events`.
pub(super) async fn explain(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
    Json(body): Json<EventBody>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let plan = &standing.plan;
    let imagined = body.imagined(&plan.roster)?;
    let now = app.engine.now();
    acceptable(&imagined.event("explain", now), plan)?;
    let explained = explain::explain(plan, &imagined, now);
    let event = imagined.event(caller.principal.as_str(), now);
    let foreseen = app.engine.foresee(&event)?;
    let mut value = explain::json(explained.as_ref(), plan, &standing.messages);
    value["now"] = match &foreseen {
        Some(foreseen) => joins(foreseen, plan),
        None => {
            let opens = explained.is_some();
            let became = if opens {
                Became::Opened
            } else {
                Became::Nothing
            };
            json!({ "decision": became.name(), "call_out": Value::Null })
        }
    };
    Ok(Reply(value))
}

/// What the event would become in the call-out that runs.
fn joins(foreseen: &Foreseen, plan: &Plan) -> Value {
    let language = plan.language;
    let called = foreseen.called.iter();
    let called = called
        .map(|(person, name)| json!({ "person": person.as_str(), "name": name.get(language) }));
    json!({
        "decision": foreseen.became.name(),
        "call_out": foreseen.call_out.as_str(),
        "title": foreseen.title.get(language),
        "place": foreseen.place.get(language),
        "called": called.collect::<Vec<_>>(),
        "told": foreseen.told,
        "until": foreseen.until.map(|at| time(at, &plan.time_zone)),
    })
}

/// `GET /api/v1/plan`: the rules and information systems that an event may
/// name, and who may order what.
pub(super) async fn plan(
    State(app): State<App>,
    _may: May<needs::Read>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let plan = &standing.plan;
    let language = plan.language;
    let rules = plan.rules.values().map(|rule| {
        let orders = orderers(rule, plan);
        let orders: Vec<&str> = orders.iter().map(|person| person.as_str()).collect();
        json!({
            "rule": rule.id.as_str(),
            "title": rule.title.get(language),
            "title_en": rule.title.en,
            "source": rule.source,
            "event": event(rule),
            "posture": posture(rule),
            "ordered_by": orders,
        })
    });
    let systems = plan.roster.systems.values();
    let systems =
        systems.map(|system| json!({ "number": system.number, "name": system.name.as_str() }));
    Ok(Reply(json!({
        "edition": plan.edition.label(),
        "approved": plan.edition.approved_by.is_some(),
        "rules": rules.collect::<Vec<_>>(),
        "systems": systems.collect::<Vec<_>>(),
    })))
}

/// Whose order a rule takes, deputies last.
fn orderers(rule: &Rule, plan: &Plan) -> IndexSet<PersonId> {
    let mut orders: IndexSet<PersonId> =
        people(&rule.ordered_by, &plan.roster).into_iter().collect();
    for selector in rule.ordered_by.iter().filter(|_| rule.ordered_by_deputies) {
        if let Selector::Post(id) = selector
            && let Some(post) = plan.roster.posts.get(id)
        {
            orders.extend(post.deputies.iter().cloned());
        }
    }
    orders
}

/// The kind of event that starts a rule.
fn event(rule: &Rule) -> &'static str {
    match rule.when {
        Condition::Earthquake { .. } => "earthquake",
        Condition::WindFlood { .. } => "wind-flood",
        Condition::SecurityIncident { .. } => "security-incident",
    }
}

fn posture(rule: &Rule) -> Option<u8> {
    match rule.when {
        Condition::WindFlood { posture } => Some(posture.level()),
        Condition::Earthquake { .. } | Condition::SecurityIncident { .. } => None,
    }
}
