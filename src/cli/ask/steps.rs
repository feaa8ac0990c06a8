//! The questions, one by one.
//!
//! Owns their words and what is taken as an answer. What is not understood
//! is said in a sentence and asked again; nothing here ends the dialogue.

use super::super::failure::Failure;
use super::super::output::{self, both};
use super::choices::{Choice, Choices, find};
use super::draft::{Draft, Kind, effect_label};
use super::question::{Typed, ask as typed, read};
use crate::domain::event::{Effect, Intensity, LINE_CHARS};

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Kind,
    Intensity,
    Posture,
    OrderedBy,
    Effect,
    Systems,
    Threat,
    Like,
    Headline,
    Place,
}

/// Where an answer leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Went {
    On,
    Back,
}

/// The most candidates that are listed.
const LISTED: usize = 20;

/// Asks one question until it is answered.
pub(super) fn ask(step: Step, draft: &mut Draft, choices: &Choices) -> Result<Went, Failure> {
    output::say("");
    let went = match step {
        Step::Kind => kind(draft)?,
        Step::Intensity => intensity(draft)?,
        Step::Posture => posture(draft, choices)?,
        Step::OrderedBy => ordered_by(draft, choices)?,
        Step::Effect => effect(draft)?,
        Step::Systems => return systems(draft, choices),
        Step::Threat => line(
            &both(
                "どのような脅威ですか",
                "What is the threat, in a few words?",
            ),
            true,
        )?
        .map(|text| draft.threat = text),
        Step::Like => like(draft, choices)?,
        Step::Headline => line(
            &both(
                "わかっていることを一言（なければ Enter）",
                "What is known, in a sentence (Enter: nothing)",
            ),
            false,
        )?
        .map(|text| draft.headline = text),
        Step::Place => line(
            &both(
                "集合場所（規則のとおりなら Enter）",
                "Where to gather (Enter: as the rule says)",
            ),
            false,
        )?
        .map(|text| draft.place = text),
    };
    Ok(went.map_or(Went::Back, |()| Went::On))
}

/// One of a few, by its number; `None` goes back.
fn pick(question: &str, labels: &[String]) -> Result<Option<usize>, Failure> {
    output::say(question);
    for (number, label) in labels.iter().enumerate() {
        output::say(&format!("  {}  {label}", number + 1));
    }
    loop {
        let Typed::Line(line) = read()? else {
            return Ok(None);
        };
        let chosen = line.parse::<usize>().ok();
        match chosen.filter(|chosen| (1..=labels.len()).contains(chosen)) {
            Some(chosen) => return Ok(Some(chosen - 1)),
            None => output::say(&both(
                &format!(
                    "「{line}」はありません。1 から {0} の番号を入力してください",
                    labels.len()
                ),
                &format!(
                    "there is no {line:?}; type a number from 1 to {0}",
                    labels.len()
                ),
            )),
        }
    }
}

fn kind(draft: &mut Draft) -> Result<Option<()>, Failure> {
    let labels = Kind::ALL.map(Kind::label);
    loop {
        let picked = pick(&both("何が起きましたか", "What happened?"), &labels)?;
        match picked {
            Some(index) => {
                draft.kind = Kind::ALL[index];
                return Ok(Some(()));
            }
            None => output::say(&both(
                "最初の質問です。やめるときは Ctrl-C",
                "this is the first question; Ctrl-C ends it",
            )),
        }
    }
}

fn intensity(draft: &mut Draft) -> Result<Option<()>, Failure> {
    output::say(&both(
        "町内の最大震度",
        "The greatest intensity in the town",
    ));
    output::say("  1  2  3  4  5弱(5-)  5強(5+)  6弱(6-)  6強(6+)  7");
    loop {
        let Typed::Line(line) = read()? else {
            return Ok(None);
        };
        let bare = line.trim_start_matches("震度").trim();
        if let Some(read) = Intensity::parse(bare) {
            let (ja, en) = read.spoken();
            output::say(&both(&format!("震度{ja}"), &format!("intensity {en}")));
            draft.intensity = Some(read);
            return Ok(Some(()));
        }
        if let "5" | "6" = bare {
            output::say(&both(
                &format!("{bare}弱なら {bare}-、{bare}強なら {bare}+ と入力してください"),
                &format!("type {bare}- for {bare} lower, {bare}+ for {bare} upper"),
            ));
        } else {
            output::say(&both(
                &format!(
                    "「{line}」という震度はありません。1 2 3 4 5- 5+ 6- 6+ 7 のどれかを入力してください"
                ),
                &format!("there is no intensity {line:?}; type one of these"),
            ));
        }
    }
}

fn posture(draft: &mut Draft, choices: &Choices) -> Result<Option<()>, Failure> {
    let labels = [
        both("第1非常配備体制", "1st emergency posture"),
        both("第2非常配備体制", "2nd emergency posture"),
        both("第3非常配備体制", "3rd emergency posture"),
    ];
    let picked = pick(
        &both("指令された体制", "Which posture was ordered?"),
        &labels,
    )?;
    Ok(picked.map(|index| {
        draft.posture = u8::try_from(index + 1).unwrap_or_default();
        draft.orderers = choices.orderers_of_posture(draft.posture);
    }))
}

fn effect(draft: &mut Draft) -> Result<Option<()>, Failure> {
    let labels = Effect::ALL.map(effect_label);
    let picked = pick(&both("影響の及ぶ範囲", "How far does it reach?"), &labels)?;
    Ok(picked.map(|index| draft.effect = Some(Effect::ALL[index])))
}

fn like(draft: &mut Draft, choices: &Choices) -> Result<Option<()>, Failure> {
    let rules: Vec<Choice> = choices
        .rules
        .iter()
        .map(|rule| rule.choice.clone())
        .collect();
    output::say(&both(
        "被害の程度が合う規則",
        "The rule that fits the damage",
    ));
    let chosen = one_of(&rules, &rules)?;
    Ok(chosen.map(|chosen| {
        draft.orderers = choices.orderers_of_rule(&chosen.id);
        draft.like = Some(chosen);
    }))
}

/// Who ordered the posture. Where the rule takes certain people's order
/// alone, these are the choice.
fn ordered_by(draft: &mut Draft, choices: &Choices) -> Result<Option<()>, Failure> {
    let all = if draft.orderers.is_empty() {
        &choices.people
    } else {
        &draft.orderers
    };
    output::say(&both(
        "指令した者（番号、または氏名・職・ID の一部）",
        "Who ordered it (a number, or a part of the name, post or id)",
    ));
    let shown = if all.len() <= LISTED {
        all.clone()
    } else {
        Vec::new()
    };
    let chosen = one_of(all, &shown)?;
    Ok(chosen.map(|chosen| draft.ordered_by = Some(chosen)))
}

/// One of many: by its number in what is shown, or by a part of its name,
/// which shows what has it.
fn one_of(all: &[Choice], shown: &[Choice]) -> Result<Option<Choice>, Failure> {
    let mut shown = shown.to_vec();
    list(&shown);
    loop {
        let Typed::Line(line) = read()? else {
            return Ok(None);
        };
        let number = line.parse::<usize>().ok();
        let by_number = number.and_then(|number| shown.get(number.checked_sub(1)?));
        let found = match by_number {
            Some(choice) => vec![choice],
            None if line.is_empty() => Vec::new(),
            None => find(all, &line),
        };
        match found.as_slice() {
            [choice] => {
                output::say(&format!("→ {}", choice.label));
                return Ok(Some((*choice).clone()));
            }
            [] => output::say(&both(
                &format!(
                    "「{line}」に当たるものがありません。番号か、名前の一部を入力してください"
                ),
                &format!("nothing fits {line:?}; type a number, or a part of the name"),
            )),
            several if several.len() > LISTED => output::say(&both(
                &format!(
                    "{0} 件あります。もう少し詳しく入力してください",
                    several.len()
                ),
                &format!("{0} fit; type more of the name", several.len()),
            )),
            several => {
                let several: Vec<Choice> = several.iter().map(|choice| (*choice).clone()).collect();
                output::say(&both("番号で選んでください", "choose by number"));
                list(&several);
                shown = several;
            }
        }
    }
}

fn list(choices: &[Choice]) {
    for (number, choice) in choices.iter().enumerate() {
        output::say(&format!("  {}  {}", number + 1, choice.label));
    }
}

/// The systems that an incident touches: any number of them, by their number
/// in the plan or by a part of the name.
fn systems(draft: &mut Draft, choices: &Choices) -> Result<Went, Failure> {
    draft.systems.clear();
    output::say(&both(
        "対象の情報システム（番号、または名前の一部。? で一覧、終わったら Enter）",
        "Information systems (number or part of the name; ? lists them, Enter ends)",
    ));
    loop {
        let Typed::Line(line) = read()? else {
            return Ok(Went::Back);
        };
        if line.is_empty() {
            return Ok(Went::On);
        }
        if line == "?" {
            for system in &choices.systems {
                output::say(&format!("  {}", system.label));
            }
            continue;
        }
        for part in parts(&line) {
            add_system(part, draft, choices);
        }
        let added: Vec<&str> = draft.systems.iter().map(|one| one.label.as_str()).collect();
        if !added.is_empty() {
            output::say(&format!("→ {}", added.join("、")));
        }
    }
}

/// Several numbers in one line, or one name.
fn parts(line: &str) -> Vec<&str> {
    let parts = line.split([',', '、', ' ']).filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts.collect();
    if parts.iter().all(|part| part.parse::<u32>().is_ok()) {
        parts
    } else {
        vec![line]
    }
}

fn add_system(part: &str, draft: &mut Draft, choices: &Choices) {
    let found = if part.parse::<u32>().is_ok() {
        let number = |system: &&Choice| system.id == part.trim_start_matches('0');
        choices.systems.iter().filter(number).collect()
    } else {
        find(&choices.systems, part)
    };
    match found.as_slice() {
        [system] if draft.systems.contains(system) => {}
        [system] => draft.systems.push((*system).clone()),
        [] => output::say(&both(
            &format!("「{part}」に当たる情報システムがありません。? で一覧が出ます"),
            &format!("no information system fits {part:?}; ? lists them"),
        )),
        several => {
            let count = several.len();
            output::say(&both(
                &format!("「{part}」に当たるものが {count} 件あります。番号で選んでください"),
                &format!("{count} fit {part:?}; choose by number"),
            ));
            for system in several {
                output::say(&format!("  {}", system.label));
            }
        }
    }
}

/// A line of words; `None` goes back.
fn line(question: &str, wanted: bool) -> Result<Option<String>, Failure> {
    let mut answer = typed(question)?;
    loop {
        let Typed::Line(line) = answer else {
            return Ok(None);
        };
        if line.chars().count() > LINE_CHARS {
            output::say(&both(
                &format!("{LINE_CHARS} 字までにしてください"),
                &format!("at most {LINE_CHARS} characters"),
            ));
        } else if wanted && line.is_empty() {
            output::say(&both("何か入力してください", "type something"));
        } else {
            return Ok(Some(line));
        }
        answer = read()?;
    }
}
