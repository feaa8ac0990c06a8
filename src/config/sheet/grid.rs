//! A sheet as rows of cells, whatever file it came from.
//!
//! Owns the cell and what may be wrong with it before anybody asks what it is
//! for. It must not know columns.

use jiff::civil::Date;

use super::super::fold::seen;
use super::complaint::{Complaints, Place};
use crate::report::cell::bare;

/// The most rows that are read.
pub(super) const ROWS: u32 = 100_000;
/// The most columns that are read.
pub(super) const COLUMNS: u32 = 500;
/// The longest text of a cell, in characters.
pub(super) const LETTERS: usize = 2_000;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A number, which has lost its leading zeros and its form.
    Number(f64),
    /// A date or a time; the day where it is one.
    Date(Option<Date>),
    /// A formula without its result, or with an error for one.
    Broken(String),
    /// Something of which enough has been said.
    Unread,
}

/// One row that holds something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// As the spreadsheet counts, from 1.
    pub(super) number: u32,
    /// From the first column on.
    pub(super) cells: Vec<Cell>,
}

/// The rows that hold something, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Grid {
    pub(super) rows: Vec<Row>,
    /// Cells merged into one: from, to.
    pub(super) merged: Vec<(Place, Place)>,
}

impl Grid {
    /// Puts a cell behind what is there. False if the grid has no room for it.
    pub(super) fn put(&mut self, place: Place, cell: Cell, complaints: &mut Complaints) -> bool {
        if cell == Cell::Empty {
            return true;
        }
        if place.row > ROWS || place.column > COLUMNS {
            complaints
                .error(
                    Some(place),
                    format!("表が大きすぎます（{ROWS} 行、{COLUMNS} 列まで）"),
                    format!("the sheet is too large: at most {ROWS} rows and {COLUMNS} columns"),
                )
                .advise(
                    "名簿だけを別のファイルに写し、離れたところにある値を消してください",
                    "copy the roster alone into a file of its own; delete what stands far away",
                );
            return false;
        }
        if self.rows.last().is_none_or(|row| row.number != place.row) {
            self.rows.push(Row {
                number: place.row,
                cells: Vec::new(),
            });
        }
        let Some(row) = self.rows.last_mut() else {
            return false;
        };
        let index = usize::try_from(place.column - 1).unwrap_or_default();
        if row.cells.len() <= index {
            row.cells.resize(index + 1, Cell::Empty);
        }
        row.cells[index] = cell;
        true
    }
}

/// A text as it came: without the guard, without marks that nobody sees,
/// without spaces at its ends; says what cannot be read.
pub(super) fn text(raw: &str, place: Place, complaints: &mut Complaints) -> Cell {
    if raw.chars().nth(LETTERS).is_some() {
        complaints
            .error(
                Some(place),
                format!("{LETTERS} 文字より長い値です"),
                format!("this cell is longer than {LETTERS} characters"),
            )
            .advise(
                "引用符（\"）の閉じ忘れがないか見てください",
                "look whether a closing quotation mark is missing",
            );
        return Cell::Unread;
    }
    let (text, unseen) = seen(bare(raw.trim()));
    let text = text.trim();
    if unseen && !text.is_empty() {
        complaints.warn(
            Some(place),
            "目に見えない文字がありました。除いて読みます",
            "a mark that cannot be seen stood here; it is left out",
        );
    }
    if text.contains('\u{FFFD}') {
        complaints
            .error(
                Some(place),
                "読めない文字があります",
                "a character here cannot be read",
            )
            .advise(
                "文字コードを --encoding utf-8 か --encoding shift-jis で示すか、値を入力し直してください",
                "say --encoding utf-8 or --encoding shift-jis, or type the cell again",
            );
        return Cell::Unread;
    }
    let stray = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || matches!(c, '\u{2028}' | '\u{2029}')
    };
    if text.contains(stray) {
        complaints
            .error(
                Some(place),
                "制御文字があります",
                "this cell holds a control character",
            )
            .advise("値を入力し直してください", "type the cell again");
        return Cell::Unread;
    }
    if text.is_empty() {
        Cell::Empty
    } else {
        Cell::Text(text.to_owned())
    }
}
