//! Starting a drill from the board.
//!
//! Owns the two steps. Nothing real can be started from here, and a form sent
//! twice starts one drill.

use axum::extract::State;
use axum::response::Response;

use super::commands::may;
use super::visit::{Sent, Visit, go};
use crate::domain::drill_duty::Every;
use crate::domain::id::DrillId;
use crate::domain::plan::Plan;
use crate::domain::schedule::Foretold;
use crate::engine::{DrillStart, Error};
use crate::http::App;
use crate::http::auth::needs;
use crate::http::problem::Problem;
use crate::message::drills_page::{DrillView, DrillsView, History};
use crate::message::view::{ComingDrill, Values};

/// The drills that are due, as far as it may be told, soonest first.
pub(super) async fn coming(app: &App, plan: &Plan) -> Result<Vec<ComingDrill>, Problem> {
    let mut coming = Vec::new();
    for drill in plan.drills.values() {
        if let Some(run) = app.engine.coming(&drill.id).await? {
            coming.push(ComingDrill {
                drill: drill.id.clone(),
                title: drill.title.clone(),
                when: run.at,
            });
        }
    }
    coming.sort_by_key(|drill| match drill.when {
        Foretold::At(at) => plan.time_zone.to_datetime(at).date(),
        Foretold::Between(from, _) => from,
    });
    Ok(coming)
}

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
    if values.one("confirmed") != "yes" {
        let made = standing.messages.drill_page(&DrillView {
            drill,
            values,
            problem: None,
            reader: &visit.reader,
            language: visit.language,
        });
        return Ok(visit.page(app, made));
    }
    let key = Some(values.one("key").to_owned()).filter(|key| key.starts_with("form-"));
    let start = DrillStart {
        drill: id,
        key,
        forced: None,
        by: visit.caller.principal.clone(),
    };
    let accepted = app.engine.start_drill(start).await?;
    Ok(match accepted.call_outs.first() {
        Some(id) => go(&format!("/call-outs/{id}?done=yes")),
        None => go("/drills"),
    })
}
