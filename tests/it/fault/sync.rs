//! The disk fails at the sync of a commit.
//!
//! Owns row 16 and the control of its judge; a daemon that takes the failure for
//! none is in `faults`. `tests/fault sync` fails at each of the first forty syncs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::support::daemon::Town;
use crate::support::from_environment;
use crate::support::smtp::{Script, SmtpServer};
use crate::support::strace;
use crate::support::unsynced::{failing_at, failing_syncs, file, judge, spoiled, tell};

/// Row 16: the sync of one commit fails. Nobody is told that it was kept, and each
/// who told an event whole hears that nobody knows; the daemon ends, and asked again
/// under their keys the events make one call-out each. Fails at another commit in
/// each round.
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
    let came = failing_syncs(&picked, &[]).await;
    let accepted = came.told.values().flatten().count();
    println!(
        "{} failing syncs: {} events, {accepted} acknowledged; {} clients heard in words that \
         nobody knows, {} found nobody there",
        picked.len(),
        came.told.len(),
        came.in_words,
        came.nobody_there
    );
    assert!(came.problems.is_empty(), "{:#?}", came.problems);
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
    let (problems, _) = judge(&town, &daemon, &told, |event, _| event.to_owned()).await;
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
        told.extend(failing_at(&town, number, &[]).told);
    }
    let daemon = town.serve();
    let another = |event: &str, accepted: bool| match accepted {
        true => event.to_owned(),
        false => format!("{event} again"),
    };
    let (problems, _) = judge(&town, &daemon, &told, another).await;
    let twice = |problem: &String| problem.starts_with("I3");
    assert!(problems.iter().any(twice), "{problems:#?}");
}
