//! A wall clock for one process that a test sets while it runs.
//!
//! Owns libfaketime's file. What counts evenly (`CLOCK_MONOTONIC`,
//! `CLOCK_BOOTTIME`) is left alone.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

use super::must_run;

/// Where Debian puts the library, whatever the machine.
const LIBRARIES: &str = "/usr/lib";
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The clock.
pub(crate) struct WallClock {
    library: PathBuf,
    file: PathBuf,
}

impl WallClock {
    /// One that is off by so much (`+0`, `-1h`, `+1d`); none where the library is
    /// missing and may be, which is said once and aloud.
    pub(crate) fn off_by(folder: &Path, by: &str) -> Option<Self> {
        let folders = std::fs::read_dir(LIBRARIES).into_iter().flatten().flatten();
        let mut libraries = folders.map(|entry| entry.path().join(LIBRARY));
        let Some(library) = libraries.find(|path| path.exists()) else {
            assert!(
                !must_run("faketime"),
                "libfaketime is missing (Debian: faketime)"
            );
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                // Why not by a macro: what a test that passes prints is shown to nobody.
                let mut aloud = std::io::stderr();
                let _ = writeln!(aloud, "left out here: libfaketime is missing");
            });
            return None;
        };
        let clock = Self {
            library,
            file: folder.join("wall-clock"),
        };
        clock.set(by);
        Some(clock)
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
