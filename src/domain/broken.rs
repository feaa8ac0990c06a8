//! Why a link of a contact tree is broken.
//!
//! Owns the reasons and their names in the store. It must not say what follows.

/// Why a link of a contact tree is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenBecause {
    /// No answer came in time.
    Silent,
    /// Every contact failed.
    Unreachable,
    /// They are away: excused, and the tree has no caller there.
    Away,
}

impl BrokenBecause {
    /// All.
    pub const ALL: [Self; 3] = [Self::Silent, Self::Unreachable, Self::Away];

    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Unreachable => "unreachable",
            Self::Away => "away",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|because| because.name() == text)
    }
}
