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
pub(crate) struct Spoiled {
    strace: Child,
    daemon: u32,
}

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
        Self {
            strace: child,
            daemon: daemon.pid(),
        }
    }
}

impl Drop for Spoiled {
    fn drop(&mut self) {
        // Why it stands still meanwhile: a call that is under way as strace lets go
        // fails otherwise than was told.
        signal("-STOP", self.daemon);
        // Why so often: at each call that is watched a thread stands for a moment too.
        let stands = |_| {
            tasks(self.daemon)
                .iter()
                .all(|state| "tTZX".contains(*state))
        };
        let stood = (0..1_000).any(|_| (0..50).all(stands));
        assert!(stood || std::thread::panicking(), "the daemon stands still");
        // SIGINT: it lets go of the daemon before it ends.
        signal("-INT", self.strace.id());
        let _ = self.strace.wait();
        signal("-CONT", self.daemon);
    }
}

fn signal(which: &str, process: u32) {
    let mut kill = Command::new("kill");
    kill.args([which, &process.to_string()]);
    // Why not looked at: it may have ended already.
    let _ = kill.stderr(Stdio::null()).status();
}

/// What each thread of a process does, as the kernel says in a letter.
fn tasks(process: u32) -> Vec<char> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task"));
    let tasks = tasks.into_iter().flatten().flatten();
    let states = tasks.filter_map(|task| {
        let stat = std::fs::read_to_string(task.path().join("stat")).ok()?;
        let (_, rest) = stat.rsplit_once(") ")?;
        rest.chars().next()
    });
    states.collect()
}
