//! Row 62 of `docs/reliability.md`: at each instant exactly one answer to the
//! question whose turn it is, whatever zone, summer time, leap day or turn of
//! the year.

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use muster::domain::calendar;
use muster::domain::event::{Event, EventKind, Intensity};
use muster::domain::office_hours::{Closed, Holidays, Hours, MonthDay, OfficeHours};
use muster::domain::plan::Plan;
use muster::domain::rule::{Condition, Rule, select};
use proptest::prelude::*;

use crate::support::plans::{Town, quake};

/// Zones with whole, half and quarter hours, steps of an hour and of half of
/// one, both hemispheres, and one that once left out a day.
const ZONES: [&str; 12] = [
    "Asia/Tokyo",
    "UTC",
    "America/New_York",
    "Europe/London",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "America/Sao_Paulo",
];

/// Instants around which something changes: each step of each zone since 2007,
/// each turn of a year and each end of February, there.
static EDGES: LazyLock<Vec<Timestamp>> = LazyLock::new(|| {
    let from: Timestamp = "2007-01-01T00:00:00Z".parse().unwrap();
    let mut edges = Vec::new();
    for name in ZONES {
        let zone = TimeZone::get(name).unwrap();
        let steps = zone.following(from).take(80);
        edges.extend(steps.map(|step| step.timestamp()));
        for year in 2007..=2050 {
            for day in [Date::constant(year, 1, 1), Date::constant(year, 3, 1)] {
                edges.push(day.to_zoned(zone.clone()).unwrap().timestamp());
            }
        }
    }
    edges
});

fn any_instant() -> impl Strategy<Value = Timestamp> {
    let anywhere = 1_167_609_600_i64..4_102_444_800;
    let anywhere = anywhere.prop_map(|second| Timestamp::from_second(second).unwrap());
    let near = (any::<prop::sample::Index>(), -90_000_i64..90_000)
        .prop_map(|(edge, seconds)| *edge.get(&EDGES) + SignedDuration::from_secs(seconds));
    let at = (any::<prop::sample::Index>(), -1_i64..=1)
        .prop_map(|(edge, nanos)| *edge.get(&EDGES) + SignedDuration::from_nanos(nanos));
    prop_oneof![anywhere, near, at]
}

fn any_day() -> impl Strategy<Value = MonthDay> {
    let ends = [(1, 1), (1, 3), (2, 28), (2, 29), (3, 1), (12, 29), (12, 31)];
    let ends = prop::sample::select(ends.to_vec());
    prop_oneof![ends, (1_i8..=12, 1_i8..=28)].prop_map(|(month, day)| MonthDay { month, day })
}

fn any_office() -> impl Strategy<Value = OfficeHours> {
    let week = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    let days = prop::sample::subsequence(week.to_vec(), 1..=7);
    let hours =
        (0_i32..86_400, 0_i32..86_400).prop_filter("opens before it shuts", |(a, b)| a != b);
    let closed = prop::collection::vec((any_day(), any_day()), 0..3);
    (days, hours, any::<bool>(), closed).prop_map(|(days, (a, b), japan, closed)| OfficeHours {
        days,
        from: time(0, 0, 0, 0).wrapping_add(i64::from(a.min(b)).seconds()),
        to: time(0, 0, 0, 0).wrapping_add(i64::from(a.max(b)).seconds()),
        holidays: if japan {
            Holidays::Japan
        } else {
            Holidays::None
        },
        closed: closed
            .into_iter()
            .map(|(from, to)| Closed::Yearly(from, to))
            .collect(),
    })
}

/// A plan with one rule for office hours and one for all others.
fn plan(office: OfficeHours, zone: TimeZone) -> Plan {
    let mut plan = Town::new().0;
    let rule = |id: &str, hours| Rule {
        id: id.into(),
        when: Condition::Earthquake {
            from: Intensity::One,
            to: Intensity::Seven,
        },
        hours: Some(hours),
        ..Town::new().rule().clone()
    };
    let rules = [rule("day", Hours::Office), rule("night", Hours::Off)];
    plan.rules = rules
        .into_iter()
        .map(|rule| (rule.id.clone(), rule))
        .collect();
    plan.office_hours = Some(office);
    plan.time_zone = zone;
    plan
}

/// The date, the day of the week from Monday and the second of the day, by
/// plain arithmetic from the zone's offset (Hinnant, days to civil).
fn by_hand(at: Timestamp, zone: &TimeZone) -> ((i16, i8, i8), usize, i32) {
    let offset = i64::from(zone.to_offset(at).seconds());
    let local = at.as_nanosecond().div_euclid(1_000_000_000) as i64 + offset;
    let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    // 1970-01-01 was a Thursday.
    let weekday = (days + 3).rem_euclid(7) as usize;
    (
        (year as i16, month as i8, day as i8),
        weekday,
        second as i32,
    )
}

/// Whether the office is open, by the same arithmetic.
fn open_by_hand(office: &OfficeHours, at: Timestamp, zone: &TimeZone) -> bool {
    let ((year, month, day), weekday, second) = by_hand(at, zone);
    let of_the_day = |at: jiff::civil::Time| {
        i32::from(at.hour()) * 3600 + i32::from(at.minute()) * 60 + i32::from(at.second())
    };
    let is_day = office
        .days
        .iter()
        .any(|open| open.to_monday_zero_offset() as usize == weekday);
    let holiday = office.holidays == Holidays::Japan
        && calendar::holiday(Date::new(year, month, day).unwrap()).is_some();
    let today = (month, day);
    let closed = office.closed.iter().any(|closed| match closed {
        Closed::Once(..) => false,
        Closed::Yearly(from, to) => {
            let (from, to) = ((from.month, from.day), (to.month, to.day));
            if from <= to {
                from <= today && today <= to
            } else {
                today >= from || today <= to
            }
        }
    });
    is_day
        && !holiday
        && !closed
        && of_the_day(office.from) <= second
        && second < of_the_day(office.to)
}

/// Who answers for an earthquake at an instant: exactly one.
fn answer(plan: &Plan, at: Timestamp) -> String {
    let event: Event = (*quake(at)).clone();
    assert!(matches!(event.kind, EventKind::Earthquake { .. }));
    let selected = select(plan, &event).expect("nobody answers");
    assert!(selected.shadowed.is_empty(), "two answer");
    selected.rule.id.to_string()
}

proptest! {
    /// Whatever the zone, the office and the instant.
    #[test]
    fn exactly_one_answers_at_each_instant(
        at in any_instant(),
        zone in prop::sample::select(ZONES.to_vec()),
        office in any_office(),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let plan = plan(office.clone(), zone.clone());
        // And when it opens and shuts on that day, by its own time.
        let ((year, month, day), ..) = by_hand(at, &zone);
        let date = Date::new(year, month, day).unwrap();
        let turns = [office.from, office.to];
        let turns = turns.map(|turn| date.to_datetime(turn).to_zoned(zone.clone()).unwrap());
        for instant in [at, turns[0].timestamp(), turns[1].timestamp()] {
            for nanos in -1..=1 {
                let instant = instant + SignedDuration::from_nanos(nanos);
                let open = open_by_hand(&office, instant, &zone);
                let expected = if open { "day" } else { "night" };
                prop_assert_eq!(answer(&plan, instant), expected, "{}", instant);
            }
        }
    }
}

/// A leap second is read as an instant like any other (the last one of 2016).
#[test]
fn a_leap_second_has_one_answer() {
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let office = OfficeHours {
        days: vec![Weekday::Sunday],
        from: time(8, 59, 59, 0),
        to: time(9, 0, 0, 0),
        holidays: Holidays::None,
        closed: Vec::new(),
    };
    let plan = plan(office, zone);
    for (at, expected) in [
        ("2016-12-31T23:59:59Z", "day"),
        ("2016-12-31T23:59:60Z", "day"),
        ("2017-01-01T00:00:00Z", "night"),
    ] {
        assert_eq!(answer(&plan, at.parse().unwrap()), expected, "{at}");
    }
}
