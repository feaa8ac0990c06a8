//! What a rule waits for: a time to cancel, a second person, a decision. And
//! what the town set for later reports, in prepared texts and for requests
//! for help.
//!
//! Owns the checks of these; whom a rule calls is checked in `rules`.

use std::time::Duration;

use indexmap::IndexMap;

use super::findings::Findings;
use super::names::Names;
use super::noun::noun;
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
                format!("「{}」という確認方法はありません", word.text), format!("\"{}\" is no way to confirm", word.text),
            )
            .advise(
                "confirm = \"none\"、取り消せる時間を置く confirm = { hold = \"60s\" }、別の人が承認する confirm = { second_person = \"10m\" } のどれかを書いてください", "write confirm = \"none\", a time to cancel in: confirm = { hold = \"60s\" }, or confirm = { second_person = \"10m\" }",
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
            let (ja, en) = match both {
                Some(_) => ("二つあります", "two"),
                None => ("書かれていません", "no"),
            };
            findings
                .error(
                    confirm.place,
                    format!("confirm の待ち方が{ja}"),
                    format!("this confirm names {en} ways to wait"),
                )
                .advise(
                    "{ hold = \"60s\" } か { second_person = \"10m\" } と書いてください",
                    "write { hold = \"60s\" } or { second_person = \"10m\" }",
                );
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
                "自動で受けた地震は誰の確認も待ちません（5(1)ア）。保留されるのは人が入力したものだけです", "an earthquake that a machine tells waits for nobody (5(1)ア): this holds only those that a person enters",
            )
            .advise("confirm = \"none\" と書いてください", "write confirm = \"none\"");
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
            .error(decision.place_of("ask"), "判断を求める相手が誰もいません", "nobody is asked for the decision")
            .advise("判断する人と次の人を ask = [\"post:it-manager\", \"post:cio\"] のように書いてください", "name who decides, and who is asked next: ask = [\"post:it-manager\", \"post:cio\"]");
    }
    if ask.len() == 1 && words.len() == 1 {
        findings
            .warn(
                decision.place_of("ask"),
                "判断を求める相手が一人だけで、返事がないと誰も判断できません",
                "only one is asked: nobody decides when they do not answer",
            )
            .advise(
                "次に判断する人も書いてください",
                "name the next in line too",
            );
    }
    if table.tables("target").is_empty() {
        findings
            .warn(
                decision.place,
                "「集まる」と判断しても集まる人がいません。規則に [[rule.target]] がありません",
                "nobody would gather on the decision to muster: the rule has no [[rule.target]]",
            )
            .advise(
                "判断の後に集まる人を [[rule.target]] に書いてください",
                "add [[rule.target]] for those who gather once it is decided",
            );
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
            .and_then(|word| choice(word, noun("判断", "decision"), &firsts, findings)),
    })
}

/// Refuses somebody who is asked twice in one line.
fn once_each(words: &[Word<'_>], findings: &mut Findings) {
    for (index, word) in words.iter().enumerate() {
        if words[..index].iter().any(|before| before.text == word.text) {
            findings
                .error(
                    word.place,
                    format!("「{}」が 2 回書かれています", word.text),
                    format!("\"{}\" is asked twice", word.text),
                )
                .advise(
                    "一度ずつ書いてください。again の時間が過ぎると、改めて尋ねます",
                    "name each once; it is asked again after the time in again",
                );
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
                .error(
                    word.place,
                    format!("「{}」が 2 回書かれています", word.text),
                    format!("\"{}\" is asked twice", word.text),
                )
                .advise("事業者は一度ずつ書いてください", "name each vendor once");
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
            && super::value::once(&mut seen, name, noun("定型文", "prepared text"), findings)
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
