//! How a file of `templates/` is called: `MODE.MAIL.LANGUAGE.PART`.
//!
//! Owns the reading of such a name, and what is said of another one. A real
//! mail's file and a drill's are different files.

use std::fmt;

use crate::domain::notification::Purpose;
use crate::domain::text::{Language, Text};

/// What stands for the mail in a file for every mail without one of its own.
const ANY: &str = "any";

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

/// What of a mail a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The subject, one line.
    Subject,
    /// The plain text.
    Text,
    /// The HTML.
    Html,
}

impl Part {
    /// All, the subject first: the others may show it.
    pub(super) const ALL: [Self; 3] = [Self::Subject, Self::Text, Self::Html];

    const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
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
    pub(super) const fn file(self, mail: Option<Purpose>, part: Part) -> File {
        File {
            mode: self.mode,
            mail,
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
    /// For which mail; `None` for each that has no file of its own.
    pub mail: Option<Purpose>,
    /// In which language.
    pub language: Language,
    /// What of the mail.
    pub part: Part,
}

impl File {
    fn key(&self) -> (Mode, &'static str, &'static str, Part) {
        let mail = self.mail.map_or(ANY, Purpose::name);
        (self.mode, mail, self.language.tag(), self.part)
    }

    /// Reads a file's name.
    pub(super) fn parse(name: &str) -> Result<Self, (usize, Text)> {
        let parts: Vec<&str> = name.split('.').collect();
        let [mode, mail, language, part] = parts[..] else {
            return Err(unknown("MODE.MAIL.LANGUAGE.PART", name, ""));
        };
        let mode = find(Mode::ALL, mode, Mode::name);
        let mode = mode.map_err(|known| unknown("MODE", name, &known))?;
        let mail = match mail {
            ANY => None,
            mail => {
                let mails = Purpose::ALL.into_iter();
                let mails = mails.filter(|purpose| *purpose != Purpose::Readiness);
                let found = find(mails, mail, Purpose::name);
                let known = |known: String| unknown("MAIL", name, &format!("{ANY}, {known}"));
                Some(found.map_err(known)?)
            }
        };
        let language = find(Language::ALL, language, Language::tag);
        let language = language.map_err(|known| unknown("LANGUAGE", name, &known))?;
        let part = find(Part::ALL, part, Part::name);
        Ok(Self {
            mode,
            mail,
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
        let (mode, mail, language, part) = self.key();
        write!(f, "{}.{mail}.{language}.{}", mode.name(), part.name())
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
