//! How time moves a call-out on: stages, the next in line, running out.
//!
//! Owns the order of these; [`super::remind`] asks again. Invariants: a stage
//! begins once; a live call-out with an unmet need has a next due time or is
//! exhausted; nobody is called anew for a need that is met.

use jiff::{SignedDuration, Timestamp};

use super::super::id::PersonId;
use super::super::journal::{Entry, StageCause};
use super::super::notification::Purpose;
use super::super::plan::{self, Plan};
use super::super::procedure::{Stage, StageCall};
use super::super::rule::{Ask, CallMode};
use super::stale::note_late;
use super::{CallOut, Effect, Part, Participant, Standing, State, Target};

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

    /// Calls whom the stage says; how many.
    pub(super) fn call_stage(
        &mut self,
        stage: &Stage,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> u32 {
        let mut called = self.call_returned(plan, now, effects);
        called += self.call_roots(plan, now, effects);
        if stage.call != StageCall::Nobody {
            let all = stage.call == StageCall::All;
            for index in 0..self.targets.len() {
                while let Some(next) = self.next_candidates(index, all) {
                    called += self.call_each(next, plan, now, effects).len();
                }
            }
        }
        // Invariant: a met need brings nobody new, whoever names them.
        if !self.is_met() {
            let besides = plan::people(&stage.also, &plan.roster);
            called += self.call_each(besides, plan, now, effects).len();
        }
        u32::try_from(called).unwrap_or(u32::MAX)
    }

    /// Between stages: for each unmet target of somebody who dropped out, as
    /// many next in line as have dropped out of those asked since the last stage
    /// that calls.
    pub(super) fn fill(
        &mut self,
        instead_of: &PersonId,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(out) = self.participants.get(instead_of) else {
            return;
        };
        if self.state != State::Open || self.stage == 0 || !self.has_dropped_out(out) {
            return;
        }
        let since = self.calling_stage();
        for index in out.targets.clone() {
            // Why: again and again, since the next may be out of reach too.
            while let Some(next) = self.candidates_since(since, index, false) {
                for person in self.call_each(next, plan, now, effects) {
                    effects.push(Effect::Journal(Entry::CalledNext {
                        person,
                        instead_of: instead_of.clone(),
                        target: self.targets[index].name.clone(),
                    }));
                }
            }
        }
    }

    /// Calls people, each once, and passes over who is away; whom by this.
    pub(super) fn call_each(
        &mut self,
        people: Vec<PersonId>,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Vec<PersonId> {
        let mut called = people;
        // Why: thousands are called at once, and what grows by halves is copied.
        self.participants.reserve(called.len());
        effects.reserve(called.len().saturating_mul(2));
        called.retain(|person| {
            !self.has_called(person)
                && !self.pass_over(person, plan, now, effects)
                && self.call(person, plan, now, effects)
        });
        called
    }

    /// The candidates that a target calls now: all of them at once, or, in
    /// turn, every required one, and as many of the others as with those coming
    /// and those freshly asked would meet the need; `None` where there is
    /// nobody to call. Who is away is not.
    pub(super) fn next_candidates(&self, index: usize, all: bool) -> Option<Vec<PersonId>> {
        self.candidates_since(self.stage, index, all)
    }

    /// The same, where those asked since a stage count as freshly asked.
    fn candidates_since(&self, since: u32, index: usize, all: bool) -> Option<Vec<PersonId>> {
        let target = &self.targets[index];
        let known = target.tally.called + target.tally.excused;
        // Why: in a contact tree nobody's turn comes before their caller's.
        if self.course.walk.is_some() || target.met || target.candidates.len() == known as usize {
            return None;
        }
        let away = &self.course.away;
        let uncalled = |id: &&PersonId| !self.has_called(id) && !away.contains_key(*id);
        let (required, others) = target.ranks();
        let required = required.iter().filter(uncalled);
        let count = if all || target.mode == CallMode::AtOnce {
            others.len()
        } else {
            let asked = u32::try_from(required.clone().count()).unwrap_or(u32::MAX);
            let wanted = target.need.saturating_sub(target.tally.have);
            wanted.saturating_sub(self.fresh(target, since).saturating_add(asked)) as usize
        };
        let next = required.chain(others.iter().filter(uncalled).take(count));
        let next: Vec<PersonId> = next.cloned().collect();
        (!next.is_empty()).then_some(next)
    }

    /// The last stage begun that calls; the first where none does.
    fn calling_stage(&self) -> u32 {
        let begun = self.procedure.stages.iter().take(self.stage as usize);
        let last = begun
            .rev()
            .skip_while(|stage| stage.call == StageCall::Nobody);
        u32::try_from(last.count()).unwrap_or(u32::MAX).max(1)
    }

    /// Candidates asked since a stage who have not answered.
    fn fresh(&self, target: &Target, since: u32) -> u32 {
        let fresh = |participant: &&Participant| {
            participant.is_called()
                && participant.called_stage >= since
                && participant.standing() == Standing::Silent
        };
        let candidates = target
            .candidates
            .iter()
            .filter_map(|person| self.participants.get(person));
        u32::try_from(candidates.filter(fresh).count()).unwrap_or(u32::MAX)
    }

    /// Calls one person, once; whether they were called by this. Whom a
    /// transfer took out of the roster before their turn came has no contact
    /// left, and is said to be out of reach like anybody else.
    pub(super) fn call(
        &mut self,
        id: &PersonId,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        if self
            .participants
            .get(id)
            .is_some_and(Participant::is_called)
        {
            return false;
        }
        let person = plan.roster.people.get(id);
        let number = self.stage;
        // Why by hand: thousands are called at once, and a copy for each is dear.
        let index = (number as usize).checked_sub(1);
        let stage = index.and_then(|index| self.procedure.stages.get(index));
        let participant = self
            .participants
            .entry(id.clone())
            .or_insert_with(|| match person {
                Some(person) => Participant::new(person, &plan.roster, Part::Called),
                None => Participant::gone(id, plan.language),
            });
        participant.refresh(person.map_or(&[], |person| &person.contacts));
        participant.asked_at = Some(now);
        // Why: what was only a receipt for a notice is no answer to the call.
        participant.answer = None;
        let drafts = participant.draft(Purpose::Call, stage, number);
        let unreachable = drafts.is_empty();
        self.count_in(id, now);
        effects.push(Effect::Participant(id.clone()));
        effects.extend(drafts.into_iter().map(Effect::Notify));
        if unreachable {
            effects.push(Effect::Journal(Entry::Unreachable { person: id.clone() }));
        }
        true
    }
}

/// A time after another; the end of time where it would be later still.
pub(super) fn after(at: Timestamp, wait: std::time::Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| at.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}
