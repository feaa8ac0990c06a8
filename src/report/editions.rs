//! The editions that were ever in force, for programs.
//!
//! Owns the names of the fields of `GET /api/v1/editions`. It must not show
//! the files themselves.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::status::time;
use crate::domain::edition::{Caveat, Edition, Kept};
use crate::domain::id::PersonId;

/// What must be said of an edition, by the names for programs.
pub fn caveats(edition: &Edition) -> Vec<&'static str> {
    edition.caveats().into_iter().map(Caveat::name).collect()
}

/// One edition that is kept.
pub fn kept(kept: &Kept, in_force: &Edition, zone: &TimeZone) -> Value {
    let edition = &kept.edition;
    json!({
        "digest": kept.digest,
        "number": edition.number,
        "date": edition.date.to_string(),
        "approved_by": edition.approved_by.as_ref().map(PersonId::as_str),
        "rules_digest": edition.rules_digest,
        "roster_digest": edition.roster_digest,
        "roster_date": edition.roster_date.map(|date| date.to_string()),
        "caveats": caveats(edition),
        "first_used_at": time(kept.first_used_at, zone),
        "taken_up_at": time(kept.taken_up_at, zone),
        "in_force": edition.rules_digest == in_force.rules_digest
            && edition.roster_digest == in_force.roster_digest,
    })
}
