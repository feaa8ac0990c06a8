//! How people stand, and the figures made of it.
//!
//! Owns what counts as coming, as out and as still being asked. It must not
//! change anything but its own figures.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Place;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::acknowledgement::Reply;
use super::super::drill::Answers;
use super::super::id::PersonId;
use super::super::journal::Entry;
use super::{CallOut, ContactState, Effect, Part, Participant, State, Target};

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
    /// A vendor who comes to help.
    Accepted,
    /// A vendor who helps from where they are.
    Remote,
    /// No contact is left and there is no answer.
    Unreachable,
}

impl Participant {
    /// Marks them as called now, in this stage, and counts them into the targets that
    /// they are a candidate of.
    pub(super) fn count_in(
        &mut self,
        stands_in: Arc<[usize]>,
        (stage, now): (u32, Timestamp),
        targets: &mut [Target],
        wants: Answers,
    ) {
        self.part = Part::Called;
        self.called_at = Some(now);
        self.called_stage = stage;
        self.targets = stands_in;
        let standing = self.standing();
        for target in self.targets.iter() {
            targets[*target].count(standing, wants, true);
        }
    }

    /// Whether every contact of theirs has failed, if only for now, or there is
    /// none.
    pub fn is_unreachable(&self) -> bool {
        self.contacts
            .iter()
            .all(|tried| matches!(tried.state, ContactState::Dead | ContactState::Failing))
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
            Some(Reply::Accepted) => Standing::Accepted,
            Some(Reply::Remote) => Standing::Remote,
            None if self.is_unreachable() => Standing::Unreachable,
            None => Standing::Silent,
        }
    }

    /// Whether they were called.
    pub fn is_called(&self) -> bool {
        self.part == Part::Called
    }

    /// Whether it is a vendor's desk, and nobody of the staff.
    pub fn is_vendor(&self) -> bool {
        self.part == Part::Vendor
    }
}

/// How the called candidates of one target stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// Called at all.
    pub called: u32,
    /// Coming or arrived; in an exercise that asks for no more, received.
    pub have: u32,
    /// Cannot come.
    pub cannot: u32,
    /// Received, and no more, where that fills no place.
    pub received: u32,
    /// Asked, no answer yet.
    pub silent: u32,
    /// No contact left, no answer.
    pub unreachable: u32,
    /// Away, and passed over: not called, and not waited for.
    pub excused: u32,
}

impl Tally {
    /// Counts one participant in, or out when they are about to change.
    fn count(&mut self, standing: Standing, receipt_fills: bool, add: bool) {
        let place = match standing {
            Standing::Silent => &mut self.silent,
            Standing::Received if receipt_fills => &mut self.have,
            Standing::Coming | Standing::Arrived => &mut self.have,
            Standing::Cannot => &mut self.cannot,
            // A vendor stands in no target.
            Standing::Received | Standing::Accepted | Standing::Remote => &mut self.received,
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
                        Reply::Received | Reply::Accepted | Reply::Remote => {}
                    }
                }
            }
        }
        counts
    }
}

impl CallOut {
    /// Marks a participant as called now, in this stage, and counts them into
    /// every target that they are a candidate of.
    pub(super) fn count_in(&mut self, id: &PersonId, now: Timestamp) {
        self.let_back(id);
        let targets = self.targets_of(id);
        if let Some(participant) = self.participants.get_mut(id) {
            let (when, wants) = ((self.stage, now), self.course.answers);
            participant.count_in(targets, when, &mut self.targets, wants);
        }
    }

    /// The targets that somebody is a candidate of.
    pub(super) fn targets_of(&mut self, id: &PersonId) -> Arc<[usize]> {
        let index = self.index.get_or_insert_with(|| index(&self.targets));
        index.get(id).cloned().unwrap_or_default()
    }

    /// Moves a participant from one standing to the present one.
    pub(super) fn moved(&mut self, id: &PersonId, before: Standing) {
        let Some(participant) = self.participants.get(id) else {
            return;
        };
        let (now, wants) = (participant.standing(), self.course.answers);
        if participant.is_called() && now != before {
            for target in participant.targets.iter() {
                let target = &mut self.targets[*target];
                target.count(before, wants, false);
                target.count(now, wants, true);
            }
        }
    }

    /// Counts every target anew, as after reading a call-out from the store.
    pub fn recount(&mut self) {
        self.count_tallies();
        self.recount_met();
    }

    /// Counts who stands how, and leaves the needs as they were looked at.
    pub(super) fn count_tallies(&mut self) {
        let wants = self.course.answers;
        for target in &mut self.targets {
            target.tally = Tally::default();
        }
        for participant in self
            .participants
            .values()
            .filter(|participant| participant.is_called())
        {
            for target in participant.targets.iter() {
                self.targets[*target].count(participant.standing(), wants, true);
            }
        }
        let away = self.course.away.keys();
        let excused: Vec<PersonId> = away.filter(|id| !self.has_called(id)).cloned().collect();
        for id in &excused {
            for index in self.targets_of(id).iter() {
                self.targets[*index].tally.excused += 1;
            }
        }
    }

    /// Looks at every need anew, without a word.
    pub(super) fn recount_met(&mut self) {
        for target in &mut self.targets {
            target.met = target.is_met_now();
        }
    }

    /// Notes needs that became met or open again, and a recovery; whether one
    /// is open again.
    pub(super) fn note_met(&mut self, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
        let nothing_open = self.is_met();
        let mut reopened = false;
        for target in &mut self.targets {
            let met = target.is_met_now();
            if met != target.met {
                reopened |= !met;
                target.met = met;
                target.unfillable &= !met;
                let name = target.name.clone();
                effects.push(Effect::Journal(if met {
                    let have = target.tally.have;
                    Entry::Met { target: name, have }
                } else {
                    Entry::Reopened { target: name }
                }));
            }
        }
        if self.state == State::Exhausted && self.is_met() && !self.is_undecided() {
            self.state = State::Open;
            effects.push(Effect::Journal(Entry::Recovered));
        }
        // Why: while every need was met no stage was due. One whose time went
        // by meanwhile would come together with the next in line, who has just
        // been called; so the present stage is given its time anew.
        if nothing_open && !self.is_met() && self.procedure_due().is_some_and(|due| due <= now) {
            self.stage_at = now;
        }
        reopened
    }
}

impl Target {
    /// Counts one of its candidates in, or out: that a message was received
    /// fills a place where an exercise asks for no more.
    fn count(&mut self, standing: Standing, wants: Answers, add: bool) {
        let receipt_fills = wants == Answers::Received && !self.everyone;
        self.tally.count(standing, receipt_fills, add);
    }

    /// Whether the need is met: enough are coming, or, where everyone is
    /// wanted, everyone who is not away has been called and has answered.
    /// "Cannot" is an answer and never a failing (S1).
    fn is_met_now(&self) -> bool {
        if self.everyone {
            self.tally.called > 0
                && (self.tally.called + self.tally.excused) as usize == self.candidates.len()
                && self.tally.silent == 0
                && self.tally.unreachable == 0
        } else {
            self.tally.have >= self.need
        }
    }
}

/// Which targets each candidate stands in.
pub(super) fn index(targets: &[Target]) -> HashMap<PersonId, Arc<[usize]>> {
    let all = targets.iter().map(|target| target.candidates.len()).sum();
    let mut index: HashMap<PersonId, Arc<[usize]>> = HashMap::with_capacity(all);
    for (number, target) in targets.iter().enumerate() {
        // Why one for all: nearly everybody stands in one target alone.
        let alone: Arc<[usize]> = [number].into();
        for person in &target.candidates {
            match index.entry(person.clone()) {
                Place::Vacant(place) => {
                    place.insert(Arc::clone(&alone));
                }
                Place::Occupied(mut known) => {
                    let further = known.get().iter().copied().chain([number]);
                    *known.get_mut() = further.collect();
                }
            }
        }
    }
    index
}
