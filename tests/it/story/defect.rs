//! A defect of the program that one message meets.

use muster::domain::call_out::ContactState;
use muster::domain::id::PersonId;

use crate::support::world::World;

/// It ends that message alone: the others go out, and the person is called by
/// their next contact at once. Administrators hear of it.
#[tokio::test]
async fn one_message_that_meets_a_defect_stops_no_other() {
    let world = World::with(|plan| {
        plan.readiness = None;
        for procedure in plan.procedures.values_mut() {
            for stage in &mut procedure.stages {
                stage.together = false;
            }
        }
    })
    .await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    world.defect(&contacts[0].address);
    let id = world.earthquake("4").await.remove(0);
    let to = |address: &str| {
        let sent = world.sent().into_iter();
        sent.filter(|sent| sent.to == address).count()
    };
    assert_eq!(to(&contacts[0].address), 0);
    assert_eq!(to(&contacts[1].address), 1, "the next contact, at once");
    let call_out = world.see(&id).await;
    let called = call_out.participants.values().filter(|one| one.is_called());
    for one in called.filter(|one| one.person != PersonId::new("it-1")) {
        assert!(one.sent_at.is_some(), "{}", one.person);
    }
    let it_1 = &call_out.participants[&PersonId::new("it-1")];
    assert_eq!(it_1.contacts[0].state, ContactState::Dead);
    // Administrators hear of it, by another path than the one that ended.
    world.advance("10s").await;
    let sent = world.sent().into_iter();
    let told: Vec<_> = sent
        .filter(|sent| sent.subject.contains("【障害】"))
        .collect();
    assert_eq!(told.len(), 3, "one message to each administrator");
    let name = &world.plan().roster.people["it-1"].name.ja;
    for one in told {
        assert!(one.body.contains(&**name), "{}", one.body);
        assert_ne!(one.channel, "email");
    }
}
