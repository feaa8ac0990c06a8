//! Names and numbers of new things.
//!
//! Owns their shape. Randomness comes from the clock's source.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Error;
use crate::clock::Clock;
use crate::domain::notification::NotificationId;

/// Letters and digits that cannot be taken for one another when read aloud.
const LETTERS: &[u8; 30] = b"23456789abcdefghjkmnpqrstvwxyz";

/// A name such as `20261124-k7qm`: the town's date, and four letters.
pub(super) fn name(clock: &Clock, zone: &TimeZone) -> Result<String, Error> {
    let mut bytes = [0; 4];
    clock.fill(&mut bytes).map_err(Error::Random)?;
    let date = clock
        .now()
        .to_zoned(zone.clone())
        .strftime("%Y%m%d")
        .to_string();
    let letters = bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
    Ok(format!("{date}-{}", letters.collect::<String>()))
}

/// A key that nobody else has: 96 random bits.
pub(super) fn key(clock: &Clock) -> Result<String, Error> {
    let mut bytes = [0; 12];
    clock.fill(&mut bytes).map_err(Error::Random)?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("form-{hex}"))
}

/// Numbers for notifications: growing, and never given twice.
#[derive(Debug)]
pub(super) struct Numbers(AtomicI64);

impl Numbers {
    /// Numbers greater than one.
    pub(super) fn after(last: NotificationId) -> Self {
        Self(AtomicI64::new(last))
    }

    /// The next: milliseconds in the upper bits, so that two daemons that
    /// never met still rarely agree, and one more than the last at least.
    pub(super) fn next(&self, now: Timestamp) -> NotificationId {
        self.beyond(floor(now))
    }

    /// The next for something that is kept nowhere. Drawn within its millisecond,
    /// since no start finds in the store what an earlier life gave.
    pub(super) fn next_unkept(&self, clock: &Clock) -> Result<NotificationId, Error> {
        let mut drawn = [0; 2];
        clock.fill(&mut drawn).map_err(Error::Random)?;
        let within = NotificationId::from(u16::from_le_bytes(drawn));
        Ok(self.beyond(floor(clock.now()) + (within << (WITHIN - u16::BITS))))
    }

    /// A number of at least this one, and greater than the last.
    fn beyond(&self, floor: NotificationId) -> NotificationId {
        let step = |last: i64| Some(floor.max(last + 1));
        match self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step)
        {
            Ok(last) | Err(last) => floor.max(last + 1),
        }
    }
}

/// The bits of a number below its millisecond.
const WITHIN: u32 = 20;

/// The first number of a millisecond.
fn floor(now: Timestamp) -> NotificationId {
    now.as_millisecond() << WITHIN
}
