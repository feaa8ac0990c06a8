//! A person's own contacts: what proves each, and the forms that report a
//! change; and the mail that carries the link.
//!
//! Owns what stands on the page. Nothing on it changes the roster: what is
//! reported waits for a person. It must not know how the link is made.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::contact::Proof;
use crate::domain::contact_change::{Change, Kind as Reported, Verdict};
use crate::domain::roster::{Contact, Person};
use crate::domain::text::{Language, Text, one_line};
use crate::domain::typed::masked;

use super::calm::Calm;
use super::facts::Fact;
use super::letter::Letter;
use super::page::{self, Frame, Kind};
use super::words::{Contacts, MyContacts, fill};
use super::{Error, Messages, dates, words};

/// One contact on the page.
#[derive(Clone, Debug)]
pub struct OwnContact<'a> {
    /// Which.
    pub contact: &'a Contact,
    /// The last word on it.
    pub proof: Proof,
    /// What its forms carry, so that a page of yesterday changes no other.
    pub mark: String,
}

/// The page.
#[derive(Clone, Debug)]
pub struct MyContactsView<'a> {
    /// Whose.
    pub person: &'a Person,
    /// Their contacts, in their order.
    pub contacts: Vec<OwnContact<'a>>,
    /// What was reported, oldest first.
    pub changes: &'a [Change],
    /// Whether addresses are shown whole.
    pub whole: bool,
    /// What has just been kept.
    pub done: bool,
    /// Why nothing was.
    pub problem: Option<Text>,
    /// Until when the link works.
    pub until: Timestamp,
    /// As of when.
    pub now: Timestamp,
    /// In which language first.
    pub language: Language,
}

/// What the mail with the link is made of.
#[derive(Clone, Copy, Debug)]
pub struct MineLetter<'a> {
    /// To whom.
    pub to: &'a Person,
    /// The link.
    pub link: &'a str,
    /// When it is sent.
    pub sent_at: Timestamp,
    /// Until when the link works.
    pub until: Timestamp,
}

#[derive(Serialize)]
struct Own {
    channel: String,
    address: String,
    proof: String,
    class: &'static str,
    mail: bool,
    mark: String,
}

#[derive(Serialize)]
struct Report {
    what: String,
    state: String,
    class: &'static str,
}

#[derive(Serialize)]
struct Mine {
    p: Frame,
    w: &'static MyContacts,
    o: &'static MyContacts,
    not_call: [&'static str; 2],
    name: String,
    contacts: Vec<Own>,
    reports: Vec<Report>,
    masked: bool,
    done: bool,
    problem: Option<String>,
    problem_other: String,
    until: String,
}

impl Messages {
    /// The page of a person's own contacts.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn my_contacts_page(&self, view: &MyContactsView<'_>) -> Result<String, Error> {
        let language = view.language;
        let other = page::other(language);
        let w = MyContacts::of(language);
        let contacts = view.contacts.iter().map(|own| Own {
            channel: words::channel(&own.contact.channel, language),
            address: shown(&own.contact.address, view.whole),
            proof: self.proof(own.proof, view.now, language),
            class: match own.proof {
                Proof::Confirmed(_) | Proof::Answered(_) => "done",
                Proof::Refused(_) => "warn",
                Proof::Accepted(_) | Proof::None => "open",
            },
            mail: own.contact.address.contains('@'),
            mark: own.mark.clone(),
        });
        let until = dates::date_time(view.until, &self.settings.time_zone, language);
        let problem = view.problem.as_ref();
        let context = Mine {
            p: self.frame(Kind::Calm, w.title.to_owned(), language),
            w,
            o: MyContacts::of(other),
            not_call: [language, other].map(|language| Contacts::of(language).not_call),
            name: one_line(view.person.name.get(language)),
            contacts: contacts.collect(),
            reports: view
                .changes
                .iter()
                .map(|one| self.report(one, view))
                .collect(),
            masked: !view.whole,
            done: view.done,
            problem: problem.map(|problem| one_line(problem.get(language))),
            problem_other: problem.map_or_else(String::new, |said| one_line(said.get(other))),
            until: fill(w.until, &[("at", &until)]),
        };
        self.render("my_contacts.html", &context)
    }

    fn report(&self, change: &Change, view: &MyContactsView<'_>) -> Report {
        let language = view.language;
        let w = MyContacts::of(language);
        let at = |at| dates::near(at, view.now, &self.settings.time_zone, language);
        let (state, class) = match change.verdict {
            None => (fill(w.waits, &[("at", &at(change.reported_at))]), "open"),
            Some(Verdict::Accepted) => {
                let decided = change.decided_at.unwrap_or(change.reported_at);
                (fill(w.accepted, &[("at", &at(decided))]), "done")
            }
            // Invariant: what the office wrote to a person is no stranger's.
            Some(Verdict::Refused) if !view.whole => (w.refused_only.to_owned(), "warn"),
            Some(Verdict::Refused) => {
                let why = change.reason.as_deref().unwrap_or_default();
                (fill(w.refused, &[("why", &one_line(why))]), "warn")
            }
        };
        Report {
            what: reported(change, view.whole, language),
            state,
            class,
        }
    }

    /// The mail that carries the link to a person's own contacts.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when a template does not hold.
    pub fn my_contacts_letter(&self, letter: &MineLetter<'_>) -> Result<Letter, Error> {
        let language = letter.to.language;
        let other = page::other(language);
        let (w, o) = (MyContacts::of(language), MyContacts::of(other));
        let headline = |language| {
            let name = one_line(letter.to.name.get(language));
            fill(MyContacts::of(language).mail_headline, &[("person", &name)])
        };
        let at = |at| dates::date_time(at, &self.settings.time_zone, language);
        let fact = |label, value| Fact { label, value };
        self.calm_letter(&Calm {
            language,
            written: letter.sent_at,
            subject: w.mail_subject.to_owned(),
            band: w.mail_band,
            mark: [w.mail_mark, o.mail_mark],
            headline: [headline(language), headline(other)],
            way: Some((w.mail_button, letter.link)),
            facts: vec![
                fact(w.mail_sent, at(letter.sent_at)),
                fact(w.mail_until, at(letter.until)),
            ],
            notes: vec![w.mail_what, w.mail_keep],
            notes_other: vec![o.mail_what, o.mail_keep],
        })
    }
}

/// What was reported, in a few words. Where they are not to be read whole, what
/// the person wrote is left out.
pub fn reported(change: &Change, whole: bool, language: Language) -> String {
    let w = MyContacts::of(language);
    let proposal = &change.proposal;
    let old = proposal.contact.as_ref();
    let old = old.map(|contact| shown(&contact.address, whole));
    let old = old.unwrap_or_default();
    let new = shown(proposal.new_address.as_deref().unwrap_or_default(), whole);
    let note = proposal.note.as_deref().filter(|_| whole);
    let note = one_line(note.unwrap_or_default());
    let values = [
        ("old", old.as_str()),
        ("new", new.as_str()),
        ("note", note.as_str()),
    ];
    let wording = match (proposal.kind, &proposal.contact) {
        (Reported::New, Some(_)) => w.reported_moved,
        (Reported::New, None) => w.reported_new,
        (Reported::Wrong, _) => w.reported_wrong,
        (Reported::Gone, _) => w.reported_gone,
        (Reported::Note, _) if !whole => w.other,
        (Reported::Note, _) => w.reported_note,
    };
    let said = fill(wording, &values);
    let said = if note.is_empty() || proposal.kind == Reported::Note {
        said
    } else {
        fill(w.reported_with_note, &[("what", &said), ("note", &note)])
    };
    match whole && change.is_unchecked() {
        true => fill(w.reported_unchecked, &[("what", &said)]),
        false => said,
    }
}

fn shown(address: &str, whole: bool) -> String {
    match whole || address.is_empty() {
        true => one_line(address),
        false => masked(&one_line(address)),
    }
}
