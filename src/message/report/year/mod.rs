//! The drills of a year: what is handed to the chief information officer at
//! its end.
//!
//! Owns its figures as plain values, the page for screen and A4
//! ([`Messages::year_page`]), the tables of its workbook
//! ([`Messages::year_tables`]) and its file's name. What the figures are is
//! `report`'s. It is all of exercises, and carries their mark everywhere.

mod page;
mod tables;

use jiff::Timestamp;

use crate::domain::drill_duty::{Days, Duty, Part, Standing};
use crate::domain::drill_record::DrillRecord;
use crate::domain::edition::Edition;
use crate::domain::id::{CallOutId, DrillId, PersonId};
use crate::domain::roster::ChannelName;
use crate::domain::run::{Lost, Run};
use crate::domain::text::Text;

use super::super::view::ComingDrill;
use super::super::{Error, Messages};
use super::{Failure, Line, Table};

/// The runs of one drill in a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Which drill; older runs do not say.
    pub drill: Option<DrillId>,
    /// As shown.
    pub title: Text,
    /// Its runs, oldest first.
    pub runs: Vec<Run>,
}

/// How a duty went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fulfilled {
    /// Which.
    pub duty: Duty,
    /// Month after month, as it is due.
    pub parts: Vec<Part>,
    /// How it stands today, where today lies in the year.
    pub standing: Option<Standing>,
}

impl Fulfilled {
    /// How many were held.
    pub fn done(&self) -> u32 {
        self.parts.iter().map(|part| part.done).sum()
    }

    /// In how many of its months one was held.
    pub fn full(&self) -> usize {
        self.parts.iter().filter(|part| part.done > 0).count()
    }
}

/// Somebody who was called and not once reached, and why not the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeverReached {
    /// Who.
    pub lost: Lost,
    /// Why, for each contact of the last time.
    pub failures: Vec<Failure>,
}

/// Who acted for whom in one of the runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoodIn {
    /// In which run.
    pub call_out: CallOutId,
    /// Of which drill.
    pub drill: Text,
    /// What happened.
    pub line: Line,
}

/// An address that did not exist, and is in the roster still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillDead {
    /// Whose.
    pub person: PersonId,
    /// As shown.
    pub name: Text,
    /// How it was tried.
    pub channel: ChannelName,
    /// Where; only for who may see addresses.
    pub address: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// In which call-out that was.
    pub call_out: Option<CallOutId>,
}

/// The whole report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Year {
    /// The office.
    pub organisation: Text,
    /// As of when.
    pub made_at: Timestamp,
    /// Which year.
    pub number: i16,
    /// Whether it is a calendar year, and not one from April to March.
    pub calendar: bool,
    /// Its days.
    pub days: Days,
    /// Whether they are over.
    pub over: bool,
    /// The edition in force.
    pub edition: Edition,
    /// The same in words.
    pub edition_says: Text,
    /// The runs of each drill, those run first before the others.
    pub series: Vec<Series>,
    /// What the plan wants, and how it went.
    pub duties: Vec<Fulfilled>,
    /// What was written down, oldest first; what was taken back as well.
    pub records: Vec<DrillRecord>,
    /// What is scheduled, soonest first; nothing for a year that is over.
    pub coming: Vec<ComingDrill>,
    /// Who acted for whom, oldest first.
    pub stood_in: Vec<StoodIn>,
    /// Who was reached in no run.
    pub never: Vec<NeverReached>,
    /// Addresses that still do not exist.
    pub dead: Vec<StillDead>,
}

impl Year {
    /// How many records count.
    pub fn recorded(&self) -> usize {
        self.records.iter().filter(|record| record.counts()).count()
    }

    /// Every run, oldest first.
    pub fn runs(&self) -> Vec<Run> {
        let runs = self.series.iter().flat_map(|series| &series.runs);
        let mut runs: Vec<Run> = runs.cloned().collect();
        runs.sort_by(|a, b| (a.opened_at, &a.call_out).cmp(&(b.opened_at, &b.call_out)));
        runs
    }
}

/// The name of its file: in ASCII, and in Japanese.
pub fn file_names(number: i16, calendar: bool, ending: &str) -> [String; 2] {
    let (plain, said) = if calendar {
        ("calendar-", format!("{number}年（暦年）"))
    } else {
        ("", format!("{number}年度"))
    };
    [
        format!("muster-drills-{plain}{number}.{ending}"),
        format!("訓練年間報告-{said}.{ending}"),
    ]
}

impl Messages {
    /// The year as one page that needs nothing else.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn year_page(&self, year: &Year) -> Result<String, Error> {
        self.render("drill_year.html", &page::Page::new(year, self.settings()))
    }

    /// The sheets of the workbook.
    pub fn year_tables(&self, year: &Year) -> Vec<Table> {
        tables::all(year, &self.settings().time_zone)
    }

    /// Everything that was held, run or written down, a row each.
    pub fn year_list(&self, year: &Year) -> Table {
        tables::list(year, &self.settings().time_zone)
    }
}
