//! The report over HTTP: `GET …/report?format=html|csv|xlsx|json`.
//!
//! Owns who may have it, in which form, and its file's name. It must not lay
//! anything out, and it is made outside the tasks that answer others: it can
//! be long.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::App;
use super::auth::{May, Scope, needs};
use super::call_outs::kept;
use super::drill_records::{days, no_year};
use super::drills::coming;
use super::path::Path;
use super::problem::Problem;
use crate::domain::drill_duty::{Days, Every};
use crate::domain::id::CallOutId;
use crate::domain::journal::Record;
use crate::domain::plan::Plan;
use crate::domain::run::ran_as;
use crate::engine::Standing;
use crate::message::Styles;
use crate::message::report::year::{self, Year};
use crate::message::report::{STYLES, file_names};
use crate::report::drill_year::{self, Beside, Gathered};
use crate::report::outcome::{self, Asked};
use crate::report::workbook;
use crate::store::Kept;

/// In which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    Html,
    Csv,
    Xlsx,
    #[default]
    Json,
}

impl Form {
    const fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    format: Form,
}

/// The call-outs among which a drill's latest is looked for.
const LOOKED_AT: u32 = 500;

/// `GET /api/v1/call-outs/{id}/report`
pub(super) async fn of_call_out(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
    Path(id): Path<String>,
    asked: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let form = form(asked)?;
    let kept = kept(&app, &id).await?;
    answer(&app, kept, form, caller.may(Scope::Admin)).await
}

/// `GET /api/v1/drills/{name}/report`: of the latest run of a drill.
pub(super) async fn of_drill(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
    Path(name): Path<String>,
    asked: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let form = form(asked)?;
    let id = latest(&app, &name).await?;
    let kept = kept(&app, id.as_str()).await?;
    answer(&app, kept, form, caller.may(Scope::Admin)).await
}

fn form(asked: Result<Query<Wanted>, QueryRejection>) -> Result<Form, Problem> {
    let Query(wanted) = asked.map_err(|_| {
        Problem::unacceptable(
            "指定を読めません。?format= には html、csv、xlsx、json のどれかを書いてください",
            "the query is not acceptable; write ?format=html, csv, xlsx or json",
        )
    })?;
    Ok(wanted.format)
}

/// Which year, and in which form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedYear {
    #[serde(default)]
    format: Form,
    #[serde(default)]
    calendar: bool,
}

/// `GET /api/v1/drill-years/{year}/report`: of the drills of a year, from April
/// to March, or of a calendar year.
pub(super) async fn of_year(
    State(app): State<App>,
    May(caller, _): May<needs::Read>,
    Path(year): Path<String>,
    asked: Result<Query<WantedYear>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| no_year())?;
    let number: i16 = year.parse().map_err(|_| no_year())?;
    let days = days(number, asked.calendar)?;
    let standing = app.engine.standing();
    let as_of = (caller.may(Scope::Admin), app.engine.now());
    let year = (number, asked.calendar, days);
    let plan = Arc::clone(&standing);
    let each = move |all: &mut Gathered, kept: &Kept, records: &[Record]| {
        all.add(kept, records, wanted(&plan.plan, year, as_of));
    };
    let gathered = app.engine.each_run(days, Gathered::default(), each).await?;
    let from = standing
        .plan
        .time_zone
        .to_timestamp(days.first.at(0, 0, 0, 0));
    let store = app.engine.store();
    let bounces = app.engine.bounces(from.unwrap_or_default()).await?;
    let records = store.drill_records(days.first, days.last).await?;
    let held = app.engine.drills_held(around(days)).await?;
    let today = standing.plan.time_zone.to_datetime(as_of.1).date();
    let coming = if days.contains(today) {
        coming(&app, &standing.plan).await?
    } else {
        Vec::new()
    };
    let names = year::file_names(number, asked.calendar, asked.format.ending());
    let form = asked.format;
    let made = tokio::task::spawn_blocking(move || {
        let beside = Beside {
            coming: &coming,
            records: &records,
            held: &held,
            bounces: &bounces,
        };
        let year = gathered.year(wanted(&standing.plan, year, as_of), beside);
        write_year(&year, form, &standing)
    });
    match made.await {
        Ok(Ok(body)) => Ok(sent(body, form, &names)),
        Ok(Err(error)) => Err(failed(&error)),
        Err(error) => Err(failed(&error)),
    }
}

fn wanted(
    plan: &Plan,
    (number, calendar, days): (i16, bool, Days),
    (addresses, now): (bool, Timestamp),
) -> drill_year::Wanted<'_> {
    drill_year::Wanted {
        plan,
        number,
        calendar,
        days,
        addresses,
        now,
    }
}

/// A year and the one before it, by which it is judged what was missed.
fn around(days: Days) -> Days {
    let year = Every::Year.of(days.first);
    Days {
        first: Every::Year.before(year).first,
        last: days.last,
    }
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(error = %error, "a report cannot be made");
    Problem::inside("報告を作れません", "the report cannot be made")
}

fn write_year(year: &Year, form: Form, standing: &Standing) -> Result<Vec<u8>, String> {
    let messages = &standing.messages;
    match form {
        Form::Html => page(messages.year_page(year)),
        Form::Csv => Ok(workbook::csv(&messages.year_list(year))),
        Form::Xlsx => {
            workbook::xlsx(&messages.year_tables(year)).map_err(|error| error.to_string())
        }
        Form::Json => Ok(drill_year::json(year, &standing.plan)
            .to_string()
            .into_bytes()),
    }
}

fn page(made: Result<String, crate::message::Error>) -> Result<Vec<u8>, String> {
    made.map(String::into_bytes)
        .map_err(|error| format!("{error}: {:?}", std::error::Error::source(&error)))
}

/// The newest call-out that a drill of the plan was run as.
async fn latest(app: &App, name: &str) -> Result<CallOutId, Problem> {
    let standing = app.engine.standing();
    let Some(drill) = standing.plan.drills.get(name) else {
        return Err(crate::engine::Error::NoDrill(name.into()).into());
    };
    for summary in app.engine.store().call_outs(false, LOOKED_AT).await? {
        let is_run = app
            .engine
            .view(&summary.id, |call_out| ran_as(&call_out.event, drill));
        if is_run.await? {
            return Ok(summary.id);
        }
    }
    Err(Problem::not_found(
        format!("訓練 {name} はまだ実施されていません。muster drill start {name} で始められます"),
        format!("the drill {name} has not been run yet; `muster drill start {name}` starts it"),
    ))
}

async fn answer(app: &App, kept: Kept, form: Form, addresses: bool) -> Result<Response, Problem> {
    if kept.call_out.is_notice() {
        return Err(Problem::unacceptable(
            "これは管理者への点検の知らせで、参集ではないため、報告はありません",
            "this only told administrators of the daemon's own matters; there is no report of it",
        ));
    }
    let names = file_names(
        &kept.call_out.id,
        kept.call_out.mode().is_drill(),
        form.ending(),
    );
    let records = app.engine.store().journal(&kept.call_out.id, 0).await?;
    let earlier = app.engine.runs_before(&kept.call_out).await?;
    let next = match kept.call_out.event.drill_id() {
        Some(drill) => app.engine.coming(drill).await?,
        None => None,
    };
    let (standing, now) = (app.engine.standing(), app.engine.now());
    let made = tokio::task::spawn_blocking(move || {
        let report = outcome::of(Asked {
            kept: &kept,
            records: &records,
            earlier: &earlier,
            next: next.as_ref().map(|next| &next.at),
            plan: &standing.plan,
            addresses,
            now,
        });
        write(&report, form, &standing)
    });
    match made.await {
        Ok(Ok(body)) => Ok(sent(body, form, &names)),
        Ok(Err(error)) => Err(failed(&error)),
        Err(error) => Err(failed(&error)),
    }
}

fn write(
    report: &crate::message::report::Report,
    form: Form,
    standing: &Standing,
) -> Result<Vec<u8>, String> {
    let messages = &standing.messages;
    match form {
        Form::Html => page(messages.report_page(report)),
        Form::Csv => Ok(workbook::csv(&messages.report_people(report))),
        Form::Xlsx => {
            workbook::xlsx(&messages.report_tables(report)).map_err(|error| error.to_string())
        }
        Form::Json => Ok(outcome::json(report, &standing.plan)
            .to_string()
            .into_bytes()),
    }
}

/// The answer with its kind, its file's name, and a policy that lets the page
/// have nothing but its own style.
fn sent(body: Vec<u8>, form: Form, [ascii, name]: &[String; 2]) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.kind()));
    // Why: a page is to be looked at, the others are to be kept.
    let how = match form {
        Form::Html | Form::Json => "inline",
        Form::Csv | Form::Xlsx => "attachment",
    };
    let named = format!(
        "{how}; filename=\"{ascii}\"; filename*=UTF-8''{}",
        percent(name)
    );
    if let Ok(named) = HeaderValue::from_str(&named) {
        headers.insert(header::CONTENT_DISPOSITION, named);
    }
    for_paper(response, &STYLES)
}

/// A page with its security policy: no script, no other host, known styles.
pub(super) fn for_paper(mut response: Response, styles: &Styles) -> Response {
    let [real, drill] = styles.hashes();
    let policy = format!(
        "default-src 'none'; style-src '{real}' '{drill}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A file that is to be saved, by its name in ASCII and in Japanese.
pub(super) fn attached(ascii: &str, name: &str) -> String {
    format!(
        "attachment; filename=\"{ascii}\"; filename*=UTF-8''{}",
        percent(name)
    )
}

/// RFC 5987: what is not a plain letter as its bytes.
fn percent(name: &str) -> String {
    let mut coded = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
    }
    coded
}
