//! A store that takes nothing for long, though the program runs.

use std::time::Duration;

use jiff::SignedDuration;
use muster::domain::id::CallOutId;

use super::alarm::alarms;
use crate::support::faults::refused_connection;
use crate::support::world::{Sent, World};

/// A call-out that has called, with one mail that is tried again and again.
async fn called() -> (World, CallOutId) {
    let world = World::with(|plan| plan.readiness = None).await;
    world.fail(&world.address("it-1"), refused_connection());
    let id = world.earthquake("5-").await.remove(0);
    (world, id)
}

/// Turns fail for so long, looked at every ten seconds.
async fn fails_for(world: &World, length: &str) {
    let length: SignedDuration = length.parse().unwrap();
    for _ in 0..length.as_secs() / 10 {
        world.away("10s");
        assert!(world.engine.turn().await.is_err());
    }
}

/// Nothing can be written any more, and the disk is not full: after a minute
/// administrators hear that the calling stands still, though no alarm can be kept
/// either; once, and the board says it for as long.
#[tokio::test]
async fn that_nothing_can_be_written_is_told_though_it_cannot_be_kept() {
    let (world, _) = called().await;
    world.store_refuses(true).await;
    fails_for(&world, "50s").await;
    assert_eq!(world.engine.alarms().len(), 0, "it may pass");
    let sent = world.sent().len();
    fails_for(&world, "30s").await;
    let says = world.engine.alarms();
    assert!(
        says.iter().any(|text| text.ja.contains("招集の処理が失敗")),
        "{says:?}"
    );
    let mut contacts: Vec<String> = Vec::new();
    for person in ["it-manager", "it-1", "it-2"] {
        let of = &world.plan().roster.people[person].contacts;
        contacts.extend(of.iter().map(|contact| contact.address.to_string()));
    }
    let all = |_: &[Sent]| alarms(&world).len() >= contacts.len();
    world.until_left(all).await;
    let refused = world.engine.store_refuses().unwrap();
    assert!(refused.as_secs() >= 70, "{refused:?}");
    fails_for(&world, "20m").await;
    let told = alarms(&world);
    for contact in &contacts {
        let heard = told.iter().filter(|sent| sent.to == *contact);
        assert_eq!(heard.count(), 1, "{contact}: {told:?}");
    }
    assert_eq!(world.sent().len(), sent + contacts.len(), "nothing else");
    world.store_refuses(false).await;
    world.turn().await;
    assert!(world.engine.store_refuses().is_none());
    world.advance("20s").await;
    let says = world.engine.alarms();
    assert!(says.is_empty(), "{says:?}");
    let again = alarms(&world).len();
    assert_eq!(again, contacts.len(), "not told again as it is over");
}

/// Nothing can be written from nine in the evening until the morning: nobody is rung
/// by what grew old meanwhile. Whoever may is asked first.
#[tokio::test]
async fn what_grew_old_while_nothing_could_be_written_asks_a_person_first() {
    let (world, id) = called().await;
    let stage = world.see(&id).await.stage;
    world.store_refuses(true).await;
    fails_for(&world, "7h").await;
    world.store_refuses(false).await;
    let sent = world.sent().len();
    world.turn().await;
    let call_out = world.see(&id).await;
    assert!(call_out.is_paused());
    assert_eq!(call_out.stage, stage);
    let asked = world.sent().split_off(sent);
    assert!(!asked.is_empty());
    for sent in asked {
        assert!(
            sent.subject.contains("止まっていた参集を続けますか"),
            "{}",
            sent.subject
        );
    }
}

/// The same where nothing is to be sent, and a stage alone cannot begin: that nothing was
/// there to be claimed says nothing of the store.
#[tokio::test]
async fn a_stage_that_could_not_begin_for_long_asks_a_person_first() {
    let world = World::with(|plan| {
        plan.readiness = None;
        for procedure in plan.procedures.values_mut() {
            procedure.stale_after = Duration::from_secs(60);
        }
    })
    .await;
    let id = world.earthquake("5-").await.remove(0);
    let stage = world.see(&id).await.stage;
    world.store_refuses(true).await;
    let mut failed = 0;
    for _ in 0..400 {
        world.away("10s");
        failed += usize::from(world.engine.turn().await.is_err());
    }
    assert!(failed >= 60, "for ten minutes of turns: {failed}");
    world.store_refuses(false).await;
    world.turn().await;
    let call_out = world.see(&id).await;
    assert!(call_out.is_paused());
    assert_eq!(call_out.stage, stage);
}

/// The same for a minute alone: it is no standstill, and the call-out goes on.
#[tokio::test]
async fn a_short_while_in_which_nothing_could_be_written_stops_nothing() {
    let (world, id) = called().await;
    world.advance("6h 1m").await;
    world.store_refuses(true).await;
    world.away("10s");
    let _ = world.engine.turn().await;
    world.store_refuses(false).await;
    world.advance("1m").await;
    assert!(!world.see(&id).await.is_paused());
}

/// Two lives of the daemon tell at one instant of the clock, which was set back between
/// them, what neither can keep: no gateway takes the second's word for a copy.
#[tokio::test]
async fn what_two_lives_cannot_keep_is_no_copy_of_each_other() {
    let (world, _) = called().await;
    world.store_refuses(true).await;
    let began = world.clock.now();
    let first = told_unkept(&world).await;
    world.store_refuses(false).await;
    let world = world.crash().await;
    world.store_refuses(true).await;
    let since = world.clock.now().duration_since(began);
    world.back(&format!("{}s", since.as_secs()));
    let second = told_unkept(&world).await.split_off(first.len());
    assert_eq!(first.len(), second.len());
    for (one, other) in first.iter().zip(&second) {
        assert_eq!((&one.to, one.at), (&other.to, other.at));
        assert_ne!(one.identity, other.identity, "{}", one.to);
    }
}

/// The alarms until those have left that a standstill of a minute gives.
async fn told_unkept(world: &World) -> Vec<Sent> {
    let before = alarms(world).len();
    for _ in 0..8 {
        if world.engine.alarms().is_empty() {
            fails_for(world, "10s").await;
        }
    }
    let people = ["it-manager", "it-1", "it-2"];
    let contacts = people.map(|id| world.plan().roster.people[id].contacts.len());
    let all = before + contacts.iter().sum::<usize>();
    world.until_left(|_| alarms(world).len() >= all).await;
    let mut alarms = alarms(world);
    alarms[before..].sort_by(|one, other| one.to.cmp(&other.to));
    alarms
}
