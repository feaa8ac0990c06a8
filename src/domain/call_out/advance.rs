//! How time moves a call-out on: stages, the next in line, running out.
//!
//! Owns the order of these; [`super::call`] says whom a stage calls, [`super::remind`]
//! asks again. Invariants: a stage begins once; a live call-out with an unmet need has a
//! next due time or is exhausted.

use jiff::{SignedDuration, Timestamp};

use super::super::id::PersonId;
use super::super::journal::{Entry, StageCause};
use super::super::notification::Purpose;
use super::super::plan::{self, Plan};
use super::super::procedure::Stage;
use super::super::rule::Ask;
use super::stale::note_late;
use super::{CallOut, Effect, Standing, State};

impl CallOut {
    /// Does what is due at `now`. Called early or twice, it does nothing.
    pub fn advance(&mut self, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.end_due().is_some_and(|due| due <= now) {
            self.end_drill(plan, now, &mut effects);
            return effects;
        }
        // Why: whom a correction releases, or ends, is not asked once more. It calls
        // nobody while it waits for a word.
        if self.correction_due().is_some_and(|due| due <= now) {
            self.apply_correction(plan, now, &mut effects);
        }
        if self.is_paused() {
            self.ask_to_go_on(plan, now, &mut effects);
            if self.new_growth_due().is_some_and(|due| due <= now) {
                self.advance_growth(plan, now, &mut effects);
            }
            if self.help_due().is_some_and(|due| due <= now) {
                self.settle_help(plan, now, &mut effects);
            }
            return effects;
        }
        if self.growth_due().is_some_and(|due| due <= now) {
            self.advance_growth(plan, now, &mut effects);
        }
        if self.return_due().is_some_and(|due| due <= now) {
            self.ask_whose_absence_ended(plan, now, &mut effects);
        }
        match self.state {
            State::Held => self.advance_hold(plan, now, &mut effects),
            State::AwaitingDecision | State::InSection | State::Exhausted => {
                self.advance_question(plan, now, &mut effects);
            }
            State::Open => self.run_on(plan, now, &mut effects),
            State::StoodDown | State::Cancelled | State::Closed => {}
        }
        if self.help_due().is_some_and(|due| due <= now) {
            self.settle_help(plan, now, &mut effects);
        }
        effects
    }

    /// When [`CallOut::advance`] next has something to do.
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.is_paused() {
            let due = [
                self.pause_due(),
                self.new_growth_due(),
                self.correction_due(),
                self.help_due(),
                self.end_due(),
            ];
            return due.into_iter().flatten().min();
        }
        let besides = [self.help_due(), self.return_due(), self.end_due()];
        [self.calls_due()]
            .into_iter()
            .chain(besides)
            .flatten()
            .min()
    }

    /// When it next calls or asks staff as far as that is set, or a report that
    /// waits changes whom.
    pub(super) fn calls_due(&self) -> Option<Timestamp> {
        let due = match self.state {
            State::Held => self.held_until,
            State::AwaitingDecision | State::InSection | State::Exhausted => self.question_due(),
            State::Open if self.wants_more() => {
                let due = [self.procedure_due(), self.next_reminder(), self.link_due()];
                due.into_iter().flatten().min()
            }
            State::Open | State::StoodDown | State::Cancelled | State::Closed => None,
        };
        let reports = [self.correction_due(), self.growth_due()];
        [due].into_iter().chain(reports).flatten().min()
    }

    /// The stage that runs.
    pub fn stage_now(&self) -> Option<&Stage> {
        let index = (self.stage as usize).checked_sub(1)?;
        self.procedure.stages.get(index)
    }

    /// Stages that are due, then reminders; ends with nothing more due now.
    pub(super) fn run(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        loop {
            self.begin_due(plan, now, effects);
            let passed = self.pass_on(plan, now, effects);
            let lost = self.remind_due(plan, now, effects);
            self.note_met(now, effects);
            if lost.is_empty() && !passed {
                break;
            }
            // Why: asking again reads contacts afresh; in place of whoever has
            // none left the next in line is called now, as for a dead address.
            for person in &lost {
                self.fill(person, plan, now, effects);
            }
        }
    }

    /// Begins every stage that is due, or gives up; whether there was one.
    fn begin_due(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
        let stage = self.stage;
        while self.state == State::Open && self.wants_more() {
            let nothing_more = self.nothing_more();
            let Some(due) = self.next_stage_due() else {
                let given_up = self.exhaustion_due().filter(|at| *at <= now);
                if let Some(due) = given_up {
                    note_late(due, now, effects);
                }
                if nothing_more || given_up.is_some() {
                    self.exhaust(plan, effects);
                }
                break;
            };
            if due <= now {
                note_late(due, now, effects);
                self.begin_stage(StageCause::Due, plan, now, effects);
            } else if nothing_more {
                self.begin_stage(StageCause::NothingMore, plan, now, effects);
            } else {
                break;
            }
            self.note_met(now, effects);
        }
        self.stage > stage
    }

    /// After somebody's standing changed: the next in line, needs met or open
    /// again, and what follows from them.
    pub(super) fn settle_targets(
        &mut self,
        because: &PersonId,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match self.state {
            State::Open | State::Exhausted if self.is_paused() => {
                self.note_met(now, effects);
            }
            State::Held | State::AwaitingDecision | State::InSection => {
                self.note_met(now, effects);
            }
            State::Open | State::Exhausted => {
                let before = self.state;
                let reopened = self.note_met(now, effects);
                self.fill(because, plan, now, effects);
                // Why: an answer makes nobody's time come, but where it brings
                // the call-out back; looking at everyone for each would make ten
                // thousand answers slow.
                let back = before != self.state;
                let reopened = self.pass_on(plan, now, effects) || reopened;
                if self.begin_due(plan, now, effects) || reopened || back {
                    self.run(plan, now, effects);
                }
                self.say_unfillable(plan, now, effects);
            }
            State::StoodDown | State::Cancelled | State::Closed => self.recount_met(),
        }
    }

    /// Whether anybody is still to be called or asked.
    fn wants_more(&self) -> bool {
        !self.is_met() || (self.ask == Ask::Everyone && self.still_asked().next().is_some())
    }

    /// When the next stage is due: as long after the one before began as the
    /// procedure sets them apart, so that a stage that began late or early
    /// still leaves its people their time to answer.
    pub fn next_stage_due(&self) -> Option<Timestamp> {
        let next = self.procedure.stages.get(self.stage as usize)?;
        let before = self
            .stage_now()
            .map(|stage| stage.after)
            .unwrap_or_default();
        Some(after(self.stage_at, next.after.saturating_sub(before)))
    }

    /// When the next thing that the procedure sets is due.
    pub(super) fn procedure_due(&self) -> Option<Timestamp> {
        self.next_stage_due().or_else(|| self.exhaustion_due())
    }

    fn exhaustion_due(&self) -> Option<Timestamp> {
        if self.is_met() {
            return None;
        }
        let last = self
            .stage_now()
            .map(|stage| stage.after)
            .unwrap_or_default();
        Some(after(
            self.stage_at,
            self.procedure.exhausted_after.saturating_sub(last),
        ))
    }

    /// Whether nothing more can come of the stages so far: nobody who was
    /// asked for an unmet need can still say yes. Where nobody was asked for
    /// one yet, those asked besides are waited for.
    fn nothing_more(&self) -> bool {
        let unmet = || self.targets.iter().filter(|target| !target.met);
        self.stage > 0
            && !self.is_met()
            && unmet().all(|target| target.tally.silent == 0)
            && (unmet().any(|target| target.tally.called > 0)
                || !self.still_asked().any(|person| person.targets.is_empty()))
    }

    fn begin_stage(
        &mut self,
        cause: StageCause,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let mut lost = self.tell_unmet(plan, effects);
        self.stage += 1;
        self.stage_at = now;
        let Some(stage) = self.stage_now().cloned() else {
            return;
        };
        let at = effects.len();
        let (reminded, more) = self.remind_all(&stage, plan, now, effects);
        lost.extend(more);
        let called = self.call_stage(&stage, plan, now, effects);
        // Why after it: a stage that calls has called the next in line by itself.
        for person in &lost {
            self.fill(person, plan, now, effects);
        }
        if called == 0 && reminded == 0 && !self.has_fresh() {
            effects.insert(
                at,
                Effect::Journal(Entry::StagePassed { stage: self.stage }),
            );
            // Invariant: a stage with nobody in it costs no time.
            if (self.stage as usize) < self.procedure.stages.len() && self.wants_more() {
                self.begin_stage(StageCause::NothingMore, plan, now, effects);
            }
        } else {
            let entry = Entry::Stage {
                stage: self.stage,
                cause,
                called,
                reminded,
            };
            effects.insert(at, Effect::Journal(entry));
        }
    }

    /// Whether anybody is given their time in this stage: called in it, or
    /// called before the event grew or was corrected.
    fn has_fresh(&self) -> bool {
        self.participants.values().any(|participant| {
            participant.is_called()
                && participant.called_stage == self.stage
                && participant.standing() == Standing::Silent
        })
    }

    /// Tells those whom the ending stage names that a need is unmet; who of those still
    /// asked turns out to have no contact left.
    fn tell_unmet(&mut self, plan: &Plan, effects: &mut Vec<Effect>) -> Vec<PersonId> {
        let Some(stage) = self.stage_now() else {
            return Vec::new();
        };
        let told = plan::people(&stage.tell, &plan.roster);
        if told.is_empty() || self.is_met() {
            return Vec::new();
        }
        effects.push(Effect::Journal(Entry::Unmet {
            stage: self.stage,
            targets: self.unmet(),
            told: u32::try_from(told.len()).unwrap_or(u32::MAX),
        }));
        self.tell(&told, Purpose::Unmet, plan, effects)
    }

    fn unmet(&self) -> Vec<super::super::text::Text> {
        self.targets
            .iter()
            .filter(|target| !target.met)
            .map(|target| target.name.clone())
            .collect()
    }

    fn exhaust(&mut self, plan: &Plan, effects: &mut Vec<Effect>) {
        self.tell_unmet(plan, effects);
        self.state = State::Exhausted;
        effects.push(Effect::Journal(Entry::Exhausted {
            targets: self.unmet(),
        }));
        self.tell(&plan.administrators(), Purpose::Exhausted, plan, effects);
    }
}

/// A time after another; the end of time where it would be later still.
pub(super) fn after(at: Timestamp, wait: std::time::Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| at.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}
