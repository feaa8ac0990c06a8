//! Messages that are put off again and again, by a relay that answers.

use std::time::Duration;

use muster::domain::call_out::ContactState;
use muster::domain::delivery::{Outcome, Reason};

use super::failing::{lost, one_by_one, state, to};
use crate::support::world::World;

/// A person's mailbox is full: each try is put off, and none is the last. Their
/// telephone rings after a minute, once, and the mail is tried on; administrators
/// hear of it.
#[tokio::test]
async fn whoever_is_put_off_for_a_minute_is_called_by_the_next_contact() {
    let world = World::with(one_by_one).await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    world.fail(&contacts[0].address, put_off());
    let id = world.earthquake("4").await.remove(0);
    world.advance("40s").await;
    assert_eq!(to(&world, &contacts[1].address).len(), 0, "it may pass");
    world.advance("40s").await;
    let rung = || to(&world, &contacts[1].address).len();
    assert_eq!(rung(), 1, "the next contact as well");
    let tries = to(&world, &contacts[0].address).len();
    world.advance("8m").await;
    assert_eq!(rung(), 1, "once");
    assert!(to(&world, &contacts[0].address).len() > tries, "tried on");
    assert_eq!(state(&world, &id, 0).await, ContactState::Waiting);
    let told = world.sent().into_iter();
    let told = told.filter(|sent| sent.body.contains("今は断られています"));
    assert!(told.count() > 0, "administrators hear of it");
}

/// A relay that answers everybody else hangs, or hangs up, for one person alone: it is
/// no other thing than putting them off.
#[tokio::test]
async fn whoever_a_relay_hangs_for_is_called_by_the_next_contact() {
    for reason in [Reason::Timeout, Reason::Unreachable] {
        let world = World::with(one_by_one).await;
        let contacts = world.plan().roster.people["it-1"].contacts.clone();
        let hangs = Outcome::Retry {
            reason,
            detail: "RCPT TO: no answer".to_owned(),
            after: None,
        };
        world.fail(&contacts[0].address, hangs);
        world.earthquake("4").await;
        let rung = || to(&world, &contacts[1].address).len();
        assert_eq!(rung(), 0, "it may pass");
        world.advance("2m").await;
        assert_eq!(rung(), 1, "{reason:?}");
        world.advance("8m").await;
        assert_eq!(rung(), 1, "once");
    }
}

/// A gateway says that it takes nothing for five minutes: its word is enough, and the
/// next contact is called at once. One that asks for half a minute may pass.
#[tokio::test]
async fn whoever_is_put_off_for_minutes_by_a_word_is_called_at_once() {
    for (seconds, rings) in [(300, 1), (30, 0)] {
        let world = World::with(one_by_one).await;
        let contacts = world.plan().roster.people["it-1"].contacts.clone();
        let later = Outcome::Retry {
            reason: Reason::Busy,
            detail: "429".to_owned(),
            after: Some(Duration::from_secs(seconds)),
        };
        world.fail(&contacts[0].address, later);
        world.earthquake("4").await;
        let rung = to(&world, &contacts[1].address).len();
        assert_eq!(rung, rings, "{seconds} seconds");
    }
}

/// Nobody knows whether the first try was taken, and after it each is put off; or the
/// daemon ends in between. That nobody knows reaches nobody: the telephone rings.
#[tokio::test]
async fn what_nobody_knows_of_keeps_no_contact_silent() {
    for killed in [false, true] {
        let mut world = World::with(one_by_one).await;
        let contacts = world.plan().roster.people["it-1"].contacts.clone();
        world.fail(&contacts[0].address, lost());
        world.earthquake("4").await;
        if killed {
            world = world.crash().await;
        }
        world.fail(&contacts[0].address, put_off());
        world.advance("5m").await;
        let rung = to(&world, &contacts[1].address).len();
        assert_eq!(rung, 1, "killed: {killed}");
    }
}

/// A relay answers, and puts everybody off: its circuit stays closed, since it
/// answers, and administrators hear after a minute that it takes nothing, for as long
/// as that is so. One that puts a single mailbox off is no failing relay.
#[tokio::test]
async fn a_relay_that_puts_everybody_off_is_told() {
    let says = |world: &World| {
        let says = world.engine.alarms().into_iter().map(|text| text.ja);
        says.filter(|text| text.contains("recorder")).count()
    };
    let world = World::with(one_by_one).await;
    let address = |person: &str| world.address(person);
    world.fail(&address("it-1"), put_off());
    world.earthquake("4").await;
    world.advance("5m").await;
    assert_eq!(says(&world), 0, "a single mailbox");

    let world = World::with(one_by_one).await;
    for person in world.plan().roster.people.keys() {
        world.fail(&world.address(person.as_str()), put_off());
    }
    world.earthquake("4").await;
    world.advance("50s").await;
    assert_eq!(says(&world), 0, "it may pass");
    world.advance("2m").await;
    assert_eq!(says(&world), 1, "{:?}", world.engine.alarms());
    let told = world.sent().into_iter();
    let told = told.filter(|sent| sent.subject.contains("【障害】") && sent.channel == "webhook");
    assert!(told.count() > 0, "by another path");
    // Left alone, it is the circuit's to tell, and nobody hears of it twice.
    world.shut("recorder", Reason::Busy);
    world.advance("2m").await;
    assert_eq!(says(&world), 1, "{:?}", world.engine.alarms());
    world.open_all();
    for person in world.plan().roster.people.keys() {
        world.mend(&world.address(person.as_str()));
    }
    world.advance("6m").await;
    assert_eq!(says(&world), 0, "it takes them again");
}

/// A relay's word that puts a mail off.
fn put_off() -> Outcome {
    Outcome::Retry {
        reason: Reason::Busy,
        detail: "RCPT TO: 452 4.2.2 over quota".to_owned(),
        after: None,
    }
}
