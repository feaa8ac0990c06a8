//! A wall clock for one process that a test sets while it runs.
//!
//! Owns libfaketime's file. What counts evenly (`CLOCK_MONOTONIC`,
//! `CLOCK_BOOTTIME`) is left alone.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

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
    /// time and want a library that nothing else does, so that only `tests/fault
    /// time` runs them; else this says so, once and aloud, and gives none.
    #[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
    pub(crate) fn off_by(folder: &Path, by: &str) -> Option<Self> {
        if std::env::var("MUSTER_TEST_TIME").is_ok_and(|time| time == "1") {
            return Some(Self::with_library(folder, by));
        }
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            // Why not by a macro: what a test that passes prints is shown to nobody.
            let mut aloud = std::io::stderr();
            let left_out = "left out here, because it wants libfaketime: tests/fault time";
            let _ = writeln!(aloud, "{left_out}");
        });
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
