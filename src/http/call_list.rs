//! The call list over HTTP: `GET …/call-list?format=html|text|json`.
//!
//! Owns who may have it and in which form. It must not lay anything out, and
//! it is made outside the tasks that answer others: it can be long.

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::App;
use super::auth::{Caller, Scope};
use super::call_outs::kept;
use super::path::Path;
use super::problem::Problem;
use super::report::for_paper;
use crate::engine::Standing;
use crate::message::call_list::{CallList, STYLES};
use crate::report::call_list;

/// In which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    Html,
    Text,
    #[default]
    Json,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    format: Form,
}

type Asked = Result<Query<Wanted>, QueryRejection>;

/// `GET /api/v1/roster/call-list`
pub(super) async fn of_roster(
    State(app): State<App>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    let form = form(&caller, asked)?;
    let now = app.engine.now();
    let make = move |standing: &Standing| call_list::of_roster(&standing.plan, now);
    made(app.engine.standing(), form, make).await
}

/// `GET /api/v1/call-outs/{id}/call-list`
pub(super) async fn of_call_out(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let form = form(&caller, asked)?;
    let call_out = kept(&app, &id).await?.call_out;
    let now = app.engine.now();
    let make = move |standing: &Standing| call_list::of_call_out(&standing.plan, &call_out, now);
    made(app.engine.standing(), form, make).await
}

/// Addresses stand on it, so it is an administrator's.
fn form(caller: &Caller, asked: Asked) -> Result<Form, Problem> {
    caller.require(Scope::Admin)?;
    let Query(wanted) = asked.map_err(|_| {
        Problem::unacceptable(
            "指定を読めません。?format=html、?format=text、?format=json のどれかを書いてください",
            "the query is not acceptable; write ?format=html, ?format=text or ?format=json",
        )
    })?;
    Ok(wanted.format)
}

async fn made(
    standing: Arc<Standing>,
    form: Form,
    make: impl FnOnce(&Standing) -> CallList + Send + 'static,
) -> Result<Response, Problem> {
    let made = tokio::task::spawn_blocking(move || {
        let list = make(&standing);
        match form {
            Form::Json => Ok(Reply(call_list::json(&list, &standing.plan)).into_response()),
            Form::Text => Ok(standing.messages.call_list_text(&list).into_response()),
            Form::Html => {
                let page = standing.messages.call_list_page(&list);
                page.map(|page| for_paper(Html(page).into_response(), &STYLES))
            }
        }
    });
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(error = %error, "a call list cannot be made");
        Problem::inside("連絡名簿を作れません", "the call list cannot be made")
    };
    match made.await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(failed(&error)),
        Err(error) => Err(failed(&error)),
    }
}
