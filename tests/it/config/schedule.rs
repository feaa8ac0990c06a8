//! The schedule of a drill, in calendar words: what is read, and what is not.

use jiff::Timestamp;
use muster::domain::schedule::{Month, Office};

use muster::config::{self, Sources};
use muster::domain::plan::Plan;

use super::small::{lines, said};

/// The example's rules with a change.
fn sources(change: impl Fn(&str) -> String) -> Sources {
    let mut sources = Sources::example();
    sources.rules.text = change(&sources.rules.text);
    sources
}

fn problems(change: impl Fn(&str) -> String) -> String {
    lines(&said(&sources(change)))
}

fn plan(change: impl Fn(&str) -> String) -> Plan {
    let checked = config::check(&sources(change), &[]);
    checked
        .unwrap_or_else(|said| panic!("{}", lines(&said)))
        .plan
}

const DRILL: &str = r#"ends_after = "8h""#;

fn with(schedule: &str) -> impl Fn(&str) -> String {
    let line = format!("{DRILL}\nschedule = \"{schedule}\"");
    move |rules: &str| rules.replacen(DRILL, &line, 1)
}

/// When a drill of these words is due in a month, as the clock on the wall says.
fn due(schedule: &str, month: &str) -> String {
    let plan = plan(with(schedule));
    let drill = &plan.drills["contact"];
    let office = Office {
        hours: plan.office_hours.as_ref(),
        zone: &plan.time_zone,
    };
    let month = Month::parse(month).unwrap();
    let due = drill.schedule.as_ref().unwrap().due(month, office, 12_345);
    let local = |at: Timestamp| plan.time_zone.to_datetime(at).to_string();
    due.map_or("-".to_owned(), local)
}

#[test]
fn calendar_words_of_both_languages_name_a_day_and_a_time() {
    let rows = [
        ("first Tuesday 10:00", "2026-12", "2026-12-01T10:00:00"),
        ("第1火曜日 10:00", "2026-12", "2026-12-01T10:00:00"),
        ("第１火曜日　１０：００", "2026-12", "2026-12-01T10:00:00"),
        ("毎月第3金曜 13時30分", "2026-12", "2026-12-18T13:30:00"),
        (
            "the third Friday at 13:30",
            "2026-12",
            "2026-12-18T13:30:00",
        ),
        ("last Friday 9:05", "2026-12", "2026-12-25T09:05:00"),
        ("最終金曜日", "2026-12", "2026-12-25T10:00:00"),
        // 15 November 2026 is a Sunday.
        ("15th", "2026-11", "2026-11-15T10:00:00"),
        (
            "15th, or the next working day",
            "2026-11",
            "2026-11-16T10:00:00",
        ),
        (
            "15日 11:00、休みなら次の開庁日",
            "2026-11",
            "2026-11-16T11:00:00",
        ),
        ("15日、休みなら前の開庁日", "2026-11", "2026-11-13T10:00:00"),
        // 23 November is 勤労感謝の日, a Monday after a weekend.
        (
            "23rd 10:00, or the previous working day",
            "2026-11",
            "2026-11-20T10:00:00",
        ),
        (
            "第4月曜日 10:00、休日なら翌開庁日",
            "2026-11",
            "2026-11-24T10:00:00",
        ),
        // The office of the example is closed from 29 December to 3 January.
        (
            "last day 16:00, or the previous working day",
            "2026-12",
            "2026-12-28T16:00:00",
        ),
        (
            "末日 16:00、休みなら次の開庁日",
            "2026-12",
            "2027-01-04T16:00:00",
        ),
        ("9月と3月の第1火曜日", "2026-12", "-"),
        ("9月と3月の第1火曜日", "2027-03", "2027-03-02T10:00:00"),
        ("1st of September 10:00", "2027-09", "2027-09-01T10:00:00"),
        ("31st of March 10:00", "2027-03", "2027-03-31T10:00:00"),
    ];
    for (words, month, wanted) in rows {
        assert_eq!(due(words, month), wanted, "{words}");
    }
}

/// A drawn time lies in office hours of a working day of its week, whatever is
/// drawn.
#[test]
fn a_random_time_is_within_office_hours() {
    for words in [
        "random time in office hours of the second week",
        "第2週の開庁時間内に抜き打ち",
    ] {
        let plan = plan(with(words));
        let schedule = plan.drills["contact"].schedule.clone().unwrap();
        let hours = plan.office_hours.as_ref().unwrap();
        let office = Office {
            hours: Some(hours),
            zone: &plan.time_zone,
        };
        let mut days = std::collections::BTreeSet::new();
        for drawn in 0..5_000_u64 {
            let month = Month {
                year: 2027,
                month: 1,
            };
            let at = schedule.due(month, office, drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let at = at.unwrap();
            assert!(hours.is_open(at, &plan.time_zone), "{at}");
            days.insert(plan.time_zone.to_datetime(at).day());
        }
        // 9 and 10 January 2027 are a weekend, the 11th is 成人の日.
        assert_eq!(days.into_iter().collect::<Vec<_>>(), [8, 12, 13, 14]);
    }
}

#[test]
fn what_never_comes_or_comes_twice_is_refused_in_words() {
    let rows = [
        ("fifth Tuesday 10:00", "write \"last\""),
        ("第5火曜日", "write \"last\""),
        ("31日 10:00", "write \"last day\""),
        ("30th of February", "write \"last day\""),
        ("29th of February", "write \"last day\""),
        ("32nd", "no month has that day"),
        ("0日", "no month has that day"),
        ("13月の1日", "there is no month 13"),
        ("9月と9月の1日", "says one thing twice"),
        ("first Tuesday 10:00 14:00", "says one thing twice"),
        ("first Tuesday, second Friday", "says one thing twice"),
        ("first Tuesday 25:00", "cannot be read from"),
        ("every now and then", "cannot be read from"),
        ("たまに", "cannot be read from"),
        ("10:00", "does not say a day and a time"),
        ("first", "is due"),
        ("Tuesday", "does not say a day and a time"),
        ("first Tuesday or the next", "does not say a day and a time"),
        ("second week 10:00", "a random time in office hours alone"),
        (
            "random time in office hours of the fifth week",
            "weeks are the first to the fourth",
        ),
        ("", "empty"),
    ];
    for (words, wanted) in rows {
        let problems = problems(with(words));
        if wanted == "is due" {
            // "first" alone is the first day of each month.
            assert_eq!(problems, "", "{words}");
            continue;
        }
        assert!(problems.contains(wanted), "{words}: {problems}");
    }
}

/// A week in which the office is never open.
#[test]
fn a_week_of_closed_days_is_refused_and_one_now_and_then_is_warned_of() {
    let never = |rules: &str| {
        let rules = with("1月の第1週の開庁時間内に抜き打ち")(rules);
        rules.replace("\"12-29..01-03\"", "\"12-29..01-07\"")
    };
    let said = problems(never);
    assert!(said.contains("never comes"), "{said}");
    let sometimes = |rules: &str| {
        let rules = with("第1週の開庁時間内に抜き打ち")(rules);
        rules.replace("\"12-29..01-03\"", "\"12-29..01-07\"")
    };
    let said = problems(sometimes);
    assert!(said.contains("does not come in some months"), "{said}");
}

#[test]
fn two_drills_at_the_same_minute_are_refused() {
    let both = |rules: &str| {
        let rules = with("first Tuesday 10:00")(rules);
        rules.replace(
            "event = { kind = \"earthquake\", intensity = \"5-\" }",
            "event = { kind = \"earthquake\", intensity = \"5-\" }\nschedule = \"9月の第1火曜日 10:00\"",
        )
    };
    let said = problems(both);
    assert!(said.contains("are due at the same time"), "{said}");
}

#[test]
fn what_goes_with_a_schedule_does_not_stand_alone() {
    for (line, wanted) in [
        (
            "missed = \"skip\"",
            "a drill without a schedule has \"missed\"",
        ),
        (
            "announce = { before = \"24h\", to = [\"post:it-staff\"] }",
            "a drill without a schedule has \"announce\"",
        ),
        (
            "schedule = \"15th\"\nmissed = \"later\"",
            "\"later\" is no way with a missed run",
        ),
        (
            "schedule = \"15th\"\nannounce = { before = \"24h\", to = [] }",
            "nobody is told of the drill beforehand",
        ),
        (
            "schedule = \"15th\"\nannounce = { before = \"soon\", to = [\"post:it-staff\"] }",
            "is no duration",
        ),
    ] {
        let rules = |rules: &str| rules.replacen(DRILL, &format!("{DRILL}\n{line}"), 1);
        let said = problems(rules);
        assert!(said.contains(wanted), "{line}: {said}");
    }
}

/// A rule for nights alone takes nothing at ten in the morning.
#[test]
fn a_drill_that_is_due_when_no_rule_takes_its_event_is_refused() {
    let nights = |schedule: &'static str| {
        move |rules: &str| {
            let when = "when = { security_incident = { effect = \"residents\" } }";
            let off = when.replace(" } }", " }, hours = \"off\" }");
            with(schedule)(rules).replace(when, &off)
        }
    };
    let wanted = "at the time at which the drill is due no rule applies";
    for schedule in [
        "first Tuesday 10:00, or the next working day",
        "random time in office hours of the second week",
    ] {
        let said = problems(nights(schedule));
        assert!(said.contains(wanted), "{schedule}: {said}");
    }
    let said = problems(nights("first Tuesday 20:00"));
    assert!(!said.contains("is due no rule applies"), "{said}");
    let said = problems(nights("15th 10:00"));
    assert!(said.contains("at some of the times"), "{said}");
}

/// Who may not order a posture may not order it in a drill; by hand it is
/// refused then, so it is no more than a warning.
#[test]
fn a_drill_in_the_name_of_somebody_who_may_not_order_it_is_refused() {
    let plays = |event: &'static str, schedule: &'static str| {
        move |rules: &str| {
            let real =
                "event = { kind = \"security-incident\", effect = \"residents\", systems = [41] }";
            let changed = rules.replacen(real, event, 1);
            assert_ne!(changed, rules);
            changed.replacen(DRILL, &format!("{DRILL}\n{schedule}"), 1)
        }
    };
    let due = "schedule = \"first Tuesday 10:00\"";
    let clerk = "event = { kind = \"wind-flood\", posture = 3, ordered_by = \"it-1\" }";
    let nobody = "event = { kind = \"threat\", like = \"P4\", threat = \"火山噴火\" }";
    let mayor = "event = { kind = \"wind-flood\", posture = 3, ordered_by = \"mayor\" }";
    for (event, wanted) in [(clerk, "cannot order it"), (nobody, "has no ordered_by")] {
        for schedule in [due, ""] {
            let said = problems(plays(event, schedule));
            assert!(said.contains(wanted), "{event}: {said}");
            assert_eq!(said.contains("warning: "), schedule.is_empty(), "{said}");
        }
    }
    let said = problems(plays(mayor, due));
    assert!(!said.contains("the order of"), "{said}");
}
