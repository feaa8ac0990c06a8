//! The account of a call-out as the report tells it: everything, and what
//! people did.
//!
//! Owns which entries are somebody's doing, and whose. The sentences are the
//! time line's.

use super::{Asked, both};
use crate::domain::acknowledgement::Via;
use crate::domain::id::{PersonId, Principal};
use crate::domain::journal::{Entry, Record};
use crate::message::report::Line;
use crate::message::timeline;
use crate::message::words::{self, Names};

/// Both lists, oldest first.
pub(super) struct Account {
    pub(super) acts: Vec<Line>,
    /// Of both, who acted for whom.
    pub(super) stood_in: Vec<Line>,
    /// How the contact tree of an exercise was walked, and where it broke.
    pub(super) links: Vec<Line>,
    pub(super) timeline: Vec<Line>,
}

impl Account {
    pub(super) fn of(asked: Asked<'_>) -> Self {
        let line = |record: &Record| line(record, asked);
        let timeline: Vec<Line> = asked.records.iter().map(line).collect();
        let acts = timeline.iter().filter(|line| line.by.is_some());
        let told = || timeline.iter().zip(asked.records);
        let stood_in = told().filter(|(_, record)| is_stand_in(&record.entry));
        let links = told().filter(|(_, record)| is_link(&record.entry));
        Self {
            acts: acts.cloned().collect(),
            stood_in: stood_in.map(|(line, _)| line.clone()).collect(),
            links: links.map(|(line, _)| line.clone()).collect(),
            timeline,
        }
    }
}

fn line(record: &Record, asked: Asked<'_>) -> Line {
    let call_out = &asked.kept.call_out;
    let zone = &asked.plan.time_zone;
    let say = |language| timeline::plain(&record.entry, call_out, zone, language);
    Line {
        at: record.at,
        text: both(say),
        by: by(&record.entry).map(|(by, person)| {
            both(|language| {
                let by = words::principal(by, call_out, language);
                let person = person.and_then(|person| call_out.person(person, language));
                match person {
                    Some(person) => words::for_person(&by, &person, language),
                    None => by,
                }
            })
        }),
        common: matches!(
            record.entry,
            Entry::Answered {
                via: Via::Link(_) | Via::Reply,
                ..
            } | Entry::ContactDead { .. }
                | Entry::ContactFailing { .. }
                | Entry::Unreachable { .. }
                | Entry::CalledNext { .. }
        ),
    }
}

/// Whether it is a link of a contact tree.
fn is_link(entry: &Entry) -> bool {
    matches!(entry, Entry::PassedOn { .. } | Entry::LinkBroken { .. })
}

/// Whether somebody acted for another: answered or decided for them, gave an
/// order as their deputy, or was called in their place.
fn is_stand_in(entry: &Entry) -> bool {
    match entry {
        Entry::Answered { via, .. } => *via == Via::OnBehalf,
        Entry::Decided { deputy, person, .. } => *deputy || person.is_some(),
        Entry::Ordered { acting_for, .. } => acting_for.is_some(),
        Entry::CalledNext { .. } => true,
        Entry::Confirmed { on_word_of, .. }
        | Entry::Cancelled { on_word_of, .. }
        | Entry::CorrectionStopped { on_word_of, .. }
        | Entry::GrowthStopped { on_word_of, .. } => on_word_of.is_some(),
        _ => false,
    }
}

/// Who did it, and on whose word; nobody where it followed by itself or is a
/// person's answer for themselves.
fn by(entry: &Entry) -> Option<(&Principal, Option<&PersonId>)> {
    match entry {
        Entry::Event { by, .. }
        | Entry::RowChosen { by, .. }
        | Entry::Grown { by, .. }
        | Entry::Aftershock { by, .. }
        | Entry::CorrectionPending { by, .. }
        | Entry::Said { by, .. }
        | Entry::StoodDown { by, .. } => Some((by, None)),
        Entry::Ordered { person, by, .. } => Some((by, Some(person))),
        Entry::Decided { by, person, .. } => Some((by, person.as_ref())),
        Entry::CorrectionStopped { by, on_word_of }
        | Entry::Confirmed { by, on_word_of, .. }
        | Entry::Cancelled { by, on_word_of, .. } => Some((by, on_word_of.as_ref())),
        Entry::HelpAsked { by, on_word_of, .. } => Some((by.as_ref()?, on_word_of.as_ref())),
        Entry::Answered {
            by,
            person,
            via: Via::OnBehalf,
            ..
        } => Some((by, Some(person))),
        _ => None,
    }
}
