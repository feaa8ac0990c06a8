//! How a person's answer changes a call-out.
//!
//! Owns what is taken, what is doubted and what counts. It must not decide who
//! may say so: `http` knows the scopes.

use jiff::Timestamp;

use super::super::acknowledgement::{Acknowledgement, Answer, Reply, Via};
use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::plan::Plan;
use super::refusal::Refusal;
use super::{CallOut, Effect, Part, Participant, Standing};

impl CallOut {
    /// Records an answer. A late one is taken and kept like any other; only a
    /// live call-out acts on it. Whoever says, uncalled, that they come or
    /// cannot counts like one who was called from then on.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotInIt`] when nobody of that name was asked or could be;
    /// [`Refusal::OtherAnswer`] of a vendor's answer from staff or the other way
    /// about; [`Refusal::Over`] of a notice, which asks for nothing.
    pub fn acknowledge(
        &mut self,
        answer: Answer,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        let id = answer.person.clone();
        let effects = self.take_answer(answer, plan, now)?;
        // Why: what somebody says themselves, absent or not, is not taken back with
        // the absence.
        let counts =
            |effect: &Effect| matches!(effect, Effect::Acknowledge(said) if !said.doubtful);
        if self.has_called(&id) && effects.iter().any(counts) {
            self.let_back(&id);
        }
        Ok(effects)
    }

    /// The same of an answer that may be made of an absence.
    pub(super) fn take_answer(
        &mut self,
        answer: Answer,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        if self.is_notice() {
            return Err(Refusal::Over(self.state));
        }
        let id = answer.person.clone();
        self.may_say(&answer, plan)?;
        let mut effects = Vec::new();
        let participant = match self.participants.entry(id.clone()) {
            indexmap::map::Entry::Occupied(known) => known.into_mut(),
            indexmap::map::Entry::Vacant(place) => {
                effects.push(Effect::Participant(id.clone()));
                place.insert(match (plan.roster.people.get(&id), plan.roster.desk(&id)) {
                    (Some(person), _) => Participant::new(person, &plan.roster, Part::Informed),
                    (None, Some((vendor, desk))) => Participant::of_desk(&id, vendor, desk),
                    (None, None) => return Err(Refusal::NotInIt(id)),
                })
            }
        };
        let before = participant.standing();
        #[cfg(debug_assertions)]
        let was = participant.clone();
        let too_soon = is_too_soon(participant, &answer, plan, now);
        let contradicts = !too_soon && contradicts(participant, &answer, plan, now);
        let doubtful = too_soon || contradicts;
        let called = participant.is_called();
        let is_asked = participant.part == Part::Asked;
        let says_no = answer.reply == Reply::Cannot;
        let acknowledgement = Acknowledgement {
            answer,
            at: now,
            written: None,
            doubtful,
        };
        // Invariant: what a machine may have pressed never unsays a person's word.
        // Of two that contradict each other within seconds, neither is one.
        let stands = !doubtful || contradicts || participant.reply().is_none();
        participant.said(&acknowledgement, stands);
        let counts = !doubtful && acknowledgement.answer.reply != Reply::Received;
        effects.push(Effect::Journal(answered(&acknowledgement)));
        effects.push(Effect::Acknowledge(acknowledgement));
        // Why not: their decision is still wanted, whatever they say of themselves.
        let still_asked = is_asked && self.is_undecided() && !says_no;
        if !doubtful && !still_asked {
            effects.push(Effect::Withdraw(id.clone()));
        }
        let part = self.participants.get(&id).map(|p| p.part);
        if part == Some(Part::Vendor) {
            self.settle_help(plan, now, &mut effects);
            return Ok(effects);
        }
        if called {
            self.moved(&id, before);
        } else if counts && part != Some(Part::Asked) {
            // A candidate whose turn had not come, or anybody of the roster.
            self.count_in(&id, now);
            effects.push(Effect::Participant(id.clone()));
        }
        self.settle_question(plan, now, &mut effects);
        self.settle_targets(&id, plan, now, &mut effects);
        // Why: the first of two that contradict each other has stopped their
        // messages, and one may have been refused since: the next path is due.
        if contradicts {
            self.run_on(plan, now, &mut effects);
            self.revive(&id, &mut effects);
        }
        #[cfg(debug_assertions)]
        debug_assert!(
            self.participants[&id].differs_in_answer_alone(was)
                || effects.contains(&Effect::Participant(id)),
            "a change of a participant went unnoticed"
        );
        Ok(effects)
    }

    /// What an answer withdrew that is none is queued anew.
    fn revive(&self, id: &PersonId, effects: &mut Vec<Effect>) {
        let known = self.participants.get(id);
        let asked = known.is_some_and(|to| self.is_asked(to, Standing::Silent, self.is_met()));
        if self.calls_now() && asked {
            effects.push(Effect::Revive(id.clone()));
        }
    }
}

impl Participant {
    /// What they said last, doubtful or not.
    pub fn last(&self) -> Option<&Acknowledgement> {
        self.doubted.as_deref().or(self.answer.as_ref())
    }

    /// Takes what they said, which stands or is only shown.
    pub fn said(&mut self, said: &Acknowledgement, stands: bool) {
        if stands {
            self.answer = Some(said.clone());
            self.doubted = None;
        } else {
            self.doubted = Some(Box::new(said.clone()));
        }
    }

    /// The answer that stood does so no longer; whether there was one. What is in doubt
    /// is shown as ever.
    pub(super) fn forget_answer(&mut self) -> bool {
        let Some(stood) = self.answer.take() else {
            return false;
        };
        if stood.doubtful {
            self.doubted = Some(Box::new(stood));
        }
        true
    }

    #[cfg(debug_assertions)]
    fn differs_in_answer_alone(&self, mut was: Self) -> bool {
        was.answer.clone_from(&self.answer);
        was.doubted.clone_from(&self.doubted);
        was == *self
    }
}

impl CallOut {
    /// Whether an answer is one that this person, or this vendor's desk, can
    /// give.
    fn may_say(&self, answer: &Answer, plan: &Plan) -> Result<(), Refusal> {
        let id = &answer.person;
        let known = self.participants.get(id).map(Participant::is_vendor);
        let desk = plan.roster.desk(id);
        let vendor = known.unwrap_or(desk.is_some());
        let answers: &[Reply] = if vendor {
            &Reply::OF_VENDORS
        } else {
            &Reply::OF_STAFF
        };
        if !answers.contains(&answer.reply) {
            return Err(Refusal::OtherAnswer(id.clone()));
        }
        match desk {
            // Why: another desk of a vendor that was asked may well call back.
            Some((vendor, _)) if known.is_none() && self.help(&vendor.id).is_none() => {
                Err(Refusal::NotAskedForHelp(vendor.id.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a machine may have pressed it: a scanner opens a mail as it comes.
fn is_too_soon(participant: &Participant, answer: &Answer, plan: &Plan, now: Timestamp) -> bool {
    // Why: a message that was taken without our hearing of it has been sent
    // all the same, no sooner than it was drafted.
    let sent = participant.last_sent_at.max(participant.asked_at);
    matches!(answer.via, Via::Link(_)) && within(plan, sent.unwrap_or(now), now)
}

/// Whether it says something else than what was pressed seconds before: a
/// scanner presses one button after the other.
fn contradicts(participant: &Participant, answer: &Answer, plan: &Plan, now: Timestamp) -> bool {
    let last = participant.answer.as_ref();
    last.is_some_and(|last| {
        let pressed = [&last.answer.via, &answer.via];
        let pressed = pressed.iter().all(|via| matches!(via, Via::Link(_)));
        pressed && last.answer.reply != answer.reply && within(plan, last.at, now)
    })
}

fn within(plan: &Plan, at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at).unsigned_abs() < plan.doubt
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
