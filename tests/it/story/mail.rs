//! What comes back by mail: bounces call the next contact, people may answer
//! by a reply, and nobody else can.

use muster::domain::acknowledgement::{Reply, Via};
use muster::domain::call_out::{ContactState, State};
use muster::domain::id::{CallOutId, PersonId};
use muster::engine::Heard;

use crate::support::world::{Sent, World};

/// The newest mail to a person.
fn mail_to(world: &World, person: &str) -> Sent {
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
fn return_path(world: &World, person: &str) -> String {
    mail_to(world, person).mail.unwrap().return_path
}

/// Where a person's reply to the newest mail to them comes back.
fn reply_to(world: &World, person: &str) -> String {
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
fn words(from: &str, number: u32, text: &str) -> String {
    format!(
        "From: <{from}>\r\nSubject: Re: x\r\nMessage-ID: <{number}@phone.example.jp>\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}"
    )
}

async fn gateway_calls(world: &World, person: &str) -> usize {
    let contacts = &world.plan().roster.people[&PersonId::new(person)].contacts;
    let number = contacts[1].address.clone();
    world.sent().iter().filter(|sent| sent.to == number).count()
}

async fn answer_of(world: &World, id: &CallOutId, person: &str) -> Option<(Reply, Via)> {
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
    let bounces = world.engine.store().bounces(jiff::Timestamp::MIN).await;
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
    let bounces = world.engine.store().bounces(jiff::Timestamp::MIN).await;
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
    let bounces = world.engine.store().bounces(jiff::Timestamp::MIN).await;
    assert_eq!(bounces.unwrap().len(), 1);
}

/// A machine's reply is noted, and is never an answer, whatever it says.
#[tokio::test]
async fn an_automatic_reply_is_no_answer() {
    let world = World::with_replies().await;
    let id = world.earthquake("4").await[0].clone();
    let to = world.address("it-1");
    let answer = words(&to, 1, "参集可");
    for mark in [
        "Auto-Submitted: auto-replied",
        "Precedence: auto_reply",
        "X-Auto-Response-Suppress: All",
        "X-Autoreply: yes",
        "Return-Path: <>",
        "",
    ] {
        let before = world.sent().len();
        let path = reply_to(&world, "it-1");
        let mail = match mark {
            "" => answer.replace("Re: x", "自動応答: 外出中"),
            mark => format!("{mark}\r\n{answer}"),
        };
        let taken = world.receive(&path, &mail).await;
        let noted = matches!(taken.heard, Heard::Automatic | Heard::Twice);
        assert!(noted, "{mark}: {:?}", taken.heard);
        assert_eq!(answer_of(&world, &id, "it-1").await, None, "{mark}");
        assert_eq!(world.sent().len(), before, "{mark}");
    }
}

/// A reply of one word is an answer, marked as such, and is confirmed by one
/// mail that no machine answers.
#[tokio::test]
async fn a_reply_is_an_answer_and_is_confirmed() {
    let world = World::with_replies().await;
    let id = world.earthquake("4").await[0].clone();
    let (to, path) = (world.address("it-1"), reply_to(&world, "it-1"));
    let text = "　参集 可。\r\n車で向かいます\r\n\r\n2026年11月24日(火) 3:00 <muster@example.jp>:\r\n> 参集不可\r\n";
    let taken = world.receive(&path, &words(&to, 1, text)).await;
    assert_eq!(taken.heard, Heard::Answered(Reply::Coming));
    let answer = answer_of(&world, &id, "it-1").await;
    assert_eq!(answer, Some((Reply::Coming, Via::Reply)));
    let confirmation = mail_to(&world, "it-1").mail.unwrap();
    assert!(confirmation.replies);
    assert_eq!(confirmation.reply_to, None);
    assert_eq!(confirmation.return_path, "");
    insta::assert_snapshot!(confirmation.subject, @"【返信の受付】「参集できる」と記録しました");
    let before = world.sent().len();
    let world = world.crash().await;
    let again = world.receive(&path, &words(&to, 1, text)).await;
    assert_eq!(again.heard, Heard::Twice);
    assert_eq!(world.sent().len(), before);
    let timeline = world.timeline(&id).await;
    let told = timeline.lines().find(|line| line.contains("返信による"));
    insta::assert_snapshot!(told.unwrap_or(&timeline), @"00:00:00 情報システム担当職員1: 参集できる（メールの返信による）「車で向かいます」");
}

/// "Cannot" by a reply calls the deputy.
#[tokio::test]
async fn cannot_by_reply_calls_the_deputy() {
    let world = World::with_replies().await;
    let id = world.earthquake("4").await[0].clone();
    let before = world.see(&id).await.counts().called;
    let (to, path) = (world.address("it-1"), reply_to(&world, "it-1"));
    let taken = world.receive(&path, &words(&to, 1, "Cannot.\r\n")).await;
    assert_eq!(taken.heard, Heard::Answered(Reply::Cannot));
    assert_eq!(world.see(&id).await.counts().called, before + 1);
}

/// Nobody else's mail is an answer, even with the right address; nor are words
/// that are not exactly one of those that are.
#[tokio::test]
async fn only_the_persons_own_word_is_an_answer() {
    let world = World::with_replies().await;
    let id = world.earthquake("4").await[0].clone();
    let (to, path) = (world.address("it-1"), reply_to(&world, "it-1"));
    let bounce_path = return_path(&world, "it-1");
    let before = world.sent().len();
    let other = world.address("it-2");
    let heard = world
        .receive(&path, &words(&other, 1, "参集可"))
        .await
        .heard;
    assert_eq!(heard, Heard::Stranger);
    let heard = world
        .receive(&bounce_path, &words(&to, 2, "参集可"))
        .await
        .heard;
    assert_eq!(heard, Heard::Said);
    assert_eq!(world.sent().len(), before);
    let heard = world
        .receive(&path, &words(&to, 3, "参集可能か確認中"))
        .await
        .heard;
    assert_eq!(heard, Heard::Said);
    let told = mail_to(&world, "it-1");
    assert!(
        told.body.contains("回答としては記録していません"),
        "{}",
        told.body
    );
    assert_eq!(answer_of(&world, &id, "it-1").await, None);
    let told = world.timeline(&id).await;
    let told: Vec<&str> = told.lines().filter(|line| line.contains("返信")).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    00:00:00 情報システム担当職員1への連絡に、名簿にない差出人から返信がありました。回答とはしません「参集可」
    00:00:00 情報システム担当職員1: メールの返信がありました。回答とはしません「参集可」
    00:00:00 情報システム担当職員1: メールの返信がありました。回答とはしません「参集可能か確認中」
    ");
}

/// A reply after the end is told so, and is not recorded.
#[tokio::test]
async fn a_reply_after_the_end_is_told_so() {
    let world = World::with_replies().await;
    let id = world.earthquake("4").await[0].clone();
    let (to, path) = (world.address("it-1"), reply_to(&world, "it-1"));
    world.stand_down(&id, "被害なし").await;
    assert_eq!(world.see(&id).await.state, State::StoodDown);
    let heard = world.receive(&path, &words(&to, 1, "参集可")).await.heard;
    assert_eq!(heard, Heard::Late);
    assert_eq!(answer_of(&world, &id, "it-1").await, None);
    let told = mail_to(&world, "it-1");
    assert!(
        told.body.contains("この参集は終わっています"),
        "{}",
        told.body
    );
}

/// In a drill the confirmation says so, and outside of one it does not.
/// "Received" is an answer where no more is asked for, and only there.
#[tokio::test]
async fn a_drills_confirmation_carries_its_mark() {
    let mut world = World::with_replies().await;
    let drill = world.plan().drills.keys().next().unwrap().to_string();
    world
        .change(|plan| {
            for drill in plan.drills.values_mut() {
                drill.answers = muster::domain::drill::Answers::Received;
            }
        })
        .await;
    let id = world.drill(&drill).await;
    let call_out = world.see(&id).await;
    let person = call_out.participants.keys().find(|person| {
        let contacts = world.plan().roster.contacts(person).unwrap();
        contacts[0].address.contains('@')
    });
    let person = person.unwrap().to_string();
    let (to, path) = (world.address(&person), reply_to(&world, &person));
    let mail = mail_to(&world, &person).mail.unwrap();
    assert!(mail.text.contains("1行目に「受信」"), "{}", mail.text);
    let heard = world.receive(&path, &words(&to, 9, "参集可")).await.heard;
    assert_eq!(heard, Heard::Said);
    assert!(mail_to(&world, &person).body.contains("1行目に「受信」"));
    let heard = world.receive(&path, &words(&to, 1, "受信")).await.heard;
    assert_eq!(heard, Heard::Answered(Reply::Received));
    let told = mail_to(&world, &person);
    for part in [&told.subject, &told.body] {
        assert!(part.contains("訓練"), "{part}");
    }
    let world = World::with_replies().await;
    let real = world.earthquake("4").await[0].clone();
    let (to, path) = (world.address("it-1"), reply_to(&world, "it-1"));
    let heard = world.receive(&path, &words(&to, 2, "受信")).await.heard;
    assert_eq!(heard, Heard::Said);
    let heard = world.receive(&path, &words(&to, 3, "到着")).await.heard;
    assert_eq!(heard, Heard::Answered(Reply::Arrived));
    let told = mail_to(&world, "it-1");
    for part in [&told.subject, &told.body] {
        assert!(!part.contains("訓練") && !part.contains("DRILL"), "{part}");
    }
    assert_eq!(
        answer_of(&world, &real, "it-1").await,
        Some((Reply::Arrived, Via::Reply))
    );
}

/// Where the operator did not ask for it, nothing of a mail changes, and a
/// reply is no answer.
#[tokio::test]
async fn replies_count_only_where_they_are_switched_on() {
    let off = World::example().await;
    off.earthquake("4").await;
    let sent = off.sent();
    let mails = sent.iter().filter_map(|sent| sent.mail.as_ref());
    assert!(mails.clone().count() > 0);
    assert!(mails.clone().all(|mail| mail.reply_to.is_none()));
    assert!(
        mails
            .clone()
            .all(|mail| mail.text.contains("返信は読まれません"))
    );
    let on = World::with_replies().await;
    let id = on.earthquake("4").await[0].clone();
    let mail = mail_to(&on, "it-1").mail.unwrap();
    assert!(mail.text.contains("1行目に「参集可」"), "{}", mail.text);
    assert!(!mail.text.contains("返信は読まれません"));
    assert_eq!(answer_of(&on, &id, "it-1").await, None);
}

/// Mail may take hours: a reply that was written before what the person
/// answered since does not undo that, and they are told so.
#[tokio::test]
async fn a_reply_that_comes_late_undoes_nothing() {
    let world = World::with_replies().await;
    let id = world.earthquake("4").await[0].clone();
    let (to, path) = (world.address("it-1"), reply_to(&world, "it-1"));
    world.away("10m");
    world.answer(&id, "it-1", Reply::Cannot).await;
    world.away("10m");
    let dated = |minute: u32, number| {
        let date = format!("Date: Tue, 24 Nov 2026 03:{minute:02}:00 +0900\r\n");
        date + &words(&to, number, "参集可")
    };
    let heard = world.receive(&path, &dated(5, 1)).await.heard;
    assert_eq!(heard, Heard::Older);
    let told = mail_to(&world, "it-1");
    assert!(
        told.body.contains("返信は遅れて届きました"),
        "{}",
        told.body
    );
    let (reply, _) = answer_of(&world, &id, "it-1").await.unwrap();
    assert_eq!(reply, Reply::Cannot);
    let heard = world.receive(&path, &dated(15, 2)).await.heard;
    assert_eq!(heard, Heard::Answered(Reply::Coming));
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
        .find(|row| row.draft.contact.address == to);
    let detail = row.unwrap().detail.as_deref();
    assert_eq!(
        detail,
        Some(format!("bounced: 550 5.1.1 <{to}>: User unknown").as_str())
    );
    let names =
        muster::message::words::bounced(detail.unwrap(), muster::domain::text::Language::Ja);
    assert!(names.starts_with("戻りメール："), "{names}");
}
