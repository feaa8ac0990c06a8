//! The year in words, ready to be laid out.
//!
//! Owns what is said of each row, Japanese first and English beside it. It
//! must not know a layout.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::run::{Sum, grouped};
use crate::domain::text::{Language, one_line};

use super::super::super::both::Both;
use super::super::super::words::{self, Drills, Mail, Report as Words, fill};
use super::super::super::{Settings, dates};
use super::super::runs::{self, Shown};
use super::super::said::{failure, span};
use super::super::{STYLES, page::Fact};
use super::{Fulfilled, Year};

const JA: Language = Language::Ja;
const EN: Language = Language::En;

#[derive(Serialize)]
struct Series {
    title: Both,
    chart: String,
    runs: Vec<Shown>,
}

#[derive(Serialize)]
struct Duty {
    what: Both,
    every: Both,
    done: Both,
    missed: Vec<Both>,
    lacks: bool,
    state: Both,
}

#[derive(Serialize)]
struct Record {
    day: Both,
    kind: Both,
    title: String,
    note: String,
    participants: Both,
    files: Vec<String>,
    id: String,
    withdrawn: Both,
}

#[derive(Serialize)]
struct Group {
    name: Both,
    called: u32,
    reached: u32,
    answered: u32,
    percent: String,
    median: Both,
    ninety: Both,
}

#[derive(Serialize)]
struct Lost {
    name: Both,
    section: Both,
    runs: u32,
    at: Both,
    says: Vec<Both>,
}

#[derive(Serialize)]
struct StoodIn {
    at: Both,
    drill: Both,
    by: Option<Both>,
    text: Both,
}

#[derive(Serialize)]
struct Coming {
    drill: Both,
    when: Both,
}

#[derive(Serialize)]
struct Dead {
    name: Both,
    contact: Both,
    at: Both,
    call_out: String,
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
    mark: &'static str,
    title: String,
    organisation: Both,
    interim: bool,
    facts: Vec<Fact>,
    duties: Vec<Duty>,
    series: Vec<Series>,
    records: Vec<Record>,
    sections: Vec<Group>,
    stages: Vec<Group>,
    coming: Vec<Coming>,
    stood_in: Vec<StoodIn>,
    never: Vec<Lost>,
    dead: Vec<Dead>,
}

impl Page {
    pub(super) fn new(year: &Year, settings: &Settings) -> Self {
        let (w, o) = (Words::of(JA), Words::of(EN));
        let (d, e) = (Drills::of(JA), Drills::of(EN));
        let zone = &settings.time_zone;
        let mark = Mail::of(JA).drill_band;
        let put = Put { year, zone };
        let said = words::drills::year(year.number, year.calendar, year.days, JA);
        let every_run = year.runs();
        Self {
            w,
            o,
            d,
            e,
            style: STYLES.of(true),
            class: "practice",
            band: Both::said(|language| Mail::of(language).drill_mark.to_owned()),
            end: Both::said(|language| Mail::of(language).drill_mark.to_owned()),
            mark,
            title: format!("{mark} {} {said}", d.year_title),
            organisation: Both::of(&year.organisation),
            interim: !year.over,
            facts: put.facts(),
            duties: year.duties.iter().map(duty).collect(),
            series: year.series.iter().map(|it| put.series(it)).collect(),
            records: put.records(),
            sections: grouped(&every_run, |one| &one.section)
                .iter()
                .map(|(name, sum)| group(Both::of(name), sum))
                .collect(),
            stages: stages(&every_run),
            coming: put.coming(),
            stood_in: put.stood_in(),
            never: put.never(),
            dead: put.dead(),
        }
    }
}

/// By stage, the first before the second.
fn stages(runs: &[crate::domain::run::Run]) -> Vec<Group> {
    let mut stages = grouped(runs, |one| one.stage);
    stages.sort_by_key(|(stage, _)| *stage);
    let name = |stage: u32| {
        Both::said(|language| {
            let w = Words::of(language);
            match stage {
                0 => w.stage_none.to_owned(),
                stage => fill(w.stage_number, &[("stage", &stage.to_string())]),
            }
        })
    };
    let groups = stages.iter().map(|(stage, sum)| group(name(*stage), sum));
    groups.collect()
}

fn group(name: Both, sum: &Sum) -> Group {
    let percent = crate::domain::run::percent(sum.answered, sum.called);
    Group {
        name,
        called: sum.called,
        reached: sum.reached,
        answered: sum.answered,
        percent: percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent}%")),
        median: span(sum.times.median),
        ninety: span(sum.times.ninety),
    }
}

/// How often a duty was done, in words.
pub(super) fn done(fulfilled: &Fulfilled, language: Language) -> String {
    let d = Drills::of(language);
    let done = fulfilled.done().to_string();
    if fulfilled.parts.len() < 2 {
        return fill(d.duty_times, &[("done", &done)]);
    }
    let values = [
        ("full", &*fulfilled.full().to_string()),
        ("whole", &fulfilled.parts.len().to_string()),
        ("done", &done),
    ];
    fill(d.duty_parts, &values)
}

/// The months, or longer, in which none was held.
pub(super) fn missed(fulfilled: &Fulfilled, language: Language) -> Vec<String> {
    let missed = fulfilled.parts.iter().filter(|part| part.missed);
    let say = |days: crate::domain::drill_duty::Days| {
        let first = days.first;
        let one_month = (first.year(), first.month()) == (days.last.year(), days.last.month());
        match (one_month, language) {
            (true, Language::Ja) => format!("{}年{}月", first.year(), first.month()),
            (true, Language::En) => first.strftime("%b %Y").to_string(),
            (false, Language::Ja) => format!(
                "{}年{}月〜{}年{}月",
                first.year(),
                first.month(),
                days.last.year(),
                days.last.month()
            ),
            (false, Language::En) => {
                format!(
                    "{} to {}",
                    first.strftime("%b %Y"),
                    days.last.strftime("%b %Y")
                )
            }
        }
    };
    missed.map(|part| say(part.days)).collect()
}

/// How a duty stands, where its year runs still.
pub(super) fn state(fulfilled: &Fulfilled, language: Language) -> String {
    let over = || Drills::of(language).state_over.to_owned();
    let standing = fulfilled.standing.as_ref();
    standing.map_or_else(over, |it| words::drills::duty_state(it, language))
}

fn duty(fulfilled: &Fulfilled) -> Duty {
    let [ja, en] = [JA, EN].map(|language| missed(fulfilled, language));
    let missed: Vec<Both> = ja
        .into_iter()
        .zip(en)
        .map(|(ja, en)| Both::new(ja, en))
        .collect();
    Duty {
        what: Both::said(|l| words::drills::wanted(fulfilled.duty.what, l).to_owned()),
        every: Both::said(|l| words::drills::every(fulfilled.duty.every, l).to_owned()),
        done: Both::said(|language| done(fulfilled, language)),
        lacks: !missed.is_empty(),
        missed,
        state: Both::said(|language| state(fulfilled, language)),
    }
}

struct Put<'a> {
    year: &'a Year,
    zone: &'a TimeZone,
}

impl Put<'_> {
    fn facts(&self) -> Vec<Fact> {
        let year = self.year;
        let (w, o) = (Words::of(JA), Words::of(EN));
        let (d, e) = (Drills::of(JA), Drills::of(EN));
        let mut facts = Vec::new();
        let mut add = |ja: &str, en: &str, value| facts.push(Fact::new(ja, en, value));
        let runs = year.runs();
        let number = |number: u32| Both::new(number.to_string(), "");
        let days = |l| words::drills::year(year.number, year.calendar, year.days, l);
        add(d.year, e.year, Both::said(days));
        let count = u32::try_from(runs.len()).unwrap_or(u32::MAX);
        add(d.runs_count, e.runs_count, number(count));
        let people = runs.iter().flat_map(|run| &run.people);
        let sum = Sum::of(people);
        add(d.called_count, e.called_count, number(sum.called));
        add(d.reached, e.reached, number(sum.reached));
        add(w.answered, o.answered, number(sum.answered));
        let percent = crate::domain::run::percent(sum.answered, sum.called);
        let none = |language| Drills::of(language).nobody_called.to_owned();
        let percent = percent.map(|percent| Both::new(format!("{percent}%"), ""));
        add(
            d.answered_percent,
            e.answered_percent,
            percent.unwrap_or_else(|| Both::said(none)),
        );
        let time = |length| match length {
            Some(_) => span(length),
            None => Both::said(|language| Drills::of(language).nobody_answered.to_owned()),
        };
        add(w.median, o.median, time(sum.times.median));
        add(w.ninety, o.ninety, time(sum.times.ninety));
        let count = u32::try_from(year.recorded()).unwrap_or(u32::MAX);
        add(d.records_count, e.records_count, number(count));
        add(w.edition, o.edition, Both::of(&year.edition_says));
        let made = |language| dates::date_time(year.made_at, self.zone, language);
        add(w.made, o.made, Both::said(made));
        facts
    }

    fn series(&self, series: &super::Series) -> Series {
        let id = series.drill.as_ref().map_or("other", |id| id.as_str());
        Series {
            title: Both::of(&series.title),
            chart: runs::chart(id, &series.runs, self.zone),
            runs: series
                .runs
                .iter()
                .map(|run| runs::shown(run, self.zone))
                .collect(),
        }
    }

    fn records(&self) -> Vec<Record> {
        let records = self.year.records.iter();
        let one = |record: &crate::domain::drill_record::DrillRecord| Record {
            day: Both::said(|language| dates::date(record.held_on, language)),
            kind: Both::said(|language| words::drill_kind(record.kind, language).to_owned()),
            title: one_line(&record.title),
            note: one_line(record.note.as_deref().unwrap_or_default()),
            participants: Both::said(|l| words::drills::participants(&record.participants, l)),
            files: record
                .files
                .iter()
                .map(|file| one_line(&file.name))
                .collect(),
            id: record.id.to_string(),
            withdrawn: Both::said(|language| {
                words::drills::withdrawn(record, self.zone, language).unwrap_or_default()
            }),
        };
        records.map(one).collect()
    }

    fn at(&self, at: jiff::Timestamp) -> Both {
        Both::said(|language| dates::date_time(at, self.zone, language))
    }

    fn coming(&self) -> Vec<Coming> {
        let coming = self.year.coming.iter().map(|coming| Coming {
            drill: Both::of(&coming.title),
            when: Both::said(|l| words::schedule::foretold(&coming.when, self.zone, l)),
        });
        coming.collect()
    }

    fn stood_in(&self) -> Vec<StoodIn> {
        let stood_in = self.year.stood_in.iter().map(|one| StoodIn {
            at: self.at(one.line.at),
            drill: Both::of(&one.drill),
            by: one.line.by.as_ref().map(Both::of),
            text: Both::of(&one.line.text),
        });
        stood_in.collect()
    }

    fn never(&self) -> Vec<Lost> {
        let never = self.year.never.iter().map(|never| {
            let one = &never.lost.person;
            let says = never.failures.iter();
            let mut says: Vec<Both> = says.map(|it| Both::said(|l| failure(it, l))).collect();
            if says.is_empty() {
                says.push(Both::said(|language| {
                    Words::of(language).no_contact.to_owned()
                }));
            }
            Lost {
                name: Both::of(&one.name),
                section: Both::of(&one.section),
                runs: never.lost.runs,
                at: self.at(never.lost.last_at),
                says,
            }
        });
        never.collect()
    }

    fn dead(&self) -> Vec<Dead> {
        let dead = self.year.dead.iter().map(|dead| Dead {
            name: Both::of(&dead.name),
            contact: Both::said(|language| contact(dead, language)),
            at: self.at(dead.since),
            call_out: dead
                .call_out
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        });
        dead.collect()
    }
}

/// Which contact, with its address for whom it may be shown to.
pub(super) fn contact(dead: &super::StillDead, language: Language) -> String {
    let channel = words::channel(&dead.channel, language);
    match &dead.address {
        Some(address) => format!("{channel} {}", one_line(address)),
        None => channel,
    }
}
