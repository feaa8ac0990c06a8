//! The main job against the clock: the release binary on a roster of a given
//! size, real SMTP to a receiver on loopback, everything durable.
//!
//! Owns the figures of `docs/performance.md`. As a reference it times, in the
//! same run, how fast the same receiver takes the same number of mails from a
//! plain loop over one connection. It must not reach any other machine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measurement prints what it saw and ends where it cannot go on"
)]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const RUNS: usize = 5;
const TOKEN: &str = "bench";

/// A receiver that takes every mail, and tells when each was taken.
fn receiver() -> (u16, Receiver<Instant>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (taken, times) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, taken) = (stream.unwrap(), taken.clone());
            std::thread::spawn(move || {
                stream.set_nodelay(true).unwrap();
                let mut writer = stream.try_clone().unwrap();
                let mut lines = BufReader::new(stream);
                let _ = writer.write_all(b"220 bench ESMTP\r\n");
                let mut data = false;
                let mut line = String::new();
                while {
                    line.clear();
                    lines.read_line(&mut line).unwrap_or(0) > 0
                } {
                    let reply: &[u8] = match (data, line.trim_end()) {
                        (true, ".") => {
                            data = false;
                            let _ = taken.send(Instant::now());
                            b"250 2.0.0 Ok\r\n"
                        }
                        (true, _) => continue,
                        (false, "DATA") => {
                            data = true;
                            b"354 go on\r\n"
                        }
                        (false, command) if command.starts_with("EHLO") => {
                            b"250-bench\r\n250 PIPELINING\r\n"
                        }
                        (false, "QUIT") => break,
                        (false, _) => b"250 2.1.0 Ok\r\n",
                    };
                    if writer.write_all(reply).is_err() {
                        break;
                    }
                }
            });
        }
    });
    (port, times)
}

/// The reference: the same number of mails, grouped commands, one connection.
fn plain_loop(people: usize) -> Duration {
    let (port, times) = receiver();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut replies = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    let body = "x".repeat(72) + "\r\n";
    let body = body.repeat(60);
    let start = Instant::now();
    replies.read_line(&mut line).unwrap();
    for _ in 0..people {
        stream
            .write_all(b"MAIL FROM:<a@example.jp>\r\nRCPT TO:<b@example.jp>\r\nDATA\r\n")
            .unwrap();
        for _ in 0..3 {
            replies.read_line(&mut line).unwrap();
        }
        stream.write_all(format!("{body}.\r\n").as_bytes()).unwrap();
        replies.read_line(&mut line).unwrap();
        times.recv().unwrap();
    }
    start.elapsed()
}

/// A folder with everyone called by 震度5強 and mail to one relay.
fn town(folder: &std::path::Path, people: usize, relay: u16) {
    let mut roster =
        String::from("[[section]]\nid = \"office\"\nname = { ja = \"役場\", en = \"Office\" }\n\n");
    for number in 0..people {
        let _ = writeln!(
            roster,
            "[[person]]\nid = \"p{number}\"\nname = {{ ja = \"職員{number}\", en = \"Staff {number}\" }}\n\
             section = \"office\"\ncontacts = [{{ email = \"p{number}@example.jp\" }}]\n"
        );
    }
    let rules = "organisation = { ja = \"役場\", en = \"Office\" }\n\
        safety = { ja = \"身の安全を最優先してください。\", en = \"Safety first.\" }\n\
        administrators = [\"person:p0\"]\n\n[edition]\nnumber = 1\ndate = 2026-01-01\napproved_by = \"p0\"\n\n\
        [[rule]]\nid = \"P1\"\ntitle = { ja = \"全職員\", en = \"All staff\" }\nsource = \"5(1)\"\n\
        when = { earthquake = { from = \"5+\", to = \"7\" } }\nprocedure = \"all\"\n\
        place = { ja = \"役場\", en = \"Office\" }\ninstruction = { ja = \"参集\", en = \"Gather\" }\n\
        detail = \"full\"\nask = \"everyone\"\nconfirm = \"none\"\n\
        [[rule.target]]\nwho = \"everyone\"\nneed = \"everyone\"\nmode = \"at-once\"\n\n\
        [[procedure]]\nid = \"all\"\ntitle = { ja = \"全職員\", en = \"All staff\" }\nexhausted_after = \"2h\"\n\
        [[procedure.stage]]\nafter = \"0s\"\ncall = \"all\"\n";
    let digest = "8ffe8b1ea1cf4cc5afd5e9ad7e8b87f8b1f4d80aec6ac6ee8a8ee6a3a7fe1e4b";
    let muster = format!(
        "time_zone = \"Asia/Tokyo\"\nlanguage = \"ja\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
         public_url = \"http://127.0.0.1:0\"\n[store]\nurl = \"sqlite:{}\"\n[email]\nfrom = \"m@example.jp\"\n\
         connections = 16\n[[email.relay]]\nurl = \"smtp://127.0.0.1:{relay}\"\ntls = \"none\"\n\
         [[token]]\nname = \"{TOKEN}\"\nsha256 = \"{digest}\"\nscopes = [\"read\"]\n",
        folder.join("muster.db").display()
    );
    std::fs::write(folder.join("roster.toml"), roster).unwrap();
    std::fs::write(folder.join("rules.toml"), rules).unwrap();
    std::fs::write(folder.join("muster.toml"), muster).unwrap();
}

fn muster(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.arg("--config").arg(folder).stdin(Stdio::null());
    command
}

fn serve(folder: &std::path::Path) -> (Child, String, Duration) {
    let start = Instant::now();
    let mut child = muster(folder)
        .arg("serve")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let host = line
        .trim()
        .trim_start_matches("listening on http://")
        .to_owned();
    let mut stream = TcpStream::connect(&host).unwrap();
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    (child, host, start.elapsed())
}

/// Resident memory in MiB, and its peak.
fn memory(child: &Child) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let field = |name: &str| {
        let line = status
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or("x 0 kB");
        line.split_whitespace()
            .nth(1)
            .and_then(|number| number.parse::<u64>().ok())
            .unwrap_or(0)
            / 1024
    };
    (field("VmRSS"), field("VmHWM"))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    println!(
        "people  start ms  idle MiB  trigger->answer ms  ->first mail ms  ->all mails ms  plain loop ms  ratio  peak MiB"
    );
    for people in [1_usize, 100, 1_000, 10_000, 50_000] {
        let mut rows: Vec<[f64; 8]> = Vec::new();
        for _ in 0..RUNS {
            let folder = tempfile::tempdir().unwrap();
            let (relay, times) = receiver();
            town(folder.path(), people, relay);
            let (mut child, _, started) = serve(folder.path());
            let (idle, _) = memory(&child);
            let start = Instant::now();
            let done = muster(folder.path())
                .args(["trigger", "earthquake", "--intensity", "7"])
                .stdout(Stdio::null())
                .status()
                .unwrap();
            assert!(done.success());
            let answered = start.elapsed();
            let all: Vec<Duration> = (0..people)
                .map(|_| {
                    times
                        .recv_timeout(Duration::from_secs(120))
                        .unwrap()
                        .duration_since(start)
                })
                .collect();
            let (_, peak) = memory(&child);
            let plain = plain_loop(people);
            child.kill().unwrap();
            child.wait().unwrap();
            let millis = |duration: Duration| duration.as_secs_f64() * 1000.0;
            let last = millis(all[people - 1]);
            rows.push([
                millis(started),
                idle as f64,
                millis(answered),
                millis(all[0]),
                last,
                millis(plain),
                last / millis(plain),
                peak as f64,
            ]);
        }
        let column = |at: usize| median(rows.iter().map(|row| row[at]).collect());
        println!(
            "{people:>6}  {:>8.0}  {:>8.0}  {:>18.1}  {:>15.1}  {:>14.1}  {:>13.1}  {:>5.2}  {:>8.0}",
            column(0),
            column(1),
            column(2),
            column(3),
            column(4),
            column(5),
            column(6),
            column(7)
        );
    }
}
