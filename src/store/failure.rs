//! Why a commit failed, and what that means for those after it.
//!
//! Owns the reading of SQLite's codes. It must not do anything about them.

use sqlx::migrate::MigrateError;

use super::Settings;
use super::error::{Broken, Error};
use crate::domain::id::CallOutId;
use crate::telemetry::fault;

/// Why a commit failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Whether it is on disk cannot be known, or nothing read from here on can
    /// be believed.
    Broken(Broken),
    /// Another program writes; it may end.
    Held,
    /// No room is left on the disk.
    Full,
    /// It was made on top of a change that was not kept.
    Behind(CallOutId),
    /// This write is at fault, or the reason is not known; others may pass.
    Refused(sqlx::Error),
}

/// The result code of SQLite, with its extension; `None` for other errors.
fn code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Whether a start failed for want of room.
pub(super) fn is_full(error: &Error) -> bool {
    let cause = match error {
        Error::Database(error) => error,
        Error::Migration(
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _),
        ) => error,
        _ => return false,
    };
    matches!(code(cause), Some(13 | 4874))
}

/// Whether SQLite says that the file is damaged: SQLITE_CORRUPT (11) or
/// SQLITE_NOTADB (26).
pub(super) fn is_damaged_file(error: &sqlx::Error) -> bool {
    matches!(code(error).map(|code| code & 0xff), Some(11 | 26))
}

/// Whether the disk failed: SQLITE_IOERR (10).
pub(super) fn is_disk_fault(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_)) || code(error).is_some_and(|code| code & 0xff == 10)
}

/// A place at which a build for tests lets the disk fail.
pub(super) fn at_reading() -> Result<(), sqlx::Error> {
    if fault::worse("reading") {
        return Err(sqlx::Error::Io(std::io::Error::other("a fault at reading")));
    }
    Ok(())
}

/// The same, or text is none, or JSON is none.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    let text = matches!(
        error,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)
    );
    text || is_damaged_file(error) || error.to_string().contains("malformed JSON")
}

/// The same error, or that the file is damaged, with its name.
pub(super) fn named(error: Error, settings: &Settings) -> Error {
    let why = match &error {
        Error::Damaged { why, .. } => why.clone(),
        Error::Migration(
            MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _),
        ) if is_damaged_file(cause) => cause.to_string(),
        _ => return error,
    };
    Error::Damaged {
        path: settings.path.display().to_string(),
        why,
    }
}

impl Failure {
    /// The failure of a `BEGIN`.
    ///
    /// Why: SQLite refuses it as wrong in itself (1) only within a transaction,
    /// so the one before was not undone.
    pub(super) fn beginning(error: sqlx::Error) -> Self {
        match code(&error) {
            Some(1) => Self::Broken(Broken::Unsure(error.to_string())),
            _ => error.into(),
        }
    }
}

impl From<sqlx::Error> for Failure {
    /// Why: after SQLITE_IOERR (10) at a commit the rows may yet be there after
    /// a restart; SQLITE_CORRUPT (11) and SQLITE_NOTADB (26) make every later
    /// answer worthless. To try again on the same connection would say "kept"
    /// of what the disk may have lost.
    ///
    /// Why not SQLITE_IOERR_SHMSIZE (4874), and SQLITE_FULL (13): the room was
    /// wanting before anything was written.
    fn from(error: sqlx::Error) -> Self {
        let code = code(&error);
        if matches!(code, Some(13 | 4874)) {
            return Self::Full;
        }
        match code.map(|code| code & 0xff) {
            // Why not tried again: the next start begins with little.
            Some(7) => Self::Broken(Broken::Memory),
            Some(11 | 26) => Self::Broken(Broken::Damaged(error.to_string())),
            Some(10) => Self::Broken(Broken::Unsure(error.to_string())),
            Some(5 | 6) => Self::Held,
            Some(_) => Self::Refused(error),
            None => match error {
                // SQLite's own thread is gone.
                sqlx::Error::WorkerCrashed => Self::Broken(Broken::Unsure(error.to_string())),
                _ => Self::Refused(error),
            },
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Broken(why) => Self::Broken(why),
            Failure::Held => Self::Held,
            Failure::Full => Self::Full,
            Failure::Behind(call_out) => Self::Behind(call_out),
            Failure::Refused(error) => Self::Database(error),
        }
    }
}
