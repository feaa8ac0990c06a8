//! A notice about a drill that is due: announced, moved, fallen out.
//!
//! Owns its words, in the layout of [`super::marked`]; it asks for nothing.

use crate::domain::call_out::CallOut;
use crate::domain::event::EventKind;
use crate::domain::schedule::Changed;
use crate::domain::text::Language;

use super::letter::Letter;
use super::marked::Marked;
use super::words::schedule as words;
use super::{Error, Messages, page};

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
        let why = words::reason(&changed.change, language);
        let why = why.map(|why| format!("{}: {why}", w.why));
        let month = format!("{}: {}", w.month, changed.month);
        self.marked_letter(Marked {
            language,
            // Why: a drill is put off at the time that was drawn for it.
            written: None,
            subject: words::subject(changed, language),
            band: w.band,
            mark: [w.mark, o.mark],
            end: w.end,
            headline: [language, other].map(|it| words::sentence(changed, zone, it)),
            says: why.into_iter().chain([month]).collect(),
            ask: words::ask(&changed.change, w).to_owned(),
            way: None,
        })
    }
}
