//! Contacts that do not take a message now, or of which nobody knows whether
//! they did.

use std::time::Duration;

use muster::domain::call_out::{CallOut, ContactState};
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::journal::Entry;
use muster::domain::notification::NotificationState;
use muster::domain::plan::Plan;
use muster::domain::procedure::Resend;

use crate::support::world::{Sent, World};

/// One contact after the other, nobody is asked twice by a stage, and each target
/// is filled by the next in line.
pub(super) fn one_by_one(plan: &mut Plan) {
    plan.readiness = None;
    for procedure in plan.procedures.values_mut() {
        for stage in &mut procedure.stages {
            stage.together = false;
            stage.remind = false;
            stage.resend = None;
        }
    }
}

pub(super) fn refused() -> Outcome {
    Outcome::Retry {
        reason: Reason::Policy,
        detail: "RCPT TO: 550 5.7.1 rejected by policy".to_owned(),
        after: None,
    }
}

pub(super) fn lost() -> Outcome {
    Outcome::Unknown {
        detail: "text: the connection was lost".to_owned(),
    }
}

pub(super) fn to(world: &World, address: &str) -> Vec<Sent> {
    let sent = world.sent().into_iter();
    // An administrator hears of failing contacts as well.
    let calls = sent.filter(|sent| !sent.subject.contains("【障害】"));
    calls.filter(|sent| sent.to == address).collect()
}

pub(super) async fn state(world: &World, id: &CallOutId, contact: usize) -> ContactState {
    let call_out = world.see(id).await;
    call_out.participants[&PersonId::new("it-1")].contacts[contact].state
}

/// Every relay refuses the mail by policy. The telephone is called at once, the
/// mail is tried again, and counts as soon as a relay takes it.
#[tokio::test]
async fn a_mail_that_every_relay_refuses_calls_the_next_contact_at_once() {
    let world = World::with(one_by_one).await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    world.fail(&contacts[0].address, refused());
    let id = world.earthquake("4").await.remove(0);
    assert_eq!(to(&world, &contacts[1].address).len(), 1, "at once");
    assert_eq!(state(&world, &id, 0).await, ContactState::Failing);
    world.advance("2m").await;
    let tries = to(&world, &contacts[0].address);
    assert!(tries.len() >= 3, "it is tried again: {}", tries.len());
    assert_eq!(to(&world, &contacts[1].address).len(), 1, "called once");
    let world = world.crash().await;
    assert_eq!(state(&world, &id, 0).await, ContactState::Failing);
    world.mend(&contacts[0].address);
    world.advance("6m").await;
    assert_eq!(state(&world, &id, 0).await, ContactState::Accepted);
    let timeline = world.timeline(&id).await;
    assert!(timeline.contains("もう一度送ります"), "{timeline}");
    assert!(!timeline.contains("+81-"), "no number in the account");
}

/// Where each contact of a person refuses, the next in line is called at once;
/// the person still gets the message when a relay takes it.
#[tokio::test]
async fn who_is_refused_by_every_contact_is_replaced_at_once() {
    let world = World::with(one_by_one).await;
    // A section's required member, who has a deputy.
    let id = {
        let probe = World::with(one_by_one).await;
        let id = probe.earthquake("5-").await.remove(0);
        let call_out = probe.see(&id).await;
        let target = call_out
            .targets
            .iter()
            .find(|target| target.candidates.len() > 1);
        target.unwrap().candidates[0].clone()
    };
    let contacts = world.plan().roster.people[&id].contacts.clone();
    for contact in &contacts {
        world.fail(&contact.address, refused());
    }
    let call_out = world.earthquake("5-").await.remove(0);
    let seen = world.see(&call_out).await;
    assert!(seen.participants[&id].is_unreachable());
    let target = seen
        .targets
        .iter()
        .find(|target| target.candidates[0] == id);
    let next = target.unwrap().candidates[1].clone();
    let called = seen
        .participants
        .get(&next)
        .is_some_and(|next| next.is_called());
    assert!(called, "{next} is called at once");
    for contact in &contacts {
        world.mend(&contact.address);
    }
    world.advance("1m").await;
    let seen = world.see(&call_out).await;
    assert!(!seen.participants[&id].is_unreachable());
    assert!(
        seen.participants[&id].sent_at.is_some(),
        "the person has it after all"
    );
}

/// Everybody who is silent is asked again every ten minutes while their relay is away
/// for 45. As it is back they get the call and the last of the reminders, each once.
#[tokio::test]
async fn reminders_do_not_pile_up_behind_a_relay_that_is_away() {
    let world = World::with(|plan| {
        one_by_one(plan);
        // Whoever has another contact is called by that.
        let it_1 = plan.roster.people.get_mut("it-1").unwrap();
        it_1.contacts.truncate(1);
        for procedure in plan.procedures.values_mut() {
            procedure.stages.truncate(1);
            procedure.exhausted_after = Duration::from_secs(4 * 3600);
            procedure.stages[0].resend = Some(Resend {
                every: Duration::from_secs(600),
                times: 5,
            });
        }
    })
    .await;
    let mail = world.plan().roster.people["it-1"].contacts[0].clone();
    let away = Outcome::Retry {
        reason: Reason::Unreachable,
        detail: "connect: refused".to_owned(),
        after: None,
    };
    world.fail(&mail.address, away);
    world.earthquake("4").await;
    world.advance("45m").await;
    let before = to(&world, &mail.address).len();
    world.mend(&mail.address);
    world.advance("4m").await;
    let came = to(&world, &mail.address).split_off(before);
    assert!(came.iter().all(|sent| sent.outcome == "accepted"));
    assert_eq!(came.len(), 2, "{came:#?}");
    world.advance("10m").await;
    let came = to(&world, &mail.address).split_off(before);
    assert_eq!(came.len(), 3, "the last reminder, at its time");
}

/// A connection lost after the text, twice: there are two copies of the mail, a
/// minute apart, with one Message-ID, which say that they may be two. Then the
/// next contact is called, and there is no third.
#[tokio::test]
async fn a_mail_of_which_nobody_knows_is_sent_once_more() {
    let world = World::with(one_by_one).await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    world.fail(&contacts[0].address, lost());
    let id = world.earthquake("4").await.remove(0);
    assert_eq!(to(&world, &contacts[0].address).len(), 1);
    assert_eq!(to(&world, &contacts[1].address).len(), 0, "not yet");
    world.advance("2m").await;
    let copies = to(&world, &contacts[0].address);
    assert_eq!(copies.len(), 2);
    assert_eq!(copies[0].identity, copies[1].identity);
    assert_eq!(copies[0].body, copies[1].body);
    assert!(
        copies[0]
            .body
            .contains("同じメールが二度届くことがあります")
    );
    assert!(
        copies[0].body.contains("03:00 に作成"),
        "{}",
        copies[0].body
    );
    let apart = copies[1].at.duration_since(copies[0].at).as_secs();
    assert!((48..=72).contains(&apart), "{apart} s apart");
    assert_eq!(
        to(&world, &contacts[1].address).len(),
        1,
        "the next contact"
    );
    let world = world.crash().await;
    world.advance("1h").await;
    let all = to(&world, &contacts[0].address);
    let same = all
        .iter()
        .filter(|copy| copy.identity == copies[0].identity);
    assert_eq!(same.count(), 2, "no third");
    assert_eq!(state(&world, &id, 0).await, ContactState::Waiting);
}

/// Row 56: the same of a gateway: the telephone is told twice, a minute apart, under
/// one webhook-id and each time with the time at which that was made, and no third
/// time.
#[tokio::test]
async fn a_webhook_of_which_nobody_knows_is_sent_once_more() {
    let world = World::with(one_by_one).await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    world.bounce(&contacts[0].address);
    world.fail(&contacts[1].address, lost());
    let id = world.earthquake("4").await.remove(0);
    let mine = |world: &World| {
        let mut sent = to(world, &contacts[1].address);
        sent.retain(|sent| sent.body.contains(id.as_str()));
        sent
    };
    let first = mine(&world).remove(0);
    world.advance("2m").await;
    let copies = mine(&world);
    assert_eq!(copies.len(), 2, "{copies:#?}");
    assert_eq!(copies[0].identity, copies[1].identity);
    assert_eq!(copies[0].body, copies[1].body);
    let apart = copies[1].at.duration_since(copies[0].at).as_secs();
    assert!((48..=72).contains(&apart), "{apart} s apart");
    assert!(copies.iter().all(|copy| copy.made_at == Some(copy.at)));
    let world = world.crash().await;
    world.advance("1h").await;
    let all = mine(&world);
    let same = all.iter().filter(|copy| copy.identity == first.identity);
    assert_eq!(same.count(), 2, "no third");
}

/// What was lost once and then taken is over.
#[tokio::test]
async fn a_second_copy_that_is_taken_ends_it() {
    let world = World::with(one_by_one).await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    world.fail(&contacts[0].address, lost());
    let id = world.earthquake("4").await.remove(0);
    world.mend(&contacts[0].address);
    world.advance("10m").await;
    assert_eq!(to(&world, &contacts[0].address).len(), 2);
    assert_eq!(to(&world, &contacts[1].address).len(), 0);
    assert_eq!(state(&world, &id, 0).await, ContactState::Accepted);
}

/// A relay that greylists says "later" for six minutes. The mail is tried again
/// at short waits all the while, the stages keep their times, and the mail goes
/// out when the relay takes it.
#[tokio::test]
async fn greylisting_delays_no_stage() {
    let even = World::with(one_by_one).await;
    let id = even.earthquake("4").await.remove(0);
    even.advance("2h").await;
    let undisturbed = begun(&even, &id).await;
    assert!(undisturbed.len() > 1, "{undisturbed:?}");
    let world = World::with(one_by_one).await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    let later = Outcome::Retry {
        reason: Reason::Busy,
        detail: "RCPT TO: 451 4.7.1 greylisted".to_owned(),
        after: None,
    };
    world.fail(&contacts[0].address, later);
    let id = world.earthquake("4").await.remove(0);
    world.advance("6m").await;
    let tries = to(&world, &contacts[0].address).len();
    assert!((5..=8).contains(&tries), "{tries} tries in six minutes");
    assert_eq!(state(&world, &id, 0).await, ContactState::Waiting);
    world.mend(&contacts[0].address);
    world.advance("6m").await;
    assert_eq!(state(&world, &id, 0).await, ContactState::Accepted);
    world.advance("108m").await;
    assert_eq!(begun(&world, &id).await, undisturbed, "the stages' times");
}

/// When each stage began, in seconds from the first.
async fn begun(world: &World, id: &CallOutId) -> Vec<(u32, i64)> {
    let records = world.engine.store().journal(id, 0).await.unwrap();
    let first = records[0].at;
    let stages = records.iter().filter_map(|record| match record.entry {
        Entry::Stage { stage, .. } => Some((stage, record.at.duration_since(first).as_secs())),
        _ => None,
    });
    stages.collect()
}

/// A relay takes a mail and loses it: nobody hears of that, and the silence is
/// what brings the next stage and the deputies.
#[tokio::test]
async fn a_mail_that_is_taken_and_lost_is_covered_by_the_next_stage() {
    let world = World::with(|plan| plan.readiness = None).await;
    let id = world.earthquake("5-").await.remove(0);
    let called = |call_out: &CallOut| {
        let people = call_out.participants.values();
        people.filter(|one| one.is_called()).count()
    };
    let first = called(&world.see(&id).await);
    world.advance("3h").await;
    let call_out = world.see(&id).await;
    assert!(call_out.stage > 1);
    assert!(called(&call_out) > first, "deputies are called");
}

/// The only relay refuses everybody and is left alone for a while: of most people
/// nobody was asked. A restart takes none of them for unreachable, so that no stage
/// begins early for it.
#[tokio::test]
async fn a_restart_takes_nobody_for_unreachable_who_was_not_asked() {
    let world = World::with(one_by_one).await;
    let people = world.plan().roster.people.values();
    for contact in people.flat_map(|person| &person.contacts) {
        world.fail(
            &contact.address,
            Outcome::Retry {
                reason: Reason::Policy,
                detail: "550 5.7.1 rejected by policy (not tried again before noon)".to_owned(),
                after: Some(std::time::Duration::from_secs(60)),
            },
        );
    }
    let id = world.earthquake("4").await.remove(0);
    world.advance("1m").await;
    let before = world.see(&id).await;
    assert_eq!(before.stage, 1);
    let world = world.crash().await;
    world.advance("1m").await;
    let after = world.see(&id).await;
    assert_eq!(after.stage, 1, "a stage began early");
    let reachable = |call_out: &CallOut| {
        let called = call_out.participants.values().filter(|one| one.is_called());
        called.filter(|one| !one.is_unreachable()).count()
    };
    assert!(reachable(&before) > 0);
    assert_eq!(reachable(&after), reachable(&before));
}

/// Dead addresses that come together are kept together: nobody's next contact
/// waits for a sync of the disk for each of the others.
#[tokio::test]
async fn many_dead_addresses_cost_few_commits() {
    let world = World::example().await;
    let people: Vec<_> = world.plan().roster.people.keys().cloned().collect();
    for person in &people {
        world.bounce(&world.address(person.as_str()));
    }
    let before = world.commits();
    let id = world.earthquake("5+").await[0].clone();
    let kept = world.engine.store().load(&id).await.unwrap().unwrap();
    let rows = kept.notifications.iter();
    let dead = rows
        .filter(|row| row.state == NotificationState::Dead)
        .count();
    let commits = world.commits() - before;
    assert!(dead >= 20, "{dead}");
    assert!(commits <= 5, "{commits} commits for {dead} dead addresses");
}

/// No relay can be reached, and each is left alone for a while: the telephone is
/// called meanwhile, and nobody stands in for a person because of it.
#[tokio::test]
async fn a_mail_that_no_relay_can_be_asked_for_calls_the_next_contact() {
    for reason in [Reason::Unreachable, Reason::Timeout] {
        let world = World::with(one_by_one).await;
        let contacts = world.plan().roster.people["it-1"].contacts.clone();
        let away = |after| Outcome::Retry {
            reason,
            detail: "connection refused".to_owned(),
            after,
        };
        world.fail(&contacts[0].address, away(None));
        let id = world.earthquake("4").await.remove(0);
        assert_eq!(
            to(&world, &contacts[1].address).len(),
            0,
            "asked, and soon again"
        );
        world.fail(&contacts[0].address, away(Some(Duration::from_secs(30))));
        world.advance("10s").await;
        assert_eq!(to(&world, &contacts[1].address).len(), 1, "{reason:?}");
        assert_eq!(state(&world, &id, 0).await, ContactState::Waiting);
        world.mend(&contacts[0].address);
        world.advance("2m").await;
        assert_eq!(state(&world, &id, 0).await, ContactState::Accepted);
        assert_eq!(to(&world, &contacts[1].address).len(), 1, "called once");
    }
}

/// No relay can be asked, and the second contact takes the call: the third is left in
/// peace, however often the mail is tried on.
#[tokio::test]
async fn where_one_has_taken_the_call_no_further_contact_is_called() {
    for reason in [Reason::Unreachable, Reason::Authentication] {
        let world = World::with(|plan| {
            one_by_one(plan);
            let it_1 = plan.roster.people.get_mut("it-1").unwrap();
            let mut third = it_1.contacts[1].clone();
            third.address = format!("{}-third", third.address).into();
            it_1.contacts.push(third);
        })
        .await;
        let contacts = world.plan().roster.people["it-1"].contacts.clone();
        let resting = Outcome::Retry {
            reason,
            detail: "no relay can be asked".to_owned(),
            after: Some(Duration::from_secs(30)),
        };
        world.fail(&contacts[0].address, resting);
        world.earthquake("4").await;
        world.advance("10m").await;
        assert!(to(&world, &contacts[0].address).len() > 2, "tried on");
        assert_eq!(to(&world, &contacts[1].address).len(), 1, "{reason:?}");
        assert_eq!(to(&world, &contacts[2].address).len(), 0, "{reason:?}");
    }
}

/// Row 36: an address that is refused as unknown is tried once in a call-out,
/// whatever is still to be said there: asked again, the next stage, the end.
#[tokio::test]
async fn an_address_that_is_dead_is_tried_once_in_a_call_out() {
    let world = World::with(|plan| plan.readiness = None).await;
    let dead = world.address("it-1");
    world.bounce(&dead);
    let id = world.incident("residents").await.remove(0);
    world.advance("3h").await;
    world.stand_down(&id, "終わり").await;
    let of = |sent: &&Sent| sent.identity.contains(id.as_str());
    let sent = world.sent();
    let tried = sent.iter().filter(|sent| sent.to == dead).filter(of);
    assert_eq!(tried.count(), 1);
    let other = world.address("it-2");
    let others = sent.iter().filter(|sent| sent.to == other).filter(of);
    assert!(
        others.count() > 2,
        "the others are asked again, and told of the end"
    );
}

/// Row 36: two messages wait for an address, and the first of them is refused: the
/// other does not ask it again. What it says goes on to the next contact.
#[tokio::test]
async fn what_waits_for_an_address_that_has_died_does_not_ask_it_again() {
    let world = World::with(|plan| plan.readiness = None).await;
    let address = world.address("it-1");
    world.fail(&address, busy(None));
    let id = world.incident("residents").await.remove(0);
    world.advance("12m").await;
    let tried = |world: &World| {
        let sent = world.sent().into_iter();
        let to = sent.filter(|sent| sent.to == address && sent.identity.contains(id.as_str()));
        to.map(|sent| sent.identity).collect::<Vec<_>>()
    };
    let before = tried(&world);
    assert!(before.iter().any(|other| *other != before[0]), "two wait");
    world.bounce(&address);
    world.advance("1h").await;
    assert_eq!(tried(&world).len(), before.len() + 1);
    let timeline = world.timeline(&id).await;
    assert_eq!(
        timeline.matches("宛先が存在しません").count(),
        1,
        "{timeline}"
    );
}

/// Row 52: a gateway or a relay that asks to be left alone for long is asked again
/// as the next stage begins.
#[tokio::test]
async fn a_wait_that_is_asked_for_passes_no_stage() {
    let world = World::with(|plan| plan.readiness = None).await;
    let address = world.address("it-1");
    world.fail(&address, busy(Some(Duration::from_secs(240))));
    world.incident("residents").await;
    world.advance("11m").await;
    let sent = world.sent().into_iter().filter(|sent| sent.to == address);
    let sent: Vec<_> = sent.collect();
    let copies = sent.iter().filter(|copy| copy.identity == sent[0].identity);
    let minutes: Vec<i64> = copies
        .map(|copy| copy.at.duration_since(sent[0].at).as_mins())
        .collect();
    // Each time up to a fifth later than it was asked for.
    assert_eq!(minutes, [0, 4, 9, 10]);
}

/// Busy, and asking to be left alone for so long.
fn busy(after: Option<Duration>) -> Outcome {
    Outcome::Retry {
        reason: Reason::Busy,
        detail: "450 4.2.1 busy".to_owned(),
        after,
    }
}
