//! The terminal and the pipe.
//!
//! Owns every write to standard output and error. A reader that has gone is
//! no error: the command has done its work.

use std::io::{IsTerminal, Write};

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
