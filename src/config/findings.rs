//! Collects what is wrong, with the place it is wrong at.
//!
//! Owns the texts that places point into, the way from a byte to a line and a
//! column, and the rule that a line never shows a secret. It must not decide
//! what is wrong.

use std::ops::Range;

use super::problem::{Problem, Problems, Severity, SourceLine};
use super::source::Source;
use crate::domain::text::Text;

/// A stretch of one file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Which of the pages.
    pub(super) page: usize,
    /// The first byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
}

impl Place {
    /// The first byte of a file: for what is missing from it.
    pub(super) const fn top(page: usize) -> Self {
        Self {
            page,
            start: 0,
            end: 0,
        }
    }

    /// A span of a file.
    pub(super) const fn new(page: usize, span: &Range<usize>) -> Self {
        Self {
            page,
            start: span.start,
            end: span.end,
        }
    }
}

/// A file's text and the overrides that stand behind it.
#[derive(Debug)]
struct Page {
    path: String,
    text: String,
    /// Each with the byte it begins at, as if it stood behind the text.
    overrides: Vec<(usize, String)>,
}

/// Everything found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pages: Vec<Page>,
    problems: Vec<(Place, Problem)>,
    /// Files of which no more is said (half of them could not be read), and
    /// how many problems there were before.
    muted: Vec<(usize, usize)>,
}

impl Findings {
    /// Adds a file; its number names it in places.
    pub(super) fn page(&mut self, source: &Source) -> usize {
        self.pages.push(Page {
            path: source.path.clone(),
            text: source.text.clone(),
            overrides: Vec::new(),
        });
        self.pages.len() - 1
    }

    /// Keeps quiet about the rest of a file.
    pub(super) fn mute(&mut self, page: usize) {
        self.muted.push((page, self.problems.len()));
    }

    /// Adds an override to a file's page; says at which byte it begins.
    pub(super) fn add_override(&mut self, page: usize, text: String) -> usize {
        let page = &mut self.pages[page];
        let start = match page.overrides.last() {
            Some((start, text)) => start + text.len() + 1,
            None => page.text.len() + 1,
        };
        page.overrides.push((start, text));
        start
    }

    /// Something for which the files are refused.
    pub(super) fn error(
        &mut self,
        place: Place,
        ja: impl AsRef<str>,
        en: impl AsRef<str>,
    ) -> &mut Problem {
        self.add(Severity::Error, place, Text::new(ja, en))
    }

    /// Something that somebody should look at.
    pub(super) fn warn(
        &mut self,
        place: Place,
        ja: impl AsRef<str>,
        en: impl AsRef<str>,
    ) -> &mut Problem {
        self.add(Severity::Warning, place, Text::new(ja, en))
    }

    fn add(&mut self, severity: Severity, place: Place, message: Text) -> &mut Problem {
        let problem = self.pages[place.page].locate(place, severity, message);
        self.problems.push((place, problem));
        let last = self.problems.len() - 1;
        &mut self.problems[last].1
    }

    /// The line of a place, from 1, to be named in another place's message.
    pub(super) fn line(&self, place: Place) -> usize {
        line_of(&self.pages[place.page].text, place.start).0
    }

    /// All of it, in the order of the files.
    pub(super) fn into_problems(self) -> Problems {
        let muted = self.muted;
        let kept = |number: usize, place: Place| {
            let quiet = |(page, before): &(usize, usize)| *page == place.page && number >= *before;
            !muted.iter().any(quiet)
        };
        let numbered = (0..).zip(self.problems);
        let mut problems: Vec<_> = numbered
            .filter(|(number, (place, _))| kept(*number, *place))
            .map(|(_, problem)| problem)
            .collect();
        problems.sort_by_key(|(place, _)| *place);
        Problems(problems.into_iter().map(|(_, problem)| problem).collect())
    }
}

impl Page {
    fn locate(&self, place: Place, severity: Severity, message: Text) -> Problem {
        let behind = self
            .overrides
            .iter()
            .rev()
            .find(|(start, _)| place.start >= *start);
        let (file, text, base) = match behind {
            Some((start, text)) => ("--set", text, *start),
            None => (self.path.as_str(), &self.text, 0),
        };
        let (line, begin) = line_of(text, place.start - base);
        let full = text[begin..].split(['\n', '\r']).next().unwrap_or_default();
        let cut = secret_begins(full);
        let shown = match cut {
            Some(cut) => format!("{}***", &full[..cut]),
            None => full.to_owned(),
        };
        let end = cut.unwrap_or(shown.len());
        let from = (place.start - base - begin).min(end);
        let to = (place.end.max(place.start) - base)
            .saturating_sub(begin)
            .clamp(from, end);
        Problem {
            severity,
            file: file.to_owned(),
            line,
            column: shown[..from].chars().count() + 1,
            message,
            advice: None,
            source: Some(SourceLine {
                text: shown,
                span: from..to,
            }),
        }
    }
}

/// The line's number from 1, and the byte it begins at.
fn line_of(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, begin)
}

/// Where on a line a secret begins that somebody wrote into the file after
/// all: behind `password =` and the like, or behind the `//` of a URL with a
/// password in it.
fn secret_begins(line: &str) -> Option<usize> {
    let behind_key = line.match_indices('=').find_map(|(at, _)| {
        let key = line[..at].trim_end().trim_end_matches(['"', '\'']);
        let key = key
            .rsplit([' ', '{', ',', '.', '"', '\''])
            .next()
            .unwrap_or_default();
        let key = key.to_ascii_lowercase();
        let secret = ["password", "passwd", "secret", "token", "bearer"]
            .iter()
            .any(|word| key.contains(word));
        (secret && !key.ends_with("_file")).then_some(at + 1)
    });
    let in_url = line.match_indices("://").find_map(|(at, _)| {
        let rest = &line[at + 3..];
        let authority = rest
            .split(['/', '"', '\'', ' ', '?'])
            .next()
            .unwrap_or_default();
        authority.contains('@').then_some(at + 3)
    });
    match (behind_key, in_url) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
