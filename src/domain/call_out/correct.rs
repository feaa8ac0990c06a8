//! A correction downward or a withdrawal of what runs already.
//!
//! Owns the wait before it takes effect, and who is released. Invariant:
//! nobody is released without words.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::event::{Event, EventKind};
use super::super::id::{PersonId, Principal, RuleId};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::{self, Plan, Prepared};
use super::super::procedure::StageCall;
use super::super::rule::{CallMode, Decision, DecisionRule, select};
use super::advance::after;
use super::course::{Correction, Decided};
use super::open::{Opening, targets};
use super::refusal::Refusal;
use super::speak::End;
use super::{CallOut, Effect, Part, Standing, State};

impl CallOut {
    /// Takes note that the event is weaker than told, or was withdrawn. People
    /// are released only after a wait in which anybody with the scope can
    /// stop it, and in words. One that waits already is replaced by another. What
    /// is held calls nobody yet, and is the weaker one at once. A stronger
    /// aftershock stands: it is corrected to that one.
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
        let rule = opening.map(|opening| opening.rule.id.clone());
        let (event, rule) = match self.shock_beyond(event, plan) {
            Some((shock, rule)) => (Some(shock), Some(rule)),
            None => (event.cloned(), rule),
        };
        if self.is_corrected_to(event.as_ref(), rule.as_ref()) {
            return Ok(Vec::new());
        }
        // Why: nobody is called yet whom the wait could keep from being sent home.
        let held = self.state == State::Held;
        let due = if held {
            now
        } else {
            after(now, plan.reports.correct_after)
        };
        let mut effects = Vec::new();
        // Why: what was told later stands, and whoever waits for a word on what
        // was told before hears that none is wanted any more.
        if self.course.growth.is_some() {
            self.stop_growth((by.clone(), None), plan, &mut effects);
        }
        if let Some(event) = &event {
            self.course.know_systems(&event.kind, &plan.roster);
        }
        let correction = Correction {
            event,
            rule,
            due,
            by,
            renewed: false,
        };
        if held {
            // Why: what is told anew needs no word to go on.
            self.course.paused = None;
            effects.push(Effect::Journal(correction.pending()));
            self.course.correction = Some(correction);
            self.apply_correction(plan, now, &mut effects);
            return Ok(effects);
        }
        self.let_correction_wait(correction, plan, &mut effects);
        self.run_on(plan, now, &mut effects);
        Ok(effects)
    }

    /// The strongest aftershock, where it is more than what is left of the event
    /// and a rule takes it; with that rule.
    fn shock_beyond(
        &self,
        event: Option<&Arc<Event>>,
        plan: &Plan,
    ) -> Option<(Arc<Event>, RuleId)> {
        let shock = self.course.shock.as_ref()?;
        let beyond =
            event.is_none_or(|event| event.kind.compare(&shock.kind) == Some(Ordering::Greater));
        let rule = select(plan, shock).filter(|_| beyond)?.rule;
        Some((Arc::clone(shock), rule.id.clone()))
    }

    /// Whether a correction that waits says the same: told again, it does not wait
    /// anew.
    fn is_corrected_to(&self, event: Option<&Arc<Event>>, rule: Option<&RuleId>) -> bool {
        self.course.correction.as_ref().is_some_and(|waiting| {
            let same = match (&waiting.event, event) {
                (Some(known), Some(event)) => known.says_the_same(event),
                (known, event) => known.is_none() && event.is_none(),
            };
            same && waiting.rule.as_ref() == rule
        })
    }

    /// Lets a correction wait for its time; approvers are told.
    pub(super) fn let_correction_wait(
        &mut self,
        correction: Correction,
        plan: &Plan,
        effects: &mut Vec<Effect>,
    ) {
        effects.push(Effect::Journal(correction.pending()));
        self.course.correction = Some(correction);
        self.tell(&plan.approvers(), Purpose::Corrected, plan, effects);
    }

    /// How a report that came by itself compares with what it will be for: where
    /// a correction waits, with that. Of what was withdrawn nothing is left, so
    /// that whatever comes is more.
    pub fn compare(&self, later: &EventKind) -> Option<Ordering> {
        let compared = self.event.kind.compare(later)?;
        match &self.course.correction {
            None => Some(compared),
            Some(correction) => match &correction.event {
                None => Some(Ordering::Greater),
                Some(event) => event.kind.compare(later),
            },
        }
    }

    /// A later report that is more than what it is corrected to stops a correction
    /// that waits; which.
    pub(super) fn stop_correction(
        &mut self,
        report: &Event,
        effects: &mut Vec<Effect>,
    ) -> Option<Correction> {
        let correction = self.course.correction.take()?;
        effects.push(Effect::Journal(Entry::CorrectionStopped {
            by: report.entered_by.clone(),
            on_word_of: None,
        }));
        Some(correction)
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
        let played = self.as_played(&opening);
        let opening = match &played {
            Some((rule, procedure)) => Opening {
                rule,
                procedure,
                ..opening
            },
            None => opening,
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
        let known: Vec<PersonId> = self.participants.keys().cloned().collect();
        let held = self.state == State::Held;
        // Where its rule's stages begin: one under the same rule goes on in its own.
        let same_rule = self.rule == opening.rule.id;
        let first = self.stage.saturating_sub(u32::from(same_rule)) as usize;
        let wanted = opening.rule.targets.iter();
        self.targets = wanted
            .flat_map(|target| targets(target, &plan.roster))
            .collect();
        self.ask = opening.rule.ask;
        self.adopt(opening, now, effects);
        // Why: what it is corrected to is no aftershock of itself.
        let taken = &opening.event.id;
        self.course.shock.take_if(|shock| shock.id == *taken);
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
            self.needed(first, plan, now)
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
        self.release_help(plan, effects);
        if matches!(self.state, State::Open | State::Exhausted) && !self.is_undecided() {
            self.ask_rules_help(plan, now, effects);
        }
        // What was held has told them as it began.
        if !held {
            self.inform_others(&known, plan, effects);
        }
        let kept = self.called_of(&needed);
        let kept: Vec<PersonId> = kept.into_iter().filter(|id| before.contains(id)).collect();
        self.tell_called((&kept, Purpose::Grown), plan, now, effects);
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
            // Why: approvers see what they would confirm now.
            _ if self.state == State::Held => self.hold_or_begin(plan, now, effects),
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
    /// wants all or calls them together, else the required ones, whoever cannot
    /// come, and the first in rank who may come, as many as it needs. The stages
    /// that count begin with the `first` of its rule, be it that none of them has
    /// begun since its need is met.
    fn needed(&self, first: usize, plan: &Plan, now: Timestamp) -> HashSet<PersonId> {
        let begun = (self.stage as usize).saturating_sub(1).max(first);
        let stage = self.procedure.stages.get(begun);
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
                // Why: a word stands, and whoever is let go could be called anew,
                // before the next in line.
                let cannot = participant.standing() == Standing::Cannot;
                if together || received || cannot || rank < required || places > 0 {
                    needed.insert(id.clone());
                    places = places.saturating_sub(u32::from(fills));
                }
            }
        }
        needed
    }
}

impl Correction {
    /// That it waits, for the account.
    fn pending(&self) -> Entry {
        Entry::CorrectionPending {
            kind: self.event.as_ref().map(|event| event.kind.clone()),
            rule: self.rule.clone(),
            until: self.due,
            by: self.by.clone(),
        }
    }
}
