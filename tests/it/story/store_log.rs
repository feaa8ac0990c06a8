//! The store's log, which SQLite writes back into the file by itself, and says
//! nothing where it cannot.

use muster::store::{Durability, Settings, Store};
use sqlx::Connection as _;

use crate::readiness::http::get;
use crate::support::world::World;

/// What administrators were told of the log.
fn told(world: &World) -> Vec<String> {
    let sent = world.sent().into_iter().map(|sent| sent.body);
    sent.filter(|body| body.contains("muster.db-wal")).collect()
}

/// What the board, `muster status` and `/readyz` say of it.
async fn shown(world: &World) -> (bool, bool, bool) {
    let alarms = world.engine.alarms();
    let (status, ready) = get(world, "/readyz", "reader").await;
    assert_eq!(status, 200, "events are taken: {ready}");
    let (_, list) = get(world, "/api/v1/call-outs", "reader").await;
    let says = |text: &str| text.contains("muster.db-wal");
    let alarm = alarms.iter().any(|text| says(&text.en));
    (alarm, says(&ready), says(&list))
}

/// Somebody leaves a copying program open that reads the store, and the log
/// grows. Administrators hear of it after five minutes, once; events are taken
/// meanwhile, and once nobody reads it is written back and let go by itself.
#[tokio::test]
async fn a_log_that_somebody_reads_without_end_is_told() {
    let world = World::with(|plan| plan.readiness = None).await;
    let reader = world.read_on().await;
    world.log_grows(65).await;
    world.advance("10s").await;
    world.advance("4m").await;
    assert_eq!(told(&world), [""; 0]);
    assert_eq!(shown(&world).await, (false, false, false));
    world.advance("2m").await;
    let first = told(&world);
    assert!(first[0].contains("読み続けています"), "{first:?}");
    assert_eq!(shown(&world).await, (true, true, true));
    world.earthquake("4").await;
    world.advance("1h").await;
    assert_eq!(told(&world).len(), first.len(), "once");

    reader.close().await.unwrap();
    world.advance("1m").await;
    assert_eq!(shown(&world).await, (false, false, false));
    world.earthquake("5-").await;
    assert!(world.engine.store().wal_bytes() < 16 << 20);
}

/// A large commit, or a report that is read for a minute, is no failure: the log
/// is written back after it, and nobody is told.
#[tokio::test]
async fn a_log_that_grew_for_a_while_is_not_told() {
    let world = World::with(|plan| plan.readiness = None).await;
    let reader = world.read_on().await;
    world.log_grows(65).await;
    world.advance("10s").await;
    world.advance("4m").await;
    assert!(world.engine.store().log_is_large());
    reader.close().await.unwrap();
    world.advance("1h").await;
    assert_eq!(told(&world), [""; 0]);
    world.earthquake("4").await;
    assert!(!world.engine.store().log_is_large(), "its room is let go");
}

/// A store that is reached by a symbolic link: its log, its lock and its reserve are
/// where SQLite keeps the log, beside the file itself.
#[tokio::test]
async fn a_store_behind_a_symbolic_link_is_watched_where_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let [real, linked] = ["real", "linked"].map(|name| folder.path().join(name));
    for folder in [&real, &linked] {
        std::fs::create_dir(folder).unwrap();
    }
    let path = linked.join("muster.db");
    std::os::unix::fs::symlink(real.join("muster.db"), &path).unwrap();
    let durability = Durability::Full;
    let settings = Settings { path, durability };
    let store = Store::open(&settings).await.unwrap();
    store
        .hasten(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX)
        .wait()
        .await
        .unwrap();
    assert!(store.wal_bytes() > 0, "the log is seen");
    let beside = std::fs::read_dir(&linked).unwrap();
    assert_eq!(beside.count(), 1, "the link alone");
}
