//! How a person's place in a post, a squad or a section is written in a cell:
//! `統括班 所要2、災害対策本部事務局 代理1`.
//!
//! Owns that form, both ways. It must not know rows.

use super::super::fold::{fold, key};
use super::book::{Book, Group, Kind, Seat};

/// One place as a cell names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The group's id.
    pub(super) group: String,
    /// Which of its lists.
    pub(super) list: usize,
    /// From 1; behind all the others where nothing is said.
    pub(super) rank: Option<u32>,
}

/// Why a cell names no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unclear {
    /// No group of that name.
    Unknown(String),
    /// More than one: their ids.
    Several(String, Vec<String>),
    /// A rank of 0 or beyond counting.
    Rank(String),
}

/// The words for each list of a kind; the first is the one that is written.
const fn words(kind: Kind) -> [&'static [&'static str]; 2] {
    const DEPUTIES: &[&str] = &["代理", "職務代理", "deputy"];
    match kind {
        Kind::Post => [&["在職", "holder"], DEPUTIES],
        Kind::Squad | Kind::Section => [&["所要", "required"], DEPUTIES],
    }
}

/// What stands between the items of a cell.
const BETWEEN: [char; 5] = ['、', ',', ';', '\n', '､'];

/// The items of a cell, folded, one after the other.
pub(super) fn items(cell: &str) -> impl Iterator<Item = String> {
    // Why: full-width commas are commas only after folding.
    let folded: Vec<String> = cell.split('\n').map(fold).collect();
    let items = folded.join("\n");
    let items = items.split(BETWEEN).map(str::trim);
    let items: Vec<String> = items
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect();
    items.into_iter()
}

/// The places that a cell names, one after the other.
pub(super) fn read(cell: &str, kind: Kind, book: &Book) -> Vec<Result<Mark, Unclear>> {
    items(cell).map(|item| one(&item, kind, book)).collect()
}

fn one(item: &str, kind: Kind, book: &Book) -> Result<Mark, Unclear> {
    let mut several = None;
    for (name, list, rank) in splits(item, kind) {
        match book.named(kind, name)[..] {
            [] => {}
            [group] => {
                let rank = match rank {
                    "" => None,
                    digits => match digits.parse() {
                        Ok(rank @ 1..=9999) => Some(rank),
                        _ => return Err(Unclear::Rank(item.to_owned())),
                    },
                };
                return Ok(Mark {
                    group: group.id.clone(),
                    list,
                    rank,
                });
            }
            ref more => {
                let ids = more.iter().map(|group| group.id.clone()).collect();
                several = Some(Unclear::Several(name.to_owned(), ids));
            }
        }
    }
    Err(several.unwrap_or_else(|| Unclear::Unknown(item.to_owned())))
}

/// How a text may be split into a name, a list and a rank: first with a word
/// for the list at its end, then as a name alone.
fn splits(item: &str, kind: Kind) -> Vec<(&str, usize, &str)> {
    let mut found = Vec::new();
    let body = item.trim_end_matches(|c: char| c.is_ascii_digit());
    let rank = &item[body.len()..];
    let body = body.trim_end();
    for (list, words) in words(kind).into_iter().enumerate() {
        for word in words {
            let at = body.len().checked_sub(word.len());
            let Some((name, end)) = at.and_then(|at| body.split_at_checked(at)) else {
                continue;
            };
            // A word in letters must stand apart: "subdeputy" is a name.
            let apart = !word.is_ascii() || name.ends_with(' ');
            if end.eq_ignore_ascii_case(word) && apart && !name.trim().is_empty() {
                found.push((name.trim_end(), list, rank));
            }
        }
    }
    // The longest word first: 職務代理 before 代理.
    found.sort_by_key(|(name, ..)| name.len());
    found.push((item, 0, ""));
    found
}

/// The cell of a person: every place in the groups of a kind. The error is a
/// group whose name and id cannot be told from another's.
pub(super) fn write(book: &Book, kind: Kind, person: &str) -> Result<String, String> {
    let mut marks = Vec::new();
    for group in book.of(kind) {
        for seat in group.seats(person) {
            marks.push(label(book, group, seat).ok_or_else(|| group.id.clone())?);
        }
    }
    Ok(marks.join("、"))
}

/// A place in words, by the group's name where that is clear, else by its id.
pub(super) fn label(book: &Book, group: &Group, seat: Seat) -> Option<String> {
    let alone = group.kind == Kind::Post && seat.list == 0 && group.lists[0].len() == 1;
    let word = words(group.kind)[seat.list][0];
    let rank = u32::try_from(seat.rank + 1).ok()?;
    [&*group.name.ja, &*group.name.en, &group.id]
        .into_iter()
        .filter(|name| !key(name).is_empty())
        .find_map(|name| {
            let name = fold_kept(name);
            let (label, rank) = if alone {
                (name, None)
            } else {
                (format!("{name} {word}{rank}"), Some(rank))
            };
            let wanted = Mark {
                group: group.id.clone(),
                list: seat.list,
                rank,
            };
            // A name that would not be read back as what it is, is not used.
            (read(&label, group.kind, book) == [Ok(wanted)]).then_some(label)
        })
}

/// The name on one line, its letters as they are.
fn fold_kept(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
