//! The answers of a rehearsal, as a file says them: TOML, or a table of
//! comma-separated values.
//!
//! Owns both forms, and what may stand in a line. Every problem is said at
//! once with its place, as for the plan's own files; with one of them nothing
//! is played.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::findings::{Findings, Place};
use super::noun::{meant, noun};
use super::parse;
use super::problem::Problems;
use super::schema::{Key, Shape, may, must, walk};
use super::source::Source;
use super::table::{Table, Word, WordOrNumber};
use super::value::{choice, duration, nearest, suggest};
use crate::domain::acknowledgement::{ETA_MINUTES, Reply};
use crate::domain::id::PersonId;
use crate::domain::roster::Roster;
use crate::domain::rule::Decision;
use crate::domain::text::{Language, Text};
use crate::http;
use crate::report::rehearse::{Deciding, Imagined, Report, Said, Script, Scripted, Spoken};

/// The keys of a line, and the columns of a table.
const KEYS: [&str; 5] = ["person", "answer", "after", "eta", "arrives"];

const FILE: &[Key] = &[
    may("answer", Shape::Tables(ANSWER)),
    may("grow", Shape::Tables(GROW)),
];

const ANSWER: &[Key] = &[
    must("person", Shape::Text),
    must("answer", Shape::Text),
    may("after", Shape::Text),
    may("eta", Shape::Text),
    may("arrives", Shape::Text),
];

const GROW: &[Key] = &[
    must("after", Shape::Text),
    must("event", Shape::Table(super::raw::rules::EVENT)),
];

/// What a line makes a person do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Answers(Reply),
    Decides(Decision),
    Says(Said),
    Silent,
    Unreachable,
}

const DOES: [(&str, Does); 10] = [
    ("coming", Does::Answers(Reply::Coming)),
    ("arrived", Does::Answers(Reply::Arrived)),
    ("cannot", Does::Answers(Reply::Cannot)),
    ("received", Does::Answers(Reply::Received)),
    ("silent", Does::Silent),
    ("unreachable", Does::Unreachable),
    ("muster", Does::Decides(Decision::Muster)),
    (
        "handle-in-section",
        Does::Decides(Decision::HandleInSection),
    ),
    ("confirm", Does::Says(Said::Confirm)),
    ("cancel", Does::Says(Said::Cancel)),
];

/// One line, before it is checked.
#[derive(Debug, Default)]
struct Row<'a> {
    place: Option<Place>,
    cells: HashMap<&'static str, Word<'a>>,
}

/// Reads an answers file: a table if its name ends in `.csv`, TOML if not.
///
/// # Errors
///
/// Every problem of the file, with its line.
pub fn answers(source: &Source, roster: &Roster) -> Result<Script, Problems> {
    let mut findings = Findings::default();
    let page = findings.page(source);
    let script = if source.path.to_ascii_lowercase().ends_with(".csv") {
        let records = records(source, page, &mut findings);
        let rows = table_rows(&records, &mut findings);
        check(rows, roster, &mut findings)
    } else {
        let (entries, complete) = parse(source, page, &mut findings);
        let file = Table {
            place: Place::top(page),
            entries: &entries,
        };
        if complete {
            walk(file, FILE, &mut findings);
        }
        let rows = file.tables("answer").into_iter().map(toml_row).collect();
        let mut script = check(rows, roster, &mut findings);
        for table in file.tables("grow") {
            let after = table.text("after");
            let after = after.and_then(|word| duration(word, &mut findings));
            let event = table.table("event");
            let event = event.and_then(|event| later_report(event, roster, &mut findings));
            if let (Some(after), Some(event)) = (after, event) {
                script.reports.push(Report { after, event });
            }
        }
        script
    };
    let problems = findings.into_problems();
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(script)
}

/// An event as for `POST /api/v1/events`, and checked by the same code.
fn later_report(table: Table<'_>, roster: &Roster, findings: &mut Findings) -> Option<Imagined> {
    let mut body = serde_json::Map::new();
    for (name, _, (value, _)) in table.entries() {
        let read = match table.text_or_number(name) {
            Some(WordOrNumber::Word(word)) => word.text.into(),
            Some(WordOrNumber::Number(number, _)) => number.into(),
            None if value.is_array() => table
                .texts_or_numbers(name)
                .into_iter()
                .map(|item| match item {
                    WordOrNumber::Word(word) => Value::from(word.text),
                    WordOrNumber::Number(number, _) => number.into(),
                })
                .collect(),
            None => return None,
        };
        body.insert(name.to_owned(), read);
    }
    let body: Result<http::EventBody, _> = serde_json::from_value(body.into());
    let read = body.map_err(|error| Text::new("", error.to_string()));
    let read = read.and_then(|body| {
        let imagined = body.imagined(roster);
        imagined.map_err(|problem| problem.said)
    });
    match read {
        Ok(imagined) => Some(imagined),
        Err(said) => {
            let why = said.get(Language::Ja);
            let ja = format!("この続報は受け付けられません（{why}）");
            findings.error(table.place, ja, &said.en);
            None
        }
    }
}

fn toml_row(table: Table<'_>) -> Row<'_> {
    let cell = |key| table.text(key).map(|word| (key, word));
    Row {
        place: Some(table.place),
        cells: KEYS.into_iter().filter_map(cell).collect(),
    }
}

/// The records of a table, its head among them, each with its place.
fn records(
    source: &Source,
    page: usize,
    findings: &mut Findings,
) -> Vec<(Place, csv::StringRecord)> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(source.text.as_bytes());
    let mut records = Vec::new();
    for record in reader.records() {
        let at = |position: Option<&csv::Position>| {
            let start =
                position.map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
            let rest = source.text.get(start..).unwrap_or_default();
            let skipped = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
            let line = rest[skipped..].split(['\r', '\n']).next();
            let start = start + skipped;
            Place::new(page, &(start..start + line.unwrap_or_default().len()))
        };
        match record {
            Ok(record) => records.push((at(record.position()), record)),
            Err(error) => {
                let place = at(error.position());
                findings.error(
                    place,
                    format!("この行は読めません（{error}）"),
                    format!("this line cannot be read: {error}"),
                );
            }
        }
    }
    records
}

fn table_rows<'a>(
    records: &'a [(Place, csv::StringRecord)],
    findings: &mut Findings,
) -> Vec<Row<'a>> {
    let Some(((head, names), rows)) = records.split_first() else {
        return Vec::new();
    };
    let mut columns = Vec::new();
    for name in names {
        let name = name.trim_start_matches('\u{feff}');
        let known = KEYS.into_iter().find(|key| *key == name);
        if known.is_none() {
            findings
                .error(
                    *head,
                    format!("「{name}」という列はありません"),
                    format!("there is no column \"{name}\""),
                )
                .advise_both(suggest(name, &KEYS));
        }
        columns.push(known);
    }
    for key in ["person", "answer"] {
        if !columns.contains(&Some(key)) {
            findings
                .error(
                    *head,
                    format!("「{key}」の列がありません"),
                    format!("the column \"{key}\" is missing"),
                )
                .advise(
                    format!("1 行目を {} としてください", KEYS.join(",")),
                    format!("let the first line be {}", KEYS.join(",")),
                );
        }
    }
    if columns.contains(&None) || !columns.contains(&Some("person")) {
        return Vec::new();
    }
    rows.iter()
        .map(|(place, record)| {
            if record.len() > columns.len() {
                findings.error(
                    *place,
                    "1 行目より列の多い行です",
                    "this line has more cells than the first",
                );
            }
            let cells = columns.iter().flatten().zip(record);
            let cells = cells.filter(|(_, text)| !text.is_empty());
            let word = |text| Word {
                text,
                place: *place,
            };
            Row {
                place: Some(*place),
                cells: cells.map(|(key, text)| (*key, word(text))).collect(),
            }
        })
        .collect()
}

fn check(rows: Vec<Row<'_>>, roster: &Roster, findings: &mut Findings) -> Script {
    let mut script = Script::default();
    let mut times: HashMap<(PersonId, Duration), Place> = HashMap::new();
    let mut only: HashMap<PersonId, (Place, bool)> = HashMap::new();
    for row in &rows {
        let Some(line) = line(row, roster, findings) else {
            continue;
        };
        let Line {
            place,
            person,
            does,
            after,
        } = &line;
        let timed = matches!(does, Does::Answers(_));
        if let Some(before) = times.insert((person.clone(), *after), *place) {
            let before = findings.line(before);
            findings
                .error(
                    *place,
                    format!(
                        "{person} が同じ時刻に二つのことをします。もう一つは {before} 行目です"
                    ),
                    format!(
                        "{person} does two things at the same time; the other is in line {before}"
                    ),
                )
                .advise(
                    "どちらかを遅らせるか、消してください",
                    "let one of them be later, or take it out",
                );
            continue;
        }
        if !matches!(does, Does::Says(_) | Does::Decides(_))
            && let Some((before, other)) = only.insert(person.clone(), (*place, timed))
            && !(timed && other)
        {
            let before = findings.line(before);
            findings.error(
                *place,
                format!("{person} は、回答と無回答・不達とを兼ねられません。もう一つは {before} 行目です"), format!("{person} cannot answer and be silent or unreachable; the other is in line {before}"),
            );
            continue;
        }
        put(&line, row, &mut script, findings);
    }
    for conduct in script.people.values_mut() {
        conduct.answers.sort_by_key(|answer| answer.after);
    }
    script
}

/// A line whose person, answer and time are known.
struct Line {
    place: Place,
    person: PersonId,
    does: Does,
    after: Duration,
}

fn line(row: &Row<'_>, roster: &Roster, findings: &mut Findings) -> Option<Line> {
    let place = row.place?;
    let mut wanted = |key: &str| {
        let word = row.cells.get(key).copied();
        if word.is_none_or(|word| word.text.trim().is_empty()) {
            findings.error(
                place,
                format!("この行に「{key}」がありません"),
                format!("this line has no \"{key}\""),
            );
        }
        word.filter(|word| !word.text.trim().is_empty())
    };
    let (person, answer) = (wanted("person"), wanted("answer"));
    let person = person.and_then(|word| known(word, roster, findings));
    let does = answer.and_then(|word| choice(word, noun("回答", "answer"), &DOES, findings))?;
    let idle = matches!(does, Does::Silent | Does::Unreachable);
    let coming = does == Does::Answers(Reply::Coming);
    for (key, fits) in [("after", !idle), ("eta", coming), ("arrives", coming)] {
        if let Some(word) = row.cells.get(key).filter(|_| !fits) {
            let said = answer.map(|word| word.text).unwrap_or_default();
            findings.error(
                word.place,
                format!("「{said}」に「{key}」は付けられません"),
                format!("\"{said}\" has no \"{key}\""),
            );
        }
    }
    let after = match row.cells.get("after") {
        Some(word) => duration(*word, findings)?,
        None if idle => Duration::ZERO,
        None => {
            findings
                .error(
                    place,
                    "この行に、何分後かが書かれていません",
                    "this line does not say after how long",
                )
                .advise(
                    "after に \"12m\" のような時間を書いてください",
                    "add after, such as \"12m\"",
                );
            return None;
        }
    };
    Some(Line {
        place,
        person: person?,
        does,
        after,
    })
}

/// A person of the roster: id, post or name.
fn known(word: Word<'_>, roster: &Roster, findings: &mut Findings) -> Option<PersonId> {
    match http::person(roster, "person", word.text) {
        Ok(person) => Some(person),
        Err(problem) => {
            let people = roster.people.values();
            let near = people.flat_map(|person| [person.id.as_str(), &person.name.ja]);
            let near = nearest(word.text, near).map(meant);
            let Text { ja, en } = problem.said;
            let [ja, en] = [ja, en].map(|said| said.trim_start_matches("person: ").to_owned());
            findings
                .error(word.place, ja, en)
                .advise_both(near.unwrap_or_else(|| {
                    Text::new(
                        "roster.toml の id、職、氏名のどれかを書いてください",
                        "write an id, a post or a name of roster.toml",
                    )
                }));
            None
        }
    }
}

/// Puts a line into the script.
fn put(line: &Line, row: &Row<'_>, script: &mut Script, findings: &mut Findings) {
    let after = line.after;
    let reply = match line.does {
        Does::Answers(reply) => reply,
        Does::Says(what) => {
            let by = line.person.clone();
            script.words.push(Spoken { after, by, what });
            return;
        }
        Does::Decides(decision) => {
            let conduct = script.people.entry(line.person.clone()).or_default();
            let decision = Some(decision);
            conduct.decisions.push(Deciding { after, decision });
            return;
        }
        Does::Silent | Does::Unreachable => {
            let conduct = script.people.entry(line.person.clone()).or_default();
            conduct.unreachable = line.does == Does::Unreachable;
            return;
        }
    };
    let mut read = |key: &str| {
        let word = row.cells.get(key).copied()?;
        duration(word, findings).map(|time| (time, word.place))
    };
    let (eta, arrives) = (read("eta"), read("arrives"));
    let minutes = eta.and_then(|(eta, place)| minutes(eta, place, findings));
    let answers = &mut script
        .people
        .entry(line.person.clone())
        .or_default()
        .answers;
    answers.push(Scripted {
        after,
        reply,
        eta_minutes: minutes,
    });
    match arrives {
        Some((at, _)) if at > after => answers.push(Scripted {
            after: at,
            reply: Reply::Arrived,
            eta_minutes: None,
        }),
        Some((_, place)) => {
            findings
                .error(
                    place,
                    "回答より先に到着することになっています",
                    "they would arrive before they answer",
                )
                .advise(
                    "arrives も after と同じく、招集からの時間で書いてください",
                    "arrives counts from the call, as after does",
                );
        }
        None => {}
    }
}

/// The minutes until an arrival.
fn minutes(eta: Duration, place: Place, findings: &mut Findings) -> Option<u32> {
    let minutes = u32::try_from(eta.as_secs() / 60).ok();
    let minutes = minutes.filter(|minutes| (1..=ETA_MINUTES).contains(minutes));
    if minutes.is_none() {
        findings
            .error(
                place,
                "到着の見込みは 1 分後から 1 週間後までです",
                "an arrival is a minute to a week away",
            )
            .advise(
                "\"30m\" のように書いてください",
                "write for example \"30m\"",
            );
    }
    minutes
}
