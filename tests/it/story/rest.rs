//! A daemon with nothing to do rests, by a clock that moves as well.

use std::sync::Arc;
use std::time::Duration;

use muster::clock::Clock;
use muster::config::{self, Sources};
use muster::domain::readiness;

use crate::support::world::{ROOM, Recorder, engine};

/// Looks, at the most, before it must have come to rest.
const LOOKS: usize = 1_000;

/// What is due is never "now" for ever: as it starts, readiness is looked into
/// once, and then nothing is due until its time.
#[tokio::test]
async fn a_daemon_that_has_just_started_comes_to_rest() {
    let checked = config::check(&Sources::example(), &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let recorder = Arc::new(Recorder::default());
    let engine = engine(&folder, &checked, (&clock, ROOM), &recorder).await;
    let rests = async {
        for _ in 0..LOOKS {
            let due = engine.next_due().await.unwrap();
            if due.is_some_and(|due| due > engine.now()) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let calling = async {
        engine.run(rests, Duration::from_secs(1)).await;
        drop(stop);
    };
    let looking = engine.look_daily(async {
        let _ = stopped.await;
    });
    tokio::join!(calling, looking);
    assert!(engine.next_due().await.unwrap().unwrap() > engine.now());
    let at = checked.plan.readiness.unwrap();
    let day = readiness::day(at, &checked.plan.time_zone, engine.now());
    let kept = engine.store().event_of(&format!("readiness:{day}")).await;
    assert!(kept.unwrap().is_some());
}
