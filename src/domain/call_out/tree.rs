//! How an exercise walks a contact tree (非常呼集連絡網): each caller reaches
//! the next ones, so that a broken link shows.
//!
//! Owns when the next ones are called: as soon as their caller has answered;
//! and where a caller cannot be reached, is away or stays silent, all the same,
//! for what lies behind a broken link must show too. Nothing real goes this
//! way.

use indexmap::IndexSet;
use jiff::Timestamp;

use super::super::contact_tree::ContactTree;
use super::super::id::PersonId;
use super::super::journal::{BrokenBecause, Entry};
use super::super::plan::Plan;
use super::advance::after;
use super::{CallOut, Effect, Standing, State};

/// A contact tree, and how far it was walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Who reaches whom.
    pub tree: ContactTree,
    /// Callers whose next ones were called.
    pub passed: IndexSet<PersonId>,
    /// Those of them whose link was broken.
    pub broken: IndexSet<PersonId>,
}

impl Walk {
    /// At its beginning.
    pub fn new(tree: ContactTree) -> Self {
        Self {
            tree,
            passed: IndexSet::new(),
            broken: IndexSet::new(),
        }
    }

    /// Whether somebody's caller has called on, or it begins with them.
    pub(super) fn is_turn(&self, person: &PersonId) -> bool {
        let caller = self.tree.caller_of(person);
        caller.is_none_or(|caller| self.passed.contains(caller))
    }
}

impl CallOut {
    /// Calls those with whom the tree begins; how many.
    pub(super) fn call_roots(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> usize {
        let Some(walk) = &self.course.walk else {
            return 0;
        };
        let roots = walk.tree.roots();
        let called = self.call_each(roots, plan, now, effects).len();
        self.pass_on(plan, now, effects);
        called
    }

    /// Calls whoever comes after those who have answered, or whose link is
    /// broken; whether anybody's turn came.
    pub(super) fn pass_on(
        &mut self,
        plan: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let mut passed = false;
        while let Some((caller, broken)) = self.next_link(now) {
            let Some(walk) = &mut self.course.walk else {
                break;
            };
            passed = true;
            let next = walk.tree.next(&caller).to_vec();
            walk.passed.insert(caller.clone());
            if broken.is_some() {
                walk.broken.insert(caller.clone());
            }
            let at = effects.len();
            let next = self.call_each(next, plan, now, effects);
            let entry = match broken {
                Some(because) => Entry::LinkBroken {
                    person: caller,
                    because,
                    next,
                },
                None => Entry::PassedOn {
                    person: caller,
                    next,
                },
            };
            effects.insert(at, Effect::Journal(entry));
        }
        passed
    }

    /// A caller whose next ones' turn has come, and why their link is broken,
    /// where it is.
    fn next_link(&self, now: Timestamp) -> Option<(PersonId, Option<BrokenBecause>)> {
        if !matches!(self.state, State::Open | State::Exhausted) {
            return None;
        }
        let walk = self.course.walk.as_ref()?;
        let wait = walk.tree.wait;
        self.open_links().find_map(|caller| {
            if self.course.away.contains_key(caller) && !self.has_called(caller) {
                // Why: nobody is missed before it would be their turn.
                let turn = walk.is_turn(caller);
                return turn.then(|| (caller.clone(), Some(BrokenBecause::Away)));
            }
            let participant = self.participants.get(caller)?;
            let because = match participant.standing() {
                _ if !participant.is_called() => return None,
                Standing::Silent if after(participant.called_at?, wait) > now => return None,
                Standing::Silent => Some(BrokenBecause::Silent),
                Standing::Unreachable => Some(BrokenBecause::Unreachable),
                _ => None,
            };
            Some((caller.clone(), because))
        })
    }

    /// Callers whose next ones were not called yet.
    fn open_links(&self) -> impl Iterator<Item = &PersonId> {
        let walk = self.course.walk.iter();
        walk.flat_map(|walk| {
            let callers = walk.tree.links.keys();
            callers.filter(|caller| !walk.passed.contains(*caller))
        })
    }

    /// When a silent caller's link is broken.
    pub(super) fn link_due(&self) -> Option<Timestamp> {
        let wait = self.course.walk.as_ref()?.tree.wait;
        let callers = self.open_links();
        let called = callers.filter_map(|caller| self.participants.get(caller)?.called_at);
        called.map(|at| after(at, wait)).min()
    }
}
