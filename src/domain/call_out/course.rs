//! What came up on the way: questions, corrections, words, aftershocks.
//!
//! Owns the shape only; [`super::decide`], [`super::growth`], [`super::correct`], [`super::help`] and
//! [`super::speak`] fill it. Kept with the call-out's progress.

use std::cmp::Ordering;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;

use super::super::drill::Answers;
use super::super::event::{Event, EventKind};
use super::super::id::{PersonId, Principal, RuleId, VendorId};
use super::super::plan::Plan;
use super::super::roster::Roster;
use super::super::rule::{Confirm, Decision, DecisionRule, Rule, Selector};
use super::super::text::Text;
use super::help::Help;
use super::refusal::Word;
use super::tree::Walk;

/// What a call-out took over from its rule besides whom it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What it waits for before it begins.
    pub confirm: Confirm,
    /// The decision that it waits for.
    pub decision: Option<DecisionRule>,
    /// Who is told that a target can no longer be filled.
    pub tell_unfillable: Vec<Selector>,
    /// Which vendors are asked for help as it begins to call.
    pub help: Vec<VendorId>,
}

impl Terms {
    /// Those of a rule.
    pub(super) fn of(rule: &Rule) -> Self {
        Self {
            confirm: rule.confirm,
            decision: rule.decision.clone(),
            tell_unfillable: rule.tell_unfillable.clone(),
            help: rule.help.clone(),
        }
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            confirm: Confirm::None,
            decision: None,
            tell_unfillable: Vec::new(),
            help: Vec::new(),
        }
    }
}

/// What came up on the way.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Course {
    /// The decision that is asked for, and what became of it.
    pub question: Option<Question>,
    /// A correction that waits to take effect.
    pub correction: Option<Correction>,
    /// A growth that waits for its time or for a second person's word.
    pub growth: Option<Growth>,
    /// Words to those who were called, oldest first.
    pub words: Vec<Spoken>,
    /// How many aftershocks called nobody.
    pub aftershocks: u32,
    /// The latest of them.
    pub aftershock: Option<EventKind>,
    /// The strongest of them: it stands, whatever is corrected of the event.
    pub shock: Option<Arc<Event>>,
    /// How often the want of a second person's word was said.
    pub alarms: u32,
    /// Whether what is held was given its wait once more.
    pub renewed: bool,
    /// That it waits for a person's word to go on after a standstill.
    pub paused: Option<Pause>,
    /// When a person last confirmed it: that it begins, grows or goes on.
    pub confirmed: Option<Timestamp>,
    /// Who is passed over because they are away, and until when.
    pub away: IndexMap<PersonId, Timestamp>,
    /// Names of people who are spoken of and not in it.
    pub known: IndexMap<PersonId, Text>,
    /// The information systems that are spoken of.
    pub systems: IndexMap<u16, Affected>,
    /// Vendors who were asked for help, in that order.
    pub help: Vec<Help>,
    /// Vendors whom the rule names and who are left alone in an exercise.
    pub help_left_out: Vec<VendorId>,
    /// When it ends by itself: a drill's set end.
    pub ends_at: Option<Timestamp>,
    /// What an exercise asks for.
    pub answers: Answers,
    /// The contact tree that an exercise walks.
    pub walk: Option<Walk>,
}

impl Course {
    /// Keeps an aftershock if it is the strongest so far.
    pub(super) fn note_shock(&mut self, event: &Arc<Event>) {
        let weaker =
            |known: &Arc<Event>| known.kind.compare(&event.kind) == Some(Ordering::Greater);
        if self.shock.as_ref().is_none_or(weaker) {
            self.shock = Some(Arc::clone(event));
        }
    }

    /// Keeps the name of whoever a word is on.
    pub(super) fn know_of(&mut self, word: &Word, plan: &Plan) {
        if let Some(person) = &word.on_word_of {
            self.know(person, &plan.roster);
        }
    }

    /// Keeps a person's name, so that the account can say it for ever.
    pub fn know(&mut self, id: &PersonId, roster: &Roster) {
        if let Some(person) = roster.people.get(id) {
            self.known
                .entry(id.clone())
                .or_insert_with(|| person.name.clone());
        }
    }

    /// Keeps what is known of the systems that an event touches.
    pub fn know_systems(&mut self, kind: &EventKind, roster: &Roster) {
        for number in kind.systems() {
            self.know_system(*number, roster);
        }
    }

    /// Keeps what is known of one system.
    pub(super) fn know_system(&mut self, number: u16, roster: &Roster) {
        let Some(system) = roster.systems.get(&number) else {
            return;
        };
        let owner = roster.sections.get(&system.owner);
        let maintainer = system.maintainer.as_ref();
        let maintainer = maintainer.and_then(|id| roster.vendors.get(id));
        self.systems.entry(number).or_insert_with(|| Affected {
            name: system.name.clone(),
            owner: owner.map(|owner| owner.name.clone()).unwrap_or_default(),
            maintainer: maintainer.map(|vendor| (vendor.id.clone(), vendor.name.clone())),
        });
    }
}

/// A wait for a person's word after a standstill of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// When the question is put again.
    pub again_at: Timestamp,
    /// How often it was put.
    pub times: u32,
}

/// An information system that an event touches, as the roster had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Its name.
    pub name: String,
    /// The section that uses and manages it.
    pub owner: Text,
    /// Who repairs it, with the name as shown.
    pub maintainer: Option<(VendorId, Text)>,
}

/// A decision that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// How many in line were asked, this time round.
    pub asked: u32,
    /// When the last of them was.
    pub asked_at: Timestamp,
    /// What was decided, as it stands.
    pub decided: Option<Decided>,
    /// When it is asked again after it was left to the section, or after
    /// nobody in line had a word.
    pub again_at: Option<Timestamp>,
    /// The word by which the section handles it, while it is asked again.
    pub section: Option<Decided>,
    /// How many people could be asked, this time round.
    pub reached: u32,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What.
    pub decision: Decision,
    /// Who entered it.
    pub by: Principal,
    /// Whose decision it is, where that was said.
    pub person: Option<PersonId>,
    /// When.
    pub at: Timestamp,
}

/// A correction that waits to take effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The event as it is after all; `None` where there was none.
    pub event: Option<Arc<Event>>,
    /// The rule that applies to it; `None` where none does.
    pub rule: Option<RuleId>,
    /// When it takes effect.
    pub due: Timestamp,
    /// Who told it.
    pub by: Principal,
    /// Whether it was given its wait once more.
    pub renewed: bool,
}

/// A growth that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The later report.
    pub event: Arc<Event>,
    /// The rule that applies to it.
    pub rule: RuleId,
    /// When it begins by itself, or alarms again.
    pub until: Timestamp,
    /// How long its rule waits, in seconds.
    pub seconds: u32,
    /// Whether it begins only on a second person's word.
    pub second_person: bool,
    /// How often the want of that word was said.
    pub alarms: u32,
    /// What is confirmed: the digest of what it would be once grown.
    pub digest: String,
    /// Whether it was given its wait once more.
    pub renewed: bool,
}

/// A word to those who were called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// In both languages; typed words stand for both.
    pub text: Text,
    /// When.
    pub at: Timestamp,
    /// Under which key, where it has one: told again, it is the same word.
    pub key: Option<String>,
    /// The gathering place that came with it, where it has a key.
    pub place: Option<String>,
}
