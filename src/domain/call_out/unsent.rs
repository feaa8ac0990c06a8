//! What follows when a contact does not take a message.
//!
//! Owns where the message goes then, and who is called in place of its person. It must
//! not judge why it was not taken: that is said to it.

use jiff::Timestamp;

use super::super::delivery::Reason;
use super::super::journal::Entry;
use super::super::notification::{Draft, Purpose};
use super::super::plan::Plan;
use super::super::roster::Contact;
use super::super::text::without_addresses;
use super::{CallOut, ContactState, Effect, Participant, State, TriedContact};

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

impl CallOut {
    /// A contact refuses what asks a person something, and may take it later; or twice
    /// nobody knows whether it took it ([`Reason::Ambiguous`]). Of a call the next
    /// contact is tried as well, now. Where each was `asked` and refuses, or is dead, the
    /// next in line is called or asked now; the message is tried again all the same.
    ///
    /// Why one that took a message before stays as it is: the person may have read that.
    pub fn failing(
        &mut self,
        failing: &Dead,
        asked: bool,
        plan: &Plan,
        now: Timestamp,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Dead { draft, reason, .. } = failing;
        let (id, calls) = (&draft.person, draft.purpose.calls());
        let stage = self.stage_now().cloned();
        if !draft.purpose.asks_somebody() || !self.is_still_said(id, draft.purpose) {
            return effects;
        }
        let Some(participant) = self.participants.get_mut(id) else {
            return effects;
        };
        let before = participant.standing();
        let Some(tried) = participant.contact_mut(&draft.contact) else {
            return effects;
        };
        if matches!(tried.state, ContactState::Dead | ContactState::Failing) {
            return effects;
        }
        let fresh = !calls || tried.state != ContactState::Accepted;
        if asked && fresh {
            tried.state = ContactState::Failing;
            effects.push(Effect::Participant(id.clone()));
        }
        // Why not of what asks for a word: that goes by every contact at once.
        let next = calls.then(|| participant.next_untried(stage.as_ref(), draft));
        let next = next.flatten();
        let says = fresh && (asked || *reason == Reason::Ambiguous);
        if !says && next.is_none() {
            return effects;
        }
        effects.push(Effect::Journal(Entry::ContactFailing {
            person: id.clone(),
            channel: draft.contact.channel.clone(),
            reason: *reason,
            detail: without_addresses(&failing.detail, &draft.contact.address),
        }));
        effects.extend(next.map(Effect::Notify));
        if participant.is_unreachable() {
            effects.push(Effect::Journal(Entry::Unreachable { person: id.clone() }));
        }
        self.moved(id, before);
        self.settle_question(plan, now, &mut effects);
        self.settle_targets(id, plan, now, &mut effects);
        self.settle_help(plan, now, &mut effects);
        effects
    }

    /// Whether anything follows from it that the contact of a message fails: that is not
    /// known yet, or the person has one that was not tried.
    pub fn moves_by(&self, draft: &Draft) -> bool {
        let participant = self.participants.get(&draft.person);
        let state = |to: &Participant| {
            let mut contacts = to.contacts.iter();
            contacts
                .find(|tried| tried.contact == draft.contact)
                .map(|tried| tried.state)
        };
        participant.is_none_or(|to| match state(to) {
            None | Some(ContactState::Dead | ContactState::Failing) => false,
            Some(ContactState::Untried | ContactState::Waiting) => true,
            Some(ContactState::Accepted) => !draft.purpose.calls() || to.untried(None).is_some(),
        })
    }

    /// What cannot leave by its contact now is said by another one as well: a word to
    /// those who come must not wait for one way while another takes it.
    pub fn say_another_way(&mut self, draft: &Draft) -> Vec<Effect> {
        if !self.has_another_way(draft) {
            return Vec::new();
        }
        let is_notice = self.is_notice();
        let Some(participant) = self.participants.get_mut(&draft.person) else {
            return Vec::new();
        };
        let Some(contact) = participant.another(draft, is_notice) else {
            return Vec::new();
        };
        let mut effects = Vec::new();
        let marks = is_notice || draft.purpose.calls();
        for tried in &mut participant.contacts {
            let is_meant =
                tried.contact == contact || (is_notice && tried.contact == draft.contact);
            if marks && is_meant && tried.state == ContactState::Untried {
                tried.state = ContactState::Waiting;
                effects = vec![Effect::Participant(draft.person.clone())];
            }
        }
        effects.push(Effect::Notify(Draft {
            contact,
            ..draft.clone()
        }));
        effects
    }

    /// Whether [`CallOut::say_another_way`] says it.
    pub fn has_another_way(&self, draft: &Draft) -> bool {
        let participant = self.participants.get(&draft.person);
        draft.purpose.goes_another_way()
            && self.is_still_said(&draft.person, draft.purpose)
            && participant.is_some_and(|to| to.another(draft, self.is_notice()).is_some())
    }

    /// A contact of a person will not pass: the next contact is tried now,
    /// and without one the next in line is called now.
    pub fn dead(&mut self, dead: &Dead, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let id = &dead.draft.person;
        let Some(participant) = self.participants.get_mut(id) else {
            return effects;
        };
        let before = participant.standing();
        let reachable = !participant.is_unreachable();
        let known = match participant.contact_mut(&dead.draft.contact) {
            Some(tried) => std::mem::replace(&mut tried.state, ContactState::Dead),
            // The roster has another contact in its place by now.
            None => ContactState::Untried,
        };
        if known != ContactState::Dead {
            effects.push(Effect::Journal(Entry::ContactDead {
                person: id.clone(),
                channel: dead.draft.contact.channel.clone(),
                reason: dead.reason,
                // Invariant: no address stands in the account.
                detail: without_addresses(&dead.detail, &dead.draft.contact.address),
            }));
        }
        let unreachable = reachable && participant.is_unreachable();
        let lost = participant.is_lost();
        self.moved(id, before);
        let mended = self.refresh_contacts(id, plan, &mut effects);
        if unreachable && !mended {
            effects.push(Effect::Journal(Entry::Unreachable { person: id.clone() }));
        }
        self.send_on(&dead.draft, mended, &mut effects);
        // Why: what was to say that it is over died with the contacts before.
        let word = self.last_word().filter(|_| mended && lost);
        if let Some(word) = word.filter(|word| *word != dead.draft.purpose) {
            self.tell(std::slice::from_ref(id), word, plan, &mut effects);
        }
        self.settle_question(plan, now, &mut effects);
        self.settle_targets(id, plan, now, &mut effects);
        self.settle_help(plan, now, &mut effects);
        effects
    }

    /// What a dead contact was to carry goes on to the next one, while it is
    /// still wanted.
    fn send_on(&mut self, draft: &Draft, mended: bool, effects: &mut Vec<Effect>) {
        let purpose = draft.purpose;
        let stage = self.stage_now().filter(|_| purpose.calls()).cloned();
        let said = self.is_still_said(&draft.person, purpose);
        let held = self.state == State::Held || self.growth_due().is_some();
        let Some(participant) = self.participants.get_mut(&draft.person) else {
            return;
        };
        let wanted = match purpose {
            Purpose::Call | Purpose::Remind => {
                // What refuses for now is tried again as it is.
                !participant.is_tried() && participant.untried(None).is_some()
            }
            // Every other path has carried it already.
            Purpose::Exhausted
            | Purpose::Alarm
            | Purpose::Decide
            | Purpose::Unconfirmed
            | Purpose::Paused
            | Purpose::Help
            | Purpose::HelpOut => mended,
            // It goes to the address that was written from, or nowhere.
            Purpose::Replied => false,
            Purpose::Held => held,
            Purpose::Unmet
            | Purpose::Unfillable
            | Purpose::Corrected
            | Purpose::Inform
            | Purpose::Grown
            | Purpose::Tell
            | Purpose::Aftershock
            | Purpose::Cancelled
            | Purpose::StandDown
            | Purpose::Released
            | Purpose::Readiness
            | Purpose::Schedule
            | Purpose::DrillReport => true,
        };
        if !said || !wanted {
            return;
        }
        if purpose.calls() {
            // Why: what refuses for now has its message already.
            let next = participant.next_untried(stage.as_ref(), draft);
            effects.extend(next.map(|draft| Effect::Notify(Draft { purpose, ..draft })));
            return;
        }
        let drafts = participant.draft(purpose, stage.as_ref(), draft.stage);
        effects.extend(drafts.into_iter().map(Effect::Notify));
    }
}

impl Participant {
    /// Another contact for a message: the one after its own, past whichever is dead, and
    /// past whichever fails while there is another. A notice, which began with any of
    /// them, goes to one that was not tried.
    ///
    /// Invariant: none twice, so that what goes on and on comes to an end.
    fn another(&self, draft: &Draft, is_notice: bool) -> Option<Contact> {
        if is_notice {
            let mut contacts = self.contacts.iter();
            let untried = contacts.find(|tried| {
                tried.state == ContactState::Untried && tried.contact != draft.contact
            });
            return untried.map(|tried| tried.contact.clone());
        }
        let place = |tried: &TriedContact| tried.contact == draft.contact;
        let at = self.contacts.iter().position(place)?;
        let later = self.contacts.iter().skip(at + 1);
        let alive = later.filter(|tried| tried.state != ContactState::Dead);
        let next = alive.min_by_key(|tried| tried.state == ContactState::Failing)?;
        Some(next.contact.clone())
    }
}
