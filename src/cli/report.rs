//! `muster report`: what came of a call-out or a drill, as a file.
//!
//! Owns where it is written to. What it says is the daemon's.

use clap::{Args, ValueEnum};

use super::arguments::Global;
use super::client::Client;
use super::failure::Failure;
use super::out::{Wanted, keep};
use super::output::{self, both};

/// `muster report`
#[derive(Debug, Args)]
pub(super) struct Report {
    /// The call-out; or a drill by its name in rules.toml, for its latest run
    #[arg(value_name = "CALL-OUT|DRILL")]
    pub(super) call_out: String,
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
        let (name, form) = (&arguments.call_out, form.name());
        return Err(Failure::usage(
            format!(
                "{form} は画面には出しません。--out でファイルに書くか、--json で見てください\n  muster report {name} --out muster-{name}.{form}"
            ),
            format!(
                "{form} is not for a terminal; write it into a file, or look at it with --json:\n  muster report {name} --out muster-{name}.{form}"
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

/// What the daemon says: a call-out's number has a date in it, a drill's name
/// has none.
async fn asked(global: &Global, arguments: &Report, form: Form) -> Result<Vec<u8>, Failure> {
    let id = &arguments.call_out;
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
