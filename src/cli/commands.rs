//! Commands that ask the daemon to do something.
//!
//! Owns what is printed after it was done: one line for people, the API's
//! JSON for programs.

use serde_json::{Value, json};

use super::arguments::{Acknowledge, Decide, Global, Grow, RequestHelp, StandDown, Trigger, Word};
use super::ask;
use super::client::Client;
use super::event::ReportCommand;
use super::failure::Failure;
use super::once::Once;
use super::output::{self, both};
use super::status;

/// `muster trigger`
pub(super) async fn trigger(global: &Global, trigger: Trigger) -> Result<(), Failure> {
    if trigger.event.is_none() {
        ask::wants_terminal()?;
    }
    let client = Client::new(global)?;
    let accepted = match &trigger.event {
        Some(event) => {
            let once = Once::new(event.key())?;
            let body = event.body_under(once.key());
            let told = client.post("/api/v1/events", &body);
            told.await.map_err(|failure| once.again(failure))?
        }
        None => ask::trigger(&client).await?,
    };
    if global.json {
        output::json(&accepted);
        return Ok(());
    }
    let call_outs = names(&accepted["call_outs"]);
    if accepted["decision"] == "nothing-new" {
        let [ja, en] = NOTHING_NEW;
        output::say(&format!("{}: {}", both(ja, en), call_outs.join(" ")));
    } else if accepted["decision"] == "held" {
        let [ja, en] = HELD;
        output::say(&format!("{}: {}", both(ja, en), call_outs.join(" ")));
    } else if accepted["duplicate"] == true {
        output::say(&format!(
            "{}: {}",
            both(
                "同じ key の事象は既に受け付けています",
                "told before under this key"
            ),
            call_outs.join(" ")
        ));
    } else if accepted["decision"] == "aftershock" {
        output::say(&format!(
            "{}: {}",
            both(
                "余震として記録し、管理者に知らせました。新たな招集はしません",
                "an aftershock that is not stronger: kept, administrators told, nobody called"
            ),
            call_outs.join(" ")
        ));
    } else if accepted["decision"] == "grown" {
        output::say(&format!(
            "{}: {}",
            both(
                "続報として受け付け、足りない人を招集しています",
                "a later report: whoever is missing is called"
            ),
            call_outs.join(" ")
        ));
    } else if call_outs.is_empty() {
        output::say(&both(
            "記録しました。該当する参集ルールはなく、誰も招集しません",
            "kept; no rule applies, nobody is called",
        ));
    } else {
        output::say(&format!(
            "{}: {}",
            both("受け付けました", "accepted"),
            call_outs.join(" ")
        ));
        output::say(&format!("  muster status {} --watch", call_outs[0]));
    }
    Ok(())
}

/// A later report whose rule waits for a word.
const HELD: [&str; 2] = [
    "続報として受け付けました。保留中のため、加わる人はまだ招集していません（始める muster confirm、止める muster cancel）",
    "a later report, held: nobody whom it adds is called yet (muster confirm begins it, muster cancel stops it)",
];

/// A later report that says what is known.
const NOTHING_NEW: [&str; 2] = [
    "すでに知られている内容です。何も変えず、誰にも知らせていません",
    "nothing new: nothing is changed and nobody is told",
];

fn names(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// `muster acknowledge`
pub(super) async fn acknowledge(global: &Global, answer: Acknowledge) -> Result<(), Failure> {
    let body = json!({
        "person": answer.person,
        "answer": answer.answer.name(),
        "eta_minutes": answer.eta,
        "note": answer.note,
    });
    command(global, &answer.call_out, "acknowledgements", &body).await
}

/// `muster decide`
pub(super) async fn decide(global: &Global, decide: Decide) -> Result<(), Failure> {
    let body = json!({ "decision": decide.decision, "by": decide.by });
    command(global, &decide.call_out, "decide", &body).await
}

/// `muster request-help`
pub(super) async fn request_help(global: &Global, help: RequestHelp) -> Result<(), Failure> {
    let body = json!({
        "vendors": help.vendors,
        "systems": help.systems,
        "note": help.note,
        "by": help.by,
    });
    command(global, &help.call_out, "request-help", &body).await
}

/// `muster grow`
pub(super) async fn grow(global: &Global, grow: Grow) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let path = format!("/api/v1/call-outs/{}", grow.call_out);
    let grown = format!("{path}/grow");
    let taken = match &grow.report {
        ReportCommand::Withdrawn => client.post(&grown, &json!({ "kind": "withdrawn" })).await?,
        ReportCommand::Event(event) => {
            let once = Once::new(event.key())?;
            let body = event.body_under(once.key());
            let told = client.post(&grown, &body);
            told.await.map_err(|failure| once.again(failure))?
        }
    };
    if global.json {
        output::json(&taken);
        return Ok(());
    }
    let [ja, en] = match taken["decision"].as_str() {
        Some("grown") => [
            "拡大として受け付け、足りない人を招集しています",
            "grown: whoever is missing is called",
        ],
        Some("held") => HELD,
        Some("nothing-new") => NOTHING_NEW,
        Some("duplicate") => [
            "同じ key の続報は既に受け付けています",
            "told before under this key",
        ],
        _ => [
            "訂正として受け付けました。待ち時間の後に参集不要を知らせます（muster cancel で止められます）",
            "taken as a correction: people are released after a wait; muster cancel stops it",
        ],
    };
    output::say(&both(ja, en));
    output::say(&status::line(&client.get(&path).await?));
    Ok(())
}

/// `muster confirm`: what is confirmed is what stands now, by its digest.
pub(super) async fn confirm(global: &Global, word: Word) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let held = client
        .get(&format!("/api/v1/call-outs/{}", word.call_out))
        .await?;
    let body = json!({ "by": word.by, "reason": word.reason, "digest": held["digest"] });
    command(global, &word.call_out, "confirm", &body).await
}

/// `muster cancel`
pub(super) async fn cancel(global: &Global, word: Word) -> Result<(), Failure> {
    let body = json!({ "by": word.by, "reason": word.reason });
    command(global, &word.call_out, "cancel", &body).await
}

/// `muster stand-down`
pub(super) async fn stand_down(global: &Global, word: StandDown) -> Result<(), Failure> {
    let body = json!({ "by": word.by, "reason": word.reason, "false_alarm": word.false_alarm });
    command(global, &word.call_out, "stand-down", &body).await
}

pub(super) async fn command(
    global: &Global,
    call_out: &str,
    what: &str,
    body: &Value,
) -> Result<(), Failure> {
    let client = Client::new(global)?;
    let after = client
        .post(&format!("/api/v1/call-outs/{call_out}/{what}"), body)
        .await?;
    if global.json {
        output::json(&after);
    } else {
        output::say(&format!(
            "{}: {}",
            both("記録しました", "recorded"),
            status::line(&after)
        ));
    }
    Ok(())
}
