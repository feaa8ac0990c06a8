//! When the office is open: days, hours, holidays, closures of its own.
//!
//! Owns the question whether it is open at an instant. It must not know what
//! a rule makes of the answer, nor read a clock: the instant is an argument.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::calendar;

/// Whose public holidays close the office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holidays {
    /// Japan's (国民の祝日).
    Japan,
    /// None.
    None,
}

/// A day of any year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
}

/// Days on which the office is closed besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// From one date to another, both included.
    Once(Date, Date),
    /// Every year from one day to another, both included; over the end of the
    /// year where the first is the later one.
    Yearly(MonthDay, MonthDay),
}

impl Closed {
    fn covers(self, date: Date) -> bool {
        match self {
            Self::Once(from, to) => (from..=to).contains(&date),
            Self::Yearly(from, to) => {
                let day = MonthDay {
                    month: date.month(),
                    day: date.day(),
                };
                if from <= to {
                    (from..=to).contains(&day)
                } else {
                    day >= from || day <= to
                }
            }
        }
    }
}

/// When the office is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeHours {
    /// On which days of the week.
    pub days: Vec<Weekday>,
    /// From when, included.
    pub from: Time,
    /// Until when, not included; later than `from`.
    pub to: Time,
    /// Which holidays it keeps.
    pub holidays: Holidays,
    /// Closures of its own, such as the turn of the year.
    pub closed: Vec<Closed>,
}

impl OfficeHours {
    /// Whether the office is open at an instant.
    pub fn is_open(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let local: DateTime = zone.to_datetime(at);
        let date = local.date();
        (self.from..self.to).contains(&local.time()) && self.is_working_day(date)
    }

    /// Whether the office opens at all on a date.
    pub fn is_working_day(&self, date: Date) -> bool {
        self.days.contains(&date.weekday())
            && self.kept(date).is_none()
            && !self.closed.iter().any(|closed| closed.covers(date))
    }

    /// The holiday that the office keeps on the day of an instant.
    pub fn holiday(&self, at: Timestamp, zone: &TimeZone) -> Option<calendar::Name> {
        self.kept(zone.to_datetime(at).date())
    }

    fn kept(&self, date: Date) -> Option<calendar::Name> {
        match self.holidays {
            Holidays::Japan => calendar::holiday(date),
            Holidays::None => None,
        }
    }
}

/// At which time a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hours {
    /// While the office is open.
    Office,
    /// While it is not: nights, weekends, holidays.
    Off,
}

impl Hours {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Office, Self::Off];

    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::Off => "off",
        }
    }

    /// The hours of an instant.
    pub const fn of(open: bool) -> Self {
        if open { Self::Office } else { Self::Off }
    }
}
