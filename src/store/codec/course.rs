//! What came up on a call-out's way, and the terms of its rule, as JSON.
//!
//! Owns their part of the two bodies of a call-out. Invariant: a body that an
//! older version wrote has none of it, and reads as if nothing had come up.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::event::{event_value, kind, read_event_value, read_kind};
use super::{Fields, Result, bad, help, micros, read_text, text, tree};
use crate::domain::call_out::course::{
    Correction, Course, Decided, Growth, Pause, Question, Spoken, Terms,
};
use crate::domain::drill::Answers;
use crate::domain::id::{PersonId, VendorId};
use crate::domain::rule::{Confirm, Decision, DecisionRule, Selector};
use crate::domain::text::Text;

/// Terms as part of the frozen body.
pub(super) fn terms(terms: &Terms) -> Value {
    json!({
        "confirm": match terms.confirm {
            Confirm::None => Value::Null,
            Confirm::Hold { seconds } => json!({ "hold": seconds }),
            Confirm::SecondPerson { seconds } => json!({ "second_person": seconds }),
        },
        "decision": terms.decision.as_ref().map(decision),
        "tell_unfillable": selectors(&terms.tell_unfillable),
        "help": terms.help.iter().map(VendorId::as_str).collect::<Vec<_>>(),
    })
}

fn selectors(selectors: &[Selector]) -> Vec<String> {
    selectors.iter().map(Selector::to_string).collect()
}

fn decision(rule: &DecisionRule) -> Value {
    json!({
        "ask": selectors(&rule.ask),
        "within": rule.within.as_secs(),
        "again": rule.again.as_secs(),
        "first": rule.first.map(Decision::name),
    })
}

/// Reads what [`terms`] wrote.
pub(super) fn read_terms(value: &Value) -> Result<Terms> {
    if value.is_null() {
        return Ok(Terms::default());
    }
    let fields = Fields(value);
    let confirm = Fields(fields.get("confirm"));
    Ok(Terms {
        confirm: match (confirm.opt_u32("hold"), confirm.opt_u32("second_person")) {
            (Some(seconds), _) => Confirm::Hold { seconds },
            (_, Some(seconds)) => Confirm::SecondPerson { seconds },
            (None, None) => Confirm::None,
        },
        decision: match fields.get("decision") {
            Value::Null => None,
            value => Some(read_decision(Fields(value))?),
        },
        tell_unfillable: fields.each("tell_unfillable", selector)?,
        help: fields.opt_each("help", |value| value.as_str().map(VendorId::from))?,
    })
}

fn selector(value: &Value) -> Option<Selector> {
    Selector::parse(value.as_str()?)
}

fn read_decision(fields: Fields<'_>) -> Result<DecisionRule> {
    Ok(DecisionRule {
        ask: fields.each("ask", selector)?,
        within: Duration::from_secs(fields.u64("within")?),
        again: Duration::from_secs(fields.u64("again")?),
        first: fields.get("first").as_str().and_then(Decision::parse),
    })
}

/// What came up, as part of the progress.
pub(super) fn course(course: &Course) -> Value {
    let words = course.words.iter();
    json!({
        "question": course.question.as_ref().map(question),
        "correction": course.correction.as_ref().map(correction),
        "growth": course.growth.as_ref().map(growth),
        "words": words.map(word).collect::<Vec<_>>(),
        "aftershocks": course.aftershocks,
        "aftershock": course.aftershock.as_ref().map(kind),
        "shock": course.shock.as_ref().map(|event| event_value(event)),
        "alarms": course.alarms,
        "renewed": course.renewed,
        "paused": course.paused.map(pause),
        "confirmed": course.confirmed.map(micros),
        "away": course.away.iter().map(|(id, until)| json!([id.as_str(), micros(*until)])).collect::<Vec<_>>(),
        "known": course.known.iter().map(|(id, name)| json!([id.as_str(), text(name)])).collect::<Vec<_>>(),
        "systems": help::systems(course),
        "help": help::help(course),
        "ends_at": course.ends_at.map(micros),
        "answers": course.answers.name(),
        "walk": course.walk.as_ref().map(tree::walk),
        "help_left_out": course.help_left_out.iter().map(VendorId::as_str).collect::<Vec<_>>(),
    })
}

fn question(question: &Question) -> Value {
    json!({
        "asked": question.asked,
        "asked_at": micros(question.asked_at),
        "again_at": question.again_at.map(micros),
        "decided": question.decided.as_ref().map(decided),
        "section": question.section.as_ref().map(decided),
        "reached": question.reached,
    })
}

fn decided(decided: &Decided) -> Value {
    json!({
        "decision": decided.decision.name(),
        "by": decided.by.as_str(),
        "person": decided.person.as_ref().map(PersonId::as_str),
        "at": micros(decided.at),
    })
}

fn correction(correction: &Correction) -> Value {
    json!({
        "event": correction.event.as_ref().map(|event| event_value(event)),
        "rule": correction.rule.as_ref().map(|rule| rule.as_str()),
        "due": micros(correction.due),
        "by": correction.by.as_str(),
        "renewed": correction.renewed,
    })
}

fn growth(growth: &Growth) -> Value {
    json!({
        "event": event_value(&growth.event),
        "rule": growth.rule.as_str(),
        "until": micros(growth.until),
        "seconds": growth.seconds,
        "second_person": growth.second_person,
        "alarms": growth.alarms,
        "digest": growth.digest,
        "renewed": growth.renewed,
    })
}

fn read_growth(fields: Fields<'_>) -> Result<Growth> {
    Ok(Growth {
        event: Arc::new(read_event_value(Fields(fields.get("event")))?),
        rule: fields.str("rule")?.into(),
        until: fields.time("until")?,
        seconds: fields.u32("seconds")?,
        second_person: fields.bool("second_person")?,
        alarms: fields.u32("alarms")?,
        digest: fields.str("digest")?.to_owned(),
        renewed: renewed(fields),
    })
}

fn pause(pause: Pause) -> Value {
    json!({
        "since": micros(pause.since),
        "again_at": micros(pause.again_at),
        "times": pause.times,
    })
}

fn read_pause(fields: Fields<'_>) -> Result<Pause> {
    Ok(Pause {
        since: fields.time("since")?,
        again_at: fields.time("again_at")?,
        times: fields.u32("times")?,
    })
}

/// Reads what [`course`] wrote.
pub(super) fn read_course(value: &Value) -> Result<Course> {
    if value.is_null() {
        return Ok(Course::default());
    }
    let fields = Fields(value);
    Ok(Course {
        question: match fields.get("question") {
            Value::Null => None,
            value => Some(read_question(Fields(value))?),
        },
        correction: match fields.get("correction") {
            Value::Null => None,
            value => Some(read_correction(Fields(value))?),
        },
        growth: match fields.get("growth") {
            Value::Null => None,
            value => Some(read_growth(Fields(value))?),
        },
        words: fields.each("words", spoken)?,
        aftershocks: fields.u32("aftershocks")?,
        aftershock: match fields.get("aftershock") {
            Value::Null => None,
            value => Some(read_kind(Fields(value))?),
        },
        shock: match fields.get("shock") {
            Value::Null => None,
            value => Some(Arc::new(read_event_value(Fields(value))?)),
        },
        alarms: fields.u32("alarms")?,
        renewed: renewed(fields),
        paused: match fields.get("paused") {
            Value::Null => None,
            value => Some(read_pause(Fields(value))?),
        },
        confirmed: fields.opt_time("confirmed"),
        away: match fields.get("away") {
            Value::Null => IndexMap::new(),
            _ => fields.each("away", away)?.into_iter().collect(),
        },
        known: fields.each("known", known)?.into_iter().collect(),
        systems: help::read_systems(fields)?,
        help: help::read_help(fields)?,
        help_left_out: fields
            .opt_each("help_left_out", |value| value.as_str().map(VendorId::from))?,
        ends_at: fields.opt_time("ends_at"),
        answers: match fields.get("answers") {
            Value::Null => Answers::Full,
            _ => fields.named("answers", Answers::parse)?,
        },
        walk: tree::read_walk(fields.get("walk"))?,
    })
}

/// Whether a wait was given once more: an older version gave none.
fn renewed(fields: Fields<'_>) -> bool {
    fields.get("renewed").as_bool().unwrap_or_default()
}

fn known(value: &Value) -> Option<(PersonId, Text)> {
    match value.as_array()?.as_slice() {
        [id, name] => Some((id.as_str()?.into(), read_text(name)?)),
        _ => None,
    }
}

/// Somebody who is away, and until when.
fn away(value: &Value) -> Option<(PersonId, Timestamp)> {
    match value.as_array()?.as_slice() {
        [id, until] => Some((id.as_str()?.into(), super::timestamp(until.as_i64()?))),
        _ => None,
    }
}

fn word(spoken: &Spoken) -> Value {
    let (words, at) = (text(&spoken.text), micros(spoken.at));
    match &spoken.key {
        Some(key) => json!([words, at, key, spoken.place]),
        None => json!([words, at]),
    }
}

/// One without a key has no use for its place.
fn spoken(value: &Value) -> Option<Spoken> {
    let (words, at, key, place) = match value.as_array()?.as_slice() {
        [words, at] => (words, at, None, None),
        [words, at, key, place] => (words, at, Some(key.as_str()?), place.as_str()),
        _ => return None,
    };
    Some(Spoken {
        text: read_text(words)?,
        at: super::timestamp(at.as_i64()?),
        key: key.map(str::to_owned),
        place: place.map(str::to_owned),
    })
}

fn read_question(fields: Fields<'_>) -> Result<Question> {
    Ok(Question {
        asked: fields.u32("asked")?,
        asked_at: fields.time("asked_at")?,
        again_at: fields.opt_time("again_at"),
        decided: read_decided(fields.get("decided"))?,
        section: read_decided(fields.get("section"))?,
        reached: fields.opt_u32("reached").unwrap_or(fields.u32("asked")?),
    })
}

fn read_decided(value: &Value) -> Result<Option<Decided>> {
    if value.is_null() {
        return Ok(None);
    }
    let fields = Fields(value);
    Ok(Some(Decided {
        decision: fields.named("decision", Decision::parse)?,
        by: fields.str("by")?.into(),
        person: fields.get("person").as_str().map(PersonId::from),
        at: fields.time("at")?,
    }))
}

fn read_correction(fields: Fields<'_>) -> Result<Correction> {
    Ok(Correction {
        event: match fields.get("event") {
            Value::Null => None,
            value if value.is_object() => Some(Arc::new(read_event_value(Fields(value))?)),
            _ => return Err(bad("event", "no event")),
        },
        rule: fields.get("rule").as_str().map(Into::into),
        due: fields.time("due")?,
        by: fields.str("by")?.into(),
        renewed: renewed(fields),
    })
}
