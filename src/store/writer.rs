//! The one writer: takes what is queued, writes it in one transaction,
//! answers each caller after the commit.
//!
//! Owns the transaction. It must not decide what is written. When a group
//! fails, each write of it is tried alone, so that one bad write cannot take
//! others with it.

use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, watch};

use super::claim::claim;
use super::lock::Lock;
use super::sql::{Group, record};
use super::{Claimed, Error, Recorded, Write};

/// The most writes in one transaction: enough to share a sync among many
/// callers, few enough to keep the first of them from waiting.
const GROUP: usize = 256;

/// What a write came to, before the commit.
enum Done {
    Nothing,
    Recorded(Recorded),
    Claimed(Vec<Claimed>),
    Rows(u64),
}

/// Runs until every sender of writes is gone. The lock is let go with the
/// connection, so that nobody opens the store while something is still written.
pub(super) async fn run(
    mut connection: SqliteConnection,
    mut queue: mpsc::UnboundedReceiver<Write>,
    poison: watch::Sender<bool>,
    _lock: Lock,
) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut group, GROUP).await > 0 {
        match commit(&mut connection, &group).await {
            Ok(done) => group
                .drain(..)
                .zip(done)
                .for_each(|(write, done)| answer(write, Ok(done))),
            Err(error) if group.len() == 1 => group.drain(..).for_each(|write| {
                failed(&error, &poison);
                answer(write, Err(Error::from(clone(&error))));
            }),
            Err(_) => {
                for write in group.drain(..) {
                    let alone = commit(&mut connection, std::slice::from_ref(&write)).await;
                    let done = alone.map(|mut done| done.pop().unwrap_or(Done::Nothing));
                    if let Err(error) = &done {
                        failed(error, &poison);
                    }
                    answer(write, done.map_err(Error::from));
                }
            }
        }
    }
    // Why: a last checkpoint leaves one file to copy. A failure loses nothing.
    if let Err(error) = connection.close().await {
        tracing::warn!(error = %error, "store: closing failed; the next start recovers");
    }
}

/// Writes in one transaction.
async fn commit(
    connection: &mut SqliteConnection,
    writes: &[Write],
) -> Result<Vec<Done>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut group = Group::default();
    let mut done = Vec::with_capacity(writes.len());
    for write in writes {
        done.push(match write {
            Write::Change(change, _) => {
                group.add(&mut transaction, change).await?;
                Done::Nothing
            }
            Write::Settle(settlements, _) => {
                group.settle(settlements);
                Done::Nothing
            }
            Write::Absence(row, _) => {
                row.write(&mut transaction).await?;
                Done::Nothing
            }
            Write::DrillRecord(row, _) => {
                row.write(&mut transaction).await?;
                Done::Nothing
            }
            Write::Edition(row, _) => {
                row.write(&mut transaction).await?;
                Done::Nothing
            }
            Write::Contact(row, _) => Done::Rows(row.write(&mut transaction).await?),
            Write::Record(recording, _) => {
                group.flush(&mut transaction).await?;
                Done::Recorded(record(&mut transaction, recording).await?)
            }
            Write::Claim(wanted, _) => {
                group.flush(&mut transaction).await?;
                Done::Claimed(claim(&mut transaction, wanted).await?)
            }
        });
    }
    group.flush(&mut transaction).await?;
    transaction.commit().await?;
    Ok(done)
}

fn answer(write: Write, done: Result<Done, Error>) {
    // A caller that has gone needs no answer; what it wrote is kept.
    match (write, done) {
        (Write::Record(_, reply), Ok(Done::Recorded(recorded))) => drop(reply.send(Ok(recorded))),
        (Write::Claim(_, reply), Ok(Done::Claimed(claimed))) => drop(reply.send(Ok(claimed))),
        (Write::Contact(_, reply), Ok(Done::Rows(rows))) => drop(reply.send(Ok(rows))),
        (
            Write::Change(_, reply)
            | Write::Settle(_, reply)
            | Write::Absence(_, reply)
            | Write::DrillRecord(_, reply)
            | Write::Edition(_, reply),
            Ok(_),
        ) => drop(reply.send(Ok(()))),
        (Write::Record(_, reply), Err(error)) => drop(reply.send(Err(error))),
        (Write::Claim(_, reply), Err(error)) => drop(reply.send(Err(error))),
        (Write::Contact(_, reply), Err(error)) => drop(reply.send(Err(error))),
        (
            Write::Change(_, reply)
            | Write::Settle(_, reply)
            | Write::Absence(_, reply)
            | Write::DrillRecord(_, reply)
            | Write::Edition(_, reply),
            Err(error),
        ) => drop(reply.send(Err(error))),
        (Write::Record(..) | Write::Claim(..) | Write::Contact(..), Ok(_)) => {}
    }
}

/// Says that a write failed, and whether the store can still be trusted.
///
/// Why: after SQLITE_IOERR (10) at a commit the rows may yet be there after a
/// restart, and SQLITE_CORRUPT (11) makes every later answer worthless.
fn failed(error: &sqlx::Error, poison: &watch::Sender<bool>) {
    tracing::error!(error = %error, "store: a write failed");
    let code = error.as_database_error().and_then(|error| error.code());
    let code: Option<u32> = code.and_then(|code| code.parse().ok());
    if code.is_some_and(|code| matches!(code & 0xff, 10 | 11)) {
        poison.send_replace(true);
    }
}

/// An error said again: `sqlx::Error` cannot be copied, its words can.
fn clone(error: &sqlx::Error) -> sqlx::Error {
    sqlx::Error::Protocol(error.to_string())
}
