//! What one call-out, one reload or one sector meets holds up nothing else.
//!
//! Owns the places at which the clockwork, a reload and the reading of a call-out
//! fail.

use std::time::Duration;

use muster::domain::acknowledgement::Reply;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::CallOutId;
use muster::telemetry::fault;

use crate::support::daemon::{Served, TOKEN, Town};
use crate::support::faults::refused_connection;
use crate::support::notify::Notified;
use crate::support::request::request;
use crate::support::smtp::{Script, SmtpServer};
use crate::support::world::{World, told as told_by};

/// A plan whose stages all begin ten minutes after the one before.
async fn even() -> World {
    World::with(|plan| {
        plan.readiness = None;
        for procedure in plan.procedures.values_mut() {
            for (stage, after) in procedure.stages.iter_mut().zip((0..).step_by(600)) {
                stage.after = Duration::from_secs(after);
                stage.resend = None;
            }
        }
    })
    .await
}

async fn stages(world: &World, both: &[CallOutId; 2]) -> [u32; 2] {
    let [one, other] = both;
    [world.see(one).await.stage, world.see(other).await.stage]
}

/// One call-out meets a defect as its stage is due. Administrators are told, the
/// other one goes on, and the first is tried again after ten minutes.
#[tokio::test]
async fn a_call_out_that_meets_a_defect_stops_no_other() {
    fault::arm("advancing=panic:1");
    let world = even().await;
    let quake = world.earthquake("4").await.remove(0);
    world.advance("10s").await;
    let both = [quake, world.incident("residents").await.remove(0)];
    let before = stages(&world, &both).await;
    world.advance("10m").await;
    let [stuck, other] = stages(&world, &both).await;
    assert_eq!((stuck, other), (before[0], before[1] + 1));
    let says = world.engine.alarms().remove(0);
    let title = world.see(&both[0]).await.title.clone();
    assert!(
        says.ja.contains(&*title.ja) && says.ja.contains("欠陥"),
        "{says:?}"
    );
    let told = world.sent().into_iter();
    let told = told.filter(|sent| sent.subject.contains("【障害】"));
    assert!(told.count() > 0, "nobody was told");
    world.advance("9m").await;
    assert_eq!(stages(&world, &both).await, [stuck, other]);
    world.advance("2m").await;
    assert!(stages(&world, &both).await[0] > stuck, "it is tried again");
    assert!(world.engine.alarms().is_empty());
}

/// An alarm that cannot be kept meets a defect as it is sent to one contact: all others
/// hear it.
#[tokio::test]
async fn a_defect_takes_an_unkept_alarm_from_nobody_else() {
    let world = World::with(|plan| plan.readiness = None).await;
    world.fail(&world.address("it-1"), refused_connection());
    world.earthquake("5-").await;
    let alarms = || {
        let sent = world.sent().into_iter();
        let alarms = sent.filter(|sent| sent.subject.contains("【障害】"));
        alarms.count()
    };
    let before = alarms();
    let mut contacts = 0;
    for person in world.plan().administrators() {
        contacts += world.plan().roster.people[&person].contacts.len();
    }
    world.store_refuses(true).await;
    fault::once_here("unkept");
    for _ in 0..9 {
        world.away("10s");
        assert!(world.engine.turn().await.is_err());
    }
    assert!(contacts > 1);
    world
        .until_left(|_| alarms() >= before + contacts - 1)
        .await;
}

/// What is taken up after a start ends by a defect. It is not begun anew without
/// end while everybody waits: the daemon says so and ends with 1. The daily
/// look may come first, and meet the defect beside the clockwork.
#[tokio::test(flavor = "multi_thread")]
async fn a_taking_up_that_ends_is_the_end_of_the_daemon() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let faults = ["resuming=panic"; 3].join(",");
    let daemon = town.serve_with(&[("MUSTER_FAULTS", &faults)]);
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("（招集）が止まった"), "{words}");
}

/// A reload waits, as behind a flood of events. The watchdog is fed, and the
/// signal to end is heard.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_waits_holds_up_neither_the_watchdog_nor_an_end() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let path = town.folder.path().join("notify");
    let notified = Notified::at(&path);
    let faults = [
        ("NOTIFY_SOCKET", path.to_str().unwrap()),
        ("MUSTER_FAULTS", "reload=wait:1"),
    ];
    let daemon = town.serve_with(&faults);
    let first = notified.word(Duration::from_secs(20)).unwrap();
    assert!(first.contains("READY=1"), "{first}");
    daemon.signal("-HUP");
    for _ in 0..2 {
        let fed = notified.word(Duration::from_secs(20)).unwrap_or_default();
        assert!(fed.contains("WATCHDOG=1"), "{fed}");
    }
    daemon.signal("-TERM");
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(0), "{words}");
}

fn told(daemon: &Served, effect: &str) -> u16 {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let body = format!(r#"{{"kind":"security-incident","effect":"{effect}","key":"{effect}"}}"#);
    let told = request(
        &daemon.url,
        ("POST", "/api/v1/events"),
        &headers,
        body.as_bytes(),
    );
    told.map_or(0, |(status, _, _)| status)
}

/// The disk does not give the one call-out that lives. A new event is taken all the
/// same, and administrators are told.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_out_that_the_disk_does_not_give_shuts_no_door() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    assert_eq!(told(&daemon, "residents"), 202);
    daemon.signal("-KILL");
    daemon.last_words();
    let daemon = town.serve_with(&[("MUSTER_FAULTS", "reading=worse")]);
    assert_eq!(told(&daemon, "work-hindered"), 202);
    let (_, board) = daemon.call("GET", "/metrics", None, None);
    let alarms = board
        .lines()
        .find(|line| line.starts_with("muster_alarms "));
    // Of the call-out; and soon of the paper lists, which cannot be made without it.
    let said = alarms.is_some_and(|line| line != "muster_alarms 0");
    assert!(said, "{board}");
}

/// A plan whose second stage begins two hours after the first.
async fn slow() -> World {
    World::with(|plan| {
        plan.readiness = None;
        for procedure in plan.procedures.values_mut() {
            for (stage, after) in procedure.stages.iter_mut().zip((0..).step_by(7200)) {
                stage.after = Duration::from_secs(after);
                stage.resend = None;
                stage.together = false;
            }
        }
    })
    .await
}

fn sent_to(world: &World, address: &str) -> usize {
    let sent = world.sent().into_iter();
    let calls = sent.filter(|sent| !sent.subject.contains("【障害】"));
    calls.filter(|sent| sent.to == address).count()
}

/// A first contact is found dead at the moment at which another task puts the call-out
/// out of memory. The next contact is called all the same.
#[tokio::test]
async fn what_is_out_of_memory_for_a_moment_is_not_taken_to_be_gone() {
    let world = slow().await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    world.bounce(&contacts[0].address);
    world.turn().await;
    let kind = EventKind::Earthquake {
        intensity: Intensity::parse("4").unwrap(),
    };
    world.engine.tell(told_by(kind)).await.unwrap();
    fault::once_here("forgotten");
    let _ = world.engine.turn().await;
    world.turn().await;
    assert_eq!(sent_to(&world, &contacts[1].address), 1, "the next contact");
    world.turn().await;
    let told = world.sent().into_iter();
    let told = told.filter(|sent| sent.subject.contains("【障害】"));
    assert!(told.count() > 0, "administrators hear of the dead one");
}

/// Three first contacts are found dead together, and a defect is met over the second of
/// them, however often it is tried. The next contacts of the others are called, the
/// defect is said, and whoever answers is heard at the first try.
#[tokio::test]
async fn a_defect_over_one_dead_contact_is_none_of_the_others() {
    let world = slow().await;
    let plan = world.plan();
    let contacts = |id: &str| plan.roster.people[id].contacts.clone();
    for id in ["it-1", "planning-1", "construction-1"] {
        world.bounce(&contacts(id)[0].address);
    }
    world.turn().await;
    // With the others, and by itself.
    fault::once_here("planning-1");
    fault::once_here("planning-1");
    let id = world.earthquake("4").await.remove(0);
    let said = world.say(&id, "construction-2", Reply::Coming).await;
    assert!(said.is_ok(), "{said:?}");
    world.advance("1m").await;
    assert_eq!(world.engine.alarms().len(), 1, "the defect is said");
    for (id, called) in [("it-1", 1), ("planning-1", 0), ("construction-1", 1)] {
        assert_eq!(sent_to(&world, &contacts(id)[1].address), called, "{id}");
    }
}

/// Somebody whom no contact reached has another one by a reload, and the call-out
/// meets a defect as it is to call them. It is tried again after ten minutes.
#[tokio::test]
async fn what_a_call_out_owes_outlasts_a_defect() {
    let mut world = slow().await;
    let contacts = world.plan().roster.people["it-1"].contacts.clone();
    for contact in &contacts {
        world.bounce(&contact.address);
    }
    world.earthquake("4").await;
    world.advance("1m").await;
    fault::once_here("changing");
    let mended = "it-1.mended@example.jp";
    world
        .change(|plan| {
            let it_1 = plan.roster.people.get_mut("it-1").unwrap();
            it_1.contacts[0].address = mended.into();
        })
        .await;
    world.advance("9m").await;
    assert_eq!(sent_to(&world, mended), 0, "it is left alone");
    world.advance("2m").await;
    assert_eq!(sent_to(&world, mended), 1, "and called");
}
