//! `muster drill`: started, called off, listed, what comes next.
//!
//! Owns what is printed. When a drill is due is the daemon's to say.

use serde_json::{Value, json};

use super::absent::segment;
use super::arguments::{DrillCommand, Global};
use super::client::Client;
use super::drill_record;
use super::failure::Failure;
use super::output::{self, both, label};
use super::table::Table;

const DRILLS: &str = "/api/v1/drills";

/// `muster drill`
pub(super) async fn drill(global: &Global, command: DrillCommand) -> Result<(), Failure> {
    let client = Client::new(global)?;
    match command {
        DrillCommand::Start {
            name,
            force,
            reason,
        } => {
            let body = json!({ "name": name, "force": force, "reason": reason });
            let started = client.post(DRILLS, &body).await?;
            say_started(global, &started);
        }
        DrillCommand::Record(record) => drill_record::record(global, &record).await?,
        DrillCommand::Records(asked) => drill_record::records(global, &asked).await?,
        DrillCommand::Withdraw { record, reason } => {
            drill_record::withdraw(global, &record, &reason).await?;
        }
        DrillCommand::List => list(global, &client.get(DRILLS).await?),
        DrillCommand::Next => next(global, &client.get(DRILLS).await?),
        DrillCommand::Cancel { name, reason } => {
            let path = format!("{DRILLS}/{}/cancel", segment(&name));
            let off = client.post(&path, &json!({ "reason": reason })).await?;
            say_called_off(global, &off);
        }
    }
    Ok(())
}

fn say_started(global: &Global, started: &Value) {
    if global.json {
        output::json(started);
        return;
    }
    let call_out = started["call_out"].as_str().unwrap_or_default();
    output::say(&both(
        "訓練を開始しました",
        &format!("drill started: {call_out}"),
    ));
    output::say(&format!("  muster status {call_out} --watch"));
}

fn say_called_off(global: &Global, off: &Value) {
    if global.json {
        output::json(off);
        return;
    }
    let when = off["cancelled"]["when"].as_str().unwrap_or_default();
    output::say(&both(
        &format!("訓練の回を中止しました: {when}"),
        &format!("called off: {when}"),
    ));
    output::say(&match off["next"]["when"].as_str() {
        Some(next) => both(&format!("次の回: {next}"), &format!("next: {next}")),
        None => both("次の回はありません", "nothing comes after it"),
    });
}

fn field(drill: &Value, name: &str) -> String {
    drill[name].as_str().unwrap_or("-").to_owned()
}

fn drills(all: &Value) -> impl Iterator<Item = &Value> {
    all["drills"].as_array().into_iter().flatten()
}

fn list(global: &Global, all: &Value) {
    if global.json {
        output::json(all);
        return;
    }
    let mut table = Table::new([
        label("名前", "name"),
        label("種別", "kind"),
        label("事業者", "vendors"),
        label("訓練", "drill"),
        label("前回", "last"),
        label("次の予定", "next"),
    ]);
    for drill in drills(all) {
        let vendors = if drill["vendors"] == true {
            label("依頼する", "asked")
        } else {
            "-".to_owned()
        };
        table.row([
            field(drill, "name"),
            field(drill, "kind"),
            vendors,
            field(drill, "title"),
            last(drill),
            field(&drill["next"], "when"),
        ]);
    }
    output::table(&table);
}

/// The day and time of the last run.
fn last(drill: &Value) -> String {
    let at = drill["last_at"].as_str().unwrap_or("-");
    at.get(..16).unwrap_or(at).replace('T', " ")
}

fn next(global: &Global, all: &Value) {
    let mut due: Vec<&Value> = drills(all)
        .filter(|drill| drill["next"].is_object())
        .collect();
    let when = |drill: &Value| {
        let next = &drill["next"];
        let at = next["at"].as_str().or_else(|| next["from"].as_str());
        at.unwrap_or_default().to_owned()
    };
    due.sort_by_key(|drill| when(drill));
    if global.json {
        output::json(&json!({ "drills": due }));
        return;
    }
    if due.is_empty() {
        output::say(&both(
            "予定のある訓練はありません。rules.toml の [[drill]] に schedule を書くと、ひとりでに始まります",
            "no drill is scheduled: write schedule in a [[drill]] of rules.toml, and it starts by itself",
        ));
        return;
    }
    let mut table = Table::new([
        label("次の予定", "next"),
        label("名前", "name"),
        label("訓練", "drill"),
        label("決まり", "schedule"),
        label("備考", "note"),
    ]);
    for drill in due {
        let next = &drill["next"];
        let note = |name: &str, ja: &str, en: &str| (next[name] == true).then(|| label(ja, en));
        let notes = [
            note("moved", "延期", "moved"),
            note("announced", "予告済み", "announced"),
        ];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        table.row([
            field(next, "when"),
            field(drill, "name"),
            field(drill, "title"),
            field(drill, "schedule"),
            notes.join(" "),
        ]);
    }
    output::table(&table);
}
