//! What is done to the process: killed with messages on their way, asked to
//! stop, held still, started in a bad place.
//!
//! Owns rows 2, 3, 6, 7, 15 and 18; the controls of 2 and 3 are in `faults`, where
//! the program can be made to do worse. It waits for what is seen from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::support::daemon::{READER, Served, Town};
use crate::support::hook::{self, Answer, HookServer};
use crate::support::killed::{INCIDENT, addresses, killed_at, problems_after, store, tell};
use crate::support::notify::Notified;
use crate::support::oracle::{Oracle, copies};
use crate::support::request::request;
use crate::support::smtp::{Act, Received, Script, SmtpServer, Step};
use crate::support::strace;

const EVERYBODY: &str = r#""kind":"earthquake","intensity":"5+""#;

async fn sql(path: &Path, statement: &'static str) {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let done = sqlx::raw_sql(statement).execute(&mut connection).await;
    done.unwrap();
    connection.close().await.unwrap();
}

/// Row 2: the relay had the mails whole, and the daemon could not keep that it
/// had. They come once more, as the same mails.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_taken_before_a_kill_comes_as_the_same_mail() {
    let problems = killed_at(Step::Dot, &[]).await;
    assert!(problems.is_empty(), "{problems:#?}");
}

/// How often each who is called by telephone was told so in a call-out, by the id that
/// this came under.
fn told_times(posts: &[hook::Received], id: &str) -> BTreeMap<(String, String), usize> {
    let mut times = BTreeMap::new();
    for post in posts {
        let body: Value = serde_json::from_str(&post.body).unwrap();
        if body["call_out"]["id"] == *id && body["purpose"] == "call" {
            let address = body["person"]["address"].as_str().unwrap().to_owned();
            let told = (address, post.header("webhook-id").to_owned());
            *times.entry(told).or_default() += 1;
        }
    }
    times
}

/// Row 2, of a gateway: it had the messages whole when the daemon was killed. They
/// come once more, each under the id that it had.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_was_taken_before_a_kill_comes_under_the_same_id() {
    let relay = SmtpServer::start(Script::new()).await;
    let stalls = hook::Script::new().always(Answer::Stall);
    let gateway = HookServer::start(stalls).await;
    let town = Town::new(relay.port);
    town.rings(&gateway.url());
    let daemon = town.serve();
    let id = tell(&daemon, "once", INCIDENT);
    // The three who deal with it, and who decides.
    let times = || told_times(&gateway.posts(), &id);
    for came in 4.. {
        gateway.post(came).await;
        if times().len() == 4 {
            break;
        }
    }
    daemon.kill();
    let before = times();
    assert!(before.values().all(|times| *times == 1), "{before:?}");
    gateway.set(hook::Script::new());
    let daemon = town.serve();
    for came in gateway.posts().len() + 1.. {
        if times().values().all(|times| *times > 1) {
            break;
        }
        gateway.post(came).await;
    }
    daemon.signal("-TERM");
    assert_eq!(daemon.wait(), Some(0));
    let after = times();
    assert_eq!(after.len(), before.len(), "{after:?}");
    assert!(after.values().all(|times| *times == 2), "{after:?}");
}

/// Row 3: claimed, and the relay has nothing of it but the envelope. It goes out
/// at the next start, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_claimed_before_a_kill_goes_out() {
    let problems = killed_at(Step::Mail, &[]).await;
    assert!(problems.is_empty(), "{problems:#?}");
}

/// For how long a live stream is followed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The lines of a call-out's live stream, which is open; none after a minute, though
/// it still says that it lives.
#[expect(clippy::disallowed_methods, reason = "a real process takes real time")]
pub(super) fn follow(daemon: &Served, id: &str) -> impl Iterator<Item = String> + use<> {
    let host = daemon.url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "GET /api/v1/call-outs/{id}/stream HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {READER}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    assert!(lines.next().unwrap().contains("200"));
    let until = Instant::now() + PATIENCE;
    lines.take_while(move |_| Instant::now() < until)
}

/// A connection that has asked once and waits.
fn waiting<S: Read + Write>(mut stream: S) -> S {
    let head = b"GET /healthz HTTP/1.1\r\nHost: muster\r\n\r\n";
    stream.write_all(head).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    stream
}

/// Both are sent away as their doors are shut, which waits for no mail and for no
/// request; then an event finds none.
fn refuses_more(town: &Town, url: &str, (mut door, mut local): (TcpStream, UnixStream)) {
    // Less than a request under way may take.
    let soon = Some(Duration::from_secs(4));
    door.set_read_timeout(soon).unwrap();
    local.set_read_timeout(soon).unwrap();
    door.read_to_end(&mut Vec::new()).unwrap();
    local.read_to_end(&mut Vec::new()).unwrap();
    let body = format!("{{{INCIDENT}}}");
    let late = request(url, ("POST", "/api/v1/events"), "", body.as_bytes());
    assert!(late.is_err(), "{late:?}");
    let late = town.run(&["trigger", "security-incident", "--effect", "residents"]);
    assert!(!late.status.success(), "{late:?}");
}

/// How often each of those who are called had the mail of each call-out whole.
fn times<'a>(
    called: &'a BTreeMap<String, BTreeSet<String>>,
    mails: &[Received],
) -> BTreeMap<(&'a str, &'a str), usize> {
    let copies = copies(mails);
    let each = called.iter().flat_map(|(call_out, people)| {
        let people = people.iter();
        people.map(move |to| (call_out.as_str(), to.as_str()))
    });
    each.map(|(call_out, to)| {
        let mine = copies.iter().filter(|copy| copy.call_out == call_out);
        ((call_out, to), mine.filter(|copy| copy.to == to).count())
    })
    .collect()
}

/// Row 6: asked to stop with fifty mails at the dot of a relay that says
/// nothing, and somebody following live. It takes no event more by either door,
/// and ends within the unit's limit. What stood at the dot comes once more, as the
/// same mail, and everything else once.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_with_fifty_mails_on_their_way_ends_in_time() {
    let server = SmtpServer::start(Script::new().on(Step::Dot, Act::Stall)).await;
    let town = Town::new(server.port);
    let config = std::fs::read_to_string(town.config().join("muster.toml")).unwrap();
    let many = config.replace("tls = \"none\"", "tls = \"none\"\nconnections = 64");
    town.write("muster.toml", &many);
    let daemon = town.serve();
    let mut oracle = Oracle::default();
    let mut last = String::new();
    for (key, kind) in [
        ("1", INCIDENT),
        ("2", INCIDENT),
        ("3", INCIDENT),
        ("4", INCIDENT),
        ("all", EVERYBODY),
    ] {
        last = tell(&daemon, key, kind);
        let people = addresses(&store(&town), &last).await;
        oracle.called.insert(last.clone(), people);
    }
    let lines = follow(&daemon, &last);
    let called = oracle.called.clone();
    let fifty = |mails: &[Received]| times(&called, mails).values().sum::<usize>() >= 50;
    server.until("fifty at the dot", fifty).await;
    let socket = town.folder.path().join("state/muster.sock");
    let url = daemon.url.clone();
    let door = waiting(TcpStream::connect(url.trim_start_matches("http://")).unwrap());
    let local = waiting(UnixStream::connect(socket).unwrap());
    daemon.signal("-TERM");
    tokio::task::block_in_place(|| refuses_more(&town, &url, (door, local)));
    let end = tokio::task::spawn_blocking(|| (daemon.last_words(), lines.count()));
    // Two seconds before systemd loses its patience.
    let end = tokio::time::timeout(Duration::from_secs(28), end).await;
    let ((code, words), followed) = end.expect("it ends in time").unwrap();
    assert_eq!(code, Some(0), "{words}");
    assert!(followed > 0);
    oracle.ended(&words, (&town, &server)).await;
    let at_the_dot = times(&called, &server.mails());
    let problems = problems_after((&town, &server), oracle, &[]).await;
    assert!(problems.is_empty(), "{problems:#?}");
    let once_more = at_the_dot
        .into_iter()
        .map(|(whose, before)| (whose, before + 1));
    assert_eq!(
        times(&called, &server.mails()),
        once_more.collect::<BTreeMap<_, _>>()
    );
}

/// For how many seconds the daemon is held still where real minutes are spent
/// (`tests/fault pause`).
#[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
pub(super) fn long_pause() -> Option<u32> {
    std::env::var("MUSTER_TEST_PAUSE").ok()?.parse().ok()
}

/// Row 7: held still over the times of two stages, and let go on. They begin in
/// order, once each, and as far apart as they were planned; nobody gets a message
/// twice. For ten seconds, or as many as [`long_pause`] says.
#[tokio::test(flavor = "multi_thread")]
async fn stages_missed_in_a_pause_keep_their_order_and_distance() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    town.shorten_incident();
    let daemon = town.serve();
    let id = tell(&daemon, "pause", INCIDENT);
    server.mail(1).await;
    daemon.signal("-STOP");
    // What is done to it takes its time.
    let seconds = long_pause().unwrap_or(10);
    let pause = Duration::from_secs(u64::from(seconds));
    let pause = tokio::time::timeout(pause, std::future::pending::<()>());
    assert!(pause.await.is_err());
    daemon.signal("-CONT");
    let stages: Vec<_> = follow(&daemon, &id).filter_map(stage).take(3).collect();
    let numbers: Vec<i64> = stages.iter().map(|(stage, _)| *stage).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let [first, second, third] = [0, 1, 2].map(|at| stages[at].1.as_millisecond());
    assert!(
        second - first >= i64::from(seconds - 1) * 1_000,
        "{stages:?}: the pause was not seen"
    );
    // I5: a stage leaves within ten seconds of the daemon being up.
    let latest = i64::from(seconds + 10) * 1_000;
    assert!(second - first <= latest, "{stages:?}: late");
    assert!(third - second >= 3_000, "{stages:?}: both at once");
    assert!(third - second <= 13_000, "{stages:?}: late");
    daemon.signal("-TERM");
    assert_eq!(daemon.wait(), Some(0));
    let copies = copies(&server.mails());
    let messages: BTreeSet<_> = copies.iter().map(|copy| (&copy.id, &copy.to)).collect();
    assert_eq!(messages.len(), copies.len(), "a message came twice");
}

/// The stage that began by a line of a live stream, and when.
pub(super) fn stage(line: String) -> Option<(i64, jiff::Timestamp)> {
    let entry: Value = serde_json::from_str(line.strip_prefix("data: ")?).ok()?;
    let number = entry["stage"]
        .as_i64()
        .filter(|_| entry["entry"] == "stage")?;
    Some((number, entry["at"].as_str()?.parse().ok()?))
}

/// Row 15: a store of a later program. It is refused in words, and not a byte
/// of it is changed.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_later_program_is_refused_untouched() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    tell(&daemon, "earlier", INCIDENT);
    daemon.signal("-TERM");
    assert_eq!(daemon.wait(), Some(0));
    sql(
        &store(&town),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'later', true, x'00', 0)",
    )
    .await;
    let before = std::fs::read(store(&town)).unwrap();
    let refused = town.run(&["serve"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("保存先より古い muster"), "{words}");
    assert_eq!(std::fs::read(store(&town)).unwrap(), before);
    let log = town.folder.path().join("state/muster.db-wal");
    assert!(!log.exists() || std::fs::read(log).unwrap().is_empty());
}

/// Row 18: no room to make the store. The daemon does not start, and says why.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_room_is_refused_in_words() {
    if !strace::is_here() {
        return;
    }
    let town = Town::new(1);
    let mut spoiled = Command::new("strace");
    spoiled
        .args(["-f", "-o", "/dev/null", "-e", "trace=pwrite64"])
        .args(["-e", "inject=pwrite64:error=ENOSPC:when=3+"])
        .arg(env!("CARGO_BIN_EXE_muster"))
        .args(["--config", town.config().to_str().unwrap(), "serve"]);
    let refused = spoiled.output().unwrap();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("ディスクの空き"), "{words}");
}

/// Row 8, while all is well: the supervisor hears that it is ready, that its
/// clockwork turns, and that it stops.
#[tokio::test(flavor = "multi_thread")]
async fn the_supervisor_hears_of_a_daemon_that_is_well() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let path = town.folder.path().join("notify");
    let notified = Notified::at(&path);
    let daemon = town.serve_with(&[("NOTIFY_SOCKET", path.to_str().unwrap())]);
    let hears = |wanted: &str| {
        let word = notified.word(Duration::from_secs(20)).expect(wanted);
        assert!(word.contains(wanted), "{word}");
    };
    hears("READY=1");
    hears("WATCHDOG=1");
    daemon.signal("-TERM");
    let mut said = std::iter::from_fn(|| notified.word(Duration::from_secs(20)));
    assert!(said.any(|word| word.contains("STOPPING=1")));
    assert_eq!(daemon.wait(), Some(0));
}

/// The places at which a build for tests fails (`tests/it/faults`) are not in
/// any other.
#[test]
fn no_place_to_fail_is_built_without_the_feature() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_muster")).unwrap();
    let name = b"MUSTER_FAULTS";
    assert!(!program.windows(name.len()).any(|part| part == name));
}
