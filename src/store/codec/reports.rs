//! Entries about decisions, later reports, words and clashes as JSON.
//!
//! Owns their names, as `entry` owns the others: an old one is never renamed.

use std::time::Duration;

use serde_json::{Value, json};

use super::entry::{person, read_person, texts};
use super::event::{kind, read_kind};
use super::participant::read_texts;
use super::{Fields, Result, help, micros, read_text, text};
use crate::domain::id::PersonId;
use crate::domain::journal::Entry;
use crate::domain::rule::Decision;
use crate::domain::text::Text;

/// The name and the body of an entry; empty for one that `entry` owns.
pub(super) fn parts(entry: &Entry) -> (&'static str, Value) {
    match entry {
        Entry::Ordered {
            person,
            acting_for,
            by,
        } => (
            "ordered",
            json!({ "ordered_by": person.as_str(), "acting_for": acting_for.as_ref().map(text), "by": by.as_str() }),
        ),
        Entry::RowChosen { rule, by } => (
            "row-chosen",
            json!({ "rule": rule.as_str(), "by": by.as_str() }),
        ),
        Entry::Unconfirmed { again_at } => {
            ("unconfirmed", json!({ "again_at": micros(*again_at) }))
        }
        Entry::Paused { late, again_at } => (
            "paused",
            json!({ "late": late.as_secs(), "again_at": micros(*again_at) }),
        ),
        Entry::Asked { people, until } => (
            "asked",
            json!({ "people": ids(people), "until": micros(*until) }),
        ),
        Entry::Decided {
            decision,
            by,
            person: whose,
            deputy,
        } => (
            "decided",
            json!({ "decision": decision.name(), "by": by.as_str(), "word": person(whose), "deputy": deputy }),
        ),
        Entry::InSection { again_at } => ("in-section", json!({ "again_at": micros(*again_at) })),
        Entry::Undecided { asked, again_at } => (
            "undecided",
            json!({ "asked": asked, "again_at": again_at.map(micros) }),
        ),
        Entry::Said {
            text,
            place,
            by,
            told,
        } => (
            "said",
            json!({ "text": text, "place": place, "by": by.as_str(), "told": told }),
        ),
        Entry::Clash { .. } => ("clash", clash(entry)),
        Entry::Doubled { people, targets } => (
            "doubled",
            json!({ "people": ids(people), "targets": texts(targets) }),
        ),
        Entry::BothCalled { other, people } => (
            "both-called",
            json!({ "other": other.as_str(), "people": people }),
        ),
        Entry::AlsoCalled { call_outs, people } => (
            "also-called",
            json!({ "call_outs": call_outs, "people": people }),
        ),
        Entry::Unfillable { target, short } => (
            "unfillable",
            json!({ "target": text(target), "short": short }),
        ),
        other => of_report(other),
    }
}

fn of_report(entry: &Entry) -> (&'static str, Value) {
    match entry {
        Entry::Grown {
            kind: what,
            headline,
            rule,
            targets,
            by,
        } => {
            let mut value = kind(what);
            value["headline"] = json!(headline);
            value["rule"] = rule.as_str().into();
            value["targets"] = texts(targets).into();
            value["by"] = by.as_str().into();
            ("grown", value)
        }
        Entry::GrowthHeld {
            kind: what,
            headline,
            rule,
            until,
            second_person,
            by,
        } => {
            let mut value = kind(what);
            value["headline"] = json!(headline);
            value["rule"] = rule.as_str().into();
            value["until"] = micros(*until).into();
            value["second_person"] = (*second_person).into();
            value["by"] = by.as_str().into();
            ("growth-held", value)
        }
        Entry::GrowthStopped { by, on_word_of } => (
            "growth-stopped",
            json!({ "by": by.as_str(), "word": person(on_word_of) }),
        ),
        Entry::Aftershock {
            kind: what,
            headline,
            by,
        } => {
            let mut value = kind(what);
            value["headline"] = json!(headline);
            value["by"] = by.as_str().into();
            ("aftershock", value)
        }
        Entry::CorrectionPending {
            kind: what,
            rule,
            until,
            by,
        } => (
            "correction-pending",
            json!({
                "event": what.as_ref().map(kind),
                "rule": rule.as_ref().map(|rule| rule.as_str()),
                "until": micros(*until),
                "by": by.as_str(),
            }),
        ),
        Entry::CorrectionStopped { by, on_word_of } => (
            "correction-stopped",
            json!({ "by": by.as_str(), "word": person(on_word_of) }),
        ),
        Entry::Renewed { until } => ("renewed", json!({ "until": micros(*until) })),
        Entry::Corrected { rule, released } => (
            "corrected",
            json!({ "rule": rule.as_str(), "released": released }),
        ),
        other => help::parts(other),
    }
}

fn clash(entry: &Entry) -> Value {
    let Entry::Clash {
        person,
        other,
        here,
        there,
        deputies,
        vacant,
    } = entry
    else {
        return Value::Null;
    };
    let deputies = deputies.iter();
    let deputies = deputies.map(|(target, person)| json!([text(target), person.as_str()]));
    json!({
        "person": person.as_str(),
        "other": other.as_ref().map(|other| other.as_str()),
        "here": texts(here),
        "there": texts(there),
        "deputies": deputies.collect::<Vec<_>>(),
        "vacant": texts(vacant),
    })
}

fn ids(people: &[PersonId]) -> Vec<&str> {
    people.iter().map(PersonId::as_str).collect()
}

/// Reads what [`parts`] wrote; `None` for a name that is not one of these.
pub(super) fn read(name: &str, fields: Fields<'_>) -> Result<Option<Entry>> {
    Ok(Some(match name {
        "ordered" => Entry::Ordered {
            person: fields.str("ordered_by")?.into(),
            acting_for: read_text(fields.get("acting_for")),
            by: fields.str("by")?.into(),
        },
        "row-chosen" => Entry::RowChosen {
            rule: fields.str("rule")?.into(),
            by: fields.str("by")?.into(),
        },
        "unconfirmed" => Entry::Unconfirmed {
            again_at: fields.time("again_at")?,
        },
        "paused" => Entry::Paused {
            late: Duration::from_secs(fields.u64("late")?),
            again_at: fields.time("again_at")?,
        },
        "asked" => Entry::Asked {
            people: fields.each("people", |value| value.as_str().map(PersonId::from))?,
            until: fields.time("until")?,
        },
        "decided" => Entry::Decided {
            decision: fields.named("decision", Decision::parse)?,
            by: fields.str("by")?.into(),
            person: read_person(fields),
            deputy: fields.bool("deputy")?,
        },
        "in-section" => Entry::InSection {
            again_at: fields.time("again_at")?,
        },
        "undecided" => Entry::Undecided {
            asked: fields.get("asked").as_bool().unwrap_or(true),
            again_at: fields.opt_time("again_at"),
        },
        "said" => Entry::Said {
            text: fields.str("text")?.to_owned(),
            place: fields.opt_string("place"),
            by: fields.str("by")?.into(),
            told: fields.u32("told")?,
        },
        "clash" => Entry::Clash {
            person: fields.str("person")?.into(),
            other: fields.get("other").as_str().map(Into::into),
            here: read_texts(fields, "here")?,
            there: read_texts(fields, "there")?,
            deputies: fields.each("deputies", deputy)?,
            vacant: match fields.get("vacant") {
                Value::Null => Vec::new(),
                _ => read_texts(fields, "vacant")?,
            },
        },
        "doubled" => Entry::Doubled {
            people: fields.each("people", |value| value.as_str().map(PersonId::from))?,
            targets: read_texts(fields, "targets")?,
        },
        "both-called" => Entry::BothCalled {
            other: fields.str("other")?.into(),
            people: fields.u32("people")?,
        },
        "also-called" => Entry::AlsoCalled {
            call_outs: fields.u32("call_outs")?,
            people: fields.u32("people")?,
        },
        "unfillable" => Entry::Unfillable {
            target: fields.text("target")?,
            short: fields.u32("short")?,
        },
        other => return read_report(other, fields),
    }))
}

fn deputy(value: &Value) -> Option<(Text, PersonId)> {
    match value.as_array()?.as_slice() {
        [target, person] => Some((read_text(target)?, person.as_str()?.into())),
        _ => None,
    }
}

fn read_report(name: &str, fields: Fields<'_>) -> Result<Option<Entry>> {
    Ok(Some(match name {
        "grown" => Entry::Grown {
            kind: read_kind(fields)?,
            headline: fields.opt_string("headline"),
            rule: fields.str("rule")?.into(),
            targets: read_texts(fields, "targets")?,
            by: fields.str("by")?.into(),
        },
        "growth-held" => Entry::GrowthHeld {
            kind: read_kind(fields)?,
            headline: fields.opt_string("headline"),
            rule: fields.str("rule")?.into(),
            until: fields.time("until")?,
            second_person: fields.bool("second_person")?,
            by: fields.str("by")?.into(),
        },
        "growth-stopped" => Entry::GrowthStopped {
            by: fields.str("by")?.into(),
            on_word_of: read_person(fields),
        },
        "aftershock" => Entry::Aftershock {
            kind: read_kind(fields)?,
            headline: fields.opt_string("headline"),
            by: fields.str("by")?.into(),
        },
        "correction-pending" => Entry::CorrectionPending {
            kind: match fields.get("event") {
                Value::Null => None,
                value => Some(read_kind(Fields(value))?),
            },
            rule: fields.get("rule").as_str().map(Into::into),
            until: fields.time("until")?,
            by: fields.str("by")?.into(),
        },
        "correction-stopped" => Entry::CorrectionStopped {
            by: fields.str("by")?.into(),
            on_word_of: read_person(fields),
        },
        "renewed" => Entry::Renewed {
            until: fields.time("until")?,
        },
        "corrected" => Entry::Corrected {
            rule: fields.str("rule")?.into(),
            released: fields.u32("released")?,
        },
        other => return help::read(other, fields),
    }))
}
