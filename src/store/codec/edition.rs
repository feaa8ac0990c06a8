//! An edition as a call-out froze it, and as the list of editions keeps it.
//!
//! Owns both shapes. Older rows lack what was found out later: it is then not
//! known, or not said.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Fields, Result, micros, parse};
use crate::domain::edition::{Edition, Kept};
use crate::domain::id::PersonId;

/// An edition as a body.
pub(super) fn edition(edition: &Edition) -> Value {
    json!({
        "number": edition.number,
        "date": edition.date.to_string(),
        "approved_by": edition.approved_by.as_ref().map(PersonId::as_str),
        "rules": edition.rules_digest,
        "roster": edition.roster_digest,
        "roster_date": edition.roster_date.map(|date| date.to_string()),
        "changed": edition.changed,
        "older_than": edition.older_than,
    })
}

/// Reads what [`edition`] wrote.
pub(super) fn read_edition(fields: Fields<'_>) -> Result<Edition> {
    Ok(Edition {
        number: fields.u32("number")?,
        date: fields.named("date", |text| text.parse().ok())?,
        approved_by: fields.get("approved_by").as_str().map(PersonId::from),
        rules_digest: fields.str("rules")?.to_owned(),
        roster_digest: fields.str("roster")?.to_owned(),
        roster_date: fields
            .get("roster_date")
            .as_str()
            .and_then(|text| text.parse().ok()),
        changed: fields.get("changed").as_bool().unwrap_or_default(),
        older_than: fields.opt_u32("older_than"),
    })
}

/// What the list of editions says of one, without its files.
pub fn kept_edition(of: &Edition, taken_up_at: Timestamp) -> Value {
    let mut body = edition(of);
    body["taken_up_at"] = micros(taken_up_at).into();
    body
}

/// Reads what [`kept_edition`] wrote.
pub fn read_kept_edition(digest: String, first_used_at: Timestamp, body: &str) -> Result<Kept> {
    let value = parse("edition", body)?;
    let fields = Fields(&value);
    Ok(Kept {
        digest,
        edition: read_edition(fields)?,
        first_used_at,
        taken_up_at: fields.time("taken_up_at")?,
    })
}
