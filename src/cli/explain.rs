//! `muster explain`: who would be called, when and by which rule.
//!
//! Owns the table for people; `report::explain` owns the walk.

use std::sync::Arc;
use std::time::Duration;

use super::absences;
use super::arguments::{Explain, Global};
use super::configuration;
use super::daemon::messages;
use super::editions;
use super::event::EventCommand;
use super::failure::Failure;
use super::output::{self, both, label};
use super::table::Table;
use crate::clock::Clock;
use crate::config::Checked;
use crate::domain::call_out::clash::{Kind, clashes};
use crate::domain::plan::Plan;
use crate::domain::rule::{Confirm, Decision};
use crate::domain::text::Language;
use crate::engine::acceptable;
use crate::http::EventBody;
use crate::message::{Messages, dates, words};
use crate::report::explain::{Explained, Imagined, Step, explain as walk, json};

/// Prints what an event would do. Sends nothing; asks the daemon, where there
/// is one, which editions were in force before.
pub(super) async fn explain(global: &Global, arguments: &Explain) -> Result<(), Failure> {
    let (_, mut checked) = configuration::read_aloud(global)?;
    editions::know(global, &mut checked.plan).await;
    absences::know(global, &mut checked.plan).await;
    let plan = &checked.plan;
    let mut imagined = imagined(&arguments.event, plan)?;
    imagined.drill = arguments.drill;
    let now = Clock::system().now();
    acceptable(&imagined.event("explain", now), plan)
        .map_err(|refused| Failure::refused(refused.ja(), refused.to_string()))?;
    let explained = walk(plan, &imagined, now);
    if global.json {
        let messages = spoken(&checked)?;
        let mut value = json(explained.as_ref(), plan, &messages);
        if let (true, Some(explained)) = (arguments.mail, &explained) {
            value["mails"] = super::mails::json(explained, &messages, global.language())?;
        }
        output::json(&value);
        return Ok(());
    }
    let language = global.language();
    if arguments.mail {
        let messages = spoken(&checked)?;
        return super::mails::show(
            explained.as_ref(),
            &messages,
            language,
            arguments.out.as_deref(),
        );
    }
    output::say(&format!(
        "{} {}",
        label("版", "edition"),
        plan.edition.label()
    ));
    editions::say_caveats(&plan.edition);
    match &explained {
        Some(explained) => {
            rule(explained, language);
            doubled(explained, language);
            away(explained, plan, language);
            for step in &explained.steps {
                say_step(step, language);
            }
            proposals(explained, language);
        }
        None => output::say(&both(
            "該当する参集ルールはありません。誰も招集しません",
            "no rule applies; nobody would be called",
        )),
    }
    Ok(())
}

/// The words of mails, the town's own among them.
fn spoken(checked: &Checked) -> anyhow::Result<Messages> {
    let operator = &checked.operator;
    let messages = messages(&checked.plan, operator, &operator.http.public_url)?;
    Ok(messages.with_own(Arc::clone(&checked.own)))
}

/// An event of the command line that has not happened.
pub(super) fn imagined(event: &EventCommand, plan: &Plan) -> Result<Imagined, Failure> {
    let body: EventBody = serde_json::from_value(event.body()).map_err(|error| {
        Failure::usage(
            format!("この事象は受け付けられません（{error}）"),
            format!("the event is not acceptable: {error}"),
        )
    })?;
    body.imagined(&plan.roster)
        .map_err(|problem| Failure::usage(problem.said.ja, problem.said.en))
}

fn rule(explained: &Explained, language: Language) {
    let call_out = &explained.call_out;
    output::say("");
    output::say(&format!(
        "{}  {}  ({})",
        explained.rule.id,
        explained.rule.title.get(language),
        explained.rule.source
    ));
    if let Some(hours) = explained.hours {
        let say = |language| {
            let name = explained.holiday.as_ref();
            let name = name.map(|name| format!(" ({})", name.get(language)));
            words::hours(hours, language).to_owned() + &name.unwrap_or_default()
        };
        output::say(&format!(
            "  {}",
            both(&say(Language::Ja), &say(Language::En))
        ));
    }
    for (other, why) in &explained.shadowed {
        output::say(&format!(
            "  {} {} {}: {}",
            other.id,
            other.title.get(language),
            both("も該当しますが、使いません", "also matches, is not used"),
            words::precedence(*why, language)
        ));
    }
    output::say(&format!(
        "  {}: {}",
        label("集合場所", "place"),
        call_out.place.get(language)
    ));
    for line in waits(explained, language) {
        output::say(&format!("  {line}"));
    }
    let mut table = Table::new([
        format!("  {}", label("対象", "target")),
        label("必要", "need"),
        label("順位", "candidates"),
    ]);
    for target in &call_out.targets {
        let candidates: Vec<&str> = target
            .candidates
            .iter()
            .map(|person| person.as_str())
            .collect();
        table.row([
            format!("  {}", target.name.get(language)),
            target.need.to_string(),
            shorten(&candidates),
        ]);
    }
    output::table(&table);
}

/// Who stands in several targets: called once, counted in each.
fn doubled(explained: &Explained, language: Language) {
    for clash in clashes(&[&explained.call_out]) {
        if clash.kind == Kind::Within {
            output::say(&format!("  {}", words::within(&clash, language)));
        }
    }
}

/// Who is away, and who comes in their place.
fn away(explained: &Explained, plan: &Plan, language: Language) {
    for away in &explained.away {
        let until = words::away(away.until, &plan.time_zone, language);
        let targets: Vec<&str> = away.targets.iter().map(|name| name.get(language)).collect();
        let instead: Vec<String> = away
            .instead
            .iter()
            .map(|(person, name)| format!("{person} {}", name.get(language)))
            .collect();
        let instead = match &instead[..] {
            [] => label("なし", "nobody"),
            instead => instead.join("、"),
        };
        output::say(&format!(
            "  {}: {} {} {until} {}",
            label("呼ばない", "passed over"),
            away.person,
            away.name.get(language),
            targets.join("、")
        ));
        output::say(&format!("    → {}: {instead}", label("代わり", "instead")));
    }
}

/// Whom to ask for help.
fn proposals(explained: &Explained, language: Language) {
    for proposal in explained.call_out.proposed_help() {
        let systems: Vec<String> = proposal.systems.iter().map(u16::to_string).collect();
        output::say(&format!(
            "  {}: {} {} ({})",
            label("協力依頼の案", "help to ask for"),
            proposal.vendor,
            proposal.name.get(language),
            systems.join(", ")
        ));
    }
}

/// What it waits for before anybody is called.
fn waits(explained: &Explained, language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    match explained.rule.confirm {
        Confirm::None => {}
        Confirm::Hold { seconds } => lines.push(both(
            &format!("{seconds} 秒間保留し、その間は取り消せます"),
            &format!("held {seconds} s, can be cancelled meanwhile"),
        )),
        Confirm::SecondPerson { seconds } => lines.push(both(
            &format!("入力した人とは別の人の確認を待ちます（{seconds} 秒ごとに警報）"),
            &format!("waits for another person's word, alarms every {seconds} s"),
        )),
    }
    let Some(decision) = &explained.rule.decision else {
        return lines;
    };
    let asked: Vec<&str> = explained
        .asked
        .iter()
        .map(|who| who.get(language))
        .collect();
    let length = dates::length;
    let (within, again) = (decision.within, decision.again);
    let (ja, en) = (Language::Ja, Language::En);
    if decision.first == Some(Decision::HandleInSection) {
        lines.push(both(
            &format!(
                "はじめは課内で対応、{}後に判断を求めます",
                length(again, ja)
            ),
            &format!(
                "begins as handled in the section, asked after {}",
                length(again, en)
            ),
        ));
    }
    lines.push(format!(
        "{}: {}",
        label("判断を尋ねる順", "asked to decide"),
        asked.join(" → ")
    ));
    lines.push(both(
        &format!("返事がなければ{}後に次の人へ", length(within, ja)),
        &format!("the next after {} without a word", length(within, en)),
    ));
    lines.push(both(
        &format!("課内で対応なら{}後に改めて確かめます", length(again, ja)),
        &format!(
            "asked again {} after it was left to the section",
            length(again, en)
        ),
    ));
    lines
}

fn say_step(step: &Step, language: Language) {
    for (purpose, people) in &step.sent {
        output::say(&format!(
            "  +{}  {} {}  {} {}",
            offset(step.after),
            label("段階", "stage"),
            step.stage,
            words::purpose(*purpose, language),
            match language {
                Language::Ja => format!("{} 人", people.len()),
                Language::En => people.len().to_string(),
            }
        ));
        let mut table = Table::new([
            format!("        {}", label("誰", "who")),
            label("手段", "by"),
            label("理由", "why"),
        ]);
        for reached in people {
            let why: Vec<&str> = reached.why.iter().map(|name| name.get(language)).collect();
            table.row([
                format!("        {} {}", reached.person, reached.name.get(language)),
                reached.channels.join(" "),
                why.join("、"),
            ]);
        }
        output::table(&table);
    }
}

fn shorten(names: &[&str]) -> String {
    const SHOWN: usize = 6;
    if names.len() <= SHOWN {
        return names.join(" > ");
    }
    format!("{} > … ({})", names[..SHOWN].join(" > "), names.len())
}

/// `00:10:00`
pub(super) fn offset(after: Duration) -> String {
    let seconds = after.as_secs();
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
