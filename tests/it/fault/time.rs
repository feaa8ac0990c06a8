//! Part E of `docs/reliability.md` on the real process: its wall clock is set
//! while it runs, and at its start.
//!
//! `story::clock` plays the same by a clock that is moved by hand.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use muster::clock::Clock;
use muster::domain::delivery::Reason;
use serde_json::Value;

use super::process::follow;
use crate::delivery::{ACCEPTED, email_channels_by, kind, mail, noon, retry, send};
use crate::fault::kill::stages::{LATEST, Life, ran};
use crate::support::daemon::{Served, TOKEN, Town};
use crate::support::oracle::Oracle;
use crate::support::smtp::{Script, SmtpServer, settings};
use crate::support::wall_clock::WallClock;
use crate::support::world::World;

/// A test that waits for a stage longer than this waits in vain.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long after the one before a stage is due.
const APART: SignedDuration = SignedDuration::from_secs(3);

/// How much sooner it may be seen: the one before is seen a moment after it began.
const SEEN: SignedDuration = SignedDuration::from_millis(100);

fn now() -> Timestamp {
    Clock::system().now()
}

/// A town in which an incident's stages begin three and six seconds after it.
fn town(server: &SmtpServer) -> Town {
    let town = Town::new(server.port);
    town.shorten_incident();
    town
}

fn tell(daemon: &Served) -> String {
    let event = r#"{"kind":"security-incident","effect":"residents"}"#;
    let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(event));
    assert_eq!(status, 202, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["call_outs"][0].as_str().unwrap().to_owned()
}

/// A call-out's account as it grows.
struct Account {
    lines: Box<dyn Iterator<Item = String>>,
    /// So many entries come again that were seen before a kill.
    again: usize,
    /// With the time at which each was first seen.
    entries: Vec<(Value, Timestamp)>,
}

impl Account {
    fn follow(daemon: &Served, id: &str) -> Self {
        Self {
            lines: Box::new(follow(daemon, id)),
            again: 0,
            entries: Vec::new(),
        }
    }

    /// The same account, of the daemon's next life.
    fn goes_on(&mut self, daemon: &Served, id: &str) {
        self.lines = Box::new(follow(daemon, id));
        self.again = self.entries.len();
    }

    /// Reads on until a stage has begun.
    fn until_stage(&mut self, stage: i64) {
        let since = now();
        loop {
            assert!(
                now().duration_since(since).unsigned_abs() < PATIENCE,
                "stage {stage} does not begin: {:#?}",
                self.entries
            );
            let line = self.lines.next().expect("the account ends too early");
            let Some(entry) = line.strip_prefix("data: ") else {
                continue;
            };
            if self.again > 0 {
                self.again -= 1;
                continue;
            }
            let entry: Value = serde_json::from_str(entry).unwrap();
            let reached = entry["entry"] == "stage" && entry["stage"] == stage;
            self.entries.push((entry, now()));
            if reached {
                return;
            }
        }
    }

    fn entries<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a (Value, Timestamp)> {
        self.entries
            .iter()
            .filter(move |(entry, _)| entry["entry"] == kind)
    }

    /// I5: each stage came once, in order, not early and no later than it may, by the
    /// account and by our own clock; that counts the time in which the daemon ran.
    fn judge(&self, lives: &[Life]) {
        let stages: Vec<_> = self.entries("stage").collect();
        let numbers: Vec<_> = stages
            .iter()
            .map(|(entry, _)| entry["stage"].as_i64())
            .collect();
        assert_eq!(numbers, [1, 2, 3].map(Some));
        let said = |entry: &Value| entry["at"].as_str().unwrap().parse::<Timestamp>().unwrap();
        let mut due_at_best = stages[0].1;
        for pair in stages.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            let by_account = said(&after.0).duration_since(said(&before.0)) - APART;
            let words = format!("{:?} comes {by_account} after it is due", after.0["stage"]);
            assert!(by_account.as_millis() >= -10, "I5: early: {words}");
            assert!(by_account <= LATEST, "I5: late: {words}");
            // Why from the first: a clock that is set right makes good what it had lost.
            due_at_best += APART;
            let early = due_at_best.duration_since(after.1);
            assert!(early <= SEEN, "I5: {:?} is {early} early", after.0["stage"]);
            let late = ran(lives, before.1 + APART, after.1);
            assert!(late <= LATEST, "I5: {:?} is {late} late", after.0["stage"]);
        }
    }
}

/// The last stage has begun. Each mail of the call-out comes, the daemon stops in
/// order, and the judge finds nothing: each came once, and the account is a chain.
async fn ends_well(
    daemon: Served,
    id: &str,
    (town, server): (&Town, &SmtpServer),
    mut oracle: Oracle,
) {
    oracle.each_mail_comes(id, 3, (town, server)).await;
    oracle.stop(daemon, (town, server)).await;
    let problems = oracle.after(town, server).await;
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Row 59: the wall clock is set a day on, or an hour back, after the first
/// stage.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_the_wall_clock_moves_no_stage_of_the_process() {
    for (step, seconds) in [("+1d", 86_400), ("-1h", -3_600)] {
        let server = SmtpServer::start(Script::new()).await;
        let town = town(&server);
        let Some(wall) = WallClock::off_by(town.folder.path(), "+0") else {
            return;
        };
        let begun = now();
        let daemon = town.serve_with(&wall.variables());
        let id = tell(&daemon);
        let mut account = Account::follow(&daemon, &id);
        account.until_stage(1);
        wall.set(step);
        account.until_stage(3);
        account.judge(&[(begun, now())]);
        let steps: Vec<_> = account.entries("clock-set").collect();
        assert_eq!(steps.len(), 1, "{step}: {steps:?}");
        let by = steps[0].0["seconds"].as_i64().unwrap();
        assert!((by - seconds).abs() <= 2, "{step}: {by}");
        ends_well(daemon, &id, (&town, &server), Oracle::default()).await;
    }
}

/// Row 60: killed with a call-out open, and started in 1970, before the time
/// server has answered: it goes on from what it recorded, a link that was sent
/// is good, and when the time comes, it is believed.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_starts_in_1970_goes_on_and_believes_the_time_later() {
    let server = SmtpServer::start(Script::new()).await;
    let town = town(&server);
    let Some(wall) = WallClock::off_by(town.folder.path(), "+0") else {
        return;
    };
    let begun = now();
    let daemon = town.serve_with(&wall.variables());
    let id = tell(&daemon);
    let mut account = Account::follow(&daemon, &id);
    account.until_stage(1);
    server.mail(1).await;
    let mut oracle = Oracle::default();
    let first = (begun, now());
    oracle.kill(daemon, (&town, &server)).await;
    // Fifty-six years and some days back.
    wall.set("-20750d");
    let begun = now();
    let mut daemon = town.serve_with(&wall.variables());
    daemon.says("the clock is earlier than the newest record");
    account.goes_on(&daemon, &id);
    account.until_stage(2);
    let mail = server.mail(1).await;
    let link = link(&mail.text());
    let (status, page) = daemon.call("GET", &link, None, None);
    assert_eq!(status, 200, "{page}");
    wall.set("+0");
    account.until_stage(3);
    // Back to the time that went on, which is a second or two off.
    assert_eq!(account.entries("clock-set").count(), 1);
    account.judge(&[first, (begun, now())]);
    ends_well(daemon, &id, (&town, &server), oracle).await;
}

/// The path of the answer link in a mail.
pub(super) fn link(mail: &str) -> String {
    let parser = mail_parser::MessageParser::default();
    let parsed = parser.parse(mail.as_bytes()).unwrap();
    let text = parsed.body_text(0).unwrap().into_owned();
    let at = text.find("/a/").unwrap();
    let path = text[at..].split_whitespace().next().unwrap();
    path.to_owned()
}

/// Row 60: a machine whose clock is ten years ahead at its start, and is set
/// right in the middle of a call-out that began by it.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_starts_in_2036_keeps_its_distances_when_it_is_set_right() {
    let server = SmtpServer::start(Script::new()).await;
    let town = town(&server);
    let Some(wall) = WallClock::off_by(town.folder.path(), "+3650d") else {
        return;
    };
    let begun = now();
    let daemon = town.serve_with(&wall.variables());
    let id = tell(&daemon);
    let mut account = Account::follow(&daemon, &id);
    account.until_stage(1);
    let mail = server.mail(1).await;
    wall.set("+0");
    account.until_stage(3);
    account.judge(&[(begun, now())]);
    assert_eq!(account.entries("clock-set").count(), 1);
    let (status, page) = daemon.call("GET", &link(&mail.text()), None, None);
    assert_eq!(status, 200, "{page}");
    ends_well(daemon, &id, (&town, &server), Oracle::default()).await;
}

/// Row 61: held still, the wall clock eight hours on, and let go on: what is
/// overdue begins in order and at its distance, and the account says what
/// happened.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_was_held_while_the_clock_went_on_keeps_the_order() {
    let server = SmtpServer::start(Script::new()).await;
    let town = town(&server);
    let Some(wall) = WallClock::off_by(town.folder.path(), "+0") else {
        return;
    };
    let begun = now();
    let daemon = town.serve_with(&wall.variables());
    let id = tell(&daemon);
    let mut account = Account::follow(&daemon, &id);
    account.until_stage(1);
    daemon.signal("-STOP");
    wall.set("+8h");
    // What is done to it takes its time: longer than until the second stage.
    let pause = tokio::time::timeout(Duration::from_secs(4), std::future::pending::<()>());
    assert!(pause.await.is_err());
    daemon.signal("-CONT");
    account.until_stage(3);
    account.judge(&[(begun, now())]);
    assert_eq!(account.entries("clock-set").count(), 1);
    ends_well(daemon, &id, (&town, &server), Oracle::default()).await;
}

/// Row 61: the machine sleeps for eight hours. At its waking one overdue stage
/// begins, and the next as long after it as was planned.
#[tokio::test]
async fn a_machine_that_slept_begins_what_is_overdue_one_by_one() {
    let world = World::with(|plan| {
        plan.readiness = None;
        // Otherwise a person is asked first (`story::stale`).
        for procedure in plan.procedures.values_mut() {
            procedure.stale_after = Duration::from_secs(24 * 3600);
        }
    })
    .await;
    let id = world.incident("residents").await.remove(0);
    assert_eq!(world.see(&id).await.stage, 1);
    world.away("8h");
    world.turn().await;
    assert_eq!(world.see(&id).await.stage, 2, "one at its waking");
    world.advance("9m").await;
    assert_eq!(world.see(&id).await.stage, 2, "the next not at once");
    world.advance("2m").await;
    assert_eq!(world.see(&id).await.stage, 3);
    let timeline = world.timeline(&id).await;
    assert!(!timeline.contains("マシンの時計"), "{timeline}");
}

/// A mail waits for its relay's next second, and the machine sleeps over it. As
/// it wakes it is given back, so that whoever sends looks whether it is still
/// to leave; one that is sent then leaves.
#[tokio::test]
async fn a_mail_that_waited_for_its_relay_over_a_sleep_is_looked_at_again() {
    let relay = SmtpServer::start(Script::new()).await;
    let mut relays = settings(vec![relay.relay()]);
    relays.relays[0].rate = Some(1);
    let clock = Clock::manual(noon());
    let channels = email_channels_by(relays, clock.clone());
    assert_eq!(
        kind(&send(&channels, mail(1, "a@example.jp")).await),
        ACCEPTED
    );
    let mut waits = tokio::task::JoinSet::new();
    let waiting = channels.clone();
    waits.spawn(async move { send(&waiting, mail(2, "b@example.jp")).await });
    tokio::task::yield_now().await;
    clock.advance(Duration::from_secs(7 * 3600));
    let given_back = waits.join_next().await.unwrap().unwrap();
    assert_eq!(kind(&given_back), retry(Reason::Busy));
    assert_eq!(relay.mails().len(), 1);
    assert_eq!(
        kind(&send(&channels, mail(2, "b@example.jp")).await),
        ACCEPTED
    );
}
