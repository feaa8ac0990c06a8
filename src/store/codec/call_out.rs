//! A call-out's frozen part (what it was opened with) and its progress.
//!
//! The frozen part is written once; the progress with every change.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::edition::{edition, read_edition};
use super::{Fields, Result, bad, micros, parse, text};
use crate::domain::call_out::{CallOut, State, Tally, Target};
use crate::domain::event::Event;
use crate::domain::id::PersonId;
use crate::domain::procedure::{Procedure, Resend, Stage, StageCall};
use crate::domain::roster::ChannelName;
use crate::domain::rule::{Ask, CallMode, Detail, Selector};

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
    json!({
        "id": call_out.id.as_str(),
        "event": call_out.event.id.as_str(),
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
        "opened_at": micros(call_out.opened_at),
        "targets": call_out.targets.iter().map(target).collect::<Vec<_>>(),
    })
    .to_string()
}

/// How far a call-out has come, as a body.
pub fn progress(call_out: &CallOut) -> String {
    json!({
        "state": call_out.state.name(),
        "held_until": call_out.held_until.map(micros),
        "stage": call_out.stage,
        "stage_at": micros(call_out.stage_at),
        "ended_at": call_out.ended_at.map(micros),
        "ended_because": call_out.ended_because,
        "false_alarm": call_out.false_alarm,
    })
    .to_string()
}

/// Reads a call-out without its people.
pub fn read_call_out(event: Event, bodies: &Frozen, revision: u64) -> Result<CallOut> {
    let frozen = parse("call-out", &bodies.frozen)?;
    let progress = parse("call-out", &bodies.progress)?;
    let (fields, progress) = (Fields(&frozen), Fields(&progress));
    Ok(CallOut {
        id: fields.str("id")?.into(),
        event: Arc::new(event),
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
        state: progress.named("state", State::parse)?,
        opened_at: fields.time("opened_at")?,
        held_until: progress.opt_time("held_until"),
        stage: progress.u32("stage")?,
        stage_at: progress.time("stage_at")?,
        ended_at: progress.opt_time("ended_at"),
        ended_because: progress.opt_string("ended_because"),
        false_alarm: progress.bool("false_alarm")?,
        targets: fields
            .list("targets")?
            .iter()
            .map(|value| read_target(Fields(value)))
            .collect::<Result<_>>()?,
        participants: IndexMap::new(),
        revision,
        index: Option::<HashMap<_, _>>::None,
    })
}

fn selectors(selectors: &[Selector]) -> Vec<String> {
    selectors.iter().map(Selector::to_string).collect()
}

fn procedure(procedure: &Procedure) -> Value {
    json!({
        "id": procedure.id.as_str(),
        "title": text(&procedure.title),
        "exhausted_after": millis(procedure.exhausted_after),
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

fn target(target: &Target) -> Value {
    json!({
        "name": text(&target.name),
        "need": target.need,
        "everyone": target.everyone,
        "in_turn": target.mode == CallMode::InTurn,
        "candidates": target.candidates.iter().map(PersonId::as_str).collect::<Vec<_>>(),
    })
}

fn read_target(fields: Fields<'_>) -> Result<Target> {
    Ok(Target {
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
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
