//! When the office is open, minute by minute where it matters.

use jiff::Timestamp;
use jiff::civil::{Weekday, date, time};
use jiff::tz::TimeZone;
use muster::domain::office_hours::{Closed, Holidays, MonthDay, OfficeHours};

fn office(holidays: Holidays) -> OfficeHours {
    let day = |month, day| MonthDay { month, day };
    OfficeHours {
        days: vec![Weekday::Monday, Weekday::Tuesday],
        from: time(8, 30, 0, 0),
        to: time(17, 15, 0, 0),
        holidays,
        closed: vec![
            Closed::Yearly(day(12, 29), day(1, 3)),
            Closed::Yearly(day(8, 17), day(8, 18)),
            Closed::Once(date(2026, 6, 1), date(2026, 6, 1)),
        ],
    }
}

fn open(office: &OfficeHours, at: &str) -> bool {
    let at: Timestamp = format!("{at}+09:00").parse().unwrap();
    office.is_open(at, &TimeZone::get("Asia/Tokyo").unwrap())
}

#[test]
fn it_opens_on_its_days_between_its_hours() {
    let office = office(Holidays::Japan);
    assert!(open(&office, "2026-11-24T08:30:00"));
    assert!(open(&office, "2026-11-24T17:14:59"));
    for shut in [
        "2026-11-24T08:29:59",
        "2026-11-24T17:15:00",
        "2026-11-25T10:00:00",
        "2026-11-24T00:00:00",
    ] {
        assert!(!open(&office, shut), "{shut}");
    }
}

/// The town's own time counts, whatever the machine's: 00:30 UTC is 09:30.
#[test]
fn the_hours_are_those_of_the_towns_time_zone() {
    let office = office(Holidays::Japan);
    let at: Timestamp = "2026-11-24T00:30:00Z".parse().unwrap();
    assert!(office.is_open(at, &TimeZone::get("Asia/Tokyo").unwrap()));
    assert!(!office.is_open(at, &TimeZone::UTC));
}

#[test]
fn holidays_close_it_where_it_keeps_them() {
    let monday = "2026-11-23T10:00:00";
    assert!(!open(&office(Holidays::Japan), monday));
    assert!(open(&office(Holidays::None), monday));
}

#[test]
fn its_own_closures_may_cross_the_year() {
    let office = office(Holidays::None);
    for (at, is_open) in [
        ("2026-12-28T10:00:00", true),
        ("2026-12-29T10:00:00", false),
        ("2028-01-03T10:00:00", false),
        ("2027-01-04T10:00:00", true),
        ("2026-08-17T10:00:00", false),
        ("2026-08-18T10:00:00", false),
        ("2027-08-16T10:00:00", true),
        ("2026-06-01T10:00:00", false),
        ("2027-06-01T10:00:00", true),
    ] {
        assert_eq!(open(&office, at), is_open, "{at}");
    }
}
