//! The roster and the rows of a sheet -> the roster after the import.
//!
//! Owns whose row is whose, who is new, who is missing from the sheet, and
//! what becomes of fields that the sheet has no column for: nothing.
//! Invariant: nobody is dropped who was not asked for with `remove`.

use std::collections::{HashMap, HashSet};

use super::super::fold::{dialled, fold, key};
use super::book::{Book, Person};
use super::complaint::{Complaints, Place};
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
    /// Everybody in order, those who leave among them.
    pub(super) order: Vec<String>,
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
    let mut newcomers = Newcomers::default();
    for (line, owner) in lines.iter().zip(&owners) {
        let Some(id) = owner else { continue };
        merged.rows.insert(id.clone(), line.row);
        if let Some(person) = merged.after.people.get_mut(id) {
            update(person, line, headings);
        } else if let Some(person) = newcomer(id, line, headings, complaints) {
            newcomers.add(before, person, above.as_deref());
        }
        above = Some(id.clone());
    }
    merged.order = newcomers.order(before);
    settle(&mut merged, newcomers);
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
    let leaving: HashSet<&String> = leaving.iter().collect();
    merged.after.people.retain(|id, _| !leaving.contains(id));
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
                without_zeros(before, id, complaints)?;
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

/// A spreadsheet makes 7 of 007: that is no new person. Nothing if it was so.
fn without_zeros(before: &Book, id: &Held<String>, complaints: &mut Complaints) -> Option<()> {
    let bare = |id: &str| id.trim_start_matches('0').to_owned();
    let found = before.people.keys().find(|known| {
        known.starts_with('0') && known.len() > id.value.len() && bare(known) == id.value
    });
    let full = match found {
        Some(full) if !before.people.contains_key(&id.value) => full,
        _ => return Some(()),
    };
    complaints
        .error(
            Some(id.place),
            format!(
                "「{}」は名簿の「{full}」の先頭の 0 が失われたもののようです",
                id.value
            ),
            format!("\"{}\" looks like \"{full}\" without its zeros", id.value),
        )
        .advise(
            "セルの書式を「文字列」にして入力し直してください",
            "make the cell a text and type it again",
        );
    None
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
    let changed = |old: &str, new: &Option<Held<String>>| {
        let new = new.as_ref().map(|new| &new.value);
        new.filter(|new| fold(old) != fold(new)).cloned()
    };
    // Without ids it is the name that says who is meant: it does not change.
    if headings.place(&Column::Id).is_some() {
        if let Some(name) = changed(&person.name.ja, &line.name) {
            person.name.ja = name.into();
        }
        if let Some(name) = changed(&person.name.en, &line.name_en) {
            person.name.en = name.into();
        }
    }
    if let Some(section) = changed(&person.section, &line.section) {
        person.section = section;
    }
    if let Some(language) = &line.language {
        person.language = Some(language.value.clone()).filter(|tag| !tag.is_empty());
    }
    if let Some(leave) = &line.leave {
        person.leave.clone_from(leave);
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

/// People whom the roster does not know yet, and behind whom each comes.
#[derive(Debug, Default)]
struct Newcomers {
    people: HashMap<String, Person>,
    /// By the person before them; nobody's come first.
    behind: HashMap<Option<String>, Vec<String>>,
}

impl Newcomers {
    /// Puts a new person behind the one above on the sheet, else behind the
    /// last of the section.
    fn add(&mut self, before: &Book, person: Person, above: Option<&str>) {
        let of_section = || {
            let mut people = before.people.values().rev();
            people.find(|other| other.section == person.section)
        };
        let anchor = match above {
            Some(above) => Some(above.to_owned()),
            None => of_section()
                .or_else(|| before.people.values().next_back())
                .map(|other| other.id.clone()),
        };
        self.behind
            .entry(anchor)
            .or_default()
            .push(person.id.clone());
        self.people.insert(person.id.clone(), person);
    }

    /// Everybody, old and new.
    fn order(&self, before: &Book) -> Vec<String> {
        let mut order = Vec::new();
        let first = self.behind.get(&None).into_iter().flatten();
        for id in first.chain(before.people.keys()) {
            let mut next = vec![id];
            while let Some(id) = next.pop() {
                order.push(id.clone());
                next.extend(
                    self.behind
                        .get(&Some(id.clone()))
                        .into_iter()
                        .flatten()
                        .rev(),
                );
            }
        }
        order
    }
}

/// Takes the newcomers in, in their order.
fn settle(merged: &mut Merged, mut newcomers: Newcomers) {
    let mut old = std::mem::take(&mut merged.after.people);
    for id in &merged.order {
        let person = old.swap_remove(id).or_else(|| newcomers.people.remove(id));
        if let Some(person) = person {
            merged.after.people.insert(id.clone(), person);
        }
    }
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
