//! A crowd that is called at once: the first of it with the beginning, the others right
//! after it.
//!
//! Owns who is first, and that the others are as good as called: what follows from the
//! beginning is the same. It must not decide who is called: [`super::call`] does.

use std::collections::HashSet;

use jiff::Timestamp;

use super::super::id::{CallOutId, PersonId};
use super::super::plan::Plan;
use super::open::{Opening, open_as};
use super::{CallOut, Effect};

/// Whom a beginning calls after the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crowd {
    /// How many are first; `None` where everybody is called together.
    first: Option<usize>,
    /// The target that the others are candidates of.
    target: usize,
    /// Who is called and whose place is still to be made, in their order.
    later: Vec<PersonId>,
}

/// The same as [`mod@super::open`], but for the places of a crowd: they are made by
/// [`CallOut::call_later`], but for those of the first so many and of whoever leads.
///
/// Why: of ten thousand people the making takes longer than all that stands before the
/// first message. Invariant: what else the beginning brings is the same, and nothing
/// else is done with the call-out before it is whole. Only for a call-out beside which
/// no other lives: who is wanted in both is said as it begins.
pub fn open_first(
    id: CallOutId,
    opening: Opening<'_>,
    now: Timestamp,
    first: usize,
) -> (CallOut, Vec<Effect>) {
    let crowd = Crowd {
        first: Some(first),
        ..Crowd::default()
    };
    let (mut call_out, effects) = open_as(id, opening, now, crowd);
    call_out.crowd.first = None;
    call_out.end_crowd();
    (call_out, effects)
}

impl CallOut {
    /// Whether everybody who is called has their place.
    pub fn is_whole(&self) -> bool {
        self.crowd.later.is_empty()
    }

    /// How many are called and have no place yet.
    pub fn later(&self) -> usize {
        self.crowd.later.len()
    }

    /// Makes the places of so many more of those who are called, by the plan and at the
    /// time of the beginning.
    pub fn call_later(&mut self, most: usize, plan: &Plan, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        // Why all: what grows by halves is copied.
        self.participants.reserve(self.crowd.later.len());
        let most = most.min(self.crowd.later.len());
        let next = self.crowd.later.drain(..most).collect();
        self.call_each(next, plan, now, &mut effects);
        self.end_crowd();
        effects
    }

    fn end_crowd(&mut self) {
        if self.is_whole() {
            self.crowd = Crowd::default();
        }
    }

    /// Leaves those who are not among the first for later, where these are a crowd that
    /// a beginning calls whatever comes.
    ///
    /// Why only of who must all answer: they are called at once and together, and no
    /// need is met before. Why nobody of another target: how that one stands decides
    /// what follows. Why no stage that follows at once: it asks everybody.
    pub(super) fn first_of_crowd(&mut self, index: usize, next: &mut Vec<PersonId>, plan: &Plan) {
        let Some(first) = self.crowd.first.filter(|first| next.len() > 2 * first) else {
            return;
        };
        let follows = self
            .next_stage_due()
            .is_some_and(|due| due <= self.stage_at);
        if follows || !self.is_whole() || !self.targets[index].everyone {
            return;
        }
        let leads = plan.administrators();
        let others = self.targets.iter().enumerate();
        let others = others.filter(|(other, _)| *other != index);
        let others = others.flat_map(|(_, target)| &target.candidates);
        let now: HashSet<&PersonId> = others.chain(&leads).collect();
        let mut later = next.split_off(first);
        next.extend(later.extract_if(.., |person| now.contains(person)));
        self.crowd.target = index;
        self.crowd.later = later;
    }

    /// Whether some of a target's were left for later.
    pub(super) fn has_left(&self, target: usize) -> bool {
        !self.is_whole() && self.crowd.target == target
    }

    /// How many were left for later, but for whom the stage has called besides. Where
    /// nobody of the others is reached they are called now: whether anybody is decides
    /// what follows.
    pub(super) fn settle_crowd(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> usize {
        if self.is_whole() {
            return 0;
        }
        let mut later = std::mem::take(&mut self.crowd.later);
        if self.targets[self.crowd.target].tally.silent == 0 {
            return self.call_each(later, plan, now, effects).len();
        }
        later.retain(|person| !self.has_called(person));
        self.crowd.later = later;
        self.crowd.later.len()
    }

    /// Those who are called and have no place yet.
    pub(super) fn called_later(&self) -> HashSet<&PersonId> {
        self.crowd.later.iter().collect()
    }
}
