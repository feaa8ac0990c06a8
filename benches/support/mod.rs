//! What the measurements share: a town of so many people, the release binary
//! that serves it, receivers of its mails, and the references beside it.
//!
//! Owns how each is started and ended. It must not judge a figure, or reach any
//! other machine.

#![allow(dead_code, reason = "each measurement uses a part of it")]

pub(crate) mod curve;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

/// How often each thing is measured; the median counts.
pub(crate) const RUNS: usize = 5;

/// Connections to the relay, ours and the references'.
pub(crate) const CONNECTIONS: usize = 16;

/// The token of the town's one client.
const TOKEN: &str = "bench";

/// The longest that anything is waited for.
pub(crate) const LONGEST: Duration = Duration::from_secs(300);

/// A child process that ends when it is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Resident memory of a process, in MiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// All of it now.
    pub(crate) resident: f64,
    /// The part that is its own, without the pages of the program's file.
    pub(crate) own: f64,
    /// All of it at its highest.
    pub(crate) peak: f64,
}

pub(crate) fn memory(process: &Process) -> Memory {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.0.id())).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.map_or(0.0, |number| number.parse::<f64>().unwrap()) / 1024.0
    };
    Memory {
        resident: field("VmRSS:"),
        own: field("RssAnon:"),
        peak: field("VmHWM:"),
    }
}

/// The processor time that a process has taken, all its threads together, in
/// steps of 10 ms.
pub(crate) fn spent(process: &Process) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.0.id())).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// So many in so many milliseconds.
pub(crate) fn per_second(many: usize, millis: f64) -> f64 {
    many as f64 * 1000.0 / millis
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A folder with so many people, everyone called at once by 震度5強 and more, by
/// mail to one relay.
pub(crate) struct Town {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) people: usize,
}

impl Town {
    pub(crate) fn new(people: usize, relay: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let town = Self { folder, people };
        let mut roster = String::from(
            "[[section]]\nid = \"office\"\nname = { ja = \"役場\", en = \"Office\" }\n\n",
        );
        for number in 0..people {
            let _ = writeln!(
                roster,
                "[[person]]\nid = \"p{number}\"\nname = {{ ja = \"職員{number}\", en = \"Staff {number}\" }}\n\
                 section = \"office\"\ncontacts = [{{ email = \"p{number}@example.jp\" }}]\n"
            );
        }
        std::fs::write(town.path().join("roster.toml"), roster).unwrap();
        std::fs::write(town.path().join("rules.toml"), RULES).unwrap();
        town.relay(relay);
        town
    }

    /// Sets the relay of the next start.
    pub(crate) fn relay(&self, relay: u16) {
        let digest: String = Sha256::digest(TOKEN)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let muster = format!(
            "time_zone = \"Asia/Tokyo\"\nlanguage = \"ja\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
             public_url = \"http://127.0.0.1:0\"\n[store]\nurl = \"sqlite:{}\"\n[email]\n\
             from = \"m@example.jp\"\nconnections = {CONNECTIONS}\n[[email.relay]]\n\
             url = \"smtp://127.0.0.1:{relay}\"\ntls = \"none\"\n[[token]]\nname = \"{TOKEN}\"\n\
             sha256 = \"{digest}\"\nscopes = [\"trigger\", \"read\"]\n",
            self.path().join("muster.db").display()
        );
        std::fs::write(self.path().join("muster.toml"), muster).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the daemon; it, where it listens, and how long it took until the
    /// first 200.
    pub(crate) fn serve(&self) -> (Process, String, Duration) {
        let begun = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.arg("--config").arg(self.path()).arg("serve");
        command.envs(environment());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        let mut process = Process(command.spawn().unwrap());
        let mut line = String::new();
        let out = process.0.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let host = line.trim().trim_start_matches("listening on http://");
        let reply = get(host, "/readyz");
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        (process, host.to_owned(), begun.elapsed())
    }
}

/// What the unit gives the daemon, so that it is measured as it runs.
fn environment() -> impl Iterator<Item = (&'static str, &'static str)> {
    let unit = include_str!("../../systemd/muster.service");
    let given = unit
        .lines()
        .filter_map(|line| line.strip_prefix("Environment="));
    let each = given.flat_map(|given| given.split(' '));
    each.map(|one| one.split_once('=').expect("a name and its value"))
}

const RULES: &str = r#"
organisation = { ja = "役場", en = "Office" }
safety = { ja = "身の安全を最優先してください。", en = "Safety first." }
administrators = ["person:p0"]

[edition]
number = 1
date = 2026-01-01
approved_by = "p0"

[[rule]]
id = "P1"
title = { ja = "全職員", en = "All staff" }
source = "5(1)"
when = { earthquake = { from = "5+", to = "7" } }
procedure = "all"
place = { ja = "役場", en = "Office" }
instruction = { ja = "参集", en = "Gather" }
detail = "full"
ask = "everyone"
confirm = "none"

[[rule.target]]
who = "everyone"
need = "everyone"
mode = "at-once"

[[rule]]
id = "P4"
title = { ja = "全職員", en = "All staff" }
source = "5(1)"
when = { wind_flood = { posture = 3 } }
procedure = "all"
place = { ja = "役場", en = "Office" }
instruction = { ja = "参集", en = "Gather" }
detail = "full"
ask = "everyone"
confirm = "none"

[[rule.target]]
who = "everyone"
need = "everyone"
mode = "at-once"

[[procedure]]
id = "all"
title = { ja = "全職員", en = "All staff" }
exhausted_after = "2h"

[[procedure.stage]]
after = "0s"
call = "all"
"#;

/// One request on a connection of its own; the whole reply.
pub(crate) fn request(host: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(LONGEST)).unwrap();
    let length = body.len();
    let whole = format!(
        "{head} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(whole.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply
}

pub(crate) fn get(host: &str, path: &str) -> String {
    request(host, &format!("GET {path}"), "")
}

/// Tells the daemon of an earthquake over HTTP; returns once it is durable.
pub(crate) fn earthquake(host: &str, more: &str) -> String {
    let body = format!("{{\"kind\":\"earthquake\",\"intensity\":\"7\"{more}}}");
    let reply = request(host, "POST /api/v1/events", &body);
    assert!(reply.starts_with("HTTP/1.1 202"), "{reply}");
    reply
}

/// The first call-out that an answer names.
pub(crate) fn call_out(told: &str) -> String {
    let (_, rest) = told.split_once("\"call_outs\":[\"").unwrap();
    let (id, _) = rest.split_once('"').unwrap();
    id.to_owned()
}

/// Waits until so many mails are accepted and kept, by the daemon's own count.
pub(crate) fn settled(host: &str, mails: usize) {
    let begun = Instant::now();
    loop {
        let metrics = get(host, "/metrics");
        let line = metrics
            .lines()
            .find(|line| line.starts_with("muster_deliveries_total") && line.contains("accepted"));
        let count = line.and_then(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
        // An administrator may have got a notice besides.
        if count.unwrap_or_default() >= mails {
            return;
        }
        assert!(begun.elapsed() < LONGEST, "{line:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A receiver that takes every mail, and tells when each was taken, and what it
/// says where that is wanted.
pub(crate) fn receiver(keep: bool) -> (u16, Receiver<(Instant, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (taken, mails) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, taken) = (stream.unwrap(), taken.clone());
            std::thread::spawn(move || {
                let _ = receive(stream, keep, &taken);
            });
        }
    });
    (port, mails)
}

fn receive(
    stream: TcpStream,
    keep: bool,
    taken: &std::sync::mpsc::Sender<(Instant, Vec<u8>)>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut lines = BufReader::with_capacity(64 * 1024, stream);
    writer.write_all(b"220 bench ESMTP\r\n")?;
    let (mut line, mut text) = (Vec::new(), Vec::new());
    let mut data = false;
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let upper = line.to_ascii_uppercase();
        let reply: &[u8] = match (data, upper.as_slice()) {
            (true, b".\r\n") => {
                data = false;
                let _ = taken.send((Instant::now(), std::mem::take(&mut text)));
                b"250 2.0.0 Ok\r\n"
            }
            (true, _) => {
                if keep {
                    text.extend_from_slice(&line);
                }
                continue;
            }
            (false, command) if command.starts_with(b"DATA") => {
                data = true;
                b"354 go on\r\n"
            }
            (false, command) if command.starts_with(b"EHLO") => b"250-bench\r\n250 PIPELINING\r\n",
            (false, command) if command.starts_with(b"QUIT") => {
                return writer.write_all(b"221 bye\r\n");
            }
            (false, _) => b"250 2.1.0 Ok\r\n",
        };
        writer.write_all(reply)?;
    }
}

fn postfix(program: &str) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null());
    command
}

/// A smtp-sink that ends by itself with the last of so many mails.
pub(crate) struct Sink {
    process: Process,
    pub(crate) port: u16,
}

impl Sink {
    pub(crate) fn of(mails: usize) -> Self {
        let port = free_port();
        let mut command = postfix("smtp-sink");
        if rustix::process::geteuid().is_root() {
            command.args(["-u", "nobody"]);
        }
        command.args(["-M", &mails.to_string()]);
        // Why so many: Alertmanager opens a connection for each mail at once, and
        // whom the queue has no room for waits for seconds.
        command.args(["-m", &mails.max(CONNECTIONS).to_string()]);
        command.args([&format!("127.0.0.1:{port}"), "4096"]);
        let process = Process(command.spawn().expect("smtp-sink of Postfix is needed"));
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(2));
        }
        Self { process, port }
    }

    /// Waits for the last mail; how long ago that other instant was then.
    pub(crate) fn last_since(mut self, begun: Instant) -> Duration {
        self.process.0.wait().unwrap();
        begun.elapsed()
    }
}

/// The reference: as many mails of so many octets by smtp-source, each
/// connection kept, to a smtp-sink.
pub(crate) fn smtp_source(mails: usize, octets: usize) -> Duration {
    let sink = Sink::of(mails);
    smtp_source_to(sink.port, sink, mails, octets)
}

/// The same through a port that leads to the sink.
pub(crate) fn smtp_source_to(port: u16, sink: Sink, mails: usize, octets: usize) -> Duration {
    let mut command = postfix("smtp-source");
    command.args(["-d", "-s", &CONNECTIONS.min(mails).to_string()]);
    command.args(["-m", &mails.to_string(), "-l", &octets.to_string()]);
    command.args(["-f", "m@example.jp", "-t", "p@example.jp"]);
    command.arg(format!("127.0.0.1:{port}"));
    let begun = Instant::now();
    let _source = Process(command.spawn().expect("smtp-source of Postfix is needed"));
    sink.last_since(begun)
}

/// The reference: Alertmanager with so many receivers of mail, and nothing waited for.
pub(crate) struct Alertmanager {
    process: Process,
    folder: tempfile::TempDir,
    pub(crate) host: String,
    pub(crate) started: Duration,
}

impl Alertmanager {
    /// Where the program is, if it is here.
    pub(crate) fn program() -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let names = ["prometheus-alertmanager", "alertmanager"];
        let mut all =
            std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
        all.find(|program| program.is_file())
    }

    pub(crate) fn start(program: &Path, people: usize, relay: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = format!(
            "global:\n  smtp_smarthost: 127.0.0.1:{relay}\n  smtp_from: m@example.jp\n  smtp_require_tls: false\n\
             route:\n  receiver: all\n  group_wait: 0s\nreceivers:\n- name: all\n  email_configs:\n"
        );
        for number in 0..people {
            let _ = writeln!(
                config,
                "  - to: p{number}@example.jp\n    html: ''\n    text: '参集'"
            );
        }
        let file = folder.path().join("alertmanager.yml");
        std::fs::write(&file, config).unwrap();
        let host = format!("127.0.0.1:{}", free_port());
        let begun = Instant::now();
        let mut command = Command::new(program);
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.path={}", folder.path().display()));
        command.arg(format!("--web.listen-address={host}"));
        command.arg("--cluster.listen-address=");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::null());
        let process = Process(command.spawn().unwrap());
        while TcpStream::connect(&host).is_err()
            || !get(&host, "/-/ready").starts_with("HTTP/1.1 200")
        {
            assert!(
                begun.elapsed() < LONGEST,
                "Alertmanager does not become ready"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        let started = begun.elapsed();
        Self {
            process,
            folder,
            host,
            started,
        }
    }

    pub(crate) fn alert(&self) {
        let body = "[{\"labels\":{\"alertname\":\"earthquake\"},\"annotations\":{}}]";
        let reply = request(&self.host, "POST /api/v2/alerts", body);
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    }

    pub(crate) fn memory(&self) -> Memory {
        memory(&self.process)
    }
}
