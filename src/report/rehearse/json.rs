//! A rehearsal for programs.
//!
//! Owns the names of its fields. Times are seconds after the opening: nothing
//! of it has happened. It must not choose words but those of the time line.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::status::counts;
use super::{Assumed, Line, Rehearsed, What};
use crate::domain::call_out::{Participant, Target};
use crate::domain::journal::Entry;
use crate::domain::plan::Plan;
use crate::domain::text::Language;
use crate::message::timeline;

/// What was played. `rules` holds the one rule, or nothing.
pub fn json(
    rehearsed: Option<&Rehearsed>,
    assumed: &Assumed,
    plan: &Plan,
    language: Language,
) -> Value {
    let rules = rehearsed.iter().map(|rehearsed| {
        let shown = Shown {
            rehearsed,
            plan,
            language,
        };
        shown.rule()
    });
    json!({
        "rehearsal": true,
        "edition": plan.edition.label(),
        "approved": plan.edition.approved_by.is_some(),
        "seed": assumed.seed,
        "rules": rules.collect::<Vec<_>>(),
    })
}

struct Shown<'a> {
    rehearsed: &'a Rehearsed,
    plan: &'a Plan,
    language: Language,
}

impl Shown<'_> {
    fn rule(&self) -> Value {
        let Rehearsed {
            rule,
            call_out,
            lines,
            met_after,
            lasted,
            end,
            ..
        } = self.rehearsed;
        let targets = call_out.targets.iter().zip(met_after);
        let targets = targets.map(|(target, met)| self.target(target, *met));
        let answered = answered(lines);
        let people = call_out.participants.values().map(|participant| {
            let answered = answered.get(participant.person.as_str()).copied();
            self.person(participant, answered)
        });
        json!({
            "rule": rule.id.as_str(),
            "title": rule.title.get(self.language),
            "source": rule.source,
            "place": call_out.place.get(self.language),
            "state": call_out.state.name(),
            "lasted_seconds": lasted.as_secs(),
            "end": end.name(),
            "counts": counts(call_out),
            "targets": targets.collect::<Vec<_>>(),
            "people": people.collect::<Vec<_>>(),
            "timeline": lines.iter().map(|line| self.line(line)).collect::<Vec<_>>(),
        })
    }

    fn target(&self, target: &Target, met_after: Option<Duration>) -> Value {
        json!({
            "name": target.name.get(self.language),
            "need": target.need,
            "everyone": target.everyone,
            "have": target.tally.have,
            "met": target.met,
            "met_after_seconds": met_after.map(|after| after.as_secs()),
            "called": target.tally.called,
            "cannot": target.tally.cannot,
            "unanswered": target.tally.silent,
            "unreachable": target.tally.unreachable,
            "left": self.rehearsed.left(target),
        })
    }

    fn person(&self, participant: &Participant, answered: Option<Duration>) -> Value {
        let since = |at: Option<jiff::Timestamp>| {
            let opened = self.rehearsed.call_out.opened_at;
            at.map(|at| at.duration_since(opened).as_secs())
        };
        json!({
            "person": participant.person.as_str(),
            "name": participant.name.get(self.language),
            "section": participant.section.as_str(),
            "part": participant.part.name(),
            "called_after_seconds": since(participant.called_at),
            "reached_after_seconds": since(participant.sent_at),
            "unreachable": participant.is_unreachable(),
            "answer": participant.reply().map(|reply| reply.name()),
            "answered_after_seconds": answered.map(|after| after.as_secs()),
        })
    }

    fn line(&self, line: &Line) -> Value {
        let after = line.after.as_secs();
        match &line.what {
            What::Entry(record) => {
                let call_out = &self.rehearsed.call_out;
                let zone = self.rehearsed.clock(&record.entry, &self.plan.time_zone);
                let words = timeline::plain(&record.entry, call_out, &zone, self.language);
                json!({ "after_seconds": after, "entry": words })
            }
            What::Sent(purpose, people) => {
                let people: Vec<&str> = people.iter().map(|to| to.person.as_str()).collect();
                json!({ "after_seconds": after, "sent": purpose.name(), "people": people })
            }
        }
    }
}

/// When each person first answered.
fn answered(lines: &[Line]) -> HashMap<&str, Duration> {
    let mut first = HashMap::new();
    for line in lines {
        if let What::Entry(record) = &line.what
            && let Entry::Answered { person, .. } = &record.entry
        {
            first.entry(person.as_str()).or_insert(line.after);
        }
    }
    first
}
