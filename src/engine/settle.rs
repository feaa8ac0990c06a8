//! What came of attempts, and what follows from it.
//!
//! Owns the outcomes until they are on disk: what cannot be kept now is kept
//! later, before anything else is claimed. It must not send.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::another_way::AnotherWay;
use super::dispatch::{Came, Ended};
use super::put_off::PutOff;
use super::turn::together;
use super::{Beside, Engine, Error};
use crate::channel::Attempt;
use crate::domain::call_out::{CallOut, Dead, Effect};
use crate::domain::delivery::{self, Outcome, Reason};
use crate::domain::id::CallOutId;
use crate::domain::notification::{Notification, NotificationId, NotificationState};
use crate::domain::plan::Plan;
use crate::domain::roster::ChannelName;
use crate::store::{Claimed, Settlement};
use crate::telemetry::{DeliveryLabels, fault};

/// What was given to a way out, until what came of it is kept.
#[derive(Default)]
pub(super) struct Leaving {
    /// Which, as long as it is not known when each left. Why not of each call-out:
    /// one that a failed write puts out of memory would forget them.
    numbers: Mutex<HashSet<NotificationId>>,
    /// What came, and is not on disk yet.
    unsettled: Mutex<Vec<Unsettled>>,
    /// What is no longer wanted, as memory has it, until the disk has it so.
    pub(super) unwanted: Mutex<Vec<Claimed>>,
    pub(super) put_off: PutOff,
    pub(super) another_way: AnotherWay,
}

/// What came of one attempt, to be kept.
pub(super) struct Unsettled {
    pub(super) notification: Notification,
    pub(super) settlement: Settlement,
}

impl Unsettled {
    /// Where nobody knows whether it was taken: a machine may have read it.
    fn may_have_left(&self, call_out: &mut CallOut) {
        if let Some(Outcome::Unknown { .. }) = self.settlement.outcome {
            call_out.may_have_left(&self.notification.draft.person, self.settlement.at);
        }
    }

    /// What follows from a contact that is dead or failing.
    fn moves_on(
        &self,
        call_out: &mut CallOut,
        plan: &Plan,
        now: Timestamp,
        said: bool,
    ) -> Vec<Effect> {
        fault::point(self.notification.draft.person.as_str());
        self.may_have_left(call_out);
        let (reason, detail, asked) = match &self.settlement.outcome {
            Some(Outcome::Rejected { reason, detail }) => (*reason, detail, None),
            // Why: of a way out that is left alone nobody was asked, and one
            // that does not let us in says nothing of the person.
            Some(Outcome::Retry {
                reason,
                detail,
                after,
            }) => {
                let asked = *reason == Reason::Policy && after.is_none();
                (*reason, detail, Some(asked))
            }
            Some(Outcome::Unknown { detail }) => (Reason::Ambiguous, detail, Some(false)),
            Some(Outcome::Accepted { .. }) | None => return Vec::new(),
        };
        let dead = Dead {
            draft: self.notification.draft.clone(),
            reason,
            detail: detail.clone(),
            said,
        };
        let Some(asked) = asked else {
            return call_out.dead(&dead, plan, now);
        };
        let mut effects = call_out.failing(&dead, asked, plan, now);
        let goes_on = |effect: &Effect| matches!(effect, Effect::Notify(_));
        if !said && self.is_news() && !effects.iter().any(goes_on) {
            let since = self.notification.created_at;
            effects.extend(call_out.say_another_way(&dead, since));
        }
        effects
    }
}

/// Each call-out's, in the order in which they came.
fn by_call_out(all: Vec<Unsettled>) -> Vec<Vec<Unsettled>> {
    let mut sorted: IndexMap<_, Vec<_>> = IndexMap::new();
    for one in all {
        let those = sorted.entry(one.notification.call_out.clone());
        those.or_default().push(one);
    }
    sorted.into_values().collect()
}

impl Engine {
    pub(super) fn unsettled(&self) -> MutexGuard<'_, Vec<Unsettled>> {
        let unsettled = &self.0.leaving.unsettled;
        unsettled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves out of what is claimed anew that of which it is known already what came of
    /// it: it is not sent again, and what came is kept under the new lease.
    pub(super) fn keep_from_sending(&self, claimed: &mut Vec<Claimed>) {
        let mut unsettled = self.unsettled();
        if unsettled.is_empty() {
            return;
        }
        let known = unsettled.iter_mut().map(|one| (one.notification.id, one));
        let mut known: HashMap<_, _> = known.collect();
        claimed.retain(|claimed| {
            let Some(one) = known.get_mut(&claimed.notification.id) else {
                return true;
            };
            one.settlement.lease = claimed.lease;
            false
        });
    }

    // Invariant: nothing else is locked under it.
    fn leaving(&self) -> MutexGuard<'_, HashSet<NotificationId>> {
        let numbers = &self.0.leaving.numbers;
        numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a message is given to a way out.
    pub(super) fn begin_leaving(&self, id: NotificationId) {
        self.leaving().insert(id);
    }

    /// Notes that it is known when these left, or that they did not.
    pub(super) fn end_leaving(&self, all: impl Iterator<Item = NotificationId>) {
        let mut leaving = self.leaving();
        for id in all {
            leaving.remove(&id);
        }
    }

    /// Whether a message is on its way, or has left so lately that it is not known
    /// when.
    pub(super) fn is_leaving(&self, id: NotificationId) -> bool {
        self.leaving().contains(&id)
    }

    /// Keeps what came of attempts, and what could not be kept before: a dead
    /// contact together with what follows from it, the others in one write.
    ///
    /// Invariant: an outcome that cannot be kept now stays in memory and is
    /// kept at the next call. Why: the row would wait for its lease, and a
    /// message that was taken charge of would be sent again. So does, just after
    /// the start, what more follows from.
    ///
    /// # Errors
    ///
    /// The first failure of the store; what it concerns stays in memory.
    pub(super) async fn settle(&self, ended: Vec<Ended>) -> Result<(), Error> {
        let mut all = std::mem::take(&mut *self.unsettled());
        all.extend(ended.into_iter().filter_map(|ended| self.outcome(ended)));
        let withdrawing = self.withdraw_dropped();
        let settled = self.settle_all(all).await;
        settled.and(self.withdrawn(withdrawing).await)
    }

    async fn settle_all(&self, all: Vec<Unsettled>) -> Result<(), Error> {
        if all.is_empty() {
            return Ok(());
        }
        let (moving, plain): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| self.moves(one));
        let mut first = Ok(());
        if let Err(error) = self.settle_plain(&plain).await {
            self.unsettled().extend(plain);
            first = Err(error);
        }
        if !self.0.beginning.taken_up.initialized() {
            // Why: what follows from them depends on the others that live, and
            // the sending does not wait until these are read.
            self.unsettled().extend(moving);
            return first;
        }
        let (settled, met) = self.settle_sorted(by_call_out(moving)).await;
        first = first.and(settled);
        // Why each by itself: a defect that one of them meets is none of the others'. Why
        // one after the other: it puts out of memory what is not on disk yet.
        for one in met {
            let (settled, _) = self.settle_sorted(vec![vec![one]]).await;
            first = first.and(settled);
        }
        first
    }

    /// Keeps what more follows from, each of these in a change of its own. Beside it
    /// what met a defect in one with others: it is not kept yet.
    async fn settle_sorted(
        &self,
        sorted: Vec<Vec<Unsettled>>,
    ) -> (Result<(), Error>, Vec<Unsettled>) {
        let settled = sorted.iter().map(|those| self.settle_moving(those));
        let settled = together(settled.collect()).await;
        let (mut first, mut met) = (Ok(()), Vec::new());
        for (settled, those) in settled.into_iter().zip(sorted) {
            match settled {
                Ok(()) => {
                    self.end_leaving(those.iter().map(|one| one.notification.id));
                    self.went_another_way(&those);
                }
                Err(Error::Defect(_)) => met.extend(those),
                Err(error) => {
                    self.unsettled().extend(those);
                    first = first.and(Err(error));
                }
            }
        }
        (first, met)
    }

    /// What is to be kept; nothing of a message that waits, which the next turn
    /// looks at, nor yet of one that is no longer wanted.
    fn outcome(&self, Ended { claimed, came }: Ended) -> Option<Unsettled> {
        match came {
            Came::Attempt(attempt) => Some(Unsettled {
                settlement: self.settlement(&claimed, Some(attempt)),
                notification: claimed.notification,
            }),
            Came::Unwanted => {
                self.dropped().push(claimed);
                None
            }
            Came::Waits => {
                self.hold_on(claimed);
                None
            }
        }
    }

    /// One that the next turn looks at.
    pub(super) fn hold_on(&self, claimed: Claimed) {
        self.held().push(claimed);
        self.0.wake.notify_one();
    }

    /// Contacts of one call-out that are dead or failing, with the messages to the
    /// next ones in the same commit.
    ///
    /// Why one change: whoever has hundreds of dead addresses would else wait for a
    /// disk's sync after the other, and with them everybody whose mail was taken
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// As [`Engine::apply_with`]; a defect only where there are several.
    async fn settle_moving(&self, those: &[Unsettled]) -> Result<(), Error> {
        let Some(id) = those.first().map(|one| &one.notification.call_out) else {
            return Ok(());
        };
        // Why first: the clockwork does not stand in a line with pages. One that cannot
        // be read is said below.
        if let Err(error) = self.load_to_call(id).await {
            tracing::debug!(call_out.id = %id, error = %error, "cannot be read now");
        }
        let settlements = || those.iter().map(|one| one.settlement.clone()).collect();
        let change = |call_out: &mut CallOut, plan: &Plan, now| {
            let moves_on = |one: &Unsettled| {
                let said = self.is_said_another_way(one.notification.id);
                one.moves_on(call_out, plan, now, said)
            };
            Ok(those.iter().flat_map(moves_on).collect())
        };
        let beside = Beside::Settlements(settlements());
        match self.apply_with(id, Some(beside), change).await {
            // Nothing follows from it where the call-out is gone.
            Err(Error::NoCallOut(_)) => {}
            // Why kept: tried again at each turn, it would hold up all the others.
            Err(Error::Defect(_)) if those.len() == 1 => self.set_aside(id).await,
            done => return done,
        }
        Ok(self.commit(self.0.store.settle(settlements())).await?)
    }

    /// What is over, or is tried again.
    async fn settle_plain(&self, plain: &[Unsettled]) -> Result<(), Error> {
        if plain.is_empty() {
            return Ok(());
        }
        let rows = plain.iter().map(|one| one.settlement.clone()).collect();
        self.commit(self.0.store.settle(rows)).await?;
        let accepted = plain.iter().filter(|one| {
            let outcome = &one.settlement.outcome;
            matches!(outcome, Some(Outcome::Accepted { .. }))
        });
        let mut accepted: Vec<_> = accepted
            .map(|one| (&one.notification, one.settlement.at))
            .collect();
        self.forget_bounced(&mut accepted).await;
        let mut touched = HashSet::new();
        let mut open = self.open_as_begun();
        for (notification, at) in accepted {
            let draft = &notification.draft;
            if let Some(open) = open.get_mut(&notification.call_out) {
                // Why not as a change: what was sent moves nothing that is due,
                // unless nobody expected it to be sent any more.
                if open.call_out.is_failing(draft) {
                    open.change();
                }
                open.call_out.accepted(draft, at);
            }
            touched.insert(notification.call_out.clone());
        }
        for one in plain {
            if let Some(open) = open.get_mut(&one.notification.call_out) {
                one.may_have_left(&mut open.call_out);
            }
        }
        drop(open);
        // Invariant: only once it is known when each left.
        self.end_leaving(plain.iter().map(|one| one.notification.id));
        self.tell_changed(touched);
        Ok(())
    }

    fn tell_changed(&self, touched: HashSet<CallOutId>) {
        for id in touched {
            let _ = self.0.changed.send(id);
        }
    }

    /// Leaves out what came back by mail before it was settled: that was sent
    /// to nobody. Where the store cannot tell, the bounce stands: it is in
    /// memory already.
    async fn forget_bounced(&self, accepted: &mut Vec<(&Notification, Timestamp)>) {
        let is_dead = |notification: &Notification| {
            let open = self.open_as_begun();
            let open = open.get(&notification.call_out);
            open.is_some_and(|open| open.call_out.is_dead(&notification.draft))
        };
        let dead = accepted
            .iter()
            .filter(|(notification, _)| is_dead(notification));
        let dead: Vec<_> = dead.map(|(notification, _)| notification.id).collect();
        for id in dead {
            let sent = self.0.store.sent(id).await.ok().flatten();
            if sent.is_none_or(|(_, row)| row.state == NotificationState::Dead) {
                accepted.retain(|(notification, _)| notification.id != id);
            }
        }
    }

    /// The row of what came of an attempt; of none where it was not sent.
    pub(super) fn settlement(&self, claimed: &Claimed, attempt: Option<Attempt>) -> Settlement {
        let now = self.now();
        let notification = &claimed.notification;
        let asks = notification.draft.purpose.asks();
        let age = now.duration_since(notification.created_at);
        let attempt = attempt.map(|attempt| Attempt {
            outcome: self.before_stage(
                delivery::given_up(attempt.outcome, asks, age),
                &notification.call_out,
            ),
            ..attempt
        });
        let again_at = attempt.as_ref().and_then(|attempt| {
            let calls = notification.draft.purpose.calls();
            if calls && delivery::is_last(&attempt.outcome, notification.lost) {
                return None;
            }
            // Why not for every mail: chance is asked of the system.
            if matches!(attempt.outcome, Outcome::Accepted { .. }) {
                return None;
            }
            let jitter = self.0.clock.jitter();
            let made = match &attempt.outcome {
                // Why: what calls comes once more and no more, after a minute.
                Outcome::Unknown { .. } if calls => 1,
                _ => notification.attempts,
            };
            let wait = delivery::wait(&attempt.outcome, made, asks, jitter)?;
            Some(now + SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_mins(5)))
        });
        let settlement = Settlement {
            id: notification.id,
            lease: claimed.lease,
            attempt: notification.attempts,
            at: now,
            via: attempt
                .as_ref()
                .map(|attempt| attempt.via.clone())
                .unwrap_or_default(),
            outcome: attempt.map(|attempt| attempt.outcome),
            again_at,
        };
        self.count(&notification.draft.contact.channel, &settlement);
        self.note_way(notification, &settlement);
        settlement
    }

    /// No wait that another side asks for carries a message past the next stage of
    /// its call-out.
    fn before_stage(&self, outcome: Outcome, call_out: &CallOutId) -> Outcome {
        let Outcome::Retry {
            reason,
            detail,
            after: Some(after),
        } = outcome
        else {
            return outcome;
        };
        let due = {
            let open = self.open_as_begun();
            let open = open.get(call_out);
            open.and_then(|open| open.call_out.next_stage_due())
        };
        // One that is overdue begins now.
        let left = due.map(|due| due.duration_since(self.now()));
        let left = left.map(|left| Duration::try_from(left).unwrap_or_default());
        Outcome::Retry {
            reason,
            detail,
            after: Some(left.map_or(after, |left| after.min(left))),
        }
    }

    /// Counts an attempt; what it is counted as.
    pub(super) fn tally(&self, channel: &ChannelName, outcome: Option<&Outcome>) -> DeliveryLabels {
        let reason = match outcome {
            Some(Outcome::Retry { reason, .. } | Outcome::Rejected { reason, .. }) => reason.name(),
            Some(Outcome::Unknown { .. }) => Reason::Ambiguous.name(),
            Some(Outcome::Accepted { .. }) | None => "",
        };
        let labels = DeliveryLabels {
            channel: match channel {
                ChannelName::Email => "email",
                ChannelName::Webhook(_) => "webhook",
            },
            outcome: NotificationState::after(outcome).name(),
            reason,
        };
        self.0.metrics.deliveries.get_or_create(&labels).inc();
        labels
    }

    fn count(&self, channel: &ChannelName, settlement: &Settlement) {
        let DeliveryLabels {
            channel,
            outcome,
            reason,
        } = self.tally(channel, settlement.outcome.as_ref());
        if outcome != "accepted" && outcome != "withdrawn" {
            tracing::warn!(
                notification.id = settlement.id,
                channel,
                outcome,
                reason,
                via = settlement.via,
                "delivery not accepted"
            );
        }
    }
}
