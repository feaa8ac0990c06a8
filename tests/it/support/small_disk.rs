//! A disk of a few megabytes that can be filled.
//!
//! Owns the mount; it is gone when it goes out of sight. It wants root.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system in memory.
pub(crate) struct SmallDisk(PathBuf);

fn mount(arguments: &[&str], at: &Path) -> bool {
    let mut command = Command::new("mount");
    let done = command.args(arguments).arg(at).output();
    done.is_ok_and(|output| output.status.success())
}

impl SmallDisk {
    /// Mounts one of 32 MiB on a folder. Where that is not allowed, says so and
    /// gives none; `tests/fault disk` wants one.
    #[expect(clippy::print_stdout, reason = "a test that is left out says so")]
    pub(crate) fn mounted(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let disk = mount(&["-t", "tmpfs", "-o", "size=32m", "none"], at);
        if !disk {
            let why = "a small disk cannot be mounted here (root is wanted)";
            assert!(!super::must_run("disk"), "{why}");
            println!("skipped: {why}");
        }
        disk.then(|| Self(at.to_owned()))
    }

    /// Fills it to the last byte.
    pub(crate) fn fill(&self) {
        let mut file = std::fs::File::create(self.filler()).unwrap();
        for size in [1 << 16, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Fills it but for so many octets.
    pub(crate) fn fill_but(&self, room: u64) {
        self.fill();
        let file = std::fs::File::options().write(true).open(self.filler());
        let file = file.unwrap();
        let full = file.metadata().unwrap().len();
        file.set_len(full - room).unwrap();
    }

    /// Makes room again.
    pub(crate) fn empty(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    /// Nothing can be written to it, or it can again.
    pub(crate) fn read_only(&self, read_only: bool) {
        let how = if read_only {
            "remount,ro"
        } else {
            "remount,rw"
        };
        assert!(mount(&["-o", how], &self.0));
    }

    fn filler(&self) -> PathBuf {
        self.0.join("something large")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
