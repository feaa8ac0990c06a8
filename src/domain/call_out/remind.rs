//! Asking again: whom, when, and through what the roster says now.
//!
//! Owns the rhythm within a stage. It must not call anybody for the first
//! time, except through an address that was mended meanwhile.

use std::collections::HashSet;

use jiff::Timestamp;

use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::Plan;
use super::super::procedure::Stage;
use super::super::rule::Ask;
use super::advance::after;
use super::{CallOut, ContactState, Effect, Part, Participant, Standing, State};

impl CallOut {
    /// As a stage begins: reads everybody's contacts afresh, and asks again
    /// whoever is silent and still wanted, where the stage says so; how many, and who
    /// of them turns out to have no contact left.
    pub(super) fn remind_all(
        &mut self,
        stage: &Stage,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> (u32, Vec<PersonId>) {
        let unanswered =
            |participant: &&Participant| participant.is_called() && participant.reply().is_none();
        let unanswered = self.participants.values().filter(unanswered);
        let unanswered: Vec<PersonId> = unanswered.map(|p| p.person.clone()).collect();
        let mut lost = Vec::new();
        for id in unanswered {
            self.count_resent(&id, 0, effects);
            if self.loses(&id, plan, effects) {
                lost.push(id);
            }
        }
        if !stage.remind {
            return (0, lost);
        }
        let silent: Vec<PersonId> = self.still_asked().map(|p| p.person.clone()).collect();
        for id in &silent {
            self.remind(id, plan, now, effects);
            self.count_resent(id, 0, effects);
        }
        (u32::try_from(silent.len()).unwrap_or(u32::MAX), lost)
    }

    /// Asks again those whose time has come within the stage; who of them has
    /// no contact left.
    pub(super) fn remind_due(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Vec<PersonId> {
        if self.state != State::Open {
            return Vec::new();
        }
        let Some(stage) = self.stage_now() else {
            return Vec::new();
        };
        let mut due: Vec<PersonId> = self
            .still_asked()
            .filter(|participant| reminder(stage, participant).is_some_and(|at| at <= now))
            .map(|participant| participant.person.clone())
            .collect();
        if due.is_empty() {
            return due;
        }
        let asked = due.len();
        due.retain(|id| !self.remind(id, plan, now, effects));
        let asked = asked - due.len();
        if asked > 0 {
            let people = u32::try_from(asked).unwrap_or(u32::MAX);
            let stage = self.stage;
            effects.push(Effect::Journal(Entry::Reminded { stage, people }));
        }
        due
    }

    /// Asks one person again; whether they can be reached.
    pub(super) fn remind(
        &mut self,
        id: &PersonId,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let number = self.stage;
        let stage = self.stage_now().cloned();
        self.refresh_contacts(id, plan, effects);
        let Some(participant) = self.participants.get_mut(id) else {
            return false;
        };
        let purpose = if participant.is_unheard() {
            Purpose::Call
        } else {
            Purpose::Remind
        };
        participant.asked_at = Some(now);
        participant.resent += 1;
        let drafts = participant.draft(purpose, stage.as_ref(), number);
        // Invariant: only who left those still asked counts as lost, or asking
        // again would never end.
        let reachable = participant.standing() == Standing::Silent;
        effects.push(Effect::Participant(id.clone()));
        effects.extend(drafts.into_iter().map(Effect::Notify));
        reachable
    }

    /// Another plan is in force: whoever could not be reached, has another address
    /// by now and is still wanted is called, or asked for the decision, through it
    /// at once.
    pub fn reach_mended(&mut self, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.state.is_live() {
            return effects;
        }
        let lost = self.participants.values().filter(|person| {
            matches!(person.part, Part::Called | Part::Asked)
                && person.standing() == Standing::Unreachable
        });
        let mut mended: Vec<PersonId> = lost.map(|person| person.person.clone()).collect();
        mended.retain(|id| {
            self.refresh_contacts(id, plan, &mut effects)
                && self.participants[id].standing() == Standing::Silent
        });
        // Why not while it waits for a word: whoever is silent is asked after it.
        if mended.is_empty() || self.is_paused() {
            return effects;
        }
        if self.is_undecided() {
            for id in &mended {
                self.decide_back(id, plan, now, &mut effects);
            }
            return effects;
        }
        let wanted: HashSet<PersonId> = self.still_asked().map(|p| p.person.clone()).collect();
        mended.retain(|id| wanted.contains(id));
        if !mended.is_empty() {
            self.give_time_again(now);
            effects.push(Effect::Journal(Entry::Reminded {
                stage: self.stage,
                people: u32::try_from(mended.len()).unwrap_or(u32::MAX),
            }));
        }
        for id in &mended {
            self.remind(id, plan, now, &mut effects);
        }
        self.run_on(plan, now, &mut effects);
        effects
    }

    fn count_resent(&mut self, id: &PersonId, resent: u32, effects: &mut Vec<Effect>) {
        if let Some(participant) = self.participants.get_mut(id)
            && participant.resent != resent
        {
            participant.resent = resent;
            effects.push(Effect::Participant(id.clone()));
        }
    }

    /// Those called who have not answered and whose answer is still wanted.
    pub(super) fn still_asked(&self) -> impl Iterator<Item = &Participant> {
        self.wanted(Standing::Silent)
    }

    /// Those called who stand so, and whose answer is still wanted.
    pub(super) fn wanted(&self, standing: Standing) -> impl Iterator<Item = &Participant> {
        let met = self.is_met();
        let people = self.participants.values();
        people.filter(move |participant| self.is_asked(participant, standing, met))
    }

    /// Whether somebody is called, stands so, and their answer is still wanted.
    pub(super) fn is_asked(&self, one: &Participant, standing: Standing, met: bool) -> bool {
        one.is_called() && one.standing() == standing && self.is_wanted(one, met)
    }

    /// Whether an answer of somebody called is wanted, where all needs are `met`
    /// or not.
    pub(super) fn is_wanted(&self, participant: &Participant, met: bool) -> bool {
        let unmet = |index: &usize| !self.targets[*index].met;
        match self.ask {
            Ask::Everyone => true,
            Ask::UntilMet if participant.targets.is_empty() => !met,
            Ask::UntilMet => participant.targets.iter().any(unmet),
        }
    }

    pub(super) fn next_reminder(&self) -> Option<Timestamp> {
        let stage = self.stage_now()?;
        self.still_asked()
            .filter_map(|participant| reminder(stage, participant))
            .min()
    }
}

impl Participant {
    /// Whether nothing that asks and could still reach them was ever sent: each
    /// of their contacts is dead or new.
    fn is_unheard(&self) -> bool {
        self.contacts
            .iter()
            .all(|tried| matches!(tried.state, ContactState::Untried | ContactState::Dead))
    }
}

/// When a person is asked again within a stage: at once where an address was
/// mended after all of the old ones died.
fn reminder(stage: &Stage, participant: &Participant) -> Option<Timestamp> {
    if participant.is_unheard() {
        return participant.called_at;
    }
    let resend = stage.resend?;
    let asked = participant.asked_at?;
    (participant.resent < resend.times).then(|| after(asked, resend.every))
}
