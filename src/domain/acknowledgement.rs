//! One person's answer.
//!
//! Owns what can be answered and what it counts for. Answers are never
//! changed or removed: a later one stands, all are kept.

use jiff::Timestamp;

use super::id::{PersonId, Principal};
use super::roster::ChannelName;

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// 参集できる
    Coming,
    /// 到着した
    Arrived,
    /// 参集できない: a full answer, never a failing (S1).
    Cannot,
    /// 受信した: for a drill or a notice that asks for no more.
    Received,
    /// 対応できる: a vendor comes to help.
    Accepted,
    /// 遠隔で対応: a vendor helps from where they are.
    Remote,
}

impl Reply {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Coming,
        Self::Arrived,
        Self::Cannot,
        Self::Received,
        Self::Accepted,
        Self::Remote,
    ];

    /// What staff can answer.
    pub const OF_STAFF: [Self; 4] = [Self::Coming, Self::Arrived, Self::Cannot, Self::Received];

    /// What a vendor can answer to a request for help.
    pub const OF_VENDORS: [Self; 5] = [
        Self::Accepted,
        Self::Remote,
        Self::Arrived,
        Self::Cannot,
        Self::Received,
    ];

    /// Whether a time of arrival belongs to it.
    pub const fn has_arrival(self) -> bool {
        matches!(self, Self::Coming | Self::Accepted)
    }

    /// The name in commands, HTTP and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coming => "coming",
            Self::Arrived => "arrived",
            Self::Cannot => "cannot",
            Self::Received => "received",
            Self::Accepted => "accepted",
            Self::Remote => "remote",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reply| text == reply.name())
    }
}

/// How an answer reached the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// The page behind the person's own link, sent by this channel.
    Link(ChannelName),
    /// The person's own mail, in reply to theirs.
    Reply,
    /// Somebody else entered it.
    OnBehalf,
}

/// What is answered, before it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who answers.
    pub person: PersonId,
    /// What.
    pub reply: Reply,
    /// In how many minutes they expect to arrive.
    pub eta_minutes: Option<u32>,
    /// A reason or anything else, one line.
    pub note: Option<String>,
    /// How it came.
    pub via: Via,
    /// Who entered it.
    pub by: Principal,
}

/// When a mail was written. Neither time is later than the mail came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// By the clock of the device that wrote it.
    pub at: Timestamp,
    /// By the clock of the first mail system that took it.
    pub handed_at: Option<Timestamp>,
}

/// An answer as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// What was answered.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
    /// When it was written, where it came by mail and says so; `None` of every
    /// other answer, and of those kept before this was kept.
    pub written: Option<Written>,
    /// So soon after the sending, or after another answer, that a machine may
    /// have given it: shown, not counted, until a second one.
    pub doubtful: bool,
}

/// The longest wait until arrival that is taken, in minutes: a week.
pub const ETA_MINUTES: u32 = 7 * 24 * 60;

/// The longest note, in characters.
pub const NOTE_CHARS: usize = 500;
