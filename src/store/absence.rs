//! Who was marked absent, and by whom they were marked back.
//!
//! Owns these rows. A new word on a person ends the one before; nothing is
//! deleted. It must not decide who is away.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use sqlx::Row as _;

use super::codec::{micros, timestamp};
use super::statement::execute;
use super::{Error, Pending, Store, Write};
use crate::domain::absence::Absence;
use crate::domain::id::{PersonId, Principal};

/// A word on a person: the one before ends, and a new one may begin.
pub(super) struct Row {
    person: PersonId,
    at: Timestamp,
    by: Principal,
    begins: Option<Absence>,
}

impl Row {
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        execute(
            connection,
            "UPDATE absence SET ended_at = ?1, ended_by = ?2 WHERE person = ?3 AND ended_at IS NULL",
            params![micros(self.at), self.by.as_str(), self.person.as_str()],
        )?;
        let Some(absence) = &self.begins else {
            return Ok(());
        };
        execute(
            connection,
            "INSERT INTO absence (person, since_at, until_at, reason, entered_by) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                absence.person.as_str(),
                micros(absence.since),
                micros(absence.until),
                &absence.reason,
                absence.by.as_str()
            ],
        )?;
        Ok(())
    }
}

impl Store {
    /// Keeps that somebody is away from now on.
    pub fn mark_absent(&self, absence: &Absence) -> Pending<()> {
        let row = Row {
            person: absence.person.clone(),
            at: absence.since,
            by: absence.by.clone(),
            begins: Some(absence.clone()),
        };
        self.queue(|reply| Write::Absence(Box::new(row), reply))
    }

    /// Keeps that somebody is back.
    pub fn mark_back(&self, person: &PersonId, by: &Principal, at: Timestamp) -> Pending<()> {
        let row = Row {
            person: person.clone(),
            at,
            by: by.clone(),
            begins: None,
        };
        self.queue(|reply| Write::Absence(Box::new(row), reply))
    }

    /// Who is marked absent at a time.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn absences(&self, now: Timestamp) -> Result<Vec<Absence>, Error> {
        let rows = sqlx::query(
            "SELECT person, since_at, until_at, reason, entered_by FROM absence \
             WHERE ended_at IS NULL AND until_at > $1 ORDER BY id",
        )
        .bind(micros(now))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Absence {
                    person: row.try_get::<String, _>("person")?.as_str().into(),
                    since: timestamp(row.try_get("since_at")?),
                    until: timestamp(row.try_get("until_at")?),
                    reason: row.try_get("reason")?,
                    by: row.try_get::<String, _>("entered_by")?.as_str().into(),
                })
            })
            .collect()
    }
}
