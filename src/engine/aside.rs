//! A call-out that meets a defect of this program as it moves on: set aside for a
//! while, so that the others go on.
//!
//! Owns which are, and when each is tried again. It must not tell anybody: `alarm`
//! does.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::alarm::still;
use super::{Engine, Error};
use crate::domain::call_out::{CallOut, Effect, Refusal};
use crate::domain::id::CallOutId;
use crate::domain::plan::Plan;
use crate::domain::text::Text;
use crate::message::words::alarm as words;

/// How long one is left alone: what it met may hang on the hour, on an answer or
/// on the plan.
const REST: SignedDuration = SignedDuration::from_mins(10);

/// One that is set aside.
#[derive(Debug)]
pub(super) struct Aside {
    since: Timestamp,
    says: Text,
}

impl Engine {
    /// What a call-out does by itself. One that meets a defect is set aside, and
    /// holds up no other.
    ///
    /// # Errors
    ///
    /// As [`Engine::apply`], but for that.
    pub(super) async fn move_on(
        &self,
        id: &CallOutId,
        change: impl FnOnce(&mut CallOut, &Plan, Timestamp) -> Result<Vec<Effect>, Refusal>,
    ) -> Result<(), Error> {
        match self.apply(id, change).await {
            Err(Error::Defect(_)) => {
                self.set_aside(id).await;
                Ok(())
            }
            done => done,
        }
    }

    /// Leaves a call-out alone for a while.
    pub(super) async fn set_aside(&self, id: &CallOutId) {
        // Why read: the defect has put it out of memory.
        let titled = self.view(id, |call_out| call_out.title.clone()).await;
        let title = titled.unwrap_or_else(|_| Text::new(id.to_string(), id.to_string()));
        let aside = Aside {
            since: self.now(),
            says: words::defect(&title),
        };
        self.aside().insert(id.clone(), aside);
        tracing::error!(call_out.id = %id, "a call-out met a defect of this program; it is left alone, and tried again in ten minutes");
    }

    /// Whether one is left alone.
    pub(super) fn is_aside(&self, id: &CallOutId) -> bool {
        let now = self.now();
        let aside = self.aside();
        aside
            .get(id)
            .is_some_and(|aside| still(aside.since, now, REST))
    }

    /// Until when each is left alone.
    pub(super) fn rest_until(&self) -> HashMap<CallOutId, Timestamp> {
        let aside = self.aside();
        let until = aside
            .iter()
            .map(|(id, aside)| (id.clone(), aside.since + REST));
        until.collect()
    }

    /// Tries those again that were left alone long enough.
    pub(super) fn end_rests(&self) {
        let now = self.now();
        let mut aside = self.aside();
        aside.retain(|_, aside| still(aside.since, now, REST));
    }

    /// What is to be said of them, by what each is known.
    pub(super) fn met_defects(&self) -> Vec<(String, Text)> {
        let aside = self.aside();
        let says = aside
            .iter()
            .map(|(id, aside)| (format!("defect:{id}"), aside.says.clone()));
        says.collect()
    }

    fn aside(&self) -> MutexGuard<'_, HashMap<CallOutId, Aside>> {
        let aside = &self.0.aside;
        aside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
