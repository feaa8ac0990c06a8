//! Who can fill a target, counted before anything happens.
//!
//! Owns the counts against which a rule's needs are checked. How a call-out
//! chooses is the domain's; this is the same set of people.

use indexmap::IndexSet;

use crate::domain::id::PersonId;
use crate::domain::roster::Roster;
use crate::domain::rule::{Need, Selector};

/// One place to fill: whose it is and who can.
pub(super) struct Places {
    pub(super) title: String,
    pub(super) count: usize,
}

/// The places that a selector means; several for every squad.
pub(super) fn places(who: &Selector, need: Need, roster: &Roster) -> Vec<Places> {
    match who {
        Selector::EverySquad => roster
            .squads
            .keys()
            .map(|id| place(&Selector::Squad(id.clone()), need, roster))
            .collect(),
        one => vec![place(one, need, roster)],
    }
}

fn place(who: &Selector, need: Need, roster: &Roster) -> Places {
    let mut people: IndexSet<PersonId> = IndexSet::new();
    match who {
        Selector::Section(id) if need != Need::Everyone => {
            if let Some(section) = roster.sections.get(id) {
                people.extend(section.required.iter().chain(&section.deputies).cloned());
            }
        }
        Selector::Squad(id) => {
            if let Some(squad) = roster.squads.get(id) {
                people.extend(squad.required.iter().chain(&squad.deputies).cloned());
            }
        }
        Selector::Post(id) => {
            if let Some(post) = roster.posts.get(id) {
                people.extend(post.holders.iter().chain(&post.deputies).cloned());
            }
        }
        other => people.extend(other.people(roster)),
    }
    Places {
        title: who.to_string(),
        count: people.len(),
    }
}
