//! What is kept of drills holds: over a clock that is set back, over many
//! moves, over a plan that goes and comes back.

use muster::domain::acknowledgement::Reply;
use muster::domain::drill::DrillKind;
use muster::domain::drill_duty::Days;
use muster::domain::schedule::{Missed, Schedule};
use muster::engine::Error;

use super::schedule::{announced, contact, first_tuesday, notices, runs, scheduled};
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

/// A drill taken out of the plan for a while: what was due then is not made up
/// when it comes back.
#[tokio::test]
async fn a_drill_put_back_into_the_plan_makes_up_nothing() {
    let mut world = World::with(scheduled(first_tuesday())).await;
    world.advance("24h").await;
    let drills = world.plan().drills.clone();
    world
        .change(|plan| {
            plan.drills.shift_remove("contact");
        })
        .await;
    world.advance("200h").await;
    let mut world = world.crash().await;
    world.advance("1h").await;
    world.change(|plan| plan.drills = drills).await;
    world.advance("72h").await;
    assert!(runs(&world).await.is_empty(), "1 December is past");
    world.advance("720h").await;
    assert_eq!(runs(&world).await, ["2027-01-05 10:00"]);
    assert!(notices(&world).is_empty(), "nobody was told of it");
}

/// A tabletop drill of the plan stays one, and a contact drill one, whatever
/// becomes of the plan.
#[tokio::test]
async fn a_run_keeps_its_kind_when_the_drill_is_renamed() {
    let days = Days::fiscal(2026).unwrap();
    for (kind, counts) in [(DrillKind::Tabletop, 0), (DrillKind::Contact, 1)] {
        let mut world = World::with(|plan| contact(plan).kind = kind).await;
        let run = world.drill("contact").await;
        world.advance("1m").await;
        world.answer(&run, "it-1", Reply::Received).await;
        world.stand_down(&run, "終了").await;
        let held = world.engine.drills_held(days).await.unwrap();
        assert_eq!(held.held.len(), counts, "{kind:?}");
        world
            .change(|plan| {
                plan.drills.shift_remove("contact");
            })
            .await;
        let held = world.engine.drills_held(days).await.unwrap();
        assert_eq!(held.held.len(), counts, "{kind:?}, renamed");
    }
}

/// Two starts of one drill at a time would call everybody twice.
#[tokio::test]
async fn a_drill_that_runs_is_not_started_again() {
    let world = World::example().await;
    let run = world.drill("contact").await;
    let sent = world.sent().len();
    let refused = world.start_drill("contact", None).await.unwrap_err();
    assert!(
        matches!(&refused, Error::DrillRuns { call_out, .. } if *call_out == run),
        "{refused}"
    );
    let forced = world.start_drill("contact", Some("もう一度")).await;
    forced.unwrap_err();
    assert_eq!(world.sent().len(), sent, "nobody is called twice");
    world.drill("earthquake-5-lower").await;
    world.stand_down(&run, "終了").await;
    world.drill("contact").await;
}
