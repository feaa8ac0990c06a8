//! A message of which nobody knows whether it was taken.
//!
//! Owns what comes between its copies; how many there are by themselves is `failing`'s.

use muster::domain::call_out::ContactState;
use muster::domain::delivery::{Outcome, Reason};

use super::failing::{lost, one_by_one, state, to};
use crate::support::world::World;

/// Row 39: between two losses the relay cannot be reached. The second is the last all
/// the same, in this life of the daemon and in the next.
#[tokio::test]
async fn there_is_no_third_copy_whatever_comes_between() {
    let mut world = World::with(one_by_one).await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    let address = &contacts[0].address;
    let away = || Outcome::Retry {
        reason: Reason::Unreachable,
        detail: "connection refused".to_owned(),
        after: None,
    };
    world.fail(address, lost());
    let id = world.earthquake("4").await.remove(0);
    let identity = to(&world, address).remove(0).identity;
    let copies = |world: &World| {
        let mut all = to(world, address);
        all.retain(|sent| sent.identity == identity);
        all.len()
    };
    world.fail(address, away());
    world.advance("2m").await;
    let tries = copies(&world);
    assert!(tries > 1, "it is tried again");
    world = world.crash().await;
    world.fail(address, lost());
    world.advance("5m").await;
    assert_eq!(copies(&world), tries + 1, "the second that is lost");
    assert_eq!(
        to(&world, &contacts[1].address).len(),
        1,
        "the next contact"
    );
    world.advance("1h").await;
    assert_eq!(copies(&world), tries + 1, "no third");
    assert_eq!(state(&world, &id, 0).await, ContactState::Waiting);
}
