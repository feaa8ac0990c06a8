//! A message of the outbox, as it is read.
//!
//! Owns what becomes of one that is damaged: it is told, and costs nobody else a thing.
//! It must not claim one: what is sent is read by `claim`, under its seal.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::claim::Unread;
use super::codec::timestamp;
use super::read::{NotificationRow, draft, named, reason};
use super::{Error, Store};
use crate::domain::notification::NotificationState;

impl Store {
    /// The messages that can be read. The others are told, and are left out.
    ///
    /// Why: nobody knows whose one is of which the person, the address or the state
    /// cannot be read. Whoever is in its call-out is called, and its stages begin.
    pub(super) fn readable(&self, rows: &[SqliteRow]) -> Result<Vec<NotificationRow>, Error> {
        let mut notifications = Vec::with_capacity(rows.len());
        let mut unread = Unread::default();
        for row in rows {
            let damage = match in_part(row) {
                Ok((read, damage)) => {
                    notifications.push(read);
                    damage
                }
                Err(error) if error.is_damage() => Some(error),
                Err(error) => return Err(error),
            };
            let Some(damage) = damage.map(|damage| damage.to_string()) else {
                continue;
            };
            match row.try_get("id") {
                Ok(id) => unread.add(id, damage),
                Err(_) => unread.add_unnumbered(&damage),
            }
        }
        unread.words().for_each(|found| self.note_damage(&found));
        Ok(notifications)
    }
}

/// A message by itself, as far as it can be read.
pub(super) fn notification(row: &SqliteRow) -> Result<NotificationRow, Error> {
    in_part(row).map(|(read, _)| read)
}

/// The same, and what of its last attempt could not be read, if anything.
///
/// Why read without that: it says nothing of whom it calls, and a message that was sent
/// already must not be taken for one that was not.
fn in_part(row: &SqliteRow) -> Result<(NotificationRow, Option<Error>), Error> {
    let mut damage = None;
    let names = [
        row.try_get("person")?,
        row.try_get("channel")?,
        row.try_get("address")?,
        row.try_get("purpose")?,
    ];
    let read = NotificationRow {
        id: row.try_get("id")?,
        draft: draft(names, row.try_get("stage")?, row.try_get("confirms")?)?,
        state: named(
            "state",
            &row.try_get::<String, _>("state")?,
            NotificationState::parse,
        )?,
        attempts: u32::try_from(or_nothing(row.try_get::<i64, _>("attempts"), &mut damage))
            .unwrap_or_default(),
        reason: reason(or_nothing(row.try_get("reason"), &mut damage)),
        settled_at: or_nothing(row.try_get::<Option<i64>, _>("settled_at"), &mut damage)
            .map(timestamp),
        detail: or_nothing(row.try_get("detail"), &mut damage),
    };
    Ok((read, damage))
}

/// What was read, or nothing where it is damaged.
fn or_nothing<T: Default>(read: sqlx::Result<T>, damage: &mut Option<Error>) -> T {
    read.unwrap_or_else(|error| {
        *damage = Some(error.into());
        T::default()
    })
}
