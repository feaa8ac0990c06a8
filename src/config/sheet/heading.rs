//! Which column a heading names, in Japanese or English.
//!
//! Owns the words of headings, the row that they stand in, and the order of
//! contacts that follows from them. It must not read what stands below.

use super::super::fold::{fold, key};
use super::complaint::{Complaints, Place};
use super::grid::{Cell, Grid, Row};
use crate::domain::roster::ChannelName;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The id.
    Id,
    /// The name in Japanese.
    Name,
    /// The name in English.
    NameEn,
    /// The section, by name or id.
    Section,
    /// `ja` or `en`.
    Language,
    /// Posts that the person holds or acts for.
    Posts,
    /// Squads that the person serves in.
    Squads,
    /// Sections that the person is a required member or deputy of.
    Duties,
    /// Days off that are known beforehand.
    Leave,
    /// One contact.
    Contact {
        /// By which channel.
        channel: ChannelName,
        /// Its number among those of its channel, or among all.
        number: Option<u32>,
        /// Whether the number counts all contacts.
        overall: bool,
    },
}

/// The headings of plain columns: as exported, and what else is taken. All as
/// `fold::key` leaves them.
const PLAIN: [(Column, &str, &[&str]); 9] = [
    (
        Column::Id,
        "職員番号 / id",
        &[
            "職員番号",
            "職員id",
            "番号",
            "id",
            "person",
            "personid",
            "staffnumber",
        ],
    ),
    (
        Column::Name,
        "氏名 / name",
        &["氏名", "名前", "職員名", "職員氏名", "name", "nameja"],
    ),
    (
        Column::NameEn,
        "英語表記 / name_en",
        &[
            "英語表記",
            "氏名(英語)",
            "英語名",
            "ローマ字",
            "name_en",
            "nameen",
            "name(en)",
            "englishname",
        ],
    ),
    (
        Column::Section,
        "課 / section",
        &["課", "所属", "所属課", "課名", "課室", "部署", "section"],
    ),
    (
        Column::Language,
        "言語 / language",
        &["言語", "使用言語", "language", "lang"],
    ),
    (
        Column::Posts,
        "役職 / posts",
        &["役職", "職", "参集の職", "posts", "post"],
    ),
    (
        Column::Squads,
        "対策班 / squads",
        &["対策班", "班", "squads", "squad"],
    ),
    (
        Column::Duties,
        "課の担当 / section duties",
        &[
            "課の担当",
            "課の所要",
            "所要の職員",
            "sectionduties",
            "sectionduty",
        ],
    ),
    (
        Column::Leave,
        "休暇 / leave",
        &[
            "休暇",
            "休暇期間",
            "休み",
            "不在",
            "不在期間",
            "leave",
            "daysoff",
        ],
    ),
];

const MAIL: [&str; 8] = [
    "メール",
    "メールアドレス",
    "mail",
    "email",
    "e-mail",
    "携帯メール",
    "mailaddress",
    "emailaddress",
];
const PHONE: [&str; 7] = [
    "電話",
    "電話番号",
    "携帯",
    "携帯電話",
    "phone",
    "telephone",
    "電話等",
];

/// The heading of a plain column as exported.
pub(super) fn title(column: &Column) -> &'static str {
    let found = PLAIN.iter().find(|(plain, ..)| plain == column);
    found.map_or("", |(_, title, _)| title)
}

/// The heading of the contact of a number, as exported.
pub(super) fn contact_title(number: usize, channel: &ChannelName) -> String {
    match channel {
        ChannelName::Email => format!("連絡先{number}（メール） / contact {number} (email)"),
        ChannelName::Webhook(name) => {
            format!("連絡先{number}（{name}） / contact {number} ({name})")
        }
    }
}

/// A column of a sheet.
#[derive(Clone, Debug)]
pub(super) struct Headed {
    pub(super) column: Column,
    /// Where it stands, from 1.
    pub(super) number: u32,
}

/// The heading row, read.
#[derive(Clone, Debug, Default)]
pub(super) struct Headings {
    /// The row's number.
    pub(super) row: u32,
    /// Columns that are known; contacts among them in order of preference.
    pub(super) columns: Vec<Headed>,
    /// Every heading as it stands.
    pub(super) titles: Vec<String>,
}

impl Headings {
    /// Where a column stands.
    pub(super) fn place(&self, column: &Column) -> Option<u32> {
        let found = self.columns.iter().find(|headed| headed.column == *column);
        found.map(|headed| headed.number)
    }

    /// Whether a channel has a column.
    pub(super) fn covers(&self, wanted: &ChannelName) -> bool {
        self.columns.iter().any(
            |headed| matches!(&headed.column, Column::Contact { channel, .. } if channel == wanted),
        )
    }

    /// Whether any channel has a column.
    pub(super) fn has_contacts(&self) -> bool {
        self.columns
            .iter()
            .any(|headed| matches!(headed.column, Column::Contact { .. }))
    }
}

/// What one heading may be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reading {
    Known(Column),
    /// A contact, but of which webhook?
    NoWebhook(String),
    Unknown,
}

/// Finds and reads the row of headings: among the first rows the one that
/// names a person and something else.
pub(super) fn read(grid: &Grid, webhooks: &[String], complaints: &mut Complaints) -> Headings {
    let heads = |row: &&Row| {
        let known: Vec<_> = row
            .cells
            .iter()
            .filter_map(|cell| match reading(&shown(cell), webhooks) {
                Reading::Known(column) => Some(column),
                _ => None,
            })
            .collect();
        known.len() > 1 && (known.contains(&Column::Id) || known.contains(&Column::Name))
    };
    let Some(row) = grid.rows.iter().take(20).find(heads) else {
        complaints
            .error(
                None,
                "見出しの行がありません",
                "there is no row of headings",
            )
            .advise(
                "「職員番号」「氏名」「課」「メール1」などの見出しを最初の行に書いてください。muster roster export の表が手本になります",
                "write headings such as \"id\", \"name\", \"section\", \"email 1\" into the first row; muster roster export shows how",
            );
        return Headings::default();
    };
    let mut headings = Headings {
        row: row.number,
        columns: Vec::new(),
        titles: row.cells.iter().map(shown).collect(),
    };
    for (number, cell) in (1..).zip(&row.cells) {
        let place = Place {
            row: row.number,
            column: number,
        };
        let text = shown(cell);
        match reading(&text, webhooks) {
            Reading::Known(column) => add(&mut headings, column, place, complaints),
            Reading::NoWebhook(name) => no_webhook(&name, webhooks, place, complaints),
            Reading::Unknown if text.is_empty() => {}
            Reading::Unknown => unknown(&text, place, complaints),
        }
    }
    order(&mut headings.columns);
    headings
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => fold(text),
        _ => String::new(),
    }
}

fn add(headings: &mut Headings, column: Column, place: Place, complaints: &mut Complaints) {
    if let Some(first) = headings.place(&column) {
        let first = Place {
            column: first,
            ..place
        };
        let (ja, en) = (first.named().ja, first.named().en);
        complaints
            .error(
                Some(place),
                format!("同じ見出しが {ja} にもあります"),
                format!("the same heading stands at {en}"),
            )
            .advise(
                "どちらかを消すか、メール1、メール2 のように番号を付けてください",
                "take one out, or number them: email 1, email 2",
            );
        return;
    }
    headings.columns.push(Headed {
        column,
        number: place.column,
    });
}

fn no_webhook(name: &str, webhooks: &[String], place: Place, complaints: &mut Complaints) {
    let known = webhooks.join(", ");
    complaints
        .error(
            Some(place),
            format!("「{name}」がどの送り先（muster.toml の [[webhook]]）か分かりません"),
            format!("it is not known which [[webhook]] of muster.toml \"{name}\" means"),
        )
        .advise(
            format!("見出しを「連絡先1（送り先の名前）」の形にしてください。ある名前: {known}"),
            format!("write the heading as \"contact 1 (NAME)\"; there is {known}"),
        );
}

/// A heading that is nearly a known one is refused: what stands below it may
/// be what somebody is called by. Any other is left out.
fn unknown(text: &str, place: Place, complaints: &mut Complaints) {
    let wanted = key(text);
    let close = |known: &&&str| {
        let letters = known.chars().count();
        letters >= 3 && strsim::damerau_levenshtein(&wanted, known) <= (letters / 3).min(2)
    };
    let plain = PLAIN.iter().flat_map(|(.., words)| words.iter());
    if let Some(near) = plain.chain(&MAIL).chain(&PHONE).find(close) {
        complaints
            .error(
                Some(place),
                format!("「{text}」という見出しはありません"),
                format!("there is no heading \"{text}\""),
            )
            .advise(
                format!("「{near}」のことですか。別の列なら、紛れない名前にしてください"),
                format!("did you mean \"{near}\"? If not, give it a name that is less like it"),
            );
        return;
    }
    // Why: left out, it would look as if those days were known.
    if wanted.contains("休暇") || wanted.contains("leave") {
        complaints
            .error(
                Some(place),
                format!("「{text}」という見出しはありません"),
                format!("there is no heading \"{text}\""),
            )
            .advise(
                "「休暇」の 1 列に、最初の日と最後の日を 2026-12-28～2027-01-03 の形で書いてください",
                "write the first and the last day into one column \"leave\" as 2026-12-28～2027-01-03",
            );
        return;
    }
    complaints.warn(
        Some(place),
        format!("「{text}」の列は読みません"),
        format!("the column \"{text}\" is not one that is read"),
    );
}

/// Contacts in order of preference: by their number if it counts all of them,
/// else from left to right, those of one channel by number.
fn order(columns: &mut [Headed]) {
    let contact = |headed: &Headed| match &headed.column {
        Column::Contact {
            channel,
            number,
            overall,
        } => Some((channel.clone(), *number, *overall)),
        _ => None,
    };
    let all: Vec<_> = columns.iter().filter_map(contact).collect();
    if all.iter().all(|(.., overall)| *overall) {
        columns.sort_by_key(|headed| contact(headed).map(|(_, number, _)| number));
        return;
    }
    columns.sort_by_key(|headed| headed.number);
    // Within a channel the numbers count: deal its columns out again.
    for (channel, ..) in all {
        let own = |headed: &Headed| contact(headed).filter(|(found, ..)| *found == channel);
        let places: Vec<usize> = (0..columns.len())
            .filter(|index| own(&columns[*index]).is_some())
            .collect();
        let mut sorted: Vec<_> = places.iter().map(|index| columns[*index].clone()).collect();
        sorted.sort_by_key(|headed| own(headed).map(|(_, number, _)| number));
        for (index, headed) in places.into_iter().zip(sorted) {
            columns[index] = headed;
        }
    }
}

/// Each side of a slash must mean the same.
fn reading(text: &str, webhooks: &[String]) -> Reading {
    let mut parts = text.split('/').map(|part| one(&key(part), webhooks));
    let first = parts.next().unwrap_or(Reading::Unknown);
    if parts.all(|part| part == first) {
        first
    } else {
        Reading::Unknown
    }
}

fn one(part: &str, webhooks: &[String]) -> Reading {
    let plain = PLAIN.iter().find(|(.., words)| words.contains(&part));
    if let Some((column, ..)) = plain {
        return Reading::Known(column.clone());
    }
    let inside = ["連絡先", "contact"]
        .iter()
        .find_map(|word| part.strip_prefix(word));
    if let Some((number, name)) = inside.and_then(|rest| rest.strip_suffix(')')?.split_once('('))
        && let Ok(number) = number.parse()
    {
        return channel(name, webhooks).map_or_else(
            || Reading::NoWebhook(name.to_owned()),
            |channel| contact(channel, Some(number), true),
        );
    }
    if let Some(found) = channel(part, webhooks) {
        return contact(found, None, false);
    }
    let bare = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = part[bare.len()..].parse().ok();
    if let Some(found) = channel(bare, webhooks) {
        return contact(found, number, false);
    }
    if PHONE.contains(&bare) {
        return Reading::NoWebhook(part.to_owned());
    }
    Reading::Unknown
}

const fn contact(channel: ChannelName, number: Option<u32>, overall: bool) -> Reading {
    Reading::Known(Column::Contact {
        channel,
        number,
        overall,
    })
}

/// The channel of a word: mail, a webhook by its name, or the only webhook
/// for a word that means a telephone.
fn channel(word: &str, webhooks: &[String]) -> Option<ChannelName> {
    if MAIL.contains(&word) {
        return Some(ChannelName::Email);
    }
    let named = webhooks.iter().find(|name| key(name) == word);
    let only = match webhooks {
        [only] if PHONE.contains(&word) => Some(only),
        _ => None,
    };
    named
        .or(only)
        .map(|name| ChannelName::Webhook(name.as_str().into()))
}

/// Whether the headings of an export would be read as what they are.
pub(super) fn is_plain(number: usize, wanted: &ChannelName, webhooks: &[String]) -> bool {
    let title = contact_title(number, wanted);
    let read = reading(&fold(&title), webhooks);
    matches!(read, Reading::Known(Column::Contact { channel, overall: true, .. }) if channel == *wanted)
}
