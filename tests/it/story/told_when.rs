//! When an event happened, as its reporter says it: believed within limits, so
//! that a slip of the zone or of the day calls nobody twice, and nobody for
//! what is long over.

use jiff::SignedDuration;
use muster::domain::event::{EventKind, Intensity};
use muster::engine::{Accepted, Became, Error, Told};

use crate::support::world::{World, told};

fn quake(intensity: &str) -> Told {
    let intensity = Intensity::parse(intensity).unwrap();
    told(EventKind::Earthquake { intensity })
}

/// Tells an earthquake that happened so long from now.
async fn tell(world: &World, intensity: &str, from_now: &str) -> Result<Accepted, Error> {
    let by: SignedDuration = from_now.parse().unwrap();
    let told = Told {
        at: Some(world.engine.now() + by),
        ..quake(intensity)
    };
    world.engine.tell(told).await
}

/// Japanese time written as UTC is nine hours ahead: refused in words, whether
/// something runs or not, and nobody is called twice for one earthquake.
#[tokio::test]
async fn a_time_to_come_is_refused() {
    let world = World::example().await;
    for runs in [false, true] {
        if runs {
            world.earthquake("5-").await;
        }
        let sent = world.sent().len();
        for slip in ["9h", "1h 1s"] {
            let refused = tell(&world, "5-", slip).await.unwrap_err();
            for (words, part) in [
                (refused.to_string(), "has not come yet"),
                (refused.to_string(), "+09:00"),
                (refused.ja(), "まだ来ていません"),
                (refused.ja(), "+09:00"),
            ] {
                assert!(words.contains(part), "{words}");
            }
        }
        world.turn().await;
        assert_eq!(world.sent().len(), sent, "{runs}");
    }
}

/// The clock of a feed that goes wrong by minutes costs nobody the call.
#[tokio::test]
async fn a_clock_that_is_a_little_ahead_is_forgiven() {
    let world = World::example().await;
    let accepted = tell(&world, "5-", "1h").await.unwrap();
    assert_eq!(accepted.became, Became::Opened);
}

/// Entered by hand a day later, after the power came back; what is older is
/// refused and says how to call people all the same.
#[tokio::test]
async fn what_is_older_than_a_day_is_refused() {
    let world = World::example().await;
    let refused = tell(&world, "5-", "-24h 1s").await.unwrap_err();
    let (en, ja) = (refused.to_string(), refused.ja());
    assert!(
        en.contains("24 hours") && en.contains("leave the time out"),
        "{en}"
    );
    assert!(ja.contains("24時間") && ja.contains("時刻を書かず"), "{ja}");
    let accepted = tell(&world, "5-", "-24h").await.unwrap();
    assert_eq!(accepted.became, Became::Opened);
}

/// A later report by a person's word is looked at likewise.
#[tokio::test]
async fn a_report_of_what_runs_is_looked_at_as_well() {
    let world = World::example().await;
    let id = world.earthquake("5-").await.remove(0);
    for slip in ["9h", "-48h"] {
        let by: SignedDuration = slip.parse().unwrap();
        let told = Told {
            at: Some(world.engine.now() + by),
            ..quake("6-")
        };
        assert!(world.engine.grow(&id, told).await.is_err(), "{slip}");
    }
}

/// The same report under its key is what it was, however late it comes again.
#[tokio::test]
async fn what_was_told_before_is_never_too_old() {
    let world = World::example().await;
    let told = Told {
        key: Some("quake-1".to_owned()),
        at: Some(world.engine.now()),
        ..quake("5-")
    };
    let first = world.engine.tell(told.clone()).await.unwrap();
    world.away("48h");
    let again = world.engine.tell(told).await.unwrap();
    assert_eq!(
        (again.became, again.call_outs),
        (Became::Before, first.call_outs)
    );
}

/// What happened long before a call-out began is not taken for a report of
/// it; the earthquake that it was entered for late, is.
#[tokio::test]
async fn an_earlier_earthquake_is_another_one() {
    let world = World::example().await;
    world.earthquake("5-").await;
    let near = tell(&world, "4", "-6h").await.unwrap();
    assert_eq!(near.became, Became::Aftershock);
    let far = tell(&world, "4", "-6h 1s").await.unwrap();
    assert_eq!(far.became, Became::Opened);
    let world = World::example().await;
    tell(&world, "5-", "-8h").await.unwrap();
    for again in ["-8h", "-14h", "0s"] {
        let same = tell(&world, "4", again).await.unwrap();
        assert_eq!(same.became, Became::Aftershock, "{again}");
    }
}

/// While the machine's own clock is in doubt, a report's time is no reason to
/// turn it away.
#[tokio::test]
async fn a_clock_in_doubt_turns_nothing_away() {
    let world = World::example().await;
    world.earthquake("5-").await;
    world.back("12h");
    let world = world.crash().await;
    assert!(world.engine.clock_step().is_some());
    let accepted = tell(&world, "6-", "3h").await.unwrap();
    assert_eq!(accepted.became, Became::Grown);
}
