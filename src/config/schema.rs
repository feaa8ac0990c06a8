//! Which keys a file may hold, and of which form each value is.
//!
//! Owns the walk of a parsed file against its list of keys: unknown keys,
//! missing keys, values of another form, control characters, every one of
//! them at once. It must not know what a value means: that is for the files
//! named after what they check.

use toml::de::DeValue;

use super::findings::{Findings, Place};
use super::noun::{self, Noun, noun};
use super::table::Table;
use super::value::nearest;
use crate::domain::text::{Text, one_line};

/// The form of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// `"…"` of one line.
    Text,
    /// `"…"` of one line, or `{ ja = "…", en = "…" }`.
    Words,
    /// The same, of any number of lines.
    Prose,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Truth,
    /// `2025-12-29`.
    Date,
    /// `["…", "…"]`.
    Texts,
    /// `"…"` or a whole number.
    TextOrNumber,
    /// `[1, "…"]`.
    TextsOrNumbers,
    /// `[name]` or `{ … }`.
    Table(&'static [Key]),
    /// `"…"` or `{ … }`.
    TextOrTable(&'static [Key]),
    /// `[[name]]` or `[{ … }]`.
    Tables(&'static [Key]),
}

impl Shape {
    const fn keys(self) -> Option<&'static [Key]> {
        match self {
            Self::Table(keys) | Self::TextOrTable(keys) | Self::Tables(keys) => Some(keys),
            _ => None,
        }
    }

    const fn wanted(self) -> Noun {
        match self {
            Self::Text => noun(" \"…\" で囲んだ文字列", "a text in quotation marks"),
            Self::Words | Self::Prose => noun(
                " \"…\" で囲んだ文字列か { ja = \"…\", en = \"…\" }",
                "a text in quotation marks, or { ja = \"…\", en = \"…\" }",
            ),
            Self::Number => noun("囲まない整数", "a whole number without quotation marks"),
            Self::Truth => noun(" true か false ", "true or false"),
            Self::Date => noun(
                " 2025-12-29 のような、囲まない日付",
                "a date such as 2025-12-29, without quotation marks",
            ),
            Self::Texts => noun(
                " [\"…\", \"…\"] のような文字列の並び",
                "a list of texts such as [\"…\", \"…\"]",
            ),
            Self::TextOrNumber => noun(
                " \"…\" で囲んだ文字列か整数",
                "a text in quotation marks or a whole number",
            ),
            Self::TextsOrNumbers => noun(" [1, \"…\"] のような並び", "a list such as [1, \"…\"]"),
            Self::Table(_) => noun(" { … } のような表", "a table such as { … }"),
            Self::TextOrTable(_) => noun(
                " \"…\" で囲んだ文字列か { … } のような表",
                "a text in quotation marks or a table such as { … }",
            ),
            Self::Tables(_) => noun("表の並び", "a list of tables"),
        }
    }

    /// How such a value is written.
    const fn form(self) -> &'static str {
        match self {
            Self::Text | Self::TextOrNumber => "\"…\"",
            Self::Words | Self::Prose => "{ ja = \"…\", en = \"…\" }",
            Self::Number => "1",
            Self::Truth => "true",
            Self::Date => "2025-12-29",
            Self::Texts => "[\"…\", \"…\"]",
            Self::TextsOrNumbers => "[1, \"…\"]",
            Self::Table(_) | Self::TextOrTable(_) => "{ … }",
            Self::Tables(_) => "[{ … }]",
        }
    }

    fn fits(self, value: &DeValue<'_>) -> bool {
        match self {
            Self::Text => value.is_str(),
            Self::Words | Self::Prose | Self::TextOrTable(_) => value.is_str() || value.is_table(),
            Self::Number => value.is_integer(),
            Self::Truth => value.is_bool(),
            Self::Date => value
                .as_datetime()
                .is_some_and(|at| at.date.is_some() && at.time.is_none()),
            Self::TextOrNumber => value.is_str() || value.is_integer(),
            Self::Table(_) => value.is_table(),
            Self::Texts => every(value, |value| value.is_str()),
            Self::TextsOrNumbers => every(value, |value| value.is_str() || value.is_integer()),
            Self::Tables(_) => every(value, |value| value.is_table()),
        }
    }
}

fn every(value: &DeValue<'_>, fits: impl Fn(&DeValue<'_>) -> bool) -> bool {
    value
        .as_array()
        .is_some_and(|array| array.iter().all(|value| fits(value.get_ref())))
}

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) required: bool,
}

/// A key that must be there.
pub(super) const fn must(name: &'static str, shape: Shape) -> Key {
    Key {
        name,
        shape,
        required: true,
    }
}

/// A key that may be there.
pub(super) const fn may(name: &'static str, shape: Shape) -> Key {
    Key {
        name,
        shape,
        required: false,
    }
}

/// The parts of [`Shape::Words`].
const WORDS: &[Key] = &[may("ja", Shape::Text), may("en", Shape::Text)];
/// The parts of [`Shape::Prose`].
const PROSE: &[Key] = &[may("ja", Shape::Prose), may("en", Shape::Prose)];

/// Every key below a list of keys: `email.relay.url`.
pub(super) fn paths(keys: &[Key], above: &str, found: &mut Vec<String>) {
    for key in keys {
        let path = join(above, key.name);
        if let Some(keys) = key.shape.keys() {
            paths(keys, &path, found);
        }
        found.push(path);
    }
}

fn join(above: &str, name: &str) -> String {
    if above.is_empty() {
        name.to_owned()
    } else {
        format!("{above}.{name}")
    }
}

/// Walks a file.
pub(super) fn walk(table: Table<'_>, keys: &'static [Key], findings: &mut Findings) {
    let mut walk = Walk {
        root: keys,
        findings,
    };
    walk.table(table, keys, "", &noun("このファイル", "the file").into());
}

struct Walk<'f> {
    root: &'static [Key],
    findings: &'f mut Findings,
}

impl Walk<'_> {
    /// `path` is dotted; `title` is how the table is named in a message.
    fn table(&mut self, table: Table<'_>, keys: &[Key], path: &str, title: &Text) {
        let mut meant = Vec::new();
        for (name, place, value) in table.entries() {
            match keys.iter().find(|key| key.name == name) {
                Some(key) => self.value(value, key, &join(path, name)),
                None => meant.extend(self.unknown(name, place, keys, title)),
            }
        }
        // A key that was misspelled is not missing as well.
        let missing =
            |key: &&Key| key.required && !table.has(key.name) && !meant.contains(&key.name);
        for key in keys.iter().filter(missing) {
            let whose = match table.text("id").or_else(|| table.text("name")) {
                Some(id) => Text::new(
                    format!("{}「{}」", title.ja.trim_end(), id.text),
                    format!("{} \"{}\"", title.en, id.text),
                ),
                None => title.clone(),
            };
            let head = match key.shape {
                Shape::Tables(_) => Some(format!("[[{}]]", join(path, key.name))),
                Shape::Table(_) if path.is_empty() => Some(format!("[{}]", key.name)),
                _ => None,
            };
            let advice = match head {
                Some(head) => Text::new(
                    format!("{head} とその中のキーを書いてください"),
                    format!("write {head} and its keys"),
                ),
                None => written(key),
            };
            self.findings
                .error(
                    table.place,
                    format!("{}に「{}」がありません", whose.ja, key.name),
                    format!("{} has no \"{}\"", whose.en, key.name),
                )
                .advise_both(advice);
        }
    }

    /// Says so of an unknown key; returns the one that was probably meant.
    fn unknown(
        &mut self,
        name: &str,
        place: Place,
        keys: &[Key],
        title: &Text,
    ) -> Option<&'static str> {
        let meant = nearest(name, keys.iter().map(|key| key.name));
        let advice = if let Some(near) = meant {
            noun::meant(near)
        } else if self.root.iter().any(|key| key.name == name) {
            Text::new(
                format!(
                    "「{name}」は表の中には書けません。[ で始まる最初の行より上に書いてください"
                ),
                format!(
                    "\"{name}\" belongs to no table: write it above the first line that begins with ["
                ),
            )
        } else {
            let known: Vec<_> = keys.iter().map(|key| key.name).collect();
            Text::new(
                format!("ここに書けるキーは {} です", known.join("、")),
                format!("the keys here are {}", known.join(", ")),
            )
        };
        self.findings
            .error(
                place,
                format!("{}に「{name}」というキーはありません", title.ja),
                format!("{} knows no key \"{name}\"", title.en),
            )
            .advise_both(advice);
        meant
    }

    fn value(&mut self, (value, place): (&DeValue<'_>, Place), key: &Key, path: &str) {
        if !key.shape.fits(value) {
            let (wanted, found) = (key.shape.wanted(), kind(value));
            let name = key.name;
            self.findings
                .error(
                    place,
                    format!(
                        "「{name}」には{}を書きます。{}になっています",
                        wanted.ja, found.ja
                    ),
                    format!("\"{name}\" must be {}, not {}", wanted.en, found.en),
                )
                .advise_both(written(key));
            return;
        }
        match (key.shape, value) {
            (_, DeValue::String(text)) => self.text(text, place, key),
            (Shape::Words | Shape::Prose, DeValue::Table(entries)) => {
                let keys = if matches!(key.shape, Shape::Prose) {
                    PROSE
                } else {
                    WORDS
                };
                let table = Table { place, entries };
                self.table(
                    table,
                    keys,
                    path,
                    &Text::new(format!("「{}」", key.name), format!("\"{}\"", key.name)),
                );
                if entries.is_empty() {
                    self.empty(place, key);
                }
            }
            (Shape::Table(keys) | Shape::TextOrTable(keys), DeValue::Table(entries)) => {
                self.table(
                    Table { place, entries },
                    keys,
                    path,
                    &alike(format!("[{path}]")),
                );
            }
            (Shape::Tables(keys), DeValue::Array(_)) => {
                for table in Table::each(value, place) {
                    self.table(table, keys, path, &alike(format!("[[{path}]]")));
                }
                if key.required && value.as_array().is_some_and(|array| array.is_empty()) {
                    self.empty(place, key);
                }
            }
            (_, DeValue::Array(array)) => {
                for item in array.iter() {
                    if let DeValue::String(text) = item.get_ref() {
                        self.text(text, Place::new(place.page, &item.span()), key);
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, place: Place, key: &Key) {
        if text.trim().is_empty() {
            self.empty(place, key);
            return;
        }
        let clean = match key.shape {
            Shape::Prose => text
                .lines()
                .all(|line| one_line(line) == line.trim() || line.trim().is_empty()),
            _ => one_line(text) == text.trim() && !text.contains(['\r', '\n']),
        };
        if !clean {
            self.findings
                .error(
                    place,
                    format!("「{}」に改行などの制御文字があります", key.name),
                    format!(
                        "\"{}\" holds a line break or another control character",
                        key.name
                    ),
                )
                .advise(
                    "\\r、\\n、タブ、書字方向の記号を除き、1 行で書いてください",
                    "write it on one line, without \\r, \\n, tabs and direction marks",
                );
        }
    }

    fn empty(&mut self, place: Place, key: &Key) {
        self.findings
            .error(
                place,
                format!("「{}」が空です", key.name),
                format!("\"{}\" is empty", key.name),
            )
            .advise_both(match key.required {
                true => Text::new(
                    "引用符の間に何か書いてください",
                    "write something between the marks",
                ),
                false => Text::new(
                    "引用符の間に何か書くか、この行を消してください",
                    "write something between the marks, or leave the line out",
                ),
            });
    }
}

/// How a key is written.
fn written(key: &Key) -> Text {
    let line = format!("{} = {}", key.name, key.shape.form());
    Text::new(format!("{line} と書いてください"), format!("write {line}"))
}

/// What reads alike in both languages, set apart from the Japanese behind it.
fn alike(title: String) -> Text {
    Text::new(format!("{title} "), title)
}

/// What a value is, in words.
const fn kind(value: &DeValue<'_>) -> Noun {
    match value {
        DeValue::String(_) => noun("文字列", "a text"),
        DeValue::Integer(_) => noun("整数", "a whole number"),
        DeValue::Float(_) => noun("小数", "a number with a point"),
        DeValue::Boolean(_) => noun(" true か false ", "true or false"),
        DeValue::Datetime(_) => noun("日付か時刻", "a date or time"),
        DeValue::Array(_) => noun("並び", "a list"),
        DeValue::Table(_) => noun("表", "a table"),
    }
}
