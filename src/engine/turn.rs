//! The clockwork: advance what is due, claim what is queued, send it, settle.
//!
//! Owns the pace. Everything waits on `wake` or on the next due time; nothing
//! is polled faster than once a second.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::dispatch::{Ended, Underway};
use super::{Engine, Error, Open};
use crate::domain::call_out::CallOut;
use crate::domain::roster::ChannelName;
use crate::telemetry::fault;

/// The longest that the clockwork sleeps.
const REST: SignedDuration = SignedDuration::from_secs(10);

/// How soon is looked again where something could not be read.
const SOON: SignedDuration = SignedDuration::from_secs(1);

/// How long the first messages of an event have for themselves; the first that ends
/// ends it.
const BEGINNING: SignedDuration = SignedDuration::from_millis(5);

/// The wait after the store failed.
const STORE_FAILED: Duration = Duration::from_secs(1);

/// The most outcomes settled in one write.
const SETTLED_AT_ONCE: usize = 256;

/// How long those that end while a crowd is on its way wait for each other.
const SHARED: Duration = Duration::from_millis(3);

/// The most changes of a turn that wait for one commit.
const AT_ONCE: usize = 256;

/// What one turn did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Turned {
    /// Attempts made.
    pub attempts: usize,
}

impl Engine {
    /// One whole turn: advances every call-out that is due, then sends and
    /// settles until nothing more is due now; then one address is asked to
    /// confirm itself, if one is due.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub async fn turn(&self) -> Result<Turned, Error> {
        let turned = self.one_turn().await;
        self.note_turn(&turned);
        self.note_store([turned.as_ref().err()]);
        turned
    }

    async fn one_turn(&self) -> Result<Turned, Error> {
        let mut turned = Turned::default();
        self.resume().await?;
        self.watch().await;
        self.mind_standstill().await;
        self.mind_owed().await;
        self.look().await;
        self.keep_schedules().await;
        let mut underway = Underway::default();
        loop {
            let advanced = self.advance().await;
            self.tell_reports().await;
            let settled = self.settle(Vec::new()).await;
            let claimed = self.claim(&mut underway).await?;
            if claimed == 0 && !self.has_parts() {
                advanced.and(settled)?;
                break;
            }
            turned.attempts += claimed;
            let mut ended = Vec::new();
            while let Some(end) = underway.next().await {
                ended.push(end);
            }
            // Why: the order in which attempts end is chance; a turn settles
            // them in the order of their numbers, so that it can be repeated.
            ended.sort_by_key(|ended| ended.claimed.notification.id);
            self.settle(ended).await?;
            advanced?;
        }
        self.ask().await?;
        self.0.metrics.turned(self.now().as_second());
        Ok(turned)
    }

    /// Runs until `stop` ends: takes no new work then, finishes what is on
    /// its way within `grace`, and leaves the rest to the next start.
    ///
    /// Invariant: messages that stand still delay no stage, and no message of
    /// another channel.
    pub async fn run(&self, stop: impl Future<Output = ()>, grace: Duration) {
        self.note_pace(true);
        let mut stop = pin!(stop);
        let mut underway = Underway::default();
        let mut resuming = JoinSet::new();
        'turns: loop {
            if !self.is_resumed() && resuming.is_empty() {
                let engine = self.clone();
                resuming.spawn(async move {
                    if let Err(error) = engine.resume().await {
                        tracing::error!(error = %error, "call-outs cannot be taken up; tried again");
                    }
                    engine.0.wake.notify_one();
                });
            }
            while let Some(resumed) = resuming.try_join_next() {
                // Why: taken up again without end and in silence, nothing would
                // ever be advanced. The next start may do better.
                if let Err(defect) = resumed
                    && let Ok(defect) = defect.try_into_panic()
                {
                    std::panic::resume_unwind(defect);
                }
            }
            let pumped = self.pump(&mut underway).await;
            self.note_turn(&pumped);
            let failed = pumped.is_err();
            let next = pumped.unwrap_or_else(|error| {
                tracing::error!(error = %error, "a turn failed; trying again");
                self.now() + SignedDuration::try_from(STORE_FAILED).unwrap_or(REST)
            });
            self.0.metrics.turned(self.now().as_second());
            self.0.idle.store(underway.is_empty(), Ordering::Relaxed);
            // Why: a look at the store costs a write, and while enough waits
            // in memory it would find nothing that can be sent sooner.
            loop {
                tokio::select! {
                    () = &mut stop => break 'turns,
                    // Why: what failed would wake itself without end.
                    () = self.0.wake.notified(), if !failed => break,
                    () = self.0.clock.sleep_until(next) => break,
                    Some(ended) = underway.next(), if !underway.is_empty() => {
                        self.gather(&mut underway, ended).await;
                        if underway.runs_out() {
                            break;
                        }
                    }
                }
            }
        }
        self.note_pace(false);
        self.finish(underway, grace).await;
    }

    /// Advances, then fills up what is on its way; when to look again.
    async fn pump(&self, underway: &mut Underway) -> Result<Timestamp, Error> {
        fault::waiting("clockwork").await;
        // Why first of all: what was claimed with its event waits for nothing else. Why
        // one, and nothing beside it for a moment: whoever makes the others and writes
        // the rest would have the processor that the first and its relay need.
        let first = !std::mem::take(&mut underway.began) && underway.is_empty();
        let senders = if first { 1 } else { usize::MAX };
        if self.take_held(underway, senders).await > 0 && first {
            underway.began = true;
            return Ok(self.now() + BEGINNING);
        }
        self.make_whole(underway).await;
        if !self.is_resumed() {
            // Why: nothing can be advanced before everything is read, and what
            // is queued does not wait for that.
            let settled = self.settle(Vec::new()).await;
            let claimed = self.claim(underway).await;
            self.note_store([settled.as_ref().err(), claimed.as_ref().err()]);
            settled.and(claimed)?;
            return Ok(self.now() + SOON);
        }
        // Invariant: first of all, as it may follow the clock: what is overdue by
        // that is seen before anything is advanced.
        self.watch().await;
        self.mind_standstill().await;
        self.mind_owed().await;
        // Why: what cannot be advanced now holds up nothing that is queued.
        let advanced = self.advance().await;
        let settled = self.settle(Vec::new()).await;
        let claimed = self.claim(underway).await;
        let failed = [advanced.as_ref().err(), settled.as_ref().err()];
        self.note_store(failed.into_iter().chain([claimed.as_ref().err()]));
        let found = claimed?;
        self.keep_schedules().await;
        advanced.and(settled)?;
        let busy = underway.busy();
        // Why sooner beside hundreds who lead: nobody else of them is looked for.
        let lead = busy.iter().any(|(_, urgency)| *urgency == 0);
        let rest = self.now()
            + if self.holds_unread_alone() && !lead {
                REST
            } else {
                SOON
            };
        let due = self.next_call(&busy).await?;
        let next = due.map_or(rest, |due| due.min(rest));
        // Why: what a damaged index calls due and nobody finds would have it look
        // without end.
        let soon = self.now() + SOON;
        Ok(match found {
            0 if next <= self.now() => soon,
            _ => next,
        })
    }

    /// Settles one end and all others that have come meanwhile; while a crowd is on its
    /// way, also those that come in a moment.
    ///
    /// Why: a commit for each few of them takes the processor from the mails, and nobody
    /// waits for it; whoever rings ends the moment. Where the daemon ends in it, these
    /// come twice, like those on their way.
    async fn gather(&self, underway: &mut Underway, first: Ended) {
        let mut ended = vec![first];
        let mut moment = pin!(self.0.clock.sleep(SHARED));
        loop {
            while ended.len() < SETTLED_AT_ONCE
                && let Some(next) = underway.try_next()
            {
                ended.push(next);
            }
            // Why not at a beginning: the end of its first message sets the others off.
            if ended.len() >= SETTLED_AT_ONCE || underway.began || !underway.is_crowd() {
                break;
            }
            tokio::select! {
                () = &mut moment => break,
                Some(next) = underway.next() => ended.push(next),
                // Why rung on: whoever rings is looked after once these are kept.
                () = self.0.wake.notified() => {
                    self.0.wake.notify_one();
                    break;
                }
            }
        }
        if let Err(error) = self.settle(ended).await {
            tracing::error!(error = %error, "outcomes could not be kept; they are kept later");
        }
    }

    async fn finish(&self, mut underway: Underway, grace: Duration) {
        underway.let_go();
        let rest = async {
            while let Some(ended) = underway.next().await {
                self.gather(&mut underway, ended).await;
            }
            // Why: what was taken and is not kept is sent again by the next start.
            while self.has_taken_up() && !self.unsettled().is_empty() {
                self.0.clock.sleep(STORE_FAILED).await;
                if let Err(error) = self.settle(Vec::new()).await {
                    tracing::error!(error = %error, "outcomes could not be kept before the end; tried again");
                }
            }
        };
        tokio::select! {
            () = rest => {}
            () = self.0.clock.sleep(grace) => {
                tracing::warn!("messages on their way were left to the next start");
            }
        }
    }

    /// Advances every call-out that is due. One that cannot be advanced holds
    /// up no other.
    ///
    /// # Errors
    ///
    /// The first failure.
    async fn advance(&self) -> Result<(), Error> {
        let mut first = self.recall().await;
        first = first.and(self.end_drills_beside_real().await);
        self.let_go();
        self.end_rests();
        // Why again: the machine may have slept since the turn began.
        self.look_for_standstill();
        let now = self.now();
        let due = |open: &mut Open| {
            let due = open.next_due().filter(|at| *at <= now)?;
            Some((due, open.call_out.id.clone()))
        };
        let mut due: Vec<_> = self.open().values_mut().filter_map(due).collect();
        // Why the others: read, or noticed to be old, since it was looked.
        due.retain(|(_, id)| {
            !self.is_aside(id) && !self.may_be_stale(id) && !self.must_renew(id, now)
        });
        // Why: after a long stop what was due first begins first.
        due.sort();
        let due = due.iter().map(|(_, id)| {
            let change = |call_out: &mut CallOut, plan: &_, now| {
                fault::point("advancing");
                Ok(call_out.advance(plan, now))
            };
            self.move_on(id, change)
        });
        together(due.collect())
            .await
            .into_iter()
            .fold(first, Result::and)
    }

    /// When a turn next has something to do: a stage, a reminder, a message
    /// that waits, a drill, the daily look at readiness, or an address to be
    /// asked.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, Error> {
        let due = [
            self.next_call(&[]).await?,
            self.next_asking().await?,
            self.next_look(),
        ];
        Ok(due.into_iter().flatten().min())
    }

    /// When the next call-out has something to do.
    fn next_stage(&self) -> Option<Timestamp> {
        let rests = self.rest_until();
        let (now, soon) = (self.now(), self.now() + SOON);
        let due = |open: &mut Open| {
            let due = open.next_due()?;
            let rest = rests.get(&open.call_out.id).copied();
            // Why: what could not be stopped is tried again, and not without rest.
            let call_out = &open.call_out;
            let first = self.is_held_back(call_out, now) || self.is_renewed_first(call_out, now);
            let first = first.then_some(soon);
            Some(due.max(rest.unwrap_or(due)).max(first.unwrap_or(due)))
        };
        self.open().values_mut().filter_map(due).min()
    }

    /// The same without addresses and readiness, which are seen to apart from the
    /// calling, and without messages of which a channel has no room for more.
    async fn next_call(&self, busy: &[(ChannelName, u8)]) -> Result<Option<Timestamp>, Error> {
        let queued = self.0.store.next_due(busy).await?;
        let call_outs = self.next_stage();
        let own = [self.next_occasion(), self.next_alarm(), self.next_part()];
        let due = [queued, call_outs].into_iter().chain(own);
        Ok(due.flatten().min())
    }
}

/// Makes changes of several call-outs, in their order; what came of each.
///
/// Why together: each is a commit, and they share one. After a flood of events
/// hundreds of call-outs are due at once, and on a slow disk the last of them,
/// and every message that is queued, would wait for all the commits before.
pub(super) async fn together<C: Future>(changes: Vec<C>) -> Vec<C::Output> {
    let mut came = Vec::with_capacity(changes.len());
    let mut changes = changes.into_iter();
    while changes.len() > 0 {
        came.extend(join_all(changes.by_ref().take(AT_ONCE)).await);
    }
    came
}
