//! What the page and the tables of a report say alike.
//!
//! Owns how a length of time, a group, a standing and a failure are named. It
//! must not know a layout.

use std::time::Duration;

use crate::domain::call_out::Standing;
use crate::domain::text::{Language, one_line};

use super::super::both::Both;
use super::super::dates;
use super::super::words::{self, Report as Words, fill};
use super::{Failure, Group, Report, Row};

/// A length of time, or that there is none.
pub(super) fn span(length: Option<Duration>) -> Both {
    match length {
        Some(length) => Both::said(|language| dates::span(length, language)),
        None => Both::new("-", ""),
    }
}

/// The line of a workbook on which the chief information officer signs.
pub(super) fn to_sign() -> String {
    let w = Words::of(Language::Ja);
    format!(
        "{}　　{}：　　　　　　　　{}：",
        w.approval_post, w.approval_name, w.approval_date
    )
}

/// Who answered after the end, in a sentence.
pub(super) fn late(report: &Report, language: Language) -> String {
    let late = report.late();
    let names = late.iter().map(|row| one_line(row.name.get(language)));
    let names: Vec<String> = names.collect();
    let values = [
        ("people", &*words::list(&names, language)),
        ("count", &late.len().to_string()),
    ];
    fill(Words::of(language).late_says, &values)
}

/// Where the group's name is its stage, in words.
pub(super) fn name(group: &Group, language: Language) -> String {
    let w = Words::of(language);
    if group.began.is_some() || group.stage > 0 {
        fill(w.stage_number, &[("stage", &group.stage.to_string())])
    } else if group.name.is_empty() {
        w.stage_none.to_owned()
    } else {
        one_line(group.name.get(language))
    }
}

/// Why a contact carried nothing.
pub(super) fn failure(failure: &Failure, language: Language) -> String {
    let w = Words::of(language);
    let mut channel = words::channel(&failure.channel, language);
    if let Some(address) = failure.address.as_deref().map(one_line) {
        let values = [("channel", &*channel), ("address", &address)];
        channel = fill(w.failure_address, &values);
    }
    let reason = match failure.reason {
        Some(reason) => words::reason(reason, language),
        None => words::notification_state(failure.state, language),
    };
    let said = failure.said.as_deref().map(one_line).unwrap_or_default();
    let said = words::bounced(&said, language);
    let wording = if said.is_empty() {
        w.failure
    } else {
        w.failure_said
    };
    let values = [("channel", &*channel), ("reason", reason), ("said", &said)];
    let failed = fill(wording, &values);
    if failure.attempts < 2 {
        return failed;
    }
    let count = failure.attempts.to_string();
    fill(w.attempts, &[("failure", &failed), ("count", &count)])
}

/// Why somebody was not reached, a sentence for each contact.
pub(super) fn failures(row: &Row, language: Language) -> Vec<String> {
    let w = Words::of(language);
    if row.failures.is_empty() {
        let why = if row.unreachable {
            w.no_contact
        } else {
            w.not_tried
        };
        return vec![why.to_owned()];
    }
    let failures = row.failures.iter();
    failures.map(|it| failure(it, language)).collect()
}

/// How somebody stands, in their own words for a vendor.
pub(super) fn standing(row: &Row, language: Language) -> &'static str {
    let answer = row.answer.as_ref().filter(|answer| !answer.doubtful);
    match answer {
        Some(answer) => words::reply_of(&row.person, answer.answer.reply, language),
        None if !row.is_called() && row.standing == Standing::Silent => "-",
        None => words::standing(row.standing, language),
    }
}
