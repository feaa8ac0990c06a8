//! Entries of the account as JSON.
//!
//! Owns the names of the entries: they are part of the chain and of the API,
//! so an old one is never renamed.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::event::{kind, read_kind};
use super::participant::{read_texts, read_via, via};
use super::reports;
use super::{Fields, Result, bad, json, micros, parse, text, tree};
use crate::domain::acknowledgement::Reply;
use crate::domain::delivery::Reason;
use crate::domain::edition::Caveat;
use crate::domain::id::PersonId;
use crate::domain::journal::{Entry, StageCause};
use crate::domain::mail::Came;
use crate::domain::roster::ChannelName;
use crate::domain::text::Text;

/// An entry as a body; its name stands under `entry`.
pub fn entry(entry: &Entry) -> Value {
    let (name, mut value) = parts(entry);
    value["entry"] = name.into();
    value
}

/// What an answer's entry says. Its names stand in the order in which a [`Value`] has
/// them.
#[derive(Serialize)]
struct Answered<'a> {
    by: &'a str,
    doubtful: bool,
    entry: &'a str,
    eta_minutes: Option<u32>,
    note: Option<&'a str>,
    person: &'a str,
    reply: &'a str,
    via: String,
}

impl<'a> Answered<'a> {
    fn of(entry: &'a Entry) -> Option<Self> {
        let Entry::Answered {
            person,
            reply,
            eta_minutes,
            note,
            via: how,
            by,
            doubtful,
        } = entry
        else {
            return None;
        };
        Some(Self {
            by: by.as_str(),
            doubtful: *doubtful,
            entry: "answered",
            eta_minutes: *eta_minutes,
            note: note.as_deref(),
            person: person.as_str(),
            reply: reply.name(),
            via: via(how),
        })
    }
}

/// The same as text. Why an answer without a [`Value`]: thousands come at once.
pub fn entry_body(entry: &Entry) -> String {
    let answered = Answered::of(entry).as_ref().map(json);
    let body = answered.unwrap_or_else(|| self::entry(entry).to_string());
    debug_assert_eq!(body, self::entry(entry).to_string());
    body
}

fn parts(entry: &Entry) -> (&'static str, Value) {
    match entry {
        Entry::Event {
            kind: what,
            headline,
            by,
        } => {
            let mut value = kind(what);
            value["headline"] = json!(headline);
            value["by"] = by.as_str().into();
            ("event", value)
        }
        Entry::Edition { number, caveats } => ("edition", edition(*number, caveats)),
        Entry::Opened { targets } => ("opened", json!({ "targets": targets })),
        Entry::Stage {
            stage,
            cause,
            called,
            reminded,
        } => (
            "stage",
            json!({
                "stage": stage,
                "due": *cause == StageCause::Due,
                "called": called,
                "reminded": reminded,
            }),
        ),
        Entry::StagePassed { stage } => ("stage-passed", json!({ "stage": stage })),
        Entry::Unmet {
            stage,
            targets,
            told,
        } => (
            "unmet",
            json!({ "stage": stage, "targets": texts(targets), "told": told }),
        ),
        Entry::Reminded { stage, people } => {
            ("reminded", json!({ "stage": stage, "people": people }))
        }
        Entry::Met { target, have } => ("met", json!({ "target": text(target), "have": have })),
        Entry::Reopened { target } => ("reopened", json!({ "target": text(target) })),
        Entry::Exhausted { targets } => ("exhausted", json!({ "targets": texts(targets) })),
        Entry::Recovered => ("recovered", json!({})),
        Entry::Ended => ("ended", json!({})),
        Entry::Forced { by, reason } => ("forced", json!({ "by": by.as_str(), "reason": reason })),
        Entry::ClockSet { by } => ("clock-set", json!({ "seconds": by.as_secs() })),
        Entry::Late { by } => ("late", json!({ "seconds": by.as_secs() })),
        Entry::CalledNext { .. }
        | Entry::ContactDead { .. }
        | Entry::ContactFailing { .. }
        | Entry::Unreachable { .. }
        | Entry::PassedOver { .. }
        | Entry::Back { .. }
        | Entry::Mail { .. }
        | Entry::Answered { .. } => of_person(entry),
        Entry::PassedOn { .. } | Entry::LinkBroken { .. } => tree::entry(entry),
        Entry::Held { .. }
        | Entry::Confirmed { .. }
        | Entry::Cancelled { .. }
        | Entry::StoodDown { .. } => of_word(entry),
        other => reports::parts(other),
    }
}

/// What somebody said should happen to it.
fn of_word(entry: &Entry) -> (&'static str, Value) {
    match entry {
        Entry::Held {
            until,
            second_person,
        } => (
            "held",
            json!({ "until": micros(*until), "second_person": second_person }),
        ),
        Entry::Confirmed {
            by,
            on_word_of,
            digest,
        } => (
            "confirmed",
            json!({ "by": by.as_str(), "word": person(on_word_of), "digest": digest }),
        ),
        Entry::Cancelled {
            by,
            on_word_of,
            reason,
        } => (
            "cancelled",
            json!({ "by": by.as_str(), "word": person(on_word_of), "reason": reason }),
        ),
        Entry::StoodDown {
            by,
            reason,
            false_alarm,
        } => (
            "stood-down",
            json!({ "by": by.as_str(), "reason": reason, "false_alarm": false_alarm }),
        ),
        _ => parts(entry),
    }
}

fn contact(person: &PersonId, channel: &ChannelName, reason: Reason, detail: &str) -> Value {
    json!({
        "person": person.as_str(),
        "channel": channel.to_string(),
        "reason": reason.name(),
        "detail": detail,
    })
}

fn of_person(entry: &Entry) -> (&'static str, Value) {
    match entry {
        Entry::CalledNext {
            person,
            instead_of,
            target,
        } => (
            "called-next",
            json!({ "person": person.as_str(), "instead_of": instead_of.as_str(), "target": text(target) }),
        ),
        Entry::ContactDead {
            person,
            channel,
            reason,
            detail,
        } => ("contact-dead", contact(person, channel, *reason, detail)),
        Entry::ContactFailing {
            person,
            channel,
            reason,
            detail,
        } => ("contact-failing", contact(person, channel, *reason, detail)),
        Entry::Unreachable { person } => ("unreachable", json!({ "person": person.as_str() })),
        Entry::PassedOver {
            person,
            until,
            target,
        } => (
            "passed-over",
            json!({
                "person": person.as_str(),
                "until": micros(*until),
                "target": target.as_ref().map(text),
            }),
        ),
        Entry::Mail { person, came, text } => (
            "mail",
            json!({ "person": person.as_str(), "came": came.name(), "text": text }),
        ),
        Entry::Back { person, called } => (
            "back",
            json!({ "person": person.as_str(), "called": called }),
        ),
        Entry::Answered { .. } => ("answered", json!(Answered::of(entry))),
        _ => parts(entry),
    }
}

/// Reads what [`entry`] wrote.
pub fn read_entry(body: &str) -> Result<Entry> {
    let value = parse("journal entry", body)?;
    let fields = Fields(&value);
    Ok(match fields.str("entry")? {
        "event" => Entry::Event {
            kind: read_kind(fields)?,
            headline: fields.opt_string("headline"),
            by: fields.str("by")?.into(),
        },
        "edition" => read_edition(fields)?,
        "opened" => Entry::Opened {
            targets: fields.u32("targets")?,
        },
        "stage" => Entry::Stage {
            stage: fields.u32("stage")?,
            cause: if fields.bool("due")? {
                StageCause::Due
            } else {
                StageCause::NothingMore
            },
            called: fields.u32("called")?,
            reminded: fields.u32("reminded")?,
        },
        "stage-passed" => Entry::StagePassed {
            stage: fields.u32("stage")?,
        },
        "unmet" => Entry::Unmet {
            stage: fields.u32("stage")?,
            targets: read_texts(fields, "targets")?,
            told: fields.u32("told")?,
        },
        "reminded" => Entry::Reminded {
            stage: fields.u32("stage")?,
            people: fields.u32("people")?,
        },
        "met" => Entry::Met {
            target: fields.text("target")?,
            have: fields.u32("have")?,
        },
        "reopened" => Entry::Reopened {
            target: fields.text("target")?,
        },
        "exhausted" => Entry::Exhausted {
            targets: read_texts(fields, "targets")?,
        },
        "recovered" => Entry::Recovered,
        "ended" => Entry::Ended,
        "forced" => Entry::Forced {
            by: fields.str("by")?.into(),
            reason: fields.str("reason")?.to_owned(),
        },
        "clock-set" => Entry::ClockSet {
            by: jiff::SignedDuration::from_secs(fields.get("seconds").as_i64().unwrap_or_default()),
        },
        "late" => Entry::Late {
            by: Duration::from_secs(fields.u64("seconds")?),
        },
        name => match reports::read(name, fields)? {
            Some(entry) => entry,
            None => read_of_word(name, fields)?,
        },
    })
}

fn read_of_word(name: &str, fields: Fields<'_>) -> Result<Entry> {
    Ok(match name {
        "held" => Entry::Held {
            until: fields.time("until")?,
            second_person: fields.get("second_person").as_bool().unwrap_or(false),
        },
        "confirmed" => Entry::Confirmed {
            by: fields.str("by")?.into(),
            on_word_of: read_person(fields),
            digest: fields.opt_string("digest"),
        },
        "cancelled" => Entry::Cancelled {
            by: fields.str("by")?.into(),
            on_word_of: read_person(fields),
            reason: fields.opt_string("reason"),
        },
        "stood-down" => Entry::StoodDown {
            by: fields.str("by")?.into(),
            reason: fields.str("reason")?.to_owned(),
            false_alarm: fields.bool("false_alarm")?,
        },
        name => read_of_person(name, fields)?,
    })
}

fn read_of_person(name: &str, fields: Fields<'_>) -> Result<Entry> {
    let person: PersonId = fields.str("person")?.into();
    Ok(match name {
        "called-next" => Entry::CalledNext {
            person,
            instead_of: fields.str("instead_of")?.into(),
            target: fields.text("target")?,
        },
        "passed-on" | "link-broken" => tree::read_entry(name, person, fields)?,
        "contact-dead" => Entry::ContactDead {
            person,
            channel: fields.named("channel", ChannelName::parse)?,
            reason: fields.named("reason", Reason::parse)?,
            detail: fields.str("detail")?.to_owned(),
        },
        "contact-failing" => Entry::ContactFailing {
            person,
            channel: fields.named("channel", ChannelName::parse)?,
            reason: fields.named("reason", Reason::parse)?,
            detail: fields.str("detail")?.to_owned(),
        },
        "unreachable" => Entry::Unreachable { person },
        "passed-over" => Entry::PassedOver {
            person,
            until: fields.time("until")?,
            target: super::read_text(fields.get("target")),
        },
        "mail" => Entry::Mail {
            person,
            came: fields.named("came", Came::parse)?,
            text: fields.str("text")?.to_owned(),
        },
        "back" => Entry::Back {
            person,
            called: fields.bool("called")?,
        },
        "answered" => Entry::Answered {
            person,
            reply: fields.named("reply", Reply::parse)?,
            eta_minutes: fields.opt_u32("eta_minutes"),
            note: fields.opt_string("note"),
            via: fields.named("via", read_via)?,
            by: fields.str("by")?.into(),
            doubtful: fields.bool("doubtful")?,
        },
        other => return Err(bad("entry", format!("unknown: {other}"))),
    })
}

fn edition(number: u32, caveats: &[Caveat]) -> Value {
    let older = caveats.iter().find_map(|caveat| match caveat {
        Caveat::Older { than } => Some(*than),
        Caveat::Unapproved | Caveat::Changed => None,
    });
    json!({
        "number": number,
        "unapproved": caveats.contains(&Caveat::Unapproved),
        "changed": caveats.contains(&Caveat::Changed),
        "older_than": older,
    })
}

fn read_edition(fields: Fields<'_>) -> Result<Entry> {
    let mut caveats = Vec::new();
    if fields.bool("unapproved")? {
        caveats.push(Caveat::Unapproved);
    }
    if fields.bool("changed")? {
        caveats.push(Caveat::Changed);
    }
    caveats.extend(
        fields
            .opt_u32("older_than")
            .map(|than| Caveat::Older { than }),
    );
    Ok(Entry::Edition {
        number: fields.u32("number")?,
        caveats,
    })
}

pub(super) fn texts(list: &[Text]) -> Vec<Value> {
    list.iter().map(text).collect()
}

pub(super) fn person(person: &Option<PersonId>) -> Option<&str> {
    person.as_ref().map(PersonId::as_str)
}

pub(super) fn read_person(fields: Fields<'_>) -> Option<PersonId> {
    fields.get("word").as_str().map(PersonId::from)
}
