//! A daemon that ends at each start, with a call-out of which nobody has heard.
//!
//! Owns the course of row 12: where each life ends, and what holds after the one that
//! is let through. It must not know whether the program was made to do worse.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;

use serde_json::Value;

use crate::support::daemon::{TOKEN, Town, under};
use crate::support::oracle::{Oracle, copies};
use crate::support::smtp::{Act, Script, SmtpServer, Step};
use crate::support::staff::staff;

/// So many people more has the town: everybody is more than begin in two commits.
const CROWD: usize = 120;

/// An event that calls everybody.
const EVENT: &str = r#"{"kind":"threat","like":"P1","threat":"噴火","key":"once"}"#;

/// Where the lives end, in this order: before anything is read, at the first turn, as
/// what is open is read, as what was claimed is kept, as the first mail is made, and as
/// the relay's word is to be kept. Then a few of them again, of what is left.
const ENDS: [&str; 9] = [
    "start",
    "clockwork",
    "resuming",
    "claimed",
    "sender",
    "settling",
    "resuming",
    "claimed",
    "settling",
];

const SIGABRT: i32 = 6;

/// What came of it.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) problems: Vec<String>,
    /// So many mails came.
    pub(super) came: usize,
    /// So many of them had come before.
    pub(super) again: usize,
}

/// A life that ends at a place; all that it said.
///
/// Why under `timeout`: a place that is not passed ends nothing.
fn ends_at(town: &Town, place: &str, worse: &str) -> String {
    let mut start = town.command(&["serve"]);
    start.env("MUSTER_FAULTS", format!("{place}=abort,{worse}"));
    let ended = under(&["timeout", "60"], &start).output().unwrap();
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    let signal = ended.status.signal();
    assert_eq!(signal, Some(SIGABRT), "it was to end at {place}: {words}");
    words
}

/// An event is told while the relay stands still, and the daemon ends; then it ends at
/// each start. What is wrong after one that is let through.
pub(super) async fn ended_at_each_start(worse: &str) -> Ended {
    let server = SmtpServer::start(Script::new().on(Step::Mail, Act::Stall)).await;
    let town = Town::new(server.port);
    // Why: what the daily look tells is not the event.
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    town.write("rules.toml", &rules.replace("#off = false", "off = true"));
    town.grows_by(CROWD);
    let daemon = town.serve_with(&[("MUSTER_FAULTS", "parts=abort:2")]);
    let told = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(EVENT));
    assert_eq!(told.0, 202, "{}", told.1);
    let told: Value = serde_json::from_str(&told.1).unwrap();
    let id = told["call_outs"][0].as_str().unwrap().to_owned();
    let (code, words) = daemon.last_words();
    assert_eq!(code, None, "it was to end between two parts: {words}");
    let mut oracle = Oracle::default();
    oracle.ended(&words, (&town, &server)).await;
    assert!(server.mails().is_empty(), "somebody has heard already");
    server.set(Script::new());
    for place in ENDS {
        let words = ends_at(&town, place, worse);
        oracle.ended(&words, (&town, &server)).await;
    }
    let crowd: Vec<String> = staff(CROWD).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    oracle.calls(&id, &crowd);
    let daemon = town.serve_with(&[("MUSTER_FAULTS", worse)]);
    oracle.everybody_hears(&server).await;
    let (status, again) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(EVENT));
    let again: Value = serde_json::from_str(&again).unwrap();
    oracle.stop(daemon, (&town, &server)).await;
    let mut problems = oracle.after(&town, &server).await;
    if (status, &again["call_outs"][0]) != (200, &told["call_outs"][0]) {
        problems.push(format!("told again it is another: {status}: {again}"));
    }
    let copies = copies(&server.mails());
    let different: BTreeSet<_> = copies.iter().map(|copy| (&copy.to, &copy.id)).collect();
    Ended {
        problems,
        came: copies.len(),
        again: copies.len() - different.len(),
    }
}
