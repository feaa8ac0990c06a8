//! `muster report`: what came of a call-out or a drill, as a file.
//!
//! Owns where it is written to. What it says is the daemon's.

use clap::{Args, ValueEnum};

use super::arguments::Global;
use super::client::Client;
use super::failure::Failure;
use super::out::{Wanted, keep};
use super::output::{self, both};
use crate::domain::drill_duty::Days;
use crate::domain::text::Language;
use crate::message::words;

/// `muster report`
#[derive(Debug, Args)]
pub(super) struct Report {
    /// The call-out; or a drill by its name in rules.toml, for its latest run; or a year such as 2026,
    /// for its drills from April to March
    #[arg(value_name = "CALL-OUT|DRILL|YEAR", required_unless_present_any = ["year", "calendar_year"])]
    pub(super) call_out: Option<String>,
    /// The drills of the year from April to March (年度)
    #[arg(long, value_name = "YEAR", conflicts_with_all = ["call_out", "calendar_year"])]
    pub(super) year: Option<i16>,
    /// The drills of the year from January to December (暦年)
    #[arg(long, value_name = "YEAR", conflicts_with = "call_out")]
    pub(super) calendar_year: Option<i16>,
    #[command(flatten)]
    pub(super) wanted: Wanted<Form>,
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// One page for the screen and for A4
    Html,
    /// A line for each person, for spreadsheets and programs
    Csv,
    /// A workbook for spreadsheets
    Xlsx,
    /// For programs
    Json,
}

impl Form {
    const fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }
}

/// Prints the report, or writes it.
pub(super) async fn report(global: &Global, arguments: &Report) -> Result<(), Failure> {
    let wanted = &arguments.wanted;
    let form = match wanted.form(global.json, Form::Html)? {
        _ if global.json => Form::Json,
        form => form,
    };
    let on_screen = wanted.out.is_none() && output::is_terminal();
    if on_screen && matches!(form, Form::Html | Form::Xlsx) {
        let ((name, file), form) = (named(arguments), form.name());
        return Err(Failure::usage(
            format!(
                "{form} は画面には出しません。--out でファイルに書くか、--json で見てください\n  muster report {name} --out muster-{file}.{form}"
            ),
            format!(
                "{form} is not for a terminal; write it into a file, or look at it with --json:\n  muster report {name} --out muster-{file}.{form}"
            ),
        ));
    }
    let written = asked(global, arguments, form).await?;
    let Some(out) = &wanted.out else {
        if form == Form::Json {
            let value: serde_json::Value = serde_json::from_slice(&written).map_err(|error| {
                Failure::failed(
                    format!("muster の応答が JSON ではありません（{error}）"),
                    format!("the daemon's answer is no JSON: {error}"),
                )
            })?;
            output::json(&value);
        } else {
            output::bytes(&written);
        }
        return Ok(());
    };
    let holds = both(
        "書きました。職員の氏名と回答が載っています",
        "written, with people's names and answers on it",
    );
    keep(out, &written, &holds)
}

/// The drills of a year, and which one in words: two are called so.
async fn of_year(
    client: &Client,
    year: i16,
    calendar: bool,
    form: Form,
) -> Result<Vec<u8>, Failure> {
    let days = if calendar {
        Days::calendar(year)
    } else {
        Days::fiscal(year)
    };
    if let Some(days) = days {
        let [ja, en] = Language::ALL.map(|l| words::drills::year(year, calendar, days, l));
        output::remark(&both(&ja, &en));
    }
    let form = form.name();
    let path = format!("/api/v1/drill-years/{year}/report?format={form}&calendar={calendar}");
    client.bytes(&path).await
}

/// How what is asked for was named, for the name of a file.
fn named(arguments: &Report) -> (String, String) {
    match (&arguments.call_out, arguments.year, arguments.calendar_year) {
        (Some(id), ..) => (id.clone(), id.clone()),
        (None, Some(year), _) => (format!("--year {year}"), format!("drills-{year}")),
        (None, None, year) => {
            let year = year.unwrap_or_default();
            (format!("--calendar-year {year}"), format!("drills-{year}"))
        }
    }
}

/// What the daemon says: a call-out's number has a date in it, a drill's name
/// has none.
async fn asked(global: &Global, arguments: &Report, form: Form) -> Result<Vec<u8>, Failure> {
    let client = Client::new(global)?;
    let id = match (&arguments.call_out, arguments.year, arguments.calendar_year) {
        (Some(id), ..) => id,
        (None, Some(year), _) => return of_year(&client, year, false, form).await,
        (None, None, year) => return of_year(&client, year.unwrap_or_default(), true, form).await,
    };
    // Why: a call-out's number begins with the eight digits of its day.
    if let Some(year) = id.parse().ok().filter(|_| id.len() == 4) {
        return of_year(&client, year, false, form).await;
    }
    let is_name = !id.is_empty()
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !is_name {
        return Err(Failure::usage(
            format!(
                "{id:?} は参集番号でも訓練の名前でもありません（muster status、muster drill list）"
            ),
            format!(
                "{id:?} is neither a call-out nor a drill; `muster status` and `muster drill list` list them"
            ),
        ));
    }
    let form = form.name();
    let number = id.split('-').next().unwrap_or_default();
    let path = if number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("/api/v1/call-outs/{id}/report?format={form}")
    } else {
        format!("/api/v1/drills/{id}/report?format={form}")
    };
    client.bytes(&path).await
}
