//! How often the plan wants which drill (4(1), 6(3)), and how that stands.
//!
//! Owns the town's year (年度, April to March), its parts, and what is done,
//! due, soon due or missed in them. Pure: the day is an argument. It must not
//! put anything into words.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};

use super::drill::DrillKind;
use super::rule::Selector;

/// What the plan says of drills as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillTerms {
    /// Who is mailed the report of a drill when it ends.
    pub report_to: Vec<Selector>,
    /// What is due, and how often.
    pub duties: Vec<Duty>,
    /// How many days before the last day it is told.
    pub remind_days: i32,
}

/// The usual [`DrillTerms::remind_days`].
pub const REMIND_DAYS: i32 = 30;

impl Default for DrillTerms {
    fn default() -> Self {
        Self {
            report_to: Vec::new(),
            duties: Vec::new(),
            remind_days: REMIND_DAYS,
        }
    }
}

/// Which drills count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// D1.
    Tabletop,
    /// D2.
    Contact,
    /// D3.
    Recovery,
    /// D1 or D3.
    TabletopOrRecovery,
    /// Any of them: the plan's own minimum.
    Any,
}

impl Wanted {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::Tabletop,
        Self::Contact,
        Self::Recovery,
        Self::TabletopOrRecovery,
        Self::Any,
    ];

    /// The key in `rules.toml`, and the name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tabletop => "tabletop",
            Self::Contact => "contact",
            Self::Recovery => "recovery",
            Self::TabletopOrRecovery => "tabletop_or_recovery",
            Self::Any => "any",
        }
    }

    /// Whether a drill of a kind counts.
    pub const fn counts(self, kind: DrillKind) -> bool {
        match self {
            Self::Tabletop => matches!(kind, DrillKind::Tabletop),
            Self::Contact => matches!(kind, DrillKind::Contact),
            Self::Recovery => matches!(kind, DrillKind::Recovery),
            Self::TabletopOrRecovery => matches!(kind, DrillKind::Tabletop | DrillKind::Recovery),
            Self::Any => true,
        }
    }
}

/// How often: once in each of these, counted from April.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Every {
    /// A calendar month.
    Month,
    /// Three months: from April, July, October, January.
    Quarter,
    /// Six months: from April and October.
    HalfYear,
    /// A year from April.
    Year,
}

impl Every {
    /// All, the shortest first.
    pub const ALL: [Self; 4] = [Self::Month, Self::Quarter, Self::HalfYear, Self::Year];

    /// The word in `rules.toml`, and the name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::HalfYear => "half-year",
            Self::Year => "year",
        }
    }

    const fn months(self) -> i8 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }

    /// The one in which a day lies.
    pub fn of(self, day: Date) -> Days {
        let since_april = (day.month() + 8) % 12;
        let back = i32::from(since_april % self.months());
        let first = shifted(day.first_of_month(), (-back).months());
        self.from(first)
    }

    fn from(self, first: Date) -> Days {
        let next = shifted(first, i32::from(self.months()).months());
        Days {
            first,
            last: next.yesterday().unwrap_or(next),
        }
    }

    /// The one after.
    fn after(self, days: Days) -> Days {
        self.of(days.last.tomorrow().unwrap_or(days.last))
    }

    /// The one before.
    pub fn before(self, days: Days) -> Days {
        self.of(days.first.yesterday().unwrap_or(days.first))
    }
}

fn shifted(day: Date, by: Span) -> Date {
    day.checked_add(by).unwrap_or(day)
}

/// Days from a first to a last one, both of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub first: Date,
    /// The last.
    pub last: Date,
}

impl Days {
    /// A town's year (年度): from April of that year to March of the next.
    /// `None` for a year that no calendar has.
    pub fn fiscal(year: i16) -> Option<Self> {
        let first = Date::new(year, 4, 1).ok()?;
        Some(Every::Year.of(first))
    }

    /// A calendar year (暦年): January to December.
    pub fn calendar(year: i16) -> Option<Self> {
        let first = Date::new(year, 1, 1).ok()?;
        let last = date(year, 12, 31);
        Some(Self { first, last })
    }

    /// Whether a day is one of them.
    pub fn contains(self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }

    /// How many they are.
    pub fn count(self) -> i32 {
        let until = self.last.since(self.first);
        until.map_or(0, |span| span.get_days()) + 1
    }
}

/// The year (年度) in which a day lies.
pub fn fiscal_year(day: Date) -> i16 {
    Every::Year.of(day).first.year()
}

/// One duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Duty {
    /// Which drills count.
    pub what: Wanted,
    /// How often one is due.
    pub every: Every,
}

/// A drill that was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which kind.
    pub kind: DrillKind,
    /// When, on the town's calendar.
    pub day: Date,
}

/// What is known of drills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Those that were held.
    pub held: Vec<Held>,
    /// Since when it is known: nothing is missed before.
    pub since: Option<Date>,
}

/// How a duty stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// One was held.
    Done,
    /// One is due, and there is time.
    Open,
    /// One is due soon.
    Soon,
    /// None was held up to this day, and none since.
    Missed(Date),
}

impl State {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Open => "open",
            Self::Soon => "soon",
            Self::Missed(_) => "missed",
        }
    }
}

/// A duty as it stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub duty: Duty,
    /// How it stands.
    pub state: State,
    /// How many were held in the month or year of that day.
    pub done: u32,
    /// The last one.
    pub last: Option<Date>,
    /// By when the next one is due, that day included.
    pub due: Date,
}

/// How every duty stands on a day.
pub fn standings(terms: &DrillTerms, known: &Known, today: Date) -> Vec<Standing> {
    let duties = terms.duties.iter();
    let one = |duty: &Duty| standing(*duty, terms.remind_days, known, today);
    duties.map(one).collect()
}

fn standing(duty: Duty, remind: i32, known: &Known, today: Date) -> Standing {
    let now = duty.every.of(today);
    let done = done(duty, now, known, today);
    let before = duty.every.before(now);
    let due = if done > 0 || !is_counted(now, known) {
        duty.every.after(now).last
    } else {
        now.last
    };
    // Why: a month's own reminder a month ahead would never be silent.
    let ahead = remind.min(now.count() / 3);
    let state = if done > 0 {
        State::Done
    } else if is_counted(before, known) && self::done(duty, before, known, today) == 0 {
        State::Missed(before.last)
    } else if shifted(due, (-ahead).days()) <= today {
        State::Soon
    } else {
        State::Open
    };
    let last = known.held.iter().filter(|held| counts(duty, held, today));
    Standing {
        duty,
        state,
        done,
        last: last.map(|held| held.day).max(),
        due,
    }
}

fn counts(duty: Duty, held: &Held, today: Date) -> bool {
    duty.what.counts(held.kind) && held.day <= today
}

fn done(duty: Duty, days: Days, known: &Known, today: Date) -> u32 {
    let held = known.held.iter();
    let held = held.filter(|held| counts(duty, held, today) && days.contains(held.day));
    u32::try_from(held.count()).unwrap_or(u32::MAX)
}

/// Whether one is wanted in those days: a third of them at least lies after
/// the beginning of what is known, so that whoever begins in the last days of a
/// month has not missed that month.
fn is_counted(days: Days, known: &Known) -> bool {
    let Some(since) = known.since else {
        return true;
    };
    if since > days.last {
        return false;
    }
    let first = days.first.max(since);
    Days { first, ..days }.count() * 3 >= days.count()
}

/// How a duty went in one of its months or years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which days.
    pub days: Days,
    /// How many were held in them.
    pub done: u32,
    /// None was, though one was wanted, and they are over.
    pub missed: bool,
    /// They are over.
    pub over: bool,
}

/// How a duty went in a year, month after month as it is due.
pub fn parts(duty: Duty, year: Days, known: &Known, today: Date) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut days = duty.every.of(year.first);
    while days.first <= year.last {
        let done = done(duty, days, known, today);
        let over = days.last < today;
        parts.push(Part {
            days,
            done,
            missed: over && done == 0 && is_counted(days, known),
            over,
        });
        let next = duty.every.after(days);
        // Why: at the end of time there is no next one.
        if next.first <= days.first {
            break;
        }
        days = next;
    }
    parts
}
