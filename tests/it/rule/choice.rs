//! Of several rules that match, one is chosen, and it is said why.

use jiff::Timestamp;
use jiff::civil::{Weekday, time};
use muster::domain::event::{Event, EventKind, Intensity};
use muster::domain::office_hours::{Holidays, Hours, OfficeHours};
use muster::domain::plan::Plan;
use muster::domain::rule::{Condition, Precedence, Rule, Selected, choose, select};
use proptest::prelude::*;

use crate::support::plans::{Town, quake};

/// A rule for a range of intensities, at certain hours.
fn rule(id: &str, from: Intensity, to: Intensity, hours: Option<Hours>) -> Rule {
    Rule {
        id: id.into(),
        when: Condition::Earthquake { from, to },
        hours,
        ..Town::new().rule().clone()
    }
}

fn plan(rules: &[Rule]) -> Plan {
    let mut plan = Town::new().0;
    plan.rules = rules
        .iter()
        .map(|rule| (rule.id.clone(), rule.clone()))
        .collect();
    plan.office_hours = Some(OfficeHours {
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
    });
    plan
}

/// 震度5弱 at a time in Japan.
fn five_lower(at: &str) -> Event {
    let at: Timestamp = format!("{at}+09:00").parse().unwrap();
    (*quake(at)).clone()
}

fn said(selected: Option<Selected<'_>>) -> String {
    let Some(selected) = selected else {
        return "nobody".to_owned();
    };
    let shadowed = selected.shadowed.iter();
    let shadowed: Vec<_> = shadowed
        .map(|(rule, why)| format!("{} {}", rule.id, why.name()))
        .collect();
    format!("{}: {}", selected.rule.id, shadowed.join(", "))
}

#[test]
fn hours_go_before_range_and_range_before_order() {
    use Intensity::{FiveLower, FiveUpper, Four, Seven};
    let plan = plan(&[
        rule("wide", Four, Seven, None),
        rule("wide-again", Four, Seven, None),
        rule("narrow", FiveLower, FiveUpper, None),
        rule("night", Four, Seven, Some(Hours::Off)),
    ]);
    let night = five_lower("2026-11-24T03:00:00");
    assert_eq!(
        said(select(&plan, &night)),
        "night: wide hours, wide-again hours, narrow hours"
    );
    let day = five_lower("2026-11-24T10:00:00");
    assert_eq!(
        said(select(&plan, &day)),
        "narrow: wide narrower, wide-again narrower"
    );
    let mut four = day;
    four.kind = EventKind::Earthquake { intensity: Four };
    assert_eq!(said(select(&plan, &four)), "wide: wide-again first");
}

/// A holiday is night all day long (2026-11-23, a Monday).
#[test]
fn a_holiday_is_out_of_hours() {
    use Intensity::{One, Seven};
    let plan = plan(&[
        rule("day", One, Seven, Some(Hours::Office)),
        rule("night", One, Seven, Some(Hours::Off)),
    ]);
    let at = |at: &str| said(select(&plan, &five_lower(at)));
    assert_eq!(at("2026-11-20T10:00:00"), "day: ");
    assert_eq!(at("2026-11-20T08:29:59"), "night: ");
    assert_eq!(at("2026-11-20T08:30:00"), "day: ");
    assert_eq!(at("2026-11-20T17:15:00"), "night: ");
    assert_eq!(at("2026-11-22T10:00:00"), "night: ");
    assert_eq!(at("2026-11-23T10:00:00"), "night: ");
}

/// P8: whoever entered the threat chose the row, at any hour.
#[test]
fn a_threat_starts_the_rule_that_a_person_chose() {
    use Intensity::{One, Seven};
    let plan = plan(&[
        rule("day", One, Seven, Some(Hours::Office)),
        rule("night", One, Seven, None),
    ]);
    let mut event = five_lower("2026-11-23T10:00:00");
    let mut like = |id: &str| {
        event.kind = EventKind::Threat {
            like: id.into(),
            threat: "噴火".to_owned(),
            ordered_by: None,
        };
        said(select(&plan, &event))
    };
    assert_eq!(like("day"), "day: ");
    assert_eq!(like("night"), "night: ");
    assert_eq!(like("none"), "nobody");
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    let hours = prop_oneof![
        Just(None),
        Just(Some(Hours::Office)),
        Just(Some(Hours::Off))
    ];
    let one = (0..9_usize, 0..9_usize, hours);
    proptest::collection::vec(one, 0..6).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        rules
            .map(|(number, (a, b, hours))| {
                let (from, to) = (Intensity::ALL[a.min(b)], Intensity::ALL[a.max(b)]);
                rule(&format!("R{number}"), from, to, hours)
            })
            .collect()
    })
}

proptest! {
    /// Whatever the rules: what matches is either the winner or said to be
    /// shadowed, none beats the winner, and every reason is true.
    #[test]
    fn every_rule_that_matches_is_accounted_for(
        rules in any_rules(),
        intensity in 0..9_usize,
        office in any::<bool>(),
    ) {
        let kind = EventKind::Earthquake { intensity: Intensity::ALL[intensity] };
        let now = Hours::of(office);
        let matching: Vec<&Rule> = rules
            .iter()
            .filter(|rule| rule.when.holds(&kind) && rule.hours.is_none_or(|hours| hours == now))
            .collect();
        let Some(selected) = choose(&rules, &kind, Some(now)) else {
            prop_assert!(matching.is_empty());
            return Ok(());
        };
        let winner = selected.rule;
        let place = |rule: &Rule| rules.iter().position(|other| other.id == rule.id);
        prop_assert_eq!(selected.shadowed.len() + 1, matching.len());
        for (other, why) in selected.shadowed {
            prop_assert!(matching.contains(&other) && other.id != winner.id);
            match why {
                Precedence::Hours => prop_assert!(winner.hours.is_some() && other.hours.is_none()),
                Precedence::Narrower => {
                    prop_assert_eq!(winner.hours.is_some(), other.hours.is_some());
                    prop_assert!(winner.when.breadth() < other.when.breadth());
                }
                Precedence::First => {
                    prop_assert_eq!(winner.hours.is_some(), other.hours.is_some());
                    prop_assert_eq!(winner.when.breadth(), other.when.breadth());
                    prop_assert!(place(winner) < place(other));
                }
            }
        }
    }
}
