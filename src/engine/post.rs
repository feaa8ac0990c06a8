//! The door for a message outside any call-out: one letter to one person.
//!
//! Owns its identity and that it goes out at once, by the same channels as
//! everything else. Nothing of it is queued or kept: whoever asked for it hears
//! what came of the one attempt, and may ask again.

use super::Engine;
use crate::channel::email::{Kind, Mail};
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
    /// What it says.
    pub letter: Letter,
}

impl Engine {
    /// Sends a message that belongs to no call-out, once and now.
    pub async fn post(&self, message: Direct<'_>) -> Attempt {
        let channel = message.contact.channel.clone();
        let attempt = match self.direct(message) {
            Ok(outgoing) => self.0.outlet.send(&outgoing).await,
            Err(attempt) => attempt,
        };
        self.tally(&channel, Some(&attempt.outcome));
        attempt
    }

    fn direct(&self, message: Direct<'_>) -> Result<Outgoing, Attempt> {
        let Direct {
            name,
            to,
            contact,
            letter,
        } = message;
        if let ChannelName::Webhook(webhook) = &contact.channel {
            return Err(Attempt {
                outcome: Outcome::Rejected {
                    reason: Reason::NoChannel,
                    detail: "a letter outside a call-out goes by mail alone".to_owned(),
                },
                via: webhook.clone(),
            });
        }
        let from = &self.0.settings.from;
        let domain = from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let now = self.now();
        Ok(Outgoing::Email(Box::new(Mail {
            message_id: format!("{name}.{}@{domain}", self.0.numbers.next(now)),
            references: None,
            date: now,
            attempt_at: now,
            from_name: letter.from_name,
            to_name: to.name.get(to.language).to_owned(),
            to: contact.address.clone(),
            // Why: no notification stands behind it that a bounce could name.
            return_path: from.clone(),
            subject: letter.subject,
            text: letter.text,
            html: letter.html,
            urgent: letter.urgent,
            kind: Kind::Notice,
        })))
    }
}
