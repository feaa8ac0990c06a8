//! Now, waiting and randomness: the only place that reads them.
//!
//! Owns both clocks: the system's, and one that tests move by hand; and, in
//! [`Draw`], numbers that can be had again. It must not know what anybody
//! waits for.

mod draw;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

pub use draw::Draw;

/// A source of time and randomness. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Manual(Arc<Manual>),
}

#[derive(Debug)]
struct Manual {
    now: watch::Sender<Timestamp>,
    random: Mutex<Draw>,
}

impl Clock {
    /// The machine's own.
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// One that stands still until [`Clock::advance`] moves it, and whose
    /// randomness is a fixed sequence.
    pub fn manual(now: Timestamp) -> Self {
        Self(Kind::Manual(Arc::new(Manual {
            now: watch::Sender::new(now),
            random: Mutex::new(Draw::at(0)),
        })))
    }

    /// The time.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System => Timestamp::now(),
            Kind::Manual(manual) => *manual.now.borrow(),
        }
    }

    /// Moves a manual clock; the machine's own is left alone.
    pub fn advance(&self, by: Duration) {
        if let Kind::Manual(manual) = &self.0 {
            let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
            manual.now.send_modify(|now| {
                *now = now.checked_add(by).unwrap_or(Timestamp::MAX);
            });
        }
    }

    /// Sets a manual clock back; the machine's own is left alone.
    pub fn set_back(&self, by: Duration) {
        if let Kind::Manual(manual) = &self.0 {
            let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
            manual.now.send_modify(|now| {
                *now = now.checked_sub(by).unwrap_or(Timestamp::MIN);
            });
        }
    }

    /// Waits.
    pub async fn sleep(&self, wait: Duration) {
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        let until = self.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        self.sleep_until(until).await;
    }

    /// Waits until a time. On the machine's clock it looks again every
    /// second at most, so that a stepped or suspended clock costs no more.
    #[expect(clippy::disallowed_methods, reason = "the one place that waits")]
    pub async fn sleep_until(&self, until: Timestamp) {
        const LOOK: Duration = Duration::from_secs(1);
        match &self.0 {
            Kind::System => loop {
                let left =
                    Duration::try_from(until.duration_since(self.now())).unwrap_or(Duration::ZERO);
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK)).await;
            },
            Kind::Manual(manual) => {
                let mut now = manual.now.subscribe();
                // The sender lives in `manual`, so waiting cannot fail.
                let _ = now.wait_for(|now| *now >= until).await;
            }
        }
    }

    /// Fills with randomness fit for names and keys.
    ///
    /// # Errors
    ///
    /// When the operating system gives none.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), getrandom::Error> {
        match &self.0 {
            Kind::System => getrandom::fill(bytes),
            Kind::Manual(manual) => {
                let mut random = manual.random.lock().unwrap_or_else(PoisonError::into_inner);
                for byte in bytes {
                    *byte = random.number().to_le_bytes()[0];
                }
                Ok(())
            }
        }
    }

    /// A number between 0 and 1, for spreading waits.
    pub fn jitter(&self) -> f64 {
        let mut bytes = [0; 4];
        match self.fill(&mut bytes) {
            Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
            Err(_) => 0.5,
        }
    }
}
