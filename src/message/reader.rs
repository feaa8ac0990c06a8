//! Who reads a letter, as far as it says something else to them than to others.
//!
//! Owns all of a person that a letter is made of, beside their name and their link.
//! Invariant: two readers who are equal are written the same. It must not know what a
//! letter says.

use crate::domain::call_out::{CallOut, Part, Participant};
use crate::domain::id::PersonId;
use crate::domain::text::Language;

/// The reader of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reader {
    pub(super) language: Language,
    pub(super) part: Part,
    /// Of which targets they are, by their place in the call-out, and as what.
    pub(super) targets: Vec<(usize, Stands)>,
    /// Who they are, where that is told: in a contact tree, and to a vendor's desk.
    pub(super) itself: Option<PersonId>,
}

/// As what somebody stands in a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// One of all.
    Everyone,
    /// The holder of the post.
    Post,
    /// Required.
    Required,
    /// In the place of one of them.
    Deputy,
}

impl Reader {
    pub(super) fn of(call_out: &CallOut, to: &Participant) -> Self {
        let targets = to.targets.iter().filter_map(|index| {
            let target = call_out.targets.get(*index)?;
            let stands = if target.everyone {
                Stands::Everyone
            } else if !target.required().contains(&to.person) {
                Stands::Deputy
            } else if target.is_one() {
                Stands::Post
            } else {
                Stands::Required
            };
            Some((*index, stands))
        });
        let in_tree = call_out.course.walk.is_some();
        let is_told = in_tree || to.is_vendor() || call_out.help_of(&to.person).is_some();
        Self {
            language: to.language,
            part: to.part,
            targets: targets.collect(),
            itself: is_told.then(|| to.person.clone()),
        }
    }

    /// Whether it is called.
    pub(super) fn is_called(&self) -> bool {
        self.part == Part::Called
    }
}
