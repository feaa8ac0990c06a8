//! Turns that fail: since when, and since when the store takes nothing at all.
//!
//! Owns what is known of them. What is said of it is the alarm's, what a standstill
//! means `stale`'s; it must not mend anything.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::{Engine, Error};
use crate::store;

/// What fails, and since when.
#[derive(Debug, Default)]
pub(super) struct FailedTurns(Mutex<Failing>);

#[derive(Debug, Default)]
struct Failing {
    /// Since when each turn failed, and what the last one said.
    turns: Option<(Timestamp, String)>,
    /// Since when the store has refused something in each turn.
    store: Option<Timestamp>,
}

/// Whether a failure says that the store takes nothing, and not that one call-out is in
/// the way.
fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Store(store::Error::Behind(_)) => false,
        Error::Store(error) => !error.is_damage(),
        _ => false,
    }
}

impl Engine {
    fn failing(&self) -> MutexGuard<'_, Failing> {
        let FailedTurns(failing) = &self.0.standstill.failed_turns;
        failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how a turn ended.
    pub(super) fn note_turn<T>(&self, turned: &Result<T, Error>) {
        let now = self.now();
        let turns = &mut self.failing().turns;
        *turns = turned.as_ref().err().map(|error| {
            let since = turns.as_ref().map_or(now, |(since, _)| *since);
            (since, error.to_string())
        });
    }

    /// Notes whether the store took what a turn writes.
    ///
    /// Why of all that: a claim of what is not there writes nothing, and is taken by a disk
    /// without an octet of room.
    pub(super) fn note_store<'a>(&self, failed: impl IntoIterator<Item = Option<&'a Error>>) {
        let takes = !failed.into_iter().flatten().any(is_refusal);
        let now = self.now();
        let store = &mut self.failing().store;
        *store = (!takes).then(|| store.unwrap_or(now));
    }

    /// Since when each turn has failed, and by what, where it does.
    pub(super) fn turns_failing(&self) -> Option<(Timestamp, String)> {
        self.failing().turns.clone()
    }

    /// For how long the store has taken nothing that the clockwork writes, where it
    /// does not: no stage begins, and nothing is sent.
    pub fn store_refuses(&self) -> Option<SignedDuration> {
        let now = self.now();
        self.failing().store.map(|since| now.duration_since(since))
    }
}
