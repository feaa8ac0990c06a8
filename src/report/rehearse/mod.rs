//! An event played in virtual time: the call-out of the daemon, with assumed
//! people in place of real ones. Nothing is sent.
//!
//! Owns the outbox and the answers that are imagined, and the order in which
//! they come. It must not decide what a call-out does: every step is one of
//! `domain::call_out`, as the daemon takes it.

mod assumed;
mod json;

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::walk::Walk;
use crate::domain::acknowledgement::{Answer, Reply, Via};
use crate::domain::call_out::{CallOut, Dead, Effect, Opening, Target, Word, clash};
use crate::domain::delivery::Reason;
use crate::domain::event::{Event, EventKind};
use crate::domain::id::{PersonId, Principal};
use crate::domain::journal::{Entry, Record};
use crate::domain::notification::{Draft, Purpose};
use crate::domain::plan::Plan;
use crate::domain::rule::{Decision, Rule, select};

pub use super::walk::{Imagined, Reached};
pub use assumed::{Assumed, Conduct, Deciding, Rates, Report, Said, Script, Scripted, Spoken};
pub use json::json;

/// Who tells the event.
pub const BY: &str = "rehearsal";

/// A day in seconds.
const DAY: i64 = 86_400;

/// How long a message takes to be accepted or refused.
const SENDING: SignedDuration = SignedDuration::from_secs(2);

/// The most steps that are played: more than a year of any procedure has.
const STEPS: usize = 1_000_000;

/// Why a rehearsal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing more is due, and nobody is about to answer.
    NothingMore,
    /// Its time was over; more was to come.
    TimeOver,
    /// It had too many steps; the plan asks without end.
    TooLong,
}

impl End {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NothingMore => "nothing-more",
            Self::TimeOver => "time-over",
            Self::TooLong => "too-long",
        }
    }
}

/// One line of the time line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How long after the opening.
    pub after: Duration,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An entry of the account.
    Entry(Record),
    /// Messages would leave.
    Sent(Purpose, Vec<Reached>),
}

/// How one rule played out.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsed {
    /// The rule.
    pub rule: Rule,
    /// The call-out as it stands in the end.
    pub call_out: CallOut,
    /// When it began.
    pub began: Timestamp,
    /// What happened, in order.
    pub lines: Vec<Line>,
    /// For each target, when its need was met, if it still is.
    pub met_after: Vec<Option<Duration>>,
    /// When the last thing happened.
    pub lasted: Duration,
    /// Why it ended.
    pub end: End,
}

impl Rehearsed {
    /// The clock by which an entry names a time: the day begins as it began,
    /// so that a wait until 00:10:00 ends ten minutes after that. Until when
    /// somebody is away is a day of the town's, and stays one.
    pub fn clock(&self, entry: &Entry, town: &TimeZone) -> TimeZone {
        if matches!(entry, Entry::PassedOver { .. }) {
            return town.clone();
        }
        let since_midnight = self.began.as_second().rem_euclid(DAY);
        let shift = i32::try_from(since_midnight).ok();
        let shift = shift.and_then(|seconds| Offset::from_seconds(-seconds).ok());
        shift.map_or_else(|| town.clone(), TimeZone::fixed)
    }

    /// How many candidates of a target were never called.
    pub fn left(&self, target: &Target) -> usize {
        let called = target.tally.called as usize;
        target.candidates.len().saturating_sub(called)
    }
}

/// Plays the rule that an event would start; `None` where no rule applies.
pub fn rehearse(
    plan: &Plan,
    imagined: &Imagined,
    assumed: &Assumed,
    now: Timestamp,
) -> Option<Rehearsed> {
    let event = imagined.event(BY, now);
    // Why: whoever is assumed to answer is a person, and would press once more
    // where a machine is suspected.
    let plan = &Plan {
        doubt: Duration::ZERO,
        ..plan.clone()
    };
    play(plan, select(plan, &event)?.rule, &event, assumed)
}

fn play(plan: &Plan, rule: &Rule, event: &Arc<Event>, assumed: &Assumed) -> Option<Rehearsed> {
    let opened = event.received_at;
    let (walk, effects) = Walk::begin(plan, rule, event)?;
    let mut play = Play {
        walk,
        assumed,
        queue: BTreeMap::new(),
        serial: 0,
        withdrawn: Withdrawn::default(),
        asked: HashSet::new(),
        lines: Vec::new(),
        met_after: Vec::new(),
        lasted: opened,
        due: None,
    };
    for spoken in &assumed.script.words {
        let at = later(opened, spoken.after);
        play.queue(at, Happening::Word(spoken.clone()));
    }
    for report in &assumed.script.reports {
        let at = later(opened, report.after);
        play.queue(at, Happening::Report(report.event.clone()));
    }
    play.take(&effects, opened);
    let end = play.run(later(opened, assumed.length));
    Some(Rehearsed {
        rule: rule.clone(),
        lasted: play.walk.after(play.lasted),
        call_out: play.walk.call_out,
        began: opened,
        lines: play.lines,
        met_after: play.met_after,
        end,
    })
}

/// What is still to come from outside.
enum Happening {
    /// What came of a message.
    Settled(Draft),
    /// A person answers, through this message.
    Answer(Draft, Scripted),
    /// A person who was asked to decides.
    Decision(PersonId, Deciding),
    /// Somebody says something on the whole.
    Word(Spoken),
    /// A later report of the same event.
    Report(Imagined),
}

/// Up to which message those that ask were withdrawn.
#[derive(Default)]
struct Withdrawn {
    all: u64,
    people: HashMap<PersonId, u64>,
}

impl Withdrawn {
    fn has(&self, serial: u64, draft: &Draft) -> bool {
        let own = self.people.get(&draft.person).copied().unwrap_or_default();
        draft.purpose.asks() && serial <= self.all.max(own)
    }
}

struct Play<'a> {
    walk: Walk<'a>,
    assumed: &'a Assumed,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    serial: u64,
    withdrawn: Withdrawn,
    /// Who was reached by what calls, tells or asks to decide.
    asked: HashSet<(PersonId, Purpose)>,
    lines: Vec<Line>,
    met_after: Vec<Option<Duration>>,
    lasted: Timestamp,
    /// When the call-out next has something to do. Why: to look for it after
    /// every message that is accepted would look at everyone each time.
    due: Option<Timestamp>,
}

impl Play<'_> {
    /// Plays until nothing more is to come, or until a time.
    fn run(&mut self, until: Timestamp) -> End {
        for _ in 0..STEPS {
            let queued = self.queue.keys().next().map(|(at, _)| *at);
            let due = self.due;
            let Some(at) = [due, queued].into_iter().flatten().min() else {
                return End::NothingMore;
            };
            if at > until {
                return End::TimeOver;
            }
            // Why: the daemon advances before it sends or hears anything.
            if due == Some(at) {
                let at = at.max(self.lasted);
                let effects = self.walk.advance(at);
                self.take(&effects, at);
            } else if let Some(((at, serial), happening)) = self.queue.pop_first() {
                self.happen(happening, serial, at);
            }
        }
        End::TooLong
    }

    fn happen(&mut self, happening: Happening, serial: u64, at: Timestamp) {
        match happening {
            Happening::Settled(draft) if self.withdrawn.has(serial, &draft) => {}
            Happening::Settled(draft) if self.assumed.is_dead(&draft.person, &draft.contact) => {
                let dead = Dead {
                    said: false,
                    draft,
                    reason: Reason::Address,
                    detail: String::new(),
                };
                let effects = self.walk.call_out.dead(&dead, self.walk.plan, at);
                self.take(&effects, at);
            }
            Happening::Settled(draft) => self.accepted(&draft, at),
            Happening::Answer(draft, answer) => self.answer(&draft, answer, at),
            Happening::Decision(person, deciding) => self.decide(&person, deciding, at),
            Happening::Word(spoken) => self.word(&spoken, at),
            Happening::Report(imagined) => self.report(&imagined, at),
        }
    }

    /// A message was accepted: whoever is asked for the first time will do
    /// what is assumed of them.
    fn accepted(&mut self, draft: &Draft, at: Timestamp) {
        let (person, purpose) = (&draft.person, draft.purpose);
        self.walk.call_out.accepted(draft, at);
        let purpose = match purpose {
            Purpose::Decide => {
                self.asked_to_decide(draft, at);
                return;
            }
            purpose if purpose.calls() => Purpose::Call,
            purpose => purpose,
        };
        let answers = matches!(purpose, Purpose::Call | Purpose::Inform | Purpose::Help);
        if !answers || !self.asked.insert((person.clone(), purpose)) {
            return;
        }
        for answer in self.answers(draft) {
            let at = later(at, answer.after);
            self.queue(at, Happening::Answer(draft.clone(), answer));
        }
    }

    /// What a person answers to a message. Whoever is only told answers
    /// nothing but what is written down, and that they have received it.
    fn answers(&self, draft: &Draft) -> Vec<Scripted> {
        let mut answers = self.assumed.conduct(&draft.person).answers;
        if !draft.purpose.calls() && draft.purpose != Purpose::Help {
            let written = self.assumed.is_written(&draft.person);
            answers.retain(|answer| written && answer.reply == Reply::Received);
        }
        // A vendor who comes says so in the words of its own page.
        if draft.purpose == Purpose::Help {
            for answer in &mut answers {
                if answer.reply == Reply::Coming {
                    answer.reply = Reply::Accepted;
                }
            }
        }
        answers
    }

    fn answer(&mut self, draft: &Draft, answer: Scripted, at: Timestamp) {
        let answer = Answer {
            person: draft.person.clone(),
            reply: answer.reply,
            eta_minutes: answer.eta_minutes,
            note: None,
            via: Via::Link(draft.contact.channel.clone()),
            by: Principal::new(format!("link:{}", draft.person)),
        };
        let call_out = &mut self.walk.call_out;
        // Who was sent a message is in the call-out, so none is refused.
        if let Ok(effects) = call_out.acknowledge(answer, self.walk.plan, at) {
            self.take(&effects, at);
        }
    }

    /// What is written down of a person comes once; what is assumed of
    /// whoever is asked, each time that it is asked for.
    fn asked_to_decide(&mut self, draft: &Draft, at: Timestamp) {
        let person = &draft.person;
        let first = self.asked.insert((person.clone(), Purpose::Decide));
        if !first && self.assumed.is_written(person) {
            return;
        }
        for deciding in self.assumed.decisions(person) {
            let at = later(at, deciding.after);
            self.queue(at, Happening::Decision(person.clone(), deciding));
        }
    }

    /// A decision that is not asked for any more is not taken.
    fn decide(&mut self, person: &PersonId, deciding: Deciding, at: Timestamp) {
        let call_out = &mut self.walk.call_out;
        let holds = call_out.terms.decision.as_ref();
        let holds = holds.and_then(|rule| rule.first);
        let decision = deciding.decision.or(holds).unwrap_or(Decision::Muster);
        let word = Word {
            by: Principal::new(format!("link:{person}")),
            on_word_of: Some(person.clone()),
            reason: None,
        };
        if let Ok(effects) = call_out.decide(decision, word, self.walk.plan, at) {
            self.take(&effects, at);
        }
    }

    /// A later report by a person: no weaker than the event, it grows; weaker,
    /// it corrects. One of another kind is not about this call-out.
    fn report(&mut self, imagined: &Imagined, at: Timestamp) {
        let event = imagined.event(BY, at);
        let plan = self.walk.plan;
        let opening = select(plan, &event).and_then(|selected| {
            Some(Opening {
                event: &event,
                rule: selected.rule,
                procedure: plan.procedures.get(&selected.rule.procedure)?,
                plan,
            })
        });
        let call_out = &mut self.walk.call_out;
        let done = match (compare(&call_out.event.kind, &event.kind), opening) {
            (Some(Ordering::Less), opening) => {
                let by = (plan, event.entered_by.clone());
                call_out.correct(Some(&event), opening.as_ref(), by, at)
            }
            (Some(_), Some(opening)) => call_out.grow(opening, at),
            _ => return,
        };
        if let Ok(effects) = done {
            self.take(&effects, at);
        }
    }

    /// A word that does not fit the call-out any more is not said.
    fn word(&mut self, spoken: &Spoken, at: Timestamp) {
        let word = Word {
            by: Principal::new(format!("link:{}", spoken.by)),
            on_word_of: None,
            reason: None,
        };
        let (call_out, plan) = (&mut self.walk.call_out, self.walk.plan);
        let done = match spoken.what {
            Said::Confirm => {
                let digest = call_out.digest_held();
                call_out.confirm(word, digest.as_deref(), plan, at)
            }
            Said::Cancel => call_out.cancel(word, plan, at),
        };
        if let Ok(effects) = done {
            self.take(&effects, at);
        }
    }

    fn queue(&mut self, at: Timestamp, happening: Happening) {
        self.serial += 1;
        self.queue.insert((at, self.serial), happening);
    }

    /// Carries out effects as the outbox and the store would.
    fn take(&mut self, effects: &[Effect], at: Timestamp) {
        // As the daemon does with every change.
        let clashes = clash::named(&self.walk.call_out, &[], effects);
        clash::know(&mut self.walk.call_out, &clashes, &self.walk.plan.roster);
        let effects = &[effects, &clashes].concat()[..];
        let after = self.walk.after(at);
        let sent = self.walk.sent(effects);
        for effect in effects {
            match effect {
                Effect::Withdraw(person) => {
                    let up_to = self.serial;
                    self.withdrawn.people.insert(person.clone(), up_to);
                }
                Effect::WithdrawAll => self.withdrawn.all = self.serial,
                Effect::Notify(draft) => {
                    self.queue(at + SENDING, Happening::Settled(draft.clone()));
                }
                Effect::Journal(entry) => {
                    let record = Record {
                        seq: self.lines.len() as u64 + 1,
                        at,
                        entry: entry.clone(),
                    };
                    let what = What::Entry(record);
                    self.lines.push(Line { after, what });
                }
                Effect::Revive(_)
                | Effect::Participant(_)
                | Effect::Frozen
                | Effect::Acknowledge(_) => {}
            }
        }
        for (purpose, people) in sent {
            let what = What::Sent(purpose, people);
            self.lines.push(Line { after, what });
        }
        self.note_met(after);
        self.due = self.walk.next_due();
        self.lasted = self.lasted.max(at);
    }

    fn note_met(&mut self, after: Duration) {
        let targets = &self.walk.call_out.targets;
        self.met_after.resize(targets.len(), None);
        for (met_after, target) in self.met_after.iter_mut().zip(targets) {
            *met_after = target.met.then(|| met_after.unwrap_or(after));
        }
    }
}

/// How a later report compares, as the daemon takes it from a person.
fn compare(running: &EventKind, told: &EventKind) -> Option<Ordering> {
    match (running, told) {
        (EventKind::Threat { .. }, EventKind::Threat { .. }) => Some(Ordering::Greater),
        _ => running.compare(told),
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
