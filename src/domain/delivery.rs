//! One attempt to send a notification, and what came of it.
//!
//! Owns the outcome as a value ("the world said no" is not an error) and the
//! waiting time before the next attempt. It must not send anything.

use std::time::Duration;

use jiff::SignedDuration;

/// Why a delivery did not end in acceptance: closed, so that it can label a
/// metric and be said in two languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No connection: refused, unreachable, reset, name not found.
    Unreachable,
    /// No answer within the phase's limit.
    Timeout,
    /// TLS could not be agreed, or the certificate does not hold.
    Tls,
    /// Our name or secret was refused.
    Authentication,
    /// The other side is busy or limits us (SMTP 4xx, HTTP 429).
    Busy,
    /// The other side is at fault (HTTP 5xx, a nonsense reply).
    Fault,
    /// The other side refuses us or this content, not the address (SMTP 5.7.x).
    Policy,
    /// The address does not exist (SMTP 5.1.x, HTTP 404 and 410).
    Address,
    /// The connection was lost after the whole message was handed over.
    Ambiguous,
    /// The message could not be built from what the roster gives.
    Content,
    /// The person has no contact, or the channel is not configured.
    NoChannel,
    /// It only tells, and was tried for days in vain.
    Expired,
}

impl Reason {
    /// All, in the order in which they are documented.
    pub const ALL: [Self; 12] = [
        Self::Unreachable,
        Self::Timeout,
        Self::Tls,
        Self::Authentication,
        Self::Busy,
        Self::Fault,
        Self::Policy,
        Self::Address,
        Self::Ambiguous,
        Self::Content,
        Self::NoChannel,
        Self::Expired,
    ];

    /// The name in the store, in metrics and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Authentication => "authentication",
            Self::Busy => "busy",
            Self::Fault => "fault",
            Self::Policy => "policy",
            Self::Address => "address",
            Self::Ambiguous => "ambiguous",
            Self::Content => "content",
            Self::NoChannel => "no-channel",
            Self::Expired => "expired",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == text)
    }
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took charge of the message; its own words.
    Accepted {
        /// The final reply line, for example `250 2.0.0 Ok: queued as 4F1`.
        reference: String,
    },
    /// May pass: try again.
    Retry {
        /// The class.
        reason: Reason,
        /// The other side's own words, or ours where it said nothing.
        detail: String,
        /// When the other side asked for a wait (HTTP `Retry-After`).
        after: Option<Duration>,
    },
    /// Will not pass: this contact is dead for this call-out.
    Rejected {
        /// The class.
        reason: Reason,
        /// The other side's own words.
        detail: String,
    },
    /// Perhaps taken, perhaps not: the connection was lost after the message
    /// was handed over. Sent again later with the same identity.
    Unknown {
        /// What was seen.
        detail: String,
    },
}

/// Waits between attempts; the last repeats for as long as somebody is to
/// answer. Short at first, because a relay that comes back with the power is
/// worth finding at once.
const BACKOFF_SECS: [u64; 6] = [5, 15, 30, 60, 120, 300];

/// How the waits of what only tells grow on.
const TELLING_SECS: [u64; 3] = [600, 1800, 3600];

/// How long what only tells is tried: as long as mail systems try (RFC 5321
/// 4.5.4.1). What asks somebody ends with its answer or with its call-out.
pub const TELLING_FOR: SignedDuration = SignedDuration::from_hours(5 * 24);

/// The wait after an ambiguous attempt: long enough for the first copy to be
/// answered, short enough to matter.
const AMBIGUOUS_SECS: u64 = 60;

/// The longest wait that another side may ask for, so that no `Retry-After`
/// can carry a call past its stage.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// What came of an attempt, for a message that has been tried for so long:
/// what only tells is given up after days.
pub fn given_up(outcome: Outcome, asks: bool, age: SignedDuration) -> Outcome {
    match outcome {
        Outcome::Retry { detail, .. } | Outcome::Unknown { detail }
            if !asks && age >= TELLING_FOR =>
        {
            Outcome::Rejected {
                reason: Reason::Expired,
                detail,
            }
        }
        outcome => outcome,
    }
}

/// The wait before the next attempt, or `None` when there is none to come.
///
/// `attempts` counts those already made; `jitter` is between 0 and 1 and
/// spreads the wait by ±20 %, and one that was asked for by up to 20 % more. What only tells waits longer in the end than what
/// `asks` somebody.
pub fn wait(outcome: &Outcome, attempts: u32, asks: bool, jitter: f64) -> Option<Duration> {
    let spread = 0.8 + 0.4 * jitter.clamp(0.0, 1.0);
    match outcome {
        Outcome::Accepted { .. } | Outcome::Rejected { .. } => None,
        Outcome::Unknown { .. } => {
            // Why it grows: what calls ends with the second, and all else goes on.
            let wait = backoff(attempts, asks).max(AMBIGUOUS_SECS);
            Some(Duration::from_secs(wait).mul_f64(spread))
        }
        Outcome::Retry { after, .. } => {
            let own = Duration::from_secs(backoff(attempts, asks)).mul_f64(spread);
            // Why never sooner: that is what was asked for. Why spread: a crowd was told
            // the same, and would come back all at once.
            let later = 1.0 + 0.2 * jitter.clamp(0.0, 1.0);
            let asked = after.unwrap_or_default().min(LONGEST_ASKED);
            Some(own.max(asked.mul_f64(later).min(LONGEST_ASKED)))
        }
    }
}

/// Whether this was the last attempt: nobody knows for the second time whether the
/// message was taken, whatever came of it between. A third copy would help less than
/// it confuses; the person's next contact is called.
///
/// `lost` counts the attempts before of which nobody knows.
pub const fn is_last(outcome: &Outcome, lost: u32) -> bool {
    matches!(outcome, Outcome::Unknown { .. }) && lost > 0
}

fn backoff(attempts: u32, asks: bool) -> u64 {
    let tells: &[u64] = if asks { &[] } else { &TELLING_SECS };
    let waits = BACKOFF_SECS.iter().chain(tells);
    let made = attempts.max(1) as usize;
    waits.take(made).last().copied().unwrap_or_default()
}
