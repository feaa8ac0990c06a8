//! A flood: a monitoring system tells of incident after incident, each another
//! one. The clockwork goes on, and none costs more than the one before it.

use muster::domain::call_out::CallOut;
use muster::domain::event::{Effect, EventKind};
use muster::domain::id::CallOutId;
use muster::domain::journal::Entry;
use muster::domain::text::Language;
use muster::engine::Told;

use crate::support::world::{World, told};

/// So many that each of them in a commit of its own is noticed.
const FLOOD: usize = 40;

fn incident(number: usize) -> Told {
    let effect = Effect::parse("residents").unwrap();
    let systems = vec![19];
    Told {
        key: Some(format!("monitor-{number}")),
        ..told(EventKind::SecurityIncident { effect, systems })
    }
}

/// Tells of that many, one a second, while nothing turns; their call-outs.
async fn flood(world: &World, count: usize) -> Vec<CallOutId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let accepted = world.engine.tell(incident(number)).await.unwrap();
        ids.extend(accepted.call_outs);
        world.away("1s");
    }
    ids
}

async fn quiet() -> World {
    World::with(|plan| plan.readiness = None).await
}

/// Of how many call-outs this holds while a turn waits for its first commit.
async fn before_any_is_kept(
    world: &World,
    ids: &[CallOutId],
    holds: impl Fn(&CallOut) -> bool,
) -> usize {
    let mut held = world.hold_store().await;
    let meanwhile = async {
        held.found().await;
        let mut so_far = 0;
        for id in ids {
            so_far += usize::from(holds(&world.see(id).await));
        }
        held.let_go().await;
        so_far
    };
    let ((), so_far) = tokio::join!(world.turn(), meanwhile);
    so_far
}

/// What has become due at once waits for a commit together, and not each for
/// that of the one before: on a slow disk the last stage would begin minutes
/// late, and whatever is queued wait as long.
#[tokio::test]
async fn stages_that_are_due_at_once_share_a_commit() {
    let world = quiet().await;
    let ids = flood(&world, FLOOD).await;
    world.turn().await;
    world.away("10m");
    let begun = |call_out: &CallOut| call_out.stage == 2;
    assert_eq!(before_any_is_kept(&world, &ids, begun).await, FLOOD);
}

/// The same where a standstill made all of them too old to go on: the duty
/// officer's questions leave together.
#[tokio::test]
async fn call_outs_that_grew_old_at_once_share_a_commit() {
    let world = quiet().await;
    let ids = flood(&world, FLOOD).await;
    world.turn().await;
    world.away("7h");
    let paused = CallOut::is_paused;
    assert_eq!(before_any_is_kept(&world, &ids, paused).await, FLOOD);
}

/// How many lines an account has of duties that meet.
async fn clashes(world: &World, id: &CallOutId) -> usize {
    let journal = world.engine.store().journal(id, 0).await.unwrap();
    let clash = |entry: &Entry| matches!(entry, Entry::Clash { .. } | Entry::AlsoCalled { .. });
    journal.iter().filter(|record| clash(&record.entry)).count()
}

/// Whoever is wanted in forty call-outs is named in ten of them, and the others
/// are counted: neither an account nor a mail grows with every event.
#[tokio::test]
async fn the_fortieth_is_no_longer_than_the_twentieth() {
    let world = quiet().await;
    let ids = flood(&world, FLOOD).await;
    world.turn().await;
    let (twentieth, fortieth) = (&ids[19], &ids[39]);
    assert!(clashes(&world, twentieth).await > 10);
    assert_eq!(
        clashes(&world, twentieth).await,
        clashes(&world, fortieth).await
    );
    let account = world.timeline(fortieth).await;
    assert!(account.contains(ids[9].as_str()) && !account.contains(ids[10].as_str()));
    assert!(account.contains("ほかに29件の参集でも"), "{account}");
    let title = world.see(fortieth).await.title;
    let mails = world.sent().into_iter().filter(|sent| {
        sent.subject.contains("【緊急参集】") && sent.identity.contains(fortieth.as_str())
    });
    let mut mails = mails.peekable();
    assert!(mails.peek().is_some());
    for mail in mails {
        assert!(mail.body.contains("ほか29件"), "{}", mail.body);
        let named = mail.body.matches(title.get(Language::Ja)).count();
        assert!(named <= 12, "{named}: {}", mail.body);
    }
}
