//! The system gives the daemon no more memory, or no more files.
//!
//! Owns rows 10 and 11.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::process::Command;

use serde_json::Value;

use crate::support::daemon::{Served, TOKEN, Town, said, under};
use crate::support::oracle::copies;
use crate::support::request::request;
use crate::support::smtp::{Received, Script, SmtpServer};

/// Tells an event under a key: status and answer; 0 where nobody answers.
fn tell(url: &str, key: &str) -> (u16, Value) {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let body = format!(r#"{{"kind":"security-incident","effect":"residents","key":"{key}"}}"#);
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

/// Row 10: no memory is left while events arrive. The daemon ends, and whatever
/// was answered is there after the next start, and goes out.
#[tokio::test(flavor = "multi_thread")]
async fn out_of_memory_loses_nothing_that_was_answered() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let mut told = BTreeMap::new();
    for number in 0..2_000 {
        if number == 3 {
            give(&daemon, 256 << 10);
        }
        let key = format!("memory {number}");
        let (status, answer) = tell(&daemon.url, &key);
        told.insert(key, (status == 202).then_some(answer));
        if status != 202 {
            break;
        }
    }
    assert!(told.values().any(Option::is_none), "memory was left");
    // Where the store has none it says so and ends with 1; anywhere else the
    // system ends the process.
    let (code, words) = daemon.last_words();
    let said = code == Some(1) && words.contains("メモリーが足りず");
    assert!(said || code.is_none(), "{code:?}: {words}");
    let daemon = town.serve();
    let mut call_outs = Vec::new();
    for (key, before) in &told {
        let (status, answer) = tell(&daemon.url, key);
        assert!(matches!(status, 200 | 202), "{key}: {answer}");
        if let Some(before) = before {
            assert_eq!((status, &answer["call_outs"]), (200, &before["call_outs"]));
        }
        call_outs.push(answer["call_outs"][0].as_str().unwrap().to_owned());
    }
    let everybody = |mails: &[Received]| {
        let copies = copies(mails);
        let heard = |id: &String| copies.iter().any(|copy| copy.call_out == *id);
        call_outs.iter().all(heard)
    };
    server.until("everybody", everybody).await;
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
    drop(idle);
    let (status, metrics) = daemon.call("GET", "/metrics", None, None);
    assert_eq!(status, 200);
    assert!(metrics.contains("muster_connections_full "), "{metrics}");
    daemon.signal("-TERM");
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(0), "{words}");
    assert!(!words.contains("Too many open files"), "{words}");
}
