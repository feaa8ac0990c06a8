//! The report of a drill, told to whom the plan names once it is over.
//!
//! Owns when it is looked for drills that are over, and what is kept: one event
//! for each run under a key of its own, with its notice, in one commit, so that
//! it is told at most once whatever ends the daemon, and made up after a stop.
//! It must not compute a figure: `domain::run` does.

use std::collections::BTreeSet;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::own::{Own, Tells};
use super::schedule::{FAILED, still};
use super::{Engine, Error};
use crate::domain::call_out::CallOut;
use crate::domain::drill_report::{DrillReport, key};
use crate::domain::event::{EventKind, Mode};
use crate::domain::id::{CallOutId, PersonId, Principal};
use crate::domain::notification::Purpose;
use crate::domain::plan::{Plan, people};
use crate::domain::run::Run;
use crate::domain::text::Text;
use crate::message::words::drills as words;
use crate::store::{Kept, Recorded};
use crate::telemetry::fault;

/// How far back a run may have begun that is still told: longer than a daemon
/// is away, and shorter than anybody would wonder what it is about.
const BACK: SignedDuration = SignedDuration::from_hours(31 * 24);

/// How long an end that is not on disk yet, and a real call-out, is waited for
/// before it is looked again.
const REST: Duration = Duration::from_secs(10);

/// Drills that are over and may have to be told.
#[derive(Debug, Default)]
pub(super) struct Ended {
    runs: BTreeSet<CallOutId>,
    /// Whether the store was asked for those of before the start.
    asked: bool,
    /// Not again before, after it failed.
    not_before: Option<Timestamp>,
}

impl Engine {
    fn ended_drills(&self) -> MutexGuard<'_, Ended> {
        self.0.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a drill came to its end, before that is on disk.
    pub(super) fn note_end(&self, call_out: &CallOut) {
        let over = !call_out.state.is_live() && call_out.mode().is_drill();
        if over && !call_out.is_notice() {
            self.ended_drills().runs.insert(call_out.id.clone());
            self.0.drill_ended.notify_one();
        }
    }

    /// Tells the reports of drills that are over until `stop` ends. Why apart
    /// from the turns: reading a year of drills of a large office takes its
    /// time, and no call waits for it.
    pub async fn report_drills(&self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            fault::point("reports");
            let telling = self.tell_reports();
            tokio::select! {
                // What is kept is kept in one commit, now or at the next start.
                () = &mut stop => return,
                () = telling => {}
            }
            tokio::select! {
                () = &mut stop => return,
                () = self.0.drill_ended.notified() => {}
                () = self.0.clock.sleep(REST) => {}
            }
        }
    }

    /// Tells the reports of drills that are over, unless a real call-out is
    /// open: they wait for its end. What fails here is said in the log, and
    /// tried again.
    pub(super) async fn tell_reports(&self) {
        let now = self.now();
        if self.is_calling() {
            return;
        }
        {
            let ended = self.ended_drills();
            let nothing = ended.asked && ended.runs.is_empty();
            if nothing || still(ended.not_before, now).is_some_and(|not| not > now) {
                return;
            }
        }
        let told = self.tell_reports_now(now).await;
        let mut ended = self.ended_drills();
        ended.not_before = None;
        if let Err(error) = told {
            ended.not_before = now.checked_add(FAILED).ok();
            tracing::error!(error = %error, "the report of a drill could not be told; tried again soon");
        }
    }

    async fn tell_reports_now(&self, now: Timestamp) -> Result<(), Error> {
        if !self.ended_drills().asked {
            let from = now.checked_sub(BACK).unwrap_or(Timestamp::MIN);
            let untold = self.0.store.untold_drills(from).await?;
            let mut ended = self.ended_drills();
            ended.runs.extend(untold);
            ended.asked = true;
        }
        let runs: Vec<CallOutId> = self.ended_drills().runs.iter().cloned().collect();
        let mut first = Ok(());
        for id in runs {
            // Why not at the first failure: one that cannot be read holds up no
            // other.
            match self.tell_report(&id).await {
                Ok(true) => drop(self.ended_drills().runs.remove(&id)),
                Ok(false) => {}
                Err(error) => first = first.and(Err(error)),
            }
        }
        first
    }

    /// Whether nothing is left to do for a run.
    async fn tell_report(&self, id: &CallOutId) -> Result<bool, Error> {
        let live = |call_out: &CallOut| call_out.state.is_live();
        if self.view(id, live).await? {
            // An end that never came to be kept.
            return Ok(true);
        }
        let Some((kept, records)) = self.kept_run(id).await? else {
            return Ok(true);
        };
        if live(&kept.call_out) {
            // Its end is not on disk yet.
            return Ok(false);
        }
        let standing = self.standing();
        let plan = &standing.plan;
        let to = people(&plan.drill_terms.report_to, &plan.roster);
        if to.is_empty() {
            return Ok(true);
        }
        let run = Run::of(&kept.call_out, &records);
        if run.called() == 0 {
            // It was cancelled before anybody was called.
            return Ok(true);
        }
        let earlier = self.runs_before(&kept.call_out).await?;
        let report = DrillReport {
            of: id.clone(),
            title: title(&kept, plan),
            says: words::says(&run, earlier.last(), &plan.time_zone),
        };
        self.keep_report(report, to, plan).await?;
        Ok(true)
    }

    /// Keeps a report with its notice in one commit.
    async fn keep_report(
        &self,
        report: DrillReport,
        to: Vec<PersonId>,
        plan: &Plan,
    ) -> Result<(), Error> {
        let (of, people) = (report.of.clone(), to.len());
        let own = Own {
            key: Some(key(&of)),
            by: Principal::new("daemon:drill-report"),
            mode: Mode::Drill,
            tells: Some(Tells {
                purpose: Purpose::DrillReport,
                title: report.title.clone(),
                place: words::report_place(),
                to,
                past: Vec::new(),
            }),
            kind: EventKind::DrillReport(Box::new(report)),
        };
        match self.keep_own(&own, plan).await? {
            Recorded::New => tracing::info!(run = %of, people, "the report of a drill is told"),
            // It was told before, by whatever figures of then.
            Recorded::Duplicate { .. } | Recorded::Conflict { .. } => {}
        }
        Ok(())
    }
}

/// The drill, as the plan in force shows it.
fn title(kept: &Kept, plan: &Plan) -> Text {
    let call_out = &kept.call_out;
    let known = call_out.event.drill_id();
    let known = known.and_then(|id| plan.drills.get(id));
    known.map_or_else(|| call_out.title.clone(), |drill| drill.title.clone())
}
