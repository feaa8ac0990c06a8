//! The page behind a person's own link.
//!
//! Owns what it says and which buttons it offers. It must work without a
//! script on a small old telephone, and looking at it must never answer.

use serde::Serialize;

use crate::domain::acknowledgement::{Acknowledgement, Reply};
use crate::domain::call_out::{Part, State};
use crate::domain::rule::Decision;
use crate::domain::text::{Language, one_line};

use super::cast::Named;
use super::facts::{Fact, Facts};
use super::own::{Mode, WrittenPage};
use super::page::{self, Frame, Kind};
use super::reader::Reader;
use super::view::{AnswerView, OtherCallOut};
use super::words::{self, Mail, Page, fill};
use super::{Error, Messages, dates};

#[derive(Serialize, PartialEq, Eq, Hash)]
pub(super) struct Recorded {
    class: &'static str,
    reply: &'static str,
    at: String,
    lines: Vec<String>,
}

/// What the confirming button sends again.
#[derive(Serialize, PartialEq, Eq, Hash)]
pub(super) struct Doubt {
    answer: &'static str,
    eta_minutes: Option<u32>,
    note: Option<String>,
    label: String,
}

/// What an answer page says, as its template takes it.
#[derive(Serialize, PartialEq, Eq, Hash)]
pub(super) struct Answer {
    p: Frame,
    headline: String,
    headline_other: String,
    /// The town's own words below it, a paragraph each.
    words: Vec<String>,
    number: String,
    /// Whose answer was recorded, which is filled in last.
    name: String,
    problem: Option<String>,
    over: Option<String>,
    ended: bool,
    recorded: Option<Recorded>,
    doubt: Option<Doubt>,
    facts: Vec<Fact>,
    safety: String,
    informed: bool,
    decided: Option<Asked>,
    decision: Option<Asked>,
    unsure: Option<Unsure>,
    others: Vec<Other>,
    offer: Option<String>,
}

/// The decision that is asked for, or that stands.
#[derive(Serialize, PartialEq, Eq, Hash)]
struct Asked {
    wanted: bool,
    may_muster: bool,
    stands: Option<&'static str>,
    by: Option<String>,
}

/// The question whether a decision is meant.
#[derive(Serialize, PartialEq, Eq, Hash)]
struct Unsure {
    decision: &'static str,
    value: String,
    class: &'static str,
    ask: [&'static str; 2],
    yes: [&'static str; 2],
}

/// Another open call-out of the same person.
#[derive(Serialize, PartialEq, Eq, Hash)]
struct Other {
    title: String,
    place: String,
    reply: &'static str,
    path: Option<String>,
    answered: bool,
}

/// What the page behind somebody's link says.
pub struct AnswerSays(Says);

/// With the name of whose page it is, or to a vendor.
enum Says {
    Answer(Box<Answer>, String),
    Help(Box<super::help::Asked>),
}

impl Named for Answer {
    fn name(&mut self) -> &mut String {
        &mut self.name
    }
}

impl Messages {
    /// The answer page.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn answer_page(&self, view: &AnswerView<'_>) -> Result<String, Error> {
        self.answer_made(self.answer_says(view))
    }

    /// What the answer page says, to be made into one by [`Messages::answer_made`].
    pub fn answer_says(&self, view: &AnswerView<'_>) -> AnswerSays {
        if view.to.is_vendor() {
            return AnswerSays(Says::Help(Box::new(self.help_says(view))));
        }
        let language = view.language;
        let (w, m) = (Page::of(language), Mail::of(language));
        let call_out = view.call_out;
        let asked = view.to.part == Part::Asked;
        // Why: whoever decides needs the facts; the page is theirs alone.
        let question = call_out.course.question.as_ref();
        let decided = question.and_then(|question| question.decided.as_ref());
        let decided = decided.is_some_and(|decided| {
            view.to.is_called() && decided.person.as_ref() == Some(&view.to.person)
        });
        let facts = self.facts(call_out, language).in_full(asked || decided);
        let doubt = view.latest.filter(|latest| latest.doubtful);
        let stands = view.to.answer.as_ref().filter(|answer| !answer.doubtful);
        let mut told = facts.for_person(&Reader::of(call_out, view.to));
        if asked && call_out.is_undecided() {
            told.extend(facts.decide_by().map(|value| Fact {
                label: m.fact_decide_by,
                value,
            }));
            told.extend(facts.proposed_help());
        }
        if call_out.state == State::Open && view.to.is_called() {
            told.extend(facts.answer_by().map(|value| Fact {
                label: m.fact_answer_by,
                value,
            }));
        }
        let own = self.own_words(view, language);
        let own_other = self.own_words(view, page::other(language));
        let context = Answer {
            p: self.frame(
                Kind::for_person(call_out, view.to),
                w.answer_title.to_owned(),
                language,
            ),
            headline: own.headline.unwrap_or_else(|| headline(&facts, view)),
            headline_other: own_other
                .headline
                .unwrap_or_else(|| headline(&self.facts(call_out, page::other(language)), view)),
            words: own.text,
            number: format!("{} {}", call_out.id, one_line(call_out.title.get(language))),
            name: String::new(),
            problem: view.problem.map(|problem| one_line(problem.get(language))),
            over: over(view, language),
            ended: !call_out.state.is_live(),
            recorded: stands.map(|answer| recorded(answer, &facts)),
            doubt: doubt.map(|latest| self::doubt(latest, language)),
            facts: told,
            safety: self.safety(language),
            informed: !view.to.is_called() || facts.wants_receipt(),
            decided: decided.then(|| self::asked(&facts)).flatten(),
            decision: asked.then(|| self::asked(&facts)).flatten(),
            unsure: view.unsure.map(|unsure| self::unsure(unsure, language)),
            others: view
                .others
                .iter()
                .map(|other| self::other(other, language))
                .collect(),
            offer: stands
                .filter(|answer| answer.answer.reply == Reply::Coming)
                .map(|_| w.others_come.to_owned()),
        };
        let name = one_line(view.to.name.get(language));
        AnswerSays(Says::Answer(Box::new(context), name))
    }

    /// The answer page that says so.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn answer_made(&self, AnswerSays(says): AnswerSays) -> Result<String, Error> {
        match says {
            // Why: thousands answer in the same minute, and nearly all of them the same.
            Says::Answer(says, name) => self
                .casts
                .cast(*says, &name, |says| self.render("answer.html", says)),
            Says::Help(says) => self.render("help.html", &says),
        }
    }

    /// What the town itself says to whoever is called, while it calls.
    fn own_words(&self, view: &AnswerView<'_>, language: Language) -> WrittenPage {
        if !self.own.has_page() || !view.to.is_called() || over(view, language).is_some() {
            return WrittenPage::default();
        }
        let drill = view.call_out.mode().is_drill();
        let mode = if drill { Mode::Drill } else { Mode::Real };
        self.own.page(
            mode,
            language,
            &self.called(view.call_out, view.to, language),
        )
    }
}

fn headline(facts: &Facts<'_>, view: &AnswerView<'_>) -> String {
    let w = Mail::of(facts.language);
    let wording = match (facts.call_out.state, view.to.is_called()) {
        (State::Open | State::Exhausted, true) if facts.wants_receipt() => w.headline_receipt,
        (State::Cancelled, _) => w.headline_cancelled,
        (State::StoodDown, _) if facts.call_out.false_alarm => w.headline_false_alarm,
        (State::Closed, _) if facts.call_out.mode().is_drill() => w.headline_ended,
        (State::StoodDown | State::Closed, _) => w.headline_stand_down,
        (State::AwaitingDecision | State::InSection | State::Exhausted, false)
            if view.to.part == Part::Asked =>
        {
            w.headline_decide
        }
        (State::AwaitingDecision, false) => w.headline_undecided_yet,
        (State::InSection, false) => w.headline_recorded,
        (
            State::Held
            | State::AwaitingDecision
            | State::InSection
            | State::Open
            | State::Exhausted,
            true,
        ) => w.headline_call,
        (State::Held | State::Open | State::Exhausted, false) => w.headline_inform,
    };
    let values = [("what", &*facts.brief()), ("place", &facts.place())];
    let said = fill(wording, &values);
    page::headline(said, facts.call_out.mode().is_drill(), facts.language)
}

/// Why nothing is wanted of the person now, where nothing is.
fn over(view: &AnswerView<'_>, language: Language) -> Option<String> {
    let w = Page::of(language);
    let state = view.call_out.state;
    if state.is_live() {
        return (state == State::Held).then(|| w.held.to_owned());
    }
    let wording = match view.to.part {
        _ if view.call_out.mode().is_drill() => w.over_drill,
        Part::Asked => w.over_decision,
        _ if view.to.is_called() => w.over,
        _ => w.over_informed,
    };
    Some(fill(wording, &[("state", words::state(state, language))]))
}

/// What is asked for or stands, for somebody in the line of those who decide.
fn asked(facts: &Facts<'_>) -> Option<Asked> {
    let question = facts.call_out.course.question.as_ref()?;
    let w = Page::of(facts.language);
    let decided = question.decided.as_ref();
    let live = facts.call_out.state.is_live();
    Some(Asked {
        wanted: facts.call_out.is_undecided(),
        may_muster: facts.call_out.state == State::InSection,
        stands: decided.map(|decided| match decided.decision {
            Decision::Muster if live => w.decided_muster,
            Decision::Muster => w.decided_muster_over,
            Decision::HandleInSection if live => w.decided_section,
            Decision::HandleInSection => w.decided_section_over,
        }),
        by: decided.map(|decided| {
            let named = decided.person.as_ref();
            let named = named.and_then(|person| {
                let names: &dyn words::Names = facts.call_out;
                names.person(person, facts.language)
            });
            let by = || words::principal(&decided.by, facts.call_out, facts.language);
            let values = [
                ("person", &*named.unwrap_or_else(by)),
                (
                    "at",
                    &dates::date_time(decided.at, facts.zone, facts.language),
                ),
            ];
            fill(w.decided_by, &values)
        }),
    })
}

fn unsure((decision, value): (Decision, &str), language: Language) -> Unsure {
    let both = [language, page::other(language)].map(Page::of);
    let (class, ask, yes) = match decision {
        Decision::Muster => (
            "coming",
            both.map(|w| w.sure_muster),
            both.map(|w| w.sure_muster_yes),
        ),
        Decision::HandleInSection => (
            "arrived",
            both.map(|w| w.sure_section),
            both.map(|w| w.sure_section_yes),
        ),
    };
    Unsure {
        decision: decision.name(),
        value: value.to_owned(),
        class,
        ask,
        yes,
    }
}

fn other(other: &OtherCallOut, language: Language) -> Other {
    Other {
        title: format!("{} {}", other.id, one_line(other.title.get(language))),
        place: one_line(other.place.get(language)),
        reply: other.reply.map_or(Page::of(language).others_none, |reply| {
            words::reply(reply, language)
        }),
        path: other.path.clone(),
        answered: other.reply.is_some(),
    }
}

pub(super) fn recorded(answer: &Acknowledgement, facts: &Facts<'_>) -> Recorded {
    let language = facts.language;
    let w = Page::of(language);
    let said = &answer.answer;
    let mut lines = Vec::new();
    if let Some(minutes) = said.eta_minutes {
        let expected = dates::expected(answer.at, minutes);
        let expected = dates::near(expected, answer.at, facts.zone, language);
        lines.push(dates::eta(minutes, language));
        lines.push(fill(w.expected_at, &[("at", &expected)]));
    }
    lines.extend(said.note.as_deref().map(one_line));
    if said.via == crate::domain::acknowledgement::Via::OnBehalf {
        let by = words::principal(&said.by, facts.call_out, language);
        lines.push(fill(w.recorded_by, &[("by", &by)]));
    }
    let at = dates::date_time(answer.at, facts.zone, language);
    Recorded {
        class: said.reply.name(),
        reply: words::reply_of(&said.person, said.reply, language),
        at: fill(w.recorded_at, &[("at", &at)]),
        lines,
    }
}

pub(super) fn doubt(latest: &Acknowledgement, language: Language) -> Doubt {
    let said = &latest.answer;
    let mut reply = words::reply_of(&said.person, said.reply, language).to_owned();
    if let (true, Some(minutes)) = (said.reply.has_arrival(), said.eta_minutes) {
        reply = format!("{reply} ({})", dates::eta(minutes, language));
    }
    Doubt {
        answer: said.reply.name(),
        eta_minutes: said.eta_minutes,
        note: said.note.as_deref().map(one_line),
        label: fill(Page::of(language).doubt_confirm, &[("reply", &reply)]),
    }
}
