//! Calls of the kernel that fail, as the real process meets them.
//!
//! Owns a `strace` beside the daemon. What it spoils is spoiled until it goes
//! out of sight; the daemon then runs on unharmed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::daemon::Served;

/// Whether `strace` is there. Without it a test says so and passes, unless
/// `MUSTER_TEST_NEEDS_ALL=1` wants every one to run.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test that is left out says so"
)]
pub(crate) fn is_here() -> bool {
    let here = Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status()
        .is_ok();
    let needed = std::env::var("MUSTER_TEST_NEEDS_ALL").is_ok_and(|all| all == "1");
    assert!(here || !needed, "strace is missing (Debian: strace)");
    if !here {
        println!("skipped: strace is not installed");
    }
    here
}

/// A fault that holds while this is in sight.
pub(crate) struct Spoiled(Child);

impl Spoiled {
    /// From now on these calls fail as told: `fsync:error=EIO:when=1`.
    pub(crate) fn new(daemon: &Served, faults: &[&str]) -> Self {
        Self::of(daemon, faults, &[])
    }

    /// The same, of these files alone.
    pub(crate) fn of(daemon: &Served, faults: &[&str], files: &[&Path]) -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-o", "/dev/null", "-p", &daemon.pid().to_string()]);
        let calls: Vec<&str> = faults
            .iter()
            .filter_map(|fault| fault.split(':').next())
            .collect();
        command.args(["-e", &format!("trace={}", calls.join(","))]);
        for file in files {
            command.arg("-P").arg(file);
        }
        for fault in faults {
            command.args(["-e", &format!("inject={fault}")]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace is there (Debian: strace)");
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(line.contains("attached"), "strace: {line}");
        // Read on, so that it never waits for a reader.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self(child)
    }
}

impl Drop for Spoiled {
    fn drop(&mut self) {
        // SIGINT: it lets go of the daemon before it ends.
        let _ = Command::new("kill")
            .args(["-INT", &self.0.id().to_string()])
            .status();
        let _ = self.0.wait();
    }
}
