//! A mail that must come back: whether mails that relays take arrive anywhere.
//!
//! Owns when one is sent, which of them are away, and when one is missed. It
//! must not tell anybody: `alarm` does.

use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::{Engine, number};
use crate::channel::Outgoing;
use crate::channel::email::{Kind, Mail};
use crate::domain::delivery::{Outcome, Reason};
use crate::domain::notification::URGENCIES;
use crate::domain::roster::ChannelName;
use crate::message::words::alarm as words;

/// How often one is sent.
const EVERY: SignedDuration = SignedDuration::from_mins(10);

/// How long one may be away. With the time until the next is sent, mails are
/// lost for twenty-five minutes at most before that is said.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

/// How many that are away are remembered.
const REMEMBERED: usize = 16;

/// Those of late.
#[derive(Debug, Default)]
pub(super) struct Canaries {
    /// Those that have not come back, by their Message-ID, the oldest first.
    away: VecDeque<(String, Timestamp)>,
    /// When the last one was sent.
    sent: Option<Timestamp>,
}

/// Whether no relay could be spoken to. Why not whatever was refused: that the
/// relays are out of reach is said of them, and what they refuse of this mail
/// alone is said nowhere else.
const fn never_left(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Retry {
            reason: Reason::Unreachable | Reason::Timeout | Reason::Tls | Reason::Authentication,
            ..
        }
    )
}

impl Canaries {
    /// When the next one is to be sent. What was sent in a time that is still
    /// to come was sent before the clock was set.
    fn due(&self, now: Timestamp) -> Timestamp {
        match self.sent {
            Some(sent) if sent <= now => sent + EVERY,
            _ => now,
        }
    }
}

impl Engine {
    fn canaries(&self) -> MutexGuard<'_, Canaries> {
        let canaries = &self.0.canaries;
        canaries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the next one is due, or is missed.
    pub(super) fn next_canary(&self) -> Option<Timestamp> {
        self.0.settings.canary.as_ref()?;
        let now = self.now();
        let canaries = self.canaries();
        let missed = canaries.away.front().map(|(_, sent)| *sent + PATIENCE);
        let missed = missed.filter(|at| *at > now);
        missed.into_iter().chain([canaries.due(now)]).min()
    }

    /// Sends one where one is due, and waits for nothing.
    pub(super) fn send_canary(&self) {
        let Some(to) = &self.0.settings.canary else {
            return;
        };
        let now = self.now();
        let mut canaries = self.canaries();
        if canaries.due(now) > now {
            return;
        }
        canaries.sent = Some(now);
        let Ok(key) = number::key(&self.0.clock) else {
            return;
        };
        let mail = self.canary(&key, to, now);
        if canaries.away.len() == REMEMBERED {
            canaries.away.pop_front();
        }
        let identity = mail.message_id.clone();
        canaries.away.push_back((identity.clone(), now));
        drop(canaries);
        let engine = self.clone();
        // Why a task of its own: a relay that is slow holds no call-out.
        tokio::spawn(async move {
            let mail = Outgoing::Email(Box::new(mail));
            let attempt = engine.0.outlet.send(&mail, &|| true).await;
            engine.tally(&ChannelName::Email, Some(&attempt.outcome));
            if !matches!(attempt.outcome, Outcome::Accepted { .. }) {
                tracing::warn!("the mail that is to come back was not taken");
            }
            if never_left(&attempt.outcome) {
                let mut canaries = engine.canaries();
                canaries.away.retain(|(id, _)| *id != identity);
            }
        });
    }

    fn canary(&self, key: &str, to: &str, now: Timestamp) -> Mail {
        let from = &self.0.settings.from;
        let domain = from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let language = self.standing().plan.language;
        Mail {
            message_id: format!("canary.{key}@{domain}"),
            references: None,
            date: now,
            from_name: "muster".to_owned(),
            to_name: "".into(),
            to: to.into(),
            return_path: from.clone(),
            reply_to: None,
            replies: false,
            subject: words::canary_subject(language).to_owned(),
            text: words::canary_text(),
            html: String::new(),
            urgent: false,
            urgency: URGENCIES - 1,
            kind: Kind::Notice,
        }
    }

    /// One of our own mails has come back: whether it is one of these. Those
    /// that were sent before it are missed no more.
    pub(super) fn take_back_canary(&self, message_id: &str) -> bool {
        let mut canaries = self.canaries();
        let place = canaries.away.iter().position(|(id, _)| id == message_id);
        if let Some(place) = place {
            canaries.away.drain(..=place);
        }
        place.is_some()
    }

    /// Whether one is missed.
    pub(super) fn misses_canary(&self, now: Timestamp) -> bool {
        let canaries = self.canaries();
        let oldest = canaries.away.front();
        oldest.is_some_and(|(_, sent)| now.duration_since(*sent) >= PATIENCE)
    }
}
