//! The first messages of an event: claimed in its own commit, so that they wait for
//! none of theirs.
//!
//! Owns that they come to the clockwork. It must not send them: `dispatch` does.

use std::sync::atomic::Ordering;

use tokio::runtime::Handle;

use super::Engine;
use crate::store::{Claim, Claimed, Pending};

/// What is claimed in one commit with its event.
///
/// Invariant: however the taking in of the event ends, it comes to the clockwork:
/// what nobody takes over would wait for its lease.
pub(super) struct First {
    engine: Engine,
    claimed: Option<Pending<Vec<Claimed>>>,
}

impl First {
    /// Hands over what is claimed already: as soon as the event is kept, what was
    /// claimed in its commit is.
    pub(super) fn hand_over(&mut self) {
        if let Some(came) = self.claimed.as_mut().and_then(Pending::now) {
            self.claimed = None;
            // Why not looked at: what could not be claimed is claimed by the next turn.
            self.engine.held().extend(came.into_iter().flatten());
        }
    }
}

impl Drop for First {
    fn drop(&mut self) {
        let (Some(claimed), Ok(runtime)) = (self.claimed.take(), Handle::try_current()) else {
            return;
        };
        let engine = self.engine.clone();
        runtime.spawn(async move {
            // Why not looked at: what could not be claimed is claimed by the next turn.
            if let Ok(claimed) = claimed.wait().await {
                engine.held().extend(claimed);
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
        rests.then(|| self.wanted(Vec::new()))
    }

    /// Sees to it that what was claimed comes to the clockwork.
    pub(super) fn first(&self, claimed: Option<Pending<Vec<Claimed>>>) -> First {
        First {
            engine: self.clone(),
            claimed,
        }
    }

    /// Whether nothing is under way: an event's first messages are claimed in its
    /// own commit.
    pub fn rests(&self) -> bool {
        self.0.idle.load(Ordering::Relaxed)
    }
}
