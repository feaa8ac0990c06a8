//! One way out is shut while another takes what is given to it.
//!
//! Owns that a word to those who were called, and what asks them again, goes by the
//! other way then; and by it once.

use std::time::Duration;

use muster::domain::acknowledgement::Reply;
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::PersonId;
use muster::domain::plan::Plan;
use muster::domain::procedure::Resend;
use muster::domain::roster::{ChannelName, Contact};
use muster::domain::rule::Decision;

use super::failing::{lost, one_by_one, refused};
use super::mail::{return_path, unknown};
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

/// Where a stage calls by every contact at once, each has its own reminder: the telephone
/// rings once for it, though no mail leaves.
#[tokio::test]
async fn a_reminder_by_every_contact_rings_the_telephone_once() {
    let together = |plan: &mut Plan| {
        asks_again(plan);
        for procedure in plan.procedures.values_mut() {
            procedure.stages[0].together = true;
        }
    };
    for outcome in [shut(), refused()] {
        let world = World::with(together).await;
        mails_are(&world, &outcome);
        world.earthquake("4").await;
        world.advance("11m").await;
        assert_eq!(said(&world, "it-1", 1).len(), 2, "the call and a reminder");
    }
}

/// A third and a fourth contact are not rung one after the other while the first refuses
/// a reminder and the second took it.
#[tokio::test]
async fn a_reminder_that_is_refused_goes_to_one_further_contact() {
    let world = World::with(|plan| {
        asks_again(plan);
        let contacts = &mut plan.roster.people.get_mut("it-1").unwrap().contacts;
        for number in ["+81-0-0000-1001", "+81-0-0000-1002"] {
            let mut further = contacts[1].clone();
            further.address = number.into();
            contacts.push(further);
        }
    })
    .await;
    world.earthquake("4").await;
    mails_are(&world, &refused());
    world.advance("18m").await;
    let rung: Vec<usize> = (1..4).map(|at| said(&world, "it-1", at).len()).collect();
    assert_eq!(rung, [1, 0, 0]);
}

/// The end was said by telephone because no mail left.
async fn ended_by_telephone() -> (World, usize) {
    let world = World::with(|plan| plan.readiness = None).await;
    mails_are(&world, &shut());
    let id = world.earthquake("6-").await.remove(0);
    world.stand_down(&id, "誤報").await;
    let by_telephone = said(&world, "it-1", 1).len();
    assert_eq!(by_telephone, 2, "the call and its end");
    (world, by_telephone)
}

/// It is not said by it again when the mail is given up after days.
#[tokio::test]
async fn what_was_said_another_way_is_not_said_again_as_the_mail_is_given_up() {
    let (world, by_telephone) = ended_by_telephone().await;
    world.advance("144h").await;
    assert_eq!(said(&world, "it-1", 1).len(), by_telephone);
}

/// Nor when its address turns out to be dead, though another's did so before.
#[tokio::test]
async fn what_was_said_another_way_is_not_said_again_as_the_address_dies() {
    let (world, by_telephone) = ended_by_telephone().await;
    world.advance("30m").await;
    for person in ["it-2", "it-1"] {
        world.bounce(&world.address(person));
        world.advance("1h").await;
    }
    assert_eq!(said(&world, "it-1", 1).len(), by_telephone);
}

/// Nor when the mail is taken at last, and comes back.
#[tokio::test]
async fn what_was_said_another_way_is_not_said_again_as_the_mail_comes_back() {
    let (world, by_telephone) = ended_by_telephone().await;
    let address = world.address("it-1");
    world.mend(&address);
    world.advance("1h").await;
    let path = return_path(&world, "it-1");
    world.receive(&path, &unknown(&address)).await;
    assert_eq!(said(&world, "it-1", 1).len(), by_telephone);
}

/// The mail took the first call, and a correction let them go. Called again while their
/// mail is refused, they are rung at once.
#[tokio::test]
async fn who_is_called_again_and_refused_is_rung_at_once() {
    let two = |plan: &mut Plan| {
        one_by_one(plan);
        let telephone = plan.roster.people["it-1"].contacts[1].clone();
        let contacts = &mut plan.roster.people.get_mut("industry-2").unwrap().contacts;
        contacts.push(Contact {
            address: "+81-0-0000-1001".into(),
            ..telephone
        });
    };
    let world = World::with(two).await;
    let quake = |intensity: &str| EventKind::Earthquake {
        intensity: Intensity::parse(intensity).unwrap(),
    };
    let id = world.earthquake("6-").await.remove(0);
    world.grow(&id, quake("4")).await.unwrap();
    world.advance("20m").await;
    assert!(!world.see(&id).await.participants["industry-2"].is_called());
    let rung = said(&world, "industry-2", 1).len();
    mails_are(&world, &refused());
    world.advance("1m").await;
    world.grow(&id, quake("6-")).await.unwrap();
    assert!(world.see(&id).await.participants["industry-2"].is_called());
    assert!(said(&world, "industry-2", 1).len() > rung, "at once");
}

/// What a relay loses twice, and what only tells, goes by telephone after the second copy.
#[tokio::test]
async fn the_end_goes_by_telephone_where_nobody_knows_whether_a_relay_took_it() {
    let world = World::with(one_by_one).await;
    let id = world.earthquake("4").await.remove(0);
    assert_eq!(said(&world, "it-1", 1).len(), 0, "the mail took the call");
    mails_are(&world, &lost());
    world.stand_down(&id, "誤報").await;
    assert_eq!(said(&world, "it-1", 1).len(), 0, "not after the first");
    world.advance("2m").await;
    assert_eq!(said(&world, "it-1", 1).len(), 1);
    world.advance("2h").await;
    assert_eq!(said(&world, "it-1", 1).len(), 1, "once");
}

/// P6: whoever was asked to decide and refused that by every contact is called like
/// anybody else once it is decided: nobody is called in their place before they have
/// their time.
#[tokio::test]
async fn who_refused_a_question_is_called_all_the_same() {
    let world = World::with(one_by_one).await;
    let contacts = world.plan().roster.people["it-manager"].contacts.clone();
    for contact in &contacts {
        world.fail(&contact.address, refused());
    }
    let id = world.incident("work-hindered").await.remove(0);
    for contact in &contacts {
        world.mend(&contact.address);
    }
    world
        .decide(&id, "deputy-mayor", Decision::Muster)
        .await
        .unwrap();
    let call_out = world.see(&id).await;
    let manager = &call_out.participants["it-manager"];
    assert!(manager.is_called() && !manager.is_unreachable());
    let target = call_out.targets.iter();
    let mut target = target.filter(|target| target.candidates[0].as_str() == "it-manager");
    let deputies = target.next().map(|target| target.candidates[1..].to_vec());
    for deputy in deputies.unwrap_or_default() {
        let called = call_out.participants.get(&deputy);
        assert!(called.is_none_or(|deputy| !deputy.is_called()), "{deputy}");
    }
}
