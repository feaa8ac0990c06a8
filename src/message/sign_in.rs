//! Signing in: the form, the link's mail, and the pages behind the link.
//!
//! Owns what they say. The mail must look neither like a call-out nor like an
//! exercise. It must not know how a link is made or checked.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::domain::roster::Person;
use crate::domain::text::{Language, one_line};

use super::calm::{Calm, Says};
use super::facts::Fact;
use super::letter::Letter;
use super::page::{self, Frame, Kind};
use super::view::SignInView;
use super::words::{Page, SignIn, fill};
use super::{Error, Messages, dates};

/// What a link's mail is made of.
#[derive(Clone, Copy, Debug)]
pub struct LinkLetter<'a> {
    /// To whom.
    pub to: &'a Person,
    /// The link.
    pub link: &'a str,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// How long it works from then.
    pub works: SignedDuration,
}

/// The page with the one button.
#[derive(Clone, Copy, Debug)]
pub struct EnterView<'a> {
    /// Who signs in.
    pub person: &'a Person,
    /// Until when the link works.
    pub until: Timestamp,
    /// How long the sign-in holds.
    pub holds: SignedDuration,
    /// In which language first.
    pub language: Language,
}

/// Why a link does not open anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// Somebody signed in by it.
    Used,
    /// Its time is over.
    Expired,
    /// It is none, or its person may no longer sign in.
    Unknown,
}

#[derive(Serialize)]
struct Form<'a> {
    p: Frame,
    s: &'static SignIn,
    t: &'static SignIn,
    refused: bool,
    undone: bool,
    action: &'a str,
    link_action: Option<&'a str>,
}

#[derive(Serialize)]
struct Enter {
    p: Frame,
    s: &'static SignIn,
    t: &'static SignIn,
    says: String,
    says_other: String,
    until: String,
    holds: String,
}

impl Messages {
    /// The page on which a token is entered, or a link asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn sign_in(&self, view: &SignInView) -> Result<String, Error> {
        let title = Page::of(view.language).sign_in_title.to_owned();
        let context = Form {
            p: self.frame(Kind::Calm, title, view.language),
            s: SignIn::of(view.language),
            t: SignIn::of(page::other(view.language)),
            refused: view.refused,
            undone: view.undone,
            action: &view.action,
            link_action: view.link_action.as_deref(),
        };
        self.render("sign_in.html", &context)
    }

    /// What everybody reads who asked for a link.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn sign_in_sent(&self, language: Language, works: SignedDuration) -> Result<String, Error> {
        let lines = |language| {
            let w = SignIn::of(language);
            [timed(w.sent, works, language), w.sent_then.to_owned()]
        };
        let (w, o) = (SignIn::of(language), SignIn::of(page::other(language)));
        self.sign_in_says((w.sent_title, o.sent_title), false, language, lines)
    }

    /// What is read behind a link that opens nothing: why, and what to do.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn sign_in_dead(
        &self,
        why: Dead,
        works: SignedDuration,
        language: Language,
    ) -> Result<String, Error> {
        let lines = |language| {
            let w = SignIn::of(language);
            let why = match why {
                Dead::Used => w.dead_used.to_owned(),
                Dead::Expired => timed(w.dead_expired, works, language),
                Dead::Unknown => w.dead_unknown.to_owned(),
            };
            [why, w.dead_then.to_owned()]
        };
        let (w, o) = (SignIn::of(language), SignIn::of(page::other(language)));
        self.sign_in_says((w.dead_title, o.dead_title), true, language, lines)
    }

    fn sign_in_says(
        &self,
        (title, title_other): (&'static str, &'static str),
        warns: bool,
        language: Language,
        lines: impl Fn(Language) -> [String; 2],
    ) -> Result<String, Error> {
        let says = Says {
            title: [title, title_other],
            warns,
            lines: lines(language),
            lines_other: lines(page::other(language)),
            way: Some(("/sign-in".to_owned(), SignIn::of(language).again)),
        };
        self.calm_page(says, language)
    }

    /// The page behind a link: one button, which signs in.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn sign_in_enter(&self, view: &EnterView<'_>) -> Result<String, Error> {
        let language = view.language;
        let other = page::other(language);
        let w = SignIn::of(language);
        let says = |language| {
            let name = one_line(view.person.name.get(language));
            fill(SignIn::of(language).enter_says, &[("person", &name)])
        };
        let until = dates::date_time(view.until, &self.settings.time_zone, language);
        let context = Enter {
            p: self.frame(Kind::Calm, w.enter_title.to_owned(), language),
            s: w,
            t: SignIn::of(other),
            says: says(language),
            says_other: says(other),
            until: fill(w.enter_until, &[("at", &until)]),
            holds: timed(w.enter_holds, view.holds, language),
        };
        self.render("sign_in_enter.html", &context)
    }

    /// The mail that carries a link, in the person's language.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when a template does not hold.
    pub fn sign_in_letter(&self, letter: &LinkLetter<'_>) -> Result<Letter, Error> {
        let language = letter.to.language;
        let other = page::other(language);
        let (w, o) = (SignIn::of(language), SignIn::of(other));
        let headline = |language| {
            let name = one_line(letter.to.name.get(language));
            fill(SignIn::of(language).mail_headline, &[("person", &name)])
        };
        let at = |at| dates::date_time(at, &self.settings.time_zone, language);
        let until = letter.asked_at + letter.works;
        self.calm_letter(&Calm {
            language,
            written: letter.asked_at,
            subject: timed(w.mail_subject, letter.works, language),
            band: w.mail_band,
            mark: [w.mail_mark, o.mail_mark],
            headline: [headline(language), headline(other)],
            way: Some((w.enter, letter.link)),
            facts: vec![
                Fact {
                    label: w.mail_asked,
                    value: at(letter.asked_at),
                },
                Fact {
                    label: w.mail_until,
                    value: at(until),
                },
            ],
            notes: vec![w.mail_once, w.mail_not_you],
            notes_other: vec![o.mail_once, o.mail_not_you],
        })
    }
}

/// A wording with its length of time.
fn timed(wording: &str, length: SignedDuration, language: Language) -> String {
    let length = dates::length(length.unsigned_abs(), language);
    fill(wording, &[("length", &length)])
}
