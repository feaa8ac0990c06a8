//! A notice to administrators: what the roster check found, or what fails now.
//!
//! Owns its letter, which must look neither like a call-out nor like an
//! exercise: a band, a sender's name and a subject of its own, no urgency and
//! nothing to answer.

use serde::Serialize;

use crate::domain::call_out::CallOut;
use crate::domain::event::EventKind;
use crate::domain::text::{Language, Text, one_line};

use super::letter::Letter;
use super::words::alarm::Alarm;
use super::words::readiness::Readiness;
use super::words::{Mail, fill};
use super::{Error, Messages, dates, page};

/// Findings in one letter; the rest is counted.
const SHOWN: usize = 40;

#[derive(Serialize)]
struct Found {
    number: usize,
    says: String,
}

#[derive(Serialize)]
struct Notice {
    lang: &'static str,
    other_lang: &'static str,
    subject: String,
    band: &'static str,
    mark: &'static str,
    mark_other: &'static str,
    headline: String,
    headline_other: String,
    checked_label: &'static str,
    checked: String,
    found_label: &'static str,
    found: Vec<Found>,
    more: Option<String>,
    ask: &'static str,
    board_label: &'static str,
    board: String,
    organisation: String,
    automatic: String,
}

/// What a notice says around its sentences.
struct Around {
    title: &'static str,
    subject: &'static str,
    mark: &'static str,
    headline: &'static str,
    checked: &'static str,
    found: &'static str,
    more: &'static str,
    ask: &'static str,
}

/// Around what the roster check found.
fn checked(language: Language) -> Around {
    let w = Readiness::of(language);
    Around {
        title: w.title,
        subject: w.subject,
        mark: w.mark,
        headline: w.headline,
        checked: w.checked,
        found: w.found,
        more: w.more,
        ask: w.ask,
    }
}

/// Around what fails now.
fn alarm(language: Language) -> Around {
    let w = Alarm::of(language);
    Around {
        title: w.title,
        subject: w.subject,
        mark: w.mark,
        headline: w.headline,
        checked: w.checked,
        found: w.found,
        more: w.more,
        ask: w.ask,
    }
}

impl Messages {
    /// The letter of a notice.
    pub(super) fn notice(&self, call_out: &CallOut, language: Language) -> Result<Letter, Error> {
        let other = page::other(language);
        let (findings, w, o): (&[Text], _, _) = match &call_out.event.kind {
            EventKind::Alarm { says } => (says, alarm(language), alarm(other)),
            EventKind::Readiness { findings } => (findings, checked(language), checked(other)),
            _ => (&[], checked(language), checked(other)),
        };
        let count = findings.len().to_string();
        let counted = |wording| fill(wording, &[("count", &count)]);
        let left = findings.len().saturating_sub(SHOWN);
        let shown = (1..).zip(findings).take(SHOWN);
        let organisation = one_line(self.settings.organisation.get(language));
        let notice = Notice {
            lang: language.tag(),
            other_lang: other.tag(),
            subject: counted(w.subject),
            band: w.title,
            mark: w.mark,
            mark_other: o.mark,
            headline: counted(w.headline),
            headline_other: counted(o.headline),
            checked_label: w.checked,
            checked: dates::date_time(call_out.opened_at, &self.settings.time_zone, language),
            found_label: w.found,
            found: shown
                .map(|(number, text)| Found {
                    number,
                    says: one_line(text.get(language)),
                })
                .collect(),
            more: (left > 0).then(|| fill(w.more, &[("count", &left.to_string())])),
            ask: w.ask,
            board_label: Readiness::of(language).button_board,
            board: self.board_link(),
            organisation: organisation.clone(),
            automatic: self.footer(Mail::of(language).automatic, call_out.opened_at, language),
        };
        Ok(Letter {
            from_name: organisation,
            text: self.render("mail_notice.txt", &notice)?,
            html: self.render("mail_notice.html", &notice)?,
            subject: notice.subject,
            urgent: false,
            files: Vec::new(),
        })
    }

    /// Where the board is.
    pub(super) fn board_link(&self) -> String {
        format!("{}/", self.settings.public_url.trim_end_matches('/'))
    }
}
