//! One daemon a store: a lock file beside it, held while the process lives.
//!
//! Owns the file, and what stands in it: which files the store was when it was
//! last open. It must not touch the database.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::Error;

/// The lock; the kernel lets it go when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// What the last daemon noted; empty where none did.
    pub(super) fn noted(&self) -> String {
        let mut text = String::new();
        // What cannot be read says nothing.
        let _ = (&self.0).read_to_string(&mut text);
        text
    }

    /// Notes something for the next start.
    pub(super) fn note(&self, text: &str) -> std::io::Result<()> {
        self.0.set_len(0)?;
        (&self.0).seek(SeekFrom::Start(0))?;
        (&self.0).write_all(text.as_bytes())
    }

    pub(super) fn take(store: &Path) -> Result<Self, Error> {
        let mut path = store.as_os_str().to_owned();
        path.push(".lock");
        let shown = path.to_string_lossy().into_owned();
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
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
