//! Reading what readiness is judged by: addresses that bounced, and what was
//! found the time before.
//!
//! Owns these two SELECTs. Neither may grow slower with the messages ever
//! sent: both go through an index, the first no further back than it is told.

use indexmap::IndexMap;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::codec::{self, micros, timestamp};
use super::{Error, Store};
use crate::domain::event::Event;
use crate::domain::id::PersonId;
use crate::domain::readiness::{Bounce, KEY};
use crate::domain::roster::{ChannelName, Contact};

impl Store {
    /// The addresses that were refused as unknown since a time, each once, with
    /// the first of those refusals after which nothing was taken that stayed: a
    /// mail that was taken after the second time may still come back.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn bounces(
        &self,
        (since, stayed): (Timestamp, Timestamp),
    ) -> Result<Vec<Bounce>, Error> {
        // Why: the call-outs since then, and the messages of one person in
        // each, stand in indexes; what was taken does not need one of its
        // own, which every sending would have to keep up. Materialized,
        // because each contact is to be asked for once, not once a refusal.
        let rows = sqlx::query(
            "WITH dead AS MATERIALIZED (SELECT id, person, channel, address, call_out, settled_at \
             FROM notification WHERE state = 'dead' AND reason = 'address' AND settled_at >= $1), \
             contact AS MATERIALIZED (SELECT DISTINCT person, channel, address FROM dead), \
             taken AS MATERIALIZED (SELECT contact.person, contact.channel, contact.address, \
             max(a.settled_at) AS at FROM contact CROSS JOIN call_out c CROSS JOIN notification a \
             WHERE c.opened_at >= $1 AND a.call_out = c.id AND a.person = contact.person \
             AND a.channel = contact.channel AND a.address = contact.address AND a.state = 'accepted' \
             AND (a.channel <> 'email' OR a.settled_at <= $2) \
             GROUP BY contact.person, contact.channel, contact.address) \
             SELECT dead.person, dead.channel, dead.address, dead.call_out, dead.settled_at FROM dead \
             LEFT JOIN taken ON taken.person = dead.person AND taken.channel = dead.channel \
             AND taken.address = dead.address \
             WHERE taken.at IS NULL OR dead.settled_at > taken.at ORDER BY dead.settled_at, dead.id",
        )
        .bind(micros(since))
        .bind(micros(stayed))
        .fetch_all(&self.readers)
        .await?;
        let mut first: IndexMap<(PersonId, Contact), Bounce> = IndexMap::new();
        for row in &rows {
            let Some(bounce) = bounce(row)? else {
                continue;
            };
            let key = (bounce.person.clone(), bounce.contact.clone());
            first.entry(key).or_insert(bounce);
        }
        Ok(first.into_values().collect())
    }

    /// What was found when readiness was last looked into, up to the event
    /// of a key: a clock that once ran ahead leaves later ones.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn last_readiness(&self, key: &str) -> Result<Option<Event>, Error> {
        let body: Option<String> = sqlx::query_scalar(
            "SELECT body FROM event WHERE key > $1 AND key <= $2 ORDER BY key DESC LIMIT 1",
        )
        .bind(KEY)
        .bind(key)
        .fetch_optional(&self.readers)
        .await?;
        let event = body.map(|body| codec::read_event(&body));
        Ok(event.transpose()?)
    }
}

/// A channel that this program no longer knows is nobody's contact any more.
fn bounce(row: &SqliteRow) -> Result<Option<Bounce>, Error> {
    let Some(channel) = ChannelName::parse(&row.try_get::<String, _>("channel")?) else {
        return Ok(None);
    };
    Ok(Some(Bounce {
        person: row.try_get::<String, _>("person")?.as_str().into(),
        contact: Contact {
            channel,
            address: row.try_get("address")?,
        },
        since: timestamp(row.try_get("settled_at")?),
        call_out: Some(row.try_get::<String, _>("call_out")?.as_str().into()),
    }))
}
