//! The machine's wall clock: when it is believed.
//!
//! Owns that no step of it moves a call-out that is open: its times run on
//! evenly, the account says what happened, and the clock is followed as soon as
//! nothing is open. It must not read a clock itself.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::memory::Open;
use super::turn::together;
use super::{Engine, Error};
use crate::domain::call_out::{CallOut, Effect};
use crate::domain::id::CallOutId;
use crate::domain::journal::Entry;

/// A step no larger than this is followed at once: it moves nothing that
/// matters.
const SMALL: SignedDuration = SignedDuration::from_secs(2);

/// How long the clock is not followed back while messages wait.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// For longer than this nothing waits by itself that is tried again.
const LONGEST: SignedDuration = SignedDuration::from_hours(2);

/// Until when anything may wait by itself.
pub(super) fn longest(now: Timestamp) -> Timestamp {
    now.checked_add(LONGEST).unwrap_or(Timestamp::MAX)
}

/// The beginning of 2026: this program is younger, so that an earlier time is a
/// machine without a clock.
const OLDEST: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// What is known of the wall clock.
#[derive(Debug, Default)]
pub(super) struct Wall {
    /// The step that the accounts of the open call-outs tell already.
    told: Option<SignedDuration>,
    /// The same of each of them, while not all could be told.
    told_in: HashMap<CallOutId, SignedDuration>,
    /// Since when it is not followed back, because messages wait.
    waits: Option<Timestamp>,
    /// Since the start the wall clock has been earlier than what was recorded
    /// before it.
    behind_the_records: bool,
}

impl Engine {
    /// At the start: goes on from the newest record where the wall clock is
    /// earlier than that, and cannot be right or must not move what is open.
    pub(super) fn begin_time(&self, newest: Option<Timestamp>) {
        let Some(newest) = newest else {
            return;
        };
        let now = self.now();
        if now.duration_since(newest) >= -SMALL || (now >= OLDEST && !self.has_live()) {
            return;
        }
        tracing::error!(clock = %now, recorded = %newest, "the clock is earlier than the newest record; time goes on from that");
        self.0.clock.run_on_from(newest);
        self.wall().behind_the_records = true;
    }

    /// How far the wall clock is ahead, where it is not followed now.
    pub fn clock_step(&self) -> Option<SignedDuration> {
        let by = self.0.clock.ahead();
        (by.abs() > SMALL).then_some(by)
    }

    /// Whether the wall clock says a time at which this program did not exist.
    pub fn clock_is_absurd(&self) -> bool {
        let wall = self.now().checked_add(self.0.clock.ahead());
        wall.is_ok_and(|wall| wall < OLDEST)
    }

    /// Looks whether the wall clock was set.
    ///
    /// # Errors
    ///
    /// When the accounts of the open call-outs cannot be written.
    pub(super) async fn mind_clock(&self) -> Result<(), Error> {
        let Some(by) = self.clock_step() else {
            self.0.clock.follow();
            *self.wall() = Wall::default();
            return Ok(());
        };
        // Why: the machine began with a wrong clock, and this is the right one;
        // what passed meanwhile has passed.
        let mended = self.wall().behind_the_records && !by.is_negative();
        let believed = !self.clock_is_absurd() && (mended || !self.has_live());
        let waits = believed && by.is_negative() && self.messages_wait().await?;
        if believed && !waits {
            tracing::warn!(
                seconds = by.as_secs(),
                "the machine's clock was set; it is followed"
            );
            self.tell_step(by).await?;
            self.0.clock.follow();
            *self.wall() = Wall::default();
            if by.is_negative() {
                // Why all of it: nothing waits but for its next try, and by which clock its
                // time was written nobody knows.
                self.hasten(self.now()).await;
            }
            return Ok(());
        }
        let told = self.wall().told;
        if told.is_none_or(|told| (by - told).abs() > SMALL) {
            tracing::error!(
                seconds = by.as_secs(),
                "the machine's clock was set; the times of open call-outs stay as they are"
            );
            self.tell_step(by).await?;
            self.wall().told = Some(by);
        }
        Ok(())
    }

    /// What waits for a time of a clock that has been set back since is sent now:
    /// it would wait until that time comes round again. Where that cannot be kept
    /// the next start does it.
    pub(super) fn hasten(&self, latest: Timestamp) -> impl Future<Output = ()> + Send + use<> {
        // Queued before anybody waits for it, so before the next claim.
        let (engine, queued) = (self.clone(), self.0.store.hasten(self.now(), latest));
        async move {
            match engine.commit(queued).await {
                Ok(0) => {}
                Ok(messages) => tracing::warn!(
                    messages,
                    "messages waited for a time of a clock that was set back; they are sent now"
                ),
                Err(error) => {
                    tracing::error!(error = %error, "messages may wait for a time of a clock that was set back");
                }
            }
        }
    }

    /// Whether messages wait to be sent: of two clocks the earlier one would
    /// make them wait for as long as the step, so they go out first. What is
    /// tried again and again is not waited for without end.
    async fn messages_wait(&self) -> Result<bool, Error> {
        let now = self.now();
        let since = *self.wall().waits.get_or_insert(now);
        if now.duration_since(since) >= PATIENCE {
            return Ok(false);
        }
        let due = self.0.store.next_due(&[]).await?;
        Ok(due.is_some_and(|due| due <= now + PATIENCE))
    }

    /// Writes the step into the account of each open call-out, once. One that
    /// cannot be told holds up no other.
    ///
    /// # Errors
    ///
    /// The first failure; those that were told are not told again.
    async fn tell_step(&self, by: SignedDuration) -> Result<(), Error> {
        let mut first = Ok(());
        let mut untold = self.live();
        untold.retain(|id| {
            let before = self.wall().told_in.get(id).copied();
            before.is_none_or(|before| (by - before).abs() > SMALL)
        });
        let told = untold.iter().map(|id| {
            let tell =
                |_: &mut CallOut, _: &_, _| Ok(vec![Effect::Journal(Entry::ClockSet { by })]);
            self.move_on(id, tell)
        });
        let told = together(told.collect()).await;
        for (id, told) in untold.into_iter().zip(told) {
            match told {
                Ok(()) => drop(self.wall().told_in.insert(id, by)),
                Err(error) => first = first.and(Err(error)),
            }
        }
        first
    }

    fn has_live(&self) -> bool {
        // Why those as well: where the end of one cannot be kept it lives.
        let is_ahead = |open: &Open| open.kept < open.call_out.revision;
        let ahead = self.open().values().any(is_ahead);
        // Invariant: nothing else is locked under it.
        let forgotten = self.forgotten().len();
        ahead || forgotten > 0 || !self.live().is_empty()
    }
}
