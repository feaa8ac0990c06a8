//! A person's word on a call-out over HTTP: a decision, a confirmation, a
//! cancellation, a later report, a word to those called, a stand-down.
//!
//! Owns the shape of these bodies. It must not decide what is taken:
//! `domain::call_out` does.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::App;
use super::auth::{Caller, May, needs};
use super::body::{Json, line};
use super::call_outs::{kept, shown};
use super::events::{EventBody, answer, key, person, told};
use super::path::Path;
use super::problem::Problem;
use crate::domain::call_out::{Saying, Word};
use crate::domain::id::CallOutId;
use crate::domain::rule::Decision;
use crate::domain::text::Text;

/// A word on what waits.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WordBody {
    by: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    false_alarm: bool,
    digest: Option<String>,
}

pub(super) fn word(
    app: &App,
    caller: &Caller,
    by: Option<&str>,
    reason: Option<String>,
) -> Result<Word, Problem> {
    let standing = app.engine.standing();
    let by = by.map(|by| person(&standing.plan.roster, "by", by));
    Ok(Word {
        by: caller.principal.clone(),
        on_word_of: by.transpose()?,
        reason: line("reason", reason)?,
    })
}

/// How the call-out stands after a word.
pub(super) async fn after(app: &App, caller: &Caller, id: &str) -> Result<Reply<Value>, Problem> {
    let kept = kept(app, id).await?;
    Ok(Reply(shown(app, caller, &kept)))
}

/// `POST /api/v1/call-outs/{id}/confirm`
pub(super) async fn confirm(
    State(app): State<App>,
    May(caller, _): May<needs::Approve>,
    Path(id): Path<String>,
    Json(body): Json<WordBody>,
) -> Result<Reply<Value>, Problem> {
    let word = word(&app, &caller, body.by.as_deref(), body.reason)?;
    let digest = body.digest.as_deref();
    app.engine
        .confirm(&CallOutId::new(&id), word, digest)
        .await?;
    after(&app, &caller, &id).await
}

/// `POST /api/v1/call-outs/{id}/cancel`
pub(super) async fn cancel(
    State(app): State<App>,
    May(caller, _): May<needs::Approve>,
    Path(id): Path<String>,
    Json(body): Json<WordBody>,
) -> Result<Reply<Value>, Problem> {
    let word = word(&app, &caller, body.by.as_deref(), body.reason)?;
    app.engine.cancel(&CallOutId::new(&id), word).await?;
    after(&app, &caller, &id).await
}

/// `POST /api/v1/call-outs/{id}/stand-down`
pub(super) async fn stand_down(
    State(app): State<App>,
    May(caller, _): May<needs::Command>,
    Path(id): Path<String>,
    Json(body): Json<WordBody>,
) -> Result<Reply<Value>, Problem> {
    let word = word(&app, &caller, body.by.as_deref(), body.reason)?;
    let prepared = app.engine.standing();
    let prepared = body.false_alarm && !prepared.plan.prepared.false_alarm.is_empty();
    if word.reason.is_none() && !prepared {
        return Err(Problem::unacceptable(
            "理由（reason）がありません。招集された全員に知らせる、終わる理由を書いてください",
            "\"reason\" is missing: everyone called is told why it ends",
        ));
    }
    app.engine
        .stand_down(&CallOutId::new(&id), word, body.false_alarm)
        .await?;
    after(&app, &caller, &id).await
}

/// A decision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionBody {
    decision: String,
    by: Option<String>,
}

/// `POST /api/v1/call-outs/{id}/decide`
pub(super) async fn decide(
    State(app): State<App>,
    May(caller, _): May<needs::Command>,
    Path(id): Path<String>,
    Json(body): Json<DecisionBody>,
) -> Result<Reply<Value>, Problem> {
    let decision = read_decision(&body.decision)?;
    let word = word(&app, &caller, body.by.as_deref(), None)?;
    app.engine
        .decide(&CallOutId::new(&id), decision, word)
        .await?;
    after(&app, &caller, &id).await
}

/// Reads a decision's name.
pub(super) fn read_decision(text: &str) -> Result<Decision, Problem> {
    Decision::parse(text).ok_or_else(|| {
        Problem::unacceptable(
            format!(
                "判断 {text:?} はありません。muster（集まる）か handle-in-section（課内で対応）を指定してください"
            ),
            format!("decision {text:?} is not known; write muster or handle-in-section"),
        )
    })
}

/// `POST /api/v1/call-outs/{id}/grow`: a later report, or `withdrawn`.
pub(super) async fn grow(
    State(app): State<App>,
    May(caller, _): May<needs::Command>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(body): Json<EventBody>,
) -> Result<Response, Problem> {
    let call_out = CallOutId::new(&id);
    if body.kind == "withdrawn" {
        app.engine
            .withdraw(&call_out, caller.principal.clone())
            .await?;
        return Ok(after(&app, &caller, &id).await?.into_response());
    }
    let told = told(&app, &caller, &headers, body)?;
    let accepted = app.engine.grow(&call_out, told).await?;
    Ok(answer(&accepted))
}

/// A word to everyone who was called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SayingBody {
    text: Option<String>,
    prepared: Option<String>,
    place: Option<String>,
    by: Option<String>,
    key: Option<String>,
}

/// `POST /api/v1/call-outs/{id}/tell`: once under a key.
pub(super) async fn tell(
    State(app): State<App>,
    May(caller, _): May<needs::Command>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(body): Json<SayingBody>,
) -> Result<Reply<Value>, Problem> {
    let saying = Saying {
        text: said(&app, body.text, body.prepared.as_deref())?,
        place: line("place", body.place)?,
        key: key(body.key, &headers, &caller)?,
    };
    let word = word(&app, &caller, body.by.as_deref(), None)?;
    app.engine.speak(&CallOutId::new(&id), saying, word).await?;
    after(&app, &caller, &id).await
}

/// What is said: typed words, or prepared ones by their name.
fn said(app: &App, text: Option<String>, prepared: Option<&str>) -> Result<Text, Problem> {
    let standing = app.engine.standing();
    match (line("text", text)?, prepared) {
        (Some(text), None) => Ok(Text::new(text.clone(), text)),
        (None, Some(name)) => {
            let words = &standing.plan.prepared.words;
            let known: Vec<&str> = words.keys().map(String::as_str).collect();
            words.get(name).cloned().ok_or_else(|| {
                Problem::unacceptable(
                    format!(
                        "定型文 {name:?} は rules.toml にありません。あるのは {} です",
                        known.join("、")
                    ),
                    format!(
                        "there is no prepared text {name:?} in rules.toml; it has {}",
                        known.join(", ")
                    ),
                )
            })
        }
        (None, None) => Err(Problem::unacceptable(
            "伝える文（text）がありません。文を書くか、定型文を指定してください",
            "\"text\" is missing: write what everyone called is to read, or name a prepared text",
        )),
        (Some(_), Some(_)) => Err(Problem::unacceptable(
            "文（text）と定型文（prepared）は、どちらか一方だけを指定してください",
            "write either \"text\" or \"prepared\", not both",
        )),
    }
}
