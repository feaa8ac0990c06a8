//! Who stands where after an import: posts, squads and sections by rank.
//!
//! Owns the merging of ranks that the sheet names with those of people who are
//! not on it. Invariant: a place is given up only to somebody else, never to
//! nobody, when its person leaves the roster.

use super::book::{Book, Group, Kind, Seat};
use super::complaint::{Complaints, Place};
use super::mark::label;
use super::rows::Line;

/// Whom the sheet names, and who is leaving.
pub(super) struct Sheet<'a> {
    pub(super) seated: &'a [(&'a str, &'a Line)],
    pub(super) leaving: &'a [String],
}

/// One claim on a place.
#[derive(Clone, Copy, Debug)]
struct Claim<'a> {
    person: &'a str,
    /// From 1; `None` comes behind all the others.
    rank: Option<u32>,
    /// The cell; `None` for a person who is not on the sheet.
    place: Option<Place>,
}

/// Puts everybody in their places.
pub(super) fn merge(book: &mut Book, sheet: &Sheet<'_>, complaints: &mut Complaints) {
    let before = book.clone();
    for (index, kind) in Kind::ALL.into_iter().enumerate() {
        let said = sheet
            .seated
            .iter()
            .any(|(_, line)| line.marks[index].is_some());
        for group in before.of(kind) {
            let lists = if said {
                let claims = claims(group, index, sheet);
                once_only(&claims, complaints);
                [0, 1].map(|list| ranked(&before, group, (list, &claims[list]), sheet, complaints))
            } else {
                still_needed(&before, group, sheet, complaints);
                group.lists.clone()
            };
            let own = |other: &&mut Group| other.kind == kind && other.id == group.id;
            if let Some(group) = book.groups.iter_mut().find(own) {
                group.lists = lists;
            }
        }
    }
}

/// Who claims a place in either list: by the sheet, or by standing there and
/// not being on the sheet.
fn claims<'a>(group: &'a Group, index: usize, sheet: &Sheet<'a>) -> [Vec<Claim<'a>>; 2] {
    [0, 1].map(|list| {
        let mut claims = Vec::new();
        for (person, line) in sheet.seated {
            let marks = line.marks[index].iter().flatten();
            for held in marks.filter(|held| held.value.group == group.id && held.value.list == list)
            {
                claims.push(Claim {
                    person,
                    rank: held.value.rank,
                    place: Some(held.place),
                });
            }
        }
        for (rank, person) in (1..).zip(&group.lists[list]) {
            let on_sheet = sheet.seated.iter().any(|(other, _)| other == person);
            if !on_sheet && !sheet.leaving.contains(person) {
                claims.push(Claim {
                    person,
                    rank: Some(rank),
                    place: None,
                });
            }
        }
        claims
    })
}

/// A person stands in a group once.
fn once_only(claims: &[Vec<Claim<'_>>; 2], complaints: &mut Complaints) {
    let all: Vec<_> = claims.iter().flatten().collect();
    for (number, claim) in all.iter().enumerate() {
        let twice = all[..number]
            .iter()
            .any(|other| other.person == claim.person);
        if twice && claim.place.is_some() {
            complaints.error(
                claim.place,
                format!("「{}」が同じところに 2 度書かれています", claim.person),
                format!("\"{}\" stands in the same place twice", claim.person),
            );
        }
    }
}

/// A list by rank; says where two claim one, and where nobody follows.
fn ranked(
    book: &Book,
    group: &Group,
    (list, claims): (usize, &[Claim<'_>]),
    sheet: &Sheet<'_>,
    complaints: &mut Complaints,
) -> Vec<String> {
    let mut claims = claims.to_vec();
    claims.sort_by_key(|claim| (claim.rank.is_none(), claim.rank));
    for pair in claims.windows(2) {
        let (first, second) = (pair[0], pair[1]);
        if first.rank.is_none() || first.rank != second.rank {
            continue;
        }
        let place = second.place.or(first.place);
        let other = if second.place.is_some() {
            first
        } else {
            second
        };
        let title = title(book, group, list, first.rank);
        let who = other.person;
        match other.place.map(Place::named) {
            Some(at) => complaints.error(
                place,
                format!("「{title}」は {} にもあります", at.ja),
                format!("\"{title}\" stands at {} as well", at.en),
            ),
            None => complaints.error(
                place,
                format!("「{title}」は、この表にない「{who}」のものです"),
                format!("\"{title}\" is the place of \"{who}\", who is not on the sheet"),
            ),
        }
        .advise(
            "順位を一人ひとり別にし、全員を表に載せてください。去る人なら --remove を付けます",
            "give each a rank of their own and put everybody on the sheet; use --remove if that person leaves",
        );
    }
    for (rank, person) in (1..).zip(&group.lists[list]) {
        let taken = claims.iter().any(|claim| claim.rank == Some(rank));
        if sheet.leaving.contains(person) && !taken {
            nobody_follows(&title(book, group, list, Some(rank)), person, complaints);
        }
    }
    claims.iter().map(|claim| claim.person.to_owned()).collect()
}

/// Without a column for the kind, everybody who leaves must stand nowhere.
fn still_needed(book: &Book, group: &Group, sheet: &Sheet<'_>, complaints: &mut Complaints) {
    for person in sheet.leaving {
        for seat in group.seats(person) {
            let title = label(book, group, seat).unwrap_or_else(|| group.id.clone());
            nobody_follows(&title, person, complaints);
        }
    }
}

fn nobody_follows(title: &str, person: &str, complaints: &mut Complaints) {
    complaints
        .error(
            None,
            format!("「{person}」は消せません。「{title}」です"),
            format!("\"{person}\" cannot be removed: that is \"{title}\""),
        )
        .advise(
            format!("表のほかの人に「{title}」を与えるか、roster.toml から先に除いてください"),
            format!("give \"{title}\" to somebody else on the sheet, or take it out of roster.toml first"),
        );
}

fn title(book: &Book, group: &Group, list: usize, rank: Option<u32>) -> String {
    let rank = rank.and_then(|rank| usize::try_from(rank).ok()?.checked_sub(1));
    rank.and_then(|rank| label(book, group, Seat { list, rank }))
        .unwrap_or_else(|| group.id.clone())
}
