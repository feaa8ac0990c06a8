//! Turns the rules of a read `rules.toml` into the domain's rules.
//!
//! Owns the checks of conditions, targets and what a rule refers to.
//! Procedures and drills have files of their own.

use indexmap::IndexMap;

use super::candidates::{Places, places};
use super::findings::Findings;
use super::names::Names;
use super::noun::noun;
use super::precedence::{self, Placed};
use super::table::{Table, Word, WordOrNumber};
use super::value::{choice, id, intensity};
use super::waits;
use crate::domain::event::{Effect, Intensity, Posture};
use crate::domain::id::{ProcedureId, RuleId};
use crate::domain::office_hours::Hours;
use crate::domain::procedure::{Procedure, StageCall};
use crate::domain::roster::Roster;
use crate::domain::rule::{Ask, CallMode, Condition, Detail, Need, Rule, Selector, TargetRule};

/// What a rule is checked against.
#[derive(Clone, Copy)]
pub(super) struct Against<'a> {
    pub(super) names: &'a Names,
    pub(super) roster: &'a Roster,
    pub(super) procedures: &'a IndexMap<ProcedureId, Procedure>,
    /// Whether the roster could be read whole.
    pub(super) roster_complete: bool,
    /// Whether office hours are set, well or badly.
    pub(super) office_hours: bool,
}

/// Checks every rule. Also returns whether every condition could be read.
pub(super) fn check(
    file: Table<'_>,
    against: Against<'_>,
    findings: &mut Findings,
) -> (IndexMap<RuleId, Rule>, bool) {
    let mut rules = IndexMap::new();
    let mut whole = true;
    let mut readable: Vec<Placed> = Vec::new();
    for table in file.tables("rule") {
        if let Some(word) = table.text("id") {
            id(word, findings);
        }
        let when = table.table("when").and_then(|when| {
            let condition = condition(when, findings)?;
            Some((condition, hours(when, against, findings)?))
        });
        let read = when.is_some();
        whole &= read;
        // Why: a rule whose condition was refused is checked all the same.
        let when = when.unwrap_or((
            Condition::SecurityIncident {
                effect: Effect::Small,
            },
            None,
        ));
        let rule = rule(table, when, against, findings);
        effect(table, &rule, against.procedures, findings);
        if read && !rules.contains_key(&rule.id) {
            readable.push(Placed {
                rule: rule.clone(),
                place: table.place_of("when"),
            });
        }
        rules.entry(rule.id.clone()).or_insert(rule);
    }
    // Why: with one rule unread, who wins and what nobody takes is not known.
    if whole {
        precedence::check(&readable, against.office_hours, findings);
    }
    (rules, whole)
}

/// At which hours only. `None` where what stands there is refused.
fn hours(when: Table<'_>, against: Against<'_>, findings: &mut Findings) -> Option<Option<Hours>> {
    let Some(word) = when.text("hours") else {
        return Some(None);
    };
    let named = Hours::ALL.map(|hours| (hours.name(), hours));
    let hours = choice(word, noun("時間帯", "part of the day"), &named, findings)?;
    if !against.office_hours {
        findings
            .error(
                word.place,
                "規則が執務時間を条件にしていますが、執務時間が決められていません",
                "a rule is bound to office hours, and there are none",
            )
            .advise(
                "[office_hours] を加え、days、from、to を書いてください",
                "add [office_hours] with days, from and to",
            );
        return None;
    }
    Some(Some(hours))
}

fn rule(
    table: Table<'_>,
    (when, hours): (Condition, Option<Hours>),
    against: Against<'_>,
    findings: &mut Findings,
) -> Rule {
    let names = against.names;
    let text = |key| table.text(key).map_or("", |word| word.text);
    if let Some(word) = table.text("procedure") {
        names.procedures.knows(word, findings);
    }
    let details = [("full", Detail::Full), ("little", Detail::Little)];
    let asks = [("until-met", Ask::UntilMet), ("everyone", Ask::Everyone)];
    Rule {
        id: text("id").into(),
        title: table.words("title").unwrap_or_default(),
        source: text("source").to_owned(),
        when,
        hours,
        procedure: text("procedure").into(),
        targets: table
            .tables("target")
            .into_iter()
            .filter_map(|target| self::target(target, against, findings))
            .collect(),
        inform: names.selectors(&table.texts("inform"), findings),
        ask: table
            .text("ask")
            .and_then(|word| choice(word, noun("尋ね方", "way of asking"), &asks, findings))
            .unwrap_or(Ask::UntilMet),
        confirm: waits::confirm(table, findings),
        place: table.words("place").unwrap_or_default(),
        instruction: table.words("instruction").unwrap_or_default(),
        detail: table
            .text("detail")
            .and_then(|word| {
                choice(
                    word,
                    noun("記載の詳しさ", "amount of detail"),
                    &details,
                    findings,
                )
            })
            .unwrap_or(Detail::Full),
        ordered_by: names.selectors(&table.texts("ordered_by"), findings),
        ordered_by_deputies: table.truth("ordered_by_deputies"),
        decision: waits::decision(table, against, findings),
        tell_unfillable: names.selectors(&table.texts("tell_unfillable"), findings),
        help: waits::help(table, names, findings),
    }
}

/// What the rule would do, taken together with its procedure.
fn effect(
    table: Table<'_>,
    rule: &Rule,
    procedures: &IndexMap<ProcedureId, Procedure>,
    findings: &mut Findings,
) {
    let nobody = table.tables("target").is_empty();
    if nobody && table.texts("inform").is_empty() {
        findings
            .warn(
                table.place,
                format!("規則「{}」は誰も招集せず、誰にも知らせません", rule.id),
                format!("the rule \"{}\" calls nobody and tells nobody", rule.id),
            )
            .advise(
                "[[rule.target]] を加えるか、inform に知らせる相手を書いてください",
                "add [[rule.target]], or name in inform who is told",
            );
    }
    let Some(procedure) = procedures.get(&rule.procedure) else {
        return;
    };
    let calls = |stage: &crate::domain::procedure::Stage| stage.call != StageCall::Nobody;
    if !nobody && !procedure.stages.iter().any(calls) {
        findings
            .error(
                table.place_of("procedure"),
                format!(
                    "手順「{}」には、規則の対象を呼ぶ段階がありません",
                    rule.procedure
                ),
                format!(
                    "the procedure \"{}\" calls no target of any rule",
                    rule.procedure
                ),
            )
            .advise(
                "ほかの手順にするか、いずれかの段階に call = \"next\" か \"all\" を書いてください",
                "name another procedure, or write call = \"next\" or \"all\" in one of its stages",
            );
    }
}

fn condition(when: Table<'_>, findings: &mut Findings) -> Option<Condition> {
    let kinds = ["earthquake", "wind_flood", "security_incident"];
    let said = kinds.into_iter().filter(|kind| when.has(kind)).count();
    if said != 1 {
        findings
            .error(when.place, format!("規則の条件は一つですが、ここには {said} 個あります"), format!("a rule has one condition, this one has {said}"))
            .advise("when = { earthquake = { from = \"5+\" } } のように、earthquake、wind_flood、security_incident のどれか一つを書いてください", "write when = { earthquake = { from = \"5+\" } }, or wind_flood, or security_incident");
        return None;
    }
    if let Some(quake) = when.table("earthquake") {
        let from = quake
            .text("from")
            .and_then(|word| intensity(word, findings));
        let to = match quake.text("to") {
            Some(word) => intensity(word, findings),
            None => Some(Intensity::Seven),
        };
        let (from, to) = (from?, to?);
        if from > to {
            findings
                .error(
                    quake.place_of("to"),
                    format!(
                        "to の「{}」が from の「{}」より弱い震度です",
                        to.name(),
                        from.name()
                    ),
                    format!("\"{}\" is weaker than \"{}\"", to.name(), from.name()),
                )
                .advise(
                    "from に弱いほう、to に強いほうの震度を書いてください",
                    "write the weaker one in from and the stronger one in to",
                );
            return None;
        }
        return Some(Condition::Earthquake { from, to });
    }
    if let Some(flood) = when.table("wind_flood") {
        let level = flood.number_within("posture", 1..=3, findings)?;
        return Posture::new(level).map(|posture| Condition::WindFlood { posture });
    }
    let word = when.table("security_incident")?.text("effect")?;
    let effects = Effect::ALL.map(|effect| (effect.name(), effect));
    choice(word, noun("影響の範囲", "effect"), &effects, findings)
        .map(|effect| Condition::SecurityIncident { effect })
}

fn target(table: Table<'_>, against: Against<'_>, findings: &mut Findings) -> Option<TargetRule> {
    let modes = [("at-once", CallMode::AtOnce), ("in-turn", CallMode::InTurn)];
    let mode = table
        .text("mode")
        .and_then(|word| choice(word, noun("呼ぶ順", "manner of calling"), &modes, findings));
    let word = table.text("who");
    let who = word.and_then(|word| against.names.selector(word, findings));
    let need = need(table, who.as_ref(), findings);
    let (word, who) = (word?, who?);
    if against.roster_complete {
        enough(
            table,
            word,
            &places(&who, need, against.roster),
            (need, findings),
        );
    }
    Some(TargetRule {
        name: table.words("name"),
        who,
        need,
        mode: mode.unwrap_or(CallMode::AtOnce),
    })
}

/// How many must come: what is said, or what suits the selector.
fn need(table: Table<'_>, who: Option<&Selector>, findings: &mut Findings) -> Need {
    let usual = match who {
        Some(Selector::Everyone | Selector::Person(_)) => Need::Everyone,
        _ => Need::Roster,
    };
    match table.text_or_number("need") {
        None => usual,
        Some(WordOrNumber::Word(word)) => {
            let words = [("everyone", Need::Everyone), ("roster", Need::Roster)];
            choice(word, noun("人数", "number of people"), &words, findings).unwrap_or(usual)
        }
        Some(WordOrNumber::Number(..)) => table
            .number_within("need", 1..=9999, findings)
            .map_or(usual, Need::Count),
    }
}

/// Refuses a target that nobody can fill, or too few.
fn enough(
    table: Table<'_>,
    who: Word<'_>,
    places: &[Places],
    (need, findings): (Need, &mut Findings),
) {
    if places.is_empty() {
        findings
            .error(
                who.place,
                "roster.toml に、招集できる班が一つもありません",
                "there is no squad in roster.toml to be called",
            )
            .advise(
                "roster.toml に [[squad]] を加えてください",
                "add [[squad]] to roster.toml",
            );
    }
    for place in places {
        let Places { title, count } = place;
        if *count == 0 {
            findings
                .error(who.place, format!("「{title}」に当たる人が誰もいません"), format!("\"{title}\" means nobody: no person stands in it"))
                .advise("roster.toml の required、deputies、holders に人を書くか、ほかの相手を招集してください", "name people in roster.toml (required, deputies or holders), or call somebody else");
        } else if let Need::Count(need) = need
            && usize::try_from(need).is_ok_and(|need| need > *count)
        {
            findings
                .error(
                    table.place_of("need"),
                    format!("{need} 人必要ですが、「{title}」には {count} 人しかいません"),
                    format!("{need} must come, but \"{title}\" has only {count}"),
                )
                .advise(
                    "need を減らすか、roster.toml に人を加えてください",
                    "need fewer, or name more people in roster.toml",
                );
        }
    }
}
