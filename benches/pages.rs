//! What it costs to look: the status of a call-out as JSON and the first paint of
//! the board, as the call-out grows.
//!
//! Owns the figures of `docs/performance.md` on looking. A cost that grows faster
//! than the people would show as a growing cost a person. It must not reach any other machine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measurement prints what it saw and ends where it cannot go on"
)]

mod support;

use std::time::Instant;

use support::{RUNS, Sink, Town, earthquake, get, median, millis};

const SIZES: [usize; 4] = [100, 1_000, 10_000, 50_000];

fn timed(host: &str, path: &str) -> (f64, usize) {
    let times = (0..RUNS).map(|_| {
        let begun = Instant::now();
        let reply = get(host, path);
        assert!(
            reply.starts_with("HTTP/1.1 200"),
            "{}",
            &reply[..200.min(reply.len())]
        );
        (millis(begun.elapsed()), reply.len())
    });
    let (times, lengths): (Vec<f64>, Vec<usize>) = times.unzip();
    (median(times), lengths[0])
}

fn main() {
    println!("| People | Status | a person | octets | Board | octets |\n|---|---|---|---|---|---|");
    for people in SIZES {
        let sink = Sink::of(people);
        let town = Town::new(people, sink.port);
        let (_process, host, _) = town.serve();
        let told = earthquake(&host, "");
        let begun = Instant::now();
        sink.last_since(begun);
        support::settled(&host, people.saturating_sub(support::CONNECTIONS));
        let id = support::call_out(&told);
        let (status, octets) = timed(&host, &format!("/api/v1/call-outs/{id}"));
        let (board, page) = timed(&host, "/");
        println!(
            "| {people} | {status:.2} ms | {:.2} µs | {octets} | {board:.2} ms | {page} |",
            status * 1000.0 / people as f64,
        );
    }
}
