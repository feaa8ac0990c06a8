//! People in a call-out, and their answers, as JSON.
//!
//! What is known of each contact is not here, because it follows from the
//! notifications; only that one fails for now does not. An answer that came since the
//! row was written stands for itself, and says so.

use std::fmt::Display;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::seal::sealed;
use super::{Fields, Result, bad, micros, parse, read_text, timestamp};
use crate::domain::acknowledgement::{Acknowledgement, Answer, Reply, Via, Written};
use crate::domain::call_out::{ContactState, Part, Participant, TriedContact};
use crate::domain::roster::{ChannelName, Contact};
use crate::domain::text::{Language, Text};

#[derive(Serialize)]
struct Body<'a> {
    person: &'a str,
    name: [&'a str; 2],
    section: &'a str,
    section_name: [&'a str; 2],
    language: &'a str,
    part: &'a str,
    targets: &'a [usize],
    called_at: Option<i64>,
    called_stage: u32,
    asked_at: Option<i64>,
    resent: u32,
    contacts: Vec<Tried<'a>>,
    answer: Option<Said<'a>>,
    revision: u64,
}

#[derive(Serialize)]
struct Said<'a> {
    person: &'a str,
    reply: &'a str,
    eta_minutes: Option<u32>,
    note: Option<&'a str>,
    via: String,
    by: &'a str,
    at: i64,
    written_at: Option<i64>,
    handed_at: Option<i64>,
    doubtful: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stands: Option<u64>,
}

/// A value as the text that it shows itself by.
struct Shown<'a, T>(&'a T);

impl<T: Display> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// A contact: its channel, its address, and that it fails for now.
struct Tried<'a>(&'a TriedContact);

/// The third word of a contact that fails for now.
const FAILING: &str = "failing";

impl Serialize for Tried<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let TriedContact { contact, state } = self.0;
        let parts = (Shown(&contact.channel), &*contact.address);
        match state {
            ContactState::Failing => (parts.0, parts.1, FAILING).serialize(serializer),
            _ => parts.serialize(serializer),
        }
    }
}

fn both(text: &Text) -> [&str; 2] {
    [&text.ja, &text.en]
}

/// A participant as a body, as of a revision of their call-out.
pub fn participant(participant: &Participant, revision: u64) -> String {
    sealed(&Body {
        person: participant.person.as_str(),
        name: both(&participant.name),
        section: participant.section.as_str(),
        section_name: both(&participant.section_name),
        language: participant.language.tag(),
        part: participant.part.name(),
        targets: &participant.targets,
        called_at: participant.called_at.map(micros),
        called_stage: participant.called_stage,
        asked_at: participant.asked_at.map(micros),
        resent: participant.resent,
        contacts: participant.contacts.iter().map(Tried).collect(),
        answer: participant.answer.as_ref().map(|answer| said(answer, None)),
        revision,
    })
}

/// Reads what [`participant`] wrote of somebody in a call-out of so many targets, and as
/// of which revision; a contact that does not fail for now is untried until the
/// notifications say more.
pub fn read_participant(body: &str, targets: usize) -> Result<(Participant, u64)> {
    let value = parse("participant", body)?;
    let fields = Fields(&value);
    let target = |value: &Value| {
        let index = usize::try_from(value.as_u64()?).ok()?;
        (index < targets).then_some(index)
    };
    // An older version wrote the row with each answer, and no revision.
    let revision = fields.get("revision").as_u64().unwrap_or_default();
    let participant = Participant {
        person: fields.str("person")?.into(),
        name: fields.text("name")?,
        section: fields.str("section")?.into(),
        section_name: fields.text("section_name")?,
        language: fields.named("language", Language::parse)?,
        part: fields.named("part", Part::parse)?,
        targets: fields.each("targets", target)?.into(),
        called_at: fields.opt_time("called_at"),
        called_stage: fields.u32("called_stage")?,
        asked_at: fields.opt_time("asked_at"),
        resent: fields.u32("resent")?,
        sent_at: None,
        last_sent_at: None,
        last_taken_at: None,
        contacts: fields.each("contacts", contact)?,
        answer: match fields.get("answer") {
            Value::Null => None,
            value => Some(read_answer(Fields(value))?),
        },
        doubted: None,
    };
    Ok((participant, revision))
}

fn contact(value: &Value) -> Option<TriedContact> {
    let (channel, address, state) = match value.as_array()?.as_slice() {
        [channel, address] => (channel, address, ContactState::Untried),
        [channel, address, word] if word == FAILING => (channel, address, ContactState::Failing),
        _ => return None,
    };
    Some(TriedContact {
        contact: Contact {
            channel: ChannelName::parse(channel.as_str()?)?,
            address: address.as_str()?.into(),
        },
        state,
    })
}

fn said(acknowledgement: &Acknowledgement, stands: Option<u64>) -> Said<'_> {
    let answer = &acknowledgement.answer;
    let written = acknowledgement.written;
    Said {
        person: answer.person.as_str(),
        reply: answer.reply.name(),
        eta_minutes: answer.eta_minutes,
        note: answer.note.as_deref(),
        via: via(&answer.via),
        by: answer.by.as_str(),
        at: micros(acknowledgement.at),
        written_at: written.map(|written| micros(written.at)),
        handed_at: written.and_then(|written| written.handed_at).map(micros),
        doubtful: acknowledgement.doubtful,
        stands,
    }
}

fn read_answer(fields: Fields<'_>) -> Result<Acknowledgement> {
    Ok(Acknowledgement {
        answer: Answer {
            person: fields.str("person")?.into(),
            reply: fields.named("reply", Reply::parse)?,
            eta_minutes: fields.opt_u32("eta_minutes"),
            note: fields.opt_string("note"),
            via: fields.named("via", read_via)?,
            by: fields.str("by")?.into(),
        },
        at: timestamp(
            fields
                .get("at")
                .as_i64()
                .ok_or_else(|| bad("at", "no time"))?,
        ),
        written: fields.opt_time("written_at").map(|at| Written {
            at,
            handed_at: fields.opt_time("handed_at"),
        }),
        doubtful: fields.bool("doubtful")?,
    })
}

/// An answer as a body; with the revision since which it stands, where it does.
pub fn acknowledgement(acknowledgement: &Acknowledgement, stands: Option<u64>) -> String {
    sealed(&said(acknowledgement, stands))
}

/// Reads what [`acknowledgement`] wrote. One of an older version says nothing of whether
/// it stands: its person's row does.
pub fn read_acknowledgement(body: &str) -> Result<(Acknowledgement, Option<u64>)> {
    let value = parse("acknowledgement", body)?;
    let fields = Fields(&value);
    Ok((read_answer(fields)?, fields.get("stands").as_u64()))
}

/// `link:email`, `link:webhook:NAME`, `reply` or `on-behalf`.
pub(super) fn via(via: &Via) -> String {
    match via {
        Via::Link(channel) => format!("link:{channel}"),
        Via::Reply => "reply".to_owned(),
        Via::OnBehalf => "on-behalf".to_owned(),
    }
}

pub(super) fn read_via(text: &str) -> Option<Via> {
    match text.split_once(':') {
        None if text == "reply" => Some(Via::Reply),
        None if text == "on-behalf" => Some(Via::OnBehalf),
        Some(("link", channel)) => ChannelName::parse(channel).map(Via::Link),
        _ => None,
    }
}

/// Reads a list of texts.
pub(super) fn read_texts(fields: Fields<'_>, name: &str) -> Result<Vec<crate::domain::text::Text>> {
    fields.each(name, read_text)
}
