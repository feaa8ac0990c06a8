//! Room on the disk that is kept for what people wait for: a file beside the
//! store, given up step by step when the disk is full, and made again when
//! there is room.
//!
//! Owns the file `muster.reserve`. It must not decide which write may use the
//! room.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, fstatvfs};
use rustix::io::Errno;

/// How much is kept.
const SIZE: u64 = 8 << 20;

/// How much is given up at once. Why not all: whatever has filled the disk may
/// be writing still, and would take it.
const STEP: u64 = 1 << 20;

/// What must be left for the store itself when the reserve is made again.
const MARGIN: u64 = 2 << 20;

/// The file.
#[derive(Debug)]
pub(super) struct Reserve {
    /// Nothing where none is to be kept.
    path: Option<PathBuf>,
    file: Option<File>,
    left: u64,
}

impl Reserve {
    /// The reserve beside a store, as large as it is.
    pub(super) fn beside(store: &Path) -> Self {
        let mut reserve = Self {
            path: Some(store.with_file_name("muster.reserve")),
            file: None,
            left: 0,
        };
        reserve.open();
        let found = reserve.file.as_ref().and_then(|file| file.metadata().ok());
        reserve.left = found.map_or(0, |found| found.len().min(SIZE));
        reserve
    }

    fn open(&mut self) {
        if let (Some(path), None) = (&self.path, &self.file) {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .open(path);
            match file {
                Ok(file) => self.file = Some(file),
                Err(error) => {
                    let path = path.display();
                    tracing::debug!(error = %error, "store: {path} cannot be made");
                }
            }
        }
    }

    /// None at all, for a store that is not worth one.
    pub(super) fn none() -> Self {
        Self {
            path: None,
            file: None,
            left: SIZE,
        }
    }

    /// Whether all of it is there.
    pub(super) const fn is_whole(&self) -> bool {
        self.left >= SIZE
    }

    /// Gives up a part; false where nothing is left.
    pub(super) fn give_up(&mut self) -> bool {
        let Some(file) = self.file.as_ref().filter(|_| self.left > 0) else {
            return false;
        };
        let less = self.left.saturating_sub(STEP);
        if let Err(error) = file.set_len(less) {
            tracing::error!(error = %error, "store: the reserve cannot be given up");
            return false;
        }
        self.left = less;
        true
    }

    /// Makes it whole where there is room; whether it is.
    pub(super) fn make_whole(&mut self) -> bool {
        if self.is_whole() {
            return true;
        }
        self.open();
        if let Some(file) = &self.file {
            match allocate(file, self.left) {
                Ok(true) => self.left = SIZE,
                Ok(false) => {}
                Err(error) => {
                    tracing::debug!(error = %error, "store: the reserve cannot be made whole");
                    // Why: a part of it may have been taken all the same.
                    let _ = file.set_len(self.left);
                }
            }
        }
        self.is_whole()
    }
}

/// Takes the room that is wanting, really; false where the store would have
/// none left beside it.
fn allocate(file: &File, have: u64) -> io::Result<bool> {
    let disk = fstatvfs(file)?;
    let room = disk.f_bavail.saturating_mul(disk.f_frsize);
    if room < SIZE - have + MARGIN {
        return Ok(false);
    }
    match fallocate(file, FallocateFlags::empty(), 0, SIZE) {
        Ok(()) => {}
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => fill(file)?,
        Err(error) => return Err(error.into()),
    }
    Ok(true)
}

/// The same where the file system cannot: written, byte by byte.
fn fill(mut file: &File) -> io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(0))?;
    let step = vec![0; usize::try_from(STEP).unwrap_or(4096)];
    for _ in 0..SIZE / STEP {
        file.write_all(&step)?;
    }
    Ok(())
}
