//! How a person's answer changes a call-out.
//!
//! Owns what is taken, what is doubted and what counts. It must not decide who
//! may say so: `http` knows the scopes.

use jiff::Timestamp;

use super::super::acknowledgement::{Acknowledgement, Answer, Reply, Via};
use super::super::journal::Entry;
use super::super::plan::Plan;
use super::refusal::Refusal;
use super::{CallOut, Effect, Part, Participant};

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
        let asked = self.participants.get(&id).map(|p| p.part) == Some(Part::Asked);
        if called {
            self.moved(&id, before);
        } else if counts && !asked {
            // A candidate whose turn had not come, or anybody of the roster.
            self.count_in(&id, now);
        }
        self.settle_question(plan, now, &mut effects);
        self.settle_targets(&id, plan, now, &mut effects);
        Ok(effects)
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
