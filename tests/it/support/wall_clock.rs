//! A wall clock for one process that a test sets while it runs.
//!
//! Owns libfaketime's file. What counts evenly (`CLOCK_MONOTONIC`,
//! `CLOCK_BOOTTIME`) is left alone.

use std::path::{Path, PathBuf};

/// Where Debian puts the library, whatever the machine.
const LIBRARIES: &str = "/usr/lib";
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The clock.
pub(crate) struct WallClock {
    library: PathBuf,
    file: PathBuf,
}

impl WallClock {
    /// One that is off by so much (`+0`, `-1h`, `+1d`). These tests take their
    /// time, so that only `tests/fault time` runs them; else this says so and
    /// gives none.
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "a test that is left out says so"
    )]
    pub(crate) fn off_by(folder: &Path, by: &str) -> Option<Self> {
        if std::env::var("MUSTER_TEST_TIME").is_ok_and(|time| time == "1") {
            return Some(Self::with_library(folder, by));
        }
        println!("skipped: tests/fault time sets the process's clock");
        None
    }

    fn with_library(folder: &Path, by: &str) -> Self {
        let folders = std::fs::read_dir(LIBRARIES).into_iter().flatten().flatten();
        let library = folders
            .map(|entry| entry.path().join(LIBRARY))
            .find(|path| path.exists())
            .expect("libfaketime is missing (Debian: faketime)");
        let clock = Self {
            library,
            file: folder.join("wall-clock"),
        };
        clock.set(by);
        clock
    }

    /// Sets it. A reader sees the old time or the new one.
    pub(crate) fn set(&self, by: &str) {
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{by}\n")).unwrap();
        std::fs::rename(new, &self.file).unwrap();
    }

    /// With which the process starts.
    pub(crate) fn variables(&self) -> [(&str, &str); 4] {
        [
            ("LD_PRELOAD", self.library.to_str().unwrap()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }
}
