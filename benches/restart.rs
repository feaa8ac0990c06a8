//! A kill in the middle of a great call-out: how long until the daemon answers
//! again with a hundred thousand and with a million open notifications.
//!
//! Owns the figures of `docs/performance.md` on restarts. The reference in the
//! same run is the same roster with an empty store. It must not reach any other
//! machine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measurement prints what it saw and ends where it cannot go on"
)]

mod support;

use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use support::{LONGEST, RUNS, Town, free_port, median, memory, millis, request};

const PEOPLE: usize = 100_000;

/// The calls in the store that are to be sent yet.
const OPEN: &str = "SELECT count(*) FROM notification \
                    WHERE purpose = 'call' AND state IN ('queued', 'sending', 'retry', 'unknown')";

/// Open call-outs of everybody.
const CALL_OUTS: [usize; 3] = [0, 1, 10];

/// Waits until everybody's row is kept: an event is answered with the first of them.
fn kept(town: &Town, wanted: usize) {
    let path = town.path().join("muster.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let mut store = SqliteConnection::connect_with(&options).await.unwrap();
        let begun = Instant::now();
        loop {
            let open: i64 = sqlx::query_scalar(OPEN)
                .fetch_one(&mut store)
                .await
                .unwrap();
            if usize::try_from(open).unwrap() == wanted {
                break;
            }
            assert!(begun.elapsed() < LONGEST, "{open} of {wanted} are kept");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        store.close().await.unwrap();
    });
}

fn main() {
    println!("| Open notifications | Kill to first 200 | Ratio | Peak |\n|---|---|---|---|");
    // Nobody listens there: everything stays to be sent.
    let town = Town::new(PEOPLE, free_port());
    let (mut told, mut empty) = (0, None);
    for call_outs in CALL_OUTS {
        let (process, host, _) = town.serve();
        while told < call_outs {
            let body = "{\"kind\":\"wind-flood\",\"posture\":3,\"ordered_by\":\"p0\"}";
            let reply = request(&host, "POST /api/v1/events", body);
            assert!(reply.starts_with("HTTP/1.1 202"), "{reply}");
            told += 1;
        }
        kept(&town, call_outs * PEOPLE);
        drop(process);
        let (mut times, mut peaks) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            // Dropped is killed.
            let (process, _, started) = town.serve();
            times.push(millis(started));
            peaks.push(memory(&process).peak);
        }
        let time = median(times);
        let reference = *empty.get_or_insert(time);
        println!(
            "| {} | {time:.0} ms | {:.2} | {:.0} MiB |",
            call_outs * PEOPLE,
            time / reference,
            median(peaks),
        );
    }
}
