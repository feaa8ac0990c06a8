//! A standstill of the daemon: what grew old meanwhile, and what could not be
//! stopped.
//!
//! Owns how a standstill is noticed. What follows from it, the call-out decides.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::failed_turns::FailedTurns;
use super::turn::together;
use super::{Engine, Error};
use crate::domain::call_out::{CallOut, OVERDUE};
use crate::domain::id::CallOutId;

/// Between two turns so many seconds apart the daemon stood still.
const STANDSTILL_SECONDS: i64 = 600;

/// After so many seconds between two turns people may have had no chance to stop what
/// waits to take effect. Why not less: a turn that is held up by a slow disk is no
/// standstill.
const DEAF_SECONDS: i64 = 30;

/// What is due for so many seconds was not looked at when it was.
const OVERLOOKED: SignedDuration = SignedDuration::from_secs(10);

/// What is known of standstills.
#[derive(Debug, Default)]
pub(super) struct Standstill {
    /// Whether one was noticed whose call-outs were not looked at yet.
    noticed: AtomicBool,
    /// Those that are still to be looked at: what could not be read, or could not
    /// be stopped.
    left: Mutex<HashSet<CallOutId>>,
    /// Whether the daemon has begun, or has stood still, and what waits was not looked
    /// at yet.
    deaf: AtomicBool,
    /// Those in which it is still to be looked at.
    unheard: Mutex<HashSet<CallOutId>>,
    /// Whether the clockwork looks by itself, at its own pace.
    paced: AtomicBool,
    /// When was last looked, in seconds.
    looked: AtomicI64,
    /// Turns that came to nothing.
    pub(super) failed_turns: FailedTurns,
}

impl Engine {
    /// After a standstill: stops what is too old to go on by itself, before
    /// anything is advanced. What could not be kept is done anew at each turn,
    /// and holds up no other call-out.
    pub(super) async fn mind_standstill(&self) {
        let standstill = &self.0.standstill;
        let now = self.look_for_standstill();
        // Invariant: only once it is noticed, so that no sender takes it for over.
        standstill.looked.store(now, Ordering::SeqCst);
        if standstill.deaf.load(Ordering::SeqCst) {
            let all = self.live_and_forgotten();
            self.unheard().extend(all);
            // Invariant: only once each is on the list, as below.
            standstill.deaf.store(false, Ordering::SeqCst);
        }
        if standstill.noticed.load(Ordering::SeqCst) || !self.left().is_empty() {
            self.pause_stale().await;
        }
        self.renew_waits().await;
    }

    /// Notices a standstill, if the last look was long ago; the time of this one.
    pub(super) fn look_for_standstill(&self) -> i64 {
        let standstill = &self.0.standstill;
        let now = self.now().as_second();
        let since = now - standstill.looked.load(Ordering::SeqCst);
        if since >= STANDSTILL_SECONDS {
            self.stood_still();
        }
        // Why the second: without a pace of its own a turn is as late as it is called,
        // and what is due says whether that was too late.
        if since >= DEAF_SECONDS
            && (standstill.paced.load(Ordering::SeqCst) || self.has_overlooked())
        {
            standstill.deaf.store(true, Ordering::SeqCst);
        }
        self.look_for_refusals();
        now
    }

    /// The same where it looked, and the store took nothing of what came of it.
    fn look_for_refusals(&self) {
        let refused = self.store_refuses().unwrap_or_default().as_secs();
        if refused >= STANDSTILL_SECONDS {
            self.stood_still();
        }
        if refused >= DEAF_SECONDS {
            self.0.standstill.deaf.store(true, Ordering::SeqCst);
        }
    }

    /// Whether something should have been done in a turn before this.
    fn has_overlooked(&self) -> bool {
        // Why: of what is out of memory nobody knows what is due.
        if !self.forgotten().is_empty() {
            return true;
        }
        let before = self.now() - OVERLOOKED;
        let mut open = self.open();
        let mut due = open.values_mut().filter_map(super::Open::next_due);
        due.any(|due| due <= before)
    }

    /// Notes that the clockwork looks by itself from now on, or no more.
    pub(super) fn note_pace(&self, paced: bool) {
        self.0.standstill.paced.store(paced, Ordering::SeqCst);
    }

    /// Notes that call-outs are to be looked at.
    pub(super) fn stood_still(&self) {
        self.0.standstill.noticed.store(true, Ordering::SeqCst);
    }

    /// At the start: whether nothing ran for long, by the last attempt and the
    /// newest record.
    pub(super) async fn begin_standstill(&self, newest: Option<Timestamp>) -> Result<(), Error> {
        let standstill = &self.0.standstill;
        let now = self.now().as_second();
        standstill.looked.store(now, Ordering::SeqCst);
        // Why however short: nobody knows how long nothing ran.
        standstill.deaf.store(true, Ordering::SeqCst);
        let newest = newest.max(self.0.store.last_attempt().await?);
        let long = |newest| self.now().duration_since(newest).as_secs() >= STANDSTILL_SECONDS;
        if newest.is_some_and(long) {
            self.stood_still();
        }
        Ok(())
    }

    /// Stops each call-out that is too old to go on by itself.
    async fn pause_stale(&self) {
        if let Err(error) = self.recall().await {
            tracing::error!(error = %error, "a call-out cannot be read; whether it goes on is looked at then");
        }
        let stale = self.stale_now();
        let unread = self.forgotten().clone();
        {
            let mut left = self.left();
            left.retain(|id| unread.contains(id));
            left.extend(unread);
            left.extend(stale.iter().cloned());
        }
        // Invariant: only once each is on the list, so that no sender takes it for
        // looked at.
        self.0.standstill.noticed.store(false, Ordering::SeqCst);
        let tried: Vec<&CallOutId> = stale.iter().filter(|id| !self.is_aside(id)).collect();
        let paused = together(tried.iter().map(|id| self.pause_one(id)).collect()).await;
        for (id, paused) in tried.into_iter().zip(paused) {
            match paused {
                Ok(()) if !self.is_aside(id) => {
                    self.left().remove(id);
                }
                Ok(()) => {}
                Err(error) => {
                    tracing::error!(call_out.id = %id, error = %error, "an old call-out could not be stopped; tried again");
                }
            }
        }
    }

    /// Those in memory that are still to be looked at.
    fn stale_now(&self) -> Vec<CallOutId> {
        let now = self.now();
        let open = self.open();
        let all = open.values().map(|open| &open.call_out);
        let stale = all.filter(|call_out| self.is_held_back(call_out, now));
        stale.map(|call_out| call_out.id.clone()).collect()
    }

    async fn pause_one(&self, id: &CallOutId) -> Result<(), Error> {
        let now = self.now();
        let unsent = self.0.store.has_unsent(id, now - OVERDUE, now).await?;
        let waits = self.unheard().contains(id);
        let change = |call_out: &mut CallOut, plan: &_, now| {
            Ok(match waits {
                true => call_out.stood_still(unsent, plan, now),
                false => call_out.pause(unsent, plan, now),
            })
        };
        self.move_on(id, change).await
    }

    /// Gives what waits its time once more where too little of it is left. What could
    /// not be kept is done anew at each turn, and does not take effect before.
    async fn renew_waits(&self) {
        let now = self.now();
        let listed: Vec<CallOutId> = self.unheard().iter().cloned().collect();
        if listed.is_empty() {
            return;
        }
        let unread = self.forgotten().clone();
        let read = listed.into_iter().filter(|id| !unread.contains(id));
        // Why not what is still to be stopped: that comes first.
        let (renewed, others): (Vec<_>, Vec<_>) = read
            .filter(|id| !self.may_be_stale(id))
            .partition(|id| self.must_renew(id, now));
        for id in &others {
            self.unheard().remove(id);
        }
        let tried: Vec<&CallOutId> = renewed.iter().filter(|id| !self.is_aside(id)).collect();
        let kept = tried.iter().map(|id| {
            let renew = |call_out: &mut CallOut, plan: &_, now| Ok(call_out.renew(plan, now));
            self.move_on(id, renew)
        });
        let kept = together(kept.collect()).await;
        for (id, kept) in tried.into_iter().zip(kept) {
            match kept {
                // Why also where that met a defect: whoever is to be called is called
                // after a rest, and not never.
                Ok(()) => {
                    self.unheard().remove(id);
                }
                Err(error) => {
                    tracing::error!(call_out.id = %id, error = %error, "what waits could not be given its time once more; tried again");
                }
            }
        }
    }

    /// Whether something in it must not take effect before it was looked at.
    pub(super) fn must_renew(&self, id: &CallOutId, now: Timestamp) -> bool {
        let open = self.open();
        let open = open.get(id);
        open.is_some_and(|open| self.is_renewed_first(&open.call_out, now))
    }

    /// Whether it waits, and is still to be looked at after a start or a standstill.
    pub(super) fn is_renewed_first(&self, call_out: &CallOut, now: Timestamp) -> bool {
        let deaf = self.0.standstill.deaf.load(Ordering::SeqCst);
        (deaf || self.unheard().contains(&call_out.id))
            && call_out.is_to_renew(&self.standing().plan, now)
    }

    /// Whether a message must wait until it is known whether its call-out goes
    /// on.
    pub(super) fn may_be_stale(&self, id: &CallOutId) -> bool {
        let now = self.now();
        let open = self.open_as_begun();
        let open = open.get(id);
        open.is_some_and(|open| self.is_held_back(&open.call_out, now))
    }

    /// Whether it is too old to go on, and is still to be looked at.
    pub(super) fn is_held_back(&self, call_out: &CallOut, now: Timestamp) -> bool {
        let noticed = self.0.standstill.noticed.load(Ordering::SeqCst);
        (noticed || self.left().contains(&call_out.id))
            && call_out.is_stale(now)
            && !call_out.is_paused()
    }

    /// Notes that a call-out is to be looked at as soon as it can be read.
    pub(super) fn look_at_later(&self, id: &CallOutId) {
        self.left().insert(id.clone());
        // Why: what cannot be read cannot be stopped either.
        self.unheard().insert(id.clone());
    }

    // Invariant: nothing else is locked under it.
    fn left(&self) -> MutexGuard<'_, HashSet<CallOutId>> {
        let left = &self.0.standstill.left;
        left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // Invariant: nothing else is locked under it.
    fn unheard(&self) -> MutexGuard<'_, HashSet<CallOutId>> {
        let unheard = &self.0.standstill.unheard;
        unheard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a message must wait, just before it is sent: the clockwork may not have
    /// looked since the machine stood still.
    pub(super) fn look_whether_stale(&self, id: &CallOutId) -> bool {
        self.look_for_standstill();
        self.may_be_stale(id)
    }
}
