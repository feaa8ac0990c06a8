//! What a sheet and `roster.toml` have in common: people, and who stands where.
//!
//! Owns the reading of a parsed `roster.toml` into that. It keeps what the
//! file says and fills nothing in, so that what was not changed is not
//! written. It must not know sheets.

use indexmap::IndexMap;
use jiff::civil::Date;
use toml_edit::{Item, TableLike};

use super::super::fold::key;
use crate::domain::absence::Leave;
use crate::domain::roster::{ChannelName, Contact};
use crate::domain::text::Text;

/// One person as the file has it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: Text,
    pub(super) section: String,
    /// Nothing where the file says nothing.
    pub(super) language: Option<String>,
    pub(super) contacts: Vec<Contact>,
    pub(super) leave: Vec<Leave>,
}

/// Where people stand by rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Post,
    Squad,
    Section,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Post, Self::Squad, Self::Section];

    /// The list of tables in `roster.toml`.
    pub(super) const fn table(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Squad => "squad",
            Self::Section => "section",
        }
    }

    /// The keys of its two lists: the first in line, and those behind them.
    pub(super) const fn lists(self) -> [&'static str; 2] {
        match self {
            Self::Post => ["holders", "deputies"],
            Self::Squad | Self::Section => ["required", "deputies"],
        }
    }
}

/// One post, squad or section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) name: Text,
    /// As [`Kind::lists`] names them.
    pub(super) lists: [Vec<String>; 2],
}

/// A place in a group: which list, which rank from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seat {
    pub(super) list: usize,
    pub(super) rank: usize,
}

impl Group {
    /// Every place where a person stands.
    pub(super) fn seats<'a>(&'a self, id: &'a str) -> impl Iterator<Item = Seat> + 'a {
        (0..).zip(&self.lists).flat_map(move |(list, people)| {
            let ranked = people.iter().enumerate();
            ranked
                .filter(move |(_, person)| *person == id)
                .map(move |(rank, _)| Seat { list, rank })
        })
    }
}

/// The whole roster, as far as a sheet can change it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Book {
    pub(super) people: IndexMap<String, Person>,
    pub(super) groups: Vec<Group>,
}

impl Book {
    /// Reads a parsed file. The error says what cannot be kept.
    pub(super) fn read(file: &toml_edit::Table) -> Result<Self, Text> {
        let mut book = Self::default();
        for table in tables(file, "person") {
            let person = person(table)?;
            let id = person.id.clone();
            if book.people.insert(id.clone(), person).is_some() {
                return Err(Text::new(
                    format!("id が「{id}」の人が二人います"),
                    format!("there are two people with the id \"{id}\""),
                ));
            }
        }
        for kind in Kind::ALL {
            for table in tables(file, kind.table()) {
                let id = text(table, "id");
                if book.group(kind, &id).is_some() {
                    let table = kind.table();
                    return Err(Text::new(
                        format!("id が「{id}」の [[{table}]] が二つあります"),
                        format!("there are two tables [[{table}]] with the id \"{id}\""),
                    ));
                }
                book.groups.push(Group {
                    kind,
                    id,
                    name: words(table, "name"),
                    lists: kind.lists().map(|list| texts(table, list)),
                });
            }
        }
        Ok(book)
    }

    /// A group by its id.
    pub(super) fn group(&self, kind: Kind, id: &str) -> Option<&Group> {
        self.groups
            .iter()
            .find(|group| group.kind == kind && group.id == id)
    }

    /// The groups of a kind.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |group| group.kind == kind)
    }

    /// The groups that an id or a name may mean: one, if it is clear.
    pub(super) fn named(&self, kind: Kind, word: &str) -> Vec<&Group> {
        if let Some(exact) = self.group(kind, word) {
            return vec![exact];
        }
        let word = key(word);
        let same = |name: &str| !name.is_empty() && key(name) == word;
        self.of(kind)
            .filter(|group| same(&group.name.ja) || same(&group.name.en))
            .collect()
    }

    /// Every webhook that a contact names.
    pub(super) fn webhooks(&self) -> impl Iterator<Item = &str> {
        let contacts = self.people.values().flat_map(|person| &person.contacts);
        contacts.filter_map(|contact| match &contact.channel {
            ChannelName::Webhook(name) => Some(&**name),
            ChannelName::Email => None,
        })
    }
}

/// The tables of a list, however it is written.
pub(super) fn tables<'a>(table: &'a dyn TableLike, list: &str) -> Vec<&'a dyn TableLike> {
    match table.get(list) {
        Some(Item::ArrayOfTables(tables)) => {
            tables.iter().map(|table| table as &dyn TableLike).collect()
        }
        Some(Item::Value(toml_edit::Value::Array(array))) => array
            .iter()
            .filter_map(|value| value.as_inline_table().map(|table| table as &dyn TableLike))
            .collect(),
        _ => Vec::new(),
    }
}

fn text(table: &dyn TableLike, key: &str) -> String {
    let found = table.get(key).and_then(Item::as_str);
    found.unwrap_or_default().to_owned()
}

/// A day without a time.
fn date(table: &dyn TableLike, key: &str) -> Option<Date> {
    let found = table.get(key).and_then(Item::as_datetime)?;
    let date = found.date.filter(|_| found.time.is_none())?;
    let part = |part: u8| i8::try_from(part).ok();
    Date::new(
        i16::try_from(date.year).ok()?,
        part(date.month)?,
        part(date.day)?,
    )
    .ok()
}

fn texts(table: &dyn TableLike, key: &str) -> Vec<String> {
    let array = table.get(key).and_then(Item::as_array);
    array
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

fn words(table: &dyn TableLike, key: &str) -> Text {
    match table.get(key) {
        Some(item) => match (item.as_str(), item.as_table_like()) {
            (Some(ja), _) => Text::new(ja, ""),
            (None, Some(both)) => Text::new(text(both, "ja"), text(both, "en")),
            _ => Text::default(),
        },
        None => Text::default(),
    }
}

fn person(table: &dyn TableLike) -> Result<Person, Text> {
    let id = text(table, "id");
    if id.is_empty() {
        return Err(Text::new("id のない人がいます", "a person has no id"));
    }
    let contacts = tables(table, "contacts")
        .into_iter()
        .map(|table| {
            let value = |key| table.get(key).and_then(Item::as_str).map(str::to_owned);
            match (value("email"), value("webhook"), value("address")) {
                (Some(address), None, None) => Ok(Contact {
                    channel: ChannelName::Email,
                    address: address.into(),
                }),
                (None, Some(name), Some(address)) => Ok(Contact {
                    channel: ChannelName::Webhook(name.into()),
                    address: address.into(),
                }),
                _ => Err(Text::new(
                    format!("「{id}」に連絡先になっていない連絡先があります"),
                    format!("\"{id}\" has a contact that is none"),
                )),
            }
        })
        .collect::<Result<_, _>>()?;
    let leave = tables(table, "leave")
        .into_iter()
        .map(|table| match (date(table, "from"), date(table, "to")) {
            (Some(from), Some(to)) => Ok(Leave { from, to }),
            _ => Err(Text::new(
                format!("「{id}」に、始まりか終わりの日のない休暇があります"),
                format!("\"{id}\" has a leave without its two days"),
            )),
        })
        .collect::<Result<_, _>>()?;
    Ok(Person {
        name: words(table, "name"),
        section: text(table, "section"),
        language: table
            .get("language")
            .and_then(Item::as_str)
            .map(str::to_owned),
        contacts,
        leave,
        id,
    })
}
