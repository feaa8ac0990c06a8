//! Reading what was done of a drill's schedule.
//!
//! Owns these SELECTs. Both go through the index of events' keys, however many
//! events there are.

use jiff::Timestamp;

use super::codec::{self, micros};
use super::{Error, Store};
use crate::domain::event::{Event, EventKind};
use crate::domain::id::DrillId;
use crate::domain::schedule::{Change, Month, key, since_key};

impl Store {
    /// What was done of a drill's occasions from a month on: their events, by
    /// key.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn occasions(&self, drill: &DrillId, from: Month) -> Result<Vec<Event>, Error> {
        // Invariant: no id has a colon, so that what follows the drill's own
        // prefix is a month of this drill and no other's.
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM event WHERE key >= $1 AND key < $2 ORDER BY key")
                .bind(key(drill, from))
                .bind(format!("{}{drill};", crate::domain::schedule::KEY))
                .fetch_all(&self.readers)
                .await?;
        let events = bodies.iter().map(|body| codec::read_event(body));
        Ok(events.collect::<Result<_, _>>()?)
    }

    /// Since when a drill is held by which words: what was kept last, up to a
    /// time. A clock that once ran ahead leaves later ones.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn held_since(
        &self,
        drill: &DrillId,
        until: Timestamp,
    ) -> Result<Option<(Timestamp, String)>, Error> {
        let body: Option<String> = sqlx::query_scalar(
            "SELECT body FROM event WHERE key >= $1 AND key <= $2 ORDER BY key DESC LIMIT 1",
        )
        .bind(since_key(drill, 0))
        .bind(since_key(drill, micros(until)))
        .fetch_optional(&self.readers)
        .await?;
        let Some(body) = body else {
            return Ok(None);
        };
        let event = codec::read_event(&body)?;
        Ok(match event.kind {
            EventKind::Schedule(changed) => match changed.change {
                Change::Since(words) => Some((event.received_at, words)),
                _ => None,
            },
            _ => None,
        })
    }
}
