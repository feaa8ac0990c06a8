//! Absences that end by themselves while a call-out runs.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{CallOut, Part};
use muster::domain::id::{CallOutId, PersonId, Principal};

use crate::support::world::World;

/// Marked absent for so long.
async fn away(world: &World, person: &str, long: &str) {
    let long: jiff::SignedDuration = long.parse().unwrap();
    let (until, by) = (world.clock.now() + long, Principal::new("token:duty"));
    let person = PersonId::new(person);
    world.engine.absent(&person, until, None, by).await.unwrap();
    world.turn().await;
}

async fn is_called(world: &World, id: &CallOutId, person: &str) -> bool {
    let call_out: CallOut = world.see(id).await;
    let person = call_out.participants.get(person);
    person.is_some_and(|person| person.is_called())
}

/// The last stage has begun: they are called in the minute in which their absence
/// ends, and no stage has to come.
#[tokio::test]
async fn whose_absence_ends_after_the_last_stage_is_called_then() {
    let world = World::example().await;
    away(&world, "it-1", "30m").await;
    let id = world.incident("residents").await.remove(0);
    world.advance("29m").await;
    assert!(!is_called(&world, &id, "it-1").await);
    let world = world.crash().await;
    world.advance("2m").await;
    assert!(is_called(&world, &id, "it-1").await);
    let account = world.timeline(&id).await;
    assert!(
        account.contains("00:30:00 情報システム担当職員1"),
        "{account}"
    );
}

/// The same once it has run out of people: they are given their time.
#[tokio::test]
async fn whose_absence_ends_after_it_ran_out_is_called_then() {
    let world = World::example().await;
    away(&world, "it-1", "3h").await;
    let id = world.incident("residents").await.remove(0);
    world.advance("2h59m").await;
    let exhausted = world.see(&id).await.state;
    assert_eq!(exhausted, muster::domain::call_out::State::Exhausted);
    world.advance("2m").await;
    assert!(is_called(&world, &id, "it-1").await);
    assert!(world.see(&id).await.next_due().is_some());
}

/// A deputy who is back is the next in line again, in the middle of a stage.
#[tokio::test]
async fn a_deputy_who_is_back_takes_their_turn() {
    let world = World::example().await;
    away(&world, "construction-3", "5m").await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("8m").await;
    assert!(!is_called(&world, &id, "construction-3").await);
    let cannot = Reply::Cannot;
    world
        .on_behalf(&id, "construction-1", cannot)
        .await
        .unwrap();
    assert!(is_called(&world, &id, "construction-3").await);
    assert!(!is_called(&world, &id, "construction-4").await);
}

/// Whoever decides first and was passed over is asked as they are back.
#[tokio::test]
async fn who_decides_is_asked_as_they_are_back() {
    let world = World::example().await;
    away(&world, "it-manager", "5m").await;
    let id = world.incident("work-hindered").await.remove(0);
    assert_eq!(world.sent_to("it-manager"), 0);
    world.advance("6m").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.participants["it-manager"].part, Part::Asked);
    assert!(world.sent_to("it-manager") > 0);
}

/// A need that is met calls nobody who is back.
#[tokio::test]
async fn a_met_need_calls_nobody_who_is_back() {
    let world = World::example().await;
    away(&world, "construction-3", "30m").await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("1m").await;
    for person in world.see(&id).await.participants.keys() {
        world.answer(&id, person.as_str(), Reply::Coming).await;
    }
    assert!(world.see(&id).await.is_met());
    world.advance("1h").await;
    assert_eq!(world.sent_to("construction-3"), 0);
}
