//! What comes back by mail, as a call-out takes it.
//!
//! Owns what a report of a delivery changes, and what is only noted. An answer
//! that came by mail is taken like every other (see [`super::answer`]).

use jiff::{SignedDuration, Timestamp};

use super::super::acknowledgement::{Answer, Written};
use super::super::drill::Answers;
use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::mail::Came;
use super::super::notification::Draft;
use super::super::plan::Plan;
use super::super::text::without_addresses;
use super::{CallOut, ContactState, Dead, Effect, Part, Participant, Refusal};

/// How much later than its own date the first mail system may have taken a mail
/// for that to be a slow clock. What lay longer had no network.
const SLOW_CLOCK: SignedDuration = SignedDuration::from_mins(10);

impl Participant {
    /// Whether they have answered, or somebody for them, since a mail was
    /// written: a mail says that to the second, or not at all, and one that
    /// does not is none that is too old.
    ///
    /// Decided: a device's own clock is compared with itself or not at all,
    /// wherever there is a better one, because a telephone that is some
    /// minutes slow must not lose a correction.
    ///
    /// - Two mails are compared by when the first mail system took each, or
    ///   where one of them does not say, by their own dates; never by when
    ///   they came, which is chance. Of two of one time the last to come stands.
    /// - With an answer by link or entered for them, which has the daemon's
    ///   time, a mail is as old as its first mail system says, up to
    ///   [`SLOW_CLOCK`] after its own date. Above that it lay on a device
    ///   without a network, and its own date is the one that is right.
    pub fn said_since(&self, written: Option<Written>) -> bool {
        let answer = self.answer.as_ref().filter(|answer| !answer.doubtful);
        let Some((answer, mail)) = answer.zip(written) else {
            return false;
        };
        let (known, mail) = match answer.written {
            Some(known) => match (known.handed_at, mail.handed_at) {
                (Some(known), Some(mail)) => (known, mail),
                _ => (known.at, mail.at),
            },
            None => (answer.at, mail.against_others()),
        };
        known.as_second() > mail.as_second()
    }
}

impl Written {
    /// When a mail was written, of what it says itself and what the first mail
    /// system says that took it.
    pub fn new(
        date: Option<Timestamp>,
        handed_at: Option<Timestamp>,
        came: Timestamp,
    ) -> Option<Self> {
        // Why: nothing is written after it came, whatever a clock says.
        let handed_at = handed_at.map(|at| at.min(came));
        let at = date.map(|at| at.min(came)).or(handed_at)?;
        Some(Self { at, handed_at })
    }

    fn against_others(self) -> Timestamp {
        let slow = |handed: &Timestamp| handed.duration_since(self.at) <= SLOW_CLOCK;
        self.handed_at.filter(slow).unwrap_or(self.at)
    }
}

impl CallOut {
    /// Whether a person is asked for no more than that they have received it.
    pub fn wants_receipt(&self, part: Part) -> bool {
        let receives = self.course.answers == Answers::Received;
        part == Part::Informed || (part == Part::Called && receives)
    }

    /// Records an answer that came by mail, with when it was written.
    ///
    /// # Errors
    ///
    /// As [`Self::acknowledge`].
    pub fn replied(
        &mut self,
        answer: Answer,
        written: Option<Written>,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        let person = answer.person.clone();
        let mut effects = self.acknowledge(answer, plan, now)?;
        for effect in &mut effects {
            let Effect::Acknowledge(recorded) = effect else {
                continue;
            };
            let participant = self.participants.get_mut(&person);
            let stands = participant.and_then(|to| to.answer.as_mut());
            if let Some(stands) = stands.filter(|stands| **stands == *recorded) {
                stands.written = written;
            }
            recorded.written = written;
        }
        Ok(effects)
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
                participant.last_taken_at = None;
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
        let open = self.calls_now();
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
