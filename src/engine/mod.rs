//! Turns: what is due is done, what is queued sent, what came of it kept.
//!
//! Owns the call-outs in memory and the order of memory and disk: a change is
//! made in memory and queued for the disk under one lock, and only after the
//! commit is anything said to have happened. It must not know HTTP, TOML or
//! signals. [`turn`] is the clockwork, [`intake`] and [`word`] the doors,
//! [`edition`] the way in for a new plan, [`schedule`] what drills are due.

mod absence;
mod ahead;
mod alarm;
mod another_way;
mod aside;
mod brief;
mod canary;
mod contact;
mod crowd;
mod dispatch;
mod drill;
mod drill_history;
mod drill_report;
mod edition;
mod error;
mod examine;
mod failed_turns;
mod first;
mod follows;
mod foresee;
mod heard;
mod intake;
mod lane;
mod later;
mod log;
mod memory;
mod number;
mod opening;
mod outbox;
mod outlet;
mod owed;
mod own;
mod post;
mod put_off;
mod reach;
mod readiness;
mod received;
mod schedule;
mod settle;
mod stale;
mod turn;
mod unkept;
mod unwanted;
mod urgent;
mod wall;
mod word;

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use tokio::sync::{Notify, broadcast};

use crate::clock::Clock;
use crate::domain::call_out::{CallOut, Effect, Refusal, clash};
use crate::domain::edition::Texts;
use crate::domain::id::CallOutId;
use crate::domain::plan::Plan;
use crate::message::Messages;
use crate::message::token::LinkKeys;
use crate::store::{self, Claimed, MailRow, Pending, Settlement, Store};
use crate::telemetry::{Metrics, fault};

use memory::{Changing, Open, put_out};

pub use drill::DrillStart;
pub use edition::Refused;
pub use error::Error;
pub use foresee::{Foreseen, acceptable};
pub use heard::Heard;
pub use intake::{Accepted, Became, Told};
pub use lane::FOR_LEADS;
pub use outlet::Outlet;
pub use post::{Direct, Says};
pub use reach::PROVES;
pub use received::{Incoming, Taken};
pub use schedule::{CalledOff, Coming};
pub use turn::Turned;

/// What can be changed by a reload, together.
pub struct Standing {
    /// The plan in force.
    pub plan: Plan,
    /// The words.
    pub messages: Messages,
    /// The plan's files, to be kept.
    pub texts: Texts,
}

/// How the engine is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The base of every answer link, without a slash at its end.
    pub public_url: String,
    /// The address in `From`; bounces come back to variants of it.
    pub from: String,
    /// Messages of one channel on their way at once; beside them up to [`FOR_LEADS`] to
    /// whoever leads.
    pub in_flight: usize,
    /// Whether people's replies to its mails are read.
    pub replies: bool,
    /// Where a mail goes every ten minutes that must come back.
    pub canary: Option<String>,
    /// The webhooks that there are.
    pub webhooks: Vec<String>,
}

struct Inner {
    store: Store,
    clock: Clock,
    standing: ArcSwap<Standing>,
    refused: ArcSwapOption<Refused>,
    outlet: Arc<dyn Outlet>,
    keys: LinkKeys,
    settings: Settings,
    metrics: Arc<Metrics>,
    numbers: number::Numbers,
    open: Mutex<HashMap<CallOutId, Open>>,
    /// Whether one in memory may not be whole yet. Invariant: set under its lock.
    crowds: AtomicBool,
    /// How many wait for them while they are made whole.
    waiting: AtomicUsize,
    looked: Mutex<readiness::Looked>,
    /// Live call-outs that the store has and memory does not: all of them at
    /// the start, later those that a failed write put out of memory.
    forgotten: Mutex<HashSet<CallOutId>>,
    beginning: memory::Beginning,
    standstill: stale::Standstill,
    /// Claimed messages that are not sent yet: an event's first ones until the clockwork
    /// takes them, those that wait for a look after a standstill, and those whose
    /// call-out cannot be read.
    held: Mutex<Vec<Claimed>>,
    /// What call-outs are still to make of a word or a plan.
    owed: Mutex<Vec<owed::Owed>>,
    /// Those that met a defect as they moved on.
    aside: Mutex<HashMap<CallOutId, aside::Aside>>,
    /// What has left, until what came of it is on disk.
    leaving: settle::Leaving,
    ended: Mutex<drill_report::Ended>,
    alarms: Mutex<alarm::Alarms>,
    log: Mutex<log::Log>,
    canaries: Mutex<canary::Canaries>,
    wall: Mutex<wall::Wall>,
    drill_ended: Notify,
    pace: Mutex<contact::Pace>,
    asking: Notify,
    schedules: Mutex<schedule::Schedules>,
    /// Held while the drills' schedules are kept or changed.
    schedule_turn: tokio::sync::Mutex<()>,
    /// Held while an event is taken in, whose meaning depends on those before
    /// it, and while another plan is put in force.
    intake: tokio::sync::Mutex<()>,
    /// Held while one mail is taken in, so that the same one is not taken twice.
    mail: tokio::sync::Mutex<()>,
    wake: Notify,
    /// Whether the clockwork has nothing under way.
    idle: AtomicBool,
    changed: broadcast::Sender<CallOutId>,
}

/// What the engine is made of.
pub struct Parts {
    /// Where everything is kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The plan and its words.
    pub standing: Standing,
    /// What sends.
    pub outlet: Arc<dyn Outlet>,
    /// What signs answer links.
    pub keys: LinkKeys,
    /// The rest.
    pub settings: Settings,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

/// A change that is made in memory and waits for its commit.
struct Made {
    pending: Pending<()>,
    revision: u64,
    effects: Vec<Effect>,
    failed: Vec<alarm::Failed>,
}

/// What is kept in one commit with a change.
enum Beside {
    /// What came of the attempts that caused it.
    Settlements(Vec<Settlement>),
    /// The mail that caused it.
    Mail(MailRow),
    /// That a beginning which is kept in parts is kept whole.
    Whole,
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Puts the plan in force. The live call-outs of the store are taken up
    /// where they stand by the first that needs them, [`Engine::run`] at once.
    ///
    /// Why not here: what is queued goes out, and events are taken, while a
    /// hundred thousand people are still being read.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or the edition cannot be kept.
    pub async fn start(mut parts: Parts) -> Result<Self, Error> {
        let last = parts.store.last_number().await?;
        let now = parts.clock.now();
        edition::take_up(&parts.store, &mut parts.standing, now).await?;
        let engine = Self(Arc::new(Inner {
            store: parts.store,
            clock: parts.clock,
            standing: ArcSwap::from_pointee(parts.standing),
            refused: ArcSwapOption::empty(),
            outlet: parts.outlet,
            keys: parts.keys,
            settings: parts.settings,
            metrics: parts.metrics,
            numbers: number::Numbers::after(last),
            open: Mutex::new(HashMap::new()),
            crowds: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            looked: Mutex::default(),
            forgotten: Mutex::default(),
            beginning: memory::Beginning::default(),
            standstill: stale::Standstill::default(),
            held: Mutex::default(),
            owed: Mutex::default(),
            aside: Mutex::default(),
            leaving: settle::Leaving::default(),
            ended: Mutex::default(),
            alarms: Mutex::default(),
            log: Mutex::default(),
            canaries: Mutex::default(),
            wall: Mutex::default(),
            drill_ended: Notify::new(),
            pace: Mutex::default(),
            asking: Notify::new(),
            schedules: Mutex::default(),
            schedule_turn: tokio::sync::Mutex::new(()),
            intake: tokio::sync::Mutex::new(()),
            mail: tokio::sync::Mutex::new(()),
            wake: Notify::new(),
            idle: AtomicBool::new(false),
            changed: broadcast::channel(1024).0,
        }));
        let live = engine.0.store.call_outs(true, u32::MAX).await?;
        let live = live.into_iter().map(|summary| summary.id);
        engine.forgotten().extend(live);
        let newest = engine.0.store.newest_of_live().await?;
        engine.begin_time(newest);
        // Why not waited for: the start does not wait for whoever holds the store.
        tokio::spawn(engine.hasten(wall::longest(engine.now())));
        engine.begin_standstill(newest).await?;
        engine.resume_addresses().await?;
        engine.count_live();
        engine.count_caveats();
        // Why: a daemon that has just begun is ready to turn.
        engine.0.metrics.turned(engine.now().as_second());
        Ok(engine)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The store, for reading.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The plan and words in force.
    pub fn standing(&self) -> Arc<Standing> {
        self.0.standing.load_full()
    }

    /// What signs answer links.
    pub fn keys(&self) -> &LinkKeys {
        &self.0.keys
    }

    /// The counters.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.0.metrics
    }

    /// Hears of each call-out that changed, after the commit.
    pub fn changes(&self) -> broadcast::Receiver<CallOutId> {
        self.0.changed.subscribe()
    }

    /// Waits for a commit; one that failed is counted.
    async fn commit<T>(&self, pending: Pending<T>) -> Result<T, store::Error> {
        pending.wait().await.inspect_err(|error| {
            // Why not that: another name is drawn, and the disk is well.
            if !error.is_taken_name() {
                self.0.metrics.store_failures.inc();
            }
        })
    }

    /// Looks at a call-out as it stands in memory.
    ///
    /// # Errors
    ///
    /// When there is no such call-out or it cannot be read.
    pub async fn view<T>(
        &self,
        id: &CallOutId,
        look: impl FnOnce(&CallOut) -> T,
    ) -> Result<T, Error> {
        let now = self.now();
        // Why first: nearly always it is there, and thousands look at once.
        if let Some(open) = self.open().get_mut(id) {
            open.used = now;
            return Ok(look(&open.call_out));
        }
        self.load(id).await?;
        match self.open().get(id) {
            Some(open) => Ok(look(&open.call_out)),
            None => Err(put_out(id)),
        }
    }

    /// Changes one call-out: in memory and into the queue of the disk under
    /// one lock, then waits for the commit.
    async fn apply(
        &self,
        id: &CallOutId,
        change: impl FnOnce(&mut CallOut, &Plan, Timestamp) -> Result<Vec<Effect>, Refusal>,
    ) -> Result<(), Error> {
        self.apply_with(id, None, change).await
    }

    /// As [`Engine::apply`], with what is kept in the same commit: so an attempt that
    /// caused the change is settled with it.
    async fn apply_with(
        &self,
        id: &CallOutId,
        beside: Option<Beside>,
        change: impl FnOnce(&mut CallOut, &Plan, Timestamp) -> Result<Vec<Effect>, Refusal>,
    ) -> Result<(), Error> {
        // Why: what it means for whom depends on the others that live.
        self.take_up().await?;
        self.load(id).await?;
        // Why: a defect that one change meets ends that change alone. Memory is
        // sound after it, as `Changing` sees to.
        let made = catch_unwind(AssertUnwindSafe(|| self.make(id, beside, change)));
        let Ok(made) = made else {
            return Err(Error::Defect(id.clone()));
        };
        let Some(made) = made? else {
            return Ok(());
        };
        if let Err(error) = self.commit(made.pending).await {
            // What memory says is not on disk.
            self.forget(id);
            return Err(error.into());
        }
        self.note_kept(id, made.revision);
        // Why only now: what is not kept has not happened, and is done anew.
        self.note(&made.effects);
        self.note_failed(made.failed);
        let queued = |effect: &Effect| matches!(effect, Effect::Notify(_) | Effect::Revive(_));
        if made.effects.iter().any(queued) {
            self.0.wake.notify_one();
        }
        self.count_live();
        let _ = self.0.changed.send(id.clone());
        Ok(())
    }

    /// Makes a change in memory and queues it; nothing where there is none.
    fn make(
        &self,
        id: &CallOutId,
        beside: Option<Beside>,
        change: impl FnOnce(&mut CallOut, &Plan, Timestamp) -> Result<Vec<Effect>, Refusal>,
    ) -> Result<Option<Made>, Error> {
        // Invariant: before the lock, and so let go of after it.
        let _changing = Changing::begin(self, id);
        let mut all = self.open();
        // Why: read under the lock, so that a change which comes after somebody
        // was marked absent knows of it.
        let standing = self.standing();
        let now = self.now();
        let open = all.get_mut(id);
        let open = open.ok_or_else(|| put_out(id))?;
        let effects = change(open.change(), &standing.plan, now)?;
        fault::point("changing");
        // Invariant: what is known already is as good as kept only once that is on
        // disk. Until then it is written as a change on top, which fails with it.
        let kept = open.kept >= open.call_out.revision;
        if effects.is_empty() && beside.is_none() && kept {
            return Ok(None);
        }
        let effects = self.changed(&mut all, id, effects);
        let open = all.get_mut(id);
        let open = open.ok_or_else(|| put_out(id))?;
        let row = self.further_row(&open.call_out, &effects, now, &mut open.progress);
        let row = match beside {
            Some(Beside::Settlements(settlements)) => row.settling(settlements),
            Some(Beside::Mail(mail)) => row.hearing(mail),
            Some(Beside::Whole) => row.in_parts(false),
            None => row,
        };
        let failed = alarm::failed(&open.call_out, &effects);
        Ok(Some(Made {
            // Invariant: changes are queued in the order in which they were
            // made, because both happen under this lock.
            pending: self.0.store.change(row),
            revision: open.call_out.revision,
            effects,
            failed,
        }))
    }

    /// What every change of a call-out brings: its number, what its messages
    /// say, and the clashes of whom it calls.
    fn changed(
        &self,
        all: &mut HashMap<CallOutId, Open>,
        id: &CallOutId,
        mut effects: Vec<Effect>,
    ) -> Vec<Effect> {
        let clashes = all
            .get(id)
            .map(|open| later::clashes(all, &open.call_out, &effects));
        if let Some(open) = all.get_mut(id) {
            let clashes = clashes.unwrap_or_default();
            clash::know(open.change(), &clashes, &self.standing().plan.roster);
            effects.extend(clashes);
            effects.extend(open.rest.rows_of(&effects));
            open.rest.withdraw(&effects);
            open.call_out.revision += 1;
            self.note_end(&open.call_out);
        }
        effects
    }
}
