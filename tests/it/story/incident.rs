//! P5 to P8: incidents, decisions by people, and other threats.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{CallOut, Part, State, Word};
use muster::domain::event::EventKind;
use muster::domain::id::{Principal, RuleId};
use muster::domain::rule::Decision;
use muster::domain::text::Language;
use muster::message::view::AnswerView;
use muster::message::words;
use muster::report::call_list;

use crate::support::faults::refused_connection;
use crate::support::world::World;

/// P5: nobody musters; the IT staff are told, and it stays on the board.
#[tokio::test]
async fn a_small_incident_is_recorded_and_the_it_staff_are_told() {
    let world = World::example().await;
    let id = world.incident("small").await[0].clone();
    world.advance("2h").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.counts().called, 0);
    assert_eq!(call_out.state, State::InSection);
    assert_eq!((world.sent_to("it-1"), world.sent_to("it-2")), (1, 1));
    assert_eq!(world.sent_to("it-manager"), 0);
    let told = &world.sent()[0];
    assert!(told.body.contains("参集は不要"), "{}", told.body);
}

/// What is over takes no decision, and its page says so.
#[tokio::test]
async fn what_is_over_takes_no_decision_any_more() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    world.stand_down(&id, "誤検知").await;
    let call_out = world.see(&id).await;
    let view = AnswerView::new(&call_out, &call_out.participants["it-manager"]);
    let page = world.engine.standing().messages.answer_page(&view).unwrap();
    assert!(page.contains("判断はもう受け付けていません"), "{page}");
    assert!(!page.contains("<form"), "{page}");
    let late = world.decide(&id, "it-manager", Decision::Muster).await;
    assert!(late.unwrap_err().to_string().contains("over"));
}

/// P6 that nobody decides: the paper says that nobody was called, not that
/// too few came.
#[tokio::test]
async fn the_paper_of_an_undecided_incident_says_that_nobody_was_called() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    world.advance("1h").await;
    let call_out = world.see(&id).await;
    assert!(call_out.is_undecided());
    let standing = world.engine.standing();
    let list = call_list::of_call_out(&standing.plan, &call_out, world.clock.now());
    let paper = standing.messages.call_list_text(&list);
    assert!(paper.contains("判断なし・誰も招集せず"), "{paper}");
    assert!(!paper.contains("人数不足"), "{paper}");
}

/// P5: left to the section it is not forgotten: asked again until somebody
/// closes it.
#[tokio::test]
async fn what_the_section_handles_is_asked_about_until_somebody_closes_it() {
    let world = World::example().await;
    let id = world.incident("small").await[0].clone();
    world.advance("3h").await;
    assert_eq!(world.see(&id).await.state, State::AwaitingDecision);
    world
        .decide(&id, "it-manager", Decision::HandleInSection)
        .await
        .unwrap();
    world.advance("3h5m").await;
    world.stand_down(&id, "復旧した").await;
    world.advance("24h").await;
    insta::assert_snapshot!(world.timeline(&id).await, @r"
    00:00:00 情報セキュリティ事象（影響は小規模／対象：19 選挙システム）の通報（トークン duty）
    00:00:00 課内で対応中。06:00:00に改めて判断を求めます
    00:00:00   email accepted x2
    03:00:00 まちづくり振興課長に判断を依頼（06:15:00までに返事がなければ次の人へ）
    03:00:00 判断：課内で対応（まちづくり振興課長、入力：トークン duty）
    03:00:00 課内で対応中。09:00:00に改めて判断を求めます
    03:00:00   email accepted x1
    03:00:00   webhook accepted x1
    06:00:00 まちづくり振興課長に判断を依頼（09:15:00までに返事がなければ次の人へ）
    06:00:00   email accepted x1
    06:00:00   webhook accepted x1
    06:05:00 解除：復旧した（トークン duty）
    06:05:00   email accepted x3
    ");
}

/// P6: the IT manager is asked, with the facts; without a word the CIO is, and
/// on that word those in charge are called.
#[tokio::test]
async fn no_word_of_the_it_manager_asks_the_cio_who_has_them_gather() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::AwaitingDecision);
    assert_eq!(call_out.participants["it-manager"].part, Part::Asked);
    assert_eq!(call_out.counts().called, 0);
    let asked = world.sent();
    let asked = asked
        .iter()
        .find(|sent| sent.to == world.address("it-manager"));
    let asked = asked.unwrap();
    assert!(asked.subject.contains("要判断"), "{}", asked.subject);
    assert!(asked.body.contains("判断する: https://"), "{}", asked.body);
    world.advance("9m59s").await;
    assert_eq!(world.sent_to("deputy-mayor"), 0);
    world.advance("2m").await;
    world
        .decide(&id, "deputy-mayor", Decision::Muster)
        .await
        .unwrap();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::Open);
    for person in ["it-manager", "it-1", "it-2"] {
        assert!(call_out.participants[person].is_called(), "{person}");
    }
    insta::assert_snapshot!(world.timeline(&id).await, @r"
    00:00:00 情報セキュリティ事象（業務に支障／対象：19 選挙システム）の通報（トークン duty）
    00:00:00 まちづくり振興課長に判断を依頼（03:10:00までに返事がなければ次の人へ）
    00:00:00   email accepted x3
    00:00:00   webhook accepted x1
    00:10:00 副町長に判断を依頼（03:20:00までに返事がなければ次の人へ）
    00:10:00   email accepted x1
    00:10:00   webhook accepted x1
    00:11:59 判断：集まる（副町長＝代わりに判断、入力：トークン duty）
    00:11:59 参集を開始（参集対象2件）
    00:11:59 第1段階: 3人を招集
    00:11:59   email accepted x3
    00:11:59   webhook accepted x3
    ");
}

/// P6: whoever is told while a decision is wanted reads that it is; whoever
/// decided reads on their own page what they decided, with the facts.
#[tokio::test]
async fn the_decider_sees_what_was_decided_and_the_others_that_it_is_asked() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    world.advance("1m").await;
    let sent = world.sent();
    let to = |person: &str| {
        let address = world.address(person);
        sent.iter().find(|sent| sent.to == address).unwrap()
    };
    let told = &to("it-1").body;
    assert!(told.contains("判断を求めています"), "{told}");
    assert!(
        told.contains("集まることになれば、改めて連絡します"),
        "{told}"
    );
    assert!(!told.contains("担当の課で対応します"), "{told}");
    let asked = &to("it-manager").body;
    assert!(asked.contains("くわしい状況は、リンク先"), "{asked}");
    let page = |call_out: &CallOut, person: &str| {
        let view = AnswerView::new(call_out, &call_out.participants[person]);
        let standing = world.engine.standing();
        standing.messages.answer_page(&view).unwrap()
    };
    let before = page(&world.see(&id).await, "it-manager");
    assert!(before.contains("業務に支障"), "the facts: {before}");
    assert!(!before.contains("「集まる」と判断しました"), "{before}");
    let decision = world.decide(&id, "it-manager", Decision::Muster);
    decision.await.unwrap();
    let call_out = world.see(&id).await;
    let after = page(&call_out, "it-manager");
    assert!(after.contains("「集まる」と判断しました"), "{after}");
    assert!(after.contains("業務に支障"), "the facts stay: {after}");
    assert!(!page(&call_out, "it-1").contains("と判断しました"));
    let why = "情報システム責任者（まちづくり振興課長）として招集されています";
    assert!(after.contains(why), "by the post's name: {after}");
    world.stand_down(&id, "復旧").await;
    let over = page(&world.see(&id).await, "it-manager");
    assert!(over.contains("「集まる」と判断しました。"), "{over}");
    assert!(!over.contains("招集を始めています"), "{over}");
}

/// P6: nobody in line has a word: said to administrators, nobody is called,
/// and a late decision still counts.
#[tokio::test]
async fn nobody_decides_and_it_is_said_aloud() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    world.bounce(&world.address("deputy-mayor"));
    world.advance("40m").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::Exhausted);
    assert!(call_out.is_undecided());
    assert!(call_out.next_due().is_some(), "it is asked again");
    let said = words::stands(&call_out, Language::Ja);
    assert_eq!(said, "判断なし・誰も招集せず");
    let last = world.sent().pop().unwrap();
    assert!(
        last.subject.contains("判断の返事がありません"),
        "{}",
        last.subject
    );
    world.decide(&id, "mayor", Decision::Muster).await.unwrap();
    assert_eq!(world.see(&id).await.state, State::Open);
    assert!(world.sent_to("it-1") >= 2);
}

/// P6: nobody in line has a word: after `again` the first in line is asked once
/// more, and so on, until somebody decides.
#[tokio::test]
async fn what_nobody_decides_is_asked_again_until_somebody_does() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    world.advance("40m").await;
    for round in 2..5 {
        let asked = world.sent_to("it-manager");
        world.advance("12h").await;
        let call_out = world.see(&id).await;
        assert!(call_out.is_undecided(), "round {round}");
        assert!(call_out.next_due().is_some(), "round {round}");
        assert!(world.sent_to("it-manager") > asked, "round {round}");
    }
    let world = world.crash().await;
    assert!(world.see(&id).await.next_due().is_some());
    world.decide(&id, "mayor", Decision::Muster).await.unwrap();
    assert_eq!(world.see(&id).await.state, State::Open);
}

/// P6: where everybody in line is away, nobody is said to have been asked.
#[tokio::test]
async fn where_all_in_line_are_away_nobody_is_said_to_have_been_asked() {
    let world = World::example().await;
    let until = world.clock.now() + jiff::SignedDuration::from_hours(48);
    for person in ["it-manager", "deputy-mayor", "mayor"] {
        let by = Principal::new("token:duty");
        let person = person.into();
        let marked = world.engine.absent(&person, until, None, by).await;
        marked.unwrap();
    }
    let id = world.incident("work-hindered").await[0].clone();
    let account = world.timeline(&id).await;
    assert!(account.contains("誰にも求められませんでした"), "{account}");
    assert!(!account.contains("順にすべての人に"), "{account}");
    let told = world.sent();
    let told = told.iter().find(|sent| sent.subject.contains("判断の返事"));
    let told = &told.unwrap().body;
    assert!(told.contains("全員不在か連絡不能"), "{told}");
    world.advance("49h").await;
    assert!(world.sent_to("it-manager") > 1, "asked once they are back");
}

/// P5: what the section handles is asked about for ever, and goes on being
/// handled in the section where nobody has a word.
#[tokio::test]
async fn the_section_goes_on_handling_it_where_nobody_has_a_word() {
    let world = World::example().await;
    let id = world.incident("small").await[0].clone();
    world.advance("3h").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::AwaitingDecision);
    let said = words::stands(&call_out, Language::Ja);
    assert_eq!(said, "課内で対応中・改めて判断待ち");
    for round in 1..5 {
        let asked = world.sent_to("it-manager");
        world.advance("24h").await;
        let call_out = world.see(&id).await;
        assert!(call_out.is_in_section(), "round {round}: {call_out:?}");
        assert!(call_out.next_due().is_some(), "round {round}");
        assert!(world.sent_to("it-manager") > asked, "round {round}");
    }
    let world = world.crash().await;
    assert!(world.see(&id).await.is_in_section());
    let account = world.timeline(&id).await;
    assert!(!account.contains("人数不足"), "{account}");
    let sent = world.sent();
    let told = sent.iter().find(|sent| sent.subject.contains("判断の返事"));
    let told = &told.unwrap().body;
    assert!(told.contains("課内で対応中です"), "{told}");
    world.stand_down(&id, "復旧した").await;
    assert_eq!(world.see(&id).await.next_due(), None);
}

/// A decision after the fact, twice, by the wrong person or on a closed
/// call-out is answered with what stands.
#[tokio::test]
async fn a_decision_that_comes_too_late_hears_what_stands() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    let stranger = world.decide(&id, "it-1", Decision::Muster).await;
    let stranger = stranger.unwrap_err().to_string();
    assert!(
        stranger.contains("it-manager, then deputy-mayor"),
        "{stranger}"
    );
    world
        .decide(&id, "it-manager", Decision::Muster)
        .await
        .unwrap();
    let again = world.decide(&id, "deputy-mayor", Decision::HandleInSection);
    let again = again.await.unwrap_err().to_string();
    insta::assert_snapshot!(again, @"it is already decided: muster by it-manager (Town planning manager), entered by token duty at 2026-11-24 03:00:00");
    world.stand_down(&id, "復旧した").await;
    let over = world.decide(&id, "mayor", Decision::Muster).await;
    assert!(over.unwrap_err().to_string().contains("already over"));
    let quake = world.earthquake("4").await[0].clone();
    let none = world.decide(&quake, "mayor", Decision::Muster).await;
    assert!(none.unwrap_err().to_string().contains("no decision"));
}

/// A decision is always somebody's: entered for nobody it is refused, and says
/// who may decide. Whoever signed in as themselves is that person.
#[tokio::test]
async fn a_decision_is_somebodys() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    let by = |principal: &str| Word {
        by: Principal::new(principal),
        on_word_of: None,
        reason: None,
    };
    let engine = &world.engine;
    for principal in ["socket:0", "token:duty", "person:it-1"] {
        let refused = engine.decide(&id, Decision::Muster, by(principal)).await;
        let refused = refused.unwrap_err();
        assert!(
            refused.to_string().contains("--by") && refused.ja().contains("--by"),
            "{refused}"
        );
        assert!(refused.ja().contains("it-manager、次に deputy-mayor"));
    }
    world.advance("1m").await;
    let own = engine.decide(&id, Decision::Muster, by("person:it-manager"));
    own.await.unwrap();
    let question = world.see(&id).await.course.question.unwrap();
    let decided = question.decided.unwrap();
    assert_eq!(decided.person, Some("it-manager".into()));
    let again = engine.decide(&id, Decision::HandleInSection, by("socket:0"));
    insta::assert_snapshot!(again.await.unwrap_err().ja(), @"既に判断されています：集まる（まちづくり振興課長の判断、2026-11-24 03:01:00）");
}

/// A machine that presses buttons decides nothing.
#[tokio::test]
async fn a_decision_within_seconds_of_the_sending_is_not_taken() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    let word = || Word {
        by: Principal::new("link:it-manager"),
        on_word_of: Some("it-manager".into()),
        reason: None,
    };
    let engine = &world.engine;
    let soon = engine.decide(&id, Decision::Muster, word()).await;
    assert!(soon.is_err());
    world.advance("6s").await;
    engine.decide(&id, Decision::Muster, word()).await.unwrap();
    assert_eq!(world.see(&id).await.state, State::Open);
    // What stands already is said at once, however soon it comes.
    let again = engine.decide(&id, Decision::Muster, word()).await;
    assert!(again.unwrap_err().to_string().contains("already decided"));
}

/// P7: the structure of 4(3), without waiting for anybody; the mail says
/// little, because somebody else may be reading.
#[tokio::test]
async fn an_incident_that_affects_residents_calls_the_structure() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    let call_out = world.see(&id).await;
    for person in ["deputy-mayor", "it-manager", "it-1", "it-2"] {
        assert!(call_out.participants[person].is_called(), "{person}");
        assert!(world.sent_to(person) >= 1, "{person}");
    }
    let staff = world.sent().into_iter();
    let helper = ["operator-desk@example.jp", "+81-0-0000-0101"];
    for sent in staff.filter(|sent| !helper.contains(&&*sent.to)) {
        assert!(!sent.body.contains("選挙システム"), "{}", sent.body);
    }
}

/// P8: a person chooses the row that fits, and that is recorded.
#[tokio::test]
async fn another_threat_is_handled_as_the_rule_that_a_person_chose() {
    let world = World::example().await;
    let threat = EventKind::Threat {
        like: RuleId::new("P1"),
        threat: "火山噴火".to_owned(),
        ordered_by: None,
    };
    let id = world.tell(threat).await.unwrap().call_outs[0].clone();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.rule.as_str(), "P1");
    assert_eq!(&*call_out.title.ja, "火山噴火（P1に準じる）");
    assert_eq!(&*call_out.title.en, "火山噴火 (as P1)");
    let first = world.sent()[0].clone();
    assert!(!first.body.contains("震度"), "{}", first.body);
    assert_eq!(
        call_out.counts().called as usize,
        world.plan().roster.people.len()
    );
    let account = world.timeline(&id).await;
    assert!(account.contains("火山噴火"), "{account}");
    assert!(
        account.contains("準じる規則としてP1を選択（トークン duty）"),
        "{account}"
    );
}

/// P8: a row that needs the mayor's order needs it for another threat too.
#[tokio::test]
async fn another_threat_handled_as_a_row_that_needs_an_order_needs_it_too() {
    let world = World::example().await;
    let threat = |ordered_by: Option<&str>| EventKind::Threat {
        like: RuleId::new("P4"),
        threat: "大規模事故".to_owned(),
        ordered_by: ordered_by.map(Into::into),
    };
    let without = world.tell(threat(None)).await.unwrap_err().to_string();
    assert!(without.contains("post:mayor"), "{without}");
    assert!(world.tell(threat(Some("it-1"))).await.is_err());
    assert!(world.sent().is_empty());
    let ordered = world.tell(threat(Some("mayor"))).await.unwrap();
    let account = world.timeline(&ordered.call_outs[0]).await;
    assert!(
        account.contains("指令者：町長（入力：トークン duty）"),
        "{account}"
    );
}

/// P10: a disaster and an incident are two call-outs, and who is called by
/// both is told of both.
#[tokio::test]
async fn a_disaster_and_an_incident_run_side_by_side() {
    let world = World::example().await;
    let earthquake = world.earthquake("5-").await[0].clone();
    let incident = world.incident("residents").await[0].clone();
    assert_ne!(earthquake, incident);
    let subjects: Vec<String> = world
        .sent()
        .into_iter()
        .filter(|sent| sent.to == world.address("it-1") && sent.channel == "email")
        .map(|sent| sent.subject)
        .collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert_ne!(subjects[0], subjects[1]);
    let both = world.sent();
    let both = both.iter().rfind(|sent| sent.to == world.address("it-1"));
    assert!(
        both.unwrap().body.contains("別の参集「地震 震度5弱"),
        "{both:?}"
    );
    // "Coming" to one is not assumed for the other.
    world.advance("1m").await;
    world.answer(&incident, "it-1", Reply::Coming).await;
    let other = world.see(&earthquake).await;
    assert_eq!(other.participants["it-1"].reply(), None);
    // Each clash is named, with a deputy for each structure.
    let account = world.timeline(&incident).await;
    let clash = account.lines().filter(|line| line.contains("兼務の衝突"));
    insta::assert_snapshot!(clash.collect::<Vec<_>>().join("\n"), @r"
    00:00:00 兼務の衝突：まちづくり振興課長は「情報システム責任者（まちづくり振興課長）」と、参集20261124-7th2の「統括班」を兼ねています。代理に空いている人がいない：情報システム責任者（まちづくり振興課長）、統括班
    00:00:00 兼務の衝突：情報システム担当職員1は「情報システム担当職員」と、参集20261124-7th2の「統括班、災害対策本部事務局」を兼ねています。代理に空いている人がいない：統括班、災害対策本部事務局。代理の案：情報システム担当職員はまちづくり振興課 職員3
    00:00:00 兼務の衝突：情報システム担当職員2は「情報システム担当職員」と、参集20261124-7th2の「統括班、災害対策本部事務局」を兼ねています。代理に空いている人がいない：情報システム担当職員、統括班、災害対策本部事務局
    ");
}

/// No path to the manager is open as a decision is wanted, and a colleague enters what they
/// said on the telephone: that they come. The question is still put to them.
#[tokio::test]
async fn who_comes_and_is_to_decide_is_still_asked_to() {
    let world = World::example().await;
    let contacts = world.plan().roster.people["it-manager"].contacts.clone();
    for contact in &contacts {
        world.fail(&contact.address, refused_connection());
    }
    let id = world.incident("work-hindered").await[0].clone();
    world.say(&id, "it-manager", Reply::Coming).await.unwrap();
    for contact in &contacts {
        world.mend(&contact.address);
    }
    let sent = world.sent_so_far();
    world.advance("1m").await;
    let asked = world.sent().split_off(sent);
    let mut asked = asked.iter().filter(|sent| sent.to == *contacts[0].address);
    assert!(asked.next().is_some(), "the decision is wanted of them");
}
