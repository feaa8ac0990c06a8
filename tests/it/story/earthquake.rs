//! P1, P2 and P3: an earthquake calls people out by itself.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::State;
use muster::domain::text::Language;

use crate::support::world::World;

/// P1: 震度5強 and more calls all staff in stage 1, and each is told where to
/// gather and that safety comes first (S1).
#[tokio::test]
async fn five_upper_calls_everyone_at_once() {
    let world = World::example().await;
    let call_outs = world.earthquake("5+").await;
    assert_eq!(call_outs.len(), 1);
    let call_out = world.see(&call_outs[0]).await;
    assert_eq!(call_out.rule.as_str(), "P1");
    let everyone = world.plan().roster.people.len();
    assert_eq!(call_out.counts().called as usize, everyone);
    for person in world.plan().roster.people.keys() {
        assert!(world.sent_to(person.as_str()) >= 1, "{person} was not told");
    }
    for sent in world.sent().iter().filter(|sent| sent.channel == "email") {
        assert!(sent.body.contains("役場本庁舎") || sent.body.contains("Town office"), "{}", sent.body);
        let safety = &world.plan().safety;
        assert!(
            Language::ALL.iter().any(|language| sent.body.contains(safety.get(*language))),
            "{}",
            sent.body
        );
    }
}

#[tokio::test]
async fn seven_is_five_upper_or_more() {
    let world = World::example().await;
    let call_outs = world.earthquake("7").await;
    assert_eq!(world.see(&call_outs[0]).await.rule.as_str(), "P1");
}

/// Below 震度4 the plan calls nobody; the event is kept all the same.
#[tokio::test]
async fn three_calls_nobody() {
    let world = World::example().await;
    assert!(world.earthquake("3").await.is_empty());
    assert!(world.sent().is_empty());
}

/// P3: 震度4 calls the required members of the two sections, nobody else.
#[tokio::test]
async fn four_calls_the_required_members_of_two_sections() {
    let world = World::example().await;
    let call_outs = world.earthquake("4").await;
    let call_out = world.see(&call_outs[0]).await;
    assert_eq!(call_out.rule.as_str(), "P3");
    let names: Vec<&str> = call_out.targets.iter().map(|target| target.name.ja.as_str()).collect();
    insta::assert_snapshot!(names.join(" "), @"");
    let called: Vec<&str> = call_out.participants.keys().map(|person| person.as_str()).collect();
    insta::assert_snapshot!(called.join(" "), @"");
}

/// P2, the whole night: some come, one cannot, one address is dead, the rest
/// are silent; deputies are called, and in the end it says what is missing.
#[tokio::test]
async fn five_lower_fills_every_squad_and_goes_to_deputies() {
    let world = World::example().await;
    world.bounce(&world.address("general-affairs-2"));
    let call_outs = world.earthquake("5-").await;
    let id = &call_outs[0];
    world.advance("2m").await;
    for person in ["it-manager", "it-1", "it-2", "general-affairs-manager", "planning-1", "planning-2"] {
        world.answer(id, person, Reply::Coming).await;
    }
    world.advance("1m").await;
    world.answer(id, "health-manager", Reply::Cannot).await;
    world.advance("2h").await;
    insta::assert_snapshot!(world.timeline(id).await, @"");
    assert_eq!(world.see(id).await.state, State::Exhausted);
}

/// Nobody can be told that a call-out was exhausted if nothing says so.
#[tokio::test]
async fn an_exhausted_call_out_tells_the_administrators() {
    let world = World::example().await;
    let call_outs = world.earthquake("5-").await;
    world.advance("61m").await;
    assert_eq!(world.see(&call_outs[0]).await.state, State::Exhausted);
    for person in world.plan().administrators() {
        let address = world.address(person.as_str());
        let told = world.sent().iter().any(|sent| sent.to == address && sent.body.contains("尽き"));
        assert!(told, "{person} was not told");
    }
}
