//! One statement on the writer's own connection.
//!
//! Owns that SQLite reads each text once. It must not know a table, and no reader uses
//! it: reads go through their own pool.

use rusqlite::types::Type;
use rusqlite::{Connection, Error, Params, Result, Row};

/// The most texts that are kept read.
pub(super) const KEPT: usize = 64;

/// Executes a statement; how many rows it changed.
///
/// # Errors
///
/// As SQLite says.
pub(super) fn execute(connection: &Connection, sql: &str, values: impl Params) -> Result<u64> {
    let changed = connection.prepare_cached(sql)?.execute(values)?;
    Ok(u64::try_from(changed).unwrap_or_default())
}

/// A column's text, if it holds any.
///
/// # Errors
///
/// Where it holds something else.
pub(super) fn text<'a>(row: &'a Row<'_>, column: &str) -> Result<Option<&'a str>> {
    let place = row.as_ref().column_index(column)?;
    let value = row.get_ref(place)?;
    // Why by name: the column is what is said of a row that cannot be read.
    let other = |_| Error::InvalidColumnType(place, column.to_owned(), value.data_type());
    value.as_str_or_null().map_err(other)
}

/// A column's text.
///
/// # Errors
///
/// Where it holds something else, or nothing.
pub(super) fn written<'a>(row: &'a Row<'_>, column: &str) -> Result<&'a str> {
    let nothing = || Error::InvalidColumnType(0, column.to_owned(), Type::Null);
    text(row, column)?.ok_or_else(nothing)
}
