//! Who is to hear of an event, by the town's rule alone: a second model beside the
//! call-out's own.
//!
//! Owns the reading of roster, rule and stages, in the plainest way, and what excuses
//! somebody from having heard. It must not look at what a call-out says of its people.

use std::collections::{BTreeMap, BTreeSet};

use muster::domain::acknowledgement::Reply;
use muster::domain::event::EventKind;
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::plan::Plan;
use muster::domain::procedure::StageCall;
use muster::domain::roster::Roster;
use muster::domain::rule::{Condition, Need, Rule, Selector};

use super::dead::Dead;
use super::ledger::Ledger;
use crate::support::world::Sent;

/// People of whom so many are to come.
struct Group {
    /// All of them are called.
    first: Vec<PersonId>,
    /// Who stands in for them, in this order.
    then: Vec<PersonId>,
    need: usize,
}

impl Group {
    fn new(first: &[PersonId], then: &[PersonId], need: Option<u32>) -> Self {
        Self {
            first: first.to_vec(),
            then: then.to_vec(),
            need: need.map_or(first.len(), |need| need as usize),
        }
    }

    fn all(&self) -> impl Iterator<Item = &PersonId> {
        self.first.iter().chain(&self.then)
    }

    /// Whom of them the stages want by themselves, each with the first stage that does:
    /// the first rank as anybody is called, who stands in first at the next such stage,
    /// and all where a stage calls all.
    fn by_stage(&self, stages: &[StageCall]) -> BTreeMap<&PersonId, usize> {
        let mut wanted = BTreeMap::new();
        let mut ranks = 0;
        for (number, stage) in stages.iter().enumerate() {
            ranks = match stage {
                StageCall::Nobody => continue,
                StageCall::All => self.then.len() + 1,
                // Why no more than one of them: how many are missing is not known here.
                StageCall::Next => ranks.max(1) + usize::from(ranks == 1),
            };
            let by_now = self.first.iter().chain(self.then.iter().take(ranks - 1));
            for person in by_now {
                wanted.entry(person).or_insert(number + 1);
            }
        }
        wanted
    }

    /// Whether as many as are needed had said at some time that they come.
    fn was_met(&self, id: &CallOutId, ledger: &Ledger) -> bool {
        let mut last = BTreeMap::new();
        let said = ledger.answers.iter().filter(|said| said.call_out == *id);
        said.filter(|said| self.all().any(|person| *person == said.person))
            .any(|said| {
                last.insert(&said.person, said.reply);
                let comes = |reply: &&Reply| matches!(reply, Reply::Coming | Reply::Arrived);
                last.values().filter(comes).count() >= self.need
            })
    }
}

/// The rule that takes such an event by itself, if one does.
fn rule<'a>(plan: &'a Plan, kind: &EventKind) -> Option<&'a Rule> {
    let takes = |rule: &&Rule| match (&rule.when, kind) {
        (Condition::Earthquake { from, to }, EventKind::Earthquake { intensity }) => {
            from <= intensity && intensity <= to
        }
        (
            Condition::SecurityIncident { effect },
            EventKind::SecurityIncident { effect: of, .. },
        ) => effect == of,
        _ => false,
    };
    let mut rules = plan.rules.values().filter(takes);
    let rule = rules.next();
    assert!(
        rules.next().is_none(),
        "one rule for {kind:?} in the days' plan"
    );
    rule
}

fn groups(roster: &Roster, rule: &Rule) -> Vec<Group> {
    let people: Vec<PersonId> = roster.people.keys().cloned().collect();
    let squads = roster.squads.values();
    let squads = || {
        let squads = squads.clone();
        squads.map(|squad| Group::new(&squad.required, &squad.deputies, squad.need))
    };
    let mut all = Vec::new();
    for target in &rule.targets {
        match &target.who {
            Selector::Everyone => all.push(Group::new(&people, &[], None)),
            Selector::EverySquad => all.extend(squads()),
            Selector::Squad(id) => {
                let squad = &roster.squads[id];
                all.push(Group::new(&squad.required, &squad.deputies, squad.need));
            }
            Selector::Section(id) => {
                let section = &roster.sections[id];
                all.push(Group::new(
                    &section.required,
                    &section.deputies,
                    section.need,
                ));
            }
            Selector::Post(id) => {
                let post = &roster.posts[id];
                all.push(Group::new(&post.holders, &post.deputies, None));
            }
            Selector::Person(id) => all.push(Group::new(std::slice::from_ref(id), &[], None)),
        }
        // What a number here would change is not modelled: the days' plan has none.
        assert!(!matches!(target.need, Need::Count(_)), "{target:?}");
    }
    all
}

/// What came to whom.
pub(super) struct Came<'a> {
    /// Each call-out with the addresses that took a message of it.
    heard: BTreeSet<(&'a CallOutId, &'a str)>,
    dead: &'a Dead,
}

impl<'a> Came<'a> {
    /// Of messages that were taken, or may have been.
    pub(super) fn new(
        taken: impl Iterator<Item = (&'a CallOutId, &'a Sent)>,
        dead: &'a Dead,
    ) -> Self {
        Self {
            heard: taken.map(|(id, sent)| (id, sent.to.as_str())).collect(),
            dead,
        }
    }

    /// Whether a person has heard in a call-out, or can by no contact.
    fn explains(&self, plan: &Plan, id: &CallOutId, person: &PersonId) -> bool {
        let contacts = &plan.roster.people[person].contacts;
        let heard = |address: &str| self.heard.contains(&(id, address));
        contacts.iter().any(|contact| heard(&contact.address))
            || contacts
                .iter()
                .all(|contact| self.dead.is(id, &contact.address))
    }
}

/// How strong an earthquake is; nothing else grows by itself.
fn strength(kind: &EventKind) -> Option<muster::domain::event::Intensity> {
    match kind {
        EventKind::Earthquake { intensity } => Some(*intensity),
        _ => None,
    }
}

/// I1: whom the rule of an event wants has heard of it, unless they answered, or enough
/// others had, or none of their contacts exists. The call-out still runs, and all its
/// stages are long past. How many were looked at.
pub(super) fn has_heard(plan: &Plan, ledger: &Ledger, id: &CallOutId, came: &Came<'_>) -> usize {
    let told = &ledger.told[id];
    let strongest = told.iter().max_by_key(|kind| strength(kind)).unwrap();
    let mut looked_at = 0;
    // What the first of several called by its later stages, the strongest may call by its own.
    for (kind, all_stages) in [(&told[0], false), (strongest, true)] {
        let Some(rule) = rule(plan, kind) else {
            continue;
        };
        let stages = plan.procedures[&rule.procedure].stages.iter();
        let stages: Vec<StageCall> = stages.map(|stage| stage.call).collect();
        let stages = if all_stages {
            &stages[..]
        } else {
            &stages[..1]
        };
        for group in groups(&plan.roster, rule) {
            let met = group.was_met(id, ledger);
            for (person, stage) in group.by_stage(stages) {
                let away = &plan.roster.people[person].leave;
                assert!(away.is_empty(), "nobody is on leave in the days' plan");
                let mut answers = ledger.answers.iter();
                let answered = answers.any(|said| said.call_out == *id && said.person == *person);
                looked_at += 1;
                assert!(
                    met || answered || came.explains(plan, id, person),
                    "I1: by rule {} {person} is wanted in {id} from stage {stage} on, and heard nothing",
                    rule.id
                );
            }
        }
    }
    looked_at
}
