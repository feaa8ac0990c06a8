//! What came back by mail, and what a person is told of their reply.
//!
//! Owns the kinds of it. What each means for a call-out is the call-out's.

use super::acknowledgement::Reply;

/// What became of a person's reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It is recorded.
    Recorded(Reply),
    /// The call-out was over.
    Late,
    /// An answer was given after it was written.
    Older,
    /// It was no answer.
    Unread,
}

impl Became {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recorded(reply) => reply.name(),
            Self::Late => "late",
            Self::Older => "older",
            Self::Unread => "unread",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "late" => Some(Self::Late),
            "older" => Some(Self::Older),
            "unread" => Some(Self::Unread),
            reply => Reply::parse(reply).map(Self::Recorded),
        }
    }
}

/// A person's reply, as it is confirmed back to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// What became of it.
    pub became: Became,
    /// Its first line.
    pub line: String,
    /// Its Message-ID, without the angle brackets.
    pub message_id: Option<String>,
}

/// What came back by mail, beside answers and addresses that are dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Came {
    /// A message did not arrive; the address may be good (5.2.x, 5.7.x).
    Undelivered,
    /// A message has not arrived yet (4.x.x).
    Delayed,
    /// A machine's reply: never an answer.
    Automatic,
    /// A reply from an address that is none of the person's.
    Stranger,
    /// A person's words, none of which is an answer.
    Said,
    /// A reply after the end: not recorded as an answer.
    Late,
    /// A reply written before what the person answered since.
    Older,
}

impl Came {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::Undelivered,
        Self::Delayed,
        Self::Automatic,
        Self::Stranger,
        Self::Said,
        Self::Late,
        Self::Older,
    ];

    /// The name in the store and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undelivered => "undelivered",
            Self::Delayed => "delayed",
            Self::Automatic => "automatic",
            Self::Stranger => "stranger",
            Self::Said => "said",
            Self::Late => "late",
            Self::Older => "older",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|came| text == came.name())
    }
}

/// How the other side's words begin where an address was found dead by a
/// report that came back, and not as the message was handed over.
pub const BOUNCED: &str = "bounced: ";
