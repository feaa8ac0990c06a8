//! Times as people read them, always in the town's own zone.
//!
//! Owns the written form in both languages. It must not read a clock.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::text::Language;

use super::words::{Word, fill};

/// `2026年11月23日(月) 03:12`, or `Mon 23 Nov 2026 03:12`.
pub(crate) fn date_time(at: Timestamp, zone: &TimeZone, language: Language) -> String {
    let local = zone.to_datetime(at);
    [&day(local, language), " ", &clock_time(local)].concat()
}

/// `03:12`. Why not by `strftime`: each mail says some.
fn clock_time(local: DateTime) -> String {
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// A time near another: `03:12` on the same day, else with its date.
pub(crate) fn near(at: Timestamp, to: Timestamp, zone: &TimeZone, language: Language) -> String {
    let (local, reference) = (zone.to_datetime(at), zone.to_datetime(to));
    if local.date() == reference.date() {
        clock_time(local)
    } else {
        date_time(at, zone, language)
    }
}

/// A time to the second, for what is decided within a minute: `03:12:45`.
pub(crate) fn to_the_second(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%H:%M:%S").to_string()
}

/// For machines beside people: `2026-11-23T03:12:00+09:00`.
pub(crate) fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `2026年11月23日`, or `23 Nov 2026`.
pub(crate) fn date(date: Date, language: Language) -> String {
    match language {
        Language::Ja => {
            let mut said = String::with_capacity("2026年11月23日".len());
            // Why not looked at: a text takes all that is written into it.
            let _ = write!(said, "{}年{}月{}日", date.year(), date.month(), date.day());
            said
        }
        Language::En => date.strftime("%-d %b %Y").to_string(),
    }
}

/// A set length of time, without empty units: `10分`, `1時間30分`.
pub(crate) fn length(length: Duration, language: Language) -> String {
    let w = Word::of(language);
    let seconds = length.as_secs();
    let parts = [
        (w.length_hours, seconds / 3600),
        (w.length_minutes, seconds / 60 % 60),
        (w.length_seconds, seconds % 60),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(wording, count)| fill(wording, &[("count", &count.to_string())]))
        .collect();
    match (said.is_empty(), language) {
        (true, _) => fill(w.length_seconds, &[("count", "0")]),
        (false, Language::Ja) => said.concat(),
        (false, Language::En) => said.join(" "),
    }
}

/// A length of time: `1時間05分`, `3分20秒`.
pub(crate) fn span(length: Duration, language: Language) -> String {
    let w = Word::of(language);
    let seconds = length.as_secs();
    let pad = |number: u64| format!("{number:02}");
    if seconds >= 3600 {
        let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
        let values = [("hours", &*hours.to_string()), ("minutes", &pad(minutes))];
        fill(w.hours_minutes, &values)
    } else {
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        let values = [
            ("minutes", &*minutes.to_string()),
            ("seconds", &pad(seconds)),
        ];
        fill(w.minutes_seconds, &values)
    }
}

/// An expected wait: `30分以内`, `2時間以内`; a long one is only a guess, and
/// says so: `3時間ほど`.
pub(crate) fn eta(minutes: u32, language: Language) -> String {
    let w = Word::of(language);
    if minutes >= 180 {
        fill(w.about_hours, &[("hours", &(minutes / 60).to_string())])
    } else if minutes >= 60 && minutes.is_multiple_of(60) {
        fill(w.within_hours, &[("hours", &(minutes / 60).to_string())])
    } else {
        fill(w.within_minutes, &[("minutes", &minutes.to_string())])
    }
}

/// When somebody who said so is expected.
pub(crate) fn expected(at: Timestamp, minutes: u32) -> Timestamp {
    at.checked_add(SignedDuration::from_mins(i64::from(minutes)))
        .unwrap_or(at)
}

/// Until when somebody is away: `2026年11月27日(金)まで`, with the time only
/// where it is not the end of that day.
pub(crate) fn away_until(until: Timestamp, zone: &TimeZone, language: Language) -> String {
    let w = Word::of(language);
    let local = zone.to_datetime(until);
    let last = local.date().yesterday().ok();
    match last.filter(|_| local.time() == Time::midnight()) {
        Some(last) => {
            let day = day(last.to_datetime(Time::midnight()), language);
            fill(w.away_through, &[("day", &day)])
        }
        None => fill(w.away_until, &[("time", &date_time(until, zone, language))]),
    }
}

/// The day of a time: `2026年11月23日(月)`.
pub(crate) fn day_of(at: Timestamp, zone: &TimeZone, language: Language) -> String {
    day(zone.to_datetime(at), language)
}

fn day(local: DateTime, language: Language) -> String {
    match language {
        Language::Ja => [
            &date(local.date(), language),
            "(",
            weekday(local.weekday()),
            ")",
        ]
        .concat(),
        Language::En => local.strftime("%a %-d %b %Y").to_string(),
    }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "月",
        Weekday::Tuesday => "火",
        Weekday::Wednesday => "水",
        Weekday::Thursday => "木",
        Weekday::Friday => "金",
        Weekday::Saturday => "土",
        Weekday::Sunday => "日",
    }
}
