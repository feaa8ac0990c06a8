//! What becomes of a drill that is due, and under which name it is kept.
//!
//! Owns the changes and their keys: each can be kept once. It must not decide
//! one: [`super::occasion`] does.

use jiff::Timestamp;

use super::occasion::Done;
use super::{Foretold, Month};
use crate::domain::id::DrillId;
use crate::domain::text::Text;

/// What became of an occasion, as it is kept and told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// From now on it is held by these words.
    Since(String),
    /// It is no longer in the plan: when it comes back, it begins anew.
    Ended,
    /// It was announced.
    Announced(Foretold),
    /// What was announced no longer holds, for the plan is another.
    Corrected {
        /// What was told.
        told: Foretold,
        /// What holds; `None` where it is not held.
        now: Option<Foretold>,
    },
    /// It was moved to another time.
    Moved {
        /// When it was due.
        from: Timestamp,
        /// When it is.
        to: Timestamp,
        /// Why.
        why: Why,
        /// Its time was drawn, and is not told beforehand.
        drawn: bool,
    },
    /// It falls out.
    Skipped {
        /// When it was due.
        due: Timestamp,
        /// Why.
        why: Why,
    },
    /// A person called it off.
    Cancelled {
        /// When it was due.
        due: Timestamp,
        /// In their words.
        reason: String,
    },
}

impl Change {
    /// The name in the store and in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Since(_) => "since",
            Self::Ended => "ended",
            Self::Announced(_) => "announced",
            Self::Corrected { .. } => "corrected",
            Self::Moved { .. } => "moved",
            Self::Skipped { .. } => "skipped",
            Self::Cancelled { .. } => "cancelled",
        }
    }
}

/// Why an occasion was moved or fell out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A real call-out was open.
    RealCallOut,
    /// It was not held at its time: the daemon was down, or the time changed.
    Missed,
    /// The plan has it no more.
    Gone,
    /// No rule applies to its event at that time.
    NoRule,
    /// Who orders its event in the drill may not order it by the rule.
    NoOrder,
}

/// The key of when a schedule's words began to hold, in microseconds.
pub fn since_key(drill: &DrillId, micros: i64) -> String {
    format!("{SINCE}{drill}:{micros:020}")
}

impl Changed {
    /// The key under which it is kept, after what was done: each change of an
    /// occasion once.
    pub fn key(&self, done: Done, now: Timestamp) -> String {
        let occasion = key(&self.drill, self.month);
        match &self.change {
            Change::Since(_) | Change::Ended => since_key(&self.drill, now.as_microsecond()),
            Change::Announced(_) | Change::Corrected { .. } => {
                telling_key(&self.drill, self.month, done.tellings + 1)
            }
            Change::Moved { .. } => format!("{occasion}:moved-{}", done.moves + 1),
            Change::Skipped { .. } | Change::Cancelled { .. } => occasion,
        }
    }
}

/// The key under which it is kept that people were told of an occasion
/// beforehand, for the first time or again.
pub fn telling_key(drill: &DrillId, month: Month, number: u32) -> String {
    let occasion = key(drill, month);
    match number {
        0 | 1 => format!("{occasion}:announced"),
        _ => format!("{occasion}:announced-{number}"),
    }
}

impl Why {
    /// All.
    const ALL: [Self; 5] = [
        Self::RealCallOut,
        Self::Missed,
        Self::Gone,
        Self::NoRule,
        Self::NoOrder,
    ];

    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RealCallOut => "real-call-out",
            Self::Missed => "missed",
            Self::Gone => "gone",
            Self::NoRule => "no-rule",
            Self::NoOrder => "no-order",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name() == text)
    }
}

/// How the keys of events about schedules begin. A run is started under the
/// key of its occasion, and an occasion that falls out is kept under the same,
/// so that neither can happen twice.
pub const KEY: &str = "drill:";

/// How the keys of events begin that say since when a schedule holds.
pub const SINCE: &str = "drill-since:";

/// The key of an occasion.
pub fn key(drill: &DrillId, month: Month) -> String {
    format!("{KEY}{drill}:{month}")
}

/// A change of a drill's occasion, with what is shown of the drill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Which drill.
    pub drill: DrillId,
    /// Its name, as shown then.
    pub title: Text,
    /// Which occasion.
    pub month: Month,
    /// What became of it.
    pub change: Change,
}
