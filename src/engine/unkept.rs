//! An alarm that the store does not take: it is sent all the same.
//!
//! Owns that nothing of it is kept. Why it goes: a store that takes nothing is itself
//! what administrators must hear of, and the calling can tell them of nothing else.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::alarm::{PASSING, alarm};
use super::{Engine, Error};
use crate::domain::call_out::{CallOut, Effect};
use crate::domain::delivery::Outcome;
use crate::domain::notification::{Notification, Purpose};
use crate::domain::text::Text;
use crate::store::Claimed;
use crate::telemetry::fault;

impl Engine {
    /// Sends an alarm that could not be kept, once through each contact of each
    /// administrator. Where none of these took it, it is to be told later.
    pub(super) async fn send_unkept(self, says: Vec<Text>) {
        let taken = self.try_unkept(&says).await.unwrap_or_else(|error| {
            tracing::error!(error = %error, "an alarm could not be made; tried again");
            0
        });
        if taken > 0 {
            tracing::warn!(taken, "an alarm was sent that could not be kept");
        } else {
            self.say_later(says, self.now() + PASSING);
        }
    }

    /// How many took it.
    async fn try_unkept(&self, says: &[Text]) -> Result<usize, Error> {
        let standing = self.standing();
        let own = alarm(Purpose::Alarm, says.to_vec(), &[], &standing.plan);
        let Some((call_out, effects)) = self.own(&own, &standing.plan)?.notice else {
            return Ok(0);
        };
        let call_out = Arc::new(call_out);
        let drafts = effects.into_iter().filter_map(|effect| match effect {
            Effect::Notify(draft) => Some(draft),
            _ => None,
        });
        let number = |draft| Ok((self.0.numbers.next_unkept(&self.0.clock)?, draft));
        let drafts = drafts.map(number).collect::<Result<Vec<_>, Error>>()?;
        let sent = join_all(drafts.into_iter().map(|(id, draft)| {
            let urgency = draft.urgency(true);
            let now = self.now();
            let claimed = Claimed {
                notification: Notification {
                    id,
                    call_out: call_out.id.clone(),
                    draft,
                    created_at: now,
                    attempts: 1,
                    lost: 0,
                },
                lease: 0,
                urgency,
            };
            // Why: a defect that one of them meets takes the alarm from nobody else.
            AssertUnwindSafe(self.send_one_unkept(&call_out, claimed)).catch_unwind()
        }));
        let taken = |one: &std::thread::Result<bool>| matches!(one, Ok(true));
        Ok(sent.await.iter().filter(|one| taken(one)).count())
    }

    async fn send_one_unkept(&self, call_out: &Arc<CallOut>, claimed: Claimed) -> bool {
        let draft = &claimed.notification.draft;
        fault::point("unkept");
        let Some(to) = call_out.participants.get(&draft.person) else {
            return false;
        };
        match self.render(call_out, to, &claimed) {
            Ok(outgoing) => {
                let attempt = self.0.outlet.send(&outgoing, &|| true).await;
                self.tally(&draft.contact.channel, Some(&attempt.outcome));
                // Why also where nobody knows: it may have rung.
                matches!(
                    attempt.outcome,
                    Outcome::Accepted { .. } | Outcome::Unknown { .. }
                )
            }
            Err(error) => {
                tracing::error!(error = %error, "an alarm cannot be made");
                false
            }
        }
    }
}
