//! What a mail that came back was, as a value.
//!
//! Owns the closed set and its names. What each changes is `received`'s.

use crate::domain::acknowledgement::Reply;

/// What a mail was, and what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The address is dead: the next contact is called.
    Bounced,
    /// A message did not arrive; the address is not given up.
    Undelivered,
    /// A message is late.
    Delayed,
    /// A report that nothing failed.
    Delivered,
    /// A machine's reply: noted.
    Automatic,
    /// A person's answer: recorded.
    Answered(Reply),
    /// A person's words: noted.
    Said,
    /// From none of the person's addresses: noted.
    Stranger,
    /// After the end: noted.
    Late,
    /// Written before what the person answered since: noted.
    Older,
    /// It was taken in before.
    Twice,
    /// Too many came to the same message.
    TooMany,
    /// One of our own.
    Own,
    /// One of our own that was sent to come back.
    Canary,
    /// Nothing in it can be read.
    Empty,
    /// It came to no address that we gave.
    NoToken,
    /// The address has a signature that is not ours.
    Forged,
    /// The store no longer knows what it was sent for.
    Gone,
}

impl Heard {
    /// The name in metrics and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Undelivered => "undelivered",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Automatic => "automatic",
            Self::Answered(_) => "answered",
            Self::Said => "said",
            Self::Stranger => "stranger",
            Self::Late => "late",
            Self::Older => "older",
            Self::Twice => "twice",
            Self::TooMany => "too-many",
            Self::Own => "own",
            Self::Canary => "canary",
            Self::Empty => "empty",
            Self::NoToken => "no-token",
            Self::Forged => "forged",
            Self::Gone => "gone",
        }
    }
}
