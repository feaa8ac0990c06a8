//! The mails of an event that has not happened, one of each kind.
//!
//! Owns which mails are shown: the first of each purpose that the walk sends,
//! and those by which a person ends it. Nothing is sent, and no link works.

use std::collections::HashSet;

use super::explain::Explained;
use crate::domain::call_out::Participant;
use crate::domain::notification::Purpose;
use crate::domain::text::{Language, Text};
use crate::message::{Carried, Ending, Error, Letter, Messages};

/// A mail, and to whom it would go.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it is for.
    pub purpose: Purpose,
    /// The name of the first who gets it.
    pub to: Text,
    /// How many get it at that moment.
    pub people: usize,
    /// As it would be.
    pub letter: Letter,
}

/// One mail of each kind, in the order in which they go out.
///
/// # Errors
///
/// [`Error::Template`] when a template does not hold.
pub fn mails(
    explained: &Explained,
    messages: &Messages,
    language: Language,
) -> Result<Vec<Shown>, Error> {
    let call_out = &explained.call_out;
    let link = format!("{}/a/…", messages.settings().public_url);
    let ending = Ending {
        reason: Text::new("（解除の理由）", "(why it ends)"),
        false_alarm: false,
    };
    let mut seen = HashSet::new();
    let mut shown = Vec::new();
    let mut show = |purpose: Purpose, to: &Participant, people: usize| {
        if !seen.insert((purpose.name(), to.part)) {
            return Ok::<(), Error>(());
        }
        let to = Participant {
            language,
            ..to.clone()
        };
        let carried = Carried {
            link: &link,
            ending: (purpose == Purpose::StandDown).then_some(&ending),
            others: &[],
            written: None,
        };
        shown.push(Shown {
            purpose,
            people,
            letter: messages.mail(call_out, &to, purpose, carried)?,
            to: to.name,
        });
        Ok(())
    };
    for (purpose, people) in explained.steps.iter().flat_map(|step| &step.sent) {
        let first = people.first();
        let to = first.and_then(|first| call_out.participants.get(&first.person));
        if let Some(to) = to {
            show(*purpose, to, people.len())?;
        }
    }
    let called = || call_out.participants.values().filter(|to| to.is_called());
    if let Some(to) = called().next() {
        show(Purpose::StandDown, to, called().count())?;
    }
    Ok(shown)
}
