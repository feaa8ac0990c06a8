//! Answers against the clock: ten thousand people who were called by mail press
//! the button of their own link, from 64 and from 256 connections at once.
//!
//! Owns the figures of `docs/performance.md` on answers. The reference in the
//! same run is `GET /healthz` of the same daemon, which stores and renders
//! nothing. Each answer is durable before it is answered, and its page is
//! rendered. It must not reach any other machine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measurement prints what it saw and ends where it cannot go on"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mail_parser::MessageParser;
use support::{Process, RUNS, Town, earthquake, median, millis};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PEOPLE: usize = 10_000;

/// How many answer from so many connections.
const ANSWERS: usize = PEOPLE / 2;

const CLIENTS: [usize; 2] = [64, 256];

/// An answer sooner after its call than this is taken for a machine's.
const DOUBT: Duration = Duration::from_secs(6);

/// What a run came to.
#[derive(Clone, Copy)]
struct Rate {
    a_second: f64,
    middle: f64,
    slowest: f64,
    /// Of the daemon's own processor time, in microseconds for each.
    cost: f64,
}

/// Sends each request once, from so many connections that are kept.
async fn load(daemon: (&Process, &str), clients: usize, requests: Vec<String>) -> Rate {
    let (process, host) = daemon;
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicUsize::new(0));
    let mut all = tokio::task::JoinSet::new();
    let mut streams = Vec::new();
    for _ in 0..clients {
        let stream = TcpStream::connect(host).await.unwrap();
        stream.set_nodelay(true).unwrap();
        streams.push(stream);
    }
    let spent = support::spent(process);
    let begun = Instant::now();
    for mut stream in streams {
        let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
        all.spawn(async move {
            let mut took = Vec::new();
            let mut reply = vec![0; 256 * 1024];
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                let sent = Instant::now();
                stream.write_all(request.as_bytes()).await.unwrap();
                read(&mut stream, &mut reply).await;
                took.push(millis(sent.elapsed()));
            }
            took
        });
    }
    let mut took: Vec<f64> = all.join_all().await.into_iter().flatten().collect();
    let whole = begun.elapsed();
    let spent = support::spent(process) - spent;
    took.sort_by(f64::total_cmp);
    Rate {
        a_second: took.len() as f64 / whole.as_secs_f64(),
        middle: took[took.len() / 2],
        slowest: took[took.len() * 99 / 100],
        cost: millis(spent) * 1000.0 / took.len() as f64,
    }
}

/// Reads one whole reply.
async fn read(stream: &mut TcpStream, reply: &mut [u8]) {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut reply[filled..]).await.unwrap();
        assert!(read > 0, "the daemon closed the connection");
        filled += read;
        let seen = &reply[..filled];
        let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&seen[..end]).to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.expect("a length").trim().parse().unwrap();
        if filled >= end + 4 + length {
            return;
        }
    }
}

fn answer(host: &str, path: &str) -> String {
    let body = "answer=coming&eta_minutes=20";
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The path of the answer link in a mail.
fn link(mail: &[u8]) -> String {
    let message = MessageParser::default().parse(mail).unwrap();
    let text = message.body_text(0).unwrap();
    let at = text.find("/a/").unwrap();
    let path = text[at..].split_whitespace().next().unwrap();
    path.to_owned()
}

/// One run: of each number of clients, how answers fared, and the reference.
fn run(runtime: &tokio::runtime::Runtime) -> Vec<(Rate, Rate)> {
    let (relay, mails) = support::receiver(true);
    let town = Town::new(PEOPLE, relay);
    let (process, host, _) = town.serve();
    let daemon = (&process, host.as_str());
    let id = support::call_out(&earthquake(&host, ""));
    let mut links: Vec<String> = (0..PEOPLE)
        .map(|_| link(&mails.recv_timeout(support::LONGEST).unwrap().1))
        .collect();
    support::settled(&host, PEOPLE);
    std::thread::sleep(DOUBT);
    let mut rates = Vec::new();
    for clients in CLIENTS {
        let answers = links.split_off(links.len() - ANSWERS);
        let answers = answers.iter().map(|path| answer(&host, path)).collect();
        let nothing = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let reference = runtime.block_on(load(daemon, clients, vec![nothing; ANSWERS]));
        let answers = runtime.block_on(load(daemon, clients, answers));
        rates.push((answers, reference));
    }
    let status = support::get(&host, &format!("/api/v1/call-outs/{id}"));
    let kept = status.matches("\"coming\"").count();
    assert!(kept >= PEOPLE, "{kept} answers kept of {PEOPLE}");
    rates
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let once = std::env::args().any(|word| word == "once");
    let runs: Vec<_> = (0..if once { 1 } else { RUNS })
        .map(|_| run(&runtime))
        .collect();
    println!(
        "| Clients | Answers a second | /healthz a second | Ratio | Answer, median | p99 | /healthz p99 | Ratio of p99 | The daemon's time for an answer, for /healthz |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
    for (at, clients) in CLIENTS.into_iter().enumerate() {
        let of = |field: fn(&(Rate, Rate)) -> f64| {
            median(runs.iter().map(|run| field(&run[at])).collect())
        };
        let (ours, theirs) = (of(|run| run.0.a_second), of(|run| run.1.a_second));
        let (p99, reference) = (of(|run| run.0.slowest), of(|run| run.1.slowest));
        println!(
            "| {clients} | {ours:.0} | {theirs:.0} | {:.2} | {:.1} ms | {p99:.1} ms | {reference:.1} ms | {:.1} | {:.0} µs, {:.0} µs |",
            ours / theirs,
            of(|run| run.0.middle),
            p99 / reference,
            of(|run| run.0.cost),
            of(|run| run.1.cost),
        );
    }
}
