//! The links with which a person confirms an address, and opens their own
//! contacts.
//!
//! Owns what is signed. Each kind has a context of its own, so that no link
//! passes for one of the other, for an answer link, or for a sign-in. It must
//! not know a store.

use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use super::token::LinkKeys;
use crate::domain::roster::{Contact, Person};

/// How long an address can be confirmed by its mail.
pub const CONFIRM_WORKS: SignedDuration = SignedDuration::from_hours(24 * 30);

/// How long a link to a person's own contacts works.
pub const MINE_WORKS: SignedDuration = SignedDuration::from_hours(24 * 7);

const CONFIRM: &str = "contact confirmation";
const MINE: &str = "own contacts";
const MADE_FOR: &str = "own contacts, made for";
const MADE_FOR_CHARS: usize = 16;

/// Longer than any of these tokens: an id has 64 characters at most.
const LONGEST: usize = 160;

/// What a confirmation's token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirming {
    /// The number of the address.
    pub id: i64,
    /// Until when it works.
    pub until: Timestamp,
}

/// What a token of somebody's own contacts stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mine {
    /// Whose they are.
    pub person: String,
    /// Whether every address is shown whole. Not where the link went to an
    /// address that nobody has confirmed: a stranger may have it.
    pub whole: bool,
    /// Until when it works.
    pub until: Timestamp,
    /// For what it was made: [`of_address`] or [`of_contacts`].
    pub made_for: String,
}

/// What a link is made for that went to one address of a person.
pub fn of_address(keys: &LinkKeys, person: &Person, contact: &Contact) -> String {
    let address = contact.address.to_ascii_lowercase();
    let said = format!("{}\0{}\0{address}", person.id, contact.channel);
    made_for(keys, "address", &said)
}

/// What a link is made for that is handed to a person: their contacts as they
/// are.
pub fn of_contacts(keys: &LinkKeys, person: &Person) -> String {
    let mut said = person.id.as_str().to_owned();
    for contact in &person.contacts {
        said.push_str(&format!("\0{}\0{}", contact.channel, contact.address));
    }
    made_for(keys, "contacts", &said)
}

/// Whether a person still has what a link was made for. Why: whoever follows
/// in a post has its id, and not the contacts of who had it before.
pub fn still_for(keys: &LinkKeys, mine: &Mine, person: &Person) -> bool {
    let contacts = person.contacts.iter();
    let mut alive = contacts
        .map(|contact| of_address(keys, person, contact))
        .chain([of_contacts(keys, person)]);
    alive.any(|one| one.as_bytes().ct_eq(mine.made_for.as_bytes()).into())
}

/// Long enough that no two are the same; it proves nothing by itself, for the
/// whole token is signed.
fn made_for(keys: &LinkKeys, what: &str, said: &str) -> String {
    let tag = keys.tag(MADE_FOR, format!("{what}\0{said}").as_bytes());
    tag.chars().take(MADE_FOR_CHARS).collect()
}

/// The token that confirms an address.
pub fn confirm_token(keys: &LinkKeys, id: i64, until: Timestamp) -> String {
    let until = until.as_second();
    let said = format!("{until}.{id}");
    format!("{said}.{}", keys.tag(CONFIRM, said.as_bytes()))
}

/// What a token confirms, if one of ours made it; it may be over.
pub fn read_confirm(keys: &LinkKeys, token: &str) -> Option<Confirming> {
    let (said, _) = signed(keys, CONFIRM, token)?;
    let (until, id) = said.split_once('.')?;
    Some(Confirming {
        id: id.parse().ok()?,
        until: Timestamp::from_second(until.parse().ok()?).ok()?,
    })
}

/// The token of a person's own contacts.
pub fn mine_token(keys: &LinkKeys, mine: &Mine) -> String {
    let Mine {
        person,
        whole,
        until,
        made_for,
    } = mine;
    let how = if *whole { "whole" } else { "masked" };
    let said = format!("{}.{how}.{made_for}.{person}", until.as_second());
    format!("{said}.{}", keys.tag(MINE, said.as_bytes()))
}

/// Whose contacts a token opens, if one of ours made it; it may be over.
pub fn read_mine(keys: &LinkKeys, token: &str) -> Option<Mine> {
    let (said, _) = signed(keys, MINE, token)?;
    let mut fields = said.splitn(4, '.');
    let (until, how) = (fields.next()?, fields.next()?);
    let (made_for, person) = (fields.next()?, fields.next()?);
    Some(Mine {
        person: person.to_owned(),
        whole: how == "whole",
        until: Timestamp::from_second(until.parse().ok()?).ok()?,
        made_for: made_for.to_owned(),
    })
}

/// Invariant: the time taken says nothing about how much of the tag was right.
fn signed<'a>(keys: &LinkKeys, purpose: &str, token: &'a str) -> Option<(&'a str, &'a str)> {
    // Why: refuse a long one before any work is done on it.
    if token.len() > LONGEST {
        return None;
    }
    let (said, tag) = token.rsplit_once('.')?;
    let expected = keys.tag(purpose, said.as_bytes());
    let same: bool = expected.as_bytes().ct_eq(tag.as_bytes()).into();
    same.then_some((said, tag))
}

/// The address at which an address is confirmed.
pub fn confirm_link(public_url: &str, token: &str) -> String {
    format!("{}/contact/{token}", public_url.trim_end_matches('/'))
}

/// The address of a person's own contacts.
pub fn mine_link(public_url: &str, token: &str) -> String {
    format!("{}/my-contacts/{token}", public_url.trim_end_matches('/'))
}
