//! The daily look at readiness: what stands in the way of a call-out, told to
//! administrators when it changed and at the beginning of each week.
//!
//! Owns when it is looked and what is kept of it: one event a day under a key
//! of its own, with a notice where there is something to tell, in one commit.
//! A day missed while the daemon was away is made up at once. It must not
//! decide what a finding is: `domain::readiness` does.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::own::{Own, Tells};
use super::schedule::{FAILED, still};
use super::{Engine, Error};
use crate::domain::event::{Event, EventKind, Mode};
use crate::domain::id::Principal;
use crate::domain::notification::Purpose;
use crate::domain::plan::Plan;
use crate::domain::readiness::{self, Finding, KEY, Known, Severity};
use crate::domain::text::Text;
use crate::message::words::readiness as words;
use crate::store::Recorded;

/// How far back a bounce is remembered: longer than the year within which the
/// plan wants a drill at least (6(3)).
const REMEMBERED: SignedDuration = SignedDuration::from_hours(400 * 24);

/// How often it is seen whether it is time.
const REST: Duration = Duration::from_secs(5);

/// Until when readiness has been looked into.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// The last day that is done; unknown until the store was asked.
    day: Option<Date>,
    /// Not again before, after it failed.
    not_before: Option<Timestamp>,
}

impl Engine {
    /// Everything that stands in the way of a call-out now.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn readiness(&self) -> Result<Vec<Finding>, Error> {
        let now = self.now();
        let since = now.checked_sub(REMEMBERED);
        let bounces = self.bounces(since.unwrap_or(Timestamp::MIN)).await?;
        let standing = self.standing();
        let drills = self.drill_standings().await?;
        let known = Known {
            drills: &drills,
            bounces: &bounces,
            webhooks: &self.0.settings.webhooks,
            texts: &standing.messages.own().refused(),
            now,
        };
        let findings = readiness::findings(&standing.plan, known);
        let serious = findings
            .iter()
            .filter(|finding| finding.severity() == Severity::Serious)
            .count();
        let gauge = &self.0.metrics.readiness_serious;
        gauge.set(i64::try_from(serious).unwrap_or(i64::MAX));
        Ok(findings)
    }

    fn looked(&self) -> MutexGuard<'_, Looked> {
        self.0.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it is looked next.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        let standing = self.standing();
        let at = standing.plan.readiness?;
        let now = self.now();
        let zone = &standing.plan.time_zone;
        let looked = self.looked();
        // Why: a clock that ran ahead for one look must not stop the later ones.
        let today = readiness::day(at, zone, now);
        let due = match looked.day.filter(|day| *day <= today) {
            // Why: nothing is known of the days before until the store was
            // asked. Not "now": a clock that moves is past it when it is read.
            None => Timestamp::UNIX_EPOCH,
            Some(day) => readiness::due_after(day, at, zone)?,
        };
        let not_before = still(looked.not_before, now);
        Some(not_before.map_or(due, |not| due.max(not)))
    }

    /// Looks into readiness each day until `stop` ends. Why apart from the turns:
    /// a year of many people takes its time to be read, and no call waits for it.
    pub async fn look_daily(&self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            // Why not before: what is taken up after a start goes first.
            let looking = async {
                if self.resume().await.is_ok() {
                    self.look().await;
                }
            };
            tokio::select! {
                // What is kept is kept in one commit, now or at the next start.
                () = &mut stop => return,
                () = looking => {}
            }
            tokio::select! {
                () = &mut stop => return,
                () = self.0.clock.sleep(REST) => {}
            }
        }
    }

    /// Looks into readiness if it is time. Nothing that fails here keeps a
    /// call-out waiting: it is said in the log, and tried again.
    pub(super) async fn look(&self) {
        let now = self.now();
        if self.next_look().is_none_or(|due| due > now) {
            return;
        }
        match self.look_now(now).await {
            Ok(day) => {
                let mut looked = self.looked();
                looked.day = Some(day);
                looked.not_before = None;
            }
            Err(error) => {
                self.looked().not_before = now.checked_add(FAILED).ok();
                tracing::error!(error = %error, "readiness could not be looked into; tried again soon");
            }
        }
    }

    /// The day that is done after this.
    async fn look_now(&self, now: Timestamp) -> Result<Date, Error> {
        let standing = self.standing();
        let plan = &standing.plan;
        let at = plan.readiness.unwrap_or(readiness::USUAL);
        let today = readiness::day(at, &plan.time_zone, now);
        let last = self.0.store.last_readiness(&key(today)).await?;
        let before = last.as_ref().and_then(found);
        let (findings, told) = match before {
            Some((day, _)) if day == today => return Ok(today),
            Some((day, before)) => {
                let findings = self.readiness().await?;
                if findings.contains(&Finding::NoAdministrator) {
                    // Why: a mail to nobody says nothing; the log and the
                    // metric are what is left.
                    tracing::error!("no administrator can be reached: nobody is told what fails");
                }
                let says = findings.iter();
                let findings: Vec<Text> =
                    says.map(|finding| words::finding(finding, plan)).collect();
                let told = readiness::is_told(&findings, today, before, day);
                (findings, told)
            }
            // Why: a new daemon begins with a day on which nothing was found,
            // so that its first look comes at its time and tells everything.
            None => (Vec::new(), false),
        };
        self.keep(today, findings, told, plan).await?;
        Ok(today)
    }

    /// Keeps a day's findings, and the notice of them, in one commit.
    async fn keep(
        &self,
        day: Date,
        findings: Vec<Text>,
        told: bool,
        plan: &Plan,
    ) -> Result<(), Error> {
        let own = Own {
            kind: EventKind::Readiness { findings },
            key: Some(key(day)),
            by: Principal::new("daemon:readiness"),
            mode: Mode::Real,
            tells: told.then(|| Tells {
                purpose: Purpose::Readiness,
                title: words::title(),
                place: words::place(),
                to: plan.administrators(),
                past: Vec::new(),
            }),
        };
        match self.keep_own(&own, plan).await? {
            Recorded::New if told => {}
            Recorded::New => tracing::info!(%day, "readiness was looked into: nothing new to tell"),
            // The day was done already, by whatever findings of then.
            Recorded::Duplicate { .. } | Recorded::Conflict { .. } => {}
        }
        Ok(())
    }
}

fn key(day: Date) -> String {
    format!("{KEY}{day}")
}

/// The day and the findings of an earlier look.
fn found(event: &Event) -> Option<(Date, &[Text])> {
    let EventKind::Readiness { findings } = &event.kind else {
        return None;
    };
    let day = event.key.as_deref()?.strip_prefix(KEY)?;
    Some((day.parse().ok()?, findings))
}
