//! The roster and the rows of a sheet -> the roster after the import.
//!
//! Owns whose row is whose, who is new, who is missing from the sheet, and
//! what becomes of fields that the sheet has no column for: nothing.
//! Invariant: nobody is dropped who was not asked for with `remove`.

use std::collections::{HashMap, HashSet};

use super::book::{Book, Person};
use super::complaint::{Complaints, Place};
use super::fold::{dialled, fold, key};
use super::heading::{Column, Headings};
use super::rows::{Held, Line};
use super::seats;
use crate::domain::roster::{ChannelName, Contact};

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// The roster after the import.
    pub(super) after: Book,
    /// The row of each person on the sheet.
    pub(super) rows: HashMap<String, u32>,
    /// Who is not on the sheet.
    pub(super) missing: Vec<String>,
    /// Behind whom each new person comes.
    pub(super) behind: Vec<(String, Option<String>)>,
}

/// Puts the rows into the roster.
pub(super) fn merge(
    before: &Book,
    lines: &[Line],
    headings: &Headings,
    remove: bool,
    complaints: &mut Complaints,
) -> Merged {
    let owners = owners(before, lines, headings, complaints);
    let mut merged = Merged {
        after: before.clone(),
        ..Merged::default()
    };
    let mut above: Option<String> = None;
    for (line, owner) in lines.iter().zip(&owners) {
        let Some(id) = owner else { continue };
        merged.rows.insert(id.clone(), line.row);
        if let Some(person) = merged.after.people.get_mut(id) {
            update(person, line, headings);
        } else if let Some(person) = newcomer(id, line, headings, complaints) {
            place(&mut merged, person, above.as_deref());
        }
        above = Some(id.clone());
    }
    let on_sheet: HashSet<&String> = owners.iter().flatten().collect();
    merged.missing = before
        .people
        .keys()
        .filter(|id| !on_sheet.contains(id))
        .cloned()
        .collect();
    let leaving: &[String] = if remove { &merged.missing } else { &[] };
    let seated: Vec<_> = lines
        .iter()
        .zip(&owners)
        .filter_map(|(line, owner)| Some((owner.as_deref()?, line)))
        .collect();
    let people = seats::Sheet {
        seated: &seated,
        leaving,
    };
    seats::merge(&mut merged.after, &people, complaints);
    for id in leaving {
        merged.after.people.shift_remove(id);
    }
    shared(&owners, lines, complaints);
    merged
}

/// The id of each row's person.
fn owners(
    before: &Book,
    lines: &[Line],
    headings: &Headings,
    complaints: &mut Complaints,
) -> Vec<Option<String>> {
    let with_ids = headings.place(&Column::Id).is_some();
    let mut seen: HashMap<String, Place> = HashMap::new();
    lines
        .iter()
        .map(|line| {
            let (id, place) = if with_ids {
                let id = line.id.as_ref()?;
                (id.value.clone(), id.place)
            } else {
                let name = line.name.as_ref()?;
                (by_name(before, line, name, complaints)?, name.place)
            };
            if let Some(first) = seen.get(&id) {
                let first = first.named();
                complaints
                    .error(
                        Some(place),
                        format!("「{id}」は {} にもあります", first.ja),
                        format!("\"{id}\" stands at {} as well", first.en),
                    )
                    .advise(
                        "1 人は 1 行にしてください",
                        "one row is one person: take one out",
                    );
                return None;
            }
            seen.insert(id.clone(), place);
            Some(id)
        })
        .collect()
}

/// Without ids: the only person of that name, in that section if it is said.
fn by_name(
    before: &Book,
    line: &Line,
    name: &Held<String>,
    complaints: &mut Complaints,
) -> Option<String> {
    let wanted = key(&name.value);
    let place = Some(name.place);
    if wanted.is_empty() {
        complaints.error(place, "氏名がありません", "this row has no name");
        return None;
    }
    let section = line.section.as_ref().map(|held| held.value.as_str());
    let found: Vec<_> = before
        .people
        .values()
        .filter(|person| key(&person.name.ja) == wanted || key(&person.name.en) == wanted)
        .filter(|person| section.is_none_or(|section| person.section == section))
        .collect();
    let shown = &name.value;
    match found[..] {
        [person] => Some(person.id.clone()),
        [] => {
            complaints
                .error(
                    place,
                    format!("「{shown}」という人はその課にいません"),
                    format!("there is nobody called \"{shown}\" in that section"),
                )
                .advise(
                    "新しい人や異動した人のある表には「職員番号」の列を加えてください",
                    "for new people and transfers add the column \"id\"",
                );
            None
        }
        ref several => {
            let ids: Vec<_> = several.iter().map(|person| person.id.as_str()).collect();
            let ids = ids.join(", ");
            complaints
                .error(
                    place,
                    format!("「{shown}」という人は {ids} のどれか分かりません"),
                    format!("\"{shown}\" may be any of {ids}"),
                )
                .advise("「職員番号」の列を加えてください", "add the column \"id\"");
            None
        }
    }
}

/// Takes over what the row says; what is the same to a person stays as it is
/// written in the file.
fn update(person: &mut Person, line: &Line, headings: &Headings) {
    let put = |old: &mut String, new: &Option<Held<String>>| {
        if let Some(new) = new
            && fold(old) != fold(&new.value)
        {
            old.clone_from(&new.value);
        }
    };
    // Without ids it is the name that says who is meant: it does not change.
    if headings.place(&Column::Id).is_some() {
        put(&mut person.name.ja, &line.name);
        put(&mut person.name.en, &line.name_en);
    }
    put(&mut person.section, &line.section);
    if let Some(language) = &line.language {
        person.language = Some(language.value.clone()).filter(|tag| !tag.is_empty());
    }
    if headings.has_contacts() {
        person.contacts = contacts(&person.contacts, line, headings);
    }
}

/// The contacts of the row in place of those whose channels have a column;
/// the others stay where they stood.
fn contacts(old: &[Contact], line: &Line, headings: &Headings) -> Vec<Contact> {
    let same = |channel: &ChannelName, a: &str, b: &str| match channel {
        ChannelName::Email => fold(a) == fold(b),
        ChannelName::Webhook(_) => dialled(a) == dialled(b),
    };
    let mut new: std::collections::VecDeque<Contact> = line
        .contacts
        .iter()
        .map(|held| {
            let new = &held.value;
            let kept = old.iter().find(|old| {
                old.channel == new.channel && same(&new.channel, &old.address, &new.address)
            });
            kept.unwrap_or(new).clone()
        })
        .collect();
    let mut found = Vec::new();
    let last = old.iter().rposition(|old| headings.covers(&old.channel));
    for (index, contact) in old.iter().enumerate() {
        if headings.covers(&contact.channel) {
            found.extend(new.pop_front());
        } else {
            found.push(contact.clone());
        }
        if Some(index) == last {
            found.extend(std::mem::take(&mut new));
        }
    }
    found.extend(new);
    found
}

/// A person whom the roster does not know yet.
fn newcomer(
    id: &str,
    line: &Line,
    headings: &Headings,
    complaints: &mut Complaints,
) -> Option<Person> {
    let place = line.id.as_ref().map(|held| held.place);
    let mut person = Person {
        id: id.to_owned(),
        ..Person::default()
    };
    update(&mut person, line, headings);
    if person.section.is_empty() && headings.place(&Column::Section).is_none() {
        complaints
            .error(
                place,
                format!("「{id}」は新しい人ですが、課の列がありません"),
                format!("\"{id}\" is new, and there is no column \"section\""),
            )
            .advise("「課」の列を加えてください", "add the column \"section\"");
        return None;
    }
    if person.name.is_empty() && headings.place(&Column::Name).is_none() {
        complaints
            .error(
                place,
                format!("「{id}」は新しい人ですが、氏名の列がありません"),
                format!("\"{id}\" is new, and there is no column \"name\""),
            )
            .advise("「氏名」の列を加えてください", "add the column \"name\"");
        return None;
    }
    Some(person)
}

/// Puts a new person behind the one above on the sheet, else behind the last
/// of the section.
fn place(merged: &mut Merged, person: Person, above: Option<&str>) {
    let people = &mut merged.after.people;
    let section = person.section.clone();
    let behind = above
        .and_then(|id| people.get_index_of(id))
        .or_else(|| people.values().rposition(|other| other.section == section))
        .or_else(|| people.len().checked_sub(1));
    let anchor = behind.and_then(|index| people.get_index(index));
    let anchor = anchor.map(|(id, _)| id.clone());
    merged.behind.push((person.id.clone(), anchor));
    let index = behind.map_or(0, |index| index + 1);
    people.shift_insert(index, person.id.clone(), person);
}

/// Two people at one address: one of them could answer for the other.
fn shared(owners: &[Option<String>], lines: &[Line], complaints: &mut Complaints) {
    let mut seen: HashMap<String, (Place, &String)> = HashMap::new();
    for (line, owner) in lines.iter().zip(owners) {
        let Some(owner) = owner else { continue };
        for held in &line.contacts {
            if held.value.channel != ChannelName::Email {
                continue;
            }
            let address = held.value.address.to_ascii_lowercase();
            match seen.get(&address) {
                None => {
                    seen.insert(address, (held.place, owner));
                }
                Some((first, other)) => {
                    let first = first.named();
                    let (ja, en) = if *other == owner {
                        ("同じ人に 2 度書かれています", "it is used once")
                    } else {
                        (
                            "一人が別の人の代わりに答えられてしまいます",
                            "one could answer for the other",
                        )
                    };
                    complaints.warn(
                        Some(held.place),
                        format!("同じアドレスが {} にもあります。{ja}", first.ja),
                        format!("the same address stands at {}: {en}", first.en),
                    );
                }
            }
        }
    }
    for line in lines {
        let nameless = |held: &Option<Held<String>>| {
            held.as_ref()
                .is_some_and(|held| fold(&held.value).is_empty())
        };
        let english = line.name_en.is_none() || nameless(&line.name_en);
        if nameless(&line.name) && english {
            let place = line.name.as_ref().map(|held| held.place);
            complaints.error(place, "氏名がありません", "this row has no name");
        }
    }
}
