//! The drills that the plan wants: told ahead of time, and when one was missed.

use muster::domain::readiness::{Finding, Severity};

use super::drill_year::record;
use crate::support::world::World;

/// What readiness says of drills.
async fn found(world: &World) -> Vec<(Severity, String)> {
    let findings = world.engine.readiness().await.unwrap();
    let drills = findings.iter().filter(|it| matches!(it, Finding::Drill(_)));
    let said = drills.map(|finding| {
        let says = muster::message::words::readiness::finding(finding, world.plan());
        (finding.severity(), says.ja.to_string())
    });
    said.collect()
}

/// Who begins at the end of November has time; ten days before the end of
/// December it is told, and in January it was missed. The year's own drill is
/// told of from March, until it is written down.
#[tokio::test]
async fn a_drill_that_is_due_is_told_ahead_and_then_as_missed() {
    let world = World::example().await;
    assert_eq!(found(&world).await, []);
    world.away("480h");
    assert_eq!(found(&world).await, [], "14 December: there is time");
    world.away("192h");
    let soon = found(&world).await;
    assert_eq!(soon.len(), 1);
    assert_eq!(soon[0].0, Severity::Note);
    assert!(
        soon[0].1.contains("まもなく期限：2026年12月31日まで"),
        "{soon:?}"
    );
    world.away("360h");
    let missed = found(&world).await;
    assert_eq!(missed[0].0, Severity::Minor);
    assert!(
        missed[0].1.contains("2026年12月31日までの分が未実施"),
        "{missed:?}"
    );
    world.away("1440h");
    let march = found(&world).await;
    assert_eq!(march.len(), 2, "{march:?}");
    let yearly = march
        .iter()
        .find(|(_, says)| says.contains("机上訓練かシステム復旧訓練"));
    assert_eq!(yearly.unwrap().0, Severity::Note);
    record(&world, "2027-02-20").await;
    assert_eq!(found(&world).await.len(), 1, "the table is written down");
}

/// The administrators read it in the morning's mail, once while nothing changes.
#[tokio::test]
async fn administrators_are_told_in_the_mornings_mail() {
    let world = World::example().await;
    world.advance("7h").await;
    // To 26 December, a Saturday.
    world.advance("768h").await;
    let told: Vec<_> = world
        .sent()
        .into_iter()
        .filter(|sent| sent.subject.contains("名簿点検"))
        .collect();
    assert!(!told.is_empty());
    assert!(told[0].body.contains("まもなく期限"), "{}", told[0].body);
    let day = told[0].at.to_string();
    assert!(day.starts_with("2026-12-21T00:00"), "{day}");
    let it_manager = world.address("it-manager");
    assert_eq!(told.iter().filter(|sent| sent.to == it_manager).count(), 1);
}
