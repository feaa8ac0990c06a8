//! One statement on the writer's own connection.
//!
//! Owns that SQLite reads each text once. It must not know a table, and no reader uses
//! it: reads go through their own pool.

use rusqlite::{Connection, Params, Result, Row};

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
    Ok(row.get_ref(column)?.as_str_or_null()?)
}
