//! What is wrong with the files, for people and for machines.
//!
//! Owns one finding (where, what, what to write instead) in both languages and
//! its listing with a caret under the place. It must not decide what is wrong.
//! Invariant: no line is kept here that shows a secret (`findings` cuts it off
//! before).

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::domain::text::{Language, Text, without_addresses};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The files are refused.
    Error,
    /// The files are taken; somebody should look.
    Warning,
}

impl Severity {
    /// What stands before a finding.
    pub const fn mark(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Error, Language::Ja) => "誤り",
            (Self::Warning, Language::Ja) => "注意",
            (Self::Error, Language::En) => "error",
            (Self::Warning, Language::En) => "warning",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Which file, or `--set`.
    pub file: String,
    /// Which line, from 1.
    pub line: usize,
    /// Which character of the line, from 1.
    pub column: usize,
    /// What is wrong, in one sentence.
    pub message: Text,
    /// What to write instead, where that can be said.
    pub advice: Option<Text>,
    /// The line itself, without what must not be shown.
    pub(super) source: Option<SourceLine>,
}

/// A line of a file and the part of it that is meant, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourceLine {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

impl Problem {
    /// Says what to write instead.
    pub(super) fn advise(&mut self, ja: impl AsRef<str>, en: impl AsRef<str>) -> &mut Self {
        self.advise_both(Text::new(ja, en))
    }

    /// The same, of a text that holds both languages already.
    pub(super) fn advise_both(&mut self, advice: Text) -> &mut Self {
        self.advice = Some(advice);
        self
    }

    fn render(&self, language: Language) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let level = level.with_name(self.severity.mark(language));
        let title = level.primary_title(self.message.get(language));
        let mut group: Group<'_> = match &self.source {
            Some(source) => title.element(
                Snippet::source(&source.text)
                    .path(&self.file)
                    .line_start(self.line)
                    .annotation(AnnotationKind::Primary.span(source.span.clone())),
            ),
            None => title.element(Origin::path(&self.file)),
        };
        if let Some(advice) = &self.advice {
            let help = match language {
                Language::Ja => Level::HELP.with_name("対処"),
                Language::En => Level::HELP,
            };
            group = group.element(help.message(advice.get(language)));
        }
        Renderer::plain().render(&[group])
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let advice = self.advice.as_ref();
        let mut fields = serializer.serialize_struct("Problem", 8)?;
        fields.serialize_field("severity", &self.severity)?;
        fields.serialize_field("file", &self.file)?;
        fields.serialize_field("line", &self.line)?;
        fields.serialize_field("column", &self.column)?;
        fields.serialize_field("message", &self.message.en)?;
        fields.serialize_field("message_ja", &self.message.ja)?;
        fields.serialize_field("advice", &advice.map(|advice| &advice.en))?;
        fields.serialize_field("advice_ja", &advice.map(|advice| &advice.ja))?;
        fields.end()
    }
}

/// All findings of all files, in the order of the files and their lines.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// How many of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.0
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    }

    /// True if the files are refused.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// The listing: every problem with its line and a caret, and how many
    /// there are.
    pub fn render(&self, language: Language) -> String {
        let mut listing = String::new();
        for problem in &self.0 {
            listing.push_str(&problem.render(language));
            listing.push_str("\n\n");
        }
        listing.push_str(&self.summary(language));
        listing
    }

    /// The same for a log, which others may read than may read the files: where each
    /// problem is, what is wrong and what to do, without its line and without an address.
    pub fn for_log(&self, language: Language) -> String {
        let mut listing = String::new();
        for problem in &self.0 {
            let mark = problem.severity.mark(language);
            let words = unaddressed(problem.message.get(language));
            let Problem {
                file, line, column, ..
            } = problem;
            listing.push_str(&format!("{file}:{line}:{column}: {mark}: {words}\n"));
            if let Some(advice) = &problem.advice {
                let words = unaddressed(advice.get(language));
                listing.push_str(&match language {
                    Language::Ja => format!("    対処: {words}\n"),
                    Language::En => format!("    help: {words}\n"),
                });
            }
        }
        listing.push_str(&self.summary(language));
        listing.push_str(match language {
            Language::Ja => "。該当の行は muster check で見られます",
            Language::En => "; `muster check` shows the lines",
        });
        listing
    }

    /// `2 errors, 1 warning`.
    pub fn summary(&self, language: Language) -> String {
        let counted = |severity: Severity| {
            let (count, word) = (self.count(severity), severity.mark(language));
            match (language, count) {
                (Language::Ja, _) => format!("{word} {count} 件"),
                (Language::En, 1) => format!("1 {word}"),
                (Language::En, _) => format!("{count} {word}s"),
            }
        };
        let [errors, warnings] = [Severity::Error, Severity::Warning].map(counted);
        let between = match language {
            Language::Ja => "、",
            Language::En => ", ",
        };
        match (self.count(Severity::Error), self.count(Severity::Warning)) {
            (_, 0) => errors,
            (0, _) => warnings,
            _ => format!("{errors}{between}{warnings}"),
        }
    }
}

/// In English; people are shown [`Problems::render`] in their language.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Language::En))
    }
}

impl std::error::Error for Problems {}

/// Without what may be an address: a mail's, or a telephone number.
fn unaddressed(words: &str) -> String {
    let words = without_addresses(words, "");
    let joins = |sign: char| sign.is_ascii_digit() || "+-".contains(sign);
    let mut clean = String::with_capacity(words.len());
    for part in words.split_inclusive(|sign| !joins(sign)) {
        let (number, rest) = part.split_at(part.find(|sign| !joins(sign)).unwrap_or(part.len()));
        let digits = number.chars().filter(char::is_ascii_digit).count();
        let is_number = number.starts_with(['+', '0']) && digits >= TELEPHONE;
        clean.push_str(if is_number { "***" } else { number });
        clean.push_str(rest);
    }
    clean
}

/// The fewest digits of a telephone number.
const TELEPHONE: usize = 7;
