//! The word that lets an old call-out go on after a standstill, together with
//! what else a person is asked for.

use muster::domain::call_out::{State, Word};
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, PersonId, Principal};
use muster::domain::rule::{Confirm, Decision, Selector};
use muster::engine::Became;

use crate::sign_in::town::Town;
use crate::support::world::{World, word};

async fn quiet() -> World {
    World::with(|plan| plan.readiness = None).await
}

/// P6 that nobody decided: seven hours later there is nothing that could go on.
/// The line is asked once more, and only a decision calls anybody.
#[tokio::test]
async fn what_nobody_decided_begins_on_no_other_word() {
    let world = quiet().await;
    let id = world.incident("work-hindered").await.remove(0);
    world.advance("40m").await;
    assert_eq!(world.see(&id).await.state, State::Exhausted);
    let asked = world.sent_to("it-manager");
    world.away("7h");
    world.turn().await;
    let go_on = world.engine.confirm(&id, word(None, None), None).await;
    world.turn().await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.counts().called, 0, "nobody decided so");
    assert!(go_on.is_err(), "there is nothing to let go on");
    assert_eq!(call_out.state, State::AwaitingDecision);
    assert!(world.sent_to("it-manager") > asked, "asked once more");
    let decided = world.decide(&id, "it-manager", Decision::Muster).await;
    decided.unwrap();
    assert!(world.see(&id).await.counts().called > 0);
}

/// P3 runs, and a growth into P1 waits as this says, as the power is cut for
/// seven hours.
async fn stopped_with_a_growth(confirm: Confirm) -> (World, CallOutId) {
    let world = World::with(|plan| {
        plan.readiness = None;
        plan.rules.get_mut("P1").unwrap().confirm = confirm;
        plan.approvers = vec![Selector::Person("mayor".into())];
    })
    .await;
    let id = world.earthquake("4").await.remove(0);
    world.tell(quake("5+")).await.unwrap();
    world.away("7h");
    world.turn().await;
    let call_out = world.see(&id).await;
    assert!(call_out.is_paused());
    assert!(call_out.course.growth.is_some());
    let asked = world.sent().pop().unwrap().body;
    assert!(
        asked.contains("震度5強に拡大したとの報も待っていて"),
        "{asked}"
    );
    (world, id)
}

fn quake(intensity: &str) -> EventKind {
    EventKind::Earthquake {
        intensity: Intensity::parse(intensity).unwrap(),
    }
}

const SECOND: Confirm = Confirm::SecondPerson { seconds: 300 };

fn word_of(by: &str) -> Word {
    Word {
        by: Principal::new(by),
        ..word(None, None)
    }
}

/// Everybody is called, and nothing waits any more.
async fn all_called(world: &World, id: &CallOutId) {
    world.turn().await;
    let call_out = world.see(id).await;
    assert!(!call_out.is_paused());
    assert_eq!(call_out.rule.as_str(), "P1");
    let everyone = world.plan().roster.people.len();
    assert_eq!(call_out.counts().called as usize, everyone);
}

/// A second person who saw the growth needs one word for both.
#[tokio::test]
async fn one_word_of_a_second_person_lets_a_growth_begin_and_the_rest_go_on() {
    let (world, id) = stopped_with_a_growth(SECOND).await;
    let before = world.see(&id).await;
    let silent: Vec<String> = before
        .participants
        .values()
        .filter(|one| one.is_called())
        .map(|one| one.person.to_string())
        .collect();
    let sent: Vec<usize> = silent.iter().map(|one| world.sent_to(one)).collect();
    let digest = before.digest_held();
    let done = world
        .engine
        .confirm(&id, word_of("token:chief"), digest.as_deref());
    done.await.unwrap();
    all_called(&world, &id).await;
    for (person, sent) in silent.iter().zip(sent) {
        let calls = world.sent_to(person) - sent;
        assert!(calls > 1, "{person} is told of the growth and asked again");
    }
    let account = world.timeline(&id).await;
    assert_eq!(account.matches("発令を確認").count(), 1, "{account}");
}

/// Whoever entered the growth is no second person: on their word the rest goes
/// on, and the growth waits for somebody else's.
#[tokio::test]
async fn on_the_word_of_who_entered_a_growth_the_rest_goes_on() {
    let (world, id) = stopped_with_a_growth(SECOND).await;
    let before = world.see(&id).await;
    let digest = before.digest_held();
    let first = world
        .engine
        .confirm(&id, word_of("token:duty"), digest.as_deref());
    first.await.unwrap();
    world.turn().await;
    let call_out = world.see(&id).await;
    assert!(!call_out.is_paused());
    assert_eq!(call_out.stage, before.stage + 1);
    assert_eq!(
        (call_out.rule.as_str(), call_out.digest_held()),
        ("P3", digest.clone())
    );
    let second = world
        .engine
        .confirm(&id, word_of("token:chief"), digest.as_deref());
    second.await.unwrap();
    all_called(&world, &id).await;
}

/// What is confirmed is what was shown: another number changes nothing.
#[tokio::test]
async fn a_word_on_something_else_than_the_growth_lets_nothing_go_on() {
    let (world, id) = stopped_with_a_growth(SECOND).await;
    let other = world
        .engine
        .confirm(&id, word_of("token:chief"), Some("0123456789abcdef"));
    assert!(other.await.is_err());
    assert!(world.see(&id).await.is_paused());
}

/// A growth that waited for its time alone begins with the same word.
#[tokio::test]
async fn a_growth_that_was_held_begins_with_the_rest() {
    let (world, id) = stopped_with_a_growth(Confirm::Hold { seconds: 60 }).await;
    world
        .engine
        .confirm(&id, word_of("token:duty"), None)
        .await
        .unwrap();
    all_called(&world, &id).await;
}

/// From the board one press does it, and the page says so before.
#[tokio::test]
async fn the_board_lets_both_go_on() {
    let (world, id) = stopped_with_a_growth(SECOND).await;
    let town = Town::of(world);
    let cookie = town
        .post("/sign-in", "", "token=managers-own")
        .await
        .cookie();
    let path = format!("/call-outs/{id}/confirm");
    let mark = town.get(&path, &cookie).await.mark();
    let page = town.post(&path, &cookie, &format!("mark={mark}")).await;
    assert!(
        page.body
            .contains("待っている拡大（震度5強の地震）も始まります"),
        "{}",
        page.body
    );
    let digest = town.world.see(&id).await.digest_held().unwrap();
    let shown = format!("name=\"digest\" value=\"{digest}\"");
    assert!(page.body.contains(&shown), "{}", page.body);
    let yes = format!("mark={mark}&digest={digest}&confirmed=yes");
    let done = town.post(&path, &cookie, &yes).await;
    assert_eq!(done.status, 303, "{}", done.body);
    all_called(&town.world, &id).await;
}

/// `muster confirm` sends the number that `muster status` shows.
#[tokio::test]
async fn the_command_line_lets_both_go_on() {
    let (world, id) = stopped_with_a_growth(SECOND).await;
    let town = Town::of(world);
    let digest = town.world.see(&id).await.digest_held();
    let body = serde_json::json!({ "digest": digest }).to_string();
    let path = format!("/api/v1/call-outs/{id}/confirm");
    let first = town.call(&path, "duty", &body).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert!(!town.world.see(&id).await.is_paused());
    let second = town.call(&path, "managers-own", &body).await;
    assert_eq!(second.status, 200, "{}", second.body);
    all_called(&town.world, &id).await;
}

/// The duty officer marks somebody back.
async fn back(world: &World, person: &str) {
    let by = Principal::new("token:duty");
    let person = PersonId::new(person);
    world.engine.back(&person, &by).await.unwrap();
    world.turn().await;
}

/// Whoever comes back while it waits for a word is called by none, and the
/// account does not say so; the word calls them.
#[tokio::test]
async fn whoever_comes_back_is_called_by_the_word() {
    let world = quiet().await;
    let absent = async |person: &str| {
        let until = "2026-11-28T00:00:00+09:00".parse().unwrap();
        let by = Principal::new("token:duty");
        let person = PersonId::new(person);
        world.engine.absent(&person, until, None, by).await.unwrap();
        world.turn().await;
    };
    absent("construction-1").await;
    let id = world.earthquake("4").await.remove(0);
    absent("planning-1").await;
    let call_out = world.see(&id).await;
    assert!(call_out.participants["planning-1"].is_called());
    assert!(!call_out.participants.contains_key("construction-1"));
    let people = ["planning-1", "construction-1"];
    world.away("7h");
    world.turn().await;
    let sent = people.map(|person| world.sent_to(person));
    assert!(world.see(&id).await.is_paused());
    for person in people {
        back(&world, person).await;
    }
    assert_eq!(people.map(|person| world.sent_to(person)), sent);
    let account = world.timeline(&id).await;
    assert!(
        !account.contains("不在を解除し、呼び出しました"),
        "{account}"
    );
    let world = world.crash().await;
    let go_on = world.engine.confirm(&id, word(None, None), None).await;
    go_on.unwrap();
    world.turn().await;
    for person in people {
        assert!(
            world.sent_to(person) > 0,
            "{person} is called after the word"
        );
    }
    let account = world.timeline(&id).await;
    let back = account.matches("不在を解除し、呼び出しました").count();
    assert_eq!(back, 2, "{account}");
}

/// P3 runs, and is stopped after a standstill; P1 waits as this says.
async fn stopped(confirm: Confirm) -> (World, CallOutId) {
    let world = World::with(|plan| {
        plan.readiness = None;
        plan.rules.get_mut("P1").unwrap().confirm = confirm;
        plan.approvers = vec![Selector::Person("mayor".into())];
    })
    .await;
    let id = world.earthquake("4").await.remove(0);
    world.away("7h");
    world.turn().await;
    assert!(world.see(&id).await.is_paused());
    (world, id)
}

/// A growth that is told while it waits begins at its time, as its approvers
/// were told: what is new needs no word to go on.
#[tokio::test]
async fn a_growth_that_is_told_while_it_waits_begins_at_its_time() {
    let (world, id) = stopped(Confirm::Hold { seconds: 60 }).await;
    let held = world.grow(&id, quake("5+")).await.unwrap();
    assert_eq!(held.became, Became::Held);
    world.advance("59s").await;
    assert!(world.see(&id).await.is_paused());
    world.advance("2s").await;
    all_called(&world, &id).await;
}

/// One that wants a second person calls nobody by itself, and says so aloud.
#[tokio::test]
async fn a_growth_that_is_told_while_it_waits_asks_for_the_second_person() {
    let (world, id) = stopped(SECOND).await;
    world.grow(&id, quake("5+")).await.unwrap();
    let sent = world.sent().len();
    world.advance("6m").await;
    let alarmed = world.sent().split_off(sent);
    assert!(
        alarmed.iter().any(|sent| sent.subject.contains("【至急】")),
        "{alarmed:?}"
    );
    assert!(world.see(&id).await.is_paused());
    let digest = world.see(&id).await.digest_held();
    let second = world
        .engine
        .confirm(&id, word_of("token:chief"), digest.as_deref());
    second.await.unwrap();
    all_called(&world, &id).await;
}
