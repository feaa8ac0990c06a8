//! The daemon fails at a place of its own, and what holds afterwards.
//!
//! Owns rows 2, 3, 4, 8 and 12 as far as they need a place.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::crash_loop::ended_at_each_start;
use crate::support::daemon::{TOKEN, Town};
use crate::support::notify::Notified;
use crate::support::oracle::{CALLED, Oracle, copies};
use crate::support::request::request;
use crate::support::smtp::{Act, Received, Script, SmtpServer, Step};

/// Tells the event: status and answer; 0 where the daemon ended before it
/// answered.
fn tell(url: &str) -> (u16, Value) {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let body = br#"{"kind":"security-incident","effect":"residents","key":"once"}"#;
    let told = request(url, ("POST", "/api/v1/events"), &headers, body);
    told.map_or((0, Value::Null), |(status, _, answer)| {
        (status, serde_json::from_str(&answer).unwrap_or_default())
    })
}

/// A town in which the first event that is kept is the one that is told, and not what
/// the daily look keeps.
fn no_daily_look(relay: u16) -> Town {
    let town = Town::new(relay);
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    town.write("rules.toml", &rules.replace("#off = false", "off = true"));
    town
}

/// The daemon ends at a place while it works on the event, and is started again.
/// Everybody hears of the one call-out; how many of its mails came again.
async fn aborted_at(place: &str) -> usize {
    let server = SmtpServer::start(Script::new()).await;
    let town = no_daily_look(server.port);
    let daemon = town.serve_with(&[("MUSTER_FAULTS", &format!("{place}=abort"))]);
    let first = tell(&daemon.url);
    let (code, words) = daemon.last_words();
    assert_eq!(code, None, "it was to be killed at {place}: {words}");
    let mut oracle = Oracle::default();
    oracle.ended(&words, (&town, &server)).await;
    let daemon = town.serve();
    let (status, answer) = tell(&daemon.url);
    let id = answer["call_outs"][0].as_str().unwrap().to_owned();
    match first {
        (202, told) => assert_eq!(
            (status, &told["call_outs"][0]),
            (200, &answer["call_outs"][0])
        ),
        (0, _) => assert_eq!(status, 200, "{place}: it was kept before its answer"),
        (status, answer) => panic!("{status}: {answer}"),
    }
    let heard = |mails: &[Received]| {
        let copies = copies(mails);
        let came = |to: &&str| {
            copies
                .iter()
                .any(|copy| copy.call_out == id && copy.to == **to)
        };
        CALLED.iter().all(came)
    };
    server.until("everybody", heard).await;
    oracle.stop(daemon, (&town, &server)).await;
    oracle.calls(&id, &CALLED);
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
    // Why of everybody: whose mail was taken first is chance.
    let copies = copies(&server.mails());
    let mine: Vec<_> = copies.iter().filter(|copy| copy.call_out == id).collect();
    let mails: BTreeSet<_> = mine.iter().map(|copy| (&copy.id, &copy.to)).collect();
    mine.len() - mails.len()
}

/// Row 2: the relay has taken mails, and the daemon ends before that is kept.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_between_the_relays_word_and_its_commit() {
    let again = aborted_at("settling").await;
    assert!(again > 0, "no mail was taken before the end");
}

/// Row 3: claimed, and the daemon ends before it connects: nothing comes twice.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_between_the_claim_and_the_connection() {
    assert_eq!(aborted_at("claimed").await, 0);
}

/// Row 4: the event is kept, and the daemon ends before it answers: asked again
/// under its key, it is the same call-out.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_between_the_commit_of_an_event_and_its_answer() {
    assert_eq!(aborted_at("recorded").await, 0);
}

/// The daemon with a supervisor.
fn supervised(town: &Town, faults: &str) -> (crate::support::daemon::Served, Notified) {
    let path = town.folder.path().join("notify");
    let notified = Notified::at(&path);
    let path = path.to_str().unwrap();
    let daemon = town.serve_with(&[("NOTIFY_SOCKET", path), ("MUSTER_FAULTS", faults)]);
    (daemon, notified)
}

/// Each time at which the watchdog is fed, until it is silent for longer than two
/// heartbeats.
#[expect(clippy::disallowed_methods, reason = "a real process takes real time")]
fn fed(notified: &Notified) -> Vec<Instant> {
    let fed = || {
        notified
            .word(Duration::from_secs(11))
            .map(|_| Instant::now())
    };
    std::iter::from_fn(fed).take(12).collect()
}

/// How long the supervisor waits from the last ping to the next start
/// (`WatchdogSec` and `RestartSec` of the unit).
const ANEW: Duration = Duration::from_secs(31);

/// The clockwork stands still so when an event is told. The supervisor ends the
/// daemon and starts it again.
#[expect(clippy::disallowed_methods, reason = "a real process takes real time")]
async fn stands_still(faults: &'static str) {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    // Why: what the daily look tells is not the event.
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    town.write("rules.toml", &rules.replace("#off = false", "off = true"));
    let (daemon, notified) = supervised(&town, faults);
    let first = notified.word(Duration::from_secs(20)).unwrap();
    assert!(first.contains("READY=1"), "{first}");
    let told = Instant::now();
    let (status, answer) = tell(&daemon.url);
    assert_eq!(status, 202, "{answer}");
    let id = answer["call_outs"][0].as_str().unwrap().to_owned();
    let fed = tokio::task::block_in_place(|| fed(&notified));
    assert!(fed.len() <= 6, "{faults}: it is fed all the while");
    let last = fed.last().map_or(Duration::ZERO, |last| *last - told);
    assert!(
        server.mails().is_empty(),
        "{faults}: it does not stand still"
    );
    let words = daemon.kill();
    assert!(words.contains("the engine has not turned"), "{words}");
    let mut oracle = Oracle::default();
    oracle.ended(&words, (&town, &server)).await;
    let started = Instant::now();
    let daemon = town.serve();
    server.mail(1).await;
    let late = last + ANEW + started.elapsed();
    println!("{faults}: resumed after {late:?}");
    assert!(late <= Duration::from_secs(60), "{faults}: {late:?}");
    let called = |mails: &[Received]| {
        let copies = copies(mails).into_iter();
        let mine = copies.filter(|copy| copy.call_out == id);
        mine.filter(|copy| CALLED.contains(&copy.to.as_str()))
            .count()
    };
    let everybody = |mails: &[Received]| called(mails) >= CALLED.len();
    server.until("everybody", everybody).await;
    oracle.stop(daemon, (&town, &server)).await;
    oracle.calls(&id, &CALLED);
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{faults}: {problems:#?}");
    assert_eq!(called(&server.mails()), CALLED.len(), "{faults}: each once");
}

/// Row 8: the clockwork waits for ever, or its thread stands still. The
/// supervisor's watchdog is fed for as long as a turn may take, and then no
/// more. Whoever was to be called hears of it within a minute of being to be called,
/// once.
#[test]
fn a_clockwork_that_stands_still_is_not_said_to_live() {
    // Beside each other: each takes its time.
    let both = ["clockwork=wait:2", "clockwork=stall:2"].map(|faults| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        std::thread::spawn(move || runtime.block_on(stands_still(faults)))
    });
    for one in both {
        one.join().unwrap();
    }
}

/// Row 8: the clockwork ends by a defect. The daemon says so and ends with 1.
#[tokio::test(flavor = "multi_thread")]
async fn a_clockwork_that_ends_is_the_end_of_the_daemon() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let (daemon, _notified) = supervised(&town, "clockwork=panic:2");
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(1), "{words}");
    assert!(
        words.contains("動き続けるはずの処理（招集）が止まった"),
        "{words}"
    );
}

/// Row 12: an event is told, nobody has heard, and the daemon ends at each start, each
/// time a little later. The start that is let through calls everybody; no mail comes
/// again that was known to be with the relay, and none as another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_loop_of_failed_starts_harms_nothing() {
    let ended = ended_at_each_start("").await;
    println!("{} mails came, {} of them again", ended.came, ended.again);
    assert!(ended.problems.is_empty(), "{:#?}", ended.problems);
    assert!(ended.again > 0, "no mail was taken before the last end");
}

/// A door ends by a defect while mails are on their way. The daemon says so and
/// ends with 1, as orderly as where it is asked to: what the relay takes in the
/// time that a stop gives is kept, and nothing comes twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_ends_leaves_the_mails_their_time() {
    let server = SmtpServer::start(Script::new().on(Step::Dot, Act::Wait)).await;
    let town = Town::new(server.port);
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    town.write("rules.toml", &rules.replace("#off = false", "off = true"));
    let mut daemon = town.serve_with(&[("MUSTER_FAULTS", "door=panic:2")]);
    assert_eq!(tell(&daemon.url).0, 202);
    server.reached(Step::Dot, CALLED.len()).await;
    assert_eq!(tell(&daemon.url).0, 0);
    daemon.says("a task ended that must not end");
    // Longer than where nothing can be kept any more.
    let pause = tokio::time::timeout(Duration::from_secs(4), std::future::pending::<()>());
    assert!(pause.await.is_err());
    server.set(Script::new());
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(1), "{words}");
    assert!(!words.contains("left to the next start"), "{words}");
    let daemon = town.serve();
    let (status, answer) = tell(&daemon.url);
    assert_eq!(status, 200, "{answer}");
    daemon.signal("-TERM");
    assert_eq!(daemon.wait(), Some(0));
    let id = answer["call_outs"][0].as_str().unwrap();
    let copies = copies(&server.mails());
    let called = copies.iter().filter(|copy| copy.call_out == id);
    let called = called.filter(|copy| CALLED.contains(&copy.to.as_str()));
    assert_eq!(called.count(), CALLED.len(), "nothing comes twice");
}

/// A task at the side ends by a defect, and rests before it is begun anew. A stop
/// does not wait for that.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_a_task_that_rests() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let mut daemon = town.serve_with(&[("MUSTER_FAULTS", "reports=panic:1")]);
    daemon.says("a task at the side ended; it is begun anew");
    daemon.signal("-TERM");
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(0), "{words}");
    assert!(!words.contains("not ended in time"), "{words}");
}

/// A sender ends by a defect in the middle of a message. Its place is free again
/// and its message is settled: a stop has nothing to wait for.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_ends_keeps_no_message_and_no_place() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let mut daemon = town.serve_with(&[("MUSTER_FAULTS", "sender=panic:1")]);
    assert_eq!(tell(&daemon.url).0, 202);
    daemon.says("a fault at sender");
    daemon.signal("-TERM");
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(0), "{words}");
    assert!(!words.contains("left to the next start"), "{words}");
}

/// The store's writer ends by a defect. Nothing could be kept any more: the
/// daemon says so and ends with 1.
#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_ends_is_the_end_of_the_daemon() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve_with(&[("MUSTER_FAULTS", "settling=panic:1")]);
    assert_eq!(tell(&daemon.url).0, 202);
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("保存先を信頼できなくなった"), "{words}");
}

/// The store's writer meets a defect just after the commit of an event. Whoever told it
/// hears that nobody knows, and under its key it is the call-out that was kept.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_told_what_a_defect_of_the_writer_met_hears_that_nobody_knows() {
    let server = SmtpServer::start(Script::new()).await;
    let town = no_daily_look(server.port);
    let daemon = town.serve_with(&[("MUSTER_FAULTS", "recorded=panic:1")]);
    let (status, answer) = tell(&daemon.url);
    assert_eq!(status, 503, "{answer}");
    let detail = answer["detail"].as_str().unwrap();
    assert!(
        detail.contains("what is on disk") && detail.contains("same key"),
        "{detail}"
    );
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(1), "{words}");
    let daemon = town.serve();
    let (status, answer) = tell(&daemon.url);
    assert_eq!(status, 200, "{answer}");
    server.mail(1).await;
}

/// A question for an answer link meets a defect: whoever asked is told that it
/// failed, and the next one has an answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_meets_a_defect_stops_no_other() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    assert_eq!(tell(&daemon.url).0, 202);
    let mail = server.mail(1).await;
    // Why stopped: a daemon knows the links of what it sent itself.
    daemon.signal("-TERM");
    assert_eq!(daemon.wait(), Some(0));
    let daemon = town.serve_with(&[("MUSTER_FAULTS", "links=panic:1")]);
    let parsed = mail_parser::MessageParser::default().parse(&mail.data);
    let text = parsed.unwrap().body_text(0).unwrap().into_owned();
    let link = &text[text.find("/a/").unwrap()..];
    let link = link.split_whitespace().next().unwrap();
    assert_eq!(daemon.call("GET", link, None, None).0, 503);
    assert_eq!(daemon.call("GET", link, None, None).0, 200);
}

/// An answer meets a defect after memory has taken it and before it is queued
/// for the disk: nobody is told of an answer that was never kept.
#[tokio::test(flavor = "multi_thread")]
async fn memory_is_not_believed_after_a_defect() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    // Why: a telephone that nothing leads to is a change of its own, at any time.
    let roster = std::fs::read_to_string(town.config().join("roster.toml")).unwrap();
    let by_mail = |line: &str| match line.split_once(", { webhook") {
        Some((mail, _)) => format!("{mail}]\n"),
        None => format!("{line}\n"),
    };
    town.write(
        "roster.toml",
        &roster.lines().map(by_mail).collect::<String>(),
    );
    let daemon = town.serve_with(&[("MUSTER_FAULTS", "changing=panic:1")]);
    let (status, told) = tell(&daemon.url);
    assert_eq!(status, 202);
    let path = format!(
        "/api/v1/call-outs/{}",
        told["call_outs"][0].as_str().unwrap()
    );
    let answers = format!("{path}/acknowledgements");
    let coming = r#"{"person":"it-1","answer":"coming","eta_minutes":30}"#;
    let answered = || daemon.call("POST", &answers, Some(TOKEN), Some(coming)).0;
    let counted = || {
        let (_, seen) = daemon.call("GET", &path, Some(TOKEN), None);
        let seen: Value = serde_json::from_str(&seen).unwrap();
        seen["counts"]["coming"].clone()
    };
    assert_eq!(answered(), 500);
    assert_eq!(counted(), 0);
    assert_eq!(answered(), 200);
    assert_eq!(counted(), 1);
}
