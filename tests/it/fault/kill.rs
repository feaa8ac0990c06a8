//! Killed again and again, while clients tell events and answer.
//!
//! Owns row 1. What was told is kept on a list of its own, which nothing is
//! taken from; the oracle compares it with what came. `tests/fault kill` runs
//! more rounds, or the same ones again.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use muster::clock::Draw;
use serde_json::Value;

use crate::support::daemon::{TOKEN, Town};
use crate::support::from_environment;
use crate::support::oracle::{Oracle, copies};
use crate::support::request::request;
use crate::support::smtp::{Received, Script, SmtpServer};

const CLIENTS: usize = 4;

/// Whom such an event calls by mail, besides who answers.
const CALLED: [&str; 3] = [
    "deputy-mayor@example.jp",
    "it-manager@example.jp",
    "it-2@example.jp",
];

/// What a client was told.
#[derive(Debug, Default)]
struct Told {
    /// Each key that was sent, with the call-out where it was answered.
    events: BTreeMap<String, Option<String>>,
    /// The call-outs whose answer was confirmed.
    answered: BTreeSet<String>,
}

impl Told {
    fn add(&mut self, other: Self) {
        self.events.extend(other.events);
        self.answered.extend(other.answered);
    }
}

/// A request with a body: status and answer; none where the daemon was gone.
fn post(url: &str, path: &str, body: &str) -> Option<(u16, Value)> {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let (status, _, answer) = request(url, ("POST", path), &headers, body.as_bytes()).ok()?;
    // An answer that broke off is none.
    Some((status, serde_json::from_str(&answer).ok()?))
}

fn tell(url: &str, key: &str) -> Option<(u16, Value)> {
    let body = format!(r#"{{"kind":"security-incident","effect":"residents","key":"{key}"}}"#);
    post(url, "/api/v1/events", &body)
}

fn id(answer: &Value) -> String {
    answer["call_outs"][0].as_str().unwrap().to_owned()
}

/// Tells and answers until the daemon is gone.
fn client(url: &str, name: &str) -> Told {
    let mut told = Told::default();
    for number in 0.. {
        let key = format!("{name}-{number}");
        let reply = tell(url, &key);
        let Some((status, answer)) = reply else {
            told.events.insert(key, None);
            break;
        };
        assert_eq!(status, 202, "{answer}");
        let call_out = id(&answer);
        told.events.insert(key, Some(call_out.clone()));
        let path = format!("/api/v1/call-outs/{call_out}/acknowledgements");
        match post(url, &path, r#"{"person":"it-1","answer":"coming"}"#) {
            Some((200, _)) => told.answered.insert(call_out),
            Some((status, answer)) => panic!("{status}: {answer}"),
            None => break,
        };
    }
    told
}

/// One life of the daemon: clients tell and answer until it is killed.
async fn life(
    (town, server): (&Town, &SmtpServer),
    oracle: &mut Oracle,
    round: u64,
    draw: &mut Draw,
) -> Told {
    let daemon = town.serve();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let url = daemon.url.clone();
            std::thread::spawn(move || client(&url, &format!("{round}-{number}")))
        })
        .collect();
    let life = Duration::from_millis(50 + draw.below(550));
    // It is to live for as long as the seed says.
    let lived = tokio::time::timeout(life, std::future::pending::<()>());
    assert!(lived.await.is_err());
    oracle.kill(daemon, (town, server)).await;
    let mut told = Told::default();
    for client in clients {
        told.add(client.join().unwrap());
    }
    told
}

/// How often one town's daemon is killed, before another's is.
///
/// Why: all that was told stays open, and a town has no thousand of them.
const KILLS: u64 = 25;

/// What was seen.
#[derive(Debug, Default)]
struct Figures {
    accepted: usize,
    answered: usize,
    seen: usize,
    again: usize,
    leaks: usize,
}

/// Row 1: whatever was answered before a kill is there after it, and goes out;
/// what was not answered is there once or not at all, and is the same under its
/// key; no confirmed answer is lost; no mail comes more often than it may.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_events_and_answers_arrive() {
    let drawn = || std::hash::RandomState::new().build_hasher().finish() >> 32;
    let seed = from_environment("MUSTER_SEED", drawn);
    let rounds = from_environment("MUSTER_ROUNDS", || 6);
    println!("tests/fault kill --seed {seed} --rounds {rounds}");
    let mut draw = Draw::new(seed, "kills");
    let mut sum = Figures::default();
    let mut left = rounds;
    while left > 0 {
        let kills = left.min(KILLS);
        left -= kills;
        let figures = town(kills, &mut draw).await;
        sum.accepted += figures.accepted;
        sum.answered += figures.answered;
        sum.seen += figures.seen;
        sum.again += figures.again;
        sum.leaks += figures.leaks;
    }
    println!(
        "{rounds} kills: {} events and {} answers acknowledged, {} mails seen, {} of them again, {} leaks",
        sum.accepted, sum.answered, sum.seen, sum.again, sum.leaks
    );
}

/// One town's daemon is killed so often, and judged.
async fn town(rounds: u64, draw: &mut Draw) -> Figures {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let (mut told, mut oracle) = (Told::default(), Oracle::default());
    for round in 0..rounds {
        told.add(life((&town, &server), &mut oracle, round, draw).await);
    }
    let daemon = town.serve();
    let mut accepted = 0;
    for (key, before) in &told.events {
        let (status, answer) = tell(&daemon.url, key).unwrap();
        if let Some(before) = before {
            accepted += 1;
            assert_eq!((status, &id(&answer)), (200, before), "{key} was lost");
        }
        assert!(matches!(status, 200 | 202), "{key}: {answer}");
        let call_out = id(&answer);
        let new = !oracle.called.contains_key(&call_out);
        assert!(new, "{key} is another event's call-out");
        oracle.calls(&call_out, &CALLED);
    }
    for call_out in &told.answered {
        let path = format!("/api/v1/call-outs/{call_out}");
        let (_, seen) = daemon.call("GET", &path, Some(TOKEN), None);
        let seen: Value = serde_json::from_str(&seen).unwrap();
        assert_eq!(
            seen["counts"]["coming"], 1,
            "the answer to {call_out} was lost"
        );
    }
    let wanted = oracle.called.len() * CALLED.len();
    let heard = |mails: &[Received], so_many: usize| {
        let copies = copies(mails);
        let called = copies
            .iter()
            .filter(|copy| CALLED.contains(&copy.to.as_str()));
        let heard: BTreeSet<_> = called.map(|copy| (&copy.call_out, &copy.to)).collect();
        heard.len() >= so_many
    };
    // Step by step, so that each has the time that a test waits.
    for so_many in (0..wanted).step_by(50).chain([wanted]) {
        server
            .until("everybody", |mails| heard(mails, so_many))
            .await;
    }
    oracle.stop(daemon, (&town, &server)).await;
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
    let mails = server.mails();
    let copies = copies(&mails);
    let different: BTreeSet<_> = copies.iter().map(|copy| (&copy.to, &copy.id)).collect();
    Figures {
        accepted,
        answered: told.answered.len(),
        seen: copies.len(),
        again: copies.len() - different.len(),
        leaks: oracle.leaks(&town, &mails).len(),
    }
}
