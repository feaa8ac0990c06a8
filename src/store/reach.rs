//! Reading when people were last reached: what proves that a contact works.
//!
//! Owns two SELECTs over what was sent and answered since a time. They read
//! every message since then, so they are for a page that a person opens, not
//! for the path of a call-out.

use jiff::Timestamp;
use sqlx::Row;

use super::codec::{micros, timestamp};
use super::{Error, Store};
use crate::domain::id::PersonId;
use crate::domain::roster::{ChannelName, Contact};

/// When a contact was last found to work, or not to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Whose.
    pub person: PersonId,
    /// Which.
    pub contact: Contact,
    /// When the other side last took a message.
    pub accepted_at: Option<Timestamp>,
    /// When it last refused one for good.
    pub refused_at: Option<Timestamp>,
}

impl Store {
    /// Every contact that was tried since a time.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn reached(&self, since: Timestamp) -> Result<Vec<Reached>, Error> {
        let rows = sqlx::query(
            "SELECT person, channel, address, \
             max(CASE WHEN state = 'accepted' THEN settled_at END) AS accepted_at, \
             max(CASE WHEN state = 'dead' THEN settled_at END) AS refused_at \
             FROM notification WHERE settled_at >= $1 GROUP BY person, channel, address",
        )
        .bind(micros(since))
        .fetch_all(&self.readers)
        .await?;
        let mut reached = Vec::with_capacity(rows.len());
        for row in &rows {
            // Why: a channel that this program no longer knows is nobody's
            // contact any more.
            let Some(channel) = ChannelName::parse(&row.try_get::<String, _>("channel")?) else {
                continue;
            };
            reached.push(Reached {
                person: row.try_get::<String, _>("person")?.as_str().into(),
                contact: Contact {
                    channel,
                    address: row.try_get("address")?,
                },
                accepted_at: row.try_get::<Option<i64>, _>("accepted_at")?.map(timestamp),
                refused_at: row.try_get::<Option<i64>, _>("refused_at")?.map(timestamp),
            });
        }
        Ok(reached)
    }

    /// When each person last answered from a link of their own since a time.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn answered(&self, since: Timestamp) -> Result<Vec<(PersonId, Timestamp)>, Error> {
        let rows = sqlx::query(
            "SELECT person, max(at) AS at FROM acknowledgement \
             WHERE at >= $1 AND json_extract(body, '$.via') LIKE 'link:%' GROUP BY person",
        )
        .bind(micros(since))
        .fetch_all(&self.readers)
        .await?;
        let answered = rows.iter().map(|row| {
            let person = row.try_get::<String, _>("person")?;
            Ok((person.as_str().into(), timestamp(row.try_get("at")?)))
        });
        answered
            .collect::<Result<_, sqlx::Error>>()
            .map_err(Error::from)
    }
}
