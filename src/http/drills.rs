//! Drills over HTTP: started, called off, listed with when they are due.
//!
//! Owns the shape of these bodies. Nothing real can be started here.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::auth::{Caller, May, needs};
use super::body::{Json, line};
use super::path::Path;
use super::problem::Problem;
use crate::domain::drill::{Drill, DrillKind};
use crate::domain::id::DrillId;
use crate::domain::plan::Plan;
use crate::domain::schedule::Foretold;
use crate::engine::{Coming, DrillStart};
use crate::message::dates;
use crate::message::view::ComingDrill;
use crate::message::words::schedule as words;

/// A drill to be started.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DrillBody {
    name: String,
    #[serde(default)]
    force: bool,
    reason: Option<String>,
}

impl DrillBody {
    /// Why it starts although a real call-out is open.
    fn forced(&self) -> Result<Option<String>, Problem> {
        let reason = line("reason", self.reason.clone())?;
        match (self.force, reason) {
            (true, None) => Err(Problem::unacceptable(
                "force には理由（reason）が要ります。本番の招集中に訓練を始める理由を書いてください",
                "force needs a reason: say why the drill starts although a real call-out is open",
            )),
            (false, Some(_)) => Err(Problem::unacceptable(
                "理由（reason）は force と一緒に書くものです。force を加えるか、reason を消してください",
                "a reason goes with force: add force, or take the reason out",
            )),
            (_, reason) => Ok(reason),
        }
    }
}

/// `POST /api/v1/drills`
pub(super) async fn start(
    State(app): State<App>,
    May(caller, _): May<needs::Drill>,
    Json(body): Json<DrillBody>,
) -> Result<Response, Problem> {
    let start = DrillStart {
        drill: DrillId::new(&body.name),
        key: None,
        forced: body.forced()?,
        by: caller.principal,
    };
    let accepted = app.engine.start_drill(start).await?;
    let Some(call_out) = accepted.call_outs.first() else {
        return Err(Problem::unacceptable(
            format!(
                "訓練 {:?} の事象に当たるルールがなく、誰も招集されません。rules.toml の event を直してください",
                body.name
            ),
            format!(
                "drill {:?} plays an event for which no rule calls anybody; mend its event in rules.toml",
                body.name
            ),
        ));
    };
    let call_outs: Vec<&str> = accepted.call_outs.iter().map(|id| id.as_str()).collect();
    let body = json!({ "call_out": call_out.as_str(), "call_outs": call_outs, "event": accepted.event.as_str() });
    Ok((StatusCode::ACCEPTED, Reply(body)).into_response())
}

/// `GET /api/v1/drills`: those that can be started, contact drills first.
pub(super) async fn list(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
) -> Result<Reply<Value>, Problem> {
    let standing = app.engine.standing();
    let plan = &standing.plan;
    let mut drills: Vec<_> = plan.drills.values().collect();
    drills.sort_by_key(|drill| drill.kind != DrillKind::Contact);
    let last = app.engine.last_runs().await?;
    let mut shown = Vec::new();
    for drill in drills {
        let coming = app.engine.coming(&drill.id).await?;
        let mut value = one(drill, coming.as_ref(), plan, &caller);
        let last = last.get(&drill.id);
        value["last_at"] = last
            .map(|run| dates::rfc3339(run.opened_at, &plan.time_zone))
            .into();
        value["last"] = last.map(|run| run.id.as_str()).into();
        shown.push(value);
    }
    Ok(Reply(json!({ "drills": shown })))
}

fn one(drill: &Drill, coming: Option<&Coming>, plan: &Plan, caller: &Caller) -> Value {
    let language = caller.reads(plan);
    let schedule = drill.schedule.as_ref();
    json!({
        "name": drill.id.as_str(),
        "kind": drill.kind.name(),
        "title": drill.title.get(language),
        "vendors": drill.vendors,
        "schedule": schedule.map(|schedule| schedule.words.as_str()),
        "next_at": coming.and_then(|run| at(run, plan)),
        "next": coming.map(|coming| run(coming, plan, caller)),
    })
}

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

/// When a run is, where its time may be told beforehand.
fn at(run: &Coming, plan: &Plan) -> Option<String> {
    match run.at {
        Foretold::At(at) => Some(dates::rfc3339(at, &plan.time_zone)),
        Foretold::Between(..) => None,
    }
}

fn run(run: &Coming, plan: &Plan, caller: &Caller) -> Value {
    let (from, to) = match run.at {
        Foretold::At(_) => (None, None),
        Foretold::Between(from, to) => (Some(from.to_string()), Some(to.to_string())),
    };
    json!({
        "month": run.month.to_string(),
        "at": at(run, plan),
        "from": from,
        "to": to,
        "when": words::foretold(&run.at, &plan.time_zone, caller.reads(plan)),
        "moved": run.moved,
        "announced": run.announced,
    })
}

/// Why the next run of a drill is called off.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallOffBody {
    reason: String,
}

/// `POST /api/v1/drills/{name}/cancel`: the next run falls out, those after it
/// stay.
pub(super) async fn call_off(
    State(app): State<App>,
    May(caller, _): May<needs::Drill>,
    Path(name): Path<String>,
    Json(body): Json<CallOffBody>,
) -> Result<Reply<Value>, Problem> {
    let reason = line("reason", Some(body.reason))?.ok_or_else(|| {
        Problem::unacceptable(
            "理由（reason）が空です。訓練を中止する理由を書いてください",
            "the reason is empty: say why the drill is called off",
        )
    })?;
    let id = DrillId::new(&name);
    let off = app
        .engine
        .call_off(&id, reason, caller.principal.clone())
        .await?;
    let standing = app.engine.standing();
    let plan = &standing.plan;
    Ok(Reply(json!({
        "name": id.as_str(),
        "cancelled": run(&off.run, plan, &caller),
        "next": off.next.as_ref().map(|next| run(next, plan, &caller)),
    })))
}
