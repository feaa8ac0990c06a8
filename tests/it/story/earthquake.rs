//! P1, P2 and P3: an earthquake calls people out by itself.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::State;
use muster::domain::text::Language;

use crate::support::world::World;

/// P1: 震度5強 and more calls all staff in stage 1, and each is told where to
/// gather and that safety comes first (S1).
#[tokio::test]
async fn five_upper_calls_everyone_at_once() {
    let world = World::example().await;
    let call_outs = world.earthquake("5+").await;
    assert_eq!(call_outs.len(), 1);
    let call_out = world.see(&call_outs[0]).await;
    assert_eq!(call_out.rule.as_str(), "P1");
    let everyone = world.plan().roster.people.len();
    assert_eq!(call_out.counts().called as usize, everyone);
    for person in world.plan().roster.people.keys() {
        assert!(world.sent_to(person.as_str()) >= 1, "{person} was not told");
    }
    for sent in world.sent().iter().filter(|sent| sent.channel == "email") {
        assert!(
            sent.body.contains("役場本庁舎") || sent.body.contains("Town office"),
            "{}",
            sent.body
        );
        let safety = &world.plan().safety;
        assert!(
            Language::ALL
                .iter()
                .any(|language| sent.body.contains(safety.get(*language))),
            "{}",
            sent.body
        );
    }
}

#[tokio::test]
async fn seven_is_five_upper_or_more() {
    let world = World::example().await;
    let call_outs = world.earthquake("7").await;
    assert_eq!(world.see(&call_outs[0]).await.rule.as_str(), "P1");
}

/// Below 震度4 the plan calls nobody; the event is kept all the same.
#[tokio::test]
async fn three_calls_nobody() {
    let world = World::example().await;
    assert!(world.earthquake("3").await.is_empty());
    assert!(world.sent().is_empty());
}

/// P3: 震度4 calls the required members of the two sections, nobody else.
#[tokio::test]
async fn four_calls_the_required_members_of_two_sections() {
    let world = World::example().await;
    let call_outs = world.earthquake("4").await;
    let call_out = world.see(&call_outs[0]).await;
    assert_eq!(call_out.rule.as_str(), "P3");
    let names: Vec<&str> = call_out
        .targets
        .iter()
        .map(|target| &*target.name.ja)
        .collect();
    insta::assert_snapshot!(names.join(" "), @"まちづくり振興課 建設課");
    let called: Vec<&str> = call_out
        .participants
        .keys()
        .map(|person| person.as_str())
        .collect();
    insta::assert_snapshot!(called.join(" "), @"it-manager it-1 planning-1 construction-manager construction-1 construction-2");
}

/// P2: 各対策班の所要の職員. Each squad's required members are called at once,
/// whatever its need says and whoever stands in another squad besides.
#[tokio::test]
async fn five_lower_calls_every_required_member_at_once() {
    let world = World::example().await;
    let call_outs = world.earthquake("5-").await;
    let call_out = world.see(&call_outs[0]).await;
    for squad in world.plan().roster.squads.values() {
        for person in &squad.required {
            let called = call_out.participants.get(person);
            assert!(
                called.is_some_and(|p| p.is_called()),
                "{person} of {}",
                squad.id
            );
        }
    }
    assert_eq!(call_out.stage, 1);
    assert!(!call_out.participants.contains_key("general-affairs-3"));
}

/// Each mail says why this person: as a required member, or in the place of one
/// who cannot come.
#[tokio::test]
async fn a_mail_says_whether_somebody_is_required_or_stands_in() {
    let world = World::example().await;
    world.bounce(&world.address("general-affairs-2"));
    world.earthquake("5-").await;
    let why = |person: &str| {
        let sent = world.sent();
        let address = world.address(person);
        let mail = sent.iter().find(|sent| sent.to == address).unwrap();
        let mut lines = mail.body.lines();
        let line = lines.find(|line| line.ends_with("招集されています。"));
        line.unwrap().to_owned()
    };
    assert_eq!(
        why("it-1"),
        "震度5弱のため、統括班の所要の職員、災害対策本部事務局の所要の職員として招集されています。"
    );
    assert_eq!(
        why("general-affairs-3"),
        "震度5弱のため、総務班の代わりの職員として招集されています。"
    );
    world.earthquake("6+").await;
    assert_eq!(
        why("council-manager"),
        "震度6強のため、情報班の代わりの職員、全職員として招集されています。"
    );
}

/// P2, the whole night: some come, one cannot, one address is dead, the rest
/// are silent; deputies are called, and in the end it says what is missing.
#[tokio::test]
async fn five_lower_fills_every_squad_and_goes_to_deputies() {
    let world = World::example().await;
    world.bounce(&world.address("general-affairs-2"));
    let call_outs = world.earthquake("5-").await;
    let id = &call_outs[0];
    world.advance("2m").await;
    for person in [
        "it-manager",
        "it-1",
        "it-2",
        "general-affairs-1",
        "planning-1",
        "planning-2",
    ] {
        world.answer(id, person, Reply::Coming).await;
    }
    world.advance("1m").await;
    world.answer(id, "health-manager", Reply::Cannot).await;
    world.advance("2h").await;
    insta::assert_snapshot!(world.timeline(id).await, @r"
    00:00:00 震度5弱の地震の通報（トークン duty）
    00:00:00 参集を開始（参集対象9件）
    00:00:00 第1段階: 20人を招集
    00:00:00 「統括班、災害対策本部事務局」を兼ねる：情報システム担当職員1、情報システム担当職員2
    00:00:00 総務課 職員2: メールで届きません（宛先が存在しません：RCPT TO: 550 5.1.1 <***>: User unknown）
    00:00:00 総務課 職員2: すべての連絡手段が不通
    00:00:00 総務班: 総務課 職員2に代わり総務課 職員3を招集
    00:00:00   email accepted x20
    00:00:00   email dead x1
    00:00:00   webhook accepted x16
    00:02:00 まちづくり振興課長: 参集できる
    00:02:00 情報システム担当職員1: 参集できる
    00:02:00 情報システム担当職員2: 参集できる
    00:02:00 統括班: 必要な人数を確保（3人）
    00:02:00 災害対策本部事務局: 必要な人数を確保（2人）
    00:02:00 総務課 職員1: 参集できる
    00:02:00 まちづくり振興課 職員1: 参集できる
    00:02:00 まちづくり振興課 職員2: 参集できる
    00:02:00 情報班: 必要な人数を確保（2人）
    00:03:00 健康福祉課課長: 参集できない
    00:05:00 第1段階: 未回答の12人に再送
    00:05:00   email accepted x12
    00:05:00   webhook accepted x6
    00:10:00 第2段階: 新たに8人を招集、12人に再送
    00:10:00   email accepted x20
    00:10:00   webhook accepted x7
    00:20:00 第3段階: 20人に再送
    00:20:00   email accepted x20
    00:20:00   webhook accepted x7
    00:40:00 第3段階で人数不足: 総務班、土木班、救護班、福祉班、避難所班、物資班（2人に通知）
    00:40:00 第4段階: 20人に再送
    00:40:00   email accepted x22
    00:40:00   webhook accepted x7
    01:00:00 第4段階で人数不足: 総務班、土木班、救護班、福祉班、避難所班、物資班（2人に通知）
    01:00:00 すべての段階を終了、人数不足: 総務班、土木班、救護班、福祉班、避難所班、物資班
    01:00:00   email accepted x5
    01:00:00   webhook accepted x3
    ");
    assert_eq!(world.see(id).await.state, State::Exhausted);
}

/// Nobody can be told that a call-out was exhausted if nothing says so.
#[tokio::test]
async fn an_exhausted_call_out_tells_the_administrators() {
    let world = World::example().await;
    let call_outs = world.earthquake("5-").await;
    world.advance("61m").await;
    assert_eq!(world.see(&call_outs[0]).await.state, State::Exhausted);
    for person in world.plan().administrators() {
        let address = world.address(person.as_str());
        let told = world
            .sent()
            .iter()
            .any(|sent| sent.to == address && sent.body.contains("人の判断が必要"));
        assert!(told, "{person} was not told");
    }
}
