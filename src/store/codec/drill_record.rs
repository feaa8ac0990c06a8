//! Records of drills as JSON.
//!
//! Owns what stands in a body; the day, the kind and the files' contents have
//! columns of their own.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Fields, Result, bad, parse, read_text, text};
use crate::domain::drill::DrillKind;
use crate::domain::drill_record::{DrillRecord, MinutesFile, MinutesKind, Participant};
use crate::domain::id::RecordId;

/// A record as a body.
pub fn drill_record(record: &DrillRecord) -> String {
    let files = record
        .files
        .iter()
        .map(|file| json!({ "name": file.name, "kind": file.kind.ending(), "bytes": file.bytes }));
    json!({
        "title": record.title,
        "note": record.note,
        "participants": record.participants.iter().map(participant).collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "by": record.by.as_str(),
    })
    .to_string()
}

fn participant(one: &Participant) -> Value {
    match one {
        Participant::Person(id, name) => json!({ "person": id.as_str(), "name": text(name) }),
        Participant::Guest(name) => json!({ "guest": name }),
        Participant::Number(number) => json!({ "number": number }),
    }
}

/// Reads what [`drill_record`] wrote, with what stands in columns.
pub fn read_drill_record(
    (id, day, kind): (&str, &str, &str),
    recorded_at: Timestamp,
    body: &str,
) -> Result<DrillRecord> {
    let value = parse("drill record", body)?;
    let fields = Fields(&value);
    Ok(DrillRecord {
        id: RecordId::new(id),
        kind: DrillKind::parse(kind).ok_or_else(|| bad("kind", format!("unknown: {kind}")))?,
        held_on: day.parse().map_err(|_| bad("held_on", "no day"))?,
        title: fields.str("title")?.to_owned(),
        note: fields.opt_string("note"),
        participants: fields.each("participants", read_participant)?,
        files: fields.each("files", file)?,
        by: fields.str("by")?.into(),
        recorded_at,
        withdrawn: None,
    })
}

fn read_participant(value: &Value) -> Option<Participant> {
    if let Some(id) = value["person"].as_str() {
        return Some(Participant::Person(id.into(), read_text(&value["name"])?));
    }
    if let Some(number) = value["number"].as_u64() {
        return Some(Participant::Number(u32::try_from(number).ok()?));
    }
    Some(Participant::Guest(value["guest"].as_str()?.to_owned()))
}

fn file(value: &Value) -> Option<MinutesFile> {
    Some(MinutesFile {
        name: value["name"].as_str()?.to_owned(),
        kind: MinutesKind::parse(value["kind"].as_str()?)?,
        bytes: value["bytes"].as_u64()?,
    })
}
