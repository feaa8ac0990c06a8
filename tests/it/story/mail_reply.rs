//! People's replies by mail: which are answers, whose, and in what order.

use muster::domain::acknowledgement::{Reply, Via};
use muster::domain::call_out::State;
use muster::engine::Heard;

use super::mail::{answer_of, called, mail_to, reply_to, return_path, words};
use crate::support::world::World;

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

/// Of two replies the one that was written later stands, whenever each comes;
/// a telephone's clock that is some minutes slow loses no correction.
#[tokio::test]
async fn the_reply_that_was_written_last_stands() {
    let world = World::with_replies().await;
    let id = world.earthquake("4").await[0].clone();
    let all = called(&world, &id).await;
    let people: [&str; 4] = std::array::from_fn(|at| all[at].as_str());
    let [one, two, three, four] = people;
    let paths = people.map(|person| reply_to(&world, person));
    let reply = |person: &str, head: &str, number: u32, text: &str| {
        let at = people.iter().position(|one| *one == person).unwrap();
        let mail = head.to_owned() + &words(&world.address(person), number, text);
        (paths[at].clone(), mail)
    };
    let dated = |at: &str| format!("Date: Tue, 24 Nov 2026 {at} +0900\r\n");
    let through = |date: &str, taken: &str| {
        format!(
            "Received: from a by mx.example.jp; Tue, 24 Nov 2026 03:59:00 +0900\r\n\
             Received: from phone by relay.example.jp; Tue, 24 Nov 2026 {taken} +0900\r\n{}",
            dated(date)
        )
    };
    let hear = async |(path, mail): (String, String)| world.receive(&path, &mail).await.heard;
    let (yes, no) = (
        Heard::Answered(Reply::Coming),
        Heard::Answered(Reply::Cannot),
    );
    // Both come at 3:10, in order; then the first once more by another way.
    world.away("10m");
    assert_eq!(hear(reply(one, &dated("03:00:00"), 1, "参集可")).await, yes);
    assert_eq!(
        hear(reply(one, &dated("03:05:00"), 2, "参集不可")).await,
        no
    );
    assert_eq!(
        hear(reply(one, &dated("03:01:00"), 3, "参集可")).await,
        Heard::Older
    );
    // Out of order, and over a restart.
    assert_eq!(
        hear(reply(two, &dated("03:05:00"), 4, "参集不可")).await,
        no
    );
    assert_eq!(
        hear(reply(two, &dated("03:00:00"), 5, "参集可")).await,
        Heard::Older
    );
    // A clock that is ahead does not keep a later word out.
    assert_eq!(hear(reply(two, &dated("09:00:00"), 6, "参集可")).await, yes);
    world.away("1m");
    assert_eq!(
        hear(reply(two, &dated("03:11:00"), 7, "参集不可")).await,
        no
    );
    // From a computer, then from a telephone whose clock is four minutes slow.
    let first = through("03:06:00", "03:06:01");
    let second = through("03:04:00", "03:08:00");
    let third = through("03:05:00", "03:05:00");
    assert_eq!(hear(reply(three, &first, 8, "参集可")).await, yes);
    assert_eq!(hear(reply(three, &second, 9, "参集不可")).await, no);
    assert_eq!(hear(reply(three, &third, 10, "参集可")).await, Heard::Older);
    // On the page at 3:11, then by mail from the slow telephone at 3:12.
    world.answer(&id, four, Reply::Coming).await;
    world.away("4m");
    let slow = through("03:08:00", "03:12:00");
    assert_eq!(hear(reply(four, &slow, 11, "参集不可")).await, no);
    // What lay on a telephone without a network is as old as it says, against
    // what the duty officer was told since.
    let told = world.on_behalf(&id, one, Reply::Cannot).await;
    told.unwrap();
    let lay = through("03:01:00", "03:15:00");
    assert_eq!(hear(reply(one, &lay, 12, "参集可")).await, Heard::Older);
    let reply_of = async |person| answer_of(&world, &id, person).await.map(|(reply, _)| reply);
    for person in people {
        assert_eq!(reply_of(person).await, Some(Reply::Cannot), "{person}");
    }
    let mail = reply(one, &dated("03:02:00"), 13, "参集可");
    let world = world.crash().await;
    let heard = world.receive(&mail.0, &mail.1).await.heard;
    assert_eq!(heard, Heard::Older);
}
