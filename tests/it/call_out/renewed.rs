//! What waits for its time, over starts of the daemon: on any day, and in the order
//! that a standstill of hours has.

use jiff::{SignedDuration, Timestamp};
use muster::domain::call_out::{CallOut, Effect, State};
use muster::domain::journal::Entry;
use muster::domain::notification::Purpose;
use muster::domain::plan::Plan;
use muster::domain::rule::{CallMode, Confirm, Need};
use muster::store::codec;

use super::play::Play;
use super::property::{Step, always};
use super::random::Happening;
use crate::support::plans::{Town, stage};

/// One thing that takes effect at a time.
struct Waits {
    /// When.
    due: Timestamp,
    /// How long it waits as it begins.
    whole: SignedDuration,
    renewed: bool,
}

fn seconds(count: u32) -> SignedDuration {
    SignedDuration::from_secs(i64::from(count))
}

fn hold(call_out: &CallOut) -> Option<Waits> {
    let Confirm::Hold { seconds: wait } = call_out.terms.confirm else {
        return None;
    };
    let by_itself = call_out.state == State::Held && !call_out.is_paused();
    Some(Waits {
        due: call_out.held_until.filter(|_| by_itself)?,
        whole: seconds(wait),
        renewed: call_out.course.renewed,
    })
}

fn growth(call_out: &CallOut) -> Option<Waits> {
    let growth = call_out.course.growth.as_ref();
    let growth = growth.filter(|growth| !growth.second_person && call_out.state.is_live())?;
    Some(Waits {
        due: growth.until,
        whole: seconds(growth.seconds),
        renewed: growth.renewed,
    })
}

fn correction(call_out: &CallOut, plan: &Plan) -> Option<Waits> {
    let correction = call_out.course.correction.as_ref();
    let correction = correction.filter(|_| call_out.state.is_live())?;
    Some(Waits {
        due: correction.due,
        whole: SignedDuration::try_from(plan.reports.correct_after).unwrap(),
        renewed: correction.renewed,
    })
}

/// What waited before a step, and what of it still waits.
fn waited(step: &Step<'_>) -> Vec<(&'static str, Waits, Option<Waits>)> {
    let (before, after) = (&step.before.call_out, &step.after.call_out);
    let plan = &step.before.plan;
    let each = [
        ("the hold", hold(before), hold(after)),
        ("the growth", growth(before), growth(after)),
        (
            "the correction",
            correction(before, plan),
            correction(after, plan),
        ),
    ];
    let waited = each.into_iter();
    waited
        .filter_map(|(what, before, after)| Some((what, before?, after)))
        .collect()
}

/// Nothing takes effect as the daemon comes back, but what had its second wait; and
/// that is the last one.
#[test]
fn what_waits_takes_effect_at_no_start_and_waits_twice_at_most() {
    always(|_: &mut (), step| {
        if !matches!(step.what, Happening::Away(_)) {
            return;
        }
        let now = step.after.now;
        let paused = step.after.call_out.is_paused();
        for (what, before, waits) in waited(step) {
            if before.renewed {
                let due = waits.map(|waits| waits.due);
                assert!(due.is_none_or(|due| due == before.due), "{what} waits on");
                continue;
            }
            if paused && what != "the correction" {
                continue;
            }
            let Some(waits) = waits else {
                panic!("{what} took effect in a start");
            };
            let left = waits.due.duration_since(now);
            assert!(left * 2 >= before.whole, "{what} has {left} left");
            assert!(left <= before.whole, "{what} waits longer than it may");
            let short = before.due.duration_since(now) * 2 < before.whole;
            assert_eq!(waits.renewed, short, "{what}");
            assert!(short || waits.due == before.due, "{what} is put off");
        }
    });
}

fn town() -> Town {
    Town::new()
        .people(&["a", "b", "chief"], &["mail"])
        .administrator("chief")
        .squad("squad-0", None, &["a"], &["b"])
        .target("squad:squad-0", Need::Roster, CallMode::InTurn)
        .stage(stage(0))
        .stage(stage(600))
        .exhausted_after(900)
        .with_other_rules()
}

/// How often a wait was given once more by the last thing that was done.
fn again(play: &Play) -> usize {
    let again = |effect: &&Effect| matches!(effect, Effect::Journal(Entry::Renewed { .. }));
    play.last.iter().filter(again).count()
}

/// Whether it goes on is asked of what is held and of a growth, which would call by
/// themselves; a correction calls nobody, and has its wait beside that.
#[test]
fn after_hours_a_correction_alone_has_its_wait() {
    let hours = SignedDuration::from_hours(11);
    let mut held = Play::open(town().hold(60));
    held.stand_still(hours);
    assert!(held.call_out.is_paused());
    assert_eq!(
        (again(&held), held.messages("chief", Purpose::Held)),
        (0, 1)
    );

    let mut grows = Play::open(town());
    grows.plan.rules["P1"].confirm = Confirm::Hold { seconds: 60 };
    grows.grow("P1");
    grows.stand_still(hours);
    assert!(grows.call_out.is_paused());
    assert_eq!(
        (again(&grows), grows.messages("chief", Purpose::Held)),
        (0, 1)
    );

    let mut weaker = Play::open(town());
    weaker.correct(Some("P3"));
    weaker.stand_still(hours);
    assert!(weaker.call_out.is_paused());
    assert_eq!(again(&weaker), 1);
    assert_eq!(weaker.messages("chief", Purpose::Corrected), 2);
    weaker.minutes(10);
    assert_eq!(weaker.call_out.rule.as_str(), "P3");
}

/// What is held anew, for a weaker report, has both of its waits.
#[test]
fn what_is_held_anew_has_its_second_wait_again() {
    let mut play = Play::open(town().hold(60));
    play.plan.rules["P3"].confirm = Confirm::Hold { seconds: 60 };
    play.away(SignedDuration::from_mins(5));
    assert_eq!(again(&play), 1);
    play.correct(Some("P3"));
    play.away(SignedDuration::from_mins(5));
    assert_eq!((play.state(), again(&play)), (State::Held, 1));
    play.away(SignedDuration::from_mins(5));
    assert_eq!((play.state(), again(&play)), (State::Open, 0));
}

/// A growth that begins on a second person's word begins at no time: it alarms.
#[test]
fn a_growth_that_wants_a_second_person_has_no_second_wait() {
    let mut play = Play::open(town());
    play.plan.rules["P1"].confirm = Confirm::SecondPerson { seconds: 60 };
    play.grow("P1");
    play.away(SignedDuration::from_mins(5));
    assert_eq!(again(&play), 0);
    assert_eq!(play.messages("chief", Purpose::Unconfirmed), 1);
}

/// What an exercise waits for is not put off past its set end.
#[test]
fn what_ends_with_a_standstill_waits_for_nothing() {
    let mut play = Play::open(town().hold(60));
    play.call_out.course.ends_at = Some(play.now + SignedDuration::from_mins(5));
    play.stand_still(SignedDuration::from_mins(20));
    assert_eq!(again(&play), 0);
}

/// What an older version kept has had no second wait, and has one.
#[test]
fn what_an_older_version_kept_has_its_second_wait() {
    let mut play = Play::open(town());
    play.correct(None);
    let kept = codec::progress(&play.call_out);
    assert_eq!(kept.matches("\"renewed\":false").count(), 2, "{kept}");
    let mut older: serde_json::Value = serde_json::from_str(&kept).unwrap();
    older.as_object_mut().unwrap().remove("seal");
    for course in ["/course", "/course/correction"] {
        let part = older.pointer_mut(course).unwrap();
        part.as_object_mut().unwrap().remove("renewed").unwrap();
    }
    let bodies = codec::Frozen {
        frozen: codec::frozen(&play.call_out),
        progress: older.to_string(),
    };
    let event = muster::domain::event::Event::clone(&play.call_out.event);
    let read = codec::read_call_out(event, &bodies, 1).unwrap();
    assert_eq!(read.course, play.call_out.course);
}
