//! How a person's word changes a call-out: an answer, a confirmation, a
//! cancellation, a stand-down.
//!
//! Owns what is taken and what is refused. It must not decide who may say so:
//! `http` knows the scopes.

use jiff::Timestamp;

use super::super::acknowledgement::{Acknowledgement, Answer, Reply, Via};
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
    /// live call-out acts on it. Whoever says, uncalled, that they come or
    /// cannot counts like one who was called from then on.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotInIt`] when nobody of that name was asked or could be;
    /// [`Refusal::Over`] of a notice, which asks for nothing.
    pub fn acknowledge(
        &mut self,
        answer: Answer,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if self.is_notice() {
            return Err(Refusal::Over(self.state));
        }
        let id = answer.person.clone();
        let participant = match self.participants.entry(id.clone()) {
            indexmap::map::Entry::Occupied(known) => known.into_mut(),
            indexmap::map::Entry::Vacant(place) => {
                let Some(person) = plan.roster.people.get(&id) else {
                    return Err(Refusal::NotInIt(id));
                };
                place.insert(Participant::new(person, &plan.roster, Part::Informed))
            }
        };
        let before = participant.standing();
        let doubtful = match answer.via {
            Via::OnBehalf => false,
            Via::Link(_) => {
                // Why: a message that was taken without our hearing of it has
                // been sent all the same, no sooner than it was drafted.
                let sent = participant.last_sent_at.max(participant.asked_at);
                now.duration_since(sent.unwrap_or(now)).unsigned_abs() < plan.doubt
            }
        };
        let called = participant.is_called();
        let acknowledgement = Acknowledgement {
            answer,
            at: now,
            doubtful,
        };
        // Invariant: what a machine may have pressed never unsays a person's word.
        if !doubtful || participant.reply().is_none() {
            participant.answer = Some(acknowledgement.clone());
        }
        let counts = !doubtful && acknowledgement.answer.reply != Reply::Received;
        let mut effects = vec![
            Effect::Participant(id.clone()),
            Effect::Journal(answered(&acknowledgement)),
            Effect::Acknowledge(acknowledgement),
        ];
        if !doubtful {
            effects.push(Effect::Withdraw(id.clone()));
        }
        if called {
            self.moved(&id, before);
        } else if counts {
            // A candidate whose turn had not come, or anybody of the roster.
            self.count_in(&id, now);
        }
        self.settle_targets(&id, plan, now, &mut effects);
        Ok(effects)
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
        self.end(State::Cancelled, word.reason.as_deref(), now);
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
        self.end(State::StoodDown, word.reason.as_deref(), now);
        self.false_alarm = false_alarm;
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

    fn end(&mut self, state: State, because: Option<&str>, now: Timestamp) {
        self.state = state;
        self.ended_because = because.map(str::to_owned);
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
