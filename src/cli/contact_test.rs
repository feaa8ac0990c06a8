//! `muster test-contact`: one test message to each contact of a person, and
//! the other side's own answer.
//!
//! Owns what is printed. What is sent, and how, is the daemon's.

use serde_json::{Value, json};

use super::absent::{PEOPLE, segment};
use super::arguments::{Global, TestContact};
use super::client::Client;
use super::failure::Failure;
use super::output::{self, both, label};
use super::table::Table;

/// `muster test-contact`
pub(super) async fn test_contact(global: &Global, test: &TestContact) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let path = format!("{PEOPLE}/{}/test", segment(&test.person));
    let tested = client.post(&path, &json!({})).await?;
    let contacts = tested["contacts"].as_array().cloned().unwrap_or_default();
    let name = tested["name"].as_str().unwrap_or(&test.person);
    if global.json {
        output::json(&tested);
    } else {
        print(name, &contacts);
    }
    let taken = |contact: &&Value| contact["outcome"] == "accepted";
    let taken = contacts.iter().filter(taken).count();
    if taken > 0 && taken == contacts.len() {
        return Ok(());
    }
    let lost = contacts.len() - taken;
    Err(if contacts.is_empty() {
        Failure::failed(
            format!("{name}には連絡先がありません。roster.toml の contacts に書いてください"),
            format!("{name} has no contact; write one in contacts of roster.toml"),
        )
    } else {
        Failure::failed(
            format!("{name}の連絡先のうち{lost}件は受け付けられませんでした"),
            format!("{lost} of the contacts of {name} did not take the message"),
        )
    })
}

fn print(name: &str, contacts: &[Value]) {
    if contacts.is_empty() {
        return;
    }
    let mut table = Table::new([
        label("連絡手段", "channel"),
        label("宛先", "address"),
        label("結果", "result"),
        label("相手の応答", "answer"),
    ]);
    for contact in contacts {
        let field = |name: &str| contact[name].as_str().unwrap_or_default().to_owned();
        let via = field("via");
        let answer = field("answer");
        table.row([
            field("channel"),
            field("address"),
            result(&field("outcome")),
            match (via.is_empty(), answer.is_empty()) {
                (true, _) => answer,
                (false, true) => via,
                (false, false) => format!("{via}: {answer}"),
            },
        ]);
    }
    output::table(&table);
    output::say(&both(
        &format!("受け付けは到達ではありません。届いたかどうかは{name}に確かめてください"),
        &format!("taken is not read: ask {name} whether it came"),
    ));
}

fn result(outcome: &str) -> String {
    match outcome {
        "accepted" => label("受付", "taken"),
        "retry" => label("いまは不可", "not now"),
        "rejected" => label("不可", "refused"),
        _ => label("不明", "unknown"),
    }
}
