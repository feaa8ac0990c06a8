//! For how long a message is tried.

use jiff::{SignedDuration, Timestamp};
use muster::domain::call_out::Word;
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::id::Principal;
use muster::domain::notification::NotificationState;
use muster::domain::plan::Plan;
use muster::domain::roster::ChannelName;
use muster::domain::rule::Confirm;

use crate::support::world::{Sent, World};

fn quiet(plan: &mut Plan) {
    plan.readiness = None;
}

fn down() -> Outcome {
    Outcome::Retry {
        reason: Reason::Unreachable,
        detail: "connection refused".to_owned(),
        after: None,
    }
}

/// The attempts at a person's address since a time.
fn tried(world: &World, person: &str, since: Timestamp) -> Vec<Sent> {
    let to = world.address(person);
    let sent = world.sent().into_iter();
    sent.filter(|sent| sent.to == to && sent.at >= since)
        .collect()
}

/// The end of a call-out is told to everybody in it. Whose mail box is full
/// gets it if there is room within five days; then it is given up, and nobody's
/// relay is knocked at for ever.
#[tokio::test]
async fn what_only_tells_is_given_up_after_five_days() {
    let world = World::with(quiet).await;
    let id = world.earthquake("4").await.remove(0);
    world.fail(&world.address("it-1"), down());
    let ended = world.clock.now();
    world.stand_down(&id, "終わり").await;
    let world = world.crash().await;
    world.advance("119h").await;
    let so_far = tried(&world, "it-1", ended);
    assert!(so_far.len() < 150, "{}", so_far.len());
    let last = so_far.last().unwrap();
    let day = SignedDuration::from_hours(115);
    assert!(last.at.duration_since(ended) > day, "still tried");
    world.advance("240h").await;
    let all = tried(&world, "it-1", ended);
    let last = all.last().unwrap();
    let most = SignedDuration::from_hours(5 * 24 + 2);
    assert!(last.at.duration_since(ended) < most, "given up");
    let kept = world.engine.store().load(&id).await.unwrap().unwrap();
    let to = world.address("it-1");
    let mut rows = kept.notifications.iter().rev();
    let row = rows.find(|row| *row.draft.contact.address == *to).unwrap();
    assert_eq!(row.state, NotificationState::Dead);
}

/// What asks somebody is tried as long as their answer is wanted, and no
/// slower than every few minutes.
#[tokio::test]
async fn what_asks_is_tried_as_long_as_it_is_wanted() {
    let world = World::with(quiet).await;
    world.fail(&world.address("it-1"), down());
    let opened = world.clock.now();
    let id = world.earthquake("4").await.remove(0);
    world.advance("130h").await;
    let before = tried(&world, "it-1", opened).len();
    world.advance("1h").await;
    let after = tried(&world, "it-1", opened).len();
    assert!(after >= before + 9, "{before} {after}");
    world.mend(&world.address("it-1"));
    world.advance("10m").await;
    let all = tried(&world, "it-1", opened);
    assert_eq!(all.last().unwrap().outcome, "accepted");
    world.stand_down(&id, "終わり").await;
}

/// Promise 1: and no longer: what is still to be tried when it is over calls nobody once
/// the way out is there again, also after a restart.
#[tokio::test]
async fn what_asks_is_not_tried_beyond_its_call_out() {
    for restarts in [false, true] {
        let mut world = World::with(quiet).await;
        let people: Vec<_> = world.plan().roster.people.values().cloned().collect();
        let contacts = || people.iter().flat_map(|person| &person.contacts);
        contacts().for_each(|contact| world.fail(&contact.address, down()));
        let id = world.earthquake("5-").await.remove(0);
        world.advance("10m").await;
        let so_far = world.sent().len();
        assert!(so_far > 60, "tried again and again: {so_far}");
        world.stand_down(&id, "終わり").await;
        if restarts {
            world = world.crash().await;
        }
        contacts().for_each(|contact| world.mend(&contact.address));
        world.advance("6h").await;
        let after = world.sent().split_off(so_far);
        let asks = after.iter().filter(|sent| sent.subject.contains("参集】"));
        assert_eq!(asks.count(), 0, "{restarts}");
        let ends = after.iter().filter(|sent| sent.subject.contains("解除"));
        let ends = ends.filter(|sent| sent.outcome == "accepted");
        assert!(ends.count() > 0, "{restarts}: the end is told");
    }
}

/// The example's gateway under another name.
fn called_mail(plan: &mut Plan) {
    plan.readiness = None;
    let named = || ChannelName::Webhook("mail".into());
    let is_webhook = |channel: &ChannelName| matches!(channel, ChannelName::Webhook(_));
    let people = plan.roster.people.values_mut();
    let contacts = people.flat_map(|person| &mut person.contacts);
    let contacts = contacts.map(|contact| &mut contact.channel);
    let stages = plan.procedures.values_mut();
    let stages = stages.flat_map(|procedure| &mut procedure.stages);
    let channels = contacts.chain(stages.flat_map(|stage| &mut stage.channels));
    for channel in channels.filter(|channel| is_webhook(channel)) {
        *channel = named();
    }
}

/// A gateway may have any name, also the word by which the store knows a mail that
/// came back: what it refuses for good is settled, and not posted for days.
#[tokio::test]
async fn what_a_gateway_called_mail_refuses_is_over() {
    let world = World::with(called_mail).await;
    let number = &world.plan().roster.people["it-1"].contacts[1];
    let number = number.address.clone();
    let gone = Outcome::Rejected {
        reason: Reason::Address,
        detail: "410 Gone".to_owned(),
    };
    world.fail(&number, gone);
    world.earthquake("4").await;
    world.mend(&number);
    world.advance("2h").await;
    let sent = world.sent().into_iter();
    assert_eq!(sent.filter(|sent| *sent.to == *number).count(), 1);
}

/// The relay is away while nobody confirms, and a second person confirms then: when
/// it is back nobody reads that it still waits.
#[tokio::test]
async fn what_is_no_longer_so_is_not_said_late() {
    let world = World::with(|plan| {
        quiet(plan);
        plan.rules["P4"].confirm = Confirm::SecondPerson { seconds: 300 };
    })
    .await;
    let opened = world.clock.now();
    let id = world.posture(3, "mayor").await.unwrap().call_outs.remove(0);
    let address = world.address("it-1");
    world.fail(&address, down());
    world.advance("6m").await;
    let late = |word: &str| {
        let tried = tried(&world, "it-1", opened);
        let mut tried = tried.into_iter();
        tried.find(|sent| sent.subject.contains(word) && sent.outcome == "accepted")
    };
    let digest = world.see(&id).await.digest_held();
    let word = Word {
        by: Principal::new("token:chief"),
        on_word_of: None,
        reason: None,
    };
    let confirmed = world.engine.confirm(&id, word, digest.as_deref()).await;
    confirmed.unwrap();
    world.advance("1m").await;
    world.mend(&address);
    world.advance("2h").await;
    assert_eq!(late("まだ確認されていません").map(|sent| sent.body), None);
    assert!(late("緊急参集").is_some(), "called all the same");
}
