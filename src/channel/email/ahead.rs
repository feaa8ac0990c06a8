//! The mail that goes next on a connection, named to the relay while it still
//! looks at the one before (RFC 2920 3.1): a round trip for each mail, not two.
//!
//! Owns the list of mails that wait for a connection, and the way in which one
//! is given to them. It must not speak to a relay.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::letter::Letter;
use super::post_office::Line;

/// How often in a row a connection goes from one mail to the next before whoever
/// waits otherwise has their turn.
pub(super) const IN_A_ROW: u32 = 100;

/// Who waits for a connection to one relay, the first first.
#[derive(Default)]
pub(super) struct Ahead {
    waiting: Mutex<VecDeque<Waiting>>,
    numbers: AtomicU64,
    /// The relay does not bear it.
    refused: AtomicBool,
}

struct Waiting {
    number: u64,
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
    pub(super) permit: OwnedSemaphorePermit,
}

/// A place in the list, left when it is dropped.
pub(super) struct Place<'a> {
    ahead: &'a Ahead,
    number: u64,
    given: oneshot::Receiver<Handed>,
}

impl Ahead {
    /// Puts a mail on the list, unless the relay does not bear it.
    pub(super) fn wait(&self, letter: &Letter) -> Option<Place<'_>> {
        if self.refused.load(Ordering::Relaxed) {
            return None;
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (give, given) = oneshot::channel();
        let named = Named {
            group: letter.group(),
            give,
        };
        self.list().push_back(Waiting { number, named });
        Some(Place {
            ahead: self,
            number,
            given,
        })
    }

    /// The next on the list.
    pub(super) fn next(&self) -> Option<Named> {
        self.list().pop_front().map(|waiting| waiting.named)
    }

    /// Names nothing ahead to this relay any more.
    pub(super) fn refuse(&self) {
        self.refused.store(true, Ordering::Relaxed);
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
