//! A log that cannot be written, or that nobody reads: the calling goes on.
//!
//! Owns the row of the log. The daemon's standard error is spoiled before it
//! starts; what it would have said is not looked at.

use std::fs::File;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Write};
use std::process::Stdio;

use muster::telemetry::lines::Lines;
use rustix::fs::OFlags;

use super::time::link;
use crate::support::daemon::{TOKEN, Town};
use crate::support::oracle::{CALLED, Oracle, copies};
use crate::support::smtp::{Act, Received, Script, SmtpServer, Step};

/// A daemon with such a log, and a relay that puts one of them off: the event is
/// answered, everybody has their mail once, and a stop is an orderly one.
async fn calls_all_the_same(log: Stdio) {
    let off = Act::say("451 4.3.0 not now");
    let server = SmtpServer::start(Script::new().once(Step::Rcpt, off)).await;
    let town = Town::new(server.port);
    let daemon = town.serve_onto(town.command(&["serve"]), log);
    let event = r#"{"kind":"security-incident","effect":"residents","key":"once"}"#;
    let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(event));
    assert_eq!(status, 202, "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let id = answer["call_outs"][0].as_str().unwrap().to_owned();
    let everybody = |mails: &[Received]| {
        let copies = copies(mails);
        let came = |to: &&str| {
            let theirs =
                |copy: &crate::support::oracle::Copy| copy.call_out == id && copy.to == **to;
            copies.iter().any(theirs)
        };
        CALLED.iter().all(came)
    };
    server.until("everybody", everybody).await;
    let mut oracle = Oracle::default();
    oracle.stop(daemon, (&town, &server)).await;
    oracle.calls(&id, &CALLED);
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
}

/// I6: what is wrong with the files is said in the log without an address: at a start
/// that is taken, at a change that is refused, and at a start that is refused.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_files_is_said_without_an_address() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let mut daemon = town.serve();
    let roster = std::fs::read_to_string(town.config().join("roster.toml")).unwrap();
    let twice = roster.replace("deputy-mayor@example.jp", "mayor@example.jp");
    let wrong = twice.replace(
        "email = \"it-1@",
        "fax = \"+81-0-0000-9999\", email = \"it-1@",
    );
    town.write("roster.toml", &wrong);
    daemon.signal("-HUP");
    daemon.says("新しい設定を受け付けられません");
    let mut oracle = Oracle::default();
    oracle.stop(daemon, (&town, &server)).await;
    let refused = town.run(&["serve"]);
    assert_eq!(refused.status.code(), Some(3));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(words.contains("roster.toml:"), "{words}");
    oracle.ended(&words, (&town, &server)).await;
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Whoever has an answer link, also an old one, writes as much into the log as they
/// like by nothing that they send: it repeats none of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_is_not_repeated_in_the_log() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    daemon.earthquake();
    let link = link(&server.mail(1).await.text());
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let much = "x".repeat(30_000);
    for field in ["answer", "decision"] {
        let body = format!("{field}={much}");
        let (status, page) = daemon.raw("POST", &link, form, body.as_bytes());
        assert_eq!(status, 422, "{page}");
    }
    let log = daemon.kill();
    assert!(log.contains("an answer was refused"), "{log}");
    let longest = log.lines().map(str::len).max().unwrap();
    assert!(longest < 2_000, "a line of {longest} octets");
}

/// A pipe without room.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let before = rustix::fs::fcntl_getfl(&writer).unwrap();
    rustix::fs::fcntl_setfl(&writer, before | OFlags::NONBLOCK).unwrap();
    while writer.write(&[b'\n'; 4096]).is_ok() {}
    while writer.write(b"\n").is_ok() {}
    rustix::fs::fcntl_setfl(&writer, before).unwrap();
    (reader, writer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_on_a_full_disk_stops_nothing() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    calls_all_the_same(full.into()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_reader_has_gone_stops_nothing() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    calls_all_the_same(writer.into()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_reader_stands_still_stops_nothing() {
    let (_reader, writer) = full_pipe();
    calls_all_the_same(writer.into()).await;
}

/// What found no room is counted, and said as soon as somebody reads again.
#[test]
fn what_is_missing_from_the_log_is_said() {
    let (reader, writer) = full_pipe();
    let lines = Lines::onto(writer).unwrap();
    let line = format!("{}\n", "a".repeat(1023));
    for _ in 0..3000 {
        lines.push(line.as_bytes());
    }
    let mut read = BufReader::new(reader).lines();
    let mut next = || read.find(|line| line.as_ref().is_ok_and(|line| !line.is_empty()));
    let (mut kept, mut lost) = (0, None);
    loop {
        let line = next().unwrap().unwrap();
        if let Some(said) = line.strip_prefix("WARN ") {
            lost = said.split(' ').next().unwrap().parse::<usize>().ok();
            // What waited is being written, so that there is room again.
            lines.push(b"after\n");
        } else if line == "after" {
            break;
        } else {
            kept += 1;
        }
    }
    assert_eq!(kept + lost.unwrap(), 3000);
}
