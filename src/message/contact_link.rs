//! The links with which a person confirms an address, and opens their own
//! contacts.
//!
//! Owns what is signed. Each kind has a context of its own, so that no link
//! passes for one of the other, for an answer link, or for a sign-in. It must
//! not know a store.

use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use super::token::LinkKeys;

/// How long an address can be confirmed by its mail.
pub const CONFIRM_WORKS: SignedDuration = SignedDuration::from_hours(24 * 30);

/// How long a link to a person's own contacts works.
pub const MINE_WORKS: SignedDuration = SignedDuration::from_hours(24 * 7);

const CONFIRM: &str = "contact confirmation";
const MINE: &str = "own contacts";

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
    } = mine;
    let how = if *whole { "whole" } else { "masked" };
    let said = format!("{}.{how}.{person}", until.as_second());
    format!("{said}.{}", keys.tag(MINE, said.as_bytes()))
}

/// Whose contacts a token opens, if one of ours made it; it may be over.
pub fn read_mine(keys: &LinkKeys, token: &str) -> Option<Mine> {
    let (said, _) = signed(keys, MINE, token)?;
    let mut fields = said.splitn(3, '.');
    let (until, how, person) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Mine {
        person: person.to_owned(),
        whole: how == "whole",
        until: Timestamp::from_second(until.parse().ok()?).ok()?,
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
