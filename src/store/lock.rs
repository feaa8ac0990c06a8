//! One daemon a store: a lock file beside it, held while the process lives.
//!
//! Owns the file. It must not touch the database.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::Error;

/// The lock; the kernel lets it go when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held, not read: dropping it unlocks")] File);

impl Lock {
    pub(super) fn take(store: &Path) -> Result<Self, Error> {
        let mut path = store.as_os_str().to_owned();
        path.push(".lock");
        let shown = path.to_string_lossy().into_owned();
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|source| Error::File {
                path: shown.clone(),
                source,
            })?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::Locked { path: shown }),
            Err(error) => Err(Error::File {
                path: shown,
                source: error.into(),
            }),
        }
    }
}
