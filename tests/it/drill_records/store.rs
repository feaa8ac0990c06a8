//! A record and its files are kept whole, once, and over a crash.

use muster::domain::drill::DrillKind;
use muster::domain::drill_record::{
    DrillRecord, MinutesFile, MinutesKind, Participant, Withdrawal,
};
use muster::domain::id::{PersonId, RecordId};
use muster::domain::text::Text;

use crate::support::world::World;

fn record(world: &World, day: &str) -> DrillRecord {
    DrillRecord {
        id: RecordId::new(format!("r-{day}")),
        kind: DrillKind::Tabletop,
        held_on: day.parse().unwrap(),
        title: "停電を想定した机上訓練".to_owned(),
        note: Some("電話網を確認\n発電機の鍵".to_owned()),
        participants: vec![
            Participant::Person(PersonId::new("it-1"), Text::new("職員1", "IT staff 1")),
            Participant::Guest("保守事業者".to_owned()),
            Participant::Number(3),
        ],
        files: vec![MinutesFile {
            name: "議事録.pdf".to_owned(),
            kind: MinutesKind::Pdf,
            bytes: 4,
        }],
        by: "token:duty".into(),
        recorded_at: world.clock.now(),
        withdrawn: None,
    }
}

#[tokio::test]
async fn a_record_outlives_a_crash_and_is_kept_once() {
    let world = World::example().await;
    let kept = record(&world, "2026-06-12");
    let files = vec![b"%PDF".to_vec()];
    let keep = world.engine.keep_drill_record(&kept, files);
    keep.await.unwrap();
    let world = world.crash().await;
    // The same again, by whoever: what stands stays as it is.
    let again = DrillRecord {
        by: "token:other".into(),
        ..kept.clone()
    };
    let keep = world
        .engine
        .keep_drill_record(&again, vec![b"else".to_vec()]);
    keep.await.unwrap();
    let store = world.engine.store();
    let year = ["2026-04-01", "2027-03-31"].map(|day| day.parse().unwrap());
    assert_eq!(
        store.drill_records(year[0], year[1]).await.unwrap(),
        std::slice::from_ref(&kept)
    );
    assert_eq!(
        store.drill_record(&kept.id).await.unwrap(),
        Some(kept.clone())
    );
    let file = store.drill_file(&kept.id, 1).await.unwrap();
    assert_eq!(file.as_deref(), Some(&b"%PDF"[..]));
    assert_eq!(store.drill_file(&kept.id, 2).await.unwrap(), None);
    assert_eq!(kept.heads(), 5);
}

/// Those of a year, by the day on which they were held.
#[tokio::test]
async fn records_are_found_by_their_day() {
    let world = World::example().await;
    for day in ["2027-04-01", "2026-03-31", "2027-03-31", "2026-04-01"] {
        let kept = record(&world, day);
        let keep = world.engine.keep_drill_record(&kept, vec![Vec::new()]);
        keep.await.unwrap();
    }
    let year = ["2026-04-01", "2027-03-31"].map(|day| day.parse().unwrap());
    let found = world
        .engine
        .store()
        .drill_records(year[0], year[1])
        .await
        .unwrap();
    let days: Vec<String> = found
        .iter()
        .map(|record| record.held_on.to_string())
        .collect();
    assert_eq!(days, ["2026-04-01", "2027-03-31"]);
}

/// A mistake is taken back once: the record stays with who did it and why, over
/// a crash, and counts for nothing that the plan wants.
#[tokio::test]
async fn a_withdrawn_record_stays_and_counts_no_more() {
    let world = World::example().await;
    let kept = record(&world, "2026-06-12");
    let keep = world
        .engine
        .keep_drill_record(&kept, vec![b"%PDF".to_vec()]);
    keep.await.unwrap();
    let year = muster::domain::drill_duty::Days::fiscal(2026).unwrap();
    let held = async |world: &World| world.engine.drills_held(year).await.unwrap().held.len();
    assert_eq!(held(&world).await, 1);
    let taken = |reason: &str| Withdrawal {
        by: "token:chief".into(),
        at: world.clock.now(),
        reason: reason.to_owned(),
    };
    let first = taken("日付の誤り");
    let none = RecordId::new("r-none");
    let nobody = world.engine.withdraw_drill_record(&none, &first);
    assert_eq!(nobody.await.unwrap(), None);
    let again = taken("別の理由");
    for withdrawal in [&first, &again] {
        let now = world.engine.withdraw_drill_record(&kept.id, withdrawal);
        assert_eq!(now.await.unwrap().unwrap().withdrawn, Some(first.clone()));
    }
    let world = world.crash().await;
    assert_eq!(held(&world).await, 0);
    let store = world.engine.store();
    let found = store.drill_records(year.first, year.last).await.unwrap();
    let wanted = DrillRecord {
        withdrawn: Some(first),
        ..kept.clone()
    };
    assert_eq!(found, [wanted]);
    let file = store.drill_file(&kept.id, 1).await.unwrap();
    assert_eq!(file.as_deref(), Some(&b"%PDF"[..]), "nothing is deleted");
}
