//! How a file of `templates/` is called: `MODE.MAIL.LANGUAGE.PART`, or
//! `MODE.page.LANGUAGE.PART` for the answer page.
//!
//! Owns the reading of such a name, and what is said of another one. A file
//! for what is real and one for drills are different files.

use std::fmt;

use crate::domain::notification::Purpose;
use crate::domain::text::{Language, Text};

/// What stands for the mail in a file for every mail without one of its own.
const ANY: &str = "any";

/// What stands in its place in a file for the answer page.
const PAGE: &str = "page";

/// For what a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Each mail that has no file of its own.
    AnyMail,
    /// One mail.
    Mail(Purpose),
    /// The answer page of whoever is called.
    Page,
}

impl About {
    const fn name(self) -> &'static str {
        match self {
            Self::AnyMail => ANY,
            Self::Mail(purpose) => purpose.name(),
            Self::Page => PAGE,
        }
    }

    fn parse(name: &str, file: &str) -> Result<Self, (usize, Text)> {
        match name {
            ANY => return Ok(Self::AnyMail),
            PAGE => return Ok(Self::Page),
            _ => {}
        }
        let mails = Purpose::ALL.into_iter();
        let mails = mails.filter(|purpose| !purpose.is_notice());
        let found = find(mails, name, Purpose::name);
        let known = |known| unknown("MAIL", file, &format!("{ANY}, {known}, {PAGE}"));
        found.map(Self::Mail).map_err(known)
    }

    /// What there may be files of.
    const fn parts(self) -> &'static [Part] {
        match self {
            Self::AnyMail | Self::Mail(_) => &Part::OF_MAIL,
            Self::Page => &Part::OF_PAGE,
        }
    }
}

/// Whether a file is for what is real or for drills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// What is real.
    Real,
    /// Drills.
    Drill,
}

impl Mode {
    const ALL: [Self; 2] = [Self::Real, Self::Drill];

    const fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Drill => "drill",
        }
    }
}

/// What of a mail or of the page a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A mail's subject, one line.
    Subject,
    /// The page's headline, one line.
    Headline,
    /// The plain text.
    Text,
    /// A mail's HTML.
    Html,
}

impl Part {
    /// A mail's, the subject first: the others may show it.
    pub(super) const OF_MAIL: [Self; 3] = [Self::Subject, Self::Text, Self::Html];

    /// The page's.
    pub(super) const OF_PAGE: [Self; 2] = [Self::Headline, Self::Text];

    const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Headline => "headline",
            Self::Text => "txt",
            Self::Html => "html",
        }
    }
}

/// A mail for which texts are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Which {
    /// Real or drill.
    pub mode: Mode,
    /// What it is for.
    pub purpose: Purpose,
    /// In whose language.
    pub language: Language,
}

impl Which {
    pub(super) const fn file(self, about: About, part: Part) -> File {
        File {
            mode: self.mode,
            about,
            language: self.language,
            part,
        }
    }
}

/// What one file stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Real or drill.
    pub mode: Mode,
    /// For which mail, or for the page.
    pub about: About,
    /// In which language.
    pub language: Language,
    /// What of it.
    pub part: Part,
}

impl File {
    fn key(&self) -> (Mode, &'static str, &'static str, Part) {
        (self.mode, self.about.name(), self.language.tag(), self.part)
    }

    /// Reads a file's name.
    pub(super) fn parse(name: &str) -> Result<Self, (usize, Text)> {
        let parts: Vec<&str> = name.split('.').collect();
        let [mode, about, language, part] = parts[..] else {
            return Err(unknown("MODE.MAIL.LANGUAGE.PART", name, ""));
        };
        let mode = find(Mode::ALL, mode, Mode::name);
        let mode = mode.map_err(|known| unknown("MODE", name, &known))?;
        let about = About::parse(about, name)?;
        let language = find(Language::ALL, language, Language::tag);
        let language = language.map_err(|known| unknown("LANGUAGE", name, &known))?;
        let part = find(about.parts().iter().copied(), part, Part::name);
        Ok(Self {
            mode,
            about,
            language,
            part: part.map_err(|known| unknown("PART", name, &known))?,
        })
    }
}

impl PartialOrd for File {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for File {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mode, about, language, part) = self.key();
        write!(f, "{}.{about}.{language}.{}", mode.name(), part.name())
    }
}

/// The one that is called so, or what they are called.
fn find<T: Copy>(
    all: impl IntoIterator<Item = T>,
    name: &str,
    called: impl Fn(T) -> &'static str,
) -> Result<T, String> {
    let mut known = Vec::new();
    for one in all {
        if called(one) == name {
            return Ok(one);
        }
        known.push(called(one));
    }
    Err(known.join(", "))
}

fn unknown(what: &str, name: &str, known: &str) -> (usize, Text) {
    let known = |before: &str, after: &str| {
        if known.is_empty() {
            String::new()
        } else {
            format!("{before}{known}{after}")
        }
    };
    let why = Text::new(
        format!(
            "ファイル名「{name}」の {what} を読めません{}。例: real.call.ja.txt",
            known("。書けるもの: ", "")
        ),
        format!(
            "the file's name {name:?} has no {what} that is known{}; for example real.call.ja.txt",
            known(": write ", "")
        ),
    );
    (1, why)
}
