//! What a vendor who is asked for help reads: the letter's sentences and the
//! page behind its link.
//!
//! Owns how much an outsider is told: the systems and the note, which a person
//! chose to tell; nothing about staff, and no other call-out.

use serde::Serialize;

use crate::domain::call_out::help::Help;
use crate::domain::call_out::{Part, State};
use crate::domain::notification::Purpose;
use crate::domain::text::{Language, one_line};

use super::answer_page::{Doubt, Recorded, doubt, recorded};
use super::facts::{Fact, Facts};
use super::page::{self, Frame, Kind};
use super::purpose::clip;
use super::sending::Sending;
use super::view::AnswerView;
use super::words::{self, Mail, Page, fill, list};
use super::{Messages, dates};

/// Whether a letter is for a vendor.
pub(super) fn is_for_vendor(sending: &Sending<'_>) -> bool {
    sending.purpose == Purpose::Help || sending.reader.part == Part::Vendor
}

fn is_over(sending: &Sending<'_>) -> bool {
    sending.purpose != Purpose::Help
}

fn organisation(facts: &Facts<'_>) -> String {
    one_line(facts.organisation.get(facts.language))
}

/// The names of the systems alone: their numbers are the town's own.
fn systems(help: Option<&Help>, facts: &Facts<'_>) -> String {
    let names: &dyn words::Names = facts.call_out;
    let numbers = help.map(|help| &*help.systems).unwrap_or_default();
    let systems = numbers
        .iter()
        .map(|number| names.system(*number).unwrap_or_else(|| number.to_string()));
    list(&systems.collect::<Vec<_>>(), facts.language)
}

/// By when an answer is wanted, before the next desk is asked.
fn answer_by(help: Option<&Help>, facts: &Facts<'_>) -> Option<String> {
    let at = help?.next_at?;
    let opened = facts.call_out.opened_at;
    Some(dates::near(at, opened, facts.zone, facts.language))
}

pub(super) fn subject(sending: &Sending<'_>, facts: &Facts<'_>) -> String {
    let w = Mail::of(facts.language);
    let what = facts.brief();
    let help = sending.help();
    let systems = systems(help, facts);
    let about = if systems.is_empty() {
        what
    } else {
        let values = [("what", &*what), ("systems", &clip(&systems))];
        fill(w.about_systems, &values)
    };
    if sending.call_out.mode().is_drill() {
        let purpose = words::purpose(sending.purpose, facts.language);
        let values = [("purpose", purpose), ("subject", &*about)];
        return fill(w.subject_drill, &values);
    }
    let wording = if is_over(sending) {
        w.subject_help_over
    } else {
        w.subject_help
    };
    let values = [("organisation", &*organisation(facts)), ("subject", &about)];
    fill(wording, &values)
}

pub(super) fn headline(sending: &Sending<'_>, facts: &Facts<'_>) -> String {
    let mistaken = sending.ending.is_some_and(|ending| ending.false_alarm);
    says(is_over(sending), mistaken, facts)
}

fn says(over: bool, mistaken: bool, facts: &Facts<'_>) -> String {
    let w = Mail::of(facts.language);
    let wording = match (over, mistaken) {
        (true, true) => w.headline_help_mistaken,
        (true, false) => w.headline_help_over,
        (false, _) => w.headline_help,
    };
    let values = [
        ("what", &*facts.brief()),
        ("organisation", &organisation(facts)),
    ];
    let said = fill(wording, &values);
    page::headline(said, facts.call_out.mode().is_drill(), facts.language)
}

pub(super) fn told(sending: &Sending<'_>, facts: &Facts<'_>) -> Vec<Fact> {
    let help = sending.help();
    self::facts(help, is_over(sending), facts)
}

fn facts(help: Option<&Help>, over: bool, facts: &Facts<'_>) -> Vec<Fact> {
    let w = Mail::of(facts.language);
    let mut told = Vec::new();
    let mut add = |label, value: String| {
        if !value.is_empty() {
            told.push(Fact { label, value });
        }
    };
    add(w.fact_from, organisation(facts));
    add(w.fact_systems, systems(help, facts));
    if !over {
        let note = help.and_then(|help| help.note.as_deref());
        add(w.fact_note, note.map(one_line).unwrap_or_default());
    }
    told.extend(facts.of_event_briefly());
    if !over {
        let by = answer_by(help, facts);
        let mut add = |label, value| told.push(Fact { label, value });
        add(w.fact_help_place, facts.place());
        if let Some(by) = by {
            add(w.fact_answer_by, by);
        }
    }
    told.push(Fact {
        label: w.fact_request,
        value: facts.call_out.id.to_string(),
    });
    told
}

pub(super) fn asks(sending: &Sending<'_>, facts: &Facts<'_>) -> Vec<String> {
    let w = Mail::of(facts.language);
    if is_over(sending) {
        return vec![w.no_ask.to_owned()];
    }
    let help = sending.help();
    vec![match answer_by(help, facts) {
        Some(by) => fill(w.ask_help_by, &[("by", &by)]),
        None => w.ask_help.to_owned(),
    }]
}

pub(super) fn notes(sending: &Sending<'_>, w: &Mail) -> Vec<String> {
    if is_over(sending) {
        Vec::new()
    } else {
        vec![w.help_personal.to_owned()]
    }
}

/// How soon a gateway that sends short messages or speaks asks for an answer.
pub(super) fn short_ask(sending: &Sending<'_>, facts: &Facts<'_>) -> Option<String> {
    let help = sending.help();
    answer_by(help, facts)
}

/// The vendors who have not agreed to help.
pub(super) fn without_answer(facts: &Facts<'_>) -> String {
    let help = facts.call_out.course.help.iter();
    let out = help.filter(|help| help.out && !help.helping);
    let names = out.map(|help| one_line(help.name.get(facts.language)));
    list(&names.collect::<Vec<_>>(), facts.language)
}

/// What the page of a vendor's desk says, as its template takes it.
#[derive(Serialize)]
pub(super) struct Asked {
    p: Frame,
    headline: String,
    headline_other: String,
    number: String,
    name: String,
    problem: Option<String>,
    over: Option<String>,
    recorded: Option<Recorded>,
    doubt: Option<Doubt>,
    facts: Vec<Fact>,
    safety: String,
}

impl Messages {
    /// What the page of a vendor's desk says.
    pub(super) fn help_says(&self, view: &AnswerView<'_>) -> Asked {
        let language = view.language;
        let w = Page::of(language);
        let call_out = view.call_out;
        let facts = self.facts(call_out, language);
        let others = self.facts(call_out, page::other(language));
        let help = call_out.help_of(&view.to.person);
        let over = ended(call_out.state, help, language);
        let headline = |facts| says(over.is_some(), call_out.false_alarm, facts);
        let stands = view.to.answer.as_ref().filter(|answer| !answer.doubtful);
        let doubtful = view.latest.filter(|latest| latest.doubtful);
        let kind = match Kind::for_person(call_out, view.to) {
            Kind::Help if over.is_some() => Kind::Over,
            kind => kind,
        };
        Asked {
            p: self.frame(kind, w.help_title.to_owned(), language),
            headline: headline(&facts),
            headline_other: headline(&others),
            number: call_out.id.to_string(),
            name: one_line(view.to.name.get(language)),
            problem: view.problem.map(|problem| one_line(problem.get(language))),
            recorded: stands.map(|answer| recorded(answer, &facts)),
            doubt: doubtful.map(|latest| doubt(latest, language)),
            facts: self::facts(help, over.is_some(), &facts),
            over,
            safety: self.safety(language),
        }
    }
}

/// Why no help is wanted any more: it is over, or a correction withdrew it.
fn ended(state: State, help: Option<&Help>, language: Language) -> Option<String> {
    let w = Page::of(language);
    if !state.is_live() {
        return Some(fill(
            w.help_over,
            &[("state", words::state(state, language))],
        ));
    }
    help.is_none().then(|| w.help_withdrawn.to_owned())
}
