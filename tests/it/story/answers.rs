//! What people answer, and what it does.

use std::sync::Arc;

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{State, Word};
use muster::domain::delivery::Outcome;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, Principal};
use muster::domain::plan::Plan;
use muster::domain::roster::{ChannelName, Contact};
use tokio::sync::Notify;

use crate::support::world::{World, told};

/// "Cannot come" calls the next in line at that moment.
#[tokio::test]
async fn who_cannot_come_is_replaced_at_once() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    assert_eq!(world.sent_to("general-affairs-3"), 0);
    world.answer(&id, "general-affairs-1", Reply::Cannot).await;
    assert!(world.sent_to("general-affairs-3") >= 1);
}

/// A dead address calls the next in line at that moment.
#[tokio::test]
async fn who_cannot_be_reached_is_replaced_at_once() {
    let world = World::with(|plan| {
        let person = plan.roster.people.get_mut("health-1").unwrap();
        person.contacts.truncate(1);
    })
    .await;
    world.bounce(&world.address("health-1"));
    let id = world.earthquake("5-").await[0].clone();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.counts().unreachable, 1);
    assert!(call_out.participants["health-2"].is_called());
}

/// An answer is changed as often as its giver likes, and every one is kept.
#[tokio::test]
async fn answers_can_be_changed_and_all_are_kept() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    for reply in [Reply::Coming, Reply::Cannot, Reply::Arrived] {
        world.answer(&id, "it-1", reply).await;
        world.advance("1m").await;
    }
    let kept = world.engine.store().acknowledgements(&id).await.unwrap();
    let replies: Vec<Reply> = kept.iter().map(|kept| kept.answer.reply).collect();
    assert_eq!(replies, [Reply::Coming, Reply::Cannot, Reply::Arrived]);
    assert_eq!(world.see(&id).await.counts().arrived, 1);
}

/// An answer stops the asking of that person, and of nobody else.
#[tokio::test]
async fn who_has_answered_is_asked_no_more() {
    let world = World::example().await;
    let id = world.earthquake("5+").await[0].clone();
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    let (answered, silent) = (world.sent_to("it-1"), world.sent_to("it-2"));
    world.advance("25m").await;
    assert_eq!(world.sent_to("it-1"), answered);
    assert!(world.sent_to("it-2") > silent);
}

/// An answer in the first seconds may be a machine's: shown, not counted,
/// and the calling goes on until a second one.
#[tokio::test]
async fn an_answer_within_seconds_is_doubted() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("2s").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    assert_eq!(world.see(&id).await.counts().answered, 0);
    world.advance("10s").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    assert_eq!(world.see(&id).await.counts().coming, 1);
}

/// A relay lets a scanner press the buttons before it takes the mail, long after
/// that was drafted: while the mail is on the wire, and for seconds after it has
/// left, that counts for nothing.
#[tokio::test]
async fn an_answer_while_its_mail_is_on_the_wire_is_doubted() {
    let world = World::with(by_one_mail).await;
    let (id, gate) = on_the_wire(&world, "it-1").await;
    let pressed = async {
        world.until_sent_to("it-1").await;
        world.away("30s");
        world.press(&id, "it-1", Reply::Coming).await;
        let answered = world.see(&id).await.counts().answered;
        assert_eq!(answered, 0, "its mail has not left");
        world.away("30s");
        world.hold_no_more();
        gate.notify_one();
    };
    tokio::join!(world.turn(), pressed);
    counts_after_seconds(&world, &id).await;
}

/// The same of a mail of which nobody knows whether it was taken: it may have
/// left as late as its line was lost.
#[tokio::test]
async fn an_answer_just_after_its_mail_was_lost_from_sight_is_doubted() {
    let world = World::with(by_one_mail).await;
    let detail = "the line was lost after the dot".to_owned();
    world.fail(&world.address("it-1"), Outcome::Unknown { detail });
    let (id, gate) = on_the_wire(&world, "it-1").await;
    let lost = async {
        world.until_sent_to("it-1").await;
        world.away("30s");
        gate.notify_one();
    };
    tokio::join!(world.turn(), lost);
    counts_after_seconds(&world, &id).await;
}

/// What was being sent as the daemon ended counts from the start.
#[tokio::test]
async fn an_answer_to_what_was_being_sent_at_the_end_counts_from_the_start() {
    let world = World::with(by_one_mail).await;
    let (id, _gate) = on_the_wire(&world, "it-1").await;
    tokio::select! {
        () = world.turn() => panic!("it is held"),
        () = world.until_sent_to("it-1") => {}
    }
    world.away("30s");
    let world = world.crash().await;
    counts_after_seconds(&world, &id).await;
}

/// One mail that a relay holds makes no answer to another one doubtful.
#[tokio::test]
async fn an_answer_to_another_mail_than_that_on_the_wire_counts() {
    let world = World::with(by_one_mail).await;
    let id = world.earthquake("5+").await[0].clone();
    let first = world.link_of(&id, "it-1").await.unwrap();
    world.away("11m");
    let gate = world.hold(&world.address("it-1"));
    let pressed = async {
        world.until_sent_to("it-1").await;
        world.away("30s");
        let second = world.link_of(&id, "it-1").await.unwrap();
        assert!(second > first);
        world.press_link(&id, (first, "it-1"), Reply::Coming).await;
        assert_eq!(world.see(&id).await.counts().coming, 1);
        world.hold_no_more();
        gate.notify_one();
    };
    tokio::join!(world.turn(), pressed);
}

/// One person has a mail address and nothing else.
fn by_one_mail(plan: &mut Plan) {
    plan.readiness = None;
    let person = plan.roster.people.get_mut("it-1").unwrap();
    let mail = |contact: &Contact| contact.channel == ChannelName::Email;
    person.contacts.retain(mail);
    person.contacts.truncate(1);
}

/// An earthquake whose mail to a person is to be held.
async fn on_the_wire(world: &World, person: &str) -> (CallOutId, Arc<Notify>) {
    let gate = world.hold(&world.address(person));
    let intensity = Intensity::parse("5-").unwrap();
    let event = told(EventKind::Earthquake { intensity });
    let id = world.engine.tell(event).await.unwrap().call_outs[0].clone();
    (id, gate)
}

/// What is pressed four seconds from now is doubted, and six seconds later it
/// counts.
async fn counts_after_seconds(world: &World, id: &CallOutId) {
    world.away("4s");
    world.press(id, "it-1", Reply::Coming).await;
    let answered = world.see(id).await.counts().answered;
    assert_eq!(answered, 0, "it may have just left");
    world.away("6s");
    world.press(id, "it-1", Reply::Coming).await;
    assert_eq!(world.see(id).await.counts().coming, 1);
}

/// A mail scanner that presses every button, minutes after the sending: nobody
/// has said anything by that, the calling goes on, and one confirming press
/// settles it.
#[tokio::test]
async fn answers_that_contradict_each_other_within_seconds_are_doubted() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("2m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    assert_eq!(world.see(&id).await.counts().coming, 1);
    world.advance("1s").await;
    world.answer(&id, "it-1", Reply::Arrived).await;
    world.advance("1s").await;
    world.answer(&id, "it-1", Reply::Cannot).await;
    let call_out = world.see(&id).await;
    assert_eq!(
        call_out.counts().answered,
        0,
        "it is not known what they say"
    );
    let stands = call_out.participants["it-1"].answer.clone().unwrap();
    assert!(stands.doubtful);
    let before = world.sent_to("it-1");
    world.advance("10m").await;
    assert!(world.sent_to("it-1") > before, "still asked");
    world.answer(&id, "it-1", Reply::Cannot).await;
    assert_eq!(world.see(&id).await.counts().cannot, 1);
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    assert_eq!(
        world.see(&id).await.counts().coming,
        1,
        "a minute later it is a change"
    );
}

/// A late answer is taken and kept, and starts nothing.
#[tokio::test]
async fn a_late_answer_is_kept() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    let word = Word {
        by: Principal::new("token:duty"),
        on_word_of: None,
        reason: Some("被害なし".to_owned()),
    };
    world.engine.stand_down(&id, word, false).await.unwrap();
    world.advance("1m").await;
    let before = world.sent().len();
    world.answer(&id, "it-1", Reply::Cannot).await;
    world.advance("3h").await;
    assert_eq!(world.sent().len(), before);
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::StoodDown);
    assert_eq!(call_out.counts().cannot, 1);
}

/// Everyone who was called hears that it is over, and why.
#[tokio::test]
async fn a_stand_down_tells_everyone_who_was_called() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    let word = Word {
        by: Principal::new("token:duty"),
        on_word_of: None,
        reason: Some("気象庁の誤報".to_owned()),
    };
    let called: Vec<String> = world
        .see(&id)
        .await
        .participants
        .keys()
        .map(|person| person.as_str().to_owned())
        .collect();
    let before = world.sent().len();
    world.engine.stand_down(&id, word, true).await.unwrap();
    world.turn().await;
    for person in called {
        let address = world.address(&person);
        let told = world.sent()[before..]
            .iter()
            .any(|sent| sent.to == address && sent.body.contains("誤報"));
        assert!(told, "{person}");
    }
}

/// Somebody rings in: the duty officer enters it, and it says who entered it.
#[tokio::test]
async fn an_answer_is_entered_for_somebody_else() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.on_behalf(&id, "it-1", Reply::Coming).await.unwrap();
    let call_out = world.see(&id).await;
    let answer = &call_out.participants["it-1"]
        .answer
        .as_ref()
        .unwrap()
        .answer;
    assert_eq!(answer.by.as_str(), "token:duty");
    assert_eq!(call_out.counts().coming, 1);
    let unknown = world
        .on_behalf(&id, "nobody", Reply::Coming)
        .await
        .unwrap_err();
    assert!(unknown.to_string().contains("nobody"), "{unknown}");
}

/// Links that are pressed at the same moment each stand for their own person,
/// and one that nobody was sent for nobody: asked of the store, and known.
#[tokio::test]
async fn links_that_are_pressed_together_each_stand_for_their_own() {
    let world = World::example().await;
    let intensity = Intensity::parse("5+").unwrap();
    let event = told(EventKind::Earthquake { intensity });
    let id = world.engine.tell(event).await.unwrap().call_outs[0].clone();
    each_stands_for_their_own(&world, &id).await;
    world.turn().await;
    each_stands_for_their_own(&world, &id).await;
}

async fn each_stands_for_their_own(world: &World, id: &CallOutId) {
    let store = world.engine.store();
    let sent = store.load(id).await.unwrap().unwrap().notifications;
    let (first, nobodys) = (sent[0].id, sent.iter().map(|row| row.id).max().unwrap() + 1);
    let pressed = sent.iter().map(|row| row.id).chain([nobodys, first]);
    let found = futures_util::future::join_all(pressed.map(|link| store.notification(link))).await;
    assert!(sent.len() > 3, "{}", sent.len());
    let mut found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
    assert_eq!(found.remove(sent.len()), None);
    for (row, found) in sent.iter().chain([&sent[0]]).zip(found) {
        let draft = &row.draft;
        let own = (
            id.clone(),
            draft.person.clone(),
            draft.contact.channel.clone(),
        );
        assert_eq!(found, Some(own));
    }
}
