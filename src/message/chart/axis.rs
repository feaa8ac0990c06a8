//! Where the axes are marked, and what stands at the marks.
//!
//! Owns sensible steps of time in the town's zone and of numbers. It must not
//! know where a mark is drawn.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::super::dates;
use crate::domain::text::Language;

/// The most steps between the ends of the axis of time.
const STEPS: i64 = 7;

/// Lengths of a step within a day, in seconds.
const SECONDS: [i64; 13] = [
    15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
];

/// Lengths of a step in days; the last is doubled for as long as needed.
const DAYS: [i64; 7] = [1, 2, 7, 14, 30, 91, 182];

const DAY: i64 = 86_400;

/// A mark of time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tick {
    pub(super) at: Timestamp,
    pub(super) label: String,
    /// Whether a day begins there.
    pub(super) day: bool,
}

/// A time on the clock, or the day where one begins.
fn tick(at: Timestamp, seconds: bool, zone: &TimeZone, language: Language) -> Tick {
    let local = zone.to_datetime(at);
    let day = local.time() == Time::midnight();
    let label = match (day, seconds, language) {
        (true, _, Language::Ja) => format!("{}月{}日", local.month(), local.day()),
        (true, _, Language::En) => local.strftime("%-d %b").to_string(),
        (false, true, _) => dates::to_the_second(at, zone),
        (false, false, _) => local.strftime("%H:%M").to_string(),
    };
    Tick { at, label, day }
}

/// The marks between two times, at whole steps of the local clock; over a
/// change of the clock one may be missing or further off, none is wrong.
pub(super) fn ticks(
    from: Timestamp,
    until: Timestamp,
    zone: &TimeZone,
    language: Language,
) -> Vec<Tick> {
    let span = until.duration_since(from).as_secs().max(1);
    let fits = |step: i64| span <= step * STEPS;
    let start = zone.to_datetime(from);
    let midnight = start.date().to_datetime(Time::midnight());
    let step = SECONDS.into_iter().find(|step| fits(*step));
    let mut at_step: Vec<Timestamp> = Vec::new();
    let mut number = match step {
        Some(step) => seconds_of_day(start) / step,
        None => 0,
    };
    let days = days(span);
    loop {
        let local = match step {
            Some(step) => midnight.checked_add(SignedDuration::from_secs(number * step)),
            None => midnight.checked_add((number * days).days()),
        };
        let at = local.ok().and_then(|local| zone.to_timestamp(local).ok());
        let Some(at) = at.filter(|at| *at <= until) else {
            break;
        };
        // Why: a time that the clock leaps over falls on the one after it.
        if at >= from && at_step.last().is_none_or(|last| at > *last) {
            at_step.push(at);
        }
        number += 1;
    }
    let seconds = step.is_some_and(|step| step < 60);
    let marks = at_step.into_iter();
    marks.map(|at| tick(at, seconds, zone, language)).collect()
}

fn seconds_of_day(local: DateTime) -> i64 {
    let [hour, minute, second] = [local.hour(), local.minute(), local.second()].map(i64::from);
    hour * 3600 + minute * 60 + second
}

fn days(span: i64) -> i64 {
    let fits = |step: &i64| span <= step * DAY * STEPS;
    let known = DAYS.into_iter().find(fits);
    known.unwrap_or_else(|| {
        let mut step = DAYS[DAYS.len() - 1];
        while !fits(&step) {
            step *= 2;
        }
        step
    })
}

/// Whole numbers from 0 to a highest one, few enough to be read.
pub(super) fn numbers(highest: u32) -> Vec<u32> {
    let mut step = 1_u32;
    for factor in [2, 5, 10].into_iter().cycle() {
        if highest / step <= 5 {
            break;
        }
        step = match factor {
            2 => step.saturating_mul(2),
            // 2 → 5
            5 => step / 2 * 5,
            _ => step.saturating_mul(2),
        };
    }
    (0..=highest / step).map(|number| number * step).collect()
}
