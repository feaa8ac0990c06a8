//! People on leave, away or ill: passed over in words, called when they are
//! back.

use jiff::civil::date;
use muster::domain::absence::{Absence, Leave};
use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::{Part, State};
use muster::domain::id::{CallOutId, PersonId, Principal};
use muster::engine::Error;

use crate::support::world::World;

/// The duty officer marks somebody absent to a time.
async fn absent(world: &World, person: &str, until: &str) -> Result<Absence, Error> {
    let person = PersonId::new(person);
    let (until, by) = (until.parse().unwrap(), Principal::new("token:duty"));
    let done = world.engine.absent(&person, until, None, by).await;
    world.turn().await;
    done
}

/// To the end of the 27th of November.
async fn away(world: &World, person: &str) {
    absent(world, person, "2026-11-28T00:00:00+09:00")
        .await
        .unwrap();
}

/// The duty officer marks somebody back.
async fn back(world: &World, person: &str) -> Result<(), Error> {
    let by = Principal::new("token:duty");
    let done = world.engine.back(&PersonId::new(person), &by).await;
    world.turn().await;
    done
}

async fn said(world: &World, id: &CallOutId, part: &str) -> Vec<String> {
    let timeline = world.timeline(id).await;
    let lines = timeline.lines().filter(|line| line.contains(part));
    lines.map(str::to_owned).collect()
}

/// P3: the first in rank is on leave; the deputy is called in the same moment.
#[tokio::test]
async fn in_place_of_whoever_is_away_the_deputy_is_called_at_once() {
    let world = World::example().await;
    away(&world, "it-1").await;
    let id = world.earthquake("4").await[0].clone();
    let call_out = world.see(&id).await;
    assert!(!call_out.participants.contains_key("it-1"));
    assert!(call_out.participants["it-2"].is_called());
    assert_eq!(call_out.excused(), 1);
    world.advance("24h").await;
    // As an administrator they are told how it stands, which costs nothing.
    assert!(!world.see(&id).await.participants["it-1"].is_called());
    insta::assert_snapshot!(world.timeline(&id).await, @r"
    00:00:00 震度4の地震の通報（トークン duty）
    00:00:00 参集を開始（参集対象2件）
    00:00:00 第1段階: 6人を招集
    00:00:00 情報システム担当職員1: 不在（2026年11月27日(金)まで）のため呼び出しません（まちづくり振興課）
    00:00:00   email accepted x6
    00:00:00   webhook accepted x6
    00:15:00 第2段階: 新たに4人を招集、6人に再送
    00:15:00   email accepted x10
    00:15:00   webhook accepted x6
    00:30:00 第3段階: 10人に再送
    00:30:00   email accepted x10
    00:30:00   webhook accepted x6
    01:00:00 第3段階で人数不足: まちづくり振興課、建設課（1人に通知）
    01:00:00 すべての段階を終了、人数不足: まちづくり振興課、建設課
    01:00:00   email accepted x4
    01:00:00   webhook accepted x3
    ");
}

/// P1: all staff means all who are there; whoever is away is not waited for.
#[tokio::test]
async fn all_staff_do_not_wait_for_whoever_is_away() {
    let world = World::example().await;
    away(&world, "residents-2").await;
    let id = world.earthquake("5+").await[0].clone();
    world.advance("1m").await;
    for person in world.plan().roster.people.keys() {
        if person.as_str() != "residents-2" {
            world.answer(&id, person.as_str(), Reply::Coming).await;
        }
    }
    let call_out = world.see(&id).await;
    assert!(call_out.is_met());
    assert_eq!(call_out.targets[0].tally.excused, 1);
    world.advance("24h").await;
    assert_eq!(world.see(&id).await.state, State::Open);
    assert_eq!(world.sent_to("residents-2"), 0);
    // Back before their time, they are one of all staff again.
    back(&world, "residents-2").await.unwrap();
    let call_out = world.see(&id).await;
    assert!(call_out.participants["residents-2"].is_called());
    assert!(!call_out.is_met());
    insta::assert_snapshot!(said(&world, &id, "全職員").await.join("\n"), @r"
    00:00:00 住民課 職員2: 不在（2026年11月27日(金)まで）のため呼び出しません（全職員）
    00:01:00 全職員: 必要な人数を確保（36人）
    24:01:00 全職員: 再び人数不足
    ");
    insta::assert_snapshot!(said(&world, &id, "住民課 職員2").await.join("\n"), @r"
    00:00:00 住民課 職員2: 不在（2026年11月27日(金)まで）のため呼び出しません（全職員）
    24:01:00 住民課 職員2: 不在を解除し、呼び出しました
    ");
}

/// More are away than there are deputies: it is said at once.
#[tokio::test]
async fn a_section_that_cannot_be_filled_without_them_is_said_to_be_short_at_once() {
    let world = World::example().await;
    for person in ["construction-manager", "construction-1", "construction-2"] {
        away(&world, person).await;
    }
    let id = world.earthquake("4").await[0].clone();
    let lines = said(&world, &id, "必要な人数に届きません").await;
    insta::assert_snapshot!(lines.join("\n"), @r"
    00:00:00 建設課: もう必要な人数に届きません（あと1人不足）
    ");
}

/// Marked absent after the call: they cannot come, and the next is called now.
#[tokio::test]
async fn whoever_is_marked_absent_after_the_call_makes_room_for_the_next() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    world.advance("2m").await;
    world.answer(&id, "planning-1", Reply::Coming).await;
    away(&world, "it-1").await;
    away(&world, "planning-1").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.participants["it-1"].reply(), Some(Reply::Cannot));
    assert!(call_out.participants["it-2"].is_called());
    // Whoever has answered keeps their answer.
    let kept = call_out.participants["planning-1"].reply();
    assert_eq!(kept, Some(Reply::Coming));
    insta::assert_snapshot!(said(&world, &id, "担当職員").await.join("\n"), @r"
    00:02:00 情報システム担当職員1: 参集できない（代理入力：トークン duty）「不在（2026年11月27日(金)まで）」
    00:02:00 まちづくり振興課: 情報システム担当職員1に代わり情報システム担当職員2を招集
    ");
    // And back: asked again, since the need is open.
    back(&world, "it-1").await.unwrap();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.participants["it-1"].reply(), None);
    assert_eq!(world.sent_to("it-1"), 4);
}

/// The absence ends by itself: they are called in that minute.
#[tokio::test]
async fn whose_absence_ends_by_itself_is_called() {
    let world = World::example().await;
    absent(&world, "residents-2", "2026-11-23T18:05:00Z")
        .await
        .unwrap();
    let id = world.earthquake("5+").await[0].clone();
    world.advance("4m").await;
    assert_eq!(world.sent_to("residents-2"), 0);
    world.advance("1m").await;
    let call_out = world.see(&id).await;
    assert!(call_out.participants["residents-2"].is_called());
    assert_eq!(call_out.excused(), 0);
}

/// A crash and a start: who is away, and who was passed over, is known.
#[tokio::test]
async fn a_restart_knows_who_is_away() {
    let world = World::example().await;
    away(&world, "it-1").await;
    let id = world.earthquake("4").await[0].clone();
    let before = world.see(&id).await;
    let world = world.crash().await;
    assert_eq!(world.see(&id).await.course.away, before.course.away);
    assert_eq!(world.see(&id).await.targets, before.targets);
    world.advance("24h").await;
    assert!(!world.see(&id).await.participants["it-1"].is_called());
    assert_eq!(said(&world, &id, "不在").await.len(), 1);
    let world = world.crash().await;
    back(&world, "it-1").await.unwrap();
    let world = world.crash().await;
    let refused = back(&world, "it-1").await.unwrap_err();
    assert!(matches!(refused, Error::NotAbsent(_)), "{refused}");
}

/// A new plan does not forget who was marked absent.
#[tokio::test]
async fn a_reload_keeps_who_is_away() {
    let mut world = World::example().await;
    away(&world, "it-1").await;
    world.reload(|rules| rules + "\n# newer\n").await;
    let id = world.earthquake("4").await[0].clone();
    assert!(!world.see(&id).await.participants.contains_key("it-1"));
}

/// P6: the IT manager is away, so the next in line is asked in the same
/// moment; back again, they are asked as well.
#[tokio::test]
async fn a_decision_does_not_wait_for_whoever_is_away() {
    let world = World::example().await;
    away(&world, "it-manager").await;
    let id = world.incident("work-hindered").await[0].clone();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.participants["deputy-mayor"].part, Part::Asked);
    assert_eq!(world.sent_to("it-manager"), 0);
    world.advance("1m").await;
    back(&world, "it-manager").await.unwrap();
    assert_eq!(world.sent_to("it-manager"), 2);
    // Away while they are asked: the next in line is asked now.
    away(&world, "it-manager").await;
    away(&world, "deputy-mayor").await;
    insta::assert_snapshot!(world.timeline(&id).await, @r"
    00:00:00 情報セキュリティ事象（業務に支障／対象：19 選挙システム）の通報（トークン duty）
    00:00:00 まちづくり振興課長: 不在（2026年11月27日(金)まで）のため呼び出しません（情報システム責任者（まちづくり振興課長））
    00:00:00 副町長に判断を依頼（03:10:00までに返事がなければ次の人へ）
    00:00:00   email accepted x3
    00:00:00   webhook accepted x1
    00:01:00 まちづくり振興課長: 不在を解除し、呼び出しました
    00:01:00 まちづくり振興課長に判断を依頼（03:10:00までに返事がなければ次の人へ）
    00:01:00 まちづくり振興課長: 参集できない（代理入力：トークン duty）「不在（2026年11月27日(金)まで）」
    00:01:00 副町長: 参集できない（代理入力：トークン duty）「不在（2026年11月27日(金)まで）」
    00:01:00 町長に判断を依頼（03:11:00までに返事がなければ次の人へ）
    00:01:00   email accepted x2
    00:01:00   webhook accepted x2
    ");
}

/// Leave that the roster knows: nobody has to mark it, and nobody can unmark it.
#[tokio::test]
async fn leave_in_the_roster_counts_to_its_last_day() {
    let world = World::with(|plan| {
        plan.roster.people["it-1"].leave = vec![
            Leave {
                from: date(2026, 11, 23),
                to: date(2026, 11, 25),
            },
            Leave {
                from: date(2026, 11, 26),
                to: date(2026, 11, 26),
            },
        ];
    })
    .await;
    let id = world.earthquake("4").await[0].clone();
    insta::assert_snapshot!(said(&world, &id, "不在").await.join("\n"), @r"
    00:00:00 情報システム担当職員1: 不在（2026年11月26日(木)まで）のため呼び出しません（まちづくり振興課）
    ");
    let refused = back(&world, "it-1").await.unwrap_err();
    assert!(matches!(refused, Error::OnLeave(_)), "{refused}");
    // The 27th begins: it is over.
    world.stand_down(&id, "終了").await;
    world.away("68h59m");
    let id = world.earthquake("4").await[0].clone();
    assert!(!world.see(&id).await.participants.contains_key("it-1"));
    world.stand_down(&id, "終了").await;
    world.away("1m");
    let id = world.earthquake("4").await[0].clone();
    assert!(world.see(&id).await.participants["it-1"].is_called());
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_words() {
    let world = World::example().await;
    let past = absent(&world, "it-1", "2026-11-23T18:00:00Z").await;
    insta::assert_snapshot!(past.unwrap_err(), @r"
    the absence would end at 2026-11-24T03:00:00+09:00, which is past; name a day or a time to come
    ");
    let unknown = absent(&world, "nobody", "2026-11-28T00:00:00Z").await;
    insta::assert_snapshot!(unknown.unwrap_err(), @r"
    there is no person nobody in roster.toml
    ");
    insta::assert_snapshot!(back(&world, "it-1").await.unwrap_err(), @r"
    it-1 is not marked absent; `muster absent` lists who is away
    ");
}

/// After the end nobody is called, whoever comes back.
#[tokio::test]
async fn after_a_stand_down_nobody_who_is_back_is_called() {
    let world = World::example().await;
    away(&world, "it-1").await;
    let id = world.earthquake("4").await[0].clone();
    world.stand_down(&id, "終了").await;
    back(&world, "it-1").await.unwrap();
    world.advance("24h").await;
    assert_eq!(world.sent_to("it-1"), 0);
}

/// Back before their turn, they wait for it like everybody else.
#[tokio::test]
async fn whoever_is_back_before_their_turn_is_not_called() {
    let world = World::example().await;
    away(&world, "construction-4").await;
    let id = world.earthquake("4").await[0].clone();
    back(&world, "construction-4").await.unwrap();
    let call_out = world.see(&id).await;
    assert!(!call_out.participants.contains_key("construction-4"));
    assert_eq!(call_out.excused(), 0);
}

/// A target that could not be filled can be again, once somebody is back; and
/// one who comes back after the last stage is given their time.
#[tokio::test]
async fn whoever_is_back_makes_room_and_is_given_their_time() {
    let world = World::example().await;
    for person in ["construction-manager", "construction-1", "construction-2"] {
        away(&world, person).await;
    }
    let id = world.earthquake("4").await[0].clone();
    let lacks = |call_out: &muster::domain::call_out::CallOut| {
        let mut targets = call_out.targets.iter();
        targets.any(|target| target.unfillable)
    };
    assert!(lacks(&world.see(&id).await));
    world.advance("24h").await;
    assert_eq!(world.see(&id).await.state, State::Exhausted);
    back(&world, "construction-1").await.unwrap();
    let call_out = world.see(&id).await;
    assert!(call_out.participants["construction-1"].is_called());
    assert!(!lacks(&call_out));
    assert_eq!(call_out.state, State::Open);
    assert!(call_out.next_due().is_some());
    world.advance("24h").await;
    assert_eq!(world.see(&id).await.state, State::Exhausted);
}

/// Who is not called yet and leaves is passed over at once, in words.
#[tokio::test]
async fn whoever_leaves_before_their_turn_is_passed_over_at_once() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    world.advance("2m").await;
    away(&world, "construction-4").await;
    insta::assert_snapshot!(said(&world, &id, "不在").await.join("\n"), @r"
    00:02:00 建設課 職員4: 不在（2026年11月27日(金)まで）のため呼び出しません（建設課）
    ");
}

/// Killed between the word and what the call-outs make of it: the next start
/// makes it.
#[tokio::test]
async fn a_word_that_was_kept_before_a_kill_counts_after_it() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    let until = "2026-11-28T00:00:00+09:00".parse().unwrap();
    let absence = Absence {
        person: PersonId::new("planning-1"),
        since: world.clock.now(),
        until,
        reason: None,
        by: Principal::new("token:duty"),
    };
    let kept = world.engine.store().mark_absent(&absence).wait().await;
    kept.unwrap();
    let world = world.crash().await;
    world.advance("0s").await;
    let call_out = world.see(&id).await;
    let reply = call_out.participants["planning-1"].reply();
    assert_eq!(reply, Some(Reply::Cannot));
}

/// The first of two call-outs has an account into which nothing can be written.
async fn two_call_outs_and_one_that_is_stuck() -> (World, [CallOutId; 2]) {
    let world = World::with(|plan| plan.readiness = None).await;
    let first = world.earthquake("4").await.remove(0);
    world.advance("10s").await;
    let second = world.incident("residents").await.remove(0);
    world.advance("10s").await;
    world.first_is_stuck(true).await;
    (world, [first, second])
}

async fn reply(world: &World, id: &CallOutId) -> Option<Reply> {
    world.see(id).await.participants["it-1"].reply()
}

/// Somebody is marked away while one call-out cannot take note of it: the other
/// one does at once, and the first as soon as it can.
#[tokio::test]
async fn a_call_out_that_cannot_take_note_holds_up_no_other() {
    let (world, [first, second]) = two_call_outs_and_one_that_is_stuck().await;
    away(&world, "it-1").await;
    assert_eq!(reply(&world, &second).await, Some(Reply::Cannot));
    assert_eq!(reply(&world, &first).await, None);
    world.first_is_stuck(false).await;
    world.turn().await;
    assert_eq!(reply(&world, &first).await, Some(Reply::Cannot));
}

/// The same as the daemon starts, after a kill between the word and what the
/// call-outs make of it.
#[tokio::test]
async fn at_the_start_a_call_out_that_cannot_take_note_holds_up_no_other() {
    let (world, [first, second]) = two_call_outs_and_one_that_is_stuck().await;
    let absence = Absence {
        person: PersonId::new("it-1"),
        since: world.clock.now(),
        until: "2026-11-28T00:00:00+09:00".parse().unwrap(),
        reason: None,
        by: Principal::new("token:duty"),
    };
    let kept = world.engine.store().mark_absent(&absence).wait().await;
    kept.unwrap();
    let world = world.crash().await;
    world.turn().await;
    assert_eq!(reply(&world, &second).await, Some(Reply::Cannot));
    world.first_is_stuck(false).await;
    world.turn().await;
    assert_eq!(reply(&world, &first).await, Some(Reply::Cannot));
}

/// Killed between the word that somebody is back and what a call-out makes of
/// it: the next start asks them, and not only the next stage.
#[tokio::test]
async fn whoever_came_back_as_the_daemon_was_killed_is_asked_at_the_start() {
    let world = World::with(|plan| plan.readiness = None).await;
    let id = world.earthquake("4").await.remove(0);
    world.advance("10s").await;
    away(&world, "it-1").await;
    assert_eq!(reply(&world, &id).await, Some(Reply::Cannot));
    let (person, by) = (PersonId::new("it-1"), Principal::new("token:duty"));
    let store = world.engine.store();
    let kept = store.mark_back(&person, &by, world.clock.now()).wait();
    kept.await.unwrap();
    let sent = world.sent_to("it-1");
    let world = world.crash().await;
    world.turn().await;
    assert_eq!(reply(&world, &id).await, None);
    assert!(world.sent_to("it-1") > sent, "asked again at once");
}

/// "Cannot", said by telephone by whoever is marked absent, is their own word: it
/// stands when the absence is taken back.
#[tokio::test]
async fn what_an_absent_person_said_themselves_stands_when_they_are_back() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    world.advance("2m").await;
    away(&world, "it-1").await;
    world.on_behalf(&id, "it-1", Reply::Cannot).await.unwrap();
    let world = world.crash().await;
    let sent = world.sent_to("it-1");
    back(&world, "it-1").await.unwrap();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.participants["it-1"].reply(), Some(Reply::Cannot));
    assert_eq!(world.sent_to("it-1"), sent);
}
