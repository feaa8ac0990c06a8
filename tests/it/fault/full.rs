//! A disk that is full, or takes nothing: what is queued goes on, new events
//! are refused loudly, and it recovers by itself.
//!
//! Owns rows 17, 19 and 22.

use std::path::PathBuf;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::support::daemon::{Served, TOKEN, Town, said};
use crate::support::oracle::{CALLED, Oracle, copies};
use crate::support::small_disk::SmallDisk;
use crate::support::smtp::{Act, Received, Script, SmtpServer, Step};
use crate::support::strace::{self, Spoiled};

const WORDS: &str = "ディスクがいっぱいのため";
const SIZE: u64 = 8 << 20;

fn reserve(town: &Town) -> PathBuf {
    town.folder.path().join("state/muster.reserve")
}

/// Tells an event of this key: status and answer.
fn tell(daemon: &Served, key: &str) -> (u16, Value) {
    let body = format!(r#"{{"kind":"security-incident","effect":"residents","key":"{key}"}}"#);
    let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(&body));
    // Nothing was answered where the daemon ended first.
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

fn id(answer: &Value) -> String {
    answer["call_outs"][0].as_str().unwrap().to_owned()
}

/// Everybody has what these call-outs say.
async fn everybody(server: &SmtpServer, call_outs: &[&String]) {
    let heard = |mails: &[Received]| {
        let copies = copies(mails);
        let came = |id: &String, to: &str| {
            let wanted =
                |copy: &crate::support::oracle::Copy| copy.call_out == *id && copy.to == to;
            copies.iter().any(wanted)
        };
        let each = call_outs.iter();
        each.flat_map(|id| CALLED.map(|to| came(id, to)))
            .all(|came| came)
    };
    server.until("everybody", heard).await;
}

/// The daemon stops. Nothing came twice, nothing else came, and all is as it must
/// be.
async fn judge(
    daemon: Served,
    (town, server): (&Town, &SmtpServer),
    call_outs: &[&String],
    oracle: &mut Oracle,
) {
    oracle.stop(daemon, (town, server)).await;
    for id in call_outs {
        oracle.calls(id, &CALLED);
    }
    let problems = oracle.after(town, server).await;
    assert!(problems.is_empty(), "{problems:#?}");
}

fn metric(daemon: &Served, name: &str) -> Option<u64> {
    let (_, metrics) = daemon.call("GET", "/metrics", None, None);
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|value| value.trim().parse().ok())
}

/// How many notices of a failure say this, to each administrator by mail.
fn notices(mails: &[Received], words: &str) -> Vec<usize> {
    let mut told = std::collections::BTreeMap::<_, usize>::new();
    for mail in mails {
        let parsed = mail_parser::MessageParser::default().parse(&mail.data);
        let parsed = parsed.unwrap();
        let is_alarm = parsed
            .subject()
            .is_some_and(|subject| subject.contains("【障害】"));
        if is_alarm && parsed.body_text(0).unwrap().contains(words) {
            *told.entry(mail.to.clone()).or_default() += 1;
        }
    }
    told.into_values().collect()
}

/// Tells events until one is refused, since the log may have a little room of
/// its own; the call-outs of those that were taken.
fn tell_until_refused(daemon: &Served) -> Vec<String> {
    let mut taken = Vec::new();
    loop {
        let key = format!("full {}", taken.len());
        let (status, answer) = tell(daemon, &key);
        if status == 503 {
            assert!(
                answer["detail_ja"].as_str().unwrap().contains(WORDS),
                "{answer}"
            );
            assert!(
                answer["detail"]
                    .as_str()
                    .unwrap()
                    .contains("the disk is full")
            );
            return taken;
        }
        assert_eq!(status, 202, "{answer}");
        taken.push(id(&answer));
        assert!(taken.len() < 1000, "the disk does not fill");
    }
}

/// Rows 17 and 19: mails are on their way when the disk fills. They are settled
/// and others go out in the room that the reserve gives up; events are refused
/// on the page, on the command line and to who asks whether it is ready; answers
/// are kept. With room, events are taken again, and the reserve is whole.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_goes_on_while_the_disk_is_full() {
    let server = SmtpServer::start(Script::new().on(Step::Mail, Act::Wait)).await;
    let town = Town::new(server.port);
    let Some(disk) = SmallDisk::mounted(&town.folder.path().join("state")) else {
        return;
    };
    let mut daemon = town.serve();
    assert_eq!(std::fs::metadata(reserve(&town)).unwrap().len(), SIZE);
    let before = id(&tell(&daemon, "before").1);
    server.reached(Step::Mail, 1).await;
    disk.fill();
    let taken = tell_until_refused(&daemon);
    daemon.says("the disk is full");
    server.set(Script::new());
    let full = |mails: &[Received]| !notices(mails, "ディスクがいっぱいです").is_empty();
    server.until("the alarm", full).await;
    let (status, ready) = daemon.call("GET", "/readyz", None, None);
    assert!(status == 503 && ready.contains(WORDS), "{ready}");
    assert_eq!(metric(&daemon, "muster_store_full "), Some(1));
    let output = town.run(&["trigger", "security-incident", "--effect", "residents"]);
    let (_, words) = said(&output);
    assert!(!output.status.success() && words.contains(WORDS), "{words}");
    let path = format!("/api/v1/call-outs/{before}/acknowledgements");
    let answer = r#"{"person":"it-1","answer":"coming"}"#;
    let (status, kept) = daemon.call("POST", &path, Some(TOKEN), Some(answer));
    assert_eq!(status, 200, "{kept}");
    let mut call_outs: Vec<&String> = taken.iter().chain([&before]).collect();
    everybody(&server, &call_outs).await;
    assert!(std::fs::metadata(reserve(&town)).unwrap().len() < SIZE);
    disk.empty();
    let (status, answer) = tell(&daemon, "again");
    assert_eq!(status, 202, "{answer}");
    daemon.says("there is room on the disk again");
    assert_eq!(daemon.call("GET", "/readyz", None, None).0, 200);
    assert_eq!(metric(&daemon, "muster_store_full "), Some(0));
    assert_eq!(std::fs::metadata(reserve(&town)).unwrap().len(), SIZE);
    let again = id(&answer);
    call_outs.push(&again);
    everybody(&server, &call_outs).await;
    let roomy = |mails: &[Received]| !notices(mails, "空きができました").is_empty();
    server.until("the word that there is room", roomy).await;
    let mut oracle = Oracle::default();
    judge(daemon, (&town, &server), &call_outs, &mut oracle).await;
    // Administrators hear of each once, however many events were refused.
    for words in ["ディスクがいっぱいです", "空きができました"] {
        let told = notices(&server.mails(), words);
        assert!(
            !told.is_empty() && told.iter().all(|times| *times == 1),
            "{told:?}"
        );
    }
}

/// Row 17: room is made while nothing runs. Whoever was refused hears of it from the
/// next start.
#[tokio::test(flavor = "multi_thread")]
async fn room_that_was_made_while_nothing_ran_is_said() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let Some(disk) = SmallDisk::mounted(&town.folder.path().join("state")) else {
        return;
    };
    let daemon = town.serve();
    disk.fill();
    tell_until_refused(&daemon);
    let full = |mails: &[Received]| !notices(mails, "ディスクがいっぱいです").is_empty();
    server.until("the alarm", full).await;
    daemon.signal("-TERM");
    assert_eq!(daemon.wait(), Some(0));
    disk.empty();
    let daemon = town.serve();
    let roomy = |mails: &[Received]| !notices(mails, "空きができました").is_empty();
    server.until("the word that there is room", roomy).await;
    daemon.signal("-TERM");
    assert_eq!(daemon.wait(), Some(0));
}

/// Row 19: what fills the disk is our own account, by one event after the other, and
/// nothing of it has left yet. All of it goes out in the room of the reserve, and
/// with room events are taken again.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_our_own_account_fills_is_as_any_other() {
    let server = SmtpServer::start(Script::new().on(Step::Mail, Act::Wait)).await;
    let town = Town::new(server.port);
    let Some(disk) = SmallDisk::mounted(&town.folder.path().join("state")) else {
        return;
    };
    let mut daemon = town.serve();
    disk.fill_but(3 << 20);
    let taken = tell_until_refused(&daemon);
    assert!(taken.len() > 10, "{} were taken", taken.len());
    daemon.says("the disk is full");
    server.set(Script::new());
    let mut call_outs: Vec<&String> = taken.iter().collect();
    everybody(&server, &call_outs).await;
    assert!(std::fs::metadata(reserve(&town)).unwrap().len() < SIZE);
    disk.empty();
    let again = id(&tell(&daemon, "again").1);
    assert_eq!(std::fs::metadata(reserve(&town)).unwrap().len(), SIZE);
    call_outs.push(&again);
    everybody(&server, &call_outs).await;
    let mut oracle = Oracle::default();
    judge(daemon, (&town, &server), &call_outs, &mut oracle).await;
}

/// Row 18 and 19: killed while the disk is full. It starts in the room that the
/// reserve gives up, and what was queued goes out.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_full_disk_sends_what_is_queued() {
    let server = SmtpServer::start(Script::new().on(Step::Mail, Act::Stall)).await;
    let town = Town::new(server.port);
    let Some(disk) = SmallDisk::mounted(&town.folder.path().join("state")) else {
        return;
    };
    let daemon = town.serve();
    let before = id(&tell(&daemon, "before").1);
    server.reached(Step::Mail, 1).await;
    disk.fill();
    let mut oracle = Oracle::default();
    oracle.kill(daemon, (&town, &server)).await;
    server.set(Script::new());
    let daemon = town.serve();
    let taken = tell_until_refused(&daemon);
    let mut call_outs: Vec<&String> = taken.iter().chain([&before]).collect();
    everybody(&server, &call_outs).await;
    disk.empty();
    let again = id(&tell(&daemon, "again").1);
    call_outs.push(&again);
    everybody(&server, &call_outs).await;
    judge(daemon, (&town, &server), &call_outs, &mut oracle).await;
}

/// Row 17, and not even the reserve helps: no write at all has room. What the
/// relay took meanwhile is kept when there is room, and nothing comes twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_nothing_costs_no_second_copy() {
    if !strace::is_here() {
        return;
    }
    let server = SmtpServer::start(Script::new().on(Step::Dot, Act::Wait)).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let before = id(&tell(&daemon, "before").1);
    server.reached(Step::Dot, CALLED.len()).await;
    let spoiled = Spoiled::new(&daemon, &["pwrite64:error=ENOSPC"]);
    server.set(Script::new());
    assert_eq!(tell(&daemon, "full").0, 503);
    server.reached(Step::Dot, CALLED.len()).await;
    assert_eq!(tell(&daemon, "full").0, 503);
    // The reserve has room, and what is written has none: it is refused, and nobody
    // waits for what is tried again and again.
    let path = format!("/api/v1/call-outs/{before}/acknowledgements");
    let coming = r#"{"person":"it-1","answer":"coming"}"#;
    let (status, answer) = daemon.call("POST", &path, Some(TOKEN), Some(coming));
    assert_eq!(status, 503, "{answer}");
    assert!(answer.contains(WORDS), "{answer}");
    drop(spoiled);
    let (status, answer) = tell(&daemon, "full");
    assert_eq!(status, 202, "{answer}");
    let after = id(&answer);
    let call_outs = [&before, &after];
    everybody(&server, &call_outs).await;
    let mut oracle = Oracle::default();
    judge(daemon, (&town, &server), &call_outs, &mut oracle).await;
    // And none of them is taken for unsent by the next start.
    let daemon = town.serve();
    assert_eq!(tell(&daemon, "full").0, 200);
    judge(daemon, (&town, &server), &call_outs, &mut oracle).await;
}

/// Row 22: the file system takes no more writes from one moment to the next, and a
/// mail is on its way. The daemon ends, does not start while it is so, and goes on
/// afterwards: what was queued goes out then, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_system_that_becomes_read_only_loses_nothing() {
    if !strace::is_here() {
        return;
    }
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let Some(disk) = SmallDisk::mounted(&town.folder.path().join("state")) else {
        return;
    };
    let daemon = town.serve();
    let before = id(&tell(&daemon, "before").1);
    everybody(&server, &[&before]).await;
    server.set(Script::new().on(Step::Mail, Act::Stall));
    let before_it = server.count(Step::Mail);
    let queued = id(&tell(&daemon, "queued").1);
    server.reached(Step::Mail, before_it + 1).await;
    let spoiled = Spoiled::new(&daemon, &["pwrite64:error=EROFS"]);
    let (status, answer) = tell(&daemon, "while");
    assert!(!matches!(status, 200 | 202), "{answer}");
    let (code, words) = daemon.last_words();
    drop(spoiled);
    assert_eq!(code, Some(1), "{words}");
    let mut oracle = Oracle::default();
    oracle.ended(&words, (&town, &server)).await;
    disk.read_only(true);
    let refused = town.run(&["serve"]);
    let (_, words) = said(&refused);
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("書く権限"), "{words}");
    disk.read_only(false);
    server.set(Script::new());
    let daemon = town.serve();
    assert_eq!(tell(&daemon, "before").0, 200);
    let (status, answer) = tell(&daemon, "while");
    assert!(matches!(status, 200 | 202), "{answer}");
    let after = id(&answer);
    let call_outs = [&before, &queued, &after];
    everybody(&server, &call_outs).await;
    judge(daemon, (&town, &server), &call_outs, &mut oracle).await;
    for id in [&queued, &after] {
        let copies = copies(&server.mails()).into_iter();
        let mine = copies.filter(|copy| copy.call_out == *id);
        let called = mine.filter(|copy| CALLED.contains(&copy.to.as_str()));
        assert_eq!(called.count(), CALLED.len(), "once");
    }
}

/// How many pages the log has before its index grows (SQLite, "WAL-Index File Format"),
/// and how many octets one has in the log.
const BEFORE_IT_GROWS: u64 = 4_062;
const FRAME: u64 = 4_096 + 24;

/// Row 17, at the very commit: the log takes it, and the log's index has no room. Nobody
/// knows whether the event is kept, and whoever told it hears that, and what to do.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_the_log_without_room_leaves_an_event_open() {
    if !strace::is_here() {
        return;
    }
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let state = town.folder.path().join("state");
    let options = SqliteConnectOptions::new().filename(state.join("muster.db"));
    // Somebody reads, so that the log is not begun anew, and another program fills it.
    let mut reader = SqliteConnection::connect_with(&options).await.unwrap();
    let reads = sqlx::raw_sql("BEGIN; SELECT count(*) FROM event");
    reads.execute(&mut reader).await.unwrap();
    let log = std::fs::metadata(state.join("muster.db-wal"))
        .unwrap()
        .len();
    let much = (BEFORE_IT_GROWS - log / FRAME - 30) * 4_092;
    let fills = format!(
        "PRAGMA wal_autocheckpoint = 0; CREATE TABLE much (octets BLOB); \
         INSERT INTO much VALUES (zeroblob({much}))"
    );
    let mut writer = SqliteConnection::connect_with(&options).await.unwrap();
    let fills = sqlx::raw_sql(sqlx::AssertSqlSafe(fills));
    fills.execute(&mut writer).await.unwrap();
    writer.close().await.unwrap();
    let index = state.join("muster.db-shm");
    let spoiled = Spoiled::of(&daemon, &["pwrite64:error=ENOSPC"], &[&index]);
    let mut keys = (0..10).map(|number| format!("grows {number}"));
    let refused = keys.find_map(|key| {
        let (status, answer) = tell(&daemon, &key);
        (status != 202).then_some((key, status, answer))
    });
    let (key, status, answer) = refused.expect("the index grows");
    assert_eq!(status, 503, "{answer}");
    let said = answer["detail_ja"].as_str().unwrap();
    assert!(
        said.contains("分かりません") && said.contains("同じ key"),
        "{said}"
    );
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(1), "{words}");
    drop(spoiled);
    reader.close().await.unwrap();
    let mut oracle = Oracle::default();
    oracle.ended(&words, (&town, &server)).await;
    let daemon = town.serve();
    let (status, answer) = tell(&daemon, &key);
    assert!(matches!(status, 200 | 202), "{answer}");
    everybody(&server, &[&id(&answer)]).await;
}
