//! Every morning muster looks whether a call-out would reach anybody, and
//! tells administrators what changed.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::State;
use muster::domain::event::EventKind;
use muster::domain::notification::Purpose;
use muster::domain::plan::Plan;
use muster::domain::readiness::Finding;
use muster::domain::roster::Contact;

use crate::support::world::{Sent, World};

/// The administrators of the example plan.
const ADMINISTRATORS: [&str; 3] = ["it-manager", "it-1", "it-2"];

/// The notices among what was sent.
fn notices(world: &World) -> Vec<Sent> {
    let mut sent = world.sent();
    sent.retain(|sent| sent.subject.contains("名簿点検"));
    sent
}

/// At night the ground shakes, and the address of one who is called turns out
/// to be no more; the call-out is over before dawn (03:00 to 04:00).
async fn a_night_with_a_bounce(world: &World) {
    world.bounce(&world.address("health-1"));
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1h").await;
    let word = muster::domain::call_out::Word {
        by: "token:duty".into(),
        on_word_of: None,
        reason: Some("被害なし".to_owned()),
    };
    world.engine.stand_down(&id, word, false).await.unwrap();
    world.turn().await;
}

fn mend(plan: &mut Plan) {
    let contacts = &mut plan.roster.people["health-1"].contacts;
    contacts[0] = Contact {
        address: "health-1-new@example.jp".into(),
        ..contacts[0].clone()
    };
}

/// The next morning at nine the administrators are told, and nobody else; in
/// a mail that cannot be taken for a call-out.
#[tokio::test]
async fn a_bounced_address_turns_up_the_next_morning() {
    let world = World::example().await;
    a_night_with_a_bounce(&world).await;
    world.advance("4h59m").await;
    assert_eq!(notices(&world).len(), 0, "08:59");
    world.advance("2m").await;
    let notices = notices(&world);
    let mut told: Vec<&str> = notices.iter().map(|sent| sent.to.as_str()).collect();
    told.sort_unstable();
    let mut wanted = ADMINISTRATORS.map(|person| world.address(person));
    wanted.sort_unstable();
    assert_eq!(told, wanted);
    for sent in &notices {
        assert_eq!(sent.at.to_string(), "2026-11-24T00:00:00Z", "nine o'clock");
        assert_eq!(sent.subject, "【名簿点検】確認事項 1件");
        assert!(sent.identity.starts_with("notice."), "{}", sent.identity);
        assert!(
            sent.body
                .contains("健康福祉課 職員1: 届く連絡先がありません"),
            "{}",
            sent.body
        );
        for bad in ["緊急参集", "訓練", "health-1@example.jp", "/a/"] {
            assert!(!sent.body.contains(bad), "{bad} in {}", sent.body);
        }
    }
}

/// An unchanged list is not told again until the week begins; one more entry
/// is told the morning after.
#[tokio::test]
async fn it_is_told_once_and_again_when_it_changes_or_a_week_begins() {
    let world = World::example().await;
    a_night_with_a_bounce(&world).await;
    world.advance("6h").await;
    assert_eq!(notices(&world).len(), 3, "Tuesday");
    world.advance("72h").await;
    assert_eq!(notices(&world).len(), 3, "Wednesday to Friday");
    world.bounce(&world.address("residents-1"));
    world.earthquake("5+").await;
    world.advance("24h").await;
    let saturday = notices(&world);
    assert_eq!(saturday.len(), 6);
    assert_eq!(saturday[3].subject, "【名簿点検】確認事項 2件");
    world.advance("24h").await;
    assert_eq!(notices(&world).len(), 6, "Sunday");
    world.advance("24h").await;
    assert_eq!(notices(&world).len(), 9, "Monday");
}

/// A restart sends it no second time, not even within the day.
#[tokio::test]
async fn a_restart_tells_nothing_twice() {
    let world = World::example().await;
    a_night_with_a_bounce(&world).await;
    world.advance("6h").await;
    assert_eq!(notices(&world).len(), 3);
    let world = world.crash().await;
    world.advance("1h").await;
    let world = world.crash().await;
    world.advance("20h").await;
    assert_eq!(notices(&world).len(), 3);
}

/// Killed between the commit and the sending: it goes out at the next start.
#[tokio::test]
async fn a_notice_that_was_kept_is_sent_after_a_kill() {
    let world = World::example().await;
    a_night_with_a_bounce(&world).await;
    for person in ADMINISTRATORS {
        world.fail(
            &world.address(person),
            muster::domain::delivery::Outcome::Retry {
                reason: muster::domain::delivery::Reason::Unreachable,
                detail: "connection refused".to_owned(),
                after: None,
            },
        );
    }
    world.advance("5h").await;
    assert!(notices(&world).iter().all(|sent| sent.outcome == "retry"));
    let world = world.crash().await;
    for person in ADMINISTRATORS {
        world.mend(&world.address(person));
    }
    world.advance("10m").await;
    let taken = notices(&world);
    let taken = taken.iter().filter(|sent| sent.outcome == "accepted");
    assert_eq!(taken.count(), 3);
}

/// A morning missed while the daemon was away is made up at once, once.
#[tokio::test]
async fn a_missed_morning_is_made_up() {
    let world = World::example().await;
    a_night_with_a_bounce(&world).await;
    world.away("8h");
    let world = world.crash().await;
    world.turn().await;
    let told = notices(&world);
    assert_eq!(told.len(), 3);
    assert_eq!(told[0].at.to_string(), "2026-11-24T03:00:00Z", "at noon");
    world.advance("20h").await;
    assert_eq!(notices(&world).len(), 3);
}

/// What was mended disappears, in the roster or at the address itself.
#[tokio::test]
async fn a_mended_address_is_no_longer_told() {
    let mut world = World::example().await;
    a_night_with_a_bounce(&world).await;
    assert_eq!(world.engine.readiness().await.unwrap().len(), 1);
    world.change(mend).await;
    assert_eq!(world.engine.readiness().await.unwrap(), []);
    world.advance("30h").await;
    assert_eq!(notices(&world).len(), 0);
    let world = World::example().await;
    a_night_with_a_bounce(&world).await;
    world.mend(&world.address("health-1"));
    let id = world.earthquake("5+").await[0].clone();
    assert_eq!(world.engine.readiness().await.unwrap().len(), 1);
    world.advance("1m").await;
    world.answer(&id, "health-1", Reply::Coming).await;
    assert_eq!(
        world.engine.readiness().await.unwrap(),
        [],
        "its person answered"
    );
    world.advance("30h").await;
    assert_eq!(notices(&world).len(), 0);
}

/// A relay that takes the next message says nothing of the address: it took
/// the one that came back as well. That nothing comes back for five days does.
#[tokio::test]
async fn what_a_relay_takes_mends_no_address_until_it_stays() {
    let world = World::example().await;
    a_night_with_a_bounce(&world).await;
    world.mend(&world.address("health-1"));
    let id = world.earthquake("5+").await[0].clone();
    world.stand_down(&id, "被害なし").await;
    assert_eq!(world.engine.readiness().await.unwrap().len(), 1);
    world.advance("119h").await;
    assert_eq!(world.engine.readiness().await.unwrap().len(), 1);
    world.advance("2h").await;
    assert_eq!(world.engine.readiness().await.unwrap(), []);
}

/// What went away and came back is told again.
#[tokio::test]
async fn what_comes_back_is_told_again() {
    let mut world = World::with(|plan| plan.roster.people["health-1"].contacts.clear()).await;
    world.advance("7h").await;
    assert_eq!(notices(&world).len(), 3, "Tuesday: missing");
    world
        .change(|plan| {
            let other = plan.roster.people["health-2"].contacts.clone();
            plan.roster.people["health-1"].contacts = other;
        })
        .await;
    world.advance("24h").await;
    assert_eq!(notices(&world).len(), 3, "Wednesday: mended");
    world
        .change(|plan| plan.roster.people["health-1"].contacts.clear())
        .await;
    world.advance("24h").await;
    assert_eq!(notices(&world).len(), 6, "Thursday: missing again");
}

/// The notice of an administrator whose own address is no more goes on to
/// their next contact, and does not tell itself anew every morning.
#[tokio::test]
async fn a_bouncing_administrator_is_told_by_the_next_contact_and_no_storm_follows() {
    let world = World::example().await;
    world.bounce(&world.address("it-1"));
    a_night_with_a_bounce(&world).await;
    world.advance("5h").await;
    let first = notices(&world);
    let by_voice = first.iter().filter(|sent| sent.channel == "webhook");
    assert_eq!(by_voice.count(), 1, "{first:?}");
    world.advance("72h").await;
    assert_eq!(notices(&world).len(), first.len(), "Wednesday to Friday");
}

/// A drill finds a dead address as well; what a relay refuses for reasons of
/// its own is nobody's address.
#[tokio::test]
async fn a_drill_finds_it_and_a_relays_own_refusal_does_not() {
    let world = World::example().await;
    world.bounce(&world.address("it-1"));
    world.fail(
        &world.address("it-2"),
        muster::domain::delivery::Outcome::Rejected {
            reason: muster::domain::delivery::Reason::Policy,
            detail: "550 5.7.1 relaying denied".to_owned(),
        },
    );
    world.drill("contact").await;
    let found = world.engine.readiness().await.unwrap();
    let found: Vec<(&str, String)> = found
        .iter()
        .map(|finding| match finding {
            Finding::Bounced { bounce, .. } => (finding.name(), bounce.person.to_string()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(found, [("bounced", "it-1".to_owned())]);
    assert_eq!(world.engine.metrics().readiness_serious.get(), 0);
}

/// With no administrator to be told, the metric still says it.
#[tokio::test]
async fn without_an_administrator_the_metric_says_it() {
    let world = World::with(|plan| {
        for person in ADMINISTRATORS {
            plan.roster.people[person].contacts.clear();
        }
    })
    .await;
    world.advance("7h").await;
    assert_eq!(notices(&world).len(), 0);
    assert!(world.engine.metrics().readiness_serious.get() >= 4);
    let text = world.engine.metrics().text();
    assert!(text.contains("muster_readiness_serious"), "{text}");
}

/// Switched off, or at another time of the day, as the town sets it.
#[tokio::test]
async fn the_town_sets_the_time_or_switches_it_off() {
    let world = World::with(|plan| {
        plan.readiness = None;
        plan.roster.people["health-1"].contacts.clear();
    })
    .await;
    world.advance("72h").await;
    assert_eq!(notices(&world).len(), 0);
    let world = World::with(|plan| {
        plan.readiness = Some(jiff::civil::time(5, 30, 0, 0));
        plan.roster.people["health-1"].contacts.clear();
    })
    .await;
    world.advance("3h").await;
    let told = notices(&world);
    assert_eq!(told.len(), 3);
    assert_eq!(told[0].at.to_string(), "2026-11-23T20:30:00Z");
}

/// It is no call-out: it is over as it opens, stands in no list and in no
/// figure, and calls nobody.
#[tokio::test]
async fn a_notice_is_no_call_out() {
    let world = World::with(|plan| plan.roster.people["health-1"].contacts.clear()).await;
    world.advance("7h").await;
    let store = world.engine.store();
    assert_eq!(store.call_outs(false, 10).await.unwrap(), []);
    assert_eq!(store.call_outs(true, 10).await.unwrap(), []);
    let listed = store.with_notices(10).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(world.engine.metrics().live_call_outs.get(), 0);
    let notice = world.see(&listed[0].id).await;
    assert!(notice.is_notice());
    assert_eq!(notice.state, State::Closed);
    assert_eq!(notice.counts().called, 0);
    assert_eq!(notice.next_due(), None);
    let kept = store.load(&listed[0].id).await.unwrap().unwrap();
    assert_eq!(kept.notifications.len(), 3);
    assert!(
        kept.notifications
            .iter()
            .all(|row| row.draft.purpose == Purpose::Readiness)
    );
    let EventKind::Readiness { findings } = &notice.event.kind else {
        panic!("{:?}", notice.event.kind);
    };
    assert_eq!(findings.len(), 1);
    assert_eq!(notice.event.key.as_deref(), Some("readiness:2026-11-24"));
    assert_eq!(store.broken_entry(&listed[0].id).await.unwrap(), None);
    let answered = world.on_behalf(&listed[0].id, "it-1", Reply::Coming).await;
    assert!(answered.is_err(), "there is nothing to answer");
}
