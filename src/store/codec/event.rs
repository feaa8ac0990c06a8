//! Events as JSON.
//!
//! Owns also what makes two tellings of one key the same content.

use serde_json::{Value, json};

use super::seal::sealed;
use super::{Fields, Result, bad, micros, parse, read_text, schedule, text};
use crate::domain::drill::DrillKind;
use crate::domain::drill_report::DrillReport;
use crate::domain::event::{Effect, Event, EventKind, Intensity, Mode, Played, Posture};
use crate::domain::id::{DrillId, PersonId};

pub(super) fn kind(kind: &EventKind) -> Value {
    let mut value = match kind {
        EventKind::Earthquake { intensity } => json!({ "intensity": intensity.name() }),
        EventKind::WindFlood {
            posture,
            ordered_by,
            acting_for,
        } => json!({
            "posture": posture.level(),
            "ordered_by": ordered_by.as_str(),
            "acting_for": acting_for.as_ref().map(text),
        }),
        EventKind::SecurityIncident { effect, systems } => {
            json!({ "effect": effect.name(), "systems": systems })
        }
        EventKind::Threat {
            like,
            threat,
            ordered_by,
        } => json!({
            "like": like.as_str(),
            "threat": threat,
            "ordered_by": ordered_by.as_ref().map(PersonId::as_str),
        }),
        EventKind::Readiness { findings } => {
            json!({ "findings": findings.iter().map(text).collect::<Vec<_>>() })
        }
        EventKind::Alarm { says } => {
            json!({ "says": says.iter().map(text).collect::<Vec<_>>() })
        }
        EventKind::Schedule(changed) => schedule::changed(changed),
        EventKind::DrillReport(report) => json!({
            "of": report.of.as_str(),
            "title": text(&report.title),
            "says": report.says.iter().map(text).collect::<Vec<_>>(),
        }),
    };
    value["kind"] = kind.name().into();
    // Invariant: what nobody said stands in no body, so that a report kept by
    // an older version is still the same report.
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    value
}

pub(super) fn read_kind(fields: Fields<'_>) -> Result<EventKind> {
    Ok(match fields.str("kind")? {
        "earthquake" => EventKind::Earthquake {
            intensity: fields.named("intensity", Intensity::parse)?,
        },
        "wind-flood" => EventKind::WindFlood {
            posture: u8::try_from(fields.u32("posture")?)
                .ok()
                .and_then(Posture::new)
                .ok_or_else(|| bad("posture", "not 1 to 3"))?,
            ordered_by: fields.str("ordered_by")?.into(),
            acting_for: read_text(fields.get("acting_for")),
        },
        "security-incident" => EventKind::SecurityIncident {
            effect: fields.named("effect", Effect::parse)?,
            systems: fields.each("systems", |value| u16::try_from(value.as_u64()?).ok())?,
        },
        "threat" => EventKind::Threat {
            like: fields.str("like")?.into(),
            threat: fields.str("threat")?.to_owned(),
            ordered_by: fields.get("ordered_by").as_str().map(PersonId::from),
        },
        "readiness" => EventKind::Readiness {
            findings: fields.each("findings", read_text)?,
        },
        "alarm" => EventKind::Alarm {
            says: fields.each("says", read_text)?,
        },
        "schedule" => EventKind::Schedule(Box::new(schedule::read_changed(fields)?)),
        "drill-report" => EventKind::DrillReport(Box::new(DrillReport {
            of: fields.str("of")?.into(),
            title: fields.text("title")?,
            says: fields.each("says", read_text)?,
        })),
        other => return Err(bad("kind", format!("unknown: {other}"))),
    })
}

/// An event as a body.
pub fn event(event: &Event) -> String {
    sealed(&event_value(event))
}

pub(super) fn event_value(event: &Event) -> Value {
    let mut value = kind(&event.kind);
    value["id"] = event.id.as_str().into();
    value["key"] = json!(event.key);
    value["headline"] = json!(event.headline);
    value["place"] = json!(event.place);
    value["occurred_at"] = micros(event.occurred_at).into();
    value["received_at"] = micros(event.received_at).into();
    value["by"] = event.entered_by.as_str().into();
    value["drill"] = event.mode.is_drill().into();
    if let Some(played) = &event.drill {
        value["plays"] = played.drill.as_str().into();
        if let Some(kind) = played.kind {
            value["plays_kind"] = kind.name().into();
        }
        if let Some(reason) = &played.forced {
            value["forced"] = reason.as_str().into();
        }
    }
    if event.mode == Mode::DrillWithVendors {
        value["vendors"] = true.into();
    }
    value
}

/// What two tellings under one key are compared by: all that the sender said,
/// and nothing that differs from one telling to the next.
pub fn content(event: &Event) -> String {
    let mut value = kind(&event.kind);
    value["headline"] = json!(event.headline);
    value["place"] = json!(event.place);
    value["drill"] = event.mode.is_drill().into();
    value.to_string()
}

/// Reads what [`event`] wrote.
pub fn read_event(body: &str) -> Result<Event> {
    let value = parse("event", body)?;
    read_event_value(Fields(&value))
}

pub(super) fn read_event_value(fields: Fields<'_>) -> Result<Event> {
    Ok(Event {
        id: fields.str("id")?.into(),
        key: fields.opt_string("key"),
        kind: read_kind(fields)?,
        headline: fields.opt_string("headline"),
        place: fields.opt_string("place"),
        occurred_at: fields.time("occurred_at")?,
        received_at: fields.time("received_at")?,
        entered_by: fields.str("by")?.into(),
        mode: match (fields.bool("drill")?, fields.get("vendors").as_bool()) {
            (false, _) => Mode::Real,
            (true, Some(true)) => Mode::DrillWithVendors,
            (true, _) => Mode::Drill,
        },
        drill: fields.opt_string("plays").map(|drill| Played {
            drill: DrillId::new(drill),
            kind: fields
                .opt_string("plays_kind")
                .and_then(|kind| DrillKind::parse(&kind)),
            forced: fields.opt_string("forced"),
        }),
    })
}
