//! Drills that are due: announced, started, moved or let fall out, by
//! themselves (plan 6(3): D2 is run every month).
//!
//! Owns when it is looked and what is kept of it: one event for each step,
//! under the key of its occasion and in one commit with the messages that it
//! calls for, so that nothing of it happens twice, whatever ends the daemon in
//! between. It must not decide what is to be done:
//! [`crate::domain::schedule::occasion`] does.

mod kept;

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::{DrillStart, Engine, Error, Standing};
use crate::domain::drill::Drill;
use crate::domain::id::{DrillId, Principal};
use crate::domain::plan::Plan;
use crate::domain::rule::select_at;
use crate::domain::schedule::occasion::{Done, Draw, Occasion, Step, View};
use crate::domain::schedule::{Change, Foretold, Month, Office, Schedule, Why, key};
use crate::store::Recorded;

/// The wait after one that failed.
pub(super) const FAILED: SignedDuration = SignedDuration::from_mins(5);

/// How many steps of one drill are taken in one look: each of the occasions
/// that may have been missed needs one, and what comes next two.
const STEPS: usize = 16;

/// What is known of the schedules in force.
#[derive(Default)]
pub(super) struct Schedules {
    /// `None` until the store was asked.
    known: Option<Known>,
    /// Not again before, after it failed.
    not_before: Option<Timestamp>,
}

impl Schedules {
    /// What is known by a plan. A clock that is set back knows nothing of what
    /// was worked out later: it may have run ahead by years for one look.
    fn known(&self, standing: &Arc<Standing>, now: Timestamp) -> Option<&Known> {
        let known = self.known.as_ref()?;
        (Arc::ptr_eq(&known.standing, standing) && known.as_of <= now).then_some(known)
    }
}

struct Known {
    /// By which plan: another one may schedule otherwise.
    standing: Arc<Standing>,
    /// As of when.
    as_of: Timestamp,
    drills: IndexMap<DrillId, History>,
    /// When there is something to do.
    next: Option<Timestamp>,
}

/// What was done of one drill.
#[derive(Clone, Debug)]
struct History {
    since: Timestamp,
    done: BTreeMap<Month, Done>,
}

/// A drill's next run, as it may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// Which occasion.
    pub month: Month,
    /// When.
    pub at: Foretold,
    /// Whether it was moved, and so is not when its schedule says.
    pub moved: bool,
    /// Whether it was announced.
    pub announced: bool,
}

/// A run that was called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledOff {
    /// The run.
    pub run: Coming,
    /// The one after it, where there is one.
    pub next: Option<Coming>,
}

impl Engine {
    fn schedules(&self) -> MutexGuard<'_, Schedules> {
        self.0
            .schedules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// When a schedule next wants something.
    pub(super) fn next_occasion(&self) -> Option<Timestamp> {
        let standing = self.standing();
        let now = self.now();
        let schedules = self.schedules();
        let due = match schedules.known(&standing, now) {
            Some(known) => known.next?,
            // Why: nothing is known until the store was asked. Not "now": a
            // clock that moves is past it when it is read.
            None => Timestamp::UNIX_EPOCH,
        };
        let not_before = still(schedules.not_before, now);
        Some(not_before.map_or(due, |not| due.max(not)))
    }

    /// Does what the schedules want now. Nothing that fails here keeps a
    /// call-out waiting: it is said in the log, and tried again.
    pub(super) async fn keep_schedules(&self) {
        let now = self.now();
        if self.next_occasion().is_none_or(|due| due > now) {
            return;
        }
        let kept = self.keep_schedules_now(now).await;
        let mut schedules = self.schedules();
        schedules.not_before = None;
        if let Err(error) = kept {
            schedules.not_before = now.checked_add(FAILED).ok();
            tracing::error!(error = %error, "the drills' schedules could not be kept; tried again soon");
        }
    }

    async fn keep_schedules_now(&self, now: Timestamp) -> Result<(), Error> {
        let _turn = self.0.schedule_turn.lock().await;
        let standing = self.standing();
        self.know_schedules(&standing, now).await?;
        let mut failed = Ok(());
        for (drill, schedule) in scheduled(&standing.plan) {
            // Why: one drill that cannot be started must not keep the others.
            if let Err(error) = self.keep_schedule(&standing, (drill, schedule), now).await {
                tracing::error!(drill = %drill.id, error = %error, "a drill that is due could not be started or moved");
                failed = Err(error);
            }
        }
        self.plan_ahead(&standing, now);
        failed
    }

    /// Takes one drill's steps until nothing more is to be done now.
    async fn keep_schedule(
        &self,
        standing: &Standing,
        (drill, schedule): (&Drill, &Schedule),
        now: Timestamp,
    ) -> Result<(), Error> {
        for _ in 0..STEPS {
            let real = !self.real_call_outs().is_empty();
            let step = self.with(&standing.plan, (drill, schedule), |view, draw| {
                view.step(now, real, draw)
            });
            let Some((occasion, step)) = step.flatten() else {
                return Ok(());
            };
            match step {
                Step::Start => self.start_due(drill, occasion).await?,
                Step::Change(change) => {
                    let changed = self.changed_by(drill, occasion.month, change);
                    self.keep_change(changed, occasion.done, by_schedule(&drill.id))
                        .await?;
                }
            }
        }
        Ok(())
    }

    async fn start_due(&self, drill: &Drill, occasion: Occasion) -> Result<(), Error> {
        let plan = &self.standing().plan;
        if select_at(plan, &drill.event, self.now()).is_none() {
            return self.fall_out(drill, occasion, Why::NoRule).await;
        }
        let start = DrillStart {
            drill: drill.id.clone(),
            key: Some(key(&drill.id, occasion.month)),
            forced: None,
            by: by_schedule(&drill.id),
        };
        match self.start_drill(start).await {
            Ok(accepted) => {
                tracing::info!(drill = %drill.id, month = %occasion.month, call_outs = accepted.call_outs.len(), "a drill was due and was started");
            }
            // Why: the run of this month is kept already, whatever it played.
            Err(Error::Conflict { .. }) => {}
            // Why: a real call-out opened in between; the next step moves it.
            Err(Error::RealCallOut(_)) => return Ok(()),
            // Why: another try is refused as well, until the plan is another.
            Err(error) => {
                let why = match &error {
                    Error::Order { .. } | Error::NoOrder { .. } | Error::NoPersonNamed(_) => {
                        Why::NoOrder
                    }
                    Error::NoRule(_) | Error::NoProcedure(_) | Error::NoSystem(_) => Why::NoRule,
                    _ => return Err(error),
                };
                tracing::warn!(drill = %drill.id, error = %error, "a drill that was due is refused by the plan");
                return self.fall_out(drill, occasion, why).await;
            }
        }
        self.done(&drill.id, occasion.month, |done| done.over = true);
        Ok(())
    }

    async fn fall_out(&self, drill: &Drill, occasion: Occasion, why: Why) -> Result<(), Error> {
        let due = occasion.due;
        let change = Change::Skipped { due, why };
        let changed = self.changed_by(drill, occasion.month, change);
        self.keep_change(changed, occasion.done, by_schedule(&drill.id))
            .await?;
        Ok(())
    }

    /// Works out when there is something to do next.
    fn plan_ahead(&self, standing: &Standing, now: Timestamp) {
        let plan = &standing.plan;
        let wakes = scheduled(plan)
            .filter_map(|scheduled| self.with(plan, scheduled, |view, draw| view.wake(now, draw)));
        let next = wakes.flatten().min();
        if let Some(known) = &mut self.schedules().known {
            known.next = next;
            known.as_of = now;
        }
    }

    fn done(&self, drill: &DrillId, month: Month, change: impl FnOnce(&mut Done)) {
        if let Some(known) = &mut self.schedules().known
            && let Some(history) = known.drills.get_mut(drill)
        {
            change(history.done.entry(month).or_default());
        }
    }

    /// Asks something of a drill's schedule; `None` where nothing is known.
    fn with<T>(
        &self,
        plan: &Plan,
        (drill, schedule): (&Drill, &Schedule),
        ask: impl FnOnce(View<'_>, Draw<'_>) -> T,
    ) -> Option<T> {
        let history = {
            let schedules = self.schedules();
            schedules.known.as_ref()?.drills.get(&drill.id)?.clone()
        };
        let view = View {
            schedule,
            since: history.since,
            done: &history.done,
            office: office(plan),
        };
        // Why: drawn from the daemon's key, so that nobody can work it out and
        // it is the same after a restart.
        let draw = |month: Month, moves: u32| {
            let mut subject = key(&drill.id, month);
            if moves > 0 {
                subject.push_str(&format!(":{moves}"));
            }
            self.0.keys.number("drill schedule", subject.as_bytes())
        };
        Some(ask(view, &draw))
    }

    /// The next run of a drill, as it may be told; `None` where it has no
    /// schedule.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn coming(&self, drill: &DrillId) -> Result<Option<Coming>, Error> {
        let _turn = self.0.schedule_turn.lock().await;
        let standing = self.standing();
        self.know_schedules(&standing, self.now()).await?;
        Ok(self.next_run(&standing.plan, drill).map(|(_, run)| run))
    }

    fn next_run(&self, plan: &Plan, drill: &DrillId) -> Option<(Occasion, Coming)> {
        let drill = plan.drills.get(drill)?;
        let schedule = drill.schedule.as_ref()?;
        let now = self.now();
        let coming = |view: View<'_>, draw: Draw<'_>| {
            let one = view.next(now, draw)?;
            let coming = Coming {
                month: one.month,
                at: view.foretold(&one),
                moved: one.done.moved.is_some(),
                announced: one.done.told.is_some(),
            };
            Some((one, coming))
        };
        self.with(plan, (drill, schedule), coming).flatten()
    }

    /// Calls a drill's next run off; the ones after it stay.
    ///
    /// # Errors
    ///
    /// When there is no such drill, it has no schedule, its run was started
    /// meanwhile, or nothing could be kept.
    pub async fn call_off(
        &self,
        id: &DrillId,
        reason: String,
        by: Principal,
    ) -> Result<CalledOff, Error> {
        let _turn = self.0.schedule_turn.lock().await;
        let standing = self.standing();
        let plan = &standing.plan;
        let drill = plan
            .drills
            .get(id)
            .ok_or_else(|| Error::NoDrill(id.clone()))?;
        let now = self.now();
        self.know_schedules(&standing, now).await?;
        let Some((occasion, run)) = self.next_run(plan, id) else {
            return Err(Error::NoSchedule(id.clone()));
        };
        let due = occasion.due;
        let change = Change::Cancelled { due, reason };
        let changed = self.changed_by(drill, occasion.month, change);
        let recorded = self.keep_change(changed, occasion.done, by).await?;
        self.plan_ahead(&standing, now);
        self.0.wake.notify_one();
        if recorded != Recorded::New {
            return Err(Error::OccasionOver {
                drill: id.clone(),
                month: occasion.month,
            });
        }
        let next = self.next_run(plan, id).map(|(_, run)| run);
        Ok(CalledOff { run, next })
    }
}

/// When it is tried again after it failed; at once where the clock was set back
/// meanwhile.
pub(super) fn still(not_before: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    not_before.filter(|not| not.duration_since(now) <= FAILED)
}

fn by_schedule(drill: &DrillId) -> Principal {
    Principal::new(format!("drill:{drill}"))
}

fn office(plan: &Plan) -> Office<'_> {
    Office {
        hours: plan.office_hours.as_ref(),
        zone: &plan.time_zone,
    }
}

fn scheduled(plan: &Plan) -> impl Iterator<Item = (&Drill, &Schedule)> {
    let drills = plan.drills.values();
    drills.filter_map(|drill| Some((drill, drill.schedule.as_ref()?)))
}
