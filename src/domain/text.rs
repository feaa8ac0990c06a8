//! Words in Japanese and English.
//!
//! Owns the pair and the choice between them, and what may stand in one line.
//! It must not know any particular wording.

use std::sync::Arc;

/// A language that a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// Japanese, the first language of every text.
    #[default]
    Ja,
    /// English.
    En,
}

impl Language {
    /// Both, Japanese first.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The language of a BCP 47 tag, or of the first one that is known in an
    /// `Accept-Language` list.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }
}

/// One text in both languages. An empty English falls back to Japanese and
/// the other way about, so that nobody is ever sent an empty line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Text {
    /// Japanese.
    pub ja: Arc<str>,
    /// English.
    pub en: Arc<str>,
}

impl Text {
    /// A text in both languages.
    pub fn new(ja: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self {
            ja: Arc::from(ja.as_ref()),
            en: Arc::from(en.as_ref()),
        }
    }

    /// The text in a language.
    pub fn get(&self, language: Language) -> &str {
        self.shared(language)
    }

    /// The same, to be kept without a copy.
    pub fn shared(&self, language: Language) -> &Arc<str> {
        let (first, second) = match language {
            Language::Ja => (&self.ja, &self.en),
            Language::En => (&self.en, &self.ja),
        };
        if first.is_empty() { second } else { first }
    }

    /// True if neither language has a word.
    pub fn is_empty(&self) -> bool {
        self.ja.is_empty() && self.en.is_empty()
    }
}

/// The text as one line: every control character, line or paragraph separator
/// and bidirectional override becomes one space, and the ends are trimmed.
///
/// Invariant: the result can stand in a mail header, a log line or a table
/// cell without ending it (RFC 5322 2.2).
pub fn one_line(text: &str) -> String {
    // Why octets first: nearly no text has any of them, and each mail asks often.
    // What is above ASCII begins with 0xC2 (U+0080 on) or 0xE2 (U+2000 on).
    let perhaps = text.bytes().fold(false, |perhaps, octet| {
        perhaps | matches!(octet, 0..=31 | 127 | 0xC2 | 0xE2)
    });
    if !perhaps {
        return text.trim().to_owned();
    }
    let breaks = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.split(breaks)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What stands in place of an address.
const MASK: &str = "***";

/// The text without addresses: without anything that reads like one of mail,
/// and without the given one, whole, by its local part, or as a telephone
/// number however it is written.
///
/// Invariant: what another side says about an address can be shown to
/// everybody who may read, and kept for good.
pub fn without_addresses(text: &str, address: &str) -> String {
    let mut masked = text.to_owned();
    let address = address.trim();
    if !address.is_empty() {
        masked = without_word(&masked, address);
        if let Some((local, _)) = address.rsplit_once('@') {
            masked = without_word(&masked, local);
        }
    }
    masked = without_mail(&masked.replace("%40", "@"));
    let number = digits(address);
    if !address.contains('@') && number.len() >= TELEPHONE {
        masked = without_number(&masked, &number);
    }
    masked
}

/// The fewest digits of a telephone number that is looked for.
const TELEPHONE: usize = 6;

/// The digits at a number's end that are the same with and without a country
/// code.
const NUMBER_END: usize = 8;

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Masks a word wherever it stands by itself, in any case of its letters.
fn without_word(text: &str, word: &str) -> String {
    let (lower, word) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let joins = |c: char| c.is_ascii_alphanumeric();
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for (at, found) in lower.match_indices(&word) {
        let end = at + found.len();
        let alone = !lower[..at].ends_with(joins) && !lower[end..].starts_with(joins) && at >= from;
        if alone {
            masked.push_str(&text[from..at]);
            masked.push_str(MASK);
            from = end;
        }
    }
    masked + &text[from..]
}

/// Masks what reads like a mail address: something, an at sign, a domain.
fn without_mail(text: &str) -> String {
    const AT: [char; 2] = ['@', '＠'];
    let ends = |c: char| c.is_whitespace() || "<>()[]{},;:\"|「」（）、。".contains(c);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, sign)) = rest.char_indices().find(|(_, c)| AT.contains(c)) {
        let (before, after) = (&rest[..at], &rest[at + sign.len_utf8()..]);
        let local = match before.strip_suffix('"') {
            Some(quoted) => quoted.rfind('"').unwrap_or_default(),
            None => before.rfind(ends).map_or(0, |end| {
                end + before[end..].chars().next().map_or(0, char::len_utf8)
            }),
        };
        let domain = match after.strip_prefix('[') {
            Some(literal) => literal.find(']').map_or(after.len(), |end| end + 2),
            None => after.find(ends).unwrap_or(after.len()),
        };
        let domain = after[..domain].trim_end_matches(['.', '!', '?']);
        if local == at || domain.is_empty() {
            masked.push_str(&rest[..at + sign.len_utf8()]);
            rest = after;
        } else {
            masked.push_str(&before[..local]);
            masked.push_str(MASK);
            rest = &after[domain.len()..];
        }
    }
    masked + rest
}

/// Masks a telephone number, with or without its country code, whatever
/// stands between its digits.
fn without_number(text: &str, number: &str) -> String {
    let end = &number[number.len().saturating_sub(NUMBER_END)..];
    let between = |c: char| " -.()+/‐－".contains(c);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '+') {
        let run = &rest[start..];
        let long = run
            .find(|c: char| !c.is_ascii_digit() && !between(c))
            .unwrap_or(run.len());
        let run = run[..long].trim_end_matches(between);
        let long = run.len().max(1);
        masked.push_str(&rest[..start]);
        if digits(run).contains(end) {
            masked.push_str(MASK);
        } else {
            masked.push_str(&rest[start..start + long]);
        }
        rest = &rest[start + long..];
    }
    masked + rest
}
