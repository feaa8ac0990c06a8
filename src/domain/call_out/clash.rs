//! One person wanted in two duties at once (plan 4): named, with who could
//! stand in for each.
//!
//! Owns the finding. It must not change a call-out: a proposal is a person's
//! to take up.

use std::collections::HashSet;

use indexmap::IndexSet;

use super::super::event::EventKind;
use super::super::id::{CallOutId, PersonId};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::roster::Roster;
use super::super::text::Text;
use super::{CallOut, Effect, Standing, Target};

/// The most clashes that are named: an all-staff call-out has no more people
/// in named duties than that.
const NAMED: usize = 50;

/// A duty of a person in a call-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// In which call-out.
    pub call_out: CallOutId,
    /// What that one is for: numbers tell nobody apart.
    pub event: EventKind,
    /// In which target.
    pub target: Text,
    /// Who of its candidates could stand in: the first in rank who is wanted
    /// nowhere else and has not said no.
    pub deputy: Option<PersonId>,
}

/// A person with more than one duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: Text,
    /// Their duties, in the order of the call-outs and of their targets.
    pub duties: Vec<Duty>,
}

impl Clash {
    /// The clash as the account of one of the call-outs says it.
    pub fn entry(&self, here: &CallOutId) -> Entry {
        let names = |of_here: bool| -> Vec<Text> {
            let duties = self.duties.iter();
            duties
                .filter(|duty| (duty.call_out == *here) == of_here)
                .map(|duty| duty.target.clone())
                .collect()
        };
        let deputies = self.duties.iter();
        Entry::Clash {
            person: self.person.clone(),
            other: self
                .duties
                .iter()
                .find(|duty| duty.call_out != *here)
                .map(|duty| duty.call_out.clone()),
            here: names(true),
            there: names(false),
            deputies: deputies
                .filter_map(|duty| Some((duty.target.clone(), duty.deputy.clone()?)))
                .collect(),
        }
    }
}

/// Who is called to more than one duty in these call-outs, as one of the first
/// rank in each. To be wanted as one of all staff is no duty of its own, but
/// clashes with one.
pub fn clashes(call_outs: &[&CallOut]) -> Vec<Clash> {
    let people = call_outs.iter().flat_map(|call_out| {
        let participants = call_out.participants.values();
        participants.filter(|participant| participant.is_called())
    });
    let people: Vec<PersonId> = people.map(|p| p.person.clone()).collect();
    clashes_of(&people, call_outs)
}

/// The same, of some people alone.
pub fn clashes_of(people: &[PersonId], call_outs: &[&CallOut]) -> Vec<Clash> {
    let mut seen = HashSet::new();
    let mut found: Vec<Clash> = Vec::new();
    for person in people {
        if !seen.insert(person) || found.len() >= NAMED {
            continue;
        }
        let named = call_outs.iter().find_map(|c| c.participants.get(person));
        let Some(participant) = named else {
            continue;
        };
        let duties = duties(person, call_outs);
        if !is_clash(&duties) {
            continue;
        }
        found.push(Clash {
            person: participant.person.clone(),
            name: participant.name.clone(),
            duties: duties
                .into_iter()
                .map(|(call_out, target)| Duty {
                    call_out: call_out.id.clone(),
                    event: call_out.event.kind.clone(),
                    target: target.name.clone(),
                    deputy: None,
                })
                .collect(),
        });
    }
    propose(&mut found, call_outs);
    found
}

/// The clashes of whom a change of a call-out calls, for its account.
pub fn named(call_out: &CallOut, others: &[&CallOut], effects: &[Effect]) -> Vec<Effect> {
    let mut called = IndexSet::new();
    for effect in effects {
        if let Effect::Notify(draft) = effect
            && draft.purpose == Purpose::Call
        {
            called.insert(draft.person.clone());
        }
    }
    if called.is_empty() {
        return Vec::new();
    }
    let called: Vec<PersonId> = called.into_iter().collect();
    let together: Vec<&CallOut> = std::iter::once(call_out)
        .chain(others.iter().copied())
        .collect();
    clashes_of(&called, &together)
        .iter()
        .map(|clash| Effect::Journal(clash.entry(&call_out.id)))
        .collect()
}

/// Keeps the names of the deputies that are proposed, so that the account can
/// say them.
pub fn know(call_out: &mut CallOut, clashes: &[Effect], roster: &Roster) {
    for effect in clashes {
        if let Effect::Journal(Entry::Clash { deputies, .. }) = effect {
            for (_, person) in deputies {
                call_out.course.know(person, roster);
            }
        }
    }
}

/// Whether these duties get in each other's way: two that are named, or a
/// named one and all staff of another call-out.
fn is_clash(duties: &[(&CallOut, &Target)]) -> bool {
    let named = || duties.iter().filter(|(_, target)| !target.everyone);
    let elsewhere = |(call_out, _): &(&CallOut, &Target)| {
        let mut all_staff = duties.iter().filter(|(_, target)| target.everyone);
        all_staff.any(|(other, _)| other.id != call_out.id)
    };
    named().count() > 1 || named().any(elsewhere)
}

/// The targets that a person is called for as one of the first rank.
fn duties<'a>(person: &PersonId, call_outs: &[&'a CallOut]) -> Vec<(&'a CallOut, &'a Target)> {
    let mut duties = Vec::new();
    for call_out in call_outs {
        let called = call_out.participants.get(person);
        let Some(called) = called.filter(|participant| participant.is_called()) else {
            continue;
        };
        let targets = called.targets.iter();
        let targets = targets.filter_map(|index| call_out.targets.get(*index));
        let first = |target: &&Target| {
            let rank = target.candidates.iter().take(target.first as usize);
            target.everyone || rank.into_iter().any(|candidate| candidate == person)
        };
        duties.extend(targets.filter(first).map(|target| (*call_out, target)));
    }
    duties
}

/// Proposes for each duty the next in rank who is free; nobody twice.
fn propose(clashes: &mut [Clash], call_outs: &[&CallOut]) {
    let mut taken: HashSet<PersonId> = clashes.iter().map(|clash| clash.person.clone()).collect();
    for duty in clashes.iter_mut().flat_map(|clash| &mut clash.duties) {
        let call_out = call_outs.iter().find(|c| c.id == duty.call_out);
        let target = call_out.and_then(|call_out| {
            let targets = call_out.targets.iter();
            targets
                .into_iter()
                .find(|target| target.name == duty.target)
        });
        let Some(target) = target.filter(|target| !target.everyone) else {
            continue;
        };
        let free = target.candidates.iter().find(|person| {
            let duties = duties(person, call_outs);
            let named = duties.iter().filter(|(_, target)| !target.everyone);
            !taken.contains(*person) && named.count() == 0 && !is_out(person, call_outs)
        });
        if let Some(person) = free {
            taken.insert(person.clone());
            duty.deputy = Some(person.clone());
        }
    }
}

/// Whether a person has said no, is away, or cannot be reached.
fn is_out(person: &PersonId, call_outs: &[&CallOut]) -> bool {
    call_outs.iter().any(|call_out| {
        let away = call_out.course.away.contains_key(person);
        let participant = call_out.participants.get(person);
        away || participant.is_some_and(|participant| {
            matches!(
                participant.standing(),
                Standing::Cannot | Standing::Unreachable
            )
        })
    })
}
