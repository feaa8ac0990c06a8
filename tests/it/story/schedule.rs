//! Drills that start by themselves, month after month (plan 6(3), D2).

use std::time::Duration;

use jiff::Timestamp;
use muster::domain::drill::Drill;
use muster::domain::plan::Plan;
use muster::domain::rule::Selector;
use muster::domain::schedule::{Announce, Day, Foretold, Hour, Missed, Nth, Otherwise, Schedule};
use muster::engine::Error;

use crate::support::world::{Sent, World};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// "First Tuesday 10:00, or the next working day", announced the day before to
/// the IT staff.
pub(super) fn first_tuesday() -> Schedule {
    Schedule {
        words: "第1火曜日 10:00、休みなら次の開庁日".to_owned(),
        months: Vec::new(),
        day: Day::Weekday(Nth::Nth(1), jiff::civil::Weekday::Tuesday),
        hour: Hour::At(jiff::civil::time(10, 0, 0, 0)),
        otherwise: Some(Otherwise::Next),
        missed: Missed::MakeUp,
        announce: None,
    }
}

pub(super) fn announced(mut schedule: Schedule) -> Schedule {
    schedule.announce = Some(Announce {
        before: DAY,
        to: vec![Selector::parse("post:it-staff").unwrap()],
    });
    schedule
}

pub(super) fn scheduled(schedule: Schedule) -> impl FnOnce(&mut Plan) {
    |plan| {
        plan.readiness = None;
        contact(plan).schedule = Some(schedule);
    }
}

pub(super) fn contact(plan: &mut Plan) -> &mut Drill {
    plan.drills.get_mut("contact").unwrap()
}

/// When each run of the contact drill began, as the clock on the wall says.
pub(super) async fn runs(world: &World) -> Vec<String> {
    let zone = world.plan().time_zone.clone();
    let all = world
        .engine
        .store()
        .call_outs(false, u32::MAX)
        .await
        .unwrap();
    let mut began = Vec::new();
    for summary in all {
        let call_out = world.see(&summary.id).await;
        if call_out.event.drill_id().is_some() {
            began.push(call_out.opened_at);
        }
    }
    began.sort();
    let local = |at: Timestamp| zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string();
    began.into_iter().map(local).collect()
}

/// The notices about drills, which are no messages of a drill.
pub(super) fn notices(world: &World) -> Vec<Sent> {
    let mut sent = world.sent();
    sent.retain(|sent| sent.identity.starts_with("drill-notice."));
    // What came of a drill is told as well, to others.
    sent.retain(|sent| !sent.subject.contains("訓練の報告"));
    sent
}

/// A year of first Tuesdays: each run once, at ten in the morning, on a day on
/// which people work; killed and started again now and then.
#[tokio::test]
async fn a_year_of_monthly_drills_runs_by_itself() {
    let mut world = World::with(scheduled(first_tuesday())).await;
    for month in 0..12 {
        world.advance("731h").await;
        if month % 3 == 1 {
            world = world.crash().await;
        }
    }
    insta::assert_debug_snapshot!(runs(&world).await, @r#"
    [
        "2026-12-01 10:00",
        "2027-01-05 10:00",
        "2027-02-02 10:00",
        "2027-03-02 10:00",
        "2027-04-06 10:00",
        "2027-05-06 10:00",
        "2027-06-01 10:00",
        "2027-07-06 10:00",
        "2027-08-03 10:00",
        "2027-09-07 10:00",
        "2027-10-05 10:00",
        "2027-11-02 10:00",
    ]
    "#);
    assert!(notices(&world).is_empty(), "nobody asked to be told");
    for sent in world.sent() {
        assert!(sent.subject.contains("訓練"), "{}", sent.subject);
    }
}

/// Clocks are put forward and back where the office is: the drill is held once
/// all the same, and not an hour off.
#[tokio::test]
async fn a_clock_that_is_put_forward_or_back_holds_no_drill_twice() {
    let world = World::with(|plan| {
        plan.readiness = None;
        plan.time_zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        // In Berlin 02:30 does not come on 28 March 2027, and comes twice on
        // 31 October: the last Sundays.
        contact(plan).schedule = Some(Schedule {
            words: "last Sunday 02:30".to_owned(),
            day: Day::Weekday(Nth::Last, jiff::civil::Weekday::Sunday),
            hour: Hour::At(jiff::civil::time(2, 30, 0, 0)),
            otherwise: None,
            ..first_tuesday()
        });
    })
    .await;
    world.advance("8760h").await;
    insta::assert_debug_snapshot!(runs(&world).await, @r#"
    [
        "2026-11-29 02:30",
        "2026-12-27 02:30",
        "2027-01-31 02:30",
        "2027-02-28 02:30",
        "2027-03-28 03:30",
        "2027-04-25 02:30",
        "2027-05-30 02:30",
        "2027-06-27 02:30",
        "2027-07-25 02:30",
        "2027-08-29 02:30",
        "2027-09-26 02:30",
        "2027-10-31 02:30",
    ]
    "#);
}

/// The day before, whoever the plan names is told; with the mark of a drill, and
/// with nothing to press.
#[tokio::test]
async fn a_drill_is_announced_to_whom_the_plan_says() {
    let world = World::with(scheduled(announced(first_tuesday()))).await;
    // From 24 November, 03:00, to 30 November, 10:00.
    world.advance("150h59m").await;
    assert_eq!(notices(&world).len(), 0);
    world.advance("1m").await;
    let world = world.crash().await;
    world.advance("1h").await;
    let notices = notices(&world);
    let mut told: Vec<&str> = notices.iter().map(|sent| sent.to.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, [world.address("it-1"), world.address("it-2")]);
    insta::assert_snapshot!(notices[0].subject, @"【訓練/DRILL】訓練の予告：緊急連絡・確認訓練");
    let body = &notices[0].body;
    insta::assert_snapshot!(body.split("<!doctype").next().unwrap_or_default(), @r#"
    【訓練 / DRILL】訓練の予定のお知らせです。実際の災害・事象は起きていません。
    [DRILL / 訓練] A notice about a drill. Nothing has really happened.
    ======================================

    「緊急連絡・確認訓練」を2026年12月1日(火) 10:00に行います。
    The drill "Emergency contact and confirmation drill" is held Tue 1 Dec 2026 10:00.

    ■ 対象の月: 2026-12

    いま何もする必要はありません。訓練の連絡が届いたら、本番と同じように回答してください。

    喜茂別町役場
    このメールは自動送信です。返信は読まれません。回線の都合で、同じメールが二度届くことがあります。

    ======================================
    【訓練 / DRILL】以上は訓練のお知らせです。
    "#);
    assert!(!body.contains("/a/"), "nothing to answer: {body}");
    let listed = world.engine.store().call_outs(false, u32::MAX).await;
    assert_eq!(listed.unwrap(), [], "no list of call-outs shows it");
    assert!(runs(&world).await.is_empty());
    world.advance("23h").await;
    assert_eq!(runs(&world).await, ["2026-12-01 10:00"]);
}

/// A time that is drawn is not given away by what is told beforehand.
#[tokio::test]
async fn a_surprise_drill_tells_its_week_and_not_its_time() {
    let surprise = Schedule {
        words: "第2週の開庁時間内に抜き打ち".to_owned(),
        day: Day::Week(2),
        hour: Hour::Office,
        otherwise: None,
        ..first_tuesday()
    };
    let world = World::with(scheduled(announced(surprise))).await;
    let coming = world.engine.coming(&"contact".into()).await.unwrap();
    let (from, to) = (
        jiff::civil::date(2026, 12, 8),
        jiff::civil::date(2026, 12, 14),
    );
    assert_eq!(coming.unwrap().at, Foretold::Between(from, to));
    world.advance("520h").await;
    let runs = runs(&world).await;
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert!(("2026-12-08 08:30".."2026-12-14 17:15").contains(&&*runs[0]));
    let told = &notices(&world)[0];
    assert!(told.body.contains("時刻は予告しません"), "{}", told.body);
    let time = runs[0].split(' ').nth(1).unwrap();
    assert!(!told.body.contains(time), "{time} in {}", told.body);
    // 7 December, 08:30: a day before the week's first working day begins.
    assert_eq!(told.at.to_string(), "2026-12-06T23:30:00Z");
}

/// While people are called for real no drill begins: it moves, day by day, and
/// administrators hear it once.
#[tokio::test]
async fn a_drill_that_is_due_during_a_real_call_out_moves_to_the_next_working_day() {
    let world = World::with(scheduled(announced(first_tuesday()))).await;
    world.advance("174h").await;
    let real = world.earthquake("5-").await.remove(0);
    world.advance("72h").await;
    assert!(runs(&world).await.is_empty());
    let moved: Vec<Sent> = notices(&world)
        .into_iter()
        .filter(|sent| sent.subject.contains("延期"))
        .collect();
    let manager = world.address("it-manager");
    assert_eq!(
        moved.iter().filter(|sent| sent.to == manager).count(),
        1,
        "once, though it moved day after day"
    );
    insta::assert_snapshot!(moved[0].subject, @"【訓練/DRILL】訓練の延期：緊急連絡・確認訓練");
    assert!(moved[0].body.contains("本番の招集が続いているため"));
    world.stand_down(&real, "点検終了").await;
    let world = world.crash().await;
    world.advance("48h").await;
    assert_eq!(
        runs(&world).await,
        ["2026-12-04 10:00"],
        "the first day after it"
    );
}

/// The daemon was down at the time: the run is made up on the next working day,
/// or left out, as the plan says; and the next month's is not touched.
#[tokio::test]
async fn a_run_missed_while_the_daemon_was_down_is_made_up_or_left_out() {
    for (missed, wanted, subject) in [
        (
            Missed::MakeUp,
            vec!["2026-12-02 10:00", "2027-01-05 10:00"],
            "延期",
        ),
        (Missed::Skip, vec!["2027-01-05 10:00"], "見送り"),
    ] {
        let world = World::with(scheduled(Schedule {
            missed,
            ..first_tuesday()
        }))
        .await;
        world.advance("1h").await;
        world.away("184h");
        let world = world.crash().await;
        world.turn().await;
        let told = notices(&world);
        assert_eq!(told.len(), 3, "the administrators");
        assert!(told.iter().all(|sent| sent.subject.contains(subject)));
        assert!(told[0].body.contains("予定の時刻に始められなかったため"));
        world.advance("900h").await;
        assert_eq!(runs(&world).await, wanted);
        assert_eq!(notices(&world).len(), 3, "nothing is told again");
    }
}

/// A few minutes late is not missed.
#[tokio::test]
async fn a_short_restart_delays_a_drill_and_no_more() {
    let world = World::with(scheduled(first_tuesday())).await;
    world.advance("174h59m").await;
    world.away("20m");
    let world = world.crash().await;
    world.turn().await;
    assert_eq!(runs(&world).await, ["2026-12-01 10:19"]);
    assert!(notices(&world).is_empty());
}

/// A schedule is not older than the day on which it was first in force.
#[tokio::test]
async fn a_new_schedule_makes_up_nothing_that_was_due_before_it() {
    let mut world = World::with(|plan| plan.readiness = None).await;
    world
        .change(scheduled(Schedule {
            words: "20日 10:00".to_owned(),
            day: Day::Date(20),
            ..first_tuesday()
        }))
        .await;
    world.advance("24h").await;
    assert!(runs(&world).await.is_empty(), "20 November is past");
    world.advance("700h").await;
    assert_eq!(runs(&world).await, ["2026-12-21 10:00"]);
}

/// One run is called off by a person, with a reason; those after it stay.
#[tokio::test]
async fn the_next_run_can_be_called_off() {
    let world = World::with(scheduled(announced(first_tuesday()))).await;
    world.advance("160h").await;
    let told = notices(&world).len();
    let off = world
        .engine
        .call_off(
            &"contact".into(),
            "庁舎の停電点検と重なるため".to_owned(),
            "token:drill".into(),
        )
        .await
        .unwrap();
    assert_eq!(off.run.month.to_string(), "2026-12");
    assert_eq!(off.next.unwrap().month.to_string(), "2027-01");
    let world = world.crash().await;
    world.advance("24h").await;
    assert!(runs(&world).await.is_empty());
    let told = &notices(&world)[told..];
    assert_eq!(
        told.len(),
        3,
        "administrators and whoever was told of it, each once"
    );
    assert!(told[0].subject.contains("中止"));
    assert!(told[0].body.contains("庁舎の停電点検と重なるため"));
    world.advance("900h").await;
    assert_eq!(runs(&world).await, ["2027-01-05 10:00"]);
}

/// Nobody starts a drill beside a real call-out by mistake; with a reason it
/// starts, and the reason is kept.
#[tokio::test]
async fn a_drill_beside_a_real_call_out_needs_a_reason() {
    let world = World::example().await;
    let real = world.earthquake("5-").await.remove(0);
    let sent = world.sent().len();
    let refused = world.start_drill("contact", None).await.unwrap_err();
    assert!(matches!(&refused, Error::RealCallOut(id) if *id == real));
    assert_eq!(world.sent().len(), sent, "nobody heard of it");
    let started = world
        .start_drill("contact", Some("通信の復旧を確かめるため"))
        .await;
    let account = world.timeline(&started.unwrap().call_outs[0]).await;
    assert!(
        account.contains("本番の招集が続く中で訓練を開始"),
        "{account}"
    );
    assert!(account.contains("通信の復旧を確かめるため"), "{account}");
    world.stand_down(&real, "終了").await;
    world.start_drill("earthquake-5-lower", None).await.unwrap();
}

/// A drill gives way to what is real: it ends, in words, before anybody is
/// asked for it once more; also where the daemon was killed in between.
#[tokio::test]
async fn a_drill_ends_where_something_real_begins() {
    let world = World::example().await;
    let drill = world.drill("earthquake-5-lower").await;
    world.advance("2m").await;
    let before = world.sent().len();
    let real = muster::domain::event::EventKind::SecurityIncident {
        effect: muster::domain::event::Effect::Residents,
        systems: vec![19],
    };
    world
        .engine
        .tell(crate::support::world::told(real))
        .await
        .unwrap();
    let world = world.crash().await;
    world.turn().await;
    let over = world.see(&drill).await;
    assert!(!over.state.is_live());
    let account = world.timeline(&drill).await;
    assert!(account.contains("本番の招集が始まったため"), "{account}");
    world.advance("3h").await;
    let sent = world.sent();
    let of_drill: Vec<&Sent> = sent[before..]
        .iter()
        .filter(|sent| sent.subject.contains("訓練") && !sent.subject.contains("訓練の報告"))
        .collect();
    assert!(
        !of_drill.is_empty(),
        "whoever was in it hears that it is over"
    );
    for sent in of_drill {
        assert!(
            sent.subject.contains("終了") || sent.subject.contains("解除"),
            "{}",
            sent.subject
        );
    }
    // What was started beside the real one goes on.
    let beside = world.drill_beside("contact").await;
    world.advance("1h").await;
    assert!(world.see(&beside).await.state.is_live());
}

/// Whatever a notice about a drill says, to whomever and in whichever language:
/// its subject, its sender, its first and its last line and its body for a
/// gateway carry the mark; and no notice of the roster check does.
#[tokio::test]
async fn every_notice_about_a_drill_carries_its_mark_in_both_languages() {
    let world = World::with(|plan| {
        scheduled(announced(first_tuesday()))(plan);
        plan.roster.people["it-2"].language = muster::domain::text::Language::En;
    })
    .await;
    // Announced, moved by a real call-out, called off.
    world.advance("174h").await;
    let real = world.earthquake("5-").await.remove(0);
    world.advance("2h").await;
    world.stand_down(&real, "終了").await;
    let reason = "別の行事のため".to_owned();
    let drill = "contact".into();
    let off = world.engine.call_off(&drill, reason, "token:drill".into());
    off.await.unwrap();
    // Missed, and left out.
    world.away("1000h");
    let world = world.crash().await;
    world.turn().await;
    let notices = notices(&world);
    let kinds = ["予告", "延期", "中止", "announced", "moved", "called off"];
    for kind in kinds {
        let told = notices.iter().any(|sent| sent.subject.contains(kind));
        assert!(told, "no notice says {kind}");
    }
    for sent in &notices {
        let mail = &sent.body;
        let marked = |line: &str| line.contains("訓練") && line.contains("DRILL");
        assert!(marked(&sent.subject), "{}", sent.subject);
        assert!(marked(mail.lines().next().unwrap_or_default()), "{mail}");
        let last = mail.trim_end().lines().last().unwrap_or_default();
        assert!(marked(last), "{last}");
    }
    for sent in world.sent() {
        if !sent.identity.starts_with("drill") {
            let marked = sent.subject.contains("訓練") || sent.subject.contains("DRILL");
            assert!(!marked, "{}", sent.subject);
        }
    }
}
