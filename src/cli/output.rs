//! The terminal and the pipe.
//!
//! Owns every write to standard output and error. A reader that has gone is
//! no error: the command has done its work.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;

use crate::domain::text::Language;

/// The language of what is printed; set once, by the command line.
static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// Sets the language of what is printed.
pub(super) fn speak(language: Language) {
    // Set twice it stays what it was.
    let _ = LANGUAGE.set(language);
}

/// The language of what is printed.
pub(super) fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or_default()
}

/// A sentence in the terminal's language: Japanese with the English behind it,
/// or English.
pub(super) fn both(ja: &str, en: &str) -> String {
    match language() {
        Language::Ja => format!("{ja} / {en}"),
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

/// Prints a text with a line's end.
pub fn say(text: &str) {
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
        say(&serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()));
    } else {
        say(&value.to_string());
    }
}

/// Prints a sentence to standard error.
pub fn complain(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "muster: {text}");
}

/// Prints a remark to standard error.
pub fn remark(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{text}");
}
