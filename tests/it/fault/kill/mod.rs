//! Killed again and again, while clients tell events and answer.
//!
//! Owns row 1, by mail, by a gateway and by the command line, and a drill among it. What was told is kept
//! on a list of its own, which nothing is taken from; the oracle compares it with
//! what came. `tests/fault kill` runs more rounds, or the same ones again.

mod client;
mod drill;
pub(super) mod stages;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use muster::clock::{Clock, Draw};
use serde_json::Value;

use self::client::{Told, Way, calls_everybody, client, crowd, id, tell};
use self::stages::Life;
use crate::support::daemon::{Served, TOKEN, Town};
use crate::support::from_environment;
use crate::support::hook::{self, HookServer};
use crate::support::oracle::{Copy, Oracle, copies, posted};
use crate::support::smtp::{Received, Script, SmtpServer};
use crate::support::staff::staff;

/// How many clients tell events; the last of them does so by the command line.
const CLIENTS: usize = 4;

/// Whom such an event calls by mail, besides who answers.
const CALLED: [&str; 3] = [
    "deputy-mayor@example.jp",
    "it-manager@example.jp",
    "it-2@example.jp",
];

/// Where their telephones ring, whatever is told.
const RUNG: [&str; 3] = ["+81-0-0000-0002", "+81-0-0000-0005", "+81-0-0000-0007"];

/// So many people more has the town: everybody is more than begin in one commit.
const CROWD: usize = 120;

/// In one life of so many everybody is called as well.
const EVERYBODY: u64 = 5;

/// In as many, and in others, somebody begins a drill, unless it runs.
const DRILL: u64 = 5;

/// The example town with more people, in which the stages of an incident are seconds
/// apart and an answer counts at once.
fn large_town(server: &SmtpServer, gateway: &HookServer) -> Town {
    let town = Town::new(server.port);
    town.rings(&gateway.url());
    town.shorten_incident();
    let read = |file: &str| std::fs::read_to_string(town.config().join(file)).unwrap();
    let rules = read("rules.toml").replace("doubt_seconds = 5", "doubt_seconds = 0");
    town.write("rules.toml", &rules);
    town.grows_by(CROWD);
    town
}

/// One life of the daemon: clients tell and answer until it is killed.
async fn life(
    (town, server): (&Arc<Town>, &Arc<SmtpServer>),
    oracle: &mut Oracle,
    round: u64,
    draw: &mut Draw,
) -> (Told, Life) {
    let begun = Clock::system().now();
    let daemon = town.serve();
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (url, server) = (daemon.url.clone(), server.clone());
            let way = match number + 1 {
                CLIENTS => Way::Command(town.clone()),
                _ => Way::Http,
            };
            std::thread::spawn(move || client((&url, &way), (round, number), &server))
        })
        .collect();
    if round.is_multiple_of(EVERYBODY) {
        let url = daemon.url.clone();
        clients.push(std::thread::spawn(move || crowd(&url, &round.to_string())));
    }
    if round % DRILL == DRILL / 2 {
        let url = daemon.url.clone();
        clients.push(std::thread::spawn(move || {
            drill::beside(&url, format!("drill {round}"))
        }));
    }
    let life = Duration::from_millis(50 + draw.below(550));
    // It is to live for as long as the seed says.
    let lived = tokio::time::timeout(life, std::future::pending::<()>());
    assert!(lived.await.is_err());
    let ended = Clock::system().now();
    oracle.kill(daemon, (town, server)).await;
    let mut told = Told::default();
    for client in clients {
        told.add(client.join().unwrap());
    }
    (told, (begun, ended))
}

/// How often one town's daemon is killed, before another's is.
///
/// Why: all that was told stays open, and a town has no thousand of them.
const KILLS: u64 = 25;

/// What was seen.
#[derive(Debug, Default)]
struct Figures {
    accepted: usize,
    everybody: usize,
    by_command: usize,
    answered: usize,
    by_link: usize,
    drills: usize,
    of_drills: usize,
    seen: usize,
    again: usize,
    posts: usize,
    posts_again: usize,
    stages: usize,
    worst: SignedDuration,
    worst_up: SignedDuration,
    leaks: usize,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.everybody += other.everybody;
        self.by_command += other.by_command;
        self.answered += other.answered;
        self.by_link += other.by_link;
        self.drills += other.drills;
        self.of_drills += other.of_drills;
        self.seen += other.seen;
        self.again += other.again;
        self.posts += other.posts;
        self.posts_again += other.posts_again;
        self.stages += other.stages;
        self.worst = self.worst.max(other.worst);
        self.worst_up = self.worst_up.max(other.worst_up);
        self.leaks += other.leaks;
    }
}

/// Row 1: whatever was answered before a kill is there after it, and goes out;
/// what was not answered is there once or not at all, and is the same under its
/// key; no confirmed answer is lost; no mail and no post comes more often than it may.
/// Each of a drill that is begun beside it is marked as one, no other is, and its record
/// is whole in the end.
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
        sum.add(&town(kills, &mut draw).await);
    }
    println!(
        "{rounds} kills: {} events ({} of everybody, {} by the command line) and {} answers \
         ({} by a link) acknowledged, {} mails seen, {} of them again, {} posts to a gateway, \
         {} of them again; {} drills with {} of them; {} stages at their time, the latest {} ms late, {} ms of them up; {} leaks",
        sum.accepted,
        sum.everybody,
        sum.by_command,
        sum.answered,
        sum.by_link,
        sum.seen,
        sum.again,
        sum.posts,
        sum.posts_again,
        sum.drills,
        sum.of_drills,
        sum.stages,
        sum.worst.as_millis(),
        sum.worst_up.as_millis(),
        sum.leaks
    );
}

/// Each event that was told has its call-out, once, and is the same under its key;
/// how many of them were answered as accepted, and how many call everybody.
fn events(daemon: &Served, told: &Told, oracle: &mut Oracle) -> (usize, usize) {
    let (mut accepted, mut everybody) = (0, 0);
    let crowd: Vec<String> = staff(CROWD).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
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
        if calls_everybody(key) {
            everybody += 1;
            oracle.calls(&call_out, &crowd);
        } else {
            oracle.calls(&call_out, &CALLED);
        }
        oracle.rings(&call_out, &RUNG);
    }
    (accepted, everybody)
}

/// No answer that was confirmed is lost.
fn answers(daemon: &Served, told: &Told) {
    for call_out in &told.answered {
        let path = format!("/api/v1/call-outs/{call_out}");
        let (_, seen) = daemon.call("GET", &path, Some(TOKEN), None);
        let seen: Value = serde_json::from_str(&seen).unwrap();
        assert_eq!(
            seen["counts"]["coming"], 1,
            "the answer to {call_out} was lost"
        );
    }
}

/// Waits until whoever was called has heard, and a stage came after the first.
async fn everybody_has_heard(server: &SmtpServer, oracle: &Oracle) {
    oracle.everybody_hears(server).await;
    oracle.every_telephone_rings().await;
    let (mut first, mut read) = (BTreeMap::new(), 0);
    // Why only what is new: each mail rings, and to read all of them anew for each takes
    // longer than they do.
    let more_than_once = |mails: &[Received]| {
        let new = copies(&mails[read..]);
        read = mails.len();
        new.into_iter().any(|copy| {
            let one = CALLED.contains(&copy.to.as_str());
            let id = first
                .entry((copy.call_out, copy.to))
                .or_insert(copy.id.clone());
            one && *id != copy.id
        })
    };
    server.until("a later stage", more_than_once).await;
}

/// One town's daemon is killed so often, and judged.
async fn town(rounds: u64, draw: &mut Draw) -> Figures {
    let server = Arc::new(SmtpServer::start(Script::new()).await);
    let gateway = Arc::new(HookServer::start(hook::Script::new()).await);
    let town = Arc::new(large_town(&server, &gateway));
    let (mut told, mut oracle) = (Told::default(), Oracle::default());
    oracle.gateway = Some(gateway.clone());
    let mut lives = Vec::new();
    for round in 0..rounds {
        let (heard, life) = life((&town, &server), &mut oracle, round, draw).await;
        told.add(heard);
        lives.push(life);
    }
    let last = Clock::system().now();
    let daemon = town.serve();
    let (accepted, everybody) = events(&daemon, &told, &mut oracle);
    answers(&daemon, &told);
    let drill = drill::the_only_one(&daemon, &told);
    oracle.drills.insert(drill.clone());
    oracle.calls(&drill, &CALLED);
    oracle.rings(&drill, &RUNG);
    everybody_has_heard(&server, &oracle).await;
    let incidents = oracle.called.iter();
    let incidents = incidents.filter(|(_, called)| called.contains(CALLED[0]));
    let incidents = incidents.map(|(id, _)| id);
    tokio::task::block_in_place(|| stages::each_comes_to_its_last(&daemon, incidents));
    tokio::task::block_in_place(|| drill::ends(&daemon, &drill));
    oracle.stop(daemon, (&town, &server)).await;
    lives.push((last, Clock::system().now()));
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
    let stages = stages::judge(&town, oracle.called.keys(), &lives).await;
    let mails = server.mails();
    let (copies, posts) = (copies(&mails), posted(&gateway.posts()));
    Figures {
        accepted,
        everybody,
        by_command: told.by_command,
        answered: told.answered.len(),
        by_link: told.by_link,
        drills: oracle.drills.len(),
        of_drills: copies
            .iter()
            .chain(&posts)
            .filter(|copy| copy.call_out == drill)
            .count(),
        seen: copies.len(),
        again: again(&copies),
        posts: posts.len(),
        posts_again: again(&posts),
        stages: stages.begun,
        worst: stages.worst,
        worst_up: stages.worst_up,
        leaks: oracle.leaks(&town, &mails).len(),
    }
}

/// How many of these had come before.
fn again(copies: &[Copy]) -> usize {
    let different: BTreeSet<_> = copies.iter().map(|copy| (&copy.to, &copy.id)).collect();
    copies.len() - different.len()
}
