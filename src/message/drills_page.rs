//! The page from which drills are started: another place than the one from
//! which people are called in earnest, in another colour.
//!
//! Owns what stands on it. It must never offer anything real.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::drill::{Drill, DrillKind};
use crate::domain::plan::Plan;
use crate::domain::text::{Language, Text, one_line};

use super::form::{Both, Fields, Filled, Form, Press};
use super::page::{self, Frame, Kind};
use super::telling::both;
use super::view::{ComingDrill, Reader, Values};
use super::words::{self, Commands};
use super::{Error, Messages};

/// The page of drills.
#[derive(Clone, Copy, Debug)]
pub struct DrillsView<'a> {
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
struct Drills {
    p: Frame,
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
    let next = coming.find(|coming| coming.title == drill.title)?;
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
            may_start: view.reader.may_drill,
            mark: view.reader.mark.clone(),
            key: view.key.to_owned(),
            w,
            o,
        };
        self.render("drills.html", &context)
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
        self.form(Form {
            kind: Kind::Drill,
            title: both(|w| w.drills),
            about: Some(one_line(view.drill.title.get(language))),
            says: vec![w.drill_will.to_owned()],
            problem: view.problem,
            facts: vec![Filled {
                label: w.drill_scenario,
                value: one_line(view.drill.scenario.get(language)),
            }],
            action: "/drills".to_owned(),
            fields: Fields::new(view.values),
            confirming: true,
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
