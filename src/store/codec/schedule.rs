//! What became of a drill that was due, as JSON.
//!
//! Owns the fields of such an event; those that every event has are [`mod@super::event`]'s.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Fields, Result, bad, micros, text};
use crate::domain::schedule::{Change, Changed, Foretold, Month, Why};

pub(super) fn changed(changed: &Changed) -> Value {
    let mut value = match &changed.change {
        Change::Since(words) => json!({ "words": words }),
        Change::Ended => json!({}),
        Change::Announced(at) => foretold(*at),
        Change::Corrected { told, now } => json!({
            "told": foretold(*told),
            "now": now.map(foretold),
        }),
        Change::Moved {
            from,
            to,
            why,
            drawn,
        } => json!({
            "due": micros(*from),
            "moved_to": micros(*to),
            "why": why.name(),
            "drawn": drawn,
        }),
        Change::Skipped { due, why } => json!({ "due": micros(*due), "why": why.name() }),
        Change::Cancelled { due, reason } => json!({ "due": micros(*due), "reason": reason }),
    };
    value["drill_id"] = changed.drill.as_str().into();
    value["title"] = text(&changed.title);
    value["month"] = changed.month.to_string().into();
    value["change"] = changed.change.name().into();
    value
}

pub(super) fn read_changed(fields: Fields<'_>) -> Result<Changed> {
    let change = match fields.str("change")? {
        "since" => Change::Since(fields.str("words")?.to_owned()),
        "ended" => Change::Ended,
        "announced" => Change::Announced(read_foretold(fields)?),
        "corrected" => Change::Corrected {
            told: read_foretold(Fields(fields.get("told")))?,
            now: match fields.get("now") {
                Value::Null => None,
                now => Some(read_foretold(Fields(now))?),
            },
        },
        "moved" => Change::Moved {
            from: fields.time("due")?,
            to: fields.time("moved_to")?,
            why: fields.named("why", Why::parse)?,
            drawn: fields.bool("drawn")?,
        },
        "skipped" => Change::Skipped {
            due: fields.time("due")?,
            why: fields.named("why", Why::parse)?,
        },
        "cancelled" => Change::Cancelled {
            due: fields.time("due")?,
            reason: fields.str("reason")?.to_owned(),
        },
        other => return Err(bad("change", format!("unknown: {other}"))),
    };
    Ok(Changed {
        drill: fields.str("drill_id")?.into(),
        title: fields.text("title")?,
        month: fields.named("month", Month::parse)?,
        change,
    })
}

fn foretold(foretold: Foretold) -> Value {
    match foretold {
        Foretold::At(at) => json!({ "due": micros(at) }),
        Foretold::Between(from, to) => {
            json!({ "from": from.to_string(), "to": to.to_string() })
        }
    }
}

fn read_foretold(fields: Fields<'_>) -> Result<Foretold> {
    let date = |name| fields.named(name, |text| text.parse::<Date>().ok());
    Ok(match fields.opt_time("due") {
        Some(at) => Foretold::At(at),
        None => Foretold::Between(date("from")?, date("to")?),
    })
}
