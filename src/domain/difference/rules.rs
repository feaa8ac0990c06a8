//! What differs between two rules and between two procedures.
//!
//! Owns which parts of them are compared. Whom they call is a matter of
//! [`super::super::duty`].

use indexmap::IndexMap;

use super::super::call_out::shown_as;
use super::super::duty;
use super::super::id::VendorId;
use super::super::plan::Plan;
use super::super::procedure::{Procedure, Stage};
use super::super::rule::{CallMode, Need, Rule, Selector};
use super::super::text::Text;
use super::{Difference, Item, Parts, StageItem, Value};

/// What differs in a rule, and in how many its targets need.
pub(super) fn rule((old, before): (&Plan, &Rule), (new, after): (&Plan, &Rule)) -> Vec<Difference> {
    let mut parts = Parts(Vec::new());
    let both = [before, after];
    let text = |of: fn(&Rule) -> &Text| both.map(|rule| of(rule).clone());
    parts.part(Item::Title, text(|rule| &rule.title), Value::Text);
    let when = both.map(|rule| (rule.when.clone(), rule.hours));
    parts.part(Item::When, when, |(when, hours)| Value::When(when, hours));
    let title = |plan: &Plan, rule: &Rule| {
        let procedure = plan.procedures.get(&rule.procedure);
        let title = procedure.map(|procedure| procedure.title.clone());
        (rule.procedure.clone(), title.unwrap_or_default())
    };
    if before.procedure != after.procedure {
        let titles = [title(old, before), title(new, after)];
        parts.part(Item::Procedure, titles, |(_, title)| Value::Text(title));
    }
    parts.part(Item::Confirm, both.map(|rule| rule.confirm), Value::Confirm);
    parts.part(Item::Place, text(|rule| &rule.place), Value::Text);
    parts.part(
        Item::Instruction,
        text(|rule| &rule.instruction),
        Value::Text,
    );
    parts.part(Item::Ask, both.map(|rule| rule.ask), Value::Ask);
    parts.part(Item::Detail, both.map(|rule| rule.detail), Value::Detail);
    let source = both.map(|rule| rule.source.clone());
    parts.part(Item::Source, source, Value::Words);
    decision(&mut parts, (old, before), (new, after));
    help(&mut parts, (old, before), (new, after));
    needs(&mut parts, &needed(before, old), &needed(after, new));
    parts.0
}

/// What differs in which vendors a rule asks for help.
fn help(parts: &mut Parts, (old, before): (&Plan, &Rule), (new, after): (&Plan, &Rule)) {
    if before.help == after.help {
        return;
    }
    let names = [(old, before), (new, after)].map(|(plan, rule)| {
        let name = |id: &VendorId| {
            let vendor = plan.roster.vendors.get(id);
            vendor.map_or_else(|| Text::new(id.as_str(), ""), |vendor| vendor.name.clone())
        };
        let names: Vec<Text> = rule.help.iter().map(name).collect();
        Some(names).filter(|names| !names.is_empty())
    });
    parts.maybe(Item::Help, names, Value::Names);
}

/// What differs in whose word a rule waits for, and who hears of a lack.
fn decision(parts: &mut Parts, (old, before): (&Plan, &Rule), (new, after): (&Plan, &Rule)) {
    let both = [before, after];
    let deputies = both.map(|rule| rule.ordered_by_deputies);
    parts.part(Item::OrderedByDeputies, deputies, Value::Flag);
    let decisions = both.map(|rule| rule.decision.as_ref());
    let line = |[was, is]: [Option<&[Selector]>; 2]| {
        let names = |who: Option<&[Selector]>, plan: &Plan| {
            let named =
                |who: &[Selector]| who.iter().map(|who| shown_as(who, &plan.roster)).collect();
            who.filter(|who| !who.is_empty()).map(named)
        };
        // Why: a line is another by whom it means, not by how they are shown.
        (was != is).then(|| [names(was, old), names(is, new)])
    };
    if let Some(names) = line(decisions.map(|decision| Some(&*decision?.ask))) {
        parts.maybe(Item::DecisionAsk, names, Value::Line);
    }
    let within = decisions.map(|decision| Some(decision?.within));
    parts.maybe(Item::DecisionWithin, within, Value::Time);
    let again = decisions.map(|decision| Some(decision?.again));
    parts.maybe(Item::DecisionAgain, again, Value::Time);
    let first = decisions.map(|decision| decision?.first);
    parts.maybe(Item::DecisionFirst, first, Value::Decision);
    if let Some(names) = line(both.map(|rule| Some(&*rule.tell_unfillable))) {
        parts.maybe(Item::TellUnfillable, names, Value::Line);
    }
}

/// How many a target needs, and how its candidates are called.
type Needed = IndexMap<Selector, (Text, (u32, bool), CallMode)>;

fn needed(rule: &Rule, plan: &Plan) -> Needed {
    let targets = rule.targets.iter().flat_map(|target| {
        let selectors = duty::each(&target.who, &plan.roster);
        selectors.into_iter().map(move |who| (target, who))
    });
    targets
        .map(|(target, who)| {
            let everyone = target.need == Need::Everyone;
            let (name, first, _, need) =
                super::super::call_out::ranks(&who, everyone, &plan.roster);
            let usual = need.unwrap_or(first.len().max(1));
            let count = match target.need {
                Need::Count(count) => count,
                // Why: how many people there are is no change of the rule.
                Need::Everyone => 0,
                Need::Roster => u32::try_from(usual).unwrap_or(u32::MAX),
            };
            let name = target.name.clone().unwrap_or(name);
            (who, (name, (count, everyone), target.mode))
        })
        .collect()
}

fn needs(parts: &mut Parts, before: &Needed, after: &Needed) {
    let need = |(count, everyone)| Value::Need { count, everyone };
    let gone = before.iter().filter(|(who, _)| !after.contains_key(*who));
    for (who, (name, ..)) in after.iter().chain(gone) {
        let both = [before.get(who), after.get(who)];
        let counts = both.map(|of| of.map(|(_, count, _)| *count));
        parts.maybe(Item::Need(name.clone()), counts, need);
        if let [Some((.., was)), Some((.., mode))] = both {
            parts.part(Item::Mode(name.clone()), [*was, *mode], Value::Mode);
        }
    }
}

/// What differs in a procedure, stage by stage.
pub(super) fn procedure(before: &Procedure, after: &Procedure) -> Vec<Difference> {
    let mut parts = Parts(Vec::new());
    let both = [before, after];
    let title = both.map(|procedure| procedure.title.clone());
    parts.part(Item::Title, title, Value::Text);
    let stages = before.stages.len().max(after.stages.len());
    for (number, index) in (1..).zip(0..stages) {
        let stage = both.map(|procedure| procedure.stages.get(index));
        self::stage(&mut parts, number, stage);
    }
    let exhausted = both.map(|procedure| procedure.exhausted_after);
    parts.part(Item::Exhausted, exhausted, Value::Time);
    let stale = both.map(|procedure| procedure.stale_after);
    parts.part(Item::Stale, stale, Value::Time);
    parts.0
}

fn stage(parts: &mut Parts, number: u32, both: [Option<&Stage>; 2]) {
    let item = |item| Item::Stage(number, item);
    let after = both.map(|stage| stage.map(|stage| stage.after));
    parts.maybe(item(StageItem::After), after, Value::Time);
    let [Some(before), Some(after)] = both else {
        return;
    };
    let both = [before, after];
    parts.part(
        item(StageItem::Call),
        both.map(|stage| stage.call),
        Value::Call,
    );
    parts.part(
        item(StageItem::Remind),
        both.map(|stage| stage.remind),
        Value::Flag,
    );
    let channels = both.map(|stage| stage.channels.clone());
    parts.part(item(StageItem::Channels), channels, Value::Channels);
    parts.part(
        item(StageItem::Together),
        both.map(|stage| stage.together),
        Value::Flag,
    );
    parts.maybe(
        item(StageItem::Resend),
        both.map(|stage| stage.resend),
        Value::Resend,
    );
}
