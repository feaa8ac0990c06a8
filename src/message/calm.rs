//! A letter, and a page, of what is neither a call-out nor an exercise:
//! signing in, testing a contact, confirming one.
//!
//! Owns their one layout. Each says at its top that nobody need go anywhere;
//! the words are their owners'.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::text::{Language, one_line};

use super::facts::Fact;
use super::letter::Letter;
use super::page::{self, Frame, Kind};
use super::words::Mail;
use super::{Error, Messages};

/// What a calm letter says, in its reader's language first.
pub(super) struct Calm<'a> {
    pub(super) language: Language,
    /// When it was written.
    pub(super) written: Timestamp,
    pub(super) subject: String,
    pub(super) band: &'static str,
    /// That nothing has happened: in both languages.
    pub(super) mark: [&'static str; 2],
    pub(super) headline: [String; 2],
    /// What its one button says, and where that leads.
    pub(super) way: Option<(&'static str, &'a str)>,
    pub(super) facts: Vec<Fact>,
    pub(super) notes: Vec<&'static str>,
    pub(super) notes_other: Vec<&'static str>,
}

#[derive(Serialize)]
struct Way<'a> {
    button: &'static str,
    link: &'a str,
}

#[derive(Serialize)]
struct Plain<'a> {
    lang: &'static str,
    other_lang: &'static str,
    subject: &'a str,
    band: &'static str,
    mark: &'static str,
    mark_other: &'static str,
    headline: &'a str,
    headline_other: &'a str,
    way: Option<Way<'a>>,
    facts: &'a [Fact],
    notes: &'a [&'static str],
    notes_other: &'a [&'static str],
    organisation: &'a str,
    automatic: String,
}

/// A page that says something, and may lead on.
pub(super) struct Says {
    pub(super) title: [&'static str; 2],
    pub(super) warns: bool,
    pub(super) lines: [String; 2],
    pub(super) lines_other: [String; 2],
    /// Where it leads, and what that is called.
    pub(super) way: Option<(String, &'static str)>,
}

#[derive(Serialize)]
struct SaysPage {
    p: Frame,
    title: &'static str,
    title_other: &'static str,
    warns: bool,
    lines: [String; 2],
    lines_other: [String; 2],
    way: Option<(String, &'static str)>,
}

impl Messages {
    pub(super) fn calm_letter(&self, calm: &Calm<'_>) -> Result<Letter, Error> {
        let language = calm.language;
        let organisation = one_line(self.settings.organisation.get(language));
        let plain = Plain {
            lang: language.tag(),
            other_lang: page::other(language).tag(),
            subject: &calm.subject,
            band: calm.band,
            mark: calm.mark[0],
            mark_other: calm.mark[1],
            headline: &calm.headline[0],
            headline_other: &calm.headline[1],
            way: calm.way.map(|(button, link)| Way { button, link }),
            facts: &calm.facts,
            notes: &calm.notes,
            notes_other: &calm.notes_other,
            organisation: &organisation,
            automatic: self.footer(Mail::of(language).automatic, calm.written, language),
        };
        Ok(Letter {
            text: self.render("mail_plain.txt", &plain)?,
            html: self.render("mail_plain.html", &plain)?,
            from_name: organisation,
            subject: calm.subject.clone(),
            urgent: false,
            files: Vec::new(),
        })
    }

    pub(super) fn calm_page(&self, says: Says, language: Language) -> Result<String, Error> {
        let [title, title_other] = says.title;
        let context = SaysPage {
            p: self.frame(Kind::Calm, title.to_owned(), language),
            title,
            title_other,
            warns: says.warns,
            lines: says.lines,
            lines_other: says.lines_other,
            way: says.way,
        };
        self.render("calm_says.html", &context)
    }
}
