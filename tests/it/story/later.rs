//! Earthquakes that come by themselves while something of the first one waits.

use std::sync::Arc;

use muster::domain::call_out::{CallOut, State};
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::event::{Event, EventKind, Intensity};
use muster::domain::id::{CallOutId, Principal};
use muster::engine::{Became, Told};

use crate::support::world::{Sent, World};

fn quake(intensity: &str) -> EventKind {
    EventKind::Earthquake {
        intensity: Intensity::parse(intensity).unwrap(),
    }
}

/// The subjects of what a person was sent by mail.
fn told(world: &World, person: &str) -> Vec<String> {
    let address = world.address(person);
    let sent = world.sent().into_iter().filter(|sent| sent.to == address);
    sent.map(|sent| sent.subject).collect()
}

/// All staff were called for what is taken back a minute later.
async fn taken_back() -> (World, CallOutId) {
    let world = World::example().await;
    let id = world.earthquake("6-").await.remove(0);
    world.advance("1m").await;
    (world, id)
}

/// While a withdrawal waits there is nothing that another earthquake could be the
/// aftershock of: it stands, and nobody is sent home.
#[tokio::test]
async fn an_earthquake_while_a_withdrawal_waits_keeps_everybody_called() {
    let (world, id) = taken_back().await;
    let by = Principal::new("token:duty");
    world.engine.withdraw(&id, by).await.unwrap();
    world.advance("4m").await;
    let later = world.tell(quake("5+")).await.unwrap();
    assert_eq!((later.became, &later.call_outs[0]), (Became::Grown, &id));
    world.advance("20m").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::Open);
    assert_eq!(call_out.event.kind, quake("5+"));
    let everyone = world.plan().roster.people.len();
    assert_eq!(call_out.counts().called as usize, everyone);
    let account = world.timeline(&id).await;
    assert!(account.contains("訂正による解除を中止"), "{account}");
}

/// Less than what was told and more than what it is corrected to: it is corrected
/// to the later one, and whom that needs is not released.
#[tokio::test]
async fn an_earthquake_while_a_correction_waits_is_what_it_is_corrected_to() {
    let (world, id) = taken_back().await;
    world.grow(&id, quake("4")).await.unwrap();
    world.advance("4m").await;
    let later = world.tell(quake("5-")).await.unwrap();
    assert_eq!((later.became, &later.call_outs[0]), (Became::Grown, &id));
    world.advance("5m").await;
    let everyone = world.plan().roster.people.len();
    assert_eq!(world.see(&id).await.counts().called as usize, everyone);
    // With so little left it can be stopped for ten minutes once more.
    let world = world.crash().await;
    world.advance("9m59s").await;
    assert_eq!(world.see(&id).await.counts().called as usize, everyone);
    world.advance("1s").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.rule.as_str(), "P2");
    // One whom a squad requires, and one of no squad.
    let released = |person: &str| {
        let told = told(&world, person);
        told.iter().any(|subject| subject.contains("参集不要"))
    };
    assert!(!released("residents-1") && released("accounting-manager"));
    assert!(call_out.participants["residents-1"].is_called());
}

/// No more than what it is corrected to: an aftershock, and the correction goes on.
#[tokio::test]
async fn an_aftershock_leaves_a_correction_that_waits() {
    let (world, id) = taken_back().await;
    world.grow(&id, quake("4")).await.unwrap();
    let later = world.tell(quake("4")).await.unwrap();
    assert_eq!(later.became, Became::Aftershock);
    world.advance("11m").await;
    assert_eq!(world.see(&id).await.rule.as_str(), "P3");
}

/// The window is that of the main shock, which need not be the first one.
#[tokio::test]
async fn an_aftershock_is_one_of_the_strongest_shock() {
    let world = World::example().await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("5h50m").await;
    assert_eq!(world.earthquake("6-").await, std::slice::from_ref(&id));
    world.advance("20m").await;
    let later = world.tell(quake("5+")).await.unwrap();
    assert_eq!(
        (later.became, &later.call_outs[0]),
        (Became::Aftershock, &id)
    );
    world.advance("6h").await;
    let later = world.tell(quake("5+")).await.unwrap();
    assert_eq!(later.became, Became::Opened);
}

/// What waits for a word after a standstill calls nobody: another earthquake calls
/// by itself, and a stronger one is the word.
#[tokio::test]
async fn an_earthquake_beside_a_stopped_call_out_calls_by_itself() {
    for (intensity, became) in [("5-", Became::Opened), ("6-", Became::Grown)] {
        let world = World::with(|plan| {
            plan.readiness = None;
            let procedure = plan.procedures.get_mut("required-members").unwrap();
            procedure.stale_after = std::time::Duration::from_secs(2 * 3600);
        })
        .await;
        let first = world.earthquake("5-").await.remove(0);
        world.away("3h");
        world.turn().await;
        assert!(world.see(&first).await.is_paused());
        let later = world.tell(quake(intensity)).await.unwrap();
        assert_eq!(later.became, became, "{intensity}");
        assert!(!world.see(&later.call_outs[0]).await.is_paused());
    }
}

fn down() -> Outcome {
    Outcome::Retry {
        reason: Reason::Unreachable,
        detail: "connection refused".to_owned(),
        after: None,
    }
}

/// What a person was sent by mail and the relay took.
fn taken(world: &World, person: &str) -> Vec<Sent> {
    let address = world.address(person);
    let sent = world.sent().into_iter();
    sent.filter(|sent| sent.to == address && sent.outcome == "accepted")
        .collect()
}

/// Let go, and called anew by the real one before their relay took a word of it:
/// whoever is called does not read afterwards that they need not come.
#[tokio::test]
async fn who_is_called_anew_does_not_read_that_they_need_not_come() {
    let (world, id) = taken_back().await;
    world.grow(&id, quake("4")).await.unwrap();
    world.fail(&world.address("accounting-manager"), down());
    world.advance("10m30s").await;
    let person = |call_out: &CallOut| call_out.participants["accounting-manager"].is_called();
    assert!(!person(&world.see(&id).await), "let go");
    world.tell(quake("6-")).await.unwrap();
    assert!(person(&world.see(&id).await), "called anew");
    world.mend(&world.address("accounting-manager"));
    world.advance("2h").await;
    let taken = taken(&world, "accounting-manager");
    let called = taken.iter().any(|sent| sent.subject.contains("緊急参集"));
    assert!(called);
    let released = taken.iter().find(|sent| sent.subject.contains("参集不要"));
    assert!(released.is_none(), "{released:?}");
}

/// The end of the first call-out is read after the call of the second: it names
/// the second one, and sends nobody home.
#[tokio::test]
async fn the_end_of_one_call_out_names_the_other() {
    let (world, id) = taken_back().await;
    world.fail(&world.address("it-1"), down());
    world.stand_down(&id, "誤り").await;
    let other = world.earthquake("5-").await.remove(0);
    assert_ne!(other, id);
    world.mend(&world.address("it-1"));
    world.advance("2h").await;
    let taken = taken(&world, "it-1");
    let end = taken.iter().find(|sent| sent.subject.contains("参集解除"));
    let end = &end.unwrap().body;
    let title = &world.see(&other).await.title.ja;
    assert!(end.contains(&**title), "{end}");
    assert!(end.contains("そちらの参集は続いています"), "{end}");
    assert!(!end.contains("戻ってください"), "{end}");
    let alone = told_body(&world, "residents-2", "参集解除");
    assert!(alone.contains("戻ってください"), "{alone}");
}

/// The body of what a person was sent under such a subject.
fn told_body(world: &World, person: &str, subject: &str) -> String {
    let taken = taken(world, person).into_iter();
    let mut found = taken.filter(|sent| sent.subject.contains(subject));
    found.next().unwrap().body
}

/// What a person says of an earthquake that is known is no shock: the window runs
/// on from the shock itself.
#[tokio::test]
async fn a_word_on_an_earthquake_is_no_shock() {
    for (intensity, became) in [("6-", Became::Grown), ("5+", Became::Corrected)] {
        let world = World::example().await;
        let id = world.earthquake("6-").await.remove(0);
        world.advance("5h30m").await;
        let report = Told {
            headline: Some("庁舎は無事".to_owned()),
            ..crate::support::world::told(quake(intensity))
        };
        let said = world.engine.grow(&id, report).await.unwrap();
        assert_eq!(said.became, became);
        world.advance("5h30m").await;
        let later = world.tell(quake("5-")).await.unwrap();
        assert_eq!(later.became, Became::Opened, "{intensity}");
    }
}

/// A slip is corrected, and an aftershock of it was real and calls for as many:
/// nobody is sent home for the slip.
#[tokio::test]
async fn a_correction_keeps_whom_a_stronger_aftershock_calls_for() {
    for withdrawn in [false, true] {
        let (world, id) = taken_back().await;
        world.advance("3m").await;
        let later = world.tell(quake("5+")).await.unwrap();
        assert_eq!(later.became, Became::Aftershock);
        world.tell(quake("3")).await.unwrap();
        let world = world.crash().await;
        if withdrawn {
            let by = Principal::new("token:duty");
            world.engine.withdraw(&id, by).await.unwrap();
            world.turn().await;
        } else {
            let said = world.grow(&id, quake("4")).await.unwrap();
            assert_eq!(said.became, Became::Corrected);
        }
        let mail = told_body(&world, "it-1", "【訂正】");
        assert!(mail.contains("震度5強"), "{mail}");
        world.advance("11m").await;
        let call_out = world.see(&id).await;
        assert_eq!(call_out.state, State::Open);
        assert_eq!(call_out.event.kind, quake("5+"));
        let everyone = world.plan().roster.people.len();
        assert_eq!(call_out.counts().called as usize, everyone);
        // What it is corrected to can be corrected as well.
        world.grow(&id, quake("4")).await.unwrap();
        world.advance("11m").await;
        assert_eq!(world.see(&id).await.rule.as_str(), "P3");
    }
}

/// What an earthquake that no rule takes would become is said as it is.
#[tokio::test]
async fn what_no_rule_takes_is_foreseen_as_the_aftershock_that_it_becomes() {
    let (world, id) = taken_back().await;
    let by = Principal::new("token:duty");
    world.engine.withdraw(&id, by).await.unwrap();
    let weak = Arc::new(Event {
        kind: quake("3"),
        ..(*crate::support::plans::quake(world.clock.now())).clone()
    });
    let foreseen = world.engine.foresee(&weak).unwrap().unwrap();
    assert_eq!(foreseen.became, Became::Aftershock);
    assert!(foreseen.told > 0);
    let became = world.tell(quake("3")).await.unwrap().became;
    assert_eq!(became, Became::Aftershock);
}
