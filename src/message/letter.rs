//! One message to one person: the mail in both forms, and the webhook body.
//!
//! Owns what a letter says for each purpose. Invariants: the text and the
//! HTML come from the same sentences; a drill's subject, first and last line
//! carry its mark, and nothing of a real letter does. It must not send.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::call_out::{CallOut, Participant};
use crate::domain::notification::Purpose;
use crate::domain::text::{Language, one_line};

use super::facts::{Fact, Facts};
use super::own::{Mode, Which};
use super::press::Form;
use super::purpose::{about, asks, headline, notes, real_mark, subject, told};
use super::reader::Reader;
use super::sending::{Carried, Sending};
use super::words::{Mail, fill};
use super::{Error, Messages, dates, help, page};

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
    /// The files of the town's own texts that it is written by.
    pub files: Vec<String>,
}

/// A link as a button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Button {
    pub(super) label: &'static str,
    pub(super) link: String,
}

/// What both forms of a letter are made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Body {
    pub(super) lang: &'static str,
    pub(super) other_lang: &'static str,
    pub(super) subject: String,
    pub(super) band: &'static str,
    /// What its band and its button look like.
    pub(super) colour: &'static str,
    pub(super) mark: String,
    pub(super) mark_other: String,
    pub(super) end: &'static str,
    pub(super) headline: String,
    pub(super) headline_other: String,
    /// Why this person, where the mail calls: among the first lines.
    pub(super) what: String,
    pub(super) place: String,
    /// Whose it is.
    pub(super) name: String,
    /// By when an answer is asked for, where it is.
    pub(super) answer_by: Option<String>,
    pub(super) lead: Option<String>,
    pub(super) facts: Vec<Fact>,
    pub(super) asks: Vec<String>,
    pub(super) button: Option<Button>,
    pub(super) notes: Vec<String>,
    pub(super) safety: String,
    pub(super) organisation: String,
    pub(super) automatic: String,
    /// When it was written, and that it may come twice: what every mail says, by
    /// whatever text it is written. It stands in `automatic` as well.
    #[serde(skip)]
    pub(super) written: String,
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
        let reader = Reader::of(call_out, to);
        self.letter(&Sending::new(
            call_out,
            (to, &reader),
            purpose,
            carried.into(),
        ))
    }

    /// The same to one of many who are told of a call-out: of those who are told the
    /// same only the first one's is made anew.
    ///
    /// # Errors
    ///
    /// As [`Messages::mail`].
    pub fn mail_of_many<'a>(
        &self,
        call_out: &'a Arc<CallOut>,
        to: &'a Participant,
        purpose: Purpose,
        carried: Carried<'a>,
    ) -> Result<Letter, Error> {
        let reader = Reader::of(call_out, to);
        let sending = Sending::new(call_out, (to, &reader), purpose, carried);
        if let Some(letter) = self.press.again(call_out, &sending) {
            return Ok(letter);
        }
        let (letter, form) = self.letter_and_form(&sending)?;
        let own_link = |button: Button| button.link == sending.link;
        if let Some(form) = form
            && self.button(&sending).is_none_or(own_link)
        {
            self.press.note((call_out, &sending), &letter, form);
        }
        Ok(letter)
    }

    pub(super) fn letter(&self, sending: &Sending<'_>) -> Result<Letter, Error> {
        self.letter_and_form(sending).map(|(letter, _)| letter)
    }

    /// The same, and the form of which it was made, where that is so.
    fn letter_and_form(&self, sending: &Sending<'_>) -> Result<(Letter, Option<Arc<Form>>), Error> {
        let alone = |letter| (letter, None);
        let drill = sending.call_out.mode().is_drill();
        if let Some(letter) = self.schedule_notice(sending.call_out, sending.reader.language) {
            return letter.map(alone);
        }
        if let Some(letter) = self.drill_report(sending.call_out, sending.reader.language) {
            return letter.map(alone);
        }
        if matches!(sending.purpose, Purpose::Readiness | Purpose::Alarm) && !drill {
            let letter = self.notice(sending.call_out, sending.reader.language);
            return letter.map(alone);
        }
        let body = self.body(sending);
        let (text, html) = if drill {
            ("mail_drill.txt", "mail_drill.html")
        } else {
            ("mail_real.txt", "mail_real.html")
        };
        let which = Which {
            mode: if drill { Mode::Drill } else { Mode::Real },
            purpose: sending.purpose,
            language: sending.reader.language,
        };
        let own = self.own.write(which, &body);
        // Why: the town's own texts may name the reader, and each is used for whom it
        // can be used.
        let is_common = !self.own.has(which);
        let mut letter = Letter {
            from_name: self.sender_name(drill, sending.reader.language),
            subject: body.subject.clone(),
            text: String::new(),
            html: String::new(),
            urgent: sending.purpose.urgency() <= 1 || sending.purpose.asks(),
            files: Vec::new(),
        };
        let (mut own_text, mut own_html) = (None, None);
        if let Some(own) = own {
            letter.subject = own.subject.unwrap_or(letter.subject);
            letter.files = own.files;
            (own_text, own_html) = (own.text, own.html);
        }
        let body = Body {
            subject: letter.subject.clone(),
            ..body
        };
        let mut form = None;
        (letter.text, letter.html) = match (own_text, own_html) {
            (None, None) => {
                let pressed = self.press((text, html), body)?;
                form = pressed.form.filter(|_| is_common);
                (pressed.text, pressed.html)
            }
            (own_text, own_html) => (
                own_text.map_or_else(|| self.render(text, &body), Ok)?,
                own_html.map_or_else(|| self.render(html, &body), Ok)?,
            ),
        };
        Ok((letter, form))
    }

    /// Whose name a mail comes under. A drill's name says so, whatever the
    /// settings hold.
    pub(super) fn sender_name(&self, drill: bool, language: Language) -> String {
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

    pub(super) fn facts<'a>(&'a self, call_out: &'a CallOut, language: Language) -> Facts<'a> {
        Facts {
            call_out,
            zone: &self.settings.time_zone,
            organisation: &self.settings.organisation,
            settings: &self.settings,
            language,
            full: false,
        }
    }

    fn body(&self, sending: &Sending<'_>) -> Body {
        let language = sending.reader.language;
        let other = page::other(language);
        let (w, o) = (Mail::of(language), Mail::of(other));
        let drill = sending.call_out.mode().is_drill();
        let colour = colour(sending);
        let (band, mark, mark_other) = if drill {
            (w.drill_band, w.drill_mark.into(), o.drill_mark.into())
        } else if help::is_for_vendor(sending) {
            (w.help_band, w.help_mark.into(), o.help_mark.into())
        } else {
            let (band, mark) = real_mark(sending, w);
            (band, mark, real_mark(sending, o).1)
        };
        let facts = self.facts(sending.call_out, language);
        Body {
            lang: language.tag(),
            other_lang: other.tag(),
            subject: subject(sending, &facts),
            band,
            colour,
            mark,
            mark_other,
            // Why: nothing real holds an exercise's word, not even unused.
            end: if drill { w.drill_end } else { "" },
            headline: headline(sending, &facts),
            headline_other: headline(sending, &self.facts(sending.call_out, other)),
            what: about(sending.purpose, &facts),
            place: facts.place(),
            name: one_line(sending.name.get(language)),
            answer_by: answer_by(sending, &facts),
            lead: leads(sending).then(|| facts.why(sending.reader)),
            facts: told(sending, &facts)
                .into_iter()
                .filter(|fact| !leads(sending) || !said_before(fact, w))
                .collect(),
            asks: asks(sending, &facts),
            button: self.button(sending),
            notes: self.notes(sending, w),
            safety: one_line(self.settings.safety.get(language)),
            organisation: one_line(self.settings.organisation.get(language)),
            automatic: self.footer(
                if self.settings.replies && !sending.purpose.is_notice() {
                    w.automatic_read
                } else {
                    w.automatic
                },
                sending.written,
                language,
            ),
            written: self.written(sending.written, language),
        }
    }

    /// The last lines: that it was sent by itself, and when it was written.
    ///
    /// Why: a copy is sent where nobody can know whether the first one arrived.
    pub(super) fn footer(&self, automatic: &str, written: Timestamp, language: Language) -> String {
        behind(automatic, &self.written(written, language), language)
    }

    /// When it was written, and that it may come twice.
    fn written(&self, written: Timestamp, language: Language) -> String {
        let at = dates::date_time(written, &self.settings.time_zone, language);
        fill(Mail::of(language).written, &[("at", &at)])
    }

    /// What stands after the link; how to answer without it, where replies
    /// are read.
    fn notes(&self, sending: &Sending<'_>, w: &Mail) -> Vec<String> {
        let mut notes = notes(sending, w);
        let inform = sending.purpose == Purpose::Inform;
        if self.settings.replies && sending.call_out.wants_receipt(sending.reader.part) {
            let wanted = sending.purpose.calls() || inform;
            notes.extend(wanted.then(|| w.by_reply_receipt.to_owned()));
        } else if self.settings.replies && leads(sending) {
            notes.push(w.by_reply.to_owned());
        }
        notes
    }

    /// What the answer page may say to whoever is called: as their mail does,
    /// without a link to where they are.
    pub(super) fn called(&self, call_out: &CallOut, to: &Participant, language: Language) -> Body {
        let reader = Reader {
            language,
            ..Reader::of(call_out, to)
        };
        let purpose = Purpose::Call;
        let sending = Sending::new(call_out, (to, &reader), purpose, Carried::default());
        self.body(&sending)
    }

    fn button(&self, sending: &Sending<'_>) -> Option<Button> {
        let w = Mail::of(sending.reader.language);
        let own = |label| {
            let link = sending.link.to_owned();
            (!link.is_empty()).then_some(Button { label, link })
        };
        match sending.purpose {
            Purpose::Call | Purpose::Remind | Purpose::Help => own(w.button_answer),
            Purpose::Decide => own(w.button_decide),
            Purpose::Inform => own(w.button_received),
            Purpose::Grown | Purpose::Tell if sending.is_called() => own(w.button_own),
            Purpose::Unmet
            | Purpose::Exhausted
            | Purpose::Held
            | Purpose::Unconfirmed
            | Purpose::Paused
            | Purpose::Unfillable
            | Purpose::Corrected
            | Purpose::Aftershock
            | Purpose::HelpOut => Some(Button {
                label: w.button_page,
                link: format!(
                    "{}{}",
                    self.settings.public_url.trim_end_matches('/'),
                    page::call_out_path(&sending.call_out.id)
                ),
            }),
            Purpose::Grown
            | Purpose::Tell
            | Purpose::Released
            | Purpose::Cancelled
            | Purpose::StandDown
            | Purpose::Readiness
            | Purpose::Schedule
            | Purpose::DrillReport
            | Purpose::Alarm
            | Purpose::Replied => None,
        }
    }
}

/// One sentence behind another.
pub(super) fn behind(first: &str, second: &str, language: Language) -> String {
    let gap = match language {
        Language::Ja => "",
        Language::En => " ",
    };
    format!("{first}{gap}{second}")
}

/// Whether the reader is called, and so reads first why, and until when to
/// answer.
fn leads(sending: &Sending<'_>) -> bool {
    matches!(sending.purpose, Purpose::Call | Purpose::Remind) && sending.is_called()
}

/// By when an answer is asked for, where it is.
fn answer_by(sending: &Sending<'_>, facts: &Facts<'_>) -> Option<String> {
    match sending.purpose {
        Purpose::Help => help::short_ask(sending, facts),
        purpose if purpose.calls() => facts.answer_by(),
        _ => None,
    }
}

/// The colour of everything about an exercise.
pub(super) const DRILL: &str = "#00594f";

/// Red where somebody is called, asked, or has to act: what only tells, and
/// what is over, must not look like a call-out.
fn colour(sending: &Sending<'_>) -> &'static str {
    const CALLS: &str = "#b3001b";
    const TELLS: &str = "#3a4450";
    if sending.call_out.mode().is_drill() {
        return DRILL;
    }
    match sending.purpose {
        Purpose::Grown | Purpose::Tell if sending.is_called() => CALLS,
        Purpose::Inform
        | Purpose::Grown
        | Purpose::Tell
        | Purpose::Released
        | Purpose::Aftershock
        | Purpose::Cancelled
        | Purpose::StandDown
        | Purpose::Readiness
        | Purpose::Schedule
        | Purpose::DrillReport
        | Purpose::Alarm
        | Purpose::Replied => TELLS,
        Purpose::Call
        | Purpose::Remind
        | Purpose::Decide
        | Purpose::Unmet
        | Purpose::Exhausted
        | Purpose::Held
        | Purpose::Unconfirmed
        | Purpose::Paused
        | Purpose::Unfillable
        | Purpose::Corrected
        | Purpose::Help
        | Purpose::HelpOut => CALLS,
    }
}

/// Facts that the first lines have said.
fn said_before(fact: &Fact, w: &Mail) -> bool {
    [w.fact_why, w.fact_answer_by].contains(&fact.label)
}
