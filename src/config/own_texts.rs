//! `templates/`: which files there are, and what is wrong with them.
//!
//! Owns the reading of the folder and the place of each problem. What a file
//! must hold is `message::own`'s. Invariant: no file of the folder keeps a
//! daemon from starting; the built-in text stands in for it.

use std::path::Path;
use std::sync::Arc;

use super::problem::{Problem, Severity, SourceLine};
use crate::domain::text::Text;
use crate::message::own::{FOLDER, OwnFile, OwnTexts};

/// The most that one file may be, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Reads the folder; there need be none.
pub(super) fn read(dir: &Path) -> Vec<OwnFile> {
    let folder = dir.join(FOLDER);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => return vec![unread(".".to_owned(), &error)],
    };
    let mut files: Vec<OwnFile> = entries
        .filter_map(|entry| {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return Some(unread(".".to_owned(), &error)),
            };
            let name = entry.file_name().to_string_lossy().into_owned();
            (!is_beside(&name)).then(|| file(&entry.path(), name))
        })
        .collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}

/// What editors and people leave beside the texts.
fn is_beside(name: &str) -> bool {
    let ends = [".example", ".md", ".bak", ".orig", "~"];
    name.starts_with('.') || ends.iter().any(|end| name.ends_with(end))
}

fn file(path: &Path, name: String) -> OwnFile {
    let size = std::fs::metadata(path).map(|data| data.len());
    if size.as_ref().is_ok_and(|size| *size > LARGEST) {
        let why = Text::new(
            "64 KiB より大きいファイルです",
            "the file is larger than 64 KiB",
        );
        return OwnFile {
            name,
            text: Err(why),
        };
    }
    let bytes = match size.and_then(|_| std::fs::read(path)) {
        Ok(bytes) => bytes,
        Err(error) => return unread(name, &error),
    };
    let text = String::from_utf8(bytes).map_err(|_| {
        Text::new(
            "UTF-8 ではありません（Shift_JIS かもしれません）。UTF-8 で保存してください",
            "it is not UTF-8 (it may be Shift_JIS); save it as UTF-8",
        )
    });
    OwnFile { name, text }
}

fn unread(name: String, error: &std::io::Error) -> OwnFile {
    let why = Text::new(
        format!("読めません（{error}）"),
        format!("it cannot be read ({error})"),
    );
    OwnFile {
        name,
        text: Err(why),
    }
}

/// The texts that hold; those that do not, as errors with their places; and
/// what somebody should look at.
pub(super) fn check(dir: &Path, files: &[OwnFile]) -> (Arc<OwnTexts>, Vec<Problem>, Vec<Problem>) {
    let own = OwnTexts::new(files);
    let place = |file: &str, line: usize| {
        let name = file.rsplit('/').next().unwrap_or_default();
        let text = files.iter().find(|one| one.name == name);
        let text = text.and_then(|one| one.text.as_ref().ok());
        let text = text.and_then(|text| text.lines().nth(line.saturating_sub(1)));
        text.filter(|text| !text.is_empty()).map(|text| SourceLine {
            text: text.to_owned(),
            span: 0..text.len(),
        })
    };
    let problem = |severity, file: &str, line: usize, says: &Text, advice: &Text| Problem {
        severity,
        file: dir.join(file).display().to_string(),
        line,
        column: 1,
        message: says.clone(),
        advice: Some(advice.clone()),
        source: place(file, line),
    };
    let instead = Text::new(
        "直すまで、組み込みの文面を使います",
        "until it is mended the built-in words are used",
    );
    let refused = own.refused();
    let refused = refused.iter().map(|refused| {
        let (file, line) = (&refused.file, refused.line);
        problem(Severity::Error, file, line, &refused.why, &instead)
    });
    let half = Text::new(
        "本文の片方（txt か html）だけの文面です。もう片方は組み込みの文面で送られます",
        "only one of the two bodies (txt, html) is the town's own; the other is the built-in one",
    );
    let both = Text::new(
        "同じことを書いたもう片方のファイルも置いてください",
        "put the other file beside it, saying the same",
    );
    let halves = own.halves();
    let halves = halves
        .iter()
        .map(|file| problem(Severity::Warning, file, 1, &half, &both));
    let (refused, halves) = (refused.collect(), halves.collect());
    (Arc::new(own), refused, halves)
}
