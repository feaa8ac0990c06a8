//! Records of drills that were held, over HTTP.
//!
//! Owns the shape of their bodies, who may write and who may read them. A file
//! is only ever handed out to be saved, and a browser may run nothing of it.

use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json as Reply, Router};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::App;
use super::auth::{Caller, May, needs};
use super::body::{Json, line};
use super::drill_withdrawal;
use super::events::person;
use super::path::Path;
use super::problem::Problem;
use super::report::attached;
use crate::domain::drill::DrillKind;
use crate::domain::drill_duty::{Days, fiscal_year};
use crate::domain::drill_record::{DrillRecord, MinutesFile, Participant};
use crate::domain::id::RecordId;
use crate::domain::plan::Plan;
use crate::domain::roster::Roster;
use crate::domain::text::one_line;
use crate::report::drill_record::{self, Shown};
use crate::report::minutes::{self, FILES, LARGEST};

/// The largest body: base64 is a third longer, and there is more than files.
const BODY: usize = LARGEST / 3 * 4 + 128 * 1024;

/// The most that one drill's participants are named by.
const PARTICIPANTS: usize = 500;

/// The longest note, in characters.
const NOTE: usize = 2000;

/// A year before which no drill of this plan can have been.
const FIRST_YEAR: i16 = 2000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/api/v1/drill-records",
            post(keep).get(list).layer(DefaultBodyLimit::max(BODY)),
        )
        .route("/api/v1/drill-records/{id}", get(show))
        .route(
            "/api/v1/drill-records/{id}/withdraw",
            post(drill_withdrawal::withdraw),
        )
        .route("/api/v1/drill-records/{id}/files/{number}", get(file))
}

/// A record to be kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordBody {
    kind: String,
    date: String,
    participants: Vec<Value>,
    title: Option<String>,
    note: Option<String>,
    #[serde(default)]
    files: Vec<FileBody>,
}

/// A file that lies with it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileBody {
    name: String,
    /// In base64.
    content: String,
}

/// `POST /api/v1/drill-records`
async fn keep(
    State(app): State<App>,
    May(caller, _): May<needs::Drill>,
    request: Request,
) -> Result<Response, Problem> {
    let body = Json::<RecordBody>::from_request(request, &app).await;
    let Json(body) = body.map_err(|problem| {
        if problem.status != StatusCode::PAYLOAD_TOO_LARGE {
            return problem;
        }
        // Why: it is not read to its end, so nobody knows how large it is.
        let most = LARGEST >> 20;
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("大きすぎます。一件の記録に付けられるのは、あわせて {most} MiB までです"),
            format!("it is too large: the files of one record may be {most} MiB together"),
        )
    })?;
    let standing = app.engine.standing();
    let (mut record, files) = record(body, (&standing.plan, &caller), app.engine.now())?;
    let mut withdrawn = 0;
    while let Some(before) = app.engine.store().drill_record(&record.id).await? {
        if before.counts() {
            return Ok(answer(StatusCode::OK, &before, &standing.plan, true));
        }
        // Why: what was taken back by mistake is written down anew, beside it.
        withdrawn += 1;
        record.id = id(&record, &files, withdrawn);
    }
    app.engine.keep_drill_record(&record, files).await?;
    Ok(answer(StatusCode::CREATED, &record, &standing.plan, false))
}

pub(super) fn answer(
    status: StatusCode,
    record: &DrillRecord,
    plan: &Plan,
    duplicate: bool,
) -> Response {
    let mut value = shown(record, plan);
    value["duplicate"] = duplicate.into();
    (status, Reply(value)).into_response()
}

fn shown(record: &DrillRecord, plan: &Plan) -> Value {
    let language = plan.language;
    drill_record::json(record, Shown { plan, language })
}

/// What a body asks to be kept, checked whole.
fn record(
    body: RecordBody,
    (plan, caller): (&Plan, &Caller),
    now: jiff::Timestamp,
) -> Result<(DrillRecord, Vec<Vec<u8>>), Problem> {
    let kind = kind(&body.kind)?;
    let held_on = day(&body.date, plan.time_zone.to_datetime(now).date())?;
    let participants = participants(&body.participants, &plan.roster)?;
    let (files, contents) = files(body.files)?;
    let title = line("title", body.title)?;
    let mut record = DrillRecord {
        id: RecordId::new(""),
        kind,
        held_on,
        title: title.unwrap_or_default(),
        note: note(body.note)?,
        participants,
        files,
        by: caller.principal.clone(),
        recorded_at: now,
        withdrawn: None,
    };
    record.id = id(&record, &contents, 0);
    Ok((record, contents))
}

fn kind(text: &str) -> Result<DrillKind, Problem> {
    DrillKind::parse(text).ok_or_else(|| {
        Problem::unacceptable(
            format!(
                "訓練の種類（kind）{text:?} はありません。tabletop（机上訓練）、contact（緊急連絡・確認訓練）、recovery（システム復旧訓練）のどれかを指定してください"
            ),
            format!("kind {text:?} is not known; write tabletop, contact or recovery"),
        )
    })
}

/// A day that was, or is.
fn day(text: &str, today: Date) -> Result<Date, Problem> {
    let text = text.trim();
    let day: Option<Date> = text.parse().ok().filter(|_| text.len() == 10);
    let Some(day) = day.filter(|day| day.year() >= FIRST_YEAR) else {
        return Err(Problem::unacceptable(
            format!(
                "実施日（date）{text:?} を読めません。2026-06-12 のように、{FIRST_YEAR}年以降の日付を書いてください"
            ),
            format!("date {text:?} is not read; write a day since {FIRST_YEAR} such as 2026-06-12"),
        ));
    };
    if day > today {
        return Err(Problem::unacceptable(
            format!(
                "実施日（date）{day} はまだ来ていません。実施した訓練だけを記録できます（今日は {today}）"
            ),
            format!(
                "date {day} has not come yet: only a drill that was held is recorded (today is {today})"
            ),
        ));
    }
    Ok(day)
}

/// Who took part: people of the roster as everywhere else, others by what is
/// written, or a number.
fn participants(named: &[Value], roster: &Roster) -> Result<Vec<Participant>, Problem> {
    let too_many = || {
        Problem::unacceptable(
            format!(
                "参加者（participants）を1人から{PARTICIPANTS}人まで、名簿の id か名前、または人数で書いてください"
            ),
            format!(
                "participants: name 1 to {PARTICIPANTS}, by id or name, or say how many they were"
            ),
        )
    };
    // Invariant: nobody is looked for before it is known to be few enough.
    if named.len() > PARTICIPANTS {
        return Err(too_many());
    }
    let mut participants = Vec::new();
    for value in named {
        let said = match value {
            Value::String(text) => one_line(text),
            Value::Number(number) => number.to_string(),
            other => {
                return Err(Problem::unacceptable(
                    format!("参加者（participants）の {other} は名前でも人数でもありません"),
                    format!("participants: {other} is neither a name nor a number"),
                ));
            }
        };
        if said.is_empty() {
            continue;
        }
        let one = participant(&said, roster)?;
        if !participants.contains(&one) {
            participants.push(one);
        }
    }
    if participants.is_empty() {
        return Err(too_many());
    }
    Ok(participants)
}

fn participant(said: &str, roster: &Roster) -> Result<Participant, Problem> {
    let digits = said.strip_suffix('人').unwrap_or(said);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = digits
            .parse()
            .ok()
            .filter(|number| (1..=100_000).contains(number));
        return number.map(Participant::Number).ok_or_else(|| {
            Problem::unacceptable(
                format!("参加者の人数 {said:?} を読めません"),
                format!("participants: {said:?} is no number of people"),
            )
        });
    }
    if said.chars().count() > 100 {
        return Err(Problem::unacceptable(
            "参加者の名前が長すぎます。100文字までにしてください",
            "participants: a name has 100 characters at most",
        ));
    }
    match person(roster, "participants", said) {
        Ok(id) => {
            let name = roster.people.get(&id).map(|person| person.name.clone());
            Ok(Participant::Person(id, name.unwrap_or_default()))
        }
        // Why: two of one name are to be told apart; whom the roster does not
        // have is a guest.
        Err(problem) if is_ambiguous(roster, said) => Err(problem),
        Err(_) => Ok(Participant::Guest(said.to_owned())),
    }
}

fn is_ambiguous(roster: &Roster, said: &str) -> bool {
    let people = roster.people.values();
    people
        .filter(|it| *it.name.ja == *said || *it.name.en == *said)
        .count()
        > 1
}

fn note(note: Option<String>) -> Result<Option<String>, Problem> {
    let lines = note.as_deref().unwrap_or_default().lines().map(one_line);
    let note = lines.collect::<Vec<_>>().join("\n").trim().to_owned();
    if note.chars().count() > NOTE {
        return Err(Problem::unacceptable(
            format!("備考（note）は {NOTE} 文字までにし、長いものはファイルにしてください"),
            format!("note: {NOTE} characters are taken; put what is longer into a file"),
        ));
    }
    Ok((!note.is_empty()).then_some(note))
}

/// The files, each looked at, and what they hold.
fn files(bodies: Vec<FileBody>) -> Result<(Vec<MinutesFile>, Vec<Vec<u8>>), Problem> {
    if bodies.len() > FILES {
        return Err(Problem::unacceptable(
            format!("一件の記録に付けられるファイルは {FILES} つまでです"),
            format!("a record takes {FILES} files at most"),
        ));
    }
    let (mut files, mut contents) = (Vec::new(), Vec::new());
    for body in bodies {
        let content = BASE64_STANDARD
            .decode(body.content.as_bytes())
            .map_err(|error| {
                Problem::unacceptable(
                    format!(
                        "ファイル {:?} の content が base64 ではありません（{error}）",
                        body.name
                    ),
                    format!("the content of {:?} is not base64: {error}", body.name),
                )
            })?;
        let checked = minutes::checked(&body.name, &content);
        files.push(checked.map_err(|said| Problem::unacceptable(said.ja, said.en))?);
        contents.push(content);
    }
    let all: usize = contents.iter().map(Vec::len).sum();
    if all > LARGEST {
        let (ja, en) = minutes::too_large(all);
        return Err(Problem::unacceptable(ja, en));
    }
    Ok((files, contents))
}

/// The same drill written down again has the same name, whoever does it; a new
/// one after it was taken back.
fn id(record: &DrillRecord, contents: &[Vec<u8>], withdrawn: u32) -> RecordId {
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    };
    add(record.kind.name().as_bytes());
    add(record.held_on.to_string().as_bytes());
    add(record.title.as_bytes());
    add(record.note.as_deref().unwrap_or_default().as_bytes());
    let mut people: Vec<String> = record.participants.iter().map(drill_record::key).collect();
    people.sort_unstable();
    add(people.join("\n").as_bytes());
    for (file, content) in record.files.iter().zip(contents) {
        add(file.name.as_bytes());
        add(content);
    }
    if withdrawn > 0 {
        add(&withdrawn.to_be_bytes());
    }
    let digest = digest.finalize();
    let hex: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let day = record.held_on.strftime("%Y%m%d");
    RecordId::new(format!("r-{day}-{hex}"))
}

/// Which year is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    year: Option<i16>,
    #[serde(default)]
    calendar: bool,
}

/// `GET /api/v1/drill-records?year=2026`: those of a year from April to March;
/// of this one where none is named.
async fn list(
    State(app): State<App>,
    _may: May<needs::Read>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let today = standing.plan.time_zone.to_datetime(app.engine.now()).date();
    let asked = asked.map(|Query(asked)| asked).map_err(|_| no_year())?;
    let year = asked.year.unwrap_or_else(|| match asked.calendar {
        true => today.year(),
        false => fiscal_year(today),
    });
    let days = days(year, asked.calendar)?;
    let records = app
        .engine
        .store()
        .drill_records(days.first, days.last)
        .await?;
    let records = records.iter().map(|record| shown(record, &standing.plan));
    Ok(Reply(json!({
        "year": year,
        "from": days.first.to_string(),
        "until": days.last.to_string(),
        "records": records.collect::<Vec<_>>(),
    })))
}

/// A year's days.
pub(super) fn days(year: i16, calendar: bool) -> Result<Days, Problem> {
    let days = if calendar {
        Days::calendar(year)
    } else {
        Days::fiscal(year)
    };
    days.filter(|days| (FIRST_YEAR..=9000).contains(&days.first.year()))
        .ok_or_else(no_year)
}

pub(super) fn no_year() -> Problem {
    Problem::unacceptable(
        "年を読めません。?year=2026（2026年度、4月から翌年3月）か ?year=2026&calendar=true（2026年1月から12月）のように書いてください",
        "the year is not read; write ?year=2026 (April 2026 to March 2027), or ?year=2026&calendar=true (January to December 2026)",
    )
}

pub(super) async fn known(app: &App, id: &str) -> Result<DrillRecord, Problem> {
    let record = app.engine.store().drill_record(&RecordId::new(id)).await?;
    record.ok_or_else(|| {
        Problem::not_found(
            format!("訓練の記録 {id:?} はありません。muster drill records で一覧を見てください"),
            format!("there is no record {id:?} of a drill; `muster drill records` lists them"),
        )
    })
}

/// `GET /api/v1/drill-records/{id}`
async fn show(
    State(app): State<App>,
    _may: May<needs::Read>,
    Path(id): Path<String>,
) -> Result<Reply<Value>, Problem> {
    let record = known(&app, &id).await?;
    Ok(Reply(shown(&record, &app.engine.standing().plan)))
}

/// `GET /api/v1/drill-records/{id}/files/{number}`: to be saved.
async fn file(
    State(app): State<App>,
    _may: May<needs::Read>,
    Path((id, number)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    let record = known(&app, &id).await?;
    let file = number
        .checked_sub(1)
        .and_then(|at| record.files.get(at as usize));
    let content = app.engine.store().drill_file(&record.id, number).await?;
    let (Some(file), Some(content)) = (file, content) else {
        return Err(Problem::not_found(
            format!("記録 {id} に {number} 番目のファイルはありません"),
            format!("the record {id} has no file {number}"),
        ));
    };
    let mut response = content.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(file.kind.media_type()),
    );
    // Invariant: no browser opens it in this site's name.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'"),
    );
    let plain = format!("{}-{number}.{}", record.id, file.kind.ending());
    if let Ok(named) = HeaderValue::from_str(&attached(&plain, &file.name)) {
        headers.insert(header::CONTENT_DISPOSITION, named);
    }
    Ok(response)
}
