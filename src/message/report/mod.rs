//! The report of a call-out or a drill: what is handed on when it is over.
//!
//! Owns its figures as plain values, the page for screen and A4
//! ([`Messages::report_page`]), the tables of its workbook
//! ([`Messages::report_tables`]) and its file's name. What the figures are is
//! `report`'s. A drill's carries its mark everywhere, and a real one never.

mod page;
mod rows;
mod runs;
mod said;
mod sheet;
mod tables;
pub mod year;

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::call_out::{Counts, Part, Standing};
use crate::domain::delivery::Reason;
use crate::domain::edition::Edition;
use crate::domain::id::{CallOutId, PersonId};
use crate::domain::notification::NotificationState;
use crate::domain::roster::{ChannelName, Contact};
use crate::domain::run::{Run, is_never_reached};
use crate::domain::schedule::Foretold;
use crate::domain::text::Text;

use super::chart::Facts;
use super::view::CallOutSummary;
use super::{Error, Messages, Styles};

pub use crate::domain::run::Times;
pub use sheet::{Cell, Table};

/// The people of a section, or whom a stage called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The section as shown; empty for a stage.
    pub name: Text,
    /// The stage, from 1; 0 outside of any, and for a section.
    pub stage: u32,
    /// When the stage began.
    pub began: Option<Timestamp>,
    /// How they stand.
    pub counts: Counts,
    /// How long they took.
    pub times: Times,
}

/// A contact that carried nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How it was tried.
    pub channel: ChannelName,
    /// Where; only for who may see addresses.
    pub address: Option<String>,
    /// The class, where the contact is dead.
    pub reason: Option<Reason>,
    /// Where its last message stands.
    pub state: NotificationState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was last tried.
    pub at: Option<Timestamp>,
    /// The other side's own words; without addresses for who may not see them.
    pub said: Option<String>,
}

/// One person, or one desk of a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: Text,
    /// Where they work; the systems that a vendor's desk is asked about.
    pub section: Text,
    /// In which role.
    pub part: Part,
    /// The targets that they could fill.
    pub why: Vec<Text>,
    /// When they were called.
    pub called_at: Option<Timestamp>,
    /// In which stage, from 1.
    pub stage: u32,
    /// When a first message to them was taken charge of.
    pub sent_at: Option<Timestamp>,
    /// When they first answered without doubt.
    pub first_at: Option<Timestamp>,
    /// How long that took, where they were called before it.
    pub took: Option<Duration>,
    /// How they stand.
    pub standing: Standing,
    /// The answer that stands, doubtful ones too.
    pub answer: Option<Acknowledgement>,
    /// Who entered it for them.
    pub by: Option<Text>,
    /// Whether no contact of theirs is left.
    pub unreachable: bool,
    /// Contacts that carried nothing.
    pub failures: Vec<Failure>,
    /// Every contact; only for who may see addresses.
    pub contacts: Vec<Contact>,
}

impl Row {
    /// Whether they were called.
    pub fn is_called(&self) -> bool {
        self.part == Part::Called
    }

    /// Whether they were called, nothing is known to have reached them, and
    /// they have not answered.
    pub fn is_never_reached(&self) -> bool {
        self.is_called() && is_never_reached(self.standing, self.sent_at)
    }

    /// Whether they were called and reached, and have not answered.
    pub fn is_silent(&self) -> bool {
        self.is_called() && self.standing == Standing::Silent && !self.is_never_reached()
    }
}

/// Somebody who was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: Text,
    /// The first instant at which they are back.
    pub until: Timestamp,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What, in a sentence.
    pub text: Text,
    /// Who did it, where somebody did.
    pub by: Option<Text>,
    /// Whether it is one of many of its kind, such as an own answer.
    pub common: bool,
}

/// The whole report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The office.
    pub organisation: Text,
    /// As of when.
    pub made_at: Timestamp,
    /// What it is about, with its figures and targets.
    pub about: CallOutSummary,
    /// The drill of the plan that it ran as.
    pub drill: Option<Text>,
    /// By which rule, and where the plan says so.
    pub rule: String,
    /// Why it ended.
    pub because: Option<Text>,
    /// Whether it should never have begun.
    pub false_alarm: bool,
    /// By which version of the plan's files.
    pub edition: Edition,
    /// The same, as [`super::words::edition`] says it.
    pub edition_says: Text,
    /// How long everybody took.
    pub times: Times,
    /// By section, in the order in which they were first met.
    pub sections: Vec<Group>,
    /// By the stage in which they were called.
    pub stages: Vec<Group>,
    /// Staff.
    pub people: Vec<Row>,
    /// Vendors' desks.
    pub vendors: Vec<Row>,
    /// Who was passed over.
    pub excused: Vec<Away>,
    /// What people did, oldest first.
    pub acts: Vec<Line>,
    /// Who acted for whom, oldest first: answers and decisions of others, and
    /// the next in line where somebody could not come.
    pub stood_in: Vec<Line>,
    /// How the contact tree of an exercise was walked, and where it broke.
    pub links: Vec<Line>,
    /// Everything that happened, oldest first.
    pub timeline: Vec<Line>,
    /// Of a drill that is scheduled: when it comes next, as far as it may be
    /// told.
    pub next: Option<Foretold>,
    /// Of a drill that ran before: its runs, oldest first, this one last.
    pub runs: Vec<Run>,
    /// What the chart is drawn of.
    pub chart: Facts,
}

impl Report {
    /// Contacts whose address did not exist, and whose they are, whether or not
    /// another one reached them.
    pub fn dead(&self) -> impl Iterator<Item = (&Row, &Failure)> {
        let rows = self.people.iter().chain(&self.vendors);
        let failures = rows.flat_map(|row| row.failures.iter().map(move |it| (row, it)));
        failures.filter(|(_, failure)| failure.reason == Some(Reason::Address))
    }

    /// Whose first settled answer came after the end: it counts all the same.
    pub fn late(&self) -> Vec<&Row> {
        let Some(end) = self.about.ended_at.filter(|_| !self.about.state.is_live()) else {
            return Vec::new();
        };
        let late = |row: &&Row| row.is_called() && row.first_at.is_some_and(|at| at > end);
        self.people.iter().filter(late).collect()
    }

    /// How long it ran, or has run.
    pub fn lasted(&self) -> Duration {
        let end = self.about.ended_at.unwrap_or(self.made_at);
        let lasted = end.duration_since(self.about.opened_at);
        Duration::try_from(lasted).unwrap_or_default()
    }
}

/// The name of a report's file: in ASCII, and in Japanese.
pub fn file_names(id: &CallOutId, drill: bool, ending: &str) -> [String; 2] {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let id: String = id.as_str().chars().filter(plain).collect();
    if drill {
        [
            format!("muster-drill-{id}.{ending}"),
            format!("訓練報告-{id}.{ending}"),
        ]
    } else {
        [
            format!("muster-report-{id}.{ending}"),
            format!("参集報告-{id}.{ending}"),
        ]
    }
}

/// The styles of its page, which needs nothing else.
pub static STYLES: Styles = Styles::new(
    concat!(
        include_str!("../templates/page.css"),
        include_str!("../templates/tables.css"),
        include_str!("../templates/report.css")
    ),
    concat!(
        include_str!("../templates/page.css"),
        include_str!("../templates/tables.css"),
        include_str!("../templates/report.css"),
        include_str!("../templates/paper_drill.css")
    ),
);

impl Messages {
    /// The report as one page that needs nothing else.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn report_page(&self, report: &Report) -> Result<String, Error> {
        self.render("report.html", &page::Page::new(report, self.settings()))
    }

    /// The sheets of the workbook: summary, targets, sections, people, time
    /// line.
    pub fn report_tables(&self, report: &Report) -> Vec<Table> {
        tables::all(report, &self.settings().time_zone)
    }

    /// Every person with all that is known, a row each.
    pub fn report_people(&self, report: &Report) -> Table {
        tables::people(report, &self.settings().time_zone)
    }
}
