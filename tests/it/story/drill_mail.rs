//! The report of a drill is mailed to whom the plan names, once.

use muster::domain::acknowledgement::Reply;
use muster::domain::id::CallOutId;
use muster::domain::notification::Purpose;
use muster::domain::rule::Selector;
use muster::domain::text::Language;

use super::drill_months::{days, held};
use crate::support::world::{Sent, World};

/// The reports among what was sent.
fn reports(world: &World) -> Vec<Sent> {
    let mut sent = world.sent();
    sent.retain(|sent| sent.subject.contains("訓練の報告"));
    sent
}

/// Two months; the second one's mail has the figures, and the first one's
/// beside them.
#[tokio::test]
async fn a_drills_report_is_mailed_with_its_figures_when_it_ends() {
    let world = World::example().await;
    world.advance("7h").await;
    let first = held(&world, &[("it-1", 30)]).await;
    assert_eq!(reports(&world).len(), 1);
    days(&world, 28).await;
    let contacts = world.plan().roster.people["it-2"].contacts.clone();
    for contact in &contacts {
        world.bounce(&contact.address);
    }
    let id = held(&world, &[("it-1", 7), ("it-manager", 12)]).await;
    assert_ne!(first, id);
    let mails = reports(&world);
    assert_eq!(mails.len(), 2);
    let mail = &mails[1];
    assert_eq!(mail.to, world.address("it-manager"), "post:it-manager");
    assert_eq!(mail.at.to_string(), "2026-12-22T09:00:00Z", "as it ends");
    assert!(
        mail.identity.starts_with("drill-notice."),
        "{}",
        mail.identity
    );
    insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.body).replace(id.as_str(), "RUN"), @r#"
    【訓練/DRILL】訓練の報告：緊急連絡・確認訓練（対象8人、到達7人、回答2人（回答率 25%））

    【訓練 / DRILL】訓練の報告です。実際の災害・事象は起きていません。
    [DRILL / 訓練] The report of a drill. Nothing has really happened.
    ======================================

    「緊急連絡・確認訓練」が終わりました。
    The drill "Emergency contact and confirmation drill" is over.

    ■ 実施：2026年12月22日(火) 10:00から18:00まで
    ■ 対象8人、到達7人、回答2人（回答率 25%）
    ■ 回答までの時間：中央値 9分30秒、90パーセンタイル 12分00秒、最長 12分00秒
    ■ 届いたが回答のなかった人：5人
    ■ 連絡がつかなかった人：情報システム担当職員2
    ■ 存在しなかった宛先：2件（情報システム担当職員2）
    ■ 不在のため呼ばなかった人：0人
    ■ 前回（2026年11月24日(火) 10:00）は、対象8人、回答率 12%、中央値 30分00秒。

    内容を確かめ、報告の確認欄に署名を得てください（6(3)）。端末では muster report RUN --out report.html で作れます。
    報告を開く: https://muster.example.jp/api/v1/call-outs/RUN/report?format=html

    喜茂別町役場
    このメールは自動送信です。返信は読まれません。2026年12月22日(火) 18:00 に作成しました。回線の都合で、同じメールが二度届くことがあります。

    ======================================
    【訓練 / DRILL】以上は訓練の報告です。
    "#);
}

/// Killed before and after its end, or away when it ends: told once, and not
/// again with a later start.
#[tokio::test]
async fn a_report_is_told_once_over_crashes_and_made_up_after_a_stop() {
    let world = World::example().await;
    let id = world.drill("contact").await;
    world.advance("5m").await;
    world.answer(&id, "it-1", Reply::Received).await;
    let mut world = world.crash().await;
    world.away("12h");
    world = world.crash().await;
    world.turn().await;
    assert_eq!(reports(&world).len(), 1, "made up after the stop");
    for _ in 0..3 {
        world = world.crash().await;
        world.advance("1h").await;
    }
    // A late answer, and a plan that is read anew, tell nothing again.
    world.answer(&id, "it-2", Reply::Received).await;
    world.reload(|text| text).await;
    world.advance("24h").await;
    assert_eq!(reports(&world).len(), 1);
}

/// Killed between the end and its report: the next start tells it.
#[tokio::test]
async fn a_report_that_was_not_kept_is_told_by_the_next_start() {
    let mut world = World::with(|plan| plan.drill_terms.report_to.clear()).await;
    let id = world.drill("contact").await;
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Received).await;
    world.stand_down(&id, "終了").await;
    assert_eq!(reports(&world).len(), 0, "the plan names nobody");
    let to = Selector::Post("it-manager".into());
    world
        .change(|plan| plan.drill_terms.report_to = vec![to])
        .await;
    world = world.crash().await;
    world.turn().await;
    assert_eq!(reports(&world).len(), 1);
    // What is older than a month is nobody's news.
    let mut old = World::with(|plan| plan.drill_terms.report_to.clear()).await;
    let id = old.drill("contact").await;
    old.stand_down(&id, "終了").await;
    let to = Selector::Post("it-manager".into());
    old.change(|plan| plan.drill_terms.report_to = vec![to])
        .await;
    old.away("800h");
    old = old.crash().await;
    old.turn().await;
    assert_eq!(reports(&old).len(), 0);
}

/// What is real has no such mail; and the mail of a drill is marked in its
/// subject, its sender's name, its text and its page, in both languages.
#[tokio::test]
async fn every_part_of_the_mail_is_marked_and_nothing_real_has_one() {
    let world = World::example().await;
    let real = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    world.stand_down(&real, "被害なし").await;
    world.advance("1h").await;
    assert_eq!(reports(&world).len(), 0);
    let id = world.drill("contact").await;
    world.advance("1m").await;
    world.stand_down(&id, "終了").await;
    let notices = world.engine.store().with_notices(10).await.unwrap();
    let mut found: Vec<CallOutId> = Vec::new();
    for notice in notices {
        let call_out = world.see(&notice.id).await;
        let is = call_out.event.kind.name() == "drill-report";
        if !is {
            continue;
        }
        found.push(notice.id.clone());
        assert!(call_out.is_notice() && call_out.mode().is_drill());
        for language in Language::ALL {
            let mut to = call_out.participants.values().next().unwrap().clone();
            to.language = language;
            let messages = &world.engine.standing().messages;
            let letter = messages
                .mail(&call_out, &to, Purpose::DrillReport, "")
                .unwrap();
            let is_marked = |part: &str| part.contains("訓練") || part.contains("DRILL");
            for part in [
                &letter.subject,
                &letter.from_name,
                &letter.text,
                &letter.html,
            ] {
                assert!(is_marked(part), "{part}");
            }
            let first = letter.text.lines().next().unwrap();
            let last = letter.text.trim_end().lines().last().unwrap();
            assert!(
                first.contains("DRILL") && last.contains("DRILL"),
                "{first} … {last}"
            );
            let html = letter.html.replace("&#x2f;", "/");
            for said in ["0%", id.as_str(), "/report?format=html"] {
                assert!(letter.text.contains(said), "{said}: {}", letter.text);
                assert!(html.contains(said), "{said}: {html}");
            }
        }
    }
    assert_eq!(found.len(), 1);
    // It stands in no list of call-outs, and is no run of a drill.
    let listed = world.engine.store().call_outs(false, 100).await.unwrap();
    assert!(listed.iter().all(|one| one.id != found[0]));
}

/// Who cannot be reached by their first address is told by the next.
#[tokio::test]
async fn a_report_goes_to_the_next_contact_where_the_first_is_dead() {
    let world = World::example().await;
    world.bounce(&world.address("it-manager"));
    let id = world.drill("contact").await;
    world.advance("1m").await;
    world.stand_down(&id, "終了").await;
    world.advance("10m").await;
    let sent = reports(&world);
    assert!(
        sent.iter()
            .any(|sent| sent.channel == "webhook" && sent.outcome == "accepted"),
        "{sent:?}"
    );
}

/// The rows of one drill are damaged: it has no report, and the next month's has
/// its own, without that drill beside it.
#[tokio::test]
async fn a_drill_that_cannot_be_read_keeps_no_other_report_back() {
    let world = World::example().await;
    world.advance("7h").await;
    world.drill("contact").await;
    world.meddle("UPDATE journal SET body = 'x' || body").await;
    world.advance("8h").await;
    days(&world, 28).await;
    assert_eq!(reports(&world).len(), 0, "it cannot be read");
    held(&world, &[("it-1", 7)]).await;
    assert_eq!(reports(&world).len(), 1);
}
