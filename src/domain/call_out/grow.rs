//! Later reports of what runs already: it grows, it is corrected downward, it
//! has an aftershock.
//!
//! Owns who is added, who is released and who is told. Invariants: growing
//! calls only people who were not called; nobody is released without words.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexSet;
use jiff::Timestamp;

use super::super::event::Event;
use super::super::id::{PersonId, Principal};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::{self, Plan, Prepared};
use super::super::procedure::{Procedure, Stage, StageCall};
use super::super::rule::{Ask, CallMode, Confirm, Decision, DecisionRule};
use super::super::text::Text;
use super::advance::after;
use super::course::{Correction, Decided, Terms};
use super::open::{Opening, placed, targets};
use super::refusal::Refusal;
use super::speak::End;
use super::{CallOut, Effect, Part, Standing, State, Target};

impl CallOut {
    /// Takes over a later report that is no weaker: adds its targets and
    /// stages, calls whom they add, and tells those already in it once.
    ///
    /// # Errors
    ///
    /// [`Refusal::Over`] when it is over already.
    pub fn grow(&mut self, opening: Opening<'_>, now: Timestamp) -> Result<Vec<Effect>, Refusal> {
        if !self.state.is_live() {
            return Err(Refusal::Over(self.state));
        }
        let plan = opening.plan;
        let before: Vec<PersonId> = self.participants.keys().cloned().collect();
        let called: HashSet<PersonId> = self.called();
        self.course.correction = None;
        let added = self.widen(&opening);
        let mut effects = vec![Effect::Frozen];
        self.adopt(&opening, now, &mut effects);
        effects.push(Effect::Journal(Entry::Grown {
            kind: self.event.kind.clone(),
            headline: self.event.headline.clone(),
            rule: self.rule.clone(),
            targets: added,
            by: self.event.entered_by.clone(),
        }));
        self.reindex(&mut effects);
        self.note_met(now, &mut effects);
        self.go_on(plan, now, &mut effects);
        if matches!(self.state, State::Open | State::Exhausted) && !self.is_undecided() {
            self.ask_rules_help(plan, now, &mut effects);
        }
        if self.state != State::Held {
            self.inform_others(&before, plan, &mut effects);
        }
        let newly = |id: &PersonId| {
            let participant = &self.participants[id];
            participant.part == Part::Asked || (participant.is_called() && !called.contains(id))
        };
        let vendor = |id: &PersonId| self.participants[id].is_vendor();
        let told = before.into_iter().filter(|id| !newly(id) && !vendor(id));
        let told: Vec<PersonId> = told.collect();
        if self.state != State::Held {
            self.tell(&told, Purpose::Grown, plan, &mut effects);
        }
        self.run_on(plan, now, &mut effects);
        Ok(effects)
    }

    /// What growing makes of where it stood.
    fn go_on(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        match self.state {
            State::Held => match self.terms.confirm {
                Confirm::None => self.begin(plan, now, effects),
                _ => self.tell(&plan.approvers(), Purpose::Held, plan, effects),
            },
            State::AwaitingDecision | State::InSection => self.begin(plan, now, effects),
            State::Exhausted if self.is_undecided() => self.begin(plan, now, effects),
            State::Open | State::Exhausted => {
                if self.state == State::Exhausted && !self.is_met() {
                    self.state = State::Open;
                }
                self.run_on(plan, now, effects);
            }
            State::StoodDown | State::Cancelled | State::Closed => {}
        }
    }

    /// Who was called.
    fn called(&self) -> HashSet<PersonId> {
        let called = self.participants.values().filter(|p| p.is_called());
        called.map(|p| p.person.clone()).collect()
    }

    /// Adds what the rule calls beyond what there is; the names of the new.
    fn widen(&mut self, opening: &Opening<'_>) -> Vec<Text> {
        let mut added = Vec::new();
        let wanted = opening.rule.targets.iter();
        for target in wanted.flat_map(|target| targets(target, &opening.plan.roster)) {
            match self
                .targets
                .iter_mut()
                .find(|known| known.who == target.who)
            {
                Some(known) => known.widen(target),
                None => {
                    added.push(target.name.clone());
                    self.targets.push(target);
                }
            }
        }
        added
    }

    /// Takes over what the report and its rule say.
    fn adopt(&mut self, opening: &Opening<'_>, now: Timestamp, effects: &mut Vec<Effect>) {
        let Opening {
            event,
            rule,
            procedure,
            plan,
        } = opening;
        if self.rule != rule.id {
            self.splice(procedure);
            self.stage_at = now;
            self.give_time(effects);
        }
        self.event = Arc::clone(event);
        if let Some(person) = event.kind.ordered_by() {
            self.course.know(person, &plan.roster);
        }
        self.course.know_systems(&event.kind, &plan.roster);
        self.rule = rule.id.clone();
        self.title = rule.title.clone();
        self.source = rule.source.clone();
        self.edition = plan.edition.clone();
        self.place = placed(event, rule);
        self.instruction = rule.instruction.clone();
        self.detail = rule.detail;
        if rule.ask == Ask::Everyone {
            self.ask = Ask::Everyone;
        }
        self.inform = rule.inform.clone();
        self.terms = Terms::of(rule);
    }

    /// Puts a procedure's stages behind those that have begun, its times
    /// counted from now.
    ///
    /// Invariant: a stage that has begun keeps its number, so that each fires
    /// once.
    fn splice(&mut self, procedure: &Procedure) {
        let base = self
            .stage_now()
            .map(|stage| stage.after)
            .unwrap_or_default();
        let mut stages = std::mem::take(&mut self.procedure.stages);
        stages.truncate(self.stage as usize);
        stages.extend(procedure.stages.iter().map(|stage| Stage {
            after: base + stage.after,
            ..stage.clone()
        }));
        self.procedure = Procedure {
            stages,
            exhausted_after: base + procedure.exhausted_after,
            ..procedure.clone()
        };
    }

    /// Whoever was asked and is silent counts as asked in the stage that
    /// begins, so that it calls nobody in their place.
    fn give_time(&mut self, effects: &mut Vec<Effect>) {
        let next = self.stage + 1;
        for participant in self.participants.values_mut() {
            if participant.is_called() && participant.standing() == Standing::Silent {
                participant.called_stage = next;
                effects.push(Effect::Participant(participant.person.clone()));
            }
        }
    }

    /// Finds anew in which targets everybody called stands, and counts.
    fn reindex(&mut self, effects: &mut Vec<Effect>) {
        self.index = None;
        let index = super::tally::index(&self.targets);
        for participant in self.participants.values_mut() {
            let targets = match participant.part {
                Part::Called => index.get(&participant.person).cloned().unwrap_or_default(),
                Part::Informed | Part::Asked | Part::Vendor => Vec::new(),
            };
            if participant.targets != targets {
                participant.targets = targets;
                effects.push(Effect::Participant(participant.person.clone()));
            }
        }
        self.count_tallies();
    }

    /// Takes note of an earthquake that is an aftershock and not stronger:
    /// nobody is called, administrators are told.
    pub fn aftershock(&mut self, event: &Event, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        self.course.aftershocks += 1;
        self.course.aftershock = Some(event.kind.clone());
        let mut effects = vec![Effect::Journal(Entry::Aftershock {
            kind: event.kind.clone(),
            headline: event.headline.clone(),
            by: event.entered_by.clone(),
        })];
        self.tell(
            &plan.administrators(),
            Purpose::Aftershock,
            plan,
            &mut effects,
        );
        self.run_on(plan, now, &mut effects);
        effects
    }

    /// Takes note that the event is weaker than told, or was withdrawn. People
    /// are released only after a wait in which anybody with the scope can
    /// stop it, and in words. A correction that waits already is replaced.
    ///
    /// # Errors
    ///
    /// [`Refusal::Over`] when it is over already.
    pub fn correct(
        &mut self,
        event: Option<&Arc<Event>>,
        opening: Option<&Opening<'_>>,
        (plan, by): (&Plan, Principal),
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if !self.state.is_live() {
            return Err(Refusal::Over(self.state));
        }
        let due = after(now, plan.reports.correct_after);
        let rule = opening.map(|opening| opening.rule.id.clone());
        if let Some(event) = event {
            self.course.know_systems(&event.kind, &plan.roster);
        }
        let mut effects = vec![Effect::Journal(Entry::CorrectionPending {
            kind: event.map(|event| event.kind.clone()),
            rule: rule.clone(),
            until: due,
            by: by.clone(),
        })];
        self.course.correction = Some(Correction {
            event: event.cloned(),
            rule,
            due,
            by,
        });
        self.tell(&plan.approvers(), Purpose::Corrected, plan, &mut effects);
        self.run_on(plan, now, &mut effects);
        Ok(effects)
    }

    /// When a correction takes effect.
    pub(super) fn correction_due(&self) -> Option<Timestamp> {
        self.course
            .correction
            .as_ref()
            .filter(|_| self.state.is_live())
            .map(|correction| correction.due)
    }

    /// Lets the correction that waits take effect.
    pub(super) fn apply_correction(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(correction) = self.course.correction.take() else {
            return;
        };
        let (Some(event), Some(rule)) = (&correction.event, &correction.rule) else {
            let reason = match &correction.event {
                None => plan.prepared.withdrawn(),
                Some(_) => Prepared::below_every_rule(),
            };
            let end = End {
                reason,
                by: correction.by,
                false_alarm: false,
            };
            self.end_for(end, plan, now, effects);
            return;
        };
        let rule = plan.rules.get(rule);
        let found = rule.and_then(|rule| Some((rule, plan.procedures.get(&rule.procedure)?)));
        let Some((rule, procedure)) = found else {
            // Why: a rule that a reload took away must not send anybody home.
            effects.push(Effect::Journal(Entry::CorrectionStopped {
                by: correction.by,
                on_word_of: None,
            }));
            return;
        };
        let opening = Opening {
            event,
            rule,
            procedure,
            plan,
        };
        self.narrow(&opening, correction.by.clone(), now, effects);
    }

    /// Takes over a weaker report: its targets alone, and releases whoever
    /// none of them needs.
    fn narrow(
        &mut self,
        opening: &Opening<'_>,
        by: Principal,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let plan = opening.plan;
        let before = self.called();
        let wanted = opening.rule.targets.iter();
        self.targets = wanted
            .flat_map(|target| targets(target, &plan.roster))
            .collect();
        self.ask = opening.rule.ask;
        self.adopt(opening, now, effects);
        let section = self.terms.decision.as_ref();
        let section = section.filter(|rule| rule.first == Some(Decision::HandleInSection));
        let section = section.cloned();
        effects.push(Effect::Frozen);
        let entry = effects.len();
        self.reindex(effects);
        self.note_met(now, effects);
        let in_section = section.is_some();
        self.go_on_narrowed(section, by, (plan, now), effects);
        // Why: what the weaker rule calls first is done before anybody is let
        // go, so that nobody is let go and called again at once.
        self.run_on(plan, now, effects);
        let needed = if in_section {
            HashSet::new()
        } else {
            self.needed(now, plan)
        };
        let released = self.release(&needed, effects);
        let corrected = Entry::Corrected {
            rule: self.rule.clone(),
            released: u32::try_from(released.len()).unwrap_or(u32::MAX),
        };
        effects.insert(entry, Effect::Journal(corrected));
        self.reindex(effects);
        self.note_met(now, effects);
        self.tell(&released, Purpose::Released, plan, effects);
        let kept = self.called_of(&needed);
        let kept: Vec<PersonId> = kept.into_iter().filter(|id| before.contains(id)).collect();
        self.tell(&kept, Purpose::Grown, plan, effects);
        self.run_on(plan, now, effects);
    }

    /// Lets go whoever is called and not needed; who that is.
    fn release(&mut self, needed: &HashSet<PersonId>, effects: &mut Vec<Effect>) -> Vec<PersonId> {
        let mut released = Vec::new();
        for participant in self.participants.values_mut() {
            if participant.is_called() && !needed.contains(&participant.person) {
                participant.part = Part::Informed;
                released.push(participant.person.clone());
            }
        }
        for person in &released {
            effects.push(Effect::Withdraw(person.clone()));
            effects.push(Effect::Participant(person.clone()));
        }
        released
    }

    /// What a correction makes of where it stood.
    fn go_on_narrowed(
        &mut self,
        section: Option<DecisionRule>,
        by: Principal,
        (plan, now): (&Plan, Timestamp),
        effects: &mut Vec<Effect>,
    ) {
        let waits = matches!(self.state, State::AwaitingDecision | State::InSection);
        match section {
            _ if self.state == State::Held && self.terms.confirm == Confirm::None => {
                self.begin(plan, now, effects);
            }
            _ if self.state == State::Held => {}
            Some(rule) => {
                let decided = Decided {
                    decision: Decision::HandleInSection,
                    by,
                    person: None,
                    at: now,
                };
                self.leave_to_section(decided, &rule, effects);
            }
            None if waits || self.is_undecided() => self.begin(plan, now, effects),
            None if self.state == State::Exhausted && !self.is_met() => self.state = State::Open,
            None => {}
        }
    }

    /// Those of some people who are called, in their order.
    fn called_of(&self, people: &HashSet<PersonId>) -> Vec<PersonId> {
        let called = self.participants.values().filter(|p| p.is_called());
        let ids = called.map(|participant| &participant.person);
        ids.filter(|id| people.contains(*id)).cloned().collect()
    }

    /// Those called whom the targets still need: everyone of a target that
    /// wants all or calls them together, else the required ones and the first in
    /// rank who may come, as many as it needs.
    fn needed(&self, now: Timestamp, plan: &Plan) -> HashSet<PersonId> {
        let stage = self.stage_now();
        let begun = (self.stage as usize).saturating_sub(1);
        let to_come = self.procedure.stages.iter().skip(begun);
        let besides = to_come.flat_map(|stage| plan::people(&stage.also, &plan.roster));
        let mut needed: HashSet<PersonId> = besides.collect();
        let just_called = self
            .participants
            .values()
            .filter(|participant| participant.is_called() && participant.called_at == Some(now));
        needed.extend(just_called.map(|participant| participant.person.clone()));
        let calls_all = stage.is_some_and(|stage| stage.call == StageCall::All);
        for target in &self.targets {
            let together = target.everyone || calls_all || target.mode == CallMode::AtOnce;
            let mut places = target.need;
            let required = target.ranks().0.len();
            for (rank, id) in target.candidates.iter().enumerate() {
                let Some(participant) = self.participants.get(id) else {
                    continue;
                };
                if !participant.is_called() {
                    continue;
                }
                // Why: "received" fills no place, and is no reason to be let go.
                let fills = matches!(
                    participant.standing(),
                    Standing::Silent | Standing::Coming | Standing::Arrived
                );
                let received = participant.standing() == Standing::Received;
                if together || received || (fills && (rank < required || places > 0)) {
                    needed.insert(id.clone());
                    places = places.saturating_sub(u32::from(fills));
                }
            }
        }
        needed
    }
}

impl Target {
    /// Takes in what another telling of the same target wants.
    fn widen(&mut self, other: Self) {
        let split = |target: &Self| {
            let first = (target.first as usize).min(target.candidates.len());
            let (first, others) = target.candidates.split_at(first);
            (first.to_vec(), others.to_vec())
        };
        let (first, others) = split(self);
        let (other_first, other_others) = split(&other);
        // Why: whom either telling requires is required, ahead of who stands in.
        let mut candidates: IndexSet<PersonId> = first.into_iter().chain(other_first).collect();
        self.first = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
        candidates.extend(others.into_iter().chain(other_others));
        self.candidates = candidates.into_iter().collect();
        self.need = self.need.max(other.need);
        self.everyone |= other.everyone;
        self.mode = other.mode;
        if self.everyone {
            self.need = u32::try_from(self.candidates.len()).unwrap_or(u32::MAX);
        }
        self.unfillable = false;
    }
}
