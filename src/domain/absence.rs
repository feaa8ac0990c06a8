//! Who is away: on leave, ill, on a business trip.
//!
//! Owns the two ways to be away, marked by somebody or known beforehand, and
//! until when. It must not know whom a call-out calls instead.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::id::{PersonId, Principal};
use super::plan::Plan;

/// A person who was marked absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// Who.
    pub person: PersonId,
    /// Since when.
    pub since: Timestamp,
    /// The first instant at which they are back.
    pub until: Timestamp,
    /// Why, in a few words, where it was said.
    pub reason: Option<String>,
    /// Who entered it.
    pub by: Principal,
}

/// Days off that the roster knows beforehand, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leave {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl Leave {
    /// The first instant after it, if an instant is in it.
    fn end(self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let day = zone.to_datetime(at).date();
        let within = self.from <= day && day <= self.to;
        within.then(|| end_of_day(self.to, zone)).flatten()
    }
}

/// The first instant after a day; `None` at the end of the calendar.
pub fn end_of_day(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?;
    zone.to_timestamp(next.at(0, 0, 0, 0)).ok()
}

impl Plan {
    /// Until when a person is away, if they are: what was marked and what the
    /// roster knows, one after the other without a gap.
    pub fn absent(&self, person: &PersonId, now: Timestamp) -> Option<Timestamp> {
        let mut end = self.absence_at(person, now)?;
        while let Some(later) = self.absence_at(person, end) {
            end = later;
        }
        Some(end)
    }

    /// Everybody who is away, in the roster's order, with until when.
    pub fn away(&self, now: Timestamp) -> impl Iterator<Item = (&PersonId, Timestamp)> {
        let people = self.roster.people.keys();
        people.filter_map(move |person| Some((person, self.absent(person, now)?)))
    }

    /// Everybody of whom it may be that they are away at some time; nobody else is.
    ///
    /// Why: of thousands nearly nobody is, and each look for one of them is dear.
    pub fn perhaps_away(&self) -> HashSet<&PersonId> {
        let people = self.roster.people.values();
        let on_leave = people.filter(|person| !person.leave.is_empty());
        let on_leave = on_leave.map(|person| &person.id);
        self.absences.keys().chain(on_leave).collect()
    }

    // Invariant: what is returned lies after `at`, so that chaining ends.
    fn absence_at(&self, person: &PersonId, at: Timestamp) -> Option<Timestamp> {
        let marked = self.absences.get(person);
        let marked = marked.map(|absence| absence.until).filter(|end| *end > at);
        let known = self.roster.people.get(person);
        let leave = known.into_iter().flat_map(|person| &person.leave);
        let leave = leave.filter_map(|leave| leave.end(at, &self.time_zone));
        leave.chain(marked).max().filter(|end| *end > at)
    }
}
