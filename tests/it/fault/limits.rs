//! The system gives the daemon no more files, and strangers hold what it has.
//!
//! Owns row 11. How much a stranger's head may fill stands here as well.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use muster::http::{App, Room, Served as Door, Settings, router, tcp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::process::long_pause;
use crate::support::daemon::{Town, said, under};
use crate::support::smtp::{Script, SmtpServer};
use crate::support::world::World;

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
