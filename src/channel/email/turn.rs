//! A mail's turn at a relay.
//!
//! Owns the waiting for a connection, for a place in the pace and for the
//! circuit's leave. It must not speak to the relay.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::ahead::Handed;
use super::letter::Letter;
use super::pace::Pace;
use super::post_office::{Line, PostOffice};
use super::reply::{Cause, Failure, Phase};
use crate::channel::circuit::{Entry, Shut};
use crate::channel::{NOT_WANTED, Wanted};
use crate::domain::delivery::Reason;

/// A mail's turn at a relay: one of its connections, its place in the pace, and
/// the circuit's leave.
pub(super) struct Turn<'a> {
    pub(super) hold: Hold<'a>,
    /// The connection on which it was named ahead, where it was.
    pub(super) line: Option<Line>,
    pub(super) entry: Entry<'a>,
    /// How long it may wait for a connection that is up.
    pub(super) patience: Duration,
}

/// What a mail holds while it has its turn.
pub(super) struct Hold<'a> {
    /// Gone where the next mail has it.
    pub(super) permit: Option<OwnedSemaphorePermit>,
    pub(super) slot: Slot<'a>,
    /// Whether it is still to be said, where that is known.
    pub(super) wanted: Option<Wanted<'a>>,
}

impl Hold<'_> {
    /// Refuses a mail that is wanted no more.
    pub(super) fn still_wanted(&self) -> Result<(), Failure> {
        match self.wanted {
            Some(wanted) if !wanted() => {
                let why = Cause::Held(Reason::Busy, NOT_WANTED.to_owned());
                Err(Failure::new(Phase::Login, why))
            }
            _ => Ok(()),
        }
    }
}

/// A place in the pace, given back unless the relay gets the mail.
pub(super) struct Slot<'a> {
    pace: &'a Pace,
    pub(super) used: bool,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if !self.used {
            self.pace.give_back();
        }
    }
}

/// Why a mail had no turn.
pub(super) enum NoTurn {
    /// Every connection is taken, or its pace is used up.
    Full,
    /// The circuit is not closed.
    Shut(Shut),
}

impl PostOffice {
    /// A turn, as soon as there is one, but no longer than `patience`. A mail
    /// that waits for no other relay is given as `named`, to be named ahead.
    pub(super) async fn turn(
        &self,
        patience: Duration,
        named: Option<&Letter>,
    ) -> Result<Turn<'_>, NoTurn> {
        if let Some(shut) = self.breaker.shut(self.clock.now()) {
            return Err(NoTurn::Shut(shut));
        }
        let waited = timeout(patience, self.connection_for(named)).await;
        let Ok(Some((permit, line))) = waited else {
            return Err(NoTurn::Full);
        };
        let now = self.clock.now();
        if let Some(shut) = self.breaker.shut(now) {
            return Err(NoTurn::Shut(shut));
        }
        let wait = self.pace.take(now, patience).ok_or(NoTurn::Full)?;
        let slot = Slot {
            pace: &self.pace,
            used: false,
        };
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
        let entry = self.breaker.enter(self.clock.now());
        let entry = entry.map_err(NoTurn::Shut)?;
        Ok(Turn {
            hold: Hold {
                permit: Some(permit),
                slot,
                wanted: None,
            },
            line,
            entry,
            patience,
        })
    }

    /// The same, waiting also for the end of another mail that tries it.
    pub(super) async fn turn_after_probe(
        &self,
        patience: Duration,
        named: Option<&Letter>,
    ) -> Result<Turn<'_>, NoTurn> {
        let turn = async {
            loop {
                match self.turn(patience, named).await {
                    Err(NoTurn::Shut(Shut::Probing)) => self.breaker.settled().await,
                    turn => return turn,
                }
            }
        };
        timeout(patience, turn).await.unwrap_or(Err(NoTurn::Full))
    }

    /// A permit for a connection, or one with the connection on which the mail
    /// was named meanwhile.
    async fn connection_for(
        &self,
        named: Option<&Letter>,
    ) -> Option<(OwnedSemaphorePermit, Option<Line>)> {
        let named = named.filter(|_| !self.pace.is_limited());
        let mut place = named.and_then(|letter| self.ahead.wait(letter));
        while let Some(waiting) = &mut place {
            let handed = tokio::select! {
                permit = Arc::clone(&self.connections).acquire_owned() => {
                    if waiting.leave() {
                        return Some((permit.ok()?, None));
                    }
                    // It comes with a permit of its own.
                    drop(permit);
                    waiting.handed().await
                }
                handed = waiting.handed() => handed,
            };
            match handed {
                Some(Handed { line, permit }) => return Some((permit, Some(line))),
                None => place = None,
            }
        }
        let permit = Arc::clone(&self.connections).acquire_owned().await;
        Some((permit.ok()?, None))
    }
}
