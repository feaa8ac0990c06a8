//! The drills of a year: every run and every record, what the plan wanted, and
//! who was never reached.
//!
//! Owns the gathering, one run after the other, and the names of the JSON's
//! fields; `message::report::year` owns the words and the page. It must not
//! decide anything, and shows an address only to whom it is told to.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::drill_record::{self, Shown};
use super::outcome::{self, Asked, failure, failures};
use super::status::time;
use crate::domain::drill_duty::{Days, Known, parts, standings};
use crate::domain::drill_record::DrillRecord;
use crate::domain::id::{CallOutId, PersonId};
use crate::domain::journal::Record;
use crate::domain::plan::Plan;
use crate::domain::readiness::Bounce;
use crate::domain::run::{Reached, Run, Sum, grouped, lost, percent, ran_as};
use crate::domain::text::{Language, Text};
use crate::message::report::Failure;
use crate::message::report::year::{Fulfilled, NeverReached, Series, StillDead, StoodIn, Year};
use crate::message::view::ComingDrill;
use crate::message::words;
use crate::store::Kept;

/// What is asked for, and who looks.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The plan in force.
    pub plan: &'a Plan,
    /// Which year.
    pub number: i16,
    /// Whether it is a calendar year.
    pub calendar: bool,
    /// Its days.
    pub days: Days,
    /// Whether addresses are shown (scope `admin`).
    pub addresses: bool,
    /// As of when.
    pub now: Timestamp,
}

/// What is known beside the runs.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// What was written down.
    pub records: &'a [DrillRecord],
    /// What counts as held.
    pub held: &'a Known,
    /// What is scheduled, soonest first; nothing for a year that is over.
    pub coming: &'a [ComingDrill],
    /// Addresses that bounced and have taken nothing since.
    pub bounces: &'a [Bounce],
}

/// Runs as they are handed over, oldest first.
#[derive(Debug, Default)]
pub struct Gathered {
    series: Vec<Series>,
    failed: HashMap<(CallOutId, PersonId), Vec<Failure>>,
    stood_in: Vec<StoodIn>,
}

impl Gathered {
    /// One more run.
    pub fn add(&mut self, kept: &Kept, records: &[Record], wanted: Wanted<'_>) {
        let run = Run::of(&kept.call_out, records);
        let asked = Asked {
            kept,
            records,
            earlier: &[],
            next: None,
            plan: wanted.plan,
            addresses: wanted.addresses,
            now: wanted.now,
        };
        let never = run.people.iter();
        let never = never.filter(|one| one.reached == Reached::Never);
        for (person, failures) in failures(asked, never.map(|one| &one.person)) {
            let key = (run.call_out.clone(), person);
            self.failed.insert(key, failures);
        }
        let stood_in = outcome::stood_in(asked);
        let event = &kept.call_out.event;
        let mut drills = wanted.plan.drills.values();
        let known = drills.find(|drill| ran_as(event, drill));
        let drill = known.map(|drill| drill.id.clone()).or(run.drill.clone());
        let title = match (known, &run.drill) {
            (Some(known), _) => known.title.clone(),
            (None, Some(id)) => Text::new(id.as_str(), ""),
            (None, None) => run.title.clone(),
        };
        let stood_in = stood_in.into_iter().map(|line| StoodIn {
            call_out: run.call_out.clone(),
            drill: title.clone(),
            line,
        });
        self.stood_in.extend(stood_in);
        let same = |series: &&mut Series| series.drill == drill && series.title == title;
        match self.series.iter_mut().find(same) {
            Some(series) => series.runs.push(run),
            None => self.series.push(Series {
                drill,
                title,
                runs: vec![run],
            }),
        }
    }

    /// The whole year.
    pub fn year(mut self, wanted: Wanted<'_>, beside: Beside<'_>) -> Year {
        let plan = wanted.plan;
        let today = plan.time_zone.to_datetime(wanted.now).date();
        let mut year = Year {
            organisation: plan.organisation.clone(),
            made_at: wanted.now,
            number: wanted.number,
            calendar: wanted.calendar,
            days: wanted.days,
            over: wanted.days.last < today,
            edition: plan.edition.clone(),
            edition_says: both(|language| words::edition(&plan.edition, &plan.roster, language)),
            series: std::mem::take(&mut self.series),
            duties: duties(wanted, beside.held, today),
            records: beside.records.to_vec(),
            coming: beside.coming.to_vec(),
            stood_in: std::mem::take(&mut self.stood_in),
            never: Vec::new(),
            dead: dead(wanted, beside.bounces),
        };
        let never = lost(&year.runs()).into_iter().map(|lost| {
            let key = (lost.call_out.clone(), lost.person.person.clone());
            NeverReached {
                failures: self.failed.remove(&key).unwrap_or_default(),
                lost,
            }
        });
        year.never = never.collect();
        year
    }
}

fn both(say: impl Fn(Language) -> String) -> Text {
    Text::new(say(Language::Ja), say(Language::En))
}

fn duties(wanted: Wanted<'_>, held: &Known, today: jiff::civil::Date) -> Vec<Fulfilled> {
    let terms = &wanted.plan.drill_terms;
    let standings = standings(terms, held, today);
    let duties = terms.duties.iter().zip(standings);
    duties
        .map(|(duty, standing)| Fulfilled {
            duty: *duty,
            parts: parts(*duty, wanted.days, held, today),
            standing: wanted.days.contains(today).then_some(standing),
        })
        .collect()
}

/// Addresses that were refused as unknown up to the end of the year and stand
/// in the roster still.
fn dead(wanted: Wanted<'_>, bounces: &[Bounce]) -> Vec<StillDead> {
    let plan = wanted.plan;
    let still = bounces.iter().filter(|bounce| {
        let contacts = plan.roster.contacts(&bounce.person);
        let day = plan.time_zone.to_datetime(bounce.since).date();
        let known = contacts.is_some_and(|contacts| contacts.contains(&bounce.contact));
        known && wanted.days.contains(day)
    });
    let dead = still.map(|bounce| {
        let person = plan.roster.people.get(&bounce.person);
        StillDead {
            person: bounce.person.clone(),
            name: person.map_or_else(
                || Text::new(bounce.person.as_str(), ""),
                |person| person.name.clone(),
            ),
            channel: bounce.contact.channel.clone(),
            address: wanted.addresses.then(|| bounce.contact.address.to_string()),
            since: bounce.since,
            call_out: bounce.call_out.clone(),
        }
    });
    dead.collect()
}

/// The report as JSON.
pub fn json(year: &Year, plan: &Plan) -> Value {
    let language = plan.language;
    let zone = &plan.time_zone;
    let drills = year.series.iter().map(|series| {
        json!({
            "drill": series.drill.as_ref().map(|id| id.as_str()),
            "title": series.title.get(language),
            "runs": series.runs.iter().map(|run| outcome::run(run, plan)).collect::<Vec<_>>(),
        })
    });
    let shown = Shown { plan, language };
    let records = year.records.iter().map(|it| drill_record::json(it, shown));
    let never = year.never.iter().map(|never| {
        let one = &never.lost.person;
        let why = never.failures.iter().map(|it| failure(it, plan));
        json!({
            "person": one.person.as_str(),
            "name": one.name.get(language),
            "section": one.section.get(language),
            "runs": never.lost.runs,
            "last_call_out": never.lost.call_out.as_str(),
            "last_at": time(never.lost.last_at, zone),
            "failures": why.collect::<Vec<_>>(),
        })
    });
    let dead = year.dead.iter().map(|it| still_dead(it, plan));
    let runs = year.runs();
    let sections = grouped(&runs, |one| &one.section);
    let sections = sections.iter().map(|(name, it)| {
        let mut value = sum(it);
        value["name"] = name.get(language).into();
        value
    });
    let mut stages = grouped(&runs, |one| one.stage);
    stages.sort_by_key(|(stage, _)| *stage);
    let stages = stages.iter().map(|(number, it)| {
        let mut value = sum(it);
        value["stage"] = (*number).into();
        value
    });
    json!({
        "drill": true,
        "year": year.number,
        "calendar": year.calendar,
        "from": year.days.first.to_string(),
        "until": year.days.last.to_string(),
        "says": words::drills::year(year.number, year.calendar, year.days, Language::Ja),
        "says_en": words::drills::year(year.number, year.calendar, year.days, Language::En),
        "over": year.over,
        "made_at": time(year.made_at, zone),
        "edition": year.edition.label(),
        "all": sum(&Sum::of(runs.iter().flat_map(|run| &run.people))),
        "drills": drills.collect::<Vec<_>>(),
        "sections": sections.collect::<Vec<_>>(),
        "stages": stages.collect::<Vec<_>>(),
        "duties": year.duties.iter().map(fulfilled).collect::<Vec<_>>(),
        "records": records.collect::<Vec<_>>(),
        "coming": year.coming.iter().map(|it| coming(it, plan)).collect::<Vec<_>>(),
        "stood_in": year.stood_in.iter().map(|it| stood_in(it, plan)).collect::<Vec<_>>(),
        "never_reached": never.collect::<Vec<_>>(),
        "dead_addresses": dead.collect::<Vec<_>>(),
    })
}

fn coming(coming: &ComingDrill, plan: &Plan) -> Value {
    let mut value = outcome::foretold(&coming.when, plan);
    value["drill"] = coming.drill.as_str().into();
    value["title"] = coming.title.get(plan.language).into();
    value
}

fn stood_in(one: &StoodIn, plan: &Plan) -> Value {
    json!({
        "call_out": one.call_out.as_str(),
        "drill": one.drill.get(plan.language),
        "at": time(one.line.at, &plan.time_zone),
        "by": one.line.by.as_ref().map(|by| by.get(plan.language)),
        "text": one.line.text.get(plan.language),
        "text_en": one.line.text.en,
    })
}

fn still_dead(dead: &StillDead, plan: &Plan) -> Value {
    let mut value = json!({
        "person": dead.person.as_str(),
        "name": dead.name.get(plan.language),
        "channel": dead.channel.to_string(),
        "since": time(dead.since, &plan.time_zone),
        "call_out": dead.call_out.as_ref().map(CallOutId::as_str),
    });
    if let Some(address) = &dead.address {
        value["address"] = address.as_str().into();
    }
    value
}

fn sum(sum: &Sum) -> Value {
    json!({
        "called": sum.called,
        "reached": sum.reached,
        "answered": sum.answered,
        "answered_percent": percent(sum.answered, sum.called),
        "times": outcome::times_json(&sum.times),
    })
}

fn fulfilled(fulfilled: &Fulfilled) -> Value {
    let parts = fulfilled.parts.iter().map(|part| {
        json!({
            "from": part.days.first.to_string(),
            "until": part.days.last.to_string(),
            "done": part.done,
            "missed": part.missed,
        })
    });
    let standing = fulfilled.standing.as_ref();
    json!({
        "what": fulfilled.duty.what.name(),
        "every": fulfilled.duty.every.name(),
        "done": fulfilled.done(),
        "parts": parts.collect::<Vec<_>>(),
        "state": standing.map(|it| it.state.name()),
        "due": standing.map(|it| it.due.to_string()),
        "last": standing.and_then(|it| it.last).map(|day| day.to_string()),
    })
}
