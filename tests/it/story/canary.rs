//! A relay takes every mail and delivers none: a mail that must come back does
//! not, and administrators hear of it.

use muster::domain::delivery::{Outcome, Reason};
use muster::engine::{Heard, Incoming};

use crate::support::world::{Sent, World};

const LOOP: &str = "loop@example.jp";

fn canaries(world: &World) -> Vec<Sent> {
    let sent = world.sent().into_iter();
    sent.filter(|sent| sent.to == LOOP).collect()
}

fn alarms(world: &World) -> usize {
    let sent = world.sent().into_iter();
    let told = sent.filter(|sent| sent.subject.contains("【障害】"));
    told.count()
}

/// Hands a mail of muster's own back in, as the mail system does.
async fn hand_in(world: &World, identity: &str) -> Heard {
    let mail = format!(
        "Delivered-To: muster@example.jp\r\nX-Muster-Mode: notice\r\nMessage-ID: <{identity}>\r\n\r\nback\r\n"
    );
    let incoming = Incoming {
        recipient: Some("muster@example.jp"),
        octets: mail.as_bytes(),
    };
    world.engine.receive(incoming).await.unwrap().heard
}

/// Row 46: from the last mail that came back, twenty-five minutes at most.
#[tokio::test]
async fn mails_that_are_taken_and_lost_are_found_out_without_a_call_out() {
    let world = World::with_canary(LOOP).await;
    world.advance("1m").await;
    // An hour in which each comes back.
    for number in 1..=6 {
        // A task of its own sends it.
        let of_it = |sent: &[Sent]| sent.iter().filter(|sent| sent.to == LOOP).count();
        world.until_left(|sent| of_it(sent) >= number).await;
        let sent = canaries(&world);
        assert_eq!(sent.len(), number);
        let last = sent.last().unwrap();
        assert_eq!(hand_in(&world, &last.identity).await, Heard::Canary);
        assert_eq!(hand_in(&world, &last.identity).await, Heard::Own, "once");
        world.advance("10m").await;
    }
    assert_eq!((alarms(&world), world.engine.alarms().len()), (0, 0));
    // From now on they are lost. The seventh went out a minute ago.
    let lost_from = world.clock.now();
    while world.engine.alarms().is_empty() {
        assert!(world.clock.now().duration_since(lost_from).as_mins() < 25);
        world.advance("1m").await;
    }
    let told = alarms(&world);
    assert!(told > 0, "nobody was told");
    let words = world.engine.alarms().remove(0);
    assert!(words.ja.contains("戻りません"), "{words:?}");
    assert!(words.en.contains("come back"), "{words:?}");
    world.advance("2h").await;
    assert_eq!(alarms(&world), told, "told once");
    // A guess does not end it, and one that comes back does, however late.
    assert_eq!(hand_in(&world, "canary.guess@example.jp").await, Heard::Own);
    assert_eq!(world.engine.alarms().len(), 1);
    let last = canaries(&world).pop().unwrap();
    assert_eq!(hand_in(&world, &last.identity).await, Heard::Canary);
    world.advance("1m").await;
    assert!(world.engine.alarms().is_empty());
}

/// A relay that does not take it is as good as one that loses it, and a clock
/// that is set back stops nothing.
#[tokio::test]
async fn it_goes_on_whatever_the_relay_and_the_clock_do() {
    let world = World::with_canary(LOOP).await;
    world.advance("1m").await;
    world.back("3h");
    world.advance("11m").await;
    assert!(canaries(&world).len() >= 2, "{:?}", canaries(&world).len());
    assert_eq!(world.sent().len(), canaries(&world).len());
}

/// While no relay can be reached, none is away: that relays lose mails is not said.
#[tokio::test]
async fn what_no_relay_took_is_not_missed() {
    let world = World::with_canary(LOOP).await;
    let down = Outcome::Retry {
        reason: Reason::Unreachable,
        detail: "connection refused".to_owned(),
        after: None,
    };
    world.fail(LOOP, down);
    world.advance("1h").await;
    assert!(canaries(&world).len() > 5);
    assert_eq!(world.engine.alarms(), []);
    // One that is taken and does not come back is missed as before.
    world.mend(LOOP);
    world.advance("26m").await;
    assert_eq!(world.engine.alarms().len(), 1);
}

/// Where the town names no address, none is sent.
#[tokio::test]
async fn without_an_address_none_is_sent() {
    let world = World::with(|plan| plan.readiness = None).await;
    world.advance("1h").await;
    assert!(world.sent().is_empty());
}
