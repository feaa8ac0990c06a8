//! What an import changes, person by person.
//!
//! Owns the comparison of two rosters in the words of a sheet's cells. It must
//! not change anything.

use serde::Serialize;

use super::book::{Book, Person};
use super::export::{field_title, fields};
use super::merge::Merged;
use crate::domain::text::{Language, Text};

/// One field that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// What it is called; in JSON its English name.
    #[serde(serialize_with = "english")]
    pub field: Text,
    /// What stands there now.
    pub old: String,
    /// What would stand there.
    pub new: String,
}

/// One person who comes, changes or goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The id.
    pub person: String,
    /// The name.
    pub name: String,
    /// The row of the sheet; nothing for somebody who is not on it.
    pub row: Option<u32>,
    /// What is new, or where a missing person stands.
    pub fields: Vec<Field>,
}

/// Everything that an import changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Who is new.
    pub added: Vec<Changed>,
    /// Who changes.
    pub changed: Vec<Changed>,
    /// How many stay as they are.
    pub unchanged: usize,
    /// Who is not on the sheet.
    pub missing: Vec<Changed>,
    /// Whether the missing are removed; they stay otherwise.
    pub remove: bool,
}

impl Changes {
    /// True if there is nothing to write.
    pub fn is_empty(&self) -> bool {
        let goes = self.remove && !self.missing.is_empty();
        self.added.is_empty() && self.changed.is_empty() && !goes
    }
}

fn english<S: serde::Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text.en)
}

/// Compares the roster before and after.
pub(super) fn changes(before: &Book, merged: &Merged, remove: bool) -> Changes {
    let after = &merged.after;
    let mut changes = Changes {
        remove,
        ..Changes::default()
    };
    for person in after.people.values() {
        let row = merged.rows.get(&person.id).copied();
        let old = before.people.get(&person.id);
        let fields = differences(old.map(|old| (before, old)), (after, person));
        let changed = changed(person, row, fields);
        match old {
            None => changes.added.push(changed),
            Some(_) if !changed.fields.is_empty() => changes.changed.push(changed),
            Some(_) if row.is_some() => changes.unchanged += 1,
            Some(_) => {}
        }
    }
    for id in &merged.missing {
        if let Some(person) = before.people.get(id) {
            let stands = fields(before, person);
            let stands = (0..).zip(stands).skip(6);
            let fields = stands
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(field, cell)| Field {
                    field: field_title(field),
                    new: if remove { String::new() } else { cell.clone() },
                    old: cell,
                })
                .collect();
            changes.missing.push(changed(person, None, fields));
        }
    }
    changes
}

fn changed(person: &Person, row: Option<u32>, fields: Vec<Field>) -> Changed {
    Changed {
        person: person.id.clone(),
        name: person.name.get(Language::Ja).to_owned(),
        row,
        fields,
    }
}

fn differences(old: Option<(&Book, &Person)>, (book, person): (&Book, &Person)) -> Vec<Field> {
    let old = old.map_or_else(Default::default, |(book, person)| fields(book, person));
    let pairs = old.into_iter().zip(fields(book, person));
    (0..)
        .zip(pairs)
        .filter(|(_, (old, new))| old != new)
        .map(|(field, (old, new))| Field {
            field: field_title(field),
            old,
            new,
        })
        .collect()
}
