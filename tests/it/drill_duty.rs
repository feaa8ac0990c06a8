//! The yearly duty, day by day.

use jiff::civil::Date;
use muster::domain::drill::DrillKind;
use muster::domain::drill_duty::{
    Days, DrillTerms, Duty, Every, Held, Known, State, Wanted, fiscal_year, parts, standings,
};
use proptest::prelude::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn terms(what: Wanted, every: Every) -> DrillTerms {
    DrillTerms {
        duties: vec![Duty { what, every }],
        ..DrillTerms::default()
    }
}

fn known(held: &[(DrillKind, &str)], since: Option<&str>) -> Known {
    Known {
        held: held
            .iter()
            .map(|(kind, at)| Held {
                kind: *kind,
                day: day(at),
            })
            .collect(),
        since: since.map(day),
    }
}

/// The years of a town begin in April.
#[test]
fn a_day_lies_in_its_month_quarter_half_and_year() {
    for (every, at, first, last) in [
        (Every::Month, "2026-02-28", "2026-02-01", "2026-02-28"),
        (Every::Month, "2024-02-29", "2024-02-01", "2024-02-29"),
        (Every::Quarter, "2026-03-31", "2026-01-01", "2026-03-31"),
        (Every::Quarter, "2026-04-01", "2026-04-01", "2026-06-30"),
        (Every::HalfYear, "2026-09-30", "2026-04-01", "2026-09-30"),
        (Every::HalfYear, "2027-01-15", "2026-10-01", "2027-03-31"),
        (Every::Year, "2027-03-31", "2026-04-01", "2027-03-31"),
        (Every::Year, "2026-04-01", "2026-04-01", "2027-03-31"),
    ] {
        let days = every.of(day(at));
        assert_eq!(
            (days.first, days.last),
            (day(first), day(last)),
            "{every:?} {at}"
        );
    }
    assert_eq!(fiscal_year(day("2027-03-31")), 2026);
    assert_eq!(
        Days::fiscal(2026).unwrap(),
        Every::Year.of(day("2026-12-24"))
    );
    let calendar = Days::calendar(2026).unwrap();
    assert_eq!((calendar.first, calendar.count()), (day("2026-01-01"), 365));
}

/// Which drills, how often, those held, the day; how it stands, and by when.
type Case = (
    Wanted,
    Every,
    Vec<(DrillKind, &'static str)>,
    &'static str,
    State,
    &'static str,
);

fn months() -> Vec<Case> {
    use DrillKind::{Contact, Tabletop};
    vec![
        (
            Wanted::Contact,
            Every::Month,
            vec![(Contact, "2026-06-02")],
            "2026-06-30",
            State::Done,
            "2026-07-31",
        ),
        (
            Wanted::Contact,
            Every::Month,
            vec![(Contact, "2026-05-02")],
            "2026-06-10",
            State::Open,
            "2026-06-30",
        ),
        (
            Wanted::Contact,
            Every::Month,
            vec![(Contact, "2026-05-02")],
            "2026-06-20",
            State::Soon,
            "2026-06-30",
        ),
        (
            Wanted::Contact,
            Every::Month,
            vec![(Contact, "2026-04-02")],
            "2026-06-01",
            State::Missed(day("2026-05-31")),
            "2026-06-30",
        ),
        (
            Wanted::Contact,
            Every::Month,
            vec![(Contact, "2026-04-02"), (Contact, "2026-06-01")],
            "2026-06-01",
            State::Done,
            "2026-07-31",
        ),
        // Of another kind, or of a day to come: not yet.
        (
            Wanted::Contact,
            Every::Month,
            vec![(Tabletop, "2026-06-02"), (Contact, "2026-05-30")],
            "2026-06-05",
            State::Open,
            "2026-06-30",
        ),
        (
            Wanted::Contact,
            Every::Month,
            vec![(Contact, "2026-06-09"), (Contact, "2026-05-30")],
            "2026-06-05",
            State::Open,
            "2026-06-30",
        ),
    ]
}

fn years() -> Vec<Case> {
    use DrillKind::{Contact, Recovery, Tabletop};
    vec![
        (
            Wanted::TabletopOrRecovery,
            Every::Year,
            vec![(Recovery, "2026-04-01")],
            "2027-03-31",
            State::Done,
            "2028-03-31",
        ),
        (
            Wanted::TabletopOrRecovery,
            Every::Year,
            vec![(Contact, "2026-04-01"), (Tabletop, "2026-02-01")],
            "2027-03-01",
            State::Soon,
            "2027-03-31",
        ),
        (
            Wanted::Tabletop,
            Every::Year,
            vec![(Tabletop, "2026-03-31")],
            "2026-12-24",
            State::Open,
            "2027-03-31",
        ),
        (
            Wanted::Any,
            Every::Year,
            vec![(Contact, "2026-05-01")],
            "2026-12-24",
            State::Done,
            "2028-03-31",
        ),
    ]
}

/// Done, time left, soon, missed.
#[test]
fn a_duty_stands_as_the_calendar_says() {
    let since = Some("2026-01-10");
    for (what, every, held, today, state, due) in [months(), years()].concat() {
        let standing = standings(&terms(what, every), &known(&held, since), day(today))[0];
        assert_eq!(
            standing.state, state,
            "{what:?} {every:?} {held:?} on {today}"
        );
        assert_eq!(
            standing.due,
            day(due),
            "{what:?} {every:?} {held:?} on {today}"
        );
    }
}

/// Who begins in the last days of a month has not missed that month, and who
/// begins in November has to the end of the year.
#[test]
fn a_beginner_has_missed_nothing() {
    let standing = |every, since, today| {
        standings(
            &terms(Wanted::Contact, every),
            &known(&[], Some(since)),
            day(today),
        )[0]
    };
    let first = standing(Every::Month, "2026-11-24", "2026-11-26");
    assert_eq!((first.state, first.due), (State::Open, day("2026-12-31")));
    let next = standing(Every::Month, "2026-11-24", "2026-12-05");
    assert_eq!((next.state, next.due), (State::Open, day("2026-12-31")));
    let missed = standing(Every::Month, "2026-11-24", "2027-01-05");
    assert_eq!(missed.state, State::Missed(day("2026-12-31")));
    let year = standing(Every::Year, "2026-11-24", "2026-11-26");
    assert_eq!((year.state, year.due), (State::Open, day("2027-03-31")));
}

proptest! {
    /// However drills fall: each counts in one month of its year alone, none is
    /// both done and missed, and the next day that is due lies not in the past.
    #[test]
    fn the_months_of_a_year_add_up(offsets in proptest::collection::vec(0..800_i32, 0..20), today in 0..800_i32, begins in 0..800_i32, every in 0..4_usize) {
        let zero = day("2025-04-01");
        let at = |offset: i32| zero.checked_add(jiff::Span::new().days(offset)).unwrap();
        let held = offsets.iter().map(|offset| Held { kind: DrillKind::Contact, day: at(*offset) });
        let known = Known { held: held.collect(), since: Some(at(begins)) };
        let (every, today) = (Every::ALL[every], at(today));
        let duty = Duty { what: Wanted::Any, every };
        let year = Every::Year.of(today);
        let parts = parts(duty, year, &known, today);
        prop_assert_eq!(parts[0].days.first, year.first);
        prop_assert_eq!(parts.last().unwrap().days.last, year.last);
        prop_assert!(parts.windows(2).all(|two| two[0].days.last.tomorrow().unwrap() == two[1].days.first));
        let done: u32 = parts.iter().map(|part| part.done).sum();
        let counted = known.held.iter().filter(|held| held.day <= today && year.contains(held.day));
        prop_assert_eq!(done as usize, counted.count());
        prop_assert!(parts.iter().all(|part| !(part.done > 0 && part.missed)));
        let standing = standings(&terms(Wanted::Any, every), &known, today)[0];
        prop_assert!(standing.due >= today);
        prop_assert_eq!(standing.state == State::Done, standing.done > 0);
    }
}
