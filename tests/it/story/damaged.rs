//! Call-outs of which the disk gives back something else: those who lead see the
//! others, and that these are there.

use std::sync::atomic::Ordering;

use muster::domain::event::{EventKind, Intensity};

use crate::sign_in::town::Town;
use crate::support::world::{self, World};

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

fn alarms(world: &World) -> Vec<String> {
    let sent = world.sent().into_iter();
    let alarms = sent.filter(|sent| sent.subject.contains("【障害】"));
    alarms.map(|sent| sent.body).collect()
}

/// One message of a call-out, which was taken, is damaged, whichever part of it. After a
/// restart the call-out goes on all the same: its next stage begins, and administrators
/// hear of it. Where it is known whose it is, they are not called as if it had not been.
#[tokio::test]
async fn a_damaged_message_keeps_nobody_else_from_being_called() {
    for damage in [
        "channel = x'ff'",
        "channel = 'telepathy'",
        "purpose = 'cxll'",
        "state = 'sexding'",
        "person = x'80'",
        "detail = x'ff'",
        "reason = x'ff'",
        "settled_at = 'then'",
        "attempts = 'one'",
    ] {
        let world = World::with(|plan| plan.readiness = None).await;
        let id = world.incident("residents").await.remove(0);
        let before = world.see(&id).await;
        let called = |world: &World| {
            let sent = world.sent().into_iter().map(|sent| sent.to);
            let mut sent: Vec<String> = sent.collect();
            sent.sort();
            sent
        };
        let first_called = called(&world);
        let first = "(SELECT min(id) FROM notification)";
        let sql = format!("UPDATE notification SET {damage} WHERE id = {first}");
        world.meddle(&sql).await;
        let world = world.crash().await;
        let _ = world.engine.turn().await;
        let again = called(&world).len() - first_called.len() - alarms(&world).len();
        let known = ["detail", "reason", "settled", "attempts"];
        let known = known.iter().any(|column| damage.starts_with(column));
        assert!(again <= usize::from(!known), "{damage}: {again} once more");
        for _ in 0..60 {
            world.away("3m");
            let _ = world.engine.turn().await;
        }
        assert!(world.see(&id).await.stage > before.stage, "{damage}");
        let told = alarms(&world).join("\n");
        assert!(told.contains("message "), "{damage}: {told}");
        let later = called(&world);
        let newly = later.iter().any(|to| !first_called.contains(to));
        assert!(newly, "{damage}: whoever comes next is called");
    }
}

/// Two call-outs are damaged as the daemon starts, and later two messages that wait.
/// Administrators hear of each, once, and the board goes on naming all.
#[tokio::test]
async fn every_piece_of_damage_is_told() {
    let world = World::with(|plan| plan.readiness = None).await;
    let mut ids = Vec::new();
    for effect in ["residents", "work-hindered"] {
        ids.extend(world.incident(effect).await);
        world.advance("1m").await;
    }
    world
        .meddle("UPDATE participant SET body = 'x' || substr(body, 2)")
        .await;
    let world = world.crash().await;
    let _ = world.engine.turn().await;
    let told = alarms(&world).join("\n");
    for id in &ids {
        assert!(told.contains(id.as_str()), "{id}: {told}");
    }
    assert_eq!(
        world.engine.alarms().len(),
        2,
        "{:?}",
        world.engine.alarms()
    );

    // What waits for a relay is another one's by now.
    world.away("1h");
    let _ = world.engine.turn().await;
    let so_far = alarms(&world).len();
    let kind = EventKind::Earthquake {
        intensity: Intensity::parse("4").unwrap(),
    };
    let accepted = world.engine.tell(world::told(kind)).await;
    let quake = accepted.unwrap().call_outs.remove(0);
    let two = format!("SELECT id FROM notification WHERE call_out = '{quake}' LIMIT 2");
    let sql = format!("UPDATE notification SET address = 'x' || address WHERE id IN ({two})");
    world.meddle(&sql).await;
    let _ = world.engine.turn().await;
    world.away("1m");
    let _ = world.engine.turn().await;
    let later = alarms(&world).split_off(so_far).join("\n");
    assert!(later.contains("messages "), "both are named: {later}");
    for id in &ids {
        assert!(!later.contains(id.as_str()), "once: {later}");
    }
    assert_eq!(
        world.engine.alarms().len(),
        3,
        "{:?}",
        world.engine.alarms()
    );
}

/// What is damaged and over is left out where everybody is told what ended: the others
/// are told once, and not again at each turn.
#[tokio::test]
async fn a_damaged_end_holds_up_no_other() {
    let world = World::with(|plan| plan.readiness = None).await;
    for effect in ["residents", "work-hindered"] {
        let id = world.incident(effect).await.remove(0);
        world.stand_down(&id, "終わり").await;
        world.advance("1m").await;
    }
    let first = "(SELECT id FROM call_out ORDER BY opened_at LIMIT 1)";
    let body = "body = 'x' || substr(body, 2)";
    let sql = format!("UPDATE participant SET {body} WHERE call_out = {first}");
    world.meddle(&sql).await;
    let mut world = world.crash().await;
    let (reads, _guard) = super::memory::reads();
    world.reload(|rules| rules).await;
    for _ in 0..50 {
        world.turn().await;
        world.away("1s");
    }
    let reads = reads.load(Ordering::SeqCst);
    assert!(reads <= 4, "{reads}");
}
