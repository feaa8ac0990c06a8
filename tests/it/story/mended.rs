//! 宛先が参集解除の後で直されたとき: an address that is mended after the end.

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
    contacts(plan)[0].address = NEW.to_owned();
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
