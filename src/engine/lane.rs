//! What waits for the senders of one channel.
//!
//! Owns how much of it there is room for, and whether the store may hold older ones. It
//! must not claim or send: `dispatch` does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::notification::{NotificationId, URGENCIES};
use crate::store::Claimed;

/// How many of each channel and urgency are claimed before they can be sent.
///
/// Why: each claim is a commit. A thousand share one, and the senders go on
/// from memory while the next are claimed.
pub(super) const AHEAD: u32 = 1024;

/// So many senders a channel has at most beside those for everybody's messages: for
/// those of whoever leads (urgency 0).
pub const FOR_LEADS: usize = 4;

/// One channel's own.
#[derive(Default)]
pub(super) struct Lane {
    pub(super) queue: Queue,
    /// Whether the last claim found something for it, so that there may be more.
    pub(super) more: bool,
    /// Whether the last claim found as many of an urgency as it asked for, so that
    /// older ones may wait in the store.
    behind: [bool; URGENCIES as usize],
}

/// How many of each urgency.
pub(super) type Counts = [u32; URGENCIES as usize];

/// What waits for a sender of one channel, and how many senders there are.
#[derive(Clone, Default)]
pub(super) struct Queue(Arc<Mutex<Waiting>>);

#[derive(Default)]
pub(super) struct Waiting {
    /// The most urgent first, then the oldest.
    pub(super) claimed: BTreeMap<(u8, NotificationId), Claimed>,
    pub(super) senders: usize,
}

impl Waiting {
    /// How many senders are missing, where everybody's messages may have so many: beside
    /// them `few` are for whoever leads, who waits behind nobody.
    pub(super) fn missing(&self, room: usize, few: usize) -> usize {
        let usual = room.saturating_sub(self.senders);
        let left = (room + few).saturating_sub(self.senders);
        let leads = self.leads(few).min(left);
        self.claimed.len().min(usual.max(leads))
    }

    /// How many wait who lead, counted so far.
    fn leads(&self, so_far: usize) -> usize {
        let claimed = self.claimed.keys().take(so_far);
        claimed.take_while(|(urgency, _)| *urgency == 0).count()
    }
}

impl Queue {
    pub(super) fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next to be sent. A sender that finds none is none any more, nor is one of more
    /// than there is `room` for, once nobody waits who leads.
    pub(super) fn next(&self, room: usize) -> Option<Claimed> {
        let mut waiting = self.lock();
        let leads = |waiting: &Waiting| waiting.leads(1) > 0;
        if waiting.senders > room && !leads(&waiting) {
            waiting.senders -= 1;
            return None;
        }
        let next = waiting.claimed.pop_first();
        if next.is_none() {
            waiting.senders -= 1;
        }
        next.map(|(_, claimed)| claimed)
    }

    /// How many wait, of each urgency.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (urgency, _) in self.lock().claimed.keys() {
            if let Some(count) = counts.get_mut(usize::from(*urgency)) {
                *count += 1;
            }
        }
        counts
    }
}

impl Lane {
    /// Notes how many a claim found in the store, where so many waited already.
    pub(super) fn found(&mut self, found: Counts, waited: Counts) {
        // Why: of a lane that was full nothing was asked for.
        self.more = waited.iter().any(|count| *count >= AHEAD);
        for ((behind, found), waited) in self.behind.iter_mut().zip(found).zip(waited) {
            let asked = AHEAD.saturating_sub(waited);
            if asked > 0 {
                *behind = found >= asked;
            }
        }
    }

    /// How many wait, as if an urgency of which older ones may be in the store were
    /// full: what is new goes before none of them.
    pub(super) fn in_turn(&self, mut waiting: Counts) -> Counts {
        let behind = waiting.iter_mut().zip(self.behind);
        for (count, _) in behind.filter(|(_, behind)| *behind) {
            *count = AHEAD;
        }
        waiting
    }
}
