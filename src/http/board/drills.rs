//! Starting a drill from the board.
//!
//! Owns the steps: beside a real call-out a reason, then the last question.
//! Nothing real can be started from here, and a form sent twice starts one
//! drill.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::commands::may;
use super::visit::{Sent, Visit, go};
use crate::domain::drill_duty::Every;
use crate::domain::id::{CallOutId, DrillId};
use crate::engine::{DrillStart, Error};
use crate::http::App;
use crate::http::auth::needs;
use crate::http::body::line;
use crate::http::drills::coming;
use crate::http::problem::Problem;
use crate::message::drills_page::{DrillView, DrillsView, History};
use crate::message::view::Values;

/// Runs on the page.
const RUNS: u32 = 12;

/// `GET /drills`
pub(in crate::http) async fn list(State(app): State<App>, visit: Visit) -> Response {
    let standing = app.engine.standing();
    let coming = match coming(&app, &standing.plan).await {
        Ok(coming) => coming,
        Err(problem) => return visit.refused(&app, problem),
    };
    let history = match history(&app).await {
        Ok(history) => history,
        Err(problem) => return visit.refused(&app, problem),
    };
    let key = match app.engine.new_key() {
        Ok(key) => key,
        Err(error) => return visit.refused(&app, error.into()),
    };
    let made = standing.messages.drills_page(&DrillsView {
        history: &history,
        plan: &standing.plan,
        coming: &coming,
        key: &key,
        reader: &visit.reader,
        language: visit.language,
    });
    visit.page(&app, made)
}

/// What was, and what is due.
async fn history(app: &App) -> Result<History, Problem> {
    let standing = app.engine.standing();
    let today = standing.plan.time_zone.to_datetime(app.engine.now()).date();
    let days = Every::Year.of(today);
    let store = app.engine.store();
    let mut records = store.drill_records(days.first, days.last).await?;
    records.reverse();
    Ok(History {
        year: days.first.year(),
        duties: app.engine.drill_standings().await?,
        runs: app.engine.latest_runs(RUNS).await?,
        records,
    })
}

/// `POST /drills`: the last question, and then the drill.
pub(in crate::http) async fn send(
    State(app): State<App>,
    Sent { visit, values }: Sent,
) -> Response {
    let step = step(&app, &visit, &values).await;
    visit.answer(&app, step)
}

async fn step(app: &App, visit: &Visit, values: &Values) -> Result<Response, Problem> {
    may::<needs::Drill>(&visit.caller)?;
    let id = DrillId::new(values.one("name"));
    let standing = app.engine.standing();
    let drill = standing.plan.drills.get(&id);
    let drill = drill.ok_or_else(|| Error::NoDrill(id.clone()))?;
    app.engine.take_up().await?;
    let real = app.engine.real_call_outs();
    let show = |beside: Option<&CallOutId>, confirming, problem| {
        let made = standing.messages.drill_page(&DrillView {
            drill,
            values,
            beside,
            confirming,
            problem,
            reader: &visit.reader,
            language: visit.language,
        });
        Ok(visit.page(app, made))
    };
    // Why: beside what is real, the reason is asked for before the last yes.
    let reason = match line("reason", Some(values.one("reason").to_owned())) {
        Ok(reason) => reason,
        Err(problem) => {
            let mut shown = show(real.first(), false, Some(&problem.said))?;
            *shown.status_mut() = problem.status;
            return Ok(shown);
        }
    };
    if values.one("confirmed") != "yes" {
        let confirming = real.is_empty() || reason.is_some();
        return show(real.first(), confirming, None);
    }
    let key = Some(values.one("key").to_owned()).filter(|key| key.starts_with("form-"));
    let start = DrillStart {
        drill: id,
        key,
        forced: reason,
        by: visit.caller.principal.clone(),
    };
    match app.engine.start_drill(start).await {
        Ok(accepted) => Ok(match accepted.call_outs.first() {
            Some(id) => go(&format!("/call-outs/{id}?done=yes")),
            None => go("/drills"),
        }),
        // It opened after the question was asked.
        Err(Error::RealCallOut(beside)) => {
            let mut shown = show(Some(&beside), false, None)?;
            *shown.status_mut() = StatusCode::CONFLICT;
            Ok(shown)
        }
        Err(error) => Err(error.into()),
    }
}
