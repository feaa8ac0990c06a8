//! Japan's public holidays against the list that the Cabinet Office gives
//! out each February (国民の祝日について), 2019 to 2027.

use jiff::civil::date;
use muster::domain::calendar::holiday;

/// Each year's holidays as month and day, substitutes and days between
/// included.
const LISTS: [(i16, &str); 9] = [
    (
        2019,
        "1/1 1/14 2/11 3/21 4/29 4/30 5/1 5/2 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 10/22 11/3 11/4 11/23",
    ),
    (
        2020,
        "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23",
    ),
    (
        2021,
        "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23",
    ),
    (
        2022,
        "1/1 1/10 2/11 2/23 3/21 4/29 5/3 5/4 5/5 7/18 8/11 9/19 9/23 10/10 11/3 11/23",
    ),
    (
        2023,
        "1/1 1/2 1/9 2/11 2/23 3/21 4/29 5/3 5/4 5/5 7/17 8/11 9/18 9/23 10/9 11/3 11/23",
    ),
    (
        2024,
        "1/1 1/8 2/11 2/12 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/22 9/23 10/14 11/3 11/4 11/23",
    ),
    (
        2025,
        "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
    ),
    (
        2026,
        "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
    ),
    (
        2027,
        "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23",
    ),
];

/// Every holiday of a year.
fn holidays(year: i16) -> Vec<jiff::civil::Date> {
    let days = date(year, 1, 1).series(jiff::ToSpan::day(1));
    days.take_while(|day| day.year() == year)
        .filter(|day| holiday(*day).is_some())
        .collect()
}

#[test]
fn every_holiday_of_the_official_lists_and_no_other() {
    for (year, list) in LISTS {
        let found: Vec<String> = holidays(year)
            .iter()
            .map(|day| format!("{}/{}", day.month(), day.day()))
            .collect();
        assert_eq!(found.join(" "), list, "{year}");
    }
}

#[test]
fn they_are_called_by_their_names() {
    for (year, month, day, name) in [
        (2018, 12, 23, "天皇誕生日"),
        (2019, 4, 30, "国民の休日"),
        (2019, 5, 1, "休日（即位の日）"),
        (2019, 10, 14, "体育の日"),
        (2020, 7, 24, "スポーツの日"),
        (2021, 8, 9, "振替休日"),
        (2026, 2, 23, "天皇誕生日"),
        (2026, 5, 6, "振替休日"),
        (2026, 9, 22, "国民の休日"),
        (2026, 11, 23, "勤労感謝の日"),
    ] {
        let found = holiday(date(year, month, day)).map(|name| name.0);
        assert_eq!(found, Some(name), "{year}-{month}-{day}");
    }
}

/// Outside the years that the law and the formula cover nothing is made up.
#[test]
fn no_year_is_guessed() {
    for year in [1, 1999, 2006, 2100, 9999] {
        assert!(holidays(year).is_empty(), "{year}");
    }
    assert!(!holidays(2007).is_empty() && !holidays(2099).is_empty());
}
