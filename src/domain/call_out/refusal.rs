//! A person's word, and why one is not taken.
//!
//! Owns the sentences; each says what stands instead.

use super::super::id::{PersonId, Principal, VendorId};
use super::super::plan::Plan;
use super::super::rule::Decision;
use super::super::text::Text;
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
    /// A second person says which content they confirm.
    #[error(
        "a second person confirms what they were shown: send its \"digest\", which stands in the mail and in `muster status`"
    )]
    NoDigest,
    /// Nothing waits for a decision.
    #[error("the call-out waits for no decision (it is {})", .0.name())]
    NotAsked(State),
    /// It was decided before.
    #[error("it is already decided: {}{}, entered by {} at {}", .0.decision.name(), whose(.0), entered(&.0.by), .0.at)]
    Decided(Box<Stands>),
    /// A decision is always somebody's.
    #[error(
        "a decision is somebody's: say whose with --by PERSON (\"by\" in the body); it is for {}", names(.0)
    )]
    Nobodys(Vec<PersonId>),
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
    /// The key of another word.
    #[error("this key was used in this call-out for another word; use another key")]
    SaidOtherwise,
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

/// The decision that stands, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stands {
    /// Which.
    pub decision: Decision,
    /// Whose, where it is known.
    pub person: Option<(PersonId, Text)>,
    /// Who entered it.
    pub by: Principal,
    /// When, in the town's time, to the second.
    pub at: String,
}

impl Stands {
    pub(super) fn new(decided: &Decided, plan: &Plan) -> Self {
        let named = |id: &PersonId| {
            let person = plan.roster.people.get(id);
            let name = person.map(|person| person.name.clone());
            (id.clone(), name.unwrap_or_default())
        };
        let at = decided.at.to_zoned(plan.time_zone.clone());
        Self {
            decision: decided.decision,
            person: decided.person.as_ref().map(named),
            by: decided.by.clone(),
            at: at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }
}

fn whose(stands: &Stands) -> String {
    match &stands.person {
        None => String::new(),
        Some((id, name)) if name.en.is_empty() => format!(" by {id}"),
        Some((id, name)) => format!(" by {id} ({})", name.en),
    }
}

fn entered(by: &Principal) -> String {
    match by.as_str().split_once(':') {
        Some(("socket", uid)) => format!("the terminal of uid {uid}"),
        Some(("token", name)) => format!("token {name}"),
        Some(("link" | "person", person)) => format!("{person} in person"),
        _ => by.to_string(),
    }
}

fn names(line: &[PersonId]) -> String {
    let names: Vec<&str> = line.iter().map(PersonId::as_str).collect();
    names.join(", then ")
}
