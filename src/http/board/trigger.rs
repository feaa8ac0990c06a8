//! Starting a call-out from the board: what happened, who will be called, the
//! last yes.
//!
//! Owns the three steps. A form sent twice starts one call-out: its key is
//! made with the first step. No drill can be started from here.

use axum::extract::State;
use axum::response::Response;

use super::commands::{event, may, read};
use super::visit::{Sent, Visit, go};
use crate::domain::text::Text;
use crate::engine::acceptable;
use crate::http::App;
use crate::http::auth::needs;
use crate::http::body::Json;
use crate::http::events::{EventBody, told};
use crate::http::problem::Problem;
use crate::message::telling::TellingView;
use crate::message::view::Values;
use crate::report::explain;

/// `GET /trigger`
pub(in crate::http) async fn form(State(app): State<App>, visit: Visit) -> Response {
    match may::<needs::Trigger>(&visit.caller).and_then(|_| Ok(app.engine.new_key()?)) {
        Ok(key) => {
            let values = Values(vec![("key".to_owned(), key)]);
            show(&app, &visit, &values, None, None)
        }
        Err(problem) => visit.refused(&app, problem),
    }
}

/// `POST /trigger`
pub(in crate::http) async fn send(
    State(app): State<App>,
    Sent { visit, values }: Sent,
) -> Response {
    if let Err(problem) = may::<needs::Trigger>(&visit.caller) {
        return visit.refused(&app, problem);
    }
    if values
        .0
        .iter()
        .all(|(name, value)| ["mark", "key", "kind"].contains(&name.as_str()) || value.is_empty())
    {
        return show(&app, &visit, &values, None, None);
    }
    let step = step(&app, &visit, &values).await;
    match step {
        Ok(response) => response,
        Err(problem) if problem.status.is_server_error() => visit.refused(&app, problem),
        Err(problem) => {
            let mut response = show(&app, &visit, &values, None, Some(&problem.said));
            *response.status_mut() = problem.status;
            response
        }
    }
}

async fn step(app: &App, visit: &Visit, values: &Values) -> Result<Response, Problem> {
    let Json(body): Json<EventBody> = read(event(values.one("kind"), values)?)?;
    let standing = app.engine.standing();
    if values.one("confirmed") != "yes" {
        let imagined = body.imagined(&standing.plan.roster)?;
        let now = app.engine.now();
        acceptable(&imagined.event("explain", now), &standing.plan)?;
        let explained = explain::explain(&standing.plan, &imagined, now);
        let preview = explain::json(explained.as_ref(), &standing.plan, &standing.messages);
        return Ok(show(app, visit, values, Some(&preview), None));
    }
    let told = told(app, &visit.caller, &axum::http::HeaderMap::new(), body)?;
    let accepted = app.engine.tell(told).await?;
    Ok(match accepted.call_outs.first() {
        Some(id) => go(&format!("/call-outs/{id}?done=yes")),
        None => go("/"),
    })
}

fn show(
    app: &App,
    visit: &Visit,
    values: &Values,
    preview: Option<&serde_json::Value>,
    problem: Option<&Text>,
) -> Response {
    let standing = app.engine.standing();
    let made = standing.messages.telling_page(&TellingView {
        plan: &standing.plan,
        values,
        preview,
        problem,
        reader: &visit.reader,
        language: visit.language,
    });
    visit.page(app, made)
}
