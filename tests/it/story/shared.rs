//! What came of a crowd's messages is kept together.
//!
//! Owns that a few wait for nobody, and that of a crowd each waits for a moment alone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use muster::domain::event::{Effect, EventKind, Intensity};
use muster::domain::id::CallOutId;
use muster::domain::notification::NotificationState;
use muster::domain::plan::Plan;
use tokio::sync::Notify;
use tokio::sync::broadcast::Receiver;

use super::at_once::{all_held, turned};
use super::first::rests;
use crate::support::faults::ByItself;
use crate::support::plans;
use crate::support::world::{World, told};

/// A call-out of so many people more than the town has, of whose messages a few are on
/// their way.
struct Underway {
    world: World,
    id: CallOutId,
    gates: HashMap<String, Arc<Notify>>,
    changes: Receiver<CallOutId>,
    _running: ByItself,
}

impl Underway {
    async fn of(more: usize) -> Self {
        let crowd = move |plan: &mut Plan| {
            plan.readiness = None;
            plans::crowd(plan, more);
        };
        let world = World::narrow(4, crowd).await;
        let people = world.plan().roster.people.values();
        let contacts = people.flat_map(|person| &person.contacts);
        let addresses = contacts.map(|contact| contact.address.to_string());
        let gates = addresses.zip(all_held(&world)).collect();
        let running = world.by_itself();
        rests(&world).await;
        let intensity = Intensity::parse("6-").unwrap();
        let told = told(EventKind::Earthquake { intensity });
        let id = world.engine.tell(told).await.unwrap().call_outs.remove(0);
        world.until_sent(1).await;
        for _ in 0..3 {
            world.away("10s");
            turned(&world).await;
        }
        world.until_sent(4).await;
        let changes = world.engine.changes();
        Self {
            world,
            id,
            gates,
            changes,
            _running: running,
        }
    }

    /// One of the messages on their way is taken.
    fn one_is_taken(&self) {
        self.gates[&self.world.sent()[0].to].notify_one();
    }

    /// Whether something more of it comes onto the disk, in no time of the clock.
    async fn is_kept(&mut self) -> bool {
        let change = tokio::time::timeout(Duration::from_millis(500), self.changes.recv());
        change.await.is_ok()
    }

    /// How many of its messages are taken, as the disk has it.
    async fn taken(&self) -> usize {
        let kept = self.world.engine.store().load(&self.id).await.unwrap();
        let mut rows = kept.unwrap().notifications;
        rows.retain(|row| row.state == NotificationState::Accepted);
        rows.len()
    }
}

#[tokio::test]
async fn what_came_of_one_of_a_few_is_kept_at_once() {
    let mut few = Underway::of(0).await;
    few.one_is_taken();
    assert!(few.is_kept().await);
    assert_eq!(few.taken().await, 1);
}

/// Of a crowd it shares the commit of those that are taken in the next moment.
#[tokio::test]
async fn what_came_of_one_of_a_crowd_is_kept_a_moment_later() {
    let mut crowd = Underway::of(300).await;
    crowd.one_is_taken();
    assert!(!crowd.is_kept().await, "it waits for others");
    crowd.world.away("5ms");
    assert!(crowd.is_kept().await);
    assert_eq!(crowd.taken().await, 1);
}

/// And no longer than until there is something else to do: another event is told.
#[tokio::test]
async fn another_event_does_not_wait_for_a_crowds_moment() {
    let mut crowd = Underway::of(300).await;
    crowd.one_is_taken();
    assert!(!crowd.is_kept().await, "it waits for others");
    let incident = EventKind::SecurityIncident {
        effect: Effect::parse("residents").unwrap(),
        systems: vec![19],
    };
    crowd.world.engine.tell(told(incident)).await.unwrap();
    let heard = async {
        while crowd.taken().await == 0 {
            tokio::task::yield_now().await;
        }
    };
    let heard = tokio::time::timeout(Duration::from_secs(20), heard);
    heard.await.expect("what was taken is kept");
}
