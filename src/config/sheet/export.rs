//! The roster -> rows for a sheet.
//!
//! Owns which columns there are and what each cell says. It must not know
//! files.

use super::super::fold::{fold, key};
use super::book::{Book, Kind, Person};
use super::complaint::Complaints;
use super::heading::{Column, contact_title, is_plain, title};
use super::leave;
use super::mark;
use crate::domain::roster::{ChannelName, Contact};
use crate::domain::text::Text;

/// What a person's cells are called where changes are listed.
pub(super) fn field_title(field: usize) -> Text {
    let [ja, en] = [
        ["氏名", "name"],
        ["英語表記", "name_en"],
        ["課", "section"],
        ["言語", "language"],
        ["連絡先", "contacts"],
        ["休暇", "leave"],
        ["役職", "posts"],
        ["対策班", "squads"],
        ["課の担当", "section duties"],
    ][field];
    Text::new(ja, en)
}

/// A person's cells in words, one for each title.
pub(super) fn fields(book: &Book, person: &Person) -> [String; 9] {
    let contacts: Vec<_> = person.contacts.iter().map(contact).collect();
    let marks = |kind| mark::write(book, kind, &person.id).unwrap_or_default();
    [
        person.name.ja.to_string(),
        person.name.en.to_string(),
        section(book, &person.section),
        person.language.clone().unwrap_or_default(),
        contacts.join("、"),
        leave::write(&person.leave),
        marks(Kind::Post),
        marks(Kind::Squad),
        marks(Kind::Section),
    ]
}

fn contact(contact: &Contact) -> String {
    match &contact.channel {
        ChannelName::Email => contact.address.to_string(),
        ChannelName::Webhook(name) => format!("{name}: {}", contact.address),
    }
}

/// A section by its name where that is clear.
fn section(book: &Book, id: &str) -> String {
    let name = book.group(Kind::Section, id).map_or("", |group| {
        group.name.get(crate::domain::text::Language::Ja)
    });
    match book.named(Kind::Section, &fold(name))[..] {
        [group] if group.id == id && !key(name).is_empty() => name.to_owned(),
        _ => id.to_owned(),
    }
}

/// The heading and a row for each person.
pub(super) fn rows(
    book: &Book,
    webhooks: &[String],
    complaints: &mut Complaints,
) -> Vec<Vec<String>> {
    let channels = channels(book);
    for (number, channel) in (1..).zip(&channels) {
        if !is_plain(number, channel, webhooks) {
            complaints.error(
                None,
                format!("送り先「{channel}」の名前は見出しに書けません"),
                format!("the name of {channel} cannot stand in a heading"),
            );
        }
    }
    let mut rows = vec![heading(&channels)];
    for person in book.people.values() {
        let [
            name,
            name_en,
            section,
            language,
            _,
            leave,
            posts,
            squads,
            duties,
        ] = fields(book, person);
        let mut row = vec![person.id.clone(), name, name_en, section, language];
        row.extend(spread(&person.contacts, &channels));
        row.extend([posts, squads, duties, leave]);
        rows.push(row);
        for kind in Kind::ALL {
            if let Err(group) = mark::write(book, kind, &person.id) {
                complaints.error(
                    None,
                    format!("「{group}」の名前がほかと紛れるため、表に書けません"),
                    format!("\"{group}\" cannot be told from another by its name"),
                );
            }
        }
    }
    rows
}

fn heading(channels: &[ChannelName]) -> Vec<String> {
    let front = [
        Column::Id,
        Column::Name,
        Column::NameEn,
        Column::Section,
        Column::Language,
    ];
    let back = [Column::Posts, Column::Squads, Column::Duties, Column::Leave];
    let contacts = (1..)
        .zip(channels)
        .map(|(number, channel)| contact_title(number, channel));
    front
        .iter()
        .map(|column| title(column).to_owned())
        .chain(contacts)
        .chain(back.iter().map(|column| title(column).to_owned()))
        .collect()
}

/// The channels of the contact columns: so ordered that everybody's contacts
/// fit in from left to right.
fn channels(book: &Book) -> Vec<ChannelName> {
    let mut columns: Vec<ChannelName> = Vec::new();
    for person in book.people.values() {
        let mut from = 0;
        for contact in &person.contacts {
            let wanted = &contact.channel;
            let next = columns[from..].iter().position(|found| found == wanted);
            let at = match next {
                Some(next) => from + next,
                None => {
                    columns.push(wanted.clone());
                    columns.len() - 1
                }
            };
            from = at + 1;
        }
    }
    if columns.is_empty() {
        columns.push(ChannelName::Email);
    }
    columns
}

fn spread(contacts: &[Contact], channels: &[ChannelName]) -> Vec<String> {
    let mut rest = contacts.iter().peekable();
    channels
        .iter()
        .map(|channel| {
            rest.next_if(|contact| contact.channel == *channel)
                .map_or(String::new(), |contact| contact.address.to_string())
        })
        .collect()
}
