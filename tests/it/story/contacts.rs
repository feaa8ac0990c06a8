//! Addresses prove themselves: who is asked, how often, and when not.

use std::collections::BTreeMap;

use muster::domain::contact::{Confirm, Proof, State};
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::id::PersonId;
use muster::domain::plan::Plan;
use muster::domain::readiness::Finding;
use muster::domain::roster::{ChannelName, Contact};
use muster::engine::Heard;
use proptest::prelude::*;

use crate::support::world::{Sent, World};

/// A town that asks.
async fn town(confirm: Confirm) -> World {
    World::with(|plan| plan.contacts.confirm = confirm).await
}

/// A person's mail address becomes another.
fn moves(plan: &mut Plan, person: &str, address: &str) {
    let person = plan.roster.people.get_mut(person).unwrap();
    let contact = person.contacts.iter_mut();
    let mut mail = contact.filter(|contact| contact.channel == ChannelName::Email);
    mail.next().unwrap().address = address.into();
}

/// Mails that asked an address.
fn asked(world: &World) -> Vec<Sent> {
    let sent = world.sent().into_iter();
    sent.filter(|sent| sent.identity.starts_with("contact."))
        .collect()
}

fn to(world: &World) -> Vec<String> {
    asked(world).into_iter().map(|sent| sent.to).collect()
}

async fn proof(world: &World, person: &str) -> Proof {
    let id = PersonId::new(person);
    let known = world.engine.known_contacts(Some(&id)).await.unwrap();
    let contact = Contact {
        channel: ChannelName::Email,
        address: world.address(person).into(),
    };
    known
        .get(&(id, contact))
        .copied()
        .unwrap_or_default()
        .proof()
}

/// A town that switched it off sends nothing, whatever changes; one that says
/// nothing of it asks new addresses.
#[tokio::test]
async fn nothing_is_sent_where_it_is_off() {
    let usual = World::example().await;
    assert_eq!(usual.plan().contacts.confirm, Confirm::New);
    let mut world = town(Confirm::Off).await;
    world
        .change(|plan| moves(plan, "it-1", "new@example.jp"))
        .await;
    world.advance("240h").await;
    assert_eq!(asked(&world).len(), 0);
}

/// The example was tried, and now the town's own roster is put in: nobody is
/// written to by surprise. Whoever comes after that is asked.
#[tokio::test]
async fn another_roster_is_nobodys_news() {
    let mut world = town(Confirm::New).await;
    world.advance("1h").await;
    world
        .change(|plan| {
            let people: Vec<String> = plan.roster.people.keys().map(ToString::to_string).collect();
            for person in people {
                moves(plan, &person, &format!("{person}@town.example.jp"));
            }
        })
        .await;
    world.advance("240h").await;
    assert_eq!(asked(&world).len(), 0, "another roster");
    world
        .change(|plan| moves(plan, "it-1", "new@example.jp"))
        .await;
    world.advance("1m").await;
    assert_eq!(asked(&world).len(), 1);
}

/// The roster that muster is installed with is nobody's news; a new address
/// is asked once, and once more after a week; not again after a crash.
#[tokio::test]
async fn a_new_address_is_asked_and_reminded_once() {
    let mut world = town(Confirm::New).await;
    world.advance("1h").await;
    assert_eq!(asked(&world).len(), 0, "the first roster");
    world
        .change(|plan| moves(plan, "it-1", "new@example.jp"))
        .await;
    world.advance("1m").await;
    let [mail] = asked(&world).try_into().unwrap();
    assert_eq!(mail.to, "new@example.jp");
    assert!(
        mail.body.contains("これは招集ではありません"),
        "{}",
        mail.body
    );
    assert!(
        mail.body.contains("This is not a call-out"),
        "{}",
        mail.body
    );
    assert!(!mail.body.contains("訓練") && !mail.body.contains("DRILL"));
    let mut world = world.crash().await;
    world.advance("1h").await;
    assert_eq!(asked(&world).len(), 1, "not twice for a crash");
    world.advance("168h").await;
    let again = asked(&world);
    assert_eq!(again.len(), 2);
    assert!(again[1].subject.contains("再送"), "{}", again[1].subject);
    assert!(again[0].identity != again[1].identity, "a mail of its own");
    world.change(|_| {}).await;
    let world = world.crash().await;
    world.advance("2000h").await;
    assert_eq!(asked(&world).len(), 2, "never more");
}

/// A mail that was on its way as the daemon was killed perhaps went out: it is
/// not sent again; the reminder is what is left.
#[tokio::test]
async fn a_mail_on_its_way_at_a_crash_is_not_sent_again() {
    let mut world = town(Confirm::New).await;
    let quake = world.earthquake("5-").await.remove(0);
    world
        .change(|plan| moves(plan, "it-1", "new@example.jp"))
        .await;
    let store = world.engine.store().clone();
    let waiting = store.next_address().await.unwrap().unwrap();
    assert_eq!(store.claim_address(&waiting).wait().await.unwrap(), 1);
    assert_eq!(
        store.claim_address(&waiting).wait().await.unwrap(),
        0,
        "by one alone"
    );
    drop(store);
    let world = world.crash().await;
    world.stand_down(&quake, "被害なし").await;
    world.advance("24h").await;
    assert_eq!(asked(&world).len(), 0);
    world.advance("168h").await;
    assert_eq!(to(&world), ["new@example.jp"]);
    world.advance("1000h").await;
    assert_eq!(asked(&world).len(), 1);
}

/// Whoever wants every address proved asks all of them, one after the other
/// at the pace that was set.
#[tokio::test]
async fn a_whole_roster_is_asked_at_a_set_pace() {
    let world = World::with(|plan| {
        plan.contacts.confirm = Confirm::All;
        plan.contacts.a_minute = 6;
    })
    .await;
    let people = world.plan().roster.people.values();
    let all = people.flat_map(|person| person.mail_contacts()).count();
    world.advance("10m").await;
    let mails = asked(&world);
    assert_eq!(mails.len(), 61.min(all), "one each ten seconds");
    world.advance("24h").await;
    let mut seen = BTreeMap::new();
    for address in to(&world) {
        *seen.entry(address).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), all);
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
}

/// While a real call-out is open nobody is asked; afterwards the asking goes
/// on where it stood. A drill holds nothing back.
#[tokio::test]
async fn nobody_is_asked_while_people_are_called() {
    let mut world = town(Confirm::New).await;
    let call_out = world.earthquake("5-").await.remove(0);
    world
        .change(|plan| moves(plan, "it-1", "new@example.jp"))
        .await;
    world.advance("3h").await;
    assert_eq!(asked(&world).len(), 0, "held back");
    world.stand_down(&call_out, "被害なし").await;
    world.advance("1m").await;
    assert_eq!(to(&world), ["new@example.jp"]);
    world.drill("contact").await;
    world
        .change(|plan| moves(plan, "it-2", "other@example.jp"))
        .await;
    world.advance("1m").await;
    assert_eq!(to(&world), ["new@example.jp", "other@example.jp"]);
}

/// An address that does not exist is marked, and not asked again.
#[tokio::test]
async fn an_address_that_bounces_is_marked() {
    let mut world = town(Confirm::New).await;
    world.bounce("new@example.jp");
    world
        .change(|plan| moves(plan, "it-1", "new@example.jp"))
        .await;
    world.advance("1000h").await;
    assert_eq!(to(&world), ["new@example.jp"]);
    assert!(matches!(proof(&world, "it-1").await, Proof::Refused(_)));
    let kept = world.engine.store().addresses(None).await.unwrap();
    let dead = kept.iter().filter(|one| one.state == State::Dead);
    assert_eq!(dead.count(), 1);
}

/// A relay that takes every mail and finds later that nobody has the address
/// says so by mail: that marks it too, once, and ends the asking. What is
/// forged, or no such word, changes nothing.
#[tokio::test]
async fn a_bounce_that_comes_back_by_mail_marks_the_address() {
    let mut world = town(Confirm::New).await;
    world
        .change(|plan| moves(plan, "it-1", "new@example.jp"))
        .await;
    world.advance("1m").await;
    let path = asked(&world)[0].mail.clone().unwrap().return_path;
    assert!(path.starts_with("muster+c"), "{path}");
    let unknown = super::mail::unknown("new@example.jp");
    let forged = path.replace("+c", "+c1");
    assert_eq!(world.receive(&forged, &unknown).await.heard, Heard::Forged);
    let late = super::mail::report("new@example.jp", "delayed", "4.4.1", "no route");
    assert_eq!(world.receive(&path, &late).await.heard, Heard::Delayed);
    assert!(matches!(proof(&world, "it-1").await, Proof::Accepted(_)));
    assert_eq!(world.receive(&path, &unknown).await.heard, Heard::Bounced);
    assert_eq!(world.receive(&path, &unknown).await.heard, Heard::Twice);
    assert!(matches!(proof(&world, "it-1").await, Proof::Refused(_)));
    let [bounced] = world.engine.readiness().await.unwrap().try_into().unwrap();
    let says = muster::message::words::readiness::finding(&bounced, world.plan());
    insta::assert_snapshot!(says.ja, @r"情報システム担当職員1: 連絡先1（メール）は2026年11月24日(火) 03:01に宛先不明で戻りました（連絡先の確認のメール）。本人に確かめ、roster.toml を直してください。");
    insta::assert_snapshot!(says.en, @r"IT staff 1: contact 1 (mail) was refused as unknown on Tue 24 Nov 2026 03:01 (the mail that asks to confirm it); ask them, and mend it in roster.toml.");
    world.advance("1000h").await;
    assert_eq!(asked(&world).len(), 1, "no reminder to nobody");
}

/// Of whom nothing proves that they are reached: everybody at first. An answer
/// and a confirmation count, for a year; that a relay took a mail does not.
#[tokio::test]
async fn whom_nothing_proves_is_said() {
    let mut world = town(Confirm::New).await;
    let all = world.plan().roster.people.len();
    assert_eq!(unproved(&world).await.len(), all);
    let drill = world.drill("contact").await;
    world.advance("1m").await;
    assert_eq!(unproved(&world).await.len(), all, "taken is not read");
    let reply = muster::domain::acknowledgement::Reply::Received;
    world.answer(&drill, "it-1", reply).await;
    world
        .change(|plan| moves(plan, "planning-2", "new@example.jp"))
        .await;
    world.advance("1h").await;
    let kept = world.engine.store().addresses(None).await.unwrap();
    let new = kept.iter().find(|one| one.key.address == "new@example.jp");
    world.engine.confirm_address(new.unwrap()).await.unwrap();
    let left = unproved(&world).await;
    assert_eq!(left.len(), all - 2);
    assert!(!left.contains(&"it-1".into()) && !left.contains(&"planning-2".into()));
    world.away("8900h");
    assert_eq!(unproved(&world).await.len(), all, "more than a year later");
}

async fn unproved(world: &World) -> Vec<PersonId> {
    match world.engine.unproved().await.unwrap() {
        Some(Finding::Unproved(people)) => people,
        _ => Vec::new(),
    }
}

/// A relay that is down is tried again with growing waits, and not for ever.
#[tokio::test]
async fn a_relay_that_is_down_is_tried_again_and_not_for_ever() {
    let mut world = town(Confirm::New).await;
    let down = Outcome::Retry {
        reason: Reason::Unreachable,
        detail: "connection refused".to_owned(),
        after: None,
    };
    world.fail("new@example.jp", down);
    world
        .change(|plan| moves(plan, "it-1", "new@example.jp"))
        .await;
    world.advance("2h").await;
    let tried = asked(&world).len();
    assert!((3..=5).contains(&tried), "{tried}");
    world.mend("new@example.jp");
    world.advance("24h").await;
    let mails = asked(&world);
    let taken = mails.iter().filter(|sent| sent.outcome == "accepted");
    assert_eq!(taken.count(), 1, "once it is back");
    let mut world = town(Confirm::New).await;
    let down = Outcome::Retry {
        reason: Reason::Unreachable,
        detail: "connection refused".to_owned(),
        after: None,
    };
    world.fail("new@example.jp", down);
    // Somebody whom no notice reaches, which would be tried on and on.
    world
        .change(|plan| moves(plan, "planning-2", "new@example.jp"))
        .await;
    world.advance("2000h").await;
    assert_eq!(asked(&world).len(), 20, "it is given up");
}

/// Whoever answered from a mail to an address has proved it; nobody asks then.
#[tokio::test]
async fn an_answer_proves_the_address_it_came_from() {
    let mut world = World::example().await;
    let drill = world.drill("contact").await;
    assert!(matches!(proof(&world, "it-1").await, Proof::Accepted(_)));
    world.advance("1m").await;
    let reply = muster::domain::acknowledgement::Reply::Received;
    world.answer(&drill, "it-1", reply).await;
    assert!(matches!(proof(&world, "it-1").await, Proof::Answered(_)));
    world
        .change(|plan| plan.contacts.confirm = Confirm::All)
        .await;
    world.advance("24h").await;
    assert!(!to(&world).contains(&world.address("it-1")));
    assert!(to(&world).contains(&world.address("it-2")));
}

/// What may happen to a town while it asks.
#[derive(Clone, Debug)]
enum Turn {
    Reload(u8),
    Crash,
    Wait(u16),
    Down,
    Mend,
    Switch(u8),
    Quake,
    Over,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        (0..3_u8).prop_map(Turn::Reload),
        Just(Turn::Crash),
        (1..60_u16).prop_map(Turn::Wait),
        Just(Turn::Down),
        Just(Turn::Mend),
        (0..3_u8).prop_map(Turn::Switch),
        Just(Turn::Quake),
        Just(Turn::Over),
    ]
}

const PLACES: [&str; 3] = ["it-1@example.jp", "new@example.jp", "third@example.jp"];

async fn play(turns: Vec<Turn>) {
    let mut world = town(Confirm::New).await;
    let mut open = None;
    for turn in turns {
        match turn {
            Turn::Reload(place) => {
                let place = PLACES[usize::from(place)];
                world.change(|plan| moves(plan, "it-1", place)).await;
            }
            Turn::Crash => world = world.crash().await,
            Turn::Wait(hours) => world.advance(&format!("{hours}h")).await,
            // Why: a call-out's own messages would be sent anew each minute.
            Turn::Down if open.is_none() => {
                for place in PLACES {
                    let lost = Outcome::Unknown {
                        detail: "the line went dead after the dot".to_owned(),
                    };
                    world.fail(place, lost);
                }
            }
            Turn::Mend => PLACES.iter().for_each(|place| world.mend(place)),
            Turn::Switch(mode) => {
                let mode = Confirm::ALL[usize::from(mode)];
                world.change(|plan| plan.contacts.confirm = mode).await;
            }
            Turn::Quake if open.is_none() => {
                PLACES.iter().for_each(|place| world.mend(place));
                open = world.earthquake("5-").await.first().cloned();
            }
            Turn::Over => {
                if let Some(call_out) = open.take() {
                    world.stand_down(&call_out, "被害なし").await;
                }
            }
            Turn::Quake | Turn::Down => {}
        }
    }
    // A message of a call-out that is perhaps lost is sent for ever: end that.
    PLACES.iter().for_each(|place| world.mend(place));
    if let Some(call_out) = open {
        world.stand_down(&call_out, "被害なし").await;
    }
    world.advance("500h").await;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for address in to(&world) {
        *seen.entry(address).or_default() += 1;
    }
    // One request and one reminder each, whatever happened.
    assert!(seen.values().all(|times| *times <= 2), "{seen:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the order of reloads, outages and crashes, an address is asked
    /// once, and reminded once.
    #[test]
    fn no_address_is_asked_more_often_than_said(turns in prop::collection::vec(turn(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(turns));
    }
}
