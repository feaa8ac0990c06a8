//! A contact tree and how far an exercise walked it, as JSON.
//!
//! Owns this part of a call-out's progress and of its account. What an older version kept has none.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Fields, Result, bad};
use crate::domain::call_out::Walk;
use crate::domain::contact_tree::ContactTree;
use crate::domain::id::PersonId;
use crate::domain::journal::{BrokenBecause, Entry};

pub(super) fn walk(walk: &Walk) -> Value {
    let links = walk.tree.links.iter();
    json!({
        "wait": walk.tree.wait.as_secs(),
        "links": links.map(|(caller, next)| json!([caller.as_str(), names(next)])).collect::<Vec<_>>(),
        "passed": names(&walk.passed),
        "broken": names(&walk.broken),
    })
}

fn names<'a>(people: impl IntoIterator<Item = &'a PersonId>) -> Vec<&'a str> {
    people.into_iter().map(PersonId::as_str).collect()
}

/// What the account says of a link.
pub(super) fn entry(entry: &Entry) -> (&'static str, Value) {
    match entry {
        Entry::LinkBroken {
            person,
            because,
            next,
        } => (
            "link-broken",
            json!({ "person": person.as_str(), "because": because.name(), "next": names(next) }),
        ),
        Entry::PassedOn { person, next } => (
            "passed-on",
            json!({ "person": person.as_str(), "next": names(next) }),
        ),
        _ => ("", Value::Null),
    }
}

/// Reads what [`entry`] wrote.
pub(super) fn read_entry(name: &str, person: PersonId, fields: Fields<'_>) -> Result<Entry> {
    let next = fields.each("next", |value| value.as_str().map(PersonId::from))?;
    Ok(match name {
        "passed-on" => Entry::PassedOn { person, next },
        _ => Entry::LinkBroken {
            person,
            because: fields.named("because", BrokenBecause::parse)?,
            next,
        },
    })
}

/// Reads what [`walk`] wrote.
pub(super) fn read_walk(value: &Value) -> Result<Option<Walk>> {
    if value.is_null() {
        return Ok(None);
    }
    let fields = Fields(value);
    let person = |value: &Value| value.as_str().map(PersonId::from);
    let links = fields.list("links")?.iter().map(|link| {
        let (caller, next) = match link.as_array().map(Vec::as_slice) {
            Some([caller, next]) => (person(caller), next.as_array()),
            _ => (None, None),
        };
        let next = next.and_then(|next| next.iter().map(person).collect());
        caller.zip(next).ok_or_else(|| bad("links", "no link"))
    });
    Ok(Some(Walk {
        tree: ContactTree {
            links: links.collect::<Result<_>>()?,
            wait: Duration::from_secs(fields.u64("wait")?),
        },
        passed: fields.each("passed", person)?.into_iter().collect(),
        broken: fields.each("broken", person)?.into_iter().collect(),
    }))
}
