//! A person at a terminal of 80 by 24: `terminal.py` types, and never waits
//! for ever.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::daemon::Town;

/// What came of a dialogue.
pub(crate) struct Talk {
    /// What was seen, without colours.
    pub(crate) seen: String,
    /// The exit code.
    pub(crate) code: i64,
}

/// Runs a command in a town's configuration and types a dialogue: for each
/// text that is waited for, a line. `None` ends the input.
pub(crate) fn talk(town: &Town, arguments: &[&str], dialogue: &[(&str, Option<&str>)]) -> Talk {
    let config = town.config();
    let mut command = vec![env!("CARGO_BIN_EXE_muster"), "--config"];
    command.push(config.to_str().unwrap());
    command.extend(arguments);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/terminal.py");
    let mut person = Command::new("python3")
        .arg(script)
        .env_remove("MUSTER_CONFIG")
        .env_remove("MUSTER_LANG")
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let task = json!({ "command": command, "dialogue": dialogue });
    person
        .stdin
        .take()
        .unwrap()
        .write_all(task.to_string().as_bytes())
        .unwrap();
    let output = person.wait_with_output().unwrap();
    let talk: Value = serde_json::from_slice(&output.stdout).unwrap();
    let seen = without_colours(&talk["seen"].as_str().unwrap().replace("\r\n", "\n"));
    assert_eq!(talk["missing"], Value::Null, "{seen}");
    Talk {
        seen,
        code: talk["code"].as_i64().unwrap(),
    }
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        let end = part.find(|c: char| c.is_ascii_alphabetic());
        plain + end.map_or("", |end| &part[end + 1..])
    })
}
