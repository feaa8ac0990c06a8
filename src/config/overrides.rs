//! `--set KEY=VALUE`: puts one value over what `muster.toml` says.
//!
//! Owns the way from a dotted key into the parsed file. A value that is not
//! TOML is taken as a text, so that nobody must quote twice in a shell.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::findings::{Findings, Place};

/// One override, placed behind the text of its file.
#[derive(Debug)]
pub(super) struct Override {
    key: String,
    /// All of `KEY=VALUE`.
    place: Place,
    value: Range<usize>,
    /// `v=VALUE` behind as many blanks as there are bytes before it, so that
    /// every span that a parser finds in it is right as it stands.
    padded: String,
}

/// Gives each override its place.
pub(super) fn place(
    page: usize,
    overrides: &[(String, String)],
    findings: &mut Findings,
) -> Vec<Override> {
    overrides
        .iter()
        .map(|(key, value)| {
            let text = format!("{key}={value}");
            let end = text.len();
            let start = findings.add_override(page, text);
            Override {
                key: key.clone(),
                place: Place {
                    page,
                    start,
                    end: start + end,
                },
                value: start + key.len() + 1..start + end,
                padded: format!("{}v={value}", " ".repeat(start + key.len() - 1)),
            }
        })
        .collect()
}

/// Puts each override into the table, in their order.
pub(super) fn apply<'a>(
    table: &mut DeTable<'a>,
    overrides: &'a [Override],
    findings: &mut Findings,
) {
    for set in overrides {
        let path: Vec<&str> = set.key.split('.').map(str::trim).collect();
        if path.iter().any(|part| part.is_empty()) {
            findings
                .error(
                    set.place,
                    format!("「{}」はキーではありません", set.key),
                    format!("\"{}\" is no key", set.key),
                )
                .advise(
                    "--set http.listen=127.0.0.1:0 のように --set KEY=VALUE の形で書いてください",
                    "write --set KEY=VALUE, for example --set http.listen=127.0.0.1:0",
                );
        } else if let Err(part) = put(table, &path, set) {
            findings
                .error(set.place, format!("「{part}」には値を置けません"), format!("nothing can be set at \"{part}\""))
                .advise("表はキーで、並びの中の一つは 0 からの番号で示してください（例: email.relay.0.url）", "name a table by its key, and one of a list by its number from 0: email.relay.0.url");
        }
    }
}

fn value(set: &Override) -> Spanned<DeValue<'_>> {
    let parsed = DeTable::parse(&set.padded).ok();
    let parsed = parsed
        .map(Spanned::into_inner)
        .filter(|table| table.len() == 1);
    match parsed.and_then(|mut table| table.remove("v")) {
        // A number, a list, a table or a quoted text.
        Some(value) => value,
        None => {
            let text = &set.padded[set.value.clone()];
            Spanned::new(set.value.clone(), DeValue::String(text.into()))
        }
    }
}

/// Walks down and puts the value there; otherwise the part where it ended.
fn put<'a>(table: &mut DeTable<'a>, path: &[&'a str], set: &'a Override) -> Result<(), &'a str> {
    let Some((first, rest)) = path.split_first() else {
        return Ok(());
    };
    let span = set.place.start..set.place.start + set.key.len();
    let key = Spanned::new(span.clone(), (*first).into());
    if rest.is_empty() {
        // Why: an insertion keeps the old key and with it the old place.
        table.remove(*first);
        table.insert(key, value(set));
        return Ok(());
    }
    let empty = match rest[0].parse::<usize>() {
        Ok(_) => DeValue::Array(DeArray::new()),
        Err(_) => DeValue::Table(DeTable::new()),
    };
    let below = table
        .entry(key)
        .or_insert_with(|| Spanned::new(span, empty));
    descend(below.get_mut(), first, rest, set)
}

fn descend<'a>(
    value_above: &mut DeValue<'a>,
    name: &'a str,
    rest: &[&'a str],
    set: &'a Override,
) -> Result<(), &'a str> {
    match value_above {
        DeValue::Table(table) => put(table, rest, set),
        DeValue::Array(array) => {
            let number: usize = rest[0].parse().map_err(|_| rest[0])?;
            let span = set.place.start..set.place.start + set.key.len();
            if number == array.len() {
                array.push(Spanned::new(span, DeValue::Table(DeTable::new())));
            }
            let Some(item) = array.get_mut(number) else {
                return Err(rest[0]);
            };
            if rest.len() == 1 {
                *item = value(set);
                return Ok(());
            }
            descend(item.get_mut(), rest[0], &rest[1..], set)
        }
        _ => Err(name),
    }
}
