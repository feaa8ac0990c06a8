//! What must not be lost: events, call-outs, the outbox, answers, the account.
//!
//! The only place that touches the database. Time is bound, never asked of
//! SQL. One writer commits in groups; readers have their own connections. It
//! must not render, send or decide.

mod absence;
mod acknowledgement;
mod alarm;
mod at_once;
mod change;
mod claim;
pub mod codec;
mod contact;
mod contact_change;
mod drill_record;
mod drill_run;
mod edition;
mod error;
mod event_body;
mod examine;
mod failure;
mod links;
mod lock;
mod log;
mod mail;
mod notification;
mod open;
mod place;
mod reach;
mod read;
mod readiness;
mod reserve;
mod rows;
mod schedule;
mod seal;
mod sql;
mod statement;
mod taken;
mod writer;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot, watch};

pub use change::{Change, Queueing, Recording, Settlement};
pub use codec::Progress;
pub use contact::Ended;
pub use drill_run::DrillRun;
pub use error::{Broken, Error};
pub use examine::Damage;
pub use mail::MailRow;
pub use open::{Durability, Settings, accept_sqlite};
pub use place::log_belongs;
pub use read::{Claimed, Kept, KeptEvent, NotificationRow, Summary};

use crate::domain::id::{CallOutId, EventId};
use crate::domain::notification::URGENCIES;
use crate::domain::roster::ChannelName;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is kept, with its call-outs.
    New,
    /// The same key with the same content was kept before.
    Duplicate {
        /// The event of then.
        event: EventId,
        /// Its call-outs.
        call_outs: Vec<CallOutId>,
    },
    /// The same key was kept with other content.
    Conflict {
        /// The event of then.
        event: EventId,
    },
}

/// A write, with the place to answer it after the commit.
enum Write {
    Record(Box<Recording>, oneshot::Sender<Result<Recorded, Error>>),
    Change(Box<Change>, oneshot::Sender<Result<(), Error>>),
    Claim(Claim, oneshot::Sender<Result<Vec<Claimed>, Error>>),
    Absence(Box<absence::Row>, oneshot::Sender<Result<(), Error>>),
    DrillRecord(Box<drill_record::Row>, oneshot::Sender<Result<(), Error>>),
    Edition(Box<edition::Row>, oneshot::Sender<Result<(), Error>>),
    Settle(Vec<Settlement>, oneshot::Sender<Result<(), Error>>),
    Contact(Box<contact::Row>, oneshot::Sender<Result<u64, Error>>),
    Hasten([Timestamp; 2], oneshot::Sender<Result<u64, Error>>),
    Reindex(oneshot::Sender<Result<(), Error>>),
    Back(oneshot::Sender<Result<bool, Error>>),
    Close(oneshot::Sender<Result<(), Error>>),
}

/// What a sender asks for.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The time.
    pub now: Timestamp,
    /// Until when nobody else takes it.
    pub lease_until: Timestamp,
    /// How many of one channel and urgency may wait for their sender at once.
    pub limit: u32,
    /// How many of a channel wait already, of each urgency.
    pub waiting: Vec<(ChannelName, [u32; URGENCIES as usize])>,
}

/// Waits for about this long; how long exactly is for chance to say.
pub type Pause = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writes: mpsc::UnboundedSender<Write>,
    readers: SqlitePool,
    /// The clockwork's own readers, and of who tells an event: neither stands in a queue
    /// with pages and reports.
    own: SqlitePool,
    links: mpsc::UnboundedSender<links::Asked>,
    known: links::Known,
    broken: watch::Receiver<Option<Broken>>,
    wal_bytes: Arc<AtomicU64>,
    full: watch::Receiver<bool>,
    /// Whether the disk had room for the whole reserve as it was opened.
    began_with_room: bool,
    /// What was found to be damaged.
    damage: watch::Sender<Damage>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// A write under way: it is queued already, in order; waiting tells whether
/// it is on disk.
#[must_use]
pub struct Pending<T>(oneshot::Receiver<Result<T, Error>>);

impl<T> Pending<T> {
    /// Waits for the commit.
    ///
    /// # Errors
    ///
    /// When the commit failed, so that nothing may be said to be kept.
    pub async fn wait(self) -> Result<T, Error> {
        self.0.await.unwrap_or(Err(Error::Closed))
    }

    /// What came of it, if that is known already.
    pub fn now(&mut self) -> Option<Result<T, Error>> {
        match self.0.try_recv() {
            Ok(came) => Some(came),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Err(Error::Closed)),
        }
    }
}

impl Store {
    fn queue<T>(
        &self,
        write: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Write,
    ) -> Pending<T> {
        let (reply, answer) = oneshot::channel();
        // A closed writer drops the reply, which the caller sees as `Closed`.
        let _ = self.writes.send(write(reply));
        Pending(answer)
    }

    /// Says why, once a commit failed in a way that leaves its outcome open (a
    /// failed fsync) or the file is gone: every later write is refused, the
    /// process is to end, and the next start reads what is on disk.
    pub fn broken(&self) -> watch::Receiver<Option<Broken>> {
        self.broken.clone()
    }

    /// Whether the disk is full, so that no new event is taken.
    pub fn is_full(&self) -> bool {
        *self.full.borrow()
    }

    /// Whether the disk had room at the start: for all that is kept beside the store
    /// against a full one.
    pub const fn began_with_room(&self) -> bool {
        self.began_with_room
    }

    /// The size of the write-ahead log at the last write.
    pub fn wal_bytes(&self) -> u64 {
        self.wal_bytes.load(Ordering::Relaxed)
    }

    /// Keeps an event with everything that follows from it, in one commit.
    pub fn record(&self, recording: Recording) -> Pending<Recorded> {
        self.queue(|reply| Write::Record(Box::new(recording), reply))
    }

    /// Keeps a change of one call-out, in one commit. Changes are kept in the
    /// order in which they are queued.
    pub fn change(&self, change: Change) -> Pending<()> {
        self.queue(|reply| Write::Change(Box::new(change), reply))
    }

    /// Claims notifications that are due, of each channel the most urgent
    /// first, each for one sender until its lease runs out.
    pub fn claim(&self, claim: Claim) -> Pending<Vec<Claimed>> {
        self.queue(|reply| Write::Claim(claim, reply))
    }

    /// Closes the store in order: what is queued is kept, the log is written back into
    /// the file, and that alone is left. Whoever asks for something later hears that it
    /// is closed.
    pub async fn close(&self) {
        // Why before: SQLite writes the log back as the last connection goes.
        self.readers.close().await;
        self.own.close().await;
        // Why not looked at: a writer that has ended is closed, and what it could not
        // write back stays in the log.
        let _ = self.queue(Write::Close).wait().await;
    }

    /// Keeps what came of attempts.
    pub fn settle(&self, settlements: Vec<Settlement>) -> Pending<()> {
        self.queue(|reply| Write::Settle(settlements, reply))
    }
}
