//! On which day, at what time, and whether it is told.

use jiff::Timestamp;
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;
use muster::domain::readiness::{USUAL, day, due_after, is_told};
use muster::domain::text::Text;

use crate::support::plans::text;

fn tokyo() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap()
}

fn at(words: &str) -> Timestamp {
    words.parse().unwrap()
}

#[test]
fn a_day_is_done_from_its_time_on() {
    let zone = tokyo();
    let on = |words: &str| day(USUAL, &zone, at(words));
    assert_eq!(on("2026-11-25T08:59:59+09:00"), date(2026, 11, 24));
    assert_eq!(on("2026-11-25T09:00:00+09:00"), date(2026, 11, 25));
    assert_eq!(on("2026-11-25T23:59:59+09:00"), date(2026, 11, 25));
}

#[test]
fn the_next_is_the_day_after_in_the_towns_own_time() {
    let due = due_after(date(2026, 11, 24), time(7, 30, 0, 0), &tokyo());
    assert_eq!(due, Some(at("2026-11-25T07:30:00+09:00")));
    // A time that the clock leaps over in spring is looked for an hour later.
    let paris = TimeZone::get("Europe/Paris").unwrap();
    let due = due_after(date(2026, 3, 28), time(2, 30, 0, 0), &paris);
    assert_eq!(due, Some(at("2026-03-29T03:30:00+02:00")));
}

#[test]
fn what_changed_is_told_and_what_did_not_once_a_week() {
    let (one, two) = ([text("one")], [text("one"), text("two")]);
    let none: [Text; 0] = [];
    let told =
        |found: &[Text], on: Date, before: &[Text], last: Date| is_told(found, on, before, last);
    let (sunday, monday) = (date(2026, 11, 22), date(2026, 11, 23));
    let (tuesday, friday) = (date(2026, 11, 24), date(2026, 11, 27));
    assert!(told(&one, tuesday, &none, monday), "new");
    assert!(told(&two, tuesday, &one, monday), "more");
    assert!(told(&one, tuesday, &two, monday), "less");
    assert!(!told(&one, tuesday, &one, monday), "the same");
    assert!(!told(&none, tuesday, &two, monday), "nothing is left");
    assert!(told(&one, monday, &one, sunday), "a new week");
    assert!(!told(&none, monday, &none, sunday));
    assert!(
        told(&one, tuesday, &one, sunday),
        "Monday was missed, and is made up"
    );
    assert!(
        !told(&one, friday, &one, monday),
        "days were missed, but no Monday"
    );
}
