//! What came of a call-out or a drill: the figures of its report.
//!
//! Owns who counts where, times to answer, who was never reached and why, and
//! who did what; `message::report` owns the words and the page. It must not
//! decide anything, and shows an address only to whom it is told to.

mod account;
mod failed;
mod json;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::domain::acknowledgement::Via;
use crate::domain::call_out::{CallOut, Counts, Participant};
use crate::domain::id::PersonId;
use crate::domain::journal::{Entry, Record};
use crate::domain::plan::Plan;
use crate::domain::run::{Answers, Run};
use crate::domain::schedule::Foretold;
use crate::domain::text::{Language, Text};
use crate::message::chart::Facts;
use crate::message::report::{Away, Failure, Group, Line, Report, Row, Times};
use crate::message::view::CallOutSummary;
use crate::message::words::{self, Names};
use crate::store::Kept;

use failed::Failed;

pub use json::{failure, foretold, json, run, times as times_json};

/// A call-out with its account, and who looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// As it is on disk.
    pub kept: &'a Kept,
    /// Its account, oldest first.
    pub records: &'a [Record],
    /// The runs of the same drill before it, oldest first.
    pub earlier: &'a [Run],
    /// When the drill comes next, as far as it may be told.
    pub next: Option<&'a Foretold>,
    /// The plan in force: its zone, and the names of who approved what.
    pub plan: &'a Plan,
    /// Whether addresses are shown (scope `admin`).
    pub addresses: bool,
    /// As of when.
    pub now: Timestamp,
}

/// The report.
pub fn of(asked: Asked<'_>) -> Report {
    let call_out = &asked.kept.call_out;
    let first = Answers::of(asked.records);
    let failed = Failed::new(asked);
    let row = |participant: &Participant| row(participant, asked, &first, &failed);
    let everybody = call_out.participants.values();
    let (vendors, people): (Vec<_>, Vec<_>) = everybody.partition(|person| person.is_vendor());
    let people: Vec<Row> = people.into_iter().map(row).collect();
    let called: Vec<(&Participant, &Row)> = people
        .iter()
        .filter_map(|row| Some((call_out.participants.get(&row.person)?, row)))
        .filter(|(participant, _)| participant.is_called())
        .collect();
    let account = account::Account::of(asked);
    Report {
        organisation: asked.plan.organisation.clone(),
        made_at: asked.now,
        about: CallOutSummary::new(call_out),
        drill: drill(call_out, asked.plan),
        rule: format!("{} {}", call_out.rule, call_out.source),
        because: call_out.ended_because.clone(),
        false_alarm: call_out.false_alarm,
        edition: call_out.edition.clone(),
        edition_says: both(|language| {
            words::edition(&call_out.edition, &asked.plan.roster, language)
        }),
        times: times(called.iter().map(|(_, row)| *row)),
        sections: sections(&called),
        stages: stages(&called, asked.records),
        vendors: vendors.into_iter().map(row).collect(),
        excused: excused(call_out),
        acts: account.acts,
        stood_in: account.stood_in,
        links: account.links,
        timeline: account.timeline,
        next: asked.next.cloned(),
        runs: runs(asked),
        chart: Facts::of(call_out, asked.records, asked.now),
        people,
    }
}

/// How long some people took to answer, of those who were called before it.
pub fn times<'a>(people: impl IntoIterator<Item = &'a Row>) -> Times {
    Times::of(people.into_iter().filter_map(|row| row.took))
}

/// The drill that it ran as, as the plan in force shows it.
fn drill(call_out: &CallOut, plan: &Plan) -> Option<Text> {
    let id = call_out.event.drill_id()?;
    let drill = plan.drills.get(id);
    Some(drill.map_or_else(|| Text::new(id.as_str(), ""), |drill| drill.title.clone()))
}

/// Who acted for whom in a run, oldest first.
pub fn stood_in(asked: Asked<'_>) -> Vec<Line> {
    account::Account::of(asked).stood_in
}

/// Contacts of some people that carried nothing. The outbox and the account are
/// gone through once, whomever they are of.
pub fn failures<'a>(
    asked: Asked<'_>,
    people: impl IntoIterator<Item = &'a PersonId>,
) -> Vec<(PersonId, Vec<Failure>)> {
    let mut people = people.into_iter().peekable();
    if people.peek().is_none() {
        return Vec::new();
    }
    let failed = Failed::new(asked);
    let of = |person: &PersonId| {
        let participant = asked.kept.call_out.participants.get(person)?;
        Some((person.clone(), failed.of(participant)))
    };
    people.filter_map(of).collect()
}

/// This run after those before it, where there are any to compare it with.
fn runs(asked: Asked<'_>) -> Vec<Run> {
    if asked.earlier.is_empty() {
        return Vec::new();
    }
    let this = Run::of(&asked.kept.call_out, asked.records);
    asked.earlier.iter().cloned().chain([this]).collect()
}

fn both(say: impl Fn(Language) -> String) -> Text {
    Text::new(say(Language::Ja), say(Language::En))
}

fn row(
    participant: &Participant,
    asked: Asked<'_>,
    first: &Answers<'_>,
    failed: &Failed<'_>,
) -> Row {
    let call_out = &asked.kept.call_out;
    let id = &participant.person;
    let answer = participant.answer.as_ref();
    let entered = answer.filter(|answer| answer.answer.via == Via::OnBehalf);
    let why = participant.targets.iter();
    let why = why.filter_map(|index| call_out.targets.get(*index));
    Row {
        person: id.clone(),
        name: participant.name.clone(),
        section: section(participant, call_out),
        part: participant.part,
        why: why.map(|target| target.name.clone()).collect(),
        called_at: participant.called_at,
        stage: participant.called_stage,
        sent_at: participant.sent_at,
        first_at: first.first(id),
        took: first.took(participant),
        standing: participant.standing(),
        answer: answer.cloned(),
        by: entered
            .map(|answer| both(|language| words::principal(&answer.answer.by, call_out, language))),
        unreachable: participant.is_unreachable(),
        failures: failed.of(participant),
        contacts: if asked.addresses {
            let tried = participant.contacts.iter();
            tried.map(|tried| tried.contact.clone()).collect()
        } else {
            Vec::new()
        },
    }
}

/// Where a person works; the systems that a vendor's desk is asked about.
fn section(participant: &Participant, call_out: &CallOut) -> Text {
    match call_out.help_of(&participant.person) {
        Some(help) => both(|language| words::systems(&help.systems, call_out, language)),
        None => participant.section_name.clone(),
    }
}

/// The called people of each section, in the order in which it was first met.
fn sections(called: &[(&Participant, &Row)]) -> Vec<Group> {
    let mut sections: IndexMap<_, Vec<(&Participant, &Row)>> = IndexMap::new();
    for (participant, row) in called {
        let section = sections.entry(&participant.section).or_default();
        section.push((participant, row));
    }
    let sections = sections.into_iter().map(|(id, people)| {
        let name = &people[0].0.section_name;
        let name = if name.is_empty() {
            Text::new(id.as_str(), "")
        } else {
            name.clone()
        };
        group(name, 0, None, &people)
    });
    sections.collect()
}

/// Whom each stage called; a stage that called nobody anew is there too.
fn stages(called: &[(&Participant, &Row)], records: &[Record]) -> Vec<Group> {
    let mut began: BTreeMap<u32, Option<Timestamp>> = BTreeMap::new();
    for record in records {
        if let Entry::Stage { stage, .. } = record.entry {
            began.entry(stage).or_insert(Some(record.at));
        }
    }
    for (participant, _) in called {
        began.entry(participant.called_stage).or_default();
    }
    let stages = began.into_iter().map(|(stage, began)| {
        let called = called.iter().copied();
        let called = called.filter(|(participant, _)| participant.called_stage == stage);
        group(Text::default(), stage, began, &called.collect::<Vec<_>>())
    });
    stages.collect()
}

fn group(
    name: Text,
    stage: u32,
    began: Option<Timestamp>,
    people: &[(&Participant, &Row)],
) -> Group {
    Group {
        name,
        stage,
        began,
        counts: Counts::of(people.iter().map(|(participant, _)| *participant)),
        times: times(people.iter().map(|(_, row)| *row)),
    }
}

fn excused(call_out: &CallOut) -> Vec<Away> {
    let called = |id: &PersonId| {
        let known = call_out.participants.get(id);
        known.is_some_and(Participant::is_called)
    };
    let away = call_out.course.away.iter().filter(|(id, _)| !called(id));
    away.map(|(id, until)| Away {
        person: id.clone(),
        name: both(|language| {
            let name = call_out.person(id, language);
            name.unwrap_or_else(|| id.to_string())
        }),
        until: *until,
    })
    .collect()
}
