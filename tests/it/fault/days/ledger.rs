//! What the world outside was told in a day, and what was done to it.
//!
//! Owns the list that nothing is taken from, and how the failing addresses fail.
//! It must not look into the engine or its store.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use muster::clock::Draw;
use muster::domain::acknowledgement::Reply;
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::id::{CallOutId, PersonId};

/// An answer that was said to be kept.
pub(super) struct Answered {
    pub(super) call_out: CallOutId,
    pub(super) person: PersonId,
    pub(super) reply: Reply,
    /// So many messages had left by then.
    pub(super) sent: usize,
    /// Whether the asking must stop by it: what is pressed just as a mail comes may
    /// have been a machine.
    pub(super) stops: bool,
}

/// What the world outside was told, and what was done to it.
#[derive(Default)]
pub(super) struct Ledger {
    /// Call-outs that were said to be open, by the key of their event.
    pub(super) accepted: BTreeMap<String, Vec<CallOutId>>,
    /// The same of drills.
    pub(super) drills: BTreeSet<CallOutId>,
    /// Keys of events that were not answered: they may be open or not.
    pub(super) unsure: BTreeSet<String>,
    /// Answers that were said to be kept, oldest first.
    pub(super) answers: Vec<Answered>,
    /// Of each kill while outcomes could not be kept: what had left since then.
    pub(super) blind_kills: Vec<Range<usize>>,
    /// What had left when outcomes could be kept for the last time.
    pub(super) blind_since: Option<usize>,
    pub(super) kills: usize,
    pub(super) full: bool,
    pub(super) deaf: bool,
}

impl Ledger {
    /// Whether the store takes not everything.
    pub(super) const fn is_blind(&self) -> bool {
        self.full || self.deaf
    }

    /// Every call-out that was said to be open.
    pub(super) fn ids(&self) -> BTreeSet<CallOutId> {
        let real = self.accepted.values().flatten();
        real.chain(&self.drills).cloned().collect()
    }

    /// Notes from when on outcomes cannot be kept, after so many messages.
    pub(super) fn mark(&mut self, sent: usize) {
        if self.is_blind() {
            self.blind_since.get_or_insert(sent);
        } else {
            self.blind_since = None;
        }
    }

    /// A kill, after so many messages.
    pub(super) fn kill(&mut self, sent: usize) {
        self.kills += 1;
        let blind = self.blind_since.map(|since| since..sent);
        self.blind_kills.extend(blind);
    }
}

/// How an address fails, if it does.
pub(super) fn outcome(draw: &mut Draw) -> Option<Outcome> {
    let detail = || "scripted".to_owned();
    let retry = |reason| Outcome::Retry {
        reason,
        detail: detail(),
        after: None,
    };
    Some(match draw.below(10) {
        0..=2 => retry(Reason::Unreachable),
        3 => retry(Reason::Policy),
        4 | 5 => Outcome::Unknown { detail: detail() },
        6 => Outcome::Rejected {
            reason: Reason::Address,
            detail: detail(),
        },
        _ => return None,
    })
}
