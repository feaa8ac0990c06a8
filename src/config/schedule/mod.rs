//! Turns the words of a drill's schedule into the domain's schedule.
//!
//! Owns what the words say together, and that a schedule comes, comes each
//! time that it says, and comes once. The vocabulary is [`words`]'.

mod words;

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::findings::Findings;
use super::names::Names;
use super::noun::noun;
use super::table::{Table, Word};
use super::value::{choice, positive};
use crate::domain::drill::Drill;
use crate::domain::office_hours::OfficeHours;
use crate::domain::schedule::{
    Announce, Day, Hour, Missed, Month, Nth, Office, Otherwise, Schedule,
};
use crate::domain::text::Text;
use words::{LAST, Token, tokens};

/// What a schedule is checked against.
#[derive(Clone, Copy)]
pub(super) struct Against<'a> {
    pub(super) names: &'a Names,
    pub(super) hours: Option<&'a OfficeHours>,
    /// Whether office hours are set, well or badly.
    pub(super) has_hours: bool,
    pub(super) zone: &'a TimeZone,
    /// From when on it must come.
    pub(super) from: Date,
}

impl<'a> Against<'a> {
    fn office(self) -> Office<'a> {
        Office {
            hours: self.hours,
            zone: self.zone,
        }
    }

    /// When a schedule is due, as far as is foreseen.
    pub(super) fn times(self, schedule: &Schedule) -> impl Iterator<Item = Timestamp> {
        let first = Month::of(self.from);
        let months = (0..FORESEEN).map(move |months| first.after(months));
        months.filter_map(move |month| schedule.due(month, self.office(), 0))
    }
}

/// The time where only a day is said.
const USUAL: Time = Time::constant(10, 0, 0, 0);

/// How many months a schedule must come in: ten years.
const FORESEEN: i32 = 120;

const EXAMPLES: (&str, &str) = (
    "\"第1火曜日 10:00\"、\"15日 10:00、休みなら次の開庁日\"、\"第2週の開庁時間内に抜き打ち\" のように書いてください",
    "write for example \"first Tuesday 10:00\", \"15th 10:00, or the next working day\" or \"random time in office hours of the second week\"",
);

/// Checks the schedule of one drill. `None` where there is none, or something
/// in it is refused.
pub(super) fn check(
    drill: Table<'_>,
    against: Against<'_>,
    findings: &mut Findings,
) -> Option<Schedule> {
    let missed = drill.text("missed").map(|word| {
        let what = noun("過ぎた訓練の扱い", "way with a missed run");
        choice(word, what, &Missed::NAMED, findings)
    });
    let announce = drill
        .table("announce")
        .map(|table| announce(table, against.names, findings));
    let Some(word) = drill.text("schedule") else {
        for key in ["missed", "announce"]
            .into_iter()
            .filter(|key| drill.has(key))
        {
            findings
                .error(
                    drill.place_of(key),
                    format!("予定（schedule）のない訓練に {key} があります"),
                    format!("a drill without a schedule has \"{key}\""),
                )
                .advise(
                    format!("schedule を加えるか、{key} を消してください"),
                    format!("add schedule, or take {key} out"),
                );
        }
        return None;
    };
    let said = match read(word.text) {
        Ok(said) => said,
        Err((what, advice)) => {
            findings
                .error(word.place, what.ja, what.en)
                .advise_both(advice);
            return None;
        }
    };
    let needs_hours = said.hour == Hour::Office || said.otherwise.is_some();
    if needs_hours && !against.has_hours {
        findings
            .error(
                word.place,
                "訓練の予定が開庁の日や時間によっていますが、[office_hours] がありません",
                "the schedule goes by office hours or working days, and there are no office hours",
            )
            .advise(
                "[office_hours] を加え、days、from、to を書いてください",
                "add [office_hours] with days, from and to",
            );
        return None;
    }
    let schedule = Schedule {
        words: word.text.to_owned(),
        missed: missed.unwrap_or(Some(Missed::MakeUp))?,
        announce: announce.map_or(Some(None), |announce| announce.map(Some))?,
        ..said
    };
    comes(&schedule, word, against, findings).then_some(schedule)
}

fn announce(table: Table<'_>, names: &Names, findings: &mut Findings) -> Option<Announce> {
    let before: Option<Duration> = table
        .text("before")
        .and_then(|word| positive(word, findings));
    let words = table.texts("to");
    if table.is_empty_list("to") {
        findings
            .error(
                table.place_of("to"),
                "訓練を前もって知らせる相手が誰もいません",
                "nobody is told of the drill beforehand",
            )
            .advise(
                "to = [\"post:it-staff\"] のように書くか、announce を消してください",
                "write for example to = [\"post:it-staff\"], or take announce out",
            );
    }
    Some(Announce {
        to: names.selectors(&words, findings),
        before: before?,
    })
}

type Refused = (Text, Text);

fn refused(ja: impl AsRef<str>, en: impl AsRef<str>) -> Refused {
    (Text::new(ja, en), Text::new(EXAMPLES.0, EXAMPLES.1))
}

/// What was said, each at most once.
#[derive(Default)]
struct Said {
    nth: Option<i8>,
    last: bool,
    weekday: Option<jiff::civil::Weekday>,
    date: Option<i8>,
    day: bool,
    week: bool,
    time: Option<Time>,
    random: bool,
    office: bool,
    toward: Option<Otherwise>,
    working: bool,
    months: Vec<i8>,
}

/// Reads the words. What goes beside them is filled in later.
fn read(text: &str) -> Result<Schedule, Refused> {
    let tokens = tokens(text).map_err(|rest| {
        refused(
            format!("訓練の予定「{text}」の「{rest}」から先が読めません"),
            format!("the schedule \"{text}\" cannot be read from \"{rest}\" on"),
        )
    })?;
    let mut said = Said::default();
    for token in tokens {
        said.take(token).ok_or_else(|| {
            refused(
                format!("訓練の予定「{text}」には、同じことが二度書かれています"),
                format!("the schedule \"{text}\" says one thing twice"),
            )
        })?;
    }
    said.months.sort_unstable();
    let whole = said.otherwise().zip(said.day()).zip(said.hour());
    let Some(((otherwise, day), hour)) = whole else {
        return Err(refused(
            format!("訓練の予定「{text}」からは、日と時刻が決まりません"),
            format!("the schedule \"{text}\" does not say a day and a time"),
        ));
    };
    numbers(day, &said.months, text)?;
    if matches!(day, Day::Week(_)) && (hour != Hour::Office || otherwise.is_some()) {
        return Err(refused(
            format!("訓練の予定「{text}」：週で決める訓練は、開庁時間内の抜き打ちだけです"),
            format!(
                "the schedule \"{text}\": a week goes with a random time in office hours alone"
            ),
        ));
    }
    Ok(Schedule {
        words: String::new(),
        months: said.months,
        day,
        hour,
        otherwise,
        missed: Missed::MakeUp,
        announce: None,
    })
}

impl Said {
    /// Takes one token in; `None` where it was said before.
    fn take(&mut self, token: Token) -> Option<()> {
        fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
            slot.replace(value).is_none().then_some(())
        }
        fn flag(slot: &mut bool) -> Option<()> {
            (!std::mem::replace(slot, true)).then_some(())
        }
        match token {
            Token::Nth(nth) => once(&mut self.nth, nth),
            Token::Last => flag(&mut self.last),
            Token::Weekday(day) => once(&mut self.weekday, day),
            Token::Date(day) => once(&mut self.date, day),
            // Why: "working day" is two words in English.
            Token::Day if self.working => Some(()),
            Token::Day => flag(&mut self.day),
            Token::Month(month) if self.months.contains(&month) => None,
            Token::Month(month) => {
                self.months.push(month);
                Some(())
            }
            Token::Time(time) => once(&mut self.time, time),
            Token::Week => flag(&mut self.week),
            Token::Random => flag(&mut self.random),
            Token::Office => flag(&mut self.office),
            Token::Next => once(&mut self.toward, Otherwise::Next),
            Token::Previous => once(&mut self.toward, Otherwise::Previous),
            Token::Working => flag(&mut self.working),
        }
    }

    fn day(&self) -> Option<Day> {
        let date = |date| {
            if date == LAST {
                Day::Last
            } else {
                Day::Date(date)
            }
        };
        match (self.nth, self.last, self.weekday, self.date, self.week) {
            (Some(nth), false, Some(day), None, false) => Some(Day::Weekday(Nth::Nth(nth), day)),
            (None, true, Some(day), None, false) => Some(Day::Weekday(Nth::Last, day)),
            (Some(nth), false, None, None, false) => Some(Day::Date(nth)),
            (None, true, None, None, false) if self.day => Some(Day::Last),
            (None, false, None, Some(day), false) => Some(date(day)),
            (Some(nth), false, None, None, true) => Some(Day::Week(nth)),
            _ => None,
        }
    }

    fn hour(&self) -> Option<Hour> {
        match (self.time, self.random, self.office) {
            (Some(time), false, false) => Some(Hour::At(time)),
            (None, true, true) => Some(Hour::Office),
            (None, false, false) => Some(Hour::At(USUAL)),
            _ => None,
        }
    }

    /// `None` where only half of it is said.
    fn otherwise(&self) -> Option<Option<Otherwise>> {
        (self.toward.is_some() == self.working).then_some(self.toward)
    }
}

/// Refuses numbers that no month has, or not each month named.
fn numbers(day: Day, months: &[i8], text: &str) -> Result<(), Refused> {
    if let Some(month) = months.iter().find(|month| !(1..=12).contains(*month)) {
        return Err(refused(
            format!("訓練の予定「{text}」：{month}月はありません"),
            format!("the schedule \"{text}\": there is no month {month}"),
        ));
    }
    // Why: of the shortest February, so that it comes in every year.
    let shortest = |month: i8| Date::constant(2025, 1, 1).with().month(month).build();
    let length = |month| shortest(month).map_or(28, |first| first.days_in_month());
    let all: Vec<i8> = (1..=12).collect();
    let named = if months.is_empty() { &all } else { months };
    let (ja, en) = match day {
        Day::Weekday(Nth::Nth(nth), _) if !(1..=4).contains(&nth) => (
            "第5の曜日は来ない月があります。「最終」と書いてください",
            "not every month has a fifth such day: write \"last\"",
        ),
        Day::Week(week) if !(1..=4).contains(&week) => (
            "週は第1から第4までです（第1週は1日から7日）",
            "weeks are the first to the fourth (the first is the 1st to the 7th)",
        ),
        Day::Date(day) if !(1..=31).contains(&day) => {
            ("その日はどの月にもありません", "no month has that day")
        }
        Day::Date(day) if named.iter().any(|month| length(*month) < day) => (
            "その日のない月があります。「末日」と書くか、月を書き添えてください",
            "not every month has that day: write \"last day\", or say in which months",
        ),
        _ => return Ok(()),
    };
    Err(refused(
        format!("訓練の予定「{text}」：{ja}"),
        format!("the schedule \"{text}\": {en}"),
    ))
}

/// Whether it comes in the months that it names; says so where it does not.
fn comes(
    schedule: &Schedule,
    word: Word<'_>,
    against: Against<'_>,
    findings: &mut Findings,
) -> bool {
    // Why: office hours that could not be read are complained of already.
    if against.has_hours && against.hours.is_none() {
        return true;
    }
    let first = Month::of(against.from);
    let months = (0..FORESEEN).map(|months| first.after(months));
    let named =
        |month: &Month| schedule.months.is_empty() || schedule.months.contains(&month.month);
    let (come, fall_out): (Vec<Month>, Vec<Month>) = months
        .filter(named)
        .partition(|month| schedule.due(*month, against.office(), 0).is_some());
    match fall_out.first() {
        None => true,
        Some(_) if come.is_empty() => {
            findings
                .error(
                    word.place,
                    format!("訓練の予定「{}」の日は一度も来ません", schedule.words),
                    format!("the schedule \"{}\" never comes", schedule.words),
                )
                .advise(
                    "[office_hours] の days と closed に照らして、開庁日に当たるように書いてください",
                    "let it fall on a working day of [office_hours] (days, closed)",
                );
            false
        }
        Some(month) => {
            findings
                .warn(
                    word.place,
                    format!(
                        "訓練の予定「{}」の日は、来ない月があります（{month} など）",
                        schedule.words
                    ),
                    format!(
                        "the schedule \"{}\" does not come in some months ({month} for one)",
                        schedule.words
                    ),
                )
                .advise(
                    "「、休みなら次の開庁日」を加えるか、ほかの週にしてください",
                    "add \", or the next working day\", or take another week",
                );
            true
        }
    }
}

/// Refuses two drills that are due at the same minute: people would get two at
/// once.
pub(super) fn apart<'a>(
    drills: impl Iterator<Item = (&'a Drill, Word<'a>)>,
    against: Against<'_>,
    findings: &mut Findings,
) {
    let mut taken: Vec<(&Drill, Vec<Timestamp>)> = Vec::new();
    for (drill, word) in drills {
        let Some(schedule) = drill.schedule.as_ref().filter(|one| !one.is_drawn()) else {
            continue;
        };
        let due: Vec<_> = against.times(schedule).collect();
        let other = taken
            .iter()
            .find(|(_, times)| times.iter().any(|time| due.binary_search(time).is_ok()));
        if let Some((other, _)) = other {
            findings
                .error(
                    word.place,
                    format!(
                        "訓練「{}」と「{}」の予定が同じ時刻に重なります",
                        other.id, drill.id
                    ),
                    format!(
                        "the drills \"{}\" and \"{}\" are due at the same time",
                        other.id, drill.id
                    ),
                )
                .advise(
                    "どちらかの日か時刻を変えてください",
                    "give one of them another day or time",
                );
        }
        taken.push((drill, due));
    }
}
