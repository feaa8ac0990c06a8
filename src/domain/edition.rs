//! Which version of the rules and of the roster is in force (版).
//!
//! Owns the names by which a call-out remembers what it was run by. It must
//! not read files.

use jiff::civil::Date;

use super::id::PersonId;

/// One version of the plan's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// The plan's own number, for example 2 for 第二版.
    pub number: u32,
    /// Its date.
    pub date: Date,
    /// Who approved it (6(2): the chief information officer); `None` says
    /// so wherever the edition is used.
    pub approved_by: Option<PersonId>,
    /// SHA-256 of `rules.toml`, hexadecimal.
    pub rules_digest: String,
    /// SHA-256 of `roster.toml`, hexadecimal.
    pub roster_digest: String,
}

impl Edition {
    /// Short enough for a table: `2 (2025-12-29) rules 1a2b3c4d roster 5e6f7a8b`.
    pub fn label(&self) -> String {
        let head = |digest: &str| digest.get(..8).unwrap_or(digest).to_owned();
        format!(
            "{} ({}) rules {} roster {}",
            self.number,
            self.date,
            head(&self.rules_digest),
            head(&self.roster_digest)
        )
    }
}
