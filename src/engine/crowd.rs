//! The crowd of a large beginning: whoever is called after the first gets their place
//! in memory once the first message is on its way.
//!
//! Owns that nobody else finds the call-out in this moment: whoever looks at it, or
//! changes it, makes it whole before. It must not decide who is first.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use super::dispatch::Underway;
use super::{Engine, Open};
use crate::domain::id::CallOutId;
use crate::telemetry::fault;

/// So many places are made without a pause: few enough that a sender is not late.
const PLACES: usize = 256;

/// How often others have their turn before the next are made, while one of them waits.
const TURNS: usize = 256;

impl Engine {
    /// The call-outs in memory, each of them whole.
    pub(super) fn open(&self) -> MutexGuard<'_, HashMap<CallOutId, Open>> {
        let mut all = self.open_as_begun();
        while self.0.crowds.load(Ordering::Relaxed) {
            self.make_places(&mut all, usize::MAX);
        }
        all
    }

    /// The same, where one may have begun and not be whole: for what is said to somebody
    /// whose place is made, and what came of it.
    pub(super) fn open_as_begun(&self) -> MutexGuard<'_, HashMap<CallOutId, Open>> {
        if let Ok(open) = self.0.open.try_lock() {
            return open;
        }
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        // A panic while the lock was held leaves a state that was not
        // committed; `Changing` sees to it that it is read anew.
        let open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
        open
    }

    /// Makes every call-out whole that has begun, and lets the senders in between: for
    /// the others who are first there are as many as there is room for.
    pub(super) async fn make_whole(&self, underway: &mut Underway) {
        if self.0.crowds.load(Ordering::Relaxed) {
            self.send(underway);
        }
        while self.0.crowds.load(Ordering::Relaxed) {
            self.make_places(&mut self.open_as_begun(), PLACES);
            // Why more than once: whoever is woken is late for a lock that is taken again.
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
                if self.0.waiting.load(Ordering::Relaxed) == 0 {
                    break;
                }
            }
        }
    }

    /// Makes so many places of a call-out that is not whole, if there is one.
    ///
    /// Invariant: where that meets a defect the call-out is out of memory, as after any
    /// other change: read anew, it is gone on with by what is kept of it.
    fn make_places(&self, all: &mut HashMap<CallOutId, Open>, most: usize) {
        let begun = all.iter_mut().find(|(_, open)| !open.call_out.is_whole());
        let Some((id, open)) = begun else {
            self.0.crowds.store(false, Ordering::Relaxed);
            return;
        };
        let id = id.clone();
        let made = AssertUnwindSafe(|| {
            fault::point("places");
            open.call_later(most)
        });
        match catch_unwind(made) {
            Ok(true) => {}
            // Why only now: nobody is shown a part of it.
            Ok(false) if open.call_out.is_whole() => drop(self.0.changed.send(id)),
            Ok(false) | Err(_) => {
                tracing::error!(call_out.id = %id, "a beginning met a defect of this program; it is read anew");
                all.remove(&id);
                self.forgotten().insert(id);
                self.0.wake.notify_one();
            }
        }
    }

    /// Whether a call-out that begins now is the only one that lives: nobody in it is
    /// wanted by another.
    pub(super) fn begins_alone(&self) -> bool {
        let open = self.open();
        !open.values().any(|open| open.call_out.state.is_live())
    }
}

impl Open {
    /// Makes so many places more; whether more are to follow.
    fn call_later(&mut self, most: usize) -> bool {
        let more = self.rest.call_later(&mut self.call_out, most);
        if !more {
            // Why: nothing of it is to be told, or looked for, by a part.
            (self.brief, self.due) = (None, None);
        }
        more
    }
}
