//! Files of a roster: read with a limit, written whole or not at all.
//!
//! Owns when one is written: never over what is there unasked, nor over what somebody
//! else changed meanwhile. It must not know what the files mean.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::cli::failure::Failure;
use crate::config::sheet::LARGEST;
use crate::private_file;

/// Reads a sheet, and one byte more than is taken if it is too large.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = path.display();
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?
            .take(LARGEST + 1)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error: io::Error| {
        Failure::failed(
            format!("{shown} を読めません（{error}）"),
            format!("cannot read {shown}: {error}"),
        )
    })
}

/// Writes a new file that its owner alone can read: addresses stand in it.
pub(super) fn create(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let shown = path.display();
    if !force && path.symlink_metadata().is_ok() {
        return Err(Failure::refused(
            format!("{shown} は既にあります。別の名前にするか、--force で上書きしてください"),
            format!("{shown} is there already; name another file, or write over it with --force"),
        ));
    }
    private_file::write(path, bytes).map_err(|error| {
        Failure::failed(
            format!("{shown} に書けません（{error}）"),
            format!("cannot write {shown}: {error}"),
        )
    })
}

/// Replaces a file whose text is known, and keeps the old one as `NAME.bak`.
pub(in crate::cli) fn replace(path: &Path, old: &str, new: &str) -> Result<PathBuf, Failure> {
    let shown = path.display();
    let failed = |error: io::Error| {
        Failure::failed(
            format!("{shown} に書けません（{error}）。元のままです"),
            format!("cannot write {shown}: {error}; it is as it was"),
        )
    };
    // Why: a link would be replaced by a file, and what it leads to kept.
    let path = path.canonicalize().map_err(failed)?;
    let meta = path.metadata().map_err(failed)?;
    if fs::read(&path).map_err(failed)? != old.as_bytes() {
        return Err(Failure::refused(
            format!(
                "{shown} が途中でほかの人に変えられました。何も書いていません。やり直してください"
            ),
            format!(
                "{shown} was changed by somebody else meanwhile; nothing was written, try again"
            ),
        ));
    }
    let mut backup = path.clone().into_os_string();
    backup.push(".bak");
    let backup = PathBuf::from(backup);
    private_file::write_like(&backup, old, &meta).map_err(failed)?;
    private_file::write_like(&path, new, &meta).map_err(failed)?;
    Ok(backup)
}
