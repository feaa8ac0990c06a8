//! What a person reports of their own contacts, and the word on it.
//!
//! Owns what can be reported and which reports are none. It must not change a
//! roster: a person with the scope does, in the roster's file.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::id::{PersonId, Principal};
use super::roster::{Contact, Person};

/// How a report is signed that came by the link of a person's own contacts
/// where that went to an address which nobody has checked: with the person's id
/// behind it.
pub const MASKED_LINK: &str = "masked-link";

/// How one is signed that came by the mail which asks an address to confirm
/// itself.
pub const UNKNOWN_LINK: &str = "link:contact";

/// How long an accepted report is waited for in the roster.
const AWAITED: SignedDuration = SignedDuration::from_hours(24 * 90);

/// The most reports of one person that wait at once.
pub const MOST_OPEN: u32 = 5;

/// What is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A mail address in place of another, or besides.
    New,
    /// A contact is not this person's.
    Wrong,
    /// A contact is gone.
    Gone,
    /// Anything else, in words.
    Note,
}

impl Kind {
    /// All.
    pub const ALL: [Self; 4] = [Self::New, Self::Wrong, Self::Gone, Self::Note];

    /// The name in the store, forms and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Wrong => "wrong",
            Self::Gone => "gone",
            Self::Note => "note",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| text == kind.name())
    }
}

/// What a person wants changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Whose contacts.
    pub person: PersonId,
    /// What is reported.
    pub kind: Kind,
    /// Which of them; nothing where an address is to be added.
    pub contact: Option<Contact>,
    /// The new address.
    pub new_address: Option<String>,
    /// Anything else, one line.
    pub note: Option<String>,
}

impl Proposal {
    /// Whether the roster already has it so.
    pub fn stands(&self, person: &Person) -> bool {
        let has = |contact: &Contact| {
            let mut contacts = person.contacts.iter();
            contacts
                .any(|own| own.channel == contact.channel && same(&own.address, &contact.address))
        };
        match (self.kind, &self.contact, &self.new_address) {
            (Kind::New, None, Some(new)) => has(&Contact {
                channel: super::roster::ChannelName::Email,
                address: Arc::from(new.as_str()),
            }),
            (Kind::New, Some(old), Some(new)) => {
                let new = Contact {
                    channel: old.channel.clone(),
                    address: Arc::from(new.as_str()),
                };
                has(&new) && (same(&old.address, &new.address) || !has(old))
            }
            (Kind::Wrong | Kind::Gone, Some(old), _) => !has(old),
            _ => false,
        }
    }
}

/// Whether two addresses are the same to whoever reads them.
fn same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// The word on a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It stands in the roster's file, for the next edition.
    Accepted,
    /// It does not.
    Refused,
}

impl Verdict {
    /// The name in the store and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = [Self::Accepted, Self::Refused].into_iter();
        all.find(|verdict| text == verdict.name())
    }
}

impl Change {
    /// Whether a stranger may have reported it: it came from an address that
    /// the office has not checked.
    pub fn is_unchecked(&self) -> bool {
        let way = self.via.as_str().split(':').next();
        self.via.as_str() == UNKNOWN_LINK || way == Some(MASKED_LINK)
    }
}

/// A report as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub id: i64,
    /// What is wanted.
    pub proposal: Proposal,
    /// When it was reported.
    pub reported_at: Timestamp,
    /// By whose link.
    pub via: Principal,
    /// The word on it; nothing while it waits.
    pub verdict: Option<Verdict>,
    /// When that was.
    pub decided_at: Option<Timestamp>,
    /// Whose word it was.
    pub decided_by: Option<Principal>,
    /// Why it was refused.
    pub reason: Option<String>,
}

impl Change {
    /// Whether somebody has something left to do with it: it waits for a word,
    /// or was accepted and the roster in force has it otherwise.
    pub fn waits(&self, person: Option<&Person>, now: Timestamp) -> bool {
        let (Some(person), Some(decided)) = (person, self.decided_at) else {
            return self.verdict.is_none();
        };
        let has = |old: &Contact| person.contacts.contains(old);
        self.verdict == Some(Verdict::Accepted)
            && self.proposal.kind != Kind::Note
            && !self.proposal.stands(person)
            // Why: a contact that is gone since was seen to in another way.
            && self.proposal.contact.as_ref().is_none_or(has)
            && now.duration_since(decided) < AWAITED
    }
}
