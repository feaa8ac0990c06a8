//! One run of a procedure for an event: the state machine (参集).
//!
//! Owns the state, and (in [`mod@open`], [`hold`], [`decide`], [`advance`],
//! [`answer`], [`away`], [`call`], [`crowd`], [`grow`], [`growth`], [`correct`], [`help`], [`renew`], [`returned`], [`speak`], [`stale`]) every way in which it changes. Pure: each takes the state and `now` and returns the
//! effects, which `store` commits in one transaction. It must not know how
//! anything is sent or kept.

mod advance;
mod answer;
mod away;
mod call;
pub mod clash;
mod contact;
mod correct;
pub mod course;
mod crowd;
mod decide;
mod grow;
mod growth;
pub mod help;
mod hold;
mod notice;
mod open;
mod refusal;
mod remind;
mod renew;
mod returned;
mod said;
mod speak;
mod stale;
mod tally;
mod tell;
mod tree;
mod unsent;

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;

use super::acknowledgement::Acknowledgement;
use super::edition::Edition;
use super::event::{Event, Mode};
use super::id::{CallOutId, PersonId, RuleId, SectionId};
use super::journal::Entry;
use super::notification::Draft;
use super::procedure::Procedure;
use super::roster::Contact;
use super::rule::{Ask, CallMode, Detail, Selector};
use super::text::{Language, Text};

pub use course::{Course, Terms};
pub use crowd::{Crowd, open_first};
pub use hold::{FEED, is_automatic};
pub use notice::{Notice, notice};
pub use open::shown_as;
pub use open::{Opening, open};
pub(in crate::domain) use open::{ranks, target};
pub use refusal::{Refusal, Stands, Word};
pub use speak::{HEARS_LATE, Saying};
pub use stale::OVERDUE;
pub use tally::{Counts, Standing, Tally};
pub use tree::Walk;
pub use unsent::Dead;

/// Where a call-out stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Waiting out the hold of its rule; nobody is called yet.
    Held,
    /// Asking a person whether to gather; nobody is called yet.
    AwaitingDecision,
    /// Left to the section, to be asked again; nobody gathers.
    InSection,
    /// Calling.
    Open,
    /// Out of stages with a need unmet; answers still count.
    Exhausted,
    /// Ended by a person.
    StoodDown,
    /// Cancelled while held.
    Cancelled,
    /// Ended by itself: a rule that calls nobody, or a drill's set end.
    Closed,
}

impl State {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Held,
        Self::AwaitingDecision,
        Self::InSection,
        Self::Open,
        Self::Exhausted,
        Self::StoodDown,
        Self::Cancelled,
        Self::Closed,
    ];

    /// The name in JSON and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::AwaitingDecision => "awaiting_decision",
            Self::InSection => "in_section",
            Self::Open => "open",
            Self::Exhausted => "exhausted",
            Self::StoodDown => "stood_down",
            Self::Cancelled => "cancelled",
            Self::Closed => "closed",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| text == state.name())
    }

    /// Whether anything can still come of it.
    pub const fn is_live(self) -> bool {
        matches!(
            self,
            Self::Held | Self::AwaitingDecision | Self::InSection | Self::Open | Self::Exhausted
        )
    }
}

/// In which role a person stands in a call-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Asked for a decision.
    Asked,
    /// Told, not called.
    Informed,
    /// Called.
    Called,
    /// A vendor's desk that was asked for help: no staff, and never counted.
    Vendor,
}

impl Part {
    /// All.
    pub const ALL: [Self; 4] = [Self::Asked, Self::Informed, Self::Called, Self::Vendor];

    /// The name in JSON and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Informed => "informed",
            Self::Called => "called",
            Self::Vendor => "vendor",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| text == part.name())
    }
}

/// How far a contact has been tried in this call-out, by what calls; any
/// message can find it dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactState {
    /// Not yet.
    Untried,
    /// A notification is on its way.
    Waiting,
    /// One is refused for now, and tried again.
    Failing,
    /// The other side took charge of one.
    Accepted,
    /// Will not pass.
    Dead,
}

impl ContactState {
    /// Whether it was tried, and is to be tried on.
    pub const fn is_tried_on(self) -> bool {
        matches!(self, Self::Waiting | Self::Failing)
    }
}

/// A contact of a participant, as it was when last read from the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedContact {
    /// Which.
    pub contact: Contact,
    /// How far.
    pub state: ContactState,
}

/// A person in a call-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub person: PersonId,
    /// As shown when they were first brought in.
    pub name: Text,
    /// Where they work.
    pub section: SectionId,
    /// Its name.
    pub section_name: Text,
    /// The language of what is sent.
    pub language: Language,
    /// In which role.
    pub part: Part,
    /// Indices of the targets that they are a candidate of.
    pub targets: Arc<[usize]>,
    /// When they were called, if they were.
    pub called_at: Option<Timestamp>,
    /// In which stage they were called, from 1.
    pub called_stage: u32,
    /// When they were last asked.
    pub asked_at: Option<Timestamp>,
    /// How often they were asked again in the present stage.
    pub resent: u32,
    /// When the first message to them was accepted.
    pub sent_at: Option<Timestamp>,
    /// When the latest one was, or may have been: what doubt is measured from.
    pub last_sent_at: Option<Timestamp>,
    /// When the latest one that calls was: whoever was reached needs no other contact.
    pub last_taken_at: Option<Timestamp>,
    /// Their contacts, in order.
    pub contacts: Vec<TriedContact>,
    /// The answer that stands, with its doubt.
    pub answer: Option<Acknowledgement>,
    /// What they said last, where it is in doubt and does not stand. Why in a box:
    /// nearly nobody has one.
    pub doubted: Option<Box<Acknowledgement>>,
}

/// A place to fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The selector that it is known by when the event grows; empty in what
    /// an older version kept.
    pub who: String,
    /// As shown.
    pub name: Text,
    /// How many must come; for `everyone`, how many there are to ask.
    pub need: u32,
    /// Every candidate must answer; "cannot" is an answer (S1).
    pub everyone: bool,
    /// How candidates are called.
    pub mode: CallMode,
    /// Who can fill it, first in line first.
    pub candidates: Vec<PersonId>,
    /// How many of them are of the first rank; the others stand in for these.
    pub first: u32,
    /// How they stand.
    pub tally: Tally,
    /// Whether the need was met when last looked at.
    pub met: bool,
    /// Whether it was said that it can no longer be filled.
    pub unfillable: bool,
}

impl Target {
    /// The required members, who are all called together, and those who are
    /// called in turn as the need wants more. Where all staff are meant nobody
    /// is required before the others.
    pub(super) fn ranks(&self) -> (&[PersonId], &[PersonId]) {
        let (first, others) = self.by_rank();
        if self.who == Selector::Everyone.to_string() {
            (&[], &self.candidates)
        } else {
            (first, others)
        }
    }

    /// The candidates of the first rank, and the others.
    pub(super) fn by_rank(&self) -> (&[PersonId], &[PersonId]) {
        let first = (self.first as usize).min(self.candidates.len());
        self.candidates.split_at(first)
    }

    /// Whether it is a post or a person, so that whoever is required in it is
    /// called by that name.
    pub fn is_one(&self) -> bool {
        let who = Selector::parse(&self.who);
        matches!(who, Some(Selector::Post(_) | Selector::Person(_)))
    }

    /// The required members.
    pub fn required(&self) -> &[PersonId] {
        self.ranks().0
    }
}

/// One run of a procedure for an event.
#[derive(Clone, Debug, PartialEq)]
pub struct CallOut {
    /// Its name.
    pub id: CallOutId,
    /// What it is for, as it stands: the last report, with what earlier ones
    /// said and it did not.
    pub event: Arc<Event>,
    /// By which rule.
    pub rule: RuleId,
    /// The rule's title.
    pub title: Text,
    /// Where the plan says so.
    pub source: String,
    /// By which version of the plan's files.
    pub edition: Edition,
    /// Where to gather: as a person said last, or else as the rule says.
    pub place: Text,
    /// What to do.
    pub instruction: Text,
    /// How much a message tells.
    pub detail: Detail,
    /// The stages, frozen at the opening.
    pub procedure: Procedure,
    /// How long to go on asking.
    pub ask: Ask,
    /// Who is told as it opens, without being called.
    pub inform: Vec<Selector>,
    /// What it waits for, and whom it tells of what cannot be.
    pub terms: Terms,
    /// What came up on the way.
    pub course: Course,
    /// Where it stands.
    pub state: State,
    /// When it was opened, or when its hold began.
    pub opened_at: Timestamp,
    /// Until when it is held.
    pub held_until: Option<Timestamp>,
    /// The stage that runs, from 1; 0 before the first.
    pub stage: u32,
    /// When that stage began.
    pub stage_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended, in a person's words or in prepared ones.
    pub ended_because: Option<Text>,
    /// Whether it should never have begun.
    pub false_alarm: bool,
    /// Places to fill.
    pub targets: Vec<Target>,
    /// Everyone in it, in the order in which they were brought in.
    pub participants: IndexMap<PersonId, Participant>,
    /// Grows with every change that is committed.
    pub revision: u64,
    /// Which targets each candidate stands in; made when first asked for.
    pub index: Option<HashMap<PersonId, Arc<[usize]>>>,
    /// Whom it calls as it begins, and whose place in it is made right after.
    pub crowd: Crowd,
}

/// What a change asks of the outside: committed together, then carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Queue a message.
    Notify(Draft),
    /// Withdraw what is still queued to a person and asks for an answer.
    Withdraw(PersonId),
    /// Queue anew the calls that were withdrawn from a person: the last through each
    /// contact that was tried and has taken none.
    Revive(PersonId),
    /// Withdraw everything still queued that asks for an answer.
    WithdrawAll,
    /// Something of a participant changed beside the answer, which stands for itself.
    Participant(PersonId),
    /// What it was opened with changed: it grew or was corrected.
    Frozen,
    /// Keep an answer.
    Acknowledge(Acknowledgement),
    /// Write into the account.
    Journal(Entry),
}

impl CallOut {
    /// Whether it calls nobody and only tells administrators of the daemon's
    /// own matters: no list of call-outs shows it unasked.
    pub fn is_notice(&self) -> bool {
        self.event.kind.is_own()
    }

    /// Whether it is an exercise that calls people of its own and nobody whom
    /// a rule names.
    pub fn has_own_people(&self) -> bool {
        self.mode().is_drill() && self.targets.iter().any(|target| target.who.is_empty())
    }

    /// Real or exercise.
    pub fn mode(&self) -> Mode {
        self.event.mode
    }

    /// How the whole stands, in figures.
    pub fn counts(&self) -> Counts {
        Counts::of(self.participants.values())
    }

    /// Whether every need is met.
    pub fn is_met(&self) -> bool {
        self.targets.iter().all(|target| target.met)
    }
}
