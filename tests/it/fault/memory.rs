//! The system gives the daemon no more memory.
//!
//! Owns row 10. `tests/fault memory` has a town of a hundred thousand called; what is
//! asked of what came is the oracle's, as after a kill.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use serde_json::Value;

use crate::support::daemon::{Served, TOKEN, Town};
use crate::support::from_environment;
use crate::support::oracle::{CALLED, Oracle};
use crate::support::request::request;
use crate::support::smtp::{Act, Script, SmtpServer, Step};
use crate::support::staff::staff;

/// So many octets more than it has are little.
const LITTLE: u64 = 256 << 10;

/// So many events at most are told until no memory is left.
const EVENTS: usize = 2_000;

/// Each event that was told, by its body, with the answer where it was accepted.
type Told = BTreeMap<String, Option<Value>>;

/// An incident of this key.
fn incident(key: &str) -> String {
    format!(r#"{{"kind":"security-incident","effect":"residents","key":"{key}"}}"#)
}

/// Tells an event: status and answer; 0 where nobody answers.
fn tell(url: &str, event: &str) -> (u16, Value) {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let told = request(url, ("POST", "/api/v1/events"), &headers, event.as_bytes());
    told.map_or((0, Value::Null), |(status, _, answer)| {
        (status, serde_json::from_str(&answer).unwrap_or_default())
    })
}

/// How many octets the process has for its data.
fn data(daemon: &Served) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let data = status.lines().find_map(|line| line.strip_prefix("VmData:"));
    let kilobytes = data.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().unwrap() * 1024
}

/// From now on the process gets so much more memory for its data, and no more; what it
/// has by then.
fn give(daemon: &Served, more: u64) -> u64 {
    let has = data(daemon);
    let limit = format!("--data={}", has + more);
    let mut command = Command::new("prlimit");
    command.args(["--pid", &daemon.pid().to_string(), &limit]);
    assert!(command.status().unwrap().success());
    has
}

/// Row 10: what strangers send cannot be the cause: a body that is too large is
/// refused before it is taken in, however many come. Each of them can read so: what the
/// daemon says leaves before it hangs up on what they still write, and is there for
/// them after that as well.
#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_take_no_memory() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    // The threads that answer take their part once.
    assert_eq!(tell(&daemon.url, &incident("first")).0, 202);
    give(&daemon, 24 << 20);
    let large = vec![b' '; 4 << 20];
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let path = ("POST", "/api/v1/events");
                let (status, ..) = request(&daemon.url, path, &headers, &large).unwrap();
                assert_eq!(status, 413);
            });
        }
    });
    assert_eq!(tell(&daemon.url, &incident("after")).0, 202);
}

/// Row 10: whoever says how large a body is and waits for leave to send it is refused on
/// that word alone; one that is not too large is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_that_is_announced_is_not_asked_for() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let address = daemon.url.trim_start_matches("http://");
    for (path, length, says) in [
        ("/api/v1/events", 4 << 20, "413 Payload Too Large"),
        ("/api/v1/events", (64 << 10) + 1, "413 Payload Too Large"),
        ("/api/v1/events", 64 << 10, "100 Continue"),
        ("/api/v1/drill-records", 1 << 20, "100 Continue"),
        ("/api/v1/drill-records", 64 << 20, "413 Payload Too Large"),
    ] {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/json\r\nExpect: 100-continue\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let said = format!("HTTP/1.1 {says}\r\n");
        let mut line = vec![0; said.len()];
        stream.read_exact(&mut line).unwrap();
        assert_eq!(String::from_utf8_lossy(&line), said, "{length} to {path}");
    }
    // Whoever does not say how large it is is refused by what comes.
    let mut stream = TcpStream::connect(address).unwrap();
    let chunk = " ".repeat(0x11170);
    let whole = format!(
        "POST /api/v1/events HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
         11170\r\n{chunk}\r\n0\r\n\r\n"
    );
    stream.write_all(whole.as_bytes()).unwrap();
    let mut line = [0; 13];
    stream.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 413 ");
}

/// Tells one event after the other until the daemon has no memory left.
fn until_none(daemon: &Served, told: &mut Told) {
    for number in 0..EVENTS {
        let event = incident(&format!("memory {} {number}", daemon.pid()));
        let (status, answer) = tell(&daemon.url, &event);
        told.insert(event, (status == 202).then_some(answer));
        if status != 202 {
            return;
        }
    }
    panic!("memory was left");
}

/// The daemon ends for want of memory: where the store has none it says so and ends
/// with 1; anywhere else the system ends the process. Its code, if it has one.
async fn ends(
    oracle: &mut Oracle,
    daemon: Served,
    (town, server): (&Town, &SmtpServer),
) -> Option<i32> {
    let (code, words) = daemon.last_words();
    oracle.ended(&words, (town, server)).await;
    let said = code == Some(1) && words.contains("メモリーが足りず");
    assert!(said || code.is_none(), "{code:?}: {words}");
    code
}

/// An event is told again: what was accepted is known. Its call-out.
fn again(daemon: &Served, event: &str, before: Option<&Value>) -> String {
    let (status, answer) = tell(&daemon.url, event);
    assert!(matches!(status, 200 | 202), "{event}: {answer}");
    if let Some(before) = before {
        assert_eq!(
            (status, &answer["call_outs"][0]),
            (200, &before["call_outs"][0])
        );
    }
    answer["call_outs"][0].as_str().unwrap().to_owned()
}

/// All incidents are told again.
fn all_again(oracle: &mut Oracle, daemon: &Served, told: &Told) {
    for (event, before) in told {
        let call_out = again(daemon, event, before.as_ref());
        oracle.calls(&call_out, &CALLED);
    }
}

/// Row 10: no memory is left while events arrive. The daemon ends, and whatever
/// was answered is there after the next start, and goes out.
#[tokio::test(flavor = "multi_thread")]
async fn out_of_memory_loses_nothing_that_was_answered() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let mut told = Told::new();
    for key in ["first", "second", "third"] {
        let (status, answer) = tell(&daemon.url, &incident(key));
        assert_eq!(status, 202, "{answer}");
        told.insert(incident(key), Some(answer));
    }
    give(&daemon, LITTLE);
    until_none(&daemon, &mut told);
    let mut oracle = Oracle::default();
    ends(&mut oracle, daemon, (&town, &server)).await;
    let daemon = town.serve();
    all_again(&mut oracle, &daemon, &told);
    oracle.everybody_hears(&server).await;
    oracle.stop(daemon, (&town, &server)).await;
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Calls everybody.
const QUAKE: &str = r#"{"kind":"earthquake","intensity":"7","key":"quake"}"#;

/// Row 10: a large roster, and little more memory than the daemon has with it while
/// nothing happens. It ends as everybody is to be called. The next one has all it wants
/// until it is in the middle of calling them, and then no more, while other events
/// arrive. The third leaves nobody out.
#[tokio::test(flavor = "multi_thread")]
async fn out_of_memory_while_a_large_town_is_called_leaves_nobody_out() {
    let people = usize::try_from(from_environment("MUSTER_PEOPLE", || 2_000)).unwrap();
    println!("tests/fault memory {people}");
    let server = SmtpServer::start(Script::new().on(Step::Dot, Act::Stall)).await;
    let town = Town::new(server.port);
    town.grows_by(people);
    town.asks_once();
    let (mut oracle, mut told) = (Oracle::default(), Told::new());
    let daemon = town.serve();
    let idle = give(&daemon, LITTLE);
    let (status, answer) = tell(&daemon.url, QUAKE);
    let before = (status == 202).then_some(answer);
    if before.is_some() {
        until_none(&daemon, &mut told);
    }
    let first = ends(&mut oracle, daemon, (&town, &server)).await;
    let daemon = town.serve();
    let reached = server.count(Step::Dot);
    let called = again(&daemon, QUAKE, before.as_ref());
    server.reached(Step::Dot, reached + 4).await;
    let calling = give(&daemon, LITTLE);
    until_none(&daemon, &mut told);
    let second = ends(&mut oracle, daemon, (&town, &server)).await;
    server.set(Script::new());
    let taken = server.mails().len();
    let daemon = town.serve();
    all_again(&mut oracle, &daemon, &told);
    let everybody: Vec<String> = staff(people).collect();
    let everybody: Vec<&str> = everybody.iter().map(String::as_str).collect();
    oracle.calls(&called, &everybody);
    oracle.everybody_hears(&server).await;
    oracle.stop(daemon, (&town, &server)).await;
    println!(
        "{people} people: {} MiB of data while nothing happened, {} MiB as they were called; \
         ended with {first:?}, where everybody was {}, and {second:?}; {} events; {taken} mails by \
         then, {} in the end",
        idle >> 20,
        calling >> 20,
        if before.is_some() {
            "accepted"
        } else {
            "not accepted"
        },
        told.len() + 1,
        server.mails().len(),
    );
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
}
