//! The store's log that is not written back.
//!
//! Owns when that is looked for, and when it is worth an alarm. It must not
//! write the log back itself: the store does.

use std::sync::{MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Engine;
use super::alarm::still;
use crate::domain::text::Text;
use crate::message::words::alarm as words;

/// How often a log that is large is tried to be written back.
const AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// How long a log is not written back before that is said. Why: whoever reads
/// for long, as a report of a year, a copy or the daily look at the whole file,
/// keeps it for as long and no longer.
const PASSING: SignedDuration = SignedDuration::from_mins(5);

/// What is known of a log that is large.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Since when it could not be written back.
    since: Option<Timestamp>,
    /// What the disk said, if that was why.
    fault: Option<String>,
    /// When it was last tried.
    tried: Option<Timestamp>,
}

impl Engine {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries to write back a log that has grown large, and notes since when that
    /// cannot be done.
    pub(super) async fn mind_log(&self) {
        if !self.0.store.log_is_large() {
            *self.log() = Log::default();
            return;
        }
        let now = self.now();
        if self.log().tried.is_some_and(|at| still(at, now, AGAIN)) {
            return;
        }
        let done = self.commit(self.0.store.write_back()).await;
        let mut log = self.log();
        log.tried = Some(now);
        if matches!(done, Ok(true)) {
            (log.since, log.fault) = (None, None);
            return;
        }
        log.since.get_or_insert(now);
        log.fault = done.err().map(|error| error.to_string());
        let why = log.fault.as_deref().unwrap_or("another program reads it");
        tracing::error!(why, "the store's log cannot be written back; tried again");
    }

    /// That the log has not been written back for a while, and why.
    pub fn log_kept(&self) -> Option<Text> {
        let now = self.now();
        let log = self.log();
        let since = log.since.filter(|since| !still(*since, now, PASSING));
        since.map(|_| words::log_kept(log.fault.as_deref()))
    }

    /// When that is next to be looked for or said.
    pub(super) fn next_log(&self) -> Option<Timestamp> {
        let log = self.log();
        let said = log.since?.checked_add(PASSING).ok();
        let said = said.filter(|at| *at > self.now());
        let tried = log.tried?.checked_add(AGAIN).ok();
        tried.into_iter().chain(said).min()
    }
}
