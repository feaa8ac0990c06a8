//! A time that runs on evenly when the machine's wall clock is set.
//!
//! Owns the two sources and the point at which they were last put together. It
//! must not decide when the wall clock is believed again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Where the even time stands.
#[derive(Debug)]
pub(super) struct Steady(Mutex<Anchor>);

/// One instant on both sources.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    time: Timestamp,
    since_boot: Duration,
}

impl Steady {
    /// Begins with the wall clock's time.
    pub(super) fn new(wall: Timestamp, since_boot: Duration) -> Self {
        Self(Mutex::new(Anchor {
            time: wall,
            since_boot,
        }))
    }

    fn anchor(&self) -> MutexGuard<'_, Anchor> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time.
    pub(super) fn now(&self, since_boot: Duration) -> Timestamp {
        let anchor = *self.anchor();
        let passed = since_boot.saturating_sub(anchor.since_boot);
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        anchor.time.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// From now on it is that time.
    pub(super) fn set(&self, time: Timestamp, since_boot: Duration) {
        *self.anchor() = Anchor { time, since_boot };
    }
}

/// How long ago the machine started, the time that it slept included
/// (`CLOCK_BOOTTIME`): nobody can set it.
pub(super) fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}

/// Two looks at clocks that lie no further apart are of one moment.
const ONE_MOMENT: Duration = Duration::from_millis(100);

/// How often it is looked. Why an end: a machine on which each look takes longer has a
/// time as well.
const LOOKS: usize = 8;

/// The wall clock's time, and that since the start of the machine, of one moment.
///
/// Why looked at again: where the process, or its machine, is held still between the two
/// looks, the pause would be taken for a step of the wall clock.
pub fn of_one_moment(
    mut wall: impl FnMut() -> Timestamp,
    mut since_boot: impl FnMut() -> Duration,
) -> (Timestamp, Duration) {
    let mut before = since_boot();
    for _ in 1..LOOKS {
        let (time, after) = (wall(), since_boot());
        if after.saturating_sub(before) <= ONE_MOMENT {
            return (time, after);
        }
        before = after;
    }
    (wall(), since_boot())
}
