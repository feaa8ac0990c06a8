//! The vendors of the call list: whoever was asked for help, and the others.
//!
//! Owns their order and their shape for programs. It must not mix them with
//! staff.

use serde_json::{Value, json};

use super::super::status::time;
use super::{contacts, is_dead, order, ways};
use crate::domain::call_out::help::Help;
use crate::domain::call_out::{CallOut, Participant, Standing};
use crate::domain::id::VendorId;
use crate::domain::plan::Plan;
use crate::domain::roster::{Contact, Roster, Vendor, VendorKind};
use crate::domain::text::{Language, Text};
use crate::message::call_list::{AskedRow, CallList, DeskRow, Mark, VendorRow};

/// The vendors who were not asked, each with its desks in line.
pub(super) fn others(roster: &Roster, is_asked: impl Fn(&VendorId) -> bool) -> Vec<VendorRow> {
    let vendors = roster.vendors.values();
    let row = |vendor: &Vendor| VendorRow {
        vendor: vendor.id.clone(),
        name: vendor.name.clone(),
        kind: vendor.kind,
        desks: desks(vendor),
    };
    vendors
        .filter(|vendor| !is_asked(&vendor.id))
        .map(row)
        .collect()
}

fn desks(vendor: &Vendor) -> Vec<DeskRow> {
    let desks = (1..).zip(&vendor.desks).map(|(number, desk)| DeskRow {
        desk: Roster::desk_id(&vendor.id, number),
        number,
        name: desk.name.clone(),
        ways: ways(&desk.contacts, |_| false),
    });
    desks.collect()
}

/// The desks of those who were: first who cannot be reached, then who has not
/// answered, then who has not been asked yet and may be, then who has
/// answered; and last who is not wanted, since the vendor helps.
pub(super) fn asked(roster: &Roster, call_out: &CallOut) -> Vec<AskedRow> {
    let mut rows = Vec::new();
    for help in &call_out.course.help {
        let vendor = roster.vendors.get(&help.vendor);
        let mut desks = vendor.map(desks).unwrap_or_default();
        // Why: who was asked stands on it, whatever the roster says by now.
        for number in desks.len() + 1..=help.asked as usize {
            let desk = Roster::desk_id(&help.vendor, number);
            if let Some(participant) = call_out.participants.get(&desk) {
                desks.push(DeskRow {
                    desk,
                    number,
                    name: participant.name.clone(),
                    ways: Vec::new(),
                });
            }
        }
        let kind = vendor.map(|vendor| vendor.kind);
        rows.extend(
            desks
                .into_iter()
                .map(|desk| row(desk, help, kind, call_out)),
        );
    }
    rows.sort_by_key(|row: &AskedRow| {
        let helps = call_out.help(&row.vendor).is_some_and(|help| help.helping);
        let unwanted = helps && !matches!(row.mark, Mark::Answered(_));
        (unwanted, order(row.mark))
    });
    rows
}

fn row(mut desk: DeskRow, help: &Help, kind: Option<VendorKind>, call_out: &CallOut) -> AskedRow {
    let participant = call_out.participants.get(&desk.desk);
    if let Some(participant) = participant {
        let known = desk.ways.iter().map(|way| way.contact.clone());
        let mut contacts: Vec<Contact> = known.collect();
        if contacts.is_empty() {
            let tried = participant.contacts.iter();
            contacts.extend(tried.map(|tried| tried.contact.clone()));
        }
        desk.ways = ways(&contacts, |contact| is_dead(participant, contact));
    }
    let name = |number: &u16| match call_out.course.systems.get(number) {
        Some(system) => format!("{number} {}", system.name),
        None => number.to_string(),
    };
    AskedRow {
        vendor: help.vendor.clone(),
        vendor_name: help.name.clone(),
        kind,
        mark: participant.map_or(Mark::Next, |participant| {
            mark(participant, desk.number <= help.asked as usize)
        }),
        asked_at: participant.and_then(|participant| participant.asked_at),
        until: help.next_at.filter(|_| desk.number == help.asked as usize),
        systems: help.systems.iter().map(name).collect(),
        answer: participant.and_then(|participant| participant.answer.clone()),
        desk,
    }
}

fn mark(participant: &Participant, asked: bool) -> Mark {
    match participant.standing() {
        Standing::Unreachable if asked => Mark::Unreachable,
        Standing::Silent if asked => Mark::Silent,
        Standing::Unreachable | Standing::Silent => Mark::Next,
        answered => Mark::Answered(answered),
    }
}

const fn kind(kind: VendorKind) -> &'static str {
    match kind {
        VendorKind::Operator => "operator",
        VendorKind::Maintainer => "maintainer",
    }
}

/// The vendors who were not asked, for programs.
pub(super) fn json(list: &CallList, language: Language) -> Vec<Value> {
    let vendors = list.vendors.iter().map(|vendor| {
        let desks = vendor.desks.iter().map(|desk| self::desk(desk, language));
        json!({
            "vendor": vendor.vendor.as_str(),
            "name": vendor.name.get(language),
            "kind": kind(vendor.kind),
            "desks": desks.collect::<Vec<_>>(),
        })
    });
    vendors.collect()
}

fn desk(desk: &DeskRow, language: Language) -> Value {
    json!({
        "desk": desk.desk.as_str(),
        "number": desk.number,
        "name": desk.name.get(language),
        "contacts": contacts(&desk.ways),
    })
}

/// The desks of those who were.
pub(super) fn asked_json(list: &CallList, plan: &Plan) -> Vec<Value> {
    let (language, zone) = (plan.language, &plan.time_zone);
    let name = |name: &Text| name.get(language).to_owned();
    let asked = list.asked.iter().map(|row| {
        let mut value = desk(&row.desk, language);
        let answer = row.answer.as_ref();
        value["vendor"] = row.vendor.as_str().into();
        value["vendor_name"] = name(&row.vendor_name).into();
        value["kind"] = row.kind.map(kind).into();
        value["standing"] = match row.mark {
            Mark::Unreachable => "unreachable",
            Mark::Silent => "unanswered",
            Mark::Answered(_) => "answered",
            Mark::Next | Mark::Told(_) => "next",
        }
        .into();
        value["systems"] = json!(row.systems);
        value["asked_at"] = json!(row.asked_at.map(|at| time(at, zone)));
        value["until"] = json!(row.until.map(|at| time(at, zone)));
        value["answer"] = json!(answer.map(|answer| answer.answer.reply.name()));
        value["doubtful"] = answer.is_some_and(|answer| answer.doubtful).into();
        value["eta_minutes"] = json!(answer.and_then(|answer| answer.answer.eta_minutes));
        value["answered_at"] = json!(answer.map(|answer| time(answer.at, zone)));
        value
    });
    asked.collect()
}
