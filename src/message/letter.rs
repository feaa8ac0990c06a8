//! One message to one person: the mail in both forms, and the webhook body.
//!
//! Owns what a letter says for each purpose. Invariants: the text and the
//! HTML come from the same sentences; a drill's subject, first and last line
//! carry its mark, and nothing of a real letter does. It must not send.

use serde::Serialize;

use crate::domain::call_out::{CallOut, Participant};
use crate::domain::notification::{Draft, Notification, Purpose};
use crate::domain::text::{Language, one_line};

use super::facts::{Fact, Facts};
use super::words::{self, Mail, fill};
use super::{Error, Messages, dates, page};

/// How much of one value a subject holds, in characters: the rest is in the
/// letter, and what is called for stays on the lock screen.
const SUBJECT_CHARS: usize = 48;

/// A mail's parts, before it becomes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Whose name it comes under.
    pub from_name: String,
    /// One line.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part; it says the same.
    pub html: String,
    /// Whether it is to be marked as urgent.
    pub urgent: bool,
}

/// How a call-out ended, where a letter tells so.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Ending {
    /// In a person's words.
    pub reason: String,
    /// Whether it should never have begun.
    pub false_alarm: bool,
}

/// What a letter carries besides what the call-out knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Carried<'a> {
    /// The person's own answer link.
    pub link: &'a str,
    /// How it ended, for [`Purpose::StandDown`] and [`Purpose::Cancelled`].
    pub ending: Option<&'a Ending>,
}

impl<'a> From<&'a str> for Carried<'a> {
    fn from(link: &'a str) -> Self {
        Self { link, ending: None }
    }
}

impl<'a> From<&'a String> for Carried<'a> {
    fn from(link: &'a String) -> Self {
        Self::from(link.as_str())
    }
}

/// Everything that one letter is made of.
#[derive(Clone, Copy, Debug)]
struct Sending<'a> {
    call_out: &'a CallOut,
    to: &'a Participant,
    purpose: Purpose,
    link: &'a str,
    ending: Option<&'a Ending>,
}

/// A link as a button.
#[derive(Debug, Serialize)]
struct Button {
    label: &'static str,
    link: String,
}

/// What both forms of a letter are made of.
#[derive(Debug, Serialize)]
struct Body {
    lang: &'static str,
    other_lang: &'static str,
    subject: String,
    band: &'static str,
    mark: &'static str,
    mark_other: &'static str,
    end: &'static str,
    headline: String,
    headline_other: String,
    facts: Vec<Fact>,
    asks: Vec<String>,
    button: Option<Button>,
    notes: Vec<String>,
    safety: String,
    organisation: String,
    automatic: &'static str,
}

impl Messages {
    /// The mail to one person. The call-out may come without its people.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when a template does not hold.
    pub fn mail<'a>(
        &self,
        call_out: &'a CallOut,
        to: &'a Participant,
        purpose: Purpose,
        carried: impl Into<Carried<'a>>,
    ) -> Result<Letter, Error> {
        let Carried { link, ending } = carried.into();
        self.letter(&Sending {
            call_out,
            to,
            purpose,
            link,
            ending,
        })
    }

    fn letter(&self, sending: &Sending<'_>) -> Result<Letter, Error> {
        let drill = sending.call_out.mode().is_drill();
        if sending.purpose == Purpose::Readiness && !drill {
            return self.notice(sending.call_out, sending.to.language);
        }
        let body = self.body(sending);
        let (text, html) = if drill {
            ("mail_drill.txt", "mail_drill.html")
        } else {
            ("mail_real.txt", "mail_real.html")
        };
        Ok(Letter {
            from_name: self.sender_name(drill, sending.to.language),
            text: self.render(text, &body)?,
            html: self.render(html, &body)?,
            subject: body.subject,
            urgent: sending.purpose.urgency() <= 1 || sending.purpose.asks(),
        })
    }

    /// Whose name a mail comes under. A drill's name says so, whatever the
    /// settings hold.
    fn sender_name(&self, drill: bool, language: Language) -> String {
        if !drill {
            return one_line(self.settings.sender_name.get(language));
        }
        let name = one_line(self.settings.drill_sender_name.get(language));
        if name.contains("訓練") || name.contains("DRILL") {
            name
        } else {
            format!("{} {name}", Mail::of(language).drill_band)
        }
    }

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
        let Carried { link, ending } = carried.into();
        let sending = Sending {
            call_out,
            to,
            purpose: *purpose,
            link,
            ending,
        };
        let letter = self.letter(&sending)?;
        let facts = self.facts(call_out, to.language);
        let full = call_out.detail == crate::domain::rule::Detail::Full;
        let headline = call_out.event.headline.as_deref().filter(|_| full);
        let body = serde_json::json!({
            "type": "call-out.notification",
            "id": notification.id,
            "purpose": purpose.name(),
            "drill": call_out.mode().is_drill(),
            "call_out": {
                "id": call_out.id.as_str(),
                "title": one_line(call_out.title.get(to.language)),
                "headline": headline.map(one_line),
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
            "link": if *purpose == Purpose::Readiness {
                self.board_link()
            } else {
                link.to_owned()
            },
        });
        Ok(serde_json::to_string(&body)?)
    }

    pub(super) fn facts<'a>(&'a self, call_out: &'a CallOut, language: Language) -> Facts<'a> {
        Facts {
            call_out,
            zone: &self.settings.time_zone,
            language,
        }
    }

    fn body(&self, sending: &Sending<'_>) -> Body {
        let language = sending.to.language;
        let other = page::other(language);
        let (w, o) = (Mail::of(language), Mail::of(other));
        let drill = sending.call_out.mode().is_drill();
        let (band, mark, mark_other) = if drill {
            (w.drill_band, w.drill_mark, o.drill_mark)
        } else {
            (w.real_band, w.real_mark, o.real_mark)
        };
        let facts = self.facts(sending.call_out, language);
        Body {
            lang: language.tag(),
            other_lang: other.tag(),
            subject: subject(sending, &facts),
            band,
            mark,
            mark_other,
            end: w.drill_end,
            headline: headline(sending, &facts),
            headline_other: headline(sending, &self.facts(sending.call_out, other)),
            facts: told(sending, &facts),
            asks: asks(sending, &facts),
            button: self.button(sending),
            notes: notes(sending, w),
            safety: one_line(self.settings.safety.get(language)),
            organisation: one_line(self.settings.organisation.get(language)),
            automatic: w.automatic,
        }
    }

    fn button(&self, sending: &Sending<'_>) -> Option<Button> {
        let w = Mail::of(sending.to.language);
        let own = |label| {
            let link = sending.link.to_owned();
            (!link.is_empty()).then_some(Button { label, link })
        };
        match sending.purpose {
            Purpose::Call | Purpose::Remind => own(w.button_answer),
            Purpose::Inform => own(w.button_received),
            Purpose::Unmet | Purpose::Exhausted | Purpose::Held => Some(Button {
                label: w.button_page,
                link: format!(
                    "{}{}",
                    self.settings.public_url.trim_end_matches('/'),
                    page::call_out_path(&sending.call_out.id)
                ),
            }),
            Purpose::Cancelled | Purpose::StandDown | Purpose::Readiness => None,
        }
    }
}

/// When a hold ends; `None` once it is over, so that a late letter does not
/// offer what can no longer be done.
fn held_until(facts: &Facts<'_>) -> Option<String> {
    let until = facts.call_out.held_until?;
    Some(dates::to_the_second(until, facts.zone))
}

fn is_false_alarm(sending: &Sending<'_>) -> bool {
    sending.ending.is_some_and(|ending| ending.false_alarm)
}

fn clip(text: &str) -> String {
    if text.chars().count() <= SUBJECT_CHARS {
        return text.to_owned();
    }
    let head: String = text.chars().take(SUBJECT_CHARS - 1).collect();
    format!("{head}…")
}

fn subject(sending: &Sending<'_>, facts: &Facts<'_>) -> String {
    let w = Mail::of(facts.language);
    let (what, place) = (clip(&facts.brief()), clip(&facts.place()));
    let until = held_until(facts);
    if sending.call_out.mode().is_drill() {
        let where_to = fill(w.short_where, &[("what", &what), ("place", &place)]);
        let subject = if sending.purpose.asks() {
            &where_to
        } else {
            &what
        };
        let purpose = words::purpose(sending.purpose, facts.language);
        return fill(
            w.subject_drill,
            &[("purpose", purpose), ("subject", subject)],
        );
    }
    let wording = match (sending.purpose, &until) {
        (Purpose::Call, _) => w.subject_call,
        (Purpose::Remind, _) => w.subject_remind,
        (Purpose::Inform | Purpose::Readiness, _) | (Purpose::Held, None) => w.subject_inform,
        (Purpose::Unmet, _) => w.subject_unmet,
        (Purpose::Exhausted, _) => w.subject_exhausted,
        (Purpose::Held, Some(_)) => w.subject_held,
        (Purpose::Cancelled, _) => w.subject_cancelled,
        (Purpose::StandDown, _) if is_false_alarm(sending) => w.subject_false_alarm,
        (Purpose::StandDown, _) => w.subject_stand_down,
    };
    let until = until.unwrap_or_default();
    let values = [("what", &*what), ("place", &place), ("until", &until)];
    fill(wording, &values)
}

fn headline(sending: &Sending<'_>, facts: &Facts<'_>) -> String {
    let w = Mail::of(facts.language);
    let until = held_until(facts);
    let wording = match (sending.purpose, &until) {
        (Purpose::Call, _) => w.headline_call,
        (Purpose::Remind, _) => w.headline_remind,
        (Purpose::Inform | Purpose::Readiness, _) | (Purpose::Held, None) => w.headline_inform,
        (Purpose::Unmet, _) => w.headline_unmet,
        (Purpose::Exhausted, _) => w.headline_exhausted,
        (Purpose::Held, Some(_)) => w.headline_held,
        (Purpose::Cancelled, _) => w.headline_cancelled,
        (Purpose::StandDown, _) if is_false_alarm(sending) => w.headline_false_alarm,
        (Purpose::StandDown, _) => w.headline_stand_down,
    };
    let values = [
        ("what", &*facts.brief()),
        ("place", &facts.place()),
        ("until", &until.unwrap_or_default()),
        ("stage", &sending.call_out.stage.to_string()),
    ];
    let headline = fill(wording, &values);
    if sending.call_out.mode().is_drill() {
        fill(w.drill_headline, &[("headline", &headline)])
    } else {
        headline
    }
}

/// The facts that a purpose tells.
fn told(sending: &Sending<'_>, facts: &Facts<'_>) -> Vec<Fact> {
    let w = Mail::of(facts.language);
    let mut told = match sending.purpose {
        Purpose::Call | Purpose::Remind | Purpose::Inform => facts.for_person(sending.to),
        Purpose::Unmet
        | Purpose::Exhausted
        | Purpose::Held
        | Purpose::Cancelled
        | Purpose::StandDown
        | Purpose::Readiness => facts.of_event(),
    };
    if sending.purpose.asks() {
        told.extend(facts.answer_by().map(|value| Fact {
            label: w.fact_answer_by,
            value,
        }));
    }
    if matches!(sending.purpose, Purpose::Unmet | Purpose::Exhausted) {
        told.extend(facts.missing());
    }
    let reason = sending.ending.map(|ending| one_line(&ending.reason));
    if let Some(value) = reason.filter(|reason| !reason.is_empty()) {
        told.push(Fact {
            label: w.fact_reason,
            value,
        });
    }
    told.push(Fact {
        label: w.fact_call_out,
        value: format!(
            "{} {}",
            sending.call_out.id,
            one_line(sending.call_out.title.get(facts.language))
        ),
    });
    told
}

/// What is asked of the reader, before the link.
fn asks(sending: &Sending<'_>, facts: &Facts<'_>) -> Vec<String> {
    let w = Mail::of(facts.language);
    match sending.purpose {
        Purpose::Call | Purpose::Remind => vec![match facts.answer_by() {
            Some(by) => fill(w.ask_by, &[("by", &by)]),
            None => w.ask_now.to_owned(),
        }],
        Purpose::Inform => vec![w.ask_received.to_owned()],
        Purpose::Unmet | Purpose::Exhausted => vec![w.ask_decide.to_owned()],
        Purpose::Held => vec![w.ask_cancel.to_owned()],
        Purpose::Cancelled | Purpose::Readiness => vec![w.no_ask.to_owned()],
        Purpose::StandDown => vec![w.stand_down_home.to_owned(), w.no_ask.to_owned()],
    }
}

/// What stands after the link.
fn notes(sending: &Sending<'_>, w: &Mail) -> Vec<String> {
    match sending.purpose {
        Purpose::Call | Purpose::Remind => {
            vec![
                w.arrival.to_owned(),
                w.cannot_is_answer.to_owned(),
                w.personal.to_owned(),
            ]
        }
        Purpose::Inform => vec![w.personal.to_owned()],
        Purpose::Unmet
        | Purpose::Exhausted
        | Purpose::Held
        | Purpose::Cancelled
        | Purpose::StandDown
        | Purpose::Readiness => Vec::new(),
    }
}

/// A single line, for a gateway that sends short messages or speaks.
fn short(sending: &Sending<'_>, facts: &Facts<'_>, subject: &str) -> String {
    if !sending.purpose.asks() {
        return subject.to_owned();
    }
    let w = Mail::of(facts.language);
    let ask = match facts.answer_by() {
        Some(by) => fill(w.short_by, &[("by", &by)]),
        None => w.short_now.to_owned(),
    };
    let values = [("subject", subject), ("ask", &ask), ("link", sending.link)];
    fill(w.short, &values)
}
