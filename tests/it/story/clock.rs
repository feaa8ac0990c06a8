//! A wall clock that is set while a call-out is open.

use std::cell::Cell;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use muster::clock::{Clock, of_one_moment};
use muster::domain::call_out::CallOut;
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::id::{PersonId, Principal};

use crate::readiness::http::get;
use crate::support::world::{World, word};

async fn quiet() -> World {
    World::with(|plan| plan.readiness = None).await
}

/// When each stage of an earthquake's call-out began, counted from its opening,
/// and everything that was sent.
async fn course(step: Option<&str>) -> (Vec<(u32, i64)>, usize, String) {
    let world = quiet().await;
    let id = world.earthquake("4").await.remove(0);
    let opened = world.clock.now();
    let mut stages = Vec::new();
    for minute in 0..240 {
        if minute == 2
            && let Some(step) = step
        {
            world.set_clock(step);
        }
        let stage = world.see(&id).await.stage;
        if stages.last().is_none_or(|(last, _)| *last != stage) {
            stages.push((stage, world.clock.now().duration_since(opened).as_mins()));
        }
        world.advance("1m").await;
    }
    let sent = world.sent().into_iter();
    let calls = sent
        .filter(|sent| !sent.subject.contains("【障害】"))
        .count();
    (stages, calls, world.timeline(&id).await)
}

/// The machine is held still between the look at its wall clock and the look at the even
/// time: that is no step of the clock. One on which every look takes long has a time too.
#[test]
fn a_pause_between_two_looks_is_no_step_of_the_clock() {
    let begin: Timestamp = "2026-11-24T03:12:00Z".parse().unwrap();
    for pauses in [1, 1_000] {
        let passed = Cell::new(Duration::ZERO);
        let looks = Cell::new(0);
        let wall = || {
            let seen = begin + passed.get();
            looks.set(looks.get() + 1);
            if looks.get() <= pauses {
                passed.set(passed.get() + Duration::from_secs(4));
            }
            seen
        };
        let (seen, since_boot) = of_one_moment(wall, || passed.get());
        let step = (begin + since_boot).duration_since(seen);
        let expected = if pauses == 1 { 0 } else { 4 };
        assert_eq!(step, SignedDuration::from_secs(expected));
        assert!(looks.get() < 20, "it comes to an end");
    }
}

/// The clock is set a day on, or an hour back: no stage comes early, none is
/// skipped, and the account says what happened.
#[tokio::test]
async fn a_step_of_the_clock_moves_no_stage() {
    let (even, calls, quiet) = course(None).await;
    assert!(even.len() > 1, "{even:?}");
    assert!(!quiet.contains("マシンの時計"), "{quiet}");
    for (step, words) in [
        ("24h", "マシンの時計が24時間進みました"),
        ("-1h", "マシンの時計が1時間戻りました"),
    ] {
        let (stepped, sent, timeline) = course(Some(step)).await;
        assert_eq!(stepped, even, "{step}");
        assert_eq!(sent, calls, "{step}");
        assert_eq!(timeline.matches(words).count(), 1, "{timeline}");
    }
}

/// Administrators hear of it, and the clock is followed as soon as nothing is
/// open any more.
#[tokio::test]
async fn the_clock_is_followed_when_nothing_is_open() {
    let world = quiet().await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("2m").await;
    world.set_clock("24h");
    world.advance("1m").await;
    let told = |world: &World| {
        let sent = world.sent().into_iter();
        sent.filter(|sent| sent.subject.contains("【障害】"))
            .count()
    };
    assert_eq!(told(&world), 6);
    let before = world.clock.now();
    world.stand_down(&id, "終わり").await;
    world.turn().await;
    let by = world.clock.now().duration_since(before);
    assert_eq!(by, SignedDuration::from_hours(24));
    world.advance("1h").await;
    assert_eq!(told(&world), 6, "told once");
    assert!(world.engine.alarms().is_empty());
}

/// Whether the board says that the clock is in doubt.
async fn board_doubts(world: &World) -> bool {
    let (status, board) = get(world, "/", "reader").await;
    assert_eq!(status, 200, "{board}");
    board.contains("マシンの時計を信じられません")
}

/// A machine that comes up in 1970 with a call-out open goes on from what it
/// recorded last, and the board says that the clock is in doubt; when the time
/// comes, what is overdue begins, one stage at a time.
#[tokio::test]
async fn a_start_in_1970_goes_on_from_the_records() {
    let world = quiet().await;
    let id = world.earthquake("4").await.remove(0);
    let begun = world.clock.now();
    let stage = world.see(&id).await.stage;
    let epoch: Timestamp = "1970-01-01T00:00:40Z".parse().unwrap();
    let back = begun.duration_since(epoch);
    world.clock.set_back(back.try_into().unwrap());
    let world = world.crash().await;
    let on = world.clock.now().duration_since(begun);
    assert!(on.abs() < SignedDuration::from_secs(5), "{on}");
    world.advance("1m").await;
    assert_eq!(world.see(&id).await.stage, stage, "no stage by a jump");
    assert!(world.engine.clock_is_absurd());
    assert_eq!(world.engine.alarms().len(), 1);
    assert!(board_doubts(&world).await);
    // The time server answers: half an hour has passed since the record.
    let now = begun + SignedDuration::from_mins(30);
    world.clock.set_wall(now.duration_since(world.clock.now()));
    world.turn().await;
    assert!(world.clock.now() >= now, "it is believed");
    assert_eq!(world.see(&id).await.stage, stage + 1, "one stage");
    assert!(world.engine.alarms().is_empty());
    assert!(!board_doubts(&world).await);
}

/// The same eight hours later: what is overdue by then is of last night. A person
/// is asked before anybody else is called, as after any standstill.
#[tokio::test]
async fn a_clock_that_comes_right_in_the_morning_rings_nobody_by_itself() {
    let world = quiet().await;
    let id = world.earthquake("4").await.remove(0);
    let (begun, before) = (world.clock.now(), world.see(&id).await);
    let epoch: Timestamp = "1970-01-01T00:00:40Z".parse().unwrap();
    let back = begun.duration_since(epoch);
    world.clock.set_back(back.try_into().unwrap());
    let world = world.crash().await;
    world.advance("1m").await;
    assert!(!world.see(&id).await.is_paused());
    let now = begun + SignedDuration::from_hours(8);
    world.clock.set_wall(now.duration_since(world.clock.now()));
    world.turn().await;
    assert!(world.clock.now() >= now, "it is believed");
    let after = world.see(&id).await;
    assert!(after.is_paused());
    assert_eq!(after.stage, before.stage);
    let called = |call_out: &CallOut| {
        let people = call_out.participants.values();
        people.filter(|person| person.is_called()).count()
    };
    assert_eq!(called(&after), called(&before), "nobody new is called");
}

/// Without anything open the clock is followed at once, whichever way it is set.
#[tokio::test]
async fn a_clock_that_is_set_while_nothing_is_open_is_followed_at_once() {
    let world = quiet().await;
    for (step, seconds) in [("90m", 5400), ("-30m", -1800)] {
        let before = world.clock.now();
        world.set_clock(step);
        world.turn().await;
        let by = world.clock.now().duration_since(before);
        assert_eq!(by.as_secs(), seconds);
    }
    assert_eq!(world.sent().len(), 0);
}

/// The clock is set back while a call-out is open, and somebody ends it: everybody
/// hears that at once, and not an hour later.
#[tokio::test]
async fn what_waits_goes_out_before_the_clock_is_followed_back() {
    let world = quiet().await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("2m").await;
    world.set_clock("-1h");
    world.advance("1m").await;
    world.stand_down(&id, "終わり").await;
    world.turn().await;
    let ended = world.sent().into_iter();
    let ended = ended.filter(|sent| sent.subject.contains("解除")).count();
    let called = world.see(&id).await;
    let called = called.participants.values().filter(|one| one.is_called());
    assert!(ended >= called.count(), "{ended} heard of the end");
    let before = world.clock.now();
    world.turn().await;
    assert!(world.clock.ahead().is_zero(), "it is followed now");
    assert!(world.clock.now() <= before);
}

/// A notice that was kept while the clock was a year ahead says nothing of a
/// call-out that opens later: a restart jumps nowhere.
#[tokio::test]
async fn a_clock_that_once_ran_ahead_moves_no_later_call_out() {
    let world = quiet().await;
    world.set_clock("8760h");
    world.turn().await;
    let early = world.earthquake("4").await.remove(0);
    world.advance("1m").await;
    world.stand_down(&early, "終わり").await;
    world.set_clock("-8760h");
    world.advance("1m").await;
    assert!(world.clock.ahead().is_zero());
    let id = world.earthquake("5-").await.remove(0);
    let stage = world.see(&id).await.stage;
    let before = world.clock.now();
    let world = world.crash().await;
    world.turn().await;
    let on = world.clock.now().duration_since(before);
    assert!(on.abs() < SignedDuration::from_secs(5), "{on}");
    assert_eq!(world.see(&id).await.stage, stage);
}

/// The account of one of two call-outs takes no entry for a while: the other one
/// says the step once, and the first as soon as it can.
#[tokio::test]
async fn a_step_is_said_once_in_each_account() {
    let world = quiet().await;
    let first = world.earthquake("4").await.remove(0);
    world.advance("10s").await;
    let second = world.incident("residents").await.remove(0);
    world.advance("10s").await;
    world.first_is_stuck(true).await;
    world.set_clock("8h");
    for _ in 0..3 {
        world.turn().await;
    }
    world.first_is_stuck(false).await;
    world.advance("30s").await;
    for id in [first, second] {
        let timeline = world.timeline(&id).await;
        let said = timeline.matches("マシンの時計が8時間進みました").count();
        assert_eq!(said, 1, "{timeline}");
    }
}

/// The only call-out is ended just as its end cannot be kept, after the clock was set: it
/// lives, and by no other time than before.
#[tokio::test]
async fn the_clock_is_not_followed_for_an_end_that_is_not_kept() {
    let world = quiet().await;
    let id = world.earthquake("4").await.remove(0);
    world.set_clock("24h");
    world.turn().await;
    let ahead = world.clock.ahead();
    assert!(!ahead.is_zero());
    let mut held = world.hold_store().await;
    let engine = world.engine.clone();
    let (ended, word) = (id.clone(), word(None, Some("終わり")));
    let ending = tokio::spawn(async move { engine.stand_down(&ended, word, false).await });
    held.found().await;
    let engine = world.engine.clone();
    let turning = tokio::spawn(async move { engine.turn().await });
    // One thread: the turn has looked at the clock by then.
    tokio::task::yield_now().await;
    held.leave_full().await;
    assert!(ending.await.unwrap().is_err());
    let _ = turning.await.unwrap();
    world.disk_is_full(false).await;
    world.turn().await;
    assert!(world.see(&id).await.state.is_live());
    assert_eq!(world.clock.ahead(), ahead, "not followed");
}

/// An end of which nobody can be told for half an hour: what says so is tried
/// again at waits that have grown.
async fn an_end_that_nobody_hears() -> World {
    let world = quiet().await;
    let id = world.earthquake("4").await.remove(0);
    let people: Vec<_> = world.plan().roster.people.values().cloned().collect();
    let addresses = people.iter().flat_map(|person| &person.contacts);
    for contact in addresses {
        let down = Outcome::Retry {
            reason: Reason::Unreachable,
            detail: "connection refused".to_owned(),
            after: None,
        };
        world.fail(&contact.address, down);
    }
    world.stand_down(&id, "終わり").await;
    world.advance("40m").await;
    assert_eq!(ends(&world), 0);
    world
}

fn ends(world: &World) -> usize {
    let sent = world.sent().into_iter();
    let sent = sent.filter(|sent| sent.outcome == "accepted");
    sent.filter(|sent| sent.subject.contains("解除")).count()
}

/// The way out is there again, and some hours pass.
async fn mended(world: &World) {
    let people: Vec<_> = world.plan().roster.people.values().cloned().collect();
    for contact in people.iter().flat_map(|person| &person.contacts) {
        world.mend(&contact.address);
    }
    world.advance("3h").await;
    assert!(ends(world) > 0, "nobody has heard of the end");
}

/// A clock that ran ahead is set right while messages are tried again: they do
/// not wait until the old time comes round again.
#[tokio::test]
async fn what_is_tried_again_does_not_wait_for_a_time_that_was_wrong() {
    let world = an_end_that_nobody_hears().await;
    world.set_clock("-9h");
    for _ in 0..15 {
        world.away("1m");
        world.turn().await;
    }
    assert!(world.clock.ahead().is_zero(), "it is followed");
    mended(&world).await;
}

/// The same of an hour alone: what is to be tried again within minutes does not wait for
/// that hour as well.
#[tokio::test]
async fn what_is_tried_again_does_not_wait_for_a_step_of_an_hour() {
    let world = an_end_that_nobody_hears().await;
    world.set_clock("-1h");
    let people: Vec<_> = world.plan().roster.people.values().cloned().collect();
    for contact in people.iter().flat_map(|person| &person.contacts) {
        world.mend(&contact.address);
    }
    for _ in 0..12 {
        world.away("1m");
        world.turn().await;
    }
    assert!(world.clock.ahead().is_zero(), "it is followed");
    let told = ends(&world);
    assert!(told > 0, "nobody has heard of the end");
    world.advance("3h").await;
    assert_eq!(ends(&world), told, "some hear of it later");
}

/// The same where it is set right while the daemon is away.
#[tokio::test]
async fn what_was_tried_at_a_wrong_time_goes_out_after_a_start_at_the_right_one() {
    let world = an_end_that_nobody_hears().await;
    world.back("87600h");
    let world = world.crash().await;
    mended(&world).await;
}

/// A wait has its length, whatever time it is made meanwhile: what feeds the
/// watchdog does not stand still for as long as a clock is set back.
#[tokio::test]
async fn a_wait_is_as_long_after_the_clock_is_set_back() {
    let rest = Duration::from_millis(50);
    let steady = Clock::steady();
    let back = async {
        steady.run_on_from(steady.now() - SignedDuration::from_hours(9));
    };
    let both = async { tokio::join!(biased; steady.sleep(rest), back) };
    let over = tokio::time::timeout(Duration::from_secs(20), both).await;
    assert!(over.is_ok(), "it waits for the old time");

    let manual = Clock::manual("2026-11-23T18:00:00Z".parse().unwrap());
    let back = async {
        manual.set_back(Duration::from_secs(3600));
        manual.advance(rest);
    };
    let both = async { tokio::join!(biased; manual.sleep(rest), back) };
    let over = tokio::time::timeout(Duration::from_secs(20), both).await;
    assert!(over.is_ok(), "it waits for the old time");
}

/// A start at a time that is years ahead forgets nobody's absence: once the clock
/// is right, whoever is marked away is not called.
#[tokio::test]
async fn a_start_with_a_clock_that_is_ahead_forgets_no_absence() {
    let world = quiet().await;
    let until = world.clock.now() + SignedDuration::from_hours(72);
    let (person, by) = (PersonId::new("it-1"), Principal::new("token:duty"));
    world.engine.absent(&person, until, None, by).await.unwrap();
    world.away("87600h");
    let world = world.crash().await;
    world.turn().await;
    world.back("87600h");
    let id = world.incident("residents").await.remove(0);
    assert!(!world.see(&id).await.participants.contains_key("it-1"));
}

/// The posts since a time: when each says that it was made, counted from the even
/// time at which it left.
fn made_ahead(world: &World, since: Timestamp) -> Vec<SignedDuration> {
    let sent = world.sent().into_iter().filter(|sent| sent.at >= since);
    let made = sent.filter_map(|sent| Some(sent.made_at?.duration_since(sent.at)));
    made.collect()
}

/// A gateway compares the time of a message with its own clock, and refuses one
/// that is minutes old: it is told the wall clock's, though the times of the
/// call-out run on as they were; but not one that cannot be.
#[tokio::test]
async fn a_gateway_is_told_the_wall_clocks_time() {
    let world = quiet().await;
    world.earthquake("5-").await;
    world.advance("1m").await;
    world.set_clock("9h");
    let set = world.clock.now();
    world.advance("30m").await;
    let ahead = made_ahead(&world, set);
    assert!(!ahead.is_empty(), "reminders go out");
    let nine = SignedDuration::from_hours(9);
    assert!(ahead.iter().all(|by| *by == nine), "{ahead:?}");
    world.set_clock("-500000h");
    let absurd = world.clock.now();
    world.incident("residents").await;
    let ahead = made_ahead(&world, absurd);
    assert!(!ahead.is_empty(), "others are called");
    assert!(ahead.iter().all(SignedDuration::is_zero), "{ahead:?}");
}
