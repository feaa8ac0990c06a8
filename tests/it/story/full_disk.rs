//! A disk that is full for a while: what runs goes on by itself afterwards.

use muster::domain::acknowledgement::Reply;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::PersonId;
use muster::engine::Became;

use crate::support::world::World;

/// An answer cannot be kept, and is refused. When there is room again the next
/// stage comes, although nobody looks at the call-out meanwhile.
#[tokio::test]
async fn a_call_out_goes_on_after_a_write_that_failed() {
    let world = World::with(|plan| plan.readiness = None).await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("1m").await;
    let first = world.sent().len();
    world.disk_is_full(true).await;
    assert!(world.on_behalf(&id, "it-1", Reply::Coming).await.is_err());
    world.disk_is_full(false).await;
    world.advance("3h").await;
    assert!(world.sent().len() > first, "no further stage came");
    assert!(world.see(&id).await.stage > 1);
}

/// A stage that cannot be kept is tried again, and comes when there is room.
#[tokio::test]
async fn a_stage_that_could_not_be_kept_comes_later() {
    let world = World::with(|plan| plan.readiness = None).await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("1m").await;
    let first = world.sent().len();
    world.disk_is_full(true).await;
    world.away("30m");
    for _ in 0..3 {
        assert!(world.engine.turn().await.is_err());
    }
    assert_eq!(world.sent().len(), first);
    world.disk_is_full(false).await;
    world.turn().await;
    assert!(world.sent().len() > first, "the stage came");
    assert!(world.see(&id).await.stage > 1);
}

/// A later report, after such a failure, finds the call-out that runs.
#[tokio::test]
async fn a_later_report_finds_the_call_out_after_a_write_that_failed() {
    let world = World::with(|plan| plan.readiness = None).await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("1m").await;
    world.disk_is_full(true).await;
    assert!(world.on_behalf(&id, "it-1", Reply::Coming).await.is_err());
    world.disk_is_full(false).await;
    let intensity = Intensity::parse("5-").unwrap();
    let told = world
        .tell(EventKind::Earthquake { intensity })
        .await
        .unwrap();
    assert_eq!(told.became, Became::Grown);
    assert_eq!(told.call_outs, std::slice::from_ref(&id));
    let it_1 = PersonId::new("it-1");
    assert_eq!(world.see(&id).await.participants[&it_1].reply(), None);
}
