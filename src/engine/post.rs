//! The door for a message outside any call-out: one letter to one person.
//!
//! Owns its identity and that it goes out at once, by the same channels as
//! everything else. Nothing of it is queued or kept: whoever asked for it hears
//! what came of the one attempt, and may ask again.

use std::sync::Arc;

use jiff::Timestamp;

use super::Engine;
use crate::channel::email::{Kind, Mail};
use crate::channel::webhook::Post;
use crate::channel::{Attempt, Outgoing};
use crate::domain::delivery::{Outcome, Reason};
use crate::domain::roster::{ChannelName, Contact, Person};
use crate::message::Letter;

/// One letter to one person through one contact.
#[derive(Debug)]
pub struct Direct<'a> {
    /// What it is, as the first word of its Message-ID: `sign-in`.
    pub name: &'static str,
    /// To whom.
    pub to: &'a Person,
    /// Through which of their contacts.
    pub contact: &'a Contact,
    /// Where a bounce of it comes back; to the daemon's own address where
    /// nothing is said.
    pub returns: Option<String>,
    /// What it says.
    pub says: Says,
}

/// What a message outside any call-out says, in the form of its channel.
#[derive(Debug)]
pub enum Says {
    /// A mail.
    Letter(Letter),
    /// A webhook's body, JSON.
    Body(String),
}

impl Engine {
    /// Sends a message that belongs to no call-out, once and now.
    pub async fn post(&self, message: Direct<'_>) -> Attempt {
        let channel = message.contact.channel.clone();
        let attempt = match self.direct(message) {
            Ok(outgoing) => self.0.outlet.send(&outgoing, &|| true).await,
            Err(attempt) => attempt,
        };
        self.tally(&channel, Some(&attempt.outcome));
        attempt
    }

    /// When a message is made, by the clock with which its receiver compares: the
    /// wall clock's time, unless that cannot be right.
    ///
    /// Why not the even time: a gateway refuses what is minutes old, and the even
    /// time may be hours off until the last call-out is over (decision 20).
    pub(super) fn made_at(&self) -> Timestamp {
        let now = self.now();
        if self.clock_is_absurd() {
            return now;
        }
        now.checked_add(self.0.clock.ahead()).unwrap_or(now)
    }

    fn direct(&self, message: Direct<'_>) -> Result<Outgoing, Attempt> {
        let Direct {
            name,
            to,
            contact,
            returns,
            says,
        } = message;
        let now = self.now();
        let letter = match (&contact.channel, says) {
            (ChannelName::Email, Says::Letter(letter)) => letter,
            (ChannelName::Webhook(webhook), Says::Body(body)) => {
                return Ok(Outgoing::Webhook(Post {
                    webhook: Arc::clone(webhook),
                    to: Arc::clone(&contact.address),
                    id: format!("msg_{name}_{}", self.0.numbers.next(now)),
                    timestamp: self.made_at(),
                    body,
                }));
            }
            (channel, _) => {
                return Err(Attempt {
                    outcome: Outcome::Rejected {
                        reason: Reason::NoChannel,
                        detail: "this message is not made for such a channel".to_owned(),
                    },
                    via: channel.to_string(),
                });
            }
        };
        let from = &self.0.settings.from;
        let domain = from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        Ok(Outgoing::Email(Box::new(Mail {
            message_id: format!("{name}.{}@{domain}", self.0.numbers.next(now)),
            references: None,
            date: now,
            from_name: letter.from_name,
            to_name: Arc::clone(to.name.shared(to.language)),
            to: Arc::clone(&contact.address),
            // Why: no notification stands behind it that a bounce could name.
            return_path: returns.unwrap_or_else(|| from.clone()),
            reply_to: None,
            replies: false,
            subject: letter.subject,
            text: letter.text,
            html: letter.html,
            urgent: letter.urgent,
            // Why: whoever asks for a link waits for it.
            urgency: 1,
            kind: Kind::Notice,
        })))
    }
}
