//! The files of the project, as text.
//!
//! Owns where the project lies and what of it is looked at. It must not judge.

use std::fs;
use std::path::{Path, PathBuf};

/// What is made by tools or belongs to them.
const LEFT_OUT: [&str; 3] = ["target", ".git", "node_modules"];

/// A file of the project.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// From the project's root, with `/`.
    pub(super) path: String,
    /// What stands in it.
    pub(super) text: String,
}

/// A path in the project.
pub(super) fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// One file's text; the empty text where it is missing.
pub(super) fn text(path: &str) -> String {
    fs::read_to_string(root(path)).unwrap_or_default()
}

/// Every text file below some folders, or the whole project for `""`.
pub(super) fn files(folders: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    for folder in folders {
        walk(&root(folder), &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The Rust files below `src`.
pub(super) fn sources() -> Vec<File> {
    files(&["src"])
        .into_iter()
        .filter(|file| file.path.ends_with(".rs"))
        .collect()
}

fn walk(folder: &Path, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if LEFT_OUT.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let inside = path.strip_prefix(root("")).unwrap_or(&path);
            found.push(File {
                path: inside.to_string_lossy().into_owned(),
                text,
            });
        }
    }
}
