//! `muster report`: what came of a call-out or a drill, as a file.
//!
//! Owns where it is written to. What it says is the daemon's.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::arguments::Global;
use super::client::Client;
use super::daemon::write_private;
use super::failure::Failure;
use super::output;

/// `muster report`
#[derive(Debug, Args)]
pub(super) struct Report {
    /// The call-out; or a drill by its name in rules.toml, for its latest run
    #[arg(value_name = "CALL-OUT|DRILL")]
    pub(super) call_out: String,
    /// In which form; by default as --out ends, else html
    #[arg(long, value_enum)]
    pub(super) format: Option<Form>,
    /// Write it into a file that nobody else can read
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
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
    const ALL: [Self; 4] = [Self::Html, Self::Csv, Self::Xlsx, Self::Json];

    const fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }

    /// As a file's name ends.
    fn of(file: &Path) -> Option<Self> {
        let ending = file.extension()?.to_str()?;
        let same = |form: &Self| ending.eq_ignore_ascii_case(form.name());
        Self::ALL.into_iter().find(same)
    }
}

/// Prints the report, or writes it.
pub(super) async fn report(global: &Global, arguments: &Report) -> Result<(), Failure> {
    let form = form(global, arguments)?;
    let on_screen = arguments.out.is_none() && output::is_terminal();
    if on_screen && matches!(form, Form::Html | Form::Xlsx) {
        let (name, form) = (&arguments.call_out, form.name());
        return Err(Failure::usage(format!(
            "{form} は画面には出しません。--out でファイルに書くか、--json で見てください\n{form} is not for a terminal; write it into a file, or look at it with --json:\n  muster report {name} --out muster-{name}.{form}"
        )));
    }
    let written = asked(global, arguments, form).await?;
    let Some(out) = &arguments.out else {
        if form == Form::Json {
            let value: serde_json::Value = serde_json::from_slice(&written).map_err(|error| {
                Failure::failed(format!("the daemon's answer is no JSON: {error}"))
            })?;
            output::json(&value);
        } else {
            output::bytes(&written);
        }
        return Ok(());
    };
    write_private(out, &written).map_err(|error| {
        Failure::failed(format!(
            "{} cannot be written: {error}; name another file with --out",
            out.display()
        ))
    })?;
    output::remark(&format!(
        "書きました。職員の氏名と回答が載っています / written, with people's names and answers on it: {}",
        out.display()
    ));
    Ok(())
}

fn form(global: &Global, arguments: &Report) -> Result<Form, Failure> {
    let by_name = arguments.out.as_deref().and_then(Form::of);
    match (arguments.format, global.json) {
        (Some(form), true) if form != Form::Json => Err(Failure::usage(
            "--json and --format cannot both be; leave one of them out",
        )),
        (_, true) => Ok(Form::Json),
        (Some(form), false) => Ok(form),
        (None, false) => Ok(by_name.unwrap_or(Form::Html)),
    }
}

/// What the daemon says: a call-out's number has a date in it, a drill's name
/// has none.
async fn asked(global: &Global, arguments: &Report, form: Form) -> Result<Vec<u8>, Failure> {
    let id = &arguments.call_out;
    let is_name = !id.is_empty()
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !is_name {
        return Err(Failure::usage(format!(
            "{id:?} は参集番号でも訓練の名前でもありません（muster status、muster drill list）\n{id:?} is neither a call-out nor a drill; `muster status` and `muster drill list` list them"
        )));
    }
    let client = Client::new(global)?;
    let form = form.name();
    let number = id.split('-').next().unwrap_or_default();
    let path = if number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("/api/v1/call-outs/{id}/report?format={form}")
    } else {
        format!("/api/v1/drills/{id}/report?format={form}")
    };
    client.bytes(&path).await
}
