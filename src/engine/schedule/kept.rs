//! What is kept of drills that are due, and who hears of it.
//!
//! Owns the commit of one change with its notice, and what the events kept say
//! was done. It must not decide what is to be done:
//! [`crate::domain::schedule::occasion`] does.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;

use super::{History, Known, by_schedule, office, scheduled};
use crate::domain::drill::Drill;
use crate::domain::event::{Event, EventKind, Mode};
use crate::domain::id::{DrillId, PersonId, Principal};
use crate::domain::notification::Purpose;
use crate::domain::plan::{Plan, people};
use crate::domain::schedule::occasion::{Done, ended};
use crate::domain::schedule::{Change, Changed, Month, telling_key};
use crate::engine::own::{Own, Tells};
use crate::engine::{Engine, Error, Standing};
use crate::message::words::schedule as words;
use crate::store::Recorded;

/// How many months of what was done are read.
const MONTHS: i32 = 14;

impl Engine {
    /// Keeps what became of an occasion, with the notice of it, in one commit.
    pub(super) async fn keep_change(
        &self,
        changed: Changed,
        done: Done,
        by: Principal,
    ) -> Result<Recorded, Error> {
        let standing = self.standing();
        let plan = &standing.plan;
        let (drill, month, change) = (changed.drill.clone(), changed.month, changed.change.clone());
        let to = self.told(&changed, done, plan).await?;
        let title = words::title(&changed);
        let own = Own {
            key: Some(changed.key(done, self.now())),
            kind: EventKind::Schedule(Box::new(changed)),
            by,
            mode: Mode::Drill,
            tells: (!to.is_empty()).then(|| Tells {
                purpose: Purpose::Schedule,
                title,
                place: words::place(),
                to,
                past: Vec::new(),
            }),
        };
        let recorded = self.keep_own(&own, plan).await?;
        if recorded == Recorded::New {
            tracing::info!(drill = %drill, %month, change = change.name(), "the schedule of a drill went on");
            self.done(&drill, month, |done| done.take(&change));
        } else {
            // What is kept under this key stands, whatever it is.
            self.done(&drill, month, |done| done.over = true);
        }
        Ok(recorded)
    }

    pub(super) fn changed_by(&self, drill: &Drill, month: Month, change: Change) -> Changed {
        Changed {
            drill: drill.id.clone(),
            title: drill.title.clone(),
            month,
            change,
        }
    }

    /// Reads what was done of the schedules in force, where another plan
    /// or nothing is known, and keeps since when each is held.
    pub(super) async fn know_schedules(
        &self,
        standing: &Arc<Standing>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let plan = &standing.plan;
        if self.schedules().known(standing, now).is_some() {
            return Ok(());
        }
        let from = Month::at(now, &plan.time_zone).after(-MONTHS);
        let mut held = self.0.store.schedules_held(now).await?;
        let mut drills = IndexMap::new();
        for (drill, schedule) in scheduled(plan) {
            let before = held.shift_remove(&drill.id);
            let since = match before.filter(|event| holds(event, &schedule.words)) {
                Some(event) => event.received_at,
                None => {
                    let since = Change::Since(schedule.words.clone());
                    let changed = self.changed_by(drill, Month::at(now, &plan.time_zone), since);
                    self.keep_change(changed, Done::default(), by_schedule(&drill.id))
                        .await?;
                    now
                }
            };
            let events = self.0.store.occasions(&drill.id, from).await?;
            drills.insert(drill.id.clone(), history(since, &drill.id, &events));
        }
        for event in held.into_values() {
            self.end_schedule(event, from, plan).await?;
        }
        self.schedules().known = Some(Known {
            standing: Arc::clone(standing),
            as_of: now,
            drills,
            // Why: not worked out yet; a look does.
            next: Some(Timestamp::UNIX_EPOCH),
        });
        Ok(())
    }

    /// Keeps that a drill is scheduled no more, once whoever waits for one of
    /// its runs was told so.
    async fn end_schedule(&self, event: Event, from: Month, plan: &Plan) -> Result<(), Error> {
        let EventKind::Schedule(held) = event.kind else {
            return Ok(());
        };
        if held.change == Change::Ended {
            return Ok(());
        }
        let now = self.now();
        let by = by_schedule(&held.drill);
        let events = self.0.store.occasions(&held.drill, from).await?;
        let history = history(event.received_at, &held.drill, &events);
        for (month, done) in history.done {
            if let Some(change) = ended(done, now, office(plan)) {
                let changed = Changed {
                    month,
                    change,
                    ..(*held).clone()
                };
                self.keep_change(changed, done, by.clone()).await?;
            }
        }
        let gone = Changed {
            month: Month::at(now, &plan.time_zone),
            change: Change::Ended,
            ..*held
        };
        self.keep_change(gone, Done::default(), by).await?;
        Ok(())
    }

    /// Who hears of a change. What nobody was told of beforehand is told to
    /// administrators alone, and a postponement day after day once; whoever was
    /// told of a day hears of every other.
    async fn told(
        &self,
        changed: &Changed,
        done: Done,
        plan: &Plan,
    ) -> Result<Vec<PersonId>, Error> {
        let drill = plan.drills.get(&changed.drill);
        let announce = drill
            .and_then(|drill| drill.schedule.as_ref())
            .and_then(|schedule| schedule.announce.as_ref());
        let announced = || announce.map_or_else(Vec::new, |one| people(&one.to, &plan.roster));
        let mut to = match &changed.change {
            Change::Since(_) | Change::Ended => return Ok(Vec::new()),
            Change::Announced(_) => return Ok(announced()),
            Change::Corrected { .. } => Vec::new(),
            Change::Moved { why, .. } if done.moved.is_some_and(|(_, last)| last == *why) => {
                Vec::new()
            }
            Change::Moved { .. } | Change::Skipped { .. } | Change::Cancelled { .. } => {
                plan.administrators()
            }
        };
        if done.told.is_some() {
            to.extend(self.were_told(changed, done).await?);
            if !matches!(changed.change, Change::Corrected { now: None, .. }) {
                to.extend(announced());
            }
        }
        let mut seen = std::collections::HashSet::new();
        to.retain(|person| plan.roster.people.contains_key(person) && seen.insert(person.clone()));
        Ok(to)
    }

    /// Who was told of an occasion beforehand, whomever the plan names since.
    async fn were_told(&self, changed: &Changed, done: Done) -> Result<Vec<PersonId>, Error> {
        let mut people = Vec::new();
        for number in 1..=done.tellings {
            let key = telling_key(&changed.drill, changed.month, number);
            let Some(event) = self.0.store.event_of(&key).await? else {
                continue;
            };
            for id in &event.call_outs {
                if let Some(kept) = self.0.store.load(id).await? {
                    people.extend(kept.call_out.participants.into_keys());
                }
            }
        }
        Ok(people)
    }
}

/// Whether what was kept says that a drill is held by these words.
fn holds(event: &Event, words: &str) -> bool {
    let EventKind::Schedule(changed) = &event.kind else {
        return false;
    };
    matches!(&changed.change, Change::Since(kept) if kept == words)
}

/// What the events of a drill's occasions say was done.
fn history(since: Timestamp, drill: &DrillId, events: &[Event]) -> History {
    let prefix = format!("{}{drill}:", crate::domain::schedule::KEY);
    let mut kept: Vec<(Month, u32, &Event)> = Vec::new();
    for event in events {
        let rest = event.key.as_deref();
        let rest = rest.and_then(|key| key.strip_prefix(&prefix));
        let parts = rest.and_then(|rest| rest.split_at_checked(7));
        if let Some((month, change)) = parts
            && let Some(month) = Month::parse(month)
        {
            let number = change.rsplit_once('-');
            let number = number.and_then(|(_, number)| number.parse().ok());
            kept.push((month, number.unwrap_or_default(), event));
        }
    }
    // Why: by key the tenth move comes before the second.
    kept.sort_by_key(|(month, number, _)| (*month, *number));
    let mut done: BTreeMap<Month, Done> = BTreeMap::new();
    for (month, _, event) in kept {
        let done = done.entry(month).or_default();
        match &event.kind {
            EventKind::Schedule(changed) => done.take(&changed.change),
            // The event that it played.
            _ => done.over = true,
        }
    }
    History { since, done }
}
