//! When findings are looked for, and whether a day's are told.
//!
//! Owns the calendar of it, in the town's own time.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::super::text::Text;

/// The latest day whose time of looking has come.
pub fn day(at: Time, zone: &TimeZone, now: Timestamp) -> Date {
    let local = now.to_zoned(zone.clone());
    let today = local.date();
    if instant(today, at, zone).is_some_and(|due| due <= now) {
        today
    } else {
        today.yesterday().unwrap_or(today)
    }
}

/// When it is looked into next, after it was for a day.
pub fn due_after(day: Date, at: Time, zone: &TimeZone) -> Option<Timestamp> {
    instant(day.tomorrow().ok()?, at, zone)
}

fn instant(day: Date, at: Time, zone: &TimeZone) -> Option<Timestamp> {
    let local = day.to_datetime(at).to_zoned(zone.clone());
    local.ok().map(|at| at.timestamp())
}

/// Whether a day's findings are told: there are some, and they are not those
/// of the time before, or it is the first time in a week.
pub fn is_told(found: &[Text], day: Date, before: &[Text], day_before: Date) -> bool {
    let week = |day: Date| {
        let week = day.iso_week_date();
        (week.year(), week.week())
    };
    !found.is_empty() && (found != before || week(day) != week(day_before))
}
