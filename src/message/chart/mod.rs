//! The chart of a call-out: answers over time against the stages.
//!
//! Owns what is drawn, as plain values ([`Facts`]), and the drawing as one SVG
//! without script or style of its own ([`svg`]): its colours are the page's,
//! its lines differ in their dashes as well, so that it reads in black and
//! white. Pure: the same facts are the same chart.

mod axis;
mod draw;
mod lines;
pub mod trend;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::acknowledgement::Reply;
use crate::domain::call_out::CallOut;
use crate::domain::journal::{Entry, Record};
use crate::domain::text::Language;

/// The longest that the drawing gets, in bytes, however many answer.
pub const LONGEST: usize = 20_000;

/// An answer that counted when it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// When.
    pub at: Timestamp,
    /// By whom: the same number is the same person.
    pub person: usize,
    /// What.
    pub reply: Reply,
}

/// What a chart is drawn of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What tells it from the other charts of a page.
    pub id: String,
    /// Whether it is an exercise.
    pub drill: bool,
    /// When it was opened.
    pub from: Timestamp,
    /// When it ended, or as of when it is drawn.
    pub until: Timestamp,
    /// Whether it has ended.
    pub over: bool,
    /// The stages that began, and when.
    pub stages: Vec<(u32, Timestamp)>,
    /// When each of those who were called was called.
    pub called: Vec<Timestamp>,
    /// Their answers, changed ones as well.
    pub answers: Vec<Given>,
    /// How many must come, where one target says so.
    pub need: Option<u32>,
}

impl Facts {
    /// Of a call-out with its account; without one, the answers that stand
    /// now are all that is known.
    pub fn of(call_out: &CallOut, records: &[Record], now: Timestamp) -> Self {
        let called = call_out.participants.values();
        let called = called.filter(|participant| participant.is_called());
        let mut facts = Self {
            id: call_out.id.to_string(),
            drill: call_out.mode().is_drill(),
            from: call_out.opened_at,
            until: call_out.ended_at.unwrap_or(now),
            over: !call_out.state.is_live(),
            stages: Vec::new(),
            called: called
                .map(|participant| participant.called_at.unwrap_or(call_out.opened_at))
                .collect(),
            answers: Vec::new(),
            need: need(call_out),
        };
        if records.is_empty() {
            facts.standing(call_out);
        } else {
            facts.told(call_out, records);
        }
        facts
    }

    fn told(&mut self, call_out: &CallOut, records: &[Record]) {
        for record in records {
            match &record.entry {
                Entry::Stage { stage, .. } => self.stages.push((*stage, record.at)),
                Entry::Answered {
                    person,
                    reply,
                    doubtful: false,
                    ..
                } => {
                    let known = call_out.participants.get_full(person);
                    let known = known.filter(|(_, _, participant)| participant.is_called());
                    self.answers.extend(known.map(|(person, ..)| Given {
                        at: record.at,
                        person,
                        reply: *reply,
                    }));
                }
                _ => {}
            }
        }
    }

    fn standing(&mut self, call_out: &CallOut) {
        if call_out.stage > 0 {
            self.stages.push((call_out.stage, call_out.stage_at));
        }
        for (person, participant) in call_out.participants.values().enumerate() {
            let answer = participant.answer.as_ref();
            let answer = answer.filter(|answer| participant.is_called() && !answer.doubtful);
            self.answers.extend(answer.map(|answer| Given {
                at: answer.at,
                person,
                reply: answer.answer.reply,
            }));
        }
    }
}

/// The same as rows: at each time at which something changed, how many were
/// called, had answered, were coming or there, were there.
pub fn rows(facts: &Facts) -> Vec<(Timestamp, [u32; 4])> {
    let lines = lines::Lines::of(facts);
    let lines = [lines.called, lines.answered, lines.coming, lines.arrived];
    let mut times: Vec<Timestamp> = lines.iter().flatten().map(|(at, _)| *at).collect();
    times.extend([facts.from, facts.until]);
    times.sort_unstable();
    times.dedup();
    let mut next = [0_usize; 4];
    let mut counts = [0_u32; 4];
    let row = |at: Timestamp| {
        for ((line, next), count) in lines.iter().zip(&mut next).zip(&mut counts) {
            while let Some((_, new)) = line.get(*next).filter(|(from, _)| *from <= at) {
                *count = *new;
                *next += 1;
            }
        }
        (at, counts)
    };
    times.into_iter().map(row).collect()
}

/// Why: needs of several targets do not add up, one person may fill two.
fn need(call_out: &CallOut) -> Option<u32> {
    let mut counted = call_out.targets.iter().filter(|target| !target.everyone);
    let first = counted.next().map(|target| target.need);
    first.filter(|_| counted.next().is_none())
}

/// The chart as an SVG for a page that has the rules of `tables.css`; labels in
/// the language, the other one beside it.
pub fn svg(facts: &Facts, zone: &TimeZone, language: Language) -> String {
    draw::svg(facts, zone, language)
}
