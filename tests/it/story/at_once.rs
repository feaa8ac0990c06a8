//! What is claimed in the commit that queues it: it is on disk as taken out before
//! anybody has it to send.
//!
//! Owns that nothing of it waits for its lease, whatever comes between that commit and
//! the sender, and that nothing of it is sent which is not kept.

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use muster::domain::delivery::{Outcome, Reason};
use muster::domain::event::{EventKind, Intensity};
use muster::domain::plan::Plan;
use muster::engine::{Accepted, Error, Told};
use tokio::sync::Notify;

use super::first::rests;
use super::opening::calls;
use crate::support::world::{World, told};

const KEY: &str = "once";

fn quiet(plan: &mut Plan) {
    plan.readiness = None;
}

/// An earthquake that calls so few that all of it is claimed with its event.
fn shock() -> Told {
    let intensity = Intensity::Four;
    Told {
        key: Some(KEY.to_owned()),
        ..told(EventKind::Earthquake { intensity })
    }
}

/// Goes on with something until it waits, and no further.
async fn a_step<F: Future>(of: &mut Pin<Box<F>>) {
    poll_fn(|context| {
        assert!(of.as_mut().poll(context).is_pending(), "it is done");
        Poll::Ready(())
    })
    .await;
}

/// Something is told, as far as it is on its way to disk and its first messages are
/// claimed with it. Whoever tells it goes on no further by themselves.
pub(super) async fn queued(
    world: &World,
    told: Told,
) -> Pin<Box<impl Future<Output = Result<Accepted, Error>> + '_>> {
    let mut telling = Box::pin(world.engine.tell(told));
    // Why: it is not on disk before whoever tells it waits for that.
    let held = world.hold_store().await;
    loop {
        a_step(&mut telling).await;
        // Why before anybody else goes on: the clockwork, as it ends a turn, says anew
        // that nothing is under way.
        if !world.engine.rests() {
            held.let_go().await;
            return telling;
        }
        tokio::task::yield_now().await;
    }
}

/// Waits until the clockwork has turned at this time.
pub(super) async fn turned(world: &World) {
    let now = world.clock.now().as_second();
    let turned = async {
        while world.engine.metrics().last_turn_seconds() < now {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), turned);
    waited.await.expect("it turns");
}

/// Nothing that calls was taken twice.
fn none_twice(world: &World) {
    let all = calls(world).into_iter();
    let taken = all.filter(|sent| sent.outcome == "accepted");
    let taken: Vec<String> = taken.map(|sent| sent.identity).collect();
    let different: HashSet<&String> = taken.iter().collect();
    assert_eq!(different.len(), taken.len(), "{taken:?}");
}

/// From now on a person's relay takes nothing from them until it is let go, and then
/// puts them off.
fn puts_off(world: &World, person: &str) -> Arc<Notify> {
    let busy = Outcome::Retry {
        reason: Reason::Busy,
        detail: "450 4.2.1 busy".to_owned(),
        after: None,
    };
    let address = world.address(person);
    world.fail(&address, busy);
    world.hold(&address)
}

/// From now on nobody's relay takes anything from them until it is let go.
pub(super) fn all_held(world: &World) -> Vec<Arc<Notify>> {
    let people = world.plan().roster.people.values();
    let contacts = people.flat_map(|person| &person.contacts);
    contacts.map(|one| world.hold(&one.address)).collect()
}

/// How often a person was called.
fn called(world: &World, person: &str) -> usize {
    let (all, address) = (calls(world).into_iter(), world.address(person));
    all.filter(|sent| sent.to == address).count()
}

/// A person was called so often, and is called once more in less than a minute.
async fn is_tried_again(world: &World, person: &str) {
    let before = called(world, person);
    for _ in 0..10 {
        if called(world, person) == before {
            world.away("6s");
            world.one_leaves(Duration::from_secs(2)).await;
        }
    }
    assert_eq!(called(world, person), before + 1, "they are tried again");
}

/// Whoever tells an event hangs up while it is on its way to disk. What was claimed with
/// it goes out, and not a lease later.
#[tokio::test]
async fn whoever_tells_and_hangs_up_loses_nobodys_call() {
    let world = World::with(quiet).await;
    let running = world.by_itself();
    rests(&world).await;
    let telling = queued(&world, shock()).await;
    drop(telling);
    world.until_sent(5).await;
    running.end(&world).await;
}

/// The machine stands still as an event is kept, for longer than a lease, and the
/// clockwork is awake before whoever told it. Each message is sent once, and one that
/// the relay puts off is tried again in seconds.
#[tokio::test]
async fn what_is_taken_over_after_its_lease_is_sent_once_and_tried_again() {
    let world = World::with(quiet).await;
    let running = world.by_itself();
    rests(&world).await;
    let gate = puts_off(&world, "it-1");
    let telling = queued(&world, shock()).await;
    while world.engine.store().event_of(KEY).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    assert!(world.sent().is_empty(), "whoever tells has what is claimed");
    world.away("9m");
    turned(&world).await;
    world.away("7m");
    world.until_sent(5).await;
    turned(&world).await;
    telling.await.unwrap();
    world.away("1s");
    turned(&world).await;
    gate.notify_one();
    is_tried_again(&world, "it-1").await;
    none_twice(&world);
    running.end(&world).await;
}

/// An event that the disk does not take sends nothing, although it would have been
/// claimed with it. Told again it is sent, once.
#[tokio::test]
async fn what_is_not_kept_is_not_sent() {
    let world = World::with(quiet).await;
    let running = world.by_itself();
    rests(&world).await;
    world.disk_is_full(true).await;
    assert!(world.engine.tell(shock()).await.is_err());
    world.away("10s");
    turned(&world).await;
    assert_eq!(world.sent_so_far(), 0);
    let tried = world.engine.metrics().text();
    assert!(!tried.contains("outcome=\"dead\""), "{tried}");
    world.disk_is_full(false).await;
    world.engine.tell(shock()).await.unwrap();
    world.until_sent(5).await;
    none_twice(&world);
    running.end(&world).await;
}

/// Messages wait for the relay for longer than their lease, and are claimed anew
/// meanwhile. Each is sent once, and one that the relay puts off is tried again in
/// seconds.
#[tokio::test]
async fn what_waits_for_longer_than_its_lease_is_sent_once_and_tried_again() {
    let world = World::narrow(1, quiet).await;
    let running = world.by_itself();
    rests(&world).await;
    let gates = all_held(&world);
    world.engine.tell(shock()).await.unwrap();
    world.until_sent(1).await;
    let first = world.sent().remove(0).to;
    world.away("16m");
    turned(&world).await;
    // Why again: that may have been the end of a turn which began before.
    world.away("10s");
    turned(&world).await;
    let put_off = "construction-2";
    assert_ne!(world.address(put_off), first);
    world.hold_no_more();
    let gate = puts_off(&world, put_off);
    gates.iter().for_each(|gate| gate.notify_one());
    world.until_sent_to(put_off).await;
    world.hold_no_more();
    gate.notify_one();
    is_tried_again(&world, put_off).await;
    none_twice(&world);
    running.end(&world).await;
}
