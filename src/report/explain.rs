//! Who would be called, when and by which rule, before anything is sent.
//!
//! Owns the walk: the real call-out is opened and advanced in virtual time
//! with nobody answering, so that what is explained is what would run.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::stand_in;
use super::status::time;
use super::walk::Walk;
use crate::domain::call_out::{CallOut, Effect, clash, shown_as};
use crate::domain::event::Event;
use crate::domain::id::PersonId;
use crate::domain::journal::Entry;
use crate::domain::notification::Purpose;
use crate::domain::office_hours::Hours;
use crate::domain::plan::Plan;
use crate::domain::rule::{Confirm, Decision, DecisionRule, Precedence, Rule, Selected, select};
use crate::domain::text::{Language, Text};
use crate::message::{Messages, words};

pub use super::stand_in::PassedOver;
pub use super::walk::{Imagined, Reached};

/// The most steps that are walked: more than any procedure has.
const STEPS: usize = 1000;

/// What happens at one time, if nobody answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How long after the opening.
    pub after: Duration,
    /// In which stage, from 1; 0 outside of any.
    pub stage: u32,
    /// Who is sent what.
    pub sent: Vec<(Purpose, Vec<Reached>)>,
    /// What the account would say.
    pub entries: Vec<Entry>,
}

/// What an event would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The rule that it starts.
    pub rule: Rule,
    /// Whether the office is open then; `None` where no hours are set.
    pub hours: Option<Hours>,
    /// The holiday that shuts it that day.
    pub holiday: Option<Text>,
    /// Who is asked for the decision, in order; empty where the rule waits for
    /// none.
    pub asked: Vec<Text>,
    /// The rules that match as well, and why the one goes before each.
    pub shadowed: Vec<(Rule, Precedence)>,
    /// Who is passed over because they are away, and who comes instead.
    pub away: Vec<PassedOver>,
    /// The call-out as it would be in the end; its targets name all candidates.
    pub call_out: CallOut,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// Walks the rule that an event would start at a time; `None` where no rule
/// applies.
pub fn explain(plan: &Plan, imagined: &Imagined, now: Timestamp) -> Option<Explained> {
    let event = imagined.event("explain", now);
    let mut explained = walk(plan, select(plan, &event)?, &event)?;
    if stand_in::is_any(&explained.steps) {
        let there = stand_in::all_there(plan);
        let there = walk(&there, select(&there, &event)?, &event)?;
        let (call_out, steps) = (&explained.call_out, &explained.steps);
        explained.away = stand_in::of(call_out, steps, &there.steps, plan);
    }
    Some(explained)
}

fn walk(plan: &Plan, selected: Selected<'_>, event: &Arc<Event>) -> Option<Explained> {
    let rule = selected.rule;
    let (mut walk, effects) = Walk::begin(plan, rule, event)?;
    let mut steps = vec![step(&walk, &effects, event.received_at)];
    // Why: what waits for a second person is explained as if that word came at
    // once; without it nobody would be called, and it would alarm for ever.
    if let Some(effects) = walk.second_person(event.received_at) {
        steps.push(step(&walk, &effects, event.received_at));
    }
    // Why: what nobody decides is asked again for ever, and always the same way.
    let undecided = |steps: &[Step]| {
        let last = steps.last().into_iter().flat_map(|step| &step.entries);
        last.into_iter()
            .any(|entry| matches!(entry, Entry::Undecided { .. }))
    };
    while steps.len() < STEPS
        && !undecided(&steps)
        && let Some(due) = walk.next_due()
    {
        let effects = walk.advance(due);
        steps.push(step(&walk, &effects, due));
    }
    steps.retain(|step| !step.sent.is_empty() || !step.entries.is_empty());
    let asked = rule.decision.iter().flat_map(|decision| &decision.ask);
    Some(Explained {
        rule: rule.clone(),
        hours: plan.hours(event.occurred_at),
        holiday: plan
            .office_hours
            .as_ref()
            .and_then(|hours| hours.holiday(event.occurred_at, &plan.time_zone))
            .map(|(ja, en)| Text::new(ja, en)),
        asked: asked.map(|who| shown_as(who, &plan.roster)).collect(),
        shadowed: selected
            .shadowed
            .into_iter()
            .map(|(other, why)| (other.clone(), why))
            .collect(),
        away: Vec::new(),
        call_out: walk.call_out,
        steps,
    })
}

fn step(walk: &Walk<'_>, effects: &[Effect], at: Timestamp) -> Step {
    let entries = effects.iter().filter_map(|effect| match effect {
        Effect::Journal(entry) => Some(entry.clone()),
        _ => None,
    });
    Step {
        after: walk.after(at),
        stage: walk.call_out.stage,
        sent: walk.sent(effects),
        entries: entries.collect(),
    }
}

/// The same for programs. `rules` holds the one rule, or nothing.
pub fn json(explained: Option<&Explained>, plan: &Plan, messages: &Messages) -> Value {
    let language = plan.language;
    let rules = explained.iter().map(|explained| {
        let mut value = rule(explained, language);
        value["away"] = away(explained, plan);
        value["subject"] = json!(subject(explained, messages));
        value
    });
    json!({
        "edition": plan.edition.label(),
        "approved": plan.edition.approved_by.is_some(),
        "caveats": super::editions::caveats(&plan.edition),
        "rules": rules.collect::<Vec<_>>(),
    })
}

/// The subject of the mail to the first who is called, or told where nobody
/// is called.
fn subject(explained: &Explained, messages: &Messages) -> Option<String> {
    let sent = || explained.steps.iter().flat_map(|step| &step.sent);
    let called = sent().find(|(purpose, _)| *purpose == Purpose::Call);
    let (purpose, people) = called.or_else(|| sent().next())?;
    let call_out = &explained.call_out;
    let to = call_out.participants.get(&people.first()?.person)?;
    let letter = messages.mail(call_out, to, *purpose, "").ok()?;
    Some(letter.subject)
}

fn rule(explained: &Explained, language: Language) -> Value {
    let call_out = &explained.call_out;
    let targets = call_out.targets.iter().map(|target| {
        let candidates: Vec<&str> = target.candidates.iter().map(PersonId::as_str).collect();
        json!({ "name": target.name.get(language), "need": target.need, "candidates": candidates })
    });
    let steps = explained.steps.iter().map(|step| {
        let sent = step.sent.iter().map(|(purpose, people)| {
            let people = people.iter().map(|reached| {
                let why: Vec<&str> = reached.why.iter().map(|name| name.get(language)).collect();
                json!({
                    "person": reached.person.as_str(),
                    "name": reached.name.get(language),
                    "channels": reached.channels,
                    "why": why,
                })
            });
            json!({ "purpose": purpose.name(), "people": people.collect::<Vec<_>>() })
        });
        json!({
            "after_seconds": step.after.as_secs(),
            "stage": step.stage,
            "sent": sent.collect::<Vec<_>>(),
        })
    });
    let shadowed = explained.shadowed.iter().map(|(other, why)| {
        json!({
            "rule": other.id.as_str(),
            "title": other.title.get(language),
            "reason": why.name(),
            "why": words::precedence(*why, language),
        })
    });
    json!({
        "rule": explained.rule.id.as_str(),
        "title": explained.rule.title.get(language),
        "source": explained.rule.source,
        "place": call_out.place.get(language),
        "hold_seconds": match explained.rule.confirm {
            Confirm::None | Confirm::SecondPerson { .. } => Value::Null,
            Confirm::Hold { seconds } => seconds.into(),
        },
        "second_person": matches!(explained.rule.confirm, Confirm::SecondPerson { .. }),
        "decision": explained.rule.decision.as_ref().map(decision),
        "proposed_help": super::status::proposed_help(call_out, language),
        "targets": targets.collect::<Vec<_>>(),
        "doubled": doubled(call_out, language),
        "steps": steps.collect::<Vec<_>>(),
        "hours": explained.hours.map(Hours::name),
        "holiday": explained.holiday.as_ref().map(|name| name.get(language)),
        "shadowed": shadowed.collect::<Vec<_>>(),
    })
}

/// Who is away, and who comes in their place.
fn away(explained: &Explained, plan: &Plan) -> Value {
    let language = plan.language;
    let away = explained.away.iter().map(|away| {
        let targets = away.targets.iter().map(|name| name.get(language));
        let instead = away.instead.iter();
        let instead = instead
            .map(|(person, name)| json!({ "person": person.as_str(), "name": name.get(language) }));
        json!({
            "person": away.person.as_str(),
            "name": away.name.get(language),
            "until": time(away.until, &plan.time_zone),
            "targets": targets.collect::<Vec<_>>(),
            "instead": instead.collect::<Vec<_>>(),
        })
    });
    away.collect()
}

/// Who stands in several targets, and in which.
fn doubled(call_out: &CallOut, language: Language) -> Value {
    let clashes = clash::clashes(&[call_out]);
    let within = clashes.iter();
    let within = within.filter(|clash| clash.kind == clash::Kind::Within);
    within
        .map(|clash| {
            let people: Vec<&str> = clash.people.iter().map(|(id, _)| id.as_str()).collect();
            let targets = clash.duties.iter().map(|duty| duty.target.get(language));
            json!({ "people": people, "targets": targets.collect::<Vec<_>>() })
        })
        .collect()
}

fn decision(rule: &DecisionRule) -> Value {
    let ask: Vec<String> = rule.ask.iter().map(ToString::to_string).collect();
    json!({
        "ask": ask,
        "within_seconds": rule.within.as_secs(),
        "again_seconds": rule.again.as_secs(),
        "first": rule.first.map(Decision::name),
    })
}
