//! Random days on the real engine and the real store, in virtual time: events,
//! answers, drills, looks at answer pages, bounces, what machines answer, failing
//! addresses, kills, a store that takes nothing, and a wall clock that is set.
//! The invariants of `docs/reliability.md` are checked during each day and after
//! it.
//!
//! Owns the days. A day is its seed: `tests/fault days 7` plays day 7 again,
//! `tests/fault days 0..200` the first 200. Relays and lines take no part: how an
//! address fails is drawn.

#![expect(
    clippy::disallowed_methods,
    reason = "which days are played is the environment's word, and what they came to is said"
)]

mod comes;
mod dead;
mod judge;
mod ledger;
mod log;
mod wanted;
mod watch;

use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;

use jiff::SignedDuration;
use muster::clock::Draw;
use muster::domain::acknowledgement::Reply;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::CallOutId;
use muster::domain::rule::Confirm;
use muster::engine::Told;

use self::ledger::{Answered, Ledger, outcome};
use self::log::Log;
use self::watch::{HOLD, Watch};
use crate::support::plans;
use crate::support::world::{World, told, word};

/// So many days are played where nothing is said.
const DAYS: u64 = 8;

/// So much happens in a day.
const STEPS: u64 = 40;

/// One day of so many has a town in which a call-out is kept in parts as it begins.
const LARGE: u64 = 10;

/// In one day of so many, call-outs wait to be stopped before they call anybody.
const WAITS: u64 = 5;

/// So many people more has such a town.
const CROWD: usize = 150;

/// So many times may something be due one after the other while time passes.
const TIMES: usize = 4_000;

/// What days came to.
#[derive(Clone, Copy, Default)]
struct Sum {
    days: usize,
    /// How long they were together, as the world outside counts it.
    long: SignedDuration,
    call_outs: usize,
    drills: usize,
    answers: usize,
    sent: usize,
    copies: usize,
    kills: usize,
    due: usize,
    late: SignedDuration,
    leaks: usize,
    looked: judge::Looked,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.days += other.days;
        self.long += other.long;
        self.call_outs += other.call_outs;
        self.drills += other.drills;
        self.answers += other.answers;
        self.sent += other.sent;
        self.copies += other.copies;
        self.kills += other.kills;
        self.due += other.due;
        self.late = self.late.max(other.late);
        self.leaks += other.leaks;
        self.looked.wanted += other.looked.wanted;
        self.looked.dead += other.looked.dead;
    }

    fn words(&self) -> String {
        let Self {
            days,
            long,
            call_outs,
            drills,
            answers,
            sent,
            copies,
            kills,
            due,
            late,
            leaks,
            looked,
        } = self;
        format!(
            "{days} days of {} hours in all: {call_outs} call-outs, {drills} drills, {answers} answers, {sent} messages, \
             {copies} of them again, {kills} kills; {due} stages at their time, the latest {} s \
             late; {leaks} leaks; {} wanted by the rule alone, {} dead contacts told",
            long.as_hours(),
            late.as_secs(),
            looked.wanted,
            looked.dead
        )
    }
}

/// A day as it is played.
struct Day {
    draw: Draw,
    ledger: Ledger,
    watch: Watch,
    log: Log,
    /// Whether the last turn could not do everything.
    was_unable: bool,
    /// Whether what is told waits first.
    waits: bool,
}

/// Everybody's contacts, in the order of the roster.
fn addresses(world: &World) -> Vec<String> {
    let people = world.plan().roster.people.values();
    let contacts = people.flat_map(|person| &person.contacts);
    contacts
        .map(|contact| contact.address.to_string())
        .collect()
}

impl Day {
    /// One of so many.
    fn pick(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap();
        usize::try_from(self.draw.below(count)).unwrap()
    }

    /// One turn, which may fail only while the store takes nothing, and a look at
    /// what came of it.
    async fn turn(&mut self, world: &World) {
        self.ledger.mark(world.sent_so_far());
        let turned = world.engine.turn().await;
        if let Err(error) = &turned {
            self.log.refused(error);
            assert!(self.ledger.is_blind(), "a turn failed: {error}");
        }
        let able = turned.is_ok() && !self.ledger.is_blind();
        // Why again: what a failed write put out of memory is read by the first, and
        // the daemon looks again as long as something is overdue.
        if able && std::mem::take(&mut self.was_unable) {
            world.engine.turn().await.unwrap();
        }
        for id in self.ledger.ids() {
            self.watch.look(world, &id, able).await;
        }
        if !able {
            self.was_unable = true;
            self.watch.unable();
        }
    }

    /// Time passes in steps of what is due.
    async fn pass(&mut self, world: &World, by: SignedDuration) {
        let mut left = by;
        for time in 0.. {
            self.turn(world).await;
            assert!(time < TIMES, "the daemon does not rest");
            let due = world.engine.next_due().await.unwrap();
            let on = due.map(|due| due.duration_since(world.clock.now()));
            // What the store does not take is due for ever.
            let least = if self.ledger.is_blind() { 60 } else { 1 };
            let on = on.map(|on| on.max(SignedDuration::from_secs(least)));
            let Some(on) = on.filter(|on| *on < left) else {
                break;
            };
            self.watch.pass(world, on);
            left -= on;
        }
        self.watch.pass(world, left);
        self.turn(world).await;
    }

    async fn tell(&mut self, world: &World) {
        let names = ["3", "4", "5-", "5+", "7"];
        let name = names[self.pick(names.len())];
        // A client that heard nothing asks again under its key.
        let key = match self.ledger.unsure.pop_first() {
            Some(key) => key,
            None => format!("{}:{name}", self.draw.number()),
        };
        let (_, name) = key.rsplit_once(':').unwrap();
        let intensity = Intensity::parse(name).unwrap();
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
                self.ledger
                    .tell(&accepted.call_outs, &EventKind::Earthquake { intensity });
                self.ledger.accepted.insert(key, accepted.call_outs);
            }
            Err(error) => {
                self.log.refused(&error);
                assert!(self.ledger.is_blind(), "an event is refused: {error}");
                self.ledger.unsure.insert(key);
            }
        }
    }

    /// A drill is started, unless it runs.
    async fn drill(&mut self, world: &World) {
        let names: Vec<_> = world.plan().drills.keys().cloned().collect();
        let name = names[self.pick(names.len())].clone();
        // Why: without a key nobody could ask again what became of it.
        if self.ledger.is_blind() {
            return;
        }
        match world.start_drill(name.as_str(), Some("並行の確認")).await {
            Ok(started) => {
                let kind = &world.plan().drills[&name].event;
                self.ledger.tell(&started.call_outs, kind);
                self.ledger.drills.extend(started.call_outs);
            }
            Err(error) => self.log.refused(&error),
        }
    }

    /// Somebody who was called answers.
    async fn answer(&mut self, world: &World) {
        let mut called = Vec::new();
        for id in self.ledger.ids() {
            let call_out = world.see(&id).await;
            let people = call_out.participants.values();
            let people = people.filter(|one| one.is_called() && call_out.state.is_live());
            called.extend(people.map(|one| (id.clone(), one.person.clone())));
        }
        if called.is_empty() {
            return;
        }
        let (call_out, person) = called.swap_remove(self.pick(called.len()));
        let reply = [Reply::Cannot, Reply::Arrived, Reply::Coming][self.pick(3)];
        match world.say(&call_out, person.as_str(), reply).await {
            Ok(()) => self.ledger.answers.push(Answered {
                call_out,
                person,
                reply,
                sent: world.sent_so_far(),
                stops: true,
            }),
            Err(error) => {
                self.log.refused(&error);
                assert!(self.ledger.is_blind(), "an answer is refused: {error}");
            }
        }
    }

    async fn end(&mut self, world: &World) {
        let ids: Vec<CallOutId> = self.ledger.ids().into_iter().collect();
        if !ids.is_empty() {
            // It may be over already.
            let word = word(None, Some("終わり"));
            let id = &ids[self.pick(ids.len())];
            if self.waits {
                if world.engine.withdraw(id, word.by).await.is_ok() {
                    self.ledger.withdrawn.insert(id.clone());
                }
                return;
            }
            let _ = world.engine.stand_down(id, word, false).await;
        }
    }

    /// Whoever is asked whether an old call-out goes on says yes.
    async fn let_go_on(&mut self, world: &World) {
        for id in self.ledger.ids() {
            let call_out = world.see(&id).await;
            if call_out.is_paused() && call_out.state.is_live() {
                let yes = word(None, Some("続ける"));
                world.engine.confirm(&id, yes, None).await.unwrap();
            }
        }
    }

    fn fail_some(&mut self, world: &World) {
        for address in addresses(world) {
            match outcome(&mut self.draw) {
                Some(outcome) if self.draw.below(3) == 0 => world.fail(&address, outcome),
                _ => world.mend(&address),
            }
        }
    }

    async fn mend_all(&mut self, world: &World) {
        if std::mem::take(&mut self.ledger.full) {
            world.disk_is_full(false).await;
        }
        if std::mem::take(&mut self.ledger.deaf) {
            world.outcomes_are_lost(false).await;
        }
        for address in addresses(world) {
            world.mend(&address);
        }
    }

    /// The daemon is killed, and starts again.
    async fn kill(&mut self, world: World) -> World {
        self.ledger.kill(world.sent_so_far());
        let world = world.crash().await;
        self.watch.begins();
        self.turn(&world).await;
        world
    }

    /// One thing that happens.
    async fn step(&mut self, world: World) -> World {
        match self.draw.below(26) {
            0..=2 => {
                self.tell(&world).await;
                // What a large one begins with is not all kept yet.
                if self.draw.below(4) == 0 {
                    return self.kill(world).await;
                }
            }
            3..=5 => self.answer(&world).await,
            6 => comes::pressed(&world, &mut self.ledger, &mut self.draw).await,
            7 => self.end(&world).await,
            8..=10 => self.fail_some(&world),
            11 => {
                self.ledger.full = !self.ledger.full;
                world.disk_is_full(self.ledger.full).await;
            }
            12 => {
                self.ledger.deaf = !self.ledger.deaf;
                world.outcomes_are_lost(self.ledger.deaf).await;
            }
            13 | 14 => return self.kill(world).await,
            15 => {
                let steps = ["24h", "-1h", "90s", "-10s", "0s"];
                world.set_clock(steps[self.pick(steps.len())]);
            }
            16 => {
                self.watch.pass(&world, SignedDuration::from_hours(2));
                self.watch.unable();
                self.watch.begins();
            }
            17 => self.mend_all(&world).await,
            18 => self.drill(&world).await,
            19 => comes::looked_at(&world, &mut self.draw).await,
            20 => comes::bounced(&world, &mut self.ledger, &mut self.draw, &self.log).await,
            21 => comes::answered_by_itself(&world, &self.ledger, &mut self.draw, &self.log).await,
            _ => {
                let seconds = i64::try_from(self.draw.below(1800)).unwrap();
                self.pass(&world, SignedDuration::from_secs(seconds)).await;
                return world;
            }
        }
        self.turn(&world).await;
        world
    }
}

/// Plays a day to its end and judges it.
async fn day(seed: u64) -> Sum {
    let (log, _collects) = Log::begin();
    let mut day = Day {
        draw: Draw::new(seed, "a day with faults"),
        ledger: Ledger::default(),
        watch: Watch::default(),
        log,
        was_unable: false,
        waits: seed % WAITS == WAITS / 2,
    };
    let mut world = World::set(&[("email.replies", "true")], |plan| {
        plan.readiness = None;
        for drill in plan.drills.values_mut() {
            drill.schedule = None;
        }
        if seed % LARGE == LARGE - 1 {
            plans::crowd(plan, CROWD);
        }
        for rule in plan.rules.values_mut().filter(|_| day.waits) {
            rule.confirm = Confirm::Hold { seconds: HOLD };
        }
    })
    .await;
    for _ in 0..STEPS {
        world = day.step(world).await;
    }
    // Everything is mended, and there is time for all that was promised.
    day.mend_all(&world).await;
    day.pass(&world, SignedDuration::from_mins(30)).await;
    while !day.ledger.unsure.is_empty() {
        day.tell(&world).await;
    }
    day.let_go_on(&world).await;
    day.pass(&world, SignedDuration::from_hours(8)).await;
    let sent = world.sent();
    let looked = judge::judge(&world, &day.ledger, &sent).await;
    let leaks = day.log.leaks(&world, &sent);
    assert!(leaks.is_empty(), "I6: the log tells {leaks:?}");
    let copies = judge::copies(&sent);
    Sum {
        days: 1,
        long: day.watch.elapsed(),
        call_outs: day.ledger.accepted.values().flatten().count(),
        drills: day.ledger.drills.len(),
        answers: day.ledger.answers.len(),
        sent: sent.len(),
        copies: copies.values().filter(|ats| ats.len() > 1).count(),
        kills: day.ledger.kills,
        due: day.watch.due,
        late: day.watch.worst,
        leaks: leaks.len(),
        looked,
    }
}

/// The days that are to be played.
fn seeds() -> Range<u64> {
    let said = std::env::var("MUSTER_TEST_SEEDS").unwrap_or_default();
    match said.split_once("..") {
        Some((from, to)) => from.parse().unwrap()..to.parse().unwrap(),
        None if said.is_empty() => 0..DAYS,
        None => {
            let seed = said.parse().unwrap();
            seed..seed + 1
        }
    }
}

/// Plays days until none is left; what they came to, and which went wrong.
fn play(left: &Mutex<Range<u64>>) -> (Sum, Vec<u64>) {
    let (mut sum, mut wrong) = (Sum::default(), Vec::new());
    loop {
        let next = left.lock().unwrap().next();
        let Some(seed) = next else {
            return (sum, wrong);
        };
        let played = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap().block_on(day(seed))
        }));
        match played {
            Ok(day) => sum.add(day),
            Err(_) => wrong.push(seed),
        }
    }
}

/// Thousands of things happen in the worst order, and nothing that was promised
/// is lost, false, early, late, told or twice.
#[test]
fn whatever_happens_nothing_is_lost_false_early_or_twice() {
    let seeds = seeds();
    println!("tests/fault days {}..{}", seeds.start, seeds.end);
    let many_days = seeds.end - seeds.start >= DAYS;
    let left = Mutex::new(seeds);
    let many = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut sum, mut wrong) = (Sum::default(), Vec::new());
    std::thread::scope(|scope| {
        let players: Vec<_> = (0..many).map(|_| scope.spawn(|| play(&left))).collect();
        for player in players {
            let (played, failed) = player.join().unwrap();
            sum.add(played);
            wrong.extend(failed);
        }
    });
    println!("{}", sum.words());
    assert!(
        wrong.is_empty(),
        "days {wrong:?} went wrong (above); tests/fault days SEED plays one again"
    );
    // A single day may have none.
    let something = sum.call_outs > 0 && sum.sent > 0 && sum.answers > 0 && sum.due > 0;
    assert!(something || !many_days);
}
