//! A call-out marked as an exercise (訓練; plan 6(3)).
//!
//! Owns what a drill is named and what it plays. The path is the real one;
//! only the mark differs.

use std::time::Duration;

use super::event::EventKind;
use super::id::DrillId;
use super::schedule::Schedule;
use super::text::Text;

/// The plan's kinds of drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrillKind {
    /// D1, 机上訓練.
    Tabletop,
    /// D2, 緊急連絡・確認訓練.
    Contact,
    /// D3, システム復旧訓練.
    Recovery,
}

impl DrillKind {
    /// All, in the plan's order.
    pub const ALL: [Self; 3] = [Self::Tabletop, Self::Contact, Self::Recovery];

    /// The name in commands, HTTP and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tabletop => "tabletop",
            Self::Contact => "contact",
            Self::Recovery => "recovery",
        }
    }
}

/// A drill that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    /// The key.
    pub id: DrillId,
    /// As shown.
    pub title: Text,
    /// Which kind of the plan.
    pub kind: DrillKind,
    /// The event that it plays.
    pub event: EventKind,
    /// Whether the vendors whom the rule names are asked for help in it.
    pub vendors: bool,
    /// The given scenario, in words.
    pub scenario: Text,
    /// After how long it ends by itself; a person ends it where nothing is
    /// said.
    pub ends_after: Option<Duration>,
    /// When it is due; a person starts it where nothing is said.
    pub schedule: Option<Schedule>,
}
