//! A mail's turn at a relay.
//!
//! Owns the waiting for a connection, for a place in the pace and for the
//! circuit's leave. It must not speak to the relay.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::ahead::Handed;
use super::letter::Letter;
use super::lines::Line;
use super::pace::Pace;
use super::post_office::PostOffice;
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

/// The urgency of whoever leads.
pub(super) const LEADS: u8 = 0;

/// From so many connections on one is kept for whoever leads.
///
/// Why not of fewer: everybody else would lose too many of them.
const ENOUGH: usize = 4;

/// The connections that a relay may have.
pub(super) struct Permits {
    connections: Arc<Semaphore>,
    /// Those that are for everybody: all but the one that is kept.
    everybody: Arc<Semaphore>,
    for_everybody: usize,
}

/// Leave to use one of them.
pub(super) struct Permit {
    _connection: OwnedSemaphorePermit,
    everybody: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// How urgent whoever comes after its holder must be at least: the one that is kept is
    /// handed to nobody who does not lead.
    pub(super) const fn least(&self) -> u8 {
        match self.everybody {
            Some(_) => u8::MAX,
            None => LEADS,
        }
    }
}

impl Permits {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        let kept = usize::from(most >= ENOUGH);
        Self {
            connections: Arc::new(Semaphore::new(most)),
            everybody: Arc::new(Semaphore::new(most - kept)),
            for_everybody: most - kept,
        }
    }

    /// How many are free, the kept one among them.
    pub(super) fn free(&self) -> usize {
        self.connections.available_permits()
    }

    /// One that is free now, for a moment: it is for everybody, and not the last of those.
    ///
    /// Why not: a relay may greet fewer than are set, and whoever opens one ahead waits for
    /// its greeting, while a mail could go by one that is up.
    pub(super) fn now(&self) -> Option<[SemaphorePermit<'_>; 2]> {
        let everybody = self.everybody.try_acquire().ok()?;
        let is_last = self.everybody.available_permits() == 0 && self.for_everybody > 1;
        let connection = self.connections.try_acquire().ok()?;
        (!is_last).then_some([everybody, connection])
    }

    /// One for a mail, as soon as it is its turn.
    async fn one(&self, urgency: u8) -> Option<Permit> {
        let everybody = match urgency {
            LEADS => None,
            _ => Some(Arc::clone(&self.everybody).acquire_owned().await.ok()?),
        };
        let connection = Arc::clone(&self.connections).acquire_owned().await.ok()?;
        Some(Permit {
            _connection: connection,
            everybody,
        })
    }
}

/// What a mail holds while it has its turn.
pub(super) struct Hold<'a> {
    /// Gone where the next mail has it.
    pub(super) permit: Option<Permit>,
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
    /// that waits for no other relay may be `named` ahead.
    pub(super) async fn turn(
        &self,
        patience: Duration,
        letter: &Letter,
        named: bool,
    ) -> Result<Turn<'_>, NoTurn> {
        self.not_shut()?;
        let waited = timeout(patience, self.connection_for(letter, named)).await;
        let connection = waited.ok().flatten().ok_or(NoTurn::Full)?;
        self.turn_on(connection, letter.urgency, patience).await
    }

    /// The same, waiting also for the end of another mail that tries it.
    pub(super) async fn turn_after_probe(
        &self,
        patience: Duration,
        letter: &Letter,
        named: bool,
    ) -> Result<Turn<'_>, NoTurn> {
        // Why not by way of the other: nearly every mail waits here, and would set two
        // limits.
        let one = async || {
            self.not_shut()?;
            let connection = self.connection_for(letter, named).await;
            let connection = connection.ok_or(NoTurn::Full)?;
            self.turn_on(connection, letter.urgency, patience).await
        };
        let turn = async {
            loop {
                match one().await {
                    Err(NoTurn::Shut(Shut::Probing)) => self.breaker.settled().await,
                    turn => return turn,
                }
            }
        };
        timeout(patience, turn).await.unwrap_or(Err(NoTurn::Full))
    }

    fn not_shut(&self) -> Result<(), NoTurn> {
        match self.breaker.shut(self.clock.now()) {
            Some(shut) => Err(NoTurn::Shut(shut)),
            None => Ok(()),
        }
    }

    /// The turn on a connection that is there, as soon as the pace lets it go.
    async fn turn_on(
        &self,
        (permit, line): (Permit, Option<Line>),
        urgency: u8,
        patience: Duration,
    ) -> Result<Turn<'_>, NoTurn> {
        // Why again: it may have been shut while a connection was waited for.
        self.not_shut()?;
        let slot = self.slot(urgency, patience).await?;
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

    /// A place in the pace, as soon as it has come.
    async fn slot(&self, urgency: u8, patience: Duration) -> Result<Slot<'_>, NoTurn> {
        let _first = match urgency {
            LEADS => None,
            _ if !self.pace.is_limited() => None,
            _ => {
                let line = self.pace.join(self.clock.now(), patience);
                let line = line.ok_or(NoTurn::Full)?;
                let first = timeout(patience, self.first_in_line.lock()).await;
                drop(line);
                Some(first.map_err(|_| NoTurn::Full)?)
            }
        };
        let wait = self.pace.take(self.clock.now());
        let slot = Slot {
            pace: &self.pace,
            used: false,
        };
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
        Ok(slot)
    }

    /// A permit for a connection, or one with the connection on which the mail
    /// was named meanwhile.
    async fn connection_for(&self, letter: &Letter, named: bool) -> Option<(Permit, Option<Line>)> {
        let named = named && !self.pace.is_limited();
        let mut place = named.then(|| self.ahead.wait(letter)).flatten();
        while let Some(waiting) = &mut place {
            let handed = tokio::select! {
                permit = self.permits.one(letter.urgency) => {
                    if waiting.leave() {
                        return Some((permit?, None));
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
        Some((self.permits.one(letter.urgency).await?, None))
    }
}
