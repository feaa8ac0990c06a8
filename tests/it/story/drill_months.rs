//! Drills month after month: each one's report stands beside those before it.

use muster::domain::acknowledgement::Reply;
use muster::domain::id::CallOutId;
use muster::message::report::Report;
use muster::report::outcome::{self, Asked};

use crate::support::world::World;

/// The report of one run, as whoever may read is given it.
pub(super) async fn report(world: &World, id: &CallOutId) -> Report {
    let kept = world.engine.store().load(id).await.unwrap().unwrap();
    let records = world.engine.store().journal(id, 0).await.unwrap();
    let earlier = world.engine.runs_before(&kept.call_out).await.unwrap();
    outcome::of(Asked {
        kept: &kept,
        records: &records,
        earlier: &earlier,
        next: None,
        plan: world.plan(),
        addresses: false,
        now: world.clock.now(),
    })
}

/// A contact drill at ten, in which these answer after so many minutes; it ends
/// by itself at six.
pub(super) async fn held(world: &World, answers: &[(&str, i64)]) -> CallOutId {
    let id = world.drill("contact").await;
    let mut passed = 0;
    for (person, minutes) in answers {
        world.advance(&format!("{}m", minutes - passed)).await;
        passed = *minutes;
        world.answer(&id, person, Reply::Received).await;
    }
    world.advance(&format!("{}m", 8 * 60 + 1 - passed)).await;
    id
}

/// The same hour of the day, some days later.
pub(super) async fn days(world: &World, days: i64) {
    let rest = days * 24 * 60 - (8 * 60 + 1);
    world.advance(&format!("{rest}m")).await;
}

/// November, December, January: one learns to answer, one has a dead address.
async fn three_months() -> (World, [CallOutId; 3]) {
    let world = World::example().await;
    world.advance("7h").await;
    let november = held(&world, &[("it-1", 30)]).await;
    days(&world, 28).await;
    // Another drill, and one in earnest, are no runs of this one.
    let other = world.drill("earthquake-5-lower").await;
    world.stand_down(&other, "終了").await;
    let contacts = world.plan().roster.people["it-2"].contacts.clone();
    for contact in &contacts {
        world.bounce(&contact.address);
    }
    let december = held(&world, &[("it-1", 7), ("it-manager", 12)]).await;
    days(&world, 28).await;
    for contact in &contacts {
        world.mend(&contact.address);
    }
    let january = held(
        &world,
        &[
            ("it-2", 1),
            ("it-1", 2),
            ("it-manager", 4),
            ("deputy-mayor", 5),
        ],
    )
    .await;
    (world.crash().await, [november, december, january])
}

#[tokio::test]
async fn a_drill_is_compared_with_those_before_it() {
    let (world, [november, december, january]) = three_months().await;
    let first = report(&world, &november).await;
    assert!(first.runs.is_empty(), "nothing to compare it with");
    let page = world
        .engine
        .standing()
        .messages
        .report_page(&first)
        .unwrap();
    assert!(page.contains("この訓練の記録は、今回が最初です"), "{page}");
    let third = report(&world, &january).await;
    let runs: Vec<&str> = third.runs.iter().map(|run| run.call_out.as_str()).collect();
    assert_eq!(
        runs,
        [november.as_str(), december.as_str(), january.as_str()]
    );
    let told: Vec<String> = third
        .runs
        .iter()
        .map(|run| {
            format!(
                "called {} reached {} answered {} ({:?} %) never {} median {:?}",
                run.called(),
                run.reached(),
                run.answered(),
                run.answered_percent().unwrap(),
                run.never(),
                run.times.median,
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    called 8 reached 8 answered 1 (12 %) never 0 median Some(1800s)
    called 8 reached 7 answered 2 (25 %) never 1 median Some(570s)
    called 8 reached 8 answered 4 (50 %) never 0 median Some(180s)
    ");
    let messages = &world.engine.standing().messages;
    let page = messages.report_page(&third).unwrap();
    for said in [
        "これまでの実施との比較",
        "今回",
        "実施ごとの推移",
        "前回（2026年12月22日(火) 10:00）",
    ] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
    let json = outcome::json(&third, world.plan());
    assert_eq!(json["runs"].as_array().unwrap().len(), 3);
    assert_eq!(json["runs"][2]["call_out"], january.as_str());
    let second = report(&world, &december).await;
    assert_eq!(second.runs.len(), 2, "a later run is none before it");
    let dead: Vec<&str> = second.dead().map(|(row, _)| row.person.as_str()).collect();
    assert!(dead.contains(&"it-2"), "{dead:?}");
}

/// A drill nobody answers has a report in words, and no figure of nothing.
#[tokio::test]
async fn a_drill_that_nobody_answers_is_told_in_words() {
    let world = World::example().await;
    let first = held(&world, &[]).await;
    days(&world, 1).await;
    let second = held(&world, &[]).await;
    assert!(report(&world, &first).await.times.median.is_none());
    let told = report(&world, &second).await;
    let page = world.engine.standing().messages.report_page(&told).unwrap();
    assert!(page.contains("回答者なし"), "{page}");
    assert!(page.contains("時間を計れる回答はありません"), "{page}");
    assert!(!page.contains("NaN"), "{page}");
}
