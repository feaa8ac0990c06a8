//! The vendors of the list in words, apart from staff: whoever was asked for
//! help with how it stands, and all the others.
//!
//! Owns what is said of a desk. It must not know a layout, and nothing of who
//! is asked.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::call_out::Standing;
use crate::domain::roster::VendorKind;
use crate::domain::text::{Language, Text, one_line};

use super::super::both::Both;
use super::super::dates;
use super::super::words::{self, Paper, fill, list as listed};
use super::sheet::{Reach, note, reach, said};
use super::{AskedRow, CallList, DeskRow, Mark};

const JA: Language = Language::Ja;
const EN: Language = Language::En;

/// A desk of a vendor.
#[derive(Serialize)]
pub(super) struct Desk {
    pub(super) vendor: Both,
    pub(super) kind: Both,
    pub(super) name: String,
    pub(super) ways: Vec<Reach>,
    pub(super) mark: Option<Both>,
    /// Nobody has to be called about it.
    pub(super) answered: bool,
    pub(super) lost: bool,
    pub(super) said: Vec<String>,
    pub(super) note: Option<String>,
}

/// The desks of vendors who were asked for help.
pub(super) fn asked(list: &CallList, zone: &TimeZone) -> Vec<Desk> {
    let desk = |row: &AskedRow| Desk {
        mark: Some(Both::said(|language| mark(row, language).to_owned())),
        answered: matches!(row.mark, Mark::Answered(_)),
        lost: row.mark == Mark::Unreachable,
        said: asked_for(row, (list.made_at, zone)),
        note: note(row.answer.as_ref()),
        ..new(&row.vendor_name, row.kind, &row.desk)
    };
    list.asked.iter().map(desk).collect()
}

/// Those of the other vendors.
pub(super) fn others(list: &CallList) -> Vec<Desk> {
    let desks = list.vendors.iter().flat_map(|vendor| {
        let desks = vendor.desks.iter();
        desks.map(|desk| new(&vendor.name, Some(vendor.kind), desk))
    });
    desks.collect()
}

fn new(vendor: &Text, kind: Option<VendorKind>, desk: &DeskRow) -> Desk {
    let (w, o) = (Paper::of(JA), Paper::of(EN));
    let (number, name) = (desk.number.to_string(), one_line(desk.name.get(JA)));
    Desk {
        vendor: Both::of(vendor),
        kind: match kind {
            Some(VendorKind::Operator) => Both::new(w.operator, o.operator),
            Some(VendorKind::Maintainer) => Both::new(w.maintainer, o.maintainer),
            None => Both::new("-", ""),
        },
        name: fill(w.desk_number, &[("number", &number), ("name", &name)]),
        ways: desk.ways.iter().map(reach).collect(),
        mark: None,
        answered: false,
        lost: false,
        said: Vec::new(),
        note: None,
    }
}

fn mark(row: &AskedRow, language: Language) -> &'static str {
    let reply = row.answer.as_ref().map(|answer| answer.answer.reply);
    match (row.mark, reply) {
        (Mark::Answered(_), Some(reply)) => words::vendor_reply(reply, language),
        (Mark::Answered(standing), None) => words::standing(standing, language),
        (Mark::Unreachable, _) => words::standing(Standing::Unreachable, language),
        (Mark::Silent, _) => words::standing(Standing::Silent, language),
        (Mark::Next | Mark::Told(_), _) => Paper::of(language).not_asked,
    }
}

/// For what it was asked, when, until when it is waited for, and its answer.
fn asked_for(row: &AskedRow, (now, zone): (Timestamp, &TimeZone)) -> Vec<String> {
    let w = Paper::of(JA);
    let at = |wording, time| fill(wording, &[("at", &dates::near(time, now, zone, JA))]);
    let mut words = Vec::new();
    if !row.systems.is_empty() {
        let systems: Vec<String> = row.systems.iter().map(|system| one_line(system)).collect();
        let systems = listed(&systems, JA);
        words.push(fill(w.asked_for, &[("systems", &systems)]));
    }
    words.extend(row.asked_at.map(|time| at(w.asked_at, time)));
    words.extend(row.until.map(|time| at(w.asked_until, time)));
    words.extend(said(row.answer.as_ref(), (now, zone)));
    words
}
