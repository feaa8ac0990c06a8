//! A daemon that stood still for hours: what grew old meanwhile asks a person
//! before it calls anybody else.

use jiff::SignedDuration;
use muster::domain::absence::Absence;
use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{CallOut, State};
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, Principal};
use muster::engine::FOR_LEADS;

use super::failing::refused;
use super::lanes::until;
use crate::support::world::{World, told, word};

async fn quiet() -> World {
    World::with(|plan| plan.readiness = None).await
}

/// An earthquake's first stage has called, and nobody has answered.
async fn called(world: &World) -> CallOutId {
    let id = world.earthquake("5-").await.remove(0);
    assert!(world.see(&id).await.stage > 0);
    id
}

const QUESTION: &str = "止まっていた参集を続けますか";

/// The subjects of what was sent after so many, without those that ask.
fn others(world: &World, before: usize) -> Vec<String> {
    let sent = world.sent().into_iter().skip(before);
    sent.map(|sent| sent.subject)
        .filter(|subject| !subject.contains(QUESTION))
        .collect()
}

/// Seven hours of standstill: the next stage does not ring everybody at ten in
/// the morning. Those who may are asked, again and again, until one says so;
/// then the silent are asked again, and the stages begin one after the other.
#[tokio::test]
async fn an_old_call_out_calls_nobody_more_before_a_person_says_so() {
    let world = quiet().await;
    let id = called(&world).await;
    let (before, sent) = (world.see(&id).await, world.sent().len());
    world.away("7h");
    world.turn().await;
    let asked = world.sent().split_off(sent);
    assert!(!asked.is_empty());
    for sent in &asked {
        assert!(sent.subject.contains(QUESTION), "{}", sent.subject);
        assert!(sent.body.contains("muster confirm"), "{}", sent.body);
    }
    world.advance("3h").await;
    assert_eq!(others(&world, sent), [""; 0]);
    assert!(world.sent().len() > sent + asked.len(), "asked again");
    let paused = world.see(&id).await;
    assert!(paused.is_paused());
    assert_eq!(paused.stage, before.stage);
    let timeline = world.timeline(&id).await;
    assert!(
        timeline.contains("仕組みが止まっているあいだに、発令から7時間"),
        "{timeline}"
    );

    world
        .engine
        .confirm(&id, word(None, None), None)
        .await
        .unwrap();
    world.turn().await;
    let calls = others(&world, sent);
    assert!(
        calls.iter().any(|subject| subject.contains("参集")),
        "{calls:?}"
    );
    assert_eq!(world.see(&id).await.stage, before.stage + 1);
    let begun = world.clock.now();
    world.advance("1m").await;
    let after = world.see(&id).await;
    assert_eq!(after.stage, before.stage + 1, "one stage at a time");
    assert!(after.next_due().is_some_and(|due| due > begun));
}

/// An administrator's first contact takes nothing now: the question is put by the
/// second at once.
#[tokio::test]
async fn the_question_is_put_by_every_contact() {
    let world = quiet().await;
    called(&world).await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    world.fail(&contacts[0].address, refused());
    let sent = world.sent().len();
    world.away("7h");
    world.turn().await;
    let asked = world.sent().split_off(sent);
    let asked = asked.iter().filter(|sent| sent.subject.contains(QUESTION));
    let second = asked.filter(|sent| *sent.to == *contacts[1].address);
    assert_eq!(second.count(), 1, "at once");
}

/// The same after a restart: what was still in the outbox does not go out, and
/// after the word it does.
#[tokio::test]
async fn what_never_left_does_not_leave_hours_later_by_itself() {
    let world = quiet().await;
    let intensity = Intensity::parse("5-").unwrap();
    let kept = world
        .engine
        .tell(told(EventKind::Earthquake { intensity }))
        .await;
    let id = kept.unwrap().call_outs.remove(0);
    world.away("7h");
    let world = world.crash().await;
    world.turn().await;
    assert_eq!(others(&world, 0), [""; 0]);
    assert!(world.see(&id).await.is_paused());
    world
        .engine
        .confirm(&id, word(None, None), None)
        .await
        .unwrap();
    world.turn().await;
    let calls = others(&world, 0);
    assert!(
        calls.iter().any(|subject| subject.contains("参集")),
        "{calls:?}"
    );
}

/// Half an hour, or a restart in the middle of a long night, asks nobody.
#[tokio::test]
async fn a_young_call_out_goes_on_by_itself() {
    let world = quiet().await;
    let id = called(&world).await;
    let before = world.see(&id).await.stage;
    world.away("5h");
    world.turn().await;
    let after = world.see(&id).await;
    assert!(!after.is_paused());
    assert_eq!(after.stage, before + 1);
}

/// While it waits, answers are kept and call no deputy, and a stand-down ends it.
#[tokio::test]
async fn answers_are_kept_while_it_waits() {
    let world = quiet().await;
    let id = called(&world).await;
    let person = world.see(&id).await;
    let person = person.participants.values().find(|one| one.is_called());
    let person = person.unwrap().person.to_string();
    let sent = world.sent().len();
    world.away("7h");
    world.turn().await;
    world.on_behalf(&id, &person, Reply::Cannot).await.unwrap();
    assert_eq!(others(&world, sent), [""; 0]);
    let kept = world.see(&id).await.participants[person.as_str()].reply();
    assert_eq!(kept, Some(Reply::Cannot));
    world.stand_down(&id, "被害なし").await;
    assert_eq!(world.see(&id).await.state, State::StoodDown);
}

/// Somebody went on leave while nothing ran: their turn passes, and no stage
/// begins for it.
#[tokio::test]
async fn an_absence_begins_no_stage_while_it_waits() {
    let world = quiet().await;
    let id = called(&world).await;
    let (before, sent) = (world.see(&id).await, world.sent().len());
    world.away("7h");
    for person in before.targets.iter().flat_map(|target| &target.candidates) {
        let absence = Absence {
            person: person.clone(),
            since: world.clock.now(),
            until: world.clock.now() + SignedDuration::from_hours(48),
            reason: None,
            by: Principal::new("token:duty"),
        };
        let kept = world.engine.store().mark_absent(&absence).wait().await;
        kept.unwrap();
    }
    let world = world.crash().await;
    world.turn().await;
    world.advance("3h").await;
    assert_eq!(others(&world, sent), [""; 0]);
    let paused = world.see(&id).await;
    assert!(paused.is_paused());
    assert_eq!(paused.stage, before.stage);
}

/// Whoever said no meanwhile is replaced once it goes on.
#[tokio::test]
async fn whoever_dropped_out_is_replaced_after_the_word() {
    let world = quiet().await;
    let id = world.incident("residents").await.remove(0);
    world.advance("1m").await;
    let before = world.see(&id).await;
    let called = |call_out: &CallOut| {
        let called = call_out.participants.values().filter(|one| one.is_called());
        called.count()
    };
    world.away("7h");
    world.turn().await;
    assert!(world.see(&id).await.is_paused());
    for one in before.participants.values().filter(|one| one.is_called()) {
        let person = one.person.to_string();
        world.on_behalf(&id, &person, Reply::Cannot).await.unwrap();
    }
    assert_eq!(called(&world.see(&id).await), called(&before));
    let go_on = world.engine.confirm(&id, word(None, None), None).await;
    go_on.unwrap();
    world.turn().await;
    assert!(called(&world.see(&id).await) > called(&before));
}

/// Whom a relay refused for now was tried every few minutes; that was taken back
/// with the rest. After the word it is tried again, and reaches them.
#[tokio::test]
async fn whoever_was_refused_for_now_is_called_again_after_the_word() {
    let world = World::with(|plan| {
        plan.readiness = None;
        let person = plan.roster.people.get_mut("health-1").unwrap();
        person.contacts.truncate(1);
    })
    .await;
    let address = world.address("health-1");
    world.fail(&address, refused());
    let id = called(&world).await;
    assert!(world.see(&id).await.participants["health-1"].is_unreachable());
    world.away("7h");
    world.turn().await;
    world.mend(&address);
    world.advance("1h").await;
    assert!(world.see(&id).await.is_paused());
    let tried = world.sent_to("health-1");
    let yes = word(None, Some("続ける"));
    world.engine.confirm(&id, yes, None).await.unwrap();
    world.turn().await;
    assert_eq!(world.sent_to("health-1"), tried + 1);
    let call_out = world.see(&id).await;
    assert!(!call_out.participants["health-1"].is_unreachable());
}

/// A restart of seconds late in a long night asks nobody, although one mail has
/// not left for hours.
#[tokio::test]
async fn a_quick_restart_asks_nobody() {
    let world = quiet().await;
    let address = world.address("it-1");
    world.fail(
        &address,
        Outcome::Retry {
            reason: Reason::Unreachable,
            detail: "connection refused".to_owned(),
            after: None,
        },
    );
    let id = called(&world).await;
    world.advance("7h").await;
    let world = world.crash().await;
    world.turn().await;
    assert!(!world.see(&id).await.is_paused());
}

/// The machine sleeps in the middle of a crowd: one mail is on its way, and the
/// others were claimed with it. As it wakes, their sender is there before the
/// clockwork; none of them leaves.
#[tokio::test]
async fn what_was_claimed_before_a_standstill_does_not_leave_after_it() {
    let world = World::narrow(1, |plan| plan.readiness = None).await;
    let people = world.plan().roster.people.values();
    let contacts = people.flat_map(|person| &person.contacts);
    let gates: Vec<_> = contacts
        .map(|contact| world.hold(&contact.address))
        .collect();
    let running = world.by_itself();
    let intensity = Intensity::parse("5-").unwrap();
    let told = told(EventKind::Earthquake { intensity });
    let id = world.engine.tell(told).await.unwrap().call_outs.remove(0);
    let away = 2 + FOR_LEADS;
    world.until_sent(away).await;
    let why = "one through each channel, and a few to those who lead";
    assert_eq!(world.sent().len(), away, "{why}");

    world.hold_no_more();
    gates.iter().for_each(|gate| gate.notify_one());
    world.away("7h");
    until(&world, &id, "it waits for a word", CallOut::is_paused).await;
    assert_eq!(others(&world, away), [""; 0]);

    let go_on = world.engine.confirm(&id, word(None, None), None).await;
    go_on.unwrap();
    until(&world, &id, "the silent are asked again", |call_out| {
        let mut called = call_out.participants.values().filter(|one| one.is_called());
        called.all(|one| one.sent_at.is_some())
    })
    .await;
    running.end(&world).await;
}

/// What is called for is young, however old the call-out: an earthquake of 4 in
/// the night, one of 6 lower at ten, and a power cut a minute later.
#[tokio::test]
async fn what_grew_lately_goes_on_by_itself() {
    let world = quiet().await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("5h50m").await;
    assert_eq!(world.earthquake("6-").await, std::slice::from_ref(&id));
    world.away("20m");
    world.turn().await;
    assert!(!world.see(&id).await.is_paused());
    world.away("7h");
    world.turn().await;
    assert!(world.see(&id).await.is_paused());
}

/// The same where an old incident was decided lately: somebody said so.
#[tokio::test]
async fn what_was_decided_lately_goes_on_by_itself() {
    let world = quiet().await;
    let id = world.incident("small").await.remove(0);
    world.advance("7h").await;
    let muster = muster::domain::rule::Decision::Muster;
    world.decide(&id, "it-manager", muster).await.unwrap();
    world.away("20m");
    world.turn().await;
    let call_out = world.see(&id).await;
    assert_eq!((call_out.state, call_out.is_paused()), (State::Open, false));
}

/// And after the word to go on: the same is not asked twice in one night.
#[tokio::test]
async fn what_a_person_let_go_on_goes_on_by_itself() {
    let world = quiet().await;
    let id = called(&world).await;
    world.away("7h");
    world.turn().await;
    let go_on = world.engine.confirm(&id, word(None, None), None).await;
    go_on.unwrap();
    world.turn().await;
    let world = world.crash().await;
    world.away("25m");
    world.turn().await;
    assert!(!world.see(&id).await.is_paused());
}
