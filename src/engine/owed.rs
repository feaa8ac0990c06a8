//! What call-outs are still to make of a word or a plan.
//!
//! Owns that it is made in the end: what the store does not take now is tried
//! again at each turn. It must not know what is made of it.

use std::sync::{MutexGuard, PoisonError};

use super::turn::together;
use super::{Engine, Error};
use crate::domain::call_out::CallOut;
use crate::domain::id::{CallOutId, PersonId};

/// What is owed.
#[derive(Debug)]
pub(super) enum Owed {
    /// A call-out is to take note of where somebody stands.
    Person(CallOutId, PersonId),
    /// What waits in a call-out for a second person's word is to be shown anew.
    Growth(CallOutId),
    /// A call-out is to call, by a mended address, whoever was out of reach.
    Addresses(CallOutId),
    /// A call-out is to call those whom the end of the daemon left out as it began.
    Rest(CallOutId),
    /// Whoever could not hear that something is over, and can now, is to be told.
    Ends,
    /// The same of one call-out, which could not tell it with the others.
    End(CallOutId),
}

impl Owed {
    /// Whose it is, where that is one call-out.
    const fn call_out(&self) -> Option<&CallOutId> {
        match self {
            Self::Person(id, _)
            | Self::Growth(id)
            | Self::Addresses(id)
            | Self::Rest(id)
            | Self::End(id) => Some(id),
            Self::Ends => None,
        }
    }
}

impl Engine {
    /// What could not be kept before is kept now.
    pub(super) async fn mind_owed(&self) {
        let owed = std::mem::take(&mut *self.owed());
        self.pay(owed).await;
    }

    /// Keeps what is owed. What fails holds up no other, and is tried again at the
    /// next turn; what meets a defect, or is damaged, once its call-out was left alone
    /// for a while.
    pub(super) async fn pay(&self, owed: Vec<Owed>) {
        let rests = |one: &Owed| {
            let id = one.call_out();
            id.is_some_and(|id| self.is_aside(id) || self.is_unread(id))
        };
        let (later, owed): (Vec<_>, Vec<_>) = owed.into_iter().partition(rests);
        self.owed().extend(later);
        let kept = together(owed.iter().map(|one| self.pay_one(one)).collect()).await;
        for (one, kept) in owed.into_iter().zip(kept) {
            let Err(error) = kept else { continue };
            tracing::error!(
                owed = ?one,
                error = %error,
                "a call-out could not take note of a word or a plan"
            );
            match error {
                Error::Store(error) => {
                    if let Some(id) = one.call_out() {
                        self.note_unread(id, &error);
                    }
                    self.owed().push(one);
                }
                Error::Defect(id) => {
                    self.set_aside(&id).await;
                    self.owed().push(one);
                }
                _ => {}
            }
        }
    }

    async fn pay_one(&self, owed: &Owed) -> Result<(), Error> {
        match owed {
            Owed::Person(call_out, person) => self.know_in(call_out, person).await,
            Owed::Growth(call_out) => {
                let review =
                    |call_out: &mut CallOut, plan: &_, now| Ok(call_out.review_growth(plan, now));
                self.apply(call_out, review).await
            }
            Owed::Addresses(call_out) => {
                let reach =
                    |call_out: &mut CallOut, plan: &_, now| Ok(call_out.reach_mended(plan, now));
                self.apply(call_out, reach).await
            }
            Owed::Rest(call_out) => {
                if !self.call_rest(call_out).await? {
                    self.owed().push(Owed::Rest(call_out.clone()));
                }
                Ok(())
            }
            Owed::Ends => self.tell_ends().await,
            Owed::End(call_out) => self.tell_end(call_out).await,
        }
    }

    pub(super) fn owed(&self) -> MutexGuard<'_, Vec<Owed>> {
        let owed = &self.0.owed;
        owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
