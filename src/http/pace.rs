//! How fast the answers of one link are taken.
//!
//! Owns the wait of an answer whose link has just given many. It must not refuse
//! one that no other of the same link replaces, nor know what an answer says.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::id::{CallOutId, PersonId};

/// How many answers a link may give at once.
///
/// Why so many: nobody who means it changes their mind that often.
const AT_ONCE: i32 = 20;

/// And how soon after each of them one more.
const EACH: SignedDuration = SignedDuration::from_secs(10);

/// How often what is at rest is forgotten.
const SWEEP: SignedDuration = SignedDuration::from_mins(5);

/// Whose answer, in which call-out.
pub(super) type Link = (CallOutId, PersonId);

/// The links that have given answers of late.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Links>);

#[derive(Debug, Default)]
struct Links {
    of: HashMap<Link, Given>,
    swept: Option<Timestamp>,
}

/// What one link gave.
#[derive(Debug)]
struct Given {
    /// When it may give as many as at first again.
    rests_from: Timestamp,
    /// How many it gave.
    count: u64,
    /// Where one that waits hears of the next; nothing until one waits.
    newest: Option<watch::Sender<u64>>,
}

impl Given {
    /// Counts one more.
    fn give(&mut self) -> u64 {
        self.count += 1;
        if let Some(newest) = &self.newest {
            newest.send_replace(self.count);
        }
        self.count
    }

    /// Hears of the next.
    fn hear(&mut self) -> watch::Receiver<u64> {
        let count = self.count;
        let newest = self.newest.get_or_insert_with(|| watch::Sender::new(count));
        newest.subscribe()
    }

    /// Takes a place; how long to wait where there is none.
    fn take(&mut self, now: Timestamp) -> Option<Duration> {
        let most = EACH * AT_ONCE;
        // Why a limit: after the clock was set back it lies hours ahead.
        let ahead = self.rests_from.duration_since(now);
        let ahead = ahead.clamp(SignedDuration::ZERO, most);
        let wait = ahead + EACH - most;
        if wait.is_positive() {
            self.rests_from = now.checked_add(ahead).unwrap_or(now);
            return Duration::try_from(wait).ok();
        }
        self.rests_from = now.checked_add(ahead + EACH).unwrap_or(now);
        None
    }
}

impl Pace {
    /// Waits until an answer of a link may be kept; false where the same link has
    /// given another one meanwhile, which stands in its place.
    pub(super) async fn turn(&self, clock: &Clock, link: &Link) -> bool {
        let (mine, mut turn) = {
            let mut links = self.links();
            let now = clock.now();
            links.sweep(now);
            let given = links.of.entry(link.clone()).or_insert_with(|| Given {
                rests_from: now,
                count: 0,
                newest: None,
            });
            (
                given.give(),
                given.take(now).map(|wait| (wait, given.hear())),
            )
        };
        loop {
            let Some((wait, mut newest)) = turn else {
                return true;
            };
            tokio::select! {
                biased;
                // A sender that is gone is at rest.
                _ = newest.wait_for(|count| *count != mine) => {}
                () = clock.sleep(wait) => {}
            }
            let mut links = self.links();
            let Some(given) = links.of.get_mut(link) else {
                return true;
            };
            if given.count != mine {
                return false;
            }
            let wait = given.take(clock.now());
            turn = wait.map(|wait| (wait, given.hear()));
        }
    }

    /// Why: nothing that is done under the lock can fail half-way.
    fn links(&self) -> MutexGuard<'_, Links> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Links {
    /// Forgets those that are at rest, now and then. One that waits is none.
    fn sweep(&mut self, now: Timestamp) {
        let swept = *self.swept.get_or_insert(now);
        if now.duration_since(swept).abs() < SWEEP {
            return;
        }
        self.swept = Some(now);
        self.of.retain(|_, given| given.rests_from > now);
    }
}
