//! What the world outside was told in a day, and what was done to it.
//!
//! Owns the list that nothing is taken from, and how the failing addresses fail.
//! It must not look into the engine or its store.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use muster::clock::Draw;
use muster::domain::acknowledgement::Reply;
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::event::EventKind;
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

/// A mail that came back: nobody has its address.
pub(super) struct Bounced {
    pub(super) call_out: CallOutId,
    pub(super) person: PersonId,
    /// The address.
    pub(super) to: String,
    /// So many messages had left by then.
    pub(super) sent: usize,
}

/// A while in which outcomes could not be kept.
pub(super) struct Blind {
    /// The messages that left in it.
    left: Range<usize>,
    /// Whether a kill ended it, so that they are lost.
    killed: bool,
}

/// What the world outside was told, and what was done to it.
#[derive(Default)]
pub(super) struct Ledger {
    /// Call-outs that were said to be open, by the key of their event.
    pub(super) accepted: BTreeMap<String, Vec<CallOutId>>,
    /// The same of drills.
    pub(super) drills: BTreeSet<CallOutId>,
    /// What was told of each of these, in that order.
    pub(super) told: BTreeMap<CallOutId, Vec<EventKind>>,
    /// Those whose event was said to be no longer so.
    pub(super) withdrawn: BTreeSet<CallOutId>,
    /// Keys of events that were not answered: they may be open or not.
    pub(super) unsure: BTreeSet<String>,
    /// Answers that were said to be kept, oldest first.
    pub(super) answers: Vec<Answered>,
    /// Mails that came back, and were said to be taken in.
    pub(super) bounced: Vec<Bounced>,
    /// Each while in which outcomes could not be kept.
    blind: Vec<Blind>,
    /// What had left when outcomes could be kept for the last time.
    blind_since: Option<usize>,
    /// What had left as each turn began, the oldest first.
    turns: Vec<usize>,
    pub(super) kills: usize,
    pub(super) full: bool,
    pub(super) deaf: bool,
}

impl Ledger {
    /// Whether the store takes not everything.
    pub(super) const fn is_blind(&self) -> bool {
        self.full || self.deaf
    }

    /// Something is told of these call-outs, which are said to be open.
    pub(super) fn tell(&mut self, call_outs: &[CallOutId], kind: &EventKind) {
        for id in call_outs {
            let told = self.told.entry(id.clone()).or_default();
            told.push(kind.clone());
        }
    }

    /// Every call-out that was said to be open.
    pub(super) fn ids(&self) -> BTreeSet<CallOutId> {
        let real = self.accepted.values().flatten();
        real.chain(&self.drills).cloned().collect()
    }

    /// A turn begins, after so many messages: notes from when on outcomes cannot be
    /// kept, and until when.
    pub(super) fn mark(&mut self, sent: usize) {
        self.turns.push(sent);
        if self.is_blind() {
            self.blind_since.get_or_insert(sent);
        } else if let Some(since) = self.blind_since.take() {
            self.was_blind(since..sent, false);
        }
    }

    /// A kill, after so many messages.
    pub(super) fn kill(&mut self, sent: usize) {
        self.kills += 1;
        if let Some(since) = self.blind_since.replace(sent) {
            self.was_blind(since..sent, true);
        }
        self.blind_since = self.blind_since.filter(|_| self.is_blind());
    }

    fn was_blind(&mut self, left: Range<usize>, killed: bool) {
        self.blind.push(Blind { left, killed });
    }

    /// Of each kill while outcomes could not be kept: what had left since then.
    pub(super) fn blind_kills(&self) -> impl Iterator<Item = &Range<usize>> {
        let killed = self.blind.iter().filter(|blind| blind.killed);
        killed.map(|blind| &blind.left)
    }

    /// From which message on the daemon knows what came of this one, which is from
    /// the next turn on: others were on their way beside it. None where it was lost by
    /// a kill.
    pub(super) fn known_from(&self, at: usize) -> Option<usize> {
        let blind = self.blind.iter().find(|blind| blind.left.contains(&at));
        match blind {
            Some(Blind { killed: true, .. }) => None,
            Some(blind) => Some(blind.left.end),
            None => {
                let next = self.turns.partition_point(|turn| *turn <= at);
                self.turns.get(next).copied()
            }
        }
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
