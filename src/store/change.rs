//! What is written: rows made from domain values, ready to be bound.
//!
//! Owns the way from effects to rows, and what of them is claimed as it is queued. It
//! runs in the caller's task, so that the one writer only executes SQL.

use std::sync::Arc;

use jiff::Timestamp;

use super::at_once::AtOnce;
use super::codec::{self, Progress, micros};
use super::rows::Rows;
use super::seal::Sealed;
use super::{Claim, Claimed, MailRow, Pending};
use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::call_out::{CallOut, Effect};
use crate::domain::delivery::{Outcome, Reason};
use crate::domain::event::Event;
use crate::domain::id::{CallOutId, EventId, PersonId};
use crate::domain::notification::{Draft, NotificationId, NotificationState, Purpose};

/// How the messages of a change are queued.
#[derive(Debug)]
pub struct Queueing<'a, L, N> {
    /// Who leads: what goes to them goes first.
    pub leads: L,
    /// A number for each.
    pub number: N,
    /// What of them is claimed as it is queued, where senders are there for it.
    pub claim: Option<&'a mut Claim>,
}

/// A change of one call-out: all of it is kept, or none.
#[derive(Debug)]
pub struct Change {
    /// Which call-out.
    pub(super) call_out: CallOutId,
    /// `None` where the row stays as it is.
    pub(super) head: Option<Head>,
    /// On which revision it was made, where the row stays as it is.
    pub(super) made_on: i64,
    pub(super) participants: Rows,
    pub(super) notifications: Rows,
    /// Reminders, each with what it comes in place of.
    pub(super) reminders: Rows,
    /// People whose queued messages that ask are withdrawn.
    pub(super) withdraw: Vec<PersonId>,
    /// People whose withdrawn calls are queued anew, each with the contacts that have
    /// taken none.
    pub(super) revive: Vec<(PersonId, String)>,
    /// All queued messages that ask are withdrawn.
    pub(super) withdraw_all: bool,
    pub(super) acknowledgements: Vec<(Timestamp, PersonId, String)>,
    pub(super) journal: Vec<(Timestamp, String)>,
    pub(super) settlements: Vec<Settlement>,
    /// The mail that caused it.
    pub(super) mail: Option<MailRow>,
    /// Where the call-out is kept in parts: whether more of it is to come.
    pub(super) more: Option<bool>,
    pub(super) at_once: AtOnce,
}

/// The call-out's own row.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) state: &'static str,
    pub(super) live: bool,
    pub(super) opened_at: i64,
    pub(super) revision: i64,
    pub(super) progress: Arc<str>,
    /// Only where the call-out is new.
    pub(super) frozen: Option<OpenedWith>,
    /// Only where what it was opened with changed.
    pub(super) refrozen: Option<String>,
}

/// What a call-out was opened with.
///
/// Why its event beside it: to be found in the body that would be read, which names
/// everybody.
#[derive(Clone, Debug)]
pub(super) struct OpenedWith {
    pub(super) event: EventId,
    pub(super) body: String,
}

impl Change {
    /// Makes rows of a change: the state after it and its effects.
    pub fn new<L: Fn(&PersonId) -> bool, N: FnMut() -> NotificationId>(
        call_out: &CallOut,
        effects: &[Effect],
        now: Timestamp,
        queueing: Queueing<'_, L, N>,
    ) -> Self {
        Self::further(call_out, effects, now, queueing, &mut None)
    }

    /// The same of a call-out whose progress may be known from an earlier change.
    pub fn further<L: Fn(&PersonId) -> bool, N: FnMut() -> NotificationId>(
        call_out: &CallOut,
        effects: &[Effect],
        now: Timestamp,
        queueing: Queueing<'_, L, N>,
        known: &mut Option<Progress>,
    ) -> Self {
        let mut change = Self::part(call_out, effects, now, queueing);
        change.head = Some(Head {
            state: call_out.state.name(),
            live: call_out.state.is_live(),
            opened_at: micros(call_out.opened_at),
            revision: change.made_on,
            progress: Progress::of(call_out, known),
            frozen: None,
            refrozen: effects
                .contains(&Effect::Frozen)
                .then(|| codec::frozen(call_out)),
        });
        change
    }

    /// The same of effects alone: the call-out's own row stays as it is, which must say
    /// then what `call_out` does.
    pub fn part<L: Fn(&PersonId) -> bool, N: FnMut() -> NotificationId>(
        call_out: &CallOut,
        effects: &[Effect],
        now: Timestamp,
        mut queueing: Queueing<'_, L, N>,
    ) -> Self {
        let mut change = Self {
            call_out: call_out.id.clone(),
            head: None,
            made_on: i64::try_from(call_out.revision).unwrap_or(i64::MAX),
            participants: Rows::default(),
            notifications: Rows::default(),
            reminders: Rows::default(),
            withdraw: Vec::new(),
            revive: Vec::new(),
            withdraw_all: false,
            acknowledgements: Vec::new(),
            journal: Vec::new(),
            settlements: Vec::new(),
            mail: None,
            more: None,
            at_once: AtOnce::default(),
        };
        let mut written = std::collections::HashSet::new();
        for effect in effects {
            match effect {
                Effect::Notify(draft) => {
                    let id = (queueing.number)();
                    let urgency = draft.urgency((queueing.leads)(&draft.person));
                    if draft.purpose == Purpose::Remind {
                        change.reminders.push(&(
                            id,
                            call_out.id.as_str(),
                            draft.person.as_str(),
                            draft.contact.channel.to_string(),
                            &draft.contact.address,
                        ));
                    }
                    let claim = queueing.claim.as_deref_mut();
                    let claim = claim.filter(|claim| claim.has_room(draft, urgency));
                    let until = claim.map(|claim| {
                        claim.add(draft, urgency);
                        change.at_once.add(&call_out.id, draft, (id, urgency), now);
                        claim.lease_until
                    });
                    let queued = &mut change.notifications;
                    notification(queued, &call_out.id, draft, (id, urgency), (now, until));
                }
                Effect::Frozen => {}
                Effect::Withdraw(person) => change.withdraw.push(person.clone()),
                Effect::Revive(person) => change.revive.extend(untaken(call_out, person)),
                Effect::WithdrawAll => change.withdraw_all = true,
                Effect::Participant(person) => {
                    if written.insert(person)
                        && let Some((position, _, participant)) =
                            call_out.participants.get_full(person)
                    {
                        change.participants.push(&(
                            call_out.id.as_str(),
                            person.as_str(),
                            position,
                            codec::participant(participant, call_out.revision),
                        ));
                    }
                }
                Effect::Acknowledge(acknowledgement) => {
                    change
                        .acknowledgements
                        .push(answer(call_out, acknowledgement));
                }
                Effect::Journal(entry) => change.journal.push((now, codec::entry_body(entry))),
            }
        }
        change
    }

    /// What of it is claimed as it is queued: told once it is kept, and never where it
    /// is not.
    pub fn at_once(&mut self) -> Pending<Vec<Claimed>> {
        self.at_once.pending()
    }

    /// What of it is claimed as it is queued.
    pub fn claimed(&self) -> &[Claimed] {
        self.at_once.claimed()
    }

    /// It is one of the parts in which a call-out is kept; whether there are `more`
    /// is kept with it, until the last.
    #[must_use]
    pub fn in_parts(mut self, more: bool) -> Self {
        self.more = Some(more);
        self
    }

    /// Settles the attempts that caused the change, in the same commit: a dead
    /// contact and the message to the next one are kept together or not at all.
    #[must_use]
    pub fn settling(mut self, settlements: Vec<Settlement>) -> Self {
        self.settlements = settlements;
        self
    }

    /// Keeps the mail that caused the change in the same commit, so that the
    /// same one changes nothing twice.
    #[must_use]
    pub fn hearing(mut self, mail: MailRow) -> Self {
        self.mail = Some(mail);
        self
    }

    /// The first change of a call-out, with what it was opened with.
    #[must_use]
    pub fn opening(mut self, call_out: &CallOut) -> Self {
        if let Some(head) = &mut self.head {
            head.frozen = Some(OpenedWith {
                event: call_out.event.id.clone(),
                body: codec::frozen(call_out),
            });
        }
        self
    }
}

/// When somebody said what, and its body: with it that it stands, where it does, since
/// their own row is not written for it.
fn answer(call_out: &CallOut, said: &Acknowledgement) -> (Timestamp, PersonId, String) {
    let person = &said.answer.person;
    let known = call_out.participants.get(person);
    let stands = known.and_then(|known| known.answer.as_ref()) == Some(said);
    let since = stands.then_some(call_out.revision);
    let body = codec::acknowledgement(said, since);
    (said.at, person.clone(), body)
}

/// A person with channel and address of each contact that was tried and has taken none,
/// where there is one.
fn untaken(call_out: &CallOut, person: &PersonId) -> Option<(PersonId, String)> {
    let participant = call_out.participants.get(person)?;
    let mut untaken = Rows::default();
    for tried in &participant.contacts {
        if tried.state.is_tried_on() {
            untaken.push(&(tried.contact.channel.to_string(), &tried.contact.address));
        }
    }
    (!untaken.is_empty()).then(|| (person.clone(), untaken.take()))
}

fn notification(
    rows: &mut Rows,
    call_out: &CallOutId,
    draft: &Draft,
    (id, urgency): (NotificationId, u8),
    (now, claimed_until): (Timestamp, Option<Timestamp>),
) {
    let channel = draft.contact.channel.to_string();
    let confirms = draft.confirms.as_deref().map(codec::confirmed);
    let seal = Sealed {
        id,
        call_out: call_out.as_str(),
        person: draft.person.as_str(),
        channel: &channel,
        address: &draft.contact.address,
        purpose: draft.purpose.name(),
        stage: i64::from(draft.stage),
        created_at: micros(now),
        confirms: confirms.as_deref(),
    };
    rows.push(&(
        id,
        call_out.as_str(),
        draft.person.as_str(),
        &channel,
        &draft.contact.address,
        draft.purpose.name(),
        draft.purpose.asks(),
        draft.stage,
        urgency,
        micros(now),
        &confirms,
        seal.seal(),
        claimed_until.is_some(),
        micros(claimed_until.unwrap_or(now)),
    ));
}

/// An event with everything that follows from it at once.
#[derive(Debug)]
pub struct Recording {
    pub(super) id: String,
    pub(super) key: Option<String>,
    pub(super) content: String,
    pub(super) body: String,
    pub(super) received_at: i64,
    pub(super) call_outs: Vec<Change>,
    /// Call-outs that ran already and took the event in.
    pub(super) joined: Vec<CallOutId>,
    /// The program's own alarm, which may use the room that is kept.
    pub(super) own: bool,
}

impl Recording {
    /// Makes rows of an event and its call-outs' first changes.
    pub fn new(event: &Event, call_outs: Vec<Change>) -> Self {
        Self {
            id: event.id.as_str().to_owned(),
            key: event.key.clone(),
            content: codec::content(event),
            body: codec::event(event),
            received_at: micros(event.received_at),
            call_outs,
            joined: Vec::new(),
            own: false,
        }
    }

    /// The event is the program's own alarm: on a full disk it is kept all the
    /// same, since it says that the disk is full.
    #[must_use]
    pub fn own(mut self) -> Self {
        self.own = true;
        self
    }

    /// The event is a later report of what a call-out runs for already.
    #[must_use]
    pub fn joining(mut self, call_out: &CallOutId) -> Self {
        self.joined.push(call_out.clone());
        self
    }
}

/// The year 9999: later than anything is due.
pub(super) const NEVER: i64 = 253_370_764_800_000_000;

/// What came of one attempt at one notification.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// Which notification.
    pub id: NotificationId,
    /// The lease under which it was sent: an older one changes nothing.
    pub lease: i64,
    /// Which attempt this was, from 1.
    pub attempt: u32,
    /// When it ended.
    pub at: Timestamp,
    /// Through which relay or endpoint.
    pub via: String,
    /// What came of it; `None` where it was no longer wanted and not sent.
    pub outcome: Option<Outcome>,
    /// When it is tried again, where it is.
    pub again_at: Option<Timestamp>,
}

impl Settlement {
    /// Where the notification stands after it.
    pub const fn state(&self) -> NotificationState {
        NotificationState::after(self.outcome.as_ref())
    }

    /// Adds its row: class and the other side's own words.
    pub(super) fn write(&self, rows: &mut Rows) {
        let (reason, detail) = match &self.outcome {
            None => (None, ""),
            Some(Outcome::Accepted { reference }) => (None, reference.as_str()),
            Some(Outcome::Retry { reason, detail, .. } | Outcome::Rejected { reason, detail }) => {
                (Some(reason.name()), detail.as_str())
            }
            Some(Outcome::Unknown { detail }) => (Some(Reason::Ambiguous.name()), detail.as_str()),
        };
        rows.push(&(
            self.id,
            self.lease,
            self.attempt,
            micros(self.at),
            &self.via,
            self.state().name(),
            reason,
            detail,
            match (self.again_at, self.state()) {
                (Some(again), _) => micros(again),
                // Nobody will ever know: it stays so, and is not due again.
                (None, NotificationState::Unknown) => NEVER,
                (None, _) => micros(self.at),
            },
        ));
    }
}
