//! The email channel alone against the clock: so many mails to so many people
//! over real SMTP to `smtp-sink`, and `smtp-source` to the same receiver in the
//! same run as the reference.
//!
//! Owns the channel's figures of `docs/performance.md`. It must not reach any
//! other machine, and stores nothing.

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

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use muster::channel::email::{Kind, Limits, Mail, Relay, Settings, Tls};
use muster::channel::{Channels, Outgoing};
use muster::clock::Clock;
use muster::domain::delivery::Outcome;
use muster::telemetry::CircuitGauge;

use self::proxy::{Line, Proxy};

const RUNS: usize = 5;
const CONNECTIONS: usize = 16;
const OCTETS: usize = 2048;

/// A running smtp-sink; it ends when it is dropped.
struct Sink {
    child: Child,
    port: u16,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn postfix(program: &str) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
}

fn sink() -> Sink {
    let port = free_port();
    let mut command = postfix("smtp-sink");
    if rustix::process::geteuid().is_root() {
        command.args(["-u", "nobody"]);
    }
    command.args([&format!("127.0.0.1:{port}"), "1000"]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let child = command.spawn().expect("smtp-sink of Postfix is needed");
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    Sink { child, port }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// As many mails by smtp-source, each connection kept.
fn reference(port: u16, mails: u32) -> Duration {
    let mut command = postfix("smtp-source");
    let (sessions, octets) = (CONNECTIONS.to_string(), OCTETS.to_string());
    command.args(["-d", "-s", &sessions, "-m", &mails.to_string()]);
    command.args(["-l", &octets, "-f", "muster@example.jp"]);
    command.args(["-t", "p@example.jp", &format!("127.0.0.1:{port}")]);
    let begun = Instant::now();
    assert!(command.status().unwrap().success());
    begun.elapsed()
}

/// A mail that is somebody's own, of about [`OCTETS`] on the wire.
fn mail(number: u32) -> Mail {
    let at: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let link = format!("https://muster.example.jp/a/AQAAAAAAAAAH{number:020}");
    let ask = "03:27までに、参集できるかどうかを下のリンクから回答してください。";
    let facts = "■ 場所: 喜茂別町役場 2階 災害対策本部室\n■ 発生: 2026年11月23日 03:12\n".repeat(5);
    Mail {
        message_id: format!("n{number}.c1@muster.example.jp"),
        references: Some("c1@muster.example.jp".to_owned()),
        date: at,
        from_name: "喜茂別町 参集".to_owned(),
        to_name: format!("職員 {number}").into(),
        to: format!("p{number}@example.jp").into(),
        return_path: format!("bounce+n{number}@example.jp"),
        reply_to: None,
        replies: false,
        subject: "【参集】震度5強".to_owned(),
        text: format!("参集してください。\n{ask}\n回答する: {link}\n\n{facts}"),
        html: format!(
            "<p>参集してください。</p><p>{ask}</p><p><a href=\"{link}\">回答する</a></p>"
        ),
        urgent: true,
        urgency: 1,
        kind: Kind::Real,
    }
}

fn channels(port: u16) -> Channels {
    Channels::new(muster::channel::Settings {
        email: Settings {
            from: "muster@example.jp".to_owned(),
            relays: vec![Relay {
                host: "127.0.0.1".to_owned(),
                port,
                tls: Tls::None,
                login: None,
                extra_roots: None,
                connections: CONNECTIONS,
                rate: None,
            }],
            hello_name: "muster.example.jp".to_owned(),
            limits: Limits::default(),
        },
        webhooks: Vec::new(),
        clock: Clock::system(),
        circuits: CircuitGauge::default(),
    })
    .unwrap()
}

/// As many mails through the channel, from the first to the last 250.
async fn ours(port: u16, mails: u32) -> Duration {
    let channels = channels(port);
    let all: Arc<Vec<_>> = Arc::new(
        (0..mails)
            .map(|number| Outgoing::Email(Box::new(mail(number))))
            .collect(),
    );
    let next = Arc::new(AtomicU32::new(0));
    let begun = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    // As many as the daemon has: for each connection one mail that is spoken and
    // one that waits.
    for _ in 0..2 * CONNECTIONS {
        let (channels, all, next) = (channels.clone(), Arc::clone(&all), Arc::clone(&next));
        workers.spawn(async move {
            while let Some(mail) = all.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                let attempt = channels.send(mail).await;
                assert!(
                    matches!(attempt.outcome, Outcome::Accepted { .. }),
                    "{attempt:?}"
                );
            }
        });
    }
    workers.join_all().await;
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn per_second(mails: u32, time: Duration) -> f64 {
    f64::from(mails) / time.as_secs_f64()
}

async fn compare(what: &str, port: u16, mails: u32) {
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    // One of each beforehand, which is not counted.
    for run in 0..=RUNS {
        let reference = tokio::task::spawn_blocking(move || reference(port, mails));
        let (reference, ours) = (reference.await.unwrap(), ours(port, mails).await);
        if run > 0 {
            theirs.push(reference);
            own.push(ours);
        }
    }
    let (own, theirs) = (median(own), median(theirs));
    println!(
        "{what}: {mails} mails, muster {:.0} a second, smtp-source -d -s{CONNECTIONS} {:.0} a second, ratio {:.2}",
        per_second(mails, own),
        per_second(mails, theirs),
        theirs.as_secs_f64() / own.as_secs_f64(),
    );
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let alone = std::env::args().any(|argument| argument == "once");
    let sink = sink();
    if alone {
        // For a profiler: the channel alone, once.
        let time = runtime.block_on(ours(sink.port, 10_000));
        println!("muster {:.0} a second", per_second(10_000, time));
        return;
    }
    runtime.block_on(async {
        compare("loopback", sink.port, 10_000).await;
        let line = Line::new().delay(Duration::from_millis(5));
        let proxy = Proxy::start(sink.port, line).await;
        compare("through 10 ms of round trip", proxy.port, 3_200).await;
    });
}
