//! Confirming an address: its mail, and the pages behind the link.
//!
//! Owns what they say. The mail may go to a stranger, where somebody mistyped
//! an address: it names the person and this one address, and nothing else. It
//! must look neither like a call-out nor like an exercise.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::contact::Proof;
use crate::domain::roster::Person;
use crate::domain::text::{Language, one_line};

use super::calm::{Calm, Says};
use super::facts::Fact;
use super::letter::Letter;
use super::page::{self, Frame, Kind};
use super::words::{Contacts, fill};
use super::{Error, Messages, dates};

/// What a confirmation's mail is made of.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmLetter<'a> {
    /// To whom.
    pub to: &'a Person,
    /// The address that is asked.
    pub address: &'a str,
    /// The link.
    pub link: &'a str,
    /// Whether it was asked before.
    pub again: bool,
    /// When it is sent.
    pub asked_at: Timestamp,
    /// Until when the link works.
    pub until: Timestamp,
}

/// The page behind the link, and what it says once something was pressed.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmView<'a> {
    /// Who confirms.
    pub person: &'a Person,
    /// What.
    pub address: &'a str,
    /// Whether a button was pressed so soon that a machine may have done it.
    pub soon: bool,
    /// In which language first.
    pub language: Language,
}

/// Why a link opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// It is none, or nobody has the address any more.
    Unknown,
    /// Its time is over.
    Expired,
}

#[derive(Serialize)]
struct ConfirmPage<'a> {
    p: Frame,
    w: &'static Contacts,
    o: &'static Contacts,
    address: &'a str,
    soon: bool,
    says: String,
    says_other: String,
}

impl Messages {
    /// The mail that asks an address to confirm itself.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when a template does not hold.
    pub fn contact_confirm_letter(&self, letter: &ConfirmLetter<'_>) -> Result<Letter, Error> {
        let language = letter.to.language;
        let other = page::other(language);
        let (w, o) = (Contacts::of(language), Contacts::of(other));
        let headline = |language| {
            let name = one_line(letter.to.name.get(language));
            fill(Contacts::of(language).mail_headline, &[("person", &name)])
        };
        let at = |at| dates::date_time(at, &self.settings.time_zone, language);
        let subject = match letter.again {
            true => w.mail_subject_again,
            false => w.mail_subject,
        };
        let fact = |label, value| Fact { label, value };
        self.calm_letter(&Calm {
            language,
            written: letter.asked_at,
            subject: subject.to_owned(),
            band: w.mail_band,
            mark: [w.mail_mark, o.mail_mark],
            headline: [headline(language), headline(other)],
            way: Some((w.mail_button, letter.link)),
            facts: vec![
                fact(w.mail_address, one_line(letter.address)),
                fact(w.mail_sent, at(letter.asked_at)),
                fact(w.mail_until, at(letter.until)),
            ],
            notes: vec![w.mail_press, w.mail_not_you],
            notes_other: vec![o.mail_press, o.mail_not_you],
        })
    }

    /// The page behind the link: one button that confirms, one that does not.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn contact_confirm_page(&self, view: &ConfirmView<'_>) -> Result<String, Error> {
        let language = view.language;
        let other = page::other(language);
        let says = |language| {
            let name = one_line(view.person.name.get(language));
            fill(Contacts::of(language).confirm_says, &[("person", &name)])
        };
        let w = Contacts::of(language);
        self.render(
            "contact_confirm.html",
            &ConfirmPage {
                p: self.frame(Kind::Calm, w.confirm_title.to_owned(), language),
                w,
                o: Contacts::of(other),
                address: view.address,
                soon: view.soon,
                says: says(language),
                says_other: says(other),
            },
        )
    }

    /// What is read once it is confirmed; it leads to the person's contacts.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn contact_confirmed_page(
        &self,
        view: &ConfirmView<'_>,
        at: Timestamp,
        mine: &str,
    ) -> Result<String, Error> {
        let lines = |language| {
            let w = Contacts::of(language);
            let at = dates::date_time(at, &self.settings.time_zone, language);
            let values = [("address", view.address), ("at", at.as_str())];
            [fill(w.confirmed, &values), w.confirmed_then.to_owned()]
        };
        let words = |of: fn(&Contacts) -> &'static str| words(of, view.language);
        let says = Says {
            title: words(|w| w.confirmed_title),
            warns: false,
            lines: lines(view.language),
            lines_other: lines(page::other(view.language)),
            way: Some((mine.to_owned(), Contacts::of(view.language).to_mine)),
        };
        self.calm_page(says, view.language)
    }

    /// What is read by whoever said that an address is not theirs.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn contact_told_page(&self, language: Language) -> Result<String, Error> {
        self.contact_says(
            (|w| w.told_title, |w| w.told, |w| w.told_then),
            false,
            language,
        )
    }

    /// What is read behind a link that opens nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn contact_dead_page(&self, why: Dead, language: Language) -> Result<String, Error> {
        let why: fn(&Contacts) -> &'static str = match why {
            Dead::Unknown => |w| w.dead_unknown,
            Dead::Expired => |w| w.dead_expired,
        };
        self.contact_says((|w| w.dead_title, why, |w| w.dead_then), true, language)
    }

    fn contact_says(
        &self,
        (title, first, then): (Of, Of, Of),
        warns: bool,
        language: Language,
    ) -> Result<String, Error> {
        let lines = |language| {
            let w = Contacts::of(language);
            [first(w).to_owned(), then(w).to_owned()]
        };
        let says = Says {
            title: words(title, language),
            warns,
            lines: lines(language),
            lines_other: lines(page::other(language)),
            way: None,
        };
        self.calm_page(says, language)
    }

    /// The last word on a contact, with its time.
    pub fn proof(&self, proof: Proof, now: Timestamp, language: Language) -> String {
        let w = Contacts::of(language);
        let wording = match proof {
            Proof::Confirmed(_) => w.proof_confirmed,
            Proof::Answered(_) => w.proof_answered,
            Proof::Refused(_) => w.proof_refused,
            Proof::Accepted(_) => w.proof_accepted,
            Proof::None => w.proof_none,
        };
        let at = proof.at().unwrap_or(now);
        let at = dates::near(at, now, &self.settings.time_zone, language);
        fill(wording, &[("at", &at)])
    }
}

/// One of the words.
type Of = fn(&Contacts) -> &'static str;

fn words(of: Of, language: Language) -> [&'static str; 2] {
    [language, page::other(language)].map(|language| of(Contacts::of(language)))
}
