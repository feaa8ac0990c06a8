//! How soon the first message of an event leaves.

use std::time::Duration;

use muster::domain::event::{EventKind, Intensity};

use crate::support::world::{ROOM, World, told};

/// How many commits stand in the write-ahead log, of what was written since it
/// began anew: frames that carry the size of the file
/// (<https://sqlite.org/fileformat2.html#walformat>).
fn commits(world: &World) -> usize {
    let log = std::fs::read(world.store_file().with_extension("db-wal")).unwrap();
    if log.is_empty() {
        return 0;
    }
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let frame = 24 + usize::try_from(number(8)).unwrap();
    let frames = (32..log.len()).step_by(frame);
    let current = frames.filter(|at| log[at + 8..at + 16] == log[16..24]);
    current.filter(|at| number(at + 4) != 0).count()
}

/// Waits, while the daemon turns by itself, until nothing is under way.
pub(super) async fn rests(world: &World) {
    let rests = async {
        while !world.engine.rests() {
            tokio::task::yield_now().await;
        }
    };
    let rests = tokio::time::timeout(Duration::from_secs(20), rests);
    rests.await.expect("it rests");
}

/// Nothing is under way, and an event comes: its first messages are claimed in its
/// own commit, so that they leave before anything else is written.
#[tokio::test]
async fn the_first_messages_wait_for_the_commit_of_their_event_alone() {
    let world = World::narrow(ROOM, |plan| plan.readiness = None).await;
    let people = world.plan().roster.people.values();
    for contact in people.flat_map(|person| &person.contacts) {
        world.hold(&contact.address);
    }
    let running = world.by_itself();
    rests(&world).await;
    let before = commits(&world);
    let intensity = Intensity::parse("4").unwrap();
    let told = told(EventKind::Earthquake { intensity });
    world.engine.tell(told).await.unwrap();
    world.until_sent(1).await;
    assert_eq!(commits(&world), before + 1);
    running.end(&world).await;
}
