//! A call-out as it stands, for programs: the shape of
//! `GET /api/v1/call-outs/{id}`.
//!
//! Owns the names of its fields, which other people's scripts rely on. It
//! must not choose words: texts are those of the plan.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::domain::acknowledgement::{Acknowledgement, Via};
use crate::domain::call_out::clash::Clash;
use crate::domain::call_out::help::Help;
use crate::domain::call_out::{CallOut, Counts, Participant};
use crate::domain::id::{CallOutId, PersonId, Principal};
use crate::domain::plan::Plan;
use crate::domain::text::{Language, Text, without_addresses};
use crate::message::words::{self, Names};
use crate::store::{Kept, NotificationRow};

/// How much is shown, and in which zone.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The plan in force, and its zone.
    pub plan: &'a Plan,
    /// In which language names and titles are: the town's, unless whoever asks
    /// wants another.
    pub language: Language,
    /// Whether addresses are shown (scope `admin`).
    pub addresses: bool,
}

/// A time with the town's offset (RFC 3339).
pub fn time(at: Timestamp, zone: &TimeZone) -> String {
    let offset = zone.to_offset(at);
    at.display_with_offset(offset).to_string()
}

/// A call-out without its people: a row of the list.
pub fn summary(call_out: &CallOut, shown: Shown<'_>) -> Value {
    let language = shown.language;
    let zone = &shown.plan.time_zone;
    let targets = call_out.targets.iter().map(|target| {
        json!({
            "name": target.name.get(language),
            "need": target.need,
            "have": target.tally.have,
            "met": target.met,
            "unfillable": target.unfillable,
            "excused": target.tally.excused,
            "called": target.tally.called,
            "cannot": target.tally.cannot,
            "unanswered": target.tally.silent + target.tally.unreachable,
        })
    });
    json!({
        "id": call_out.id.as_str(),
        "event": call_out.event.id.as_str(),
        "kind": call_out.event.kind.name(),
        "headline": call_out.event.headline,
        "state": call_out.state.name(),
        "stands": said(&words::stands_in_both(call_out)),
        "drill": call_out.mode().is_drill(),
        "rule": call_out.rule.as_str(),
        "title": call_out.title.get(language),
        "title_en": call_out.title.en,
        "place": call_out.place.get(language),
        "edition": call_out.edition.label(),
        "approved": call_out.edition.approved_by.is_some(),
        "caveats": super::editions::caveats(&call_out.edition),
        "opened_at": time(call_out.opened_at, zone),
        "held_until": call_out.held_until.map(|at| time(at, zone)),
        "ended_at": call_out.ended_at.map(|at| time(at, zone)),
        "entered_by": call_out.event.entered_by.as_str(),
        "paused_since": call_out.course.paused.filter(|_| call_out.is_paused()).map(|pause| time(pause.since, zone)),
        "second_person": call_out.wants_second_person(),
        "digest": call_out.digest_held(),
        "growth": growth(call_out, shown),
        "decision": decision(call_out, shown),
        "notes": words::happened(call_out).iter().map(said).collect::<Vec<_>>(),
        "correction_due": call_out.course.correction.as_ref().map(|c| time(c.due, zone)),
        "aftershocks": call_out.course.aftershocks,
        "words": call_out.course.words.iter().map(|spoken| json!({
            "text": spoken.text.get(language),
            "at": time(spoken.at, zone),
        })).collect::<Vec<_>>(),
        "help": call_out.course.help.iter().map(|help| self::help(help, shown)).collect::<Vec<_>>(),
        "proposed_help": proposed_help(call_out, language),
        "stage": call_out.stage,
        "stages": call_out.procedure.stages.len(),
        "next_due": call_out.next_due().map(|at| time(at, zone)),
        "counts": counts(call_out),
        "away": away(call_out, shown),
        "targets": targets.collect::<Vec<_>>(),
    })
}

/// A text in both languages.
fn said(text: &Text) -> Value {
    json!({ "ja": text.ja, "en": text.en })
}

/// Clashes of duties, each as a sentence; those of one call-out where one is
/// named.
pub fn clashes(clashes: &[Clash], of: Option<&CallOutId>, plan: &Plan) -> Value {
    let here = clashes
        .iter()
        .filter(|clash| of.is_none_or(|id| clash.duties.iter().any(|duty| duty.call_out == *id)));
    here.map(|clash| {
        let say = |language| words::clash(clash, &plan.roster, language);
        let mut value = said(&Text::new(say(Language::Ja), say(Language::En)));
        let people = || clash.people.iter();
        let name = |(_, name): &(_, Text)| name.get(plan.language).to_owned();
        value["kind"] = clash.kind.name().into();
        value["people"] = people().map(|(id, _)| id.as_str()).collect();
        value["name"] = people().map(name).collect::<Vec<_>>().join("、").into();
        if let [(person, _)] = &clash.people[..] {
            value["person"] = person.as_str().into();
        }
        value
    })
    .collect()
}

/// Who is passed over because they are away, and until when.
pub(super) fn away(call_out: &CallOut, shown: Shown<'_>) -> Vec<Value> {
    let away = call_out.passed_over().map(|(id, until)| {
        let name = call_out.person(id, shown.language);
        json!({
            "person": id.as_str(),
            "name": name.unwrap_or_else(|| id.to_string()),
            "until": time(until, &shown.plan.time_zone),
        })
    });
    away.collect()
}

/// A later report that waits for its time or for a second person's word.
fn growth(call_out: &CallOut, shown: Shown<'_>) -> Value {
    let Some(growth) = &call_out.course.growth else {
        return Value::Null;
    };
    let what = |language| words::event(&growth.event.kind, call_out, language);
    json!({
        "event": growth.event.id.as_str(),
        "what": said(&Text::new(what(Language::Ja), what(Language::En))),
        "headline": growth.event.headline,
        "rule": growth.rule.as_str(),
        "until": time(growth.until, &shown.plan.time_zone),
        "second_person": growth.second_person,
        "digest": growth.digest,
        "entered_by": growth.event.entered_by.as_str(),
    })
}

/// The decision that is wanted, or that stands.
fn decision(call_out: &CallOut, shown: Shown<'_>) -> Value {
    let Some(question) = &call_out.course.question else {
        return Value::Null;
    };
    let zone = &shown.plan.time_zone;
    let name = |id: &PersonId| call_out.person(id, shown.language);
    // Those who are asked now; whoever was asked before them may decide too.
    let asked = call_out.participants.values().filter(|participant| {
        call_out.is_undecided() && participant.asked_at == Some(question.asked_at)
    });
    let asked = asked.map(|participant| {
        json!({
            "person": participant.person.as_str(),
            "name": participant.name.get(shown.language),
        })
    });
    let decided = question.decided.as_ref();
    json!({
        "wanted": call_out.is_undecided(),
        "in_section": call_out.is_in_section(),
        "asked": asked.collect::<Vec<_>>(),
        "due": call_out.question_due().map(|at| time(at, zone)),
        "decided": decided.map(|decided| decided.decision.name()),
        "person": decided.and_then(|decided| decided.person.as_ref()).map(PersonId::as_str),
        "name": decided.and_then(|decided| decided.person.as_ref()).and_then(name),
        "by": decided.map(|decided| decided.by.as_str()),
        "at": decided.map(|decided| time(decided.at, zone)),
    })
}

/// A vendor who was asked for help.
fn help(help: &Help, shown: Shown<'_>) -> Value {
    let zone = &shown.plan.time_zone;
    json!({
        "vendor": help.vendor.as_str(),
        "name": help.name.get(shown.language),
        "state": match (help.helping, help.out) {
            (true, _) => "helping",
            (false, true) => "out",
            (false, false) => "waiting",
        },
        "systems": help.systems,
        "note": help.note,
        "by": help.by.as_ref().map(Principal::as_str),
        "asked_at": time(help.asked_at, zone),
        "next_at": help.next_at.map(|at| time(at, zone)),
    })
}

/// The vendors who could be asked for help.
pub(super) fn proposed_help(call_out: &CallOut, language: Language) -> Vec<Value> {
    let proposed = call_out.proposed_help().into_iter().map(|proposal| {
        json!({
            "vendor": proposal.vendor.as_str(),
            "name": proposal.name.get(language),
            "systems": proposal.systems,
        })
    });
    proposed.collect()
}

/// A call-out's figures, with how many are excused.
pub(super) fn counts(call_out: &CallOut) -> Value {
    let mut figures = figures(&call_out.counts());
    figures["excused"] = call_out.excused().into();
    figures
}

/// Figures, of everybody or of a part.
pub(super) fn figures(counts: &Counts) -> Value {
    json!({
        "called": counts.called,
        "sent": counts.sent,
        "unreachable": counts.unreachable,
        "answered": counts.answered,
        "coming": counts.coming,
        "arrived": counts.arrived,
        "cannot": counts.cannot,
        "unanswered": counts.unanswered,
    })
}

/// A call-out with its people.
pub fn call_out(kept: &Kept, shown: Shown<'_>) -> Value {
    let mut rows: HashMap<&PersonId, Vec<&NotificationRow>> = HashMap::new();
    for row in &kept.notifications {
        rows.entry(&row.draft.person).or_default().push(row);
    }
    let people = kept.call_out.participants.values().map(|participant| {
        let rows = rows
            .get(&participant.person)
            .map(Vec::as_slice)
            .unwrap_or_default();
        person(&kept.call_out, participant, rows, shown)
    });
    let mut value = summary(&kept.call_out, shown);
    value["people"] = people.collect();
    value
}

fn person(
    call_out: &CallOut,
    participant: &Participant,
    rows: &[&NotificationRow],
    shown: Shown<'_>,
) -> Value {
    let language = shown.language;
    let zone = &shown.plan.time_zone;
    let why = participant
        .targets
        .iter()
        .filter_map(|index| call_out.targets.get(*index));
    let why: Vec<&str> = why.map(|target| target.name.get(language)).collect();
    let contacts = participant.contacts.iter().map(|tried| {
        let mut contact = json!({ "channel": tried.contact.channel.to_string() });
        if shown.addresses {
            contact["address"] = (&*tried.contact.address).into();
        }
        contact
    });
    let notifications = rows.iter().map(|row| {
        let failed = !matches!(
            row.state,
            crate::domain::notification::NotificationState::Accepted
        );
        json!({
            "channel": row.draft.contact.channel.to_string(),
            "purpose": row.draft.purpose.name(),
            "stage": row.draft.stage,
            "state": row.state.name(),
            "attempts": row.attempts,
            "at": row.settled_at.map(|at| time(at, zone)),
            "error": row.detail.as_deref().filter(|_| failed).map(|said| {
                if shown.addresses {
                    said.to_owned()
                } else {
                    without_addresses(said, &row.draft.contact.address)
                }
            }),
        })
    });
    let mut value = json!({
        "person": participant.person.as_str(),
        "name": participant.name.get(language),
        "section": participant.section.as_str(),
        "section_name": participant.section_name.get(language),
        "part": participant.part.name(),
        "why": why.join(", "),
        "unreachable": participant.is_unreachable(),
        "called_at": participant.called_at.map(|at| time(at, zone)),
        "contacts": contacts.collect::<Vec<_>>(),
        "notifications": notifications.collect::<Vec<_>>(),
    });
    answer(&mut value, participant.answer.as_ref(), zone);
    value
}

fn answer(value: &mut Value, acknowledgement: Option<&Acknowledgement>, zone: &TimeZone) {
    let answer = acknowledgement.map(|acknowledgement| &acknowledgement.answer);
    value["answer"] = json!(answer.map(|answer| answer.reply.name()));
    value["doubtful"] = acknowledgement
        .is_some_and(|acknowledgement| acknowledgement.doubtful)
        .into();
    value["eta"] = json!(acknowledgement.and_then(|acknowledgement| {
        let minutes = i64::from(acknowledgement.answer.eta_minutes?);
        let eta = acknowledgement
            .at
            .checked_add(jiff::SignedDuration::from_mins(minutes))
            .ok()?;
        Some(time(eta, zone))
    }));
    value["eta_minutes"] = json!(answer.and_then(|answer| answer.eta_minutes));
    value["note"] = json!(answer.and_then(|answer| answer.note.as_ref()));
    value["answered_at"] =
        json!(acknowledgement.map(|acknowledgement| time(acknowledgement.at, zone)));
    value["via"] = json!(answer.map(|answer| match &answer.via {
        Via::Link(channel) => format!("link:{channel}"),
        Via::Reply => "reply".to_owned(),
        Via::OnBehalf => "on-behalf".to_owned(),
    }));
    value["by"] = json!(answer.map(|answer| answer.by.as_str()));
}
