//! What comes back by mail: bounces call the next contact.

use muster::domain::acknowledgement::{Reply, Via};
use muster::domain::call_out::ContactState;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::id::{CallOutId, PersonId};
use muster::domain::notification::NotificationState;
use muster::engine::{Heard, Incoming};

use crate::support::world::{Sent, World, told};

/// The newest mail to a person.
pub(super) fn mail_to(world: &World, person: &str) -> Sent {
    let address = world.address(person);
    let all = world.sent();
    let newest = all.iter().rfind(|sent| sent.to == address);
    newest
        .unwrap_or_else(|| panic!("no mail to {person}"))
        .clone()
}

/// The example plan, each person's contacts tried one after the other.
async fn in_order() -> World {
    World::with(|plan| {
        for procedure in plan.procedures.values_mut() {
            for stage in &mut procedure.stages {
                stage.together = false;
            }
        }
    })
    .await
}

/// Where a bounce of the newest mail to a person comes back.
pub(super) fn return_path(world: &World, person: &str) -> String {
    mail_to(world, person).mail.unwrap().return_path
}

/// Where a person's reply to the newest mail to them comes back.
pub(super) fn reply_to(world: &World, person: &str) -> String {
    mail_to(world, person).mail.unwrap().reply_to.unwrap()
}

/// A report of RFC 3464, as Postfix writes one.
pub(super) fn report(to: &str, action: &str, status: &str, said: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.jp (Mail Delivery System)\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n\
         Message-Id: <{action}.{status}@mx.example.jp>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nThis is the mail system at host mx.example.jp.\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.jp\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; {said}\r\n\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nX-Muster-Mode: real\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    )
}

pub(super) fn unknown(to: &str) -> String {
    report(
        to,
        "failed",
        "5.1.1",
        &format!("550 5.1.1 <{to}>: User unknown"),
    )
}

/// A person's own words.
pub(super) fn words(from: &str, number: u32, text: &str) -> String {
    format!(
        "From: <{from}>\r\nSubject: Re: x\r\nMessage-ID: <{number}@phone.example.jp>\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}"
    )
}

/// Who is called by mail.
pub(super) async fn called(world: &World, id: &CallOutId) -> Vec<String> {
    let call_out = world.see(id).await;
    let all = call_out.participants.values().filter(|to| to.is_called());
    let all = all.map(|to| to.person.to_string());
    let sent = world.sent();
    all.filter(|person| sent.iter().any(|sent| sent.to == world.address(person)))
        .collect()
}

/// How often the call itself went by telephone; an alarm is none.
async fn gateway_calls(world: &World, person: &str) -> usize {
    let contacts = &world.plan().roster.people[&PersonId::new(person)].contacts;
    let number = contacts[1].address.clone();
    let sent = world.sent();
    let sent = sent.iter().filter(|sent| *sent.to == *number);
    sent.filter(|sent| !sent.subject.contains("【障害】"))
        .count()
}

pub(super) async fn answer_of(world: &World, id: &CallOutId, person: &str) -> Option<(Reply, Via)> {
    let call_out = world.see(id).await;
    let participant = call_out.participants.get(&PersonId::new(person))?;
    let answer = participant.answer.as_ref()?;
    assert!(!answer.doubtful);
    Some((answer.answer.reply, answer.answer.via.clone()))
}

/// A report that nobody has the address marks it dead and calls the next
/// contact at once; the same report again changes nothing, also after a
/// restart, and readiness knows of it.
#[tokio::test]
async fn a_bounce_calls_the_next_contact_at_once() {
    let world = in_order().await;
    let id = world.earthquake("4").await[0].clone();
    let (to, path) = (world.address("it-1"), return_path(&world, "it-1"));
    assert_eq!(gateway_calls(&world, "it-1").await, 0);
    let taken = world.receive(&path, &unknown(&to)).await;
    assert_eq!(taken.heard, Heard::Bounced);
    assert_eq!(taken.call_out.as_ref(), Some(&id));
    assert_eq!(gateway_calls(&world, "it-1").await, 1);
    let timeline = world.timeline(&id).await;
    let told = timeline.lines().find(|line| line.contains("戻りメール"));
    insta::assert_snapshot!(told.unwrap_or(&timeline), @"00:00:00 情報システム担当職員1: メールで届きません（宛先が存在しません：戻りメール：550 5.1.1 <***>: User unknown）");
    let before = world.see(&id).await;
    let again = world.receive(&path, &unknown(&to)).await;
    assert_eq!(again.heard, Heard::Twice);
    let world = world.crash().await;
    let again = world.receive(&path, &unknown(&to)).await;
    assert_eq!(again.heard, Heard::Twice);
    assert_eq!(gateway_calls(&world, "it-1").await, 1);
    let after = world.see(&id).await;
    let person = PersonId::new("it-1");
    assert_eq!(after.participants[&person], before.participants[&person]);
    let contacts = &after.participants[&person].contacts;
    assert_eq!(contacts[0].state, ContactState::Dead);
    let bounces = world.engine.bounces(jiff::Timestamp::MIN).await;
    let bounces = bounces.unwrap();
    assert_eq!(bounces.len(), 1);
    assert_eq!(bounces[0].person, person);
}

/// Whoever has no contact left is out of reach, and the next in line is called.
#[tokio::test]
async fn a_bounce_of_the_last_contact_calls_the_deputy() {
    let world = World::with(|plan| {
        for person in plan.roster.people.values_mut() {
            person.contacts.truncate(1);
        }
    })
    .await;
    let id = world.earthquake("4").await[0].clone();
    let called = |call_out: &muster::domain::call_out::CallOut| {
        let all = call_out.participants.values();
        all.filter(|person| person.is_called()).count()
    };
    let before = called(&world.see(&id).await);
    let (to, path) = (world.address("it-1"), return_path(&world, "it-1"));
    world.receive(&path, &unknown(&to)).await;
    let call_out = world.see(&id).await;
    assert!(call_out.participants[&PersonId::new("it-1")].is_unreachable());
    assert_eq!(called(&call_out), before + 1);
}

/// A forged address changes nothing, nor does one that is none of ours, nor
/// our own mail come back, nor an empty one.
#[tokio::test]
async fn what_is_not_ours_changes_nothing() {
    let world = World::with_replies().await;
    let id = world.earthquake("4").await[0].clone();
    let (to, path) = (world.address("it-1"), return_path(&world, "it-1"));
    let before = (world.see(&id).await, world.sent().len());
    let (local, domain) = path.split_once('@').unwrap();
    let (number, _) = local.rsplit_once('-').unwrap();
    let forged = format!("{number}-000000000000@{domain}");
    let other = format!("muster+r1-{}@{domain}", "0".repeat(20));
    let own = format!("X-Muster-Mode: real\r\n{}", words(&to, 1, "参集可"));
    let cases = [
        (forged.as_str(), unknown(&to), Heard::Forged),
        (other.as_str(), words(&to, 1, "参集可"), Heard::Forged),
        ("muster@example.jp", words(&to, 1, "参集可"), Heard::NoToken),
        ("muster@example.jp", own.clone(), Heard::Own),
        (path.as_str(), own, Heard::Own),
        (path.as_str(), String::new(), Heard::Empty),
    ];
    for (recipient, mail, heard) in cases {
        assert_eq!(
            world.receive(recipient, &mail).await.heard,
            heard,
            "{recipient}"
        );
    }
    let after = (world.see(&id).await, world.sent().len());
    assert_eq!(after, before);
}

/// A report can overtake the relay's own word that it took the message: the
/// address stays dead, and the attempt is kept beside it.
#[tokio::test]
async fn a_bounce_that_overtakes_stays() {
    let world = in_order().await;
    let to = world.address("it-1");
    let gate = world.hold(&to);
    let kind = EventKind::Earthquake {
        intensity: Intensity::parse("4").unwrap(),
    };
    let id = world.engine.tell(told(kind)).await.unwrap().call_outs[0].clone();
    let bounce = async {
        while world.sent().iter().all(|sent| sent.to != to) {
            tokio::task::yield_now().await;
        }
        let path = return_path(&world, "it-1");
        let mail = unknown(&to);
        let taken = world.engine.receive(Incoming {
            recipient: Some(&path),
            octets: mail.as_bytes(),
        });
        assert_eq!(taken.await.unwrap().heard, Heard::Bounced);
        gate.notify_one();
    };
    let (turned, ()) = tokio::join!(world.engine.turn(), bounce);
    turned.unwrap();
    let mut world = world;
    for again in [false, true] {
        if again {
            world = world.crash().await;
        }
        let person = PersonId::new("it-1");
        let participant = world.see(&id).await.participants[&person].clone();
        assert_eq!(participant.contacts[0].state, ContactState::Dead);
        assert_eq!(participant.contacts[1].state, ContactState::Accepted);
        let kept = world.engine.store().load(&id).await.unwrap().unwrap();
        let mut rows = kept.notifications.iter();
        let row = rows.find(|row| *row.draft.contact.address == *to).unwrap();
        assert_eq!(row.state, NotificationState::Dead);
        assert_eq!(world.attempts(row.id).await, ["accepted", "dead"]);
    }
    let ever = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
    let bounces = world.engine.store().bounces(ever).await;
    assert_eq!(bounces.unwrap().len(), 1);
}

/// A delay, and a refusal that is not about the address, are noted; the
/// latter calls another contact as well, and gives none up.
#[tokio::test]
async fn one_bad_relay_does_not_look_like_dead_people() {
    let world = in_order().await;
    let id = world.earthquake("4").await[0].clone();
    let (to, path) = (world.address("it-1"), return_path(&world, "it-1"));
    let late = report(&to, "delayed", "4.4.1", "connection timed out");
    assert_eq!(world.receive(&path, &late).await.heard, Heard::Delayed);
    assert_eq!(world.receive(&path, &late).await.heard, Heard::Twice);
    assert_eq!(gateway_calls(&world, "it-1").await, 0);
    let full = report(&to, "failed", "5.2.2", "552 5.2.2 mailbox full");
    assert_eq!(world.receive(&path, &full).await.heard, Heard::Undelivered);
    assert_eq!(world.receive(&path, &full).await.heard, Heard::Twice);
    assert_eq!(gateway_calls(&world, "it-1").await, 1);
    let refused = report(&to, "failed", "5.7.1", "550 5.7.1 blocked");
    let other = return_path(&world, "planning-1");
    assert_eq!(
        world.receive(&other, &refused).await.heard,
        Heard::Undelivered
    );
    let call_out = world.see(&id).await;
    for person in ["it-1", "planning-1"] {
        let participant = &call_out.participants[&PersonId::new(person)];
        assert_ne!(
            participant.contacts[0].state,
            ContactState::Dead,
            "{person}"
        );
        assert_eq!(gateway_calls(&world, person).await, 1, "{person}");
    }
    let bounces = world.engine.bounces(jiff::Timestamp::MIN).await;
    assert!(bounces.unwrap().is_empty());
    let told = world.timeline(&id).await;
    let told: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("メール"))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    00:00:00 情報システム担当職員1: メールの配送が遅れています「4.4.1 connection timed out」
    00:00:00 情報システム担当職員1: メールが届かずに戻りました。宛先は有効かもしれないため、不通とはしません「552 5.2.2 mailbox full」
    00:00:00 まちづくり振興課 職員1: メールが届かずに戻りました。宛先は有効かもしれないため、不通とはしません「550 5.7.1 blocked」
    ");
    // The queue gave up on another's: that is final, after the same warning.
    let third = called(&world, &id).await.pop().unwrap();
    let (other, other_path) = (world.address(&third), return_path(&world, &third));
    let late = report(&other, "delayed", "4.4.1", "connection timed out");
    assert_eq!(
        world.receive(&other_path, &late).await.heard,
        Heard::Delayed
    );
    let expired = report(&other, "failed", "4.4.1", "connection timed out");
    assert_eq!(
        world.receive(&other_path, &expired).await.heard,
        Heard::Undelivered
    );
    assert_eq!(gateway_calls(&world, &third).await, 1);
}

/// A bounce that comes after the end still marks the address, and calls nobody.
#[tokio::test]
async fn a_bounce_after_the_end_marks_the_address() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    let (to, path) = (world.address("it-1"), return_path(&world, "it-1"));
    world.stand_down(&id, "被害なし").await;
    let before = world.sent().len();
    world.away("1m");
    let world = world.crash().await;
    assert_eq!(
        world.receive(&path, &unknown(&to)).await.heard,
        Heard::Bounced
    );
    assert_eq!(world.sent().len(), before);
    let bounces = world.engine.bounces(jiff::Timestamp::MIN).await;
    assert_eq!(bounces.unwrap().len(), 1);
}

/// What came back stands on the call-out's page and in its report.
#[tokio::test]
async fn a_bounce_stands_on_the_page_and_in_the_report() {
    let world = World::with(|plan| {
        for person in plan.roster.people.values_mut() {
            person.contacts.truncate(1);
        }
    })
    .await;
    let id = world.earthquake("4").await[0].clone();
    let (to, path) = (world.address("it-1"), return_path(&world, "it-1"));
    world.receive(&path, &unknown(&to)).await;
    let kept = world.engine.store().load(&id).await.unwrap().unwrap();
    let row = kept
        .notifications
        .iter()
        .find(|row| *row.draft.contact.address == *to);
    let detail = row.unwrap().detail.as_deref();
    assert_eq!(
        detail,
        Some(format!("bounced: 550 5.1.1 <{to}>: User unknown").as_str())
    );
    let names =
        muster::message::words::bounced(detail.unwrap(), muster::domain::text::Language::Ja);
    assert!(names.starts_with("戻りメール："), "{names}");
}
