//! Drills go the real way and can never be taken for real.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::State;

use crate::support::world::World;

/// I8: every message of a drill carries its mark, none of a real call-out does.
#[tokio::test]
async fn a_drill_is_marked_everywhere_and_a_real_call_out_nowhere() {
    let world = World::example().await;
    let drill = world.drill("earthquake-5-lower").await;
    world.advance("3h").await;
    world.stand_down(&drill, "訓練終了").await;
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

/// Two drills that play the same are told apart by what is kept of them, after
/// a restart too.
#[tokio::test]
async fn a_run_is_known_by_its_drill() {
    let world = World::with(|plan| {
        let mut other = plan.drills["contact"].clone();
        other.id = "contact-again".into();
        plan.drills.insert(other.id.clone(), other);
    })
    .await;
    let first = world.drill("contact").await;
    world.stand_down(&first, "終了").await;
    let second = world.drill("contact-again").await;
    let world = world.crash().await;
    for (id, drill) in [(&first, "contact"), (&second, "contact-again")] {
        assert_eq!(world.see(id).await.event.drill_id(), Some(&drill.into()));
    }
}

/// A drill with a set end ends by itself, in words, though somebody is silent
/// and the daemon was away at that time; a late answer is kept all the same.
#[tokio::test]
async fn a_drill_ends_by_itself_at_its_set_end() {
    let world = World::example().await;
    let id = world.drill("contact").await;
    world.advance("5m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    world.advance("7h54m").await;
    assert!(world.see(&id).await.state.is_live());
    let before = world.sent().len();
    world.away("1h");
    let world = world.crash().await;
    world.turn().await;
    let over = world.see(&id).await;
    assert_eq!(over.state, State::Closed);
    assert_eq!(over.next_due(), None);
    let told = &world.sent()[before..];
    let it_2 = told.iter().find(|sent| sent.to == world.address("it-2"));
    let body = &it_2.unwrap().body;
    assert!(
        body.contains("の訓練は、予定の時刻に終了しました"),
        "{body}"
    );
    assert!(told.iter().all(|sent| sent.subject.contains("訓練")));
    world.advance("1m").await;
    world.answer(&id, "it-2", Reply::Coming).await;
    assert_eq!(world.see(&id).await.counts().answered, 2);
    let account = world.timeline(&id).await;
    assert!(
        account.contains("予定の終了時刻になったため終了"),
        "{account}"
    );
    world.advance("24h").await;
    assert!(
        world.sent()[before..].len() <= told.len(),
        "nothing more is sent"
    );
}
