//! What takes effect at a time so that somebody can stop it before, and the daemon
//! was down, or asleep, while they could have: it waits once more, and only once.

use jiff::{SignedDuration, Timestamp};
use muster::domain::call_out::{CallOut, State};
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, Principal};
use muster::domain::journal::Entry;
use muster::domain::rule::Confirm;
use muster::engine::Became;

use super::lanes::until;
use crate::support::world::{Sent, World, told, word};

async fn quiet() -> World {
    World::with(|plan| plan.readiness = None).await
}

fn quake(intensity: &str) -> EventKind {
    EventKind::Earthquake {
        intensity: Intensity::parse(intensity).unwrap(),
    }
}

/// All staff are to be called in a minute.
async fn held() -> (World, CallOutId) {
    let world = quiet().await;
    let id = world.posture(3, "mayor").await.unwrap().call_outs.remove(0);
    assert_eq!(world.see(&id).await.state, State::Held);
    (world, id)
}

/// P3 runs, and everybody is to be called in a minute.
async fn growing() -> (World, CallOutId) {
    let world = World::with(|plan| {
        plan.readiness = None;
        plan.rules.get_mut("P1").unwrap().confirm = Confirm::Hold { seconds: 60 };
    })
    .await;
    let id = world.earthquake("4").await.remove(0);
    let grown = world.grow(&id, quake("5+")).await.unwrap();
    assert_eq!(grown.became, Became::Held);
    (world, id)
}

/// Everybody is called, and need not come in ten minutes' time.
async fn withdrawn() -> (World, CallOutId) {
    let world = quiet().await;
    let id = world.earthquake("6-").await.remove(0);
    world.advance("1m").await;
    let by = Principal::new("token:duty");
    world.engine.withdraw(&id, by).await.unwrap();
    world.turn().await;
    (world, id)
}

/// When waits were given once more.
async fn renewed(world: &World, id: &CallOutId) -> Vec<Timestamp> {
    let records = world.engine.store().journal(id, 0).await.unwrap();
    let renewed = records
        .iter()
        .filter(|record| matches!(record.entry, Entry::Renewed { .. }));
    renewed.map(|record| record.at).collect()
}

/// The mails that left after so many.
fn mails(world: &World, before: usize) -> Vec<Sent> {
    let sent = world.sent().into_iter().skip(before);
    sent.filter(|sent| sent.channel == "email").collect()
}

/// How much of a hold is left.
fn left(call_out: &CallOut, world: &World) -> SignedDuration {
    let until = call_out.held_until.unwrap();
    until.duration_since(world.clock.now())
}

fn called(call_out: &CallOut) -> usize {
    call_out.counts().called as usize
}

/// The power was away for the minute: nobody is called as it comes back. The
/// approvers read until when they can stop it, and one does.
#[tokio::test]
async fn what_ran_out_in_a_power_cut_can_be_stopped_after_it() {
    let (world, id) = held().await;
    let sent = world.sent().len();
    world.away("10m");
    let world = world.crash().await;
    world.turn().await;
    let call_out = world.see(&id).await;
    assert_eq!((call_out.state, called(&call_out)), (State::Held, 0));
    assert_eq!(left(&call_out, &world), SignedDuration::from_secs(60));
    let told = mails(&world, sent);
    assert_eq!(told.len(), 4, "whoever was told before");
    for told in told {
        assert!(told.subject.contains("03:11:00"), "{}", told.subject);
        assert!(
            told.body.contains("それまでは取り消せます"),
            "{}",
            told.body
        );
    }
    let account = world.timeline(&id).await;
    assert!(
        account.contains("一度だけ、03:11:00まで改めて待ちます"),
        "{account}"
    );
    world.advance("59s").await;
    let stop = world.engine.cancel(&id, word(None, None)).await;
    stop.unwrap();
    world.advance("10m").await;
    let call_out = world.see(&id).await;
    assert_eq!((call_out.state, called(&call_out)), (State::Cancelled, 0));
}

/// Whom nobody stops it for are called a minute late, and no later.
#[tokio::test]
async fn what_nobody_stops_begins_at_the_end_of_its_second_wait() {
    let (world, id) = held().await;
    world.away("10m");
    let world = world.crash().await;
    world.advance("59s").await;
    assert_eq!(called(&world.see(&id).await), 0);
    world.advance("1s").await;
    let everyone = world.plan().roster.people.len();
    assert_eq!(called(&world.see(&id).await), everyone);
}

/// A daemon that ends again and again calls all the same: one more wait, whether
/// its lives are shorter than that or the power goes once more.
#[tokio::test]
async fn a_wait_is_given_once_however_often_the_daemon_ends() {
    for (life, away) in [("1s", "19s"), ("10s", "5m")] {
        let (mut world, id) = held().await;
        world.away("2m");
        for _ in 0..8 {
            world = world.crash().await;
            world.advance(life).await;
            world.away(away);
        }
        let world = world.crash().await;
        world.turn().await;
        assert!(called(&world.see(&id).await) > 0, "{life}");
        assert_eq!(renewed(&world, &id).await.len(), 1, "{life}");
    }
}

/// The mark is on disk before anything else is done: a start that ends at once was
/// one as well.
#[tokio::test]
async fn a_start_that_cannot_keep_it_lets_nothing_begin() {
    let (world, id) = held().await;
    world.away("2m");
    let world = world.crash().await;
    world.first_is_stuck(true).await;
    // What it cannot keep it says, and goes on.
    let _ = world.engine.turn().await;
    world.away("5m");
    let world = world.crash().await;
    let _ = world.engine.turn().await;
    assert_eq!(world.see(&id).await.state, State::Held);
    world.first_is_stuck(false).await;
    world.turn().await;
    let call_out = world.see(&id).await;
    assert_eq!((call_out.state, called(&call_out)), (State::Held, 0));
    assert_eq!(left(&call_out, &world), SignedDuration::from_secs(60));
    assert_eq!(renewed(&world, &id).await.len(), 1);
}

/// A restart with most of the minute left changes nothing, and mails nobody.
#[tokio::test]
async fn a_short_restart_changes_nothing() {
    let (world, id) = held().await;
    world.advance("20s").await;
    let sent = world.sent().len();
    world.away("5s");
    let world = world.crash().await;
    world.advance("34s").await;
    assert_eq!(called(&world.see(&id).await), 0);
    assert_eq!(world.sent().len(), sent);
    world.advance("1s").await;
    assert!(called(&world.see(&id).await) > 0);
    assert_eq!(renewed(&world, &id).await, []);
}

/// Less than half of it left is not enough to read a mail and stop it.
#[tokio::test]
async fn what_is_nearly_over_at_a_start_waits_once_more() {
    for (away, again) in [("30s", 0), ("31s", 1), ("58s", 1)] {
        let (world, id) = held().await;
        world.away(away);
        let world = world.crash().await;
        world.turn().await;
        assert_eq!(renewed(&world, &id).await.len(), again, "{away}");
        assert_eq!(called(&world.see(&id).await), 0, "{away}");
    }
}

/// A growth calls nobody more as the power comes back, and can be stopped.
#[tokio::test]
async fn a_growth_that_ran_out_in_a_power_cut_waits_once_more() {
    let (world, id) = growing().await;
    let before = called(&world.see(&id).await);
    let sent = world.sent().len();
    world.away("10m");
    let world = world.crash().await;
    world.advance("59s").await;
    let call_out = world.see(&id).await;
    assert_eq!((call_out.rule.as_str(), called(&call_out)), ("P3", before));
    let told = mails(&world, sent);
    let again = |sent: &&Sent| sent.subject.contains("拡大：03:11:00から追加招集");
    assert_eq!(
        told.iter().filter(again).count(),
        4,
        "whoever was told before"
    );
    let stopped = world.crash().await;
    let stop = stopped.engine.cancel(&id, word(None, None)).await;
    stop.unwrap();
    stopped.advance("2m").await;
    assert_eq!(stopped.see(&id).await.rule.as_str(), "P3");

    let (world, id) = growing().await;
    world.away("10m");
    let world = world.crash().await;
    world.advance("60s").await;
    let everyone = world.plan().roster.people.len();
    assert_eq!(called(&world.see(&id).await), everyone);
}

/// "You need not come" does not go out as the power comes back: it can be stopped.
#[tokio::test]
async fn a_withdrawal_that_ran_out_in_a_power_cut_can_be_stopped_after_it() {
    let (world, id) = withdrawn().await;
    let sent = world.sent().len();
    world.away("1h");
    let world = world.crash().await;
    world.advance("9m59s").await;
    assert!(world.see(&id).await.state.is_live());
    let approvers: Vec<String> = ["it-manager", "it-1"].map(|one| world.address(one)).into();
    let told = mails(&world, sent);
    for approver in approvers {
        let told = told.iter().find(|sent| sent.to == approver);
        let told = told.unwrap_or_else(|| panic!("{approver} is not told"));
        assert!(told.body.contains("04:11:00"), "{}", told.body);
    }
    let stop = world.engine.cancel(&id, word(None, None)).await;
    stop.unwrap();
    world.advance("1h").await;
    assert!(world.see(&id).await.state.is_live());
    assert!(called(&world.see(&id).await) > 0);
}

/// And goes out ten minutes later where nobody stops it, be it that the daemon ends
/// once more.
#[tokio::test]
async fn a_withdrawal_that_nobody_stops_takes_effect_after_its_second_wait() {
    let (world, id) = withdrawn().await;
    world.away("1h");
    let world = world.crash().await;
    world.advance("8m").await;
    let world = world.crash().await;
    world.advance("1m59s").await;
    assert!(world.see(&id).await.state.is_live());
    world.advance("1s").await;
    assert_eq!(world.see(&id).await.state, State::StoodDown);
    assert_eq!(renewed(&world, &id).await.len(), 1);
}

/// Seven hours: the call-out asks whether it goes on, calls nobody meanwhile, and the withdrawal
/// waits for its ten minutes beside that.
#[tokio::test]
async fn an_old_call_out_asks_a_person_and_its_withdrawal_waits_once_more() {
    let (world, id) = withdrawn().await;
    let sent = world.sent().len();
    world.away("7h");
    let world = world.crash().await;
    world.advance("9m").await;
    let call_out = world.see(&id).await;
    assert!(call_out.is_paused());
    assert_eq!(renewed(&world, &id).await.len(), 1);
    let calls = mails(&world, sent);
    let mut calls = calls
        .iter()
        .filter(|sent| sent.subject.contains("参集してください"));
    assert_eq!(calls.next().map(|sent| &sent.subject), None);
    world.advance("1m").await;
    assert_eq!(world.see(&id).await.state, State::StoodDown);
}

/// What is held asks as well, as before: no wait runs that would call by itself.
#[tokio::test]
async fn an_old_call_out_that_is_held_waits_for_a_word_alone() {
    let (world, id) = held().await;
    world.away("7h");
    let world = world.crash().await;
    world.advance("1h").await;
    let call_out = world.see(&id).await;
    assert_eq!((call_out.state, called(&call_out)), (State::Held, 0));
    assert!(call_out.is_paused());
    assert_eq!(renewed(&world, &id).await, []);
    let digest = call_out.digest_held();
    let go_on = world
        .engine
        .confirm(&id, word(None, None), digest.as_deref());
    go_on.await.unwrap();
    world.turn().await;
    assert!(called(&world.see(&id).await) > 0);
}

/// A growth that was told while the rest waits for a word, and ran out in a power
/// cut, waits once more as well.
#[tokio::test]
async fn a_growth_that_is_told_after_a_standstill_waits_once_more_after_the_next() {
    let (world, id) = growing().await;
    world.engine.cancel(&id, word(None, None)).await.unwrap();
    world.away("7h");
    world.turn().await;
    assert!(world.see(&id).await.is_paused());
    world.grow(&id, quake("6-")).await.unwrap();
    world.away("10m");
    let world = world.crash().await;
    world.advance("59s").await;
    assert!(world.see(&id).await.is_paused());
    assert_eq!(renewed(&world, &id).await.len(), 1);
    world.advance("1s").await;
    let everyone = world.plan().roster.people.len();
    assert_eq!(called(&world.see(&id).await), everyone);
}

/// What wants a second person begins at no time: it alarms, and waits on.
#[tokio::test]
async fn what_waits_for_a_second_person_alarms_after_a_power_cut() {
    let world = World::with(|plan| {
        plan.readiness = None;
        plan.rules.get_mut("P4").unwrap().confirm = Confirm::SecondPerson { seconds: 60 };
    })
    .await;
    let id = world.posture(3, "mayor").await.unwrap().call_outs.remove(0);
    world.away("10m");
    let world = world.crash().await;
    world.turn().await;
    let alarm = world.sent().pop().unwrap();
    assert!(alarm.subject.contains("【至急】"), "{}", alarm.subject);
    assert_eq!(renewed(&world, &id).await, []);
}

/// The machine sleeps through most of the minute, or through its end: as it wakes
/// nobody is called.
#[tokio::test]
async fn what_ran_out_while_the_machine_slept_waits_once_more() {
    for asleep in ["50s", "5m"] {
        let world = quiet().await;
        let running = world.by_itself();
        let ordered = told(EventKind::WindFlood {
            posture: muster::domain::event::Posture::new(3).unwrap(),
            ordered_by: "mayor".into(),
            acting_for: None,
        });
        let id = world.engine.tell(ordered).await.unwrap().call_outs[0].clone();
        world.until_sent(4).await;
        world.away(asleep);
        // Nothing that calls, and makes a daemon that was in the middle look again.
        world.engine.tell(told(quake("1"))).await.unwrap();
        until(&world, &id, "it waits once more", |call_out| {
            call_out.course.renewed
        })
        .await;
        let call_out = world.see(&id).await;
        assert_eq!((call_out.state, called(&call_out)), (State::Held, 0));
        assert_eq!(left(&call_out, &world), SignedDuration::from_secs(60));
        running.end(&world).await;
    }
}

/// The same of a daemon whose turns a test makes.
#[tokio::test]
async fn a_standstill_of_minutes_is_noticed() {
    let (world, id) = withdrawn().await;
    world.away("25m");
    world.turn().await;
    assert!(world.see(&id).await.state.is_live());
    world.advance("9m59s").await;
    assert!(world.see(&id).await.state.is_live());
    world.advance("1s").await;
    assert_eq!(world.see(&id).await.state, State::StoodDown);
}
