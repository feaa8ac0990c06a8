//! The page from which drills are started: another place than the one from
//! which people are called in earnest, in another colour.
//!
//! Owns what stands on it. It must never offer anything real.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::drill::{Drill, DrillKind};
use crate::domain::drill_duty::{Standing, State};
use crate::domain::drill_record::DrillRecord;
use crate::domain::id::CallOutId;
use crate::domain::plan::Plan;
use crate::domain::run::Run;
use crate::domain::text::{Language, Text, one_line};

use super::form::{Both, Fields, Filled, Form, Press};
use super::page::{self, Frame, Kind};
use super::telling::both;
use super::view::{ComingDrill, Reader, Values};
use super::words::{self, Commands, Drills as Words, Report, fill};
use super::{Error, Messages, dates};

/// What the page tells of drills that were.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The year (年度) that runs.
    pub year: i16,
    /// How what the plan wants stands.
    pub duties: Vec<Standing>,
    /// The latest runs, newest first.
    pub runs: Vec<Run>,
    /// What was written down in that year, newest first.
    pub records: Vec<DrillRecord>,
}

/// The page of drills.
#[derive(Clone, Copy, Debug)]
pub struct DrillsView<'a> {
    /// What was.
    pub history: &'a History,
    /// The plan in force.
    pub plan: &'a Plan,
    /// What is due.
    pub coming: &'a [ComingDrill],
    /// Names one start, so that a form sent twice starts one drill.
    pub key: &'a str,
    /// Who looks.
    pub reader: &'a Reader,
    /// In which language first.
    pub language: Language,
}

/// The last question before a drill starts.
#[derive(Clone, Copy, Debug)]
pub struct DrillView<'a> {
    /// Which.
    pub drill: &'a Drill,
    /// What was sent.
    pub values: &'a Values,
    /// The real call-out that is open, beside which it needs a reason.
    pub beside: Option<&'a CallOutId>,
    /// Whether all is filled in, and only the last yes is missing.
    pub confirming: bool,
    /// Why the last try was not taken.
    pub problem: Option<&'a Text>,
    /// Who looks.
    pub reader: &'a Reader,
    /// In which language first.
    pub language: Language,
}

#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    title_other: String,
    kind: &'static str,
    scenario: String,
    next: Option<String>,
}

#[derive(Serialize)]
struct Duty {
    says: String,
    class: &'static str,
}

#[derive(Serialize)]
struct Held {
    id: String,
    at: String,
    title: String,
    live: bool,
    called: u32,
    reached: u32,
    answered: u32,
    percent: String,
    median: String,
}

#[derive(Serialize)]
struct Recorded {
    id: String,
    day: String,
    kind: &'static str,
    title: String,
    participants: String,
    files: Vec<String>,
    withdrawn: Option<String>,
}

#[derive(Serialize)]
struct Drills {
    p: Frame,
    year: i16,
    duties: Vec<Duty>,
    runs: Vec<Held>,
    records: Vec<Recorded>,
    d: &'static Words,
    e: &'static Words,
    r: &'static Report,
    q: &'static Report,
    drills: Vec<Row>,
    may_start: bool,
    mark: String,
    key: String,
    w: &'static Commands,
    o: &'static Commands,
}

/// When a drill comes next, where it is due.
fn next_run(drill: &Drill, view: &DrillsView<'_>, zone: &TimeZone) -> Option<String> {
    let mut coming = view.coming.iter();
    let next = coming.find(|coming| coming.drill == drill.id)?;
    Some(words::schedule::foretold(&next.when, zone, view.language))
}

impl Messages {
    /// The page of drills.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn drills_page(&self, view: &DrillsView<'_>) -> Result<String, Error> {
        let language = view.language;
        let other = page::other(language);
        let (w, o) = (Commands::of(language), Commands::of(other));
        let mut drills: Vec<&Drill> = view.plan.drills.values().collect();
        drills.sort_by_key(|drill| drill.kind != DrillKind::Contact);
        let row = |drill: &Drill| Row {
            id: drill.id.to_string(),
            title: one_line(drill.title.get(language)),
            title_other: one_line(drill.title.get(other)),
            kind: words::drill_kind(drill.kind, language),
            scenario: one_line(drill.scenario.get(language)),
            next: next_run(drill, view, &self.settings.time_zone),
        };
        let context = Drills {
            p: self
                .frame(Kind::Drill, w.drills.to_owned(), language)
                .read_by(view.reader),
            drills: drills.into_iter().map(row).collect(),
            year: view.history.year,
            duties: duties(view),
            runs: self.runs(view),
            records: records(view, &self.settings.time_zone),
            d: Words::of(language),
            e: Words::of(other),
            r: Report::of(language),
            q: Report::of(other),
            may_start: view.reader.may_drill,
            mark: view.reader.mark.clone(),
            key: view.key.to_owned(),
            w,
            o,
        };
        self.render("drills.html", &context)
    }

    fn runs(&self, view: &DrillsView<'_>) -> Vec<Held> {
        let language = view.language;
        let runs = view.history.runs.iter();
        let one = |run: &Run| {
            let known = run.drill.as_ref();
            let known = known.and_then(|id| view.plan.drills.get(id));
            let title = known.map_or(&run.title, |drill| &drill.title);
            Held {
                id: run.call_out.to_string(),
                at: dates::date_time(run.opened_at, &self.settings.time_zone, language),
                title: one_line(title.get(language)),
                live: run.ended_at.is_none(),
                called: run.called(),
                reached: run.reached(),
                answered: run.answered(),
                percent: words::drills::share(run, language),
                median: words::drills::median(run, language),
            }
        };
        runs.map(one).collect()
    }

    /// The last question before a drill starts.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn drill_page(&self, view: &DrillView<'_>) -> Result<String, Error> {
        let language = view.language;
        let w = Commands::of(language);
        let both = |pick: fn(&Commands) -> &'static str| -> Both { both(language, pick) };
        let mut says = vec![w.drill_will.to_owned()];
        let mut fields = Fields::new(view.values);
        if let Some(id) = view.beside {
            says.push(fill(w.drill_beside, &[("call_out", id.as_str())]));
            fields.line("reason", both(|w| w.drill_reason)).required();
        }
        self.form(Form {
            kind: Kind::Drill,
            title: both(|w| w.drills),
            about: Some(one_line(view.drill.title.get(language))),
            says,
            problem: view.problem,
            facts: vec![Filled {
                label: w.drill_scenario,
                value: one_line(view.drill.scenario.get(language)),
            }],
            action: "/drills".to_owned(),
            fields,
            confirming: view.confirming,
            press: Press {
                label: both(|w| w.drill_do),
                class: "practice",
            },
            back: "/drills".to_owned(),
            reader: view.reader,
            language,
        })
    }
}

/// How each duty stands, the missed ones to be seen at once.
fn duties(view: &DrillsView<'_>) -> Vec<Duty> {
    let duties = view.history.duties.iter();
    let one = |standing: &Standing| Duty {
        says: words::drills::duty(standing, view.language),
        class: match standing.state {
            State::Missed(_) => "warn",
            State::Soon => "soon",
            State::Done | State::Open => "",
        },
    };
    duties.map(one).collect()
}

fn records(view: &DrillsView<'_>, zone: &TimeZone) -> Vec<Recorded> {
    let language = view.language;
    let records = view.history.records.iter();
    let one = |record: &DrillRecord| Recorded {
        id: record.id.to_string(),
        day: dates::date(record.held_on, language),
        kind: words::drill_kind(record.kind, language),
        title: one_line(&record.title),
        participants: words::drills::participants(&record.participants, language),
        files: record
            .files
            .iter()
            .map(|file| one_line(&file.name))
            .collect(),
        withdrawn: words::drills::withdrawn(record, zone, language),
    };
    records.map(one).collect()
}
