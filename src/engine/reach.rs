//! What is known of how people are reached: proofs, bounces, and whom nothing
//! proves.
//!
//! Owns how far back it is looked, and what of the asking counts beside the
//! calling. It must not judge a contact: `domain::contact` does.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{Engine, Error};
use crate::domain::contact::{COMES_BACK, Known, Proof};
use crate::domain::id::PersonId;
use crate::domain::readiness::{Bounce, Finding};
use crate::domain::roster::Contact;

/// How far back a proof is looked for: a year of monthly drills, and one that
/// came late.
pub const PROVES: SignedDuration = SignedDuration::from_hours(24 * 400);

/// A proof older than this is one no longer: the plan wants a drill a year.
const YEAR: SignedDuration = SignedDuration::from_hours(24 * 366);

/// The most people who are looked at one by one.
const FEW: usize = 50;

type Contacts = HashMap<(PersonId, Contact), Known>;

impl Engine {
    /// Until when a mail must have been taken to come back no more.
    pub(super) fn stayed(&self) -> Timestamp {
        let now = self.now();
        now.checked_sub(COMES_BACK).unwrap_or(Timestamp::MIN)
    }

    /// What is known of every contact, or of those of one person: what came of
    /// call-outs and drills, and of asking.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn known_contacts(&self, person: Option<&PersonId>) -> Result<Contacts, Error> {
        let since = self.now().checked_sub(PROVES).unwrap_or(Timestamp::MIN);
        let stayed = self.stayed();
        let mut known = self.0.store.reached((since, stayed), person).await?;
        let standing = self.standing();
        for address in self.0.store.addresses(person).await? {
            let Some((person, contact)) = address.key.contact(&standing.plan.roster) else {
                continue;
            };
            let asked = Known {
                confirmed_at: address.confirmed_at,
                accepted_at: address.sent_at,
                stayed_at: address.sent_at.filter(|at| *at <= stayed),
                refused_at: address.dead_at,
                ..Known::default()
            };
            let known = known.entry((person.id.clone(), contact.clone()));
            let known = known.or_default();
            *known = known.and(asked);
        }
        Ok(known)
    }

    /// The addresses that nobody has, as far as is known: refused as unknown
    /// since a time, at once or by a mail that came back, and nothing speaks
    /// for them since.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn bounces(&self, since: Timestamp) -> Result<Vec<Bounce>, Error> {
        let mut bounces = self.0.store.bounces((since, self.stayed())).await?;
        bounces.extend(self.asked_in_vain(since).await?);
        let people: HashSet<PersonId> = bounces.iter().map(|one| one.person.clone()).collect();
        let mut known = Contacts::new();
        if people.len() > FEW {
            known = self.known_contacts(None).await?;
        } else {
            for person in &people {
                known.extend(self.known_contacts(Some(person)).await?);
            }
        }
        let mut seen = HashSet::new();
        bounces.retain(|bounce| {
            let contact = (bounce.person.clone(), bounce.contact.clone());
            let proof = known.get(&contact).map(Known::proof);
            matches!(proof, Some(Proof::Refused(_))) && seen.insert(contact)
        });
        Ok(bounces)
    }

    /// Addresses that were asked to confirm themselves, and that nobody has.
    async fn asked_in_vain(&self, since: Timestamp) -> Result<Vec<Bounce>, Error> {
        let standing = self.standing();
        let mut bounces = Vec::new();
        for address in self.0.store.addresses(None).await? {
            let Some(at) = address.dead_at.filter(|at| *at >= since) else {
                continue;
            };
            let owner = address.key.contact(&standing.plan.roster);
            bounces.extend(owner.map(|(person, contact)| Bounce {
                person: person.id.clone(),
                contact: contact.clone(),
                since: at,
                call_out: None,
            }));
        }
        Ok(bounces)
    }

    /// The finding of people whom nothing proves to be reached, where there are
    /// any. Why: apart from the other findings, which are told by mail as they
    /// change: this one changes with every answer.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn unproved(&self) -> Result<Option<Finding>, Error> {
        let since = self.now().checked_sub(YEAR).unwrap_or(Timestamp::MIN);
        let answered = self.0.store.answered(since).await?.into_iter();
        let mut proved: HashSet<PersonId> = answered.map(|(person, _)| person).collect();
        let standing = self.standing();
        let roster = &standing.plan.roster;
        let confirmed = self.0.store.addresses(None).await?.into_iter();
        let confirmed = confirmed.filter(|address| {
            let at = address.confirmed_at.filter(|at| *at >= since);
            at.is_some_and(|at| address.dead_at.is_none_or(|dead| dead < at))
                && address.key.contact(roster).is_some()
        });
        proved.extend(confirmed.map(|address| address.key.person));
        let people = roster.people.values();
        let people =
            people.filter(|person| !person.contacts.is_empty() && !proved.contains(&person.id));
        let people: Vec<PersonId> = people.map(|person| person.id.clone()).collect();
        Ok((!people.is_empty()).then_some(Finding::Unproved(people)))
    }
}
