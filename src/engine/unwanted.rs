//! Messages that were no longer wanted as their turn came.
//!
//! Owns them until the disk says so as well. It must not decide what is wanted.

use std::sync::{MutexGuard, PoisonError};

use super::Engine;
use super::settle::Unsettled;
use crate::domain::notification::Notification;
use crate::store::Claimed;

/// What becomes of a message that memory does not want any more.
enum Unwanted {
    /// What says so is kept: it is withdrawn.
    Withdrawn,
    /// What says so is on its way to disk.
    Unsaid,
    /// What said so was not kept: it is sent.
    Wanted,
}

impl Engine {
    pub(super) fn dropped(&self) -> MutexGuard<'_, Vec<Claimed>> {
        let unwanted = &self.0.leaving.unwanted;
        unwanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is withdrawn by now, of that which was no longer wanted as its turn came.
    ///
    /// Why not at once: an answer, or the end, is in memory before it is on disk. One
    /// that the store refuses has not happened, and its message would be gone for good.
    pub(super) fn withdrawn(&self) -> Vec<Unsettled> {
        let mut withdrawn = Vec::new();
        let dropped = std::mem::take(&mut *self.dropped());
        for claimed in dropped {
            match self.still_unwanted(&claimed.notification) {
                Unwanted::Withdrawn => withdrawn.push(self.unsettled_by(claimed, None)),
                Unwanted::Unsaid => self.dropped().push(claimed),
                Unwanted::Wanted => self.hold_on(claimed),
            }
        }
        withdrawn
    }

    fn still_unwanted(&self, notification: &Notification) -> Unwanted {
        let open = self.open();
        let Some(open) = open.get(&notification.call_out) else {
            // Why: whoever sends reads it anew.
            return Unwanted::Wanted;
        };
        let draft = &notification.draft;
        let call_out = &open.call_out;
        if call_out.is_still_said(&draft.person, draft.purpose) {
            Unwanted::Wanted
        } else if open.kept < call_out.revision {
            Unwanted::Unsaid
        } else {
            Unwanted::Withdrawn
        }
    }
}
