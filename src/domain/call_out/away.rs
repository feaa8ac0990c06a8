//! People who are away: passed over in words, called when they are back.
//!
//! Owns who is passed over in this call-out. Invariants: nobody is called
//! while they are away, and nobody is passed over without words. Telling
//! somebody something costs nothing: it is not for this file to hold back.

use jiff::Timestamp;

use super::super::acknowledgement::{Answer, Reply, Via};
use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::plan::{self, Plan};
use super::super::procedure::StageCall;
use super::super::rule::Ask;
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
            for index in self.targets_of(id) {
                self.targets[index].tally.excused += 1;
            }
        }
        true
    }

    /// Somebody is not passed over any more.
    pub(super) fn let_back(&mut self, id: &PersonId) {
        if self.course.away.shift_remove(id).is_some() && !self.has_called(id) {
            for index in self.targets_of(id) {
                let excused = &mut self.targets[index].tally.excused;
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
        for index in 0..self.targets.len() {
            if self.targets[index].met {
                continue;
            }
            let candidates = self.targets[index].candidates.iter();
            let away =
                candidates.filter(|id| !self.has_called(id) && plan.absent(id, now).is_some());
            let away: Vec<PersonId> = away.cloned().collect();
            for id in &away {
                self.pass_over(id, plan, now, effects);
            }
        }
        let back = back.iter();
        back.filter(|id| self.is_turn(id, plan) && self.call(id, plan, now, effects))
            .count()
    }

    /// Whether somebody would have been called by now.
    fn is_turn(&mut self, id: &PersonId, plan: &Plan) -> bool {
        let all = self
            .stage_now()
            .is_some_and(|stage| stage.call == StageCall::All);
        if let Some(walk) = &self.course.walk {
            return walk.is_turn(id);
        }
        let targets = self.targets_of(id);
        let turn = |index: usize| {
            let next = self.next_candidates(index, all);
            next.is_some_and(|next| next.contains(id))
        };
        let begun = self.procedure.stages.iter().take(self.stage as usize);
        let mut besides = begun.flat_map(|stage| plan::people(&stage.also, &plan.roster));
        targets.into_iter().any(turn) || (!self.is_met() && besides.any(|other| other == *id))
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
            return self.acknowledge(answer, plan, now);
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
    /// by the word that lets a stopped call-out go on.
    pub fn back(&mut self, id: &PersonId, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let away = self.course.away.contains_key(id) && plan.absent(id, now).is_none();
        if !self.state.is_live() || self.is_paused() || !away {
            return effects;
        }
        self.come_back(id, plan, now, &mut effects);
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
        for id in &back {
            self.come_back(id, plan, now, effects);
        }
    }

    fn come_back(&mut self, id: &PersonId, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        self.let_back(id);
        for target in 0..self.targets.len() {
            if self.shortfall(target).is_none() {
                self.targets[target].unfillable = false;
            }
        }
        let at = effects.len();
        let called = if self.is_undecided() {
            self.decide_back(id, plan, now, effects)
        } else if self.has_begun() {
            self.note_met(now, effects);
            self.call_back(id, plan, now, effects)
        } else {
            false
        };
        let person = id.clone();
        effects.insert(at, Effect::Journal(Entry::Back { person, called }));
    }

    /// Whether anybody was called by now, or would have been.
    fn has_begun(&self) -> bool {
        matches!(self.state, State::Open | State::Exhausted) && self.stage > 0
    }

    /// Asks for the decision whoever's turn in line has been.
    fn decide_back(
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

    /// Calls whoever would have been called by now, or asks again whoever was
    /// called before they were away.
    fn call_back(
        &mut self,
        id: &PersonId,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        if self.has_called(id) {
            return self.ask_back(id, plan, now, effects);
        }
        if !self.is_turn(id, plan) {
            return false;
        }
        self.give_time_again(now);
        self.call(id, plan, now, effects)
    }

    /// Takes back the answer that was given on somebody's behalf as they left.
    fn ask_back(
        &mut self,
        id: &PersonId,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(participant) = self.participants.get_mut(id) else {
            return false;
        };
        let before = participant.standing();
        let kept = participant.answer.as_ref().map(|kept| &kept.answer);
        let theirs =
            kept.is_none_or(|kept| kept.reply != Reply::Cannot || kept.via != Via::OnBehalf);
        let target = |index: &usize| &self.targets[*index];
        let mut targets = participant.targets.iter().map(target);
        let wanted =
            self.ask == Ask::Everyone || targets.any(|target| target.everyone || !target.met);
        if theirs || !wanted {
            return false;
        }
        participant.answer = None;
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
