//! Instants for libraries that count in these.
//!
//! Owns how they follow a [`Clock`]: only the distance between two means
//! anything. It must not know what is waited for.

use std::pin::Pin;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Clock, Kind};

/// A clock as instants.
#[derive(Clone, Debug)]
pub struct Instants {
    clock: Clock,
    since: Timestamp,
    origin: Instant,
}

impl Instants {
    /// Those of a clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads them")]
    pub fn of(clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
            since: clock.now(),
            origin: Instant::now(),
        }
    }

    /// The present one.
    pub fn now(&self) -> Instant {
        let passed = self.clock.now().duration_since(self.since);
        let passed = Duration::try_from(passed).unwrap_or_default();
        self.origin.checked_add(passed).unwrap_or(self.origin)
    }

    /// Waits so long. On the machine's clock a time that it slept does not count:
    /// whoever is waited for slept as well.
    #[expect(clippy::disallowed_methods, reason = "the one place that waits")]
    pub fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        match &self.clock.0 {
            Kind::System | Kind::Steady(_) => Box::pin(tokio::time::sleep(wait)),
            Kind::Manual(_) => {
                let clock = self.clock.clone();
                Box::pin(async move { clock.sleep(wait).await })
            }
        }
    }
}
