//! How a person's word changes a call-out: an answer, a confirmation, a
//! cancellation, a stand-down.
//!
//! Owns what is taken and what is refused. It must not decide who may say so:
//! `http` knows the scopes.

use jiff::Timestamp;

use super::super::acknowledgement::{Acknowledgement, Answer, Via};
use super::super::id::{PersonId, Principal};
use super::super::journal::Entry;
use super::super::notification::Purpose;
use super::super::plan::Plan;
use super::{CallOut, Effect, Part, Participant, State};

/// Why a word is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person is in neither the call-out nor the roster.
    #[error("{0} is not in this call-out and not in the roster; `muster status` lists its people")]
    NotInIt(PersonId),
    /// Only a held call-out can be confirmed or cancelled.
    #[error("the call-out is not held (it is {}); an open one is ended with stand-down", .0.name())]
    NotHeld(State),
    /// It is over already.
    #[error("the call-out is already over ({})", .0.name())]
    Over(State),
}

/// Who says so, and on whose word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Who enters it: what a second person is compared by.
    pub by: Principal,
    /// On whose word, where it is somebody else's.
    pub on_word_of: Option<PersonId>,
    /// In their words, one line.
    pub reason: Option<String>,
}

impl CallOut {
    /// Records an answer. A late one is taken and kept like any other; only a
    /// live call-out acts on it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotInIt`] when nobody of that name was asked or could be.
    pub fn acknowledge(
        &mut self,
        answer: Answer,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        let id = answer.person.clone();
        if !self.participants.contains_key(&id) {
            self.bring_in(&id, plan, now)?;
        }
        let Some(participant) = self.participants.get_mut(&id) else {
            return Err(Refusal::NotInIt(id));
        };
        let before = participant.standing();
        let doubtful = match answer.via {
            Via::OnBehalf => false,
            Via::Link(_) => {
                let sent = participant.last_sent_at.unwrap_or(now);
                now.duration_since(sent).unsigned_abs() < plan.doubt
            }
        };
        let acknowledgement = Acknowledgement {
            answer,
            at: now,
            doubtful,
        };
        // Invariant: what a machine may have pressed never unsays a person's word.
        if !doubtful || participant.reply().is_none() {
            participant.answer = Some(acknowledgement.clone());
        }
        let mut effects = vec![
            Effect::Participant(id.clone()),
            Effect::Journal(answered(&acknowledgement)),
            Effect::Acknowledge(acknowledgement),
        ];
        if !doubtful {
            effects.push(Effect::Withdraw(id.clone()));
        }
        self.moved(&id, before);
        self.settle_targets(Some(&id), plan, now, &mut effects);
        Ok(effects)
    }

    /// Somebody who was not called says they come: a candidate whose turn had
    /// not come, or anybody of the roster, counts from now on.
    fn bring_in(&mut self, id: &PersonId, plan: &Plan, now: Timestamp) -> Result<(), Refusal> {
        let Some(person) = plan.roster.people.get(id) else {
            return Err(Refusal::NotInIt(id.clone()));
        };
        let participant = Participant::new(person, &plan.roster, Part::Called);
        self.participants.insert(id.clone(), participant);
        self.count_in(id, now);
        Ok(())
    }

    /// Ends the hold before its time.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotHeld`] when it is not held.
    pub fn confirm(
        &mut self,
        word: Word,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if self.state != State::Held {
            return Err(Refusal::NotHeld(self.state));
        }
        let mut effects = vec![Effect::Journal(Entry::Confirmed {
            by: word.by,
            on_word_of: word.on_word_of,
        })];
        self.start(plan, now, &mut effects);
        Ok(effects)
    }

    /// Ends a held call-out before anybody is called.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotHeld`] when it is not held.
    pub fn cancel(
        &mut self,
        word: Word,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if self.state != State::Held {
            return Err(Refusal::NotHeld(self.state));
        }
        self.end(State::Cancelled, now);
        let mut effects = vec![
            Effect::WithdrawAll,
            Effect::Journal(Entry::Cancelled {
                by: word.by,
                on_word_of: word.on_word_of,
                reason: word.reason,
            }),
        ];
        let told: Vec<PersonId> = self.participants.keys().cloned().collect();
        self.tell(&told, Purpose::Cancelled, plan, &mut effects);
        Ok(effects)
    }

    /// Ends it on a person's word and tells everyone who was called or told.
    ///
    /// # Errors
    ///
    /// [`Refusal::Over`] when it is over already.
    pub fn stand_down(
        &mut self,
        word: Word,
        false_alarm: bool,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if !self.state.is_live() {
            return Err(Refusal::Over(self.state));
        }
        self.end(State::StoodDown, now);
        let mut effects = vec![
            Effect::WithdrawAll,
            Effect::Journal(Entry::StoodDown {
                by: word.by,
                reason: word.reason.unwrap_or_default(),
                false_alarm,
            }),
        ];
        let told: Vec<PersonId> = self.participants.keys().cloned().collect();
        self.tell(&told, Purpose::StandDown, plan, &mut effects);
        Ok(effects)
    }

    fn end(&mut self, state: State, now: Timestamp) {
        self.state = state;
        self.held_until = None;
        self.ended_at = Some(now);
    }
}

fn answered(acknowledgement: &Acknowledgement) -> Entry {
    let answer = &acknowledgement.answer;
    Entry::Answered {
        person: answer.person.clone(),
        reply: answer.reply,
        eta_minutes: answer.eta_minutes,
        note: answer.note.clone(),
        via: answer.via.clone(),
        by: answer.by.clone(),
        doubtful: acknowledgement.doubtful,
    }
}
