//! Every command that the documentation shows is one that the program takes.
//!
//! Owns finding commands in the documentation. It runs each with `--help` at
//! its end, so that the program reads every word of it and does nothing.

use std::process::Command;

use super::tree::{root, text};

/// Documents whose commands are tried.
const PAPERS: [&str; 5] = [
    "README.md",
    "README.ja.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/operations.md",
];

/// The lines in fenced code, with continued lines joined, without remarks.
pub(super) fn code_lines(paper: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut inside, mut begun) = (false, String::new());
    for line in paper.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if inside {
            let line = line.split(" # ").next().unwrap_or_default().trim();
            if let Some(more) = line.strip_suffix('\\') {
                begun.push_str(more);
            } else {
                begun.push_str(line);
                found.push(std::mem::take(&mut begun));
            }
        }
    }
    found.retain(|line| !line.is_empty() && !line.starts_with('#'));
    found
}

/// The words behind `muster`, if the line runs it.
fn arguments(line: &str) -> Option<Vec<String>> {
    let line = line.strip_prefix("sudo ").unwrap_or(line);
    let line = line.strip_prefix("-u muster ").unwrap_or(line);
    let rest = line
        .strip_prefix("muster ")
        .or_else(|| line.strip_prefix("cargo run --release -- "))?;
    Some(words(rest))
}

/// As a shell would split it, up to a pipe or redirection.
fn words(line: &str) -> Vec<String> {
    let (mut found, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ' ') if !word.is_empty() => found.push(std::mem::take(&mut word)),
            (None, ' ') => {}
            (_, c) => word.push(c),
        }
    }
    let end = found
        .iter()
        .position(|word| matches!(word.as_str(), "|" | ">" | "<" | "&&" | ";" | "&"));
    found.truncate(end.unwrap_or(found.len()));
    found
}

/// What the program says against a command.
fn refused(arguments: &[String]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_muster"))
        .args(arguments)
        .arg("--help")
        .env("MUSTER_LANG", "en")
        .output()
        .expect("the program was built for this test");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (!output.status.success() || !said.contains("Usage:")).then(|| {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        format!("muster {}: {why}{said}", arguments.join(" "))
    })
}

/// Whether the commands are still to be written.
fn is_early() -> bool {
    text("src/cli/mod.rs").starts_with("//! To be written.")
}

#[test]
fn every_command_of_the_documentation_parses() {
    let mut problems = Vec::new();
    for paper in PAPERS {
        for line in code_lines(&text(paper)) {
            if let Some(arguments) = arguments(&line)
                && !is_early()
            {
                problems.extend(refused(&arguments).map(|why| format!("{paper}: {why}")));
            }
        }
    }
    super::nothing_wrong(&problems);
}

#[test]
fn the_test_command_is_a_program() {
    use std::os::unix::fs::PermissionsExt as _;
    for script in ["tests/run", ".ci/run"] {
        let mode = root(script)
            .metadata()
            .map(|meta| meta.permissions().mode());
        assert!(mode.is_ok_and(|mode| mode & 0o111 != 0), "{script}");
        let read = Command::new("bash").arg("-n").arg(root(script)).output();
        assert!(read.is_ok_and(|output| output.status.success()), "{script}");
    }
    assert!(text(".ci/run").contains("tests/run"));
}

#[test]
fn control_commands_are_found_and_split() {
    let paper = "muster no\n```sh\n# no\nsudo -u muster muster trigger earthquake \\\n  \
                 --headline \"a b\" | tee x   # words\nls\n```\nmuster no\n";
    let found: Vec<_> = code_lines(paper)
        .iter()
        .filter_map(|line| arguments(line))
        .collect();
    assert_eq!(found, [["trigger", "earthquake", "--headline", "a b"]]);
    if !is_early() {
        assert!(refused(&["no-such-command".to_owned()]).is_some());
        assert!(refused(&["demo".to_owned(), "--no-such-option".to_owned()]).is_some());
    }
}
