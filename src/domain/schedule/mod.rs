//! When a drill is due, in calendar words made instants (plan 6(3): D2 is run
//! every month).
//!
//! Owns the calendar: which day of a month, at which time, and what happens
//! where that day is no working day. It must not know what was done about it:
//! [`occasion`] does, from what the store kept. Chance is an argument.

mod change;
pub mod occasion;

use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::office_hours::OfficeHours;
use super::rule::Selector;

pub use change::{Change, Changed, KEY, SINCE, Why, key, since_key, telling_key};

/// A month of a year: each drill has one occasion in each that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

impl Month {
    /// The month of a date.
    pub fn of(date: Date) -> Self {
        Self {
            year: date.year(),
            month: date.month(),
        }
    }

    /// The month of an instant, in the town's own time.
    pub fn at(at: Timestamp, zone: &TimeZone) -> Self {
        Self::of(zone.to_datetime(at).date())
    }

    /// A month so many later, or earlier where it is less than nothing.
    #[must_use]
    pub fn after(self, months: i32) -> Self {
        let count = i32::from(self.year) * 12 + i32::from(self.month) - 1 + months;
        Self {
            year: i16::try_from(count.div_euclid(12)).unwrap_or(i16::MAX),
            month: i8::try_from(count.rem_euclid(12) + 1).unwrap_or(1),
        }
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let wide = |text: &str, width| {
            text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !wide(year, 4) || !wide(month, 2) {
            return None;
        }
        let month = month
            .parse()
            .ok()
            .filter(|month| (1..=12).contains(month))?;
        Some(Self {
            year: year.parse().ok()?,
            month,
        })
    }

    fn day(self, day: i8) -> Option<Date> {
        Date::new(self.year, self.month, day).ok()
    }

    fn last_day(self) -> Option<Date> {
        self.day(1).map(|first| first.last_of_month())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// Which of the days of a name in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nth {
    /// From its beginning: 1 to 4, which every month has.
    Nth(i8),
    /// The last.
    Last,
}

/// Which day of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// Such as the first Tuesday.
    Weekday(Nth, Weekday),
    /// 1 to 31; a month that has no such day is passed over.
    Date(i8),
    /// The last.
    Last,
    /// A working day of a week, drawn; week 1 is the 1st to the 7th, week 4 the
    /// 22nd to the 28th.
    Week(i8),
}

/// At which time of that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hour {
    /// At a set time.
    At(Time),
    /// Drawn within office hours.
    Office,
}

/// Which day is taken where the day named is no working day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The next working day.
    Next,
    /// The working day before.
    Previous,
}

/// What becomes of a run whose time passed unnoticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// It is held on the next working day, at the same time.
    MakeUp,
    /// It falls out, in words.
    Skip,
}

impl Missed {
    /// Both, by the name in files.
    pub const NAMED: [(&'static str, Self); 2] = [("make-up", Self::MakeUp), ("skip", Self::Skip)];
}

/// Who hears of a run beforehand, and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announce {
    /// How long before it; before the first working day of the week where the
    /// time is drawn, for it is not given away.
    pub before: Duration,
    /// Who.
    pub to: Vec<Selector>,
}

/// When a drill is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// As it is written.
    pub words: String,
    /// In which months; none means in all.
    pub months: Vec<i8>,
    /// On which day.
    pub day: Day,
    /// At which time.
    pub hour: Hour,
    /// Where that is no working day; `None` means it is held all the same.
    pub otherwise: Option<Otherwise>,
    /// Where its time passed unnoticed.
    pub missed: Missed,
    /// Who hears of it beforehand.
    pub announce: Option<Announce>,
}

/// What working days and times are told by.
#[derive(Clone, Copy, Debug)]
pub struct Office<'a> {
    /// The office hours, where they are set.
    pub hours: Option<&'a OfficeHours>,
    /// The town's time zone.
    pub zone: &'a TimeZone,
}

impl Office<'_> {
    /// Whether people work on a date. Without office hours: Monday to Friday.
    pub fn works(&self, date: Date) -> bool {
        match self.hours {
            Some(hours) => hours.is_working_day(date),
            None => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// The instant of a local time. One that the clocks leave out in spring is
    /// moved on by what they leave out; of one that comes twice in autumn, the
    /// first is meant.
    fn instant(&self, date: Date, time: Time) -> Option<Timestamp> {
        let at = DateTime::from_parts(date, time).to_zoned(self.zone.clone());
        at.ok().map(|at| at.timestamp())
    }
}

/// The longest that a working day is looked for.
const DAYS: usize = 62;

impl Schedule {
    /// When it is due in a month, with a number drawn for that month; `None`
    /// where it does not come in it.
    pub fn due(&self, month: Month, office: Office<'_>, drawn: u64) -> Option<Timestamp> {
        if !self.months.is_empty() && !self.months.contains(&month.month) {
            return None;
        }
        let days = self.days(month, office);
        match self.hour {
            Hour::At(time) => office.instant(*days.first()?, time),
            Hour::Office => {
                let hours = office.hours?;
                let minutes = minutes(hours.from, hours.to);
                let all = minutes.checked_mul(u64::try_from(days.len()).ok()?)?;
                let minute = drawn.checked_rem(all)?;
                let day = usize::try_from(minute / minutes).ok()?;
                let into = i64::try_from(minute % minutes).ok()?;
                let time = hours.from.checked_add(SignedDuration::from_mins(into));
                office.instant(*days.get(day)?, time.ok()?)
            }
        }
    }

    /// The days on which it may be in a month: one, or those of a week.
    fn days(&self, month: Month, office: Office<'_>) -> Vec<Date> {
        let named = match self.day {
            Day::Weekday(Nth::Nth(nth), weekday) => month
                .day(1)
                .and_then(|first| first.nth_weekday_of_month(nth, weekday).ok()),
            Day::Weekday(Nth::Last, weekday) => month
                .day(1)
                .and_then(|first| first.nth_weekday_of_month(-1, weekday).ok()),
            Day::Date(day) => month.day(day),
            Day::Last => month.last_day(),
            Day::Week(week) => {
                let from = (week - 1) * 7 + 1;
                let days = (from..from + 7).filter_map(|day| month.day(day));
                return days.filter(|date| office.works(*date)).collect();
            }
        };
        let day = named.and_then(|date| match self.otherwise {
            Some(Otherwise::Next) => working(date, 1, office),
            Some(Otherwise::Previous) => working(date, -1, office),
            None if self.hour == Hour::Office => Some(date).filter(|date| office.works(*date)),
            None => Some(date),
        });
        day.into_iter().collect()
    }

    /// When it is announced in a month.
    pub fn announced_at(
        &self,
        month: Month,
        due: Timestamp,
        office: Office<'_>,
    ) -> Option<Timestamp> {
        let announce = self.announce.as_ref()?;
        let before = SignedDuration::try_from(announce.before).ok()?;
        let from = match (self.hour, office.hours) {
            // Why: a time that is drawn must not be read off the announcement.
            (Hour::Office, Some(hours)) => {
                let first = *self.days(month, office).first()?;
                office.instant(first, hours.from)?
            }
            _ => due,
        };
        from.checked_sub(before).ok()
    }

    /// Whether its time is drawn, and so is not told beforehand.
    pub const fn is_drawn(&self) -> bool {
        matches!(self.hour, Hour::Office)
    }
}

/// The same time of day on the first working day on which it is still to come.
pub fn next_working(due: Timestamp, now: Timestamp, office: Office<'_>) -> Option<Timestamp> {
    let time = office.zone.to_datetime(due).time();
    let today = office.zone.to_datetime(now).date();
    first_working(today, time, now, office)
}

/// A time drawn anew, on the first working day after that of a due time on which
/// it is still to come: the old one may be known by now.
pub fn next_drawn(
    due: Timestamp,
    now: Timestamp,
    drawn: u64,
    office: Office<'_>,
) -> Option<Timestamp> {
    let hours = office.hours?;
    let into = drawn.checked_rem(minutes(hours.from, hours.to))?;
    let into = SignedDuration::from_mins(i64::try_from(into).ok()?);
    let time = hours.from.checked_add(into).ok()?;
    let today = office.zone.to_datetime(now).date();
    let from = today.max(office.zone.to_datetime(due).date().tomorrow().ok()?);
    first_working(from, time, now, office)
}

/// A time of day on the first working day from one on, on which it is still to
/// come.
fn first_working(from: Date, time: Time, now: Timestamp, office: Office<'_>) -> Option<Timestamp> {
    let mut date = from;
    for _ in 0..DAYS {
        if office.works(date)
            && let Some(at) = office.instant(date, time)
            && at > now
        {
            return Some(at);
        }
        date = date.tomorrow().ok()?;
    }
    None
}

/// The first working day from a date on, forward or back.
fn working(date: Date, step: i32, office: Office<'_>) -> Option<Date> {
    let mut date = date;
    for _ in 0..DAYS {
        if office.works(date) {
            return Some(date);
        }
        date = date.checked_add(step.days()).ok()?;
    }
    None
}

fn minutes(from: Time, to: Time) -> u64 {
    let length = from.duration_until(to).as_mins();
    u64::try_from(length).unwrap_or_default().max(1)
}

/// Said of a drill that is to come: its time, or only its week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foretold {
    /// When.
    At(Timestamp),
    /// From one day to another, at a time that is not told.
    Between(Date, Date),
}

impl Schedule {
    /// What may be told beforehand of a run.
    pub fn foretold(&self, month: Month, due: Timestamp, office: Office<'_>) -> Foretold {
        let days = self.days(month, office);
        match (self.hour, days.first(), days.last()) {
            (Hour::Office, Some(first), Some(last)) => Foretold::Between(*first, *last),
            _ => Foretold::At(due),
        }
    }
}
