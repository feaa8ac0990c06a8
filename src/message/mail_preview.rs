//! A page that shows mails as they would be, for a browser.
//!
//! Owns its layout: each mail with its sender, its subject and both of its
//! parts, the one in HTML in a frame that may run nothing.

use serde::Serialize;

use crate::domain::notification::Purpose;
use crate::domain::text::{Language, Text, one_line};

use super::words::{self, Commands, fill};
use super::{Error, Letter, Messages};

/// One mail of the page.
#[derive(Clone, Copy, Debug)]
pub struct Previewed<'a> {
    /// What it is for.
    pub purpose: Purpose,
    /// The name of the first who gets it.
    pub to: &'a Text,
    /// How many get it at that moment.
    pub people: usize,
    /// As it would be.
    pub letter: &'a Letter,
}

#[derive(Serialize)]
struct Mail<'a> {
    purpose: &'static str,
    to: String,
    from: &'a str,
    subject: &'a str,
    own: String,
    text: &'a str,
    html: &'a str,
}

#[derive(Serialize)]
struct Page<'a> {
    lang: &'static str,
    title: String,
    w: &'static Commands,
    mails: Vec<Mail<'a>>,
}

/// By which files a mail is written.
pub fn written_by(letter: &Letter, language: Language) -> String {
    if letter.files.is_empty() {
        return Commands::of(language).preview_built_in.to_owned();
    }
    let files = letter.files.iter();
    let files = files.map(|file| format!("{}/{file}", super::own::FOLDER));
    files.collect::<Vec<_>>().join(", ")
}

impl Messages {
    /// The page.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn mail_preview(
        &self,
        title: &str,
        mails: &[Previewed<'_>],
        language: Language,
    ) -> Result<String, Error> {
        let w = Commands::of(language);
        let shown = mails.iter().map(|mail| {
            let name = one_line(mail.to.get(language));
            let people = mail.people.to_string();
            Mail {
                purpose: words::purpose(mail.purpose, language),
                to: fill(w.preview_to, &[("name", &name), ("people", &people)]),
                from: &mail.letter.from_name,
                subject: &mail.letter.subject,
                own: written_by(mail.letter, language),
                text: &mail.letter.text,
                html: &mail.letter.html,
            }
        });
        let page = Page {
            lang: language.tag(),
            title: one_line(title),
            w,
            mails: shown.collect(),
        };
        self.render("mail_preview.html", &page)
    }
}
