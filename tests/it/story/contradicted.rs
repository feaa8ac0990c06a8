//! A scanner presses the buttons of a mail, one after the other: neither is an answer,
//! and what the first one stopped is not lost.

use muster::domain::acknowledgement::Reply;
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::id::CallOutId;
use muster::domain::rule::Decision;

use crate::support::world::{Sent, World};

/// Every contact is called together, and nobody is asked again.
async fn together() -> World {
    World::with(|plan| {
        plan.readiness = None;
        for procedure in plan.procedures.values_mut() {
            for stage in &mut procedure.stages {
                stage.together = true;
                stage.resend = None;
            }
        }
    })
    .await
}

/// A person's telephone, whose gateway is busy from now on.
fn busy(world: &World, person: &str) -> String {
    let telephone = world.plan().roster.people[person].contacts[1]
        .address
        .to_string();
    world.fail(
        &telephone,
        Outcome::Retry {
            reason: Reason::Busy,
            detail: "429 busy".to_owned(),
            after: None,
        },
    );
    telephone
}

/// it-1 is called by mail, which takes it, and by a telephone gateway that is busy.
async fn called_by_both() -> (World, CallOutId, String) {
    let world = together().await;
    let telephone = busy(&world, "it-1");
    let id = world.earthquake("4").await.remove(0);
    (world, id, telephone)
}

fn calls(world: &World, address: &str) -> Vec<Sent> {
    let sent = world.sent().into_iter().filter(|sent| sent.to == address);
    sent.filter(|sent| !sent.subject.contains("【障害】"))
        .collect()
}

/// However many buttons are pressed: the telephone call is tried on as the same one,
/// rings once, and the mail is not sent again, to be pressed again.
#[tokio::test]
async fn a_call_that_a_scanner_stopped_is_made_by_the_other_path() {
    for presses in [
        &[Reply::Coming, Reply::Cannot][..],
        &[Reply::Coming, Reply::Arrived, Reply::Cannot],
    ] {
        let (world, id, telephone) = called_by_both().await;
        let link = world.link_of(&id, "it-1").await.unwrap();
        world.advance("8s").await;
        let tried = calls(&world, &telephone).len();
        assert!(tried > 0);
        for reply in presses {
            world.press_link(&id, (link, "it-1"), *reply).await;
            world.away("1s");
        }
        assert_eq!(world.see(&id).await.counts().answered, 0);
        world.mend(&telephone);
        world.advance("5m").await;
        let rung = calls(&world, &telephone);
        let rings = |sent: &&Sent| sent.outcome == "accepted";
        assert_eq!(rung.iter().filter(rings).count(), 1, "{rung:#?}");
        let same = |sent: &Sent| sent.identity == rung[0].identity;
        assert!(rung.iter().all(same), "the same call");
        assert_eq!(
            calls(&world, &world.address("it-1")).len(),
            1,
            "no mail more"
        );
    }
}

/// The gateway holds the call as the buttons are pressed: nothing stopped it, and
/// there is no second one beside it.
#[tokio::test]
async fn a_call_that_is_on_its_way_is_not_made_twice() {
    let (world, id, telephone) = called_by_both().await;
    let link = world.link_of(&id, "it-1").await.unwrap();
    world.mend(&telephone);
    let gate = world.hold(&telephone);
    let itself = world.by_itself();
    let before = world.sent_so_far();
    world.away("8s");
    world.until_sent(before + 1).await;
    assert_eq!(calls(&world, &telephone).len(), 2, "on its way");
    for reply in [Reply::Coming, Reply::Cannot] {
        world.press_link(&id, (link, "it-1"), reply).await;
        world.away("1s");
    }
    world.hold_no_more();
    gate.notify_one();
    itself.end(&world).await;
    world.advance("5m").await;
    let rung = calls(&world, &telephone);
    let rings = rung.iter().filter(|sent| sent.outcome == "accepted");
    assert_eq!(rings.count(), 1, "{rung:#?}");
}

/// Both presses come too soon, or the second just not: the first stopped nothing, and
/// nobody is rung twice for it.
#[tokio::test]
async fn what_was_never_stopped_is_not_made_anew() {
    let (world, id, telephone) = called_by_both().await;
    let link = world.link_of(&id, "it-1").await.unwrap();
    world.away("4s");
    world.press_link(&id, (link, "it-1"), Reply::Coming).await;
    world.away("2s");
    world.press_link(&id, (link, "it-1"), Reply::Cannot).await;
    world.mend(&telephone);
    world.advance("5m").await;
    let rung = calls(&world, &telephone);
    let rings = rung.iter().filter(|sent| sent.outcome == "accepted");
    assert_eq!(rings.count(), 1, "{rung:#?}");
}

/// Whoever decides is asked for that by both paths, which take it; the call that
/// follows is another message, and no less made for it.
#[tokio::test]
async fn what_was_taken_before_the_call_is_not_the_call() {
    let world = together().await;
    let person = "it-manager";
    let id = world.incident("work-hindered").await.remove(0);
    let telephone = busy(&world, person);
    assert!(!calls(&world, &telephone).is_empty(), "asked to decide");
    let decided = world.decide(&id, person, Decision::Muster).await;
    decided.unwrap();
    let before = calls(&world, &telephone).len();
    let link = world.link_of(&id, person).await.unwrap();
    world.advance("8s").await;
    for reply in [Reply::Coming, Reply::Cannot] {
        world.press_link(&id, (link, person), reply).await;
        world.away("1s");
    }
    world.mend(&telephone);
    world.advance("5m").await;
    let rung = calls(&world, &telephone).split_off(before - 1);
    let rings = rung.iter().filter(|sent| sent.outcome == "accepted");
    assert_eq!(rings.count(), 1, "{rung:#?}");
}
