//! A crowd is called at once, and the places of most of it are made after the first.
//!
//! Owns that nothing else differs by it, in any town.

use jiff::SignedDuration;
use muster::domain::absence::Absence;
use muster::domain::call_out::{CallOut, Effect, Opening, open, open_first};
use muster::domain::id::{CallOutId, PersonId, RuleId};
use muster::domain::journal::Entry;
use muster::domain::plan::Plan;
use muster::domain::rule::{CallMode, Confirm, Need};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::random::day;
use crate::support::plans::{RULE, Town, dawn, minutes, quake, stage};

/// A call-out as it begins, by one of the ways.
fn begun(plan: &Plan, rule: &RuleId, first: Option<usize>) -> (CallOut, Vec<Effect>) {
    let event = quake(dawn());
    let rule = &plan.rules[rule];
    let opening = Opening {
        event: &event,
        rule,
        procedure: &plan.procedures[&rule.procedure],
        plan,
    };
    let id = CallOutId::new("c");
    match first {
        Some(first) => open_first(id, opening, dawn(), first),
        None => open(id, opening, dawn()),
    }
}

/// What was done, whatever the order of the people.
fn sorted(effects: &[Effect]) -> Vec<String> {
    let mut sorted: Vec<String> = effects.iter().map(|effect| format!("{effect:?}")).collect();
    sorted.sort();
    sorted
}

/// The account, but for who is out of reach, which is said as they are called.
fn account(effects: &[Effect]) -> Vec<&Entry> {
    let entries = effects.iter().filter_map(|effect| match effect {
        Effect::Journal(Entry::Unreachable { .. }) => None,
        Effect::Journal(entry) => Some(entry),
        _ => None,
    });
    entries.collect()
}

fn called(call_out: &CallOut) -> Vec<&str> {
    call_out.participants.keys().map(PersonId::as_str).collect()
}

/// Whoever is called is called as it opens, and one target of everybody is there.
fn begins_at_once(plan: &mut Plan) {
    for rule in plan.rules.values_mut() {
        rule.confirm = Confirm::None;
        rule.decision = None;
        if let Some(target) = rule.targets.first_mut() {
            target.need = Need::Everyone;
        }
    }
    for procedure in plan.procedures.values_mut() {
        if let Some(stage) = procedure.stages.first_mut() {
            stage.after = minutes(0);
        }
    }
}

/// Begins both ways; how many places were made later.
fn same(plan: &Plan, rule: &RuleId, (first, most): (usize, usize)) -> usize {
    let (together, effects) = begun(plan, rule, None);
    assert!(together.is_whole());
    let (mut apart, mut all) = begun(plan, rule, Some(first));
    assert_eq!(
        account(&all),
        account(&effects),
        "the account is whole at once"
    );
    let later = apart.later();
    while !apart.is_whole() {
        let before = apart.later();
        all.extend(apart.call_later(most, plan, dawn()));
        assert_eq!(apart.later(), before.saturating_sub(most));
    }
    assert_eq!(sorted(&all), sorted(&effects));
    assert_eq!(apart, together);
    later
}

/// In any town, with somebody away or nobody, by a rule that calls some or by one that
/// calls everybody, a call-out is in the end the same.
#[test]
fn who_is_called_does_not_depend_on_when_the_places_are_made() {
    let config = Config {
        failure_persistence: None,
        cases: 1_000,
        ..Config::default()
    };
    let later = std::cell::Cell::new(0);
    let run = |(day, away, most): (_, Vec<PersonId>, usize)| {
        let super::random::Day {
            town: Town(mut plan),
            ..
        } = day;
        for person in away {
            let absence = Absence {
                person: person.clone(),
                since: dawn(),
                until: dawn() + SignedDuration::from_hours(8),
                reason: None,
                by: "token:duty".into(),
            };
            plan.absences.insert(person, absence);
        }
        begins_at_once(&mut plan);
        for rule in [RULE, "P1"] {
            for first in [1, 2] {
                let so_many = same(&plan, &RuleId::new(rule), (first, most));
                later.set(later.get() + so_many);
            }
        }
        Ok(())
    };
    let person = prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "g"]);
    let away = prop::collection::vec(person.prop_map(PersonId::new), 0..3);
    let days = (day(), away, 1_usize..4);
    if let Err(error) = TestRunner::new(config).run(&days, run) {
        panic!("{error}");
    }
    assert!(later.get() > 500, "it was tried: {}", later.get());
}

/// Whoever leads and whoever is wanted in a duty of their own are among the first.
#[test]
fn who_leads_and_who_has_a_duty_are_first() {
    let town = Town::new()
        .people(&["a", "b", "c", "d", "e", "f"], &["mail"])
        .squad("squad", Some(1), &["e"], &["f"])
        .target("everyone", Need::Everyone, CallMode::AtOnce)
        .target("squad:squad", Need::Roster, CallMode::InTurn)
        .stage(stage(0))
        .stage(stage(10))
        .administrator("z");
    let rule = RuleId::new(RULE);
    let (mut call_out, effects) = begun(&town.0, &rule, Some(2));
    assert_eq!(called(&call_out), ["a", "b", "e", "f", "z"]);
    assert_eq!(call_out.later(), 2);
    let all = Entry::Stage {
        stage: 1,
        cause: muster::domain::journal::StageCause::Due,
        called: 7,
        reminded: 0,
    };
    assert!(account(&effects).contains(&&all), "everybody counts");
    call_out.call_later(1, &town.0, dawn());
    assert_eq!(called(&call_out), ["a", "b", "e", "f", "z", "c"]);
    same(&town.0, &rule, (2, 1));
}

/// Nobody of the first can be reached: whether anybody can decides what follows, and so
/// nobody is left for later.
#[test]
fn a_crowd_whose_first_are_out_of_reach_is_called_together() {
    let town = Town::new()
        .people(&["a", "b"], &[])
        .people(&["c", "d", "e"], &["mail"])
        .target("everyone", Need::Everyone, CallMode::AtOnce)
        .stage(stage(0))
        .stage(stage(10));
    let rule = RuleId::new(RULE);
    assert_eq!(same(&town.0, &rule, (2, 1)), 0);
    assert_eq!(same(&town.0, &rule, (1, 1)), 0);
}
