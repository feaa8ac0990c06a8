//! How headings and names of groups are looked up.
//!
//! Owns the folding of a name that somebody typed to the one that is meant;
//! what is the same to a person is the domain's. It must not know what a cell
//! is for.

pub(super) use crate::domain::typed::{dialled, fold, seen};

/// The same without any space and in small letters: how headings and names of
/// groups are looked up.
pub(super) fn key(text: &str) -> String {
    let folded = fold(text).to_lowercase();
    folded.split_whitespace().collect()
}
