//! Tables that keep their columns with Japanese text.
//!
//! Owns widths: a wide character takes two columns. No frames, so that a pipe
//! can read them too. It must not write anything.

use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::wrap::{narrowest, width, wrap};

/// A table with a heading.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

/// The fewest columns that a cell is folded to.
const NARROWEST: usize = 8;

/// What stands between two cells.
const GAP: usize = 2;

impl Table {
    /// A table with a heading.
    pub(super) fn new<T: Into<String>>(heading: impl IntoIterator<Item = T>) -> Self {
        Self {
            rows: vec![heading.into_iter().map(Into::into).collect()],
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// For each column the most that one of its cells takes.
    fn widths(&self, takes: impl Fn(&str) -> usize) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let most = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| takes(cell)).max().unwrap_or_default()
        };
        (0..columns).map(most).collect()
    }

    /// The table in so many columns: the widest cells are folded, each beneath
    /// itself, and words are broken only where they leave no other way.
    pub(super) fn fit(&self, columns: usize) -> String {
        let mut widths = self.widths(width);
        let room = columns.saturating_sub(GAP * widths.len().saturating_sub(1));
        shrink(&mut widths, &self.widths(narrowest), room);
        let least = vec![NARROWEST; widths.len()];
        shrink(&mut widths, &least, room);
        let lines = self.rows.iter().flat_map(|row| folded(row, &widths));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Takes from the widest columns until they have room, none below its least.
fn shrink(widths: &mut [usize], least: &[usize], room: usize) {
    while widths.iter().sum::<usize>() > room {
        let wide = widths.iter_mut().zip(least);
        let wide = wide.filter(|(width, least)| **width > **least);
        match wide.max_by_key(|(width, _)| **width) {
            Some((width, _)) => *width -= 1,
            None => return,
        }
    }
}

/// A row in as many lines as its highest cell needs.
fn folded(row: &[String], widths: &[usize]) -> Vec<String> {
    let cells: Vec<Vec<String>> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| {
            let indent = cell.len() - cell.trim_start_matches(' ').len();
            wrap(cell, *width, indent)
        })
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    (0..height)
        .map(|line| {
            let cells = cells.iter().map(|cell| cell.get(line).map_or("", |s| s));
            in_columns(cells, widths)
        })
        .collect()
}

fn in_columns<'a>(cells: impl Iterator<Item = &'a str>, widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, wide) in cells.zip(widths) {
        line.push_str(cell);
        let rest = wide.saturating_sub(width(cell)) + GAP;
        line.extend(std::iter::repeat_n(' ', rest));
    }
    line.trim_end().to_owned()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths(width);
        for (number, row) in self.rows.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            let cells = row.iter().map(String::as_str);
            f.write_str(&in_columns(cells, &widths))?;
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
        if cut.width() + letter.width().unwrap_or(0) + 2 > width {
            break;
        }
        cut.push(letter);
    }
    cut.push_str("..");
    cut
}
