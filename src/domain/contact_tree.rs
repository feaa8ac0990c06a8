//! A contact tree (非常呼集連絡網, plan 6(3)): who reaches whom.
//!
//! Owns the order of it. How a drill walks it is [`super::call_out`]'s; that it
//! is a tree at all, `config` checks.

use std::time::Duration;

use indexmap::{IndexMap, IndexSet};

use super::id::PersonId;

/// Who reaches whom.
///
/// Invariant: nobody is reached by two, and nobody by way of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactTree {
    /// Each caller, and whom they reach.
    pub links: IndexMap<PersonId, Vec<PersonId>>,
    /// How long a caller is waited for before the link is broken and whoever
    /// they should have reached is called all the same.
    pub wait: Duration,
}

impl ContactTree {
    /// Those with whom it begins: callers whom nobody reaches.
    pub fn roots(&self) -> Vec<PersonId> {
        let reached: IndexSet<&PersonId> = self.links.values().flatten().collect();
        let callers = self.links.keys();
        callers
            .filter(|caller| !reached.contains(caller))
            .cloned()
            .collect()
    }

    /// Everybody in it, each once.
    pub fn people(&self) -> Vec<PersonId> {
        let links = self.links.iter();
        let people: IndexSet<&PersonId> = links
            .flat_map(|(caller, next)| std::iter::once(caller).chain(next))
            .collect();
        people.into_iter().cloned().collect()
    }

    /// Whom somebody reaches.
    pub fn next(&self, caller: &PersonId) -> &[PersonId] {
        self.links.get(caller).map_or(&[], Vec::as_slice)
    }

    /// Who reaches somebody.
    pub fn caller_of(&self, person: &PersonId) -> Option<&PersonId> {
        let mut links = self.links.iter();
        links
            .find(|(_, next)| next.contains(person))
            .map(|(caller, _)| caller)
    }
}
