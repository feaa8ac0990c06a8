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

use super::error::Broken;

/// A write-ahead log of this size is worth a word: a reader that never ends
/// keeps it from being written back.
const LARGE: u64 = 64 << 20;

/// A file as the kernel knows it. Nobody else gets its number while it is open.
type Identity = (u64, u64);

fn identity(file: &Metadata) -> Identity {
    (file.dev(), file.ino())
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
        match metadata(&self.path) {
            Ok(file) if identity(&file) == self.file => {}
            Ok(_) | Err(_) => return Err(elsewhere(&self.path)),
        }
        match metadata(&self.wal) {
            Ok(file) => {
                if *self.wal_file.get_or_insert(identity(&file)) != identity(&file) {
                    return Err(elsewhere(&self.wal));
                }
                self.grown(file.len());
            }
            Err(_) if self.wal_file.is_some() => return Err(elsewhere(&self.wal)),
            Err(_) => {}
        }
        Ok(())
    }

    fn grown(&mut self, bytes: u64) {
        self.wal_bytes.store(bytes, Ordering::Relaxed);
        if bytes >= self.told {
            self.told = bytes.saturating_mul(2);
            tracing::warn!(
                bytes,
                "store: the write-ahead log grows; another program may be reading the store without end"
            );
        }
    }
}
