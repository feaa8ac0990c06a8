//! The stages of call-outs whose daemon was killed again and again.
//!
//! Owns I5 of the kills, by what the accounts say. It must not know when the kills
//! were.

use jiff::{SignedDuration, Timestamp};
use muster::domain::id::CallOutId;
use muster::domain::journal::Entry;
use serde_json::Value;

use crate::fault::process::{follow, stage};
use crate::support::daemon::{Served, TOKEN, Town};
use crate::support::oracle::a_copy;

/// I5: a stage leaves no later than this after its time, by the time that the daemon
/// runs: its starts are included.
pub(in crate::fault) const LATEST: SignedDuration = SignedDuration::from_secs(10);

/// From when to when the daemon ran.
pub(in crate::fault) type Life = (Timestamp, Timestamp);

/// How long it ran between two times.
pub(in crate::fault) fn ran(lives: &[Life], from: Timestamp, to: Timestamp) -> SignedDuration {
    let within = |(begun, ended): &Life| {
        let ran = (*ended).min(to).duration_since((*begun).max(from));
        ran.max(SignedDuration::ZERO)
    };
    lives.iter().map(within).sum()
}

/// What was seen of them.
#[derive(Debug, Default)]
pub(super) struct Stages {
    /// How many began after a time of waiting.
    pub(super) begun: usize,
    /// By how much the latest was late.
    pub(super) worst: SignedDuration,
    /// The same by the time that the daemon ran.
    pub(super) worst_up: SignedDuration,
}

/// Waits until each of these incidents that still wants somebody has come to its last
/// stage, which is seconds after its first: a kill leaves none standing where it was.
pub(super) fn each_comes_to_its_last<'a>(daemon: &Served, ids: impl Iterator<Item = &'a String>) {
    for id in ids {
        let (_, seen) = daemon.call("GET", &format!("/api/v1/call-outs/{id}"), Some(TOKEN), None);
        let seen: Value = serde_json::from_str(&seen).unwrap();
        let met = |target: &Value| target["met"] == true;
        if seen["targets"].as_array().unwrap().iter().all(met) {
            continue;
        }
        let last = seen["stages"].as_i64();
        let mut begun = follow(daemon, id).filter_map(stage);
        let came = begun.any(|(stage, _)| Some(stage) == last);
        assert!(came, "I5: {id} stands at stage {}", seen["stage"]);
    }
}

/// Each stage of these call-outs came once, in order and not early, and none is missing
/// between two that came.
pub(super) async fn judge<'a>(
    town: &Town,
    call_outs: impl Iterator<Item = &'a String>,
    lives: &[Life],
) -> Stages {
    let (_copy, store) = a_copy(town).await.unwrap();
    let mut stages = Stages::default();
    for id in call_outs {
        let id = CallOutId::new(id);
        let kept = store.load(&id).await.unwrap().unwrap();
        let waits: Vec<SignedDuration> = kept
            .call_out
            .procedure
            .stages
            .iter()
            .map(|stage| stage.after.try_into().unwrap())
            .collect();
        let mut came: Vec<Timestamp> = Vec::new();
        for record in store.journal(&id, 0).await.unwrap() {
            if let Entry::Stage { stage, .. } | Entry::StagePassed { stage } = record.entry {
                assert_eq!(
                    stage as usize,
                    came.len() + 1,
                    "I5: {id}: in order, each once"
                );
                came.push(record.at);
            }
        }
        for (number, pair) in came.windows(2).enumerate() {
            let due = pair[0] + (waits[number + 1] - waits[number]);
            let late = pair[1].duration_since(due);
            assert!(
                !late.is_negative(),
                "I5: {id}: stage {} is early",
                number + 2
            );
            let up = ran(lives, due, pair[1]);
            assert!(
                up <= LATEST,
                "I5: {id}: stage {} is {late} late, {up} of them with the daemon up",
                number + 2
            );
            stages.begun += 1;
            stages.worst = stages.worst.max(late);
            stages.worst_up = stages.worst_up.max(up);
        }
        assert!(!came.is_empty(), "I5: {id}: no stage");
    }
    stages
}
