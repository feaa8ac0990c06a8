//! Files of a roster: read with a limit, written whole or not at all.
//!
//! Owns the way to the disk. A file that is replaced keeps its owner and mode,
//! and is never seen half written. It must not know what the files mean.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use crate::cli::failure::Failure;
use crate::config::sheet::LARGEST;

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
    put(path, bytes, None).map_err(|error| {
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
    put(&backup, old.as_bytes(), Some(&meta)).map_err(failed)?;
    put(&path, new.as_bytes(), Some(&meta)).map_err(failed)?;
    Ok(backup)
}

/// Writes beside the place and moves it there, durably.
fn put(path: &Path, bytes: &[u8], like: Option<&fs::Metadata>) -> io::Result<()> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("it is no file's name"))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let number = std::process::id();
    let new = folder.join(format!(".{}.{number}.new", name.to_string_lossy()));
    let written = write(&new, bytes, like)
        .and_then(|()| fs::rename(&new, path))
        .and_then(|()| File::open(folder)?.sync_all());
    if written.is_err() {
        // It may not be there at all.
        let _ = fs::remove_file(&new);
    }
    written
}

fn write(path: &Path, bytes: &[u8], like: Option<&fs::Metadata>) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    if let Some(meta) = like {
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (meta.uid(), meta.gid()) {
            fchown(&file, Some(meta.uid()), Some(meta.gid()))?;
        }
        file.set_permissions(meta.permissions())?;
    }
    file.sync_all()
}
