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
    /// Whether another contact says it already, though this one did not fail for good.
    pub said: bool,
}

impl CallOut {
    /// A contact refuses what asks a person something, and may take it later; or twice
    /// nobody knows whether it took it ([`Reason::Ambiguous`]). Of a call the next
    /// contact is tried as well, now. Where each was `asked` and refuses, or is dead, the
    /// next in line is called or asked now; the message is tried again all the same. One
    /// that took a call before stays as it is: the person may have read that.
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
        if !participant.may_fail_by(draft) {
            return effects;
        }
        let Some(tried) = participant.contact_mut(&draft.contact) else {
            return effects;
        };
        if asked {
            tried.state = ContactState::Failing;
            effects.push(Effect::Participant(id.clone()));
        }
        // Why not of what asks for a word: that goes by every contact at once.
        let next = calls.then(|| participant.next_untried(stage.as_ref(), draft));
        let next = next.flatten();
        if !asked && next.is_none() && *reason != Reason::Ambiguous {
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

    /// Whether [`CallOut::failing`] may do anything: the contact of a message is not known
    /// to fail.
    pub fn moves_by(&self, draft: &Draft) -> bool {
        let participant = self.participants.get(&draft.person);
        participant.is_none_or(|to| to.may_fail_by(draft))
    }

    /// What cannot leave by its contact now is said by another one as well, unless one
    /// has called the person since it was queued: a word to those who come must not wait
    /// for one way while another takes it.
    pub fn say_another_way(&mut self, unsent: &Dead, since: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Dead { draft, reason, .. } = unsent;
        if !self.has_another_way(draft, since) {
            return effects;
        }
        let (calls, is_notice) = (draft.purpose.calls(), self.is_notice());
        let Some(participant) = self.participants.get_mut(&draft.person) else {
            return effects;
        };
        let Some(next) = participant.another(draft, is_notice) else {
            return effects;
        };
        // Why only then: that it took no call is told by what failed first.
        if calls && participant.state_of(&draft.contact) == Some(ContactState::Accepted) {
            effects.push(Effect::Journal(Entry::ContactFailing {
                person: draft.person.clone(),
                channel: draft.contact.channel.clone(),
                reason: *reason,
                detail: without_addresses(&unsent.detail, &draft.contact.address),
            }));
        }
        if participant.try_by(&next, (calls || is_notice).then_some(&draft.contact)) {
            effects.push(Effect::Participant(draft.person.clone()));
        }
        effects.push(Effect::Notify(Draft {
            contact: next,
            ..draft.clone()
        }));
        effects
    }

    /// Whether [`CallOut::say_another_way`] says it.
    pub fn has_another_way(&self, draft: &Draft, since: Timestamp) -> bool {
        let (purpose, id) = (draft.purpose, &draft.person);
        let index = (draft.stage as usize).checked_sub(1);
        let stage = index.and_then(|index| self.procedure.stages.get(index));
        // Why not of such a stage: each contact has its own message.
        let called = || self.is_reached(id, since) || stage.is_some_and(|stage| stage.together);
        let participant = self.participants.get(id);
        purpose.goes_another_way()
            && self.is_still_said(id, purpose)
            && !(purpose.calls() && called())
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
        self.send_on(dead, mended, &mut effects);
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
    fn send_on(&mut self, dead: &Dead, mended: bool, effects: &mut Vec<Effect>) {
        let draft = &dead.draft;
        let (purpose, is_notice) = (draft.purpose, self.is_notice());
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
        if purpose.goes_another_way() && !mended {
            // Why where it expired: for days it could not leave, and was said then.
            if dead.said || dead.reason == Reason::Expired {
                return;
            }
            if is_notice || participant.has_one_before(&draft.contact) {
                if let Some(next) = participant.another(draft, is_notice) {
                    participant.try_by(&next, is_notice.then_some(&draft.contact));
                    effects.push(Effect::Notify(Draft {
                        contact: next,
                        ..draft.clone()
                    }));
                }
                return;
            }
        }
        let drafts = participant.draft(purpose, stage.as_ref(), draft.stage);
        effects.extend(drafts.into_iter().map(Effect::Notify));
    }
}

impl Participant {
    /// Whether it is news that the contact of a message fails. Of one that took a call it
    /// is not, as long as that is the call that stands: they may have been let go since.
    fn may_fail_by(&self, draft: &Draft) -> bool {
        let took = || {
            let called = self.called_at;
            called.is_some() && self.last_taken_at >= called
        };
        match self.state_of(&draft.contact) {
            None | Some(ContactState::Dead | ContactState::Failing) => false,
            Some(ContactState::Untried | ContactState::Waiting) => true,
            Some(ContactState::Accepted) => !(draft.purpose.calls() && took()),
        }
    }

    /// What is known of a contact.
    fn state_of(&self, contact: &Contact) -> Option<ContactState> {
        let mut contacts = self.contacts.iter();
        let known = contacts.find(|tried| tried.contact == *contact)?;
        Some(known.state)
    }

    /// Whether one that passes stands before a contact: it has carried what came to that.
    fn has_one_before(&self, contact: &Contact) -> bool {
        let before = self.contacts.iter();
        let mut before = before.take_while(|tried| tried.contact != *contact);
        let passes = |tried: &TriedContact| {
            !matches!(tried.state, ContactState::Dead | ContactState::Failing)
        };
        self.state_of(contact).is_some() && before.any(passes)
    }

    /// Notes that something goes by a contact in place of `before`, where that is to be
    /// known; whether that was new.
    fn try_by(&mut self, next: &Contact, before: Option<&Contact>) -> bool {
        let mut new = false;
        for tried in &mut self.contacts {
            let is_meant = before.is_some_and(|before| [before, next].contains(&&tried.contact));
            if is_meant && tried.state == ContactState::Untried {
                tried.state = ContactState::Waiting;
                new = true;
            }
        }
        new
    }

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

    /// Takes the contacts of now to ask them anew: what refused what they were asked before
    /// may take this.
    pub(super) fn ask_by(&mut self, contacts: &[Contact]) {
        self.refresh(contacts);
        for tried in &mut self.contacts {
            if tried.state == ContactState::Failing {
                tried.state = ContactState::Untried;
            }
        }
    }
}
