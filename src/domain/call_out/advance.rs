//! How time moves a call-out on: stages, the next in line, asking again,
//! running out.
//!
//! Owns the order of these. Invariants: a stage begins once; a live call-out
//! with an unmet need has a next due time or is exhausted; nobody is called
//! anew for a need that is met.

use jiff::{SignedDuration, Timestamp};

use super::super::id::PersonId;
use super::super::journal::{Entry, StageCause};
use super::super::notification::Purpose;
use super::super::plan::{self, Plan};
use super::super::procedure::{Stage, StageCall};
use super::super::rule::{Ask, CallMode};
use super::{CallOut, Effect, Part, Participant, Standing, State, Target};

/// A stage later than this says so in the account.
const LATE: SignedDuration = SignedDuration::from_secs(60);

impl CallOut {
    /// Does what is due at `now`. Called early or twice, it does nothing.
    pub fn advance(&mut self, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        match self.state {
            State::Held => {
                if self.held_until.is_some_and(|until| until <= now) {
                    self.start(plan, now, &mut effects);
                }
            }
            State::Open => self.run(plan, now, &mut effects),
            State::Exhausted | State::StoodDown | State::Cancelled | State::Closed => {}
        }
        effects
    }

    /// When [`CallOut::advance`] next has something to do.
    pub fn next_due(&self) -> Option<Timestamp> {
        match self.state {
            State::Held => self.held_until,
            State::Open if self.wants_more() => {
                let stage = self.next_stage_due().or_else(|| self.exhaustion_due());
                [stage, self.next_reminder()].into_iter().flatten().min()
            }
            State::Open
            | State::Exhausted
            | State::StoodDown
            | State::Cancelled
            | State::Closed => None,
        }
    }

    /// The stage that runs.
    pub fn stage_now(&self) -> Option<&Stage> {
        let index = (self.stage as usize).checked_sub(1)?;
        self.procedure.stages.get(index)
    }

    /// Stages that are due, then reminders; ends with nothing more due now.
    pub(super) fn run(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        while self.state == State::Open && self.wants_more() {
            let due = self.next_stage_due();
            let nothing_more = self.nothing_more();
            let Some(due) = due else {
                if nothing_more || self.exhaustion_due().is_some_and(|at| at <= now) {
                    self.exhaust(plan, effects);
                }
                break;
            };
            if due <= now {
                if now.duration_since(due) > LATE {
                    let by = now.duration_since(due).unsigned_abs();
                    effects.push(Effect::Journal(Entry::Late { by }));
                }
                self.begin_stage(StageCause::Due, plan, now, effects);
            } else if nothing_more {
                self.begin_stage(StageCause::NothingMore, plan, now, effects);
            } else {
                break;
            }
        }
        self.remind_due(plan, now, effects);
        self.note_met(effects);
    }

    /// After somebody's standing changed: the next in line, needs met or open
    /// again, and what follows from them.
    pub(super) fn settle_targets(
        &mut self,
        because: Option<&PersonId>,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if !matches!(self.state, State::Open | State::Exhausted) {
            return;
        }
        self.note_met(effects);
        if self.stage > 0 {
            self.fill(because, plan, now, effects);
        }
        self.run(plan, now, effects);
    }

    /// Whether anybody is still to be called or asked.
    fn wants_more(&self) -> bool {
        !self.is_met()
            || (self.ask == Ask::Everyone
                && self.targets.iter().any(|target| target.tally.silent > 0))
    }

    /// When the next stage is due: as long after the one before began as the
    /// procedure sets them apart, so that a stage that began late or early
    /// still leaves its people their time to answer.
    fn next_stage_due(&self) -> Option<Timestamp> {
        let next = self.procedure.stages.get(self.stage as usize)?;
        let before = self
            .stage_now()
            .map(|stage| stage.after)
            .unwrap_or_default();
        Some(after(self.stage_at, next.after.saturating_sub(before)))
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
    /// asked for an unmet need can still say yes.
    fn nothing_more(&self) -> bool {
        self.stage > 0
            && !self.is_met()
            && self
                .targets
                .iter()
                .filter(|target| !target.met)
                .all(|target| target.tally.silent == 0)
    }

    fn begin_stage(
        &mut self,
        cause: StageCause,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        self.tell_unmet(plan, effects);
        self.stage += 1;
        self.stage_at = now;
        let Some(stage) = self.stage_now().cloned() else {
            return;
        };
        let at = effects.len();
        let reminded = if stage.remind {
            self.remind_all(&stage, plan, now, effects)
        } else {
            0
        };
        let called = self.call_stage(&stage, plan, now, effects);
        if called == 0 && reminded == 0 {
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

    /// Tells those whom the ending stage names that a need is unmet.
    fn tell_unmet(&mut self, plan: &Plan, effects: &mut Vec<Effect>) {
        let Some(stage) = self.stage_now() else {
            return;
        };
        let told = plan::people(&stage.tell, &plan.roster);
        if told.is_empty() || self.is_met() {
            return;
        }
        effects.push(Effect::Journal(Entry::Unmet {
            stage: self.stage,
            targets: self.unmet(),
            told: u32::try_from(told.len()).unwrap_or(u32::MAX),
        }));
        self.tell(&told, Purpose::Unmet, plan, effects);
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
    fn call_stage(
        &mut self,
        stage: &Stage,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> u32 {
        let mut called = 0;
        if stage.call != StageCall::Nobody {
            for index in 0..self.targets.len() {
                called += self.call_target(index, stage.call, plan, now, effects);
            }
        }
        for person in plan::people(&stage.also, &plan.roster) {
            called += u32::from(self.call(&person, plan, now, effects));
        }
        called
    }

    /// Between stages: for each unmet target, as many next in line as have
    /// dropped out of those being asked in this stage.
    fn fill(
        &mut self,
        because: Option<&PersonId>,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if self.state != State::Open {
            return;
        }
        for index in 0..self.targets.len() {
            let from = self.participants.len();
            self.call_target(index, StageCall::Next, plan, now, effects);
            let Some(instead_of) = because else {
                continue;
            };
            for (person, _) in self.participants.get_range(from..).into_iter().flatten() {
                effects.push(Effect::Journal(Entry::CalledNext {
                    person: person.clone(),
                    instead_of: instead_of.clone(),
                    target: self.targets[index].name.clone(),
                }));
            }
        }
    }

    /// Calls the candidates that a target calls now; how many.
    fn call_target(
        &mut self,
        index: usize,
        call: StageCall,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> u32 {
        let mut called = 0;
        loop {
            let next = self.next_candidates(index, call == StageCall::All);
            if next.is_empty() {
                return called;
            }
            for person in next {
                called += u32::from(self.call(&person, plan, now, effects));
            }
        }
    }

    /// The candidates that a target calls now: all of them at once, or, in
    /// turn, as many as with those coming and those freshly asked would meet
    /// the need.
    fn next_candidates(&self, index: usize, all: bool) -> Vec<PersonId> {
        let target = &self.targets[index];
        if target.met || target.candidates.len() == target.tally.called as usize {
            return Vec::new();
        }
        let count = if all || target.mode == CallMode::AtOnce {
            target.candidates.len()
        } else {
            target
                .need
                .saturating_sub(target.tally.have + self.fresh(target)) as usize
        };
        target
            .candidates
            .iter()
            .filter(|person| {
                self.participants
                    .get(*person)
                    .is_none_or(|p| !p.is_called())
            })
            .take(count)
            .cloned()
            .collect()
    }

    /// Candidates asked in this stage who have not answered.
    fn fresh(&self, target: &Target) -> u32 {
        let fresh = |participant: &&Participant| {
            participant.is_called()
                && participant.called_stage == self.stage
                && participant.standing() == Standing::Silent
        };
        let candidates = target
            .candidates
            .iter()
            .filter_map(|person| self.participants.get(person));
        u32::try_from(candidates.filter(fresh).count()).unwrap_or(u32::MAX)
    }

    /// Calls one person, once; whether they were called by this.
    fn call(
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
        let Some(person) = plan.roster.people.get(id) else {
            self.pass_over(id, effects);
            return false;
        };
        let stage = self.stage_now().cloned();
        let number = self.stage;
        let participant = self
            .participants
            .entry(id.clone())
            .or_insert_with(|| Participant::new(person, &plan.roster, Part::Called));
        participant.refresh(&person.contacts);
        participant.asked_at = Some(now);
        let drafts = participant.draft(Purpose::Call, stage.as_ref(), number);
        let unreachable = drafts.is_empty();
        self.count_in(id, now);
        effects.push(Effect::Participant(id.clone()));
        effects.extend(drafts.into_iter().map(Effect::Notify));
        if unreachable {
            effects.push(Effect::Journal(Entry::Unreachable { person: id.clone() }));
        }
        true
    }

    /// A candidate whom a transfer took out of the roster before their turn
    /// came: said, and a candidate no longer.
    fn pass_over(&mut self, id: &PersonId, effects: &mut Vec<Effect>) {
        for target in &mut self.targets {
            target.candidates.retain(|candidate| candidate != id);
            if target.everyone {
                target.need = u32::try_from(target.candidates.len()).unwrap_or(u32::MAX);
            }
        }
        effects.push(Effect::Journal(Entry::Unreachable { person: id.clone() }));
    }

    /// Asks again everyone called who is silent and still wanted.
    fn remind_all(
        &mut self,
        stage: &Stage,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> u32 {
        let unanswered =
            |participant: &&Participant| participant.is_called() && participant.reply().is_none();
        let unanswered = self.participants.values().filter(unanswered);
        let unanswered: Vec<PersonId> = unanswered.map(|p| p.person.clone()).collect();
        for id in &unanswered {
            // Why: an address that was mended since is tried again from here.
            self.refresh_contacts(id, plan);
        }
        let silent: Vec<PersonId> = self.still_asked().map(|p| p.person.clone()).collect();
        for id in &silent {
            self.remind(id, stage, plan, now, effects);
            if let Some(participant) = self.participants.get_mut(id) {
                participant.resent = 0;
            }
        }
        u32::try_from(silent.len()).unwrap_or(u32::MAX)
    }

    /// Asks again those whose time has come within the stage.
    fn remind_due(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.state != State::Open {
            return;
        }
        let Some(stage) = self.stage_now().cloned() else {
            return;
        };
        let due: Vec<PersonId> = self
            .still_asked()
            .filter(|participant| reminder(&stage, participant).is_some_and(|at| at <= now))
            .map(|participant| participant.person.clone())
            .collect();
        for id in &due {
            self.remind(id, &stage, plan, now, effects);
        }
        if !due.is_empty() {
            let people = u32::try_from(due.len()).unwrap_or(u32::MAX);
            let stage = self.stage;
            effects.push(Effect::Journal(Entry::Reminded { stage, people }));
        }
    }

    fn remind(
        &mut self,
        id: &PersonId,
        stage: &Stage,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let number = self.stage;
        self.refresh_contacts(id, plan);
        let Some(participant) = self.participants.get_mut(id) else {
            return;
        };
        participant.asked_at = Some(now);
        participant.resent += 1;
        let drafts = participant.draft(Purpose::Remind, Some(stage), number);
        effects.push(Effect::Participant(id.clone()));
        effects.extend(drafts.into_iter().map(Effect::Notify));
    }

    /// Those called who have not answered and whose answer is still wanted.
    fn still_asked(&self) -> impl Iterator<Item = &Participant> {
        self.participants.values().filter(|participant| {
            participant.is_called()
                && participant.standing() == Standing::Silent
                && (self.ask == Ask::Everyone
                    || participant.targets.is_empty()
                    || participant
                        .targets
                        .iter()
                        .any(|index| !self.targets[*index].met))
        })
    }

    fn next_reminder(&self) -> Option<Timestamp> {
        let stage = self.stage_now()?;
        stage.resend?;
        self.still_asked()
            .filter_map(|participant| reminder(stage, participant))
            .min()
    }
}

/// When a person is asked again within a stage.
fn reminder(stage: &Stage, participant: &Participant) -> Option<Timestamp> {
    let resend = stage.resend?;
    let asked = participant.asked_at?;
    (participant.resent < resend.times).then(|| after(asked, resend.every))
}

/// A time after another; the end of time where it would be later still.
fn after(at: Timestamp, wait: std::time::Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| at.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}
