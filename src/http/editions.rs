//! Editions over HTTP: which were in force, which is, and their files.
//!
//! Owns who sees what: the list is for readers, the files hold addresses and
//! are for the scope `admin` alone.

use axum::Json as Reply;
use axum::extract::State;
use serde_json::{Value, json};

use super::App;
use super::auth::{May, needs};
use super::path::Path;
use super::problem::Problem;
use crate::domain::edition::{SHORTEST, named};
use crate::domain::text::{Language, Text};
use crate::message::words::{self, readiness};
use crate::report::editions;
use crate::report::status::time;

/// What must be said of the edition in force, and of one that was refused.
pub(super) fn notices(app: &App) -> Vec<Text> {
    let both = |say: &dyn Fn(Language) -> String| Text::new(say(Language::Ja), say(Language::En));
    let standing = app.engine.standing();
    let plan = &standing.plan;
    let mut notices = app.engine.alarms();
    if let Some(refused) = app.engine.refused() {
        notices.push(both(&|language| {
            words::refused(refused.at, &refused.why, &plan.time_zone, language)
        }));
    }
    for refused in standing.messages.own().refused() {
        notices.push(both(&|language| {
            readiness::refused_text(&refused, language)
        }));
    }
    for caveat in plan.edition.caveats() {
        notices.push(both(&|language| {
            words::notice(&plan.edition, caveat, language)
        }));
    }
    notices
}

/// The same for programs.
pub(super) fn notices_json(app: &App, more: Vec<Text>) -> Value {
    let notices = notices(app).into_iter().chain(more);
    notices
        .map(|notice| json!({ "ja": notice.ja, "en": notice.en }))
        .collect()
}

/// `GET /api/v1/editions`: newest first.
pub(super) async fn list(
    State(app): State<App>,
    _may: May<needs::Read>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let (in_force, zone) = (&standing.plan.edition, &standing.plan.time_zone);
    let kept = app.engine.store().editions().await?;
    let list: Vec<Value> = kept
        .iter()
        .map(|kept| editions::kept(kept, in_force, zone))
        .collect();
    let refused = app.engine.refused();
    let refused =
        refused.map(|refused| json!({ "at": time(refused.at, zone), "why": refused.why }));
    Ok(Reply(json!({
        "editions": list,
        "refused": refused,
        "notices": notices_json(&app, Vec::new()),
    })))
}

/// `GET /api/v1/editions/{name}`: one by its number or the beginning of a
/// digest, with its files.
pub(super) async fn show(
    State(app): State<App>,
    _may: May<needs::Admin>,
    Path(name): Path<String>,
) -> Result<Reply<Value>, Problem> {
    let missing = || {
        Problem::not_found(
            format!(
                "版 {name:?} がここで有効だったことはありません。版の番号か、内容のダイジェスト（digest）の先頭 {SHORTEST} 文字以上を指定してください"
            ),
            format!(
                "no edition {name:?} was ever in force here; write its number or at least {SHORTEST} figures of its digest"
            ),
        )
    };
    let all = app.engine.store().editions().await?;
    let kept = named(&all, &name).ok_or_else(missing)?;
    let texts = app.engine.store().edition_texts(&kept.digest).await?;
    let texts = texts.ok_or_else(missing)?;
    let standing = app.engine.standing();
    let mut value = editions::kept(kept, &standing.plan.edition, &standing.plan.time_zone);
    value["rules"] = texts.rules.into();
    value["roster"] = texts.roster.into();
    Ok(Reply(value))
}
