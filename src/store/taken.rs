//! Messages of which it was kept that the other side took charge.
//!
//! Owns that none of them is given out again by a file that has lost it: an index that
//! is damaged leads to a row for one question and past it for the next, and somebody
//! would get the same message without end. It must not decide what is sent.

use std::collections::{HashSet, VecDeque};

use super::{Claimed, Settlement};
use crate::domain::notification::{NotificationId, NotificationState};

/// So many are known, the newest: such a row comes back as soon as it is due.
const KNOWN: usize = 16_384;

/// The newest of them.
#[derive(Debug, Default)]
pub(super) struct Taken {
    known: HashSet<NotificationId>,
    order: VecDeque<NotificationId>,
}

impl Taken {
    /// Notes what was kept of attempts.
    pub(super) fn note(&mut self, settlements: &[Settlement]) {
        let taken = settlements.iter();
        let taken = taken.filter(|one| one.state() == NotificationState::Accepted);
        for one in taken {
            if self.known.insert(one.id) {
                self.order.push_back(one.id);
            }
            if self.order.len() > KNOWN
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
    }

    /// Takes out of a claim what was taken already; the numbers of that.
    pub(super) fn sort_out(&self, claimed: &mut Vec<Claimed>) -> Vec<NotificationId> {
        let is_taken = |one: &mut Claimed| self.known.contains(&one.notification.id);
        let again = claimed.extract_if(.., is_taken);
        again.map(|one| one.notification.id).collect()
    }
}
