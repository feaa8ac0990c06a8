//! What memory holds of the store, and what the store does not have yet.
//!
//! Owns how a call-out comes into memory and out of it. It must not change one.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::OnceCell;

use super::alarm::still;
use super::brief::brief;
use super::opening::Rest;
use super::owed::Owed;
use super::{Engine, Error};
use crate::domain::call_out::{CallOut, HEARS_LATE};
use crate::domain::id::CallOutId;
use crate::domain::notification::NotificationState;
use crate::store::{self, Claimed, Kept, Progress};
use crate::telemetry::fault;

/// How long a call-out that is over stays in memory after it was last wanted, once
/// it is too late for anybody to hear of its end.
const WANTED: SignedDuration = SignedDuration::from_hours(1);

/// How soon a call-out that the disk did not give, or gave otherwise than it was
/// written, is read again by the calling.
const DISK_FAILED: SignedDuration = SignedDuration::from_mins(1);

/// A call-out in memory.
pub(super) struct Open {
    pub(super) call_out: CallOut,
    /// What its messages say, without its people, once one was made, until it changes.
    pub(super) brief: Option<Arc<CallOut>>,
    /// When it next has something to do, once that was looked for, until it changes.
    /// Why: looking asks everybody in it, and every handful of mails wants to know.
    pub(super) due: Option<Option<Timestamp>>,
    /// When it was last wanted.
    pub(super) used: Timestamp,
    /// Up to which revision it is known to be on disk.
    pub(super) kept: u64,
    /// Whose rows are not queued for the disk yet.
    pub(super) rest: Rest,
    /// What was last written of how far it has come.
    pub(super) progress: Option<Progress>,
}

impl Open {
    pub(super) fn new(call_out: CallOut, now: Timestamp) -> Self {
        Self {
            kept: call_out.revision,
            call_out,
            brief: None,
            due: None,
            used: now,
            rest: Rest::default(),
            progress: None,
        }
    }

    /// The call-out, to be changed.
    pub(super) fn change(&mut self) -> &mut CallOut {
        self.due = None;
        self.brief = None;
        &mut self.call_out
    }

    /// What its messages say, without its people.
    pub(super) fn brief(&mut self) -> Arc<CallOut> {
        let call_out = &self.call_out;
        let brief = self.brief.get_or_insert_with(|| Arc::new(brief(call_out)));
        Arc::clone(brief)
    }

    /// When it next has something to do.
    pub(super) fn next_due(&mut self) -> Option<Timestamp> {
        let call_out = &self.call_out;
        let due = *self.due.get_or_insert_with(|| call_out.next_due());
        debug_assert_eq!(due, call_out.next_due(), "a change went unnoticed");
        due
    }
}

/// One lock for each call-out that is being read.
type BeingRead = Mutex<HashMap<CallOutId, Arc<tokio::sync::Mutex<()>>>>;

fn locked(reading: &BeingRead) -> MutexGuard<'_, HashMap<CallOutId, Arc<tokio::sync::Mutex<()>>>> {
    reading.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is done once after the start, by the first that needs it.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    /// Whether every live call-out was read.
    pub(super) taken_up: OnceCell<()>,
    /// Whether what time and absences made of them is known.
    resumed: OnceCell<()>,
    /// Whether it is known what administrators were told before.
    pub(super) alarms_read: OnceCell<()>,
    /// Whether what ended before was looked through.
    looked_back: OnceCell<()>,
    /// Held while call-outs are read: whoever comes meanwhile waits for them.
    recalling: tokio::sync::Mutex<()>,
    /// Those that are being read.
    reading: BeingRead,
    /// The same of what the calling itself reads.
    reading_to_call: BeingRead,
    /// Call-outs that the disk did not give as they were written, and when.
    unread: Mutex<HashMap<CallOutId, Timestamp>>,
}

/// A call-out that is being read. Where that ends before it is read, as when
/// whoever asked has gone, it is to be read again.
struct Reading<'a> {
    engine: &'a Engine,
    id: Option<CallOutId>,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            self.engine.forgotten().insert(id);
        }
    }
}

/// A call-out that is being changed in memory. Where that ends in the middle, by
/// a defect, it is read anew: what memory says of it is queued for no disk.
pub(super) struct Changing<'a> {
    engine: &'a Engine,
    id: &'a CallOutId,
}

impl<'a> Changing<'a> {
    pub(super) fn begin(engine: &'a Engine, id: &'a CallOutId) -> Self {
        if fault::worse("forgotten") {
            engine.forget(id);
        }
        Self { engine, id }
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.engine.forget(self.id);
        }
    }
}

/// Of a call-out that was read, and is out of memory again: another task's write has
/// failed since. It is there, and whoever tries again finds it.
pub(super) fn put_out(id: &CallOutId) -> Error {
    Error::Store(store::Error::Behind(id.clone()))
}

impl Engine {
    /// Drops what memory says of a call-out, which is read anew before anything
    /// else is done.
    pub(super) fn forget(&self, id: &CallOutId) {
        // Invariant: out of memory first, so that whoever takes it from the
        // list does not find it there.
        self.open().remove(id);
        self.forgotten().insert(id.clone());
        self.0.wake.notify_one();
    }

    /// Notes that a call-out is on disk up to this revision.
    pub(super) fn note_kept(&self, id: &CallOutId, revision: u64) {
        if let Some(open) = self.open_as_begun().get_mut(id) {
            open.kept = open.kept.max(revision);
        }
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Vec<Claimed>> {
        let held = &self.0.held;
        held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wall(&self) -> MutexGuard<'_, super::wall::Wall> {
        let wall = &self.0.wall;
        wall.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn forgotten(&self) -> MutexGuard<'_, HashSet<CallOutId>> {
        let forgotten = &self.0.forgotten;
        forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows how many live.
    pub(super) fn count_live(&self) {
        let open = self.open_as_begun();
        let live = open.values().filter(|open| open.call_out.state.is_live());
        let live = live.count();
        drop(open);
        let live = live + self.forgotten().len();
        self.0
            .metrics
            .live_call_outs
            .set(i64::try_from(live).unwrap_or(i64::MAX));
    }

    /// Reads every live call-out, once after the start: whoever comes meanwhile
    /// waits for it. One that cannot be read holds up no other, and is read
    /// again by [`Engine::recall`].
    ///
    /// # Errors
    ///
    /// When the store cannot be read at all.
    pub async fn take_up(&self) -> Result<(), Error> {
        if self.0.beginning.taken_up.initialized() {
            return Ok(());
        }
        let read = self.0.beginning.taken_up.get_or_try_init(|| async {
            let all = self.forgotten().len();
            match self.recall().await {
                Err(error) if self.forgotten().len() == all => Err(error),
                Err(error) => {
                    self.stood_still();
                    tracing::error!(error = %error, "a call-out cannot be read; tried again");
                    Ok(())
                }
                Ok(()) => Ok(()),
            }
        });
        Box::pin(read).await?;
        Ok(())
    }

    /// The same, stops what is too old to go on by itself, and takes those out
    /// who were marked away while nothing ran.
    pub(super) async fn resume(&self) -> Result<(), Error> {
        let resumed = self.0.beginning.resumed.get_or_try_init(|| async {
            fault::point("resuming");
            self.take_up().await?;
            self.mind_standstill().await;
            self.show_growths_anew().await;
            self.resume_absences().await;
            Ok::<(), Error>(())
        });
        resumed.await?;
        // Why after it: no stage waits for what is over.
        let looked_back = &self.0.beginning.looked_back;
        let look_back = || async {
            self.reach_mended().await;
            self.tell_the_end().await;
        };
        looked_back.get_or_init(look_back).await;
        Ok(())
    }

    /// Whether every live call-out was read since the start.
    pub(super) fn has_taken_up(&self) -> bool {
        self.0.beginning.taken_up.initialized()
    }

    /// Whether [`Engine::resume`] is done.
    pub(super) fn is_resumed(&self) -> bool {
        self.0.beginning.resumed.initialized()
    }

    /// Reads anew what was forgotten.
    ///
    /// Invariant: a live call-out that the store has is in memory, or the turn
    /// fails and is tried again: its stages must not wait for somebody to look.
    pub(super) async fn recall(&self) -> Result<(), Error> {
        let _turn = self.0.beginning.recalling.lock().await;
        let mut forgotten: Vec<CallOutId> = self.forgotten().iter().cloned().collect();
        let now = self.now();
        self.unread()
            .retain(|_, since| still(*since, now, DISK_FAILED));
        forgotten.retain(|id| !self.unread().contains_key(id));
        let mut first = Ok(());
        for id in forgotten {
            // Invariant: off the list before it is read, so that one which is
            // forgotten meanwhile stands there again.
            self.forgotten().remove(&id);
            let mut reading = Reading {
                engine: self,
                id: Some(id),
            };
            let Some(id) = &reading.id else { continue };
            match self.read_live(id).await {
                Ok(()) | Err(Error::NoCallOut(_)) => reading.id = None,
                // Why no failure: one sector that cannot be read would shut the
                // door for every event.
                Err(Error::Store(error)) if error.is_disk_fault() => {
                    self.note_unread(id, &error);
                    self.look_at_later(id);
                }
                Err(error) => first = first.and(Err(error)),
            }
        }
        first
    }

    /// Notes that a call-out could not be read, where that lasts: administrators are
    /// told, and the calling leaves it for a while.
    pub(super) fn note_unread(&self, id: &CallOutId, error: &store::Error) {
        if error.is_damage() || error.is_disk_fault() {
            self.0.store.note_damage(&format!("call-out {id}: {error}"));
            self.unread().insert(id.clone(), self.now());
        }
    }

    /// Whether a call-out could not be read a short while ago.
    pub(super) fn is_unread(&self, id: &CallOutId) -> bool {
        let now = self.now();
        let unread = self.unread();
        let since = unread.get(id);
        since.is_some_and(|since| still(*since, now, DISK_FAILED))
    }

    /// Whether what is claimed and held waits only for call-outs that could not be
    /// read.
    pub(super) fn holds_unread_alone(&self) -> bool {
        let held = self.held();
        let mut held = held.iter().map(|held| &held.notification.call_out);
        held.all(|id| self.is_unread(id))
    }

    fn unread(&self) -> MutexGuard<'_, HashMap<CallOutId, Timestamp>> {
        let unread = &self.0.beginning.unread;
        unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings a call-out into memory. Whoever wants one that is being read waits
    /// for that.
    pub(super) async fn load(&self, id: &CallOutId) -> Result<(), Error> {
        // Why so: nearly always it is there, and what reads takes much room.
        if self.touch(id) {
            return Ok(());
        }
        let reading = &self.0.beginning.reading;
        let read = self.0.store.load(id);
        Box::pin(self.load_with(id, reading, read)).await
    }

    /// The same for the clockwork and the senders, which do not stand in a line
    /// with pages, nor wait for what one of them reads.
    pub(super) async fn load_to_call(&self, id: &CallOutId) -> Result<(), Error> {
        let reading = &self.0.beginning.reading_to_call;
        if self.touch(id) {
            return Ok(());
        }
        let read = self.0.store.load_to_call(id);
        Box::pin(self.load_with(id, reading, read)).await
    }

    async fn load_with(
        &self,
        id: &CallOutId,
        reading: &BeingRead,
        read: impl Future<Output = Result<Option<Kept>, store::Error>>,
    ) -> Result<(), Error> {
        let turn = Arc::clone(locked(reading).entry(id.clone()).or_default());
        let _turn = turn.lock().await;
        // Why again: whoever was first has read it for everybody.
        if self.touch(id) {
            locked(reading).remove(id);
            return Ok(());
        }
        tracing::debug!(call_out.id = %id, "a call-out is read");
        let read = read.await;
        locked(reading).remove(id);
        let Some(kept) = read? else {
            return Err(Error::NoCallOut(id.clone()));
        };
        let mut call_out = kept.call_out;
        for row in &kept.notifications {
            // Why now: before a restart it may have left as late as that.
            if matches!(
                row.state,
                NotificationState::Sending | NotificationState::Unknown
            ) {
                call_out.may_have_left(&row.draft.person, self.now());
            }
        }
        let opened = Open::new(call_out, self.now());
        let is_read = match self.open().entry(id.clone()) {
            Entry::Vacant(place) => {
                place.insert(opened);
                true
            }
            Entry::Occupied(_) => false,
        };
        if is_read && kept.in_part {
            self.owed().push(Owed::Rest(id.clone()));
            self.0.wake.notify_one();
        }
        Ok(())
    }

    /// Notes that one is wanted; whether it is in memory.
    fn touch(&self, id: &CallOutId) -> bool {
        let now = self.now();
        let mut open = self.open_as_begun();
        let open = open.get_mut(id);
        open.map(|open| open.used = now).is_some()
    }

    /// Lets go of what is long over and was not wanted of late: a year of drills of
    /// a large office would fill the memory.
    pub(super) fn let_go(&self) {
        let now = self.now();
        let is_past = |open: &Open| {
            let ended = open.call_out.ended_at.unwrap_or(open.call_out.opened_at);
            !open.call_out.state.is_live()
                && now.duration_since(ended) >= HEARS_LATE
                && !still(open.used, now, WANTED)
        };
        let gone: Vec<Open> = {
            let mut open = self.open();
            let gone = open.extract_if(|_, open| is_past(open));
            gone.map(|(_, open)| open).collect()
        };
        // Why here: many thousand people are given back outside the lock.
        drop(gone);
    }
}
