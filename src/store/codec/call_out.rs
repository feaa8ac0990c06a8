//! A call-out's frozen part (what it was opened with) and its progress.
//!
//! The frozen part is written once; the progress with every change.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::course::{course, read_course, read_terms, terms};
use super::edition::{edition, read_edition};
use super::event::{event_value, read_event_value};
use super::seal::sealed;
use super::{Fields, Result, bad, micros, parse, read_text, text};
use crate::domain::call_out::course::Course;
use crate::domain::call_out::{CallOut, Crowd, State, Tally, Target};
use crate::domain::event::Event;
use crate::domain::id::PersonId;
use crate::domain::procedure::{Procedure, Resend, STALE_AFTER, Stage, StageCall};
use crate::domain::roster::ChannelName;
use crate::domain::rule::{Ask, CallMode, Detail, Selector};
use crate::domain::text::Text;

/// A call-out's two bodies.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// What it was opened with.
    pub frozen: String,
    /// How far it has come.
    pub progress: String,
}

/// What a call-out was opened with, as a body.
pub fn frozen(call_out: &CallOut) -> String {
    let rest = json!({
        "id": call_out.id.as_str(),
        "event": call_out.event.id.as_str(),
        "stands": event_value(&call_out.event),
        "rule": call_out.rule.as_str(),
        "title": text(&call_out.title),
        "source": call_out.source,
        "edition": edition(&call_out.edition),
        "place": text(&call_out.place),
        "instruction": text(&call_out.instruction),
        "little": call_out.detail == Detail::Little,
        "procedure": procedure(&call_out.procedure),
        "ask_everyone": call_out.ask == Ask::Everyone,
        "inform": selectors(&call_out.inform),
        "terms": terms(&call_out.terms),
        "opened_at": micros(call_out.opened_at),
    });
    let targets = call_out.targets.iter().map(TargetRow::of).collect();
    sealed(&FrozenBody { rest, targets })
}

/// Why in two: an object in memory would hold each of ten thousand names once more.
#[derive(Serialize)]
struct FrozenBody<'a> {
    #[serde(flatten)]
    rest: Value,
    targets: Vec<TargetRow<'a>>,
}

#[derive(Serialize)]
struct TargetRow<'a> {
    who: &'a str,
    name: Value,
    need: u32,
    everyone: bool,
    in_turn: bool,
    first: u32,
    candidates: Vec<&'a str>,
}

impl<'a> TargetRow<'a> {
    fn of(target: &'a Target) -> Self {
        Self {
            who: &target.who,
            name: text(&target.name),
            need: target.need,
            everyone: target.everyone,
            in_turn: target.mode == CallMode::InTurn,
            first: target.first,
            candidates: target.candidates.iter().map(PersonId::as_str).collect(),
        }
    }
}

/// How far a call-out has come, as a body.
pub fn progress(call_out: &CallOut) -> String {
    sealed(&json!({
        "state": call_out.state.name(),
        "held_until": call_out.held_until.map(micros),
        "stage": call_out.stage,
        "stage_at": micros(call_out.stage_at),
        "ended_at": call_out.ended_at.map(micros),
        "ended_because": call_out.ended_because.as_ref().map(text),
        "course": course(&call_out.course),
        "unfillable": unfillable(call_out),
        "false_alarm": call_out.false_alarm,
    }))
}

/// The body of how far a call-out has come, beside what it says.
///
/// Why kept: thousands answer at once, and the answers of most move nothing of it.
#[derive(Clone, Debug)]
pub struct Progress {
    of: Moves,
    body: Arc<str>,
}

/// All of a call-out that its progress says.
#[derive(Clone, Debug)]
struct Moves {
    state: State,
    held_until: Option<Timestamp>,
    stage: u32,
    stage_at: Timestamp,
    ended_at: Option<Timestamp>,
    ended_because: Option<Text>,
    course: Course,
    unfillable: Vec<usize>,
    false_alarm: bool,
}

impl Progress {
    /// The progress of a call-out: what is known of it, where that says it still.
    pub fn of(call_out: &CallOut, known: &mut Option<Self>) -> Arc<str> {
        let known = match known {
            Some(known) if known.of.are_of(call_out) => known,
            known => known.insert(Self {
                of: Moves::of(call_out),
                body: progress(call_out).into(),
            }),
        };
        debug_assert_eq!(*known.body, *progress(call_out), "a move went unnoticed");
        Arc::clone(&known.body)
    }
}

impl Moves {
    fn of(call_out: &CallOut) -> Self {
        Self {
            state: call_out.state,
            held_until: call_out.held_until,
            stage: call_out.stage,
            stage_at: call_out.stage_at,
            ended_at: call_out.ended_at,
            ended_because: call_out.ended_because.clone(),
            course: call_out.course.clone(),
            unfillable: unfillable(call_out),
            false_alarm: call_out.false_alarm,
        }
    }

    fn are_of(&self, call_out: &CallOut) -> bool {
        self.state == call_out.state
            && self.held_until == call_out.held_until
            && self.stage == call_out.stage
            && self.stage_at == call_out.stage_at
            && self.ended_at == call_out.ended_at
            && self.ended_because == call_out.ended_because
            && self.false_alarm == call_out.false_alarm
            && self.unfillable == unfillable(call_out)
            && self.course == call_out.course
    }
}

/// Reads a call-out without its people.
pub fn read_call_out(event: Event, bodies: &Frozen, revision: u64) -> Result<CallOut> {
    let frozen = parse("call-out", &bodies.frozen)?;
    let progress = parse("call-out", &bodies.progress)?;
    let (fields, progress) = (Fields(&frozen), Fields(&progress));
    Ok(CallOut {
        id: fields.str("id")?.into(),
        // An older version kept the report alone.
        event: Arc::new(match fields.get("stands") {
            Value::Null => event,
            value => read_event_value(Fields(value))?,
        }),
        rule: fields.str("rule")?.into(),
        title: fields.text("title")?,
        source: fields.str("source")?.to_owned(),
        edition: read_edition(Fields(fields.get("edition")))?,
        place: fields.text("place")?,
        instruction: fields.text("instruction")?,
        detail: if fields.bool("little")? {
            Detail::Little
        } else {
            Detail::Full
        },
        procedure: read_procedure(Fields(fields.get("procedure")))?,
        ask: if fields.bool("ask_everyone")? {
            Ask::Everyone
        } else {
            Ask::UntilMet
        },
        inform: fields.each("inform", |value| Selector::parse(value.as_str()?))?,
        terms: read_terms(fields.get("terms"))?,
        course: read_course(progress.get("course"))?,
        state: progress.named("state", State::parse)?,
        opened_at: fields.time("opened_at")?,
        held_until: progress.opt_time("held_until"),
        stage: progress.u32("stage")?,
        stage_at: progress.time("stage_at")?,
        ended_at: progress.opt_time("ended_at"),
        ended_because: ended_because(progress),
        false_alarm: progress.bool("false_alarm")?,
        targets: read_targets(fields, progress)?,
        participants: IndexMap::new(),
        revision,
        index: Option::<HashMap<_, _>>::None,
        crowd: Crowd::default(),
    })
}

/// Why it ended: in two languages, or as older versions wrote it, in one.
fn ended_because(progress: Fields<'_>) -> Option<Text> {
    let value = progress.get("ended_because");
    let typed = || value.as_str().map(|text| Text::new(text, text));
    read_text(value).or_else(typed)
}

fn selectors(selectors: &[Selector]) -> Vec<String> {
    selectors.iter().map(Selector::to_string).collect()
}

fn procedure(procedure: &Procedure) -> Value {
    json!({
        "id": procedure.id.as_str(),
        "title": text(&procedure.title),
        "exhausted_after": millis(procedure.exhausted_after),
        "stale_after": millis(procedure.stale_after),
        "stages": procedure.stages.iter().map(stage).collect::<Vec<_>>(),
    })
}

fn read_procedure(fields: Fields<'_>) -> Result<Procedure> {
    Ok(Procedure {
        id: fields.str("id")?.into(),
        title: fields.text("title")?,
        stages: fields
            .list("stages")?
            .iter()
            .map(|value| read_stage(Fields(value)))
            .collect::<Result<_>>()?,
        exhausted_after: Duration::from_millis(fields.u64("exhausted_after")?),
        stale_after: fields
            .get("stale_after")
            .as_u64()
            .map_or(STALE_AFTER, Duration::from_millis),
    })
}

fn stage(stage: &Stage) -> Value {
    json!({
        "after": millis(stage.after),
        "call": match stage.call {
            StageCall::Next => "next",
            StageCall::All => "all",
            StageCall::Nobody => "nobody",
        },
        "also": selectors(&stage.also),
        "remind": stage.remind,
        "channels": stage.channels.iter().map(ChannelName::to_string).collect::<Vec<_>>(),
        "together": stage.together,
        "resend": stage.resend.map(|resend| json!([millis(resend.every), resend.times])),
        "tell": selectors(&stage.tell),
    })
}

fn read_stage(fields: Fields<'_>) -> Result<Stage> {
    let selector = |value: &Value| Selector::parse(value.as_str()?);
    Ok(Stage {
        after: Duration::from_millis(fields.u64("after")?),
        call: match fields.str("call")? {
            "next" => StageCall::Next,
            "all" => StageCall::All,
            "nobody" => StageCall::Nobody,
            other => return Err(bad("call", format!("unknown: {other}"))),
        },
        also: fields.each("also", selector)?,
        remind: fields.bool("remind")?,
        channels: fields.each("channels", |value| ChannelName::parse(value.as_str()?))?,
        together: fields.bool("together")?,
        resend: match fields.get("resend") {
            Value::Null => None,
            value => Some(read_resend(value).ok_or_else(|| bad("resend", "no pair of numbers"))?),
        },
        tell: fields.each("tell", selector)?,
    })
}

fn read_resend(value: &Value) -> Option<Resend> {
    match value.as_array()?.as_slice() {
        [every, times] => Some(Resend {
            every: Duration::from_millis(every.as_u64()?),
            times: u32::try_from(times.as_u64()?).ok()?,
        }),
        _ => None,
    }
}

/// Which targets were said to be beyond filling.
fn unfillable(call_out: &CallOut) -> Vec<usize> {
    let targets = call_out.targets.iter().enumerate();
    let targets = targets.filter(|(_, target)| target.unfillable);
    targets.map(|(index, _)| index).collect()
}

fn read_targets(fields: Fields<'_>, progress: Fields<'_>) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for value in fields.list("targets")? {
        targets.push(read_target(Fields(value))?);
    }
    let said = progress.get("unfillable").as_array();
    for index in said.into_iter().flatten().filter_map(Value::as_u64) {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        if let Some(target) = targets.get_mut(index) {
            target.unfillable = true;
        }
    }
    Ok(targets)
}

fn read_target(fields: Fields<'_>) -> Result<Target> {
    let candidates = fields.list("candidates")?.len();
    Ok(Target {
        first: fields
            .opt_u32("first")
            .unwrap_or(u32::try_from(candidates).unwrap_or(u32::MAX)),
        who: fields.opt_string("who").unwrap_or_default(),
        name: fields.text("name")?,
        need: fields.u32("need")?,
        everyone: fields.bool("everyone")?,
        mode: if fields.bool("in_turn")? {
            CallMode::InTurn
        } else {
            CallMode::AtOnce
        },
        candidates: fields.each("candidates", |value| value.as_str().map(PersonId::from))?,
        tally: Tally::default(),
        met: false,
        unfillable: false,
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
