//! What a person is told of the reply that they sent by mail.

use muster::domain::delivery::{Outcome, Reason};

use super::mail::{reply_to, words};
use crate::support::world::World;

/// What a person is told of their reply waits for a relay that is down, also
/// through a restart, and is sent once.
#[tokio::test]
async fn the_confirmation_of_a_reply_waits_for_the_relay() {
    let world = World::with_replies().await;
    world.earthquake("4").await;
    let (to, path) = (world.address("it-1"), reply_to(&world, "it-1"));
    let down = Outcome::Retry {
        reason: Reason::Unreachable,
        detail: "connection refused".to_owned(),
        after: None,
    };
    world.fail(&to, down);
    world.receive(&path, &words(&to, 1, "参集可\r\n")).await;
    let world = world.crash().await;
    world.advance("1h").await;
    world.mend(&to);
    world.advance("1h").await;
    let sent = world.sent().into_iter();
    let confirmations = sent.filter(|sent| sent.to == to && sent.subject.contains("返信の受付"));
    let taken = confirmations.filter(|sent| sent.outcome == "accepted");
    assert_eq!(taken.count(), 1);
}
