//! What every file of the project keeps to.
//!
//! Owns the rules that need one file at a time: headers, lengths, names,
//! clock and environment reads, tests in production code, words that belong
//! to nobody who reads the project.

use super::scan::{paths, tokens};
use super::tree::{File, files, sources};

/// The longest file, in lines.
const LINES: usize = 500;

/// Names that say nothing of what a file owns.
const DRAWERS: [&str; 8] = [
    "manager", "handler", "helper", "helpers", "util", "utils", "process", "core",
];

/// Reads of the clock, of waiting and of the environment: what, and its home.
const READS: [(&[&str], &str); 15] = [
    (&["SystemTime", "now"], "clock"),
    (&["Instant", "now"], "clock"),
    (&["Timestamp", "now"], "clock"),
    (&["Zoned", "now"], "clock"),
    (&["Utc", "now"], "clock"),
    (&["Local", "now"], "clock"),
    (&["time", "sleep"], "clock"),
    (&["time", "sleep_until"], "clock"),
    (&["time", "interval"], "clock"),
    (&["time", "interval_at"], "clock"),
    (&["thread", "sleep"], "clock"),
    (&["env", "var"], "cli"),
    (&["env", "var_os"], "cli"),
    (&["env", "vars"], "cli"),
    (&["env", "args"], "cli"),
];

/// A file that is only a place kept free.
fn is_unwritten(file: &File) -> bool {
    file.text.starts_with("//! To be written.") || file.text == "fn main() {}\n"
}

fn header(file: &File) -> Option<String> {
    let lines = file
        .text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .count();
    let short = file.path == "src/main.rs" || !file.path.starts_with("src/");
    let least = if short { 1 } else { 3 };
    (lines < least && !is_unwritten(file)).then(|| {
        format!(
            "{}: opens with {lines} lines of `//!`; say what it owns and what it must not do",
            file.path
        )
    })
}

fn length(file: &File) -> Option<String> {
    let lines = file.text.lines().count();
    (lines > LINES).then(|| format!("{}: {lines} lines, more than {LINES}", file.path))
}

fn name(file: &File) -> Option<String> {
    let drawer = file
        .path
        .split(['/', '.', '_'])
        .find(|word| DRAWERS.contains(word))?;
    Some(format!(
        "{}: `{drawer}` says nothing of what it owns",
        file.path
    ))
}

fn reads(file: &File) -> Vec<String> {
    let inside = |home: &str| {
        file.path.starts_with(&format!("src/{home}/"))
            || file.path == format!("src/{home}.rs")
            || (home == "cli" && file.path == "src/main.rs")
    };
    let mut problems = Vec::new();
    for path in paths(&tokens(&file.text)) {
        for (words, home) in READS {
            if path.has(words) && !inside(home) {
                problems.push(format!(
                    "{}:{}: `{}` belongs to `{home}` alone",
                    file.path,
                    path.line,
                    words.join("::")
                ));
            }
        }
    }
    problems
}

/// `cfg(test)` and its like, and tests themselves: they live in `tests/it`.
fn test_code(file: &File) -> Vec<String> {
    let tokens = tokens(&file.text);
    let mut problems = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let conditional = matches!(token.text.as_str(), "cfg" | "cfg_attr")
            && tokens[at..]
                .iter()
                .take_while(|t| !matches!(t.text.as_str(), "]" | ";" | "{"))
                .any(|t| t.text == "test");
        let test = token.text == "test"
            && at >= 2
            && tokens[at - 1].text == "["
            && tokens[at - 2].text == "#";
        if conditional || test {
            problems.push(format!(
                "{}:{}: tests live in `tests/it`, not in the program",
                file.path, token.line
            ));
        }
    }
    problems
}

/// Words of unfinished work and of whoever's machine it was done on.
fn stray_words(file: &File) -> Vec<String> {
    let stray = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("/wo", "rk/"),
        concat!("/tmp/", "wt"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("Cla", "ude"),
    ];
    let mut problems = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for word in stray {
            if line.contains(word) {
                let line = number + 1;
                problems.push(format!("{}:{line}: `{word}` does not belong", file.path));
            }
        }
    }
    problems
}

fn rust(folders: &[&str]) -> Vec<File> {
    files(folders)
        .into_iter()
        .filter(|file| file.path.ends_with(".rs"))
        .collect()
}

#[test]
fn every_file_says_what_it_owns() {
    let found: Vec<String> = rust(&["src", "tests", "benches"])
        .iter()
        .filter_map(header)
        .collect();
    super::nothing_wrong(&found);
}

#[test]
fn no_file_is_longer_than_can_be_read_at_once() {
    let found: Vec<String> = rust(&["src", "tests", "benches"])
        .iter()
        .filter_map(length)
        .collect();
    super::nothing_wrong(&found);
}

#[test]
fn no_file_is_a_drawer() {
    let found: Vec<String> = sources().iter().filter_map(name).collect();
    super::nothing_wrong(&found);
}

#[test]
fn clock_and_environment_are_read_in_one_place() {
    let found: Vec<String> = sources().iter().flat_map(reads).collect();
    super::nothing_wrong(&found);
}

#[test]
fn the_program_holds_no_tests() {
    let found: Vec<String> = sources().iter().flat_map(test_code).collect();
    super::nothing_wrong(&found);
}

#[test]
fn nothing_is_left_unfinished_and_no_path_is_of_one_machine() {
    let found: Vec<String> = files(&[""]).iter().flat_map(stray_words).collect();
    super::nothing_wrong(&found);
}

fn file(path: &str, text: &str) -> File {
    File {
        path: path.into(),
        text: text.into(),
    }
}

#[test]
fn control_headers_lengths_and_names() {
    assert!(header(&file("src/store/sql.rs", "use std::fmt;\n")).is_some());
    assert!(header(&file("src/store/sql.rs", "//! One.\n")).is_some());
    assert!(header(&file("src/store/sql.rs", "//! a\n//! b\n//! c\n")).is_none());
    assert!(length(&file("src/store/sql.rs", &"\n".repeat(LINES + 1))).is_some());
    assert!(length(&file("src/store/sql.rs", &"\n".repeat(LINES))).is_none());
    assert!(name(&file("src/store/sql_util.rs", "")).is_some());
    assert!(name(&file("src/store/sql.rs", "")).is_none());
}

#[test]
fn control_reads_outside_their_home() {
    for text in [
        "let now = jiff::Timestamp::now();",
        "use tokio::time::{sleep, timeout};",
        "use tokio::{time::interval, sync::mpsc};",
        "std::thread::sleep(wait);",
        "std::env::var(\"HOME\")",
        "let read = SystemTime::now;",
    ] {
        assert!(
            !reads(&file("src/engine/turn.rs", text)).is_empty(),
            "{text}"
        );
    }
    let text = "use tokio::time::timeout; // Timestamp::now";
    assert!(reads(&file("src/engine/turn.rs", text)).is_empty());
    assert!(reads(&file("src/clock/mod.rs", "Timestamp::now()")).is_empty());
    assert!(reads(&file("src/cli/mod.rs", "std::env::var(name)")).is_empty());
}

#[test]
fn control_tests_and_stray_words_in_the_program() {
    for text in ["#[cfg(test)]\nmod tests {}", "#[cfg(not(test))]", "#[test]"] {
        assert!(
            !test_code(&file("src/store/sql.rs", text)).is_empty(),
            "{text}"
        );
    }
    assert!(test_code(&file("src/store/sql.rs", "#[cfg(unix)]\nfn test() {}")).is_empty());
    let text = concat!("// TO", "DO later");
    assert!(!stray_words(&file("src/store/sql.rs", text)).is_empty());
    let text = concat!("see /wo", "rk/main");
    assert!(!stray_words(&file("docs/plan.md", text)).is_empty());
}
