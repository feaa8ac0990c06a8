//! The people of the roster, and when each was last reached.
//!
//! Owns what stands on it. It shows an address only to a reader who may see
//! it.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::contact::{Known, Proof};
use crate::domain::contact_change::Change;
use crate::domain::id::PersonId;
use crate::domain::plan::Plan;
use crate::domain::roster::{Contact, Person, Roster};
use crate::domain::text::{Language, Text, one_line};

use super::my_contacts::reported;
use super::page::{self, Frame, Kind};
use super::view::Reader;
use super::words::{self, Changes, Commands, fill, list};
use super::{Error, Messages, dates};

/// The page of people.
#[derive(Clone, Debug)]
pub struct PeopleView<'a> {
    /// The plan in force.
    pub plan: &'a Plan,
    /// What is known of each contact that was tried.
    pub proofs: &'a HashMap<(PersonId, Contact), Known>,
    /// When each person last answered from a link of their own.
    pub answered: &'a HashMap<PersonId, Timestamp>,
    /// What people reported and waits, for a reader who may see addresses.
    pub changes: &'a [Change],
    /// As of when.
    pub now: Timestamp,
    /// Who looks.
    pub reader: &'a Reader,
    /// In which language first.
    pub language: Language,
}

#[derive(Serialize)]
struct Shown {
    channel: String,
    address: Option<String>,
    proof: String,
    class: &'static str,
}

#[derive(Serialize)]
struct Row {
    name: String,
    posts: String,
    away: Option<String>,
    answered: Option<String>,
    contacts: Vec<Shown>,
}

/// A report that waits, and the command that sees to it.
#[derive(Serialize)]
struct Report {
    name: String,
    what: String,
    state: &'static str,
    see: &'static str,
    page: String,
    command: String,
}

#[derive(Serialize)]
struct Part {
    name: String,
    name_other: String,
    people: Vec<Row>,
}

#[derive(Serialize)]
struct People {
    p: Frame,
    sections: Vec<Part>,
    reports: Vec<Report>,
    w: &'static Commands,
    o: &'static Commands,
}

impl Messages {
    /// The page of people.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn people_page(&self, view: &PeopleView<'_>) -> Result<String, Error> {
        let language = view.language;
        let (w, o) = (Commands::of(language), Commands::of(page::other(language)));
        let roster = &view.plan.roster;
        let mut sections: Vec<Part> = roster
            .sections
            .values()
            .map(|section| {
                let people = roster.members(&section.id);
                let people = people.filter_map(|id| roster.people.get(id));
                part(
                    &section.name,
                    people.map(|person| self.row(person, view)),
                    language,
                )
            })
            .filter(|section| !section.people.is_empty())
            .collect();
        let desks = roster.vendors.values().flat_map(|vendor| {
            let desks = vendor.desks.iter().enumerate();
            desks.map(|(index, desk)| {
                let id = Roster::desk_id(&vendor.id, index + 1);
                let posts = one_line(vendor.name.get(language));
                let row = self.reached(&id, &desk.name, &desk.contacts, view);
                Row { posts, ..row }
            })
        });
        let title = Text::new(
            Commands::of(Language::Ja).vendors_title,
            Commands::of(Language::En).vendors_title,
        );
        let desks = part(&title, desks, language);
        if !desks.people.is_empty() {
            sections.push(desks);
        }
        let context = People {
            p: self
                .frame(Kind::Calm, w.people_title.to_owned(), language)
                .read_by(view.reader),
            sections,
            reports: reports(view),
            w,
            o,
        };
        self.render("people.html", &context)
    }

    fn row(&self, person: &Person, view: &PeopleView<'_>) -> Row {
        let language = view.language;
        let posts = view.plan.roster.posts.values();
        let posts = posts.filter(|post| post.holders.contains(&person.id));
        let posts: Vec<String> = posts
            .map(|post| one_line(post.name.get(language)))
            .collect();
        let posts = list(&posts, language);
        let away = view.plan.absent(&person.id, view.now).map(|until| {
            let until = dates::away_until(until, &self.settings.time_zone, language);
            fill(Commands::of(language).people_away, &[("until", &until)])
        });
        Row {
            posts,
            away,
            ..self.reached(&person.id, &person.name, &person.contacts, view)
        }
    }

    fn reached(
        &self,
        id: &PersonId,
        name: &Text,
        contacts: &[Contact],
        view: &PeopleView<'_>,
    ) -> Row {
        let language = view.language;
        let w = Commands::of(language);
        let at = |wording, at| {
            let at = dates::near(at, view.now, &self.settings.time_zone, language);
            fill(wording, &[("at", &at)])
        };
        let contact = |contact: &Contact| {
            let proof = view.proofs.get(&(id.clone(), contact.clone()));
            let proof = proof.copied().unwrap_or_default();
            let proof = proof.proof();
            let class = match proof {
                Proof::Confirmed(_) | Proof::Answered(_) => "coming",
                Proof::Refused(_) => "dead",
                Proof::Accepted(_) | Proof::None => "unproved",
            };
            Shown {
                channel: words::channel(&contact.channel, language),
                address: view
                    .reader
                    .may_see_addresses
                    .then(|| one_line(&contact.address)),
                proof: self.proof(proof, view.now, language),
                class,
            }
        };
        Row {
            name: one_line(name.get(language)),
            posts: String::new(),
            away: None,
            answered: view
                .answered
                .get(id)
                .map(|answered| at(w.people_answered, *answered)),
            contacts: contacts.iter().map(contact).collect(),
        }
    }
}

/// What waits for a word.
fn reports(view: &PeopleView<'_>) -> Vec<Report> {
    let w = Changes::of(view.language);
    let report = |change: &Change| {
        let state = match change.verdict {
            Some(_) => w.waits_file,
            None => w.waits_word,
        };
        let person = view.plan.roster.people.get(&change.proposal.person);
        let name = person.map_or(change.proposal.person.as_str(), |person| {
            person.name.get(view.language)
        });
        Report {
            name: one_line(name),
            what: reported(change, true, view.language),
            state,
            see: w.see,
            page: format!("/people/changes/{}", change.id),
            command: format!("muster contacts accept {} --write", change.id),
        }
    };
    view.changes.iter().map(report).collect()
}

fn part(name: &Text, people: impl Iterator<Item = Row>, language: Language) -> Part {
    Part {
        name: one_line(name.get(language)),
        name_other: one_line(name.get(page::other(language))),
        people: people.collect(),
    }
}
