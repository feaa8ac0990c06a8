//! A person's word, and why one is not taken.
//!
//! Owns the sentences; each says what stands instead.

use super::super::id::{PersonId, Principal, VendorId};
use super::State;
use super::course::Decided;
use super::help::Help;

/// Who says so, and on whose word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Who enters it: what a second person is compared by.
    pub by: Principal,
    /// On whose word, where it is somebody else's.
    pub on_word_of: Option<PersonId>,
    /// In their words, one line.
    pub reason: Option<String>,
}

/// Why a word is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person is in neither the call-out nor the roster.
    #[error("{0} is not in this call-out and not in the roster; `muster status` lists its people")]
    NotInIt(PersonId),
    /// Only what waits can be confirmed or cancelled.
    #[error("the call-out is not held (it is {}); an open one is ended with stand-down", .0.name())]
    NotHeld(State),
    /// It is over already.
    #[error("the call-out is already over ({})", .0.name())]
    Over(State),
    /// The second person must be another.
    #[error(
        "{0} entered this call-out and cannot confirm it as well; its rule wants a second person, with a token or login of their own"
    )]
    SamePerson(Principal),
    /// What was to be confirmed is not what stands.
    #[error(
        "what is held has the digest {stands}, not {given}: it changed since it was shown; look again with `muster status` and confirm that"
    )]
    OtherContent {
        /// The digest of what is held.
        stands: String,
        /// The digest that came with the word.
        given: String,
    },
    /// Nothing waits for a decision.
    #[error("the call-out waits for no decision (it is {})", .0.name())]
    NotAsked(State),
    /// It was decided before.
    #[error("it is already decided: {}{}, entered by {} at {}", .0.decision.name(), whose(.0), .0.by, .0.at)]
    Decided(Box<Decided>),
    /// Somebody else is to decide.
    #[error("{person} is not asked for this decision; it is for {}", names(.line))]
    NotTheirs {
        /// Who was named.
        person: PersonId,
        /// Whose decision it is, in order.
        line: Vec<PersonId>,
    },
    /// Pressed so soon after the sending that a machine may have done it.
    #[error(
        "this came so soon after the message that a machine may have pressed it; press once more"
    )]
    TooSoon,
    /// A vendor's answer from staff, or the other way about.
    #[error(
        "{0} cannot give this answer: staff answer coming, arrived, cannot or received; a vendor's desk accepted, remote, arrived, cannot or received"
    )]
    OtherAnswer(PersonId),
    /// What waits for a word calls nobody, and asks no vendor either.
    #[error(
        "the call-out is held and asks nobody for help yet; confirm it first (`muster confirm`), or cancel it"
    )]
    StillHeld,
    /// Nobody to ask was named.
    #[error(
        "nobody to ask for help was named; name a vendor or, with --system, a system{}", proposed(.0)
    )]
    NobodyToAsk(Vec<VendorId>),
    /// A vendor who was asked already.
    #[error("{} was asked for help already ({}); it is not asked twice", .0.vendor, .0.stands())]
    HelpAsked(Box<Help>),
    /// A vendor's desk that nobody has asked.
    #[error("{0} was not asked for help in this call-out; ask it with `muster request-help`")]
    NotAskedForHelp(VendorId),
}

fn proposed(vendors: &[VendorId]) -> String {
    let vendors: Vec<&str> = vendors.iter().map(VendorId::as_str).collect();
    if vendors.is_empty() {
        String::new()
    } else {
        format!(" (proposed: {})", vendors.join(", "))
    }
}

fn whose(decided: &Decided) -> String {
    decided
        .person
        .as_ref()
        .map_or_else(String::new, |person| format!(" by {person}"))
}

fn names(line: &[PersonId]) -> String {
    let names: Vec<&str> = line.iter().map(PersonId::as_str).collect();
    names.join(", then ")
}
