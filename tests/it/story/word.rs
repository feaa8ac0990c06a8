//! A second person's word, and words to those who were called.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{Saying, State, Word};
use muster::domain::id::Principal;
use muster::domain::rule::Confirm;
use muster::domain::text::Text;

use crate::support::world::{Sent, World, word};

async fn guarded() -> World {
    World::with(|plan| {
        plan.rules["P4"].confirm = Confirm::SecondPerson { seconds: 600 };
        plan.rules["P4"].ordered_by_deputies = true;
    })
    .await
}

fn chief() -> Word {
    Word {
        by: Principal::new("token:chief"),
        ..word(Some("mayor"), None)
    }
}

/// The number in the mail is the one that confirms.
#[tokio::test]
async fn the_number_in_the_mail_confirms() {
    let world = guarded().await;
    let id = world.posture(3, "mayor").await.unwrap().call_outs[0].clone();
    let digest = |sent: &[Sent]| {
        let mail = sent.iter().rfind(|sent| sent.channel == "email").unwrap();
        let line = mail.body.lines().find(|line| line.contains("確認番号"));
        line.unwrap().rsplit(' ').next().unwrap().to_owned()
    };
    let mailed = digest(&world.sent());
    let world = world.crash().await;
    world.advance("10m").await;
    assert_eq!(digest(&world.sent()), mailed, "the alarm says the same");
    assert_eq!(world.see(&id).await.digest(), mailed);
    let confirmed = world.engine.confirm(&id, chief(), Some(&mailed)).await;
    confirmed.unwrap();
    assert_eq!(world.see(&id).await.state, State::Open);
}

/// The third posture on the deputy's order waits for a second person; whoever
/// entered it cannot be that person, and what is confirmed is what was shown.
#[tokio::test]
async fn a_second_person_confirms_what_the_first_entered() {
    let world = guarded().await;
    let id = world.posture(3, "deputy-mayor").await.unwrap().call_outs[0].clone();
    let held = world.see(&id).await;
    assert_eq!(held.state, State::Held);
    let engine = &world.engine;
    let own = engine.confirm(&id, word(Some("mayor"), None), None).await;
    let own = own.unwrap_err().to_string();
    assert!(own.contains("second person"), "{own}");
    let unseen = engine.confirm(&id, chief(), None).await;
    let unseen = unseen.unwrap_err().to_string();
    assert!(unseen.contains("confirms what they were shown"), "{unseen}");
    let other = engine.confirm(&id, chief(), Some("0000000000000000")).await;
    assert!(other.unwrap_err().to_string().contains(&held.digest()));
    world.advance("10m").await;
    assert_eq!(
        world.see(&id).await.state,
        State::Held,
        "it stays confirmable"
    );
    world.advance("5m").await;
    engine
        .confirm(&id, chief(), Some(&held.digest()))
        .await
        .unwrap();
    world.turn().await;
    assert_eq!(world.see(&id).await.state, State::Open);
    insta::assert_snapshot!(world.timeline(&id).await, @r"
    00:00:00 第3非常配備体制の発令（指令：副町長（町長 職務代理））の通報（トークン duty）
    00:00:00 指令者：副町長（町長 職務代理）（入力：トークン duty）
    00:00:00 第二の承認者の確認を待っています（03:10:00までに確認がなければ警報）
    00:00:00   email accepted x4
    00:10:00 第二の承認者の確認がまだありません。保留のまま、03:20:00に再び警報します
    00:10:00   email accepted x4
    00:10:00   webhook accepted x4
    00:15:00 発令を確認（トークン chief、町長の指示による）
    00:15:00 参集を開始（参集対象1件）
    00:15:00 第1段階: 37人を招集
    00:15:00   email accepted x37
    00:15:00   webhook accepted x17
    ");
}

/// A deputy's order counts only where the plan says so.
#[tokio::test]
async fn a_deputy_orders_only_where_the_plan_says_so() {
    let world = World::example().await;
    let refused = world.posture(3, "deputy-mayor").await.unwrap_err();
    assert!(refused.to_string().contains("post:mayor"), "{refused}");
    let vacant = World::with(|plan| plan.roster.posts["mayor"].holders.clear()).await;
    let refused = vacant.posture(3, "it-1").await;
    assert!(
        refused.is_err(),
        "nobody holds the post, so nobody may order"
    );
}

/// The situation and another gathering place reach everyone who was called,
/// and nobody else.
#[tokio::test]
async fn a_word_reaches_those_who_were_called() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Coming).await;
    let before = world.sent().len();
    let saying = Saying {
        text: Text::new(
            "国道は通行止め。旧道へ回ってください",
            "The main road is closed",
        ),
        place: Some("公民館".to_owned()),
        key: None,
    };
    world
        .engine
        .speak(&id, saying, word(None, None))
        .await
        .unwrap();
    world.turn().await;
    let sent = world.sent().split_off(before);
    let called = world.see(&id).await.counts().called as usize;
    assert_eq!(sent.len(), called);
    for sent in &sent {
        assert!(sent.subject.contains("国道は通行止め"), "{}", sent.subject);
        assert!(sent.body.contains("■ 参集場所: 公民館"), "{}", sent.body);
    }
    let typed = Saying {
        text: Text::new("東口へ", "東口へ"),
        place: None,
        key: None,
    };
    let said = world.engine.speak(&id, typed, word(None, None));
    said.await.unwrap();
    world.turn().await;
    let body = world.sent().pop().unwrap().body;
    assert_eq!(
        body.matches("東口へ\n").count(),
        1,
        "once, in the one language that it has: {body}"
    );
    let world = world.crash().await;
    assert_eq!(&*world.see(&id).await.place.ja, "公民館");
    world.advance("20m").await;
    let later = world.sent().pop().unwrap();
    assert!(later.body.contains("公民館"), "{}", later.body);
}

/// A mistaken call-out ends within seconds, with a prepared text.
#[tokio::test]
async fn a_false_alarm_is_taken_back_with_a_prepared_text() {
    let world = World::example().await;
    let id = world.earthquake("5+").await[0].clone();
    let ended = world.engine.stand_down(&id, word(None, None), true).await;
    ended.unwrap();
    world.turn().await;
    let last = world.sent().pop().unwrap();
    assert!(last.subject.contains("誤報"), "{}", last.subject);
    assert!(
        last.body.contains("先ほどの参集は誤りでした"),
        "{}",
        last.body
    );
}

/// Everybody who could fill a target has said no: said at once, before the
/// stages have run out.
#[tokio::test]
async fn a_target_beyond_filling_is_said_at_once() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    for person in ["deputy-mayor", "general-affairs-manager"] {
        world.on_behalf(&id, person, Reply::Cannot).await.unwrap();
    }
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::Open);
    let account = world.timeline(&id).await;
    assert!(
        account.contains("もう必要な人数に届きません（あと1人不足）"),
        "{account}"
    );
    let told = world.sent();
    let told: Vec<&str> = told
        .iter()
        .filter(|sent| sent.subject.contains("人数を満たせません"))
        .map(|sent| sent.to.as_str())
        .collect();
    assert!(
        told.contains(&world.address("it-manager").as_str()),
        "{told:?}"
    );
}
