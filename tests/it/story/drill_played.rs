//! What a drill takes from the real rule, and what it leaves alone.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::State;
use muster::domain::drill::{Answers, Called};
use muster::domain::event::EventKind;
use muster::domain::plan::Plan;
use muster::domain::rule::Selector;
use muster::engine::Error;

use crate::support::plans::minutes;
use crate::support::world::World;

fn stronger() -> EventKind {
    EventKind::Earthquake {
        intensity: muster::domain::event::Intensity::parse("6+").unwrap(),
    }
}

fn quiet(plan: &mut Plan) {
    plan.readiness = None;
}

/// Whoever forces a drill where nothing real is open has forced nothing: it
/// ends where something real begins, like every other.
#[tokio::test]
async fn a_drill_forced_for_nothing_gives_way() {
    let world = World::with(quiet).await;
    let drill = world.drill_beside("contact").await;
    let account = world.timeline(&drill).await;
    assert!(!account.contains("並行の確認"), "{account}");
    world.advance("10m").await;
    world.earthquake("5-").await;
    assert!(!world.see(&drill).await.state.is_live());
}

/// A drill that reminds until its set end does so, also where the procedure
/// that it plays runs out long before.
#[tokio::test]
async fn who_is_silent_is_reminded_until_the_set_end() {
    let world = World::with(|plan| {
        quiet(plan);
        let drill = plan.drills.get_mut("earthquake-5-lower").unwrap();
        drill.shorten = 60;
        drill.remind = Some(minutes(60));
        drill.ends_after = Some(minutes(8 * 60));
    })
    .await;
    let id = world.drill("earthquake-5-lower").await;
    world.advance("7h50m").await;
    let silent = world
        .see(&id)
        .await
        .participants
        .keys()
        .next()
        .unwrap()
        .clone();
    let called = world.sent_to(silent.as_str());
    assert!(called >= 8, "{called}");
    assert_eq!(world.see(&id).await.state, State::Open);
    world.advance("1h").await;
    assert_eq!(world.see(&id).await.state, State::Closed);
}

/// The time that a caller of a contact tree has is set in the drill: it is not
/// shortened, and the drill does not end before it.
#[tokio::test]
async fn a_shortened_drill_still_walks_its_whole_tree() {
    let world = World::with(|plan| {
        super::contact_tree::tree(plan);
        let drill = plan.drills.get_mut("contact").unwrap();
        drill.shorten = 10;
        drill.ends_after = Some(minutes(120));
    })
    .await;
    let id = world.drill("contact").await;
    world.advance("90m").await;
    let call_out = world.see(&id).await;
    assert_eq!(
        call_out.counts().called,
        5,
        "nobody answers, everybody is tried"
    );
}

/// A drill that asks only for receipt calls whom the rule calls in earnest: as
/// many as are needed, and the next in line for whoever is silent.
#[tokio::test]
async fn a_receipt_is_asked_of_whom_the_rule_calls() {
    let called = |answers| async move {
        let world = World::with(|plan: &mut Plan| {
            quiet(plan);
            let drill = plan.drills.get_mut("earthquake-5-lower").unwrap();
            drill.answers = answers;
        })
        .await;
        let id = world.drill("earthquake-5-lower").await;
        let first = world.see(&id).await.counts().called;
        world.advance("11m").await;
        let second = world.see(&id).await.counts().called;
        (world, id, first, second)
    };
    let (_, _, first, second) = called(Answers::Full).await;
    let (world, id, same_first, same_second) = called(Answers::Received).await;
    assert_eq!((same_first, same_second), (first, second));
    assert!(first < second, "deputies of whoever is silent");
    let call_out = world.see(&id).await;
    for person in call_out.participants.values().filter(|one| one.is_called()) {
        world
            .answer(&id, person.person.as_str(), Reply::Received)
            .await;
    }
    let call_out = world.see(&id).await;
    assert!(call_out.is_met(), "{:?}", call_out.targets);
    let world = world.crash().await;
    assert!(world.see(&id).await.is_met());
}

/// A drill that calls people of its own does not grow into the real rule.
#[tokio::test]
async fn a_drill_with_its_own_people_does_not_grow() {
    let world = World::with(|plan| {
        quiet(plan);
        let drill = plan.drills.get_mut("earthquake-5-lower").unwrap();
        drill.called = Called::People(vec![Selector::parse("section:health").unwrap()]);
    })
    .await;
    let id = world.drill("earthquake-5-lower").await;
    let before = world.see(&id).await.counts().called;
    let refused = world.grow(&id, stronger()).await.unwrap_err();
    assert!(matches!(refused, Error::OwnPeople(_)), "{refused}");
    assert_eq!(world.see(&id).await.counts().called, before);
}

/// One that plays the rule grows as it plays it: with its own reminders.
#[tokio::test]
async fn a_drill_that_plays_the_rule_grows_at_its_own_pace() {
    let world = World::with(|plan| {
        quiet(plan);
        plan.drills.get_mut("earthquake-5-lower").unwrap().shorten = 10;
    })
    .await;
    let id = world.drill("earthquake-5-lower").await;
    world.grow(&id, stronger()).await.unwrap();
    let grown = world.see(&id).await;
    let rule = &world.plan().rules[&grown.rule];
    let real = world.plan().procedures[&rule.procedure].clone();
    let last = |stages: &[muster::domain::procedure::Stage]| stages.last().unwrap().after;
    assert!(last(&grown.procedure.stages) * 5 < last(&real.stages));
}

/// The report of a drill that a real call-out ended waits for its end: nothing
/// stands in the way of the call.
#[tokio::test]
async fn a_drills_report_waits_for_the_end_of_a_real_call_out() {
    let world = World::with(quiet).await;
    let drill = world.drill("contact").await;
    world.advance("1m").await;
    let real = world.earthquake("5-").await.remove(0);
    world.advance("2h").await;
    assert!(!world.see(&drill).await.state.is_live());
    let reports = || {
        let sent = world.sent().into_iter();
        sent.filter(|mail| mail.subject.contains("報告")).count()
    };
    assert_eq!(reports(), 0);
    world.stand_down(&real, "終わり").await;
    world.advance("1m").await;
    assert!(reports() > 0);
}

/// And it is corrected as it plays it.
#[tokio::test]
async fn a_drill_that_plays_the_rule_is_corrected_at_its_own_pace() {
    let world = World::with(|plan| {
        quiet(plan);
        let drill = plan.drills.get_mut("earthquake-5-lower").unwrap();
        drill.shorten = 10;
        drill.answers = Answers::Received;
    })
    .await;
    let id = world.drill("earthquake-5-lower").await;
    let weaker = EventKind::Earthquake {
        intensity: muster::domain::event::Intensity::parse("4").unwrap(),
    };
    world.grow(&id, weaker).await.unwrap();
    world.advance("11m").await;
    let narrowed = world.see(&id).await;
    assert_eq!(narrowed.rule.as_str(), "P3");
    assert_eq!(narrowed.ask, muster::domain::rule::Ask::Everyone);
    let real = &world.plan().procedures["sections"];
    let stages = &narrowed.procedure.stages;
    let last = stages.last().unwrap().after - stages[stages.len() - 3].after;
    assert_eq!(last * 10, real.stages.last().unwrap().after);
}
