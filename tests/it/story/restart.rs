//! The daemon is killed and comes back: nothing is lost, nothing is forgotten.

use std::collections::HashMap;

use muster::domain::acknowledgement::Reply;
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::event::{EventKind, Intensity};
use muster::engine::{Error, Told};

use crate::support::world::{World, told};

/// Killed between the commit and the first sending: the messages are on disk
/// and go out at the next start.
#[tokio::test]
async fn what_was_accepted_is_sent_after_a_kill() {
    let world = World::example().await;
    let kind = EventKind::Earthquake {
        intensity: Intensity::FiveLower,
    };
    let id = world.engine.tell(told(kind)).await.unwrap().call_outs[0].clone();
    assert!(world.sent().is_empty());
    let world = world.crash().await;
    world.turn().await;
    let call_out = world.see(&id).await;
    assert!(call_out.counts().called > 0);
    assert_eq!(call_out.counts().sent, call_out.counts().called);
}

/// The state read back is the state that was left, in every figure.
#[tokio::test]
async fn a_call_out_is_read_back_as_it_was() {
    let world = World::example().await;
    world.bounce(&world.address("health-1"));
    let id = world.earthquake("5-").await[0].clone();
    world.advance("3m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    world.answer(&id, "it-2", Reply::Cannot).await;
    world.advance("12m").await;
    let mut before = world.see(&id).await;
    let world = world.crash().await;
    let after = world.see(&id).await;
    before.index = None;
    assert_eq!(before.next_due(), after.next_due());
    pretty(&before, &after);
}

fn pretty(before: &muster::domain::call_out::CallOut, after: &muster::domain::call_out::CallOut) {
    for (person, participant) in &before.participants {
        assert_eq!(
            Some(participant),
            after.participants.get(person),
            "{person}"
        );
    }
    assert_eq!(before, after);
}

/// An outage of hours: the stage that is due goes at once, the next keeps its
/// distance, nobody is flooded.
#[tokio::test]
async fn stages_missed_while_away_come_one_at_a_time() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.away("5h");
    let world = world.crash().await;
    world.turn().await;
    assert_eq!(world.see(&id).await.stage, 2);
    world.advance("9m").await;
    assert_eq!(world.see(&id).await.stage, 2);
    world.advance("2m").await;
    assert_eq!(world.see(&id).await.stage, 3);
}

/// A relay that is down loses nothing: the same message goes out when it is
/// back, with the same identity.
#[tokio::test]
async fn a_relay_that_is_down_is_tried_again_with_the_same_identity() {
    let world = World::example().await;
    let address = world.address("it-1");
    world.fail(
        &address,
        Outcome::Retry {
            reason: Reason::Unreachable,
            detail: "connection refused".to_owned(),
            after: None,
        },
    );
    world.earthquake("5-").await;
    world.advance("40s").await;
    let world = world.crash().await;
    world.mend(&address);
    world.advance("2m").await;
    let mut copies: HashMap<String, Vec<&'static str>> = HashMap::new();
    for sent in world.sent().into_iter().filter(|sent| sent.to == address) {
        copies.entry(sent.identity).or_default().push(sent.outcome);
    }
    let calls: Vec<_> = copies
        .values()
        .filter(|outcomes| outcomes.len() > 1)
        .collect();
    assert_eq!(calls.len(), 1, "{copies:?}");
    assert_eq!(calls[0].last(), Some(&"accepted"));
    assert!(calls[0].len() >= 3, "{copies:?}");
}

/// The same key is the same event, before and after a restart; with other
/// content it is refused.
#[tokio::test]
async fn the_same_key_twice_is_one_event() {
    let world = World::example().await;
    let told = |intensity| Told {
        key: Some("jma-20261124031200".to_owned()),
        ..told(EventKind::Earthquake { intensity })
    };
    let first = world.engine.tell(told(Intensity::FiveLower)).await.unwrap();
    let second = world.engine.tell(told(Intensity::FiveLower)).await.unwrap();
    assert!(!first.duplicate && second.duplicate);
    assert_eq!(
        (&first.event, &first.call_outs),
        (&second.event, &second.call_outs)
    );
    let world = world.crash().await;
    let third = world.engine.tell(told(Intensity::FiveLower)).await.unwrap();
    assert_eq!((&first.event, true), (&third.event, third.duplicate));
    let other = world.engine.tell(told(Intensity::Seven)).await.unwrap_err();
    assert!(matches!(other, Error::Conflict { .. }), "{other}");
    assert_eq!(
        world
            .engine
            .store()
            .call_outs(false, 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

/// The account holds together, and says where it does not.
#[tokio::test]
async fn the_account_is_a_chain() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("30m").await;
    assert_eq!(world.engine.store().broken_entry(&id).await.unwrap(), None);
}
