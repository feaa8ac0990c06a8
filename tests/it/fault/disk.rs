//! What the disk does to the store: it fails, it goes away, somebody else
//! holds it.
//!
//! Owns rows 21 to 23. The full disk and the failing sync have files of their
//! own.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use muster::clock::Clock;
use muster::domain::acknowledgement::{Answer, Reply, Via};
use muster::domain::event::{Effect, EventKind};
use muster::engine::Became;
use muster::store::{Claim, Durability, Error, Pause, Settings, Store};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::support::daemon::{Served, TOKEN, Town, said, under};
use crate::support::notify::Notified;
use crate::support::request::request;
use crate::support::smtp::{Script, SmtpServer};
use crate::support::world::World;

/// Another program that has the store open.
async fn another(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn execute(other: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(other).await.unwrap();
}

fn event(key: &str) -> String {
    format!(r#"{{"kind":"security-incident","effect":"residents","key":"{key}"}}"#)
}

/// Tells an event under a key: status and answer.
fn tell(daemon: &Served, key: &str) -> (u16, Value) {
    let body = event(key);
    let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(&body));
    let answer = serde_json::from_str(&answer).unwrap_or_else(|why| panic!("{why}: {answer}"));
    (status, answer)
}

fn call_outs(daemon: &Served) -> usize {
    let (_, list) = daemon.call("GET", "/api/v1/call-outs", Some(TOKEN), None);
    let list: Value = serde_json::from_str(&list).unwrap();
    list["call_outs"].as_array().unwrap().len()
}

/// Three hundred writes wait while another program holds the store.
async fn held(store: &Store) -> Vec<Result<(), Error>> {
    let now: Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
    let claim = Claim {
        now,
        lease_until: now + SignedDuration::from_mins(15),
        limit: 1,
        waiting: Vec::new(),
    };
    let writes = (0..300).map(|_| async { store.claim(claim.clone()).wait().await.map(drop) });
    futures_util::future::join_all(writes).await
}

fn settings(folder: &tempfile::TempDir) -> Settings {
    Settings {
        path: folder.path().join("muster.db"),
        durability: Durability::Off,
    }
}

/// Row 23: all of them wait together, not one after the other; then each is
/// told who is in the way; and when that has ended the store goes on.
#[tokio::test]
async fn a_store_that_is_held_is_waited_for_together() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder);
    let pauses = Arc::new(AtomicUsize::new(0));
    let counted = pauses.clone();
    let pause: Pause = Arc::new(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    });
    let store = Store::open_with(&settings, pause).await.unwrap();
    let mut other = another(&settings.path).await;
    execute(&mut other, "BEGIN IMMEDIATE").await;
    for result in held(&store).await {
        assert!(matches!(result, Err(Error::Held)), "{result:?}");
    }
    // Twelve pauses of them all; whoever comes later does not wait anew.
    assert_eq!(pauses.load(Ordering::Relaxed), 12);
    assert!(held(&store).await.iter().all(Result::is_err));
    assert_eq!(pauses.load(Ordering::Relaxed), 12);
    execute(&mut other, "ROLLBACK").await;
    assert!(held(&store).await.iter().all(Result::is_ok));
}

/// Row 23: the waits between two tries are spread, as two programs that try at the
/// same pace would meet each time.
#[test]
fn the_waits_for_a_store_that_is_held_are_spread() {
    let clock = Clock::manual("2026-11-23T18:00:00Z".parse().unwrap());
    let lengths = (0..12).map(|_| {
        let mut pause = std::pin::pin!(clock.sleep_about(Duration::from_millis(250)));
        let step = Duration::from_millis(5);
        std::iter::repeat_with(|| clock.advance(step))
            .take_while(|()| pause.as_mut().now_or_never().is_none())
            .count()
    });
    let lengths: BTreeSet<usize> = lengths.map(|steps| steps * 5).collect();
    assert!(lengths.iter().all(|length| (115..=385).contains(length)));
    assert!(lengths.len() > 6, "{lengths:?}");
}

/// Row 23: whoever waits is served as soon as the store is let go.
#[tokio::test]
async fn a_store_that_is_let_go_keeps_what_waited() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder);
    let let_go = Arc::new(tokio::sync::Notify::new());
    let (asked, gone) = (let_go.clone(), Arc::new(tokio::sync::Semaphore::new(0)));
    let free = gone.clone();
    let pause: Pause = Arc::new(move |_| {
        asked.notify_one();
        let free = free.clone();
        Box::pin(async move { drop(free.acquire().await) })
    });
    let store = Store::open_with(&settings, pause).await.unwrap();
    let mut other = another(&settings.path).await;
    execute(&mut other, "BEGIN IMMEDIATE").await;
    let other_program = async {
        let_go.notified().await;
        execute(&mut other, "ROLLBACK").await;
        gone.add_permits(1);
    };
    let (results, ()) = tokio::join!(held(&store), other_program);
    assert!(results.iter().all(Result::is_ok));
}

/// Row 23 on the real process: the event is refused in words after ten seconds or so,
/// not at once, and taken under its key when the other program has ended.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "a real process takes real time")]
async fn an_event_is_refused_while_another_program_holds_the_store() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let mut other = another(&town.folder.path().join("state/muster.db")).await;
    execute(&mut other, "BEGIN IMMEDIATE").await;
    let began = Instant::now();
    let (status, said) = tell(&daemon, "held");
    assert_eq!(status, 503, "{said}");
    // Thirteen tries of half a second, and twelve waits of a quarter, half as much
    // more or less.
    let waited = began.elapsed();
    assert!(waited >= Duration::from_millis(7_900), "{waited:?}");
    assert!(waited <= Duration::from_secs(20), "{waited:?}");
    let ja = said["detail_ja"].as_str().unwrap();
    assert!(
        ja.contains("別のプログラムが保存先を使い続けています"),
        "{ja}"
    );
    execute(&mut other, "ROLLBACK").await;
    assert_eq!(tell(&daemon, "held").0, 202);
    assert_eq!(call_outs(&daemon), 1);
    server.mail(1).await;
    let (_, metrics) = daemon.call("GET", "/metrics", None, None);
    let log = metrics
        .lines()
        .find_map(|line| line.strip_prefix("muster_store_wal_bytes "));
    assert!(log.unwrap().parse::<u64>().unwrap() > 0, "{metrics}");
}

/// Sends an event and goes away before it is answered, as a feed does after its
/// own limit. It goes only once the daemon has asked for the body.
fn tell_and_go(url: &str, body: &str) {
    let mut line = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST /api/v1/events HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    line.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 12];
    line.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100");
    line.write_all(body.as_bytes()).unwrap();
}

/// Row 23: whoever told an event goes away while another program holds the
/// store. What it began is carried to its end: the same earthquake, told again
/// under no key, is an aftershock of it and calls nobody a second time.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_teller_goes_away_is_carried_to_its_end() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let mut other = another(&town.folder.path().join("state/muster.db")).await;
    execute(&mut other, "BEGIN IMMEDIATE").await;
    let earthquake = r#"{"kind":"earthquake","intensity":"5-"}"#;
    tell_and_go(&daemon.url, earthquake);
    // Its answer comes after the commit of the one before it.
    let url = daemon.url.clone();
    let behind = tokio::task::spawn_blocking(move || try_tell(&url, "behind"));
    execute(&mut other, "ROLLBACK").await;
    assert_eq!(behind.await.unwrap(), 202);
    let (_, said) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(earthquake));
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["decision"], "aftershock", "{said}");
    assert_eq!(call_outs(&daemon), 2);
}

fn coming(person: &str) -> Answer {
    Answer {
        person: person.into(),
        reply: Reply::Coming,
        eta_minutes: None,
        note: None,
        via: Via::OnBehalf,
        by: "token:duty".into(),
    }
}

/// A change that was made on top of one that was refused is refused too: an
/// answer must not carry the beginning of a stage whose messages were lost.
#[tokio::test]
async fn nothing_is_kept_on_top_of_what_was_refused() {
    let world = World::with(|plan| plan.readiness = None).await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("1m").await;
    let first = world.sent().len();
    let mut other = another(&world.store_file()).await;
    execute(
        &mut other,
        "CREATE TRIGGER bad BEFORE INSERT ON notification WHEN NEW.stage > 1 \
         BEGIN SELECT RAISE(ABORT, 'bad'); END; BEGIN IMMEDIATE",
    )
    .await;
    // Both are made in memory and wait for the store.
    world.away("30m");
    let engine = world.engine.clone();
    let turn = tokio::spawn(async move { engine.turn().await.map(drop) });
    while world.see(&id).await.stage == 1 {
        tokio::task::yield_now().await;
    }
    let answer = world.engine.acknowledge(&id, coming("it-1"));
    let let_go = execute(&mut other, "ROLLBACK");
    let (answered, ()) = tokio::join!(answer, let_go);
    assert!(turn.await.unwrap().is_err());
    assert!(answered.is_err(), "it stands on what was refused");
    execute(&mut other, "DROP TRIGGER bad").await;
    world.turn().await;
    assert!(world.sent().len() > first, "the stage came");
    let again = world.engine.acknowledge(&id, coming("it-1")).await;
    again.unwrap();
    let world = world.crash().await;
    assert!(world.see(&id).await.stage > 1);
}

/// As [`tell`], the status alone; 0 where the daemon ended before it answered.
fn try_tell(url: &str, key: &str) -> u16 {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let told = request(
        url,
        ("POST", "/api/v1/events"),
        &headers,
        event(key).as_bytes(),
    );
    told.map_or(0, |(status, ..)| status)
}

/// Row 21: what is done to the file, and what the daemon says of it.
fn taken_away(how: impl Fn(&Path)) -> (Town, SmtpServer) {
    tokio::task::block_in_place(|| {
        let server = tokio::runtime::Handle::current().block_on(SmtpServer::start(Script::new()));
        let town = Town::new(server.port);
        let daemon = town.serve();
        assert_eq!(tell(&daemon, "before").0, 202);
        how(&town.folder.path().join("state"));
        // The clockwork may have noticed before.
        let status = try_tell(&daemon.url, "after");
        assert!(matches!(status, 503 | 0), "{status}");
        let (code, words) = daemon.last_words();
        assert_eq!(code, Some(1), "{words}");
        assert!(words.contains("移されたか、消されたか"), "{words}");
        assert!(words.contains("moved, deleted or replaced"), "{words}");
        (town, server)
    })
}

/// The store is moved away: noticed at the next event, which is refused. No
/// empty store is made in its place; moved back, it is as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_moved_is_noticed() {
    let (town, _server) = taken_away(|state| {
        std::fs::rename(state.join("muster.db"), state.join("elsewhere")).unwrap();
    });
    let refused = town.run(&["serve"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("muster.db-wal"), "{words}");
    let state = town.folder.path().join("state");
    std::fs::rename(state.join("elsewhere"), state.join("muster.db")).unwrap();
    let daemon = town.serve();
    assert_eq!(tell(&daemon, "before").0, 200);
    assert_eq!(tell(&daemon, "after").0, 202);
}

/// The store is deleted, its log with it or not.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_deleted_is_noticed() {
    taken_away(|state| std::fs::remove_file(state.join("muster.db")).unwrap());
    taken_away(|state| std::fs::remove_file(state.join("muster.db-wal")).unwrap());
}

/// All of it is deleted, its log as well. The next start does not take an empty store
/// for one without call-outs, and says what to do; whoever means it removes the lock.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_deleted_whole_is_not_begun_anew() {
    let (town, _server) = taken_away(|state| {
        for file in ["muster.db", "muster.db-wal", "muster.db-shm"] {
            std::fs::remove_file(state.join(file)).unwrap();
        }
    });
    let (_, words) = said(
        &under(&["timeout", "30"], &town.command(&["serve"]))
            .output()
            .unwrap(),
    );
    assert!(words.contains("前に動いたときにあった"), "{words}");
    assert!(words.contains("was there when muster last ran"), "{words}");
    let state = town.folder.path().join("state");
    assert!(!state.join("muster.db").exists());
    std::fs::remove_file(state.join("muster.db.lock")).unwrap();
    assert_eq!(tell(&town.serve(), "before").0, 202);
}

/// A copy of the store is put over it, as by a backup that is played back into a
/// running daemon.
fn copied_over(state: &Path) {
    std::fs::copy(state.join("muster.db"), state.join("copy")).unwrap();
    std::fs::rename(state.join("copy"), state.join("muster.db")).unwrap();
}

/// A copy is put over the store: the same content, and another file. Nothing is
/// accepted into the one that nobody will read, and nothing of it is written into
/// the copy, neither at the end nor at the next start.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_over_which_a_copy_is_put_is_noticed() {
    let copy = std::cell::RefCell::new(Vec::new());
    let (town, _server) = taken_away(|state| {
        copied_over(state);
        copy.replace(std::fs::read(state.join("muster.db")).unwrap());
    });
    let refused = town.run(&["serve"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("別の場所に移して"), "{words}");
    let state = town.folder.path().join("state");
    assert_eq!(
        std::fs::read(state.join("muster.db")).unwrap(),
        *copy.borrow()
    );
}

/// Nobody tells anything: the clockwork's own look, at least every ten seconds,
/// notices that another file lies in the store's place.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_goes_is_noticed_though_nothing_is_told() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let path = town.folder.path().join("notify");
    let notified = Notified::at(&path);
    let daemon = town.serve_with(&[("NOTIFY_SOCKET", path.to_str().unwrap())]);
    // Once what a start does is done: the first heartbeat comes after it.
    let mut said = std::iter::from_fn(|| notified.word(Duration::from_secs(20)));
    assert!(said.any(|word| word.contains("WATCHDOG=1")));
    copied_over(&town.folder.path().join("state"));
    let end = tokio::task::spawn_blocking(|| daemon.last_words());
    let end = tokio::time::timeout(Duration::from_secs(20), end).await;
    let (code, words) = end.expect("it is noticed").unwrap();
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("moved, deleted or replaced"), "{words}");
}

/// Names are four letters and a day: one that is taken already is drawn anew,
/// and the event is not refused for it.
#[tokio::test]
async fn a_name_that_is_taken_refuses_no_event() {
    let first = World::example().await.incident("residents").await.remove(0);
    let world = World::example().await;
    let mut other = another(&world.store_file()).await;
    execute(
        &mut other,
        "INSERT INTO event VALUES ('e', NULL, '', '{}', 0)",
    )
    .await;
    sqlx::query("INSERT INTO call_out VALUES ($1, 'e', 'closed', false, 0, 1, '{}', '{}')")
        .bind(first.as_str())
        .execute(&mut other)
        .await
        .unwrap();
    let second = world.incident("residents").await.remove(0);
    assert_ne!(first, second);
    assert!(!world.sent().is_empty());
}

/// The same of a later report.
#[tokio::test]
async fn a_name_that_is_taken_refuses_no_later_report() {
    let serious = || EventKind::SecurityIncident {
        effect: Effect::parse("residents").unwrap(),
        systems: vec![19],
    };
    let begun = async |world: &World| world.incident("work-hindered").await.remove(0);
    let first = World::example().await;
    let id = begun(&first).await;
    let named = first.grow(&id, serious()).await.unwrap().event;

    let world = World::example().await;
    let mut other = another(&world.store_file()).await;
    let taken = sqlx::query("INSERT INTO event VALUES ($1, NULL, '', '{}', 0)");
    let taken = taken.bind(named.as_str()).execute(&mut other);
    taken.await.unwrap();
    let id = begun(&world).await;
    let grown = world.grow(&id, serious()).await.unwrap();
    assert_ne!(grown.event, named);
    assert_eq!(grown.became, Became::Grown);
}

/// Row 21: a copy is put in the place of the store of a daemon that was killed,
/// and the log of the killed one lies beside it. It is not written into the
/// copy; moved away, the copy is what counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_beside_another_store_is_not_taken_for_its_own() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let state = town.folder.path().join("state");
    let daemon = town.serve();
    assert_eq!(tell(&daemon, "before").0, 202);
    let mut other = another(&state.join("muster.db")).await;
    let copied = sqlx::query("VACUUM INTO $1").bind(state.join("backup").to_str().unwrap());
    copied.execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    assert_eq!(tell(&daemon, "after").0, 202);
    daemon.kill();
    std::fs::rename(state.join("backup"), state.join("muster.db")).unwrap();
    let copy = std::fs::read(state.join("muster.db")).unwrap();
    let refused = town.run(&["serve"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("別の場所に移して"), "{words}");
    assert_eq!(std::fs::read(state.join("muster.db")).unwrap(), copy);
    for log in ["muster.db-wal", "muster.db-shm"] {
        std::fs::remove_file(state.join(log)).unwrap();
    }
    let daemon = town.serve();
    assert_eq!(tell(&daemon, "before").0, 200);
    assert_eq!(tell(&daemon, "after").0, 202);
}

/// Row 21: copied over in place, it is known by when it was changed. SQLite
/// itself changes the store right after the log.
#[test]
fn a_store_that_was_changed_long_after_its_log_is_another_one() {
    assert!(muster::store::log_belongs(1_000, 5_000));
    assert!(muster::store::log_belongs(1_010, 1_000));
    assert!(!muster::store::log_belongs(1_100, 1_000));
}
