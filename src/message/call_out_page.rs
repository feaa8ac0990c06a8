//! The page of one call-out: by target, by section, by person, time line.
//!
//! Owns what stands on it. It must show no address: who is signed in may
//! read, but need not know how each is reached.

use std::collections::HashMap;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;

use crate::domain::acknowledgement::{Acknowledgement, Via};
use crate::domain::call_out::{Counts, Participant, Standing};
use crate::domain::id::PersonId;
use crate::domain::text::one_line;

use super::board::{self, Card};
use super::chart;
use super::page::{Frame, Kind};
use super::view::{CallOutSummary, CallOutView, NotificationRow};
use super::words::{self, Commands, Page, fill};
use super::{Error, Messages, dates};

#[derive(Serialize)]
struct Section {
    name: String,
    called: u32,
    coming: u32,
    arrived: u32,
    cannot: u32,
    unanswered: u32,
    unreachable: u32,
}

#[derive(Serialize)]
struct Said {
    detail: Vec<String>,
    note: Option<String>,
    doubtful: bool,
}

#[derive(Serialize)]
struct Message {
    class: &'static str,
    what: String,
    error: Option<String>,
}

#[derive(Serialize)]
struct Person {
    name: String,
    section: String,
    role: String,
    standing: String,
    class: &'static str,
    said: Option<Said>,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Line {
    machine: String,
    day: String,
    time: String,
    text: String,
}

#[derive(Serialize)]
struct Whole {
    p: Frame,
    at: String,
    card: Card,
    source: String,
    instruction: String,
    edition: String,
    sections: Vec<Section>,
    people: Vec<Person>,
    vendors: Vec<Person>,
    timeline: Vec<Line>,
    chart: String,
    done: Option<&'static str>,
    renews: Option<String>,
}

impl Messages {
    /// The page of one call-out.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] when the template does not hold.
    pub fn call_out_page(&self, view: &CallOutView<'_>) -> Result<String, Error> {
        let (call_out, language) = (view.call_out, view.language);
        let card = self.card(&CallOutSummary::new(call_out), view.reader, language);
        let title = one_line(call_out.title.get(language));
        let frame = self
            .frame(Kind::of_call_out(call_out), title, language)
            .renewed(view.refresh_secs);
        let w = Commands::of(language);
        let context = Whole {
            p: match view.reader {
                Some(reader) => frame.read_by(reader),
                None => frame,
            },
            done: view.done.then_some(w.done),
            at: self.as_of(view.now, language),
            card,
            source: one_line(&format!("{} {}", call_out.rule, call_out.source)),
            instruction: one_line(call_out.instruction.get(language)),
            edition: words::edition(&call_out.edition, call_out, language),
            sections: sections(view),
            people: self.people(view, false),
            vendors: self.people(view, true),
            timeline: self.lines(view),
            chart: chart::svg(
                &chart::Facts::of(call_out, view.records, view.now),
                &self.settings.time_zone,
                language,
            ),
            renews: board::renews(view.refresh_secs, language),
        };
        self.render("call_out.html", &context)
    }

    /// Staff, or the vendors' desks, which stand apart.
    fn people(&self, view: &CallOutView<'_>, vendors: bool) -> Vec<Person> {
        let mut by_person: HashMap<&PersonId, Vec<&NotificationRow>> = HashMap::new();
        for row in view.notifications {
            by_person.entry(&row.person).or_default().push(row);
        }
        let people = view.call_out.participants.values();
        let mut people: Vec<&Participant> = people
            .filter(|person| person.is_vendor() == vendors)
            .collect();
        people.sort_by_key(|person| !person.is_called());
        let person = |person: &Participant| {
            let rows = by_person.get(&person.person);
            let rows = rows.map(Vec::as_slice).unwrap_or_default();
            self.person(person, rows, view)
        };
        let mut people: Vec<Person> = people.into_iter().map(person).collect();
        if !vendors {
            people.extend(self.passed_over(view));
        }
        people
    }

    /// Whoever is passed over because they are away, and is not in it besides.
    fn passed_over(&self, view: &CallOutView<'_>) -> Vec<Person> {
        let (call_out, language) = (view.call_out, view.language);
        let out = call_out.passed_over();
        let out = out.filter(|(id, _)| !call_out.participants.contains_key(*id));
        let row = |(id, until): (&PersonId, Timestamp)| Person {
            name: one_line(words::known(id, call_out).get(language)),
            section: String::new(),
            role: Page::of(language).passed_over_role.to_owned(),
            standing: words::away(until, &self.settings.time_zone, language),
            class: "told",
            said: None,
            messages: Vec::new(),
        };
        out.map(row).collect()
    }

    fn person(
        &self,
        person: &Participant,
        rows: &[&NotificationRow],
        view: &CallOutView<'_>,
    ) -> Person {
        let language = view.language;
        let standing = person.standing();
        let role = if person.is_called() && person.called_stage > 0 {
            let stage = person.called_stage.to_string();
            fill(Page::of(language).called_in, &[("stage", &stage)])
        } else {
            words::part(person.part, language).to_owned()
        };
        let asked = person.is_called() || person.is_vendor();
        let mut away = view.call_out.passed_over();
        let away = away.find(|(id, _)| **id == person.person);
        let away = away.map(|(_, until)| until);
        let is_told = !asked && standing == Standing::Silent;
        Person {
            name: one_line(person.name.get(language)),
            section: section(person, view),
            role,
            standing: match (person.reply(), away) {
                (None, Some(until)) => words::away(until, &self.settings.time_zone, language),
                _ if is_told => "–".to_owned(),
                (Some(reply), _) if person.is_vendor() => {
                    words::vendor_reply(reply, language).to_owned()
                }
                _ => words::standing(standing, language).to_owned(),
            },
            class: if is_told { "told" } else { class(standing) },
            said: person.answer.as_ref().map(|answer| self.said(answer, view)),
            messages: rows.iter().map(|row| self.message(row, view)).collect(),
        }
    }

    fn said(&self, answer: &Acknowledgement, view: &CallOutView<'_>) -> Said {
        let (zone, language) = (&self.settings.time_zone, view.language);
        let said = &answer.answer;
        let w = Page::of(language);
        let mut detail = vec![dates::near(answer.at, view.now, zone, language)];
        if answer.doubtful {
            detail.push(words::reply_of(&said.person, said.reply, language).to_owned());
        }
        if let Some(minutes) = said.eta_minutes {
            let at = dates::expected(answer.at, minutes);
            let at = dates::near(at, view.now, zone, language);
            detail.push(fill(w.expected_at, &[("at", &at)]));
        }
        detail.push(match &said.via {
            Via::Link(_) | Via::Reply => words::via(&said.via, language),
            Via::OnBehalf => {
                let by = words::principal(&said.by, view.call_out, language);
                fill(w.recorded_by, &[("by", &by)])
            }
        });
        Said {
            detail,
            note: said.note.as_deref().map(one_line),
            doubtful: answer.doubtful,
        }
    }

    fn message(&self, row: &NotificationRow, view: &CallOutView<'_>) -> Message {
        let (zone, language) = (&self.settings.time_zone, view.language);
        let mut what = vec![
            words::channel(&row.channel, language),
            words::purpose(row.purpose, language).to_owned(),
            words::notification_state(row.state, language).to_owned(),
        ];
        if row.attempts > 1 {
            let count = row.attempts.to_string();
            what.push(fill(Page::of(language).attempts, &[("count", &count)]));
        }
        what.extend(row.at.map(|at| dates::near(at, view.now, zone, language)));
        Message {
            class: row.state.name(),
            what: what.join(" "),
            error: row
                .error
                .as_deref()
                .map(|error| words::bounced(&one_line(error), language)),
        }
    }

    fn lines(&self, view: &CallOutView<'_>) -> Vec<Line> {
        let (zone, language) = (&self.settings.time_zone, view.language);
        let line = |record: &crate::domain::journal::Record| Line {
            machine: dates::rfc3339(record.at, zone),
            day: dates::day_of(record.at, zone, language),
            time: dates::to_the_second(record.at, zone),
            text: self.say(record, view.call_out, language),
        };
        view.records.iter().rev().map(line).collect()
    }
}

/// Where a person works; the systems that a vendor's desk is asked about.
fn section(person: &Participant, view: &CallOutView<'_>) -> String {
    let (call_out, language) = (view.call_out, view.language);
    match call_out.help_of(&person.person) {
        Some(help) => words::systems(&help.systems, call_out, language),
        None => one_line(person.section_name.get(language)),
    }
}

fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Silent => "silent",
        Standing::Coming => "coming",
        Standing::Arrived => "arrived",
        Standing::Cannot => "cannot",
        Standing::Received => "received",
        Standing::Accepted | Standing::Remote => "coming",
        Standing::Unreachable => "lost",
    }
}

/// The called people of each section, in the order in which it was first met.
fn sections(view: &CallOutView<'_>) -> Vec<Section> {
    let mut sections: IndexMap<_, Vec<&Participant>> = IndexMap::new();
    for person in view.call_out.participants.values() {
        if person.is_called() {
            sections.entry(&person.section).or_default().push(person);
        }
    }
    let section = |people: Vec<&Participant>| {
        let name = people
            .first()
            .map(|person| person.section_name.get(view.language));
        let name = one_line(name.unwrap_or_default());
        let counts = Counts::of(people);
        Section {
            name,
            called: counts.called,
            coming: counts.coming,
            arrived: counts.arrived,
            cannot: counts.cannot,
            unanswered: counts.unanswered,
            unreachable: counts.unreachable,
        }
    };
    sections.into_values().map(section).collect()
}
