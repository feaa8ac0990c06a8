//! Which version of the rules and of the roster is in force (版).
//!
//! Owns the names by which a call-out remembers what it was run by, and what
//! must be said of a version that nobody approved, that was changed without a
//! new number, or that is older than the one before. It must not read files.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::id::PersonId;
use super::text::Text;

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
    /// When this roster was first in force, where that is known.
    pub roster_date: Option<Date>,
    /// The rules are not those that were approved under this number and date.
    pub changed: bool,
    /// The number of the edition before, where that is the higher one.
    pub older_than: Option<u32>,
}

/// What must be said of an edition wherever it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caveat {
    /// Nobody approved it.
    Unapproved,
    /// It was approved with other rules.
    Changed,
    /// A newer one was in force before it.
    Older {
        /// The newer one's number.
        than: u32,
    },
}

impl Caveat {
    /// The name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unapproved => "unapproved",
            Self::Changed => "changed",
            Self::Older { .. } => "older",
        }
    }
}

/// The files of an edition, as they were read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Texts {
    /// `rules.toml`.
    pub rules: String,
    /// `roster.toml`.
    pub roster: String,
}

/// An edition that was in force, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// SHA-256 over both files' digests, hexadecimal: its name.
    pub digest: String,
    /// Which.
    pub edition: Edition,
    /// When it was first put in force.
    pub first_used_at: Timestamp,
    /// When it was last put in force, by a start or a reload.
    pub taken_up_at: Timestamp,
}

/// How long a beginning of a digest must be to name an edition.
pub const SHORTEST: usize = 4;

impl Kept {
    /// Whether a word names it: its number, or the beginning of its digest or
    /// of one of its files' digests. Up to four figures are a number.
    pub fn is_called(&self, word: &str) -> bool {
        if word.len() <= 4
            && let Ok(number) = word.parse::<u32>()
        {
            return self.edition.number == number;
        }
        let word = word.to_ascii_lowercase();
        let digests = [
            &self.digest,
            &self.edition.rules_digest,
            &self.edition.roster_digest,
        ];
        word.len() >= SHORTEST && digests.iter().any(|digest| digest.starts_with(&word))
    }
}

/// The edition that a word names: of several the one that was in force last.
pub fn named<'a>(kept: &'a [Kept], word: &str) -> Option<&'a Kept> {
    let called = kept.iter().filter(|kept| kept.is_called(word));
    called.max_by_key(|kept| kept.taken_up_at)
}

/// One line of the plan's list of editions (計画の新規策定／改訂一覧), before
/// the one in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number.
    pub number: u32,
    /// Its date.
    pub date: Date,
    /// What was written or changed, and why.
    pub what: Text,
}

impl Edition {
    /// An edition of which nothing is known but its files.
    pub fn unknown(
        number: u32,
        date: Date,
        approved_by: Option<PersonId>,
        [rules_digest, roster_digest]: [String; 2],
    ) -> Self {
        Self {
            number,
            date,
            approved_by,
            rules_digest,
            roster_digest,
            roster_date: None,
            changed: false,
            older_than: None,
        }
    }

    /// Compares it with the editions that were in force before: since when
    /// its roster is known, whether its rules were changed without a new
    /// number or date, and whether it is older than the one before it.
    ///
    /// An edition that is approved after it was tried is not a changed one,
    /// and whoever goes back to the approved text has nothing to explain. A
    /// changed roster is everyday work.
    pub fn know(&mut self, kept: &[Kept], zone: &TimeZone) {
        let first = |is: &dyn Fn(&Kept) -> bool| {
            let used = kept.iter().filter(|kept| is(kept));
            used.map(|kept| kept.first_used_at).min()
        };
        self.roster_date = first(&|kept| kept.edition.roster_digest == self.roster_digest)
            .map(|at| zone.to_datetime(at).date());
        let since =
            first(&|kept| kept.edition.rules_digest == self.rules_digest).unwrap_or(Timestamp::MAX);
        self.changed = kept.iter().any(|kept| {
            kept.edition.approved_by.is_some()
                && (kept.edition.number, kept.edition.date) == (self.number, self.date)
                && kept.edition.rules_digest != self.rules_digest
                && kept.first_used_at < since
        });
        self.older_than = kept
            .iter()
            .filter(|kept| kept.edition.rules_digest != self.rules_digest)
            .max_by_key(|kept| kept.taken_up_at)
            .map(|before| before.edition.number)
            .filter(|before| *before > self.number);
    }

    /// What must be said of it, the gravest first.
    pub fn caveats(&self) -> Vec<Caveat> {
        let unapproved = self.approved_by.is_none().then_some(Caveat::Unapproved);
        let changed = self.changed.then_some(Caveat::Changed);
        let older = self.older_than.map(|than| Caveat::Older { than });
        [unapproved, changed, older].into_iter().flatten().collect()
    }

    /// Short enough for a table:
    /// `2 (2025-12-29) rules 1a2b3c4d roster 5e6f7a8b (2026-04-01)`.
    pub fn label(&self) -> String {
        let since = self.roster_date;
        let since = since.map(|date| format!(" ({date})")).unwrap_or_default();
        format!(
            "{} ({}) rules {} roster {}{since}",
            self.number,
            self.date,
            short(&self.rules_digest),
            short(&self.roster_digest)
        )
    }
}

/// The beginning of a digest, as people are shown it.
pub fn short(digest: &str) -> &str {
    digest.get(..8).unwrap_or(digest)
}
