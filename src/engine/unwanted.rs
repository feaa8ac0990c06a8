//! Messages that were no longer wanted as their turn came.
//!
//! Owns them until the disk says so as well. It must not decide what is wanted.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use super::memory::Open;
use super::{Engine, Error};
use crate::domain::id::CallOutId;
use crate::domain::notification::Notification;
use crate::store::{Claimed, Pending};

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

    /// Withdraws what is so by now, of that which was no longer wanted as its turn came;
    /// what is on its way to disk.
    ///
    /// Why not at once: an answer, or the end, is in memory before it is on disk. One
    /// that the store refuses has not happened, and its message would be gone for good.
    pub(super) fn withdraw_dropped(&self) -> Withdrawing {
        let dropped = std::mem::take(&mut *self.dropped());
        if dropped.is_empty() {
            return Withdrawing::default();
        }
        let (mut gone, mut unsaid, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
        let open = self.open();
        for claimed in dropped {
            match still_unwanted(&open, &claimed.notification) {
                Unwanted::Withdrawn => gone.push(claimed),
                Unwanted::Unsaid => unsaid.push(claimed),
                Unwanted::Wanted => wanted.push(claimed),
            }
        }
        // Invariant: queued under the lock, so that what wants one again comes after.
        let kept = (!gone.is_empty()).then(|| {
            let rows = gone.iter().map(|claimed| self.settlement(claimed, None));
            self.0.store.settle(rows.collect())
        });
        drop(open);
        self.dropped().extend(unsaid);
        for claimed in wanted {
            self.hold_on(claimed);
        }
        Withdrawing { gone, kept }
    }

    /// Waits until that is kept. What could not be is looked at again.
    ///
    /// # Errors
    ///
    /// As the store says.
    pub(super) async fn withdrawn(&self, withdrawing: Withdrawing) -> Result<(), Error> {
        let Withdrawing { gone, kept } = withdrawing;
        let Some(kept) = kept else { return Ok(()) };
        if let Err(error) = self.commit(kept).await {
            self.dropped().extend(gone);
            return Err(error.into());
        }
        self.end_leaving(gone.iter().map(|claimed| claimed.notification.id));
        Ok(())
    }
}

/// Messages that are being withdrawn.
#[derive(Default)]
pub(super) struct Withdrawing {
    gone: Vec<Claimed>,
    kept: Option<Pending<()>>,
}

fn still_unwanted(all: &HashMap<CallOutId, Open>, notification: &Notification) -> Unwanted {
    let Some(open) = all.get(&notification.call_out) else {
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
