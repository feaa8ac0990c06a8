//! The one writer: takes what is queued, writes it in one transaction,
//! answers each caller after the commit.
//!
//! Owns the transaction, and what becomes of those who wait when it fails: a
//! store that is held is waited for, one bad write is refused alone, and after
//! a failure that leaves open what is on disk nothing more is written. It must
//! not decide what is written.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::at_once::AtOnce;
use super::claim::{Unread, claim, hasten, reindex};
use super::error::Broken;
use super::examine::{self, Damage};
use super::failure::{Failure, Said as _};
use super::links::Known;
use super::lock::Lock;
use super::log;
use super::open::sync_or_worse;
use super::place::Place;
use super::reserve::Reserve;
use super::sql::{Group, make_ready, record};
use super::statement::execute;
use super::taken::Taken;
use super::{Claimed, Error, Pause, Recorded, Write};
use crate::telemetry::fault;

/// The most writes in one transaction: enough to share a sync among many
/// callers, few enough to keep the first of them from waiting.
const GROUP: usize = 256;

/// How long SQLite itself waits for another program at each try.
pub(super) const BUSY: Duration = Duration::from_millis(500);

/// The wait between two tries.
const BETWEEN: Duration = Duration::from_millis(250);

/// How often it is tried while another program holds the store, before those
/// who wait are refused: ten seconds, with [`BUSY`] and [`BETWEEN`].
const TRIES: u32 = 13;

/// How often of these once the store is to be closed: two seconds and a half.
const LAST: u32 = 3;

/// What is said of a message that a damaged index gives out again.
const TAKEN: &str = "it was taken already, and the file does not know it";

/// What a write came to, before the commit.
enum Done {
    Nothing,
    Recorded(Recorded),
    /// And what could not be read, which is sent to nobody.
    Claimed(Vec<Claimed>, Unread),
    Rows(u64),
}

impl Done {
    // A write that came to something else is answered as one that nobody took.
    fn recorded(self) -> Result<Recorded, Error> {
        match self {
            Self::Recorded(recorded) => Ok(recorded),
            Self::Nothing | Self::Claimed(..) | Self::Rows(_) => Err(Error::Closed),
        }
    }

    fn claimed(self) -> Result<Vec<Claimed>, Error> {
        match self {
            Self::Claimed(claimed, _) => Ok(claimed),
            Self::Nothing | Self::Recorded(_) | Self::Rows(_) => Err(Error::Closed),
        }
    }

    fn rows(self) -> Result<u64, Error> {
        match self {
            Self::Rows(rows) => Ok(rows),
            Self::Nothing | Self::Recorded(_) | Self::Claimed(..) => Err(Error::Closed),
        }
    }

    /// It is on disk, and nobody was told.
    fn kept(&self) {
        match self {
            Self::Recorded(Recorded::New) => fault::point("recorded"),
            Self::Claimed(claimed, _) if !claimed.is_empty() => fault::point("claimed"),
            _ => {}
        }
    }
}

/// The one writer.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) place: Place,
    pub(super) pause: Pause,
    /// Where a pause is waited for.
    pub(super) runtime: Handle,
    pub(super) poison: watch::Sender<Option<Broken>>,
    /// Let go with the connection, so that nobody opens the store while
    /// something is still written.
    pub(super) lock: Lock,
    /// How often in a row another program held the store.
    pub(super) held: u32,
    pub(super) reserve: Reserve,
    /// Whether something of it was given up just now, for those who still wait.
    pub(super) gave: bool,
    /// Whether the disk is full: new events are refused, what is queued goes on
    /// in what the reserve gives up.
    pub(super) full: watch::Sender<bool>,
    /// What was found to be damaged.
    pub(super) damage: watch::Sender<Damage>,
    /// The links of what went out of late.
    pub(super) known: Known,
    /// What is not given out again.
    pub(super) taken: Taken,
}

impl Writer {
    /// Runs until every sender of writes is gone, or [`Write::Close`] is asked for.
    pub(super) fn run(mut self, mut queue: mpsc::UnboundedReceiver<Write>) {
        if let Err(error) = make_ready(&self.connection) {
            tracing::debug!(error = %error, "store: what is usually written could not be made ready");
        }
        let (mut group, mut closes) = (Vec::with_capacity(GROUP), Vec::new());
        loop {
            if group.is_empty() && queue.blocking_recv_many(&mut group, GROUP) == 0 {
                break;
            }
            // Why: who comes while the others wait shares their commit.
            while group.len() < GROUP
                && let Ok(write) = queue.try_recv()
            {
                group.push(write);
            }
            let is_end = |write: &mut Write| matches!(write, Write::Close(_));
            closes.extend(group.extract_if(.., is_end));
            if !closes.is_empty() {
                queue.close();
                // Why: whoever ends the program waits for a few seconds and no more.
                self.held = self.held.max(TRIES - LAST);
            }
            self.one_round(&mut group);
        }
        self.close();
        for close in closes {
            answer(close, Ok(Done::Nothing));
        }
    }

    /// One round of what has come together.
    ///
    /// Invariant: a defect in it is the end of the writing, and whoever waits hears
    /// that nobody knows what is kept: it may have been met after the commit.
    fn one_round(&mut self, group: &mut Vec<Write>) {
        let round = AssertUnwindSafe(|| {
            self.write_back(group);
            self.keep(group);
        });
        if std::panic::catch_unwind(round).is_err() {
            self.break_off(group, &Broken::Ended);
        }
    }

    /// Writes the log back where that is asked for: in no transaction, and before
    /// whatever came with it.
    fn write_back(&mut self, group: &mut Vec<Write>) {
        let is_asked = |write: &mut Write| matches!(write, Write::Back(_));
        let asked: Vec<Write> = group.extract_if(.., is_asked).collect();
        if !asked.is_empty() {
            self.place.closing();
        }
        for write in asked {
            let broken = self.poison.borrow().clone();
            let done = match broken {
                Some(why) => Err(Error::Broken(why)),
                None => log::write_back(&self.connection),
            };
            if let Write::Back(reply) = write {
                drop(reply.send(done));
            }
        }
    }

    fn close(self) {
        if self.poison.borrow().is_some() {
            // Why: to close is to write the log back into the file. What is on
            // disk is left as it is, to be read by the next start.
            std::mem::forget(self.connection);
            return;
        }
        self.place.closing();
        // Why: a last checkpoint leaves one file to copy. A failure loses nothing.
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(error = %error, "store: closing failed; the next start recovers");
        }
        drop(self.lock);
    }

    /// Writes what it can and answers it; what may yet be written stays.
    fn keep(&mut self, group: &mut Vec<Write>) {
        self.see_to_room(group);
        if group.is_empty() {
            return;
        }
        if fault::worse("claims") && group.len() > 1 {
            return self.one_by_one(group);
        }
        match self.commit(group) {
            Ok(mut done) => {
                done.iter().for_each(Done::kept);
                // Why first: what is claimed in the commit of its event is there as
                // soon as that is known to be kept.
                self.note(group, &mut done);
                self.held = 0;
                for (write, done) in group.drain(..).zip(done) {
                    answer(write, Ok(done));
                }
            }
            Err(Failure::Broken(why)) => self.break_off(group, &why),
            Err(Failure::Held) => self.wait(group),
            Err(Failure::Full) => self.make_room(group),
            Err(Failure::Behind(_) | Failure::Refused(_)) if group.len() > 1 => {
                self.one_by_one(group);
            }
            Err(failure) => {
                let error = Error::from(failure);
                tracing::error!(error = %error, "store: a write failed");
                if let Some(alone) = group.pop() {
                    answer(alone, Err(error));
                }
            }
        }
    }

    /// Notes what a commit kept, and what it found.
    fn note(&mut self, group: &mut [Write], done: &mut [Done]) {
        for write in group.iter() {
            match write {
                Write::Settle(settlements, _) => self.taken.note(settlements),
                Write::Change(change, _) => self.taken.note(&change.settlements),
                _ => {}
            }
        }
        for (write, done) in group.iter_mut().zip(done) {
            match (write, done) {
                (Write::Change(change, _), _) => tell(&mut change.at_once, &self.known),
                (Write::Record(recording, _), Done::Recorded(Recorded::New)) => {
                    for change in &mut recording.call_outs {
                        tell(&mut change.at_once, &self.known);
                    }
                }
                (Write::Claim(..), Done::Claimed(claimed, unreadable)) => {
                    for id in self.taken.sort_out(claimed) {
                        unreadable.add(id, TAKEN.to_owned());
                    }
                    self.known.note(claimed);
                    for found in unreadable.words() {
                        examine::note(&self.damage, &found);
                    }
                }
                _ => {}
            }
        }
    }

    /// One bad write must not take others with it.
    ///
    /// Invariant: whichever is tried stays where it hears of a defect that it meets; the
    /// others were not tried.
    fn one_by_one(&mut self, group: &mut Vec<Write>) {
        while !group.is_empty() {
            let mut rest = group.split_off(1);
            self.keep(group);
            let is_answered = group.is_empty();
            // Why behind it: changes are kept in the order in which they came.
            group.append(&mut rest);
            if !is_answered {
                return;
            }
        }
    }

    /// Nothing is believed any more: the process is to end.
    fn break_off(&mut self, group: &mut Vec<Write>, why: &Broken) {
        if self.poison.borrow().is_none() {
            tracing::error!(error = %why, "store: nothing more is written");
            self.poison.send_replace(Some(why.clone()));
        }
        for write in group.drain(..) {
            answer(write, Err(Error::Broken(why.clone())));
        }
    }

    /// Makes the reserve whole where something of it was given up. While the
    /// disk is full no event is even tried: one that found a little room would
    /// take it from those who were called already.
    ///
    /// Why not for those to whom something of it was given up: where the reserve has
    /// room and what is written has none, they would be tried without end.
    fn see_to_room(&mut self, group: &mut Vec<Write>) {
        if !std::mem::take(&mut self.gave) && self.reserve.make_whole() {
            if self.full.send_replace(false) {
                tracing::info!("store: there is room on the disk again; events are taken");
            }
            return;
        }
        if *self.full.borrow() {
            refuse_events(group);
        }
    }

    /// Gives up a part of the reserve for what is queued, and refuses events;
    /// where nothing is left, refuses everything.
    fn make_room(&mut self, group: &mut Vec<Write>) {
        if !self.full.send_replace(true) {
            tracing::error!(error = %Error::Full, "store: the disk is full");
        }
        refuse_events(group);
        if group.is_empty() {
            return;
        }
        self.gave = self.reserve.give_up();
        if !self.gave {
            for write in group.drain(..) {
                answer(write, Err(Error::Full));
            }
        }
    }

    /// Waits for the other program; all those who wait together are refused
    /// once that took too long, and whoever comes after them at once.
    ///
    /// Why at once: the clockwork writes one thing after the other, and must
    /// not be taken for stuck.
    fn wait(&mut self, group: &mut Vec<Write>) {
        self.held = self.held.saturating_add(1);
        if self.held < TRIES {
            self.runtime.block_on((self.pause)(BETWEEN));
            return;
        }
        tracing::error!(error = %Error::Held, writes = group.len(), "store: writes failed");
        for write in group.drain(..) {
            answer(write, Err(Error::Held));
        }
    }

    /// Writes in one transaction.
    fn commit(&mut self, group: &[Write]) -> Result<Vec<Done>, Failure> {
        let before = self.poison.borrow().clone();
        before.map_or(Ok(()), Err).map_err(Failure::Broken)?;
        self.place.look().map_err(Failure::Broken)?;
        sync_or_worse(&self.connection, group);
        self.execute("BEGIN IMMEDIATE")
            .map_err(Failure::beginning)?;
        let written = write(&self.connection, group);
        let kept = match written {
            Ok(done) => match self.execute("COMMIT") {
                Ok(_) => Ok(done),
                // The control of row 16: what the disk did not sync is "kept".
                Err(error) if fault::worse("kept") && error.is_disk_fault() => {
                    let _ = self.execute("ROLLBACK");
                    Ok(done)
                }
                Err(error) => Err(Failure::committing(error)),
            },
            Err(failure) => Err(failure),
        };
        match kept {
            Ok(done) => {
                // Why again: a file that went meanwhile took this with it.
                self.place.look().map_err(Failure::Broken)?;
                Ok(done)
            }
            Err(failure) => {
                // Why not looked at: SQLite has undone it already after some
                // errors, and a `BEGIN` within a transaction is noticed.
                let _ = self.execute("ROLLBACK");
                Err(failure)
            }
        }
    }

    /// Why not rusqlite's own transaction: it counts on its `ROLLBACK`, which fails
    /// where SQLite has rolled back by itself, as on a full disk.
    fn execute(&self, sql: &str) -> rusqlite::Result<u64> {
        execute(&self.connection, sql, ())
    }
}

/// Tells what was claimed as it was queued.
fn tell(at_once: &mut AtOnce, known: &Known) {
    if !at_once.claimed().is_empty() {
        fault::point("claimed");
        at_once.tell(known);
    }
}

fn write(connection: &Connection, writes: &[Write]) -> Result<Vec<Done>, Failure> {
    let mut group = Group::default();
    let mut done = Vec::with_capacity(writes.len());
    for write in writes {
        done.push(match write {
            Write::Change(change, _) => {
                group.add(connection, change)?;
                Done::Nothing
            }
            Write::Settle(settlements, _) => {
                fault::point("settling");
                group.settle(settlements);
                Done::Nothing
            }
            Write::Absence(row, _) => row.write(connection).map(|()| Done::Nothing)?,
            Write::DrillRecord(row, _) => row.write(connection).map(|()| Done::Nothing)?,
            Write::Edition(row, _) => row.write(connection).map(|()| Done::Nothing)?,
            Write::Contact(row, _) => Done::Rows(row.write(connection)?),
            Write::Hasten([now, latest], _) => {
                group.flush(connection)?;
                Done::Rows(hasten(connection, *now, *latest)?)
            }
            Write::Reindex(_) => {
                group.flush(connection)?;
                reindex(connection)?;
                Done::Nothing
            }
            Write::Record(recording, _) => {
                group.flush(connection)?;
                Done::Recorded(record(connection, recording)?)
            }
            Write::Claim(wanted, _) => {
                group.flush(connection)?;
                let (claimed, unreadable) = claim(connection, wanted)?;
                Done::Claimed(claimed, unreadable)
            }
            // Both are asked for outside a transaction.
            Write::Back(_) | Write::Close(_) => Done::Nothing,
        });
    }
    group.flush(connection)?;
    Ok(done)
}

/// Refuses the new events among writes; alarms of the program itself, which are
/// few and small, are none.
fn refuse_events(group: &mut Vec<Write>) {
    let is_event = |write: &mut Write| match write {
        Write::Record(recording, _) => !recording.own,
        _ => false,
    };
    for event in group.extract_if(.., is_event) {
        answer(event, Err(Error::Full));
    }
}

fn answer(write: Write, done: Result<Done, Error>) {
    // A caller that has gone needs no answer; what it wrote is kept.
    match write {
        Write::Record(_, reply) => drop(reply.send(done.and_then(Done::recorded))),
        Write::Claim(_, reply) => drop(reply.send(done.and_then(Done::claimed))),
        Write::Contact(_, reply) | Write::Hasten(_, reply) => {
            drop(reply.send(done.and_then(Done::rows)));
        }
        Write::Change(_, reply)
        | Write::Settle(_, reply)
        | Write::Absence(_, reply)
        | Write::DrillRecord(_, reply)
        | Write::Edition(_, reply)
        | Write::Reindex(reply)
        | Write::Close(reply) => drop(reply.send(done.map(drop))),
        // It is written back, and answered, outside a transaction.
        Write::Back(reply) => drop(reply.send(done.and(Err(Error::Closed)))),
    }
}
