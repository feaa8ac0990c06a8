//! The keys of `rules.toml`.
//!
//! Owns the planner's keys. What they mean is checked in `rules`,
//! `procedures` and `drills`.

use crate::config::schema::{Key, Shape, may, must};

/// The whole file.
pub(in crate::config) const FILE: &[Key] = &[
    must("organisation", Shape::Words),
    must("safety", Shape::Prose),
    must("administrators", Shape::Texts),
    may("approvers", Shape::Texts),
    must("edition", Shape::Table(EDITION)),
    may("answers", Shape::Table(ANSWERS)),
    may("office_hours", Shape::Table(OFFICE_HOURS)),
    may("readiness", Shape::Table(READINESS)),
    may("reports", Shape::Table(REPORTS)),
    may("prepared", Shape::Table(PREPARED)),
    may("help", Shape::Table(HELP)),
    may("contacts", Shape::Table(CONTACTS)),
    must("rule", Shape::Tables(RULE)),
    must("procedure", Shape::Tables(PROCEDURE)),
    may("drill", Shape::Tables(DRILL)),
    may("drills", Shape::Table(DRILLS)),
];

const EDITION: &[Key] = &[
    must("number", Shape::Number),
    must("date", Shape::Date),
    may("approved_by", Shape::Text),
    may("history", Shape::Tables(HISTORY)),
];

const HISTORY: &[Key] = &[
    must("number", Shape::Number),
    must("date", Shape::Date),
    must("what", Shape::Words),
];

const ANSWERS: &[Key] = &[may("doubt_seconds", Shape::Number)];

const OFFICE_HOURS: &[Key] = &[
    must("days", Shape::Texts),
    must("from", Shape::Text),
    must("to", Shape::Text),
    may("holidays", Shape::Text),
    may("closed", Shape::Texts),
];
const READINESS: &[Key] = &[may("at", Shape::Text), may("off", Shape::Truth)];

const REPORTS: &[Key] = &[
    may("aftershock_window", Shape::Text),
    may("correct_after", Shape::Text),
];

const HELP: &[Key] = &[may("within", Shape::Text)];

const CONTACTS: &[Key] = &[
    may("confirm", Shape::Text),
    may("a_minute", Shape::Number),
    may("remind_days", Shape::Number),
];

const PREPARED: &[Key] = &[
    may("false_alarm", Shape::Prose),
    may("withdrawn", Shape::Prose),
    may("word", Shape::Tables(PREPARED_WORD)),
];

const PREPARED_WORD: &[Key] = &[must("id", Shape::Text), must("text", Shape::Prose)];

const RULE: &[Key] = &[
    must("id", Shape::Text),
    must("title", Shape::Words),
    may("source", Shape::Text),
    must("when", Shape::Table(WHEN)),
    must("procedure", Shape::Text),
    may("place", Shape::Words),
    may("instruction", Shape::Prose),
    may("detail", Shape::Text),
    may("ask", Shape::Text),
    may("confirm", Shape::TextOrTable(CONFIRM)),
    may("ordered_by", Shape::Texts),
    may("ordered_by_deputies", Shape::Truth),
    may("decision", Shape::Table(DECISION)),
    may("inform", Shape::Texts),
    may("tell_unfillable", Shape::Texts),
    may("help", Shape::Texts),
    may("target", Shape::Tables(TARGET)),
];

const WHEN: &[Key] = &[
    may("earthquake", Shape::Table(WHEN_EARTHQUAKE)),
    may("wind_flood", Shape::Table(WHEN_WIND_FLOOD)),
    may("security_incident", Shape::Table(WHEN_INCIDENT)),
    may("hours", Shape::Text),
];

const WHEN_EARTHQUAKE: &[Key] = &[must("from", Shape::Text), may("to", Shape::Text)];
const WHEN_WIND_FLOOD: &[Key] = &[must("posture", Shape::Number)];
const WHEN_INCIDENT: &[Key] = &[must("effect", Shape::Text)];

const CONFIRM: &[Key] = &[may("hold", Shape::Text), may("second_person", Shape::Text)];

const DECISION: &[Key] = &[
    must("ask", Shape::Texts),
    must("within", Shape::Text),
    must("again", Shape::Text),
    may("first", Shape::Text),
];

const TARGET: &[Key] = &[
    must("who", Shape::Text),
    may("name", Shape::Words),
    may("need", Shape::TextOrNumber),
    may("mode", Shape::Text),
];

const PROCEDURE: &[Key] = &[
    must("id", Shape::Text),
    must("title", Shape::Words),
    must("exhausted_after", Shape::Text),
    may("stale_after", Shape::Text),
    must("stage", Shape::Tables(STAGE)),
];

const STAGE: &[Key] = &[
    must("after", Shape::Text),
    must("call", Shape::Text),
    may("also", Shape::Texts),
    may("remind", Shape::Truth),
    may("channels", Shape::Texts),
    may("together", Shape::Truth),
    may("resend", Shape::Table(RESEND)),
    may("tell", Shape::Texts),
];

const RESEND: &[Key] = &[must("every", Shape::Text), must("times", Shape::Number)];

const DRILL: &[Key] = &[
    must("id", Shape::Text),
    must("title", Shape::Words),
    must("kind", Shape::Text),
    must("event", Shape::Table(EVENT)),
    may("scenario", Shape::Prose),
    may("vendors", Shape::Truth),
    may("ends_after", Shape::Text),
    may("who", Shape::Texts),
    may("tree", Shape::Tables(LINK)),
    may("tree_wait", Shape::Text),
    may("answers", Shape::Text),
    may("remind", Shape::Text),
    may("shorten", Shape::Number),
    may("schedule", Shape::Text),
    may("missed", Shape::Text),
    may("announce", Shape::Table(ANNOUNCE)),
];

const LINK: &[Key] = &[must("caller", Shape::Text), must("next", Shape::Texts)];

const ANNOUNCE: &[Key] = &[must("before", Shape::Text), must("to", Shape::Texts)];
const DRILLS: &[Key] = &[
    may("report_to", Shape::Texts),
    may("due", Shape::Table(DUE)),
    may("remind_before", Shape::Text),
];

const DUE: &[Key] = &[
    may("contact", Shape::Text),
    may("tabletop", Shape::Text),
    may("recovery", Shape::Text),
    may("tabletop_or_recovery", Shape::Text),
    may("any", Shape::Text),
];

/// What plays: of a drill, and of a later report in a rehearsal.
pub(in crate::config) const EVENT: &[Key] = &[
    must("kind", Shape::Text),
    may("intensity", Shape::Text),
    may("posture", Shape::Number),
    may("ordered_by", Shape::Text),
    may("effect", Shape::Text),
    may("systems", Shape::TextsOrNumbers),
    may("like", Shape::Text),
    may("threat", Shape::Text),
];
