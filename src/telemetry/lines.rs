//! Log lines on their way out, by a thread of their own.
//!
//! Owns how many wait, and that those for which there is no room are counted
//! and dropped. Whoever reads the log may be gone, or stand still: it must not
//! make anybody who logs wait, or fail.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How many octets wait: some thousand lines.
const ROOM: usize = 1 << 20;

/// How long an end waits for the last lines.
const LAST: Duration = Duration::from_secs(1);

/// The way out for log lines. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    /// Lines have come.
    come: Condvar,
    /// All of them are written.
    written: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    /// How many were dropped since it was last said.
    lost: usize,
    /// Whether some are being written.
    busy: bool,
}

impl Lines {
    /// Writes lines onto `out` from now on.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn onto(out: impl Write + Send + 'static) -> std::io::Result<Self> {
        let lines = Self::default();
        let writes = lines.clone();
        let thread = std::thread::Builder::new().name("log".to_owned());
        thread.spawn(move || writes.write_on(out))?;
        Ok(lines)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        let waiting = &self.0.waiting;
        waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one line, or counts it where there is no room.
    pub fn push(&self, line: &[u8]) {
        let mut waiting = self.waiting();
        if waiting.lines.len() + line.len() > ROOM {
            waiting.lost += 1;
            return;
        }
        waiting.lines.extend_from_slice(line);
        drop(waiting);
        self.0.come.notify_one();
    }

    /// Waits until everything is written, for a second at most.
    pub fn finish(&self) {
        let waits = |waiting: &mut Waiting| waiting.busy || !waiting.lines.is_empty();
        // Whether or not it was enough: there is nobody left to be told.
        let _ = (self.0.written).wait_timeout_while(self.waiting(), LAST, waits);
    }

    fn write_on(&self, mut out: impl Write) {
        let mut lost = 0;
        loop {
            let nothing = |waiting: &mut Waiting| waiting.lines.is_empty();
            let come = self.0.come.wait_while(self.waiting(), nothing);
            let mut waiting = come.unwrap_or_else(PoisonError::into_inner);
            let lines = std::mem::take(&mut waiting.lines);
            lost += std::mem::take(&mut waiting.lost);
            waiting.busy = true;
            drop(waiting);
            // Why one by one: the journal takes each write for a line.
            for line in lines.split_inclusive(|octet| *octet == b'\n') {
                if lost > 0 && writeln!(out, "{}", said(lost)).is_ok() {
                    lost = 0;
                }
                // A log that takes nothing is said once it takes something.
                lost += usize::from(out.write_all(line).is_err());
            }
            self.waiting().busy = false;
            self.0.written.notify_all();
        }
    }
}

/// That lines are missing.
fn said(lost: usize) -> String {
    format!("WARN {lost} lines of the log before this one could not be written")
}

/// Where one line is written, in one go.
#[derive(Debug)]
pub struct Line<'a>(&'a Lines);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Line(self)
    }
}
