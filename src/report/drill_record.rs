//! Records of drills as JSON, and what two of them are compared by.
//!
//! Owns the names of the fields. What a file holds stands in none.

use serde_json::{Value, json};

use super::status::time;
use crate::domain::drill_record::{DrillRecord, Participant};
use crate::domain::plan::Plan;
use crate::domain::text::Language;

/// What it is shown by.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The plan in force: its zone.
    pub plan: &'a Plan,
    /// The language of names.
    pub language: Language,
}

/// A record.
pub fn json(record: &DrillRecord, shown: Shown<'_>) -> Value {
    let participants = record.participants.iter().map(|one| match one {
        Participant::Person(id, name) => {
            json!({ "person": id.as_str(), "name": name.get(shown.language) })
        }
        Participant::Guest(name) => json!({ "guest": name }),
        Participant::Number(number) => json!({ "number": number }),
    });
    let id = record.id.as_str();
    let files = (1..).zip(&record.files).map(|(number, file)| {
        json!({
            "name": file.name,
            "kind": file.kind.ending(),
            "bytes": file.bytes,
            "path": format!("/api/v1/drill-records/{id}/files/{number}"),
        })
    });
    json!({
        "record": id,
        "kind": record.kind.name(),
        "date": record.held_on.to_string(),
        "title": record.title,
        "note": record.note,
        "participants": participants.collect::<Vec<_>>(),
        "heads": record.heads(),
        "files": files.collect::<Vec<Value>>(),
        "by": record.by.as_str(),
        "recorded_at": time(record.recorded_at, &shown.plan.time_zone),
        "withdrawn": record.withdrawn.as_ref().map(|it| json!({
            "at": time(it.at, &shown.plan.time_zone),
            "by": it.by.as_str(),
            "reason": it.reason,
        })),
    })
}

/// A participant as one line, the same for the same.
pub fn key(one: &Participant) -> String {
    match one {
        Participant::Person(id, _) => format!("person {id}"),
        Participant::Guest(name) => format!("guest {name}"),
        Participant::Number(number) => format!("number {number}"),
    }
}
