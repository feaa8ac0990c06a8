//! What would happen, before the last yes: from `POST /api/v1/explain`.
//!
//! Owns the layout. The figures are the daemon's: what it would do now.

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use super::super::output;
use super::super::table::{Table, cut};

/// How many people a target names.
const NAMED: usize = 5;

/// A line across the terminal.
const RULE: &str = "────────────────────────────────────────────────────────────";

/// Prints what an event would do.
pub(super) fn say(explained: &Value) {
    output::say("");
    output::say(RULE);
    let rules = explained["rules"].as_array();
    match rules.and_then(|rules| rules.first()) {
        _ if explained["now"]["call_out"].is_string() => {
            say_joined(&explained["now"], rules.and_then(|rules| rules.first()));
        }
        Some(rule) => say_rule(rule, explained),
        None => output::say(
            "該当する参集ルールはありません。記録だけを残し、誰も呼びません\nNo rule applies: it is kept, and nobody is called",
        ),
    }
    output::say(RULE);
}

/// What the event becomes in a call-out that runs, which it joins.
fn say_joined(now: &Value, rule: Option<&Value>) {
    let text = |name: &str| now[name].as_str().unwrap_or_default();
    output::say(&format!(
        "実行中 running    {}  {}",
        text("call_out"),
        cut(text("title"), 40)
    ));
    let told = &now["told"];
    let called: Vec<String> = now["called"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|person| person["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    let count = called.len();
    let (ja, en) = match now["decision"].as_str() {
        Some("aftershock") => (
            format!("余震。誰も招集せず、{told} 人に知らせます"),
            format!("an aftershock: nobody is called, {told} are told"),
        ),
        Some("grown") => (
            format!("続報。新たに {count} 人を招集し、{told} 人に変更を知らせます"),
            format!("a later report: {count} more are called, {told} are told"),
        ),
        Some("held") => (
            format!("続報を保留。確認か時間まで招集せず、{told} 人に知らせます"),
            format!("a later report, held: nobody is added before that, {told} are told"),
        ),
        Some("nothing-new") => (
            "すでに知られている内容。何も変えません".to_owned(),
            "nothing new: nothing is changed".to_owned(),
        ),
        _ => (
            "該当する参集ルールなし。誰も呼びません".to_owned(),
            "no rule applies: nobody is called".to_owned(),
        ),
    };
    output::say(&format!("扱い becomes      {ja}"));
    output::say(&format!("                  {en}"));
    if matches!(now["decision"].as_str(), Some("grown" | "held"))
        && let Some(rule) = rule
    {
        let id = rule["rule"].as_str().unwrap_or_default();
        let title = rule["title"].as_str().unwrap_or_default();
        output::say(&format!("ルール rule      {id}  {}", cut(title, 50)));
        output::say(&format!("待ち waits        {}", waits(rule)));
    }
    output::say(&format!("集合場所 place    {}", text("place")));
    if count > 0 {
        let named = named(Some(&called));
        output::say(&format!("追加 added        {named}"));
    }
}

fn say_rule(rule: &Value, explained: &Value) {
    let text = |name: &str| rule[name].as_str().unwrap_or_default();
    output::say(&format!(
        "ルール rule      {}  {}  ({})",
        text("rule"),
        text("title"),
        text("source")
    ));
    let edition = explained["edition"].as_str().unwrap_or_default();
    output::say(&format!("版 edition        {edition}"));
    if explained["approved"] == false {
        output::say("                  この版は未承認です / this edition is not approved");
    }
    output::say(&format!("集合場所 place    {}", text("place")));
    output::say(&format!("待ち waits        {}", waits(rule)));
    output::say(&format!("件名 subject      {}", text("subject")));
    let called = called(rule);
    output::say(&format!(
        "人数 people       {}",
        people(&called, told(rule))
    ));
    let mut table = Table::new(&["対象 target", "必要 need", "はじめに呼ぶ人 called first"]);
    for target in rule["targets"].as_array().into_iter().flatten() {
        let name = target["name"].as_str().unwrap_or_default();
        table.row([
            cut(name, 24),
            target["need"].to_string(),
            named(called.by_target.get(name)),
        ]);
    }
    output::say("");
    output::say(&table.to_string());
}

/// What stands between the yes and the first message.
fn waits(rule: &Value) -> String {
    let mut waits = Vec::new();
    if rule["second_person"] == true {
        waits.push(
            "別の人の確認（muster confirm）を待ちます / for another person's word (muster confirm)"
                .to_owned(),
        );
    }
    if let Some(seconds) = rule["hold_seconds"].as_u64() {
        waits.push(format!(
            "{seconds} 秒間保留し、その間は取り消せます / held {seconds} s, can be cancelled meanwhile"
        ));
    }
    let decision = &rule["decision"];
    if decision["first"] == "handle-in-section" {
        waits.push(
            "課内で対応とし、後で判断を仰ぎます / handled in the section; a decision is asked for later"
                .to_owned(),
        );
    } else if decision.is_object() {
        let ask = decision["ask"].as_array().into_iter().flatten();
        let ask: Vec<&str> = ask.filter_map(Value::as_str).collect();
        waits.push(format!(
            "参集するかの判断を待ちます / for the decision of {}",
            ask.join(" > ")
        ));
    }
    if waits.is_empty() {
        return "待ちません。すぐに送ります / for nothing: sent at once".to_owned();
    }
    waits.join("\n                  ")
}

/// Who is called first, and how many in all if nobody answers.
struct Called {
    first: usize,
    all: usize,
    by_target: IndexMap<String, Vec<String>>,
}

fn called(rule: &Value) -> Called {
    let mut all = IndexSet::new();
    let mut by_target: IndexMap<String, Vec<String>> = IndexMap::new();
    let mut first = None;
    for step in rule["steps"].as_array().into_iter().flatten() {
        for person in people_of(step, "call") {
            let id = person["person"].as_str().unwrap_or_default().to_owned();
            all.insert(id);
            if first.is_none() {
                let name = person["name"].as_str().unwrap_or_default();
                for why in person["why"].as_array().into_iter().flatten() {
                    let target = why.as_str().unwrap_or_default().to_owned();
                    by_target.entry(target).or_default().push(name.to_owned());
                }
            }
        }
        if first.is_none() && !all.is_empty() {
            first = Some(all.len());
        }
    }
    Called {
        first: first.unwrap_or_default(),
        all: all.len(),
        by_target,
    }
}

fn people_of<'a>(step: &'a Value, purpose: &'a str) -> impl Iterator<Item = &'a Value> {
    let sent = step["sent"].as_array().into_iter().flatten();
    sent.filter(move |sent| sent["purpose"] == purpose)
        .flat_map(|sent| sent["people"].as_array().into_iter().flatten())
}

/// How many are told without being called, as it begins.
fn told(rule: &Value) -> usize {
    let steps = rule["steps"].as_array().into_iter().flatten();
    steps.flat_map(|step| people_of(step, "inform")).count()
}

fn people(called: &Called, told: usize) -> String {
    let Called { first, all, .. } = called;
    let mut said = format!(
        "はじめに {first} 人、誰も答えなければ全部で {all} 人 / {first} first, {all} in all if nobody answers"
    );
    if told > 0 {
        said.push_str(&format!(
            "\n                  ほかに {told} 人へ知らせます / {told} more are told"
        ));
    }
    said
}

fn named(people: Option<&Vec<String>>) -> String {
    let people = people.map(Vec::as_slice).unwrap_or_default();
    let shown = people.iter().take(NAMED).cloned().collect::<Vec<_>>();
    let said = shown.join("、");
    match people.len().saturating_sub(NAMED) {
        0 => said,
        more => format!("{said} ほか {more} 人"),
    }
}
