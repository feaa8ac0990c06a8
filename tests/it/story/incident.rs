//! P5, P6 and P7, as far as this release carries them, and P8 and P10.

use muster::domain::event::EventKind;
use muster::domain::id::RuleId;

use crate::support::world::World;

/// P5: nobody musters; the IT staff are told, and it stays on the board.
#[tokio::test]
async fn a_small_incident_is_recorded_and_the_it_staff_are_told() {
    let world = World::example().await;
    let id = world.incident("small").await[0].clone();
    world.advance("3h").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.counts().called, 0);
    assert!(call_out.state.is_live());
    assert_eq!((world.sent_to("it-1"), world.sent_to("it-2")), (1, 1));
    assert_eq!(world.sent_to("it-manager"), 0);
}

/// P7: the structure of 4(3), without waiting for anybody; the mail says
/// little, because somebody else may be reading.
#[tokio::test]
async fn an_incident_that_affects_residents_calls_the_structure() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    let call_out = world.see(&id).await;
    for person in ["deputy-mayor", "it-manager", "it-1", "it-2"] {
        assert!(call_out.participants[person].is_called(), "{person}");
        assert!(world.sent_to(person) >= 1, "{person}");
    }
    for sent in world.sent() {
        assert!(!sent.body.contains("選挙システム"), "{}", sent.body);
    }
}

/// P8: a person chooses the row that fits, and that is recorded.
#[tokio::test]
async fn another_threat_is_handled_as_the_rule_that_a_person_chose() {
    let world = World::example().await;
    let threat = EventKind::Threat {
        like: RuleId::new("P1"),
        threat: "火山噴火".to_owned(),
    };
    let id = world.tell(threat).await.unwrap().call_outs[0].clone();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.rule.as_str(), "P1");
    assert_eq!(
        call_out.counts().called as usize,
        world.plan().roster.people.len()
    );
    assert!(world.timeline(&id).await.contains("火山噴火"));
}

/// P10: a disaster and an incident are two call-outs, and who is called by
/// both is told of both.
#[tokio::test]
async fn a_disaster_and_an_incident_run_side_by_side() {
    let world = World::example().await;
    let earthquake = world.earthquake("5-").await[0].clone();
    let incident = world.incident("residents").await[0].clone();
    assert_ne!(earthquake, incident);
    let subjects: Vec<String> = world
        .sent()
        .into_iter()
        .filter(|sent| sent.to == world.address("it-1") && sent.channel == "email")
        .map(|sent| sent.subject)
        .collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert_ne!(subjects[0], subjects[1]);
}
