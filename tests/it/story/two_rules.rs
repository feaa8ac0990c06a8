//! Which rule: by day, by night, and where two rules match.

use jiff::Timestamp;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::office_hours::Hours;
use muster::domain::rule::{CallMode, Condition, Precedence};
use muster::engine::Told;
use muster::report::explain::explain;

use crate::support::world::{World, told};

const FOUR: EventKind = EventKind::Earthquake {
    intensity: Intensity::Four,
};

/// The example plan, with a rule of its own for 震度4 out of hours: deputies
/// are called at the same moment. P3 stays as it is, or is for the day alone.
async fn town(p3: Option<Hours>) -> World {
    World::with(|plan| {
        let mut off = plan.rules["P3"].clone();
        off.id = "P3-off".into();
        off.hours = Some(Hours::Off);
        for target in &mut off.targets {
            target.mode = CallMode::AtOnce;
        }
        plan.rules["P3"].hours = p3;
        plan.rules.insert(off.id.clone(), off);
    })
    .await
}

fn japan(at: &str) -> Timestamp {
    format!("{at}+09:00").parse().unwrap()
}

/// 震度4 at a time in Japan: the rule that ran, and how many were called.
async fn shaken(world: &World, at: &str) -> (String, u32) {
    // Told when it happens: what is long past, or to come, starts nothing.
    let by = japan(at).duration_since(world.clock.now());
    match by.is_negative() {
        true => world.clock.set_back(by.unsigned_abs()),
        false => world.clock.advance(by.unsigned_abs()),
    }
    let told = Told {
        at: Some(japan(at)),
        ..told(FOUR)
    };
    let accepted = world.engine.tell(told).await.unwrap();
    assert_eq!(accepted.call_outs.len(), 1, "one event starts one rule");
    let call_out = world.see(&accepted.call_outs[0]).await;
    (call_out.rule.to_string(), call_out.counts().called)
}

/// The same earthquake on a working day and in the night after it.
#[tokio::test]
async fn the_same_earthquake_by_day_and_by_night_runs_different_rules() {
    let (day, called_by_day) =
        shaken(&town(Some(Hours::Office)).await, "2026-11-20T10:00:00").await;
    let (night, called_by_night) =
        shaken(&town(Some(Hours::Office)).await, "2026-11-20T22:00:00").await;
    assert_eq!((day.as_str(), night.as_str()), ("P3", "P3-off"));
    assert!(called_by_night > called_by_day, "deputies are called too");
}

/// A Monday at ten: the office is shut on 勤労感謝の日, and between the years.
#[tokio::test]
async fn a_holiday_monday_is_as_the_night() {
    for (at, rule) in [
        ("2026-11-23T10:00:00", "P3-off"),
        ("2026-11-30T10:00:00", "P3"),
        ("2026-12-29T10:00:00", "P3-off"),
    ] {
        let (ran, _) = shaken(&town(Some(Hours::Office)).await, at).await;
        assert_eq!(ran, rule, "{at}");
    }
    let plan = town(None).await.plan().clone();
    let explained = explain(&plan, &FOUR.into(), japan("2026-11-23T10:00:00")).unwrap();
    assert_eq!(&*explained.holiday.unwrap().ja, "勤労感謝の日");
}

/// By night both match: the one bound to hours runs, and `explain` shows the
/// other with the reason.
#[tokio::test]
async fn explain_shows_both_rules_and_why_one_is_used() {
    let world = town(None).await;
    let at = "2026-11-20T22:00:00";
    assert_eq!(shaken(&world, at).await.0, "P3-off");
    let explained = explain(world.plan(), &FOUR.into(), japan(at)).unwrap();
    assert_eq!(explained.rule.id.as_str(), "P3-off");
    assert_eq!(explained.hours, Some(Hours::Off));
    let shadowed: Vec<_> = explained
        .shadowed
        .iter()
        .map(|(rule, why)| (rule.id.as_str(), *why))
        .collect();
    assert_eq!(shadowed, [("P3", Precedence::Hours)]);
    let by_day = explain(world.plan(), &FOUR.into(), japan("2026-11-20T10:00:00")).unwrap();
    assert_eq!(by_day.rule.id.as_str(), "P3");
    assert!(by_day.shadowed.is_empty());
}

/// P2 and P3 both name 震度5弱: one call-out, by the narrower rule. Nobody is
/// called twice for one earthquake.
#[tokio::test]
async fn two_rules_that_match_start_one_call_out() {
    let world = World::with(|plan| {
        plan.rules["P3"].when = Condition::Earthquake {
            from: Intensity::Four,
            to: Intensity::FiveLower,
        };
    })
    .await;
    let call_outs = world.earthquake("5-").await;
    assert_eq!(call_outs.len(), 1);
    assert_eq!(world.see(&call_outs[0]).await.rule.as_str(), "P2");
}
