//! The record that a drill was held (4(1), 6(3)): what muster did not run
//! itself is known by what somebody wrote down of it.
//!
//! Owns what a record holds and the kinds of files that may lie with it. Pure:
//! it must not read a file or keep one.

use jiff::Timestamp;
use jiff::civil::Date;

use super::drill::DrillKind;
use super::id::{PersonId, Principal, RecordId};
use super::text::Text;

/// Who took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Participant {
    /// Somebody of the roster, by the name of then.
    Person(PersonId, Text),
    /// Somebody else, or several, as they were written down.
    Guest(String),
    /// So many, without names.
    Number(u32),
}

/// A kind of file that may lie with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MinutesKind {
    /// A document for print.
    Pdf,
    /// Plain text in UTF-8.
    Text,
    /// The same with marks.
    Markdown,
    /// A table in UTF-8.
    Csv,
    /// A document of Word without macros.
    Word,
    /// A workbook of Excel without macros.
    Excel,
    /// An open document without macros.
    OpenText,
    /// A picture.
    Png,
    /// A photograph.
    Jpeg,
    /// What `muster rehearse --json` wrote.
    Rehearsal,
}

impl MinutesKind {
    /// All.
    pub const ALL: [Self; 10] = [
        Self::Pdf,
        Self::Text,
        Self::Markdown,
        Self::Csv,
        Self::Word,
        Self::Excel,
        Self::OpenText,
        Self::Png,
        Self::Jpeg,
        Self::Rehearsal,
    ];

    /// How its name ends; the name in the store and in JSON.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Text => "txt",
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::Word => "docx",
            Self::Excel => "xlsx",
            Self::OpenText => "odt",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Rehearsal => "json",
        }
    }

    /// Reads the end of a name.
    pub fn parse(ending: &str) -> Option<Self> {
        let ending = ending.to_ascii_lowercase();
        let ending = if ending == "jpeg" { "jpg" } else { &ending };
        Self::ALL.into_iter().find(|kind| kind.ending() == ending)
    }

    /// The kind as HTTP names it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Word => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Excel => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::OpenText => "application/vnd.oasis.opendocument.text",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Rehearsal => "application/json",
        }
    }
}

/// A file that lies with a record, without what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinutesFile {
    /// Its name, cleaned.
    pub name: String,
    /// What it is.
    pub kind: MinutesKind,
    /// How long, in bytes.
    pub bytes: u64,
}

/// That a record was a mistake: it stays, and counts no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Who took it back.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A drill that was held, as it was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillRecord {
    /// Its name: the same record has the same one.
    pub id: RecordId,
    /// Which kind of drill.
    pub kind: DrillKind,
    /// On which day.
    pub held_on: Date,
    /// What it was about.
    pub title: String,
    /// Anything else.
    pub note: Option<String>,
    /// Who took part.
    pub participants: Vec<Participant>,
    /// What lies with it.
    pub files: Vec<MinutesFile>,
    /// Who wrote it down.
    pub by: Principal,
    /// When.
    pub recorded_at: Timestamp,
    /// Whether somebody took it back.
    pub withdrawn: Option<Withdrawal>,
}

impl DrillRecord {
    /// Whether it counts: nobody took it back.
    pub fn counts(&self) -> bool {
        self.withdrawn.is_none()
    }

    /// How many took part: each name is one, a number is that many.
    pub fn heads(&self) -> u32 {
        let heads = self.participants.iter().map(|one| match one {
            Participant::Number(number) => *number,
            Participant::Person(..) | Participant::Guest(_) => 1,
        });
        heads.fold(0, u32::saturating_add)
    }
}
