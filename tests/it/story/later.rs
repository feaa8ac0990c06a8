//! Earthquakes that come by themselves while something of the first one waits.

use muster::domain::call_out::State;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, Principal};
use muster::engine::Became;

use crate::support::world::World;

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
    let world = world.crash().await;
    world.advance("2m").await;
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
