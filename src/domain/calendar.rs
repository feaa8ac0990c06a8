//! Japan's public holidays, as a function of the date.
//!
//! Owns the law (国民の祝日に関する法律) as it stands since 2007, with the
//! exceptions of 2019 to 2021. It must not know when an office closes beyond
//! that: `office_hours` does. Outside 2007 to 2099 no day is a holiday: before,
//! the law was another; after, the equinoxes are not foreseen by the formula.

use std::ops::RangeInclusive;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// A holiday's name: Japanese, English.
pub type Name = (&'static str, &'static str);

/// The years for which this calendar is right.
pub const YEARS: RangeInclusive<i16> = 2007..=2099;

const SUBSTITUTE: Name = ("振替休日", "Substitute holiday");
const BETWEEN: Name = ("国民の休日", "Citizens' holiday");

/// The name of the holiday on a date, if it is one.
pub fn holiday(date: Date) -> Option<Name> {
    if !YEARS.contains(&date.year()) {
        return None;
    }
    named(date)
        .or_else(|| is_substitute(date).then_some(SUBSTITUTE))
        .or_else(|| is_between(date).then_some(BETWEEN))
}

/// 国民の祝日 themselves (article 2).
fn named(date: Date) -> Option<Name> {
    let (year, month, day) = (date.year(), date.month(), date.day());
    if let Some(moved) = moved(year, (month, day)) {
        return moved;
    }
    let monday = |nth: i8| date.weekday() == Weekday::Monday && (day - 1) / 7 + 1 == nth;
    match (month, day) {
        (1, 1) => Some(("元日", "New Year's Day")),
        (1, _) if monday(2) => Some(("成人の日", "Coming of Age Day")),
        (2, 11) => Some(("建国記念の日", "National Foundation Day")),
        (2, 23) if year >= 2020 => Some(EMPEROR),
        (3, day) if day == equinox(year, SPRING) => Some(("春分の日", "Vernal Equinox Day")),
        (4, 29) => Some(("昭和の日", "Showa Day")),
        (5, 3) => Some(("憲法記念日", "Constitution Memorial Day")),
        (5, 4) => Some(("みどりの日", "Greenery Day")),
        (5, 5) => Some(("こどもの日", "Children's Day")),
        (7, _) if monday(3) => Some(SEA),
        (8, 11) if year >= 2016 => Some(MOUNTAIN),
        (9, _) if monday(3) => Some(("敬老の日", "Respect for the Aged Day")),
        (9, day) if day == equinox(year, AUTUMN) => Some(("秋分の日", "Autumnal Equinox Day")),
        (10, _) if monday(2) && year >= 2020 => Some(SPORTS),
        (10, _) if monday(2) => Some(("体育の日", "Health and Sports Day")),
        (11, 3) => Some(("文化の日", "Culture Day")),
        (11, 23) => Some(("勤労感謝の日", "Labour Thanksgiving Day")),
        (12, 23) if year <= 2018 => Some(EMPEROR),
        _ => None,
    }
}

const EMPEROR: Name = ("天皇誕生日", "The Emperor's Birthday");
const SEA: Name = ("海の日", "Marine Day");
const MOUNTAIN: Name = ("山の日", "Mountain Day");
const SPORTS: Name = ("スポーツの日", "Sports Day");

/// What the laws on the accession (2019) and on the Olympic games (2020,
/// 2021) said of a day, where they said something.
fn moved(year: i16, day: (i8, i8)) -> Option<Option<Name>> {
    match (year, day) {
        (2019, (5, 1)) => Some(Some(("休日（即位の日）", "Day of the Accession"))),
        (2019, (10, 22)) => Some(Some((
            "休日（即位礼正殿の儀）",
            "Day of the Enthronement Ceremony",
        ))),
        (2020, (7, 23)) | (2021, (7, 22)) => Some(Some(SEA)),
        (2020, (7, 24)) | (2021, (7, 23)) => Some(Some(SPORTS)),
        (2020, (8, 10)) | (2021, (8, 8)) => Some(Some(MOUNTAIN)),
        (2020 | 2021, (7 | 8 | 10, _)) => Some(None),
        _ => None,
    }
}

/// Article 3(2): a holiday on a Sunday moves to the next day that is none.
fn is_substitute(date: Date) -> bool {
    let mut day = date;
    while let Ok(before) = day.checked_sub(1.day()) {
        if named(before).is_none() {
            return false;
        }
        if before.weekday() == Weekday::Sunday {
            return true;
        }
        day = before;
    }
    false
}

/// Article 3(3): a day between two holidays.
fn is_between(date: Date) -> bool {
    let near = |day: Result<Date, jiff::Error>| day.is_ok_and(|day| named(day).is_some());
    near(date.checked_sub(1.day())) && near(date.checked_add(1.day()))
}

/// Millionths of a day of March, in 1980.
const SPRING: i32 = 20_843_100;
/// Millionths of a day of September, in 1980.
const AUTUMN: i32 = 23_248_800;

/// The day of the month, by the usual formula for 1980 to 2099. The
/// government announces the date in February of the year before.
fn equinox(year: i16, base: i32) -> i8 {
    let years = i32::from(year) - 1980;
    let day = (base + 242_194 * years) / 1_000_000 - years / 4;
    i8::try_from(day).unwrap_or_default()
}
