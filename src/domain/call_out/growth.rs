//! A growth that waits: for its time, or for a second person's word.
//!
//! Owns the wait. Invariants: whoever was called stays called, and nobody
//! whom the growth adds is called before its rule lets it; [`super::grow`] does
//! the growing.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::event::Event;
use super::super::id::{PersonId, Principal};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::Plan;
use super::super::procedure::Procedure;
use super::super::rule::{Confirm, Rule, select};
use super::course::Growth;
use super::hold::{alarm_again, confirmed, may_confirm, waits_for};
use super::open::Opening;
use super::refusal::{Refusal, Word};
use super::stale::note_late;
use super::{CallOut, Effect, State};

impl CallOut {
    /// Whether a later report leads into another rule, which waits for a word.
    /// What is held already waits as a whole.
    pub(super) fn growth_waits(&self, opening: &Opening<'_>) -> bool {
        self.state != State::Held
            && self.rule != opening.rule.id
            && waits_for(opening.rule.confirm, opening.event) != Confirm::None
    }

    /// Lets a growth wait; approvers are told, and nobody is called by it.
    pub(super) fn hold_growth(
        &mut self,
        opening: &Opening<'_>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let plan = opening.plan;
        let (seconds, second_person) = match opening.rule.confirm {
            Confirm::None => (0, false),
            Confirm::Hold { seconds } => (seconds, false),
            Confirm::SecondPerson { seconds } => (seconds, true),
        };
        // Why: what an earlier report said that waits too is not lost.
        let event = match self.course.growth.take() {
            Some(before) => Arc::new(before.event.united(opening.event)),
            None => Arc::clone(opening.event),
        };
        let until = now + SignedDuration::from_secs(i64::from(seconds));
        if let Some(person) = event.kind.ordered_by() {
            self.course.know(person, &plan.roster);
        }
        self.course.know_systems(&event.kind, &plan.roster);
        let digest = self.digest_grown(
            Opening {
                event: &event,
                ..*opening
            },
            now,
        );
        effects.push(Effect::Journal(Entry::GrowthHeld {
            kind: event.kind.clone(),
            headline: event.headline.clone(),
            rule: opening.rule.id.clone(),
            until,
            second_person,
            by: event.entered_by.clone(),
        }));
        self.course.growth = Some(Growth {
            event,
            rule: opening.rule.id.clone(),
            until,
            seconds,
            second_person,
            alarms: 0,
            digest,
            renewed: false,
        });
        self.tell(&plan.approvers(), Purpose::Held, plan, effects);
        self.run_on(plan, now, effects);
    }

    /// Another plan is in force: what waits is shown anew where it would be
    /// another thing by now, so that what is confirmed is what was shown.
    pub fn review_growth(&mut self, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(growth) = self.course.growth.clone().filter(|_| self.state.is_live()) else {
            return effects;
        };
        let Some((rule, procedure)) = ruled(&growth, plan) else {
            return effects;
        };
        let opening = Opening {
            event: &growth.event,
            rule,
            procedure,
            plan,
        };
        let digest = self.digest_grown(opening, now);
        if digest == growth.digest {
            return effects;
        }
        effects.push(Effect::Journal(Entry::GrowthHeld {
            kind: growth.event.kind.clone(),
            headline: growth.event.headline.clone(),
            rule: rule.id.clone(),
            until: growth.until,
            second_person: growth.second_person,
            by: growth.event.entered_by.clone(),
        }));
        self.course.growth = Some(Growth {
            rule: rule.id.clone(),
            digest,
            ..growth
        });
        self.tell(&plan.approvers(), Purpose::Held, plan, &mut effects);
        self.run_on(plan, now, &mut effects);
        effects
    }

    /// The digest of what it would be once grown.
    fn digest_grown(&self, opening: Opening<'_>, now: Timestamp) -> String {
        let mut grown = self.clone();
        grown.widen(&opening);
        grown.adopt(&opening, now, &mut Vec::new());
        grown.digest()
    }

    /// A report that is taken over at once takes the place of a growth that
    /// waits, unless that one is of something stronger.
    pub(super) fn outgrow(&mut self, report: &Event) {
        let weaker = |growth: &Growth| {
            let compared = growth.event.kind.compare(&report.kind);
            compared == Some(std::cmp::Ordering::Less)
        };
        if !self.course.growth.as_ref().is_some_and(weaker) {
            self.course.growth = None;
        }
    }

    /// When a growth that waits begins, or alarms.
    pub(super) fn growth_due(&self) -> Option<Timestamp> {
        let growth = self.course.growth.as_ref();
        let growth = growth.filter(|_| self.state.is_live());
        growth.map(|growth| growth.until)
    }

    /// What time makes of a growth that waits.
    pub(super) fn advance_growth(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(growth) = &mut self.course.growth else {
            return;
        };
        if !growth.second_person {
            note_late(growth.until, now, effects);
            self.apply_growth(plan, now, effects);
            return;
        }
        let again_at = now + alarm_again(growth.seconds, growth.alarms);
        growth.until = again_at;
        growth.alarms += 1;
        effects.push(Effect::Journal(Entry::Unconfirmed { again_at }));
        self.alarm(plan, effects);
        self.run_on(plan, now, effects);
    }

    /// Whether a word that lets the rest go on lets a growth that waits begin
    /// as well: it came with its digest, and not from whoever entered it where
    /// a second person is wanted.
    pub(super) fn is_word_on_growth(
        &self,
        word: &Word,
        digest: Option<&str>,
    ) -> Result<bool, Refusal> {
        let Some(growth) = self.course.growth.as_ref().filter(|_| digest.is_some()) else {
            return Ok(false);
        };
        match may_confirm(word, digest, &growth.digest, growth.first_person()) {
            Ok(()) => Ok(true),
            Err(Refusal::SamePerson(_)) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    /// Lets a growth begin on a person's word.
    pub(super) fn confirm_growth(
        &mut self,
        word: Word,
        digest: Option<&str>,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        let Some(growth) = &self.course.growth else {
            return Err(Refusal::NotHeld(self.state));
        };
        may_confirm(&word, digest, &growth.digest, growth.first_person())?;
        let stands = growth.digest.clone();
        self.course.confirmed = Some(now);
        self.course.know_of(&word, plan);
        let mut effects = vec![confirmed(word, Some(stands))];
        self.apply_growth(plan, now, &mut effects);
        Ok(effects)
    }

    /// Stops a growth that waits: what ran before goes on as it is.
    pub(super) fn stop_growth(
        &mut self,
        (by, on_word_of): (Principal, Option<PersonId>),
        plan: &Plan,
        effects: &mut Vec<Effect>,
    ) {
        effects.push(Effect::Journal(Entry::GrowthStopped { by, on_word_of }));
        self.course.growth = None;
        self.tell(&plan.approvers(), Purpose::Cancelled, plan, effects);
    }

    pub(super) fn apply_growth(&mut self, plan: &Plan, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(growth) = self.course.growth.take() else {
            return;
        };
        let Some((rule, procedure)) = ruled(&growth, plan) else {
            let by = growth.event.entered_by.clone();
            self.stop_growth((by, None), plan, effects);
            return;
        };
        let opening = Opening {
            event: &growth.event,
            rule,
            procedure,
            plan,
        };
        self.lift_pause(plan, now, effects);
        self.grow_now(opening, now, effects);
    }
}

impl Growth {
    /// Who entered it, where somebody else must confirm it.
    fn first_person(&self) -> Option<&Principal> {
        self.second_person.then_some(&self.event.entered_by)
    }
}

/// By what a growth that waits would call. A rule that a reload took away has
/// another in its place, if any.
fn ruled<'a>(growth: &Growth, plan: &'a Plan) -> Option<(&'a Rule, &'a Procedure)> {
    let rule = plan.rules.get(&growth.rule);
    let rule = rule.or_else(|| select(plan, &growth.event).map(|selected| selected.rule))?;
    Some((rule, plan.procedures.get(&rule.procedure)?))
}
