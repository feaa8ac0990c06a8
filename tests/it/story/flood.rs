//! A flood: a monitoring system tells of incident after incident, each another
//! one. The clockwork goes on, and none costs more than the one before it.

use muster::domain::event::{Effect, EventKind};
use muster::domain::id::CallOutId;
use muster::domain::journal::Entry;
use muster::domain::text::Language;
use muster::engine::Told;
use sqlx::Connection as _;

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

/// How many commits a turn waits for. Somebody reads meanwhile, so that the log,
/// in which they are counted, is not begun anew.
async fn commits_of_a_turn(world: &World) -> usize {
    let reader = world.read_on().await;
    let before = world.commits();
    world.turn().await;
    let commits = world.commits() - before;
    reader.close().await.unwrap();
    commits
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
    let commits = commits_of_a_turn(&world).await;
    for id in &ids {
        assert_eq!(world.see(id).await.stage, 2);
    }
    assert!(commits < FLOOD / 2, "{commits} commits");
}

/// The same where a standstill made all of them too old to go on: the duty
/// officer's questions leave together.
#[tokio::test]
async fn call_outs_that_grew_old_at_once_share_a_commit() {
    let world = quiet().await;
    let ids = flood(&world, FLOOD).await;
    world.turn().await;
    world.away("7h");
    let commits = commits_of_a_turn(&world).await;
    for id in &ids {
        assert!(world.see(id).await.is_paused());
    }
    assert!(commits < FLOOD / 2, "{commits} commits");
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
