//! Reads one table of a parsed file, value by value, with its places.
//!
//! Owns nothing but access: a value that is missing or of another form reads
//! as `None`, because `schema` has said so already.

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use super::findings::{Findings, Place};
use crate::domain::text::Text;

/// A text and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) place: Place,
}

/// A text or a whole number, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum WordOrNumber<'a> {
    Word(Word<'a>),
    Number(i64, Place),
}

/// A table and where its head stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    pub(super) place: Place,
    pub(super) entries: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// Every key with its place, and its value with its own.
    pub(super) fn entries(
        self,
    ) -> impl Iterator<Item = (&'a str, Place, (&'a DeValue<'a>, Place))> {
        let page = self.place.page;
        self.entries.iter().map(move |(key, value)| {
            let place = Place::new(page, &value.span());
            (
                key.get_ref().as_ref(),
                Place::new(page, &key.span()),
                (value.get_ref(), place),
            )
        })
    }

    /// The tables of a list.
    pub(super) fn each(list: &'a DeValue<'a>, place: Place) -> impl Iterator<Item = Table<'a>> {
        let array = list.as_array().into_iter().flat_map(|array| array.iter());
        array.filter_map(move |item| {
            item.get_ref().as_table().map(|entries| Table {
                place: Place::new(place.page, &item.span()),
                entries,
            })
        })
    }

    /// True if the key is there.
    pub(super) fn has(self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    fn get(self, key: &str) -> Option<(&'a DeValue<'a>, Place)> {
        let value = self.entries.get(key)?;
        Some((value.get_ref(), Place::new(self.place.page, &value.span())))
    }

    /// Where a key's value stands; the table's head if it is missing.
    pub(super) fn place_of(self, key: &str) -> Place {
        self.get(key).map_or(self.place, |(_, place)| place)
    }

    /// A text.
    pub(super) fn text(self, key: &str) -> Option<Word<'a>> {
        let (value, place) = self.get(key)?;
        Some(Word {
            text: value.as_str()?,
            place,
        })
    }

    /// A list of texts; empty if it is missing.
    pub(super) fn texts(self, key: &str) -> Vec<Word<'a>> {
        let words = self.texts_or_numbers(key).into_iter();
        words
            .filter_map(|item| match item {
                WordOrNumber::Word(word) => Some(word),
                WordOrNumber::Number(..) => None,
            })
            .collect()
    }

    /// True if the key is there and its list holds nothing.
    pub(super) fn is_empty_list(self, key: &str) -> bool {
        self.get(key)
            .and_then(|(value, _)| value.as_array())
            .is_some_and(|array| array.is_empty())
    }

    /// A list of texts and numbers; empty if it is missing.
    pub(super) fn texts_or_numbers(self, key: &str) -> Vec<WordOrNumber<'a>> {
        let Some((value, place)) = self.get(key) else {
            return Vec::new();
        };
        let array = value.as_array().into_iter().flat_map(|array| array.iter());
        array
            .filter_map(|item| word_or_number(item.get_ref(), Place::new(place.page, &item.span())))
            .collect()
    }

    /// A text or a number.
    pub(super) fn text_or_number(self, key: &str) -> Option<WordOrNumber<'a>> {
        let (value, place) = self.get(key)?;
        word_or_number(value, place)
    }

    /// A whole number.
    pub(super) fn number(self, key: &str) -> Option<(i64, Place)> {
        match self.text_or_number(key)? {
            WordOrNumber::Number(number, place) => Some((number, place)),
            WordOrNumber::Word(_) => None,
        }
    }

    /// A whole number within bounds; says so where it is not.
    pub(super) fn number_within<T: TryFrom<i64>>(
        self,
        key: &str,
        bounds: std::ops::RangeInclusive<i64>,
        findings: &mut Findings,
    ) -> Option<T> {
        let (number, place) = self.number(key)?;
        match T::try_from(number) {
            Ok(read) if bounds.contains(&number) => Some(read),
            _ => {
                let (least, most) = (bounds.start(), bounds.end());
                findings
                    .error(
                        place,
                        format!("「{key}」が {number} になっています"),
                        format!("\"{key}\" is {number}"),
                    )
                    .advise(
                        format!("{least} から {most} までの数を書いてください"),
                        format!("write a number from {least} to {most}"),
                    );
                None
            }
        }
    }

    /// `true` or `false`; false if it is missing.
    pub(super) fn truth(self, key: &str) -> bool {
        self.get(key)
            .and_then(|(value, _)| value.as_bool())
            .unwrap_or(false)
    }

    /// A date.
    pub(super) fn date(self, key: &str, findings: &mut Findings) -> Option<Date> {
        let (value, place) = self.get(key)?;
        let date = value.as_datetime()?.date?;
        let read = i16::try_from(date.year).ok().and_then(|year| {
            let month = i8::try_from(date.month).ok()?;
            Date::new(year, month, i8::try_from(date.day).ok()?).ok()
        });
        if read.is_none() {
            findings.error(
                place,
                format!("{date} という日はありません"),
                format!("there is no day {date}"),
            );
        }
        read
    }

    /// Words in both languages; a plain text stands for both.
    pub(super) fn words(self, key: &str) -> Option<Text> {
        let (value, place) = self.get(key)?;
        match value {
            DeValue::String(text) => Some(Text::new(text.as_ref(), "")),
            DeValue::Table(entries) => {
                let table = Table { place, entries };
                let part = |key| {
                    table
                        .text(key)
                        .map_or(String::new(), |word| word.text.trim().to_owned())
                };
                Some(Text::new(part("ja"), part("en")))
            }
            _ => None,
        }
    }

    /// A table within this one.
    pub(super) fn table(self, key: &str) -> Option<Self> {
        let (value, place) = self.get(key)?;
        let entries = value.as_table()?;
        Some(Self { place, entries })
    }

    /// The tables of a list within this one.
    pub(super) fn tables(self, key: &str) -> Vec<Self> {
        match self.get(key) {
            Some((value, place)) => Self::each(value, place).collect(),
            None => Vec::new(),
        }
    }
}

fn word_or_number<'a>(value: &'a DeValue<'a>, place: Place) -> Option<WordOrNumber<'a>> {
    match value {
        DeValue::String(text) => Some(WordOrNumber::Word(Word { text, place })),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(i64::MAX);
            Some(WordOrNumber::Number(number, place))
        }
        _ => None,
    }
}
