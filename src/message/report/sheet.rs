//! Cells and tables, and how values become cells.
//!
//! Owns that a number stays a number, a time a time, and a text one line. It
//! must not know what a table is about.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::domain::text::{Language, Text, one_line};

use super::super::dates;

const JA: Language = Language::Ja;
const EN: Language = Language::En;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text of one line.
    Text(String),
    /// A number.
    Number(u32),
    /// A time, on the town's clock, with its offset for programs.
    Time(DateTime, String),
    /// A length of time.
    Span(Duration),
}

/// A table with a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What its sheet is called.
    pub name: &'static str,
    /// What stands above it: which report this is, real or an exercise.
    pub above: String,
    /// Whether it is an exercise's.
    pub drill: bool,
    /// The columns' titles.
    pub headings: Vec<String>,
    /// The columns' widths, in half-width letters.
    pub widths: Vec<u16>,
    /// How many columns are for paper; those behind them are for the screen.
    pub printed: u16,
    /// Whether its numbers are drawn as lines over the times of its first
    /// column, under this title.
    pub drawn: Option<String>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column: its title in both languages, its width.
pub(super) type Column = (&'static str, &'static str, u16);

pub(super) fn text(text: impl AsRef<str>) -> Cell {
    let text = one_line(text.as_ref());
    if text.is_empty() {
        Cell::Empty
    } else {
        Cell::Text(text)
    }
}

/// Both languages in one cell, where English has more to say.
pub(super) fn both(said: &Text) -> Cell {
    let [ja, en] = [JA, EN].map(|language| one_line(said.get(language)));
    text(if ja == en { ja } else { format!("{ja} / {en}") })
}

pub(super) fn said(say: impl Fn(Language) -> String) -> Cell {
    both(&Text::new(say(JA), say(EN)))
}

pub(super) fn time(at: Option<Timestamp>, zone: &TimeZone) -> Cell {
    at.map_or(Cell::Empty, |at| {
        Cell::Time(zone.to_datetime(at), dates::rfc3339(at, zone))
    })
}

pub(super) fn span(length: Option<Duration>) -> Cell {
    length.map_or(Cell::Empty, Cell::Span)
}

/// A table under a line that says which report it is, and whether it is an
/// exercise's.
pub(super) fn table(
    (above, drill): (String, bool),
    name: &'static str,
    columns: &[Column],
    rows: Vec<Vec<Cell>>,
) -> Table {
    let heading = |(ja, en, _): &Column| {
        if en.is_empty() {
            (*ja).to_owned()
        } else {
            format!("{ja} {en}")
        }
    };
    Table {
        name,
        above,
        drill,
        headings: columns.iter().map(heading).collect(),
        widths: columns.iter().map(|(.., width)| *width).collect(),
        printed: u16::try_from(columns.len()).unwrap_or(u16::MAX),
        drawn: None,
        rows,
    }
}
