//! No more mails a second to one relay than it is set for.
//!
//! Owns the spacing. Time is an argument. It must not wait itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A second's worth may go at once; then one follows the other at even
/// distance.
pub(super) struct Pace {
    a_second: Option<u32>,
    /// How far ahead a place may lie: of each connection one, and none later than
    /// anybody waits.
    longest: SignedDuration,
    /// When the last one that was let go is due on an even spacing.
    even: Mutex<Timestamp>,
}

impl Pace {
    /// The pace of a relay of so many connections, for mails that wait so long at most.
    pub(super) fn new(a_second: Option<u32>, connections: usize, patience: Duration) -> Self {
        let a_second = a_second.filter(|number| *number > 0);
        let connections = u32::try_from(connections).unwrap_or(u32::MAX);
        let all = Duration::from_secs(1).saturating_mul(connections) / a_second.unwrap_or(1);
        let longest = SignedDuration::try_from(all.min(patience));
        Self {
            a_second,
            longest: longest.unwrap_or(SignedDuration::MAX),
            even: Mutex::new(Timestamp::MIN),
        }
    }

    /// Whether there is a limit.
    pub(super) const fn is_limited(&self) -> bool {
        self.a_second.is_some()
    }

    /// How long the next one must wait, and that it goes then; `None` if it
    /// would be longer than `patience`.
    pub(super) fn take(&self, at: Timestamp, patience: Duration) -> Option<Duration> {
        let Some(number) = self.a_second else {
            return Some(Duration::ZERO);
        };
        let second = SignedDuration::from_secs(1);
        let distance = second / i32::try_from(number).unwrap_or(i32::MAX);
        let mut even = self.even.lock().unwrap_or_else(PoisonError::into_inner);
        // Why: what lies further ahead was counted before the clock was set back. Why
        // not by this one's patience: another's may be longer, and has its place.
        if even.duration_since(at) > self.longest.saturating_add(second * 2) {
            *even = at;
        }
        let next = (*even).max(at).saturating_add(distance).unwrap_or(at);
        let ahead = next.duration_since(at) - second;
        let wait = Duration::try_from(ahead).unwrap_or(Duration::ZERO);
        if wait > patience {
            return None;
        }
        *even = next;
        Some(wait)
    }

    /// What was taken and not used.
    pub(super) fn give_back(&self) {
        let Some(number) = self.a_second else {
            return;
        };
        let distance = SignedDuration::from_secs(1) / i32::try_from(number).unwrap_or(i32::MAX);
        let mut even = self.even.lock().unwrap_or_else(PoisonError::into_inner);
        *even = even.saturating_sub(distance).unwrap_or(*even);
    }
}
