//! The report in words, ready to be laid out.
//!
//! Owns what is said of each row, Japanese first and English beside it; every
//! text of a person's is one line here. It must not know a layout.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::call_out::{Counts, Standing};
use crate::domain::text::{Language, one_line};

use super::super::both::Both;
use super::super::chart;
use super::super::view::TargetRow;
use super::super::words::{self, Drills, Mail, Report as Words, fill};
use super::super::{Settings, dates};
use super::said::{late, name, span};
use super::{Group, Line, Report, Row, STYLES, Times, runs};

const JA: Language = Language::Ja;
const EN: Language = Language::En;

/// A time line that is longer has runs of common entries folded into one
/// line: on paper nobody reads ten thousand answers.
const FOLDED_FROM: usize = 400;

/// The fewest common entries in a row that are folded.
const RUN: usize = 5;

/// A label and what it says.
#[derive(Serialize)]
pub(super) struct Fact {
    label: Both,
    value: Both,
}

impl Fact {
    pub(super) fn new(ja: &str, en: &str, value: Both) -> Self {
        Self {
            label: Both::new(ja, en),
            value,
        }
    }
}

#[derive(Serialize)]
struct Figure {
    class: &'static str,
    label: Both,
    value: u32,
}

#[derive(Serialize)]
struct Target {
    name: Both,
    need: Both,
    have: u32,
    short: String,
    met: bool,
}

#[derive(Serialize)]
struct Part {
    name: Both,
    began: String,
    counts: Vec<u32>,
    median: Both,
    ninety: Both,
}

#[derive(Serialize)]
pub(super) struct Person {
    pub(super) name: Both,
    pub(super) section: Both,
    pub(super) standing: Both,
    /// The time that its table is about.
    pub(super) at: String,
    /// What is said besides, a line each.
    pub(super) says: Vec<Both>,
}

#[derive(Serialize)]
struct Said {
    machine: String,
    day: String,
    time: String,
    by: Option<Both>,
    text: Both,
}

/// The whole page.
#[derive(Serialize)]
pub(super) struct Page {
    w: &'static Words,
    o: &'static Words,
    d: &'static Drills,
    e: &'static Drills,
    style: &'static str,
    class: &'static str,
    band: Both,
    end: Both,
    /// In a word, for the title and every heading of an exercise.
    mark: Option<&'static str>,
    title: String,
    organisation: Both,
    running: Option<Both>,
    facts: Vec<Fact>,
    figures: Vec<Figure>,
    times: Option<Both>,
    chart: String,
    targets: Vec<Target>,
    columns: Vec<Both>,
    sections: Vec<Part>,
    stages: Vec<Part>,
    runs: Vec<runs::Shown>,
    before: Option<Both>,
    trend: String,
    never: Vec<Person>,
    dead: Vec<Person>,
    silent: Vec<Person>,
    cannot: Vec<Person>,
    excused: Vec<Person>,
    vendors: Vec<Person>,
    stood_in: Vec<Said>,
    links: Vec<Said>,
    acts: Vec<Said>,
    timeline: Vec<Said>,
}

impl Page {
    pub(super) fn new(report: &Report, settings: &Settings) -> Self {
        let drill = report.about.drill;
        let (w, o) = (Words::of(JA), Words::of(EN));
        let [band, end] = bands(drill);
        let mark = drill.then_some(Mail::of(JA).drill_band);
        let put = Put {
            report,
            zone: &settings.time_zone,
        };
        let title = [mark, Some(w.title), Some(o.title)];
        let title = title.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let live = report.about.state.is_live();
        Self {
            w,
            o,
            d: Drills::of(JA),
            e: Drills::of(EN),
            style: STYLES.of(drill),
            class: if drill { "practice" } else { "real" },
            band,
            end,
            mark,
            title: format!("{title} {}", report.about.id),
            organisation: Both::of(&report.organisation),
            running: live.then(|| put.running()),
            facts: put.facts(),
            figures: put.figures(),
            times: put.times(),
            chart: chart::svg(&report.chart, &settings.time_zone, JA),
            targets: report.about.targets.iter().map(target).collect(),
            columns: columns(w, o),
            sections: report.sections.iter().map(|it| put.part(it)).collect(),
            stages: report.stages.iter().map(|it| put.part(it)).collect(),
            runs: report
                .runs
                .iter()
                .map(|run| runs::shown(run, put.zone))
                .collect(),
            before: put.before(),
            trend: put.trend(),
            dead: put.dead(),
            never: put.people(Row::is_never_reached, Put::never),
            silent: put.people(Row::is_silent, Put::silent),
            cannot: put.people(
                |row| row.is_called() && row.standing == Standing::Cannot,
                Put::cannot,
            ),
            excused: put.excused(),
            vendors: report.vendors.iter().map(|row| put.vendor(row)).collect(),
            links: report.links.iter().map(|line| put.line(line)).collect(),
            stood_in: report.stood_in.iter().map(|line| put.line(line)).collect(),
            acts: report.acts.iter().map(|line| put.line(line)).collect(),
            timeline: put.timeline(),
        }
    }
}

fn bands(drill: bool) -> [Both; 2] {
    if drill {
        [
            Both::said(|language| Mail::of(language).drill_mark.to_owned()),
            Both::said(|language| Mail::of(language).drill_mark.to_owned()),
        ]
    } else {
        let real = || Both::said(|language| Words::of(language).real.to_owned());
        [real(), real()]
    }
}

/// The columns of the counts of a section or stage.
fn columns(w: &'static Words, o: &'static Words) -> Vec<Both> {
    vec![
        Both::new(w.called, o.called),
        Both::new(w.answered, o.answered),
        Both::new(w.coming, o.coming),
        Both::new(w.arrived, o.arrived),
        Both::new(w.cannot, o.cannot),
        Both::new(w.silent, o.silent),
        Both::new(w.unreachable, o.unreachable),
    ]
}

/// The same columns' numbers.
fn numbers(counts: &Counts) -> Vec<u32> {
    vec![
        counts.called,
        counts.answered,
        counts.coming,
        counts.arrived,
        counts.cannot,
        counts.unanswered,
        counts.unreachable,
    ]
}

fn target(row: &TargetRow) -> Target {
    let need = |language| match row.everyone {
        true => fill(
            Words::of(language).everyone,
            &[("count", &row.need.to_string())],
        ),
        false => row.need.to_string(),
    };
    Target {
        name: Both::of(&row.name),
        need: Both::said(need),
        have: row.have,
        short: match (row.everyone, row.met) {
            (_, true) => "0".to_owned(),
            (true, false) => "-".to_owned(),
            (false, false) => row.need.saturating_sub(row.have).to_string(),
        },
        met: row.met,
    }
}

/// Puts the rows of a report into words.
pub(super) struct Put<'a> {
    pub(super) report: &'a Report,
    pub(super) zone: &'a TimeZone,
}

impl Put<'_> {
    pub(super) fn near(&self, at: Timestamp) -> String {
        dates::near(at, self.report.about.opened_at, self.zone, JA)
    }

    fn running(&self) -> Both {
        Both::said(|language| {
            let state = self.report.about.stands.get(language);
            fill(Words::of(language).running, &[("state", state)])
        })
    }

    fn facts(&self) -> Vec<Fact> {
        let Report { about, .. } = self.report;
        let (w, o) = (Words::of(JA), Words::of(EN));
        let mut facts = Vec::new();
        let mut add = |ja: &str, en: &str, value| {
            facts.push(Fact::new(ja, en, value));
        };
        let at = |at| Both::said(|language| dates::date_time(at, self.zone, language));
        add(w.call_out, o.call_out, Both::new(about.id.as_str(), ""));
        if let Some(drill) = &self.report.drill {
            let (d, e) = (Drills::of(JA), Drills::of(EN));
            add(d.drill, e.drill, Both::of(drill));
        }
        add(w.subject, o.subject, Both::of(&about.title));
        add(w.what, o.what, Both::of(&about.what));
        if let Some(headline) = &about.headline {
            add(w.headline, o.headline, Both::new(one_line(headline), ""));
        }
        add(w.place, o.place, Both::of(&about.place));
        add(w.opened, o.opened, at(about.opened_at));
        add(w.ended, o.ended, self.ended());
        if let Some(because) = &self.report.because {
            add(w.because, o.because, Both::of(because));
        }
        add(w.lasted, o.lasted, span(Some(self.report.lasted())));
        if !self.report.late().is_empty() {
            add(
                w.late,
                o.late,
                Both::said(|language| late(self.report, language)),
            );
        }
        if self.report.drill.is_some() {
            let next = |l| words::drills::next_run(self.report.next.as_ref(), self.zone, l);
            let (d, e) = (Drills::of(JA), Drills::of(EN));
            add(d.next_run, e.next_run, Both::said(next));
        }
        let rule = one_line(&self.report.rule);
        add(w.rule, o.rule, Both::new(rule, ""));
        add(w.edition, o.edition, Both::of(&self.report.edition_says));
        let caveats = self.report.edition.caveats();
        if !caveats.is_empty() {
            let says = |language| {
                let said = caveats.iter().map(|it| words::caveat(*it, language));
                words::list(&said.collect::<Vec<_>>(), language)
            };
            add(w.caveats, o.caveats, Both::said(says));
        }
        add(w.made, o.made, at(self.report.made_at));
        facts
    }

    fn ended(&self) -> Both {
        let about = &self.report.about;
        Both::said(|language| {
            let w = Words::of(language);
            let state = about.stands.get(language);
            let Some(at) = about.ended_at.filter(|_| !about.state.is_live()) else {
                return fill(w.not_ended, &[("state", state)]);
            };
            let at = dates::date_time(at, self.zone, language);
            let state = if self.report.false_alarm {
                words::list(&[state.to_owned(), w.false_alarm.to_owned()], language)
            } else {
                state.to_owned()
            };
            fill(w.ended_as, &[("at", &at), ("state", &state)])
        })
    }

    fn figures(&self) -> Vec<Figure> {
        let (w, o) = (Words::of(JA), Words::of(EN));
        let counts = &self.report.about.counts;
        let excused = u32::try_from(self.report.excused.len()).unwrap_or(u32::MAX);
        let figures = [
            ("called", w.called, o.called, counts.called),
            ("sent", w.sent, o.sent, counts.sent),
            ("answered", w.answered, o.answered, counts.answered),
            ("coming", w.coming, o.coming, counts.coming),
            ("arrived", w.arrived, o.arrived, counts.arrived),
            ("cannot", w.cannot, o.cannot, counts.cannot),
            ("silent", w.silent, o.silent, counts.unanswered),
            ("lost", w.unreachable, o.unreachable, counts.unreachable),
            ("excused", w.excused, o.excused, excused),
        ];
        let shown = figures
            .into_iter()
            .filter(|(class, .., value)| *class != "excused" || *value > 0);
        shown
            .map(|(class, ja, en, value)| Figure {
                class,
                label: Both::new(ja, en),
                value,
            })
            .collect()
    }

    fn times(&self) -> Option<Both> {
        let times: &Times = &self.report.times;
        let (Some(median), Some(ninety), Some(longest)) =
            (times.median, times.ninety, times.longest)
        else {
            let none = |language| Words::of(language).times_none.to_owned();
            return (self.report.about.counts.called > 0).then(|| Both::said(none));
        };
        Some(Both::said(|language| {
            let said = |length| dates::span(length, language);
            let values = [
                ("count", &*times.count.to_string()),
                ("median", &said(median)),
                ("ninety", &said(ninety)),
                ("longest", &said(longest)),
            ];
            fill(Words::of(language).times_says, &values)
        }))
    }

    /// How the run before this one went; that there is none, of an exercise.
    fn before(&self) -> Option<Both> {
        match &*self.report.runs {
            [.., before, _this] => Some(runs::before(before, self.zone)),
            _ if self.report.about.drill => Some(Both::said(|language| {
                Drills::of(language).first_run.to_owned()
            })),
            _ => None,
        }
    }

    fn trend(&self) -> String {
        match &*self.report.runs {
            [] => String::new(),
            runs => runs::chart(self.report.about.id.as_str(), runs, self.zone),
        }
    }

    fn part(&self, group: &Group) -> Part {
        Part {
            name: Both::said(|language| name(group, language)),
            began: group.began.map(|at| self.near(at)).unwrap_or_default(),
            counts: numbers(&group.counts),
            median: span(group.times.median),
            ninety: span(group.times.ninety),
        }
    }

    fn line(&self, line: &Line) -> Said {
        Said {
            machine: dates::rfc3339(line.at, self.zone),
            day: dates::day_of(line.at, self.zone, JA),
            time: dates::to_the_second(line.at, self.zone),
            by: line.by.as_ref().map(Both::of),
            text: Both::of(&line.text),
        }
    }

    /// Everything that happened; of a long account the rare things, and how
    /// many common ones lie between them.
    fn timeline(&self) -> Vec<Said> {
        let lines = &self.report.timeline;
        if lines.len() < FOLDED_FROM {
            return lines.iter().map(|line| self.line(line)).collect();
        }
        let mut said = Vec::new();
        for run in lines.chunk_by(|a, b| a.common && b.common) {
            match run {
                [first, .., last] if run.len() >= RUN => {
                    let count = run.len().to_string();
                    let at = dates::to_the_second(last.at, self.zone);
                    let text = Both::said(|language| {
                        let values = [("count", &*count), ("at", &at)];
                        fill(Words::of(language).folded, &values)
                    });
                    said.push(Said {
                        text,
                        by: None,
                        ..self.line(first)
                    });
                }
                few => said.extend(few.iter().map(|line| self.line(line))),
            }
        }
        said
    }
}
