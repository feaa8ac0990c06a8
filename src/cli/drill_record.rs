//! `muster drill record`, `records` and `withdraw`: drills that were held and
//! written down.
//!
//! Owns the reading of the files, and what is printed. What is taken is the
//! daemon's to say.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::absent::segment;
use super::arguments::Global;
use super::client::Client;
use super::failure::Failure;
use super::output::{self, both, label};
use super::table::Table;
use crate::domain::drill::DrillKind;
use crate::domain::text::Language;
use crate::message::words;
use crate::report::minutes::{self, LARGEST};

/// `muster drill record`
#[derive(Debug, Args)]
pub(super) struct DrillRecord {
    /// Which kind of drill
    #[arg(long, value_enum)]
    kind: KindArgument,
    /// The day on which it was held, for example 2026-06-12
    #[arg(long, value_name = "DATE")]
    date: String,
    /// Who took part, separated by commas: ids, posts or names, guests as they are written, or a number
    #[arg(long, value_name = "PEOPLE", required = true, value_delimiter = ',')]
    participants: Vec<String>,
    /// What it was about
    #[arg(long)]
    title: Option<String>,
    /// Anything else
    #[arg(long)]
    note: Option<String>,
    /// Minutes or a rehearsal to keep with it: pdf, docx, xlsx, odt, txt, md, csv, png, jpg, or the json
    /// of a rehearsal; repeatable
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// The plan's kinds of drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindArgument {
    /// D1, 机上訓練
    Tabletop,
    /// D2, 緊急連絡・確認訓練
    Contact,
    /// D3, システム復旧訓練
    Recovery,
}

impl KindArgument {
    const fn kind(self) -> DrillKind {
        match self {
            Self::Tabletop => DrillKind::Tabletop,
            Self::Contact => DrillKind::Contact,
            Self::Recovery => DrillKind::Recovery,
        }
    }
}

/// `muster drill records`
#[derive(Debug, Args)]
pub(super) struct DrillRecords {
    /// The year from April to March; this one where nothing is said
    #[arg(long)]
    year: Option<i16>,
}

const PATH: &str = "/api/v1/drill-records";

/// Keeps a record.
pub(super) async fn record(global: &Global, record: &DrillRecord) -> Result<(), Failure> {
    let files = record.files.iter().map(|file| read(file));
    let files = files.collect::<Result<Vec<Value>, Failure>>()?;
    // Why: lists are written in Japanese with their own comma.
    let participants = record.participants.iter();
    let participants: Vec<&str> = participants
        .flat_map(|said| said.split(['、', '，']))
        .map(str::trim)
        .collect();
    let body = json!({
        "kind": record.kind.kind().name(),
        "date": record.date,
        "participants": participants,
        "title": record.title,
        "note": record.note,
        "files": files,
    });
    let kept = Client::new(global)?.post(PATH, &body).await?;
    if global.json {
        output::json(&kept);
        return Ok(());
    }
    let id = kept["record"].as_str().unwrap_or_default();
    output::say(&if kept["duplicate"] == true {
        both(
            &format!("すでに記録されています: {id}"),
            "recorded before; nothing is changed",
        )
    } else {
        both(&format!("記録しました: {id}"), "recorded")
    });
    output::item("参加", "participants", &people(&kept, global.language()));
    for file in list(&kept["files"]) {
        let name = file["name"].as_str().unwrap_or_default();
        let bytes = file["bytes"].as_u64().unwrap_or_default();
        output::item("ファイル", "file", &format!("{name} ({bytes} B)"));
    }
    Ok(())
}

/// Takes a record back.
pub(super) async fn withdraw(global: &Global, id: &str, reason: &str) -> Result<(), Failure> {
    let path = format!("{PATH}/{}/withdraw", segment(id));
    let taken = Client::new(global)?
        .post(&path, &json!({ "reason": reason }))
        .await?;
    if global.json {
        output::json(&taken);
        return Ok(());
    }
    let id = taken["record"].as_str().unwrap_or_default();
    output::say(&if taken["duplicate"] == true {
        both(
            &format!("すでに取り下げられています: {id}"),
            "withdrawn before; nothing is changed",
        )
    } else {
        both(&format!("記録を取り下げました: {id}"), "withdrawn")
    });
    let said = taken["withdrawn"]["reason"].as_str().unwrap_or_default();
    output::item("理由", "reason", said);
    Ok(())
}

/// A file as it is sent; one that is too large is not read to its end.
fn read(file: &Path) -> Result<Value, Failure> {
    use std::io::Read as _;
    let unread = |error: &std::io::Error| {
        let file = file.display();
        Failure::usage(
            format!("{file} を読めません（{error}）"),
            format!("{file} cannot be read: {error}"),
        )
    };
    let opened = std::fs::File::open(file).map_err(|error| unread(&error))?;
    let mut content = Vec::new();
    let most = LARGEST as u64 + 1;
    let read = opened.take(most).read_to_end(&mut content);
    read.map_err(|error| unread(&error))?;
    if content.len() > LARGEST {
        let whole = std::fs::metadata(file).map_or(most, |about| about.len());
        let whole = usize::try_from(whole).unwrap_or(usize::MAX);
        let (ja, en) = minutes::too_large(whole);
        let file = file.display();
        return Err(Failure::refused(
            format!("{file}: {ja}"),
            format!("{file}: {en}"),
        ));
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Ok(json!({ "name": name, "content": BASE64_STANDARD.encode(content) }))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// That a record was taken back, and why.
fn withdrawn(record: &Value) -> String {
    let reason = record["withdrawn"]["reason"].as_str();
    reason.map_or_else(String::new, |reason| {
        format!("{}: {reason}", label("取下げ", "withdrawn"))
    })
}

/// Who took part, on one line; guests as such.
fn people(record: &Value, language: Language) -> String {
    let english = language == Language::En;
    let one = |one: &Value| match (&one["name"], &one["guest"], &one["number"]) {
        (Value::String(name), ..) => name.clone(),
        (_, Value::String(guest), _) => {
            if english {
                format!("{guest} (guest)")
            } else {
                format!("{guest}（名簿外）")
            }
        }
        (_, _, number) if english => format!("{number} people"),
        (_, _, number) => format!("{number}人"),
    };
    let people: Vec<String> = list(&record["participants"]).iter().map(one).collect();
    people.join(if english { ", " } else { "、" })
}

/// Prints the records of a year.
pub(super) async fn records(global: &Global, asked: &DrillRecords) -> Result<(), Failure> {
    let path = match asked.year {
        Some(year) => format!("{PATH}?year={year}"),
        None => PATH.to_owned(),
    };
    let found = Client::new(global)?.get(&path).await?;
    if global.json {
        output::json(&found);
        return Ok(());
    }
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let (from, until) = (text(&found, "from"), text(&found, "until"));
    let year = found["year"].as_i64().unwrap_or_default();
    output::say(&both(
        &format!("{year}年度の記録（{from} から {until} まで）"),
        &format!("records of the year {year} ({from} to {until})"),
    ));
    let mut table = Table::new([
        label("実施日", "date"),
        label("種類", "kind"),
        label("件名", "title"),
        label("人数", "people"),
        label("ファイル", "files"),
        label("記録", "record"),
        label("備考", "note"),
    ]);
    for record in list(&found["records"]) {
        let kind = text(record, "kind");
        let kind = DrillKind::parse(&kind).map_or(kind, |kind| {
            words::drill_kind(kind, global.language()).to_owned()
        });
        let heads = record["heads"].as_u64().unwrap_or_default();
        table.row([
            text(record, "date"),
            kind,
            text(record, "title"),
            heads.to_string(),
            list(&record["files"]).len().to_string(),
            text(record, "record"),
            withdrawn(record),
        ]);
    }
    output::table(&table);
    Ok(())
}
