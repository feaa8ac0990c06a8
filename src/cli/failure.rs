//! What a command ends with when it does not do what was asked.
//!
//! Owns the exit codes: 1 failed, 2 usage, 3 configuration, 4 refused, 5 no
//! daemon. One clear sentence goes with each, in both languages.

use std::fmt;

use super::output;
use crate::config::Problems;
use crate::domain::text::{Language, Text};

/// The end of a command that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) code: u8,
    /// What, where, what to do.
    pub(super) message: Text,
    /// Whether it is a listing: of that one language is enough.
    listing: bool,
}

impl Failure {
    /// The exit code where the daemon refused.
    pub(super) const REFUSED: u8 = 4;
    /// The exit code where no daemon could be reached.
    pub(super) const NO_DAEMON: u8 = 5;

    fn new(code: u8, ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self {
            code,
            message: Text::new(ja, en),
            listing: false,
        }
    }

    /// 1: it failed.
    pub(super) fn failed(ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self::new(1, ja, en)
    }

    /// 2: the command line.
    pub(super) fn usage(ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self::new(2, ja, en)
    }

    /// 3: the configuration.
    pub(super) fn configuration(ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self::new(3, ja, en)
    }

    /// 4: the daemon refused.
    pub(super) fn refused(ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self::new(Self::REFUSED, ja, en)
    }

    /// 5: no daemon.
    pub(super) fn no_daemon(ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self::new(Self::NO_DAEMON, ja, en)
    }

    /// 3: every problem of the configuration.
    pub(super) fn problems(problems: &Problems) -> Self {
        Self::listed(3, problems)
    }

    /// 3: the same, as a log may say it.
    pub(super) fn problems_for_log(problems: &Problems) -> Self {
        let [ja, en] = Language::ALL.map(|language| problems.for_log(language));
        Self::new(3, ja, en).whole_listing()
    }

    /// 2: every problem of a file that the command line names.
    pub(super) fn problems_of_file(problems: &Problems) -> Self {
        Self::listed(2, problems)
    }

    fn listed(code: u8, problems: &Problems) -> Self {
        let [ja, en] = Language::ALL.map(|language| problems.render(language));
        Self::new(code, ja, en).whole_listing()
    }

    /// The same, where each language has many lines.
    pub(super) fn whole_listing(self) -> Self {
        Self {
            listing: true,
            ..self
        }
    }

    /// The same with something behind it.
    pub(super) fn and(self, ja: &str, en: &str) -> Self {
        Self {
            message: Text::new(
                format!("{}{ja}", self.message.ja),
                format!("{}{en}", self.message.en),
            ),
            ..self
        }
    }

    /// What is printed: Japanese with the English below it, or English.
    pub(super) fn said(&self) -> String {
        let Text { ja, en } = &self.message;
        match output::language() {
            Language::Ja if self.listing || ja == en => ja.to_string(),
            Language::Ja => format!("{ja}\n{en}"),
            Language::En => en.to_string(),
        }
    }
}

/// What a caller is told of a reason that goes up with an [`anyhow::Error`].
#[derive(Debug)]
pub(super) struct Context(pub(super) Text);

/// A reason in both languages.
pub(super) fn context(ja: impl AsRef<str>, en: impl AsRef<str>) -> Context {
    Context(Text::new(ja, en))
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for Context {}

/// The reason in Japanese: the sentence of ours with the cause behind it.
pub(super) fn in_japanese(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Context>() {
        Some(Context(text)) if error.chain().len() > 1 => {
            format!("{}（{}）", text.ja, error.root_cause())
        }
        Some(Context(text)) => text.ja.to_string(),
        None => format!("実行できませんでした（{error:#}）"),
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(in_japanese(&error), format!("{error:#}"))
    }
}
