//! How people stand, and the figures made of it.
//!
//! Owns what counts as coming, as out and as still being asked. It must not
//! change anything but its own figures.

use super::super::acknowledgement::Reply;
use super::{ContactState, Part, Participant};

/// How one participant stands towards the call-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Asked, and has not answered (or only doubtfully).
    Silent,
    /// Says they come.
    Coming,
    /// Is there.
    Arrived,
    /// Cannot come.
    Cannot,
    /// Has received it and says no more.
    Received,
    /// No contact is left and there is no answer.
    Unreachable,
}

impl Participant {
    /// Whether every contact of theirs has failed, or there is none.
    pub fn is_unreachable(&self) -> bool {
        self.contacts
            .iter()
            .all(|tried| tried.state == ContactState::Dead)
    }

    /// The reply that counts: the one that stands, unless it is doubtful.
    pub fn reply(&self) -> Option<Reply> {
        self.answer
            .as_ref()
            .filter(|acknowledgement| !acknowledgement.doubtful)
            .map(|acknowledgement| acknowledgement.answer.reply)
    }

    /// How they stand.
    pub fn standing(&self) -> Standing {
        match self.reply() {
            Some(Reply::Coming) => Standing::Coming,
            Some(Reply::Arrived) => Standing::Arrived,
            Some(Reply::Cannot) => Standing::Cannot,
            Some(Reply::Received) => Standing::Received,
            None if self.is_unreachable() => Standing::Unreachable,
            None => Standing::Silent,
        }
    }

    /// Whether they were called.
    pub fn is_called(&self) -> bool {
        self.part == Part::Called
    }
}

/// How the called candidates of one target stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// Called at all.
    pub called: u32,
    /// Coming or arrived.
    pub have: u32,
    /// Cannot come.
    pub cannot: u32,
    /// Received, and no more: answered, but fills no place.
    pub received: u32,
    /// Asked, no answer yet.
    pub silent: u32,
    /// No contact left, no answer.
    pub unreachable: u32,
}

impl Tally {
    /// Counts one participant in, or out when they are about to change.
    pub(super) fn count(&mut self, standing: Standing, add: bool) {
        let place = match standing {
            Standing::Silent => &mut self.silent,
            Standing::Coming | Standing::Arrived => &mut self.have,
            Standing::Cannot => &mut self.cannot,
            Standing::Received => &mut self.received,
            Standing::Unreachable => &mut self.unreachable,
        };
        if add {
            *place += 1;
            self.called += 1;
        } else {
            *place -= 1;
            self.called -= 1;
        }
    }
}

/// The figures of a call-out: persons who were called, each counted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Called.
    pub called: u32,
    /// A message to them was accepted by the other side.
    pub sent: u32,
    /// Every contact of theirs has failed.
    pub unreachable: u32,
    /// Have answered, without doubt.
    pub answered: u32,
    /// Say they come and have not arrived.
    pub coming: u32,
    /// Are there.
    pub arrived: u32,
    /// Cannot come.
    pub cannot: u32,
    /// Called and not answered.
    pub unanswered: u32,
}

impl Counts {
    /// Counts those of some participants who were called.
    pub fn of<'a>(participants: impl IntoIterator<Item = &'a Participant>) -> Self {
        let mut counts = Self::default();
        for participant in participants
            .into_iter()
            .filter(|participant| participant.is_called())
        {
            counts.called += 1;
            counts.sent += u32::from(participant.sent_at.is_some());
            counts.unreachable += u32::from(participant.is_unreachable());
            match participant.reply() {
                None => counts.unanswered += 1,
                Some(reply) => {
                    counts.answered += 1;
                    match reply {
                        Reply::Coming => counts.coming += 1,
                        Reply::Arrived => counts.arrived += 1,
                        Reply::Cannot => counts.cannot += 1,
                        Reply::Received => {}
                    }
                }
            }
        }
        counts
    }
}
