//! Contacts that carried nothing, and why.
//!
//! Owns the way from the outbox and the account to one reason for each
//! contact. An address is shown only to whom the report may show it.

use std::collections::HashMap;

use super::Asked;
use crate::domain::call_out::{ContactState, Participant};
use crate::domain::delivery::Reason;
use crate::domain::id::PersonId;
use crate::domain::journal::Entry;
use crate::domain::notification::NotificationState;
use crate::domain::roster::{ChannelName, Contact};
use crate::domain::text::{one_line, without_addresses};
use crate::message::report::Failure;
use crate::store::NotificationRow;

type Told<'a> = HashMap<(&'a PersonId, &'a ChannelName), Vec<(Reason, &'a str)>>;

/// What is known of failures, by person.
pub(super) struct Failed<'a> {
    rows: HashMap<&'a PersonId, Vec<&'a NotificationRow>>,
    told: Told<'a>,
    addresses: bool,
}

impl<'a> Failed<'a> {
    pub(super) fn new(asked: Asked<'a>) -> Self {
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        for row in &asked.kept.notifications {
            rows.entry(&row.draft.person).or_default().push(row);
        }
        let mut told: Told<'a> = HashMap::new();
        for record in asked.records {
            if let Entry::ContactDead {
                person,
                channel,
                reason,
                detail,
            } = &record.entry
            {
                let known = told.entry((person, channel)).or_default();
                known.push((*reason, detail));
            }
        }
        Self {
            rows,
            told,
            addresses: asked.addresses,
        }
    }

    /// The contacts of a participant that carried nothing, in their order.
    pub(super) fn of(&self, participant: &Participant) -> Vec<Failure> {
        let rows = self.rows.get(&participant.person);
        let rows = rows.map(Vec::as_slice).unwrap_or_default();
        let mut contacts: Vec<&Contact> = Vec::new();
        let tried = rows.iter().map(|row| &row.draft.contact);
        let dead = participant.contacts.iter();
        let dead = dead.filter(|tried| tried.state == ContactState::Dead);
        for contact in tried.chain(dead.map(|tried| &tried.contact)) {
            if !contacts.contains(&contact) {
                contacts.push(contact);
            }
        }
        let failures = contacts.into_iter().filter_map(|contact| {
            let rows = rows.iter().filter(|row| row.draft.contact == *contact);
            self.one(participant, contact, &rows.copied().collect::<Vec<_>>())
        });
        failures.collect()
    }

    fn one(
        &self,
        participant: &Participant,
        contact: &Contact,
        rows: &[&NotificationRow],
    ) -> Option<Failure> {
        let is_dead = participant
            .contacts
            .iter()
            .any(|tried| tried.contact == *contact && tried.state == ContactState::Dead);
        let carried = |row: &&&NotificationRow| row.state == NotificationState::Accepted;
        if !is_dead && rows.iter().any(|row| carried(&row)) {
            return None;
        }
        let dead = rows
            .iter()
            .rfind(|row| row.state == NotificationState::Dead);
        let tried = rows.iter().rfind(|row| row.attempts > 0);
        let row = dead.or(tried);
        let detail = row.and_then(|row| row.detail.as_deref()).map(one_line);
        if row.is_none() && !is_dead {
            return None;
        }
        let masked = |said: &str| without_addresses(said, &contact.address);
        let reason = detail.as_deref().map(masked);
        let reason = self.reason(participant, contact, reason.as_deref());
        Some(Failure {
            channel: contact.channel.clone(),
            address: self.addresses.then(|| contact.address.to_string()),
            reason: reason.filter(|_| is_dead || dead.is_some()),
            state: row.map_or(NotificationState::Dead, |row| row.state),
            attempts: rows.iter().map(|row| row.attempts).sum(),
            at: row.and_then(|row| row.settled_at),
            said: detail.map(|said| if self.addresses { said } else { masked(&said) }),
        })
    }

    /// The class that the account gives: of several contacts of a channel the
    /// one whose words are the same.
    fn reason(
        &self,
        participant: &Participant,
        contact: &Contact,
        said: Option<&str>,
    ) -> Option<Reason> {
        let told = self.told.get(&(&participant.person, &contact.channel))?;
        let same = told.iter().find(|(_, detail)| Some(*detail) == said);
        same.or(told.last()).map(|(reason, _)| *reason)
    }
}
