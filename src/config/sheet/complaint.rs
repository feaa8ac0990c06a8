//! What is wrong with a sheet, cell by cell.
//!
//! Owns one complaint (row, column, what, what to do) and how it reads in
//! both languages. It must not decide what is wrong.

use serde::ser::{SerializeStruct, Serializer};

use crate::config::Severity;
use crate::domain::text::{Language, Text};

/// A cell, as a spreadsheet counts: from 1. A column of 0 means the whole row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The row.
    pub row: u32,
    /// The column, or 0.
    pub column: u32,
}

impl Place {
    /// `A`, `B`, … `AA`; empty for a whole row.
    pub fn letters(self) -> String {
        let (mut rest, mut letters) = (self.column, Vec::new());
        while rest > 0 {
            let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
            letters.push(char::from(b'A' + letter));
            rest = (rest - 1) / 26;
        }
        letters.iter().rev().collect()
    }

    /// `row 5, column C`, to be named in another place's message.
    pub(super) fn named(self) -> Text {
        if self.column == 0 {
            return Text::new(format!("{}行目", self.row), format!("row {}", self.row));
        }
        let letters = self.letters();
        Text::new(
            format!("{}行目 {letters}列", self.row),
            format!("row {}, column {letters}", self.row),
        )
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// How bad it is.
    pub severity: Severity,
    /// Which cell; `None` where the whole file is meant.
    pub place: Option<Place>,
    /// What is wrong, in one sentence.
    pub message: Text,
    /// What to do; empty where nothing can be said.
    pub advice: Text,
    /// The heading of the column, once it is known.
    heading: String,
}

impl Complaint {
    /// Says what to do.
    pub(super) fn advise(&mut self, ja: impl AsRef<str>, en: impl AsRef<str>) {
        self.advice = Text::new(ja, en);
    }

    fn line(&self, file: &str, language: Language) -> String {
        let mark = self.severity.mark(language);
        let mut place = self.place.map_or(String::new(), |place| {
            format!(" {}", place.named().get(language))
        });
        if !self.heading.is_empty() {
            let heading = &self.heading;
            place.push_str(&match language {
                Language::Ja => format!("「{heading}」"),
                Language::En => format!(" \"{heading}\""),
            });
        }
        let message = self.message.get(language);
        let mut line = format!("{mark}: {file}{place}: {message}");
        if !self.advice.is_empty() {
            line.push_str("\n    → ");
            line.push_str(self.advice.get(language));
        }
        line
    }
}

impl serde::Serialize for Complaint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let both = |text: &Text| serde_json::json!({ "ja": text.ja, "en": text.en });
        let mut fields = serializer.serialize_struct("Complaint", 7)?;
        fields.serialize_field("severity", &self.severity)?;
        fields.serialize_field("row", &self.place.map(|place| place.row))?;
        let column = self.place.filter(|place| place.column > 0);
        fields.serialize_field("column", &column.map(|place| place.column))?;
        fields.serialize_field("letters", &column.map(Place::letters))?;
        fields.serialize_field("heading", &self.heading)?;
        fields.serialize_field("message", &both(&self.message))?;
        fields.serialize_field("advice", &both(&self.advice))?;
        fields.end()
    }
}

/// Everything that is wrong with one sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaints {
    /// The file, as shown.
    pub file: String,
    /// In the order of the rows.
    pub list: Vec<Complaint>,
}

impl Complaints {
    /// None so far.
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            list: Vec::new(),
        }
    }

    /// Something for which the sheet is refused.
    pub(super) fn error(
        &mut self,
        place: Option<Place>,
        ja: impl AsRef<str>,
        en: impl AsRef<str>,
    ) -> &mut Complaint {
        self.add(Severity::Error, place, Text::new(ja, en))
    }

    /// Something that somebody should look at.
    pub(super) fn warn(
        &mut self,
        place: Option<Place>,
        ja: impl AsRef<str>,
        en: impl AsRef<str>,
    ) -> &mut Complaint {
        self.add(Severity::Warning, place, Text::new(ja, en))
    }

    fn add(&mut self, severity: Severity, place: Option<Place>, message: Text) -> &mut Complaint {
        self.list.push(Complaint {
            severity,
            place,
            message,
            advice: Text::default(),
            heading: String::new(),
        });
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// Gives each complaint the heading of its column, and sorts them.
    pub(super) fn settle(&mut self, headings: &[String]) {
        for complaint in &mut self.list {
            let column = complaint.place.map_or(0, |place| place.column);
            let heading = usize::try_from(column)
                .ok()
                .and_then(|column| headings.get(column.checked_sub(1)?));
            if let Some(heading) = heading {
                complaint.heading.clone_from(heading);
            }
        }
        self.list.sort_by_key(|complaint| complaint.place);
    }

    /// How many of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let found = self.list.iter();
        found.filter(|one| one.severity == severity).count()
    }

    /// True if the sheet is refused.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// The listing, one complaint after the other.
    pub fn render(&self, language: Language) -> String {
        let lines = self.list.iter();
        lines
            .map(|complaint| complaint.line(&self.file, language))
            .collect::<Vec<_>>()
            .join("\n")
    }
}
