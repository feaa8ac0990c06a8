//! Syncs of the store's log that fail while clients tell events, and the judge of
//! what each client was told.
//!
//! Owns the course of row 16. It must not know whether the program was made to do
//! worse.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::daemon::{Served, TOKEN, Town};
use super::oracle::{CALLED, Oracle};
use super::request::{Came, ask};
use super::smtp::{Script, SmtpServer};
use super::strace::Spoiled;

const CLIENTS: usize = 4;

/// Each event that was told, by its key, with the call-out where it was accepted.
pub(crate) type Told = BTreeMap<String, Option<String>>;

/// Tells an event under a key: status and answer; 0 where the daemon ended
/// before it answered.
pub(crate) fn tell(url: &str, key: &str) -> (u16, Value) {
    match came(url, key) {
        Came::Answered(status, answer) => {
            (status, serde_json::from_str(&answer).unwrap_or_default())
        }
        Came::Refused | Came::Unwritten | Came::Unanswered => (0, Value::Null),
    }
}

fn came(url: &str, key: &str) -> Came {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let body = format!(r#"{{"kind":"security-incident","effect":"residents","key":"{key}"}}"#);
    ask(url, ("POST", "/api/v1/events"), &headers, &body)
}

/// A file of the store.
pub(crate) fn file(town: &Town, name: &str) -> PathBuf {
    town.folder.path().join("state").join(name)
}

/// The calls that sync a file fail, as said.
pub(crate) fn spoiled(daemon: &Served, file: &Path, when: &str) -> Spoiled {
    let faults = ["fsync", "fdatasync"].map(|call| format!("{call}:error=EIO:when={when}"));
    Spoiled::of(daemon, &[&faults[0], &faults[1]], &[file])
}

/// What one client was told, and by what it was stopped.
struct Client {
    told: Vec<(String, Option<String>)>,
    stopped: Stopped,
}

/// Why a client tells no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopped {
    /// It was told that nobody knows, and to come again with the same key.
    InWords,
    /// Nobody was there who could be told.
    NobodyThere,
    /// It had told its event whole, and nobody answered.
    InSilence,
    /// It was told of one event after the other that it is kept, which cannot be.
    NotAtAll,
}

/// What came of a daemon whose syncs failed.
#[derive(Default)]
pub(crate) struct Round {
    pub(crate) told: Told,
    pub(crate) problems: Vec<String>,
    /// How many clients heard in words that nobody knows.
    pub(crate) in_words: usize,
    /// How many others found nobody there whom they could tell.
    pub(crate) nobody_there: usize,
    /// What the daemon said.
    words: String,
}

/// From the sync of that number on of the log, which each commit is written to, all
/// fail while clients tell events. Why all: one may be that of a commit that is
/// synced already, as the log is about to be written back, and costs nothing.
pub(crate) fn failing_at(town: &Town, number: u64, variables: &[(&str, &str)]) -> Round {
    let mut daemon = town.serve_with(variables);
    let spoiled = spoiled(&daemon, &file(town, "muster.db-wal"), &format!("{number}+"));
    let clients: Vec<Client> = std::thread::scope(|scope| {
        let url = daemon.url.as_str();
        let tells = |client| move || until_refused(url, &format!("{number}-{client}"), number);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| scope.spawn(tells(client)))
            .collect();
        let clients = clients.into_iter();
        clients.map(|client| client.join().unwrap()).collect()
    });
    let mut round = Round::default();
    let stopped = |how| {
        clients
            .iter()
            .filter(|client| client.stopped == how)
            .count()
    };
    round.in_words = stopped(Stopped::InWords);
    round.nobody_there = stopped(Stopped::NobodyThere);
    if round.in_words == 0 {
        let words = "I3: nobody was told that it is not known, nor what to do";
        round.problems.push(format!("sync {number}: {words}"));
    }
    let silent = stopped(Stopped::InSilence);
    if silent > 0 {
        let words = format!("I3: {silent} told their event whole and heard nothing");
        round.problems.push(format!("sync {number}: {words}"));
    }
    if stopped(Stopped::NotAtAll) > 0 {
        let words = "I1: events are accepted that no sync has kept";
        round.problems.push(format!("sync {number}: {words}"));
        round.words = daemon.kill();
    } else {
        daemon.says("ディスクの異常");
        let (code, words) = daemon.last_words();
        assert_eq!(code, Some(1), "{words}");
        round.words = words;
    }
    drop(spoiled);
    round.told = clients.into_iter().flat_map(|client| client.told).collect();
    round
}

/// One client tells events until one is refused, or nobody answers, or as many were
/// accepted as there are syncs that do not fail. Whoever is refused hears that it
/// may have been kept, and what to do. Whoever tells an event whole is refused so or
/// hears that it is kept: only who comes to a door that is shut hears nothing.
fn until_refused(url: &str, name: &str, syncs: u64) -> Client {
    let mut told = Vec::new();
    for event in 0..syncs {
        let key = format!("{name}-{event};");
        let came = came(url, &key);
        let (status, answer) = match &came {
            Came::Answered(status, answer) => (*status, serde_json::from_str(answer).unwrap()),
            Came::Refused | Came::Unwritten | Came::Unanswered => (0, Value::Null),
        };
        let id = answer["call_outs"][0].as_str().map(str::to_owned);
        told.push((key, id));
        let stopped = match status {
            202 => continue,
            503 => {
                let (en, ja) = (&answer["detail"], &answer["detail_ja"]);
                let words = |said: &Value, words| said.as_str().unwrap().contains(words);
                assert!(words(en, "not known") && words(en, "the same key"), "{en}");
                assert!(words(ja, "分かりません") && words(ja, "同じ key"), "{ja}");
                assert!(!words(ja, "受け付けていません"), "{ja}");
                Stopped::InWords
            }
            0 if matches!(came, Came::Unanswered) => Stopped::InSilence,
            0 => Stopped::NobodyThere,
            other => panic!("{other}: {answer}"),
        };
        return Client { told, stopped };
    }
    let stopped = Stopped::NotAtAll;
    Client { told, stopped }
}

/// Everything that is wrong once each event was told again: an event that was
/// accepted is another call-out now, or one has two. Beside it the call-outs.
pub(crate) async fn judge(
    town: &Town,
    daemon: &Served,
    told: &Told,
    again: impl Fn(&str, bool) -> String,
) -> (Vec<String>, BTreeSet<String>) {
    let (mut problems, mut call_outs) = (Vec::new(), BTreeSet::new());
    for (event, before) in told {
        let key = again(event, before.is_some());
        let (status, answer) = tell(&daemon.url, &key);
        assert!(matches!(status, 200 | 202), "{answer}");
        let now = answer["call_outs"][0].as_str().map(str::to_owned);
        if before.is_some() && *before != now {
            problems.push(format!("I1: {event} was accepted and is lost"));
        }
        call_outs.extend(now);
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
    (problems, call_outs)
}

/// At each of these syncs one daemon with these variables fails after the other, and
/// the next start is told everything again: what was told, and what is wrong with what
/// is kept and with what came.
pub(crate) async fn failing_syncs(numbers: &[u64], variables: &[(&str, &str)]) -> Round {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let (mut all, mut oracle) = (Round::default(), Oracle::default());
    for number in numbers {
        let round = failing_at(&town, *number, variables);
        oracle.ended(&round.words, (&town, &server)).await;
        all.told.extend(round.told);
        all.problems.extend(round.problems);
        all.in_words += round.in_words;
        all.nobody_there += round.nobody_there;
    }
    let daemon = town.serve();
    let again = |event: &str, _| event.to_owned();
    let (wrong, call_outs) = judge(&town, &daemon, &all.told, again).await;
    all.problems.extend(wrong);
    for call_out in &call_outs {
        oracle.calls(call_out, &CALLED);
    }
    oracle.everybody_hears(&server).await;
    oracle.stop(daemon, (&town, &server)).await;
    all.problems.extend(oracle.after(&town, &server).await);
    all
}
