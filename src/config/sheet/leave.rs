//! Days off as a cell holds them: `2026-12-28～2027-01-03、2027-02-01`.
//!
//! Owns that form, both ways, and the ways in which people write a day. It must
//! not know rows.

use jiff::civil::Date;

use super::mark::items;
use crate::domain::absence::Leave;

/// Why a cell names no days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unclear {
    /// No day of the calendar.
    NoDay(String),
    /// The last day comes before the first.
    Backwards(String),
}

/// The days off that a cell names, one after the other.
pub(super) fn read(cell: &str) -> Vec<Result<Leave, Unclear>> {
    items(cell).map(|item| one(&item)).collect()
}

/// The cell of a person.
pub(super) fn write(leave: &[Leave]) -> String {
    let days: Vec<_> = leave.iter().copied().map(label).collect();
    days.join("、")
}

/// One absence as it is written.
pub(super) fn label(leave: Leave) -> String {
    let Leave { from, to } = leave;
    if from == to {
        from.to_string()
    } else {
        format!("{from}～{to}")
    }
}

fn one(item: &str) -> Result<Leave, Unclear> {
    let ends = item
        .split_once('~')
        .or_else(|| item.split_once("から"))
        .or_else(|| item.split_once(" to "));
    let (from, to) = ends.unwrap_or((item, item));
    let to = to.trim().trim_end_matches("まで");
    match (day(from), day(to)) {
        (Some(from), Some(to)) if from <= to => Ok(Leave { from, to }),
        (Some(_), Some(_)) => Err(Unclear::Backwards(item.to_owned())),
        _ => Err(Unclear::NoDay(item.to_owned())),
    }
}

/// `2026-12-28`, `2026/12/28`, `2026年12月28日(月)`, `令和8年12月28日`, `R8.12.28`.
fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let text = match text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
    {
        Some((day, _weekday)) => day.trim(),
        None => text,
    };
    let era = ["令和", "R", "r"]
        .iter()
        .find_map(|era| text.strip_prefix(era));
    let parts = era.unwrap_or(text).trim_end_matches('日');
    let parts: Vec<&str> = parts
        .split(['-', '/', '.', '年', '月'])
        .map(str::trim)
        .collect();
    let [year, month, day] = parts[..] else {
        return None;
    };
    let year = match (era, year) {
        (Some(_), "元") => 2019,
        (Some(_), year) => 2018_i16.checked_add(year.parse().ok()?)?,
        // Why: a year of two digits may be of the era or of the century.
        (None, year) if year.len() == 4 => year.parse().ok()?,
        (None, _) => return None,
    };
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}
