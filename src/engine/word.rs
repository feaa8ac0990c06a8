//! A person's word: answers, confirmations, cancellations, stand-downs.
//!
//! Each is on disk when its call returns.

use super::{Engine, Error};
use crate::domain::acknowledgement::Answer;
use crate::domain::call_out::Word;
use crate::domain::id::CallOutId;
use crate::telemetry::NameLabel;

impl Engine {
    /// Keeps an answer. A late one is kept like any other.
    ///
    /// # Errors
    ///
    /// When there is no such call-out or person, or it could not be kept.
    pub async fn acknowledge(&self, id: &CallOutId, answer: Answer) -> Result<(), Error> {
        let reply = answer.reply.name();
        self.apply(id, None, |call_out, plan, now| {
            call_out.acknowledge(answer, plan, now)
        })
        .await?;
        self.0
            .metrics
            .answers
            .get_or_create(&NameLabel { name: reply })
            .inc();
        Ok(())
    }

    /// Ends a hold before its time: the call-out opens.
    ///
    /// # Errors
    ///
    /// When it is not held, or it could not be kept.
    pub async fn confirm(&self, id: &CallOutId, word: Word) -> Result<(), Error> {
        self.apply(id, None, |call_out, plan, now| {
            call_out.confirm(word, plan, now)
        })
        .await
    }

    /// Ends a held call-out before anybody is called.
    ///
    /// # Errors
    ///
    /// When it is not held, or it could not be kept.
    pub async fn cancel(&self, id: &CallOutId, word: Word) -> Result<(), Error> {
        self.apply(id, None, |call_out, plan, now| {
            call_out.cancel(word, plan, now)
        })
        .await
    }

    /// Ends a call-out and tells everyone who was called.
    ///
    /// # Errors
    ///
    /// When it is over already, or it could not be kept.
    pub async fn stand_down(
        &self,
        id: &CallOutId,
        word: Word,
        false_alarm: bool,
    ) -> Result<(), Error> {
        self.apply(id, None, |call_out, plan, now| {
            call_out.stand_down(word, false_alarm, plan, now)
        })
        .await
    }
}
