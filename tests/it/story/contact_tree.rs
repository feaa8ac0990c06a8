//! The monthly contact drill by the contact tree (非常呼集連絡網; plan 6(3)).

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{CallOut, State};
use muster::domain::contact_tree::ContactTree;
use muster::domain::drill::{Answers, Called};
use muster::domain::id::{CallOutId, PersonId, Principal};
use muster::domain::plan::Plan;
use muster::domain::rule::Selector;

use crate::support::plans::{ids, minutes};
use crate::support::world::World;

/// The manager reaches two, one of whom reaches two more.
pub(super) fn tree(plan: &mut Plan) {
    plan.readiness = None;
    let drill = plan.drills.get_mut("contact").unwrap();
    drill.answers = Answers::Received;
    drill.called = Called::Tree(ContactTree {
        links: [
            ("it-manager".into(), ids(&["it-1", "it-2"])),
            ("it-1".into(), ids(&["health-1", "health-2"])),
        ]
        .into_iter()
        .collect(),
        wait: minutes(10),
    });
}

async fn called(world: &World, id: &CallOutId) -> Vec<String> {
    let call_out = world.see(id).await;
    let called = call_out.participants.values().filter(|one| one.is_called());
    called.map(|one| one.person.to_string()).collect()
}

#[tokio::test]
async fn each_caller_reaches_the_next_ones() {
    let world = World::with(tree).await;
    let id = world.drill("contact").await;
    assert_eq!(called(&world, &id).await, ["it-manager"]);
    world.advance("1m").await;
    world.answer(&id, "it-manager", Reply::Received).await;
    assert_eq!(called(&world, &id).await, ["it-manager", "it-1", "it-2"]);
    let world = world.crash().await;
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Received).await;
    world.answer(&id, "it-2", Reply::Received).await;
    world.advance("1m").await;
    world.answer(&id, "health-1", Reply::Received).await;
    world.answer(&id, "health-2", Reply::Received).await;
    let done = world.see(&id).await;
    assert!(done.is_met(), "everybody has answered");
    let mails = world.sent();
    assert_eq!(mails.len(), 5, "each is asked once");
    let first = &mails[0];
    assert_eq!(first.to, world.address("it-manager"));
    assert!(first.body.contains("連絡網の次の人"), "{}", first.body);
    assert!(
        first.body.contains("受信したことだけを回答"),
        "{}",
        first.body
    );
    assert!(mails.iter().all(|mail| mail.subject.contains("訓練")));
    insta::assert_snapshot!(world.timeline(&id).await, @r"
    00:00:00 情報セキュリティ事象（住民・庁舎全域に影響／対象：41 TASKクラウド基盤利用料）の通報：「基盤の障害で窓口の業務が止まったと想定し、情報システム担当職員への連絡と確認を行う。」（トークン drill）
    00:00:00 参集を開始（参集対象1件）
    00:00:00 第1段階: 1人を招集
    00:00:00   email accepted x1
    00:01:00 まちづくり振興課長: 受信した
    00:01:00 連絡網: まちづくり振興課長が回答し、次の情報システム担当職員1、情報システム担当職員2へ
    00:01:00   email accepted x2
    00:02:00 情報システム担当職員1: 受信した
    00:02:00 連絡網: 情報システム担当職員1が回答し、次の健康福祉課 職員1、健康福祉課 職員2へ
    00:02:00 情報システム担当職員2: 受信した
    00:02:00   email accepted x2
    00:03:00 健康福祉課 職員1: 受信した
    00:03:00 健康福祉課 職員2: 受信した
    00:03:00 緊急連絡・確認訓練: 全員が回答
    ");
}

/// One who does not answer is a broken link; whoever comes behind it is called
/// all the same, so that the rest of the tree shows too.
#[tokio::test]
async fn a_broken_link_shows_and_what_lies_behind_it_is_still_tried() {
    let world = World::with(tree).await;
    let id = world.drill("contact").await;
    world.advance("1m").await;
    world.answer(&id, "it-manager", Reply::Received).await;
    world.advance("9m59s").await;
    assert_eq!(called(&world, &id).await.len(), 3);
    world.away("30s");
    let world = world.crash().await;
    world.turn().await;
    assert_eq!(called(&world, &id).await.len(), 5);
    let account = world.timeline(&id).await;
    assert!(
        account.contains("が答えないため、そこで途切れています"),
        "{account}"
    );
    // What is handed on shows it too, in every form, marked as a drill.
    let report = super::drill_months::report(&world, &id).await;
    let [page, _, json, sheets] = super::report::files(&world, &report);
    for (form, text) in [("page", page), ("json", json), ("workbook", sheets)] {
        assert!(
            text.contains("が答えないため、そこで途切れています"),
            "{form}: {text}"
        );
        assert!(text.contains("訓練"), "{form}");
    }
    let walk = world.see(&id).await.course.walk.unwrap();
    assert_eq!(
        walk.broken.into_iter().collect::<Vec<_>>(),
        [PersonId::new("it-1")]
    );
}

/// Who is on leave is excused in words, and whose every address fails is said;
/// neither stops the tree.
#[tokio::test]
async fn an_absent_caller_and_one_out_of_reach_are_said_and_passed() {
    let world = World::with(tree).await;
    for contact in &world.plan().roster.people["it-1"].contacts {
        world.bounce(&contact.address);
    }
    let until = world.clock.now() + jiff::SignedDuration::from_hours(48);
    world
        .engine
        .absent(&"it-manager".into(), until, None, "token:duty".into())
        .await
        .unwrap();
    let id = world.drill("contact").await;
    let called = called(&world, &id).await;
    assert_eq!(called, ["it-1", "it-2", "health-1", "health-2"]);
    let account = world.timeline(&id).await;
    for wanted in ["は不在です", "に届かないため、そこで途切れています"] {
        assert!(account.contains(wanted), "{wanted}: {account}");
    }
}

/// A caller on leave in the middle of the tree is missed when it would be
/// their turn, not before it; one who comes back after it is called then.
#[tokio::test]
async fn nobody_is_missed_before_their_turn_and_who_is_back_is_called() {
    let mut world = World::with(tree).await;
    let until = world.clock.now() + jiff::SignedDuration::from_hours(48);
    let by = Principal::new("token:duty");
    for away in ["it-1", "health-1"].map(PersonId::new) {
        let marked = world.engine.absent(&away, until, None, by.clone());
        marked.await.unwrap();
    }
    let id = world.drill("contact").await;
    assert_eq!(called(&world, &id).await, ["it-manager"]);
    world.advance("1m").await;
    world.answer(&id, "it-manager", Reply::Received).await;
    let reached = ["it-manager", "it-2", "health-2"];
    assert_eq!(called(&world, &id).await, reached);
    world = world.crash().await;
    world.advance("1m").await;
    let back = PersonId::new("health-1");
    let back = world.engine.back(&back, &by);
    back.await.unwrap();
    world.turn().await;
    assert_eq!(called(&world, &id).await.len(), 4, "health-1 too");
    world.advance("1m").await;
    for person in ["it-2", "health-1", "health-2"] {
        world.answer(&id, person, Reply::Received).await;
    }
    assert!(world.see(&id).await.is_met(), "it-1 is excused");
}

fn people(who: &str, answers: Answers) -> impl FnOnce(&mut Plan) {
    let who = vec![Selector::parse(who).unwrap()];
    move |plan| {
        plan.readiness = None;
        let drill = plan.drills.get_mut("contact").unwrap();
        drill.called = Called::People(who);
        drill.answers = answers;
        drill.remind = Some(minutes(60));
    }
}

/// A section, or all staff: everybody at once, reminded until the set end, and
/// not once more after it.
#[tokio::test]
async fn a_section_is_reminded_until_the_set_end() {
    let world = World::with(people("section:health", Answers::Received)).await;
    let id = world.drill("contact").await;
    let staff = world.see(&id).await.participants.len();
    assert!(staff >= 2);
    world.advance("10m").await;
    world.answer(&id, "health-1", Reply::Received).await;
    world.advance("7h45m").await;
    let (answered, silent) = (world.sent_to("health-1"), world.sent_to("health-2"));
    assert_eq!(answered, 1, "who has answered is left alone");
    assert_eq!(silent, 8, "at the beginning and every hour");
    world.advance("24h").await;
    let ended: CallOut = world.see(&id).await;
    assert_eq!(ended.state, State::Closed);
    assert_eq!(
        world.sent_to("health-2"),
        silent + 1,
        "the end, and no more"
    );
}

#[tokio::test]
async fn all_staff_can_be_asked_at_once() {
    let world = World::with(people("everyone", Answers::Full)).await;
    let id = world.drill("contact").await;
    let call_out = world.see(&id).await;
    assert_eq!(
        call_out.participants.len(),
        world.plan().roster.people.len()
    );
    assert!(call_out.participants.values().all(|one| one.is_called()));
}

/// The real procedure at a tenth of its time.
#[tokio::test]
async fn the_real_procedure_can_be_shortened() {
    let real = World::example().await;
    let id = real.drill("earthquake-5-lower").await;
    let stages = real.see(&id).await.procedure.stages;
    let short = World::with(|plan| {
        plan.drills.get_mut("earthquake-5-lower").unwrap().shorten = 10;
    })
    .await;
    let id = short.drill("earthquake-5-lower").await;
    let shortened = short.see(&id).await.procedure.stages;
    for (real, short) in stages.iter().zip(&shortened) {
        assert_eq!(short.after * 10, real.after);
    }
    // What runs in earnest is left as it is.
    let id = short.earthquake("5-").await.remove(0);
    assert_eq!(short.see(&id).await.procedure.stages, stages);
}
