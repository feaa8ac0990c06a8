//! Whatever the schedule, the outages and the real call-outs: each due drill
//! happens at most once, and none is lost in silence.

use std::collections::BTreeMap;

use jiff::civil::{Weekday, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use muster::clock::Draw;
use muster::domain::office_hours::{Holidays, OfficeHours};
use muster::domain::schedule::occasion::{Done, Step, View};
use muster::domain::schedule::{
    Announce, Change, Day, Hour, Missed, Month, Nth, Office, Otherwise, Schedule,
};
use proptest::prelude::*;

fn office_hours() -> OfficeHours {
    OfficeHours {
        days: vec![
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
        ],
        from: time(8, 30, 0, 0),
        to: time(17, 15, 0, 0),
        holidays: Holidays::Japan,
        closed: Vec::new(),
    }
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let weekday = (1_i8..=7).prop_map(|day| Weekday::from_monday_one_offset(day).unwrap());
    let nth = prop_oneof![(1_i8..=4).prop_map(Nth::Nth), Just(Nth::Last)];
    let day = prop_oneof![
        (nth, weekday).prop_map(|(nth, day)| Day::Weekday(nth, day)),
        (1_i8..=31).prop_map(Day::Date),
        Just(Day::Last),
        (1_i8..=4).prop_map(Day::Week),
    ];
    let otherwise = prop_oneof![
        Just(None),
        Just(Some(Otherwise::Next)),
        Just(Some(Otherwise::Previous)),
    ];
    let missed = prop_oneof![Just(Missed::MakeUp), Just(Missed::Skip)];
    let months = prop_oneof![Just(Vec::new()), prop::collection::vec(1_i8..=12, 1..4)];
    let announced = prop::option::of((1_u64..400).prop_map(|hours| Announce {
        before: std::time::Duration::from_secs(hours * 3600),
        to: Vec::new(),
    }));
    let hour = (0_i8..24, 0_i8..60).prop_map(|(hour, minute)| time(hour, minute, 0, 0));
    (day, hour, otherwise, missed, months, announced).prop_map(
        |(day, at, otherwise, missed, months, announce)| Schedule {
            words: String::new(),
            months,
            day,
            hour: match day {
                Day::Week(_) => Hour::Office,
                _ => Hour::At(at),
            },
            otherwise: otherwise.filter(|_| !matches!(day, Day::Week(_))),
            missed,
            announce,
        },
    )
}

/// One stretch of time: how long, whether the daemon is up, whether a real
/// call-out is open.
type Stretch = (u32, bool, bool);

/// What happened to each occasion.
#[derive(Default, Debug)]
struct Seen {
    runs: BTreeMap<Month, Vec<Timestamp>>,
    fell_out: BTreeMap<Month, u32>,
    announced: BTreeMap<Month, u32>,
}

/// Lives through the stretches as the engine does: it looks whenever something
/// is due, and after each restart.
fn live(
    schedule: &Schedule,
    zone: &TimeZone,
    stretches: &[Stretch],
) -> (Seen, Timestamp, Timestamp) {
    let hours = office_hours();
    let office = Office {
        hours: Some(&hours),
        zone,
    };
    let since: Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
    let draw = |month: Month, moves: u32| Draw::new(7, &format!("{month}-{moves}")).number();
    let mut done: BTreeMap<Month, Done> = BTreeMap::new();
    let mut seen = Seen::default();
    let mut now = since;
    for (hours, up, real) in stretches {
        let end = now + SignedDuration::from_hours(i64::from(*hours));
        while *up && now <= end {
            let mut steps = 0;
            while let Some((one, step)) = (View {
                schedule,
                since,
                done: &done,
                office,
            })
            .step(now, *real, &draw)
            {
                steps += 1;
                assert!(steps < 16, "it does not come to rest: {step:?}");
                match &step {
                    Step::Start => {
                        assert!(!real, "no drill beside a real call-out");
                        seen.runs.entry(one.month).or_default().push(now);
                    }
                    Step::Change(Change::Announced(_)) => {
                        assert!(one.due > now, "announced after it was due");
                        *seen.announced.entry(one.month).or_default() += 1;
                    }
                    Step::Change(Change::Moved { to, .. }) => {
                        assert!(*to > now);
                        assert!(office.works(zone.to_datetime(*to).date()));
                    }
                    Step::Change(Change::Skipped { .. }) => {
                        *seen.fell_out.entry(one.month).or_default() += 1;
                    }
                    Step::Change(_) => {}
                }
                let done = done.entry(one.month).or_default();
                match step {
                    Step::Start => done.over = true,
                    Step::Change(change) => done.take(&change),
                }
            }
            let view = View {
                schedule,
                since,
                done: &done,
                office,
            };
            match view.wake(now, &draw) {
                Some(at) if at <= end => {
                    assert!(at > now, "it wakes for nothing");
                    now = at;
                }
                _ => break,
            }
        }
        now = end;
    }
    (seen, since, now)
}

/// What a real call-out moved is held after all, though the daemon was down for
/// weeks then, and its own month is long past.
#[test]
fn what_was_moved_is_held_however_old_it_is() {
    let schedule = Schedule {
        words: String::new(),
        months: vec![11],
        day: Day::Last,
        hour: Hour::At(time(0, 0, 0, 0)),
        otherwise: None,
        missed: Missed::MakeUp,
        announce: None,
    };
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let stretches = [
        (1_038, false, false),
        (365, true, true),
        (971, false, false),
        (1_500, true, false),
    ];
    let (seen, _, _) = live(&schedule, &zone, &stretches);
    let november = Month {
        year: 2026,
        month: 11,
    };
    assert_eq!(seen.runs.keys().collect::<Vec<_>>(), [&november]);
}

fn zones() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(vec![
        "Asia/Tokyo",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
    ])
    .prop_map(|name| TimeZone::get(name).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_due_drill_happens_at_most_once_and_none_is_lost_in_silence(
        schedule in schedules(),
        zone in zones(),
        stretches in prop::collection::vec((1_u32..900, prop::bool::weighted(0.8), prop::bool::weighted(0.2)), 1..30),
    ) {
        let (seen, since, end) = live(&schedule, &zone, &stretches);
        for (month, runs) in &seen.runs {
            prop_assert_eq!(runs.len(), 1, "twice in {}: {:?}", month, runs);
            prop_assert!(!seen.fell_out.contains_key(month), "{month} was held and fell out");
        }
        for (month, times) in seen.fell_out.iter().chain(&seen.announced) {
            prop_assert_eq!(*times, 1, "told twice of {}", month);
        }
        // Two occasions are never held at the same time.
        let mut times: Vec<&Timestamp> = seen.runs.values().flatten().collect();
        times.sort();
        for pair in times.windows(2) {
            prop_assert!(pair[0] < pair[1], "two at {}", pair[0]);
        }
        // Where the daemon was up for ever after, and no real call-out open, each
        // occasion of that time was held.
        let long_down = stretches.iter().any(|(hours, up, _)| !up && *hours > 24 * 40);
        if !long_down && stretches.iter().all(|(_, up, real)| *up && !real) {
            let hours = office_hours();
            let office = Office { hours: Some(&hours), zone: &zone };
            let draw = |month: Month, moves: u32| Draw::new(7, &format!("{month}-{moves}")).number();
            let first = Month::at(since, &zone);
            for months in 0..60 {
                let month = first.after(months);
                if let Some(due) = schedule.due(month, office, draw(month, 0))
                    && due >= since && due <= end
                {
                    prop_assert_eq!(seen.runs.get(&month), Some(&vec![due]));
                }
            }
        }
    }

    /// What is due is held, moved or said to fall out: nothing else becomes of
    /// it, however often the daemon is down for a while.
    #[test]
    fn an_occasion_is_held_or_said_to_fall_out(
        schedule in schedules(),
        stretches in prop::collection::vec((1_u32..600, any::<bool>(), prop::bool::weighted(0.2)), 1..20),
    ) {
        // Two months of rest at the end, so that everything comes to its end.
        let rest = [(1_500, true, false)];
        let stretches: Vec<Stretch> = stretches.into_iter().chain(rest).collect();
        let down = stretches.iter().map(|(hours, up, _)| if *up { 0 } else { *hours });
        // Consecutive outages add up; what is older than two months is forgotten.
        let longest = stretches.split(|(_, up, _)| *up).map(|run| run.iter().map(|one| one.0).sum::<u32>());
        prop_assume!(longest.max().unwrap_or(0) < 24 * 60 && down.sum::<u32>() < 100_000);
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        let (seen, since, end) = live(&schedule, &zone, &stretches);
        let hours = office_hours();
        let office = Office { hours: Some(&hours), zone: &zone };
        let draw = |month: Month, moves: u32| Draw::new(7, &format!("{month}-{moves}")).number();
        let first = Month::at(since, &zone).after(-1);
        for months in 0..40 {
            let month = first.after(months);
            let Some(due) = schedule.due(month, office, draw(month, 0)) else { continue };
            if due >= since && due <= end - SignedDuration::from_hours(24 * 20) {
                let became = seen.runs.contains_key(&month) || seen.fell_out.contains_key(&month);
                prop_assert!(became, "{} of {} was lost", due, month);
            }
        }
    }
}
