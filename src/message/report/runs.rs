//! Runs of drills beside each other: for the page and as tables.
//!
//! Owns the columns and the words of a run's figures. It must not compute one:
//! [`crate::domain::run`] does.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::run::Run;
use crate::domain::text::{Language, Text};

use super::super::both::Both;
use super::super::chart::trend::{self, Point};
use super::super::dates;
use super::super::words::drills::{median, share};
use super::super::words::{Drills, Mail, Report as Words, fill};
use super::said::span;
use super::sheet::{self, Cell, Column, Table};

const JA: Language = Language::Ja;
const EN: Language = Language::En;

/// A run as a row of a page.
#[derive(Serialize)]
pub(super) struct Shown {
    pub(super) at: Both,
    /// That it runs still.
    pub(super) live: bool,
    pub(super) called: u32,
    pub(super) reached: u32,
    pub(super) answered: u32,
    pub(super) percent: Both,
    pub(super) never: u32,
    pub(super) excused: u32,
    pub(super) median: Both,
    pub(super) ninety: Both,
    pub(super) id: String,
}

/// The row of a run.
pub(super) fn shown(run: &Run, zone: &TimeZone) -> Shown {
    Shown {
        at: Both::said(|language| dates::date_time(run.opened_at, zone, language)),
        live: run.ended_at.is_none(),
        called: run.called(),
        reached: run.reached(),
        answered: run.answered(),
        percent: Both::said(|language| share(run, language)),
        never: run.never(),
        excused: run.excused,
        median: time(run),
        ninety: span(run.times.ninety),
        id: run.call_out.to_string(),
    }
}

/// The median, or that nobody answered.
fn time(run: &Run) -> Both {
    if run.times.median.is_none() && run.answered() == 0 {
        return Both::said(|language| Drills::of(language).nobody_answered.to_owned());
    }
    span(run.times.median)
}

/// The run before, in a sentence.
pub(super) fn before(run: &Run, zone: &TimeZone) -> Both {
    Both::said(|language| {
        let values = [
            ("at", &*dates::date_time(run.opened_at, zone, language)),
            ("called", &run.called().to_string()),
            ("percent", &share(run, language)),
            ("median", &median(run, language)),
        ];
        fill(Drills::of(language).against, &values)
    })
}

/// The chart of some runs.
pub(super) fn chart(id: &str, runs: &[Run], zone: &TimeZone) -> String {
    let points: Vec<Point> = runs.iter().map(Point::from).collect();
    trend::svg(id, &points, zone, JA)
}

/// The runs with their figures, a row each; with the name of each one's drill
/// where there are several.
pub(super) fn table(
    (above, runs): (&str, &[Run]),
    drill: impl Fn(&Run) -> Option<Text>,
    zone: &TimeZone,
) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let mut columns: Vec<Column> = vec![
        (w.mode, o.mode, 11),
        (d.run, e.run, 20),
        (w.called, o.called, 9),
        (d.reached, e.reached, 9),
        (w.answered, o.answered, 9),
        (d.answered_percent, e.answered_percent, 12),
        (w.silent, o.silent, 10),
        (d.never_count, e.never_count, 14),
        (d.excused_count, e.excused_count, 14),
        (w.median, o.median, 12),
        (w.ninety, o.ninety, 18),
        (w.longest, o.longest, 12),
        (w.ended, o.ended, 20),
        (w.call_out, o.call_out, 18),
    ];
    let named: Vec<Option<Text>> = runs.iter().map(&drill).collect();
    let several = named.iter().any(Option::is_some);
    if several {
        columns.insert(1, (d.drill, e.drill, 34));
    }
    let row = |(run, name): (&Run, Option<Text>)| {
        let mut cells = vec![
            sheet::text(Mail::of(JA).drill_band),
            sheet::time(Some(run.opened_at), zone),
        ];
        let percent = run.answered_percent().map_or_else(
            || sheet::said(|language| Drills::of(language).nobody_called.to_owned()),
            Cell::Number,
        );
        cells.extend([run.called(), run.reached(), run.answered()].map(Cell::Number));
        cells.push(percent);
        cells.extend([run.silent(), run.never(), run.excused].map(Cell::Number));
        cells.push(match run.times.median {
            None if run.answered() == 0 => {
                sheet::said(|language| Drills::of(language).nobody_answered.to_owned())
            }
            median => sheet::span(median),
        });
        cells.extend([run.times.ninety, run.times.longest].map(sheet::span));
        cells.push(sheet::time(run.ended_at, zone));
        cells.push(sheet::text(run.call_out.as_str()));
        if several {
            cells.insert(1, name.as_ref().map_or(Cell::Empty, sheet::both));
        }
        cells
    };
    let rows = runs.iter().zip(named).map(row).collect();
    sheet::table((above.to_owned(), true), d.sheet_runs, &columns, rows)
}

/// The numbers of the chart, drawn by the spreadsheet too.
pub(super) fn trend((above, runs): (&str, &[Run]), zone: &TimeZone) -> Table {
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let columns = [
        (d.run, e.run, 22),
        (d.answered_percent, e.answered_percent, 20),
        (d.median_minutes, e.median_minutes, 26),
    ];
    let minutes = |length: std::time::Duration| {
        Cell::Number(u32::try_from(length.as_secs().div_ceil(60)).unwrap_or(u32::MAX))
    };
    let row = |run: &Run| {
        vec![
            sheet::time(Some(run.opened_at), zone),
            run.answered_percent().map_or(Cell::Empty, Cell::Number),
            run.times.median.map_or(Cell::Empty, minutes),
        ]
    };
    let mut table = sheet::table(
        (above.to_owned(), true),
        d.sheet_trend,
        &columns,
        runs.iter().map(row).collect(),
    );
    let band = Mail::of(JA).drill_band;
    table.drawn = Some(format!("【{band}】{} {}", d.sheet_trend, e.sheet_trend));
    table
}
