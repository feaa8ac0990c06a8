//! One person wanted in two duties at once (plan 4): named, with who could
//! stand in for each.
//!
//! Owns the finding. It must not change a call-out: a proposal is a person's
//! to take up.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};

use super::super::event::EventKind;
use super::super::id::{CallOutId, PersonId};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::roster::Roster;
use super::super::text::Text;
use super::{CallOut, Effect, Participant, Standing, Target};

/// The most people who are named one by one: an all-staff call-out has no more
/// in named duties than that.
const NAMED: usize = 50;

/// The most who are named one by one because one call-out wants them in a duty
/// and another as one of all staff; more are the whole headquarters.
const FEW: usize = 5;

/// The most other call-outs that a change names one by one, the oldest first.
///
/// Why: in a flood of hundreds of incidents the account of each would name all
/// before it, and the store grow with their square.
const OTHERS: usize = 10;

/// How duties meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One person in duties of two call-outs.
    Between,
    /// People who stand in several targets of one call-out, as the plan has it.
    Within,
    /// Two call-outs call the same people, and one of them as all staff.
    AllStaff,
}

impl Kind {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Between => "between",
            Self::Within => "within",
            Self::AllStaff => "all_staff",
        }
    }
}

/// A duty in a call-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// In which call-out.
    pub call_out: CallOutId,
    /// What that one is for: numbers tell nobody apart.
    pub event: EventKind,
    /// In which target.
    pub target: Text,
    /// Whether somebody could stand in for it: all staff have no deputies.
    pub replaceable: bool,
    /// Who of its candidates could stand in: the first in rank who is wanted
    /// nowhere else, is not away and has not said no.
    pub deputy: Option<PersonId>,
}

/// People with more than one duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// How they meet.
    pub kind: Kind,
    /// Who, and as shown.
    pub people: Vec<(PersonId, Text)>,
    /// Their duties, in the order of the call-outs and of their targets; of
    /// [`Kind::AllStaff`] one for each call-out.
    pub duties: Vec<Duty>,
}

/// A target of one of the call-outs, by their places in the lists.
type Place = (usize, usize);

impl Clash {
    /// The clash as the account of one of the call-outs says it: once for each
    /// other call-out, so that no duty is said of the wrong one.
    pub fn entries(&self, here: &CallOutId) -> Vec<Entry> {
        let ids = || self.people.iter().map(|(person, _)| person.clone());
        if self.of(here).next().is_none() {
            return Vec::new();
        }
        let names = |id: &CallOutId| self.of(id).map(|duty| duty.target.clone()).collect();
        if self.kind == Kind::Within {
            return vec![Entry::Doubled {
                people: ids().collect(),
                targets: names(here),
            }];
        }
        let elsewhere = self.duties.iter().map(|duty| &duty.call_out);
        let others: IndexSet<&CallOutId> = elsewhere.filter(|id| *id != here).collect();
        let said = others.into_iter().map(|other| {
            if self.kind == Kind::AllStaff {
                return vec![Entry::BothCalled {
                    other: other.clone(),
                    people: u32::try_from(self.people.len()).unwrap_or(u32::MAX),
                }];
            }
            let both = || {
                self.of(here)
                    .chain(self.of(other))
                    .filter(|duty| duty.replaceable)
            };
            let proposed = |duty: &Duty| Some((duty.target.clone(), duty.deputy.clone()?));
            let deputies: Vec<(Text, PersonId)> = both().filter_map(proposed).collect();
            let vacant = both().filter(|duty| duty.deputy.is_none());
            let vacant: Vec<Text> = vacant.map(|duty| duty.target.clone()).collect();
            let clash = |person| Entry::Clash {
                person,
                other: Some(other.clone()),
                here: names(here),
                there: names(other),
                deputies: deputies.clone(),
                vacant: vacant.clone(),
            };
            ids().map(clash).collect()
        });
        said.flatten().collect()
    }

    fn of<'a>(&'a self, call_out: &'a CallOutId) -> impl Iterator<Item = &'a Duty> {
        let duties = self.duties.iter();
        duties.filter(move |duty| duty.call_out == *call_out)
    }
}

/// Who is wanted in more than one duty by these call-outs. To be wanted as one
/// of all staff is no duty of its own, but meets one.
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
    clashes_beside(people, call_outs, &[])
}

/// The same, where nobody is proposed who is bound in others.
fn clashes_beside(people: &[PersonId], call_outs: &[&CallOut], beside: &[&CallOut]) -> Vec<Clash> {
    let people: IndexSet<&PersonId> = people.iter().collect();
    let mut between: IndexMap<&PersonId, Vec<Place>> = IndexMap::new();
    let mut within: IndexMap<Vec<Place>, Vec<&PersonId>> = IndexMap::new();
    let mut pairs: IndexMap<[usize; 2], Vec<(&PersonId, Vec<Place>)>> = IndexMap::new();
    for person in people {
        let wanted = wanted(person, call_outs);
        let named: Vec<Place> = wanted
            .iter()
            .copied()
            .filter(|(index, target)| !call_outs[*index].targets[*target].everyone)
            .collect();
        if named.iter().any(|(index, _)| *index != named[0].0) {
            between.insert(person, named);
        } else if named.len() > 1 {
            within.entry(named).or_default().push(person);
        }
        for pair in pairs_of(&wanted, call_outs) {
            let mut places = wanted.clone();
            places.retain(|(index, _)| pair.contains(index));
            pairs.entry(pair).or_default().push((person, places));
        }
    }
    let mut crowds = Vec::new();
    for (pair, members) in pairs {
        let all_staff = |index: &usize| call_outs[*index].targets.iter().any(|it| it.everyone);
        if members.len() > FEW || pair.iter().all(all_staff) {
            let people: Vec<&PersonId> = members.into_iter().map(|(person, _)| person).collect();
            crowds.push((pair, people));
            continue;
        }
        for (person, places) in members {
            let known = between.entry(person).or_default();
            known.extend(places);
            known.sort_unstable();
            known.dedup();
        }
    }
    let mut found: Vec<Clash> = Vec::new();
    for (person, places) in between.into_iter().take(NAMED) {
        found.push(clash(Kind::Between, &[person], &places, call_outs));
    }
    propose(&mut found, call_outs, beside);
    for (places, people) in &within {
        found.push(clash(Kind::Within, people, places, call_outs));
    }
    for (pair, people) in crowds {
        let places = pair.map(|index| (index, 0));
        found.push(clash(Kind::AllStaff, &people, &places, call_outs));
    }
    found
}

/// Pairs of call-outs that want somebody, one of them as one of all staff.
fn pairs_of(wanted: &[Place], call_outs: &[&CallOut]) -> Vec<[usize; 2]> {
    let indices: IndexSet<usize> = wanted.iter().map(|(index, _)| *index).collect();
    let everyone = |(index, target): &&Place| call_outs[*index].targets[*target].everyone;
    let all: HashSet<usize> = wanted
        .iter()
        .filter(everyone)
        .map(|(index, _)| *index)
        .collect();
    if all.is_empty() {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    for (rank, one) in indices.iter().enumerate() {
        let others = indices.iter().skip(rank + 1);
        let met = others.filter(|other| all.contains(one) || all.contains(*other));
        pairs.extend(met.map(|other| [*one, *other]));
    }
    pairs
}

fn clash(kind: Kind, people: &[&PersonId], places: &[Place], call_outs: &[&CallOut]) -> Clash {
    let name = |person: &&PersonId| {
        let known = call_outs.iter().find_map(|c| c.participants.get(*person));
        let name = known.map(|participant| participant.name.clone());
        ((*person).clone(), name.unwrap_or_default())
    };
    let duty = |(index, target): &Place| {
        let call_out = call_outs[*index];
        let target = call_out.targets.get(*target);
        Duty {
            call_out: call_out.id.clone(),
            event: call_out.event.kind.clone(),
            target: target.map_or_else(Text::default, |target| target.name.clone()),
            replaceable: kind == Kind::Between && target.is_some_and(|target| !target.everyone),
            deputy: None,
        }
    };
    Clash {
        kind,
        people: people.iter().map(name).collect(),
        duties: places.iter().map(duty).collect(),
    }
}

/// The clashes of whom a change of a call-out calls, for its account.
pub fn named(call_out: &CallOut, others: &[&CallOut], effects: &[Effect]) -> Vec<Effect> {
    // Why: nobody can stand in two, and all staff may be many.
    let places = call_out.targets.iter().filter(|target| !target.everyone);
    if others.is_empty() && places.count() < 2 {
        return Vec::new();
    }
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
    let asks = |other: &&CallOut| called.iter().any(|person| is_asked(other, person));
    let (met, mut beside): (Vec<&CallOut>, Vec<&CallOut>) = others.iter().partition(|it| asks(it));
    let (near, more) = met.split_at(met.len().min(OTHERS));
    beside.extend(more);
    let together: Vec<&CallOut> = std::iter::once(call_out)
        .chain(near.iter().copied())
        .collect();
    let clashes = clashes_beside(&called, &together, &beside);
    let said = clashes.iter().flat_map(|clash| clash.entries(&call_out.id));
    said.chain(also_called(&called, more))
        .map(Effect::Journal)
        .collect()
}

/// That those who are called now are called in so many more call-outs.
fn also_called(called: &[PersonId], more: &[&CallOut]) -> Option<Entry> {
    let there = |person: &&PersonId| more.iter().any(|other| is_asked(other, person));
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (!more.is_empty()).then(|| Entry::AlsoCalled {
        call_outs: count(more.len()),
        people: count(called.iter().filter(there).count()),
    })
}

/// Whether somebody is called in a call-out, and has not said no there.
fn is_asked(call_out: &CallOut, person: &PersonId) -> bool {
    let called = call_out.participants.get(person);
    called.is_some_and(|one| one.is_called() && one.standing() != Standing::Cannot)
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

/// The targets that want somebody who was called and has not said no: as one
/// of the first rank, or, of who is coming, where they are counted on. Whoever
/// is coming to one call-out and called in another is wanted in both, as
/// whatever they were called.
fn wanted(person: &PersonId, call_outs: &[&CallOut]) -> Vec<Place> {
    let standing = |call_out: &CallOut| {
        let called = call_out.participants.get(person);
        let called = called.filter(|participant| participant.is_called());
        called.map(Participant::standing)
    };
    let comes = |standing: Standing| matches!(standing, Standing::Coming | Standing::Arrived);
    let asked = call_outs.iter().filter_map(|call_out| standing(call_out));
    let asked: Vec<Standing> = asked.filter(|it| *it != Standing::Cannot).collect();
    let torn = asked.len() > 1 && asked.iter().any(|standing| comes(*standing));
    let mut places = Vec::new();
    for (index, call_out) in call_outs.iter().enumerate() {
        let Some(standing) = standing(call_out).filter(|it| *it != Standing::Cannot) else {
            continue;
        };
        let called = call_out.participants[person].targets.iter();
        let called = called.filter_map(|number| Some((*number, call_out.targets.get(*number)?)));
        let counted_on = |target: &Target| comes(standing) && target.tally.have <= target.need;
        let mut here: Vec<Place> = called
            .clone()
            .filter(|(_, target)| {
                target.everyone || has_seat(call_out, target, person) || counted_on(target)
            })
            .map(|(number, _)| (index, number))
            .collect();
        if here.is_empty() && torn {
            here.extend(called.map(|(number, _)| (index, number)));
        }
        places.extend(here);
    }
    places
}

/// Whether a target wants somebody in particular: as one of the first rank, or
/// in the place of one who is away, cannot, or cannot be reached.
fn has_seat(call_out: &CallOut, target: &Target, person: &PersonId) -> bool {
    let (first, others) = target.ranks();
    if first.is_empty() {
        return false;
    }
    if first.contains(person) {
        return true;
    }
    let vacant = first.iter().filter(|id| is_out(call_out, id)).count();
    let called = others
        .iter()
        .filter(|id| call_out.has_called(id) && !is_out(call_out, id));
    called.take(vacant).any(|id| id == person)
}

/// Whether a call-out cannot count on somebody, whatever it asks of them.
fn is_out(call_out: &CallOut, person: &PersonId) -> bool {
    let known = call_out.participants.get(person);
    let lost = known
        .is_some_and(|known| matches!(known.standing(), Standing::Cannot | Standing::Unreachable));
    lost || call_out.course.away.contains_key(person)
}

/// Proposes for each duty the next in rank who is free; nobody twice.
fn propose(clashes: &mut [Clash], call_outs: &[&CallOut], beside: &[&CallOut]) {
    let people = clashes.iter().flat_map(|clash| &clash.people);
    let mut taken: HashSet<PersonId> = people.map(|(person, _)| person.clone()).collect();
    for duty in clashes.iter_mut().flat_map(|clash| &mut clash.duties) {
        let Some(index) = call_outs.iter().position(|c| c.id == duty.call_out) else {
            continue;
        };
        let mut targets = call_outs[index].targets.iter();
        let target = targets.find(|target| target.name == duty.target);
        let Some(target) = target.filter(|_| duty.replaceable) else {
            continue;
        };
        let is_free = |person: &&PersonId| {
            let mut all = call_outs.iter().chain(beside).enumerate();
            !taken.contains(*person) && all.all(|(at, it)| is_free(person, it, at == index))
        };
        let free = target.candidates.iter().find(is_free);
        if let Some(person) = free {
            taken.insert(person.clone());
            duty.deputy = Some(person.clone());
        }
    }
}

/// Whether a call-out leaves somebody free to take up a duty in it, or in
/// another: not away, has not said no, can be reached, and is called for none.
fn is_free(person: &PersonId, call_out: &CallOut, here: bool) -> bool {
    if is_out(call_out, person) {
        return false;
    }
    let Some(known) = call_out.participants.get(person) else {
        return true;
    };
    let targets = known.targets.iter();
    let mut targets = targets.filter_map(|number| call_out.targets.get(*number));
    let bound = |target: &Target| !target.everyone && (!here || has_seat(call_out, target, person));
    !(known.is_called() && targets.any(bound))
}
