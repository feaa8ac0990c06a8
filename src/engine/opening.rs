//! The beginning of a large call-out, kept in parts: the first who are called share
//! the commit of the event, the others follow with what is claimed meanwhile.
//!
//! Owns who is first, and that the others follow: what the daemon's end cuts off is
//! called at the next start. It must not decide who is called.

use std::collections::{HashSet, VecDeque};

use jiff::Timestamp;

use super::{Beside, Engine, Error};
use crate::domain::call_out::{CallOut, Effect};
use crate::domain::id::{CallOutId, PersonId};
use crate::domain::notification::Purpose;
use crate::store::Pending;
use crate::telemetry::fault;

/// So many people's rows share the commit of the event: enough for the senders
/// until the next are kept.
const FIRST: usize = 32;

/// So many share a later one at most: few enough that a claim beside them is not
/// late. Each is twice the one before, so that the senders, who have little at first,
/// do not wait for a large one.
const PART: usize = 512;

/// What of a beginning is on its way to no disk yet: people who are called, each
/// with their messages.
#[derive(Debug, Default)]
pub(super) struct Rest {
    at: Timestamp,
    effects: VecDeque<Effect>,
    /// How many people had their rows in the last part.
    part: usize,
}

impl Rest {
    /// Whether everything is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.effects.is_empty()
    }

    /// The next people, with their messages.
    fn next(&mut self) -> Vec<Effect> {
        self.part = (2 * self.part).min(PART);
        let (mut people, part) = (0, self.part);
        let ends = |effect: &Effect| {
            people += usize::from(matches!(effect, Effect::Participant(_)));
            people > part
        };
        match self.effects.iter().position(ends) {
            Some(end) => self.effects.drain(..end).collect(),
            // Why taken: its room is given back as well.
            None => std::mem::take(&mut self.effects).into(),
        }
    }

    /// Drops the calls of whom a change withdraws, as the store does with what is there.
    ///
    /// Why: whoever is asked again later, as after an absence, must not have both.
    pub(super) fn withdraw(&mut self, effects: &[Effect]) {
        if self.is_empty() {
            return;
        }
        let all = effects.contains(&Effect::WithdrawAll);
        let withdrawn = effects.iter().filter_map(|effect| match effect {
            Effect::Withdraw(person) => Some(person),
            _ => None,
        });
        let withdrawn: HashSet<&PersonId> = withdrawn.collect();
        let stays = |effect: &Effect| match effect {
            Effect::Notify(draft) => !(all || withdrawn.contains(&draft.person)),
            _ => true,
        };
        self.effects.retain(stays);
    }
}

/// Takes out of a beginning whoever is called and is not among the first; those who
/// `lead` are.
pub(super) fn split(
    call_out: &CallOut,
    effects: Vec<Effect>,
    at: Timestamp,
    leads: impl Fn(&PersonId) -> bool,
) -> (Vec<Effect>, Rest) {
    let called = call_out.participants.values();
    let called = called.filter(|one| one.is_called()).count();
    // Invariant: what is withdrawn is withdrawn of what was queued before it.
    let withdraws = |effect: &Effect| matches!(effect, Effect::Withdraw(_) | Effect::WithdrawAll);
    if called <= 2 * FIRST || effects.iter().any(withdraws) {
        return (effects, Rest::default());
    }
    let mut first: HashSet<PersonId> = HashSet::with_capacity(FIRST);
    let mut later = |effect: &Effect| {
        let person = match effect {
            Effect::Participant(person) => {
                let known = call_out.participants.get(person);
                known.filter(|one| one.is_called()).map(|_| person)
            }
            Effect::Notify(draft) => (draft.purpose == Purpose::Call).then_some(&draft.person),
            _ => None,
        };
        let Some(person) = person else { return false };
        if first.len() < FIRST || leads(person) {
            first.insert(person.clone());
        }
        !first.contains(person)
    };
    let mut now = Vec::with_capacity(4 * FIRST);
    let mut rest = VecDeque::with_capacity(effects.len());
    for effect in effects {
        if later(&effect) {
            rest.push_back(effect);
        } else {
            now.push(effect);
        }
    }
    let rest = Rest {
        at,
        effects: rest,
        part: FIRST,
    };
    (now, rest)
}

impl Engine {
    /// Queues the next part of each beginning that is kept in parts.
    ///
    /// Why under the lock: a person's row is written as they stand now, so that it
    /// undoes nothing that was kept meanwhile.
    pub(super) fn queue_parts(&self) -> Vec<(CallOutId, Pending<()>)> {
        let mut open = self.open();
        let begun = open.values_mut().filter(|open| !open.rest.is_empty());
        let parts = begun.map(|open| {
            fault::point("parts");
            let (at, effects) = (open.rest.at, open.rest.next());
            let part = self.part(&open.call_out, &effects, at);
            let part = part.in_parts(!open.rest.is_empty());
            (open.call_out.id.clone(), self.0.store.change(part))
        });
        parts.collect()
    }

    /// Waits for parts. What could not be kept is out of memory, and is called as it
    /// is read again.
    pub(super) async fn keep_parts(&self, parts: Vec<(CallOutId, Pending<()>)>) {
        for (id, part) in parts {
            if let Err(error) = part.wait().await {
                tracing::error!(call_out.id = %id, error = %error, "not everybody's row could be kept; tried again");
                self.0.metrics.store_failures.inc();
                self.forget(&id);
            }
        }
        let more = |open: &super::Open| !open.rest.is_empty();
        if self.open().values().any(more) {
            self.0.wake.notify_one();
        }
    }

    /// Calls whom the daemon's end, or a write that failed, left out of a beginning;
    /// whether that is done, or will never be.
    pub(super) async fn call_rest(&self, id: &CallOutId) -> Result<bool, Error> {
        if self.is_aside(id) || self.may_be_stale(id) {
            return Ok(false);
        }
        if self.view(id, CallOut::is_paused).await? {
            return Ok(false);
        }
        let call = |call_out: &mut CallOut, plan: &_, now| Ok(call_out.call_rest(plan, now));
        match self.apply_with(id, Some(Beside::Whole), call).await {
            Err(Error::Defect(_)) => {
                self.set_aside(id).await;
                Ok(false)
            }
            done => done.map(|()| true),
        }
    }
}
