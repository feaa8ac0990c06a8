//! People, where they belong, and how each can be reached.
//!
//! Owns who stands in which section, post and squad, and in which order
//! deputies follow. It must not know about rules or files. Invariant: every
//! id named in a roster is in it (`config` checks that before it builds one).

use std::sync::Arc;

use indexmap::IndexMap;

use super::absence::Leave;
use super::id::{PersonId, PostId, SectionId, SquadId, VendorId};
use super::text::{Language, Text};

/// By which channel a contact is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelName {
    /// Mail.
    Email,
    /// A webhook of `muster.toml`, by its name.
    Webhook(Arc<str>),
}

impl std::fmt::Display for ChannelName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Email => f.write_str("email"),
            Self::Webhook(name) => write!(f, "webhook:{name}"),
        }
    }
}

impl ChannelName {
    /// Reads what [`Display`](std::fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "email" => Some(Self::Email),
            Some(("webhook", name)) if !name.is_empty() => Some(Self::Webhook(name.into())),
            _ => None,
        }
    }
}

/// One way to reach a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contact {
    /// How.
    pub channel: ChannelName,
    /// Where: a mail address, or what the webhook's gateway calls
    /// for, such as a telephone number.
    pub address: Arc<str>,
}

/// One person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The key.
    pub id: PersonId,
    /// As shown; the example plan uses posts and numbers.
    pub name: Text,
    /// Where the person works.
    pub section: SectionId,
    /// The language of what is sent.
    pub language: Language,
    /// In order of preference.
    pub contacts: Vec<Contact>,
    /// Days off that are known beforehand.
    pub leave: Vec<Leave>,
}

impl Person {
    /// The mail addresses among the contacts, in order of preference.
    pub fn mail_contacts(&self) -> impl Iterator<Item = &Contact> {
        let contacts = self.contacts.iter();
        contacts.filter(|contact| contact.channel == ChannelName::Email)
    }
}

/// A section of the office (課). Its members are the people who name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The key.
    pub id: SectionId,
    /// As shown.
    pub name: Text,
    /// Its required members (所要の職員), first rank first.
    pub required: Vec<PersonId>,
    /// Who stands in for a required member, in this order.
    pub deputies: Vec<PersonId>,
    /// How many must come; all the required members where nothing is said.
    pub need: Option<u32>,
}

/// A squad of the disaster headquarters (対策班).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Squad {
    /// The key.
    pub id: SquadId,
    /// As shown.
    pub name: Text,
    /// Its required members (所要の職員), first rank first.
    pub required: Vec<PersonId>,
    /// Who stands in for a required member, in this order.
    pub deputies: Vec<PersonId>,
    /// How many must come; all the required members where nothing is said.
    pub need: Option<u32>,
}

/// A post (職) and who acts for its holder (職務代理).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The key.
    pub id: PostId,
    /// As shown.
    pub name: Text,
    /// Who holds it; more than one where the plan says so.
    pub holders: Vec<PersonId>,
    /// Who acts for them, in this order.
    pub deputies: Vec<PersonId>,
}

/// What an outside company does (plan 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VendorKind {
    /// Daily support (運用事業者).
    Operator,
    /// Repairs (保守事業者).
    Maintainer,
}

/// One contact point of a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorDesk {
    /// As shown.
    pub name: Text,
    /// How it is reached, in order of preference.
    pub contacts: Vec<Contact>,
}

/// An outside operator or maintainer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vendor {
    /// The key.
    pub id: VendorId,
    /// As shown.
    pub name: Text,
    /// What it does.
    pub kind: VendorKind,
    /// Its contact points, first in line first.
    pub desks: Vec<VendorDesk>,
}

/// One of the town's information systems (plan 3(4)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// The plan's number, from 1.
    pub number: u16,
    /// The plan's name, in Japanese.
    pub name: String,
    /// The section that uses and manages it.
    pub owner: SectionId,
    /// Who repairs it.
    pub maintainer: Option<VendorId>,
}

/// Everyone and everything that a call-out may name.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Roster {
    /// Sections, in the file's order, which is the order of every table.
    pub sections: IndexMap<SectionId, Section>,
    /// People, in the file's order.
    pub people: IndexMap<PersonId, Person>,
    /// Posts.
    pub posts: IndexMap<PostId, Post>,
    /// Squads.
    pub squads: IndexMap<SquadId, Squad>,
    /// Vendors.
    pub vendors: IndexMap<VendorId, Vendor>,
    /// Information systems by number.
    pub systems: IndexMap<u16, System>,
}

impl Roster {
    /// The people of a section, in the file's order.
    pub fn members<'a>(&'a self, section: &'a SectionId) -> impl Iterator<Item = &'a PersonId> {
        self.people
            .values()
            .filter(move |person| person.section == *section)
            .map(|person| &person.id)
    }

    /// The name of a vendor's desk among the people of a call-out, from 1: no
    /// id of the roster holds a `#`.
    pub fn desk_id(vendor: &VendorId, number: usize) -> PersonId {
        PersonId::new(format!("{vendor}#{number}"))
    }

    /// Whether a name is one of [`Self::desk_id`].
    pub fn names_desk(id: &PersonId) -> bool {
        id.as_str().contains('#')
    }

    /// The vendor and the desk that [`Self::desk_id`] names.
    pub fn desk(&self, id: &PersonId) -> Option<(&Vendor, &VendorDesk)> {
        let (vendor, number) = id.as_str().rsplit_once('#')?;
        let vendor = self.vendors.get(vendor)?;
        let number: usize = number.parse().ok()?;
        let desk = vendor.desks.get(number.checked_sub(1)?)?;
        Some((vendor, desk))
    }

    /// How a person, or a vendor's desk, is reached.
    pub fn contacts(&self, id: &PersonId) -> Option<&[Contact]> {
        let person = self.people.get(id).map(|person| &*person.contacts);
        person.or_else(|| self.desk(id).map(|(_, desk)| &*desk.contacts))
    }

    /// A system by its number, or by its exact name.
    pub fn system(&self, number_or_name: &str) -> Option<&System> {
        match number_or_name.parse::<u16>() {
            Ok(number) => self.systems.get(&number),
            Err(_) => self
                .systems
                .values()
                .find(|system| system.name == number_or_name),
        }
    }
}
