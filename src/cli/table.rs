//! Tables that keep their columns with Japanese text.
//!
//! Owns widths: a wide character takes two columns. No frames, so that a pipe
//! can read them too.

use std::fmt;

use unicode_width::UnicodeWidthStr;

/// A table with a heading.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with a heading.
    pub(super) fn new(heading: &[&str]) -> Self {
        Self {
            rows: vec![heading.iter().map(|&cell| cell.to_owned()).collect()],
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or_default()
        };
        (0..columns).map(width).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for (number, row) in self.rows.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(
                    ' ',
                    width.saturating_sub(cell.width()) + 2,
                ));
            }
            write!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Cuts a text to a width, with a mark where something is missing.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if cut.width() + unicode_width::UnicodeWidthChar::width(letter).unwrap_or(0) + 2 > width {
            break;
        }
        cut.push(letter);
    }
    cut.push_str("..");
    cut
}

/// A text in lines of a width, the later ones indented. It is broken at a
/// space or beside a Japanese letter, never within a word or a command.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    // Where the line may be broken: a byte of it.
    let mut place = 0;
    for letter in text.chars() {
        if letter == ' ' || !letter.is_ascii() {
            place = line.len();
        }
        let wide = unicode_width::UnicodeWidthChar::width(letter).unwrap_or(0);
        if line.width() + wide > width && !line.trim_start().is_empty() {
            let at = if place > INDENT.len() {
                place
            } else {
                line.len()
            };
            let rest = line.split_off(at);
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            line = format!("{INDENT}{}", rest.trim_start());
            place = 0;
        }
        line.push(letter);
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// What stands before the later lines of one text.
const INDENT: &str = "  ";
