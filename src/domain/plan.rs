//! Everything that the town set, checked: rules, procedures, roster, drills.
//!
//! Owns the whole and its invariants: every id named by a rule, a procedure
//! or a drill is in it. Built by `config` alone; read everywhere.

use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::absence::Absence;
use super::contact::Asking;
use super::drill::Drill;
use super::drill_duty::DrillTerms;
use super::edition::{Edition, Revision};
use super::id::{DrillId, PersonId, ProcedureId, RuleId};
use super::office_hours::{Hours, OfficeHours};
use super::procedure::Procedure;
use super::roster::Roster;
use super::rule::{Confirm, Rule, Selector};
use super::text::{Language, Text};

/// The plan in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Which version.
    pub edition: Edition,
    /// The editions before it, by number.
    pub history: Vec<Revision>,
    /// The office, as it signs its messages.
    pub organisation: Text,
    /// The town's time zone: every time that a person reads is in it.
    pub time_zone: TimeZone,
    /// The language of what is not for one person.
    pub language: Language,
    /// People.
    pub roster: Roster,
    /// Who was marked absent: the engine's to fill, from the store.
    pub absences: IndexMap<PersonId, Absence>,
    /// Rules, in the plan's order.
    pub rules: IndexMap<RuleId, Rule>,
    /// Procedures.
    pub procedures: IndexMap<ProcedureId, Procedure>,
    /// When the office is open; rules bound to hours need it.
    pub office_hours: Option<OfficeHours>,
    /// Drills, D2 first.
    pub drills: IndexMap<DrillId, Drill>,
    /// What holds for drills as a whole.
    pub drill_terms: DrillTerms,
    /// Who is told when something is wrong with a call-out or the daemon.
    pub administrators: Vec<Selector>,
    /// S1 (1(2)): what every message says of safety.
    pub safety: Text,
    /// An answer this soon after the sending is doubtful: a machine may have
    /// given it.
    pub doubt: Duration,
    /// At what time of the day readiness is looked into; `None` where that is
    /// switched off.
    pub readiness: Option<Time>,
    /// Who is told that something is held, and may confirm or cancel it; the
    /// administrators where nobody is named.
    pub approvers: Vec<Selector>,
    /// How later reports of what runs already are taken.
    pub reports: Reports,
    /// Texts that one person can send within seconds.
    pub prepared: Prepared,
    /// How long a vendor's desk is waited for before the next one is asked.
    pub help_within: Duration,
    /// How mail addresses are asked to confirm that they reach their person.
    pub contacts: Asking,
}

/// The usual [`Plan::help_within`].
pub const HELP_WITHIN: Duration = Duration::from_secs(15 * 60);

/// How later reports of what runs already are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reports {
    /// How long after an earthquake another one is its aftershock, which calls
    /// again only if it is stronger.
    pub aftershock_window: Duration,
    /// How long a correction downward waits before people are released.
    pub correct_after: Duration,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            aftershock_window: Duration::from_secs(6 * 3600),
            correct_after: Duration::from_secs(600),
        }
    }
}

/// Texts that one person can send within seconds.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Prepared {
    /// Why a false alarm ends.
    pub false_alarm: Text,
    /// Why an event that its sender withdrew ends.
    pub withdrawn: Text,
    /// Words to those who were called, by name.
    pub words: IndexMap<String, Text>,
}

impl Prepared {
    /// Why an event that was corrected to one without a rule ends.
    pub fn below_every_rule() -> Text {
        Text::new(
            "訂正により、参集の対象となる事象ではなくなりました。",
            "The event was corrected to one for which nobody is called.",
        )
    }

    /// Why an event that its sender withdrew ends; never without words.
    pub fn withdrawn(&self) -> Text {
        if self.withdrawn.is_empty() {
            Text::new(
                "この事象は発表元により取り消されました。",
                "The event was withdrawn by whoever reported it.",
            )
        } else {
            self.withdrawn.clone()
        }
    }
}

impl Plan {
    /// The administrators, each once.
    pub fn administrators(&self) -> Vec<PersonId> {
        people(&self.administrators, &self.roster)
    }

    /// Whether the office is open at an instant; `None` where no hours are set.
    pub fn hours(&self, at: Timestamp) -> Option<Hours> {
        let hours = self.office_hours.as_ref()?;
        Some(Hours::of(hours.is_open(at, &self.time_zone)))
    }

    /// Who is told of what is held, each once.
    pub fn approvers(&self) -> Vec<PersonId> {
        let named = people(&self.approvers, &self.roster);
        if named.is_empty() {
            self.administrators()
        } else {
            named
        }
    }

    /// The same plan with every wait divided, for a demonstration in seconds
    /// where the plan says minutes. No drill of it starts by itself.
    #[must_use]
    pub fn hastened(mut self, by: u32) -> Self {
        let by = by.max(1);
        for procedure in self.procedures.values_mut() {
            procedure.shorten(by);
        }
        for rule in self.rules.values_mut() {
            if let Confirm::Hold { seconds } | Confirm::SecondPerson { seconds } = &mut rule.confirm
            {
                *seconds = (*seconds / by).max(1);
            }
            if let Some(decision) = &mut rule.decision {
                decision.within /= by;
                decision.again /= by;
            }
        }
        // Why: a demonstration's drills are started by hand.
        for drill in self.drills.values_mut() {
            drill.schedule = None;
        }
        self.reports.correct_after /= by;
        self.help_within /= by;
        self.doubt /= by;
        self
    }
}

/// Everyone that some selectors mean, each once, in the order of the selectors.
pub fn people(selectors: &[Selector], roster: &Roster) -> Vec<PersonId> {
    let mut seen = indexmap::IndexSet::new();
    for selector in selectors {
        seen.extend(selector.people(roster));
    }
    seen.into_iter().collect()
}
