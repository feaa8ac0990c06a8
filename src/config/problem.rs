//! What is wrong with the files, for people and for machines.
//!
//! Owns one finding (where, what, what to write instead) and its listing with
//! a caret under the place. It must not decide what is wrong. Invariant: no
//! line is kept here that shows a secret (`findings` cuts it off before).

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The files are refused.
    Error,
    /// The files are taken; somebody should look.
    Warning,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    pub message: String,
    /// What to write instead, where that can be said.
    pub advice: Option<String>,
    /// The line itself, without what must not be shown.
    #[serde(skip)]
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
    pub(super) fn advise(&mut self, advice: impl Into<String>) -> &mut Self {
        self.advice = Some(advice.into());
        self
    }

    fn render(&self, renderer: &Renderer) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(&self.message);
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
            group = group.element(Level::HELP.message(advice));
        }
        renderer.render(&[group])
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
    /// there are. `styled` adds ANSI colours for a terminal.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut listing = String::new();
        for problem in &self.0 {
            listing.push_str(&problem.render(&renderer));
            listing.push_str("\n\n");
        }
        listing.push_str(&self.summary());
        listing
    }

    /// `2 errors, 1 warning`.
    pub fn summary(&self) -> String {
        let counted = |count: usize, word: &str| match count {
            1 => format!("1 {word}"),
            _ => format!("{count} {word}s"),
        };
        let errors = self.count(Severity::Error);
        let warnings = self.count(Severity::Warning);
        match (errors, warnings) {
            (_, 0) => counted(errors, "error"),
            (0, _) => counted(warnings, "warning"),
            _ => format!(
                "{}, {}",
                counted(errors, "error"),
                counted(warnings, "warning")
            ),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}
