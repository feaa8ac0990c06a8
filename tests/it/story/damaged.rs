//! Call-outs of which the disk gives back something else: those who lead see the
//! others, and that these are there.

use crate::sign_in::town::Town;
use crate::support::world::World;

/// One person's row, and the body of one event, are damaged. The board and the lists
/// show the third call-out and name the two.
#[tokio::test]
async fn what_cannot_be_read_takes_no_list_with_it() {
    let world = World::with(|plan| plan.readiness = None).await;
    let mut damaged = Vec::new();
    for effect in ["residents", "work-hindered"] {
        damaged.extend(world.incident(effect).await);
        world.advance("1m").await;
    }
    assert_eq!(damaged.len(), 2);
    let whole = world.earthquake("5-").await.remove(0);
    world.advance("1m").await;
    let first = "(SELECT id FROM call_out ORDER BY opened_at LIMIT 1)";
    let second = "(SELECT event FROM call_out ORDER BY opened_at LIMIT 1 OFFSET 1)";
    let body = "body = 'x' || substr(body, 2)";
    let sql = format!(
        "UPDATE participant SET {body} WHERE call_out = {first}; \
         UPDATE event SET {body} WHERE id = {second}"
    );
    world.meddle(&sql).await;
    let world = world.crash().await;
    // Not all can be read, and that is said.
    let _ = world.engine.turn().await;
    let town = Town::of(world);
    let cookie = town.signed_in("it-manager@example.jp").await;
    for path in [
        "/",
        "/api/v1/call-outs",
        "/api/v1/call-outs?open=true",
        "/api/v1/call-outs?notices=true",
    ] {
        let seen = town.get(path, &cookie).await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.body);
        for id in damaged.iter().chain([&whole]) {
            assert!(
                seen.body.contains(id.as_str()),
                "{path}: {id} {}",
                seen.body
            );
        }
    }
    // Nor the report of a drill, nor what administrators were told.
    let store = town.world.engine.store();
    let (from, now) = (
        town.world.clock.now() - jiff::SignedDuration::from_hours(9),
        town.world.clock.now(),
    );
    store.drill_runs(from, now, 10).await.unwrap();
    store.untold_drills(from).await.unwrap();
    store.alarms(from).await.unwrap();
    store.ended_since(from, from).await.unwrap();
}
