//! The beginning of a large call-out, kept in parts: the first who are called share
//! the commit of the event, the others follow with what is claimed meanwhile.
//!
//! Owns who is first, and that the others follow: what the daemon's end cuts off is
//! called at the next start. It must not decide who is called.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::dispatch::Underway;
use super::{Beside, Engine, Error, Standing};
use crate::domain::call_out::{CallOut, Effect};
use crate::domain::id::{CallOutId, PersonId};
use crate::domain::notification::Purpose;
use crate::store::{Claim, Claimed, Pending};
use crate::telemetry::fault;

/// So many people's rows share the commit of the event: enough for the senders
/// until the next are kept.
pub(super) const FIRST: usize = 32;

/// So many share a later one at most: few enough that a claim beside them is not
/// late. Each is twice the one before, so that the senders, who have little at first,
/// do not wait for a large one.
const PART: usize = 512;

/// So long a part waits until the senders have room for it. Where they are slower than
/// that, all others go to disk at once.
const WAITS: SignedDuration = SignedDuration::from_millis(100);

/// What of a beginning is not queued for the disk yet: people who are called, each
/// with their messages.
#[derive(Default)]
pub(super) struct Rest {
    at: Timestamp,
    effects: VecDeque<Effect>,
    /// How many people had their rows in the last part.
    part: usize,
    /// When the last part was queued.
    queued: Timestamp,
    /// Whether the senders were too slow for a part.
    hurries: bool,
    /// By which plan the others are called, until all are.
    standing: Option<Arc<Standing>>,
}

impl Rest {
    fn of(effects: Vec<Effect>, at: Timestamp) -> Self {
        Self {
            at,
            effects: effects.into(),
            part: FIRST,
            queued: at,
            hurries: false,
            standing: None,
        }
    }

    /// More are to follow, who are called by this plan.
    pub(super) fn follows(&mut self, standing: &Arc<Standing>) {
        self.standing = Some(Arc::clone(standing));
    }

    /// Takes in so many more of those who are called; whether more are to follow.
    ///
    /// Why the plan is let go with the last: another may be in force by then.
    pub(super) fn call_later(&mut self, call_out: &mut CallOut, most: usize) -> bool {
        let Some(standing) = self.standing.take() else {
            return false;
        };
        // Why for all: each has a row and a message, and what grows by halves is copied.
        self.effects.reserve(call_out.later().saturating_mul(2));
        let more = call_out.call_later(most, &standing.plan, self.at);
        self.effects.extend(more);
        self.standing = (!call_out.is_whole()).then_some(standing);
        self.standing.is_some()
    }

    /// Whether everything is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.effects.is_empty()
    }

    /// Whether the next part is queued now. `room` is how many more messages the senders
    /// can take, and `None` while they are idle: then there is nothing to wait for.
    fn is_next(&mut self, room: Option<u32>, now: Timestamp) -> bool {
        let part = u32::try_from((2 * self.part).min(PART)).unwrap_or(u32::MAX);
        if room.is_none_or(|room| room >= part) {
            return true;
        }
        // Why also before: a clock that was set back says nothing of how long it was.
        self.hurries |= !(self.queued..self.queued + WAITS).contains(&now);
        self.hurries
    }

    /// Whether the next part waits for nothing.
    fn hurries(&self) -> bool {
        self.hurries && !self.is_empty()
    }

    /// The next people, with their messages.
    fn next(&mut self, now: Timestamp) -> Vec<Effect> {
        self.queued = now;
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

    /// The rows of those who answer while not everybody's is queued.
    ///
    /// Why: an answer stands beside its person's row, and after the daemon's end in the
    /// middle whoever has none is called as if they had not answered.
    pub(super) fn rows_of(&self, effects: &[Effect]) -> Vec<Effect> {
        let said = effects.iter().filter(|_| !self.is_empty());
        let said = said.filter_map(|effect| match effect {
            Effect::Acknowledge(said) => Some(Effect::Participant(said.answer.person.clone())),
            _ => None,
        });
        said.collect()
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
    mut effects: Vec<Effect>,
    at: Timestamp,
    leads: impl Fn(&PersonId) -> bool,
) -> (Vec<Effect>, Rest) {
    let called = call_out.participants.values();
    let called = called.filter(|one| one.is_called()).count();
    // Invariant: what is withdrawn is withdrawn of what was queued before it.
    let withdraws = |effect: &Effect| matches!(effect, Effect::Withdraw(_) | Effect::WithdrawAll);
    if called <= 2 * FIRST || effects.iter().any(withdraws) {
        return (effects, Rest::of(Vec::new(), at));
    }
    let mut first: HashSet<PersonId> = HashSet::with_capacity(FIRST);
    // Why kept: of thousands each has several effects, one after the other.
    let mut last: Option<(PersonId, bool)> = None;
    let mut is_first = |effect: &Effect| {
        let person = match effect {
            Effect::Participant(person) => person,
            Effect::Notify(draft) if draft.purpose == Purpose::Call => &draft.person,
            _ => return true,
        };
        if let Some((_, is_first)) = last.as_ref().filter(|(known, _)| known == person) {
            return *is_first;
        }
        let known = call_out.participants.get(person);
        if known.is_some_and(|one| !one.is_called()) {
            return true;
        }
        if first.len() < FIRST || leads(person) {
            first.insert(person.clone());
        }
        let is_first = first.contains(person);
        last = Some((person.clone(), is_first));
        is_first
    };
    let now = effects.extract_if(.., |effect| is_first(effect)).collect();
    (now, Rest::of(effects, at))
}

/// A part on its way to disk.
pub(super) struct Part {
    call_out: CallOutId,
    kept: Pending<()>,
    /// What of it is claimed as it is queued.
    claimed: Pending<Vec<Claimed>>,
}

impl Engine {
    /// Queues the next part of each beginning that is kept in parts, and claims as much
    /// of it as the senders have room for, beside what is wanted of the store.
    ///
    /// Why under the lock: a person's row is written as they stand now, so that it
    /// undoes nothing that was kept meanwhile.
    pub(super) fn queue_parts(&self, underway: &Underway, wanted: &mut Claim) -> Vec<Part> {
        let (rests, now) = (underway.is_empty(), self.now());
        let mut open = self.open();
        let mut begun = open
            .values_mut()
            .filter(|open| !open.rest.is_empty())
            .peekable();
        if begun.peek().is_none() {
            return Vec::new();
        }
        let mut claim = self.wanted(underway.waiting_in_turn());
        let parts = begun.filter_map(|open| {
            let room = (!rests).then(|| claim.room());
            if !open.rest.is_next(room, now) {
                return None;
            }
            fault::point("parts");
            let (at, effects) = (open.rest.at, open.rest.next(now));
            let (part, claimed) = self.part(&open.call_out, &effects, at, &mut claim);
            let part = part.in_parts(!open.rest.is_empty());
            for Claimed {
                notification,
                urgency,
                ..
            } in part.claimed()
            {
                wanted.add(&notification.draft, *urgency);
            }
            Some(Part {
                call_out: open.call_out.id.clone(),
                kept: self.0.store.change(part),
                claimed,
            })
        });
        parts.collect()
    }

    /// Whether parts of a beginning are still to be queued.
    pub(super) fn has_parts(&self) -> bool {
        self.open().values().any(|open| !open.rest.is_empty())
    }

    /// When the next part of a beginning is queued, whether there is room or not.
    pub(super) fn next_part(&self) -> Option<Timestamp> {
        let open = self.open();
        let begun = open.values().filter(|open| !open.rest.is_empty());
        begun.map(|open| open.rest.queued + WAITS).min()
    }

    /// Waits for parts; what of them is claimed. What could not be kept is out of
    /// memory, and is called as it is read again.
    pub(super) async fn keep_parts(&self, parts: Vec<Part>) -> Vec<Claimed> {
        let mut all = Vec::new();
        for Part {
            call_out: id,
            kept,
            claimed,
        } in parts
        {
            if let Err(error) = self.commit(kept).await {
                tracing::error!(call_out.id = %id, error = %error, "not everybody's row could be kept; tried again");
                self.forget(&id);
            } else if let Ok(claimed) = claimed.wait().await {
                all.extend(claimed);
            }
        }
        // Why: whoever is slow is not waited for any more.
        if self.open().values().any(|open| open.rest.hurries()) {
            self.0.wake.notify_one();
        }
        all
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
