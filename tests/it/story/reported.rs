//! Later reports on an incident that a person is asked about.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{Part, State};
use muster::domain::event::{Effect, EventKind};
use muster::engine::Became;

use crate::support::world::World;

fn incident(effect: &str, system: u16) -> EventKind {
    EventKind::SecurityIncident {
        effect: Effect::parse(effect).unwrap(),
        systems: vec![system],
    }
}

/// As an incident unfolds, each report leaves the line its time: whoever said that
/// they cannot is not asked again, and the next in line is asked at their time.
#[tokio::test]
async fn a_further_report_does_not_begin_the_line_anew() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await.remove(0);
    world.advance("2m").await;
    let cannot = Reply::Cannot;
    world.on_behalf(&id, "it-manager", cannot).await.unwrap();
    let asked = world.sent_to("it-manager");
    world.advance("7m").await;
    let grown = world.grow(&id, incident("work-hindered", 12)).await;
    assert_eq!(grown.unwrap().became, Became::Grown);
    world.advance("3m").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::AwaitingDecision);
    assert_eq!(call_out.participants["it-manager"].reply(), Some(cannot));
    assert_eq!(call_out.participants["mayor"].part, Part::Asked);
    // Whoever was asked before hears what changed.
    let deputy = world.address("deputy-mayor");
    let sent = world.sent();
    let mut sent = sent.iter().filter(|sent| sent.to == deputy);
    assert!(sent.any(|sent| sent.body.contains("内容が変わりました")));
    assert_eq!(world.sent_to("it-manager"), asked + 1);
}

/// What the section handles it goes on handling, and is asked again at its time.
#[tokio::test]
async fn a_further_report_leaves_it_to_the_section() {
    let world = World::example().await;
    let id = world.incident("small").await.remove(0);
    let before = world.see(&id).await;
    world.advance("1h").await;
    world.grow(&id, incident("small", 12)).await.unwrap();
    let after = world.see(&id).await;
    assert_eq!(after.event.kind.systems(), [19, 12]);
    assert_eq!(after.course.question, before.course.question);
    world.advance("2h1m").await;
    assert_eq!(world.see(&id).await.state, State::AwaitingDecision);
    // Nor does a report end the asking.
    world.grow(&id, incident("small", 13)).await.unwrap();
    assert_eq!(world.see(&id).await.state, State::AwaitingDecision);
}

/// The decision of the one whose it is stands over a correction that was entered
/// before it.
#[tokio::test]
async fn a_decision_stops_a_correction_that_waits() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await.remove(0);
    world.advance("2m").await;
    world.grow(&id, incident("small", 19)).await.unwrap();
    world.advance("3m").await;
    let muster = muster::domain::rule::Decision::Muster;
    world.decide(&id, "it-manager", muster).await.unwrap();
    world.advance("20m").await;
    let call_out = world.see(&id).await;
    assert_eq!(
        (call_out.state, call_out.rule.as_str()),
        (State::Open, "P6")
    );
    let account = world.timeline(&id).await;
    assert!(account.contains("訂正による解除を中止"), "{account}");
}
