//! What only tells, or asks again, and cannot leave by its contact now: it is said by the
//! person's next contact as well.
//!
//! Owns that this is done once for each message. It must not choose the contact: the
//! domain does.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Engine;
use super::alarm::still;
use super::settle::Unsettled;
use crate::domain::delivery::TELLING_FOR;
use crate::domain::notification::NotificationId;

/// How long after it was queued. Why no longer: whoever was not reached while it was
/// news is not woken by it days later, as at a restart that remembers nothing of this.
const NEWS: SignedDuration = SignedDuration::from_mins(15);

/// Which were said by another contact, and when each was queued.
#[derive(Default)]
pub(super) struct AnotherWay(Mutex<HashMap<NotificationId, Timestamp>>);

impl Unsettled {
    /// Whether it may still be said by another contact.
    pub(super) fn is_news(&self) -> bool {
        let (notification, at) = (&self.notification, self.settlement.at);
        // Why the first attempt at any time: nothing ran, or it was held back till now.
        notification.attempts <= 1 || still(notification.created_at, at, NEWS)
    }
}

impl Engine {
    fn said_another_way(&self) -> MutexGuard<'_, HashMap<NotificationId, Timestamp>> {
        let AnotherWay(said) = &self.0.leaving.another_way;
        said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a message that cannot leave now is to be said by another contact, as the
    /// call-out stands in memory.
    pub(super) fn may_go_another_way(&self, one: &Unsettled) -> bool {
        let notification = &one.notification;
        let (draft, since) = (&notification.draft, notification.created_at);
        draft.purpose.goes_another_way()
            && one.is_news()
            && !self.is_said_another_way(notification.id)
            && self
                .open()
                .get(&notification.call_out)
                .is_some_and(|open| open.call_out.has_another_way(draft, since))
    }

    /// Whether it was said by another contact.
    pub(super) fn is_said_another_way(&self, id: NotificationId) -> bool {
        self.said_another_way().contains_key(&id)
    }

    /// Notes what was kept of these.
    pub(super) fn went_another_way(&self, those: &[Unsettled]) {
        let now = self.now();
        let mut said = self.said_another_way();
        // Why so long: for as long as it is tried its contact may turn out to be dead.
        said.retain(|_, queued| still(*queued, now, TELLING_FOR));
        let goes = |one: &&Unsettled| one.notification.draft.purpose.goes_another_way();
        for one in those.iter().filter(goes) {
            said.insert(one.notification.id, one.notification.created_at);
        }
    }
}
