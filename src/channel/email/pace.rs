//! No more mails a second to one relay than it is set for.
//!
//! Owns the spacing. Time is an argument. It must not wait itself.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A second's worth may go at once; then one follows the other at even
/// distance.
pub(super) struct Pace {
    a_second: Option<u32>,
    /// How far ahead a place may lie: of each connection one, and none later than
    /// anybody waits.
    longest: SignedDuration,
    spacing: Mutex<Spacing>,
}

/// Which places are taken.
struct Spacing {
    /// When the last one that was let go is due on an even spacing.
    even: Timestamp,
    /// How many are in line for the places after it.
    in_line: u32,
}

/// Being in line for a place, until it is dropped.
pub(super) struct InLine<'a>(&'a Pace);

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        let mut spacing = self.0.spacing();
        spacing.in_line = spacing.in_line.saturating_sub(1);
    }
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
            spacing: Mutex::new(Spacing {
                even: Timestamp::MIN,
                in_line: 0,
            }),
        }
    }

    /// Whether there is a limit.
    pub(super) const fn is_limited(&self) -> bool {
        self.a_second.is_some()
    }

    /// A place in the line; `None` where a mail would wait for longer than `patience` in it.
    ///
    /// Why a line: whoever leads takes the next place at once, and those in line theirs
    /// only as it is their turn.
    pub(super) fn join(&self, at: Timestamp, patience: Duration) -> Option<InLine<'_>> {
        let distance = self.distance().unwrap_or_default();
        let mut spacing = self.spacing();
        let before = i32::try_from(spacing.in_line).unwrap_or(i32::MAX);
        let last = self.last(&mut spacing, at);
        let next = last.saturating_add(distance.saturating_mul(before.saturating_add(1)));
        if ahead(next.unwrap_or(Timestamp::MAX), at) > patience {
            return None;
        }
        spacing.in_line += 1;
        drop(spacing);
        Some(InLine(self))
    }

    /// How long the next one must wait, and that it goes then.
    pub(super) fn take(&self, at: Timestamp) -> Duration {
        let Some(distance) = self.distance() else {
            return Duration::ZERO;
        };
        let mut spacing = self.spacing();
        let last = self.last(&mut spacing, at);
        spacing.even = last.saturating_add(distance).unwrap_or(at);
        ahead(spacing.even, at)
    }

    /// What was taken and not used.
    pub(super) fn give_back(&self) {
        let Some(distance) = self.distance() else {
            return;
        };
        let mut spacing = self.spacing();
        spacing.even = spacing
            .even
            .saturating_sub(distance)
            .unwrap_or(spacing.even);
    }

    /// The time between two, where there is a limit.
    fn distance(&self) -> Option<SignedDuration> {
        let number = i32::try_from(self.a_second?).unwrap_or(i32::MAX);
        Some(SignedDuration::from_secs(1) / number)
    }

    /// The last place that is taken, or now.
    fn last(&self, spacing: &mut Spacing, at: Timestamp) -> Timestamp {
        // Why: what lies further ahead was counted before the clock was set back. Why
        // not by one mail's patience: another's may be longer, and has its place.
        let farthest = self.longest.saturating_add(SignedDuration::from_secs(2));
        if spacing.even.duration_since(at) > farthest {
            spacing.even = at;
        }
        spacing.even.max(at)
    }

    /// Why: nothing that is done under the lock can fail half-way.
    fn spacing(&self) -> MutexGuard<'_, Spacing> {
        self.spacing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a place lies ahead: a second's worth may go at once.
fn ahead(place: Timestamp, at: Timestamp) -> Duration {
    let ahead = place.duration_since(at) - SignedDuration::from_secs(1);
    Duration::try_from(ahead).unwrap_or(Duration::ZERO)
}
