//! Who would be called, when and by which rule, before anything is sent.
//!
//! Owns the walk: the real call-out is opened and advanced in virtual time
//! with nobody answering, so that what is explained is what would run.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::call_out::{CallOut, Effect, Opening, open};
use crate::domain::event::{Event, EventKind, Mode};
use crate::domain::id::{CallOutId, EventId, PersonId, Principal};
use crate::domain::journal::Entry;
use crate::domain::notification::Purpose;
use crate::domain::office_hours::Hours;
use crate::domain::plan::Plan;
use crate::domain::rule::{Confirm, Precedence, Rule, Selected, select};
use crate::domain::text::{Language, Text};
use crate::message::words;

/// The most steps that are walked: more than any procedure has.
const STEPS: usize = 1000;

/// One person in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: Text,
    /// Through which channels, in order.
    pub channels: Vec<String>,
    /// The targets that they stand in.
    pub why: Vec<Text>,
}

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
    /// The rules that match as well, and why the one goes before each.
    pub shadowed: Vec<(Rule, Precedence)>,
    /// The call-out as it would be in the end; its targets name all candidates.
    pub call_out: CallOut,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// Walks the rule that an event would start at a time; `None` where no rule
/// applies.
pub fn explain(plan: &Plan, kind: EventKind, now: Timestamp) -> Option<Explained> {
    let event = Arc::new(Event {
        id: EventId::new("e-explained"),
        key: None,
        kind,
        headline: None,
        place: None,
        occurred_at: now,
        received_at: now,
        entered_by: Principal::new("explain"),
        mode: Mode::Real,
    });
    walk(plan, select(plan, &event)?, &event, now)
}

fn walk(
    plan: &Plan,
    selected: Selected<'_>,
    event: &Arc<Event>,
    now: Timestamp,
) -> Option<Explained> {
    let rule = selected.rule;
    let procedure = plan.procedures.get(&rule.procedure)?;
    let opening = Opening {
        event,
        rule,
        procedure,
        plan,
    };
    let (mut call_out, effects) = open(CallOutId::new("explained"), opening, now);
    let mut steps = vec![step(&call_out, &effects, now, now)];
    while steps.len() < STEPS
        && let Some(due) = call_out.next_due()
    {
        let effects = call_out.advance(plan, due);
        steps.push(step(&call_out, &effects, now, due));
    }
    steps.retain(|step| !step.sent.is_empty() || !step.entries.is_empty());
    Some(Explained {
        rule: rule.clone(),
        hours: plan.hours(now),
        holiday: plan
            .office_hours
            .as_ref()
            .and_then(|hours| hours.holiday(now, &plan.time_zone))
            .map(|(ja, en)| Text::new(ja, en)),
        shadowed: selected
            .shadowed
            .into_iter()
            .map(|(other, why)| (other.clone(), why))
            .collect(),
        call_out,
        steps,
    })
}

fn step(call_out: &CallOut, effects: &[Effect], opened: Timestamp, at: Timestamp) -> Step {
    let mut sent: IndexMap<Purpose, IndexMap<PersonId, Reached>> = IndexMap::new();
    let mut entries = Vec::new();
    for effect in effects {
        match effect {
            Effect::Notify(draft) => {
                let Some(participant) = call_out.participants.get(&draft.person) else {
                    continue;
                };
                let why = participant
                    .targets
                    .iter()
                    .filter_map(|index| call_out.targets.get(*index));
                sent.entry(draft.purpose)
                    .or_default()
                    .entry(draft.person.clone())
                    .or_insert_with(|| Reached {
                        person: draft.person.clone(),
                        name: participant.name.clone(),
                        channels: Vec::new(),
                        why: why.map(|target| target.name.clone()).collect(),
                    })
                    .channels
                    .push(draft.contact.channel.to_string());
            }
            Effect::Journal(entry) => entries.push(entry.clone()),
            Effect::Withdraw(_)
            | Effect::WithdrawAll
            | Effect::Participant(_)
            | Effect::Acknowledge(_) => {}
        }
    }
    Step {
        after: at.duration_since(opened).unsigned_abs(),
        stage: call_out.stage,
        sent: sent
            .into_iter()
            .map(|(purpose, people)| (purpose, people.into_values().collect()))
            .collect(),
        entries,
    }
}

/// The same for programs. `rules` holds the one rule, or nothing.
pub fn json(explained: Option<&Explained>, plan: &Plan) -> Value {
    let language = plan.language;
    json!({
        "edition": plan.edition.label(),
        "approved": plan.edition.approved_by.is_some(),
        "caveats": super::editions::caveats(&plan.edition),
        "rules": explained.iter().map(|explained| rule(explained, language)).collect::<Vec<_>>(),
    })
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
            Confirm::None => Value::Null,
            Confirm::Hold { seconds } => seconds.into(),
        },
        "targets": targets.collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
        "hours": explained.hours.map(Hours::name),
        "holiday": explained.holiday.as_ref().map(|name| name.get(language)),
        "shadowed": shadowed.collect::<Vec<_>>(),
    })
}
