//! Absences that end, by themselves or in the roster, while a call-out runs.

use jiff::civil::date;
use muster::domain::absence::Leave;
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

/// On leave on the day on which a call-out begins, and on the days after it.
fn on_leave(plan: &mut muster::domain::plan::Plan, person: &str, last: i8) {
    let leave = Leave {
        from: date(2026, 11, 24),
        to: date(2026, 11, last),
    };
    plan.roster.people[person].leave = vec![leave];
}

async fn reply(world: &World, id: &CallOutId, person: &str) -> Option<Reply> {
    world.see(id).await.participants[person].reply()
}

/// Leave is taken out of the roster after the last stage has begun: whoever was
/// passed over is called by the reload.
#[tokio::test]
async fn whose_leave_is_taken_out_is_called_by_the_reload() {
    let mut world = World::example().await;
    world.change(|plan| on_leave(plan, "it-1", 30)).await;
    let id = world.incident("residents").await.remove(0);
    world.advance("1h").await;
    assert!(!is_called(&world, &id, "it-1").await);
    let back = |plan: &mut muster::domain::plan::Plan| plan.roster.people["it-1"].leave.clear();
    world.change(back).await;
    assert!(is_called(&world, &id, "it-1").await);
}

/// Leave is shortened: they are called as it ends now.
#[tokio::test]
async fn whose_leave_is_shortened_is_called_as_it_ends() {
    let mut world = World::example().await;
    world.change(|plan| on_leave(plan, "it-1", 30)).await;
    let id = world.incident("residents").await.remove(0);
    world.advance("1h").await;
    world.change(|plan| on_leave(plan, "it-1", 24)).await;
    assert!(!is_called(&world, &id, "it-1").await);
    world.advance("20h").await;
    assert!(is_called(&world, &id, "it-1").await);
}

/// Marked absent for too long by a slip, and then for an hour: they are asked
/// again after the hour.
#[tokio::test]
async fn whose_absence_is_shortened_is_asked_as_it_ends() {
    let world = World::example().await;
    let id = world.incident("residents").await.remove(0);
    world.advance("1m").await;
    away(&world, "it-1", "9h").await;
    away(&world, "it-1", "1h").await;
    assert_eq!(reply(&world, &id, "it-1").await, Some(Reply::Cannot));
    let sent = world.sent_to("it-1");
    world.advance("61m").await;
    assert_eq!(reply(&world, &id, "it-1").await, None);
    assert!(world.sent_to("it-1") > sent, "asked again");
}

/// Marked back before the time, with leave behind the mark: they are asked as
/// the leave ends.
#[tokio::test]
async fn who_is_back_into_their_leave_is_asked_as_that_ends() {
    let mut world = World::example().await;
    world.change(|plan| on_leave(plan, "it-1", 24)).await;
    away(&world, "it-1", "72h").await;
    let id = world.incident("residents").await.remove(0);
    world.advance("1h").await;
    let (person, by) = (PersonId::new("it-1"), Principal::new("token:duty"));
    world.engine.back(&person, &by).await.unwrap();
    world.advance("19h").await;
    assert!(!is_called(&world, &id, "it-1").await);
    world.advance("2h").await;
    assert!(is_called(&world, &id, "it-1").await);
}
