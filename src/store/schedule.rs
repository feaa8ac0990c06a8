//! Reading what was done of a drill's schedule.
//!
//! Owns these SELECTs. Both go through the index of events' keys, however many
//! events there are.

use indexmap::IndexMap;
use jiff::Timestamp;

use super::codec::{self, micros};
use super::{Error, Store};
use crate::domain::event::{Event, EventKind};
use crate::domain::id::DrillId;
use crate::domain::schedule::{Month, SINCE, key, since_key};

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
                .fetch_all(&self.own)
                .await?;
        let events = bodies.iter().map(|body| codec::read_event(body));
        Ok(events.collect::<Result<_, _>>()?)
    }

    /// Since when each drill is held by which words, or held no more: what was
    /// kept of it last, up to a time. A clock that once ran ahead leaves later
    /// ones.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn schedules_held(
        &self,
        until: Timestamp,
    ) -> Result<IndexMap<DrillId, Event>, Error> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT key, body FROM event WHERE key >= $1 AND key < $2 ORDER BY key")
                .bind(SINCE)
                .bind(format!("{};", SINCE.trim_end_matches(':')))
                .fetch_all(&self.own)
                .await?;
        let mut held = IndexMap::new();
        for (key, body) in rows {
            let event = codec::read_event(&body)?;
            if let EventKind::Schedule(changed) = &event.kind
                && key <= since_key(&changed.drill, micros(until))
            {
                held.insert(changed.drill.clone(), event);
            }
        }
        Ok(held)
    }
}
