//! The terminal and the pipe.
//!
//! Owns every write to standard output and error, the language of what is
//! printed and the width of a terminal. A reader that has gone is no error: the
//! command has done its work.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;

use super::table::Table;
use super::wrap::{fold, width, wrap};
use crate::domain::text::Language;
use crate::telemetry::lines::Lines;

/// The language of what is printed; set once, by the command line.
static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// Where remarks go once there is a log that nobody reads at a terminal.
static LOG: OnceLock<Lines> = OnceLock::new();

/// How wide the name of an item is.
const NAME: usize = 18;

/// Sets the language of what is printed.
pub(super) fn speak(language: Language) {
    // Set twice it stays what it was.
    let _ = LANGUAGE.set(language);
}

/// The language of what is printed.
pub(super) fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or_default()
}

/// How many columns the terminal has; nothing in a pipe, where no line is
/// folded.
pub(super) fn columns() -> Option<usize> {
    if !is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// A sentence in the terminal's language: Japanese with the English behind it,
/// or below it where a line has no room for both; or English.
pub(super) fn both(ja: &str, en: &str) -> String {
    match language() {
        Language::En => en.to_owned(),
        Language::Ja => {
            let wide = width(ja) + width(en) + " / ".len();
            match columns() {
                Some(columns) if wide > columns => format!("{ja}\n{en}"),
                _ => format!("{ja} / {en}"),
            }
        }
    }
}

/// Words that hold both languages already, or the English ones.
pub(super) fn pick(ja: &str, en: &str) -> String {
    match language() {
        Language::Ja => ja.to_owned(),
        Language::En => en.to_owned(),
    }
}

/// A word that names what follows it, in the same way.
pub(super) fn label(ja: &str, en: &str) -> String {
    match language() {
        Language::Ja => format!("{ja} {en}"),
        Language::En => en.to_owned(),
    }
}

/// Whether people read standard output.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Prints a text with a line's end; on a terminal none of its lines is wider
/// than that.
pub fn say(text: &str) {
    match columns() {
        Some(columns) => print(&fold(text, columns)),
        None => print(text),
    }
}

/// A table; on a terminal its widest cells are folded.
pub(super) fn laid(table: &Table) -> String {
    match columns() {
        Some(columns) => table.fit(columns),
        None => table.to_string(),
    }
}

/// Prints a table.
pub(super) fn table(table: &Table) {
    print(&laid(table));
}

/// Prints an item of a list: its name, and beside it what it is.
pub(super) fn item(ja: &str, en: &str, text: &str) {
    let mut name = label(ja, en).trim_start().to_owned();
    let room = columns().map_or(usize::MAX, |columns| columns.saturating_sub(NAME).max(NAME));
    for line in text.split('\n').flat_map(|line| wrap(line, room, 0)) {
        let gap = NAME.saturating_sub(width(&name));
        print(&format!("{name}{}{line}", " ".repeat(gap)));
        name.clear();
    }
}

fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Prints a text as it is.
pub fn write(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = write!(out, "{text}");
    let _ = out.flush();
}

/// Prints a file as it is, byte for byte.
pub fn bytes(file: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(file);
    let _ = out.flush();
}

/// Prints JSON for programs: one value on one line, indented on a terminal.
pub fn json(value: &serde_json::Value) {
    if is_terminal() {
        print(&serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()));
    } else {
        print(&value.to_string());
    }
}

/// Prints a sentence to standard error.
pub fn complain(text: &str) {
    remark(&format!("muster: {text}"));
}

/// Prints to standard error what a library has laid out already.
pub(super) fn mistake(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{text}");
}

/// Prints a remark to standard error.
pub fn remark(text: &str) {
    let Some(log) = LOG.get() else {
        let mut out = anstream::stderr().lock();
        let _ = writeln!(out, "{}", folded(text));
        return;
    };
    log.push(format!("{}\n", anstream::adapter::strip_str(text)).as_bytes());
    // Why: it may be the last word.
    log.finish();
}

/// From now on remarks go the way of the log, which makes nobody wait.
pub(super) fn remark_by(log: Lines) {
    // Set twice it stays what it was.
    let _ = LOG.set(log);
}

/// A text for standard error, folded where people read that. A line of a file
/// stays whole: what stands below points into it.
fn folded(text: &str) -> String {
    let columns = columns().filter(|_| std::io::stderr().is_terminal());
    let Some(columns) = columns else {
        return text.to_owned();
    };
    let quoted = |line: &str| {
        let line = line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
        line.starts_with('|') || line.starts_with("-->")
    };
    let lines = text.split('\n').map(|line| match quoted(line) {
        true => line.to_owned(),
        false => fold(line, columns),
    });
    lines.collect::<Vec<_>>().join("\n")
}
