//! The seal of a message in the outbox: to whom it goes and what for.
//!
//! Owns what stands under it, and the sealing of rows that an older version
//! wrote. Why: nobody may get what was meant for somebody else because a bit of
//! the file has flipped. It must not decide what becomes of a row whose seal
//! does not fit.

use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};

use super::Error;
use super::codec::{self, Unreadable};
use super::statement::{text, written};

/// The version of the file's header from which on every open row is sealed.
const SEALED: i64 = 1;

/// How many rows are sealed at once.
const STEP: i64 = 10_000;

/// What stands under the seal of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sealed<'a> {
    pub(super) id: i64,
    pub(super) call_out: &'a str,
    pub(super) person: &'a str,
    pub(super) channel: &'a str,
    pub(super) address: &'a str,
    pub(super) purpose: &'a str,
    pub(super) stage: i64,
    pub(super) created_at: i64,
    pub(super) confirms: Option<&'a str>,
}

impl<'a> Sealed<'a> {
    /// A row as a reader has it.
    pub(super) fn of(row: &'a SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            call_out: row.try_get("call_out")?,
            person: row.try_get("person")?,
            channel: row.try_get("channel")?,
            address: row.try_get("address")?,
            purpose: row.try_get("purpose")?,
            stage: row.try_get("stage")?,
            created_at: row.try_get("created_at")?,
            confirms: row.try_get("confirms")?,
        })
    }

    /// A row as the writer claims it.
    pub(super) fn claimed(row: &'a rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            call_out: written(row, "call_out")?,
            person: written(row, "person")?,
            channel: written(row, "channel")?,
            address: written(row, "address")?,
            purpose: written(row, "purpose")?,
            stage: row.get("stage")?,
            created_at: row.get("created_at")?,
            confirms: text(row, "confirms")?,
        })
    }

    /// Refuses a row whose seal does not fit; one without a seal where it was over
    /// before seals were.
    pub(super) fn check(&self, seal: Option<&str>, open: bool) -> Result<(), Unreadable> {
        match seal {
            None if !open => Ok(()),
            Some(seal) if seal == self.seal() => Ok(()),
            Some(_) | None => Err(Unreadable {
                what: "message".to_owned(),
                why: "it is not what was written".to_owned(),
            }),
        }
    }

    pub(super) fn seal(&self) -> String {
        let [id, stage, created_at] =
            [self.id, self.stage, self.created_at].map(|number| number.to_string());
        codec::seal([
            &*id,
            self.call_out,
            self.person,
            self.channel,
            self.address,
            self.purpose,
            &*stage,
            &*created_at,
            self.confirms.unwrap_or_default(),
        ])
    }
}

/// The columns of a row that are read for its seal.
pub(super) const COLUMNS: &str =
    "id, call_out, person, channel, address, purpose, stage, created_at, confirms, seal";

/// Seals what an older version left open, once.
pub(super) async fn seal_older(connection: &mut SqliteConnection) -> Result<(), Error> {
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await?;
    if version >= SEALED {
        return Ok(());
    }
    let mut transaction = connection.begin().await?;
    let mut after = i64::MIN;
    loop {
        let sql = format!(
            "SELECT {COLUMNS} FROM notification WHERE id > $1 AND seal IS NULL \
             AND state IN ('queued', 'retry', 'unknown', 'sending') ORDER BY id LIMIT {STEP}"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after);
        let rows = rows.fetch_all(&mut *transaction).await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get("id")?;
        for row in &rows {
            sqlx::query("UPDATE notification SET seal = $2 WHERE id = $1")
                .bind(row.try_get::<i64, _>("id")?)
                .bind(Sealed::of(row)?.seal())
                .execute(&mut *transaction)
                .await?;
        }
    }
    let version = format!("PRAGMA user_version = {SEALED}");
    sqlx::query(sqlx::AssertSqlSafe(version))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}
