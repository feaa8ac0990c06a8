//! What proves each contact, as a table; and the link to a person's own.
//!
//! Owns what is printed.

use serde_json::Value;

use crate::cli::absent::{PEOPLE, segment};
use crate::cli::arguments::Global;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::output::{self, both, label};
use crate::cli::table::Table;

/// A proof older than this is no longer one.
const YEAR: i64 = 365;

/// `muster contacts`
pub(super) async fn list(
    global: &Global,
    person: Option<&str>,
    unproved: bool,
) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let mut found = match person {
        Some(person) => {
            let path = format!("{PEOPLE}/{}/contacts", segment(person));
            serde_json::json!({ "people": [client.get(&path).await?] })
        }
        None => client.get("/api/v1/contacts").await?,
    };
    let (proved, all) = count(&found);
    if unproved {
        keep_unproved(&mut found);
    }
    if global.json {
        output::json(&found);
        return Ok(());
    }
    let people = found["people"].as_array().cloned().unwrap_or_default();
    print(&people, (proved, all));
    if found["held"] == true && found["asking"] != "off" {
        output::say(&both(
            "参集が続いている間、確認のメールは送られません",
            "no address is asked while a call-out is open",
        ));
    }
    Ok(())
}

/// Leaves what nobody has proved within a year.
fn keep_unproved(found: &mut Value) {
    let Some(people) = found["people"].as_array_mut() else {
        return;
    };
    for person in &mut *people {
        if let Some(contacts) = person["contacts"].as_array_mut() {
            contacts.retain(|contact| {
                let fresh = contact["age_days"].as_i64().is_some_and(|age| age <= YEAR);
                !(contact["proved"] == true && fresh)
            });
        }
    }
    people.retain(|person| {
        person["contacts"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    });
}

/// How many contacts are proved, and how many there are.
fn count(found: &Value) -> (usize, usize) {
    let people = found["people"].as_array().into_iter().flatten();
    let contacts = people.flat_map(|person| person["contacts"].as_array().into_iter().flatten());
    contacts.fold((0, 0), |(proved, all), contact| {
        (proved + usize::from(contact["proved"] == true), all + 1)
    })
}

fn print(people: &[Value], (proved, all): (usize, usize)) {
    let mut table = Table::new([
        label("氏名", "name"),
        label("連絡手段", "channel"),
        label("宛先", "address"),
        label("届いた証拠", "last proof"),
        label("日数", "days"),
        label("確認のメール", "asked"),
    ]);
    let mut shown = false;
    for person in people {
        let field = |name: &str| person[name].as_str().unwrap_or_default();
        let mut name = format!("{} ({})", field("name"), field("person"));
        for contact in person["contacts"].as_array().into_iter().flatten() {
            let field = |name: &str| contact[name].as_str().unwrap_or_default();
            shown = true;
            table.row([
                std::mem::take(&mut name),
                field("channel").to_owned(),
                field("address").to_owned(),
                last(field("last"), field("at")),
                contact["age_days"]
                    .as_i64()
                    .map_or_else(String::new, |days| days.to_string()),
                asked(&contact["asked"]),
            ]);
        }
    }
    if !shown {
        output::say(&both("当てはまる連絡先はありません", "no such contact"));
        return;
    }
    output::table(&table);
    output::say(&both(
        &format!("連絡先 {all} 件のうち、届いた証拠のあるもの {proved} 件"),
        &format!("{proved} of {all} contacts are proved"),
    ));
}

/// The last word on a contact, with its day.
fn last(kind: &str, at: &str) -> String {
    let day = at.split('T').next().unwrap_or_default();
    let said = match kind {
        "confirmed" => label("本人が確認", "confirmed"),
        "answered" => label("回答あり", "answered"),
        "bounced" => label("不達", "bounced"),
        "accepted" => label("送達のみ（証拠ではない）", "taken, no proof"),
        _ => label("なし", "none"),
    };
    format!("{said} {day}").trim_end().to_owned()
}

/// Where the asking stands.
fn asked(asked: &Value) -> String {
    let day = |name: &str| {
        let at = asked[name].as_str().unwrap_or_default();
        at.split('T').next().unwrap_or_default().to_owned()
    };
    let said = match asked["state"].as_str().unwrap_or_default() {
        "waiting" | "sending" => label("送信待ち", "waiting"),
        "asked" => label("送信済み", "asked"),
        "dead" => label("不達", "bounced"),
        "failed" => label("送れず", "failed"),
        _ => return "-".to_owned(),
    };
    format!("{said} {}", day("sent_at")).trim_end().to_owned()
}

/// `muster contacts PERSON --link`, `--send`
pub(super) async fn link(global: &Global, person: &str, send: bool) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let path = format!("{PEOPLE}/{}/contacts/link", segment(person));
    let made = client
        .post(&path, &serde_json::json!({ "send": send }))
        .await?;
    let sent = &made["sent"];
    let taken = sent["outcome"] == "accepted";
    if global.json {
        output::json(&made);
    } else if let Some(link) = made["link"].as_str() {
        output::say(link);
        output::say(&both(
            "本人にだけ渡してください。連絡先がすべて見えます",
            "give it to that person alone: it shows every contact of theirs",
        ));
    } else if taken {
        output::say(&both("リンクを送りました", "the link was sent"));
    }
    if !send || taken {
        return Ok(());
    }
    let answer = sent["answer"].as_str().unwrap_or_default();
    Err(Failure::failed(
        format!("リンクを送れませんでした（{answer}）"),
        format!("the link was not taken: {answer}"),
    ))
}
