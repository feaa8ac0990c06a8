//! Drills that were held and written down.
//!
//! Owns their rows. A record is kept with its files in one commit, or not at
//! all; the same record again changes nothing. One that is withdrawn stays, with
//! who did it and why: nothing is deleted. It must not judge a file.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, params};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::codec::{self, micros, timestamp};
use super::statement::execute;
use super::{Error, Pending, Store, Write};
use crate::domain::drill_record::{DrillRecord, Withdrawal};
use crate::domain::id::RecordId;

/// What is to be kept.
pub(super) enum Row {
    /// A record.
    Held(Held),
    /// That one was a mistake.
    Withdrawn {
        record: String,
        by: String,
        reason: String,
        at: i64,
    },
}

impl Row {
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Held(held) => held.write(connection),
            Self::Withdrawn {
                record,
                by,
                reason,
                at,
            } => {
                // Invariant: what was said first stands.
                execute(
                    connection,
                    "INSERT INTO drill_withdrawal (record, by, reason, at) \
                     VALUES (?1, ?2, ?3, ?4) ON CONFLICT (record) DO NOTHING",
                    params![record, by, reason, at],
                )?;
                Ok(())
            }
        }
    }
}

/// A record to be kept, with what its files hold.
pub(super) struct Held {
    id: String,
    held_on: String,
    kind: &'static str,
    body: String,
    recorded_at: i64,
    files: Vec<Vec<u8>>,
}

impl Held {
    fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let new = execute(
            connection,
            "INSERT INTO drill_record (id, held_on, kind, body, recorded_at) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING",
            params![
                &self.id,
                &self.held_on,
                self.kind,
                &self.body,
                self.recorded_at
            ],
        )?;
        // Invariant: who is named by the same id has the same files.
        if new == 0 {
            return Ok(());
        }
        for (number, content) in (1_i64..).zip(&self.files) {
            execute(
                connection,
                "INSERT INTO drill_file (record, number, content) VALUES (?1, ?2, ?3)",
                params![&self.id, number, content],
            )?;
        }
        Ok(())
    }
}

const COLUMNS: &str = "SELECT r.id, r.held_on, r.kind, r.body, r.recorded_at, w.by, w.reason, w.at \
     FROM drill_record r LEFT JOIN drill_withdrawal w ON w.record = r.id";

impl Store {
    /// Keeps a record with what its files hold, in their order.
    pub fn keep_drill_record(&self, record: &DrillRecord, files: Vec<Vec<u8>>) -> Pending<()> {
        let row = Row::Held(Held {
            id: record.id.as_str().to_owned(),
            held_on: record.held_on.to_string(),
            kind: record.kind.name(),
            body: codec::drill_record(record),
            recorded_at: micros(record.recorded_at),
            files,
        });
        self.queue(|reply| Write::DrillRecord(Box::new(row), reply))
    }

    /// Keeps that a record was a mistake; one that was taken back before stays
    /// as it was said then.
    pub fn withdraw_drill_record(&self, id: &RecordId, withdrawal: &Withdrawal) -> Pending<()> {
        let row = Row::Withdrawn {
            record: id.as_str().to_owned(),
            by: withdrawal.by.as_str().to_owned(),
            reason: withdrawal.reason.clone(),
            at: micros(withdrawal.at),
        };
        self.queue(|reply| Write::DrillRecord(Box::new(row), reply))
    }

    /// The drills held from one day to another, both included, oldest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or what is in it cannot.
    pub async fn drill_records(&self, from: Date, until: Date) -> Result<Vec<DrillRecord>, Error> {
        let sql = format!(
            "{COLUMNS} WHERE r.held_on >= $1 AND r.held_on <= $2 \
             ORDER BY r.held_on, r.recorded_at, r.id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(from.to_string())
            .bind(until.to_string())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(record).collect()
    }

    /// One record.
    ///
    /// # Errors
    ///
    /// As [`Store::drill_records`].
    pub async fn drill_record(&self, id: &RecordId) -> Result<Option<DrillRecord>, Error> {
        let sql = format!("{COLUMNS} WHERE r.id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(record).transpose()
    }

    /// What one of its files holds, counted from 1.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn drill_file(&self, id: &RecordId, number: u32) -> Result<Option<Vec<u8>>, Error> {
        let content =
            sqlx::query_scalar("SELECT content FROM drill_file WHERE record = $1 AND number = $2")
                .bind(id.as_str())
                .bind(i64::from(number))
                .fetch_optional(&self.readers)
                .await?;
        Ok(content)
    }

    /// When this store was first used: of what came before, nothing is known.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn first_used(&self) -> Result<Option<Timestamp>, Error> {
        let first: Option<i64> = sqlx::query_scalar("SELECT min(first_used_at) FROM edition")
            .fetch_one(&self.readers)
            .await?;
        Ok(first.map(timestamp))
    }
}

fn record(row: &SqliteRow) -> Result<DrillRecord, Error> {
    let [id, day, kind, body]: [String; 4] = [
        row.try_get(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
    ];
    let at = timestamp(row.try_get(4)?);
    let mut record = codec::read_drill_record((&id, &day, &kind), at, &body)?;
    let [by, reason]: [Option<String>; 2] = [row.try_get(5)?, row.try_get(6)?];
    let withdrawn_at: Option<i64> = row.try_get(7)?;
    if let (Some(by), Some(reason), Some(at)) = (by, reason, withdrawn_at) {
        record.withdrawn = Some(Withdrawal {
            by: by.as_str().into(),
            at: timestamp(at),
            reason,
        });
    }
    Ok(record)
}
