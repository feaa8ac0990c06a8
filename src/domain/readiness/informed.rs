//! Whether anybody hears what a rule only tells, and whom stages call besides.
//!
//! Owns the lists of people that are no places to fill. It must not judge who
//! can be reached: [`super::look`] does.

use super::super::id::RuleId;
use super::super::plan::{self, Plan};
use super::super::rule::{Rule, Selector};
use super::Finding;
use super::look::Look;

/// Why somebody hears of a call-out without a place to fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// They are told that it begins (`inform` of a rule).
    Inform,
    /// They are called besides (`also` of a stage).
    Also,
    /// They are told that a stage ended with a need unmet (`tell` of a stage).
    Tell,
    /// They are told that a target can no longer be filled (`tell_unfillable`).
    Unfillable,
}

impl Why {
    /// The key in `rules.toml`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Inform => "inform",
            Self::Also => "also",
            Self::Tell => "tell",
            Self::Unfillable => "tell_unfillable",
        }
    }
}

/// People whom rules tell or call besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Informed {
    /// Why.
    pub why: Why,
    /// Whom the plan means.
    pub who: Vec<Selector>,
    /// Whether those rules reach nobody else: without them an event is
    /// recorded and heard by nobody.
    pub only: bool,
    /// The rules.
    pub rules: Vec<RuleId>,
}

/// All such lists, each once with the rules that have it.
pub(super) fn all(plan: &Plan) -> Vec<Informed> {
    let mut all: Vec<Informed> = Vec::new();
    for rule in plan.rules.values() {
        for (why, who) in lists(rule, plan) {
            let only = is_only(rule, why, plan);
            let same =
                |other: &&mut Informed| (other.why, &*other.who, other.only) == (why, who, only);
            match all.iter_mut().find(same) {
                Some(known) if known.rules.contains(&rule.id) => {}
                Some(known) => known.rules.push(rule.id.clone()),
                None => all.push(Informed {
                    why,
                    who: who.to_vec(),
                    only,
                    rules: vec![rule.id.clone()],
                }),
            }
        }
    }
    all
}

/// The lists of one rule; nobody named is no list.
fn lists<'a>(rule: &'a Rule, plan: &'a Plan) -> Vec<(Why, &'a [Selector])> {
    let mut lists = vec![(Why::Inform, &*rule.inform)];
    let procedure = plan.procedures.get(&rule.procedure);
    let stages = || {
        procedure
            .into_iter()
            .flat_map(|procedure| &procedure.stages)
    };
    lists.extend(stages().map(|stage| (Why::Also, &*stage.also)));
    // Why: where nobody is called no need is unmet, and nobody is told so.
    if !rule.targets.is_empty() {
        lists.extend(stages().map(|stage| (Why::Tell, &*stage.tell)));
        lists.push((Why::Unfillable, &*rule.tell_unfillable));
    }
    lists.retain(|(_, who)| !who.is_empty());
    lists
}

/// Whether a rule calls and asks nobody but these.
fn is_only(rule: &Rule, why: Why, plan: &Plan) -> bool {
    let procedure = plan.procedures.get(&rule.procedure);
    let mut stages = procedure
        .into_iter()
        .flat_map(|procedure| &procedure.stages);
    let calls = !rule.targets.is_empty() || rule.decision.is_some();
    match why {
        Why::Inform => !calls && stages.all(|stage| stage.also.is_empty()),
        Why::Also => !calls,
        Why::Tell | Why::Unfillable => false,
    }
}

/// Lists of which nobody can be reached.
pub(super) fn look(look: &Look<'_>, found: &mut Vec<Finding>) {
    for informed in all(look.plan) {
        let people = plan::people(&informed.who, &look.plan.roster);
        if !look.reaches_any(&people) {
            found.push(Finding::NobodyInformed(informed));
        }
    }
}
