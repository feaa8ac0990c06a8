//! P9, and the help part of P7: vendors are asked for help on a person's word
//! or the rule's, and stand apart from staff.

use muster::domain::acknowledgement::{Answer, Reply, Via};
use muster::domain::call_out::help::Wanted;
use muster::domain::call_out::{CallOut, Part, State};
use muster::domain::event::{Effect, EventKind};
use muster::domain::id::{CallOutId, PersonId, Principal, VendorId};
use muster::domain::notification::Purpose;
use muster::domain::roster::ChannelName;
use muster::domain::rule::{Confirm, Decision};
use muster::domain::text::Language;
use muster::engine::Error;
use muster::message::view::{AnswerView, BoardView, CallOutSummary};

use crate::support::world::{World, word};

fn wanted(vendors: &[&str], systems: &[u16]) -> Wanted {
    Wanted {
        vendors: vendors.iter().map(|id| (*id).into()).collect(),
        systems: systems.to_vec(),
        note: Some("19番の画面が開きません".to_owned()),
    }
}

async fn ask(world: &World, id: &CallOutId, wanted: Wanted) -> Result<(), Error> {
    let word = word(Some("it-manager"), None);
    let done = world.engine.request_help(id, wanted, word).await;
    world.turn().await;
    done
}

async fn refused(world: &World, id: &CallOutId, wanted: Wanted) -> String {
    ask(world, id, wanted).await.unwrap_err().to_string()
}

/// A desk answers from the page behind its link, with a time of arrival.
async fn accepts(world: &World, id: &CallOutId, desk: &str, minutes: u32) {
    let answer = Answer {
        person: PersonId::new(desk),
        reply: Reply::Accepted,
        eta_minutes: Some(minutes),
        note: None,
        via: Via::Link(ChannelName::Email),
        by: Principal::new(format!("link:{desk}")),
    };
    world.engine.acknowledge(id, answer).await.unwrap();
    world.turn().await;
}

fn sent_to(world: &World, address: &str) -> Vec<crate::support::world::Sent> {
    let sent = world.sent().into_iter();
    sent.filter(|sent| sent.to == address).collect()
}

fn page(world: &World, call_out: &CallOut, desk: &str) -> String {
    let view = AnswerView::new(call_out, &call_out.participants[desk]);
    world.engine.standing().messages.answer_page(&view).unwrap()
}

/// What the account says of help.
async fn of_help(world: &World, id: &CallOutId) -> String {
    let account = world.timeline(id).await;
    let lines = account.lines().filter(|line| {
        ["協力", "事業者"].iter().any(|word| line.contains(word)) && !line.contains("通報")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// P7: as the structure is called, the operator is asked to help survey, in
/// its own words; the maintainer of the affected system is proposed, and
/// nobody of them counts.
#[tokio::test]
async fn the_operator_is_asked_and_the_maintainer_is_proposed() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.counts().called, 4);
    assert_eq!(call_out.participants["operator#1"].part, Part::Vendor);
    let mail = &sent_to(&world, "operator-desk@example.jp")[0];
    assert_eq!(
        mail.subject,
        "【協力依頼】喜茂別町役場：情報セキュリティ事象（選挙システム）"
    );
    let lines = mail.body.lines().take_while(|line| !line.starts_with('★'));
    let lines = lines.filter(|line| !line.starts_with("回答する: "));
    let body = lines.collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(body, @r"
    【協力依頼】これは実際の依頼です。
    [REQUEST FOR HELP] This is real.

    喜茂別町役場からの協力依頼です。情報セキュリティ事象への対応に、ご協力をお願いします。
    03:15までに、下のリンクから「対応できる」（到着の見込み）、「遠隔で対応」、「対応できない」のどれかを回答してください。返事がなければ、御社の次の窓口に依頼します。

    Kimobetsu Town Office asks for your help. Security incident: please help us to deal with it.

    ■ 依頼元: 喜茂別町役場
    ■ 対象のシステム: 選挙システム
    ■ できごと: 情報セキュリティ事象
    ■ 発生: 2026年11月24日(火) 03:00
    ■ 対応の場所: まちづくり振興課
    ■ 回答期限: 03:15
    ■ 依頼番号: 20261124-7th2

    このリンクはこの窓口専用です。社外に転送しないでください。
    ");
    assert_eq!(sent_to(&world, "+81-0-0000-0101").len(), 1, "by every path");
    assert!(sent_to(&world, "operator-lead@example.jp").is_empty());
    assert!(sent_to(&world, "maintainer-desk@example.jp").is_empty());
    let proposed = call_out.proposed_help();
    assert_eq!(proposed.len(), 1);
    assert_eq!(proposed[0].vendor.as_str(), "maintainer");
    let mut board = BoardView::new(world.clock.now(), Language::Ja);
    board.open.push(CallOutSummary::new(&call_out));
    let board = world.engine.standing().messages.board(&board).unwrap();
    assert!(
        board.contains("協力依頼の案：保守事業者（19 選挙システム＝所管 総務課）"),
        "{board}"
    );
    world.advance("1m").await;
    accepts(&world, &id, "operator#1", 60).await;
    let call_out = world.see(&id).await;
    let counts = call_out.counts();
    assert_eq!((counts.called, counts.answered, counts.coming), (4, 0, 0));
    assert!(call_out.targets.iter().all(|target| target.tally.have == 0));
    insta::assert_snapshot!(of_help(&world, &id).await, @r"
    00:00:00 運用事業者 – 運用窓口に協力を依頼：19 選挙システム（規則による、03:15:00までに返事がなければ次の窓口へ）
    00:01:00 運用事業者 – 運用窓口: 対応できる、1時間以内
    ");
}

/// P9: after the survey a maintainer is needed: asked on a person's word, and
/// proposed no longer.
#[tokio::test]
async fn a_maintainer_is_asked_on_a_persons_word() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    world.advance("10m").await;
    ask(&world, &id, wanted(&[], &[19])).await.unwrap();
    let call_out = world.see(&id).await;
    assert!(call_out.proposed_help().is_empty());
    let mail = &sent_to(&world, "maintainer-desk@example.jp")[0];
    assert!(
        mail.body.contains("19番の画面が開きません"),
        "{}",
        mail.body
    );
    world.advance("2m").await;
    accepts(&world, &id, "maintainer#1", 30).await;
    let before = world.sent().len();
    world.advance("1h").await;
    let later = world.sent().split_off(before);
    assert!(
        later.iter().all(|sent| !sent.to.starts_with("maintainer")),
        "whoever helps is not asked again"
    );
    assert!(sent_to(&world, "maintainer-lead@example.jp").is_empty());
    let again = refused(&world, &id, wanted(&["maintainer"], &[])).await;
    assert!(
        again.contains("asked for help already (it helps)"),
        "{again}"
    );
    world.stand_down(&id, "復旧した").await;
    let over = sent_to(&world, "maintainer-desk@example.jp").pop().unwrap();
    assert!(over.subject.contains("協力依頼・終了"), "{}", over.subject);
    let late = refused(&world, &id, wanted(&["maintainer"], &[])).await;
    assert!(late.contains("already over"), "{late}");
}

/// The next desk is asked when the one before cannot, is out of reach, or says
/// nothing; with nobody left administrators hear of it, and a late yes counts.
#[tokio::test]
async fn the_next_desk_is_asked_and_nobody_left_is_said() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    world.bounce("maintainer-desk@example.jp");
    world.bounce("+81-0-0000-0102");
    ask(&world, &id, wanted(&["operator", "maintainer"], &[1]))
        .await
        .unwrap();
    assert_eq!(
        sent_to(&world, "maintainer-lead@example.jp").len(),
        1,
        "a dead desk costs no time"
    );
    world.advance("1m").await;
    world
        .on_behalf(&id, "operator#1", Reply::Cannot)
        .await
        .unwrap();
    assert_eq!(sent_to(&world, "operator-lead@example.jp").len(), 1);
    world.advance("20m").await;
    let told = world.sent();
    let told: Vec<_> = told
        .iter()
        .filter(|sent| sent.subject.contains("協力依頼に応じる窓口がありません"))
        .collect();
    assert!(
        told.iter().any(|sent| sent.to == world.address("it-1")),
        "{told:?}"
    );
    let world = world.crash().await;
    world
        .on_behalf(&id, "operator#2", Reply::Remote)
        .await
        .unwrap();
    let call_out = world.see(&id).await;
    assert!(call_out.help(&"operator".into()).unwrap().helping);
    assert!(!call_out.help(&"maintainer".into()).unwrap().helping);
    ask(&world, &id, wanted(&["maintainer"], &[1]))
        .await
        .unwrap();
    insta::assert_snapshot!(of_help(&world, &id).await, @r"
    00:00:00 運用事業者 – 運用窓口に協力を依頼：1 住基税務システム (印鑑、国民年金、国保（資格・税）、住民税、軽自、固定、収納)（トークン duty、まちづくり振興課長の指示による、03:15:00までに返事がなければ次の窓口へ）「19番の画面が開きません」
    00:00:00 保守事業者 – 障害受付に協力を依頼：1 住基税務システム (印鑑、国民年金、国保（資格・税）、住民税、軽自、固定、収納)（トークン duty、まちづくり振興課長の指示による、03:15:00までに返事がなければ次の窓口へ）「19番の画面が開きません」
    00:00:00 保守事業者 – 障害受付: メールで届きません（宛先が存在しません：RCPT TO: 550 5.1.1 <***>: User unknown）
    00:00:00 保守事業者 – 障害受付: voice-gatewayで届きません（宛先が存在しません：RCPT TO: 550 5.1.1 <***>: User unknown）
    00:00:00 保守事業者 – 障害受付: すべての連絡手段が不通
    00:00:00 保守事業者 – 障害受付に代わり保守事業者 – 保守責任者に協力を依頼（03:15:00までに返事がなければ次の窓口へ）
    00:01:00 運用事業者 – 運用窓口: 対応できない（代理入力：トークン duty）
    00:01:00 運用事業者 – 運用窓口に代わり運用事業者 – 運用責任者に協力を依頼（03:16:00までに返事がなければ次の窓口へ）
    00:15:00 保守事業者：協力を依頼できる窓口が残っていません
    00:16:00 運用事業者：協力を依頼できる窓口が残っていません
    00:21:00 運用事業者 – 運用責任者: 遠隔で対応（代理入力：トークン duty）
    00:21:00 保守事業者 – 障害受付に協力を依頼：1 住基税務システム (印鑑、国民年金、国保（資格・税）、住民税、軽自、固定、収納)（トークン duty、まちづくり振興課長の指示による、03:36:00までに返事がなければ次の窓口へ）「19番の画面が開きません」
    00:21:00 保守事業者 – 障害受付: すべての連絡手段が不通
    00:21:00 保守事業者 – 障害受付に代わり保守事業者 – 保守責任者に協力を依頼（03:36:00までに返事がなければ次の窓口へ）
    ");
}

/// A held rule names a vendor who has left the roster by the time the calling
/// begins: nobody there is asked, and administrators hear it at once.
#[tokio::test]
async fn a_vendor_who_left_the_roster_is_not_passed_over_in_silence() {
    let mut world = World::with(|plan| {
        plan.rules["P7"].confirm = Confirm::Hold { seconds: 300 };
    })
    .await;
    let id = world.incident("residents").await[0].clone();
    let operator = VendorId::from("operator");
    world
        .change(|plan| {
            plan.roster.vendors.shift_remove(&operator);
        })
        .await;
    world.advance("5m").await;
    assert_eq!(world.see(&id).await.state, State::Open);
    assert!(sent_to(&world, "operator-desk@example.jp").is_empty());
    let told = sent_to(&world, &world.address("it-1"));
    let told = told.iter().find(|sent| sent.subject.contains("協力依頼"));
    let told = told.expect("administrators are told");
    assert!(told.body.contains("operator"), "{}", told.body);
    let world = world.crash().await;
    insta::assert_snapshot!(of_help(&world, &id).await, @r"
    00:05:00 operator：名簿にないため、協力を依頼していません
    00:05:00 operator：協力を依頼できる窓口が残っていません
    ");
}

/// A restart forgets no request, and asks the next desk at its time.
#[tokio::test]
async fn a_request_outlives_a_restart() {
    let world = World::example().await;
    let id = world.incident("small").await[0].clone();
    assert_eq!(world.see(&id).await.state, State::InSection);
    ask(&world, &id, wanted(&["maintainer"], &[]))
        .await
        .unwrap();
    let mut before = world.see(&id).await;
    let world = world.crash().await;
    before.index = None;
    assert_eq!(before, world.see(&id).await);
    world.advance("14m").await;
    assert!(sent_to(&world, "maintainer-lead@example.jp").is_empty());
    world.advance("2m").await;
    assert_eq!(sent_to(&world, "maintainer-lead@example.jp").len(), 1);
}

/// A decision of the one in charge does not take back what a vendor was asked.
#[tokio::test]
async fn a_decision_leaves_a_request_as_it_is() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    let asked = world.sent();
    let letter = asked.iter().find(|sent| sent.subject.contains("要判断"));
    let letter = &letter.unwrap().body;
    assert!(letter.contains("協力依頼の案: 保守事業者\n"), "{letter}");
    let word = word(Some("it-manager"), None);
    let wanted = wanted(&["maintainer"], &[]);
    world.engine.request_help(&id, wanted, word).await.unwrap();
    world
        .decide(&id, "it-manager", Decision::Muster)
        .await
        .unwrap();
    assert_eq!(sent_to(&world, "maintainer-desk@example.jp").len(), 1);
}

/// P5 grows into P7: the operator is asked then, once.
#[tokio::test]
async fn growing_asks_the_operator_once() {
    let world = World::example().await;
    let id = world.incident("small").await[0].clone();
    assert!(sent_to(&world, "operator-desk@example.jp").is_empty());
    let grown = |effect| EventKind::SecurityIncident {
        effect,
        systems: vec![19, 20],
    };
    world.grow(&id, grown(Effect::Residents)).await.unwrap();
    world.grow(&id, grown(Effect::Residents)).await.unwrap();
    assert_eq!(sent_to(&world, "operator-desk@example.jp").len(), 1);
    let proposed = world.see(&id).await.proposed_help();
    assert_eq!(proposed[0].systems, [19, 20]);
}

/// Staff and vendors each have answers of their own; what is held asks nobody.
#[tokio::test]
async fn each_answers_in_words_of_their_own() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    let vendor = world.on_behalf(&id, "operator#1", Reply::Coming).await;
    let vendor = vendor.unwrap_err().to_string();
    assert!(vendor.contains("a vendor's desk accepted"), "{vendor}");
    let staff = world.on_behalf(&id, "it-1", Reply::Remote).await;
    assert!(staff.unwrap_err().to_string().contains("staff answer"));
    let unasked = world.on_behalf(&id, "maintainer#1", Reply::Remote).await;
    let unasked = unasked.unwrap_err().to_string();
    assert!(unasked.contains("was not asked for help"), "{unasked}");
    let nobody = refused(&world, &id, Wanted::default()).await;
    assert!(nobody.contains("proposed: maintainer"), "{nobody}");
    let twice = refused(&world, &id, wanted(&["maintainer", "operator"], &[])).await;
    assert!(twice.contains("its answer is waited for"), "{twice}");
    assert!(
        world.see(&id).await.help(&"maintainer".into()).is_none(),
        "refused whole"
    );
    let held = world.posture(3, "mayor").await.unwrap().call_outs[0].clone();
    let held = refused(&world, &held, wanted(&["operator"], &[])).await;
    assert!(held.contains("held"), "{held}");
}

/// The page of a vendor has its own buttons, and nothing about staff.
#[tokio::test]
async fn an_outsiders_page_shows_nothing_of_staff() {
    let world = World::example().await;
    world.earthquake("5-").await;
    let id = world.incident("residents").await[0].clone();
    world.advance("1m").await;
    let before = page(&world, &world.see(&id).await, "operator#1");
    for said in [
        "協力依頼",
        "対応できる",
        "遠隔で対応",
        "対応できない",
        "選挙システム",
    ] {
        assert!(before.contains(said), "{said}: {before}");
    }
    for secret in ["参集対象", "副町長", "課長", "震度", "集まる", "緊急参集"] {
        assert!(!before.contains(secret), "{secret}: {before}");
    }
    accepts(&world, &id, "operator#1", 60).await;
    let after = page(&world, &world.see(&id).await, "operator#1");
    assert!(after.contains("回答を記録しました"), "{after}");
    for sent in sent_to(&world, "operator-desk@example.jp") {
        assert!(!sent.body.contains("課長") && !sent.body.contains("参集対象"));
    }
}

/// A machine that presses a vendor's button counts for nothing.
#[tokio::test]
async fn a_vendors_answer_within_seconds_is_doubtful() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    accepts(&world, &id, "operator#1", 60).await;
    let call_out = world.see(&id).await;
    assert!(!call_out.help(&"operator".into()).unwrap().helping);
    world.advance("16m").await;
    assert_eq!(sent_to(&world, "operator-lead@example.jp").len(), 1);
}

/// In an exercise an outsider is left alone, however the event grows, and the
/// account says so once; a person may still ask one.
#[tokio::test]
async fn a_drill_leaves_vendors_alone_and_says_so() {
    let world = World::example().await;
    let id = world.drill("contact").await;
    let again = EventKind::SecurityIncident {
        effect: Effect::Residents,
        systems: vec![41, 19],
    };
    world.grow(&id, again).await.unwrap();
    let world = world.crash().await;
    world.advance("3h").await;
    let to_vendors = |sent: &crate::support::world::Sent| {
        let roster = &world.plan().roster;
        let mut desks = roster.vendors.values().flat_map(|vendor| &vendor.desks);
        desks.any(|desk| desk.contacts.iter().any(|by| *by.address == *sent.to))
    };
    assert!(!world.sent().is_empty());
    assert!(!world.sent().iter().any(to_vendors), "an outsider was sent");
    assert!(world.see(&id).await.course.help.is_empty());
    insta::assert_snapshot!(of_help(&world, &id).await, @"00:00:00 運用事業者：訓練のため協力を依頼しません（規則では依頼する事業者）");
    ask(&world, &id, wanted(&["operator"], &[])).await.unwrap();
    let mail = sent_to(&world, "operator-desk@example.jp");
    assert!(mail[0].subject.starts_with("【訓練/DRILL】"), "{mail:?}");
}

/// The same incident for real asks the operator, and so does a later report of
/// it; nothing of an exercise stays behind.
#[tokio::test]
async fn a_drill_that_says_so_asks_vendors() {
    let world = World::with(|plan| plan.drills["contact"].vendors = true).await;
    let id = world.drill("contact").await;
    assert_eq!(sent_to(&world, "operator-desk@example.jp").len(), 1);
    let world = world.crash().await;
    world.advance("16m").await;
    let next = sent_to(&world, "operator-lead@example.jp");
    assert!(next[0].subject.starts_with("【訓練/DRILL】"), "{next:?}");
    assert!(world.see(&id).await.mode().is_drill());
    world.incident("residents").await;
    // The exercise gives way to it, and its end is told as well.
    let sent = sent_to(&world, "operator-desk@example.jp");
    let real = |sent: &crate::support::world::Sent| sent.subject.starts_with("【協力依頼】");
    assert!(sent.iter().any(real), "{sent:?}");
}

/// In an exercise every word to a vendor says so.
#[tokio::test]
async fn a_drills_request_says_that_it_is_one() {
    let world = World::with(|plan| plan.drills["contact"].vendors = true).await;
    let id = world.drill("contact").await;
    ask(&world, &id, wanted(&["maintainer"], &[]))
        .await
        .unwrap();
    world.stand_down(&id, "訓練終了").await;
    for address in ["operator-desk@example.jp", "maintainer-desk@example.jp"] {
        let sent = sent_to(&world, address);
        assert_eq!(sent.len(), 2, "{address}");
        for sent in sent {
            assert!(
                sent.subject.starts_with("【訓練/DRILL】"),
                "{}",
                sent.subject
            );
            assert!(sent.body.starts_with("【訓練 / DRILL】"), "{}", sent.body);
        }
    }
    let desk = page(&world, &world.see(&id).await, "operator#1");
    assert!(desk.contains("訓練です"), "{desk}");
    assert_eq!(Purpose::Help.name(), "help");
}
