//! What memory holds: who reads a call-out, and when it is let go of.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::support::world::World;

/// Counts what the engine reads from the store, by its log.
struct Reads(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Reads {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "muster::engine::memory" {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

pub(super) fn reads() -> (Arc<AtomicUsize>, DefaultGuard) {
    let count = Arc::new(AtomicUsize::new(0));
    let counts = tracing_subscriber::registry().with(Reads(Arc::clone(&count)));
    (count, tracing::subscriber::set_default(counts))
}

async fn quiet() -> World {
    World::with(|plan| plan.readiness = None).await
}

/// After a start a hundred people open their pages before anything was read, while
/// the store's readers are busy: the call-out is read once.
#[tokio::test]
async fn whoever_wants_what_is_being_read_waits_for_it() {
    let world = quiet().await;
    let id = world.earthquake("4").await.remove(0);
    world.log_grows(32).await;
    let world = world.crash().await;
    let (count, _guard) = reads();
    let store = world.engine.store();
    let busy = join_all((0..8).map(|_| store.examine()));
    let seen = (0..100).map(|_| world.engine.view(&id, |call_out| call_out.stage));
    let (_, seen) = tokio::join!(biased; busy, join_all(seen));
    assert!(seen.iter().all(Result::is_ok), "{seen:?}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// What is over stays in memory while somebody may still hear of it or looks at it,
/// and is read again by whoever looks later.
#[tokio::test]
async fn what_is_long_over_leaves_memory() {
    let world = quiet().await;
    let id = world.incident("residents").await.remove(0);
    world.stand_down(&id, "終わり").await;
    let (count, _guard) = reads();
    world.advance("23h").await;
    world.see(&id).await;
    assert_eq!(count.load(Ordering::SeqCst), 0, "it is still there");
    world.advance("90m").await;
    for _ in 0..2 {
        world.see(&id).await;
        world.advance("30m").await;
        assert_eq!(count.load(Ordering::SeqCst), 1, "read once again");
    }
}
