//! Rows on their way to one table, as the one JSON array that a statement
//! binds.
//!
//! Owns how a row becomes text: once, where it is made, since ten thousand come
//! at a time. It must not know a table.

use serde::Serialize;

/// Rows, each an array of its columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows(Vec<u8>);

impl Rows {
    /// Adds a row.
    ///
    /// Invariant: a row is text and numbers, which are always written.
    pub(super) fn push(&mut self, row: &impl Serialize) {
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        serde_json::to_writer(&mut self.0, row).expect("text and numbers");
    }

    /// Adds all of another's.
    pub(super) fn extend(&mut self, other: &Self) {
        match (self.0.is_empty(), other.0.split_first()) {
            (_, None) => {}
            (true, _) => self.0.extend_from_slice(&other.0),
            (false, Some((_, rows))) => {
                self.0.push(b',');
                self.0.extend_from_slice(rows);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them as an array; none are left.
    pub(super) fn take(&mut self) -> String {
        let mut rows = std::mem::take(&mut self.0);
        rows.push(b']');
        String::from_utf8(rows).expect("JSON is text")
    }
}
