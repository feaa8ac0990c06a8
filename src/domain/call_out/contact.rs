//! Which of a person's contacts carries a message.
//!
//! Owns the order of contacts within a stage, and what is known of each. It must not
//! send: it drafts. What follows when one fails is said in [`super::unsent`].

use std::sync::Arc;

use jiff::Timestamp;

use super::super::id::{PersonId, SectionId};
use super::super::journal::Entry;
use super::super::notification::{Draft, Purpose};
use super::super::plan::Plan;
use super::super::procedure::Stage;
use super::super::roster::{ChannelName, Contact, Person, Roster};
use super::super::text::{Language, Text};
use super::{CallOut, ContactState, Effect, Part, Participant, Standing, State, TriedContact};

impl Participant {
    /// A person of the roster, brought into a call-out.
    pub(super) fn new(person: &Person, roster: &Roster, part: Part) -> Self {
        let section = roster.sections.get(&person.section);
        let section_name = section.map(|section| section.name.clone());
        let works_in = (person.section.clone(), section_name.unwrap_or_default());
        let (id, name) = (&person.id, person.name.clone());
        let mut participant = Self::uncalled(id, name, works_in, person.language);
        participant.part = part;
        participant.refresh(&person.contacts);
        participant
    }

    /// Somebody whom the roster no longer has: called, and out of reach.
    pub(super) fn gone(id: &PersonId, language: Language) -> Self {
        let name = Text::new(id.as_str(), id.as_str());
        let works_in = (SectionId::new(""), Text::default());
        Self::uncalled(id, name, works_in, language)
    }

    fn uncalled(
        id: &PersonId,
        name: Text,
        (section, section_name): (SectionId, Text),
        language: Language,
    ) -> Self {
        Self {
            person: id.clone(),
            name,
            section,
            section_name,
            language,
            part: Part::Called,
            targets: Arc::default(),
            called_at: None,
            called_stage: 0,
            asked_at: None,
            resent: 0,
            sent_at: None,
            last_sent_at: None,
            last_taken_at: None,
            contacts: Vec::new(),
            answer: None,
            doubted: None,
        }
    }

    /// Takes the roster's contacts of now; what is known of each is kept.
    pub(super) fn refresh(&mut self, contacts: &[Contact]) {
        if self.has(contacts) {
            return;
        }
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

    /// Whether their contacts are these, in this order.
    fn has(&self, contacts: &[Contact]) -> bool {
        let known = self.contacts.iter().map(|tried| &tried.contact);
        known.eq(contacts)
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
    fn choose(&self, purpose: Purpose, stage: Option<&Stage>) -> Vec<Contact> {
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
        chosen.sort_by_key(|contact| self.is_failing(contact));
        // Why: what waits for a person's word is said by every path.
        let alarm = matches!(
            purpose,
            Purpose::Exhausted
                | Purpose::Decide
                | Purpose::Unconfirmed
                | Purpose::Paused
                | Purpose::Help
                | Purpose::HelpOut
                | Purpose::Alarm
        );
        let together = stage.is_some_and(|stage| stage.together) || alarm;
        if !together {
            chosen.truncate(1);
        }
        chosen
    }

    /// The first contact through which nothing was sent yet: of those that the
    /// stage names, if it names one.
    pub(super) fn untried(&self, stage: Option<&Stage>) -> Option<Contact> {
        let untried = |tried: &&TriedContact| tried.state == ContactState::Untried;
        let named = |tried: &&TriedContact| {
            stage.is_none_or(|stage| stage.channels.contains(&tried.contact.channel))
        };
        let all = || self.contacts.iter().filter(untried);
        let first = all().find(named).or_else(|| all().next());
        first.map(|tried| tried.contact.clone())
    }

    /// The same message through the first contact that was not tried yet.
    pub(super) fn next_untried(&mut self, stage: Option<&Stage>, draft: &Draft) -> Option<Draft> {
        let contact = self.untried(stage)?;
        if let Some(next) = self.contact_mut(&contact) {
            next.state = ContactState::Waiting;
        }
        Some(Draft {
            contact,
            ..draft.clone()
        })
    }

    /// Whether a contact refuses for now what is sent to it.
    fn is_failing(&self, contact: &Contact) -> bool {
        let mut failing = self.contacts.iter();
        failing.any(|tried| tried.contact == *contact && tried.state == ContactState::Failing)
    }

    /// Whether nothing that is sent to them can pass: no contact is left, not even
    /// one that refuses for now.
    pub(super) fn is_lost(&self) -> bool {
        let mut contacts = self.contacts.iter();
        contacts.all(|tried| tried.state == ContactState::Dead)
    }

    /// Whether a message that asks may be on its way or have arrived.
    pub(super) fn is_tried(&self) -> bool {
        let tried = |state| matches!(state, ContactState::Waiting | ContactState::Accepted);
        self.contacts.iter().any(|contact| tried(contact.state))
    }

    /// Drafts a message through the contacts of a stage. One that only tells
    /// leaves what is known of a contact as it is: it calls nobody.
    pub(super) fn draft(
        &mut self,
        purpose: Purpose,
        stage: Option<&Stage>,
        number: u32,
    ) -> Vec<Draft> {
        let chosen = self.choose(purpose, stage);
        for contact in &chosen {
            if let Some(tried) = self.contact_mut(contact)
                && tried.state == ContactState::Untried
                && purpose.calls()
            {
                tried.state = ContactState::Waiting;
            }
        }
        self.through(chosen, purpose, number)
    }

    /// Drafts what only tells past the channels that fail: through the first
    /// contact of another, and where there is none through all that they have.
    pub(super) fn draft_past(&mut self, past: &[ChannelName], purpose: Purpose) -> Vec<Draft> {
        let alive = self.contacts.iter();
        let alive = alive.filter(|tried| tried.state != ContactState::Dead);
        let mut chosen: Vec<Contact> = alive.map(|tried| tried.contact.clone()).collect();
        let mut all = chosen.iter();
        if let Some(first) = all.position(|contact| !past.contains(&contact.channel)) {
            chosen = vec![chosen.swap_remove(first)];
        }
        for tried in &mut self.contacts {
            if chosen.contains(&tried.contact) && tried.state == ContactState::Untried {
                tried.state = ContactState::Waiting;
            }
        }
        self.through(chosen, purpose, 0)
    }

    fn through(&self, chosen: Vec<Contact>, purpose: Purpose, stage: u32) -> Vec<Draft> {
        let drafts = chosen.into_iter().map(|contact| Draft {
            person: self.person.clone(),
            contact,
            purpose,
            stage,
            confirms: None,
        });
        drafts.collect()
    }
}

impl CallOut {
    /// Reads a person's contacts afresh; whether somebody still asked has none left by
    /// that. The next in line is to be called in their place.
    pub(super) fn loses(&mut self, id: &PersonId, plan: &Plan, effects: &mut Vec<Effect>) -> bool {
        let standing = |call_out: &Self| call_out.participants.get(id).map(Participant::standing);
        let before = standing(self);
        self.refresh_contacts(id, plan, effects);
        before == Some(Standing::Silent) && standing(self) == Some(Standing::Unreachable)
    }

    /// Reads a person's contacts afresh from the roster; whether they changed.
    /// Whom a transfer took away after the call keeps those that they had.
    pub(super) fn refresh_contacts(
        &mut self,
        id: &PersonId,
        plan: &Plan,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let (Some(participant), Some(contacts)) =
            (self.participants.get_mut(id), plan.roster.contacts(id))
        else {
            return false;
        };
        if participant.has(contacts) {
            return false;
        }
        let before = participant.standing();
        participant.refresh(contacts);
        effects.push(Effect::Participant(id.clone()));
        if before == Standing::Silent && participant.standing() == Standing::Unreachable {
            effects.push(Effect::Journal(Entry::Unreachable { person: id.clone() }));
        }
        self.moved(id, before);
        true
    }

    /// Whether the contact that a message is for is known to be dead.
    pub fn is_dead(&self, draft: &Draft) -> bool {
        let participant = self.participants.get(&draft.person);
        let mut contacts = participant.into_iter().flat_map(|to| to.contacts.iter());
        contacts.any(|tried| tried.contact == draft.contact && tried.state == ContactState::Dead)
    }

    /// Whether the contact that a message is for refuses for now.
    pub fn is_failing(&self, draft: &Draft) -> bool {
        let participant = self.participants.get(&draft.person);
        participant.is_some_and(|to| to.is_failing(&draft.contact))
    }

    /// Whether the person of a message has a contact through which nothing was
    /// sent yet.
    pub fn has_another(&self, draft: &Draft) -> bool {
        let participant = self.participants.get(&draft.person);
        participant.is_some_and(|to| to.untried(None).is_some())
    }

    /// Whether some contact has taken a call to a person since then, and is none that was
    /// found dead.
    pub fn is_reached(&self, person: &PersonId, since: Timestamp) -> bool {
        let taken = |to: &Participant| {
            let mut contacts = to.contacts.iter();
            to.last_taken_at.is_some_and(|taken| taken >= since)
                && contacts.any(|tried| tried.state == ContactState::Accepted)
        };
        self.participants.get(person).is_some_and(taken)
    }

    /// A message to a person was taken charge of.
    pub fn accepted(&mut self, draft: &Draft, at: Timestamp) {
        let person = &draft.person;
        if let Some(participant) = self.participants.get_mut(person) {
            let before = participant.standing();
            participant.sent_at.get_or_insert(at);
            participant.last_sent_at = participant.last_sent_at.max(Some(at));
            if draft.purpose.calls() {
                participant.last_taken_at = participant.last_taken_at.max(Some(at));
            }
            // Invariant: dead stays dead for this call-out, as in the store.
            if let Some(tried) = participant.contact_mut(&draft.contact)
                && tried.state.is_tried_on()
            {
                tried.state = ContactState::Accepted;
            }
            self.moved(person, before);
        }
    }

    /// A message to a person is on its way at this time, or nobody knows whether
    /// it was taken: a machine may have read it by then.
    pub fn may_have_left(&mut self, person: &PersonId, at: Timestamp) {
        if let Some(participant) = self.participants.get_mut(person) {
            participant.last_sent_at = participant.last_sent_at.max(Some(at));
        }
    }

    /// Whether it calls people, or has and waits for them.
    pub(super) fn calls_now(&self) -> bool {
        matches!(self.state, State::Open | State::Exhausted) && !self.is_paused()
    }
}
