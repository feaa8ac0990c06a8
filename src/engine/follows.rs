//! Whether more follows from what came of a message than another attempt.
//!
//! Owns that question alone; what follows is the domain's, and `settle` keeps it.

use super::Engine;
use super::settle::Unsettled;
use crate::domain::call_out::CallOut;
use crate::domain::delivery::{self, Outcome, Reason};

impl Engine {
    /// Whether more follows from an outcome than another attempt.
    pub(super) fn moves(&self, one: &Unsettled) -> bool {
        let purpose = one.notification.draft.purpose;
        let calls = purpose.calls();
        let another_way = || self.may_go_another_way(one);
        match &one.settlement.outcome {
            Some(Outcome::Rejected { .. }) => true,
            // Why even where the person is reached: the failing contact itself is told of, once.
            Some(Outcome::Retry {
                reason: Reason::Policy,
                after: None,
                ..
            }) => (purpose.asks_somebody() && self.moves_by(one)) || another_way(),
            Some(Outcome::Retry {
                reason: Reason::Policy | Reason::Authentication | Reason::Tls,
                ..
            }) => (calls && self.moves_by(one) && !self.is_reached(one)) || another_way(),
            // Why: no way out is asked for a while, be it that each is only away.
            Some(Outcome::Retry {
                reason: Reason::Unreachable | Reason::Timeout,
                after: Some(_),
                ..
            }) => {
                let another = self.has_another(one);
                (calls && another && !self.is_reached(one)) || another_way()
            }
            // Why also those: a way may hang, or hang up, for one address alone.
            Some(Outcome::Retry {
                reason: Reason::Busy | Reason::Fault | Reason::Unreachable | Reason::Timeout,
                ..
            }) => {
                Self::is_put_off(&one.notification, &one.settlement)
                    && ((calls && self.may_go_on(&one.notification)) || another_way())
            }
            Some(Outcome::Unknown { .. }) if one.settlement.again_at.is_none() => {
                calls || another_way()
            }
            // What only tells is given a third time, and by another contact now.
            Some(unknown @ Outcome::Unknown { .. }) => {
                delivery::is_last(unknown, one.notification.lost) && another_way()
            }
            _ => false,
        }
    }

    fn moves_by(&self, one: &Unsettled) -> bool {
        let moves = |call_out: &CallOut| call_out.moves_by(&one.notification.draft);
        self.ask_open(one, moves).unwrap_or(true)
    }

    /// Whether another contact has taken a message to the person since this one was
    /// queued: a further one is called for no want of an answer.
    pub(super) fn is_reached(&self, one: &Unsettled) -> bool {
        let (person, since) = (&one.notification.draft.person, one.notification.created_at);
        let reached = |call_out: &CallOut| call_out.is_reached(person, since);
        self.ask_open(one, reached).unwrap_or(false)
    }

    fn has_another(&self, one: &Unsettled) -> bool {
        let another = |call_out: &CallOut| call_out.has_another(&one.notification.draft);
        self.ask_open(one, another).unwrap_or(true)
    }

    /// Asks a call-out that is in memory; `None` where it is not.
    fn ask_open<T>(&self, one: &Unsettled, ask: impl FnOnce(&CallOut) -> T) -> Option<T> {
        let open = self.open_as_begun();
        let open = open.get(&one.notification.call_out)?;
        Some(ask(&open.call_out))
    }
}
