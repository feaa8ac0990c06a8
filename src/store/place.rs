//! Where the store's files lie, and whether they are still the ones that the
//! daemon has open.
//!
//! Owns the look at them. Why: SQLite writes on into a file that was moved or
//! deleted, and what is written there is gone at the next start. It must not
//! touch their content.

use std::fs::{Metadata, metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};

use super::error::Broken;

/// A write-ahead log of this size is worth a word: a reader that never ends, or
/// a disk that fails, keeps it from being written back. It is written back every
/// 16 MiB; a long report, a copy or a large call-out lets it grow for a while.
pub(super) const LARGE: u64 = 64 << 20;

/// A file as the kernel knows it. Nobody else gets its number while it is open.
type Identity = (u64, u64);

fn identity(file: &Metadata) -> Identity {
    (file.dev(), file.ino())
}

/// A log that was last written this long before its store was changed, in
/// seconds, belongs to another one: SQLite changes the store right after the
/// log, and what a clock that was set back makes of the two is mended here.
const SOON: i64 = 60;

/// Whether a log may belong to the store beside it, by when each was last
/// changed.
pub fn log_belongs(store_changed: i64, log_changed: i64) -> bool {
    store_changed <= log_changed.saturating_add(SOON)
}

/// Which files a store is, for the next start.
pub(super) fn names(path: &Path) -> io::Result<String> {
    let (store, log) = (metadata(path)?, metadata(beside(path, "-wal"))?);
    Ok(format!("{:?} {:?}", identity(&store), identity(&log)))
}

/// Whether the log that a daemon left lies beside another store than it was
/// written for: SQLite would write it into that one.
///
/// Why not where both are others than were noted: the whole folder was put
/// back, or moved.
pub(super) fn is_foreign(path: &Path, noted: &str) -> bool {
    let (Ok(store), Ok(log)) = (metadata(path), metadata(beside(path, "-wal"))) else {
        return false;
    };
    if log.len() == 0 {
        return false;
    }
    let (was, is) = (
        format!("{:?} ", identity(&store)),
        format!(" {:?}", identity(&log)),
    );
    let replaced = noted.ends_with(&is) && !noted.starts_with(&was);
    replaced || !log_belongs(store.ctime(), log.ctime())
}

/// Has a file changed now, as its times say, and nothing else.
///
/// Why by its name: a second handle that is closed would take SQLite's own
/// locks with it (POSIX).
fn touch(path: &Path) -> io::Result<()> {
    let now = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    let times = Timestamps {
        last_access: now(UTIME_OMIT),
        last_modification: now(UTIME_NOW),
    };
    utimensat(CWD, path, &times, AtFlags::empty())?;
    Ok(())
}

/// The files of an open store.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    wal: PathBuf,
    file: Identity,
    /// SQLite makes it at the first write and keeps it while it is open.
    wal_file: Option<Identity>,
    wal_bytes: Arc<AtomicU64>,
    told: u64,
}

/// The name of a file beside the store.
pub(super) fn beside(store: &Path, ending: &str) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl Place {
    /// The files as they lie there now.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            wal: beside(path, "-wal"),
            file: identity(&metadata(path)?),
            wal_file: None,
            wal_bytes: Arc::default(),
            told: LARGE,
        })
    }

    /// The size of the write-ahead log at the last look.
    pub(super) fn wal_bytes(&self) -> Arc<AtomicU64> {
        self.wal_bytes.clone()
    }

    /// Whether both paths still lead where they led.
    pub(super) fn look(&mut self) -> Result<(), Broken> {
        let elsewhere = |path: &Path| Broken::Elsewhere {
            path: path.display().to_string(),
        };
        let store = match metadata(&self.path) {
            Ok(file) if identity(&file) == self.file => file,
            Ok(_) | Err(_) => return Err(elsewhere(&self.path)),
        };
        match metadata(&self.wal) {
            Ok(file) => {
                if *self.wal_file.get_or_insert(identity(&file)) != identity(&file) {
                    return Err(elsewhere(&self.wal));
                }
                if !log_belongs(store.ctime(), file.ctime()) {
                    // Why: the clock was set back since the store was last
                    // written, or it alone was changed since the log was (a new
                    // mode, a hard link), and the next start must not take our
                    // own log for another's. The log first: at no moment is it
                    // older than it was beside the store.
                    self.touched(&self.wal);
                    self.touched(&self.path);
                }
                self.grown(file.len());
            }
            Err(_) if self.wal_file.is_some() => return Err(elsewhere(&self.wal)),
            Err(_) => {}
        }
        Ok(())
    }

    /// The log is about to be written back: whoever is cut off in the middle of
    /// it left a store that is not much younger than its log.
    pub(super) fn closing(&self) {
        self.touched(&self.wal);
    }

    fn touched(&self, path: &Path) {
        if let Err(error) = touch(path) {
            tracing::debug!(error = %error, "store: the time of a file could not be set");
        }
    }

    fn grown(&mut self, bytes: u64) {
        self.wal_bytes.store(bytes, Ordering::Relaxed);
        if bytes < LARGE {
            self.told = LARGE;
        }
        if bytes >= self.told {
            self.told = bytes.saturating_mul(2);
            tracing::warn!(
                bytes,
                "store: the write-ahead log grows: another program reads the store without end, or the disk fails"
            );
        }
    }
}
