//! Turns `[office_hours]` of a read `rules.toml` into the domain's hours.
//!
//! Owns how days, times and closures are written. It must not know what a
//! rule does with them.

use std::collections::HashMap;

use jiff::civil::{Date, Time, Weekday};

use super::findings::Findings;
use super::noun::noun;
use super::table::{Table, Word};
use super::value::{choice, once};
use crate::domain::office_hours::{Closed, Holidays, MonthDay, OfficeHours};

/// The days of the week, as the file writes them.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Checks the table. `None` where it is missing or something in it is refused.
pub(super) fn check(file: Table<'_>, findings: &mut Findings) -> Option<OfficeHours> {
    let table = file.table("office_hours")?;
    let days = days(table, findings);
    let from = table.text("from").and_then(|word| time(word, findings));
    let to = table.text("to").and_then(|word| time(word, findings));
    let kinds = [("japan", Holidays::Japan), ("none", Holidays::None)];
    let holidays = match table.text("holidays") {
        Some(word) => choice(
            word,
            noun("祝日の暦", "calendar of holidays"),
            &kinds,
            findings,
        ),
        None => Some(Holidays::Japan),
    };
    let closed = table.texts("closed").into_iter();
    let closed = closed
        .filter_map(|word| self::closed(word, findings))
        .collect();
    let (from, to, holidays) = (from?, to?, holidays?);
    if from >= to {
        let (opens, closes) = (from.strftime("%H:%M"), to.strftime("%H:%M"));
        findings
            .error(
                table.place_of("to"),
                format!("閉庁の {closes} が開庁の {opens} より後になっていません。日をまたぐ時間帯は使えません"), format!("the office closes at {closes}, not after it opens at {opens}; hours over midnight are not taken"),
            )
            .advise("from に開庁の時刻、to に同じ日の閉庁の時刻を書いてください", "write the earlier time in from and the later one of the same day in to");
        return None;
    }
    Some(OfficeHours {
        days,
        from,
        to,
        holidays,
        closed,
    })
}

fn days(table: Table<'_>, findings: &mut Findings) -> Vec<Weekday> {
    let mut seen = HashMap::new();
    let mut days = Vec::new();
    for word in table.texts("days") {
        if let Some(day) = choice(word, noun("曜日", "day of the week"), &DAYS, findings)
            && once(&mut seen, word, noun("曜日", "day"), findings)
        {
            days.push(day);
        }
    }
    if table.is_empty_list("days") {
        findings
            .error(table.place_of("days"), "開庁の曜日が一つもありません", "the office is open on no day")
            .advise("days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"] のように書くか、[office_hours] を消してください", "write days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"], or take [office_hours] out");
    }
    days
}

/// `08:30`.
pub(super) fn time(word: Word<'_>, findings: &mut Findings) -> Option<Time> {
    let read =
        two_numbers(word.text, ':').and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
    if read.is_none() && !word.text.trim().is_empty() {
        findings
            .error(
                word.place,
                format!("「{}」は時刻ではありません", word.text),
                format!("\"{}\" is no time of day", word.text),
            )
            .advise(
                "\"00:00\" から \"23:59\" までの時と分で書いてください",
                "write hours and minutes from \"00:00\" to \"23:59\"",
            );
    }
    read
}

/// `12-29`, `12-29..01-03`, `2027-02-10`, `2027-02-10..2027-02-12`.
fn closed(word: Word<'_>, findings: &mut Findings) -> Option<Closed> {
    if word.text.trim().is_empty() {
        return None;
    }
    let (first, last) = word.text.split_once("..").unwrap_or((word.text, word.text));
    let read = match (date(first), date(last)) {
        (Some(from), Some(to)) if from <= to => Some(Closed::Once(from, to)),
        (Some(_), Some(_)) => {
            findings
                .error(
                    word.place,
                    format!("「{}」は、終わりの日が始まりの日より前です", word.text),
                    format!("\"{}\" ends before it begins", word.text),
                )
                .advise(
                    "早い日付を先に書いてください",
                    "write the earlier date first",
                );
            return None;
        }
        _ => month_day(first)
            .zip(month_day(last))
            .map(|(from, to)| Closed::Yearly(from, to)),
    };
    if read.is_none() {
        findings
            .error(word.place, format!("「{}」は日付でも期間でもありません", word.text), format!("\"{}\" is neither a day nor days", word.text))
            .advise("毎年なら \"12-29\" か \"12-29..01-03\"、一度だけなら \"2027-02-10\" か \"2027-02-10..2027-02-12\" と書いてください", "write \"12-29\" or \"12-29..01-03\" for every year, \"2027-02-10\" or \"2027-02-10..2027-02-12\" for once");
    }
    read
}

fn date(text: &str) -> Option<Date> {
    let (year, day) = text.trim().split_once('-')?;
    let (month, day) = two_numbers(day, '-')?;
    let year = year.parse().ok().filter(|_| year.len() == 4)?;
    Date::new(year, month, day).ok()
}

fn month_day(text: &str) -> Option<MonthDay> {
    let (month, day) = two_numbers(text.trim(), '-')?;
    // Why: 02-29 is a day of some years, so a year that has it is asked.
    Date::new(2024, month, day).ok()?;
    Some(MonthDay { month, day })
}

/// Two numbers of two digits.
fn two_numbers(text: &str, between: char) -> Option<(i8, i8)> {
    let number = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let (first, second) = text.split_once(between)?;
    Some((number(first)?, number(second)?))
}
