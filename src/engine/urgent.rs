//! What of a change goes first.
//!
//! Owns who leads. It must not know how a channel takes its turns: `dispatch` does.

use std::collections::HashSet;

use jiff::Timestamp;

use super::Engine;
use crate::domain::call_out::{CallOut, Effect};
use crate::domain::id::PersonId;
use crate::domain::notification::NotificationId;
use crate::store::{Change, Claim, Claimed, Pending, Progress, Queueing};

/// A call-out that has called no more people than this is no crowd.
const FEW: usize = 16;

impl Engine {
    /// The rows of a change. What is sent to administrators goes first, and what a
    /// call-out of a few people sends: those who decide, and whoever is on duty, are
    /// not behind the crowd of another.
    pub(super) fn row(&self, call_out: &CallOut, effects: &[Effect], now: Timestamp) -> Change {
        self.further_row(call_out, effects, now, &mut None)
    }

    /// The same with what of it is claimed as it is queued, as far as there is room.
    pub(super) fn first_row(
        &self,
        call_out: &CallOut,
        effects: &[Effect],
        now: Timestamp,
        claim: Option<&mut Claim>,
    ) -> (Change, Pending<Vec<Claimed>>) {
        let queueing = self.queueing(call_out, effects, now, claim);
        let mut change = Change::new(call_out, effects, now, queueing);
        let claimed = change.at_once();
        (change, claimed)
    }

    /// The same of a call-out whose progress may be known from an earlier change.
    pub(super) fn further_row(
        &self,
        call_out: &CallOut,
        effects: &[Effect],
        now: Timestamp,
        known: &mut Option<Progress>,
    ) -> Change {
        let queueing = self.queueing(call_out, effects, now, None);
        Change::further(call_out, effects, now, queueing, known)
    }

    /// The same of effects alone: the call-out's own row stays as it is.
    pub(super) fn part(
        &self,
        call_out: &CallOut,
        effects: &[Effect],
        now: Timestamp,
        claim: &mut Claim,
    ) -> (Change, Pending<Vec<Claimed>>) {
        let queueing = self.queueing(call_out, effects, now, Some(claim));
        let mut change = Change::part(call_out, effects, now, queueing);
        let claimed = change.at_once();
        (change, claimed)
    }

    fn queueing<'a>(
        &'a self,
        call_out: &CallOut,
        effects: &[Effect],
        now: Timestamp,
        claim: Option<&'a mut Claim>,
    ) -> Queueing<'a, impl Fn(&PersonId) -> bool + use<>, impl FnMut() -> NotificationId + use<'a>>
    {
        Queueing {
            leads: self.leads(call_out, effects),
            number: move || self.0.numbers.next(now),
            claim,
        }
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
