//! The words of a schedule: calendar words of both languages, made tokens.
//!
//! Owns the vocabulary. What the tokens say together is `super`'s.

use jiff::civil::{Time, Weekday};

use super::super::fold::fold;

/// One word, by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// first, 1st, 第1: of a day of the week, of a week, or of a month.
    Nth(i8),
    /// last, 最終.
    Last,
    Weekday(Weekday),
    /// 15日.
    Date(i8),
    /// last day, 末日: the second word of it in English.
    Day,
    Month(i8),
    Time(Time),
    Week,
    Random,
    Office,
    Next,
    Previous,
    /// working day, 開庁日: what a day is moved to.
    Working,
}

/// Words, the longer before those that they begin with. Noise is `None`.
const WORDS: &[(&str, Option<Token>)] = &[
    ("、", None),
    (",", None),
    (" ", None),
    ("の", None),
    ("に", None),
    ("は", None),
    ("と", None),
    ("内", None),
    ("中", None),
    ("な", None),
    ("休みなら", None),
    ("休日なら", None),
    ("閉庁日なら", None),
    ("または", None),
    ("毎月", None),
    ("翌", Some(Token::Next)),
    ("次", Some(Token::Next)),
    ("直前", Some(Token::Previous)),
    ("前", Some(Token::Previous)),
    ("開庁日", Some(Token::Working)),
    ("営業日", Some(Token::Working)),
    ("平日", Some(Token::Working)),
    ("開庁時間", Some(Token::Office)),
    ("執務時間", Some(Token::Office)),
    ("無作為", Some(Token::Random)),
    ("抜き打ち", Some(Token::Random)),
    ("時刻", None),
    ("最終", Some(Token::Last)),
    ("末日", Some(Token::Date(LAST))),
    ("月末", Some(Token::Date(LAST))),
    ("週", Some(Token::Week)),
    ("月曜日", Some(Token::Weekday(Weekday::Monday))),
    ("火曜日", Some(Token::Weekday(Weekday::Tuesday))),
    ("水曜日", Some(Token::Weekday(Weekday::Wednesday))),
    ("木曜日", Some(Token::Weekday(Weekday::Thursday))),
    ("金曜日", Some(Token::Weekday(Weekday::Friday))),
    ("土曜日", Some(Token::Weekday(Weekday::Saturday))),
    ("日曜日", Some(Token::Weekday(Weekday::Sunday))),
    ("月曜", Some(Token::Weekday(Weekday::Monday))),
    ("火曜", Some(Token::Weekday(Weekday::Tuesday))),
    ("水曜", Some(Token::Weekday(Weekday::Wednesday))),
    ("木曜", Some(Token::Weekday(Weekday::Thursday))),
    ("金曜", Some(Token::Weekday(Weekday::Friday))),
    ("土曜", Some(Token::Weekday(Weekday::Saturday))),
    ("日曜", Some(Token::Weekday(Weekday::Sunday))),
];

/// English words; each stands between spaces, commas or the ends.
const ENGLISH: &[(&str, Option<Token>)] = &[
    ("the", None),
    ("a", None),
    ("at", None),
    ("on", None),
    ("of", None),
    ("in", None),
    ("or", None),
    ("and", None),
    ("every", None),
    ("time", None),
    ("hours", None),
    ("month", None),
    ("first", Some(Token::Nth(1))),
    ("second", Some(Token::Nth(2))),
    ("third", Some(Token::Nth(3))),
    ("fourth", Some(Token::Nth(4))),
    ("fifth", Some(Token::Nth(5))),
    ("last", Some(Token::Last)),
    ("day", Some(Token::Day)),
    ("week", Some(Token::Week)),
    ("random", Some(Token::Random)),
    ("office", Some(Token::Office)),
    ("next", Some(Token::Next)),
    ("previous", Some(Token::Previous)),
    ("working", Some(Token::Working)),
    ("monday", Some(Token::Weekday(Weekday::Monday))),
    ("tuesday", Some(Token::Weekday(Weekday::Tuesday))),
    ("wednesday", Some(Token::Weekday(Weekday::Wednesday))),
    ("thursday", Some(Token::Weekday(Weekday::Thursday))),
    ("friday", Some(Token::Weekday(Weekday::Friday))),
    ("saturday", Some(Token::Weekday(Weekday::Saturday))),
    ("sunday", Some(Token::Weekday(Weekday::Sunday))),
    ("january", Some(Token::Month(1))),
    ("february", Some(Token::Month(2))),
    ("march", Some(Token::Month(3))),
    ("april", Some(Token::Month(4))),
    ("may", Some(Token::Month(5))),
    ("june", Some(Token::Month(6))),
    ("july", Some(Token::Month(7))),
    ("august", Some(Token::Month(8))),
    ("september", Some(Token::Month(9))),
    ("october", Some(Token::Month(10))),
    ("november", Some(Token::Month(11))),
    ("december", Some(Token::Month(12))),
];

/// Stands for the last day of a month, whichever that is.
pub(super) const LAST: i8 = i8::MAX;

/// The tokens of a schedule.
///
/// # Errors
///
/// The part that no word begins.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let folded = fold(text).to_lowercase();
    let mut rest = folded.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (token, read) = first(rest).ok_or_else(|| rest.to_owned())?;
        found.extend(token);
        rest = &rest[read..];
    }
    Ok(found)
}

/// The first token, if it is no noise, and how many bytes it takes.
fn first(rest: &str) -> Option<(Option<Token>, usize)> {
    if let Some((word, token)) = longest(rest) {
        return Some((*token, word.len()));
    }
    let letters = rest.len()
        - rest
            .trim_start_matches(|c: char| c.is_ascii_alphabetic())
            .len();
    if letters > 0 {
        let word = &rest[..letters];
        let known = ENGLISH.iter().find(|(known, _)| *known == word)?;
        return Some((known.1, letters));
    }
    number(rest).map(|(token, read)| (Some(token), read))
}

fn longest(rest: &str) -> Option<&'static (&'static str, Option<Token>)> {
    let fitting = WORDS.iter().filter(|(word, _)| rest.starts_with(word));
    fitting.max_by_key(|(word, _)| word.len())
}

/// `第1`, `15th`, `15日`, `9月`, `10:00`, `10時`, `10時30分`.
fn number(rest: &str) -> Option<(Token, usize)> {
    if let Some(after) = rest.strip_prefix('第') {
        let (value, digits) = digits(after)?;
        return Some((Token::Nth(value), '第'.len_utf8() + digits));
    }
    let (value, digits) = digits(rest)?;
    let after = &rest[digits..];
    for ending in ["st", "nd", "rd", "th"] {
        if after.starts_with(ending) {
            return Some((Token::Nth(value), digits + ending.len()));
        }
    }
    if after.starts_with('日') {
        return Some((Token::Date(value), digits + '日'.len_utf8()));
    }
    if after.starts_with('月') {
        return Some((Token::Month(value), digits + '月'.len_utf8()));
    }
    let (after, colon) = match after.strip_prefix(':') {
        Some(after) => (after, true),
        None => (after.strip_prefix('時')?, false),
    };
    let mut read = rest.len() - after.len();
    let minute = self::digits(after);
    let minutes = match (minute, colon) {
        (Some((minute, 2)), true) => {
            read += 2;
            minute
        }
        (None, false) => 0,
        (Some((minute, digits)), false) if after[digits..].starts_with('分') => {
            read += digits + '分'.len_utf8();
            minute
        }
        _ => return None,
    };
    let time = Time::new(value, minutes, 0, 0).ok()?;
    Some((Token::Time(time), read))
}

/// A number of one or two digits, and how many.
fn digits(text: &str) -> Option<(i8, usize)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let value = text[..digits].parse().ok().filter(|_| digits <= 2)?;
    Some((value, digits))
}
