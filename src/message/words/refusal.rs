//! Why a word was not taken, in words for the person who pressed on a page, and
//! in Japanese for the duty officer.
//!
//! Owns the choice of wording; what is refused is the domain's, and so is the
//! officer's sentence in English.

use super::{Page, decision, fill, principal, state};
use crate::domain::call_out::help::Help;
use crate::domain::call_out::{Refusal, Stands};
use crate::domain::id::{PersonId, VendorId};
use crate::domain::roster::Roster;
use crate::domain::text::{Language, Text, one_line};

/// What stands instead, in both languages.
pub fn refusal(refusal: &Refusal) -> Text {
    let say = |language| said(refusal, language);
    Text::new(say(Language::Ja), say(Language::En))
}

fn said(refusal: &Refusal, language: Language) -> String {
    let w = Page::of(language);
    match refusal {
        Refusal::TooSoon => w.too_soon.to_owned(),
        Refusal::Decided(stands) => fill(
            w.refused_decided,
            &[("decision", decision(stands.decision, language))],
        ),
        Refusal::Over(over) => fill(w.over, &[("state", state(*over, language))]),
        Refusal::NotAsked(_) | Refusal::NotTheirs { .. } | Refusal::Nobodys(_) => {
            w.refused_not_asked.to_owned()
        }
        Refusal::NotInIt(_)
        | Refusal::NotHeld(_)
        | Refusal::SamePerson(_)
        | Refusal::OtherContent { .. }
        | Refusal::NoDigest
        | Refusal::SaidOtherwise
        | Refusal::OtherAnswer(_)
        | Refusal::StillHeld
        | Refusal::NobodyToAsk(_)
        | Refusal::HelpAsked(_)
        | Refusal::NotAskedForHelp(_) => w.refused.to_owned(),
    }
}

/// What stands instead, for whoever gives a call-out's commands.
pub fn refusal_to_officer(refusal: &Refusal) -> String {
    let named = |over| state(over, Language::Ja);
    match refusal {
        Refusal::NotInIt(person) => format!(
            "{person} はこの参集にも名簿にもいません。muster status で対象者を確かめてください"
        ),
        Refusal::NotHeld(stands) => format!(
            "この参集は保留中ではありません（{}）。招集中のものを終えるには muster stand-down を使ってください",
            named(*stands)
        ),
        Refusal::Over(stands) => format!("この参集は既に終わっています（{}）", named(*stands)),
        Refusal::SamePerson(principal) => format!(
            "{principal} はこの参集を入力した本人のため、承認できません。別の人が、自分のトークンかログインで承認してください"
        ),
        Refusal::OtherContent { stands, given } => format!(
            "保留中の内容の確認番号は {stands} で、{given} ではありません。表示後に内容が変わっています。muster status で見直してから承認してください"
        ),
        Refusal::NotAsked(stands) => {
            format!("この参集は判断を待っていません（{}）", named(*stands))
        }
        Refusal::Decided(stands) => format!(
            "既に判断されています：{}（{}{}{}）",
            decision(stands.decision, Language::Ja),
            whose(stands),
            entered(stands),
            stands.at
        ),
        Refusal::Nobodys(line) => format!(
            "誰の判断かを --by で示してください（API では by）。判断するのは {} です",
            in_order(line)
        ),
        Refusal::NoDigest => "第二の承認者は、示された内容を確かめて承認します。メールや muster status にある確認番号を digest で示してください".to_owned(),
        Refusal::NotTheirs { person, line } => format!(
            "{person} はこの判断を求められていません。判断するのは {} です",
            in_order(line)
        ),
        Refusal::TooSoon => Page::of(Language::Ja).too_soon.to_owned(),
        Refusal::SaidOtherwise => "この key は、この参集で別の文に使われています。この文も伝えるときは、別の key で（画面ではもう一度確かめて）送ってください".to_owned(),
        Refusal::OtherAnswer(who) => format!(
            "{who} はこの回答を選べません。職員は coming、arrived、cannot、received、事業者の窓口は accepted、remote、arrived、cannot、received で答えます"
        ),
        Refusal::StillHeld => "この参集は保留中のため、まだ協力を依頼できません。先に承認する（muster confirm）か、取り消してください（muster cancel）".to_owned(),
        Refusal::NobodyToAsk(proposed) => format!(
            "協力の依頼先がありません。事業者を指定するか、--system で情報システムを指定してください{}",
            candidates(proposed)
        ),
        Refusal::HelpAsked(help) => format!(
            "{} には既に協力を依頼しています（{}）。二重には依頼しません",
            help.vendor,
            help_stands(help)
        ),
        Refusal::NotAskedForHelp(vendor) => format!(
            "{vendor} にはこの参集で協力を依頼していません。muster request-help で依頼してください"
        ),
    }
}

fn whose(stands: &Stands) -> String {
    match &stands.person {
        None => String::new(),
        Some((id, name)) if name.ja.is_empty() => format!("{id} の判断、"),
        Some((_, name)) => format!("{}の判断、", one_line(&name.ja)),
    }
}

/// Who entered it, where that was somebody else.
fn entered(stands: &Stands) -> String {
    if stands.by.person() == stands.person.as_ref().map(|(id, _)| id.clone()) {
        return String::new();
    }
    let by = principal(&stands.by, &Roster::default(), Language::Ja);
    format!("入力 {by}、")
}

fn in_order(line: &[PersonId]) -> String {
    let line: Vec<&str> = line.iter().map(PersonId::as_str).collect();
    line.join("、次に ")
}

fn candidates(vendors: &[VendorId]) -> String {
    let vendors: Vec<&str> = vendors.iter().map(VendorId::as_str).collect();
    if vendors.is_empty() {
        String::new()
    } else {
        format!("（候補：{}）", vendors.join("、"))
    }
}

fn help_stands(help: &Help) -> &'static str {
    match (help.helping, help.out) {
        (true, _) => "対応を引き受けています",
        (false, true) => "どの窓口からも回答がありません",
        (false, false) => "回答を待っています",
    }
}
