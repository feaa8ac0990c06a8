//! Telling people something without calling them.
//!
//! Owns through what each is told, and who is found to have no contact left by it. It
//! must not choose who is called in their place: [`super::advance`] does.

use jiff::Timestamp;

use super::super::id::PersonId;
use super::super::notification::{Draft, Purpose};
use super::super::plan::Plan;
use super::{CallOut, Effect, Part, Participant};

impl CallOut {
    /// Tells people something without calling them; who of those still asked turns out
    /// to have no contact left.
    pub(super) fn tell(
        &mut self,
        people: &[PersonId],
        purpose: Purpose,
        plan: &Plan,
        effects: &mut Vec<Effect>,
    ) -> Vec<PersonId> {
        let stage = self.stage;
        let draft = |to: &mut Participant| to.draft(purpose, None, stage);
        self.tell_by(people, plan, effects, draft)
    }

    /// Tells people who may be called; in place of whoever of them turns out to have no
    /// contact left the next in line is called.
    pub(super) fn tell_called(
        &mut self,
        (people, purpose): (&[PersonId], Purpose),
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let lost = self.tell(people, purpose, plan, effects);
        // Why not while it waits for a word: that word calls them.
        if !self.is_paused() {
            for person in &lost {
                self.fill(person, plan, now, effects);
            }
        }
    }

    /// Tells people by what is drafted for each; who is lost, as [`CallOut::tell`].
    pub(super) fn tell_by(
        &mut self,
        people: &[PersonId],
        plan: &Plan,
        effects: &mut Vec<Effect>,
        draft: impl Fn(&mut Participant) -> Vec<Draft>,
    ) -> Vec<PersonId> {
        let mut lost = Vec::new();
        for id in people {
            if let Some(person) = plan.roster.people.get(id) {
                self.participants
                    .entry(id.clone())
                    .or_insert_with(|| Participant::new(person, &plan.roster, Part::Informed));
            }
            if self.loses(id, plan, effects) {
                lost.push(id.clone());
            }
            let Some(participant) = self.participants.get_mut(id) else {
                continue;
            };
            let drafts = draft(participant);
            effects.push(Effect::Participant(id.clone()));
            effects.extend(drafts.into_iter().map(Effect::Notify));
        }
        lost
    }
}
