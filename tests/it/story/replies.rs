//! What a person is told of the reply that they sent by mail, and that nobody else's
//! mail keeps it from being heard.

use muster::domain::acknowledgement::{Reply, Via};
use muster::domain::delivery::{Outcome, Reason};
use muster::engine::Heard;

use super::mail::{answer_of, reply_to, words};
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

/// The address at which a person answers is known to somebody else, as from a mail
/// that was passed on. However much they send there, and whatever it is named, the
/// person's own reply is their answer; and no more of theirs is kept than thirty.
#[tokio::test]
async fn what_others_send_silences_nobodys_reply() {
    let world = World::with_replies().await;
    let id = world.earthquake("4").await.remove(0);
    let (to, path) = (world.address("it-1"), reply_to(&world, "it-1"));
    for number in 0..40 {
        let mail = words("outsider@example.net", number, "参集不可");
        let heard = world.receive(&path, &mail).await.heard;
        let expected = if number < 30 {
            Heard::Stranger
        } else {
            Heard::TooMany
        };
        assert_eq!(heard, expected, "{number}");
    }
    let world = world.crash().await;
    // The same Message-ID as one of theirs.
    let heard = world.receive(&path, &words(&to, 7, "参集可")).await.heard;
    assert_eq!(heard, Heard::Answered(Reply::Coming));
    let answer = answer_of(&world, &id, "it-1").await;
    assert_eq!(answer, Some((Reply::Coming, Via::Reply)));
    let account = world.timeline(&id).await;
    assert_eq!(account.matches("名簿にない差出人").count(), 30);
}

/// A person's own mails to one message are limited as well: what answers our answers
/// without end does not fill the account.
#[tokio::test]
async fn a_persons_own_mails_to_one_message_are_limited() {
    let world = World::with_replies().await;
    world.earthquake("4").await;
    let (to, path) = (world.address("it-1"), reply_to(&world, "it-1"));
    for number in 0..31 {
        let heard = world
            .receive(&path, &words(&to, number, "了解です"))
            .await
            .heard;
        let expected = if number < 30 {
            Heard::Said
        } else {
            Heard::TooMany
        };
        assert_eq!(heard, expected, "{number}");
    }
    let stranger = words("outsider@example.net", 50, "参集可");
    let heard = world.receive(&path, &stranger).await.heard;
    assert_eq!(heard, Heard::Stranger, "which leave room for others'");
}
