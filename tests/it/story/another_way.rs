//! One way out is shut while another takes what is given to it.
//!
//! Owns that a word to those who were called, and what asks them again, goes by the
//! other way then; and by it once.

use std::time::Duration;

use muster::domain::acknowledgement::Reply;
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::id::PersonId;
use muster::domain::plan::Plan;
use muster::domain::procedure::Resend;
use muster::domain::roster::ChannelName;

use super::failing::{one_by_one, refused};
use crate::support::world::{Sent, World};

/// The relay does not let us in.
fn shut() -> Outcome {
    Outcome::Retry {
        reason: Reason::Authentication,
        detail: "AUTH: 535 5.7.8 authentication failed".to_owned(),
        after: None,
    }
}

/// Everybody's mail comes to this.
fn mails_are(world: &World, outcome: &Outcome) {
    let people = world.plan().roster.people.values();
    let contacts = people.flat_map(|person| &person.contacts);
    for contact in contacts.filter(|contact| contact.channel == ChannelName::Email) {
        world.fail(&contact.address, outcome.clone());
    }
}

/// What was said to a person by a contact, the alarms apart.
fn said(world: &World, person: &str, contact: usize) -> Vec<Sent> {
    let address = world.plan().roster.people[person].contacts[contact]
        .address
        .clone();
    let mut sent = world.sent();
    sent.retain(|sent| *sent.to == *address && !sent.subject.contains("【障害】"));
    sent
}

/// The telephones took the call. The end of it comes by them as well, once, and by mail
/// as soon as the relay lets us in.
#[tokio::test]
async fn the_end_of_a_call_out_goes_by_telephone_while_no_mail_leaves() {
    let world = World::with(|plan| plan.readiness = None).await;
    mails_are(&world, &shut());
    let id = world.earthquake("6-").await.remove(0);
    let called = said(&world, "it-1", 1).len();
    assert_eq!(called, 1, "called by telephone");
    world.stand_down(&id, "誤報").await;
    let by_telephone = said(&world, "it-1", 1);
    assert_eq!(by_telephone.len(), called + 1, "{by_telephone:#?}");
    assert_eq!(by_telephone[called].outcome, "accepted");
    world.advance("1h").await;
    let world = world.crash().await;
    world.advance("1h").await;
    assert_eq!(said(&world, "it-1", 1).len(), called + 1, "once");
    let people: Vec<PersonId> = world.plan().roster.people.keys().cloned().collect();
    for person in people {
        world.mend(&world.address(person.as_str()));
    }
    world.advance("1h").await;
    let by_mail = said(&world, "it-1", 0);
    assert_eq!(by_mail.last().unwrap().outcome, "accepted");
}

/// One contact after the other, and whoever is silent is asked again every ten minutes.
fn asks_again(plan: &mut Plan) {
    one_by_one(plan);
    for procedure in plan.procedures.values_mut() {
        procedure.stages.truncate(1);
        procedure.exhausted_after = Duration::from_secs(4 * 3600);
        procedure.stages[0].resend = Some(Resend {
            every: Duration::from_secs(600),
            times: 2,
        });
    }
}

/// The telephone took the call, since no mail left: it rings again for each reminder, and
/// not for one that an answer came before.
#[tokio::test]
async fn a_reminder_goes_by_telephone_again_while_no_mail_leaves() {
    let world = World::with(asks_again).await;
    mails_are(&world, &shut());
    let id = world.earthquake("4").await.remove(0);
    assert_eq!(said(&world, "it-1", 1).len(), 1);
    world.advance("9m").await;
    assert_eq!(said(&world, "it-1", 1).len(), 1);
    world.advance("2m").await;
    assert_eq!(said(&world, "it-1", 1).len(), 2, "the first reminder");
    world.say(&id, "it-1", Reply::Coming).await.unwrap();
    world.advance("1h").await;
    assert_eq!(said(&world, "it-1", 1).len(), 2, "they have answered");
}

/// The mail took the call, and then the relay turns bad: the reminder goes by telephone,
/// and administrators hear of the contact.
#[tokio::test]
async fn who_took_the_call_by_mail_is_asked_again_by_telephone_when_the_relay_turns_bad() {
    for outcome in [shut(), refused()] {
        let world = World::with(asks_again).await;
        let id = world.earthquake("4").await.remove(0);
        assert_eq!(said(&world, "it-1", 0)[0].outcome, "accepted");
        assert_eq!(said(&world, "it-1", 1).len(), 0);
        mails_are(&world, &outcome);
        world.advance("11m").await;
        assert_eq!(said(&world, "it-1", 1).len(), 1, "{outcome:?}");
        let timeline = world.timeline(&id).await;
        assert!(timeline.contains("もう一度送ります"), "{timeline}");
    }
}

/// P6: every contact of whoever decides refuses for now. The next in line is asked at
/// once, not after a quarter of an hour.
#[tokio::test]
async fn who_decides_and_is_refused_by_every_contact_is_replaced_at_once() {
    let probe = World::example().await;
    let id = probe.incident("work-hindered").await.remove(0);
    let asked = |world: &World| {
        let sent = world.sent().into_iter();
        let asked = sent.filter(|sent| sent.subject.contains("判断"));
        asked.map(|sent| sent.to).collect::<Vec<_>>()
    };
    let first = asked(&probe);
    probe.advance("1h").await;
    let next = asked(&probe).into_iter().find(|to| !first.contains(to));
    let next = next.expect("somebody else is asked in the end");
    drop((probe, id));

    let world = World::with(|plan| plan.readiness = None).await;
    for address in &first {
        world.fail(address, refused());
    }
    let id = world.incident("work-hindered").await.remove(0);
    assert!(asked(&world).contains(&next), "at once");
    let timeline = world.timeline(&id).await;
    assert!(timeline.contains("もう一度送ります"), "{timeline}");
}
