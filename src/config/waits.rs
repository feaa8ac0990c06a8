//! What a rule waits for: a time to cancel, a second person, a decision. And
//! what the town set for later reports, in prepared texts and for requests
//! for help.
//!
//! Owns the checks of these; whom a rule calls is checked in `rules`.

use std::time::Duration;

use indexmap::IndexMap;

use super::findings::Findings;
use super::names::Names;
use super::rules::Against;
use super::table::{Table, Word};
use super::value::{choice, id, positive};
use crate::domain::id::VendorId;
use crate::domain::plan::{HELP_WITHIN, Prepared, Reports, people};
use crate::domain::rule::{Confirm, Decision, DecisionRule, Selector};

/// What stands between the trigger and the first message.
pub(super) fn confirm(table: Table<'_>, findings: &mut Findings) -> Confirm {
    if let Some(word) = table.text("confirm")
        && word.text != "none"
    {
        findings
            .error(
                word.place,
                format!("\"{}\" is no way to confirm", word.text),
            )
            .advise(
                "write confirm = \"none\", a time to cancel in: confirm = { hold = \"60s\" }, or confirm = { second_person = \"10m\" }",
            );
    }
    let Some(confirm) = table.table("confirm") else {
        return Confirm::None;
    };
    let seconds = |word: Word<'_>, findings: &mut Findings| {
        let wait = positive(word, findings)?;
        Some(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX))
    };
    let said = match (confirm.text("hold"), confirm.text("second_person")) {
        (Some(word), None) => {
            seconds(word, findings).map_or(Confirm::None, |seconds| Confirm::Hold { seconds })
        }
        (None, Some(word)) => seconds(word, findings)
            .map_or(Confirm::None, |seconds| Confirm::SecondPerson { seconds }),
        (both, _) => {
            let said = if both.is_some() { "two" } else { "no" };
            findings
                .error(
                    confirm.place,
                    format!("this confirm names {said} ways to wait"),
                )
                .advise("write { hold = \"60s\" } or { second_person = \"10m\" }");
            Confirm::None
        }
    };
    let quake = table
        .table("when")
        .is_some_and(|when| when.has("earthquake"));
    if quake && said != Confirm::None {
        findings
            .warn(
                confirm.place,
                "an earthquake that a machine tells waits for nobody (5(1)ア): this holds only those that a person enters",
            )
            .advise("write confirm = \"none\"");
    }
    said
}

/// The decision that a rule leaves to a person.
pub(super) fn decision(
    table: Table<'_>,
    against: Against<'_>,
    findings: &mut Findings,
) -> Option<DecisionRule> {
    let decision = table.table("decision")?;
    let words = decision.texts("ask");
    let ask = against.names.selectors(&words, findings);
    once_each(&words, findings);
    let nobody = against.roster_complete && people(&ask, against.roster).is_empty();
    if decision.is_empty_list("ask") || (nobody && ask.len() == words.len()) {
        findings
            .error(decision.place_of("ask"), "nobody is asked for the decision")
            .advise("name who decides, and who is asked next: ask = [\"post:it-manager\", \"post:cio\"]");
    }
    if ask.len() == 1 && words.len() == 1 {
        findings
            .warn(
                decision.place_of("ask"),
                "only one is asked: nobody decides when they do not answer",
            )
            .advise("name the next in line too");
    }
    if table.tables("target").is_empty() {
        findings
            .warn(
                decision.place,
                "nobody would gather on the decision to muster: the rule has no [[rule.target]]",
            )
            .advise("add [[rule.target]] for those who gather once it is decided");
    }
    let wait = |key: &str, findings: &mut Findings| {
        let word = decision.text(key)?;
        positive(word, findings)
    };
    let firsts = Decision::ALL.map(|decision| (decision.name(), decision));
    Some(DecisionRule {
        ask,
        within: wait("within", findings).unwrap_or(Duration::from_secs(600)),
        again: wait("again", findings).unwrap_or(Duration::from_secs(3600)),
        first: decision
            .text("first")
            .and_then(|word| choice(word, "decision", &firsts, findings)),
    })
}

/// Refuses somebody who is asked twice in one line.
fn once_each(words: &[Word<'_>], findings: &mut Findings) {
    for (index, word) in words.iter().enumerate() {
        if words[..index].iter().any(|before| before.text == word.text) {
            findings
                .error(word.place, format!("\"{}\" is asked twice", word.text))
                .advise("name each once; it is asked again after the time in again");
        }
    }
}

/// How later reports of what runs already are taken.
pub(super) fn reports(file: Table<'_>, findings: &mut Findings) -> Reports {
    let usual = Reports::default();
    let Some(table) = file.table("reports") else {
        return usual;
    };
    let mut wait = |key: &str, usual: Duration| {
        let word = table.text(key);
        word.and_then(|word| positive(word, findings))
            .unwrap_or(usual)
    };
    Reports {
        aftershock_window: wait("aftershock_window", usual.aftershock_window),
        correct_after: wait("correct_after", usual.correct_after),
    }
}

/// How long a vendor's desk is waited for before the next one is asked.
pub(super) fn help_within(file: Table<'_>, findings: &mut Findings) -> Duration {
    let table = file.table("help");
    let word = table.and_then(|table| table.text("within"));
    word.and_then(|word| positive(word, findings))
        .unwrap_or(HELP_WITHIN)
}

/// The vendors that a rule asks for help, each once.
pub(super) fn help(table: Table<'_>, names: &Names, findings: &mut Findings) -> Vec<VendorId> {
    let words = table.texts("help");
    for (index, word) in words.iter().enumerate() {
        if words[..index].iter().any(|before| before.text == word.text) {
            findings
                .error(word.place, format!("\"{}\" is asked twice", word.text))
                .advise("name each vendor once");
        }
    }
    let known = words
        .into_iter()
        .filter(|word| names.vendors.knows(*word, findings));
    known.map(|word| VendorId::from(word.text)).collect()
}

/// Texts that one person can send within seconds.
pub(super) fn prepared(file: Table<'_>, findings: &mut Findings) -> Prepared {
    let Some(table) = file.table("prepared") else {
        return Prepared::default();
    };
    let mut words = IndexMap::new();
    let mut seen = std::collections::HashMap::new();
    for word in table.tables("word") {
        if let (Some(name), Some(text)) = (word.text("id"), word.words("text"))
            && id(name, findings).is_some()
            && super::value::once(&mut seen, name, "prepared text", findings)
        {
            words.insert(name.text.to_owned(), text);
        }
    }
    Prepared {
        false_alarm: table.words("false_alarm").unwrap_or_default(),
        withdrawn: table.words("withdrawn").unwrap_or_default(),
        words,
    }
}

/// Who is told of what is held.
pub(super) fn approvers(file: Table<'_>, names: &Names, findings: &mut Findings) -> Vec<Selector> {
    names.selectors(&file.texts("approvers"), findings)
}
