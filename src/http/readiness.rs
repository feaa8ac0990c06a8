//! Readiness over HTTP: what stands in the way of a call-out now.
//!
//! Owns who may see it; `report::readiness` owns its shape.

use axum::Json as Reply;
use axum::extract::State;
use serde_json::Value;

use super::App;
use super::auth::{May, Scope, needs};
use super::problem::Problem;
use crate::domain::plan::Plan;
use crate::domain::readiness::Finding;
use crate::domain::text::Text;
use crate::message::words::readiness as words;
use crate::report::readiness;
use crate::report::status::Shown;

/// Findings on the board.
const SHOWN: usize = 10;

/// `GET /api/v1/readiness`
pub(super) async fn show(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
) -> Result<Reply<Value>, Problem> {
    let findings = all(&app).await?;
    let standing = app.engine.standing();
    let shown = Shown {
        plan: &standing.plan,
        language: standing.plan.language,
        addresses: caller.may(Scope::Admin),
    };
    let mut value = readiness::json(&findings, true, shown);
    value["drills"] = readiness::drills(&app.engine.drill_standings().await?);
    Ok(Reply(value))
}

/// Everything, and whom nothing proves to be reached.
async fn all(app: &App) -> Result<Vec<Finding>, Problem> {
    let mut findings = app.engine.readiness().await?;
    findings.extend(app.engine.unproved().await?);
    Ok(findings)
}

/// What the board says of it: one line, and the first findings.
pub(super) async fn board(app: &App, plan: &Plan) -> Result<(Option<Text>, Vec<Text>), Problem> {
    // Why: while people are called nobody asks who might be reached.
    let findings = match app.engine.is_calling() {
        true => app.engine.readiness().await?,
        false => all(app).await?,
    };
    let line = words::board(findings.len(), readiness::serious(&findings));
    let first = findings.iter().take(SHOWN);
    let first = first.map(|finding| words::finding(finding, plan));
    Ok(((!findings.is_empty()).then_some(line), first.collect()))
}
