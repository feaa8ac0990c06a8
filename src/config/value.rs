//! Single values: what a text must look like to be a duration, an address, an
//! id, one of a few words.
//!
//! Owns the checks that need nothing but the value itself. It must not look
//! anything up.

use std::time::Duration;

use super::findings::{Findings, Place};
use super::noun::{Noun, meant};
use super::table::Word;
use crate::domain::event::Intensity;
use crate::domain::text::Text;
pub(super) use crate::domain::typed::{AddressForm, mail_address};

/// The known word that somebody may have meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', ' '], "-");
    let word = plain(word);
    let allowed = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word, &plain(candidate)),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `did you mean …?`, or the list of what may stand there.
pub(super) fn suggest(word: &str, known: &[&str]) -> Text {
    match nearest(word, known.iter().copied()) {
        Some(near) => meant(near),
        None => {
            let quoted: Vec<_> = known.iter().map(|word| format!("\"{word}\"")).collect();
            Text::new(
                format!("{} のどれかを書いてください", quoted.join("、")),
                format!("write {}", quoted.join(" or ")),
            )
        }
    }
}

/// One of a few words.
pub(super) fn choice<T: Copy>(
    word: Word<'_>,
    what: Noun,
    choices: &[(&str, T)],
    findings: &mut Findings,
) -> Option<T> {
    let found = choices.iter().find(|(name, _)| *name == word.text);
    if found.is_none() {
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        findings
            .error(
                word.place,
                format!("{}に「{}」は使えません", what.ja, word.text),
                format!("\"{}\" is no {}", word.text, what.en),
            )
            .advise_both(suggest(word.text, &names));
    }
    found.map(|(_, value)| *value)
}

/// `90s`, `10m`, `1h30m`.
pub(super) fn duration(word: Word<'_>, findings: &mut Findings) -> Option<Duration> {
    let read = parse_duration(word.text);
    if read.is_none() {
        let advice = match word.text.trim().parse::<u32>() {
            Ok(number) => Text::new(
                format!(
                    "単位を付けて \"{number}s\"（秒）、\"{number}m\"（分）、\"{number}h\"（時間）のように書いてください"
                ),
                format!("say which unit: \"{number}s\", \"{number}m\" or \"{number}h\""),
            ),
            Err(_) => Text::new(
                "時間・分・秒を \"1h30m\"、\"10m\"、\"90s\" のように書いてください",
                "write hours, minutes and seconds such as \"1h30m\", \"10m\" or \"90s\"",
            ),
        };
        findings
            .error(
                word.place,
                format!("「{}」は時間の長さではありません", word.text),
                format!("\"{}\" is no duration", word.text),
            )
            .advise_both(advice);
    }
    read
}

/// A duration longer than nothing.
pub(super) fn positive(word: Word<'_>, findings: &mut Findings) -> Option<Duration> {
    let read = duration(word, findings)?;
    if read.is_zero() {
        findings
            .error(
                word.place,
                format!("「{}」は長さが 0 の時間です", word.text),
                format!("\"{}\" is no time at all", word.text),
            )
            .advise("\"1s\" 以上を書いてください", "write at least \"1s\"");
        return None;
    }
    Some(read)
}

fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds: u64 = 0;
    // Each unit at most once, the greatest first.
    for (unit, worth) in [('h', 3600), ('m', 60), ('s', 1)] {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 && rest[digits..].starts_with(unit) {
            let count: u64 = rest[..digits].parse().ok()?;
            seconds = seconds.checked_add(count.checked_mul(worth)?)?;
            rest = &rest[digits + 1..];
        }
    }
    // A year is longer than any call-out; more is a slip of the finger.
    let said = !text.is_empty() && rest.is_empty() && seconds <= 366 * 86_400;
    said.then(|| Duration::from_secs(seconds))
}

/// A seismic intensity.
pub(super) fn intensity(word: Word<'_>, findings: &mut Findings) -> Option<Intensity> {
    let read = Intensity::parse(word.text);
    if read.is_none() {
        let names: Vec<_> = Intensity::ALL
            .iter()
            .map(|intensity| intensity.name())
            .collect();
        let advice = match word.text {
            level @ ("5" | "6") => Text::new(
                format!("\"{level}-\"（{level}弱）か \"{level}+\"（{level}強）と書いてください"),
                format!("write \"{level}-\" ({level}弱) or \"{level}+\" ({level}強)"),
            ),
            _ => Text::new(
                format!("{} のどれかを書いてください", names.join(" ")),
                format!("write one of {}", names.join(" ")),
            ),
        };
        findings
            .error(
                word.place,
                format!("「{}」は震度ではありません", word.text),
                format!("\"{}\" is no seismic intensity", word.text),
            )
            .advise_both(advice);
    }
    read
}

/// An id: what may stand in an address, a command and a table alike.
pub(super) fn id(word: Word<'_>, findings: &mut Findings) -> Option<String> {
    let good = is_id(word.text);
    if !good && !word.text.trim().is_empty() {
        findings
            .error(
                word.place,
                format!("「{}」は id に使えません", word.text.escape_debug()),
                format!("\"{}\" cannot be an id", word.text.escape_debug()),
            )
            .advise(
                "英数字と \"-\"、\"_\"、\".\" だけで、64 文字までにしてください",
                "write at most 64 of the letters a-z, digits, \"-\", \"_\" and \".\"",
            );
    }
    good.then(|| word.text.to_owned())
}

/// Whether a text can be an id.
pub(super) fn is_id(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=64).contains(&text.len()) && text.chars().all(plain)
}

/// A mail address.
pub(super) fn address(word: Word<'_>, findings: &mut Findings) -> Option<String> {
    let verdict = mail_address(word.text);
    match verdict {
        Ok(form) => {
            if form == AddressForm::Carrier {
                findings
                    .warn(
                        word.place,
                        format!("「{}」は昔の携帯電話会社の形のアドレスで、受け付けない中継サーバーがあります",
                            word.text
                        ), format!(
                            "\"{}\" is an address of the old carrier form, which some relays refuse",
                            word.text
                        ),
                    )
                    .advise("別の連絡先も加え、連絡訓練（muster drill start）で届くか確かめてください", "give a second contact, and see in a contact drill (muster drill start) whether it arrives");
            }
            Some(word.text.to_owned())
        }
        Err(why) => {
            if !word.text.trim().is_empty() {
                findings
                    .error(
                        word.place,
                        format!(
                            "「{}」はメールアドレスではありません（{}）",
                            word.text.escape_debug(),
                            why.ja
                        ),
                        format!(
                            "\"{}\" is no mail address: {}",
                            word.text.escape_debug(),
                            why.en
                        ),
                    )
                    .advise(
                        "name@example.jp の形で書いてください",
                        "write it as name@example.jp",
                    );
            }
            None
        }
    }
}

/// Refuses a second thing of the same name.
pub(super) fn once<'a>(
    seen: &mut std::collections::HashMap<&'a str, Place>,
    word: Word<'a>,
    what: Noun,
    findings: &mut Findings,
) -> bool {
    match seen.get(word.text) {
        None => {
            seen.insert(word.text, word.place);
            true
        }
        Some(first) => {
            let line = findings.line(*first);
            findings
                .error(
                    word.place,
                    format!(
                        "{}「{}」は {line} 行目にもあります",
                        what.ja.trim(),
                        word.text
                    ),
                    format!("{} \"{}\" is already on line {line}", what.en, word.text),
                )
                .advise(
                    "どちらかを別の名前にするか、消してください",
                    "give one of them another name, or take one out",
                );
            false
        }
    }
}
