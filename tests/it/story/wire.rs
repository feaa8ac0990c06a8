//! Mails that really go out: what two relays say, and what the town makes of it.
//!
//! Owns the rows of which each half is shown elsewhere, the words on the wire and
//! what follows from them.

use muster::domain::call_out::ContactState;
use muster::domain::id::{CallOutId, PersonId};

use muster::domain::acknowledgement::Reply;
use muster::domain::event::{EventKind, Intensity};

use super::failing::one_by_one;
use crate::support::smtp::{Act, Script, SmtpServer, Step};
use crate::support::world::{Sent, World, told, word};

/// How one of the administrators is reached by mail.
const MAIL: &str = "it-1@example.jp";

async fn two_relays(script: &Script) -> [SmtpServer; 2] {
    [
        SmtpServer::start(script.clone()).await,
        SmtpServer::start(script.clone()).await,
    ]
}

/// How often a relay was asked to take a mail for them.
fn asked(relay: &SmtpServer) -> usize {
    let named = format!("RCPT TO:<{MAIL}>");
    let commands = relay.commands();
    commands.iter().filter(|line| line.contains(&named)).count()
}

/// What was sent to one address to call whoever it is, and not to tell what fails.
fn calls(world: &World, address: &str) -> Vec<Sent> {
    let sent = world.sent().into_iter().filter(|sent| sent.to == address);
    sent.filter(|sent| !sent.subject.contains("【障害】"))
        .collect()
}

async fn mail_of(world: &World, id: &CallOutId) -> ContactState {
    let call_out = world.see(id).await;
    call_out.participants[&PersonId::new("it-1")].contacts[0].state
}

/// Row 35: two relays greylist for six minutes. At each try both are asked at
/// once, one after the other; the waits between grow from five seconds to two
/// minutes, a fifth more or less. The telephone is called as well once that lasts a
/// minute, and the mail is taken at the first try after.
#[tokio::test]
async fn greylisting_is_waited_for_and_the_next_relay_asked_at_once() {
    let greylists = Script::new().refuse(MAIL, "451 4.7.1 greylisted, come back");
    let relays = two_relays(&greylists).await;
    let world = World::with(one_by_one).await;
    world.by_relays(&[&relays[0], &relays[1]]);
    let id = world.earthquake("4").await.remove(0);
    assert_eq!(relays.each_ref().map(asked), [1, 1]);
    world.advance("6m").await;
    let tried = calls(&world, MAIL);
    assert_eq!(relays.each_ref().map(asked), [tried.len(); 2]);
    let waits = tried.windows(2);
    let waits = waits.map(|two| two[1].at.duration_since(two[0].at));
    let waits: Vec<i64> = waits.map(|wait| wait.as_secs()).collect();
    let usual = [5, 15, 30, 60, 120];
    assert_eq!(waits.len(), usual.len(), "{waits:?}");
    for (wait, usual) in waits.iter().zip(usual) {
        assert!((usual * 4 / 5..=usual * 6 / 5).contains(wait), "{waits:?}");
    }
    assert_eq!(mail_of(&world, &id).await, ContactState::Waiting);
    let telephone = &world.plan().roster.people["it-1"].contacts[1].address;
    let rung = calls(&world, telephone);
    let waited: Vec<i64> = (rung.iter())
        .map(|sent| sent.at.duration_since(tried[0].at).as_secs())
        .collect();
    assert!(matches!(waited[..], [40..=75]), "{waited:?}");
    for relay in &relays {
        relay.set(Script::new());
    }
    world.advance("5m").await;
    assert_eq!(mail_of(&world, &id).await, ContactState::Accepted);
    let took = relays.each_ref().map(|relay| relay.count_to(MAIL));
    assert_eq!(took, [1, 0], "once, through the first");
}

/// Row 41: each relay refuses the mail in the middle of its text. Nobody's address
/// is at fault, so that it is tried again; the telephone is called at once, and
/// administrators hear of it by telephone.
#[tokio::test]
async fn a_text_that_is_broken_off_calls_the_next_contact_and_is_told() {
    let paper = Script::new().breaks_off(MAIL, "550 5.3.0 out of paper");
    let relays = two_relays(&paper).await;
    let world = World::with(one_by_one).await;
    world.by_relays(&[&relays[0], &relays[1]]);
    let id = world.earthquake("4").await.remove(0);
    let person = world.plan().roster.people["it-1"].clone();
    let telephone = &person.contacts[1].address;
    assert_eq!(calls(&world, telephone).len(), 1, "at once");
    world.advance("10m").await;
    assert!(calls(&world, MAIL).len() > 3, "it is tried again");
    assert_eq!(relays.each_ref().map(|relay| relay.count_to(MAIL)), [0, 0]);
    assert_eq!(
        calls(&world, telephone).len(),
        1,
        "and the telephone is not"
    );
    assert_eq!(mail_of(&world, &id).await, ContactState::Failing);
    let sent = world.sent().into_iter();
    let told: Vec<_> = sent
        .filter(|sent| sent.subject.contains("【障害】"))
        .collect();
    assert_eq!(told.len(), 3, "each administrator, once");
    let names = |body: &str| body.contains(&*person.name.ja);
    assert!(
        told.iter()
            .all(|sent| sent.channel == "webhook" && names(&sent.body))
    );
    relays[1].set(Script::new());
    world.advance("6m").await;
    assert_eq!(mail_of(&world, &id).await, ContactState::Accepted);
    assert_eq!(relays[1].count_to(MAIL), 1);
}

/// Whom the relay was asked to take a mail for, in order.
fn named(relay: &SmtpServer) -> Vec<String> {
    let commands = relay.commands().into_iter();
    let to = commands.filter_map(|line| {
        let (_, to) = line.split_once("RCPT TO:<")?;
        Some(to.split_once('>')?.0.to_owned())
    });
    to.collect()
}

/// A relay that holds the first mail, over one connection: it is set for one, or it
/// greets no other.
async fn a_relay_of_one(greets_one: bool) -> (SmtpServer, World) {
    let mut script = Script::new().on(Step::Dot, Act::Wait);
    if greets_one {
        let greets = Act::say("220 relay.example.jp ESMTP");
        script = script
            .once(Step::Connect, greets)
            .on(Step::Connect, Act::Wait);
    }
    let relay = SmtpServer::start(script).await;
    let world = World::with(one_by_one).await;
    match greets_one {
        true => world.by_relays(&[&relay]),
        false => world.by_one_connection(&relay),
    }
    (relay, world)
}

/// The relay is at the first mail, and the others wait for its one connection. Who of
/// these has answered otherwise by the time that it is their mail's turn is not called
/// by it any more; the others are.
#[tokio::test]
async fn whoever_answers_while_their_mail_waits_for_the_relay_is_not_called_by_it() {
    for greets_one in [false, true] {
        let (relay, world) = a_relay_of_one(greets_one).await;
        let intensity = Intensity::parse("4").unwrap();
        let event = told(EventKind::Earthquake { intensity });
        let id = world.engine.tell(event).await.unwrap().call_outs.remove(0);
        let engine = world.engine.clone();
        let turn = tokio::spawn(async move { engine.turn().await });
        relay.reached(Step::Dot, 1).await;
        let first = named(&relay).remove(0);
        let people = world.see(&id).await.participants.into_iter();
        let called = people.filter(|(_, one)| one.is_called());
        let called = called.map(|(id, _)| id.to_string());
        let waiting: Vec<_> = called.filter(|one| world.address(one) != first).collect();
        assert!(waiting.len() > 3, "{waiting:?}");
        let (answer, rest) = waiting.split_at(3);
        for person in answer {
            world.say(&id, person, Reply::Coming).await.unwrap();
        }
        relay.set(Script::new());
        turn.await.unwrap().unwrap();
        for person in rest {
            assert_eq!(relay.count_to(&world.address(person)), 1, "{person}");
        }
        world.advance("10m").await;
        for person in answer {
            assert_eq!(relay.count_to(&world.address(person)), 0, "{person}");
            let message = world.link_of(&id, person).await.unwrap();
            assert_eq!(world.attempts(message).await, ["withdrawn"], "{person}");
        }
    }
}

/// The same where it is over by then: nobody is called to what has ended.
#[tokio::test]
async fn nobody_is_called_to_what_ends_while_their_mail_waits_for_the_relay() {
    let relay = SmtpServer::start(Script::new().on(Step::Dot, Act::Wait)).await;
    let world = World::with(one_by_one).await;
    world.by_one_connection(&relay);
    let intensity = Intensity::parse("4").unwrap();
    let event = told(EventKind::Earthquake { intensity });
    let id = world.engine.tell(event).await.unwrap().call_outs.remove(0);
    let engine = world.engine.clone();
    let turn = tokio::spawn(async move { engine.turn().await });
    relay.reached(Step::Dot, 1).await;
    let over = world.engine.stand_down(&id, word(None, Some("誤報")), true);
    over.await.unwrap();
    relay.set(Script::new());
    turn.await.unwrap().unwrap();
    world.turn().await;
    let mails = relay.mails();
    let texts: Vec<String> = mails.iter().map(|mail| mail.text()).collect();
    let calls = world
        .sent()
        .into_iter()
        .filter(|sent| sent.subject.starts_with("【緊急参集】"));
    let identities: Vec<String> = calls.map(|sent| sent.identity).collect();
    let came = identities
        .iter()
        .filter(|id| texts.iter().any(|text| text.contains(id.as_str())));
    assert_eq!(came.count(), 1, "the one that was on the wire");
}
