//! The year as tables: a sheet of the workbook each, and everything that was
//! held as one list for CSV.
//!
//! Owns their columns and what stands in each cell. It must not know a file's
//! format.

use jiff::tz::TimeZone;

use crate::domain::drill_record::DrillRecord;
use crate::domain::run::{Run, Sum, grouped, percent};
use crate::domain::text::{Language, Text, one_line};

use super::super::super::words::{self, Drills, Mail, Report as Words, fill};
use super::super::runs;
use super::super::said::{failure, to_sign};
use super::super::sheet::{Cell, Column, Table, both, said, span, table, text, time};
use super::page::{contact, done, missed, state};
use super::{Series, Year};

const JA: Language = Language::Ja;
const EN: Language = Language::En;

/// The sheets of the workbook.
pub(super) fn all(year: &Year, zone: &TimeZone) -> Vec<Table> {
    let above = above(year);
    let every_run = year.runs();
    let runs = (&*above, &*every_run);
    let mut tables = vec![
        whole(year, &every_run, zone),
        duties(year),
        runs::table(runs, |run| Some(title(year, run)), zone),
        groups(year, &every_run),
        stood_in(year, zone),
        records(year, zone),
        never(year, zone),
        dead(year, zone),
    ];
    if !year.over {
        tables.insert(2, coming(year, zone));
    }
    for (number, series) in (1..).zip(&year.series) {
        tables.extend(trend(&above, number, series, zone));
    }
    tables
}

/// The most drills of which each has a chart in the workbook.
const CHARTS: usize = 8;

/// Names of sheets, which must differ.
const TRENDS: [&str; CHARTS] = [
    "推移1", "推移2", "推移3", "推移4", "推移5", "推移6", "推移7", "推移8",
];

fn trend(above: &str, number: usize, series: &Series, zone: &TimeZone) -> Option<Table> {
    let name = *TRENDS.get(number - 1)?;
    let mut table = runs::trend((above, &series.runs), zone);
    let title = one_line(series.title.get(JA));
    table.drawn = Some(format!("【{}】{title}", Mail::of(JA).drill_band));
    table.name = name;
    Some(table)
}

/// The drill of a run, as shown.
fn title(year: &Year, run: &Run) -> Text {
    let of = year.series.iter().find(|series| series.runs.contains(run));
    of.map_or_else(|| run.title.clone(), |series| series.title.clone())
}

/// Which report it is.
fn above(year: &Year) -> String {
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let said = words::drills::year(year.number, year.calendar, year.days, JA);
    let mark = Mail::of(JA).drill_mark;
    format!("{mark} {} {}：{said}", d.year_title, e.year_title)
}

fn sheet(year: &Year, name: &'static str, columns: &[Column], rows: Vec<Vec<Cell>>) -> Table {
    table((above(year), true), name, columns, rows)
}

fn whole(year: &Year, runs: &[Run], zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let label = |ja: &str, en: &str| text(format!("{ja} {en}"));
    let mut rows = vec![vec![label(w.mode, o.mode), text(Mail::of(JA).drill_band)]];
    let mut add = |ja, en, cell| rows.push(vec![label(ja, en), cell]);
    let number = |count: usize| Cell::Number(u32::try_from(count).unwrap_or(u32::MAX));
    let days = |l| words::drills::year(year.number, year.calendar, year.days, l);
    let sum = Sum::of(runs.iter().flat_map(|run| &run.people));
    add(d.year, e.year, said(days));
    add(d.runs_count, e.runs_count, number(runs.len()));
    add(d.called_count, e.called_count, Cell::Number(sum.called));
    add(d.reached, e.reached, Cell::Number(sum.reached));
    add(w.answered, o.answered, Cell::Number(sum.answered));
    let share = percent(sum.answered, sum.called);
    let nobody = said(|language| Drills::of(language).nobody_called.to_owned());
    add(
        d.answered_percent,
        e.answered_percent,
        share.map_or(nobody, Cell::Number),
    );
    add(w.median, o.median, span(sum.times.median));
    add(w.ninety, o.ninety, span(sum.times.ninety));
    add(d.records_count, e.records_count, number(year.recorded()));
    add(d.lost, e.lost, number(year.never.len()));
    add(d.dead_still, e.dead_still, number(year.dead.len()));
    add(w.edition, o.edition, both(&year.edition_says));
    add(w.made, o.made, time(Some(year.made_at), zone));
    add(w.approval, o.approval, text(to_sign()));
    let columns = [(w.item, o.item, 44), (w.value, o.value, 84)];
    sheet(year, d.sheet_year, &columns, rows)
}

fn duties(year: &Year) -> Table {
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let columns = [
        (d.duty, e.duty, 46),
        (d.duty_every, e.duty_every, 26),
        (d.duty_done, e.duty_done, 30),
        (d.duty_missed, e.duty_missed, 40),
        (d.duty_state, e.duty_state, 60),
    ];
    let rows = year.duties.iter().map(|it| {
        vec![
            said(|l| words::drills::wanted(it.duty.what, l).to_owned()),
            said(|l| words::drills::every(it.duty.every, l).to_owned()),
            said(|language| done(it, language)),
            said(|language| words::list(&missed(it, language), language)),
            said(|language| state(it, language)),
        ]
    });
    sheet(year, d.sheet_duties, &columns, rows.collect())
}

/// By section, then by stage.
fn groups(year: &Year, runs: &[Run]) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let columns = [
        (w.section, o.section, 34),
        (w.called, o.called, 10),
        (d.reached, e.reached, 10),
        (w.answered, o.answered, 10),
        (d.answered_percent, e.answered_percent, 14),
        (w.median, o.median, 12),
        (w.ninety, o.ninety, 18),
        (w.longest, o.longest, 12),
    ];
    let row = |name: Cell, sum: &Sum| {
        let mut cells = vec![name];
        cells.extend([sum.called, sum.reached, sum.answered].map(Cell::Number));
        cells.push(percent(sum.answered, sum.called).map_or(Cell::Empty, Cell::Number));
        cells.extend([sum.times.median, sum.times.ninety, sum.times.longest].map(span));
        cells
    };
    let sections = grouped(runs, |one| &one.section);
    let mut stages = grouped(runs, |one| one.stage);
    stages.sort_by_key(|(stage, _)| *stage);
    let stage = |stage: u32| {
        said(|language| {
            let wording = Words::of(language).stage_number;
            fill(wording, &[("stage", &stage.to_string())])
        })
    };
    let sections = sections.iter().map(|(name, sum)| row(both(name), sum));
    let stages = stages.iter().map(|(number, sum)| row(stage(*number), sum));
    let rows = sections.chain(stages).collect();
    sheet(year, d.sheet_groups, &columns, rows)
}

/// What is scheduled.
fn coming(year: &Year, zone: &TimeZone) -> Table {
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let columns = [(d.drill, e.drill, 50), (d.next_run, e.next_run, 60)];
    let rows = year.coming.iter().map(|it| {
        vec![
            both(&it.title),
            said(|language| words::schedule::foretold(&it.when, zone, language)),
        ]
    });
    sheet(year, d.sheet_coming, &columns, rows.collect())
}

/// Who acted for whom.
fn stood_in(year: &Year, zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let columns = [
        (w.time, o.time, 20),
        (d.drill, e.drill, 34),
        (w.happened, o.happened, 64),
        ("English", "", 56),
        (w.who, o.who, 28),
        (w.call_out, o.call_out, 20),
    ];
    let rows = year.stood_in.iter().map(|it| {
        vec![
            time(Some(it.line.at), zone),
            both(&it.drill),
            text(it.line.text.get(JA)),
            text(it.line.text.get(EN)),
            it.line.by.as_ref().map_or(Cell::Empty, both),
            text(it.call_out.as_str()),
        ]
    });
    sheet(year, w.sheet_stood_in, &columns, rows.collect())
}

fn files(record: &DrillRecord) -> Cell {
    let files: Vec<String> = record
        .files
        .iter()
        .map(|file| one_line(&file.name))
        .collect();
    text(files.join(" / "))
}

fn records(year: &Year, zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let columns = [
        (d.held_on, e.held_on, 14),
        (d.kind, e.kind, 40),
        (d.subject, e.subject, 34),
        (d.heads, e.heads, 10),
        (d.participants, e.participants, 50),
        (w.note, o.note, 40),
        (d.files, e.files, 34),
        (d.recorded_by, e.recorded_by, 20),
        (w.time, o.time, 20),
        (d.record, e.record, 30),
        (d.withdrawn, e.withdrawn, 50),
    ];
    let rows = year.records.iter().map(|record| {
        vec![
            text(record.held_on.to_string()),
            said(|language| words::drill_kind(record.kind, language).to_owned()),
            text(&record.title),
            Cell::Number(record.heads()),
            said(|language| words::drills::participants(&record.participants, language)),
            text(record.note.as_deref().unwrap_or_default()),
            files(record),
            said(|language| words::drills::by(&record.by, language)),
            time(Some(record.recorded_at), zone),
            text(record.id.as_str()),
            said(|language| words::drills::withdrawn(record, zone, language).unwrap_or_default()),
        ]
    });
    sheet(year, d.sheet_records, &columns, rows.collect())
}

fn never(year: &Year, zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let columns = [
        (w.person, o.person, 30),
        (w.section, o.section, 26),
        (d.lost_runs, e.lost_runs, 16),
        (d.lost_last, e.lost_last, 20),
        (w.why, o.why, 60),
        (w.number, o.number, 20),
    ];
    let rows = year.never.iter().map(|never| {
        let one = &never.lost.person;
        let why: Vec<String> = never.failures.iter().map(|it| failure(it, JA)).collect();
        vec![
            both(&one.name),
            both(&one.section),
            Cell::Number(never.lost.runs),
            time(Some(never.lost.last_at), zone),
            text(why.join(" / ")),
            text(one.person.as_str()),
        ]
    });
    sheet(year, d.sheet_lost, &columns, rows.collect())
}

fn dead(year: &Year, zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let columns = [
        (w.person, o.person, 30),
        (d.contact, e.contact, 44),
        (d.dead_since, e.dead_since, 20),
        (w.call_out, o.call_out, 20),
        (w.number, o.number, 20),
    ];
    let rows = year.dead.iter().map(|dead| {
        vec![
            both(&dead.name),
            said(|language| contact(dead, language)),
            time(Some(dead.since), zone),
            text(dead.call_out.as_ref().map_or("", |id| id.as_str())),
            text(dead.person.as_str()),
        ]
    });
    sheet(year, d.sheet_dead, &columns, rows.collect())
}

/// Everything that was held, run or written down, a row each; nothing that was
/// taken back.
pub(super) fn list(year: &Year, zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let (d, e) = (Drills::of(JA), Drills::of(EN));
    let columns = [
        (w.mode, o.mode, 11),
        (d.held_on, e.held_on, 14),
        (d.kind, e.kind, 34),
        (d.subject, e.subject, 34),
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
        (d.heads, e.heads, 10),
        (d.participants, e.participants, 50),
        (d.files, e.files, 34),
        (d.record, e.record, 30),
    ];
    let mark = || text(Mail::of(JA).drill_band);
    let mut rows: Vec<(jiff::civil::Date, Vec<Cell>)> = Vec::new();
    for run in year.runs() {
        let day = zone.to_datetime(run.opened_at).date();
        let mut cells = vec![mark(), text(day.to_string())];
        cells.push(said(|language| Drills::of(language).run.to_owned()));
        cells.push(both(&title(year, &run)));
        cells.extend([run.called(), run.reached(), run.answered()].map(Cell::Number));
        cells.push(run.answered_percent().map_or(Cell::Empty, Cell::Number));
        cells.extend([run.silent(), run.never(), run.excused].map(Cell::Number));
        let times = &run.times;
        cells.extend([times.median, times.ninety, times.longest].map(span));
        cells.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
        cells.push(text(run.call_out.as_str()));
        rows.push((day, cells));
    }
    for record in year.records.iter().filter(|record| record.counts()) {
        let mut cells = vec![mark(), text(record.held_on.to_string())];
        cells.push(said(|l| words::drill_kind(record.kind, l).to_owned()));
        cells.push(text(&record.title));
        cells.extend(std::iter::repeat_n(Cell::Empty, 10));
        cells.push(Cell::Number(record.heads()));
        cells.push(said(|l| {
            words::drills::participants(&record.participants, l)
        }));
        cells.push(files(record));
        cells.push(text(record.id.as_str()));
        rows.push((record.held_on, cells));
    }
    rows.sort_by_key(|(day, _)| *day);
    let rows = rows.into_iter().map(|(_, cells)| cells).collect();
    sheet(year, d.sheet_year, &columns, rows)
}
