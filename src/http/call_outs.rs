//! Call-outs over HTTP: seen, and answered for somebody.
//!
//! Owns the shape of an answer's body; [`super::words`] has the other commands; `report::status` owns the shape of what is
//! shown.

use axum::Json as Reply;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::auth::{Caller, May, Scope, needs};
use super::body::Json;
use super::editions::notices_json;
use super::help::answerer;
use super::path::Path;
use super::problem::Problem;
use crate::domain::acknowledgement::{Answer, ETA_MINUTES, NOTE_CHARS, Reply as Said, Via};
use crate::domain::call_out::CallOut;
use crate::domain::id::CallOutId;
use crate::domain::text::{Language, one_line};
use crate::engine;
use crate::message::words::alarm::call_out_damaged;
use crate::report::status::{self, Shown};
use crate::store::Kept;

/// The most call-outs in one list.
const LISTED: u32 = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    open: bool,
    #[serde(default)]
    notices: bool,
}

/// `GET /api/v1/call-outs`
pub(super) async fn list(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Reply<Value>, Problem> {
    let Query(wanted) = wanted.map_err(|_| {
        Problem::unacceptable(
            "指定を読めません。?open=true か ?notices=true と書いてください",
            "the query is not acceptable; write ?open=true or ?notices=true",
        )
    })?;
    let standing = app.engine.standing();
    let mut call_outs = Vec::new();
    let store = app.engine.store();
    // Why: a notice is closed from the first, so none of them is open.
    let listed = if wanted.notices && !wanted.open {
        store.with_notices(LISTED).await?
    } else {
        store.call_outs(wanted.open, LISTED).await?
    };
    let mut damaged = Vec::new();
    for summary in listed {
        let shown = Shown {
            plan: &standing.plan,
            language: caller.reads(&standing.plan),
            addresses: false,
        };
        let look = |call_out: &CallOut| status::summary(call_out, shown);
        match seen(&app, &summary.id, look).await? {
            Some(summary) => call_outs.push(summary),
            None => damaged.push(call_out_damaged(&summary.id)),
        }
    }
    Ok(Reply(json!({
        "call_outs": call_outs,
        "clashes": status::clashes(&app.engine.clashes(), None, &standing.plan),
        "notices": notices_json(&app, damaged),
    })))
}

/// What a list shows of a call-out; nothing where its record is damaged.
///
/// Why: those who lead see the others, whatever the disk has made of one.
pub(super) async fn seen<T>(
    app: &App,
    id: &CallOutId,
    look: impl FnOnce(&CallOut) -> T,
) -> Result<Option<T>, Problem> {
    match app.engine.view(id, look).await {
        Ok(seen) => Ok(Some(seen)),
        // It was in the list, so that what it leads to is not.
        Err(engine::Error::NoCallOut(_)) => Ok(None),
        Err(engine::Error::Store(error)) if error.is_damage() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A call-out as it is on disk.
pub(super) async fn kept(app: &App, id: &str) -> Result<Kept, Problem> {
    let id = CallOutId::new(id);
    let kept = app.engine.store().load(&id).await?;
    kept.ok_or_else(|| crate::engine::Error::NoCallOut(id).into())
}

/// `GET /api/v1/call-outs/{id}`
pub(super) async fn show(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
    Path(id): Path<String>,
) -> Result<Reply<Value>, Problem> {
    let kept = kept(&app, &id).await?;
    Ok(Reply(shown(&app, &caller, &kept)))
}

pub(super) fn shown(app: &App, caller: &Caller, kept: &Kept) -> Value {
    let standing = app.engine.standing();
    let shown = Shown {
        plan: &standing.plan,
        language: caller.reads(&standing.plan),
        addresses: caller.may(Scope::Admin),
    };
    let mut value = status::call_out(kept, shown);
    let of = Some(&kept.call_out.id);
    value["clashes"] = status::clashes(&app.engine.clashes(), of, &standing.plan);
    value
}

/// `GET /api/v1/call-outs/{id}/timeline`
pub(super) async fn timeline(
    State(app): State<App>,
    _may: May<needs::Read>,
    Path(id): Path<String>,
) -> Result<Reply<Value>, Problem> {
    let kept = kept(&app, &id).await?;
    let records = app.engine.store().journal(&kept.call_out.id, 0).await?;
    let entries: Vec<Value> = records
        .iter()
        .map(|record| super::stream::entry(&app, record, &kept.call_out))
        .collect();
    Ok(Reply(json!({ "timeline": entries })))
}

/// An answer for somebody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerBody {
    person: String,
    answer: String,
    eta_minutes: Option<u32>,
    note: Option<String>,
}

/// `POST /api/v1/call-outs/{id}/acknowledgements`
pub(super) async fn acknowledge(
    State(app): State<App>,
    May(caller, _): May<needs::Acknowledge>,
    Path(id): Path<String>,
    Json(body): Json<AnswerBody>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let said = reply(&body.answer)?;
    let answer = Answer {
        person: answerer(&standing.plan.roster, &body.person)?,
        reply: said,
        eta_minutes: eta(body.eta_minutes, said)?,
        note: note(body.note)?,
        via: Via::OnBehalf,
        by: caller.principal.clone(),
    };
    app.engine.acknowledge(&CallOutId::new(&id), answer).await?;
    let kept = kept(&app, &id).await?;
    Ok(Reply(shown(&app, &caller, &kept)))
}

/// Reads an answer's name.
pub(super) fn reply(text: &str) -> Result<Said, Problem> {
    Said::parse(text).ok_or_else(|| {
        Problem::unacceptable(
            format!(
                "回答 {text:?} はありません。職員は coming、arrived、cannot、received、事業者は accepted、remote、arrived、cannot、received のどれかを指定してください"
            ),
            format!(
                "answer {text:?} is not known; write coming, arrived, cannot or received; for a vendor accepted, remote, arrived, cannot or received"
            ),
        )
    })
}

/// A wait until arrival: only of who comes, and not beyond reason.
pub(super) fn eta(minutes: Option<u32>, said: Said) -> Result<Option<u32>, Problem> {
    match minutes {
        Some(minutes) if minutes > ETA_MINUTES => Err(Problem::unacceptable(
            format!(
                "到着までの分数（eta_minutes）が {minutes} です。{ETA_MINUTES}（1 週間）以下にしてください"
            ),
            format!("eta_minutes is {minutes}; at most {ETA_MINUTES} (a week) are taken"),
        )),
        _ if !said.has_arrival() => Ok(None),
        minutes => Ok(minutes),
    }
}

/// A note as one line.
pub(super) fn note(text: Option<String>) -> Result<Option<String>, Problem> {
    let text = text
        .map(|text| one_line(&text))
        .filter(|text| !text.is_empty());
    match &text {
        Some(note) if note.chars().count() > NOTE_CHARS => {
            let count = note.chars().count();
            Err(Problem::unacceptable(
                format!(
                    "ひとこと（note）が {count} 文字あります。{NOTE_CHARS} 文字までにしてください"
                ),
                format!("the note has {count} characters; {NOTE_CHARS} are taken"),
            ))
        }
        _ => Ok(text),
    }
}

/// The language that a caller asks for: `?lang=` first, then the header.
pub(super) fn language(
    query: Option<&str>,
    headers: &axum::http::HeaderMap,
    usual: Language,
) -> Language {
    asked_language(query, headers).unwrap_or(usual)
}

/// The same, where whoever asks says one.
pub(super) fn asked_language(
    query: Option<&str>,
    headers: &axum::http::HeaderMap,
) -> Option<Language> {
    let header = headers
        .get(axum::http::header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let first = header.and_then(|list| {
        list.split([',', ';'])
            .find_map(|tag| Language::parse(tag.trim()))
    });
    query.and_then(Language::parse).or(first)
}
