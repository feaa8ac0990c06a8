//! The time in which something can be stopped, given once more where too little of
//! it was left once the daemon could take a stop again.
//!
//! Owns what is given it, and that this happens once. It must not know how long
//! nothing ran: the engine looks after each start and standstill, before anything is advanced.

use jiff::{SignedDuration, Timestamp};

use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::Plan;
use super::super::rule::Confirm;
use super::advance::after;
use super::{CallOut, Effect, State};

impl CallOut {
    /// Whether a look now would give anything its wait once more.
    pub fn is_to_renew(&self, plan: &Plan, now: Timestamp) -> bool {
        let until = [
            self.correction_again(plan, now),
            self.hold_again(now),
            self.growth_again(now),
        ];
        until.iter().any(Option::is_some)
    }

    /// After a start or a standstill of the daemon: whatever takes effect at a time,
    /// so that a person can stop it before, has its wait once more from now where
    /// less than half of it is left. Whoever was told when that is hears of it.
    ///
    /// Invariant: once, so that whoever is to be called is called however often
    /// nothing runs.
    pub fn renew(&mut self, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = self.renew_correction(plan, now);
        self.renew_calls(plan, now, &mut effects);
        effects
    }

    /// After a standstill, in this order: a correction has its wait once more, for it takes effect
    /// also while the rest waits for a word; what is too old to go on is stopped,
    /// as [`Self::pause`] says; and what calls by itself after all has its wait.
    pub fn stood_still(&mut self, unsent: bool, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = self.renew_correction(plan, now);
        effects.extend(self.pause(unsent, plan, now));
        self.renew_calls(plan, now, &mut effects);
        effects
    }

    fn renew_correction(&mut self, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let until = self.correction_again(plan, now);
        if let Some((until, correction)) = until.zip(self.course.correction.as_mut()) {
            correction.due = until;
            correction.renewed = true;
            self.say_renewed(until, Purpose::Corrected, plan, &mut effects);
        }
        effects
    }

    /// The same of what is held, and of a growth; then what follows from who was told.
    fn renew_calls(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        if let Some(until) = self.hold_again(now) {
            self.held_until = Some(until);
            self.course.renewed = true;
            self.say_renewed(until, Purpose::Held, plan, effects);
        }
        let until = self.growth_again(now);
        if let Some((until, growth)) = until.zip(self.course.growth.as_mut()) {
            growth.until = until;
            growth.renewed = true;
            self.say_renewed(until, Purpose::Held, plan, effects);
        }
        if !effects.is_empty() {
            self.run_on(plan, now, effects);
        }
    }

    fn say_renewed(
        &mut self,
        until: Timestamp,
        purpose: Purpose,
        plan: &Plan,
        effects: &mut Vec<Effect>,
    ) {
        effects.push(Effect::Journal(Entry::Renewed { until }));
        let told: Vec<PersonId> = plan.approvers();
        self.tell(&told, purpose, plan, effects);
    }

    /// Until when a correction waits once more, if it does.
    fn correction_again(&self, plan: &Plan, now: Timestamp) -> Option<Timestamp> {
        let due = self.correction_due().filter(|_| !self.ends_now(now))?;
        let renewed = self.course.correction.as_ref()?.renewed;
        let until = after(now, plan.reports.correct_after);
        (!renewed && is_short(due, until, now)).then_some(until)
    }

    /// The same of what is held. What wants a second person's word begins at no time.
    fn hold_again(&self, now: Timestamp) -> Option<Timestamp> {
        let Confirm::Hold { seconds } = self.waits_for() else {
            return None;
        };
        let by_itself = self.state == State::Held && !self.is_paused() && !self.ends_now(now);
        let due = self.held_until.filter(|_| by_itself)?;
        let until = now + SignedDuration::from_secs(i64::from(seconds));
        (!self.course.renewed && is_short(due, until, now)).then_some(until)
    }

    /// The same of a growth. What waits for a word to go on waits for no time, but
    /// for a growth that was told since.
    fn growth_again(&self, now: Timestamp) -> Option<Timestamp> {
        let growth = self.course.growth.as_ref()?;
        let due = if self.is_paused() {
            self.new_growth_due()
        } else {
            self.growth_due()
        };
        let due = due.filter(|_| !growth.second_person && !self.ends_now(now))?;
        let until = now + SignedDuration::from_secs(i64::from(growth.seconds));
        (!growth.renewed && is_short(due, until, now)).then_some(until)
    }

    /// Whether an exercise is over by its set end.
    fn ends_now(&self, now: Timestamp) -> bool {
        self.end_due().is_some_and(|due| due <= now)
    }
}

/// Whether less is left than half of what there would be anew.
fn is_short(due: Timestamp, anew: Timestamp, now: Timestamp) -> bool {
    due.duration_since(now) < anew.duration_since(now) / 2
}
