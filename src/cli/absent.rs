//! `muster absent`: who is away, and the word on one of them.
//!
//! Owns what is printed. Who is called instead is the daemon's to decide.

use jiff::fmt::temporal::Pieces;
use serde_json::{Value, json};

use super::arguments::{Absent, Global};
use super::client::Client;
use super::failure::Failure;
use super::output::{self, both, label};
use super::table::Table;
use crate::domain::text::Language;
use crate::message::dates;

pub(super) const PEOPLE: &str = "/api/v1/roster/people";

/// `muster absent`
pub(super) async fn absent(global: &Global, absent: Absent) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let Some(person) = &absent.person else {
        let people = client.get(PEOPLE).await?;
        return list(global, &people);
    };
    let path = format!("{PEOPLE}/{}/absence", segment(person));
    let after = if absent.back {
        client.delete(&path).await?
    } else {
        let body = json!({ "until": absent.until, "reason": absent.reason });
        client.post(&path, &body).await?
    };
    if global.json {
        output::json(&after);
        return Ok(());
    }
    let name = after["name"].as_str().unwrap_or(person);
    output::say(&match after["absent_until"].as_str() {
        Some(until) => {
            let (ja, en) = (
                until_words(until, Language::Ja),
                until_words(until, Language::En),
            );
            both(
                &format!("記録しました。{name}は不在です（{ja}）"),
                &format!("recorded: {name} is away {en}"),
            )
        }
        None => both(
            &format!("記録しました。{name}は不在ではありません"),
            &format!("recorded: {name} is back"),
        ),
    });
    Ok(())
}

/// Everybody who is away.
fn list(global: &Global, people: &Value) -> Result<(), Failure> {
    let people = people["people"].as_array().into_iter().flatten();
    let away: Vec<&Value> = people
        .filter(|person| person["absent_until"].is_string())
        .collect();
    if global.json {
        output::json(&json!({ "people": away }));
        return Ok(());
    }
    if away.is_empty() {
        output::say(&both("不在の人はいません", "nobody is away"));
        return Ok(());
    }
    let mut table = Table::new([
        label("氏名", "name"),
        label("不在", "away"),
        label("入力", "by"),
        label("理由", "reason"),
    ]);
    for person in away {
        let field = |name: &str| person[name].as_str().unwrap_or_default().to_owned();
        let name = format!("{} ({})", field("name"), field("person"));
        table.row([
            name,
            until_words(&field("absent_until"), global.language()),
            field("absent_by"),
            field("absent_reason"),
        ]);
    }
    output::table(&table);
    Ok(())
}

/// Until when somebody is away, in words; as it came where it is no time.
fn until_words(until: &str, language: Language) -> String {
    let zone = Pieces::parse(until).ok().and_then(|pieces| {
        let offset = pieces.to_numeric_offset()?;
        Some(offset.to_time_zone())
    });
    match (until.parse(), zone) {
        (Ok(at), Some(zone)) => dates::away_until(at, &zone, language),
        _ => until.to_owned(),
    }
}

/// A name as one segment of a path, whatever is in it.
pub(super) fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    name.bytes().map(encode).collect()
}
