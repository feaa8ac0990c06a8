//! The first messages of an event: claimed in its own commit, so that they need no
//! second one before they are sent.
//!
//! Owns that they come to the clockwork. It must not send them: `dispatch` does.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use tokio::runtime::Handle;

use super::Engine;
use crate::store::{Claim, Claimed, Pending};
use crate::telemetry::fault;

/// What is claimed in one commit with its event.
///
/// Invariant: however the taking in of the event ends, it comes to the clockwork:
/// what nobody takes over would wait for its lease.
pub(super) struct First {
    engine: Engine,
    claimed: Option<Pending<Vec<Claimed>>>,
    /// Until when it is nobody else's.
    until: Timestamp,
}

impl First {
    /// Hands over what is claimed already: as soon as the event is kept, what was
    /// claimed in its commit is.
    pub(super) fn hand_over(&mut self) {
        if let Some(came) = self.claimed.as_mut().and_then(Pending::now) {
            self.claimed = None;
            // Why not looked at: what could not be kept is claimed by nobody.
            self.engine.hold(came.unwrap_or_default(), self.until);
        }
    }
}

impl Drop for First {
    fn drop(&mut self) {
        let (Some(claimed), Ok(runtime)) = (self.claimed.take(), Handle::try_current()) else {
            return;
        };
        let (engine, until) = (self.engine.clone(), self.until);
        runtime.spawn(async move {
            // Why not looked at: what could not be kept is claimed by nobody.
            if let Ok(claimed) = claimed.wait().await {
                engine.hold(claimed, until);
                engine.0.wake.notify_one();
            }
        });
    }
}

impl Engine {
    /// What of an event is claimed as it is queued, where nothing else is under way, so
    /// that its first message waits for no commit of its own.
    ///
    /// Why only then: in a flood each event would claim more than there is room for,
    /// and go before what waits already.
    pub(super) fn first_claim(&self) -> Option<Claim> {
        let rests = self.is_resumed() && self.0.idle.swap(false, Ordering::Relaxed);
        // The control of what leaves before it is kept: it is claimed by itself.
        let rests = rests && !fault::worse("claims");
        rests.then(|| self.wanted(Vec::new()))
    }

    /// Sees to it that what is claimed so comes to the clockwork.
    pub(super) fn first(&self, claimed: Pending<Vec<Claimed>>, claim: Option<Claim>) -> First {
        First {
            engine: self.clone(),
            claimed: Some(claimed),
            until: claim.map_or(Timestamp::MIN, |claim| claim.lease_until),
        }
    }

    /// Gives what is claimed to the clockwork, unless its lease has run out.
    ///
    /// Why: the machine may have stood still since the commit, and the clockwork have
    /// claimed it anew. It would be sent twice, and settled under the older lease.
    fn hold(&self, claimed: Vec<Claimed>, until: Timestamp) {
        if self.now() < until {
            self.held().extend(claimed);
        }
    }

    /// Whether nothing is under way: an event's first messages are claimed in its
    /// own commit.
    pub fn rests(&self) -> bool {
        self.0.idle.load(Ordering::Relaxed)
    }
}
