//! A call-out that runs in virtual time: opened and advanced as the daemon
//! would, with nothing sent.
//!
//! Owns the imagined event and the way from effects to what people read of
//! them. It must not decide anything: the call-out is the real one.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::domain::call_out::{CallOut, Effect, Opening, Word, open};
use crate::domain::event::{Event, EventKind, Mode};
use crate::domain::id::{CallOutId, EventId, PersonId, Principal};
use crate::domain::notification::Purpose;
use crate::domain::plan::Plan;
use crate::domain::rule::Rule;
use crate::domain::text::Text;

/// An event that has not happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imagined {
    /// What would have happened.
    pub kind: EventKind,
    /// In whose words, one line.
    pub headline: Option<String>,
    /// Where to gather, if not where the rule says.
    pub place: Option<String>,
    /// When, if not now.
    pub at: Option<Timestamp>,
    /// Whether only an exercise imagines it.
    pub drill: bool,
}

impl Imagined {
    /// As an event that is told when it happens.
    pub fn event(&self, by: &str, now: Timestamp) -> Arc<Event> {
        let now = self.at.unwrap_or(now);
        Arc::new(Event {
            id: EventId::new("e-imagined"),
            key: None,
            kind: self.kind.clone(),
            headline: self.headline.clone(),
            place: self.place.clone(),
            occurred_at: now,
            received_at: now,
            entered_by: Principal::new(by),
            mode: if self.drill { Mode::Drill } else { Mode::Real },
            drill: None,
        })
    }
}

impl From<EventKind> for Imagined {
    /// Now, with nothing more said of it.
    fn from(kind: EventKind) -> Self {
        Self {
            kind,
            headline: None,
            place: None,
            at: None,
            drill: false,
        }
    }
}

/// One person who is sent something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: Text,
    /// Through which channels, in order.
    pub channels: Vec<String>,
    /// The targets that they stand in.
    pub why: Vec<Text>,
}

/// A call-out in virtual time.
pub(super) struct Walk<'a> {
    pub(super) plan: &'a Plan,
    pub(super) call_out: CallOut,
}

impl<'a> Walk<'a> {
    /// Opens what a rule says; `None` where its procedure is not in the plan.
    pub(super) fn begin(
        plan: &'a Plan,
        rule: &Rule,
        event: &Arc<Event>,
    ) -> Option<(Self, Vec<Effect>)> {
        let opening = Opening {
            event,
            rule,
            procedure: plan.procedures.get(&rule.procedure)?,
            plan,
        };
        let id = CallOutId::new("imagined");
        let (call_out, effects) = open(id, opening, event.received_at);
        Some((Self { plan, call_out }, effects))
    }

    /// When something is next due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.call_out.next_due()
    }

    /// The second person's word on what is held for one.
    pub(super) fn second_person(&mut self, at: Timestamp) -> Option<Vec<Effect>> {
        if !self.call_out.awaits_second_person() {
            return None;
        }
        let word = Word {
            by: Principal::new("second-person"),
            on_word_of: None,
            reason: None,
        };
        let digest = self.call_out.digest_held();
        let confirmed = self
            .call_out
            .confirm(word, digest.as_deref(), self.plan, at);
        confirmed.ok()
    }

    /// Does what is due.
    pub(super) fn advance(&mut self, at: Timestamp) -> Vec<Effect> {
        self.call_out.advance(self.plan, at)
    }

    /// How long after the opening a time is.
    pub(super) fn after(&self, at: Timestamp) -> Duration {
        at.duration_since(self.call_out.opened_at).unsigned_abs()
    }

    /// Who is sent what by some effects.
    pub(super) fn sent(&self, effects: &[Effect]) -> Vec<(Purpose, Vec<Reached>)> {
        let mut sent: IndexMap<Purpose, IndexMap<PersonId, Reached>> = IndexMap::new();
        for effect in effects {
            let Effect::Notify(draft) = effect else {
                continue;
            };
            let Some(participant) = self.call_out.participants.get(&draft.person) else {
                continue;
            };
            let targets = &self.call_out.targets;
            let why = participant
                .targets
                .iter()
                .filter_map(|index| targets.get(*index));
            sent.entry(draft.purpose)
                .or_default()
                .entry(draft.person.clone())
                .or_insert_with(|| Reached {
                    person: draft.person.clone(),
                    name: participant.name.clone(),
                    channels: Vec::new(),
                    why: why.map(|target| target.name.clone()).collect(),
                })
                .channels
                .push(draft.contact.channel.to_string());
        }
        sent.into_iter()
            .map(|(purpose, people)| (purpose, people.into_values().collect()))
            .collect()
    }
}
