//! The main job against the clock: the release binary on a roster of a given
//! size, real SMTP to a receiver on loopback, everything durable.
//!
//! Owns the figures and the curve of `docs/performance.md`. References in the
//! same run: smtp-source, which keeps nothing, and Alertmanager where it is
//! installed. `cargo bench --bench main_job -- 1 100` measures these sizes
//! alone; with `picture=FILE` it draws the curve. It must not reach any other machine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measurement prints what it saw and ends where it cannot go on"
)]

mod support;

use std::path::Path;
use std::time::Instant;

use support::{Alertmanager, RUNS, Sink, Town, earthquake, median, memory, millis};

const SIZES: [usize; 6] = [1, 100, 1_000, 10_000, 50_000, 100_000];

/// The most receivers that Alertmanager is measured with.
const MOST: usize = 10_000;

/// What one run took, in milliseconds, and MiB.
#[derive(Clone, Copy, Default)]
struct Took {
    start: f64,
    idle: f64,
    idle_own: f64,
    durable: f64,
    first: f64,
    all: f64,
    peak: f64,
}

/// One call-out of everybody, twice: to a receiver that tells when the first
/// mail came, and to smtp-sink. How many octets a mail has.
fn muster(people: usize) -> (Took, usize) {
    let mut took = Took::default();
    let (relay, mails) = support::receiver(true);
    let town = Town::new(people, relay);
    let (process, host, started) = town.serve();
    took.start = millis(started);
    let idle = memory(&process);
    (took.idle, took.idle_own) = (idle.resident, idle.own);
    let begun = Instant::now();
    earthquake(&host, "");
    took.durable = millis(begun.elapsed());
    let mut octets = 0;
    for number in 0..people {
        let (at, text) = mails.recv_timeout(support::LONGEST).unwrap();
        if number == 0 {
            took.first = millis(at - begun);
        }
        octets += text.len();
    }
    drop((process, town));
    let sink = Sink::of(people);
    let town = Town::new(people, sink.port);
    let (process, host, _) = town.serve();
    let begun = Instant::now();
    earthquake(&host, "");
    took.all = millis(sink.last_since(begun));
    // Why not all: smtp-sink ends with the last, and does not answer it.
    support::settled(&host, people.saturating_sub(support::CONNECTIONS));
    took.peak = memory(&process).peak;
    (took, octets / people)
}

/// The same by Alertmanager, which keeps nothing.
fn alertmanager(program: &Path, people: usize) -> Took {
    let mut took = Took::default();
    let (relay, mails) = support::receiver(false);
    let peer = Alertmanager::start(program, people, relay);
    took.start = millis(peer.started);
    let begun = Instant::now();
    peer.alert();
    let (at, _) = mails.recv_timeout(support::LONGEST).unwrap();
    took.first = millis(at - begun);
    drop(peer);
    let sink = Sink::of(people);
    let peer = Alertmanager::start(program, people, sink.port);
    took.idle = peer.memory().resident;
    let begun = Instant::now();
    peer.alert();
    took.all = millis(sink.last_since(begun));
    took.peak = peer.memory().peak;
    took
}

/// The medians of one size.
struct Row {
    people: usize,
    /// Of a mail.
    octets: usize,
    ours: Took,
    source: f64,
    peer: Option<Took>,
}

fn middle(runs: &[Took]) -> Took {
    let of = |field: fn(&Took) -> f64| median(runs.iter().map(field).collect());
    Took {
        start: of(|took| took.start),
        idle: of(|took| took.idle),
        idle_own: of(|took| took.idle_own),
        durable: of(|took| took.durable),
        first: of(|took| took.first),
        all: of(|took| took.all),
        peak: of(|took| took.peak),
    }
}

fn measure(people: usize, program: Option<&Path>) -> Row {
    let (mut ours, mut source, mut peer) = (Vec::new(), Vec::new(), Vec::new());
    let mut size = 0;
    for _ in 0..RUNS {
        let (took, octets) = muster(people);
        size = octets;
        ours.push(took);
        source.push(millis(support::smtp_source(people, octets)));
        if let Some(program) = program.filter(|_| people <= MOST) {
            peer.push(alertmanager(program, people));
        }
    }
    Row {
        people,
        octets: size,
        ours: middle(&ours),
        source: median(source),
        peer: (!peer.is_empty()).then(|| middle(&peer)),
    }
}

fn print(row: &Row) {
    let Row {
        people,
        octets,
        ours,
        source,
        peer,
    } = row;
    println!(
        "| {people} | {:.0} ms | {:.0} ({:.0}) MiB | {:.1} ms | {:.1} ms | {:.1} ms | {source:.1} ms | {:.2} | {:.3} ms | {:.0} MiB |",
        ours.start,
        ours.idle,
        ours.idle_own,
        ours.durable,
        ours.first,
        ours.all,
        source / ours.all,
        ours.all / *people as f64,
        ours.peak,
    );
    println!("| | a mail of {octets} octets |");
    if let Some(peer) = peer {
        println!(
            "| Alertmanager | {:.0} ms | {:.0} MiB | | {:.1} ms | {:.1} ms | | ours {:.1} x faster, first mail {:.2} x | | {:.0} MiB |",
            peer.start,
            peer.idle,
            peer.first,
            peer.all,
            peer.all / ours.all,
            ours.first / peer.first,
            peer.peak,
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let chosen: Vec<usize> = arguments
        .iter()
        .filter_map(|size| size.parse().ok())
        .collect();
    let sizes = if chosen.is_empty() {
        SIZES.to_vec()
    } else {
        chosen
    };
    let program = Alertmanager::program();
    if program.is_none() {
        println!("Alertmanager is not installed, and is not measured");
    }
    println!(
        "| People | Start to 200 | Idle (its own) | Event durable | First mail | All mails | smtp-source | Ratio | A person | Peak |\n\
         |---|---|---|---|---|---|---|---|---|---|"
    );
    let mut rows = Vec::new();
    for people in sizes {
        let row = measure(people, program.as_deref());
        print(&row);
        rows.push(row);
    }
    let picture = arguments
        .iter()
        .find_map(|argument| argument.strip_prefix("picture="));
    if let Some(file) = picture {
        let points: Vec<_> = rows
            .iter()
            .map(|row| (row.people, row.ours.all, row.source))
            .collect();
        std::fs::write(file, support::curve::draw(&points)).unwrap();
    }
}
