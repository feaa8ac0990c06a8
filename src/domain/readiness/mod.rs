//! Whether a call-out would reach anybody: what stands in its way before it
//! is needed.
//!
//! Owns the findings and how grave each is; `look` makes them, `informed` those
//! of who is only told, `away` those that pass when somebody is back; `days`
//! says when they are looked for and told. It must not put them into words, and
//! names no address: a finding stands in the account.

mod away;
mod days;
mod informed;
mod look;

use jiff::Timestamp;
use jiff::civil::Time;

use super::drill_duty::{Standing, State};
use super::id::{CallOutId, PersonId, PostId, RuleId, SectionId, SquadId, VendorId};
use super::roster::Contact;
use super::rule::Selector;
use super::text::Text;

pub use away::{About, Gone, Lack};
pub use days::{day, due_after, is_told};
pub use informed::{Informed, Why};
pub use look::findings;

/// When readiness is looked into where nothing is said.
pub const USUAL: Time = Time::constant(9, 0, 0, 0);

/// What the key of each day's event begins with; nobody else may use it.
pub const KEY: &str = "readiness:";

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Somebody who is to be called cannot be, or a place has no first or no
    /// deputy: muster is not ready.
    Serious,
    /// Another way is left; to be mended all the same.
    Minor,
    /// Nothing is wrong; to be thought of in time.
    Note,
}

impl Severity {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Serious => "serious",
            Self::Minor => "minor",
            Self::Note => "note",
        }
    }
}

/// An address that did not exist when something was last sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Whose.
    pub person: PersonId,
    /// Which.
    pub contact: Contact,
    /// Since when: the first refusal after which nothing speaks for it.
    pub since: Timestamp,
    /// In which call-out that was; nothing where it was asked to confirm itself.
    pub call_out: Option<CallOutId>,
}

/// A file of the town's own texts that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedText {
    /// Which, from the configuration's folder.
    pub file: String,
    /// At which of its lines, from 1.
    pub line: usize,
    /// Why.
    pub why: Text,
}

/// What is known beyond the plan.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Addresses that bounced, each once.
    pub bounces: &'a [Bounce],
    /// The webhooks of `muster.toml`.
    pub webhooks: &'a [String],
    /// Texts of the town's own that are not used.
    pub texts: &'a [RefusedText],
    /// How the drills that the plan wants stand; none where that is not known.
    pub drills: &'a [Standing],
    /// When it is looked: who is away is asked of that instant.
    pub now: Timestamp,
}

/// A place that rules want filled, and which rules those are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whom the plan means.
    pub who: Selector,
    /// As shown.
    pub name: Text,
    /// The rules that name it.
    pub rules: Vec<RuleId>,
}

/// A group of the roster that has required members and deputies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// A section.
    Section(SectionId),
    /// A squad.
    Squad(SquadId),
}

/// One thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No administrator can be reached.
    NoAdministrator,
    /// Nobody who could fill a place can be reached.
    Nobody(Place),
    /// Fewer can be reached than must come.
    TooFew {
        /// Which place.
        place: Place,
        /// How many must come.
        need: u32,
        /// How many can be reached.
        reachable: u32,
    },
    /// None of those who come first can be reached.
    NoFirst(Place),
    /// Nobody stands in who can be reached: one who drops out is not replaced.
    NoDeputy(Place),
    /// Nobody of those who are asked for a decision can be reached.
    NobodyDecides(Vec<RuleId>),
    /// None of those who are asked first for a decision can be reached.
    NoFirstDecides(Vec<RuleId>),
    /// Nobody after those who are asked first for a decision can be reached.
    NoNextDecides(Vec<RuleId>),
    /// Nobody who is told of what is held can be reached.
    NoApprover(Vec<RuleId>),
    /// Nobody of those whom rules tell, or call besides, can be reached.
    NobodyInformed(Informed),
    /// Because people are away something lacks somebody for a time. Who is away
    /// and missed by nobody is no finding.
    Away {
        /// What.
        about: About,
        /// Whom it lacks.
        lack: Lack,
        /// Who is away.
        people: Vec<Gone>,
    },
    /// A section or squad that rules call has no required members.
    NoRequired {
        /// Which place.
        place: Place,
        /// Which group.
        group: Group,
    },
    /// A post is held by nobody.
    Vacant {
        /// Which.
        post: PostId,
        /// The rules that name it.
        rules: Vec<RuleId>,
    },
    /// A post that no rule calls has nobody who acts for its holder.
    PostAlone {
        /// Which.
        post: PostId,
    },
    /// A person has no contact.
    NoContact {
        /// Who.
        person: PersonId,
    },
    /// Every contact of a person bounced, or none that is left can be used.
    AllBounced {
        /// Who.
        person: PersonId,
        /// The first of those bounces.
        bounce: Bounce,
    },
    /// All contacts of a person are for webhooks that `muster.toml` has not.
    NoChannel {
        /// Who.
        person: PersonId,
    },
    /// One contact of a person bounced, others are left.
    Bounced {
        /// Which of their contacts, from 1.
        number: usize,
        /// The bounce.
        bounce: Bounce,
    },
    /// People of whom nothing proved within a year that they are reached.
    Unproved(Vec<PersonId>),
    /// Contacts name a webhook that `muster.toml` has not.
    AbsentWebhook {
        /// Its name.
        webhook: String,
        /// How many people and desks have such a contact.
        contacts: usize,
    },
    /// A vendor has no desk with a contact that can be used.
    VendorUnreachable {
        /// Which.
        vendor: VendorId,
    },
    /// A drill that the plan wants is due soon, or was not held.
    Drill(Standing),
    /// A text of the town's own is not used; the built-in one is sent.
    OwnText(RefusedText),
}

impl Finding {
    /// How grave it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::NoAdministrator
            | Self::Nobody(_)
            | Self::TooFew { .. }
            | Self::NoFirst(_)
            | Self::NoDeputy(_)
            | Self::NobodyDecides(_)
            | Self::NoFirstDecides(_)
            | Self::NoNextDecides(_)
            | Self::NoApprover(_)
            | Self::NoRequired { .. }
            | Self::NoContact { .. }
            | Self::AllBounced { .. }
            | Self::NoChannel { .. } => Severity::Serious,
            Self::Vacant { rules, .. } if !rules.is_empty() => Severity::Serious,
            Self::NobodyInformed(informed) if informed.only => Severity::Serious,
            // Why: a deputy who steps in is what deputies are for; it is to be
            // known, not to be mended.
            Self::Away { about, lack, .. } => away::severity(about, *lack),
            Self::Drill(standing) => match standing.state {
                State::Missed(_) => Severity::Minor,
                _ => Severity::Note,
            },
            // Why: a new town has proved nobody yet; a drill does.
            Self::Unproved(_) => Severity::Note,
            Self::NobodyInformed(_)
            | Self::Vacant { .. }
            | Self::PostAlone { .. }
            | Self::Bounced { .. }
            | Self::AbsentWebhook { .. }
            | Self::VendorUnreachable { .. }
            | Self::OwnText(_) => Severity::Minor,
        }
    }

    /// The name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoAdministrator => "no-administrator",
            Self::Nobody(_) => "nobody",
            Self::TooFew { .. } => "too-few",
            Self::NoFirst(_) => "no-first",
            Self::NoDeputy(_) => "no-deputy",
            Self::NobodyDecides(_) => "nobody-decides",
            Self::NoFirstDecides(_) => "no-first-decides",
            Self::NoNextDecides(_) => "no-next-decides",
            Self::NoApprover(_) => "no-approver",
            Self::NobodyInformed(_) => "nobody-informed",
            Self::Away { lack, .. } => match lack {
                Lack::Nobody => "away-nobody",
                Lack::TooFew { .. } => "away-too-few",
                Lack::NoFirst => "away-no-first",
                Lack::NoNext => "away-no-next",
            },
            Self::NoRequired { .. } => "no-required",
            Self::Vacant { .. } => "vacant",
            Self::PostAlone { .. } => "post-alone",
            Self::NoContact { .. } => "no-contact",
            Self::AllBounced { .. } => "all-bounced",
            Self::NoChannel { .. } => "no-channel",
            Self::Bounced { .. } => "bounced",
            Self::Unproved(_) => "unproved",
            Self::AbsentWebhook { .. } => "absent-webhook",
            Self::VendorUnreachable { .. } => "vendor-unreachable",
            Self::Drill(standing) => match standing.state {
                State::Missed(_) => "drill-missed",
                _ => "drill-due",
            },
            Self::OwnText(_) => "own-text",
        }
    }
}
