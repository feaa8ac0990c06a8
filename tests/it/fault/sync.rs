//! The disk fails at the sync of a commit.
//!
//! Owns row 16, its judge and its control. `tests/fault sync` fails at each of
//! the first forty syncs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::support::daemon::{Served, TOKEN, Town};
use crate::support::from_environment;
use crate::support::request::request;
use crate::support::smtp::{Script, SmtpServer};
use crate::support::strace::{self, Spoiled};

const CLIENTS: usize = 4;

/// Tells an event under a key: status and answer; 0 where the daemon ended
/// before it answered.
fn tell(url: &str, key: &str) -> (u16, Value) {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let body = format!(r#"{{"kind":"security-incident","effect":"residents","key":"{key}"}}"#);
    let told = request(url, ("POST", "/api/v1/events"), &headers, body.as_bytes());
    told.map_or((0, Value::Null), |(status, _, answer)| {
        (status, serde_json::from_str(&answer).unwrap_or_default())
    })
}

fn file(town: &Town, name: &str) -> PathBuf {
    town.folder.path().join("state").join(name)
}

/// The calls that sync a file fail, as said.
fn spoiled(daemon: &Served, file: &Path, when: &str) -> Spoiled {
    let faults = ["fsync", "fdatasync"].map(|call| format!("{call}:error=EIO:when={when}"));
    Spoiled::of(daemon, &[&faults[0], &faults[1]], &[file])
}

/// From the sync of that number on of the log, which each commit is written to, all
/// fail while clients tell events: what each was told, with the call-out where it was
/// accepted. Why all: one may be that of a commit that is synced already, as the log
/// is about to be written back, and costs nothing.
fn failing_at(town: &Town, number: u64) -> BTreeMap<String, Option<String>> {
    let mut daemon = town.serve();
    let spoiled = spoiled(&daemon, &file(town, "muster.db-wal"), &format!("{number}+"));
    let told = std::thread::scope(|scope| {
        let url = daemon.url.as_str();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| scope.spawn(move || until_refused(url, &format!("{number}-{client}"))))
            .collect();
        let told = clients.into_iter().map(|client| client.join().unwrap());
        told.flatten().collect()
    });
    daemon.says("ディスクの異常");
    let (code, words) = daemon.last_words();
    drop(spoiled);
    assert_eq!(code, Some(1), "{words}");
    told
}

/// One client tells events until one is refused, or nobody answers. Whoever is
/// refused hears that it may have been kept, and what to do.
fn until_refused(url: &str, name: &str) -> Vec<(String, Option<String>)> {
    let mut told = Vec::new();
    for event in 0.. {
        let key = format!("{name}-{event};");
        let (status, answer) = tell(url, &key);
        let id = answer["call_outs"][0].as_str().map(str::to_owned);
        told.push((key, id));
        match status {
            202 => {}
            503 => {
                let (en, ja) = (&answer["detail"], &answer["detail_ja"]);
                let words = |said: &Value, words| said.as_str().unwrap().contains(words);
                assert!(words(en, "not known") && words(en, "the same key"), "{en}");
                assert!(words(ja, "分かりません") && words(ja, "同じ key"), "{ja}");
                assert!(!words(ja, "受け付けていません"), "{ja}");
                break;
            }
            0 => break,
            other => panic!("{other}: {answer}"),
        }
    }
    told
}

/// Everything that is wrong once each event was told again: an event that was
/// accepted is another call-out now, or one has two.
async fn judge(
    town: &Town,
    daemon: &Served,
    told: &BTreeMap<String, Option<String>>,
    again: impl Fn(&str, bool) -> String,
) -> Vec<String> {
    let mut problems = Vec::new();
    for (event, before) in told {
        let key = again(event, before.is_some());
        let (status, answer) = tell(&daemon.url, &key);
        assert!(matches!(status, 200 | 202), "{answer}");
        let now = answer["call_outs"][0].as_str().map(str::to_owned);
        if before.is_some() && *before != now {
            problems.push(format!("I1: {event} was accepted and is lost"));
        }
    }
    let options = SqliteConnectOptions::new()
        .filename(file(town, "muster.db"))
        .read_only(true);
    let mut store = SqliteConnection::connect_with(&options).await.unwrap();
    let kept = "SELECT substr(key, 1, instr(key, ';')) AS event, count(*) FROM event \
                WHERE key IS NOT NULL GROUP BY 1";
    let kept: Vec<(String, i64)> = sqlx::query_as(kept).fetch_all(&mut store).await.unwrap();
    let kept: BTreeMap<_, _> = kept.into_iter().collect();
    for event in told.keys() {
        match kept.get(event) {
            Some(1) => {}
            Some(times) => problems.push(format!("I3: {event} calls {times} times")),
            None => problems.push(format!("I1: {event} calls nobody")),
        }
    }
    problems
}

/// Row 16: the sync of one commit fails. Nobody is told that it was kept, the
/// daemon ends, and asked again under their keys the events make one call-out
/// each. Fails at another commit in each round.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_fails_ends_the_daemon() {
    if !strace::is_here() {
        return;
    }
    let rounds = from_environment("MUSTER_ROUNDS", || 0);
    let picked = if rounds == 0 {
        vec![1, 2, 5, 19]
    } else {
        (1..=rounds).collect()
    };
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let mut told = BTreeMap::new();
    for number in &picked {
        told.extend(failing_at(&town, *number));
    }
    let daemon = town.serve();
    let problems = judge(&town, &daemon, &told, |event, _| event.to_owned()).await;
    let accepted = told.values().flatten().count();
    println!(
        "{} failing syncs: {} events, {accepted} acknowledged",
        picked.len(),
        told.len()
    );
    assert!(problems.is_empty(), "{problems:#?}");
}

/// By what a log is known: SQLite draws it as it begins one anew ("WAL file format").
fn salt(log: &Path) -> Vec<u8> {
    let mut head = [0; 32];
    File::open(log).unwrap().read_exact(&mut head).unwrap();
    head[16..24].to_vec()
}

/// Row 16: no sync of the store's own file succeeds, to which the log is written back
/// now and then. The log is not begun anew before one does: the daemon goes on, and
/// after a kill everything that was answered is there. Once a sync succeeds, as many
/// events begin it anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_written_back_is_kept() {
    if !strace::is_here() {
        return;
    }
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let log = file(&town, "muster.db-wal");
    let spoiled = spoiled(&daemon, &file(&town, "muster.db"), "1+");
    let first = salt(&log);
    let mut told = BTreeMap::new();
    // It is written back every sixteen megabytes; half as much again is told.
    while std::fs::metadata(&log).unwrap().len() < 24 << 20 {
        let key = format!("kept-{};", told.len());
        let (status, answer) = tell(&daemon.url, &key);
        assert_eq!(status, 202, "{answer}");
        assert_eq!(salt(&log), first, "begun anew, {} were told", told.len());
        told.insert(key, answer["call_outs"][0].as_str().map(str::to_owned));
    }
    daemon.kill();
    drop(spoiled);
    let daemon = town.serve();
    let problems = judge(&town, &daemon, &told, |event, _| event.to_owned()).await;
    assert!(problems.is_empty(), "{problems:#?}");
    let begun = (0..told.len()).find(|number| {
        let (status, answer) = tell(&daemon.url, &format!("later-{number};"));
        assert_eq!(status, 202, "{answer}");
        salt(&log) != first
    });
    assert!(begun.is_some(), "not begun anew by {} events", told.len());
}

/// Row 16: the same where the log has grown large: what the disk says is in the log
/// of the daemon, which goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_log_that_cannot_be_written_back_is_said() {
    if !strace::is_here() {
        return;
    }
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let mut daemon = town.serve();
    let store = file(&town, "muster.db");
    let spoiled = spoiled(&daemon, &store, "1+");
    // Somebody reads while it grows, so that nobody else writes it back.
    let options = SqliteConnectOptions::new().filename(&store);
    let mut reader = SqliteConnection::connect_with(&options).await.unwrap();
    let mut writer = SqliteConnection::connect_with(&options).await.unwrap();
    let reads = sqlx::raw_sql("BEGIN; SELECT count(*) FROM event");
    reads.execute(&mut reader).await.unwrap();
    let grows = "CREATE TABLE much (octets BLOB); INSERT INTO much VALUES (zeroblob(68157440))";
    let grows = sqlx::raw_sql(grows).execute(&mut writer).await;
    grows.unwrap();
    reader.close().await.unwrap();
    writer.close().await.unwrap();
    assert_eq!(tell(&daemon.url, "large").0, 202);
    let line = daemon.says("cannot be written back");
    assert!(line.contains("disk I/O error"), "{line}");
    assert_eq!(tell(&daemon.url, "later").0, 202);
    drop(spoiled);
}

/// Row 16, the other way round: who takes a refused event for one that was not
/// kept, and sends it under a new key, calls people twice, and is noticed. The
/// commit whose sync failed is there after the next start.
#[tokio::test(flavor = "multi_thread")]
async fn control_a_refused_event_told_under_another_key_is_noticed() {
    if !strace::is_here() {
        return;
    }
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let mut told = BTreeMap::new();
    for number in 1..=3 {
        told.extend(failing_at(&town, number));
    }
    let daemon = town.serve();
    let another = |event: &str, accepted: bool| match accepted {
        true => event.to_owned(),
        false => format!("{event} again"),
    };
    let problems = judge(&town, &daemon, &told, another).await;
    let twice = |problem: &String| problem.starts_with("I3");
    assert!(problems.iter().any(twice), "{problems:#?}");
}
