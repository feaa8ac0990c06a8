//! Outcomes that the store does not take at once, and call-outs that it does
//! not give at once.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;
use muster::domain::call_out::{ContactState, Saying};
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::notification::NotificationState;
use muster::domain::text::Text;
use muster::engine::Error;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::support::faults::StoreHeld;
use crate::support::world::{Sent, World, told, word};

/// Nothing here takes longer.
const A_WHILE: Duration = Duration::from_secs(20);

async fn quiet() -> World {
    World::with(|plan| {
        plan.readiness = None;
        for procedure in plan.procedures.values_mut() {
            for stage in &mut procedure.stages {
                stage.together = false;
                stage.remind = false;
            }
        }
    })
    .await
}

/// An earthquake is told while no outcome can be kept.
async fn told_in_vain(world: &World) -> CallOutId {
    let intensity = Intensity::parse("4").unwrap();
    let told = world.engine.tell(told(EventKind::Earthquake { intensity }));
    let id = told.await.unwrap().call_outs.remove(0);
    assert!(world.engine.turn().await.is_err());
    id
}

/// What a relay has taken is not sent again because the store could not keep
/// that it did: it is kept as soon as there is room.
#[tokio::test]
async fn what_was_taken_is_not_sent_again_because_it_could_not_be_kept() {
    let world = quiet().await;
    world.outcomes_are_lost(true).await;
    let id = told_in_vain(&world).await;
    let sent = world.sent().len();
    assert!(sent > 0);
    world.outcomes_are_lost(false).await;
    world.turn().await;
    let call_out = world.see(&id).await;
    for one in call_out.participants.values().filter(|one| one.is_called()) {
        assert!(one.sent_at.is_some(), "{}", one.person);
    }
    assert_eq!(world.sent().len(), sent, "the leases had not run out");
    world.away("16m");
    world.turn().await;
    let stage = world.see(&id).await.stage;
    let again = world.sent().split_off(sent);
    let mut twice = again.iter().filter(|late| {
        let same = |early: &&Sent| early.identity == late.identity;
        world.sent()[..sent].iter().any(|early| same(&early))
    });
    assert!(twice.next().is_none(), "stage {stage}: {again:?}");
}

/// The same where the leases run out before any outcome can be kept, and a claim can: what
/// a relay has taken is claimed anew, and stays where it is.
#[tokio::test]
async fn what_was_taken_is_not_sent_again_though_its_lease_has_run_out() {
    let world = quiet().await;
    world.outcomes_are_lost(true).await;
    let id = told_in_vain(&world).await;
    let sent = world.sent().len();
    world.away("16m");
    assert!(world.engine.turn().await.is_err());
    world.outcomes_are_lost(false).await;
    world.turn().await;
    world.away("16m");
    world.turn().await;
    let all = world.sent();
    let first: HashSet<&str> = all[..sent]
        .iter()
        .map(|sent| sent.identity.as_str())
        .collect();
    let mut again = all[sent..].iter();
    let again = again.find(|late| first.contains(late.identity.as_str()));
    assert!(again.is_none(), "{again:?}");
    let call_out = world.see(&id).await;
    for one in call_out.participants.values().filter(|one| one.is_called()) {
        assert!(one.sent_at.is_some(), "{}", one.person);
    }
}

/// The daemon is stopped while the store takes no outcome: it ends once it does, and
/// what a relay has taken is not sent again by the next start.
#[tokio::test]
async fn what_was_taken_is_kept_before_a_stop() {
    let world = quiet().await;
    world.outcomes_are_lost(true).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let engine = world.engine.clone();
    let turns = tokio::spawn(async move {
        let stop = async { drop(stopped.await) };
        engine.run(stop, Duration::from_secs(36_000)).await;
    });
    let intensity = Intensity::parse("4").unwrap();
    let told = world.engine.tell(told(EventKind::Earthquake { intensity }));
    told.await.unwrap();
    world.until_sent(1).await;
    drop(stop);
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    world.outcomes_are_lost(false).await;
    while !turns.is_finished() {
        world.away("1s");
        tokio::task::yield_now().await;
    }
    let world = world.crash().await;
    world.turn().await;
    let sent = world.sent();
    let different: HashSet<&str> = sent.iter().map(|sent| sent.identity.as_str()).collect();
    assert_eq!(different.len(), sent.len(), "none twice");
}

/// Row 3: a message is claimed, and what became of it is known to nobody, though the
/// daemon runs on. It goes out once its lease has run out, and not before.
#[tokio::test]
async fn a_message_of_which_nobody_knows_goes_out_when_its_lease_has_run_out() {
    let world = World::with(|plan| {
        plan.readiness = None;
        for procedure in plan.procedures.values_mut() {
            procedure.stages.truncate(1);
            procedure.stages[0].resend = None;
            procedure.exhausted_after = Duration::from_secs(4 * 3600);
        }
    })
    .await;
    let intensity = Intensity::parse("4").unwrap();
    let told = world.engine.tell(told(EventKind::Earthquake { intensity }));
    told.await.unwrap();
    // So that nobody has it in memory.
    let world = world.crash().await;
    let until = world.clock.now() + SignedDuration::from_mins(15);
    world
        .meddle(&format!(
            "UPDATE notification SET state = 'sending', lease = lease + 1, due_at = {}",
            until.as_microsecond()
        ))
        .await;
    world.advance("14m 50s").await;
    let sent = world.sent().len();
    assert_eq!(sent, 0, "the lease had not run out");
    world.advance("20s").await;
    assert!(!world.sent().is_empty(), "they are picked up again");
    let waiting = world.engine.store().waiting(world.clock.now()).await;
    assert_eq!(waiting.unwrap(), 0, "all of them");
}

/// A contact found dead calls the next one as soon as the store takes it, and
/// not a lease later.
#[tokio::test]
async fn a_dead_contact_calls_the_next_one_as_soon_as_it_can_be_kept() {
    let world = quiet().await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    world.bounce(&contacts[0].address);
    world.outcomes_are_lost(true).await;
    let id = told_in_vain(&world).await;
    world.outcomes_are_lost(false).await;
    world.turn().await;
    let call_out = world.see(&id).await;
    let it_1 = &call_out.participants[&PersonId::new("it-1")];
    assert_eq!(it_1.contacts[0].state, ContactState::Dead);
    let next = world.sent().into_iter();
    let next = next.filter(|sent| !sent.subject.contains("【障害】"));
    let next = next.filter(|sent| *sent.to == *contacts[1].address);
    assert_eq!(next.count(), 1, "the next contact, at once");
}

/// A call-out that cannot be read for a while keeps its own messages waiting,
/// nobody else's. It is read again each minute, said to administrators, and its
/// messages go out as it can be read.
#[tokio::test]
async fn a_call_out_that_cannot_be_read_holds_up_no_other() {
    let world = quiet().await;
    let ended = world.incident("small").await.remove(0);
    // Everything that is said of its end waits in the outbox.
    let word = word(None, Some("終わり"));
    world.engine.stand_down(&ended, word, false).await.unwrap();
    let before = world.sent().len();
    let world = world.crash().await;
    world
        .meddle("UPDATE call_out SET frozen = 'x' || frozen WHERE NOT live")
        .await;
    let (reads, _guard) = super::memory::reads();
    for _ in 0..50 {
        world.turn().await;
        world.away("1s");
    }
    assert_eq!(reads.load(Ordering::SeqCst), 1, "once in a minute");
    let says = world.engine.alarms();
    let names = |says: &Text| says.ja.contains(ended.as_str());
    assert!(says.iter().any(names), "{says:?}");
    let id = world.earthquake("4").await.remove(0);
    let call_out = world.see(&id).await;
    for one in call_out.participants.values().filter(|one| one.is_called()) {
        assert!(one.sent_at.is_some(), "{}", one.person);
    }
    let of_its_end = |world: &World| {
        let sent = world.sent().split_off(before);
        sent.iter()
            .filter(|sent| sent.identity.contains(ended.as_str()))
            .count()
    };
    assert_eq!(of_its_end(&world), 0, "it cannot be read");
    world
        .meddle("UPDATE call_out SET frozen = substr(frozen, 2) WHERE NOT live")
        .await;
    world.away("1m");
    world.turn().await;
    assert!(
        of_its_end(&world) > 0,
        "what is said of its end goes out now"
    );
}

/// Memory does not know whom a message calls, as where it was read a moment too
/// early: nothing is wrong with the contact, and the message goes out once memory
/// is read anew.
#[tokio::test]
async fn a_person_whom_memory_does_not_know_yet_is_called_all_the_same() {
    let world = quiet().await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    world.fail(
        &contacts[0].address,
        Outcome::Retry {
            reason: Reason::Unreachable,
            detail: "connection refused".to_owned(),
            after: None,
        },
    );
    let id = world.earthquake("4").await.remove(0);
    world.mend(&contacts[0].address);
    world
        .meddle(
            "PRAGMA foreign_keys = OFF; \
             UPDATE participant SET call_out = 'none' WHERE person = 'it-1'",
        )
        .await;
    let world = world.crash().await;
    world.advance("10s").await;
    assert!(!world.see(&id).await.participants.contains_key("it-1"));
    world
        .meddle(
            "UPDATE participant SET call_out = (SELECT id FROM call_out) WHERE call_out = 'none'",
        )
        .await;
    world.advance("2m").await;
    let it_1 = world.see(&id).await.participants[&PersonId::new("it-1")].clone();
    assert_ne!(it_1.contacts[0].state, ContactState::Dead);
    assert!(it_1.sent_at.is_some());
}

/// The same word is told twice under one key, and the disk refuses the first: the
/// second is not told that it is kept. Told once more on a sound disk it is, once.
#[tokio::test]
async fn what_is_told_again_is_not_kept_before_the_first() {
    let world = quiet().await;
    let id = world.earthquake("4").await.remove(0);
    let refuses = "CREATE TRIGGER refuses BEFORE INSERT ON journal \
                   BEGIN SELECT RAISE(ABORT, 'refused for a test'); END";
    world.meddle(refuses).await;
    let tell = || {
        let saying = Saying {
            text: Text::new("橋は通れません", "The bridge is closed"),
            place: None,
            key: Some("bridge".to_owned()),
        };
        world.engine.speak(&id, saying, word(None, None))
    };
    let (first, second) = tokio::join!(tell(), tell());
    assert!(first.is_err(), "the disk refused it");
    assert!(second.is_err(), "nothing is kept that it could stand on");
    world.meddle("DROP TRIGGER refuses").await;
    tell().await.unwrap();
    let world = world.crash().await;
    let timeline = world.timeline(&id).await;
    assert_eq!(timeline.matches("橋は通れません").count(), 1, "{timeline}");
}

/// An earthquake calls everybody, and no relay takes a mail before it is let go.
struct Waiting {
    world: World,
    id: CallOutId,
    gates: Vec<Arc<Notify>>,
}

impl Waiting {
    async fn new() -> Self {
        let world = World::narrow(1, |plan| plan.readiness = None).await;
        let people = world.plan().roster.people.keys();
        let gates = people.map(|person| world.hold(&world.address(person.as_str())));
        let gates = gates.collect();
        let intensity = Intensity::parse("7").unwrap();
        let told = world.engine.tell(told(EventKind::Earthquake { intensity }));
        let id = told.await.unwrap().call_outs.remove(0);
        Self { world, id, gates }
    }

    /// The end is entered while another program holds the store, and everything that
    /// waits is let go: whoever sends looks whether each is still wanted.
    async fn is_ended(&self) -> (StoreHeld, JoinHandle<Result<(), Error>>) {
        let mut held = self.world.hold_store().await;
        let (engine, ended) = (self.world.engine.clone(), self.id.clone());
        let end = tokio::spawn(async move {
            let word = word(None, Some("終わり"));
            engine.stand_down(&ended, word, false).await
        });
        held.found().await;
        self.world.hold_no_more();
        for gate in &self.gates {
            gate.notify_one();
        }
        held.found().await;
        (held, end)
    }
}

/// The end of a call-out is entered while its mails wait for the relay, and the disk
/// does not take it: it has not ended, and everybody is called all the same.
#[tokio::test]
async fn a_call_that_an_end_took_back_which_was_never_kept_goes_out() {
    let waiting = Waiting::new().await;
    let world = &waiting.world;
    let itself = world.by_itself();
    world.until_sent(1).await;
    let (held, end) = waiting.is_ended().await;
    held.leave_full().await;
    assert!(end.await.unwrap().is_err(), "it was not kept");
    world.disk_is_full(false).await;
    let call_out = world.see(&waiting.id).await;
    let called = call_out.participants.values().filter(|one| one.is_called());
    let called: Vec<&str> = called.map(|one| one.person.as_str()).collect();
    assert!(called.len() > 20);
    tokio::time::timeout(A_WHILE, async {
        for person in called {
            while world.sent_to(person) == 0 {
                world.one_leaves(Duration::from_millis(100)).await;
            }
        }
    })
    .await
    .expect("everybody is called");
    itself.end(world).await;
}

/// The same, and the disk takes the end after a while: until then each call stands as
/// it was, and after it each is withdrawn, and nobody is called any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_an_end_takes_back_is_withdrawn_once_that_is_kept() {
    let waiting = Waiting::new().await;
    let world = &waiting.world;
    let engine = world.engine.clone();
    let turn = tokio::spawn(async move { engine.turn().await });
    world.until_sent(1).await;
    let (held, end) = waiting.is_ended().await;
    held.let_go().await;
    let ended = tokio::time::timeout(A_WHILE, end).await;
    ended.expect("it is kept").unwrap().unwrap();
    let turned = tokio::time::timeout(A_WHILE, turn).await;
    turned.expect("the turn ends").unwrap().unwrap();
    world.turn().await;
    let kept = world
        .engine
        .store()
        .load(&waiting.id)
        .await
        .unwrap()
        .unwrap();
    let calls = kept.notifications.iter();
    let calls: Vec<_> = calls.filter(|row| row.draft.purpose.calls()).collect();
    let of = |state| calls.iter().filter(|row| row.state == state).count();
    let withdrawn = of(NotificationState::Withdrawn);
    assert!(withdrawn > 20, "{withdrawn} of {}", calls.len());
    let accepted = of(NotificationState::Accepted);
    assert_eq!(withdrawn + accepted, calls.len());
}
