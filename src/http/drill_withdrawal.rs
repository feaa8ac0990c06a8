//! A record of a drill taken back, over HTTP.
//!
//! Owns the shape of its body. Nothing is deleted: the record stays, with who
//! took it back and why, and counts no more.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::App;
use super::auth::{May, needs};
use super::body::{Json, line};
use super::drill_records::{answer, known};
use super::path::Path;
use super::problem::Problem;
use crate::domain::drill_record::Withdrawal;

/// Why a record is taken back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawBody {
    reason: String,
}

/// `POST /api/v1/drill-records/{id}/withdraw`
pub(super) async fn withdraw(
    State(app): State<App>,
    May(caller, _): May<needs::Drill>,
    Path(id): Path<String>,
    Json(body): Json<WithdrawBody>,
) -> Result<Response, Problem> {
    let reason = line("reason", Some(body.reason))?.ok_or_else(|| {
        Problem::unacceptable(
            "理由（reason）が空です。記録を取り下げる理由を書いてください",
            "the reason is empty: say why the record is withdrawn",
        )
    })?;
    let before = known(&app, &id).await?;
    let withdrawal = Withdrawal {
        by: caller.principal,
        at: app.engine.now(),
        reason,
    };
    let now = app
        .engine
        .withdraw_drill_record(&before.id, &withdrawal)
        .await?;
    let record = now.as_ref().unwrap_or(&before);
    let plan = &app.engine.standing().plan;
    Ok(answer(StatusCode::OK, record, plan, !before.counts()))
}
