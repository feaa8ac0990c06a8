//! A notice about a drill that is due: announced, moved, fallen out.
//!
//! Owns its letter, which carries the exercise's mark like everything about a
//! drill and asks for nothing.

use serde::Serialize;

use crate::domain::call_out::CallOut;
use crate::domain::event::EventKind;
use crate::domain::schedule::Changed;
use crate::domain::text::{Language, one_line};

use super::letter::Letter;
use super::words::{Mail, schedule as words};
use super::{Error, Messages, page};

#[derive(Serialize)]
struct Notice {
    lang: &'static str,
    other_lang: &'static str,
    subject: String,
    band: &'static str,
    colour: &'static str,
    mark: &'static str,
    mark_other: &'static str,
    end: &'static str,
    headline: String,
    headline_other: String,
    why_label: &'static str,
    why: Option<String>,
    month_label: &'static str,
    month: String,
    ask: &'static str,
    organisation: String,
    automatic: &'static str,
}

impl Messages {
    /// The letter of a notice about a drill; `None` where it is about none.
    pub(super) fn schedule_notice(
        &self,
        call_out: &CallOut,
        language: Language,
    ) -> Option<Result<Letter, Error>> {
        match &call_out.event.kind {
            EventKind::Schedule(changed) => Some(self.about_schedule(changed, language)),
            _ => None,
        }
    }

    fn about_schedule(&self, changed: &Changed, language: Language) -> Result<Letter, Error> {
        let other = page::other(language);
        let (w, o) = (words::Schedule::of(language), words::Schedule::of(other));
        let zone = &self.settings.time_zone;
        let notice = Notice {
            lang: language.tag(),
            other_lang: other.tag(),
            subject: words::subject(changed, language),
            band: w.band,
            colour: super::letter::DRILL,
            mark: w.mark,
            mark_other: o.mark,
            end: w.end,
            headline: words::sentence(changed, zone, language),
            headline_other: words::sentence(changed, zone, other),
            why_label: w.why,
            why: words::reason(&changed.change, language),
            month_label: w.month,
            month: changed.month.to_string(),
            ask: words::ask(&changed.change, w),
            organisation: one_line(self.settings.organisation.get(language)),
            automatic: Mail::of(language).automatic,
        };
        Ok(Letter {
            from_name: self.sender_name(true, language),
            text: self.render("mail_schedule.txt", &notice)?,
            html: self.render("mail_schedule.html", &notice)?,
            subject: notice.subject,
            urgent: false,
            files: Vec::new(),
        })
    }
}
