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

/// What is kept from being let go by a build for tests alone.
#[cfg(not(feature = "faults"))]
pub struct Held<T>(T);

/// A value that is let go where it goes out of sight before [`Held::whole`], unless
/// a build for tests is to give it to `lost`.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn held<T>(_name: &str, value: T, _lost: impl FnOnce(T)) -> Held<T> {
    Held(value)
}

#[cfg(not(feature = "faults"))]
impl<T> Held<T> {
    /// The value, which is in use.
    #[inline(always)]
    pub fn value(&mut self) -> &mut T {
        &mut self.0
    }

    /// The value, with which nothing is wrong.
    #[inline(always)]
    pub fn whole(self) -> T {
        self.0
    }
}

#[cfg(feature = "faults")]
pub use armed::{arm, arm_here, held, once_here, point, waiting, worse};

#[cfg(feature = "faults")]
mod armed {
    use std::cell::RefCell;
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

    thread_local! {
        /// What is done worse on this thread alone.
        static HERE: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
        /// What fails on this thread alone, as it is next passed.
        static ONCE: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    }

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

    /// From now on this is done worse than it should be on this thread, so that
    /// tests beside each other do not meet.
    pub fn arm_here(name: &'static str) {
        HERE.with_borrow_mut(|here| here.push(name));
    }

    /// The next time that this place is passed on this thread, it is done worse than
    /// it should be, or is a defect.
    pub fn once_here(name: &'static str) {
        ONCE.with_borrow_mut(|once| once.push(name));
    }

    fn is_once(name: &str) -> bool {
        ONCE.with_borrow_mut(|once| {
            let place = once.iter().position(|known| *known == name);
            place.map(|place| once.swap_remove(place)).is_some()
        })
    }

    /// Whether something is to be done worse than it should be: `sync=worse`.
    pub fn worse(name: &str) -> bool {
        if is_once(name) {
            return true;
        }
        let mut faults = FAULTS.get().into_iter().flatten();
        let everywhere = faults.any(|fault| fault.name == name);
        everywhere || HERE.with_borrow(|here| here.contains(&name))
    }

    /// What is given to somebody where it goes out of sight too early.
    pub struct Held<T, F: FnOnce(T)> {
        name: &'static str,
        inner: Option<(T, F)>,
    }

    /// A value that is let go where it goes out of sight before [`Held::whole`], or
    /// is given to `lost` where that is to be done worse.
    pub fn held<T, F: FnOnce(T)>(name: &'static str, value: T, lost: F) -> Held<T, F> {
        let inner = Some((value, lost));
        Held { name, inner }
    }

    impl<T, F: FnOnce(T)> Held<T, F> {
        /// The value, which is in use.
        pub fn value(&mut self) -> &mut T {
            let (value, _) = self.inner.as_mut().expect("it is held until it is whole");
            value
        }

        /// The value, with which nothing is wrong.
        pub fn whole(mut self) -> T {
            let (value, _) = self.inner.take().expect("it is held until it is whole");
            value
        }
    }

    impl<T, F: FnOnce(T)> Drop for Held<T, F> {
        fn drop(&mut self) {
            if let Some((value, lost)) = self.inner.take()
                && worse(self.name)
            {
                lost(value);
            }
        }
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
        assert!(!is_once(name), "a fault at {name}");
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
