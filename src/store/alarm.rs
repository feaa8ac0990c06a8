//! Reading what administrators were told of failures, and what failed.
//!
//! Owns these two SELECTs, no further back than they are told. It must not know
//! what an alarm says.

use jiff::Timestamp;
use sqlx::Row;

use super::codec::{self, micros, timestamp};
use super::event_body::of_event;
use super::{Error, Store};
use crate::domain::event::Event;
use crate::domain::id::CallOutId;
use crate::domain::journal::Entry;

impl Store {
    /// The alarms that were kept since a time, the first one first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn alarms(&self, since: Timestamp) -> Result<Vec<Event>, Error> {
        let bodies: Vec<String> = sqlx::query_scalar(concat!(
            "SELECT e.body FROM call_out c JOIN event e ON e.id = c.event \
             WHERE c.opened_at >= $1 AND ",
            of_event!("kind"),
            " = 'alarm' ORDER BY c.opened_at, c.id",
        ))
        .bind(micros(since))
        .fetch_all(&self.own)
        .await?;
        let events = bodies.iter().map(|body| Ok(codec::read_event(body)?));
        events.collect()
    }

    /// What the account of a call-out says since a time of contacts that fail, and of what
    /// gave it another name.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn failed_contacts(
        &self,
        id: &CallOutId,
        since: Timestamp,
    ) -> Result<Vec<(Timestamp, Entry)>, Error> {
        let rows = sqlx::query(
            "SELECT at, body FROM journal WHERE call_out = $1 AND at >= $2 \
             AND CASE WHEN json_valid(body) THEN body ->> 'entry' END \
             IN ('contact-dead', 'contact-failing', 'grown', 'corrected') ORDER BY seq",
        )
        .bind(id.as_str())
        .bind(micros(since))
        .fetch_all(&self.own)
        .await?;
        let entries = rows.iter().map(|row| {
            let entry = codec::read_entry(&row.try_get::<String, _>(1)?)?;
            Ok((timestamp(row.try_get(0)?), entry))
        });
        entries.collect()
    }
}
