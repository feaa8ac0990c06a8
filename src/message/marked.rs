//! A letter about an exercise that calls nobody: one that is due, the report of
//! one.
//!
//! Owns their one layout, which carries the exercise's mark at its top and in
//! its last line. The words are their owners'.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::text::{Language, one_line};

use super::letter::{DRILL, Letter, behind};
use super::words::Mail;
use super::{Error, Messages, page};

/// What a marked letter says, in its reader's language first.
pub(super) struct Marked {
    pub(super) language: Language,
    /// When it was written, where that gives no secret away.
    pub(super) written: Option<Timestamp>,
    pub(super) subject: String,
    pub(super) band: &'static str,
    /// That nothing has happened: in both languages.
    pub(super) mark: [&'static str; 2],
    /// The last line: that it was about an exercise.
    pub(super) end: &'static str,
    pub(super) headline: [String; 2],
    /// A sentence each.
    pub(super) says: Vec<String>,
    /// What is to be done.
    pub(super) ask: String,
    /// What its one button says, and where that leads.
    pub(super) way: Option<(&'static str, String)>,
}

#[derive(Serialize)]
struct Way {
    button: &'static str,
    link: String,
}

#[derive(Serialize)]
struct Laid {
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
    says: Vec<String>,
    ask: String,
    way: Option<Way>,
    organisation: String,
    automatic: String,
}

impl Messages {
    pub(super) fn marked_letter(&self, marked: Marked) -> Result<Letter, Error> {
        let language = marked.language;
        let w = Mail::of(language);
        let [mark, mark_other] = marked.mark;
        let [headline, headline_other] = marked.headline;
        let laid = Laid {
            lang: language.tag(),
            other_lang: page::other(language).tag(),
            subject: marked.subject,
            band: marked.band,
            colour: DRILL,
            mark,
            mark_other,
            end: marked.end,
            headline,
            headline_other,
            says: marked.says,
            ask: marked.ask,
            way: marked.way.map(|(button, link)| Way { button, link }),
            organisation: one_line(self.settings.organisation.get(language)),
            automatic: match marked.written {
                Some(written) => self.footer(w.automatic, written, language),
                None => behind(w.automatic, w.twice, language),
            },
        };
        Ok(Letter {
            from_name: self.sender_name(true, language),
            text: self.render("mail_marked.txt", &laid)?,
            html: self.render("mail_marked.html", &laid)?,
            subject: laid.subject,
            urgent: false,
            files: Vec::new(),
        })
    }
}
