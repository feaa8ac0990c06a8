//! A file that its owner alone can read, whole or not there at all.
//!
//! Owns how such a file comes into its place: the link key, the sessions, rosters and
//! lists with people's addresses. It must not know what stands in it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::Path;

/// Writes the file, or puts another in its place. It is on disk, whole, before it has
/// its name, and a power cut afterwards does not take the name away again. Nobody else
/// can read it: also not through what somebody laid ready in its place.
///
/// # Errors
///
/// That of the file system; what stood under the name before is then untouched, or the
/// new file is in its place and only its name is not known to be on disk.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    put(path, content.as_ref(), None)
}

/// The same, with the owner and the mode of the file that it stands for.
///
/// # Errors
///
/// As [`write()`]; also where this process may not give a file to that owner.
pub fn write_like(path: &Path, content: impl AsRef<[u8]>, like: &Metadata) -> io::Result<()> {
    put(path, content.as_ref(), Some(like))
}

fn put(path: &Path, content: &[u8], like: Option<&Metadata>) -> io::Result<()> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("it is no file's name"))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Why the number: two who write at once must not take each other's draft.
    let number = std::process::id();
    let draft = folder.join(format!(".{}.{number}.new", name.to_string_lossy()));
    let written = fill(&draft, content, like)
        .and_then(|()| fs::rename(&draft, path))
        .and_then(|()| File::open(folder)?.sync_all());
    if written.is_err() {
        // It may not be there at all.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn fill(draft: &Path, content: &[u8], like: Option<&Metadata>) -> io::Result<()> {
    match fs::remove_file(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        // One that was killed and had this number, or none.
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(content)?;
    if let Some(meta) = like {
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (meta.uid(), meta.gid()) {
            fchown(&file, Some(meta.uid()), Some(meta.gid()))?;
        }
        file.set_permissions(meta.permissions())?;
    }
    file.sync_all()
}
