//! Who is passed over because they are away, and who is called in their place.
//!
//! Owns the comparison of what would run with what would run if everybody were
//! there. It must not decide who is called: both are the real call-out.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::explain::Step;
use crate::domain::call_out::CallOut;
use crate::domain::id::PersonId;
use crate::domain::journal::Entry;
use crate::domain::notification::Purpose;
use crate::domain::plan::Plan;
use crate::domain::text::Text;

/// Somebody who is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: Text,
    /// The first instant at which they are back.
    pub until: Timestamp,
    /// The targets that they stand in.
    pub targets: Vec<Text>,
    /// Who is called, or asked, earlier than if they were there.
    pub instead: Vec<(PersonId, Text)>,
}

/// The plan as if everybody were there.
pub(super) fn all_there(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.absences.clear();
    for person in plan.roster.people.values_mut() {
        person.leave.clear();
    }
    plan
}

/// Whether anybody is passed over.
pub(super) fn is_any(steps: &[Step]) -> bool {
    passed_over(steps).next().is_some()
}

fn passed_over(steps: &[Step]) -> impl Iterator<Item = (&PersonId, Timestamp)> {
    let entries = steps.iter().flat_map(|step| &step.entries);
    entries.filter_map(|entry| match entry {
        Entry::PassedOver { person, until, .. } => Some((person, *until)),
        _ => None,
    })
}

/// Each once, with whoever comes in their place; `there` is what would run if
/// everybody were there.
pub(super) fn of(
    call_out: &CallOut,
    steps: &[Step],
    there: &[Step],
    plan: &Plan,
) -> Vec<PassedOver> {
    let (now, there) = (first(steps), first(there));
    let earlier = |id: &PersonId| {
        let now = now.get(id);
        now.is_some_and(|at| there.get(id).is_none_or(|then| at < then))
    };
    let name = |id: &PersonId| {
        let known = plan.roster.people.get(id).map(|person| &person.name);
        known.cloned().unwrap_or_else(|| Text::new(id.as_str(), ""))
    };
    let mut found: Vec<PassedOver> = Vec::new();
    for (id, until) in passed_over(steps) {
        if found.iter().any(|known| known.person == *id) {
            continue;
        }
        let targets = call_out.targets.iter();
        let targets = targets.filter(|target| target.candidates.contains(id));
        let targets: Vec<_> = targets.collect();
        // Who is asked for a decision stands in no target.
        let asked = call_out.terms.decision.iter().flat_map(|rule| &rule.ask);
        let asked = asked.flat_map(|who| who.people(&plan.roster));
        let mut instead: Vec<PersonId> = Vec::new();
        let candidates = targets.iter().flat_map(|target| target.candidates.clone());
        // Who comes only after them is no stand-in, though it is sooner.
        let turn = there.get(id);
        let in_time = |other: &PersonId| turn.is_none_or(|turn| now.get(other) <= Some(turn));
        for other in candidates.chain(asked) {
            if earlier(&other) && in_time(&other) && !instead.contains(&other) {
                instead.push(other);
            }
        }
        found.push(PassedOver {
            person: id.clone(),
            name: name(id),
            until,
            targets: targets.iter().map(|target| target.name.clone()).collect(),
            instead: instead
                .into_iter()
                .map(|id| (id.clone(), name(&id)))
                .collect(),
        });
    }
    found
}

/// When each person is first called or asked for the decision.
fn first(steps: &[Step]) -> HashMap<&PersonId, Duration> {
    let mut first = HashMap::new();
    for step in steps {
        let sent = step.sent.iter();
        let asks = sent.filter(|(purpose, _)| purpose.calls() || *purpose == Purpose::Decide);
        for reached in asks.flat_map(|(_, people)| people) {
            first.entry(&reached.person).or_insert(step.after);
        }
    }
    first
}
