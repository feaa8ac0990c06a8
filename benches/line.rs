//! The main job through a line of 10 ms of round trip: one call-out of so many
//! people, everything durable, until the last mail is with the relay.
//!
//! Owns that figure of `docs/performance.md`. The reference in the same run is
//! smtp-source through the same line. `cargo bench --bench line -- 1000` measures
//! another size. It must not reach any other machine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    dead_code,
    missing_docs,
    reason = "a measurement prints what it saw and ends where it cannot go on"
)]

#[path = "../tests/it/support/proxy.rs"]
mod proxy;
mod support;

use std::time::{Duration, Instant};

use proxy::{Line, Proxy};
use support::{RUNS, Sink, Town, earthquake, median, millis, per_second};

const PEOPLE: usize = 10_000;

/// Each way.
const DELAY: Duration = Duration::from_millis(5);

/// The octets of a mail, as the daemon's have (`cargo bench --bench main_job`).
const OCTETS: usize = 4400;

fn line(runtime: &tokio::runtime::Runtime, sink: &Sink) -> Proxy {
    runtime.block_on(Proxy::start(sink.port, Line::new().delay(DELAY)))
}

fn main() {
    let chosen = std::env::args().skip(1).find_map(|size| size.parse().ok());
    let people = chosen.unwrap_or(PEOPLE);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let (mut ours, mut source) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let sink = Sink::of(people);
        let proxy = line(&runtime, &sink);
        let town = Town::new(people, proxy.port);
        let (_process, host, _) = town.serve();
        let begun = Instant::now();
        earthquake(&host, "");
        ours.push(millis(sink.last_since(begun)));
        let sink = Sink::of(people);
        let proxy = line(&runtime, &sink);
        let took = support::smtp_source_to(proxy.port, sink, people, OCTETS);
        source.push(millis(took));
    }
    let (ours, source) = (median(ours), median(source));
    println!(
        "{people} people through 10 ms: {ours:.0} ms, {:.0} a second; smtp-source {source:.0} ms, {:.0} a second; ratio {:.2}",
        per_second(people, ours),
        per_second(people, source),
        source / ours
    );
}
