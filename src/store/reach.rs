//! Reading when people last answered.
//!
//! Owns one SELECT over what was answered since a time. It reads every answer
//! since then, so it is for a page that a person opens, not for the path of a
//! call-out.

use jiff::Timestamp;
use sqlx::Row;

use super::codec::{micros, timestamp};
use super::{Error, Store};
use crate::domain::id::PersonId;

impl Store {
    /// When each person last answered from a link of their own, or by their own
    /// mail, since a time.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn answered(&self, since: Timestamp) -> Result<Vec<(PersonId, Timestamp)>, Error> {
        let rows = sqlx::query(
            "SELECT person, max(at) AS at FROM acknowledgement \
             WHERE at >= $1 AND json_extract(body, '$.via') LIKE 'link:%' \
             OR at >= $1 AND json_extract(body, '$.via') = 'reply' GROUP BY person",
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
