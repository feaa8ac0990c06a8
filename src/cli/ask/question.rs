//! One question on the terminal, and what was typed.
//!
//! Owns reading a line: full-width letters and spaces are taken for the same
//! as half-width ones, and the word for one step back. The end of the input
//! starts nothing.

use std::io::BufRead;

use super::super::failure::Failure;
use super::super::output::{self, both};

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// A line, perhaps an empty one.
    Line(String),
    /// One step back.
    Back,
}

/// The words that go one step back.
const BACK: [&str; 3] = ["戻る", "もどる", "back"];

/// Prints a question and reads a line.
pub(super) fn ask(question: &str) -> Result<Typed, Failure> {
    output::say(question);
    read()
}

/// Forgets what was typed before it was asked for: a pasted line must not say
/// the last yes.
pub(super) fn forget_typed_ahead() {
    let forgotten =
        rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
    if let Err(error) = forgotten {
        tracing::debug!(error = %error, "what was typed ahead is kept");
    }
}

/// Reads a line behind a mark. Bytes that are no text are asked for again.
pub(super) fn read() -> Result<Typed, Failure> {
    loop {
        output::write("> ");
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_until(b'\n', &mut bytes);
        match read {
            Ok(0) => {
                output::say("");
                return Err(nothing_started());
            }
            Ok(_) => {}
            Err(error) => {
                return Err(Failure::failed(
                    format!("入力を読めません（{error}）。何も始めていません"),
                    format!("the input cannot be read: {error}; nothing was started"),
                ));
            }
        }
        match String::from_utf8(bytes) {
            Ok(line) => return Ok(typed(&line)),
            Err(_) => output::say(&both(
                "文字を読み取れません。端末の文字コードを UTF-8 にしてください",
                "the letters cannot be read; set the terminal to UTF-8",
            )),
        }
    }
}

/// The end of a dialogue in which nothing was started.
pub(super) fn nothing_started() -> Failure {
    Failure::refused("何も始めていません", "nothing was started")
}

fn typed(line: &str) -> Typed {
    let line: String = line.chars().map(narrow).collect();
    let line = line.trim();
    if BACK.iter().any(|word| line.eq_ignore_ascii_case(word)) {
        return Typed::Back;
    }
    Typed::Line(line.to_owned())
}

/// A full-width letter, digit, sign or space as a half-width one.
fn narrow(letter: char) -> char {
    match letter {
        '\u{3000}' => ' ',
        '！'..='～' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        other => other,
    }
}
