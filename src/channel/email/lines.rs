//! The connections to one relay that are up, and those among them that lie idle.
//!
//! Owns who takes one that is free: whoever leads before the crowd. It must not open
//! one or speak on it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::connection::Connection;
use super::turn::LEADS;
use crate::clock::Clock;

/// How long an idle connection is worth a try; servers hang up after minutes.
const IDLE: SignedDuration = SignedDuration::from_secs(60);

/// The connections to one relay.
pub(super) struct Lines {
    clock: Clock,
    up: Arc<Up>,
    idle: Mutex<Vec<(Line, Timestamp)>>,
    /// How many mails of whoever leads wait for one that is idle.
    leads: AtomicUsize,
}

/// A connection that is counted for as long as it lives.
pub(super) struct Line {
    pub(super) connection: Connection,
    /// How often in a row it went from one mail to the next.
    pub(super) handed: u32,
    counted: Counted,
}

impl Line {
    /// A mail can be given to it from now on.
    pub(super) fn becomes_ready(&mut self) {
        if !std::mem::replace(&mut self.counted.ready, true) {
            self.counted.up.ready.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The connections that are up.
#[derive(Default)]
struct Up {
    count: AtomicUsize,
    /// Those of them to which a mail can be given: the login, if there is one, is done.
    ready: AtomicUsize,
    /// Rings when one is put back, or is no more, or is kept for nobody any more.
    freed: Notify,
}

struct Counted {
    up: Arc<Up>,
    ready: bool,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.up.count.fetch_sub(1, Ordering::Relaxed);
        if self.ready {
            self.up.ready.fetch_sub(1, Ordering::Relaxed);
        }
        self.up.freed.notify_waiters();
    }
}

/// A mail that waits for one that is idle; of whoever leads it is counted.
struct Waits<'a>(Option<&'a Lines>);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if let Some(lines) = self.0 {
            lines.leads.fetch_sub(1, Ordering::Relaxed);
            // Why: what was kept for it is the next one's.
            lines.up.freed.notify_waiters();
        }
    }
}

impl Lines {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            up: Arc::default(),
            idle: Mutex::default(),
            leads: AtomicUsize::new(0),
        }
    }

    /// Counts a connection that has come up.
    pub(super) fn count(&self, connection: Connection) -> Line {
        self.up.count.fetch_add(1, Ordering::Relaxed);
        Line {
            connection,
            handed: 0,
            counted: Counted {
                up: Arc::clone(&self.up),
                ready: false,
            },
        }
    }

    /// Whether mails can be given to any that is up.
    pub(super) fn is_ready(&self) -> bool {
        self.up.ready.load(Ordering::Relaxed) > 0
    }

    /// Whether any is up.
    pub(super) fn is_up(&self) -> bool {
        self.up.count.load(Ordering::Relaxed) > 0
    }

    /// How many lie idle.
    pub(super) fn idle(&self) -> usize {
        self.fresh().len()
    }

    /// Whether somebody who leads waits for one that is idle: what becomes free is theirs.
    pub(super) fn leads_wait(&self) -> bool {
        self.leads.load(Ordering::Relaxed) > 0
    }

    /// One that is idle, for a mail of this urgency.
    ///
    /// Invariant: of those who do not lead nobody takes what somebody waits for who does.
    pub(super) fn take(&self, urgency: u8) -> Option<Line> {
        let mut idle = self.fresh();
        let kept = match urgency {
            LEADS => 0,
            _ => self.leads.load(Ordering::Relaxed),
        };
        if idle.len() <= kept {
            return None;
        }
        idle.pop().map(|(line, _)| line)
    }

    /// Waits until one is free.
    pub(super) async fn next(&self, urgency: u8) -> Line {
        let _waits = self.waits(urgency);
        loop {
            // Invariant: listened before looked, so that none is missed.
            let freed = self.up.freed.notified();
            if let Some(line) = self.take(urgency) {
                return line;
            }
            freed.await;
        }
    }

    /// The same, for as long as any is up.
    pub(super) async fn next_while_up(&self, urgency: u8) -> Option<Line> {
        let _waits = self.waits(urgency);
        loop {
            // Invariant: listened before looked, so that none is missed.
            let freed = self.up.freed.notified();
            if let Some(line) = self.take(urgency) {
                return Some(line);
            }
            if !self.is_up() {
                return None;
            }
            freed.await;
        }
    }

    fn waits(&self, urgency: u8) -> Waits<'_> {
        let leads = urgency == LEADS;
        if leads {
            self.leads.fetch_add(1, Ordering::Relaxed);
        }
        Waits(leads.then_some(self))
    }

    /// Puts one aside for a later mail.
    pub(super) fn put_back(&self, mut line: Line) {
        line.connection.note_idle();
        line.handed = 0;
        let now = self.clock.now();
        self.lock().push((line, now));
        self.up.freed.notify_waiters();
    }

    pub(super) fn close_idle(&self) {
        self.lock().clear();
    }

    /// The idle ones that are worth a try; the others are let go.
    fn fresh(&self) -> MutexGuard<'_, Vec<(Line, Timestamp)>> {
        let now = self.clock.now();
        let mut idle = self.lock();
        idle.retain(|(_, since)| now.duration_since(*since) < IDLE);
        idle
    }

    /// Why: nothing that is done under the lock can fail half-way, so a
    /// panic elsewhere leaves it sound.
    fn lock(&self) -> MutexGuard<'_, Vec<(Line, Timestamp)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
