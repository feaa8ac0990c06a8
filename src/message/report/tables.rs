//! The report as tables: a sheet of the workbook each, and the list of people
//! for CSV.
//!
//! Owns their columns and what stands in each cell, as values: a number stays
//! a number and a time a time. It must not know a file's format.

use jiff::tz::TimeZone;

use crate::domain::acknowledgement::Via;
use crate::domain::call_out::Counts;
use crate::domain::text::{Language, Text, one_line};

use super::super::chart;
use super::super::dates;
use super::super::view::TargetRow;
use super::super::words::{self, Chart, Drills, Mail, Report as Words, fill};
use super::said::{failure, failures, late, name, standing, to_sign};
use super::sheet::{self, Cell, Column, Table, both, said, span, text, time};
use super::{Group, Line, Report, Row, runs};

const JA: Language = Language::Ja;
const EN: Language = Language::En;

/// The sheets of the workbook.
pub(super) fn all(report: &Report, zone: &TimeZone) -> Vec<Table> {
    vec![
        whole(report, zone),
        targets(report),
        sections(report, zone),
        people(report, zone),
        dead(report),
        stood_in(report, zone),
        timeline(report, zone),
        course(report, zone),
    ]
    .into_iter()
    .chain((!report.links.is_empty()).then(|| links(report, zone)))
    .chain(compared(report, zone))
    .collect()
}

/// The runs of the same drill, where there were any before this one.
fn compared(report: &Report, zone: &TimeZone) -> Vec<Table> {
    let above = above(report);
    match &*report.runs {
        [] => Vec::new(),
        runs => vec![
            runs::table((&above, runs), |_| None, zone),
            runs::trend((&above, runs), zone),
        ],
    }
}

/// Addresses that did not exist.
fn dead(report: &Report) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let columns = [
        (w.person, o.person, 30),
        (w.section, o.section, 26),
        (w.why, o.why, 60),
        (w.number, o.number, 20),
    ];
    let row = |(row, failed): (&Row, &super::Failure)| {
        vec![
            both(&row.name),
            both(&row.section),
            said(|language| failure(failed, language)),
            text(row.person.as_str()),
        ]
    };
    let rows = report.dead().map(row).collect();
    table(report, w.sheet_dead, &columns, rows)
}

/// Who acted for whom.
fn stood_in(report: &Report, zone: &TimeZone) -> Table {
    lines(report, &report.stood_in, Words::of(JA).sheet_stood_in, zone)
}

/// How the contact tree was walked.
fn links(report: &Report, zone: &TimeZone) -> Table {
    lines(report, &report.links, Words::of(JA).sheet_links, zone)
}

/// Answers over time: the numbers of the chart.
fn course(report: &Report, zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let (c, d) = (Chart::of(JA), Chart::of(EN));
    let columns = [
        (w.time, o.time, 22),
        (c.called, d.called, 14),
        (c.answered, d.answered, 14),
        (c.coming, d.coming, 26),
        (c.arrived, d.arrived, 14),
    ];
    let rows = chart::rows(&report.chart).into_iter();
    let rows = rows.map(|(at, counts)| {
        let mut row = vec![time(Some(at), zone)];
        row.extend(counts.map(Cell::Number));
        row
    });
    let mut table = table(report, w.sheet_chart, &columns, rows.collect());
    let mark = if report.about.drill {
        format!("【{}】", Mail::of(JA).drill_band)
    } else {
        String::new()
    };
    table.drawn = Some(format!("{mark}{} {}", c.title, d.title));
    table
}

/// Which report it is, and whether it is real.
fn above(report: &Report) -> String {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let title = one_line(report.about.title.get(JA));
    let mark = if report.about.drill {
        Mail::of(JA).drill_mark
    } else {
        w.real
    };
    format!(
        "{mark} {} {}：{title} {}",
        w.title, o.title, report.about.id
    )
}

/// A table of a report, with its mark.
fn table(report: &Report, name: &'static str, columns: &[Column], rows: Vec<Vec<Cell>>) -> Table {
    sheet::table((above(report), report.about.drill), name, columns, rows)
}

fn whole(report: &Report, zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let about = &report.about;
    let counts = &about.counts;
    let label = |ja: &str, en: &str| text(format!("{ja} {en}"));
    let mut rows = vec![
        vec![label(w.mode, o.mode), mode(report)],
        vec![label(w.call_out, o.call_out), text(about.id.as_str())],
        vec![label(w.subject, o.subject), both(&about.title)],
        vec![label(w.what, o.what), both(&about.what)],
    ];
    if let Some(drill) = &report.drill {
        let (d, e) = (Drills::of(JA), Drills::of(EN));
        rows.insert(2, vec![label(d.drill, e.drill), both(drill)]);
    }
    let mut add = |ja, en, cell| rows.push(vec![label(ja, en), cell]);
    let headline = about.headline.as_deref().unwrap_or_default();
    add(w.headline, o.headline, text(headline));
    add(w.place, o.place, both(&about.place));
    add(w.opened, o.opened, time(Some(about.opened_at), zone));
    add(w.ended, o.ended, time(about.ended_at, zone));
    add(w.standing, o.standing, both(&about.stands));
    let because = report.because.as_ref().map_or(Cell::Empty, both);
    add(w.because, o.because, because);
    add(w.lasted, o.lasted, Cell::Span(report.lasted()));
    if !report.late().is_empty() {
        add(w.late, o.late, said(|language| late(report, language)));
    }
    if report.drill.is_some() {
        let next = |l| words::drills::next_run(report.next.as_ref(), zone, l);
        let (d, e) = (Drills::of(JA), Drills::of(EN));
        add(d.next_run, e.next_run, said(next));
    }
    add(w.rule, o.rule, text(&report.rule));
    add(w.edition, o.edition, both(&report.edition_says));
    let excused = u32::try_from(report.excused.len()).unwrap_or(u32::MAX);
    for (ja, en, count) in [
        (w.called, o.called, counts.called),
        (w.sent, o.sent, counts.sent),
        (w.answered, o.answered, counts.answered),
        (w.coming, o.coming, counts.coming),
        (w.arrived, o.arrived, counts.arrived),
        (w.cannot, o.cannot, counts.cannot),
        (w.silent, o.silent, counts.unanswered),
        (w.unreachable, o.unreachable, counts.unreachable),
        (w.excused, o.excused, excused),
    ] {
        add(ja, en, Cell::Number(count));
    }
    for (ja, en, length) in [
        (w.median, o.median, report.times.median),
        (w.ninety, o.ninety, report.times.ninety),
        (w.longest, o.longest, report.times.longest),
    ] {
        rows.push(vec![
            text(format!("{} {ja} {} {en}", w.times, o.times)),
            span(length),
        ]);
    }
    rows.push(vec![
        label(w.made, o.made),
        time(Some(report.made_at), zone),
    ]);
    rows.push(vec![label(w.approval, o.approval), text(to_sign())]);
    let columns = [(w.item, o.item, 36), (w.value, o.value, 92)];
    table(report, w.sheet_whole, &columns, rows)
}

fn mode(report: &Report) -> Cell {
    if report.about.drill {
        text(Mail::of(JA).drill_band)
    } else {
        said(|language| Words::of(language).real_word.to_owned())
    }
}

fn targets(report: &Report) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let row = |row: &TargetRow| {
        let met = |language| {
            let w = Words::of(language);
            if row.met { w.met } else { w.unmet }.to_owned()
        };
        let everyone = |language| match row.everyone {
            true => fill(
                Words::of(language).everyone,
                &[("count", &row.need.to_string())],
            ),
            false => String::new(),
        };
        vec![
            both(&row.name),
            Cell::Number(row.need),
            Cell::Number(row.have),
            match (row.everyone, row.met) {
                (true, false) => Cell::Empty,
                (_, true) => Cell::Number(0),
                (false, false) => Cell::Number(row.need.saturating_sub(row.have)),
            },
            Cell::Number(row.other_answers),
            said(met),
            said(everyone),
        ]
    };
    let columns = [
        (w.target, o.target, 50),
        (w.need, o.need, 10),
        (w.have, o.have, 10),
        (w.short, o.short, 10),
        (w.other, o.other, 16),
        (w.standing, o.standing, 18),
        (w.note, o.note, 20),
    ];
    let rows = report.about.targets.iter().map(row).collect();
    table(report, w.sheet_targets, &columns, rows)
}

fn sections(report: &Report, zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let columns = [
        (w.section, o.section, 34),
        (w.began, o.began, 14),
        (w.called, o.called, 8),
        (w.sent, o.sent, 10),
        (w.answered, o.answered, 10),
        (w.coming, o.coming, 11),
        (w.arrived, o.arrived, 9),
        (w.cannot, o.cannot, 13),
        (w.silent, o.silent, 10),
        (w.unreachable, o.unreachable, 13),
        (w.median, o.median, 10),
        (w.ninety, o.ninety, 17),
        (w.longest, o.longest, 10),
    ];
    let row = |label: Cell, group: &Group| {
        let mut row = vec![label, time(group.began, zone)];
        row.extend(numbers(&group.counts).map(Cell::Number));
        let times = &group.times;
        row.extend([times.median, times.ninety, times.longest].map(span));
        row
    };
    let groups = report.sections.iter().chain(&report.stages);
    let mut rows: Vec<_> = groups
        .map(|group| row(said(|language| name(group, language)), group))
        .collect();
    let all = Group {
        name: Text::new(w.total, o.total),
        stage: 0,
        began: None,
        counts: report.about.counts,
        times: report.times,
    };
    rows.push(row(both(&all.name), &all));
    table(report, w.sheet_sections, &columns, rows)
}

fn numbers(counts: &Counts) -> [u32; 8] {
    [
        counts.called,
        counts.sent,
        counts.answered,
        counts.coming,
        counts.arrived,
        counts.cannot,
        counts.unanswered,
        counts.unreachable,
    ]
}

/// Every person with all that is known, vendors' desks behind them.
pub(super) fn people(report: &Report, zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let mut columns = vec![
        (w.mode, o.mode, 11),
        (w.person, o.person, 26),
        (w.section, o.section, 22),
        (w.part, o.part, 12),
        (w.stage, o.stage, 7),
        (w.called_at, o.called_at, 14),
        (w.sent_at, o.sent_at, 14),
        (w.standing, o.standing, 15),
        (w.first_at, o.first_at, 14),
        (w.took, o.took, 10),
        (w.note, o.note, 26),
        (w.failures, o.failures, 34),
    ];
    let printed = u16::try_from(columns.len()).unwrap_or(u16::MAX);
    columns.extend([
        (w.number, o.number, 20),
        (w.call_out, o.call_out, 18),
        (w.target, o.target, 40),
        (w.took_seconds, o.took_seconds, 18),
        (w.answered_at, o.answered_at, 20),
        (w.eta, o.eta, 20),
        (w.via, o.via, 30),
        (w.by, o.by, 30),
        (w.doubtful, o.doubtful, 20),
    ]);
    let rows = || report.people.iter().chain(&report.vendors);
    let addresses = rows().any(|row| !row.contacts.is_empty());
    if addresses {
        columns.push((w.addresses, o.addresses, 44));
    }
    let rows = rows()
        .map(|row| person(report, row, addresses, zone))
        .collect();
    Table {
        printed,
        ..table(report, w.sheet_people, &columns, rows)
    }
}

fn person(report: &Report, row: &Row, addresses: bool, zone: &TimeZone) -> Vec<Cell> {
    let answer = row.answer.as_ref();
    let said_by = answer.map(|answer| &answer.answer);
    let eta = answer.and_then(|answer| {
        let minutes = answer.answer.eta_minutes?;
        Some(dates::expected(answer.at, minutes))
    });
    let why: Vec<String> = row.why.iter().map(|name| one_line(name.get(JA))).collect();
    let seconds = row.took.map(|took| u32::try_from(took.as_secs()));
    let doubtful = answer.filter(|answer| answer.doubtful);
    let mut cells = vec![
        mode(report),
        both(&row.name),
        both(&row.section),
        said(|language| words::part(row.part, language).to_owned()),
        match row.stage {
            0 => Cell::Empty,
            stage => Cell::Number(stage),
        },
        time(row.called_at, zone),
        time(row.sent_at, zone),
        said(|language| standing(row, language).to_owned()),
        time(row.first_at, zone),
        span(row.took),
        text(
            said_by
                .and_then(|it| it.note.as_deref())
                .unwrap_or_default(),
        ),
        if row.failures.is_empty() && !row.is_never_reached() {
            Cell::Empty
        } else {
            text(failures(row, JA).join(" / "))
        },
        text(row.person.as_str()),
        text(report.about.id.as_str()),
        text(why.join("、")),
        seconds.map_or(Cell::Empty, |seconds| {
            Cell::Number(seconds.unwrap_or(u32::MAX))
        }),
        time(answer.map(|answer| answer.at), zone),
        time(eta, zone),
        said_by.map_or(Cell::Empty, |it| {
            said(|language| words::via(&it.via, language))
        }),
        match said_by.map(|it| &it.via) {
            Some(Via::OnBehalf) => row.by.as_ref().map_or(Cell::Empty, both),
            _ => Cell::Empty,
        },
        doubtful.map_or(Cell::Empty, |it| {
            said(|language| words::reply_of(&row.person, it.answer.reply, language).to_owned())
        }),
    ];
    if addresses {
        let contacts = row.contacts.iter();
        let contacts: Vec<String> = contacts
            .map(|it| format!("{} {}", words::channel(&it.channel, JA), it.address))
            .collect();
        cells.push(text(contacts.join(" / ")));
    }
    cells
}

fn timeline(report: &Report, zone: &TimeZone) -> Table {
    lines(report, &report.timeline, Words::of(JA).sheet_timeline, zone)
}

fn lines(report: &Report, lines: &[Line], name: &'static str, zone: &TimeZone) -> Table {
    let (w, o) = (Words::of(JA), Words::of(EN));
    let columns = [
        (w.time, o.time, 20),
        (w.who, o.who, 28),
        (w.happened, o.happened, 64),
        ("English", "", 56),
    ];
    let row = |line: &Line| {
        vec![
            time(Some(line.at), zone),
            line.by.as_ref().map_or(Cell::Empty, both),
            text(line.text.get(JA)),
            text(line.text.get(EN)),
        ]
    };
    table(report, name, &columns, lines.iter().map(row).collect())
}
