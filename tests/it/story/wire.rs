//! Mails that really go out: what two relays say, and what the town makes of it.
//!
//! Owns the rows of which each half is shown elsewhere, the words on the wire and
//! what follows from them.

use muster::domain::call_out::ContactState;
use muster::domain::id::{CallOutId, PersonId};

use super::failing::one_by_one;
use crate::support::smtp::{Script, SmtpServer};
use crate::support::world::{Sent, World};

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
/// minutes, a fifth more or less. The telephone is not called for it, and the mail
/// is taken at the first try after.
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
    assert_eq!(calls(&world, telephone).len(), 0);
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
    let names = |body: &str| body.contains(&person.name.ja);
    assert!(
        told.iter()
            .all(|sent| sent.channel == "webhook" && names(&sent.body))
    );
    relays[1].set(Script::new());
    world.advance("6m").await;
    assert_eq!(mail_of(&world, &id).await, ContactState::Accepted);
    assert_eq!(relays[1].count_to(MAIL), 1);
}
