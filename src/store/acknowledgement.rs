//! Reading back what people answered.
//!
//! Owns the queries; `sql` writes the rows. It must not judge an answer.

use super::codec::Unreadable;
use super::{Error, Store, codec};
use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::id::{CallOutId, PersonId};

impl Store {
    /// What a person said last in a call-out, doubtful or not.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn latest_of(
        &self,
        call_out: &CallOutId,
        person: &PersonId,
    ) -> Result<Option<Acknowledgement>, Error> {
        let body: Option<String> = sqlx::query_scalar(
            "SELECT body FROM acknowledgement WHERE call_out = $1 AND person = $2 \
             ORDER BY number DESC LIMIT 1",
        )
        .bind(call_out.as_str())
        .bind(person.as_str())
        .fetch_optional(&self.readers)
        .await?;
        body.map(|body| Ok(codec::read_acknowledgement(&body)?))
            .transpose()
    }

    /// Every answer given in a call-out, oldest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn acknowledgements(&self, id: &CallOutId) -> Result<Vec<Acknowledgement>, Error> {
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT body FROM acknowledgement WHERE call_out = $1 ORDER BY number",
        )
        .bind(id.as_str())
        .fetch_all(&self.readers)
        .await?;
        Ok(bodies
            .iter()
            .map(|body| codec::read_acknowledgement(body))
            .collect::<Result<_, Unreadable>>()?)
    }
}
