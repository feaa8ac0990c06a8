//! Who is away: kept, then known to every call-out that runs.
//!
//! Owns the order: on disk first, then in the plan in force, then in each live
//! call-out. It must not decide who is called instead.

use std::sync::Arc;

use jiff::Timestamp;

use super::owed::Owed;
use super::{Engine, Error, Standing};
use crate::domain::absence::Absence;
use crate::domain::acknowledgement::{Answer, Reply, Via};
use crate::domain::call_out::CallOut;
use crate::domain::id::{CallOutId, PersonId, Principal};
use crate::message::words;

impl Engine {
    /// Marks a person absent from now on. Whoever was called and is silent
    /// cannot come, as their answer says from then on; nobody calls them.
    ///
    /// # Errors
    ///
    /// When there is no such person, the time is past, or it could not be kept.
    pub async fn absent(
        &self,
        person: &PersonId,
        until: Timestamp,
        reason: Option<String>,
        by: Principal,
    ) -> Result<Absence, Error> {
        self.take_up().await?;
        let _turn = self.0.intake.lock().await;
        let standing = self.standing();
        if !standing.plan.roster.people.contains_key(person) {
            return Err(Error::NoPersonNamed(person.clone()));
        }
        let since = self.now();
        if until <= since {
            let offset = standing.plan.time_zone.to_offset(until);
            let until = until.display_with_offset(offset).to_string();
            return Err(Error::AbsentUntilPast(until));
        }
        let absence = Absence {
            person: person.clone(),
            since,
            until,
            reason,
            by,
        };
        self.commit(self.0.store.mark_absent(&absence)).await?;
        self.know(&standing, person, Some(absence.clone()));
        tracing::info!(by = absence.by.unnamed(), "a person was marked absent");
        self.each_knows(person).await;
        Ok(absence)
    }

    /// A person is back before their time. Whoever was passed over is called
    /// now where it is their turn.
    ///
    /// # Errors
    ///
    /// When there is no such person, they are not marked absent, or it could
    /// not be kept.
    pub async fn back(&self, person: &PersonId, by: &Principal) -> Result<(), Error> {
        self.take_up().await?;
        let _turn = self.0.intake.lock().await;
        let standing = self.standing();
        let plan = &standing.plan;
        let now = self.now();
        if !plan.roster.people.contains_key(person) {
            return Err(Error::NoPersonNamed(person.clone()));
        }
        let marked = plan.absences.get(person);
        if marked.is_none_or(|absence| absence.until <= now) {
            return Err(match plan.absent(person, now) {
                Some(_) => Error::OnLeave(person.clone()),
                None => Error::NotAbsent(person.clone()),
            });
        }
        self.commit(self.0.store.mark_back(person, by, now)).await?;
        self.know(&standing, person, None);
        tracing::info!(by = by.unnamed(), "a person was marked back");
        self.each_knows(person).await;
        Ok(())
    }

    /// Puts the plan with what is kept now of one person in force.
    fn know(&self, standing: &Standing, person: &PersonId, absence: Option<Absence>) {
        let mut plan = standing.plan.clone();
        match absence {
            Some(absence) => drop(plan.absences.insert(person.clone(), absence)),
            None => drop(plan.absences.shift_remove(person)),
        }
        self.0.standing.store(Arc::new(Standing {
            plan,
            messages: standing.messages.clone(),
            texts: standing.texts.clone(),
        }));
    }

    /// What a live call-out makes of an absence.
    async fn leave(&self, id: &CallOutId, absence: &Absence) -> Result<(), Error> {
        self.apply(id, |call_out, plan, now| {
            let until = plan.absent(&absence.person, now).unwrap_or(absence.until);
            let note = words::away(until, &plan.time_zone, plan.language);
            let answer = Answer {
                person: absence.person.clone(),
                reply: Reply::Cannot,
                eta_minutes: None,
                note: Some(note),
                via: Via::OnBehalf,
                by: absence.by.clone(),
            };
            call_out.absent(answer, plan, now)
        })
        .await
    }

    /// Tells every live call-out where somebody stands now.
    async fn each_knows(&self, person: &PersonId) {
        let owed = self.live_and_forgotten().into_iter();
        let owed = owed.map(|call_out| Owed::Person(call_out, person.clone()));
        self.pay(owed.collect()).await;
    }

    /// As the daemon starts: a crash may have come between the word and what
    /// the call-outs make of it.
    pub(super) async fn resume_absences(&self) {
        let standing = self.standing();
        let (plan, now) = (&standing.plan, self.now());
        let marked = plan.absences.keys();
        let marked: Vec<_> = marked
            .filter(|person| plan.absent(person, now).is_some())
            .collect();
        let live = self.live().into_iter();
        let mut owed: Vec<Owed> = live
            .flat_map(|call_out| {
                let person = |person: &&PersonId| PersonId::clone(person);
                let marked = marked.iter().map(person);
                marked.map(move |person| Owed::Person(call_out.clone(), person))
            })
            .collect();
        owed.extend(self.other_absences());
        self.pay(owed).await;
    }

    /// A new plan may have taken leave away, or shortened it.
    pub(super) async fn review_absences(&self) {
        self.pay(self.other_absences()).await;
    }

    /// Who is away for longer or shorter than a live call-out knows, or back. What
    /// ends by itself is left to its time.
    fn other_absences(&self) -> Vec<Owed> {
        let standing = self.standing();
        let (plan, now) = (&standing.plan, self.now());
        let open = self.open();
        let live = open.values().map(|open| &open.call_out);
        let live = live.filter(|call_out| call_out.state.is_live());
        let other = |(person, until): &(&PersonId, &Timestamp)| {
            **until > now && plan.absent(person, now) != Some(**until)
        };
        let owed = live.flat_map(|call_out| {
            let other = call_out.course.away.iter().filter(other);
            other.map(|(person, _)| Owed::Person(call_out.id.clone(), person.clone()))
        });
        owed.collect()
    }

    /// Tells one call-out where somebody stands now.
    pub(super) async fn know_in(
        &self,
        call_out: &CallOutId,
        person: &PersonId,
    ) -> Result<(), Error> {
        // Why from the plan in force: another word may have come since.
        let absence = self.standing().plan.absences.get(person).cloned();
        match absence {
            Some(absence) => self.leave(call_out, &absence).await,
            None => {
                let back =
                    |call_out: &mut CallOut, plan: &_, now| Ok(call_out.back(person, plan, now));
                self.apply(call_out, back).await
            }
        }
    }

    /// The call-outs that live, the oldest first.
    pub(super) fn live(&self) -> Vec<CallOutId> {
        let open = self.open();
        let live = open.values().map(|open| &open.call_out);
        let live = live.filter(|call_out| call_out.state.is_live());
        let mut live: Vec<_> = live.map(|c| (c.opened_at, c.id.clone())).collect();
        live.sort();
        live.into_iter().map(|(_, id)| id).collect()
    }

    /// The same with those that a failed write put out of memory.
    pub(super) fn live_and_forgotten(&self) -> Vec<CallOutId> {
        let mut all = self.live();
        let mut forgotten = self.forgotten().clone();
        forgotten.retain(|id| !all.contains(id));
        all.extend(forgotten);
        all
    }
}
