//! Channels that stand still, and who comes first through a narrow one.

use std::time::Duration;

use muster::domain::call_out::{CallOut, TriedContact};
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::notification::{Draft, Purpose, URGENCIES};
use muster::domain::plan::Plan;
use muster::domain::roster::{ChannelName, Contact};

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::at_once::turned;
use super::first::rests;
use crate::support::plans;
use crate::support::world::{Sent, World, told, word};

/// So many people besides the town's own: more than are taken out of the outbox at once.
const CROWD: usize = 1_400;

/// Every stage calls by every contact at once.
fn by_every_path(plan: &mut Plan) {
    plan.readiness = None;
    for procedure in plan.procedures.values_mut() {
        for stage in &mut procedure.stages {
            stage.together = true;
            stage.channels = Vec::new();
        }
    }
}

/// Waits, while the daemon turns by itself, until a call-out is seen so.
pub(super) async fn until(
    world: &World,
    id: &CallOutId,
    what: &str,
    seen: impl Fn(&CallOut) -> bool,
) {
    let mut changes = world.engine.changes();
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !seen(&world.see(id).await) {
            changes.recv().await.unwrap();
        }
    });
    waited.await.unwrap_or_else(|_| panic!("in vain: {what}"));
}

/// Everybody's mail goes through a relay that takes no end. The telephone
/// gateway is called all the same, and the next stage begins at its time.
#[tokio::test]
async fn a_relay_that_stands_still_delays_no_stage_and_no_other_channel() {
    let world = World::narrow(4, by_every_path).await;
    let people = world.plan().roster.people.values();
    for contact in people.flat_map(|person| &person.contacts) {
        if contact.channel == ChannelName::Email {
            world.hold(&contact.address);
        }
    }
    let running = world.by_itself();
    let intensity = Intensity::parse("4").unwrap();
    let told = told(EventKind::Earthquake { intensity });
    let id = world.engine.tell(told).await.unwrap().call_outs.remove(0);
    until(&world, &id, "the telephone rings", |call_out| {
        let called = call_out.participants.values().filter(|one| {
            let phones = |tried: &TriedContact| tried.contact.channel != ChannelName::Email;
            one.is_called() && one.contacts.iter().any(phones)
        });
        let mut called = called.peekable();
        called.peek().is_some() && called.all(|one| one.sent_at.is_some())
    })
    .await;
    let first = world.see(&id).await.stage;
    world.away("3h");
    turned(&world).await;
    // Why again: the clock may have moved in the middle of a turn, which had looked
    // before that what is due; the next one is as much later.
    world.away("2s");
    until(&world, &id, "the next stage", |call_out| {
        call_out.stage > first
    })
    .await;
    running.end(&world).await;
}

/// Through a relay that takes one mail at a time, those who lead are called
/// before everybody else.
#[tokio::test]
async fn those_who_lead_are_called_first() {
    let world = World::narrow(1, |plan| plan.readiness = None).await;
    let leads = ["it-manager", "it-1", "it-2"].map(|id| world.address(id));
    world.earthquake("7").await;
    let sent = world.sent().into_iter().map(|sent| sent.to);
    let mails: Vec<String> = sent.filter(|to| to.contains('@')).collect();
    assert!(mails.len() > 20, "{mails:?}");
    for lead in &leads {
        assert!(mails[..leads.len()].contains(lead), "{lead}: {mails:?}");
    }
}

/// While everybody is called, an incident calls a few who must decide: through a
/// relay that takes one mail at a time theirs go before the rest of the crowd.
#[tokio::test]
async fn a_call_out_of_a_few_is_not_behind_the_crowd_of_another() {
    let world = World::narrow(1, |plan| plan.readiness = None).await;
    let intensity = Intensity::parse("7").unwrap();
    let crowd = told(EventKind::Earthquake { intensity });
    world.engine.tell(crowd).await.unwrap();
    world.incident("residents").await;
    let sent = world.sent().into_iter().map(|sent| sent.to);
    let mails: Vec<String> = sent.filter(|to| to.contains('@')).collect();
    let decides = world.address("deputy-mayor");
    let place = mails.iter().position(|to| *to == decides).unwrap();
    assert!(mails.len() > 20 && place < 10, "{place}: {mails:?}");
}

/// Everybody's mails wait for the relay when both contacts of one person are found
/// dead. Administrators hear of that before the rest of the crowd is called.
#[tokio::test]
async fn a_failure_is_told_before_the_rest_of_the_crowd_is_called() {
    let world = World::narrow(1, |plan| plan.readiness = None).await;
    let busy = Outcome::Retry {
        reason: Reason::Busy,
        detail: "450 4.2.1 busy".to_owned(),
        after: None,
    };
    let mails: Vec<String> = {
        let people = world.plan().roster.people.values();
        let all = people.flat_map(|person| &person.contacts);
        let mails = all.filter(|contact| contact.channel == ChannelName::Email);
        mails.map(|contact| contact.address.to_string()).collect()
    };
    for mail in &mails {
        world.fail(mail, busy.clone());
    }
    let lost = world.plan().roster.people["planning-1"].contacts.clone();
    for contact in &lost {
        world.bounce(&contact.address);
    }
    world.earthquake("7").await;
    world.turn().await;
    let before = world.sent().len();
    for mail in &mails {
        world.mend(mail);
    }
    world.away("2m");
    world.turn().await;
    let sent = world.sent().split_off(before);
    let sent: Vec<_> = sent.iter().filter(|one| one.channel == "email").collect();
    let place = sent
        .iter()
        .position(|one| one.subject.contains("【障害】"))
        .expect("administrators hear of it by mail");
    assert!(sent.len() > 20 && place < 6, "{place} of {}", sent.len());
}

/// Hundreds of the crowd's mails wait for a relay that takes no end, when an
/// administrator's is put off for some seconds. It is tried again then, and not when the
/// clockwork next looks by itself.
#[tokio::test]
async fn whoever_leads_is_tried_again_in_time_beside_a_crowd() {
    let world = World::narrow(1, |plan| {
        plan.readiness = None;
        plans::crowd(plan, CROWD);
    })
    .await;
    let lead = world.address("it-1");
    let people = world.plan().roster.people.values();
    for contact in people.flat_map(|person| &person.contacts) {
        if *contact.address != *lead {
            world.hold(&contact.address);
        }
    }
    let busy = Outcome::Retry {
        reason: Reason::Busy,
        detail: "450 4.2.1 busy".to_owned(),
        after: None,
    };
    world.fail(&lead, busy);
    let _running = world.by_itself();
    rests(&world).await;
    let intensity = Intensity::parse("7").unwrap();
    let crowd = told(EventKind::Earthquake { intensity });
    world.engine.tell(crowd).await.unwrap();
    waits_beside_a_crowd(&world, &lead).await;
    let tries = |sent: &[Sent]| sent.iter().filter(|sent| sent.to == lead).count();
    assert_eq!(tries(&world.sent()), 1);
    world.away("7s");
    world.until_left(|sent| tries(sent) > 1).await;
}

/// Waits until a mail is put off, and the clockwork rests with all of a crowd's kept
/// and most of them taken out of the outbox.
async fn waits_beside_a_crowd(world: &World, to: &str) {
    let options = SqliteConnectOptions::new().filename(world.store_file());
    let mut store = options.read_only(true).connect().await.unwrap();
    let sql = "SELECT count(*) FILTER (WHERE address LIKE 'crowd-%'), \
               count(*) FILTER (WHERE channel = 'email' AND state = 'sending'), \
               count(*) FILTER (WHERE address = $1 AND state = 'retry') FROM notification";
    let waits = async {
        let mut looks = 0;
        while looks < 100 {
            let rows = sqlx::query_as(sql).bind(to).fetch_one(&mut store);
            let (kept, taken, put_off): (u32, u32, u32) = rows.await.unwrap();
            if kept as usize == CROWD && taken > 900 && put_off > 0 {
                looks += 1;
            } else {
                // Beside a crowd what came of one is kept a moment later.
                world.clock.advance(Duration::from_millis(1));
            }
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waits).await;
    waited.expect("it is put off beside a crowd");
}

/// The first stage of a call-out is not behind the crowd of another's later one,
/// and what only tells is behind both.
#[test]
fn a_first_stage_is_more_urgent_than_a_later_one() {
    let urgency = |purpose, stage, leads| {
        let draft = Draft {
            person: PersonId::new("it-1"),
            contact: Contact {
                channel: ChannelName::Email,
                address: "".into(),
            },
            purpose,
            stage,
            confirms: None,
        };
        draft.urgency(leads)
    };
    let in_order = [
        urgency(Purpose::Call, 2, true),
        urgency(Purpose::Call, 1, false),
        urgency(Purpose::Call, 2, false),
        urgency(Purpose::Remind, 1, true),
        urgency(Purpose::Inform, 1, true),
    ];
    assert!(
        in_order.is_sorted_by(|one, next| one < next),
        "{in_order:?}"
    );
    assert!(
        Purpose::ALL
            .iter()
            .all(|purpose| urgency(*purpose, 9, false) < URGENCIES)
    );
}

/// A call-out cannot be read after the start. What is still to be said of another
/// one goes out all the same, an address that is refused in between or not.
#[tokio::test]
async fn an_address_refused_before_everything_is_read_holds_up_nothing() {
    let world = World::with(|plan| plan.readiness = None).await;
    let over = world.earthquake("4").await.remove(0);
    world.advance("10s").await;
    let word = word(None, Some("被害なし"));
    let ended = world.engine.stand_down(&over, word, false).await;
    ended.unwrap();
    let live = world.engine.tell(told(EventKind::Earthquake {
        intensity: Intensity::Four,
    }));
    live.await.unwrap();
    world
        .meddle(
            "UPDATE notification SET due_at = due_at + 3600000000000 \
             WHERE call_out IN (SELECT id FROM call_out WHERE live); \
             ALTER TABLE participant RENAME TO kept; \
             CREATE VIEW participant AS SELECT call_out, person, position, body FROM kept \
             WHERE CASE WHEN call_out IN (SELECT id FROM call_out WHERE live) \
             THEN abs(-9223372036854775807 - (position >= 0)) ELSE 1 END",
        )
        .await;
    let (gone, busy) = (world.address("it-1"), world.address("construction-1"));
    world.bounce(&gone);
    world.fail(
        &busy,
        Outcome::Retry {
            reason: Reason::Busy,
            detail: "450 4.2.1 busy".to_owned(),
            after: None,
        },
    );
    let world = world.crash().await;
    let sent = world.sent().len();
    let running = world.by_itself();
    let to = |address: &str| {
        let sent = world.sent().split_off(sent).into_iter();
        sent.filter(|sent| sent.to == address).count()
    };
    world.until_sent(sent + 1).await;
    for _ in 0..10 {
        if to(&busy) < 2 {
            world.away("6s");
            world.one_leaves(Duration::from_secs(2)).await;
        }
    }
    assert!(to(&busy) >= 2, "the busy one is tried again");
    assert_eq!(to(&gone), 1);
    running.end(&world).await;
}
