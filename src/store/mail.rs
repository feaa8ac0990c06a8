//! Mail that came back: what was taken in already, and what a report of a
//! delivery changes in the outbox.
//!
//! Owns these rows. They are written with the change that the mail causes, in
//! one commit. It must not know what a mail says.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use sqlx::Row as _;

use super::codec::micros;
use super::notification::notification;
use super::read::NotificationRow;
use super::statement::execute;
use super::{Error, Store};
use crate::domain::delivery::Reason;
use crate::domain::id::CallOutId;
use crate::domain::notification::NotificationId;

/// A mail that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRow {
    /// What makes the same one the same.
    pub key: String,
    /// To which notification it belongs.
    pub notification: NotificationId,
    /// When it came.
    pub at: Timestamp,
    /// The other side's words, where it says that the notification's address
    /// is dead.
    pub dead: Option<String>,
}

impl MailRow {
    /// Writes it, and settles a notification that came back.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        execute(
            connection,
            "INSERT INTO received_mail (key, notification, at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (key) DO NOTHING",
            params![&self.key, self.notification, micros(self.at)],
        )?;
        let Some(detail) = &self.dead else {
            return Ok(());
        };
        // Why: the attempt that it is about may not be settled yet, and keeps its number.
        let delivered = "INSERT INTO delivery (notification, attempt, at, via, outcome, reason, detail) \
             SELECT ?1, max(coalesce((SELECT max(attempt) FROM delivery WHERE notification = ?1), 0), \
             coalesce((SELECT attempts FROM notification WHERE id = ?1), 0)) + 1, ?2, 'mail', 'dead', ?3, ?4";
        let settled = "UPDATE notification SET state = 'dead', settled_at = ?2, reason = ?3, detail = ?4 \
             WHERE id = ?1";
        let (at, reason) = (micros(self.at), Reason::Address.name());
        for sql in [delivered, settled] {
            execute(
                connection,
                sql,
                params![self.notification, at, reason, detail],
            )?;
        }
        Ok(())
    }
}

impl Store {
    /// A notification as it stands, and its call-out.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or what is in it cannot.
    pub async fn sent(
        &self,
        id: NotificationId,
    ) -> Result<Option<(CallOutId, NotificationRow)>, Error> {
        let row = sqlx::query(
            "SELECT id, call_out, person, channel, address, purpose, stage, confirms, state, attempts, reason, settled_at, detail \
             FROM notification WHERE id = $1",
        )
        .bind(id)
        // Why: the settling of what was sent waits for no page.
        .fetch_optional(&self.own)
        .await?;
        row.map(|row| {
            let call_out: String = row.try_get("call_out")?;
            Ok((call_out.as_str().into(), notification(&row)?))
        })
        .transpose()
    }

    /// Whether a mail was taken in already, and how many of its kind came to the
    /// same notification: those whose keys begin alike, up to the first colon.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn mail_taken(&self, key: &str, id: NotificationId) -> Result<(bool, u32), Error> {
        let kind = key.split_inclusive(':').next().unwrap_or_default();
        let (known, all): (bool, i64) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM received_mail WHERE key = $1), \
             (SELECT count(*) FROM received_mail WHERE notification = $2 \
             AND substr(key, 1, length($3)) = $3)",
        )
        .bind(key)
        .bind(id)
        .bind(kind)
        .fetch_one(&self.readers)
        .await?;
        Ok((known, u32::try_from(all).unwrap_or(u32::MAX)))
    }
}
