//! A large call-out begins: the first who are called share the commit of its event,
//! the others follow in parts.
//!
//! Owns what holds between them: whoever the end of the daemon cuts off is called
//! all the same, nobody twice, and nobody who is not wanted any more.

use std::collections::HashSet;

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{Saying, State};
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, PersonId, Principal};
use muster::domain::plan::Plan;
use muster::domain::text::Text;

use super::at_once::{all_held, queued, turned};
use super::first::rests;
use crate::support::plans;
use crate::support::world::{Sent, World, told, word};

/// So many people besides the town's own: more than two parts.
const CROWD: usize = 1_400;

/// The last of them.
const LAST: &str = "crowd-1399";

fn crowd(plan: &mut Plan) {
    plan.readiness = None;
    plans::crowd(plan, CROWD);
}

/// Everybody is called; what is kept is only the first part of it.
async fn begun(world: &World) -> CallOutId {
    let intensity = Intensity::parse("6-").unwrap();
    let told = told(EventKind::Earthquake { intensity });
    world.engine.tell(told).await.unwrap().call_outs.remove(0)
}

/// How many people's rows are on disk.
async fn kept(world: &World, id: &CallOutId) -> usize {
    let kept = world.engine.store().load(id).await.unwrap().unwrap();
    kept.call_out.participants.len()
}

/// What calls, of everything that was sent.
pub(super) fn calls(world: &World) -> Vec<Sent> {
    let mut sent = world.sent();
    sent.retain(|sent| sent.subject.starts_with("【緊急参集】"));
    sent
}

/// Everybody in the roster was called, and no address twice.
fn each_called_once(world: &World) {
    let sent = calls(world);
    let called: HashSet<&str> = sent.iter().map(|sent| sent.to.as_str()).collect();
    assert_eq!(called.len(), sent.len(), "none twice");
    for person in world.plan().roster.people.values() {
        let mut contacts = person.contacts.iter();
        let is_called = contacts.any(|contact| called.contains(&*contact.address));
        assert!(is_called, "{}", person.id);
    }
}

/// A report of everybody is answered as soon as it and the first of them are kept,
/// and the others are called with no further word.
#[tokio::test]
async fn everybody_of_a_large_call_out_is_called_once() {
    let world = World::with(crowd).await;
    let id = begun(&world).await;
    let everybody = world.plan().roster.people.len();
    assert_eq!(world.see(&id).await.counts().called as usize, everybody);
    let first = kept(&world, &id).await;
    assert!((32..300).contains(&first), "{first} are kept with it");
    world.turn().await;
    assert_eq!(kept(&world, &id).await, everybody);
    each_called_once(&world);
    let world = world.crash().await;
    world.advance("1m").await;
    each_called_once(&world);
}

/// Killed as soon as the report was answered: the next start calls those of whom
/// nothing was kept, and nobody twice.
#[tokio::test]
async fn whoever_a_kill_cuts_off_is_called_at_the_next_start() {
    let world = World::with(crowd).await;
    let id = begun(&world).await;
    let world = world.crash().await;
    world.turn().await;
    each_called_once(&world);
    let everybody = world.plan().roster.people.len();
    assert_eq!(kept(&world, &id).await, everybody);
    // And it is known that it is whole.
    let world = world.crash().await;
    world.advance("1m").await;
    each_called_once(&world);
}

/// Killed as it begins, and away until its only stage has had its time: somebody's
/// answer gives it up before the others are called. They are called all the same.
#[tokio::test]
async fn whoever_was_cut_off_is_called_where_it_was_given_up_meanwhile() {
    let world = World::with(|plan| {
        crowd(plan);
        for procedure in plan.procedures.values_mut() {
            procedure.stages.truncate(1);
            procedure.exhausted_after = std::time::Duration::from_secs(600);
        }
    })
    .await;
    let id = begun(&world).await;
    world.away("20m");
    let world = world.crash().await;
    world.say(&id, "it-1", Reply::Coming).await.unwrap();
    let given_up = world.see(&id).await.state;
    assert_eq!(given_up, State::Exhausted);
    world.turn().await;
    assert_eq!(world.see(&id).await.state, State::Open);
    assert_eq!(world.sent_to(LAST), 1);
    let everybody = world.plan().roster.people.len();
    assert_eq!(kept(&world, &id).await, everybody);
}

/// Somebody looks at it between the commit of its event and the moment at which memory
/// has it, and memory reads what is kept of it: the others are called all the same.
#[tokio::test]
async fn whoever_looks_as_it_begins_leaves_nobody_out() {
    let world = World::with(crowd).await;
    let intensity = Intensity::parse("6-").unwrap();
    let kind = EventKind::Earthquake { intensity };
    let running = world.by_itself();
    rests(&world).await;
    let telling = queued(&world, told(kind)).await;
    let id = loop {
        tokio::task::yield_now().await;
        let kept = world.engine.store().call_outs(true, 10).await.unwrap();
        if let Some(kept) = kept.into_iter().next() {
            break kept.id;
        }
    };
    let everybody = world.plan().roster.people.len();
    assert!(world.see(&id).await.participants.len() < everybody);
    telling.await.unwrap();
    while calls(&world).len() < everybody {
        world.until_sent(world.sent_so_far() + 1).await;
    }
    running.end(&world).await;
    each_called_once(&world);
    assert_eq!(kept(&world, &id).await, everybody);
}

/// The disk does not take a part: none of it is called before it is kept, and everybody
/// is once it takes it.
#[tokio::test]
async fn a_part_that_is_not_kept_is_called_once_it_is() {
    let world = World::with(crowd).await;
    begun(&world).await;
    let refuses = "CREATE TRIGGER refuses BEFORE INSERT ON participant WHEN NEW.person = 'crowd-1399' \
                   BEGIN SELECT RAISE(ABORT, 'refused for a test'); END";
    world.meddle(refuses).await;
    world.turn().await;
    world.turn().await;
    let before = calls(&world).len();
    assert!((100..CROWD).contains(&before), "{before}");
    assert_eq!(world.sent_to(LAST), 0);
    world.meddle("DROP TRIGGER refuses").await;
    world.turn().await;
    each_called_once(&world);
    let world = world.crash().await;
    world.advance("1m").await;
    each_called_once(&world);
}

/// The disk takes no answer, and the next part stands behind one already: it is refused
/// with it. Whoever was told that their answer failed does not stand as coming, and is
/// called.
#[tokio::test]
async fn a_part_on_top_of_an_answer_that_was_refused_is_refused() {
    let world = World::with(crowd).await;
    // So that the next turn begins with the part.
    world.turn().await;
    let id = begun(&world).await;
    let refuses = "CREATE TRIGGER refuses BEFORE INSERT ON acknowledgement \
                   BEGIN SELECT RAISE(ABORT, 'refused for a test'); END";
    world.meddle(refuses).await;
    let seen = world.see(&id).await;
    let (next, _) = seen.participants.get_index(40).unwrap();
    let mut held = world.hold_store().await;
    let answers = world.say(&id, next.as_str(), Reply::Coming);
    let lets_go = async {
        while world.see(&id).await.participants[next].answer.is_none() {
            tokio::task::yield_now().await;
        }
        for _ in 0..3 {
            held.found().await;
        }
        held.let_go().await;
    };
    let (answered, turned, ()) = tokio::join!(answers, world.engine.turn(), lets_go);
    assert!(answered.is_err(), "they were told that it failed");
    turned.unwrap();
    let refused = world.engine.metrics().store_failures.get();
    assert_eq!(refused, 2, "the answer and the part behind it");
    world.meddle("DROP TRIGGER refuses").await;
    let world = world.crash().await;
    world.turn().await;
    assert!(world.see(&id).await.participants[next].answer.is_none());
    each_called_once(&world);
}

/// The relay takes nothing, and more are called than wait in memory for it: the others
/// do not wait for it on their way to disk.
#[tokio::test]
async fn a_relay_that_stands_still_keeps_nobody_off_the_disk() {
    let world = World::narrow(4, crowd).await;
    let gates = all_held(&world);
    let running = world.by_itself();
    rests(&world).await;
    let id = begun(&world).await;
    world.until_sent(1).await;
    let everybody = world.plan().roster.people.len();
    for _ in 0..10 {
        world.away("10s");
        turned(&world).await;
    }
    // Not before: the first has a moment of the clock for itself.
    world.until_sent(4).await;
    assert_eq!(kept(&world, &id).await, everybody);
    world.hold_no_more();
    gates.iter().for_each(|gate| gate.notify_one());
    world.until_sent(everybody).await;
    running.end(&world).await;
    world.turn().await;
    each_called_once(&world);
}

/// An answer that comes before a person's row is kept stands, whatever follows, and
/// whether the daemon is killed before the other rows are kept or after.
#[tokio::test]
async fn an_answer_before_the_row_stands() {
    for kept in [true, false] {
        let world = World::with(crowd).await;
        let id = begun(&world).await;
        world.say(&id, LAST, Reply::Coming).await.unwrap();
        if kept {
            world.turn().await;
        }
        let world = world.crash().await;
        world.turn().await;
        let seen = world.see(&id).await;
        let answer = seen.participants[&PersonId::new(LAST)].answer.clone();
        assert_eq!(answer.unwrap().answer.reply, Reply::Coming);
        assert_eq!(world.sent_to(LAST), 0, "they are asked no more");
    }
}

/// A word to everybody comes before everybody's row is kept, and keeps them all:
/// whoever it is said to is called as well, also where a kill follows.
#[tokio::test]
async fn a_word_to_everybody_before_the_rows_loses_nobodys_call() {
    for killed in [false, true] {
        let mut world = World::with(crowd).await;
        let id = begun(&world).await;
        let saying = Saying {
            text: Text::new("余震に注意", "mind the aftershocks"),
            place: None,
            key: None,
        };
        let spoken = world.engine.speak(&id, saying, word(None, None)).await;
        spoken.unwrap();
        if killed {
            world = world.crash().await;
        }
        world.turn().await;
        each_called_once(&world);
        assert_eq!(world.sent_to(LAST), 2, "killed: {killed}");
        // And it is known that it is whole.
        let world = world.crash().await;
        world.advance("1m").await;
        each_called_once(&world);
    }
}

/// Somebody is marked away and back before their row is kept: they are asked once.
#[tokio::test]
async fn whoever_is_away_and_back_before_the_row_is_asked_once() {
    for killed in [false, true] {
        let mut world = World::with(crowd).await;
        begun(&world).await;
        let (last, by) = (PersonId::new(LAST), Principal::new("token:duty"));
        let until = world.clock.now() + jiff::SignedDuration::from_hours(48);
        let away = world.engine.absent(&last, until, None, by.clone()).await;
        away.unwrap();
        world.engine.back(&last, &by).await.unwrap();
        if killed {
            world = world.crash().await;
        }
        world.turn().await;
        assert_eq!(world.sent_to(LAST), 1, "killed: {killed}");
    }
}

/// It is over before everybody's row is kept: nobody more is called, not even by the
/// next start.
#[tokio::test]
async fn what_is_over_calls_nobody_more() {
    for killed in [false, true] {
        let mut world = World::with(crowd).await;
        let id = begun(&world).await;
        let over = word(None, Some("誤報"));
        world.engine.stand_down(&id, over, true).await.unwrap();
        if killed {
            world = world.crash().await;
        }
        world.turn().await;
        assert!(calls(&world).is_empty(), "killed: {killed}");
        assert_eq!(world.see(&id).await.state, State::StoodDown);
    }
}

/// After hours without power somebody is asked first whether it goes on; whoever was
/// cut off is called once they say so.
#[tokio::test]
async fn after_a_long_stop_the_rest_waits_for_the_word_to_go_on() {
    let world = World::with(crowd).await;
    let id = begun(&world).await;
    world.away("20h");
    let world = world.crash().await;
    world.turn().await;
    assert!(world.see(&id).await.is_paused());
    assert_eq!(world.sent_to(LAST), 0);
    world
        .engine
        .confirm(&id, word(None, None), None)
        .await
        .unwrap();
    world.advance("1m").await;
    assert!(world.sent_to(LAST) >= 1);
}
