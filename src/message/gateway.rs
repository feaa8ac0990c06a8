//! What a webhook's gateway gets: the JSON body, with the same sentences as the
//! mail.
//!
//! Owns the members of the body (docs/webhook.md) and the one line for a
//! telephone. It must not send.

use crate::domain::call_out::{CallOut, Participant};
use crate::domain::notification::{Draft, Notification, Purpose};
use crate::domain::text::one_line;

use super::facts::Facts;
use super::reader::Reader;
use super::sending::{Carried, Sending};
use super::words::{Mail, fill};
use super::{Error, Messages, dates, help};

impl Messages {
    /// The JSON body of a notification for a webhook.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when a template does not hold, [`Error::Body`] when
    /// the JSON cannot be written.
    pub fn webhook_body<'a>(
        &self,
        call_out: &'a CallOut,
        to: &'a Participant,
        notification: &Notification,
        carried: impl Into<Carried<'a>>,
    ) -> Result<String, Error> {
        let Draft {
            contact,
            purpose,
            stage,
            ..
        } = &notification.draft;
        let (carried, reader) = (carried.into(), Reader::of(call_out, to));
        let sending = Sending::new(call_out, (to, &reader), *purpose, carried);
        let letter = self.letter(&sending)?;
        let facts = self.facts(call_out, to.language);
        let full = call_out.detail == crate::domain::rule::Detail::Full;
        let headline = facts.reported().filter(|_| full);
        let body = serde_json::json!({
            "type": "call-out.notification",
            "id": notification.id,
            "purpose": purpose.name(),
            "drill": call_out.mode().is_drill(),
            "call_out": {
                "id": call_out.id.as_str(),
                "title": if to.is_vendor() {
                    facts.brief()
                } else {
                    one_line(call_out.title.get(to.language))
                },
                "headline": headline,
                "place": facts.place(),
                "opened_at": dates::rfc3339(call_out.opened_at, &self.settings.time_zone),
                "state": call_out.state.name(),
            },
            "person": {
                "person": to.person.as_str(),
                "name": one_line(to.name.get(to.language)),
                "address": contact.address,
                "language": to.language.tag(),
            },
            "stage": stage,
            "subject": letter.subject,
            "short": short(&sending, &facts, &letter.subject),
            "text": letter.text,
            "link": if purpose.is_notice() {
                self.notice_link(call_out)
            } else {
                sending.link.to_owned()
            },
        });
        Ok(serde_json::to_string(&body)?)
    }
}

/// A single line, for a gateway that sends short messages or speaks.
fn short(sending: &Sending<'_>, facts: &Facts<'_>, subject: &str) -> String {
    let by = match sending.purpose {
        Purpose::Help => help::short_ask(sending, facts),
        purpose if purpose.calls() => facts.answer_by(),
        _ => return subject.to_owned(),
    };
    let w = Mail::of(facts.language);
    let ask = match by {
        Some(by) => fill(w.short_by, &[("by", &by)]),
        None => w.short_now.to_owned(),
    };
    let values = [("subject", subject), ("ask", &ask), ("link", sending.link)];
    fill(w.short, &values)
}
