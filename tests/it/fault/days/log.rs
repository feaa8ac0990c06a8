//! What a day's engine said: its log and its errors, and what of it nobody may
//! read.
//!
//! Owns I6 of the random days. The log is that of the thread that plays the day,
//! so that no other day's is searched.

use std::collections::BTreeSet;

use tracing::subscriber::DefaultGuard;

use crate::support::collected::Collected;
use crate::support::world::{Sent, World};

/// Everything that was said.
pub(super) struct Log(Collected);

impl Log {
    /// Collects what this thread says from now on.
    pub(super) fn begin() -> (Self, DefaultGuard) {
        let (log, collects) = Collected::begin();
        (Self(log), collects)
    }

    /// What somebody was told when something was refused.
    pub(super) fn refused(&self, error: &muster::engine::Error) {
        self.0.add(&format!("{error}\n{}\n", error.ja()));
    }

    /// Every address, link and key that it tells.
    pub(super) fn leaks(&self, world: &World, sent: &[Sent]) -> Vec<String> {
        self.0.look(|said| leaks(said, world, sent))
    }
}

fn leaks(said: &str, world: &World, sent: &[Sent]) -> Vec<String> {
    let quiet = sent.is_empty();
    assert!(quiet || !said.is_empty(), "nothing was said in a whole day");
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
    let words: BTreeSet<&str> = said.split(|sign| !is_sign(sign)).collect();
    let links: BTreeSet<&str> = sent.iter().filter_map(token).collect();
    let told = links.iter().filter(|link| words.contains(*link));
    let mut leaks: Vec<String> = told.map(|link| format!("the link {link}")).collect();
    let people = world.plan().roster.people.values();
    let contacts = people.flat_map(|person| &person.contacts);
    let told = contacts.filter(|contact| said.contains(&*contact.address));
    leaks.extend(told.map(|contact| format!("the address {}", contact.address)));
    // The links' key in this world is thirty-two sevens.
    if said.contains("07070707") || said.contains("BwcHBwcH") || said.contains("7, 7, 7, 7") {
        leaks.push("the key of the links".to_owned());
    }
    leaks
}

/// The token of a message's answer link.
pub(super) fn token(sent: &Sent) -> Option<&str> {
    let (_, after) = sent.body.split_once("/a/")?;
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
    let end = after.find(|sign| !is_sign(sign)).unwrap_or(after.len());
    (end > 0).then(|| &after[..end])
}
