//! What waits for its time, over lives of the daemon that are drawn: power cuts,
//! quick restarts and standstills, one after the other.
//!
//! Owns a count of its own of when the daemon ran. It must not ask the engine
//! whether a wait was too short.

use jiff::{SignedDuration, Timestamp};
use muster::clock::Draw;
use muster::domain::call_out::State;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, Principal};
use muster::domain::journal::{Entry, Record};
use muster::domain::rule::Confirm;

use crate::support::world::World;

/// So many days are played.
const DAYS: u64 = 30;

/// So often the daemon ends, stands still or runs on before it is left to run.
const STEPS: u64 = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Hold,
    Growth,
    Withdrawal,
}

impl What {
    const ALL: [Self; 3] = [Self::Hold, Self::Growth, Self::Withdrawal];

    const fn wait(self) -> SignedDuration {
        SignedDuration::from_secs(match self {
            Self::Hold | Self::Growth => 60,
            Self::Withdrawal => 600,
        })
    }

    /// Begins to wait.
    async fn begin(self, world: &World) -> CallOutId {
        if self == Self::Hold {
            return world.posture(3, "mayor").await.unwrap().call_outs.remove(0);
        }
        let id = world.earthquake("4").await.remove(0);
        match self {
            Self::Growth => {
                let intensity = Intensity::parse("5+").unwrap();
                let kind = EventKind::Earthquake { intensity };
                world.grow(&id, kind).await.unwrap();
            }
            _ => {
                let by = Principal::new("token:duty");
                world.engine.withdraw(&id, by).await.unwrap();
                world.turn().await;
            }
        }
        id
    }

    /// Whether this says that it took effect.
    fn is_done(self, entry: &Entry) -> bool {
        match self {
            Self::Hold => matches!(entry, Entry::Opened { .. }),
            Self::Growth => matches!(entry, Entry::Grown { .. }),
            Self::Withdrawal => matches!(entry, Entry::StoodDown { .. }),
        }
    }
}

/// A day as it is played.
struct Day {
    draw: Draw,
    what: What,
    id: CallOutId,
    told: Timestamp,
    /// From when to when the daemon ran without a break.
    ran: Vec<(Timestamp, Timestamp)>,
}

impl Day {
    fn some(&mut self, from: u64, below: u64) -> String {
        format!("{}s", from + self.draw.below(below - from))
    }

    /// Something happens.
    async fn step(&mut self, mut world: World) -> World {
        let whole = u64::try_from(self.what.wait().as_secs()).unwrap();
        let kind = self.draw.below(4);
        if kind == 0 {
            let on = self.some(1, whole);
            world.advance(&on).await;
        } else {
            match kind {
                1 => {
                    let away = self.some(0, 5);
                    world.away(&away);
                    world = world.crash().await;
                }
                2 => {
                    let away = self.some(5, 2 * whole);
                    world.away(&away);
                    world = world.crash().await;
                }
                // A standstill.
                _ => {
                    let away = self.some(700, 1200);
                    world.away(&away);
                }
            }
            let now = world.clock.now();
            self.ran.push((now, now));
            world.turn().await;
        }
        self.ran.last_mut().unwrap().1 = world.clock.now();
        world
    }

    async fn records(&self, world: &World) -> Vec<Record> {
        world.engine.store().journal(&self.id, 0).await.unwrap()
    }

    async fn done(&self, world: &World) -> Option<Timestamp> {
        let records = self.records(world).await;
        let mut done = records
            .iter()
            .filter(|record| self.what.is_done(&record.entry));
        done.next().map(|record| record.at)
    }

    /// What must hold of when it took effect.
    fn judge(&self, done: Timestamp, records: &[Record]) {
        let (what, whole) = (self.what, self.what.wait());
        let renewed = records.iter().filter_map(|record| match record.entry {
            Entry::Renewed { .. } => Some(record.at),
            _ => None,
        });
        let renewed: Vec<Timestamp> = renewed.collect();
        assert!(renewed.len() <= 1, "{what:?} waited more than twice");
        let began = self.ran.iter().map(|(from, _)| *from);
        let began = began.filter(|from| *from <= done).max().unwrap();
        let waited = done.duration_since(renewed.first().copied().unwrap_or(began));
        let (least, of) = match renewed.first() {
            Some(_) => (whole, "its second wait"),
            None => (whole / 2, "its wait"),
        };
        assert!(waited >= least, "{what:?} had {waited} of {of}");
        let lasted = self.ran.iter().map(|(from, to)| {
            let to = (*to).min(done).max(*from);
            to.duration_since(*from)
        });
        let lasted = lasted.fold(SignedDuration::ZERO, |sum, one| sum + one);
        assert!(lasted <= whole * 2, "{what:?} took {lasted} of a daemon");
        if self.ran.len() == 1 {
            assert_eq!(done.duration_since(self.told), whole, "{what:?}");
        }
    }
}

/// Whoever is to be called is called once the daemon has run for two waits, and
/// nobody is before it has run for half of one without a break, or for a whole one
/// since it began to wait again.
#[tokio::test]
async fn what_waits_can_be_stopped_and_goes_out_however_the_daemon_ends() {
    let (mut late, mut twice) = (0, 0);
    for seed in 0..DAYS {
        let mut draw = Draw::new(seed, "a wait over lives");
        let what = What::ALL[usize::try_from(draw.below(3)).unwrap()];
        let mut world = World::with(|plan| {
            plan.readiness = None;
            plan.rules.get_mut("P1").unwrap().confirm = Confirm::Hold { seconds: 60 };
        })
        .await;
        let id = what.begin(&world).await;
        let told = world.clock.now();
        let ran = vec![(told, told)];
        let mut day = Day {
            draw,
            what,
            id,
            told,
            ran,
        };
        for _ in 0..STEPS {
            if day.done(&world).await.is_none() {
                world = day.step(world).await;
            }
        }
        let two = format!("{}s", 2 * what.wait().as_secs());
        world.advance(&two).await;
        day.ran.last_mut().unwrap().1 = world.clock.now();
        let records = day.records(&world).await;
        let done = day.done(&world).await;
        let done = done.unwrap_or_else(|| panic!("day {seed}: {what:?} never took effect"));
        println!("day {seed}");
        day.judge(done, &records);
        let state = world.see(&day.id).await.state;
        assert_eq!(state == State::StoodDown, what == What::Withdrawal);
        late += usize::from(done.duration_since(told) > what.wait());
        let again = |record: &&Record| matches!(record.entry, Entry::Renewed { .. });
        twice += records.iter().filter(again).count();
    }
    assert!(late > 0 && twice > 0, "{late} late, {twice} waited twice");
}
