//! What people report of their own contacts, and what was decided on it.
//!
//! Owns these rows. A report waits until it is decided, once; nothing is
//! deleted. It must not change a roster.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::codec::{micros, timestamp};
use super::contact::Row;
use super::statement::execute;
use super::{Error, Pending, Store};
use crate::domain::contact_change::{Change, Kind, Proposal, Verdict};
use crate::domain::id::{PersonId, Principal};
use crate::domain::roster::{ChannelName, Contact};

/// A report that is to be kept.
pub(super) struct New {
    proposal: Proposal,
    via: Principal,
    most: u32,
}

impl New {
    /// Nothing is kept beyond the most open reports of one person, nor what
    /// waits already.
    pub(super) fn write(&self, connection: &Connection, now: Timestamp) -> rusqlite::Result<u64> {
        let Proposal {
            person,
            kind,
            contact,
            new_address,
            note,
        } = &self.proposal;
        let done = execute(
            connection,
            "INSERT INTO contact_change (person, kind, channel, address, new_address, note, \
             reported_at, reported_via, state) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open' \
             WHERE (SELECT count(*) FROM contact_change WHERE person = ?1 AND state = 'open') < ?9 \
             AND NOT EXISTS (SELECT 1 FROM contact_change WHERE person = ?1 AND state = 'open' \
             AND kind = ?2 AND channel IS ?3 AND address IS ?4 AND new_address IS ?5 AND note IS ?6)",
            params![
                person.as_str(),
                kind.name(),
                contact.as_ref().map(|contact| contact.channel.to_string()),
                contact.as_ref().map(|contact| &*contact.address),
                new_address,
                note,
                micros(now),
                self.via.as_str(),
                i64::from(self.most)
            ],
        )?;
        Ok(done)
    }
}

/// A word on a report.
pub(super) struct Decided {
    id: i64,
    verdict: Verdict,
    by: Principal,
    reason: Option<String>,
    at: Timestamp,
}

impl Decided {
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<u64> {
        let done = execute(
            connection,
            "UPDATE contact_change SET state = ?2, decided_at = ?3, decided_by = ?4, reason = ?5 \
             WHERE id = ?1 AND state = 'open'",
            params![
                self.id,
                self.verdict.name(),
                micros(self.at),
                self.by.as_str(),
                &self.reason
            ],
        )?;
        Ok(done)
    }
}

impl Store {
    /// Keeps a report; nothing where so many of that person wait already, or
    /// this one does.
    pub fn report_change(
        &self,
        proposal: Proposal,
        via: Principal,
        (most, now): (u32, Timestamp),
    ) -> Pending<u64> {
        self.contact_row(Row::Report(
            New {
                proposal,
                via,
                most,
            },
            now,
        ))
    }

    /// Keeps the word on a report; nothing where it was decided before.
    pub fn decide_change(
        &self,
        id: i64,
        (verdict, reason): (Verdict, Option<String>),
        (by, at): (Principal, Timestamp),
    ) -> Pending<u64> {
        self.contact_row(Row::Decide(Decided {
            id,
            verdict,
            by,
            reason,
            at,
        }))
    }

    /// Reports, oldest first: of everybody or of one, all or those that wait.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn contact_changes(
        &self,
        person: Option<&PersonId>,
        open: bool,
    ) -> Result<Vec<Change>, Error> {
        let rows = sqlx::query(
            "SELECT id, person, kind, channel, address, new_address, note, reported_at, \
             reported_via, state, decided_at, decided_by, reason FROM contact_change \
             WHERE ($1 IS NULL OR person = $1) AND (state = 'open' OR NOT $2) ORDER BY id",
        )
        .bind(person.map(PersonId::as_str))
        .bind(open)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(change).collect::<Result<_, _>>()?)
    }

    /// A report by its number.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn contact_change(&self, id: i64) -> Result<Option<Change>, Error> {
        let row = sqlx::query(
            "SELECT id, person, kind, channel, address, new_address, note, reported_at, \
             reported_via, state, decided_at, decided_by, reason FROM contact_change \
             WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.as_ref().map(change).transpose()?)
    }
}

fn change(row: &SqliteRow) -> Result<Change, sqlx::Error> {
    let text = |name| row.try_get::<Option<String>, _>(name);
    let channel = text("channel")?.and_then(|name| ChannelName::parse(&name));
    let contact = channel
        .zip(text("address")?)
        .map(|(channel, address)| Contact {
            channel,
            address: address.into(),
        });
    let verdict: String = row.try_get("state")?;
    Ok(Change {
        id: row.try_get("id")?,
        proposal: Proposal {
            person: row.try_get::<String, _>("person")?.as_str().into(),
            kind: Kind::parse(&row.try_get::<String, _>("kind")?).unwrap_or(Kind::Note),
            contact,
            new_address: text("new_address")?,
            note: text("note")?,
        },
        reported_at: timestamp(row.try_get("reported_at")?),
        via: row.try_get::<String, _>("reported_via")?.as_str().into(),
        verdict: Verdict::parse(&verdict),
        decided_at: row.try_get::<Option<i64>, _>("decided_at")?.map(timestamp),
        decided_by: text("decided_by")?.map(Principal::new),
        reason: text("reason")?,
    })
}
