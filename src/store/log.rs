//! The write-ahead log: when it is large, and its writing back into the file.
//!
//! SQLite writes it back by itself as it commits, and says nothing where it
//! cannot: another program reads the store without end, or the disk fails. Owns
//! the look at that, and letting the log's room go. It must not judge.

use rusqlite::Connection;

use super::place::LARGE;
use super::{Error, Pending, Store, Write};

impl Store {
    /// Whether the log was larger at the last write than it grows by itself.
    pub fn log_is_large(&self) -> bool {
        self.wal_bytes() >= LARGE
    }

    /// Writes the log back into the file, as far as nobody reads what is older;
    /// whether that was all of it.
    pub fn write_back(&self) -> Pending<bool> {
        self.queue(Write::Back)
    }
}

/// Writes the log back, and lets its room go once nothing in it is needed.
pub(super) fn write_back(connection: &Connection) -> Result<bool, Error> {
    if !checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)")? {
        return Ok(false);
    }
    // Why not looked at: whoever reads just now keeps the room, and no more.
    checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(true)
}

fn checkpoint(connection: &Connection, sql: &str) -> rusqlite::Result<bool> {
    let (busy, frames, written): (i64, i64, i64) =
        connection.query_one(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(busy == 0 && frames == written)
}
