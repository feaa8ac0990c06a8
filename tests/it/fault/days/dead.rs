//! The contacts that died in a day, by what was said outside, and what administrators
//! were told of them.
//!
//! Owns how often they hear of one: at least once, and hardly more. It must not ask the
//! accounts which contacts died.

use std::collections::{BTreeMap, BTreeSet};

use muster::domain::id::CallOutId;
use muster::domain::plan::Plan;
use muster::domain::roster::Person;

use super::ledger::Ledger;
use crate::support::world::Sent;

/// Which addresses died in which call-out, each with where that was said first.
#[derive(Default)]
pub(super) struct Dead(BTreeMap<(CallOutId, String), usize>);

impl Dead {
    /// Of messages that were refused as to nobody, and mails that came back.
    pub(super) fn new<'a>(
        sent: impl Iterator<Item = (usize, &'a CallOutId, &'a Sent)>,
        ledger: &Ledger,
    ) -> Self {
        let mut dead = BTreeMap::new();
        let mut died = |id: &CallOutId, to: &str, at: usize| {
            let first = dead.entry((id.clone(), to.to_owned())).or_insert(at);
            *first = at.min(*first);
        };
        for (at, id, one) in sent.filter(|(.., one)| one.outcome == "dead") {
            died(id, &one.to, at);
        }
        for one in &ledger.bounced {
            died(&one.call_out, &one.to, one.sent);
        }
        Self(dead)
    }

    /// Whether an address died in a call-out.
    pub(super) fn is(&self, id: &CallOutId, to: &str) -> bool {
        self.0.contains_key(&(id.clone(), to.to_owned()))
    }

    /// Each contact of these people that died in a real call-out.
    fn of(&self, people: &[&Person], ledger: &Ledger) -> Vec<&(CallOutId, String)> {
        let contacts = people.iter().flat_map(|person| &person.contacts);
        let addresses: BTreeSet<&str> = contacts.map(|contact| &*contact.address).collect();
        let died = self.0.keys();
        died.filter(|(id, to)| addresses.contains(&**to) && !ledger.drills.contains(id))
            .collect()
    }
}

/// How often a text says of somebody of this name that a contact is dead.
fn says(text: &str, people: &[&Person]) -> usize {
    let name = &people[0].name;
    let ja = format!(": {}に", name.ja);
    let en = format!(": {} cannot be reached by", name.en);
    let lines = text.lines();
    let says =
        |line: &&str| line.contains(&ja) && line.contains("で届きません") || line.contains(&en);
    lines.filter(says).count()
}

/// Administrators hear once of each contact that died in a call-out, and once more for
/// each end of the daemon that may have come between the telling and its being kept.
pub(super) fn are_not_told_again_and_again<'a>(
    plan: &Plan,
    ledger: &Ledger,
    dead: &Dead,
    sent: impl Iterator<Item = (&'a CallOutId, &'a Sent)>,
) -> usize {
    // A notice is many messages.
    let mut notices: BTreeMap<&CallOutId, Vec<&Sent>> = BTreeMap::new();
    for (id, one) in sent.filter(|(_, one)| one.subject.contains("【障害】")) {
        notices.entry(id).or_default().push(one);
    }
    let mut by_name: BTreeMap<&str, Vec<&Person>> = BTreeMap::new();
    for person in plan.roster.people.values() {
        by_name.entry(&person.name.ja).or_default().push(person);
    }
    let ends = ledger.blind_kills().count();
    let mut all = 0;
    for people in by_name.values() {
        let told = notices.values().flat_map(|messages| {
            let often = messages.iter().map(|one| (says(&text(one), people), *one));
            let (often, one) = often.max_by_key(|(often, _)| *often).unwrap();
            std::iter::repeat_n(one, often)
        });
        let told: Vec<&Sent> = told.collect();
        let died = dead.of(people, ledger);
        assert!(
            told.len() <= died.len() + ends,
            "administrators hear too often that a contact of {} has died: {died:?}, {ends} ends, {told:#?}",
            people[0].id
        );
        all += told.len();
    }
    all
}

/// The words of a message.
fn text(sent: &Sent) -> String {
    match &sent.mail {
        Some(mail) => mail.text.clone(),
        None => {
            let body: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
            body["text"].as_str().unwrap_or_default().to_owned()
        }
    }
}
