//! Who is called, and in whose place.
//!
//! Owns who comes next: the candidates of a stage, those in place of whoever dropped
//! out, and the call itself. It must not decide when: [`super::advance`] does.
//! Invariants: each is called once; nobody is called anew for a need that is met.

use jiff::Timestamp;

use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::{self, Plan};
use super::super::procedure::{Stage, StageCall};
use super::super::rule::CallMode;
use super::{CallOut, Effect, Part, Participant, Standing, State, Target};

impl CallOut {
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
                while let Some(mut next) = self.next_candidates(index, all) {
                    self.first_of_crowd(index, &mut next, plan);
                    called += self.call_each(next, plan, now, effects).len();
                    if self.has_left(index) {
                        break;
                    }
                }
            }
        }
        // Invariant: a met need brings nobody new, whoever names them.
        let besides = match self.is_met() {
            true => Vec::new(),
            false => plan::people(&stage.also, &plan.roster),
        };
        called += self.call_each(besides, plan, now, effects).len();
        called += self.settle_crowd(plan, now, effects);
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
        for index in out.targets.clone().iter().copied() {
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
        let known = self.participants.get_index_of(id);
        let called = known.and_then(|place| self.participants.get_index(place));
        if called.is_some_and(|(_, known)| known.is_called()) {
            return false;
        }
        let person = plan.roster.people.get(id);
        self.let_back(id);
        let targets = self.targets_of(id);
        let number = self.stage;
        // Why by hand: thousands are called at once, and a copy for each is dear, as is
        // each look for them.
        let index = (number as usize).checked_sub(1);
        let stage = index.and_then(|index| self.procedure.stages.get(index));
        let place = known.unwrap_or_else(|| {
            let new = match person {
                Some(person) => Participant::new(person, &plan.roster, Part::Called),
                None => Participant::gone(id, plan.language),
            };
            self.participants.insert_full(id.clone(), new).0
        });
        let participant = &mut self.participants[place];
        if known.is_some() {
            participant.ask_by(person.map_or(&[], |person| &person.contacts));
        }
        participant.asked_at = Some(now);
        // Why: what was only a receipt for a notice is no answer to the call.
        participant.forget_answer();
        let drafts = participant.draft(Purpose::Call, stage, number);
        let unreachable = drafts.is_empty();
        let wants = self.course.answers;
        participant.count_in(targets, (number, now), &mut self.targets, wants);
        effects.push(Effect::Participant(id.clone()));
        effects.extend(drafts.into_iter().map(Effect::Notify));
        if unreachable {
            effects.push(Effect::Journal(Entry::Unreachable { person: id.clone() }));
        }
        true
    }
}
