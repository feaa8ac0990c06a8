//! People who are away: passed over in words, called when they are back.
//!
//! Owns who is passed over in this call-out. Invariants: nobody is called
//! while they are away, and nobody is passed over without words. Telling
//! somebody something costs nothing: it is not for this file to hold back.

use std::collections::HashSet;

use jiff::Timestamp;

use super::super::acknowledgement::{Answer, Reply, Via};
use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::plan::{self, Plan};
use super::super::procedure::StageCall;
use super::advance::after;
use super::refusal::Refusal;
use super::{CallOut, Effect, Part, Participant, State};

impl CallOut {
    /// How many are excused now: away, and not called.
    pub fn excused(&self) -> u32 {
        u32::try_from(self.passed_over().count()).unwrap_or(u32::MAX)
    }

    /// Who is passed over: away, and not called; with until when.
    pub fn passed_over(&self) -> impl Iterator<Item = (&PersonId, Timestamp)> {
        let away = self.course.away.iter();
        let away = away.filter(|(id, _)| !self.has_called(id));
        away.map(|(id, until)| (id, *until))
    }

    pub(super) fn has_called(&self, id: &PersonId) -> bool {
        let known = self.participants.get(id);
        known.is_some_and(Participant::is_called)
    }

    /// Passes over somebody whose turn it would be and who is away, in words
    /// once while it lasts; whether they are.
    pub(super) fn pass_over(
        &mut self,
        id: &PersonId,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(until) = plan.absent(id, now) else {
            self.let_back(id);
            return false;
        };
        if self.note_away(id, until) {
            self.course.know(id, &plan.roster);
            let target = self.targets_of(id).first().copied();
            effects.push(Effect::Journal(Entry::PassedOver {
                person: id.clone(),
                until,
                target: target.map(|index| self.targets[index].name.clone()),
            }));
        }
        true
    }

    /// Keeps that somebody is away; whether that is news.
    fn note_away(&mut self, id: &PersonId, until: Timestamp) -> bool {
        if self.course.away.insert(id.clone(), until).is_some() {
            return false;
        }
        if !self.has_called(id) {
            for index in self.targets_of(id).iter() {
                self.targets[*index].tally.excused += 1;
            }
        }
        true
    }

    /// Keeps until when somebody is away of whom that is known: their turn may
    /// come sooner or later than it was thought.
    fn note_until(&mut self, id: &PersonId, until: Timestamp) {
        if let Some(known) = self.course.away.get_mut(id) {
            *known = until;
        }
    }

    /// Somebody is not passed over any more.
    pub(super) fn let_back(&mut self, id: &PersonId) {
        if self.course.away.shift_remove(id).is_some() && !self.has_called(id) {
            for index in self.targets_of(id).iter() {
                let excused = &mut self.targets[*index].tally.excused;
                *excused = excused.saturating_sub(1);
            }
        }
    }

    /// As a stage begins: reads afresh who is away among those whom the unmet
    /// targets could still call, and calls who is back and would have been
    /// called by now; how many.
    pub(super) fn call_returned(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> usize {
        let away = self.course.away.keys();
        let back = away.filter(|id| plan.absent(id, now).is_none());
        let back: Vec<PersonId> = back.cloned().collect();
        for id in &back {
            self.let_back(id);
        }
        if !back.is_empty() {
            self.note_met(now, effects);
        }
        let perhaps = plan.perhaps_away();
        for index in 0..self.targets.len() {
            if self.targets[index].met || perhaps.is_empty() {
                continue;
            }
            let candidates = self.targets[index].candidates.iter();
            let candidates = candidates.filter(|id| perhaps.contains(*id));
            let away =
                candidates.filter(|id| !self.has_called(id) && plan.absent(id, now).is_some());
            let away: Vec<PersonId> = away.cloned().collect();
            for id in &away {
                self.pass_over(id, plan, now, effects);
            }
        }
        self.call_whose_turn_it_is(back, plan, now, effects).len()
    }

    /// Calls those of some people who would have been called by now; whom.
    fn call_whose_turn_it_is(
        &mut self,
        mut people: Vec<PersonId>,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Vec<PersonId> {
        let mut called = Vec::new();
        loop {
            let due = self.due_by_now(&people, plan);
            people.retain(|id| !due.contains(id));
            let before = called.len();
            for id in due {
                self.give_time_again(now);
                if self.call(&id, plan, now, effects) {
                    called.push(id);
                }
            }
            // Why again: one of them may be out of reach, and it is the next one's turn.
            if called.len() == before || people.is_empty() {
                return called;
            }
        }
    }

    /// Those of some people who would have been called by now.
    fn due_by_now(&self, people: &[PersonId], plan: &Plan) -> Vec<PersonId> {
        let mut due = people.to_vec();
        if let Some(walk) = &self.course.walk {
            due.retain(|id| walk.is_turn(id));
            return due;
        }
        let all = self
            .stage_now()
            .is_some_and(|stage| stage.call == StageCall::All);
        // Why once for all of them: of thousands who are back at midnight each
        // would look through everybody.
        let next = (0..self.targets.len()).filter_map(|index| self.next_candidates(index, all));
        let mut turn: HashSet<PersonId> = next.flatten().collect();
        if !self.is_met() {
            let begun = self.procedure.stages.iter().take(self.stage as usize);
            turn.extend(begun.flat_map(|stage| plan::people(&stage.also, &plan.roster)));
        }
        due.retain(|id| turn.contains(id));
        due
    }

    /// Somebody was marked absent. Of one who was asked and is silent `answer`
    /// is kept, so that the next in line is asked now; one who has answered
    /// keeps their answer. Called twice, it does nothing.
    ///
    /// # Errors
    ///
    /// As [`CallOut::acknowledge`].
    pub fn absent(
        &mut self,
        answer: Answer,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        let mut effects = Vec::new();
        let id = answer.person.clone();
        let Some(until) = plan.absent(&id, now) else {
            return Ok(effects);
        };
        self.note_until(&id, until);
        if !self.state.is_live() || self.is_notice() {
            return Ok(effects);
        }
        let known = self.participants.get(&id);
        let asked = known.is_some_and(|known| {
            known.reply().is_none()
                && match known.part {
                    Part::Called => true,
                    Part::Asked => self.is_undecided(),
                    Part::Informed | Part::Vendor => false,
                }
        });
        if asked {
            self.note_away(&id, until);
            return self.take_answer(answer, plan, now);
        }
        let waits = |target: &super::Target| !target.met && target.candidates.contains(&id);
        if self.has_begun() && !self.has_called(&id) && self.targets.iter().any(waits) {
            self.pass_over(&id, plan, now, &mut effects);
            self.note_met(now, &mut effects);
            self.run_on(plan, now, &mut effects);
        }
        Ok(effects)
    }

    /// Somebody who was passed over is back: asked now, if it is their turn; or
    /// by the word that lets a stopped call-out go on. Of one who is away for
    /// another reason still, it is kept until when.
    pub fn back(&mut self, id: &PersonId, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(until) = plan.absent(id, now) {
            self.note_until(id, until);
            return effects;
        }
        let away = self.course.away.contains_key(id);
        if !self.state.is_live() || self.is_paused() || !away {
            return effects;
        }
        self.come_back_in_words(vec![id.clone()], plan, now, &mut effects);
        if self.has_begun() {
            self.run_on(plan, now, &mut effects);
        }
        effects
    }

    /// After the word to go on: asks whoever came back while it was waited for.
    pub(super) fn ask_returned(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        let away = self.course.away.keys();
        let back = away.filter(|id| plan.absent(id, now).is_none());
        let back: Vec<PersonId> = back.cloned().collect();
        self.come_back_in_words(back, plan, now, effects);
    }

    /// When the next absence ends by itself.
    pub(super) fn return_due(&self) -> Option<Timestamp> {
        let until = self.course.away.values().copied().min();
        until.filter(|_| self.state.is_live())
    }

    /// Asks whoever's absence has ended by itself, if it is their turn; of the
    /// others nothing is said.
    pub(super) fn ask_whose_absence_ended(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let away = self.course.away.iter();
        let ended = away.filter(|(_, until)| **until <= now);
        let mut ended: Vec<PersonId> = ended.map(|(id, _)| id.clone()).collect();
        ended.retain(|id| match plan.absent(id, now) {
            // Longer than was known as they were passed over.
            Some(until) => {
                self.note_away(id, until);
                false
            }
            None => true,
        });
        let at = effects.len();
        let called = self.come_back(&ended, plan, now, effects);
        let said = called.into_iter().map(|person| Entry::Back {
            person,
            called: true,
        });
        effects.splice(at..at, said.map(Effect::Journal));
    }

    fn come_back_in_words(
        &mut self,
        people: Vec<PersonId>,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let at = effects.len();
        let called = self.come_back(&people, plan, now, effects);
        let said = people.into_iter().map(|person| Entry::Back {
            called: called.contains(&person),
            person,
        });
        effects.splice(at..at, said.map(Effect::Journal));
    }

    /// People are back; whom of them this calls or asks.
    fn come_back(
        &mut self,
        people: &[PersonId],
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Vec<PersonId> {
        for id in people {
            self.let_back(id);
        }
        for target in 0..self.targets.len() {
            if self.shortfall(target).is_none() {
                self.targets[target].unfillable = false;
            }
        }
        let mut called = people.to_vec();
        if self.is_undecided() {
            called.retain(|id| self.decide_back(id, plan, now, effects));
            return called;
        }
        if !self.has_begun() {
            return Vec::new();
        }
        self.note_met(now, effects);
        let (mut called, others): (Vec<_>, Vec<_>) =
            called.into_iter().partition(|id| self.has_called(id));
        called.retain(|id| self.ask_back(id, plan, now, effects));
        called.extend(self.call_whose_turn_it_is(others, plan, now, effects));
        called
    }

    /// Whether anybody was called by now, or would have been.
    fn has_begun(&self) -> bool {
        matches!(self.state, State::Open | State::Exhausted) && self.stage > 0
    }

    /// Asks for the decision whoever's turn in line has been.
    pub(super) fn decide_back(
        &mut self,
        id: &PersonId,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(rule) = self.terms.decision.clone() else {
            return false;
        };
        let asked = self
            .course
            .question
            .as_ref()
            .map_or(0, |q| q.asked as usize);
        let so_far = plan::people(&rule.ask[..asked.min(rule.ask.len())], &plan.roster);
        if !so_far.contains(id) || !self.ask(id, plan, now, effects) {
            return false;
        }
        // Why: where everybody was asked in vain, they are given their time.
        if self.state == State::Exhausted
            && let Some(question) = &mut self.course.question
        {
            self.state = State::AwaitingDecision;
            question.asked_at = now;
        }
        let until = self
            .question_due()
            .unwrap_or_else(|| after(now, rule.within));
        effects.push(Effect::Journal(Entry::Asked {
            people: vec![id.clone()],
            until,
        }));
        true
    }

    /// Takes back the answer that was given on somebody's behalf as they left.
    fn ask_back(
        &mut self,
        id: &PersonId,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(participant) = self.participants.get(id) else {
            return false;
        };
        // Why: of whom everybody is wanted this very answer makes the need met.
        let everyone = |index: &usize| self.targets[*index].everyone;
        let wanted =
            self.is_wanted(participant, self.is_met()) || participant.targets.iter().any(everyone);
        let Some(participant) = self.participants.get_mut(id).filter(|_| wanted) else {
            return false;
        };
        let before = participant.standing();
        let kept = participant.answer.as_ref().map(|kept| &kept.answer);
        let theirs =
            kept.is_none_or(|kept| kept.reply != Reply::Cannot || kept.via != Via::OnBehalf);
        if theirs {
            return false;
        }
        participant.forget_answer();
        participant.called_stage = self.stage;
        participant.resent = 0;
        self.moved(id, before);
        self.note_met(now, effects);
        self.give_time_again(now);
        self.remind(id, plan, now, effects);
        true
    }

    /// Out of stages, and one more is asked: they are given their time.
    pub(super) fn give_time_again(&mut self, now: Timestamp) {
        if self.state == State::Exhausted && !self.is_met() {
            self.state = State::Open;
            self.stage_at = now;
        }
    }
}
