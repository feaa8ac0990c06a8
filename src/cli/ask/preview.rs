//! What would happen, before the last yes: from `POST /api/v1/explain`.
//!
//! Owns the layout. The figures are the daemon's: what it would do now.

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use super::super::output::{self, both, label};
use super::super::table::Table;

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
        None => output::say(&both(
            "該当する規則はありません。記録だけを残し、誰も呼びません",
            "no rule applies: it is kept, and nobody is called",
        )),
    }
    output::say(RULE);
}

/// What the event becomes in a call-out that runs, which it joins.
fn say_joined(now: &Value, rule: Option<&Value>) {
    let text = |name: &str| now[name].as_str().unwrap_or_default();
    let running = format!("{}  {}", text("call_out"), text("title"));
    output::item("実行中", "running", &running);
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
            "該当する規則なし。誰も呼びません".to_owned(),
            "no rule applies: nobody is called".to_owned(),
        ),
    };
    output::item("扱い", "becomes", &both(&ja, &en));
    if matches!(now["decision"].as_str(), Some("grown" | "held"))
        && let Some(rule) = rule
    {
        let id = rule["rule"].as_str().unwrap_or_default();
        let title = rule["title"].as_str().unwrap_or_default();
        output::item("規則", "rule", &format!("{id}  {title}"));
        output::item("待ち", "waits", &waits(rule));
    }
    output::item("集合場所", "place", text("place"));
    if count > 0 {
        let named = named(Some(&called));
        output::item("追加", "added", &named);
    }
}

fn say_rule(rule: &Value, explained: &Value) {
    let text = |name: &str| rule[name].as_str().unwrap_or_default();
    let title = format!("{}  {}  ({})", text("rule"), text("title"), text("source"));
    output::item("規則", "rule", &title);
    let edition = explained["edition"].as_str().unwrap_or_default();
    output::item("版", "edition", edition);
    if explained["approved"] == false {
        output::item(
            "",
            "",
            &both("この版は未承認です", "this edition is not approved"),
        );
    }
    output::item("集合場所", "place", text("place"));
    output::item("待ち", "waits", &waits(rule));
    output::item("件名", "subject", text("subject"));
    let called = called(rule);
    output::item("人数", "people", &people(&called, told(rule)));
    let mut table = Table::new([
        label("対象", "target"),
        label("必要", "need"),
        label("はじめに呼ぶ人", "called first"),
    ]);
    for target in rule["targets"].as_array().into_iter().flatten() {
        let name = target["name"].as_str().unwrap_or_default();
        table.row([
            name.to_owned(),
            target["need"].to_string(),
            named(called.by_target.get(name)),
        ]);
    }
    output::say("");
    output::table(&table);
}

/// What stands between the yes and the first message.
fn waits(rule: &Value) -> String {
    let mut waits = Vec::new();
    if rule["second_person"] == true {
        waits.push(both(
            "別の人の確認（muster confirm）を待ちます",
            "for another person's word (muster confirm)",
        ));
    }
    if let Some(seconds) = rule["hold_seconds"].as_u64() {
        waits.push(both(
            &format!("{seconds} 秒間保留し、その間は取り消せます"),
            &format!("held {seconds} s, can be cancelled meanwhile"),
        ));
    }
    let decision = &rule["decision"];
    if decision["first"] == "handle-in-section" {
        waits.push(both(
            "課内で対応とし、後で判断を仰ぎます",
            "handled in the section; a decision is asked for later",
        ));
    } else if decision.is_object() {
        let ask = decision["ask"].as_array().into_iter().flatten();
        let ask: Vec<&str> = ask.filter_map(Value::as_str).collect();
        let said = both("参集するかの判断を待ちます", "for the decision of");
        waits.push(format!("{said} {}", ask.join(" > ")));
    }
    if waits.is_empty() {
        return both("待ちません。すぐに送ります", "for nothing: sent at once");
    }
    waits.join("\n")
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
    let mut said = both(
        &format!("はじめに {first} 人、誰も答えなければ全部で {all} 人"),
        &format!("{first} first, {all} in all if nobody answers"),
    );
    if told > 0 {
        said.push('\n');
        said.push_str(&both(
            &format!("ほかに {told} 人へ知らせます"),
            &format!("{told} more are told"),
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
