//! Random days on the real engine and the real store, in virtual time: events,
//! answers, drills, failing relays, kills, a store that takes nothing, and a
//! wall clock that is set. After each day the invariants of
//! `docs/reliability.md` are checked.
//!
//! Owns the days and the judge. A day is its seed: `tests/fault days 7` plays day
//! 7 again, `tests/fault days 0..200` the first 200.

#![expect(
    clippy::disallowed_methods,
    reason = "which days are played is the environment's word, and what they came to is said"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use muster::clock::Draw;
use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{ContactState, TriedContact};
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::journal::Entry;
use muster::domain::notification::NotificationState;
use muster::engine::Told;

use crate::support::world::{Sent, World, told, word};

/// So many days are played where nothing is said.
const DAYS: u64 = 20;

/// So much happens in a day.
const STEPS: u64 = 40;

/// What the world outside was told, and what was done to it.
#[derive(Default)]
struct Ledger {
    /// Call-outs that were said to be open, by the key of their event.
    accepted: BTreeMap<String, Vec<CallOutId>>,
    /// Keys of events that were not answered: they may be open or not.
    unsure: BTreeSet<String>,
    /// Answers that were said to be kept.
    answers: Vec<(CallOutId, PersonId, Reply)>,
    /// Ends of which nobody was told for sure, because the store took nothing.
    kills_over_outcomes: usize,
    kills: usize,
    steps_of_the_clock: usize,
    full: bool,
    deaf: bool,
}

/// What a day came to.
#[derive(Clone, Copy, Default)]
struct Sum {
    call_outs: usize,
    answers: usize,
    sent: usize,
    copies: usize,
    kills: usize,
}

fn outcome(draw: &mut Draw) -> Option<Outcome> {
    let detail = || "scripted".to_owned();
    Some(match draw.below(10) {
        0..=2 => Outcome::Retry {
            reason: Reason::Unreachable,
            detail: detail(),
            after: None,
        },
        3 => Outcome::Retry {
            reason: Reason::Policy,
            detail: detail(),
            after: None,
        },
        4 | 5 => Outcome::Unknown { detail: detail() },
        6 => Outcome::Rejected {
            reason: Reason::Address,
            detail: detail(),
        },
        _ => return None,
    })
}

/// Everybody's contacts, in the order of the roster.
fn addresses(world: &World) -> Vec<String> {
    let people = world.plan().roster.people.values();
    let contacts = people.flat_map(|person| &person.contacts);
    contacts.map(|contact| contact.address.clone()).collect()
}

/// One turn, which may fail only while the store takes nothing.
async fn turn(world: &World, ledger: &Ledger) {
    if let Err(error) = world.engine.turn().await {
        assert!(ledger.full || ledger.deaf, "a turn failed: {error}");
    }
}

/// Time passes in steps of what is due.
async fn pass(world: &World, ledger: &Ledger, by: SignedDuration) {
    let end = world.clock.now() + by;
    for _ in 0..400 {
        turn(world, ledger).await;
        let now = world.clock.now();
        let due = world.engine.next_due().await.unwrap();
        let least = now + SignedDuration::from_secs(1);
        match due {
            Some(due) if due < end => {
                let on = due.max(least).duration_since(now);
                world.clock.advance(on.try_into().unwrap());
            }
            _ => break,
        }
    }
    let left = end.duration_since(world.clock.now());
    if left.is_positive() {
        world.clock.advance(left.try_into().unwrap());
    }
    turn(world, ledger).await;
}

async fn tell(world: &World, ledger: &mut Ledger, draw: &mut Draw) {
    let names = ["3", "4", "5-", "5+", "7"];
    let at = usize::try_from(draw.below(5)).unwrap();
    let intensity = Intensity::parse(names[at]).unwrap();
    // A client that heard nothing asks again under its key.
    let key = match ledger.unsure.pop_first() {
        Some(key) => key,
        None => format!("{}:{}", draw.number(), names[at]),
    };
    let intensity = key
        .rsplit_once(':')
        .and_then(|(_, name)| Intensity::parse(name))
        .unwrap_or(intensity);
    let event = Told {
        key: Some(key.clone()),
        ..told(EventKind::Earthquake { intensity })
    };
    match world.engine.tell(event.clone()).await {
        Ok(accepted) => {
            // The same again is the same.
            if let Ok(again) = world.engine.tell(event).await {
                assert_eq!(again.call_outs, accepted.call_outs, "one key, one call-out");
            }
            ledger.accepted.insert(key, accepted.call_outs);
        }
        Err(error) => {
            assert!(ledger.full || ledger.deaf, "an event is refused: {error}");
            ledger.unsure.insert(key);
        }
    }
}

/// Somebody who was called answers.
async fn answer(world: &World, ledger: &mut Ledger, draw: &mut Draw) {
    let mut called = Vec::new();
    for id in ledger.accepted.values().flatten() {
        let call_out = world.see(id).await;
        let people = call_out.participants.values();
        let people = people.filter(|one| one.is_called() && call_out.state.is_live());
        called.extend(people.map(|one| (id.clone(), one.person.clone())));
    }
    let Ok(count) = u64::try_from(called.len()) else {
        return;
    };
    if called.is_empty() {
        return;
    }
    let (id, person) = called.swap_remove(usize::try_from(draw.below(count)).unwrap());
    let reply = match draw.below(3) {
        0 => Reply::Cannot,
        1 => Reply::Arrived,
        _ => Reply::Coming,
    };
    match world.say(&id, person.as_str(), reply).await {
        Ok(()) => ledger.answers.push((id, person, reply)),
        Err(error) => assert!(ledger.full || ledger.deaf, "an answer is refused: {error}"),
    }
}

async fn end(world: &World, ledger: &Ledger, draw: &mut Draw) {
    let ids: Vec<&CallOutId> = ledger.accepted.values().flatten().collect();
    let count = u64::try_from(ids.len()).unwrap_or_default();
    if let Some(id) = ids.get(usize::try_from(draw.below(count)).unwrap()) {
        // It may be over already.
        let word = word(None, Some("終わり"));
        let _ = world.engine.stand_down(id, word, false).await;
    }
}

/// Whoever is asked whether an old call-out goes on says yes.
async fn let_go_on(world: &World, ledger: &Ledger) {
    for id in ledger.accepted.values().flatten() {
        let call_out = world.see(id).await;
        if call_out.is_paused() && call_out.state.is_live() {
            let yes = word(None, Some("続ける"));
            world.engine.confirm(id, yes, None).await.unwrap();
        }
    }
}

async fn mend_all(world: &World, ledger: &mut Ledger) {
    if std::mem::take(&mut ledger.full) {
        world.disk_is_full(false).await;
    }
    if std::mem::take(&mut ledger.deaf) {
        world.outcomes_are_lost(false).await;
    }
    for address in addresses(world) {
        world.mend(&address);
    }
}

/// One thing that happens.
async fn step(world: World, ledger: &mut Ledger, draw: &mut Draw) -> World {
    match draw.below(20) {
        0..=2 => tell(&world, ledger, draw).await,
        3..=6 => answer(&world, ledger, draw).await,
        7 => end(&world, ledger, draw).await,
        8..=10 => {
            let all = addresses(&world);
            for address in all {
                match outcome(draw) {
                    Some(outcome) if draw.below(3) == 0 => world.fail(&address, outcome),
                    _ => world.mend(&address),
                }
            }
        }
        11 => {
            ledger.full = !ledger.full;
            world.disk_is_full(ledger.full).await;
        }
        12 => {
            ledger.deaf = !ledger.deaf;
            world.outcomes_are_lost(ledger.deaf).await;
        }
        13 if !ledger.full => {
            ledger.kills += 1;
            ledger.kills_over_outcomes += usize::from(ledger.deaf);
            return world.crash().await;
        }
        14 => {
            ledger.steps_of_the_clock += 1;
            let steps = ["24h", "-1h", "90s", "-10s", "0s"];
            world.set_clock(steps[usize::try_from(draw.below(5)).unwrap()]);
        }
        15 => world.away("2h"),
        16 => mend_all(&world, ledger).await,
        _ => {
            let seconds = i64::try_from(draw.below(1800)).unwrap();
            pass(&world, ledger, SignedDuration::from_secs(seconds)).await;
            return world;
        }
    }
    turn(&world, ledger).await;
    world
}

/// Plays a day to its end and judges it.
async fn day(seed: u64) -> Sum {
    let mut draw = Draw::new(seed, "a day with faults");
    let mut ledger = Ledger::default();
    let mut world = World::with(|plan| {
        plan.readiness = None;
        plan.drills.clear();
    })
    .await;
    for _ in 0..STEPS {
        world = step(world, &mut ledger, &mut draw).await;
    }
    // Everything is mended, and there is time for all that was promised.
    mend_all(&world, &mut ledger).await;
    pass(&world, &ledger, SignedDuration::from_mins(30)).await;
    while !ledger.unsure.is_empty() {
        tell(&world, &mut ledger, &mut draw).await;
    }
    let_go_on(&world, &ledger).await;
    pass(&world, &ledger, SignedDuration::from_hours(8)).await;
    judge(&world, &ledger).await
}

async fn judge(world: &World, ledger: &Ledger) -> Sum {
    let sent = world.sent();
    no_false_call_out(world, ledger).await;
    copies_are_few(&sent, ledger);
    marks(&sent);
    for id in ledger.accepted.values().flatten() {
        nothing_lost(world, id, &sent).await;
        stages_in_order(world, id).await;
    }
    for (id, person, _) in &ledger.answers {
        let kept = world.engine.store().acknowledgements(id).await.unwrap();
        let is_kept = kept.iter().any(|one| one.answer.person == *person);
        assert!(is_kept, "the answer of {person} in {id} is lost");
    }
    let copies = copies(&sent).values().filter(|count| **count > 1).count();
    Sum {
        call_outs: ledger.accepted.values().flatten().count(),
        answers: ledger.answers.len(),
        sent: sent.len(),
        copies,
        kills: ledger.kills,
    }
}

/// I1 and I5: whoever is called got it, or has nobody left to get it by.
async fn nothing_lost(world: &World, id: &CallOutId, sent: &[Sent]) {
    let kept = world.engine.store().load(id).await.unwrap().unwrap();
    let now = world.clock.now();
    for row in &kept.notifications {
        assert_ne!(row.state, NotificationState::Sending, "{id}: {row:?}");
    }
    let waiting = world.engine.store().waiting(now).await.unwrap();
    assert_eq!(waiting, 0, "everything that is due is sent");
    let reached: BTreeSet<&str> = sent
        .iter()
        .filter(|sent| sent.outcome != "retry" && sent.outcome != "dead")
        .filter(|sent| sent.identity.contains(id.as_str()) || sent.channel == "webhook")
        .map(|sent| sent.to.as_str())
        .collect();
    for one in kept.call_out.participants.values() {
        let silent = one.is_called() && one.reply().is_none() && kept.call_out.state.is_live();
        let mut contacts = one.contacts.iter();
        let heard = contacts.any(|tried| reached.contains(tried.contact.address.as_str()));
        let rows = kept.notifications.iter();
        let mine = rows.filter(|row| row.draft.person == one.person).count();
        if silent {
            assert!(mine > 0, "{} was called in {id} by nothing", one.person);
            // A contact that refused for a while takes messages by now.
            let dead = |tried: &TriedContact| tried.state == ContactState::Dead;
            let targets = one.targets.iter();
            let mut targets = targets.map(|target| &kept.call_out.targets[*target]);
            assert!(
                heard || one.contacts.iter().all(dead) || targets.all(|target| target.met),
                "{} in {id} got nothing",
                one.person
            );
        }
    }
    let broken = world.engine.store().broken_entry(id).await.unwrap();
    assert_eq!(broken, None, "I7: the account of {id} is a chain");
}

/// I5: each stage begins once, in order, and no sooner after the one before than
/// the procedure says, unless nothing more could come of that.
async fn stages_in_order(world: &World, id: &CallOutId) {
    let records = world.engine.store().journal(id, 0).await.unwrap();
    let call_out = world.see(id).await;
    let mut last: Option<(u32, Timestamp)> = None;
    for record in &records {
        let Entry::Stage { stage, cause, .. } = &record.entry else {
            continue;
        };
        if let Some((before, at)) = last {
            assert!(*stage >= before, "{id}: stage {stage} after {before}");
            let stages = &call_out.procedure.stages;
            let due = *cause == muster::domain::journal::StageCause::Due;
            if *stage == before + 1 && due {
                let apart = stages[*stage as usize - 1].after - stages[before as usize - 1].after;
                let passed = record.at.duration_since(at);
                let apart = SignedDuration::try_from(apart).unwrap();
                assert!(
                    passed >= apart,
                    "{id}: stage {stage} after {passed}, not {apart}"
                );
            }
        }
        last = Some((*stage, record.at));
    }
}

fn copies(sent: &[Sent]) -> HashMap<(&str, &str), usize> {
    let mut copies = HashMap::new();
    for sent in sent
        .iter()
        .filter(|sent| sent.outcome != "retry" && sent.outcome != "dead")
    {
        *copies
            .entry((sent.identity.as_str(), sent.to.as_str()))
            .or_default() += 1;
    }
    copies
}

/// I2: no more copies than ends of which nobody knows.
fn copies_are_few(sent: &[Sent], ledger: &Ledger) {
    for ((identity, to), count) in copies(sent) {
        let same = || {
            sent.iter()
                .filter(|one| one.identity == identity && one.to == to)
        };
        let unknown = same().filter(|one| one.outcome == "unknown").count();
        let most = 1 + unknown + ledger.kills_over_outcomes;
        assert!(
            count <= most,
            "{identity} to {to}: {count} copies, {most} at most"
        );
        let taken = same().filter(|one| one.outcome == "accepted").count();
        let most = 1 + ledger.kills_over_outcomes;
        assert!(taken <= most, "{identity} to {to}: taken {taken} times");
    }
}

/// I3: no call-out that nobody told.
async fn no_false_call_out(world: &World, ledger: &Ledger) {
    let known: BTreeSet<&CallOutId> = ledger.accepted.values().flatten().collect();
    for summary in world.engine.store().call_outs(false, 10_000).await.unwrap() {
        assert!(known.contains(&summary.id), "nobody told of {}", summary.id);
    }
}

/// I8: nothing real looks like a drill.
fn marks(sent: &[Sent]) {
    for sent in sent {
        let marked = sent.subject.contains("訓練") || sent.subject.contains("DRILL");
        assert!(!marked, "{}", sent.subject);
    }
}

/// The days that are to be played.
fn seeds() -> Vec<u64> {
    let said = std::env::var("MUSTER_TEST_SEEDS").unwrap_or_default();
    match said.split_once("..") {
        Some((from, to)) => (from.parse().unwrap()..to.parse().unwrap()).collect(),
        None if said.is_empty() => (0..DAYS).collect(),
        None => vec![said.parse().unwrap()],
    }
}

/// Thousands of things happen in the worst order, and nothing that was promised
/// is lost, false, early or twice.
#[tokio::test]
async fn whatever_happens_nothing_is_lost_false_early_or_twice() {
    let mut all = Sum::default();
    let seeds = seeds();
    for seed in &seeds {
        let played = AssertUnwindSafe(day(*seed)).catch_unwind().await;
        let sum = played.unwrap_or_else(|_| {
            panic!("day {seed} went wrong (above); tests/fault days {seed} plays it again")
        });
        all = Sum {
            call_outs: all.call_outs + sum.call_outs,
            answers: all.answers + sum.answers,
            sent: all.sent + sum.sent,
            copies: all.copies + sum.copies,
            kills: all.kills + sum.kills,
        };
    }
    println!(
        "days {}: {} call-outs, {} answers, {} messages, {} of them twice, {} kills",
        seeds.len(),
        all.call_outs,
        all.answers,
        all.sent,
        all.copies,
        all.kills
    );
    assert!(all.call_outs > 0 && all.sent > 0 && all.answers > 0);
}
