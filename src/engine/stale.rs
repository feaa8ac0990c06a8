//! A standstill of the daemon: what grew old meanwhile.
//!
//! Owns how a standstill is noticed. What follows from it, the call-out decides.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Engine, Error};
use crate::domain::call_out::CallOut;
use crate::domain::id::CallOutId;

/// Between two turns so many seconds apart the daemon stood still.
const STANDSTILL_SECONDS: i64 = 600;

/// Whether a standstill was noticed whose call-outs were not looked at yet.
#[derive(Debug, Default)]
pub(super) struct Standstill(AtomicBool);

impl Engine {
    /// After a standstill: stops what is too old to go on by itself.
    ///
    /// Invariant: nothing is advanced before this is done.
    ///
    /// # Errors
    ///
    /// When it could not be kept; it is done anew.
    pub(super) async fn mind_standstill(&self) -> Result<(), Error> {
        let last = self.0.metrics.last_turn_seconds();
        if self.now().as_second() - last >= STANDSTILL_SECONDS {
            self.0.standstill.0.store(true, Ordering::Relaxed);
        }
        if self.0.standstill.0.load(Ordering::Relaxed) {
            self.pause_stale().await?;
            self.0.standstill.0.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Stops each call-out that is too old to go on by itself.
    pub(super) async fn pause_stale(&self) -> Result<(), Error> {
        let now = self.now();
        let stale: Vec<CallOutId> = {
            let open = self.open();
            let all = open.values().map(|open| &open.call_out);
            let stale = all.filter(|call_out| call_out.is_stale(now));
            stale.map(|call_out| call_out.id.clone()).collect()
        };
        for id in stale {
            let change = |call_out: &mut CallOut, plan: &_, now| Ok(call_out.pause(plan, now));
            self.apply(&id, None, change).await?;
        }
        Ok(())
    }

    /// Whether a message must wait until it is known whether its call-out goes
    /// on.
    pub(super) fn may_be_stale(&self, id: &CallOutId) -> bool {
        let now = self.now();
        let open = self.open();
        let open = open.get(id).filter(|_| !self.is_resumed());
        open.is_some_and(|open| open.call_out.is_stale(now))
    }
}
