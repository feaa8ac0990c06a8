//! What is claimed as it is queued, in the commit that queues it.
//!
//! Owns that it comes to whoever sends it once it is kept, and never where it is not.
//! Why it is there: to read back a row that was written a moment ago, and to write it
//! anew, takes as long as to write it. It must not decide how much that is: who asks
//! for it does.

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::codec::{micros, timestamp};
use super::links::Known;
use super::{Claim, Claimed, Error, Pending};
use crate::domain::id::CallOutId;
use crate::domain::notification::{Draft, Notification, NotificationId, URGENCIES};

/// What of a change is claimed as it is queued.
#[derive(Debug, Default)]
pub(super) struct AtOnce {
    claimed: Vec<Claimed>,
    kept: Option<oneshot::Sender<Result<Vec<Claimed>, Error>>>,
}

impl AtOnce {
    /// Takes in a message, whose first attempt it is.
    pub(super) fn add(
        &mut self,
        call_out: &CallOutId,
        draft: &Draft,
        (id, urgency): (NotificationId, u8),
        now: Timestamp,
    ) {
        self.claimed.push(Claimed {
            notification: Notification {
                id,
                call_out: call_out.clone(),
                draft: draft.clone(),
                // Why to and fro: every copy of it says the same time, also one that
                // is read from the disk.
                created_at: timestamp(micros(now)),
                attempts: 1,
                lost: 0,
            },
            lease: 1,
            urgency,
        });
    }

    /// Where it is told, once it is kept.
    pub(super) fn pending(&mut self) -> Pending<Vec<Claimed>> {
        let (kept, claimed) = oneshot::channel();
        self.kept = Some(kept);
        Pending(claimed)
    }

    /// What is claimed.
    pub(super) fn claimed(&self) -> &[Claimed] {
        &self.claimed
    }

    /// It is on disk: its links are known, and its sender gets it.
    pub(super) fn tell(&mut self, known: &Known) {
        let claimed = std::mem::take(&mut self.claimed);
        known.note(&claimed);
        if let Some(kept) = self.kept.take() {
            // Why not looked at: nobody waits as the program ends.
            let _ = kept.send(Ok(claimed));
        }
    }
}

impl Claim {
    /// Whether one more may wait for its sender.
    pub(super) fn has_room(&self, draft: &Draft, urgency: u8) -> bool {
        let waiting = self.waiting.iter();
        let mut waiting = waiting.filter(|(channel, _)| *channel == draft.contact.channel);
        let waiting = waiting
            .next()
            .and_then(|(_, counts)| counts.get(usize::from(urgency)));
        waiting.copied().unwrap_or_default() < self.limit
    }

    /// How many more of any channel and urgency may wait.
    pub fn room(&self) -> u32 {
        let counts = self.waiting.iter().flat_map(|(_, counts)| counts);
        let fullest = counts.max().copied().unwrap_or_default();
        self.limit.saturating_sub(fullest)
    }

    /// Counts one that waits for its sender already.
    pub fn add(&mut self, draft: &Draft, urgency: u8) {
        let channel = &draft.contact.channel;
        let place = self.waiting.iter().position(|(name, _)| name == channel);
        let place = place.unwrap_or_else(|| {
            self.waiting
                .push((channel.clone(), [0; URGENCIES as usize]));
            self.waiting.len() - 1
        });
        let counts = self.waiting.get_mut(place).map(|(_, counts)| counts);
        if let Some(count) = counts.and_then(|counts| counts.get_mut(usize::from(urgency))) {
            *count += 1;
        }
    }
}
