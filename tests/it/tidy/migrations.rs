//! A migration that was once released is never changed.
//!
//! Owns the comparison of `src/store/migrations` with the digests written
//! down in `migrations.txt` beside this file. A database in the field has the
//! old text already, so that a changed one would never reach it.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::tree::{File, files, text};

const LIST: &str = "tests/it/tidy/migrations.txt";

fn digest(text: &str) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// What differs between the migrations and the list: lines of `DIGEST NAME`.
fn changed(migrations: &[File], list: &str) -> Vec<String> {
    let lines: Vec<&str> = list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let name = |file: &File| file.path.rsplit('/').next().unwrap_or_default().to_owned();
    let own: Vec<String> = migrations
        .iter()
        .map(|file| format!("{}  {}", digest(&file.text), name(file)))
        .collect();
    let unknown = own
        .iter()
        .filter(|line| !lines.contains(&line.as_str()))
        .map(|line| {
            format!(
                "{LIST}: no line `{line}`. Released migrations are never changed: add a new one. \
                 For one that no release has, write this line"
            )
        });
    let gone = lines
        .iter()
        .filter(|line| !own.iter().any(|own| own == *line))
        .map(|line| format!("{LIST}: `{line}` fits no file of src/store/migrations"));
    unknown.chain(gone).collect()
}

#[test]
fn migrations_are_never_changed() {
    let found = changed(&files(&["src/store/migrations"]), &text(LIST));
    super::nothing_wrong(&found);
}

#[test]
fn control_a_changed_a_new_and_a_lost_migration_are_seen() {
    let file = |text: &str| File {
        path: "src/store/migrations/0001_first.sql".into(),
        text: text.into(),
    };
    let list = format!("{}  0001_first.sql\n", digest("CREATE TABLE a (b);"));
    assert!(changed(&[file("CREATE TABLE a (b);")], &list).is_empty());
    assert_eq!(changed(&[file("CREATE TABLE a (c);")], &list).len(), 2);
    assert_eq!(changed(&[], &list).len(), 1);
    assert_eq!(changed(&[file("CREATE TABLE a (b);")], "# none\n").len(), 1);
    assert!(changed(&[], "").is_empty());
}
