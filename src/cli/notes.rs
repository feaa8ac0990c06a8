//! What a duty officer must know of a call-out besides its figures, on a
//! terminal: what is waited for, until when, and which command to type.
//!
//! Owns these lines; what is said in sentences comes from the API. It must not
//! decide whether a command would be taken.

use serde_json::Value;

use super::output::{both, label, pick};
use super::status::{clock_time, text};
use crate::domain::rule::Decision;
use crate::domain::text::Language;
use crate::message::words;

/// What a sentence begins with.
pub(super) const NOTE: &str = "! ";

/// The most lines where people are to be seen on the same screen.
const FEW: usize = 7;

/// The lines of a call-out; a few of them, or all.
pub(super) fn lines(call_out: &Value, language: Language, all: bool) -> Vec<String> {
    let mut lines = waits(call_out, language);
    // A correction's note comes first: what ends its wait stands below it.
    let mut correction = correction(call_out);
    for note in list(&call_out["notes"]) {
        lines.push(format!("! {}", text(note, language.tag())));
        lines.extend(correction.take());
    }
    lines.extend(away(call_out, language));
    clashes(call_out, language, all, &mut lines);
    if all || lines.len() <= FEW {
        return lines;
    }
    let more = lines.len() - (FEW - 1);
    lines.truncate(FEW - 1);
    let more = both(&format!("ほか {more} 件"), &format!("{more} more"));
    lines.push(format!("! … {more}: --all"));
    lines
}

/// A list of the API.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What it waits for, and the command that ends the wait.
fn waits(call_out: &Value, language: Language) -> Vec<String> {
    let id = text(call_out, "id");
    let mut lines = Vec::new();
    match call_out["state"].as_str() {
        Some("held") => held(call_out, &id, &mut lines),
        Some("awaiting_decision") => {
            if call_out["decision"]["in_section"] == true {
                lines.push(pick(
                    "課内で対応中。判断を改めて求めています handled in the section",
                    "handled in the section; a decision is asked for again",
                ));
            }
            let asked = list(&call_out["decision"]["asked"]).iter();
            let asked: Vec<String> = asked.map(|person| text(person, "name")).collect();
            let (asked, due) = (asked.join(", "), clock_time(&call_out["decision"], "due"));
            lines.push(pick(
                &format!("判断待ち decision wanted: {asked} … {due} まで until"),
                &format!("decision wanted: {asked} … until {due}"),
            ));
            lines.push(format!(
                "  → muster decide {id} muster|handle-in-section --by PERSON"
            ));
        }
        _ => {}
    }
    if let Some(decided) = decided(&call_out["decision"], language) {
        lines.push(decided);
    }
    growth(call_out, &id, &mut lines);
    match call_out["state"].as_str() {
        Some("in_section") => {
            let due = clock_time(&call_out["decision"], "due");
            lines.push(pick(
                &format!("課内で対応中 in the section: {due} に改めて尋ねます asked again"),
                &format!("in the section: asked again at {due}"),
            ));
            lines.push(pick(
                &format!("  → muster decide {id} muster --by PERSON（閉じる close: stand-down）"),
                &format!("  → muster decide {id} muster --by PERSON (close: stand-down)"),
            ));
        }
        Some("exhausted") if call_out["decision"]["wanted"] == true => {
            let due = clock_time(&call_out["decision"], "due");
            lines.push(pick(
                &format!("判断なし nobody has decided: {due} に改めて尋ねます asked again"),
                &format!("nobody has decided: asked again at {due}"),
            ));
            lines.push(format!(
                "  → muster decide {id} muster|handle-in-section --by PERSON"
            ));
        }
        _ => {}
    }
    lines
}

/// Who is passed over because they are away.
fn away(call_out: &Value, language: Language) -> Option<String> {
    let one = |person: &Value| {
        let (name, until) = (text(person, "name"), clock_time(person, "until"));
        match language {
            Language::Ja => format!("{name}（{until}まで）"),
            Language::En => format!("{name} (until {until})"),
        }
    };
    let people: Vec<String> = list(&call_out["away"]).iter().map(one).collect();
    let word = match language {
        Language::Ja => "不在のため呼び出していない人",
        Language::En => "away and passed over",
    };
    (!people.is_empty()).then(|| format!("! {word}: {}", people.join("、")))
}

fn correction(call_out: &Value) -> Option<String> {
    let id = text(call_out, "id");
    call_out["correction_due"].is_string().then(|| {
        let due = clock_time(call_out, "correction_due");
        pick(
            &format!("  → {due} まで: muster cancel {id}（今すぐ now: confirm）"),
            &format!("  → until {due}: muster cancel {id} (now: confirm)"),
        )
    })
}

/// Who is wanted in two duties: the names, or every duty and deputy.
fn clashes(call_out: &Value, language: Language, all: bool, lines: &mut Vec<String>) {
    let clashes = list(&call_out["clashes"]);
    let (word, more) = match language {
        Language::Ja => ("兼務の衝突", "代理の案は --all"),
        Language::En => ("clashes of duties", "deputies: --all"),
    };
    let (between, others): (Vec<&Value>, Vec<&Value>) =
        clashes.iter().partition(|clash| clash["kind"] == "between");
    let said = |clash: &&Value| text(clash, language.tag());
    lines.extend(others.iter().map(|clash| format!("! {}", said(clash))));
    if all {
        let clashes = between.iter();
        lines.extend(clashes.map(|clash| format!("! {word}: {}", said(clash))));
    } else if !between.is_empty() {
        let names: Vec<String> = between.iter().map(|clash| text(clash, "name")).collect();
        lines.push(format!(
            "! {word} {} ({more}): {}",
            names.len(),
            names.join("、")
        ));
    }
}

fn held(call_out: &Value, id: &str, lines: &mut Vec<String>) {
    let until = clock_time(call_out, "held_until");
    if call_out["second_person"] == true {
        let (digest, by) = (text(call_out, "digest"), text(call_out, "entered_by"));
        lines.push(pick(
            &format!("別の人の確認待ち second person wanted: 確認番号 digest {digest}"),
            &format!("second person wanted: digest {digest}"),
        ));
        lines.push(entered(&by, &until));
    } else {
        let digest = text(call_out, "digest");
        lines.push(pick(
            &format!("保留中 held: {until} に自動で開始 begins  確認番号 digest {digest}"),
            &format!("held: begins by itself at {until}  digest {digest}"),
        ));
    }
    lines.push(format!("  → muster confirm {id}   muster cancel {id}"));
}

/// A later report that waits, and the commands that end the wait.
fn growth(call_out: &Value, id: &str, lines: &mut Vec<String>) {
    let growth = &call_out["growth"];
    if !growth.is_object() {
        return;
    }
    let until = clock_time(growth, "until");
    if growth["second_person"] == true {
        let (digest, by) = (text(growth, "digest"), text(growth, "entered_by"));
        lines.push(pick(
            &format!(
                "拡大は別の人の確認待ち growth: second person wanted: 確認番号 digest {digest}"
            ),
            &format!("growth: second person wanted: digest {digest}"),
        ));
        lines.push(entered(&by, &until));
    } else {
        lines.push(pick(
            &format!("拡大を保留中 growth held: {until} に追加招集 calls whom it adds"),
            &format!("growth held: calls whom it adds at {until}"),
        ));
    }
    lines.push(format!("  → muster confirm {id}   muster cancel {id}"));
}

/// The decision that stands.
fn decided(decision: &Value, language: Language) -> Option<String> {
    let name = decision["decided"].as_str()?;
    let word = Decision::parse(name).map(|decision| words::decision(decision, language));
    let by = text(decision, "by");
    let who = match decision["name"].as_str() {
        // Through the own link: nobody else entered it.
        Some(person) if by.starts_with("link:") => person.to_owned(),
        Some(person) => format!("{person}, {by}"),
        None => by,
    };
    Some(format!(
        "{}: {} {name}（{who}, {}）",
        label("判断", "decided"),
        word.unwrap_or_default(),
        clock_time(decision, "at")
    ))
}

/// Who entered what waits for another person, and until when it waits.
fn entered(by: &str, until: &str) -> String {
    pick(
        &format!("  入力者 entered by {by}（この人以外 anybody else）  警報 alarm {until}"),
        &format!("  entered by {by} (anybody else)  alarm {until}"),
    )
}
