//! Reading back what people answered.
//!
//! Owns the queries, and which answer of a person stands after a start; `sql` writes the
//! rows. It must not judge an answer.

use std::collections::HashMap;

use sqlx::SqliteConnection;

use super::{Error, Store, codec};
use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::call_out::CallOut;
use crate::domain::id::{CallOutId, PersonId};

/// Every answer in a call-out, oldest first, with the revision since which it stands,
/// where it does.
const ANSWERS: &str = "SELECT body FROM acknowledgement WHERE call_out = $1 ORDER BY number";

/// Gives everybody in a call-out what they said since their row was written, of which
/// `rows` has the revision: what stands, and what is in doubt.
pub(super) async fn take_answers(
    connection: &mut SqliteConnection,
    call_out: &mut CallOut,
    rows: &HashMap<PersonId, u64>,
) -> Result<(), Error> {
    let answers: Vec<String> = sqlx::query_scalar(ANSWERS)
        .bind(call_out.id.as_str())
        .fetch_all(connection)
        .await?;
    for body in &answers {
        let (said, stands) = codec::read_acknowledgement(body)?;
        let person = &said.answer.person;
        let Some(participant) = call_out.participants.get_mut(person) else {
            continue;
        };
        let row = rows.get(person).copied().unwrap_or_default();
        if stands.is_some_and(|since| since > row) {
            participant.answer = Some(said.clone());
        }
        let shown = said.doubtful && participant.answer.as_ref() != Some(&said);
        participant.doubted = shown.then(|| Box::new(said));
    }
    Ok(())
}

impl Store {
    /// Every answer given in a call-out, oldest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn acknowledgements(&self, id: &CallOutId) -> Result<Vec<Acknowledgement>, Error> {
        let bodies: Vec<String> = sqlx::query_scalar(ANSWERS)
            .bind(id.as_str())
            .fetch_all(&self.readers)
            .await?;
        let bodies = bodies.iter();
        bodies
            .map(|body| Ok(codec::read_acknowledgement(body)?.0))
            .collect()
    }
}
