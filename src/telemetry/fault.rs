//! Places at which a build for tests fails on demand.
//!
//! Owns their arming. Without the cargo feature `faults` a place is nothing at
//! all: no release has it. It must not be asked what to do.

/// A place: nothing happens here, unless this is a build for tests and the
/// place was armed.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn point(_name: &str) {}

/// A place at which a task may wait for ever as well.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub async fn waiting(_name: &str) {}

/// Whether a build for tests is to do something worse than it should.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn worse(_name: &str) -> bool {
    false
}

#[cfg(feature = "faults")]
pub use armed::{arm, point, waiting, worse};

#[cfg(feature = "faults")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Debug)]
    struct Fault {
        name: String,
        act: String,
        /// How often the place is passed before it fails.
        left: AtomicU64,
    }

    static FAULTS: OnceLock<Vec<Fault>> = OnceLock::new();

    /// Arms places: `settling=abort:1,clockwork=stall:3` fails at the first and
    /// at the third passing.
    pub fn arm(text: &str) {
        let faults = text.split(',').filter_map(|fault| {
            let (name, rest) = fault.split_once('=')?;
            let (act, times) = rest.split_once(':').unwrap_or((rest, "1"));
            Some(Fault {
                name: name.to_owned(),
                act: act.to_owned(),
                left: AtomicU64::new(times.parse().ok()?),
            })
        });
        // Armed once, at the start.
        let _ = FAULTS.set(faults.collect());
    }

    /// Whether something is to be done worse than it should be: `sync=worse`.
    pub fn worse(name: &str) -> bool {
        let faults = FAULTS.get().into_iter().flatten();
        faults.into_iter().any(|fault| fault.name == name)
    }

    /// A place.
    pub fn point(name: &str) {
        passed(name);
    }

    /// A place at which a task may wait for ever as well.
    pub async fn waiting(name: &str) {
        if passed(name) {
            std::future::pending().await
        }
    }

    /// Fails where it is to; true where it is to wait.
    fn passed(name: &str) -> bool {
        let faults = FAULTS.get().into_iter().flatten();
        for fault in faults.filter(|fault| fault.name == name) {
            if fault.left.fetch_sub(1, Ordering::Relaxed) != 1 {
                continue;
            }
            match fault.act.as_str() {
                "abort" => std::process::abort(),
                "stall" => loop {
                    std::thread::park();
                },
                "wait" => return true,
                _ => panic!("a fault at {name}"),
            }
        }
        false
    }
}
