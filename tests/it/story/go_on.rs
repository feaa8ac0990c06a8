//! The word that lets an old call-out go on after a standstill, together with
//! what else a person is asked for.

use muster::domain::call_out::State;
use muster::domain::rule::Decision;

use crate::support::world::{World, word};

async fn quiet() -> World {
    World::with(|plan| plan.readiness = None).await
}

/// P6 that nobody decided: seven hours later there is nothing that could go on.
/// The line is asked once more, and only a decision calls anybody.
#[tokio::test]
async fn what_nobody_decided_begins_on_no_other_word() {
    let world = quiet().await;
    let id = world.incident("work-hindered").await.remove(0);
    world.advance("40m").await;
    assert_eq!(world.see(&id).await.state, State::Exhausted);
    let asked = world.sent_to("it-manager");
    world.away("7h");
    world.turn().await;
    let go_on = world.engine.confirm(&id, word(None, None), None).await;
    world.turn().await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.counts().called, 0, "nobody decided so");
    assert!(go_on.is_err(), "there is nothing to let go on");
    assert_eq!(call_out.state, State::AwaitingDecision);
    assert!(world.sent_to("it-manager") > asked, "asked once more");
    let decided = world.decide(&id, "it-manager", Decision::Muster).await;
    decided.unwrap();
    assert!(world.see(&id).await.counts().called > 0);
}
