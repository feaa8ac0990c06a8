//! Writes what an import changed into the text of `roster.toml`.
//!
//! Owns comments, order and form: what was not changed stays byte for byte.
//! It must not decide what changes.

use std::collections::HashMap;

use jiff::civil::Date;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::book::{Book, Kind, Person};
use crate::domain::absence::Leave;
use crate::domain::roster::{ChannelName, Contact};
use crate::domain::text::Text;

/// The document with the roster of `after`. `order` names everybody, those who
/// leave among them. The error says which form of the file cannot be changed.
pub(super) fn write(
    mut file: DocumentMut,
    (before, after): (&Book, &Book),
    order: &[String],
) -> Result<String, Text> {
    people(&mut file, (before, after), order)?;
    groups(&mut file, (before, after))?;
    Ok(file.to_string())
}

fn people(
    file: &mut DocumentMut,
    (before, after): (&Book, &Book),
    order: &[String],
) -> Result<(), Text> {
    let none = || Item::ArrayOfTables(ArrayOfTables::new());
    let tables = file
        .entry("person")
        .or_insert_with(none)
        .as_array_of_tables_mut()
        .ok_or_else(|| {
            Text::new(
                "人が [[person]] の形で書かれていません",
                "people do not stand as [[person]]",
            )
        })?;
    let mut known: HashMap<String, Table> = tables
        .iter()
        .map(|table| (id_of(table), table.clone()))
        .collect();
    tables.clear();
    for id in order {
        let (old, new) = (before.people.get(id), after.people.get(id));
        match (known.remove(id), old, new) {
            (Some(mut table), Some(old), Some(new)) => {
                update(&mut table, old, new);
                tables.push(table);
            }
            (Some(table), ..) => tables.push(table),
            (None, _, Some(new)) => tables.push(fresh(new)),
            (None, ..) => {}
        }
    }
    let mut index = 0;
    while let Some(table) = file
        .get("person")
        .and_then(|people| people.as_array_of_tables()?.get(index))
    {
        if after.people.contains_key(&id_of(table)) {
            index += 1;
        } else {
            remove(file, index);
        }
    }
    Ok(())
}

fn tables_of<'a>(file: &'a mut DocumentMut, list: &str) -> Option<&'a mut ArrayOfTables> {
    file.get_mut(list)?.as_array_of_tables_mut()
}

fn id_of(table: &Table) -> String {
    let id = table.get("id").and_then(Item::as_str);
    id.unwrap_or_default().to_owned()
}

fn update(table: &mut Table, old: &Person, new: &Person) {
    if old.name != new.name {
        put(table, "name", name(&new.name));
    }
    if old.section != new.section {
        put(table, "section", new.section.as_str().into());
    }
    if old.language != new.language {
        match &new.language {
            Some(tag) => put(table, "language", tag.as_str().into()),
            None => {
                table.remove("language");
            }
        }
    }
    if old.contacts != new.contacts {
        put(table, "contacts", contacts(&new.contacts).into());
    }
    if old.leave != new.leave {
        if new.leave.is_empty() {
            table.remove("leave");
        } else {
            put(table, "leave", leave(&new.leave).into());
        }
    }
}

fn fresh(person: &Person) -> Table {
    let mut table = Table::new();
    put(&mut table, "id", person.id.as_str().into());
    update(&mut table, &Person::default(), person);
    if person.contacts.is_empty() {
        put(&mut table, "contacts", Array::new().into());
    }
    table
}

/// Sets a value, with the spaces and the remark of the one before.
fn put(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        _ => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn name(text: &Text) -> Value {
    if text.en.is_empty() {
        return (&*text.ja).into();
    }
    let mut both = InlineTable::new();
    if !text.ja.is_empty() {
        both.insert("ja", (&*text.ja).into());
    }
    both.insert("en", (&*text.en).into());
    Value::InlineTable(both)
}

fn contacts(contacts: &[Contact]) -> Array {
    contacts
        .iter()
        .map(|contact| {
            let mut table = InlineTable::new();
            let address = (&*contact.address).into();
            match &contact.channel {
                ChannelName::Email => {
                    table.insert("email", address);
                }
                ChannelName::Webhook(name) => {
                    table.insert("webhook", (&**name).into());
                    table.insert("address", address);
                }
            }
            table
        })
        .collect()
}

fn leave(days: &[Leave]) -> Array {
    let date = |day: Date| toml_edit::Datetime {
        date: Some(toml_edit::Date {
            year: day.year().unsigned_abs(),
            month: day.month().unsigned_abs(),
            day: day.day().unsigned_abs(),
        }),
        time: None,
        offset: None,
    };
    days.iter()
        .map(|leave| {
            let mut table = InlineTable::new();
            table.insert("from", date(leave.from).into());
            table.insert("to", date(leave.to).into());
            table
        })
        .collect()
}

/// Takes a person out. The remark right above goes along; what stands above
/// that, behind an empty line, belongs to the file.
fn remove(file: &mut DocumentMut, index: usize) {
    let Some(tables) = tables_of(file, "person") else {
        return;
    };
    let gone = tables.remove(index);
    let left = tables.len();
    if left == 0 {
        file.remove("person");
    }
    let prefix = gone.decor().prefix().and_then(|raw| raw.as_str());
    let (kept, _) = split_remark(prefix.unwrap_or_default());
    if kept.trim().is_empty() {
        return;
    }
    let next = if index < left {
        tables_of(file, "person").and_then(|tables| tables.get_mut(index))
    } else {
        next_table(file, gone.position())
    };
    match next {
        Some(next) => {
            let own = next.decor().prefix().and_then(|raw| raw.as_str());
            let own = own.unwrap_or_default().trim_start_matches(['\r', '\n']);
            let prefix = format!("{kept}{own}");
            next.decor_mut().set_prefix(prefix);
        }
        None => {
            let trailing = file.trailing().as_str().unwrap_or_default();
            let trailing = format!("{kept}{trailing}");
            file.set_trailing(trailing);
        }
    }
}

/// What stands up to the last empty line, and the remark behind it.
fn split_remark(prefix: &str) -> (&str, &str) {
    let mut at = 0;
    let mut from = 0;
    for line in prefix.split_inclusive('\n') {
        from += line.len();
        if line.trim().is_empty() {
            at = from;
        }
    }
    prefix.split_at(at)
}

/// The table that stands next in the file.
fn next_table(file: &mut DocumentMut, position: Option<isize>) -> Option<&mut Table> {
    let mut tables = Vec::new();
    for (_, item) in file.iter_mut() {
        match item {
            Item::Table(table) => tables.push(table),
            Item::ArrayOfTables(list) => tables.extend(list.iter_mut()),
            _ => {}
        }
    }
    tables
        .into_iter()
        .filter(|table| table.position() > position)
        .min_by_key(|table| table.position())
}

fn groups(file: &mut DocumentMut, (before, after): (&Book, &Book)) -> Result<(), Text> {
    for kind in Kind::ALL {
        let changed: Vec<_> = after
            .of(kind)
            .filter(|group| before.group(kind, &group.id) != Some(group))
            .collect();
        if changed.is_empty() {
            continue;
        }
        let list = kind.table();
        let tables = tables_of(file, list).ok_or_else(|| {
            Text::new(
                format!("[[{list}]] が表の形で書かれていません"),
                format!("[[{list}]] does not stand as tables"),
            )
        })?;
        for table in tables.iter_mut() {
            let id = id_of(table);
            let Some(group) = changed.iter().find(|group| group.id == id) else {
                continue;
            };
            let old = before.group(kind, &id);
            for (index, key) in kind.lists().into_iter().enumerate() {
                let new = &group.lists[index];
                if old.is_none_or(|old| old.lists[index] != *new) {
                    relist(table, key, new);
                }
            }
        }
    }
    Ok(())
}

/// A list of people. Where remarks stand among them each keeps its own.
fn relist(table: &mut Table, key: &str, people: &[String]) {
    let old = table.get(key).and_then(Item::as_array).cloned();
    if people.is_empty() && old.is_none() {
        return;
    }
    let old = old.unwrap_or_default();
    let new = if old.to_string().contains(['#', '\n']) {
        with_remarks(&old, people)
    } else {
        people.iter().map(String::as_str).collect()
    };
    put(table, key, new.into());
}

/// Each person on a line of their own, with what stood above them and behind
/// them. Behind means: up to the end of the line, though TOML has it that this
/// stands before the next one.
fn with_remarks(old: &Array, people: &[String]) -> Array {
    let raw = |raw: Option<&toml_edit::RawString>| {
        let text = raw.and_then(toml_edit::RawString::as_str);
        text.unwrap_or_default().to_owned()
    };
    let values: Vec<&Value> = old.iter().collect();
    let mut gaps: Vec<String> = values
        .iter()
        .map(|value| raw(value.decor().prefix()))
        .collect();
    gaps.push(raw(Some(old.trailing())));
    let line = |gap: &str| gap.find('\n').unwrap_or(gap.len());
    let above = |at: usize| {
        let from = if at == 0 { 0 } else { line(&gaps[at]) };
        gaps[at][from..].to_owned()
    };
    let behind = |at: usize| {
        let next = &gaps[at + 1];
        format!(
            "{}{}",
            raw(values[at].decor().suffix()).trim_end(),
            &next[..line(next)]
        )
    };
    let indent = gaps[0].rsplit('\n').next().unwrap_or_default();
    let fresh = format!("\n{indent}");
    let mut new = Array::new();
    let mut left = String::new();
    for id in people {
        let at = values.iter().position(|value| value.as_str() == Some(id));
        let mut own = at.map_or_else(|| fresh.clone(), above);
        if left.contains('#') && !own.starts_with('\n') {
            own = fresh.clone();
        }
        new.push_formatted(Value::from(id.as_str()).decorated(format!("{left}{own}"), ""));
        left = at.map_or_else(String::new, behind);
    }
    let end = match values.len() {
        0 => gaps[0].clone(),
        last => above(last),
    };
    let end = if left.contains('#') && !end.starts_with('\n') {
        "\n".to_owned()
    } else {
        end
    };
    new.set_trailing(format!("{left}{end}"));
    new.set_trailing_comma(true);
    new
}
