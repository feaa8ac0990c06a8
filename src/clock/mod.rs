//! Now, waiting and randomness: the only place that reads them.
//!
//! Owns the clocks: the system's, one that runs on evenly when that is set
//! ([`steady`]), and one that tests move by hand; and, in [`Draw`], numbers that
//! can be had again. It must not know what anybody waits for.

mod draw;
mod instants;
mod steady;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

pub use draw::Draw;
pub use instants::Instants;
pub use steady::of_one_moment;

/// A source of time and randomness. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Steady(Arc<steady::Steady>),
    Manual(Arc<Manual>),
}

#[derive(Debug)]
struct Manual {
    now: watch::Sender<Shown>,
    /// How far the wall clock is ahead.
    ahead: Mutex<SignedDuration>,
    random: Mutex<Draw>,
}

/// What a manual clock shows.
#[derive(Clone, Copy, Debug)]
struct Shown {
    time: Timestamp,
    /// How much has passed, however it was set.
    passed: Duration,
}

impl Clock {
    /// The machine's own.
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// One that begins with the machine's own, and runs on evenly when that is
    /// set, until [`Clock::follow`].
    pub fn steady() -> Self {
        let (wall, since_boot) = of_one_moment(wall, steady::since_boot);
        let steady = steady::Steady::new(wall, since_boot);
        Self(Kind::Steady(Arc::new(steady)))
    }

    /// One that stands still until [`Clock::advance`] moves it, and whose
    /// randomness is a fixed sequence.
    pub fn manual(now: Timestamp) -> Self {
        Self(Kind::Manual(Arc::new(Manual {
            now: watch::Sender::new(Shown {
                time: now,
                passed: Duration::ZERO,
            }),
            ahead: Mutex::new(SignedDuration::ZERO),
            random: Mutex::new(Draw::at(0)),
        })))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System => wall(),
            Kind::Steady(steady) => steady.now(steady::since_boot()),
            Kind::Manual(manual) => manual.now.borrow().time,
        }
    }

    /// How far the machine's wall clock is ahead of [`Clock::now`]; negative
    /// where it is behind.
    pub fn ahead(&self) -> SignedDuration {
        match &self.0 {
            Kind::System => SignedDuration::ZERO,
            Kind::Steady(steady) => {
                let (wall, since_boot) = of_one_moment(wall, steady::since_boot);
                wall.duration_since(steady.now(since_boot))
            }
            Kind::Manual(manual) => *manual.ahead(),
        }
    }

    /// Takes the machine's wall clock's time.
    pub fn follow(&self) {
        match &self.0 {
            Kind::System => {}
            Kind::Steady(steady) => {
                let (wall, since_boot) = of_one_moment(wall, steady::since_boot);
                steady.set(wall, since_boot);
            }
            Kind::Manual(manual) => {
                let by = std::mem::replace(&mut *manual.ahead(), SignedDuration::ZERO);
                manual.now.send_modify(|now| {
                    now.time = now.time.checked_add(by).unwrap_or(Timestamp::MAX);
                });
            }
        }
    }

    /// Runs on from that time, whatever the machine's wall clock says.
    pub fn run_on_from(&self, time: Timestamp) {
        match &self.0 {
            Kind::System => {}
            Kind::Steady(steady) => steady.set(time, steady::since_boot()),
            Kind::Manual(manual) => {
                let before = self.now();
                manual.now.send_modify(|now| now.time = time);
                let ahead = manual.ahead().saturating_add(before.duration_since(time));
                *manual.ahead() = ahead;
            }
        }
    }

    /// Sets the wall clock beside a manual clock; the machine's own is left
    /// alone.
    pub fn set_wall(&self, ahead: SignedDuration) {
        if let Kind::Manual(manual) = &self.0 {
            *manual.ahead() = ahead;
        }
    }

    /// Moves a manual clock; the machine's own is left alone.
    pub fn advance(&self, by: Duration) {
        if let Kind::Manual(manual) = &self.0 {
            manual.now.send_modify(|now| {
                now.time = now.time.checked_add(by).unwrap_or(Timestamp::MAX);
                now.passed = now.passed.saturating_add(by);
            });
        }
    }

    /// Sets a manual clock back; the machine's own is left alone.
    pub fn set_back(&self, by: Duration) {
        if let Kind::Manual(manual) = &self.0 {
            manual.now.send_modify(|now| {
                now.time = now.time.checked_sub(by).unwrap_or(Timestamp::MIN);
            });
        }
    }

    /// Waits so long, the time that the machine sleeps included.
    ///
    /// Invariant: however the clock is set meanwhile. One that is set back
    /// would make it last for as long as the step.
    pub async fn sleep(&self, wait: Duration) {
        match &self.0 {
            Kind::System | Kind::Steady(_) => {
                let end = steady::since_boot().saturating_add(wait);
                look_until(|| end.saturating_sub(steady::since_boot())).await;
            }
            Kind::Manual(manual) => {
                let mut now = manual.now.subscribe();
                let end = now.borrow().passed.saturating_add(wait);
                // The sender lives in `manual`, so waiting cannot fail.
                let _ = now.wait_for(|now| now.passed >= end).await;
            }
        }
    }

    /// Waits from half to one and a half of so long. Why: two that wait for each other
    /// by the same length meet again and again.
    pub async fn sleep_about(&self, wait: Duration) {
        self.sleep(wait.mul_f64(0.5 + self.jitter())).await;
    }

    /// Waits until a time, which comes later where the clock is set back: what
    /// is a length is for [`Clock::sleep`].
    pub async fn sleep_until(&self, until: Timestamp) {
        match &self.0 {
            Kind::System | Kind::Steady(_) => {
                let left = || Duration::try_from(until.duration_since(self.now()));
                look_until(|| left().unwrap_or(Duration::ZERO)).await;
            }
            Kind::Manual(manual) => {
                let mut now = manual.now.subscribe();
                // The sender lives in `manual`, so waiting cannot fail.
                let _ = now.wait_for(|now| now.time >= until).await;
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
            Kind::System | Kind::Steady(_) => getrandom::fill(bytes),
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

impl Manual {
    fn ahead(&self) -> MutexGuard<'_, SignedDuration> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until nothing is left. It looks again every second at most, so that a
/// stepped or suspended clock costs no more.
#[expect(clippy::disallowed_methods, reason = "the one place that waits")]
async fn look_until(left: impl Fn() -> Duration) {
    const LOOK: Duration = Duration::from_secs(1);
    loop {
        let left = left();
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LOOK)).await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock"
)]
fn wall() -> Timestamp {
    Timestamp::now()
}
