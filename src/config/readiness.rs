//! When readiness is looked into, of a read `rules.toml`.
//!
//! Owns the switch. What is looked for is the domain's.

use jiff::civil::Time;

use super::findings::Findings;
use super::office_hours::time;
use super::table::Table;
use crate::domain::readiness::USUAL;

/// The time of the day; `None` where it is switched off.
pub(super) fn check(table: Option<Table<'_>>, findings: &mut Findings) -> Option<Time> {
    let at = table
        .and_then(|table| table.text("at"))
        .and_then(|word| time(word, findings));
    if table.is_some_and(|table| table.truth("off")) {
        return None;
    }
    Some(at.unwrap_or(USUAL))
}
