//! Waiting for something to be seen, without sleeping.
//!
//! Owns a log that wakes those who wait for it, and how long a test waits in
//! vain. It must not know what is logged.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use muster::store::{Error, Pause, Settings, Store};
use tokio::sync::watch;

/// A test that waits longer than this waits in vain.
const PATIENCE: Duration = Duration::from_secs(20);

/// A value under a lock, and a bell that rings at each change.
pub(crate) struct Watched<T> {
    value: Mutex<T>,
    bell: watch::Sender<()>,
}

impl<T> Watched<T> {
    /// Watches a value.
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Mutex::new(value),
            bell: watch::Sender::new(()),
        }
    }

    /// The value, to look at.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the value and wakes those who wait.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.bell.send_modify(|()| {});
        result
    }

    /// Waits until the value gives an answer; fails the test with `what` if
    /// that never happens.
    pub(crate) async fn wait_for<R>(&self, what: &str, mut look: impl FnMut(&T) -> Option<R>) -> R {
        let mut bell = self.bell.subscribe();
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(answer) = look(&self.lock()) {
                    return answer;
                }
                bell.changed().await.expect("the bell lives with the value");
            }
        });
        waited
            .await
            .unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }
}

/// How often in a row a daemon may have something due that is not later than
/// now.
const TURNS: usize = 50;

/// Sees that a daemon by a clock moved by hand comes to rest.
#[derive(Default)]
pub(crate) struct Rest {
    turns: usize,
}

impl Rest {
    /// What is due after one more turn; fails the test once that is never
    /// later than now.
    pub(crate) fn until(&mut self, due: Timestamp, now: Timestamp) -> Timestamp {
        self.turns = if due > now { 0 } else { self.turns + 1 };
        assert!(
            self.turns < TURNS,
            "the daemon does not rest: after {TURNS} turns at {now} it is still due at {due}"
        );
        due
    }
}

/// Opens the store as soon as the daemon before has let it go: what writes ends when
/// it sees that nobody can ask it any more.
pub(crate) async fn reopen(settings: &Settings, pause: &Pause) -> Result<Store, Error> {
    for _ in 0..10 {
        match Store::open_with(settings, pause.clone()).await {
            Err(Error::Locked { path }) => let_go(path).await,
            opened => return opened,
        }
    }
    panic!("the store was not let go");
}

/// Waits until nobody holds a lock file; fails the test if that never happens.
async fn let_go(path: String) {
    let (told, seen) = tokio::sync::oneshot::channel();
    // Why a thread of its own: no runtime waits for it where it waits in vain.
    std::thread::spawn(move || {
        std::fs::File::open(path).unwrap().lock().unwrap();
        told.send(())
    });
    let waited = tokio::time::timeout(PATIENCE, seen).await;
    waited.expect("the store is let go").unwrap();
}
