//! `muster roster call-list`: the list to telephone by, for paper.
//!
//! Owns where the list comes from: the daemon; without one the files, for the
//! whole roster, or the copy that the daemon kept, for a call-out. It must not
//! lay anything out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::arguments::Global;
use super::client::Client;
use super::configuration;
use super::daemon;
use super::failure::Failure;
use super::out::{Wanted, keep};
use super::output::{self, both};
use super::paper;
use crate::clock::Clock;
use crate::domain::text::Text;
use crate::report::call_list;

/// The exit code of "no daemon".
const NO_DAEMON: u8 = 5;

/// `muster roster call-list`
#[derive(Debug, Args)]
pub(super) struct CallList {
    /// The call-out; without it, the whole roster
    pub(super) call_out: Option<String>,
    #[command(flatten)]
    pub(super) wanted: Wanted<Form>,
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// Plain text of 80 columns
    Text,
    /// A page to be printed on A4
    Html,
}

impl Form {
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
        }
    }
}

/// Prints the list, or writes it.
pub(super) async fn call_list(global: &Global, arguments: &CallList) -> Result<(), Failure> {
    let form = arguments.wanted.form(global.json, Form::Text)?;
    let list = match asked(global, arguments, form).await {
        Err(failure) if failure.code == NO_DAEMON && global.server.is_none() => {
            match &arguments.call_out {
                None => from_files(global, form)?,
                Some(id) => kept(global, form, id, failure)?,
            }
        }
        asked => asked?,
    };
    let Some(out) = &arguments.wanted.out else {
        output::write(&list);
        return Ok(());
    };
    let holds = both(
        "書きました。連絡先が載っています",
        "written, with addresses on it",
    );
    keep(out, list.as_bytes(), &holds)
}

/// What the daemon says.
async fn asked(global: &Global, arguments: &CallList, form: Form) -> Result<String, Failure> {
    let client = Client::new(global)?;
    let form = if global.json { "json" } else { form.name() };
    let path = match &arguments.call_out {
        Some(id) if !is_name(id) => return Err(no_name(id)),
        Some(id) => format!("/api/v1/call-outs/{id}/call-list?format={form}"),
        None => format!("/api/v1/roster/call-list?format={form}"),
    };
    let mut list = client.text(&path).await?;
    if global.json {
        list.push('\n');
    }
    Ok(list)
}

/// Whether a text can be a call-out's name: it becomes part of a path.
fn is_name(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn no_name(id: &str) -> Failure {
    Failure::usage(
        format!(
            "{id:?} は参集番号ではありません。20261124-k7qm のように書いてください（muster status で一覧）"
        ),
        format!(
            "{id:?} is no call-out; write its number, such as 20261124-k7qm (`muster status` lists them)"
        ),
    )
}

/// The whole roster's list, made here.
fn from_files(global: &Global, form: Form) -> Result<String, Failure> {
    output::remark(&both(
        "デーモンが動いていないため、設定ファイルの名簿から作ります",
        "no daemon runs; made from the roster's file",
    ));
    let (_, checked) = configuration::read(global).map_err(|failure| {
        let Text { ja, en } = hint(global);
        failure.and(&ja, &en)
    })?;
    let plan = &checked.plan;
    let messages = daemon::messages(plan, &checked.operator, &checked.operator.http.public_url)?;
    let list = call_list::of_roster(plan, Clock::system().now());
    if global.json {
        return Ok(format!("{}\n", call_list::json(&list, plan)));
    }
    match form {
        Form::Text => Ok(messages.call_list_text(&list)),
        Form::Html => {
            let page = messages.call_list_page(&list);
            page.map_err(|error| {
                Failure::failed(
                    format!("ページを作れません（{error}）"),
                    format!("the page cannot be made: {error}"),
                )
            })
        }
    }
}

/// Where the roster's last list lies, if the files cannot be read.
fn hint(global: &Global) -> Text {
    let kept = folder(global).map(|folder| folder.join("roster.txt"));
    match kept {
        Ok(kept) if kept.exists() => {
            let kept = kept.display();
            Text::new(
                format!("\n最後に書いた名簿があります: {kept}"),
                format!("\nthe last list that was written: {kept}"),
            )
        }
        _ => Text::default(),
    }
}

fn folder(global: &Global) -> Result<PathBuf, Failure> {
    Ok(paper::folder(&configuration::store(global)?))
}

/// The copy that the daemon kept of a call-out's list.
fn kept(global: &Global, form: Form, id: &str, no_daemon: Failure) -> Result<String, Failure> {
    let file = folder(global)?.join(format!(
        "{id}.{}",
        match form {
            Form::Text => "txt",
            Form::Html => "html",
        }
    ));
    if global.json {
        let file = file.display();
        return Err(no_daemon.and(
            &format!("。最後に書いた写しはありますが、JSON ではありません: {file}"),
            &format!("; without one there is the copy of the last list, not in JSON: {file}"),
        ));
    }
    let list = match std::fs::read_to_string(&file) {
        Ok(list) => list,
        Err(error) => {
            let file = file.display();
            return Err(no_daemon.and(
                &format!("。最後に書いた写しも読めません: {file}（{error}）"),
                &format!("; and no copy of its list can be read at {file}: {error}"),
            ));
        }
    };
    output::remark(&format!(
        "{}: {}",
        both(
            "デーモンが動いていません。最後に書いた写しです（一覧の「現在」の行で、いつのものか確かめてください）",
            "no daemon runs; this is the last copy; see its line \"as of\" for when"
        ),
        file.display()
    ));
    Ok(list)
}
