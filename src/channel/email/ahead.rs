//! The mail that goes next on a connection, named to the relay while it still
//! looks at the one before (RFC 2920 3.1): a round trip for each mail, not two.
//!
//! Owns the list of mails that wait for a connection, and the way in which one
//! is given to them. It must not speak to a relay.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::letter::Letter;
use super::lines::Line;
use super::turn::Permit;

/// How often in a row a connection goes from one mail to the next before whoever
/// waits otherwise has their turn.
pub(super) const IN_A_ROW: u32 = 100;

/// What a mail counts that was named in vain, so that its connection was lost; each
/// dot that is answered at once takes one off.
const MISSED: u32 = 8;

/// From when on none is named: two in vain in a row.
const TOO_MANY: u32 = 2 * MISSED;

/// What it counts that the relay does not bear it.
///
/// Why it is tried again after so many: it may only have started anew as one was named.
const REFUSED: u32 = 1_000;

/// Who waits for a connection to one relay, the most urgent first, then the first.
#[derive(Default)]
pub(super) struct Ahead {
    waiting: Mutex<VecDeque<Waiting>>,
    numbers: AtomicU64,
    /// How often it was in vain of late.
    missed: AtomicU32,
}

struct Waiting {
    number: u64,
    urgency: u8,
    named: Named,
}

/// A mail that may be named on a connection that another one still uses.
pub(super) struct Named {
    /// MAIL, RCPT and DATA.
    pub(super) group: String,
    give: oneshot::Sender<Handed>,
}

impl Named {
    /// Gives it the connection on which it was named. One that no longer waits
    /// drops it, and with it what was begun there.
    pub(super) fn give(self, handed: Handed) {
        let _ = self.give.send(handed);
    }
}

/// A connection on which a mail was named, and the permit to use it.
pub(super) struct Handed {
    pub(super) line: Line,
    pub(super) permit: Permit,
}

/// A place in the list, left when it is dropped.
pub(super) struct Place<'a> {
    ahead: &'a Ahead,
    number: u64,
    given: oneshot::Receiver<Handed>,
}

impl Ahead {
    /// Puts a mail on the list, unless none is named of late.
    pub(super) fn wait(&self, letter: &Letter) -> Option<Place<'_>> {
        if self.missed.load(Ordering::Relaxed) >= TOO_MANY {
            return None;
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (give, given) = oneshot::channel();
        let named = Named {
            group: letter.group(),
            give,
        };
        let urgency = letter.urgency;
        let mut list = self.list();
        let at = list.partition_point(|waiting| waiting.urgency <= urgency);
        let waiting = Waiting {
            number,
            urgency,
            named,
        };
        list.insert(at, waiting);
        drop(list);
        Some(Place {
            ahead: self,
            number,
            given,
        })
    }

    /// The next on the list that is as urgent as this at least, unless too many were
    /// named in vain of late.
    ///
    /// Why: a relay that is now quick at the dot and now slow would be connected to
    /// anew, TLS, login and all, for every other mail.
    pub(super) fn next(&self, least: u8) -> Option<Named> {
        if self.missed.load(Ordering::Relaxed) >= TOO_MANY {
            return None;
        }
        let mut list = self.list();
        let first = list.front()?;
        if first.urgency > least {
            return None;
        }
        list.pop_front().map(|waiting| waiting.named)
    }

    /// A mail was named in vain, and the connection is lost.
    pub(super) fn missed(&self) {
        self.missed.fetch_add(MISSED, Ordering::Relaxed);
    }

    /// A dot was answered at once.
    pub(super) fn went_well(&self) {
        let less = |missed: u32| missed.checked_sub(1);
        // Why not looked at: with nothing to take off nothing changes.
        let _ = self
            .missed
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Names nothing ahead to this relay for long.
    pub(super) fn refuse(&self) {
        self.missed.fetch_max(REFUSED, Ordering::Relaxed);
    }

    /// Why: nothing that is done under the lock can fail half-way.
    fn list(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Leaves the list; false where the mail is named on a connection already.
    pub(super) fn leave(&self) -> bool {
        let mut list = self.ahead.list();
        let at = list
            .iter()
            .position(|waiting| waiting.number == self.number);
        at.and_then(|at| list.remove(at)).is_some()
    }

    /// The connection on which it was named; `None` where it is to wait as if
    /// it had not been.
    pub(super) async fn handed(&mut self) -> Option<Handed> {
        (&mut self.given).await.ok()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}
