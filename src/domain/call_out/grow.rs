//! Later reports of what runs already: it grows, or has an aftershock.
//!
//! Owns who is added and who is told; [`super::growth`] lets one wait, and
//! [`super::correct`] takes it back. Invariants: growing calls only people who
//! were not called; what a person said stands until a person says otherwise.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexSet;
use jiff::Timestamp;

use super::super::event::Event;
use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::Plan;
use super::super::procedure::{Procedure, Stage};
use super::super::rule::{Ask, Confirm, Decision, Rule};
use super::super::text::Text;
use super::course::{Correction, Terms};
use super::hold::waits_for;
use super::open::{Opening, placed, targets, titled};
use super::refusal::Refusal;
use super::{CallOut, Effect, Part, Standing, State, Target};

impl CallOut {
    /// Whether a later report that is no weaker says anything that is not
    /// known: it leads into another rule, or names more.
    pub fn is_news(&self, report: &Event, rule: &Rule) -> bool {
        let same = |stands: &Event| stands.united(report).says_the_same(stands);
        if let Some(growth) = &self.course.growth {
            // Why: what is known is no growth, and takes nothing from the one that waits.
            if self.rule == rule.id && same(&self.event) {
                return false;
            }
            let waits = waits_for(rule.confirm, report) != Confirm::None;
            return !waits || growth.rule != rule.id || !same(&growth.event);
        }
        // Why: what waits for a person's word need not, once a machine says so.
        let frees = self.state == State::Held
            && self.waits_for() != Confirm::None
            && waits_for(rule.confirm, report) == Confirm::None;
        frees || self.rule != rule.id || self.course.correction.is_some() || !same(&self.event)
    }

    /// Takes over a later report that is no weaker: adds its targets and
    /// stages, calls whom they add, and tells those already in it once. Where
    /// its rule waits for a word, the growth waits, and nothing else does. One
    /// that says nothing new does nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal::Over`] when it is over already.
    pub fn grow(&mut self, opening: Opening<'_>, now: Timestamp) -> Result<Vec<Effect>, Refusal> {
        if !self.state.is_live() {
            return Err(Refusal::Over(self.state));
        }
        let mut effects = Vec::new();
        if !self.is_news(opening.event, opening.rule) {
            return Ok(effects);
        }
        let weaker = self.event.kind.compare(&opening.event.kind) == Some(Ordering::Less);
        let correction = self.stop_correction(opening.event, &mut effects);
        let correction = correction.filter(|_| weaker && self.rule != opening.rule.id);
        if self.growth_waits(&opening) {
            self.hold_growth(&opening, now, &mut effects);
        } else {
            // Why: what is told anew needs no word to go on.
            self.lift_pause(opening.plan, now, &mut effects);
            self.outgrow(opening.event);
            self.grow_now(opening, now, &mut effects);
            effects.extend(self.review_growth(opening.plan, now));
            // Why: more than what it was to be corrected to, and less than what
            // everybody was called for: it is corrected to this one.
            if let Some(correction) = correction {
                let correction = Correction {
                    event: Some(Arc::clone(opening.event)),
                    rule: Some(opening.rule.id.clone()),
                    ..correction
                };
                self.let_correction_wait(correction, opening.plan, &mut effects);
            }
        }
        Ok(effects)
    }

    /// Grows at once.
    pub(super) fn grow_now(
        &mut self,
        opening: Opening<'_>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let plan = opening.plan;
        let played = self.as_played(&opening);
        let opening = match &played {
            Some((rule, procedure)) => Opening {
                rule,
                procedure,
                ..opening
            },
            None => opening,
        };
        let at = effects.len();
        let before: Vec<PersonId> = self.participants.keys().cloned().collect();
        let called: HashSet<PersonId> = self.called();
        let same_rule = self.rule == opening.rule.id;
        let sizes: Vec<(usize, u32)> = self.targets.iter().map(Target::size).collect();
        let added = self.widen(&opening);
        effects.push(Effect::Frozen);
        self.adopt(&opening, now, effects);
        effects.push(Effect::Journal(Entry::Grown {
            kind: self.event.kind.clone(),
            headline: opening.event.headline.clone(),
            rule: self.rule.clone(),
            targets: added,
            by: self.event.entered_by.clone(),
        }));
        self.reindex(effects);
        self.note_met(now, effects);
        // Why: its stages have begun, and call nobody more by themselves.
        let missing = same_rule && self.stage > 0 && self.calls_more_than(&sizes);
        if missing {
            self.splice_now(opening.procedure, now, effects);
        }
        self.go_on((same_rule, missing), plan, now, effects);
        if matches!(self.state, State::Open | State::Exhausted) && !self.is_undecided() {
            self.ask_rules_help(plan, now, effects);
        }
        if self.state != State::Held {
            self.inform_others(&before, plan, effects);
        }
        let asked: HashSet<PersonId> = asked_by(&effects[at..]).collect();
        let newly = |id: &PersonId| {
            let newly_called = self.participants[id].is_called() && !called.contains(id);
            asked.contains(id) || newly_called
        };
        // Why: whoever was let go has read that they need not come.
        let apart = |id: &PersonId| {
            let known = &self.participants[id];
            known.is_vendor() || known.is_let_go()
        };
        let told = before.into_iter().filter(|id| !newly(id) && !apart(id));
        let told: Vec<PersonId> = told.collect();
        if self.state != State::Held {
            self.tell_called((&told, Purpose::Grown), plan, now, effects);
        }
        self.run_on(plan, now, effects);
    }

    /// The rule and the procedure of a later report as a drill plays them, where it
    /// is one.
    pub(super) fn as_played(&self, opening: &Opening<'_>) -> Option<(Rule, Procedure)> {
        let drill = self.event.drill_id();
        let drill = drill.and_then(|id| opening.plan.drills.get(id))?;
        Some(drill.plays(opening.rule, opening.procedure))
    }

    /// What growing makes of where it stood: by the same rule or another, and whether
    /// anybody is missing by the same.
    fn go_on(
        &mut self,
        (same_rule, missing): (bool, bool),
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match self.state {
            // Why: what is held waits as its rule says, from when it is known.
            State::Held if same_rule && self.waits_for() != Confirm::None => {
                self.tell(&plan.approvers(), Purpose::Held, plan, effects);
            }
            State::Held => {
                if !self.hold(plan, now, effects) {
                    self.begin(plan, now, effects);
                }
            }
            // Why: a further report leaves the line its time, and whoever has
            // answered their answer. What a person left to the section may be
            // another matter by now; what the rule leaves there is not.
            State::AwaitingDecision if same_rule => {}
            State::InSection if same_rule && self.is_first_in_section() => {}
            State::InSection if same_rule => self.ask_anew(plan, now, effects),
            State::AwaitingDecision | State::InSection => self.begin(plan, now, effects),
            State::Exhausted if self.is_undecided() => self.begin(plan, now, effects),
            State::Open | State::Exhausted => {
                // Why: where it adds nobody it is as far as it was.
                if self.state == State::Exhausted && !self.is_met() && (missing || !same_rule) {
                    self.state = State::Open;
                }
                self.run_on(plan, now, effects);
            }
            State::StoodDown | State::Cancelled | State::Closed => {}
        }
    }

    /// Whether its rule leaves it to the section before anybody is asked.
    fn is_first_in_section(&self) -> bool {
        let rule = self.terms.decision.as_ref();
        rule.is_some_and(|rule| rule.first == Some(Decision::HandleInSection))
    }

    /// Who was called.
    pub(super) fn called(&self) -> HashSet<PersonId> {
        let called = self.participants.values().filter(|p| p.is_called());
        called.map(|p| p.person.clone()).collect()
    }

    /// Adds what the rule calls beyond what there is; the names of the new.
    pub(super) fn widen(&mut self, opening: &Opening<'_>) -> Vec<Text> {
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
    pub(super) fn adopt(
        &mut self,
        opening: &Opening<'_>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Opening {
            event,
            rule,
            procedure,
            plan,
        } = opening;
        if self.rule != rule.id {
            self.splice_now(procedure, now, effects);
        }
        let event = Arc::new(self.event.united(event));
        self.event = Arc::clone(&event);
        if let Some(person) = event.kind.ordered_by() {
            self.course.know(person, &plan.roster);
        }
        self.course.know_systems(&event.kind, &plan.roster);
        self.rule = rule.id.clone();
        self.title = titled(&event, rule);
        self.source = rule.source.clone();
        self.edition = plan.edition.clone();
        self.place = placed(&event, rule);
        self.instruction = rule.instruction.clone();
        self.detail = rule.detail;
        if rule.ask == Ask::Everyone {
            self.ask = Ask::Everyone;
        }
        self.inform = rule.inform.clone();
        self.terms = Terms::of(rule);
    }

    /// Whether a target that grew beyond its size would call anybody now.
    fn calls_more_than(&self, sizes: &[(usize, u32)]) -> bool {
        let targets = self.targets.iter().enumerate();
        let mut grown = targets.filter(|(index, target)| sizes.get(*index) != Some(&target.size()));
        grown.any(|(index, _)| self.next_candidates(index, false).is_some())
    }

    fn splice_now(&mut self, procedure: &Procedure, now: Timestamp, effects: &mut Vec<Effect>) {
        self.splice(procedure);
        self.stage_at = now;
        self.give_time(effects);
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
    pub(super) fn reindex(&mut self, effects: &mut Vec<Effect>) {
        self.index = None;
        let index = super::tally::index(&self.targets);
        for participant in self.participants.values_mut() {
            let targets = match participant.part {
                Part::Called => index.get(&participant.person).cloned().unwrap_or_default(),
                Part::Informed | Part::Asked | Part::Vendor => Arc::default(),
            };
            if participant.targets != targets {
                participant.targets = targets;
                effects.push(Effect::Participant(participant.person.clone()));
            }
        }
        self.count_tallies();
    }

    /// Who was called, in the order in which they were brought in.
    pub(super) fn called_in_order(&self) -> Vec<PersonId> {
        let called = self.participants.values().filter(|p| p.is_called());
        called.map(|p| p.person.clone()).collect()
    }

    /// Gathers elsewhere from now on, on a person's word; whether that is news.
    pub(super) fn gather_at(&mut self, place: &str) -> bool {
        let said = Text::new(place, place);
        let news = self.place != said;
        self.place = said;
        self.event = Arc::new(Event {
            place: Some(place.to_owned()),
            ..(*self.event).clone()
        });
        news
    }

    /// Takes note of an earthquake that is an aftershock and not stronger:
    /// nobody is called, administrators are told.
    ///
    /// # Errors
    ///
    /// [`Refusal::Over`] when it is over already.
    pub fn aftershock(
        &mut self,
        event: &Arc<Event>,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if !self.state.is_live() {
            return Err(Refusal::Over(self.state));
        }
        self.course.aftershocks += 1;
        self.course.aftershock = Some(event.kind.clone());
        self.course.note_shock(event);
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
        if let Some(place) = &event.place
            && self.gather_at(place)
        {
            effects.push(Effect::Frozen);
            let called: Vec<PersonId> = self.called_in_order();
            self.tell_called((&called, Purpose::Grown), plan, now, &mut effects);
            effects.extend(self.review_growth(plan, now));
        }
        self.run_on(plan, now, &mut effects);
        Ok(effects)
    }
}

impl Target {
    /// How many can fill it, and how many must.
    fn size(&self) -> (usize, u32) {
        (self.candidates.len(), self.need)
    }

    /// Takes in what another telling of the same target wants.
    fn widen(&mut self, other: Self) {
        let ((first, others), (other_first, other_others)) = (self.by_rank(), other.by_rank());
        // Why: whom either telling requires is required, ahead of who stands in.
        let mut candidates: IndexSet<PersonId> = first.iter().chain(other_first).cloned().collect();
        let ranked = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
        candidates.extend(others.iter().chain(other_others).cloned());
        self.first = ranked;
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

/// Who is asked for a decision by some effects.
fn asked_by(effects: &[Effect]) -> impl Iterator<Item = PersonId> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Notify(draft) if draft.purpose == Purpose::Decide => Some(draft.person.clone()),
        _ => None,
    })
}
