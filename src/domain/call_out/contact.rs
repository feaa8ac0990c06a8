//! Which of a person's contacts carries a message, and what follows when one
//! is dead.
//!
//! Owns the order of contacts within a stage. It must not send: it drafts.

use jiff::Timestamp;

use super::super::delivery::Reason;
use super::super::id::PersonId;
use super::super::journal::Entry;
use super::super::notification::{Draft, Purpose};
use super::super::plan::Plan;
use super::super::procedure::Stage;
use super::super::roster::{Contact, Person, Roster};
use super::{CallOut, ContactState, Effect, Part, Participant, TriedContact};

impl Participant {
    /// A person of the roster, brought into a call-out.
    pub(super) fn new(person: &Person, roster: &Roster, part: Part) -> Self {
        let section = roster.sections.get(&person.section);
        let mut participant = Self {
            person: person.id.clone(),
            name: person.name.clone(),
            section: person.section.clone(),
            section_name: section
                .map(|section| section.name.clone())
                .unwrap_or_default(),
            language: person.language,
            part,
            targets: Vec::new(),
            called_at: None,
            called_stage: 0,
            asked_at: None,
            resent: 0,
            sent_at: None,
            last_sent_at: None,
            contacts: Vec::new(),
            answer: None,
        };
        participant.refresh(&person.contacts);
        participant
    }

    /// Takes the roster's contacts of now; what is known of each is kept.
    pub(super) fn refresh(&mut self, contacts: &[Contact]) {
        let before = std::mem::take(&mut self.contacts);
        self.contacts = contacts
            .iter()
            .map(|contact| TriedContact {
                contact: contact.clone(),
                state: before
                    .iter()
                    .find(|tried| tried.contact == *contact)
                    .map_or(ContactState::Untried, |tried| tried.state),
            })
            .collect();
    }

    /// What is known of one contact.
    pub(super) fn contact_mut(&mut self, contact: &Contact) -> Option<&mut TriedContact> {
        self.contacts
            .iter_mut()
            .find(|tried| tried.contact == *contact)
    }

    /// The contacts that a message goes through now: as the stage says, or
    /// the first that is not dead.
    ///
    /// Invariant: while one contact is alive, the result is not empty, even
    /// if the stage names none of them: nobody is lost to a list of channels.
    fn choose(&self, stage: Option<&Stage>) -> Vec<Contact> {
        let alive = || {
            self.contacts
                .iter()
                .filter(|tried| tried.state != ContactState::Dead)
        };
        let mut chosen: Vec<Contact> = match stage {
            Some(stage) if !stage.channels.is_empty() => stage
                .channels
                .iter()
                .flat_map(|channel| alive().filter(move |tried| tried.contact.channel == *channel))
                .map(|tried| tried.contact.clone())
                .collect(),
            _ => alive().map(|tried| tried.contact.clone()).collect(),
        };
        if chosen.is_empty() {
            chosen.extend(alive().next().map(|tried| tried.contact.clone()));
        }
        if !stage.is_some_and(|stage| stage.together) {
            chosen.truncate(1);
        }
        chosen
    }

    /// Drafts a message through the contacts of a stage.
    pub(super) fn draft(
        &mut self,
        purpose: Purpose,
        stage: Option<&Stage>,
        number: u32,
    ) -> Vec<Draft> {
        let chosen = self.choose(stage);
        for contact in &chosen {
            if let Some(tried) = self.contact_mut(contact)
                && tried.state == ContactState::Untried
            {
                tried.state = ContactState::Waiting;
            }
        }
        chosen
            .into_iter()
            .map(|contact| Draft {
                person: self.person.clone(),
                contact,
                purpose,
                stage: number,
            })
            .collect()
    }
}

impl CallOut {
    /// Tells people something without calling them.
    pub(super) fn tell(
        &mut self,
        people: &[PersonId],
        purpose: Purpose,
        plan: &Plan,
        effects: &mut Vec<Effect>,
    ) {
        for id in people {
            let Some(person) = plan.roster.people.get(id) else {
                continue;
            };
            self.participants
                .entry(id.clone())
                .or_insert_with(|| Participant::new(person, &plan.roster, Part::Informed));
            self.refresh_contacts(id, plan);
            let Some(participant) = self.participants.get_mut(id) else {
                continue;
            };
            let drafts = participant.draft(purpose, None, self.stage);
            effects.push(Effect::Participant(id.clone()));
            effects.extend(drafts.into_iter().map(Effect::Notify));
        }
    }

    /// Reads a person's contacts afresh from the roster.
    pub(super) fn refresh_contacts(&mut self, id: &PersonId, plan: &Plan) {
        let (Some(participant), Some(person)) =
            (self.participants.get_mut(id), plan.roster.people.get(id))
        else {
            return;
        };
        let before = participant.standing();
        participant.refresh(&person.contacts);
        self.moved(id, before);
    }

    /// A message to a person was taken charge of.
    pub fn accepted(&mut self, person: &PersonId, contact: &Contact, at: Timestamp) {
        if let Some(participant) = self.participants.get_mut(person) {
            participant.sent_at.get_or_insert(at);
            participant.last_sent_at = participant.last_sent_at.max(Some(at));
            if let Some(tried) = participant.contact_mut(contact) {
                tried.state = ContactState::Accepted;
            }
        }
    }

    /// A contact of a person will not pass: the next contact is tried now,
    /// and without one the next in line is called now.
    pub fn dead(&mut self, dead: &Dead, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let stage = self.stage_now().cloned();
        let Some(participant) = self.participants.get_mut(&dead.draft.person) else {
            return effects;
        };
        let before = participant.standing();
        match participant.contact_mut(&dead.draft.contact) {
            Some(tried) if tried.state != ContactState::Dead => tried.state = ContactState::Dead,
            Some(_) | None => return effects,
        }
        effects.push(Effect::Journal(Entry::ContactDead {
            person: dead.draft.person.clone(),
            channel: dead.draft.contact.channel.clone(),
            reason: dead.reason,
            detail: dead.detail.clone(),
        }));
        let another = participant
            .contacts
            .iter()
            .any(|tried| matches!(tried.state, ContactState::Waiting | ContactState::Accepted));
        let over = !self.state.is_live() && dead.draft.purpose.asks();
        if participant.is_unreachable() {
            effects.push(Effect::Journal(Entry::Unreachable {
                person: dead.draft.person.clone(),
            }));
        } else if !another && !over {
            let drafts = participant.draft(dead.draft.purpose, stage.as_ref(), dead.draft.stage);
            effects.extend(drafts.into_iter().map(Effect::Notify));
        }
        self.moved(&dead.draft.person, before);
        self.settle_targets(Some(&dead.draft.person), plan, now, &mut effects);
        effects
    }
}

/// A notification that will not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    /// Which.
    pub draft: Draft,
    /// The class.
    pub reason: Reason,
    /// The other side's own words.
    pub detail: String,
}
