//! What is kept of drills holds: over a clock that is set back and over many
//! moves.

use muster::domain::schedule::{Missed, Schedule};

use super::schedule::{announced, first_tuesday, notices, runs, scheduled};
use crate::support::world::World;

/// The machine's clock runs ahead by a year for one look, and is put right:
/// the drill of this year is announced and held.
#[tokio::test]
async fn a_clock_that_ran_ahead_for_one_look_stops_no_drill() {
    let world = World::with(scheduled(announced(first_tuesday()))).await;
    world.advance("1h").await;
    world.away("8760h");
    world.turn().await;
    world.back("8760h");
    let before = notices(&world).len();
    world.advance("200h").await;
    assert_eq!(runs(&world).await, ["2026-12-01 10:00"]);
    let told = &notices(&world)[before..];
    assert_eq!(told.len(), 2, "it-1 and it-2");
    assert!(told[0].subject.contains("予告"), "{}", told[0].subject);
}

/// So does the morning's look at readiness.
#[tokio::test]
async fn a_clock_that_ran_ahead_for_one_look_stops_no_morning_check() {
    let world = World::example().await;
    world.advance("1h").await;
    world.away("8760h");
    world.turn().await;
    world.back("8760h");
    world.turn().await;
    let due = world.engine.next_due().await.unwrap().unwrap();
    let day = world.clock.now() + jiff::SignedDuration::from_hours(24);
    assert!(due <= day, "nothing is looked at before {due}");
}

/// Moved twelve times: the run stands where it was moved to last.
#[tokio::test]
async fn a_drill_that_was_moved_ten_times_and_more_is_held_where_it_was_moved_to() {
    let world = World::with(scheduled(Schedule {
        missed: Missed::Skip,
        ..first_tuesday()
    }))
    .await;
    // 1 December, 09:00.
    world.advance("174h").await;
    let real = world.earthquake("5-").await.remove(0);
    // 17 December, 09:00.
    world.advance("384h").await;
    world.stand_down(&real, "終了").await;
    let world = world.crash().await;
    world.advance("2h").await;
    assert_eq!(runs(&world).await, ["2026-12-17 10:00"]);
}
