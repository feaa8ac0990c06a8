//! Drills go the real way and can never be taken for real.

use crate::support::world::World;

/// I8: every message of a drill carries its mark, none of a real call-out does.
#[tokio::test]
async fn a_drill_is_marked_everywhere_and_a_real_call_out_nowhere() {
    let world = World::example().await;
    world.drill("earthquake-5-lower").await;
    world.advance("3h").await;
    let drilled = world.sent();
    assert!(!drilled.is_empty());
    for sent in &drilled {
        assert!(
            sent.subject.contains("訓練") || sent.subject.contains("DRILL"),
            "{}",
            sent.subject
        );
        assert!(
            sent.body.contains("訓練") || sent.body.contains("DRILL"),
            "{}",
            sent.body
        );
    }
    world.earthquake("5-").await;
    world.advance("3h").await;
    for sent in &world.sent()[drilled.len()..] {
        assert!(
            !sent.subject.contains("訓練") && !sent.subject.contains("DRILL"),
            "{}",
            sent.subject
        );
        assert!(
            !sent.body.contains("訓練") && !sent.body.contains("DRILL"),
            "{}",
            sent.body
        );
    }
}

/// A drill and a real call-out are two threads, told apart by their identity.
#[tokio::test]
async fn a_drill_has_its_own_identities() {
    let world = World::example().await;
    world.drill("earthquake-5-lower").await;
    assert!(
        world
            .sent()
            .iter()
            .filter(|sent| sent.channel == "email")
            .all(|sent| sent.identity.starts_with("drill."))
    );
}

#[tokio::test]
async fn the_contact_drill_reaches_the_it_staff() {
    let world = World::example().await;
    world.drill("contact").await;
    for person in ["it-manager", "it-1", "it-2"] {
        assert!(world.sent_to(person) >= 1, "{person}");
    }
}
