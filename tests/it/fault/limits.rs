//! The system gives the daemon no more memory, or no more files.
//!
//! Owns rows 10 and 11.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use muster::http::{App, Room, Served as Door, Settings, router, tcp};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::process::long_pause;
use crate::support::daemon::{Served, TOKEN, Town, said, under};
use crate::support::oracle::{CALLED, Oracle, copies};
use crate::support::request::request;
use crate::support::smtp::{Act, Received, Script, SmtpServer, Step};
use crate::support::staff::staff;
use crate::support::world::World;

/// Tells an event under a key: status and answer; 0 where nobody answers.
fn tell(url: &str, key: &str) -> (u16, Value) {
    let body = format!(r#"{{"kind":"security-incident","effect":"residents","key":"{key}"}}"#);
    send(url, &body)
}

/// Tells an event.
fn send(url: &str, body: &str) -> (u16, Value) {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let told = request(url, ("POST", "/api/v1/events"), &headers, body.as_bytes());
    told.map_or((0, Value::Null), |(status, _, answer)| {
        (status, serde_json::from_str(&answer).unwrap_or_default())
    })
}

/// From now on the process gets so much more memory for its data, and no more.
fn give(daemon: &Served, more: u64) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let data = status.lines().find_map(|line| line.strip_prefix("VmData:"));
    let kilobytes = data.unwrap().trim().trim_end_matches(" kB");
    let limit = kilobytes.parse::<u64>().unwrap() * 1024 + more;
    let mut command = Command::new("prlimit");
    command.args([
        "--pid",
        &daemon.pid().to_string(),
        &format!("--data={limit}"),
    ]);
    assert!(command.status().unwrap().success());
}

/// Row 10: what strangers send cannot be the cause: a body that is too large is
/// refused before it is taken in, however many come.
#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_take_no_memory() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    // The threads that answer take their part once.
    assert_eq!(tell(&daemon.url, "first").0, 202);
    give(&daemon, 24 << 20);
    let large = vec![b' '; 4 << 20];
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let path = ("POST", "/api/v1/events");
                let (status, ..) = request(&daemon.url, path, &headers, &large).unwrap();
                // Where the answer came before the body had gone it may be lost.
                assert!(matches!(status, 413 | 0), "{status}");
            });
        }
    });
    assert_eq!(tell(&daemon.url, "after").0, 202);
}

/// Whether everybody has heard of what they are called to.
fn all_heard(oracle: &Oracle, mails: &[Received]) -> bool {
    let copies = copies(mails);
    let heard = copies.iter().map(|copy| (&copy.call_out, &copy.to));
    let heard: BTreeSet<_> = heard.collect();
    let mut called = oracle.called.iter();
    called.all(|(id, people)| people.iter().all(|to| heard.contains(&(id, to))))
}

/// Tells one event after the other until the daemon has no memory left: the answer to
/// each where it was accepted.
fn until_none(daemon: &Served) -> BTreeMap<String, Option<Value>> {
    let mut told = BTreeMap::new();
    for number in 0..2_000 {
        let key = format!("memory {number}");
        let (status, answer) = tell(&daemon.url, &key);
        told.insert(key, (status == 202).then_some(answer));
        if status != 202 {
            return told;
        }
    }
    panic!("memory was left");
}

/// The daemon ends for want of memory: where the store has none it says so and ends
/// with 1; anywhere else the system ends the process.
async fn ends(oracle: &mut Oracle, daemon: Served, (town, server): (&Town, &SmtpServer)) {
    let (code, words) = daemon.last_words();
    oracle.ended(&words, (town, server)).await;
    let said = code == Some(1) && words.contains("メモリーが足りず");
    assert!(said || code.is_none(), "{code:?}: {words}");
}

/// Everything is told again: what was accepted is known.
fn again(oracle: &mut Oracle, daemon: &Served, told: &BTreeMap<String, Option<Value>>) {
    for (key, before) in told {
        let (status, answer) = tell(&daemon.url, key);
        assert!(matches!(status, 200 | 202), "{key}: {answer}");
        if let Some(before) = before {
            assert_eq!((status, &answer["call_outs"]), (200, &before["call_outs"]));
        }
        oracle.calls(answer["call_outs"][0].as_str().unwrap(), &CALLED);
    }
}

/// Row 10: no memory is left while events arrive. The daemon ends, and whatever
/// was answered is there after the next start, and goes out.
#[tokio::test(flavor = "multi_thread")]
async fn out_of_memory_loses_nothing_that_was_answered() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let first = ["first", "second", "third"].map(|key| (key.to_owned(), tell(&daemon.url, key)));
    give(&daemon, 256 << 10);
    let mut told = until_none(&daemon);
    for (key, (status, answer)) in first {
        assert_eq!(status, 202, "{answer}");
        told.insert(key, Some(answer));
    }
    let mut oracle = Oracle::default();
    ends(&mut oracle, daemon, (&town, &server)).await;
    let daemon = town.serve();
    again(&mut oracle, &daemon, &told);
    server
        .until("everybody", |mails| all_heard(&oracle, mails))
        .await;
    oracle.stop(daemon, (&town, &server)).await;
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
}

/// So many more work in a large town.
const LARGE: usize = 2_000;

/// Row 10: no memory is left in the middle of calling everybody of a large roster, and
/// while other events arrive. The next start leaves nobody out.
#[tokio::test(flavor = "multi_thread")]
async fn out_of_memory_while_a_large_town_is_called_leaves_nobody_out() {
    let server = SmtpServer::start(Script::new().on(Step::Dot, Act::Wait)).await;
    let town = Town::new(server.port);
    town.grows_by(LARGE);
    let daemon = town.serve();
    let quake = r#"{"kind":"earthquake","intensity":"7","key":"quake"}"#;
    let (status, called) = send(&daemon.url, quake);
    assert_eq!(status, 202, "{called}");
    server.reached(Step::Dot, 4).await;
    give(&daemon, 256 << 10);
    let told = until_none(&daemon);
    let mut oracle = Oracle::default();
    ends(&mut oracle, daemon, (&town, &server)).await;
    server.set(Script::new());
    let daemon = town.serve();
    again(&mut oracle, &daemon, &told);
    let everybody: Vec<String> = staff(LARGE).collect();
    let everybody: Vec<&str> = everybody.iter().map(String::as_str).collect();
    oracle.calls(called["call_outs"][0].as_str().unwrap(), &everybody);
    // Why counted first: to read all of them takes its time.
    let of_the_crowd = |mail: &&Received| mail.to.iter().any(|to| to.starts_with("crowd-"));
    let heard = |mails: &[Received]| {
        mails.iter().filter(of_the_crowd).count() >= LARGE && all_heard(&oracle, mails)
    };
    server.until("everybody", heard).await;
    oracle.stop(daemon, (&town, &server)).await;
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
}

/// What `muster_connections_full` says to whoever asks by the socket of the machine.
fn full_by_the_socket(town: &Town) -> String {
    let socket = town.folder.path().join("state/muster.sock");
    let mut stream = UnixStream::connect(socket).unwrap();
    let head = b"GET /metrics HTTP/1.1\r\nHost: muster\r\nConnection: close\r\n\r\n";
    stream.write_all(head).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let mut lines = answer.lines();
    let line = lines.find_map(|line| line.strip_prefix("muster_connections_full "));
    line.unwrap_or_else(|| panic!("{answer}")).trim().to_owned()
}

/// Row 11: strangers hold as many connections as they can get. What is queued
/// goes out, `muster trigger` gets in by the socket of the machine, it is said
/// once, and whoever waited is served when they have gone.
#[tokio::test(flavor = "multi_thread")]
async fn who_holds_every_connection_keeps_nobody_from_being_called() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let command = under(&["prlimit", "--nofile=80"], &town.command(&["serve"]));
    let mut daemon = town.serve_by(command);
    let address = daemon.url.trim_start_matches("http://").to_owned();
    let idle: Vec<TcpStream> = (0..120)
        .map(|_| TcpStream::connect(&address).unwrap())
        .collect();
    daemon.says("as many connections are open as may be");
    let output = town.run(&["trigger", "security-incident", "--effect", "residents"]);
    let (_, words) = said(&output);
    assert!(output.status.success(), "{words}");
    server.mail(4).await;
    assert_eq!(full_by_the_socket(&town), "1");
    drop(idle);
    assert_eq!(daemon.call("GET", "/healthz", None, None).0, 200);
    daemon.signal("-TERM");
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(0), "{words}");
    assert!(!words.contains("Too many open files"), "{words}");
}

/// A stranger's head fills little memory: one of more than twice 32 KiB is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_head_is_refused() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let head = |octets| format!("X-Much: {}\r\n", "x".repeat(octets));
    let (status, _) = daemon.raw("GET", "/healthz", &head(20_000), b"");
    assert_eq!(status, 200);
    let (status, _) = daemon.raw("GET", "/healthz", &head(80_000), b"");
    assert_eq!(status, 431);
}

/// Row 11: with so few descriptors that the store, its readers, the doors and a relay
/// cannot be open together, it would start and fail as people are called. It is
/// refused in a sentence, before anything is made.
#[test]
fn too_few_descriptors_are_refused_in_words() {
    let town = Town::new(1);
    let few = under(&["prlimit", "--nofile=32"], &town.command(&["serve"])).output();
    let few = few.unwrap();
    let (_, words) = said(&few);
    assert_eq!(few.status.code(), Some(1), "{words}");
    for part in ["32 まで", "no more than 32 files", "LimitNOFILE"] {
        assert!(words.contains(part), "{words}");
    }
    assert!(!town.folder.path().join("state").exists());
}

/// The town's door, with room for so many, whose patience is measured by the
/// clock that is moved by hand; its address.
async fn door(world: &World, room: usize) -> std::net::SocketAddr {
    let settings = Settings {
        tokens: Vec::new(),
        sign_ins: Vec::new(),
        public_url: "https://muster.example.jp".to_owned(),
    };
    let served = Door {
        router: router(App::new(world.engine.clone(), settings).unwrap()),
        room: Room::new(room, world.engine.metrics().connections_full.clone()),
        clock: world.clock.clone(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(tcp(listener, served, std::future::pending()));
    address
}

const HEAD: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: muster.example.jp\r\n\r\n";

/// Asks on a connection whether the daemon lives.
async fn asks(stream: &mut tokio::net::TcpStream) {
    stream.write_all(HEAD).await.unwrap();
    answered(stream).await;
}

async fn answered(stream: &mut tokio::net::TcpStream) {
    let mut answer = [0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut answer));
    let read = read.await.expect("an answer").unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 200 "), "{read}");
}

/// Whether a connection is at its end.
async fn ended(stream: &mut tokio::net::TcpStream) -> bool {
    let mut octets = [0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut octets));
    matches!(read.await, Ok(Ok(0) | Err(_)))
}

/// Row 11: whoever never asks, or says one octet of a request after the other, gives
/// the place back after thirty seconds; whoever has asked once and is silent then,
/// after a hundred and fifty.
#[tokio::test]
async fn who_asks_for_nothing_gives_the_place_back() {
    let world = World::example().await;
    let address = door(&world, 4).await;
    let connect = async || tokio::net::TcpStream::connect(address).await.unwrap();
    let [mut silent, mut slow, mut idle] = [connect().await, connect().await, connect().await];
    slow.write_all(&HEAD[..9]).await.unwrap();
    // Those who came before are heard before this is answered.
    asks(&mut idle).await;
    world.away("20s");
    slow.write_all(&HEAD[9..20]).await.unwrap();
    asks(&mut idle).await;
    world.away("11s");
    assert!(ended(&mut silent).await);
    assert!(ended(&mut slow).await);
    asks(&mut idle).await;
    world.away("149s");
    asks(&mut idle).await;
    world.away("151s");
    assert!(ended(&mut idle).await);
}

/// Row 11: one place at the door. Administrators hear of it after a minute. Whoever
/// waits for it is served once the silent one is sent away.
#[tokio::test]
async fn who_waited_behind_a_silent_one_is_served() {
    let world = World::with(|plan| plan.readiness = None).await;
    let address = door(&world, 1).await;
    let mut first = tokio::net::TcpStream::connect(address).await.unwrap();
    asks(&mut first).await;
    let mut second = tokio::net::TcpStream::connect(address).await.unwrap();
    second.write_all(HEAD).await.unwrap();
    while world.engine.metrics().connections_full.get() == 0 {
        tokio::task::yield_now().await;
    }
    world.turn().await;
    assert_eq!(world.engine.alarms().len(), 0);
    world.away("61s");
    world.turn().await;
    assert!(world.engine.alarms()[0].ja.contains("いっぱい"));
    assert!(!world.sent().is_empty(), "administrators are told");
    world.away("90s");
    answered(&mut second).await;
}

/// Row 11: a request whose body is slow keeps its connection; its own limit is
/// that of a request.
#[tokio::test]
async fn a_request_under_way_is_not_cut() {
    let world = World::example().await;
    let address = door(&world, 2).await;
    let mut asking = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = "POST /sign-in/link HTTP/1.1\r\nHost: muster.example.jp\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nme";
    asking.write_all(head.as_bytes()).await.unwrap();
    let mut other = tokio::net::TcpStream::connect(address).await.unwrap();
    asks(&mut other).await;
    world.away("2m");
    asking.write_all(b"thod=x ").await.unwrap();
    let mut answer = [0; 64];
    let read = asking.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 "), "{read}");
}

/// Row 11: whoever never sends the rest of a body is answered at the limit of a
/// request, and gives the place back. Real time: it runs in `tests/fault pause`
/// alone.
#[tokio::test]
async fn who_never_sends_the_body_gives_the_place_back() {
    if long_pause().is_none() {
        return;
    }
    let world = World::example().await;
    let address = door(&world, 1).await;
    let mut silent = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = "POST /sign-in/link HTTP/1.1\r\nHost: muster.example.jp\r\nExpect: 100-continue\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n";
    silent.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    silent.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    silent.write_all(b"me").await.unwrap();
    let mut answer = Vec::new();
    let twice = Duration::from_secs(60);
    let ended = tokio::time::timeout(twice, silent.read_to_end(&mut answer)).await;
    ended.expect("the place is kept for ever").unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 503 "), "{answer:?}");
}

/// Row 11: one place at the door, and whoever has it asks again and again and
/// reads no answer. Within two minutes the system cuts them off. Real time: it runs in
/// `tests/fault pause` alone.
#[tokio::test]
async fn who_reads_no_answer_gives_the_place_back() {
    if long_pause().is_none() {
        return;
    }
    let world = World::example().await;
    let address = door(&world, 1).await;
    let mut first = tokio::net::TcpStream::connect(address).await.unwrap();
    asks(&mut first).await;
    let head = b"GET /metrics HTTP/1.1\r\nHost: muster.example.jp\r\n\r\n";
    let asking = async {
        loop {
            first.write_all(head).await?;
        }
    };
    let mut second = tokio::net::TcpStream::connect(address).await.unwrap();
    second.write_all(HEAD).await.unwrap();
    let mut answer = [0; 64];
    let limit = Duration::from_secs(240);
    let (cut_off, served): (Result<std::io::Result<()>, _>, _) = tokio::join!(
        tokio::time::timeout(limit, asking),
        tokio::time::timeout(limit, second.read(&mut answer))
    );
    assert!(cut_off.expect("they are cut off").is_err());
    assert!(served.expect("the next is served").unwrap() > 0);
    assert!(answer.starts_with(b"HTTP/1.1 200 "));
}
