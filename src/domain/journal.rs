//! The account of everything that happened in a call-out, append-only.
//!
//! Owns what can be said in it, as values; `message` puts them into words and
//! `store` chains them. It must not hold an address or a token.

use std::time::Duration;

use jiff::Timestamp;

use super::acknowledgement::{Reply, Via};
use super::delivery::Reason;
use super::edition::Caveat;
use super::event::EventKind;
use super::id::{PersonId, Principal};
use super::roster::ChannelName;
use super::text::Text;

/// Why a stage began when it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageCause {
    /// Its time came.
    Due,
    /// Nothing more could come of the earlier ones.
    NothingMore,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The event was told.
    Event {
        /// What.
        kind: EventKind,
        /// In whose words.
        headline: Option<String>,
        /// By whom.
        by: Principal,
    },
    /// It is run by an edition of which something must be said.
    Edition {
        /// The edition's number.
        number: u32,
        /// What must be said.
        caveats: Vec<Caveat>,
    },
    /// The call-out waits: anyone with the scope can cancel it until then.
    Held {
        /// Until when.
        until: Timestamp,
    },
    /// Somebody confirmed it before its time.
    Confirmed {
        /// Who.
        by: Principal,
        /// On whose word.
        on_word_of: Option<PersonId>,
    },
    /// It was cancelled before anybody was called.
    Cancelled {
        /// Who.
        by: Principal,
        /// On whose word.
        on_word_of: Option<PersonId>,
        /// In their words.
        reason: Option<String>,
    },
    /// It opened.
    Opened {
        /// How many places it has to fill.
        targets: u32,
    },
    /// A stage began.
    Stage {
        /// Which, from 1.
        stage: u32,
        /// Why now.
        cause: StageCause,
        /// How many were called anew.
        called: u32,
        /// How many were asked again.
        reminded: u32,
    },
    /// A stage had nobody to call or to ask, and was passed over.
    StagePassed {
        /// Which, from 1.
        stage: u32,
    },
    /// A stage ended with needs unmet, and somebody was told.
    Unmet {
        /// The stage that ended, from 1.
        stage: u32,
        /// The targets' names.
        targets: Vec<Text>,
        /// How many people were told.
        told: u32,
    },
    /// The next in line was called between stages.
    CalledNext {
        /// Whom.
        person: PersonId,
        /// In whose place.
        instead_of: PersonId,
        /// For which target.
        target: Text,
    },
    /// Those who had not answered were asked again.
    Reminded {
        /// In which stage.
        stage: u32,
        /// How many.
        people: u32,
    },
    /// A contact is dead for this call-out.
    ContactDead {
        /// Whose.
        person: PersonId,
        /// Which channel.
        channel: ChannelName,
        /// The class.
        reason: Reason,
        /// The other side's own words.
        detail: String,
    },
    /// No contact of a person is left.
    Unreachable {
        /// Who.
        person: PersonId,
    },
    /// A person answered.
    Answered {
        /// Who.
        person: PersonId,
        /// What.
        reply: Reply,
        /// In how many minutes they come.
        eta_minutes: Option<u32>,
        /// In their words.
        note: Option<String>,
        /// How it came.
        via: Via,
        /// Who entered it.
        by: Principal,
        /// Shown, not counted.
        doubtful: bool,
    },
    /// A target's need is met.
    Met {
        /// Which.
        target: Text,
        /// How many have said they come.
        have: u32,
    },
    /// A target that was met is no longer.
    Reopened {
        /// Which.
        target: Text,
    },
    /// The stages ran out with needs unmet.
    Exhausted {
        /// The targets' names.
        targets: Vec<Text>,
    },
    /// Answers met the needs after all.
    Recovered,
    /// It ended on a person's word.
    StoodDown {
        /// Who.
        by: Principal,
        /// Why.
        reason: String,
        /// Whether it should never have begun.
        false_alarm: bool,
    },
    /// The daemon was away, so that something is late.
    Late {
        /// By how much.
        by: Duration,
    },
}

/// An entry at its place in the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// From 1, without gaps, within the call-out.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub entry: Entry,
}
