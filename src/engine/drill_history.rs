//! The drills that the store keeps: runs to be compared, what was held, and
//! the records of what muster did not run itself.
//!
//! Owns how far back it is looked, and that a run counts as held. It must not
//! judge a run (`domain::run` does) or a duty (`domain::drill_duty`).

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Engine, Error};
use crate::domain::call_out::CallOut;
use crate::domain::drill::DrillKind;
use crate::domain::drill_duty::{Days, Every, Held, Known, Standing, standings};
use crate::domain::drill_record::{DrillRecord, Withdrawal};
use crate::domain::event::Event;
use crate::domain::id::{CallOutId, DrillId, RecordId};
use crate::domain::journal::Record;
use crate::domain::run::{Run, ran_as};
use crate::store::{DrillRun, Kept};

/// Earlier runs that one is compared with: with itself a year of monthly ones.
const COMPARED: usize = 11;

/// How far back they are looked for.
const BACK: SignedDuration = SignedDuration::from_hours(3 * 366 * 24);

/// Runs that are looked at, at most.
const LOOKED_AT: u32 = 500;

impl Engine {
    /// The runs of the same drill before a call-out, oldest first; none where
    /// it is real.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn runs_before(&self, call_out: &CallOut) -> Result<Vec<Run>, Error> {
        if !call_out.mode().is_drill() || call_out.is_notice() {
            return Ok(Vec::new());
        }
        let until = call_out.opened_at;
        let from = until.checked_sub(BACK).unwrap_or(Timestamp::MIN);
        let mut runs = Vec::new();
        for run in self.0.store.drill_runs(from, until, LOOKED_AT).await? {
            if runs.len() >= COMPARED {
                break;
            }
            if self.differs(run.drill.as_ref(), &call_out.event) {
                continue;
            }
            let earlier = match self.kept_run(&run.id).await {
                // Why: a comparison wants one run more, and the report does not
                // wait for a backup to be put back.
                Err(Error::Store(error)) if error.is_damage() => None,
                earlier => earlier?,
            };
            let Some((kept, records)) = earlier else {
                continue;
            };
            if self.is_same(&kept.call_out.event, &call_out.event) {
                runs.push(Run::of(&kept.call_out, &records));
            }
        }
        runs.reverse();
        Ok(runs)
    }

    /// Keeps that a drill was held, with what its files hold. The same record
    /// again changes nothing.
    ///
    /// # Errors
    ///
    /// When nothing could be kept.
    pub async fn keep_drill_record(
        &self,
        record: &DrillRecord,
        files: Vec<Vec<u8>>,
    ) -> Result<(), Error> {
        let kept = self.0.store.keep_drill_record(record, files);
        self.commit(kept).await?;
        tracing::info!(
            record = %record.id,
            kind = record.kind.name(),
            files = record.files.len(),
            by = record.by.unnamed(),
            "a drill was recorded"
        );
        Ok(())
    }

    /// Keeps that a record was a mistake: it stays, and counts no more. `None`
    /// where there is no such record; what was said first stands.
    ///
    /// # Errors
    ///
    /// When nothing could be kept or read.
    pub async fn withdraw_drill_record(
        &self,
        id: &RecordId,
        withdrawal: &Withdrawal,
    ) -> Result<Option<DrillRecord>, Error> {
        let store = &self.0.store;
        let Some(record) = store.drill_record(id).await? else {
            return Ok(None);
        };
        if !record.counts() {
            return Ok(Some(record));
        }
        let kept = store.withdraw_drill_record(id, withdrawal);
        self.commit(kept).await?;
        tracing::info!(record = %id, by = withdrawal.by.unnamed(), "the record of a drill was withdrawn");
        Ok(store.drill_record(id).await?)
    }

    /// A call-out with its account.
    pub(super) async fn kept_run(
        &self,
        id: &CallOutId,
    ) -> Result<Option<(Kept, Vec<Record>)>, Error> {
        let Some(kept) = self.0.store.load(id).await? else {
            return Ok(None);
        };
        let records = self.0.store.journal(id, 0).await?;
        Ok(Some((kept, records)))
    }

    /// Whether both name their drills, and different ones.
    fn differs(&self, drill: Option<&DrillId>, event: &Event) -> bool {
        matches!((drill, event.drill_id()), (Some(one), Some(other)) if one != other)
    }

    /// Whether two events played the same drill.
    fn is_same(&self, one: &Event, other: &Event) -> bool {
        match (one.drill_id(), other.drill_id()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => one.kind == other.kind && one.headline == other.headline,
            // Why: what an older version kept does not name its drill.
            (Some(id), None) | (None, Some(id)) => {
                let standing = self.standing();
                let drill = standing.plan.drills.get(id);
                drill.is_some_and(|drill| ran_as(one, drill) && ran_as(other, drill))
            }
        }
    }
}

impl Engine {
    /// Which drills were held in some days, by the runs of contact drills and
    /// by what was written down.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn drills_held(&self, days: Days) -> Result<Known, Error> {
        let standing = self.standing();
        let plan = &standing.plan;
        let zone = &plan.time_zone;
        let (from, until) = instants(days, zone);
        let mut held = Vec::new();
        for run in self.0.store.drill_runs(from, until, u32::MAX).await? {
            let drill = run.drill.as_ref();
            let planned = || drill.and_then(|id| plan.drills.get(id));
            let kind = run.kind.or_else(|| planned().map(|drill| drill.kind));
            // Why: what older versions kept names no drill.
            let kind = kind.or(drill.is_none().then_some(DrillKind::Contact));
            // Why: at a table and beside a machine more is done than answering.
            if kind == Some(DrillKind::Contact) && !run.live && run.answered {
                held.push(Held {
                    kind: DrillKind::Contact,
                    day: zone.to_datetime(run.opened_at).date(),
                });
            }
        }
        let records = self.0.store.drill_records(days.first, days.last).await?;
        let records = records.iter().filter(|record| record.counts());
        held.extend(records.map(|record| Held {
            kind: record.kind,
            day: record.held_on,
        }));
        let first = self.0.store.first_used().await?;
        Ok(Known {
            held,
            since: first.map(|at| zone.to_datetime(at).date()),
        })
    }

    /// How the yearly duty stands today.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn drill_standings(&self) -> Result<Vec<Standing>, Error> {
        let standing = self.standing();
        let terms = &standing.plan.drill_terms;
        if terms.duties.is_empty() {
            return Ok(Vec::new());
        }
        let today = standing.plan.time_zone.to_datetime(self.now()).date();
        let year = Every::Year.of(today);
        let days = Days {
            first: Every::Year.before(year).first,
            last: year.last,
        };
        let known = self.drills_held(days).await?;
        Ok(standings(terms, &known, today))
    }

    /// The latest runs of drills, newest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn latest_runs(&self, count: u32) -> Result<Vec<Run>, Error> {
        let until = Timestamp::MAX;
        let from = self.now().checked_sub(BACK).unwrap_or(Timestamp::MIN);
        let mut runs = Vec::new();
        for run in self.0.store.drill_runs(from, until, count).await? {
            if let Some((kept, records)) = self.kept_run(&run.id).await? {
                runs.push(Run::of(&kept.call_out, &records));
            }
        }
        Ok(runs)
    }

    /// When each drill of the plan was last run, and as which call-out.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn last_runs(&self) -> Result<HashMap<DrillId, DrillRun>, Error> {
        let standing = self.standing();
        let from = self.now().checked_sub(BACK).unwrap_or(Timestamp::MIN);
        let runs = self.0.store.drill_runs(from, Timestamp::MAX, LOOKED_AT);
        let mut last = HashMap::new();
        for run in runs.await? {
            let drill = match &run.drill {
                Some(drill) => Some(drill.clone()),
                // Why: what an older version kept does not name its drill.
                None => {
                    let which = |call_out: &CallOut| {
                        let mut drills = standing.plan.drills.values();
                        let drill = drills.find(|drill| ran_as(&call_out.event, drill));
                        drill.map(|drill| drill.id.clone())
                    };
                    self.view(&run.id, which).await?
                }
            };
            if let Some(drill) = drill {
                last.entry(drill).or_insert(run);
            }
        }
        Ok(last)
    }

    /// Gathers from every run of some days with its account, oldest first, one
    /// after the other: away from the threads that call people.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn each_run<T: Send + 'static>(
        &self,
        days: Days,
        mut gathered: T,
        look: impl Fn(&mut T, &Kept, &[Record]) + Send + Sync + 'static,
    ) -> Result<T, Error> {
        let look = Arc::new(look);
        let (from, until) = instants(days, &self.standing().plan.time_zone);
        let runs = self.0.store.drill_runs(from, until, u32::MAX).await?;
        for run in runs.iter().rev() {
            if let Some((kept, records)) = self.kept_run(&run.id).await? {
                let look = Arc::clone(&look);
                let looked = tokio::task::spawn_blocking(move || {
                    look(&mut gathered, &kept, &records);
                    gathered
                });
                gathered = match looked.await {
                    Ok(gathered) => gathered,
                    Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
                };
            }
        }
        Ok(gathered)
    }
}

/// When some days begin and end in a zone.
fn instants(days: Days, zone: &TimeZone) -> (Timestamp, Timestamp) {
    let begin = |day: Date| zone.to_timestamp(day.to_datetime(Time::midnight()));
    let until = days.last.tomorrow().unwrap_or(days.last);
    (
        begin(days.first).unwrap_or(Timestamp::MIN),
        begin(until).unwrap_or(Timestamp::MAX),
    )
}
