//! The webhook channel alone against the clock: so many signed POSTs of 1 KB,
//! sixteen at a time, and `wrk` with the same body against the same receiver
//! in the same run as the reference.
//!
//! Owns the channel's figures of `docs/performance.md`. It must not reach any
//! other machine, and stores nothing.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measurement prints what it saw and ends where it cannot go on"
)]

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use muster::channel::email::{self, Limits};
use muster::channel::webhook::{Post, Settings, Success, SystemNames, TIMEOUT};
use muster::channel::{Channels, Outgoing};
use muster::clock::Clock;
use muster::domain::delivery::Outcome;
use muster::telemetry::CircuitGauge;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const RUNS: usize = 5;
const AT_ONCE: usize = 16;
const POSTS: u32 = 10_000;
const OCTETS: usize = 1024;
/// How long the reference runs.
const SECONDS: u32 = 2;

/// Reads each POST and answers `ok`, on a thread of its own: the same for both
/// sides. It shares the CPUs with them, so it does as little as can be done;
/// `axum` in its place shows what a receiver of the usual kind leaves of it.
fn receiver(axum: bool) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            if axum {
                let taken = axum::routing::post(async |_: String| "ok");
                let app = axum::Router::new().route("/hook", taken);
                return axum::serve(listener, app).await.unwrap();
            }
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(tcp));
            }
        });
    });
    port
}

/// Answers one POST after the other until the client hangs up.
async fn answer(mut tcp: TcpStream) -> std::io::Result<()> {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    tcp.set_nodelay(true)?;
    let mut read = Vec::with_capacity(16 * 1024);
    while tcp.read_buf(&mut read).await? > 0 {
        while let Some(whole) = whole(&read) {
            read.drain(..whole);
            tcp.write_all(OK).await?;
        }
    }
    Ok(())
}

/// The octets of the first request, once all of it is there.
fn whole(read: &[u8]) -> Option<usize> {
    let head = read.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&read[..head]).unwrap();
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().unwrap())
    });
    let whole = head + 4 + length.unwrap();
    (read.len() >= whole).then_some(whole)
}

fn body(number: u32) -> String {
    let begun = format!(r#"{{"type":"call-out.notification","id":"msg_{number}","text":""#);
    let filling = "x".repeat(OCTETS - begun.len() - 2);
    format!("{begun}{filling}\"}}")
}

/// Requests a second by wrk.
fn reference(port: u16) -> f64 {
    let script = std::env::temp_dir().join(format!("muster-bench-{port}.lua"));
    let lua = format!(
        "wrk.method = \"POST\"\nwrk.headers[\"content-type\"] = \"application/json\"\nwrk.body = [==[{}]==]\n",
        body(0)
    );
    std::fs::write(&script, lua).unwrap();
    let mut command = Command::new("wrk");
    command.args([
        "-t2",
        &format!("-c{AT_ONCE}"),
        &format!("-d{SECONDS}s"),
        "-s",
    ]);
    command
        .arg(&script)
        .arg(format!("http://127.0.0.1:{port}/hook"));
    let output = command.output().expect("wrk is needed");
    let _ = std::fs::remove_file(script);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"));
    line.unwrap_or_else(|| panic!("{said}"))
        .trim()
        .parse()
        .unwrap()
}

fn channels(port: u16) -> Channels {
    let email = email::Settings {
        from: "muster@example.jp".to_owned(),
        relays: Vec::new(),
        hello_name: String::new(),
        limits: Limits::default(),
    };
    let webhook = Settings {
        name: "gateway".to_owned(),
        url: format!("http://127.0.0.1:{port}/hook"),
        secret: Some(SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
        bearer: None,
        success: Success::Status,
        timeout: TIMEOUT,
        proxy: false,
        extra_roots: None,
        internal: false,
        names: Arc::new(SystemNames),
    };
    Channels::new(muster::channel::Settings {
        email,
        webhooks: vec![webhook],
        clock: Clock::system(),
        circuits: CircuitGauge::default(),
    })
    .unwrap()
}

/// Posts a second through the channel.
async fn ours(port: u16) -> f64 {
    let channels = channels(port);
    let clock = Clock::system();
    let message = |number| {
        Outgoing::Webhook(Post {
            webhook: "gateway".into(),
            to: format!("+81-136-00-{number:05}").into(),
            id: format!("msg_{number}"),
            timestamp: clock.now(),
            body: body(number),
        })
    };
    let all: Arc<Vec<_>> = Arc::new((0..POSTS).map(message).collect());
    let next = Arc::new(AtomicU32::new(0));
    let begun = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let (channels, all, next) = (channels.clone(), Arc::clone(&all), Arc::clone(&next));
        workers.spawn(async move {
            while let Some(post) = all.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                let attempt = channels.send(post).await;
                let taken = matches!(attempt.outcome, Outcome::Accepted { .. });
                assert!(taken, "{attempt:?}");
            }
        });
    }
    workers.join_all().await;
    f64::from(POSTS) / Duration::as_secs_f64(&begun.elapsed())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let port = receiver(std::env::args().any(|argument| argument == "axum"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    if std::env::args().any(|argument| argument == "once") {
        // For a profiler: the channel alone, once.
        println!("muster {:.0} a second", runtime.block_on(ours(port)));
        return;
    }
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    // One of each beforehand, which is not counted.
    for run in 0..=RUNS {
        let (reference, ours) = (reference(port), runtime.block_on(ours(port)));
        if run > 0 {
            theirs.push(reference);
            own.push(ours);
        }
    }
    let (own, theirs) = (median(own), median(theirs));
    println!(
        "{POSTS} POSTs of {OCTETS} octets, {AT_ONCE} at a time: muster {own:.0} a second, wrk -t2 -c{AT_ONCE} {theirs:.0} a second, ratio {:.2}",
        own / theirs
    );
}
