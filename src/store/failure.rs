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
    Refused(rusqlite::Error),
}

/// What SQLite says to who reads, and to who writes.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// As it was read.
    #[error(transparent)]
    Read(#[from] sqlx::Error),
    /// As it was written.
    #[error(transparent)]
    Write(#[from] rusqlite::Error),
}

/// An error that may be SQLite's.
pub(super) trait Said: std::fmt::Display {
    /// The result code of SQLite, with its extension; `None` for other errors.
    fn code(&self) -> Option<u32>;

    /// Whether what was read is of another kind than was written.
    fn is_other_kind(&self) -> bool;

    /// Whether the disk failed: SQLITE_IOERR (10).
    fn is_disk_fault(&self) -> bool {
        self.code().is_some_and(|code| code & 0xff == 10)
    }
}

impl Said for sqlx::Error {
    fn code(&self) -> Option<u32> {
        self.as_database_error()?.code()?.parse().ok()
    }

    fn is_other_kind(&self) -> bool {
        matches!(self, Self::ColumnDecode { .. } | Self::Decode(_))
    }

    fn is_disk_fault(&self) -> bool {
        matches!(self, Self::Io(_)) || self.code().is_some_and(|code| code & 0xff == 10)
    }
}

impl Said for rusqlite::Error {
    fn code(&self) -> Option<u32> {
        self.sqlite_error()?.extended_code.try_into().ok()
    }

    fn is_other_kind(&self) -> bool {
        matches!(
            self,
            Self::FromSqlConversionFailure(..)
                | Self::InvalidColumnType(..)
                | Self::IntegralValueOutOfRange(..)
                | Self::Utf8Error(..)
        )
    }
}

impl Said for Cause {
    fn code(&self) -> Option<u32> {
        match self {
            Self::Read(error) => error.code(),
            Self::Write(error) => error.code(),
        }
    }

    fn is_other_kind(&self) -> bool {
        match self {
            Self::Read(error) => error.is_other_kind(),
            Self::Write(error) => error.is_other_kind(),
        }
    }

    fn is_disk_fault(&self) -> bool {
        match self {
            Self::Read(error) => error.is_disk_fault(),
            Self::Write(error) => error.is_disk_fault(),
        }
    }
}

impl Cause {
    /// Whether the name of a new row is another one's already.
    pub(super) fn is_taken(&self, names: &[&str]) -> bool {
        // SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE.
        matches!(self.code(), Some(1555 | 2067)) && {
            let said = self.to_string();
            names.iter().any(|name| said.ends_with(name))
        }
    }
}

/// Whether a start failed for want of room.
pub(super) fn is_full(error: &Error) -> bool {
    let code = match error {
        Error::Database(error) => error.code(),
        Error::Migration(
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _),
        ) => error.code(),
        _ => None,
    };
    matches!(code, Some(FULL | SHM_SIZE))
}

/// Whether SQLite says that the file is damaged: SQLITE_CORRUPT (11) or
/// SQLITE_NOTADB (26).
pub(super) fn is_damaged_file(error: &impl Said) -> bool {
    matches!(error.code().map(|code| code & 0xff), Some(11 | 26))
}

/// A place at which a build for tests lets the disk fail.
pub(super) fn at_reading() -> Result<(), sqlx::Error> {
    if fault::worse("reading") {
        return Err(sqlx::Error::Io(std::io::Error::other("a fault at reading")));
    }
    Ok(())
}

/// Whether the file is damaged, or JSON in it is none.
pub(super) fn is_damaged(error: &impl Said) -> bool {
    is_damaged_file(error) || error.to_string().contains("malformed JSON")
}

/// The same, or what was read is of another kind than was written.
pub(super) fn is_damage(error: &impl Said) -> bool {
    error.is_other_kind() || is_damaged(error)
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
    pub(super) fn beginning(error: rusqlite::Error) -> Self {
        match error.code() {
            Some(1) => Self::Broken(Broken::Unsure(error.to_string())),
            _ => error.into(),
        }
    }

    /// The failure of a `COMMIT`.
    ///
    /// Why SQLITE_IOERR_SHMSIZE leaves it open there: the index of the log grows after
    /// the log itself was written and synced, so that the next start may find it kept.
    pub(super) fn committing(error: rusqlite::Error) -> Self {
        match error.code() {
            Some(SHM_SIZE) => Self::Broken(Broken::Unsure(error.to_string())),
            _ => error.into(),
        }
    }
}

/// SQLITE_FULL.
const FULL: u32 = 13;

/// SQLITE_IOERR_SHMSIZE: no room for the index of the log.
const SHM_SIZE: u32 = 4874;

impl From<rusqlite::Error> for Failure {
    /// Why: after SQLITE_IOERR (10) at a commit the rows may yet be there after
    /// a restart; SQLITE_CORRUPT (11) and SQLITE_NOTADB (26) make every later
    /// answer worthless. To try again on the same connection would say "kept"
    /// of what the disk may have lost.
    ///
    /// Why not SQLITE_IOERR_SHMSIZE (4874), and SQLITE_FULL (13): the room was
    /// wanting before anything was written; but see [`Self::committing`].
    fn from(error: rusqlite::Error) -> Self {
        let code = error.code();
        if matches!(code, Some(FULL | SHM_SIZE)) {
            return Self::Full;
        }
        match code.map(|code| code & 0xff) {
            // Why not tried again: the next start begins with little.
            Some(7) => Self::Broken(Broken::Memory),
            Some(11 | 26) => Self::Broken(Broken::Damaged(error.to_string())),
            Some(10) => Self::Broken(Broken::Unsure(error.to_string())),
            Some(5 | 6) => Self::Held,
            Some(_) | None => Self::Refused(error),
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
            Failure::Refused(error) => Self::Database(error.into()),
        }
    }
}
