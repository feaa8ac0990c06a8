//! Commands from the board: a form, a confirmation, and then the API's own
//! call.
//!
//! Owns the way from a form to the body of that call. Nothing is done before
//! the confirmation came back; whatever is refused shows the form again with
//! what was filled in. A word that is sent twice is told once: its key is made
//! with its form.

use std::marker::PhantomData;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::visit::{Sent, Visit, go};
use crate::domain::call_out::CallOut;
use crate::domain::id::CallOutId;
use crate::domain::text::Text;
use crate::http::auth::{Caller, May, Needs, Scope};
use crate::http::body::Json;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::{App, call_outs, help, words as word};
use crate::message::command::{Command, CommandView};
use crate::message::view::Values;

/// How far a command is.
#[derive(Clone, Copy)]
enum Step<'a> {
    /// To be filled in; with why the last try was not taken.
    Fill(Option<&'a Text>),
    /// Only the last yes is missing.
    Confirm,
}

/// `GET /call-outs/{id}/{command}`: the form.
pub(in crate::http) async fn form(
    State(app): State<App>,
    Path((id, name)): Path<(String, String)>,
    visit: Visit,
) -> Response {
    let shown = match command(&name, &visit) {
        Ok(command) => match with_key(&app, command, Values::default()) {
            Ok(values) => show(&app, &visit, (&id, command), &values, Step::Fill(None)).await,
            Err(problem) => Err(problem),
        },
        Err(problem) => Err(problem),
    };
    visit.answer(&app, shown)
}

/// What is told gets a key of its own with each form, in place of an older one.
fn with_key(app: &App, command: Command, mut values: Values) -> Result<Values, Problem> {
    if command == Command::Tell {
        values.0.retain(|(name, _)| name != "key");
        values.0.push(("key".to_owned(), app.engine.new_key()?));
    }
    Ok(values)
}

/// `POST /call-outs/{id}/{command}`: the confirmation, and then the deed.
pub(in crate::http) async fn send(
    State(app): State<App>,
    Path((id, name)): Path<(String, String)>,
    Sent { visit, values }: Sent,
) -> Response {
    let command = match command(&name, &visit) {
        Ok(command) => command,
        Err(problem) => return visit.refused(&app, problem),
    };
    let which = (id.as_str(), command);
    if values.one("confirmed") != "yes" {
        let values = with_digest(&app, which, values).await;
        let shown = show(&app, &visit, which, &values, Step::Confirm).await;
        return visit.answer(&app, shown);
    }
    match done(&app, &visit.caller, which, &values).await {
        Ok(()) => go(&format!("/call-outs/{id}?done=yes")),
        Err(problem) if problem.status.is_server_error() => visit.refused(&app, problem),
        Err(problem) => {
            let step = Step::Fill(Some(&problem.said));
            // Why anew: the key may be the reason.
            let values = match with_key(&app, command, values) {
                Ok(values) => values,
                Err(problem) => return visit.refused(&app, problem),
            };
            let shown = show(&app, &visit, which, &values, step).await;
            let mut response = visit.answer(&app, shown);
            *response.status_mut() = problem.status;
            response
        }
    }
}

/// The command, if there is one and whoever asks may give it: what only the
/// last press would refuse is not shown.
fn command(name: &str, visit: &Visit) -> Result<Command, Problem> {
    let command = Command::parse(name).ok_or_else(|| {
        Problem::not_found(
            "この画面はありません。ボードから開き直してください",
            "there is nothing at this address",
        )
    })?;
    visit.caller.require(match command {
        Command::Answer => Scope::Acknowledge,
        Command::Confirm | Command::Cancel => Scope::Approve,
        Command::Decide
        | Command::Grow
        | Command::Tell
        | Command::RequestHelp
        | Command::StandDown => Scope::Command,
    })?;
    Ok(command)
}

/// What is confirmed is what the reader saw: its digest goes with the form.
async fn with_digest(app: &App, (id, command): (&str, Command), mut values: Values) -> Values {
    if command == Command::Confirm {
        let held = CallOutId::new(id);
        let digest = app.engine.view(&held, CallOut::digest_held).await;
        values.0.retain(|(name, _)| name != "digest");
        let digest = digest.ok().flatten();
        values
            .0
            .extend(digest.map(|digest| ("digest".to_owned(), digest)));
    }
    values
}

async fn show(
    app: &App,
    visit: &Visit,
    (id, command): (&str, Command),
    values: &Values,
    step: Step<'_>,
) -> Result<Response, Problem> {
    let standing = app.engine.standing();
    let made = app
        .engine
        .view(&CallOutId::new(id), |call_out| {
            standing.messages.command_page(&CommandView {
                command,
                call_out,
                plan: &standing.plan,
                values,
                confirming: matches!(step, Step::Confirm),
                problem: match step {
                    Step::Fill(problem) => problem,
                    Step::Confirm => None,
                },
                reader: &visit.reader,
                language: visit.language,
            })
        })
        .await?;
    Ok(visit.page(app, made))
}

/// Gives the command, as the API would.
async fn done(
    app: &App,
    caller: &Caller,
    (id, command): (&str, Command),
    values: &Values,
) -> Result<(), Problem> {
    let (state, path) = (State(app.clone()), Path(id.to_owned()));
    let body = body(app, (id, command), values).await?;
    match command {
        Command::Answer => call_outs::acknowledge(state, may(caller)?, path, read(body)?)
            .await
            .map(drop),
        Command::Decide => word::decide(state, may(caller)?, path, read(body)?)
            .await
            .map(drop),
        Command::Confirm => word::confirm(state, may(caller)?, path, read(body)?)
            .await
            .map(drop),
        Command::Cancel => word::cancel(state, may(caller)?, path, read(body)?)
            .await
            .map(drop),
        Command::Grow => word::grow(state, may(caller)?, HeaderMap::new(), path, read(body)?)
            .await
            .map(drop),
        Command::Tell => word::tell(state, may(caller)?, HeaderMap::new(), path, read(body)?)
            .await
            .map(drop),
        Command::RequestHelp => help::request_help(state, may(caller)?, path, read(body)?)
            .await
            .map(drop),
        Command::StandDown => word::stand_down(state, may(caller)?, path, read(body)?)
            .await
            .map(drop),
    }
}

/// The caller, if they have the scope of a call.
pub(super) fn may<N: Needs>(caller: &Caller) -> Result<May<N>, Problem> {
    caller.require(N::SCOPE)?;
    Ok(May(caller.clone(), PhantomData))
}

/// A body as the API takes it.
pub(super) fn read<T: DeserializeOwned>(body: Value) -> Result<Json<T>, Problem> {
    serde_json::from_value(body).map(Json).map_err(|error| {
        Problem::unacceptable(
            format!("送られた内容を受け付けられません。画面を開き直してください（{error}）"),
            format!("the form is not acceptable: {error}"),
        )
    })
}

/// The body of a command's call, from the fields that its form has.
async fn body(
    app: &App,
    (id, command): (&str, Command),
    values: &Values,
) -> Result<Value, Problem> {
    let mut body = Map::new();
    let lines: &[&str] = match command {
        Command::Answer => &["person", "answer", "note"],
        Command::Decide => &["decision", "by"],
        Command::Confirm => &["by", "reason", "digest"],
        Command::Cancel => &["by", "reason"],
        Command::Grow => {
            let call_out = CallOutId::new(id);
            let kind = app
                .engine
                .view(&call_out, |running| running.event.kind.name());
            return event(kind.await?, values);
        }
        Command::Tell => &["text", "prepared", "place", "by", "key"],
        Command::RequestHelp => &["note", "by"],
        Command::StandDown => &["reason", "by"],
    };
    put_lines(&mut body, lines, values);
    match command {
        Command::Answer => put_number(&mut body, "eta_minutes", values)?,
        Command::RequestHelp => {
            let vendors: Vec<&str> = values.all("vendors").collect();
            body.insert("vendors".to_owned(), json!(vendors));
            put_systems(&mut body, values);
        }
        Command::StandDown => {
            let false_alarm = values.one("false_alarm") == "true";
            body.insert("false_alarm".to_owned(), false_alarm.into());
        }
        _ => {}
    }
    Ok(body.into())
}

/// An event as `POST /api/v1/events` takes it.
pub(super) fn event(kind: &str, values: &Values) -> Result<Value, Problem> {
    let mut body = Map::new();
    body.insert("kind".to_owned(), kind.into());
    let lines: &[&str] = match kind {
        "earthquake" => &["intensity"],
        "wind-flood" => &["ordered_by"],
        "security-incident" => &["effect"],
        _ => &["like", "threat", "ordered_by"],
    };
    put_lines(&mut body, lines, values);
    put_lines(&mut body, &["headline", "place", "key"], values);
    match kind {
        "wind-flood" => put_number(&mut body, "posture", values)?,
        "security-incident" => put_systems(&mut body, values),
        _ => {}
    }
    Ok(body.into())
}

fn put_lines(body: &mut Map<String, Value>, names: &[&str], values: &Values) {
    for name in names {
        let value = values.one(name).trim();
        if !value.is_empty() {
            body.insert((*name).to_owned(), value.into());
        }
    }
}

fn put_number(body: &mut Map<String, Value>, name: &str, values: &Values) -> Result<(), Problem> {
    let text = values.one(name).trim();
    if text.is_empty() {
        return Ok(());
    }
    let number: u32 = text.parse().map_err(|_| {
        Problem::unacceptable(
            format!("{name}「{text}」は整数ではありません。数字だけを書いてください"),
            format!("{name} is {text:?}, which is no whole number"),
        )
    })?;
    body.insert(name.to_owned(), number.into());
    Ok(())
}

fn put_systems(body: &mut Map<String, Value>, values: &Values) {
    let systems: Vec<Value> = values.all("systems").map(Value::from).collect();
    if !systems.is_empty() {
        body.insert("systems".to_owned(), systems.into());
    }
}
