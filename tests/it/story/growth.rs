//! Events that grow, shake again, or turn out smaller.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{Part, State};
use muster::domain::event::{Effect, EventKind, Intensity};
use muster::domain::id::Principal;
use muster::engine::Became;

use crate::support::world::{World, told, word};

fn quake(intensity: &str) -> EventKind {
    EventKind::Earthquake {
        intensity: Intensity::parse(intensity).unwrap(),
    }
}

fn incident(effect: &str) -> EventKind {
    EventKind::SecurityIncident {
        effect: Effect::parse(effect).unwrap(),
        systems: vec![19],
    }
}

fn calls(world: &World, person: &str) -> usize {
    let address = world.address(person);
    let sent = world.sent();
    let calls = sent
        .iter()
        .filter(|sent| sent.to == address && sent.subject.starts_with("【緊急参集】"));
    calls.count()
}

/// 震度4, then 5弱, then 5強: each report calls only those whom it adds; those
/// already called get one notice, and what they answered stands.
#[tokio::test]
async fn a_stronger_report_calls_only_whom_it_adds() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    world.advance("1m").await;
    world.answer(&id, "construction-1", Reply::Coming).await;
    let lower = world.tell(quake("5-")).await.unwrap();
    assert_eq!((lower.became, &lower.call_outs[0]), (Became::Grown, &id));
    assert_eq!(world.see(&id).await.rule.as_str(), "P2");
    world.advance("1m").await;
    let upper = world.tell(quake("5+")).await.unwrap();
    assert_eq!((upper.became, &upper.call_outs[0]), (Became::Grown, &id));
    let call_out = world.see(&id).await;
    assert_eq!(call_out.rule.as_str(), "P1");
    let everyone = world.plan().roster.people.len();
    assert_eq!(call_out.counts().called as usize, everyone);
    assert_eq!(
        call_out.participants["construction-1"].reply(),
        Some(Reply::Coming)
    );
    for person in world.plan().roster.people.keys() {
        assert_eq!(calls(&world, person.as_str()), 1, "{person} called once");
    }
    insta::assert_snapshot!(world.timeline(&id).await, @r"
    00:00:00 震度4の地震の通報（トークン duty）
    00:00:00 参集を開始（参集対象2件）
    00:00:00 第1段階: 6人を招集
    00:00:00   email accepted x6
    00:00:00   webhook accepted x6
    00:01:00 建設課 職員1: 参集できる
    00:01:00 事象が拡大：震度5弱の地震。P2に移行、参集対象を追加：統括班、災害対策本部事務局、総務班、情報班、土木班、救護班、福祉班、避難所班、物資班（トークン duty）
    00:01:00 第2段階: 14人を招集
    00:01:00 「統括班、災害対策本部事務局」を兼ねる：情報システム担当職員2
    00:01:00   email accepted x20
    00:01:00   webhook accepted x7
    00:02:00 事象が拡大：震度5強の地震。P1に移行、参集対象を追加：全職員（トークン duty）
    00:02:00 第3段階: 17人を招集
    00:02:00   email accepted x37
    00:02:00   webhook accepted x4
    ");
}

/// 震度4, then 5弱: everybody whom a squad requires is called by the report
/// that asks for the squad, though others of it were asked before.
#[tokio::test]
async fn a_stronger_report_calls_every_required_member_at_once() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    world.advance("1m").await;
    world.answer(&id, "construction-1", Reply::Coming).await;
    world.earthquake("5-").await;
    let call_out = world.see(&id).await;
    for person in ["it-2", "general-affairs-manager", "planning-2"] {
        let called = call_out.participants.get(person);
        assert!(called.is_some_and(|p| p.is_called()), "{person}");
    }
}

/// P5 grows into P6, which asks; P6 grows into P7, which waits for nobody.
#[tokio::test]
async fn a_small_incident_grows_by_way_of_a_question_into_the_structure() {
    let world = World::example().await;
    let id = world.incident("small").await[0].clone();
    world.advance("10m").await;
    let grown = world.grow(&id, incident("work-hindered")).await.unwrap();
    assert_eq!((grown.became, &grown.call_outs[0]), (Became::Grown, &id));
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::AwaitingDecision);
    assert_eq!(call_out.participants["it-manager"].part, Part::Asked);
    assert_eq!(call_out.counts().called, 0);
    world.advance("1m").await;
    world.grow(&id, incident("residents")).await.unwrap();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::Open);
    assert!(!call_out.is_undecided());
    for person in ["deputy-mayor", "it-manager", "it-1", "it-2"] {
        assert_eq!(calls(&world, person), 1, "{person}");
    }
    let again = world.crash().await;
    assert_eq!(again.see(&id).await.rule.as_str(), "P7");
    assert_eq!(again.see(&id).await.targets.len(), 3);
}

/// P6, decided and gathering, grows into P7: only the CIO is added.
#[tokio::test]
async fn an_incident_that_gathers_already_grows_by_the_cio_alone() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    let muster = muster::domain::rule::Decision::Muster;
    world.decide(&id, "it-manager", muster).await.unwrap();
    world.advance("1m").await;
    world.grow(&id, incident("residents")).await.unwrap();
    for person in ["deputy-mayor", "it-manager", "it-1", "it-2"] {
        assert_eq!(calls(&world, person), 1, "{person}");
    }
    let sent = world.sent();
    let notice = |sent: &&crate::support::world::Sent| sent.subject.contains("内容変更");
    let noticed: Vec<&str> = sent
        .iter()
        .filter(notice)
        .map(|sent| sent.to.as_str())
        .collect();
    assert!(
        noticed.contains(&world.address("it-1").as_str()),
        "{noticed:?}"
    );
    assert!(!noticed.contains(&world.address("deputy-mayor").as_str()));
}

/// Another kind of event is another call-out: never merged (P10).
#[tokio::test]
async fn a_disaster_does_not_grow_into_an_incident() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    let merged = world.grow(&id, incident("residents")).await;
    let merged = merged.unwrap_err().to_string();
    assert!(merged.contains("another event"), "{merged}");
    assert_eq!(world.see(&id).await.rule.as_str(), "P3");
}

/// Within six hours only a stronger one calls again; the others tell
/// administrators and stand on the board.
#[tokio::test]
async fn an_aftershock_calls_nobody_unless_it_is_stronger() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.advance("2h").await;
    let before = world.sent().len();
    let after = world.tell(quake("5-")).await.unwrap();
    assert_eq!(
        (after.became, &after.call_outs[0]),
        (Became::Aftershock, &id)
    );
    let sent = world.sent().split_off(before);
    let told: Vec<&str> = sent.iter().map(|sent| sent.to.as_str()).collect();
    let administrators = ["it-manager", "it-1", "it-2"].map(|person| world.address(person));
    assert_eq!(told, administrators);
    assert!(sent[0].subject.contains("【余震】"), "{}", sent[0].subject);
    assert_eq!(world.see(&id).await.course.aftershocks, 1);
    // After the window it is an earthquake of its own.
    world.advance("4h1m").await;
    let another = world.tell(quake("5-")).await.unwrap();
    assert_eq!(another.became, Became::Opened);
    assert_ne!(another.call_outs[0], id);
}

/// After a stand-down everybody is called afresh.
#[tokio::test]
async fn an_earthquake_after_a_stand_down_calls_afresh() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    world.stand_down(&id, "被害なし").await;
    let again = world.tell(quake("4")).await.unwrap();
    assert_eq!(again.became, Became::Opened);
}

/// The same report under the same key changes nothing twice.
#[tokio::test]
async fn a_growing_report_told_again_grows_nothing() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    let mut report = told(quake("5-"));
    report.key = Some("second report".to_owned());
    let first = world.engine.tell(report.clone()).await.unwrap();
    world.turn().await;
    let sent = world.sent().len();
    let again = world.engine.tell(report.clone()).await.unwrap();
    world.turn().await;
    assert!(again.duplicate && !first.duplicate);
    assert_eq!((again.event, again.call_outs), (first.event, vec![id]));
    assert_eq!(world.sent().len(), sent);
    report.kind = quake("6-");
    assert!(world.engine.tell(report).await.is_err(), "other content");
}

/// A correction downward waits, is told, and releases in words whoever need
/// not come; nobody is released in silence.
#[tokio::test]
async fn a_correction_releases_in_words_after_a_wait() {
    let world = World::example().await;
    let id = world.earthquake("5+").await[0].clone();
    world.advance("2m").await;
    let corrected = world.grow(&id, quake("4")).await.unwrap();
    assert_eq!(corrected.became, Became::Corrected);
    world.advance("9m").await;
    let everyone = world.plan().roster.people.len();
    assert_eq!(world.see(&id).await.counts().called as usize, everyone);
    world.advance("2m").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.rule.as_str(), "P3");
    let called: Vec<&str> = call_out
        .participants
        .values()
        .filter(|participant| participant.is_called())
        .map(|participant| participant.person.as_str())
        .collect();
    assert_eq!(
        called,
        [
            "it-manager",
            "it-1",
            "planning-1",
            "construction-manager",
            "construction-1",
            "construction-2"
        ]
    );
    let released = world.sent();
    let released = released
        .iter()
        .filter(|sent| sent.subject.contains("参集不要"));
    assert_eq!(released.count(), everyone - called.len());
    let world = world.crash().await;
    assert_eq!(world.see(&id).await.counts().called, 6);
    insta::assert_snapshot!(world.timeline(&id).await, @r"
    00:00:00 震度5強の地震の通報（トークン duty）
    00:00:00 参集を開始（参集対象1件）
    00:00:00 第1段階: 37人を招集
    00:00:00   email accepted x37
    00:00:00   webhook accepted x17
    00:02:00 訂正：震度4の地震。取り消さなければ03:12:00に、参集の必要がなくなる人を解除します（トークン duty）
    00:02:00   email accepted x4
    00:10:00 第1段階: 未回答の37人に再送
    00:10:00   email accepted x37
    00:10:00   webhook accepted x17
    00:12:00 訂正によりP3に変更、31人の参集を解除
    00:12:00 第2段階: 招集済みの人の回答を待ちます
    00:12:00   email accepted x37
    ");
    let world = world.crash().await;
    assert_eq!(world.see(&id).await.counts().called, 6);
}

/// Somebody who decides otherwise stops the correction.
#[tokio::test]
async fn a_correction_can_be_stopped() {
    let world = World::example().await;
    let id = world.earthquake("5+").await[0].clone();
    world.advance("2m").await;
    world.grow(&id, quake("4")).await.unwrap();
    let world = world.crash().await;
    world
        .engine
        .cancel(&id, word(Some("mayor"), None))
        .await
        .unwrap();
    world.advance("20m").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.rule.as_str(), "P1");
    assert!(
        world
            .timeline(&id)
            .await
            .contains("訂正による解除を中止（トークン duty、町長の指示による）")
    );
}

/// Confirmed, a correction takes effect at once, and the account says that it
/// was the correction.
#[tokio::test]
async fn a_correction_that_is_confirmed_is_called_one() {
    let world = World::example().await;
    let id = world.earthquake("5+").await[0].clone();
    world.grow(&id, quake("4")).await.unwrap();
    let by = word(Some("mayor"), None);
    world.engine.confirm(&id, by, None).await.unwrap();
    assert_eq!(world.see(&id).await.rule.as_str(), "P3");
    let account = world.timeline(&id).await;
    assert!(account.contains("訂正を確認し、待たずに実施"), "{account}");
    assert!(!account.contains("発令を確認"), "{account}");
}

/// A report that was withdrawn ends the call-out in words, after the wait.
#[tokio::test]
async fn a_withdrawn_event_stands_everybody_down() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    world.advance("1m").await;
    let by = Principal::new("feed:jma");
    world.engine.withdraw(&id, by).await.unwrap();
    world.advance("9m").await;
    assert_eq!(world.see(&id).await.state, State::Open);
    world.advance("1m").await;
    assert_eq!(world.see(&id).await.state, State::StoodDown);
    let last = world.sent().pop().unwrap();
    let account = world.timeline(&id).await;
    assert!(
        account.contains("事象はなかったとの報。止めなければ"),
        "{account}"
    );
    assert!(
        last.body.contains("発表元により取り消されました"),
        "{}",
        last.body
    );
}

/// Raised under the rule that runs, with a roster that has one more by now: they
/// are called, and nobody else is called again.
#[tokio::test]
async fn a_stronger_report_under_the_same_rule_calls_whom_it_adds() {
    let mut world = World::example().await;
    let id = world.earthquake("5+").await[0].clone();
    world.advance("20m").await;
    let newcomer = |plan: &mut muster::domain::plan::Plan| {
        let mut person = plan.roster.people["industry-2"].clone();
        person.id = "industry-3".into();
        person.contacts[0].address = "industry-3@example.jp".into();
        plan.roster.people.insert(person.id.clone(), person);
    };
    world.change(newcomer).await;
    world.tell(quake("6-")).await.unwrap();
    world.advance("1m").await;
    for person in world.plan().roster.people.keys() {
        assert_eq!(calls(&world, person.as_str()), 1, "{person} called once");
    }
    let call_out = world.see(&id).await;
    assert!(call_out.participants["industry-3"].is_called());
    world.advance("5h").await;
    assert!(world.sent_to("industry-3") > 3, "asked again as the others");
}

/// Out of people, and a stronger report adds nobody: it stays so, and nobody is
/// alarmed a second time.
#[tokio::test]
async fn a_stronger_report_that_adds_nobody_alarms_nobody_again() {
    let world = World::example().await;
    let id = world.earthquake("5+").await[0].clone();
    world.advance("3h").await;
    assert_eq!(world.see(&id).await.state, State::Exhausted);
    world.tell(quake("6-")).await.unwrap();
    assert_eq!(world.see(&id).await.state, State::Exhausted);
    let account = world.timeline(&id).await;
    let given_up = account.matches("すべての段階を終了").count();
    assert_eq!(given_up, 1, "{account}");
}

/// How many mails a person was sent.
fn mails(world: &World, person: &str) -> usize {
    let address = world.address(person);
    world
        .sent()
        .iter()
        .filter(|sent| sent.to == address)
        .count()
}

/// A further report after a correction is told to those who are called, and not to
/// whoever was let go by it.
#[tokio::test]
async fn whoever_was_let_go_hears_of_no_further_report() {
    let world = World::example().await;
    let id = world.earthquake("6-").await[0].clone();
    world.advance("1m").await;
    world.answer(&id, "accounting-manager", Reply::Coming).await;
    world.grow(&id, quake("4")).await.unwrap();
    world.advance("11m").await;
    let before = ["accounting-manager", "construction-1"].map(|person| mails(&world, person));
    let mut report = told(quake("4"));
    report.headline = Some("余震に注意".to_owned());
    let grown = world.engine.grow(&id, report).await.unwrap();
    assert_eq!(grown.became, Became::Grown);
    world.turn().await;
    let after = ["accounting-manager", "construction-1"].map(|person| mails(&world, person));
    assert_eq!(after, [before[0], before[1] + 1]);
}

/// While nobody has decided to muster, what changes is told as it is: nobody reads
/// of a change of a call-out, or where to gather.
#[tokio::test]
async fn a_further_report_on_what_is_undecided_calls_nobody_to_gather() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    world.advance("1m").await;
    let before = world.sent().len();
    let more = EventKind::SecurityIncident {
        effect: Effect::parse("work-hindered").unwrap(),
        systems: vec![3],
    };
    world.grow(&id, more).await.unwrap();
    assert_eq!(world.see(&id).await.state, State::AwaitingDecision);
    let sent = world.sent().split_off(before);
    let changed = sent.iter().find(|sent| sent.subject.contains("内容変更"));
    assert!(changed.is_none(), "{changed:?}");
    let address = world.address("it-1");
    let told = sent.iter().find(|sent| sent.to == address).unwrap();
    assert!(told.subject.contains("お知らせ"), "{}", told.subject);
    assert!(told.body.contains("判断を求めています"), "{}", told.body);
    assert!(!told.body.contains("これまでの回答"), "{}", told.body);
}

/// Whoever is only told that people are called reads of a change as such, and of
/// no answer of theirs.
#[tokio::test]
async fn who_is_only_told_reads_of_a_change_as_such() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    world.advance("1m").await;
    assert_eq!(
        world.see(&id).await.participants["mayor"].part,
        Part::Informed
    );
    let before = world.sent().len();
    let more = EventKind::SecurityIncident {
        effect: Effect::parse("residents").unwrap(),
        systems: vec![3],
    };
    world.grow(&id, more).await.unwrap();
    let sent = world.sent().split_off(before);
    let body = |person: &str| {
        let address = world.address(person);
        sent.iter().find(|sent| sent.to == address).unwrap()
    };
    let told = body("mayor");
    assert!(told.subject.contains("お知らせ"), "{}", told.subject);
    assert!(told.body.contains("内容が変わりました"), "{}", told.body);
    assert!(told.body.contains("招集しています"), "{}", told.body);
    assert!(!told.body.contains("これまでの回答"), "{}", told.body);
    let called = body("it-1");
    assert!(called.subject.contains("内容変更"), "{}", called.subject);
    assert!(called.body.contains("これまでの回答"), "{}", called.body);
}
