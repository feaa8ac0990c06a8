//! What comes back by mail, as a call-out takes it.
//!
//! Owns what a report of a delivery changes, and what is only noted. An answer
//! that came by mail is taken like every other (see [`super::answer`]).

use jiff::Timestamp;

use super::super::drill::Answers;
use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::mail::Came;
use super::super::notification::Draft;
use super::super::plan::Plan;
use super::super::text::without_addresses;
use super::{CallOut, ContactState, Dead, Effect, Part, Participant, State};

impl Participant {
    /// Whether they have answered, or somebody for them, since a mail was
    /// written: a mail says that to the second, or not at all.
    pub fn said_since(&self, written_at: Option<Timestamp>) -> bool {
        let answer = self.answer.as_ref().filter(|answer| !answer.doubtful);
        let pair = answer.zip(written_at);
        pair.is_some_and(|(answer, written)| answer.at.as_second() > written.as_second())
    }
}

impl CallOut {
    /// Whether a person is asked for no more than that they have received it.
    pub fn wants_receipt(&self, to: &Participant) -> bool {
        to.part == Part::Informed || (to.is_called() && self.course.answers == Answers::Received)
    }

    /// A message that was taken charge of came back: nobody has the address.
    /// The same follows as where it was refused at once.
    pub fn bounced(&mut self, dead: &Dead, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let effects = self.dead(dead, plan, now);
        if let Some(participant) = self.participants.get_mut(&dead.draft.person) {
            let accepted = |state| state == ContactState::Accepted;
            let reached = participant.contacts.iter();
            // Why: what came back was not sent to anybody.
            if !reached.map(|tried| tried.state).any(accepted) {
                participant.sent_at = None;
                participant.last_sent_at = None;
            }
        }
        effects
    }

    /// A message came back, and the address may be good: whoever has another
    /// contact is called there as well, and none is given up.
    pub fn undelivered(&mut self, draft: &Draft, said: &str) -> Vec<Effect> {
        let address = &draft.contact.address;
        let said = without_addresses(said, address);
        let mut effects = Self::came(&draft.person, Came::Undelivered, &said);
        let stage = self.stage_now().cloned();
        let open = matches!(self.state, State::Open | State::Exhausted);
        let Some(participant) = self.participants.get_mut(&draft.person) else {
            return effects;
        };
        let wanted = open
            && draft.purpose.calls()
            && participant.is_called()
            && participant.reply().is_none();
        if let Some(contact) = participant.untried(stage.as_ref()).filter(|_| wanted)
            && let Some(tried) = participant.contact_mut(&contact)
        {
            tried.state = ContactState::Waiting;
            effects.push(Effect::Notify(Draft {
                contact,
                ..draft.clone()
            }));
        }
        effects
    }

    /// Something came back that changes nothing: it stands in the account.
    ///
    /// Invariant: `text` holds no address.
    pub fn came(person: &PersonId, came: Came, text: &str) -> Vec<Effect> {
        vec![Effect::Journal(Entry::Mail {
            person: person.clone(),
            came,
            text: text.to_owned(),
        })]
    }
}
