//! The three files as text, and where they came from.
//!
//! Owns the reading of files, the example plan inside the program, and the
//! digests by which an edition is known. It must not know what they mean.

use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::problem::{Problem, Problems, Severity};
use crate::domain::text::Text;
use crate::message::own::OwnFile;

/// One file.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path, as shown.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl Source {
    /// A file that is already read.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }

    /// SHA-256 of the file, hexadecimal.
    pub fn digest(&self) -> String {
        use fmt::Write as _;
        Sha256::digest(self.text.as_bytes()).iter().fold(
            String::with_capacity(64),
            |mut hex, byte| {
                // Invariant: writing to a String never fails.
                let _ = write!(hex, "{byte:02x}");
                hex
            },
        )
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.path, self.text.len())
    }
}

/// The three files, and where their relative paths and credentials lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// `muster.toml`, the operator's.
    pub muster: Source,
    /// `roster.toml`, who is there.
    pub roster: Source,
    /// `rules.toml`, the plan.
    pub rules: Source,
    /// The town's own texts of mails.
    pub own: Vec<OwnFile>,
    /// The configuration directory: relative paths begin here.
    pub dir: PathBuf,
    /// The directory of systemd credentials, for `credential:NAME`.
    pub credentials: Option<PathBuf>,
}

impl Sources {
    /// The names of the files in a configuration directory.
    pub const FILES: [&'static str; 3] = ["muster.toml", "roster.toml", "rules.toml"];

    /// Reads a configuration directory; says of every file that cannot be
    /// read why.
    pub fn read(dir: &Path) -> Result<Self, Problems> {
        let [muster, roster, rules] = Self::FILES.map(|name| read(&dir.join(name)));
        match (muster, roster, rules) {
            (Ok(muster), Ok(roster), Ok(rules)) => Ok(Self {
                muster,
                roster,
                rules,
                own: super::own_texts::read(dir),
                dir: dir.to_owned(),
                credentials: None,
            }),
            (muster, roster, rules) => Err(Problems(
                [muster, roster, rules]
                    .into_iter()
                    .filter_map(|read| read.err().map(|problem| *problem))
                    .collect(),
            )),
        }
    }

    /// The example plan of 喜茂別町, as it stood when the program was built.
    pub fn example() -> Self {
        Self {
            muster: Source::new(
                "config/muster.toml",
                include_str!("../../config/muster.toml"),
            ),
            roster: Source::new(
                "config/roster.toml",
                include_str!("../../config/roster.toml"),
            ),
            rules: Source::new("config/rules.toml", include_str!("../../config/rules.toml")),
            own: Vec::new(),
            dir: PathBuf::new(),
            credentials: None,
        }
    }
}

fn read(path: &Path) -> Result<Source, Box<Problem>> {
    let shown = path.display().to_string();
    let refuse = |line: usize, message: Text, advice: Text| {
        Box::new(Problem {
            severity: Severity::Error,
            file: shown.clone(),
            line,
            column: 1,
            message,
            advice: Some(advice),
            source: None,
        })
    };
    let bytes = std::fs::read(path).map_err(|error| {
        let message = Text::new(
            format!("{shown} を読めません（{error}）"),
            format!("cannot read {shown}: {error}"),
        );
        let advice = match error.kind() {
            std::io::ErrorKind::NotFound => Text::new(
                "設定のディレクトリーに muster.toml、roster.toml、rules.toml を置き、--config で指定してください",
                "a configuration directory holds muster.toml, roster.toml and rules.toml",
            ),
            _ => Text::new(
                "muster を動かすユーザーが読めるようにしてください",
                "let the user that runs muster read it",
            ),
        };
        refuse(1, message, advice)
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        let message = Text::new(
            format!("{shown} の {line} 行目が UTF-8 ではありません"),
            format!("{shown} is not UTF-8 at line {line}"),
        );
        let advice = Text::new(
            "UTF-8 で保存し直してください（Shift_JIS になっていませんか）",
            "save the file as UTF-8 (it may be Shift_JIS)",
        );
        refuse(line, message, advice)
    })?;
    Ok(Source::new(shown, text))
}
