//! What of a change goes first.
//!
//! Owns who leads. It must not know how a channel takes its turns: `dispatch` does.

use std::collections::HashSet;

use jiff::Timestamp;

use super::Engine;
use crate::domain::call_out::{CallOut, Effect};
use crate::domain::id::PersonId;
use crate::store::{Change, Progress};

/// A call-out that has called no more people than this is no crowd.
const FEW: usize = 16;

impl Engine {
    /// The rows of a change. What is sent to administrators goes first, and what a
    /// call-out of a few people sends: those who decide, and whoever is on duty, are
    /// not behind the crowd of another.
    pub(super) fn row(&self, call_out: &CallOut, effects: &[Effect], now: Timestamp) -> Change {
        self.further_row(call_out, effects, now, &mut None)
    }

    /// The same of a call-out whose progress may be known from an earlier change.
    pub(super) fn further_row(
        &self,
        call_out: &CallOut,
        effects: &[Effect],
        now: Timestamp,
        known: &mut Option<Progress>,
    ) -> Change {
        let leads = self.leads(call_out, effects);
        let number = || self.0.numbers.next(now);
        Change::further(call_out, effects, now, (leads, number), known)
    }

    /// The same of effects alone: the call-out's own row stays as it is.
    pub(super) fn part(&self, call_out: &CallOut, effects: &[Effect], now: Timestamp) -> Change {
        let leads = self.leads(call_out, effects);
        let number = || self.0.numbers.next(now);
        Change::part(call_out, effects, now, leads, number)
    }

    /// Who of a call-out leads.
    pub(super) fn leads(
        &self,
        call_out: &CallOut,
        effects: &[Effect],
    ) -> impl Fn(&PersonId) -> bool + use<> {
        let notifies = |effect: &Effect| matches!(effect, Effect::Notify(_));
        let leads = if effects.iter().any(notifies) {
            self.standing().plan.administrators()
        } else {
            Vec::new()
        };
        let leads: HashSet<PersonId> = leads.into_iter().collect();
        let called = call_out.participants.values();
        let called = called.filter(|one| one.is_called()).take(FEW + 1);
        let is_small = called.count() <= FEW;
        move |person| is_small || leads.contains(person)
    }
}
