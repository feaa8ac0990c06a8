//! 宛先が直されたとき: an address that is mended, in the middle or after the end.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::State;
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::plan::Plan;
use muster::domain::roster::Contact;

use crate::support::world::{Sent, World};

const NEW: &str = "new@example.jp";

/// One person is written to by mail alone, and their address is gone by the time
/// the call-out ends: they were called, and did not hear that it is over.
async fn called_and_not_released() -> (World, CallOutId) {
    let world = World::with(|plan| {
        plan.readiness = None;
        let contacts = contacts(plan);
        contacts.truncate(1);
    })
    .await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("2m").await;
    world.bounce(&world.address("it-1"));
    world.stand_down(&id, "被害なし").await;
    assert_eq!(to(&world, NEW).len(), 0);
    (world, id)
}

fn contacts(plan: &mut Plan) -> &mut Vec<Contact> {
    let person = plan.roster.people.get_mut(&PersonId::new("it-1"));
    &mut person.unwrap().contacts
}

fn moves(plan: &mut Plan) {
    contacts(plan)[0].address = NEW.into();
}

fn to(world: &World, address: &str) -> Vec<Sent> {
    let sent = world.sent().into_iter();
    // It is asked as well whether it is theirs.
    let sent = sent.filter(|sent| !sent.identity.starts_with("contact."));
    sent.filter(|sent| sent.to == address).collect()
}

/// The duty officer puts the address right: they hear at once that it is over,
/// and only that, once.
#[tokio::test]
async fn who_could_not_hear_of_the_end_hears_of_it_by_a_new_address() {
    let (mut world, id) = called_and_not_released().await;
    world.change(moves).await;
    world.turn().await;
    let told = to(&world, NEW);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].subject.contains("参集解除"), "{}", told[0].subject);
    assert!(told[0].body.contains("被害なし"), "{}", told[0].body);
    world.change(|plan| plan.readiness = None).await;
    let world = world.crash().await;
    world.advance("1h").await;
    assert_eq!(to(&world, NEW).len(), 1, "said once");
    assert!(!world.see(&id).await.participants["it-1"].is_unreachable());
}

/// The same where the daemon was stopped for it: the next start says so.
#[tokio::test]
async fn an_address_mended_while_nothing_ran_hears_of_the_end_at_the_start() {
    let (mut world, _) = called_and_not_released().await;
    world.mend_while_away(moves);
    let world = world.crash().await;
    world.turn().await;
    let told = to(&world, NEW);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].subject.contains("参集解除"), "{}", told[0].subject);
}

/// Two days later nobody is told of what is long over.
#[tokio::test]
async fn what_is_long_over_is_nobodys_news() {
    let (mut world, _) = called_and_not_released().await;
    world.advance("25h").await;
    world.change(moves).await;
    world.turn().await;
    assert_eq!(to(&world, NEW).len(), 0);
}

/// In the middle of a call-out whose last stage has begun, one person is out of
/// reach by their only address.
async fn out_of_reach(after: &str) -> (World, CallOutId) {
    let world = World::with(|plan| {
        plan.readiness = None;
        contacts(plan).truncate(1);
    })
    .await;
    world.bounce(&world.address("it-1"));
    let id = world.earthquake("4").await.remove(0);
    world.advance(after).await;
    assert!(world.see(&id).await.participants["it-1"].is_unreachable());
    (world, id)
}

/// Whoever is still wanted is called by the new address at once, after the last
/// stage as well, and is given their time.
#[tokio::test]
async fn who_is_out_of_reach_is_called_by_a_mended_address_at_once() {
    for after in ["40m", "3h"] {
        let (mut world, id) = out_of_reach(after).await;
        world.change(moves).await;
        world.turn().await;
        let told = to(&world, NEW);
        assert_eq!(told.len(), 1, "{after}: {told:?}");
        assert!(told[0].subject.contains("緊急参集"), "{}", told[0].subject);
        let call_out = world.see(&id).await;
        assert_eq!(call_out.state, State::Open);
        assert!(call_out.next_due().is_some());
        world.change(|_| {}).await;
        world.turn().await;
        assert_eq!(to(&world, NEW).len(), 1, "called once");
    }
}

/// The same at a start, where it was mended while nothing ran.
#[tokio::test]
async fn who_is_out_of_reach_is_called_by_an_address_mended_while_nothing_ran() {
    let (mut world, _) = out_of_reach("40m").await;
    world.mend_while_away(moves);
    let world = world.crash().await;
    world.turn().await;
    assert_eq!(to(&world, NEW).len(), 1);
}

/// Nobody is wanted any more: the new address is not called.
#[tokio::test]
async fn a_met_need_calls_no_mended_address() {
    let (mut world, id) = out_of_reach("10m").await;
    for person in ["it-manager", "planning-1", "it-2"] {
        world.on_behalf(&id, person, Reply::Coming).await.unwrap();
    }
    world.change(moves).await;
    world.turn().await;
    assert_eq!(to(&world, NEW).len(), 0);
}

/// Whoever is to decide, the same.
#[tokio::test]
async fn who_is_to_decide_is_asked_by_a_mended_address() {
    let person = PersonId::new("it-manager");
    let mut world = World::with(|plan| {
        plan.readiness = None;
        plan.roster.people[&person].contacts.truncate(1);
    })
    .await;
    world.bounce(&world.address("it-manager"));
    world.incident("work-hindered").await;
    world.advance("1m").await;
    let new = |plan: &mut Plan| plan.roster.people[&person].contacts[0].address = NEW.into();
    world.change(new).await;
    world.turn().await;
    let told = to(&world, NEW);
    assert!(
        told.iter().any(|sent| sent.subject.contains("判断")),
        "{told:?}"
    );
}

/// The store takes nothing as the address is put right: they are called as soon as
/// it does, though no stage is left to come.
#[tokio::test]
async fn what_could_not_be_kept_of_a_mended_address_is_done_later() {
    let (mut world, _) = out_of_reach("3h").await;
    world.first_is_stuck(true).await;
    world.change(moves).await;
    world.turn().await;
    assert_eq!(to(&world, NEW).len(), 0);
    world.first_is_stuck(false).await;
    world.turn().await;
    assert_eq!(to(&world, NEW).len(), 1);
}
