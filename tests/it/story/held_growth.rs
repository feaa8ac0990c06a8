//! A growth into a rule that waits for a word waits too: whoever was called
//! stays called, and nobody whom it adds is.

use muster::domain::call_out::{State, Word};
use muster::domain::event::{EventKind, Intensity, Posture};
use muster::domain::id::{CallOutId, Principal};
use muster::domain::plan::Plan;
use muster::domain::rule::{Confirm, Selector};
use muster::engine::{Accepted, Became, Error, Told};

use crate::support::world::{World, told, word};

fn quake(intensity: &str) -> EventKind {
    EventKind::Earthquake {
        intensity: Intensity::parse(intensity).unwrap(),
    }
}

/// A town whose P1 waits as this says; the mayor approves.
async fn town(confirm: Confirm) -> World {
    World::with(|plan| {
        plan.rules.get_mut("P1").unwrap().confirm = confirm;
        plan.approvers = vec![Selector::Person("mayor".into())];
    })
    .await
}

async fn confirm(world: &World, id: &CallOutId, by: &str) -> Result<(), Error> {
    let digest = world.see(id).await.digest_held();
    let word = Word {
        by: Principal::new(by),
        on_word_of: None,
        reason: None,
    };
    let done = world.engine.confirm(id, word, digest.as_deref()).await;
    world.turn().await;
    done
}

async fn by_machine(world: &World, kind: EventKind) -> Accepted {
    let report = Told {
        by: Principal::new("feed:jma"),
        ..told(kind)
    };
    let accepted = world.engine.tell(report).await.unwrap();
    world.turn().await;
    accepted
}

/// P1 wants a second person: a growth into it calls nobody more on one
/// person's word, alarms, and stays to be confirmed.
#[tokio::test]
async fn a_growth_waits_for_a_second_person() {
    let world = town(Confirm::SecondPerson { seconds: 300 }).await;
    let id = world.earthquake("4").await[0].clone();
    let called = world.see(&id).await.counts().called;
    let held = world.tell(quake("5+")).await.unwrap();
    assert_eq!((held.became, &held.call_outs[0]), (Became::Held, &id));
    assert_eq!(held.became.name(), "held");
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::Open);
    assert_eq!(
        (call_out.rule.as_str(), call_out.counts().called),
        ("P3", called)
    );
    let asked = world.sent().pop().unwrap();
    assert_eq!(asked.to, world.address("mayor"));
    assert!(
        asked.subject.contains("追加招集はまだ"),
        "{}",
        asked.subject
    );
    assert!(
        asked.body.contains("別の人の確認があるまで"),
        "{}",
        asked.body
    );
    let digest = call_out.digest_held().unwrap();
    assert!(asked.body.contains(&digest), "{}", asked.body);
    // The same again changes nothing; a stronger one waits in its place.
    let again = world.tell(quake("5+")).await.unwrap();
    assert_eq!(again.became, Became::Known);
    let stronger = world.tell(quake("6+")).await.unwrap();
    assert_eq!(stronger.became, Became::Held);
    let world = world.crash().await;
    world.advance("6m").await;
    let alarm = world.sent();
    let alarm = alarm.iter().rfind(|sent| sent.subject.contains("【至急】"));
    assert!(
        alarm.unwrap().subject.contains("追加招集はまだ"),
        "{alarm:?}"
    );
    assert_eq!(world.see(&id).await.rule.as_str(), "P3");
    let alone = confirm(&world, &id, "token:duty").await;
    assert!(alone.is_err(), "who entered it is no second person");
    confirm(&world, &id, "token:chief").await.unwrap();
    let call_out = world.see(&id).await;
    let everyone = world.plan().roster.people.len();
    assert_eq!(call_out.counts().called as usize, everyone);
    assert_eq!(
        (call_out.rule.as_str(), call_out.digest_held()),
        ("P1", None)
    );
    assert_eq!(call_out.event.kind, quake("6+"));
    let account = world.timeline(&id).await;
    assert!(
        account.contains("別の人の確認があるまで、加わる人は招集しません"),
        "{account}"
    );
}

/// An earthquake that a machine tells waits for nobody, and takes the place of
/// the one that waited.
#[tokio::test]
async fn a_growth_that_a_machine_tells_waits_for_nobody() {
    let world = town(Confirm::SecondPerson { seconds: 300 }).await;
    let id = world.earthquake("4").await[0].clone();
    world.tell(quake("5+")).await.unwrap();
    let grown = by_machine(&world, quake("5+")).await;
    assert_eq!(grown.became, Became::Grown);
    let call_out = world.see(&id).await;
    assert_eq!(
        (call_out.rule.as_str(), &call_out.course.growth),
        ("P1", &None)
    );
}

/// Stopped, it leaves what ran before as it was; the approvers hear of it.
#[tokio::test]
async fn a_growth_that_is_stopped_leaves_what_ran_before() {
    let world = town(Confirm::Hold { seconds: 60 }).await;
    let id = world.earthquake("4").await[0].clone();
    let called = world.see(&id).await.counts().called;
    world.tell(quake("5+")).await.unwrap();
    world.advance("30s").await;
    world.engine.cancel(&id, word(None, None)).await.unwrap();
    world.turn().await;
    let told = world.sent().pop().unwrap();
    assert!(told.subject.contains("拡大の取消"), "{}", told.subject);
    assert!(
        told.body.contains("それまでのとおり続きます"),
        "{}",
        told.body
    );
    world.advance("5m").await;
    let call_out = world.see(&id).await;
    assert_eq!(
        (call_out.state, call_out.rule.as_str()),
        (State::Open, "P3")
    );
    assert_eq!(call_out.counts().called, called);
}

/// A hold runs out by itself, and then the growth calls whom it adds.
#[tokio::test]
async fn a_held_growth_begins_after_its_time() {
    let world = town(Confirm::Hold { seconds: 60 }).await;
    let id = world.earthquake("4").await[0].clone();
    assert_eq!(world.tell(quake("5+")).await.unwrap().became, Became::Held);
    world.advance("59s").await;
    assert_eq!(world.see(&id).await.rule.as_str(), "P3");
    world.advance("2s").await;
    let everyone = world.plan().roster.people.len();
    assert_eq!(world.see(&id).await.counts().called as usize, everyone);
}

/// What is held already and grows is held anew, and never said to be calling.
#[tokio::test]
async fn what_is_held_and_grows_stays_held() {
    let world = town(Confirm::SecondPerson { seconds: 300 }).await;
    let id = world.earthquake("5+").await[0].clone();
    assert_eq!(world.see(&id).await.state, State::Held);
    let grown = world.tell(quake("6+")).await.unwrap();
    assert_eq!(grown.became, Became::Held);
    let call_out = world.see(&id).await;
    assert_eq!((call_out.state, call_out.counts().called), (State::Held, 0));
}

/// A correction takes the place of a growth that waits, in words.
#[tokio::test]
async fn a_correction_stops_a_growth_that_waits() {
    let world = town(Confirm::SecondPerson { seconds: 300 }).await;
    let id = world.earthquake("5-").await[0].clone();
    world.tell(quake("5+")).await.unwrap();
    let corrected = world.grow(&id, quake("4")).await.unwrap();
    assert_eq!(corrected.became, Became::Corrected);
    let call_out = world.see(&id).await;
    assert_eq!(call_out.course.growth, None);
    let account = world.timeline(&id).await;
    assert!(account.contains("拡大を取り消し"), "{account}");
}

/// A second posture that calls the squads at once.
fn second_posture(plan: &mut Plan) {
    let mut rule = plan.rules["P4"].clone();
    rule.id = "P4-2".into();
    rule.confirm = Confirm::None;
    rule.when = muster::domain::rule::Condition::WindFlood {
        posture: Posture::new(2).unwrap(),
    };
    rule.targets = plan.rules["P3"].targets.clone();
    plan.rules.insert(rule.id.clone(), rule);
}

/// P4: the mayor's order raises the posture, and the hold of that rule holds.
#[tokio::test]
async fn a_higher_posture_is_held_as_its_rule_says() {
    let world = World::with(second_posture).await;
    let id = world.posture(2, "mayor").await.unwrap().call_outs[0].clone();
    let third = EventKind::WindFlood {
        posture: Posture::new(3).unwrap(),
        ordered_by: "mayor".into(),
        acting_for: None,
    };
    let held = world.grow(&id, third).await.unwrap();
    assert_eq!(held.became, Became::Held);
    assert_eq!(world.see(&id).await.rule.as_str(), "P4-2");
    world.advance("61s").await;
    assert_eq!(world.see(&id).await.rule.as_str(), "P4");
}

/// What a person entered waits for a second one; a machine that tells the same
/// waits for nobody (5(1)ア), and everybody is called once.
#[tokio::test]
async fn a_machine_that_confirms_what_a_person_entered_waits_for_nobody() {
    let world = town(Confirm::SecondPerson { seconds: 300 }).await;
    let id = world.earthquake("5+").await[0].clone();
    assert_eq!(world.see(&id).await.state, State::Held);
    let accepted = by_machine(&world, quake("5+")).await;
    assert_eq!(accepted.call_outs[0], id);
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::Open);
    let everyone = world.plan().roster.people.len();
    assert_eq!(call_out.counts().called as usize, everyone);
    assert!(confirm(&world, &id, "token:chief").await.is_err());
}

/// A machine that tells less than a person entered calls whom its own rule
/// names, at once; what the person entered goes on waiting.
#[tokio::test]
async fn a_machine_that_tells_less_calls_its_own_at_once() {
    let world = town(Confirm::SecondPerson { seconds: 300 }).await;
    let held = world.earthquake("5+").await[0].clone();
    let accepted = by_machine(&world, quake("4")).await;
    assert_ne!(accepted.call_outs[0], held);
    let own = world.see(&accepted.call_outs[0]).await;
    assert_eq!((own.rule.as_str(), own.state), ("P3", State::Open));
    assert!(own.counts().called > 0);
    assert_eq!(world.see(&held).await.state, State::Held);
}

/// What is confirmed is what would be called now: where the roster was changed
/// meanwhile, by a reload or while nothing ran, the number shown before does not
/// confirm, and the refusal gives the new one.
#[tokio::test]
async fn a_growth_that_another_roster_would_make_different_is_shown_anew() {
    let left = |plan: &mut Plan| {
        plan.roster.people.shift_remove("accounting-manager");
    };
    for started_anew in [false, true] {
        let mut world = town(Confirm::SecondPerson { seconds: 300 }).await;
        let id = world.earthquake("4").await[0].clone();
        world.tell(quake("5+")).await.unwrap();
        let shown = world.see(&id).await.digest_held();
        if started_anew {
            world.mend_while_away(left);
            world = world.crash().await;
            world.turn().await;
        } else {
            world.change(left).await;
        }
        let chief = || Word {
            by: Principal::new("token:chief"),
            on_word_of: None,
            reason: None,
        };
        let stale = world.engine.confirm(&id, chief(), shown.as_deref()).await;
        let refused = stale.unwrap_err().to_string();
        let now = world.see(&id).await.digest_held().unwrap();
        assert!(refused.contains(&now), "{refused}");
        assert_ne!(Some(&now), shown.as_ref());
        let confirmed = world.engine.confirm(&id, chief(), Some(&now)).await;
        confirmed.unwrap();
    }
}

/// A town whose second posture calls the squads at once, and whose third is held.
async fn two_postures() -> (World, CallOutId) {
    let world = World::with(second_posture).await;
    let id = world.posture(3, "mayor").await.unwrap().call_outs.remove(0);
    assert_eq!(world.see(&id).await.state, State::Held);
    world.advance("20s").await;
    (world, id)
}

/// A slip of the finger, withdrawn within the hold: nobody is ever called.
#[tokio::test]
async fn what_is_withdrawn_while_it_is_held_calls_nobody() {
    let (world, id) = two_postures().await;
    let by = Principal::new("token:duty");
    world.engine.withdraw(&id, by).await.unwrap();
    assert!(!world.see(&id).await.state.is_live());
    world.advance("20m").await;
    assert_eq!(world.see(&id).await.counts().called, 0);
}

/// Corrected within the hold, it is the weaker one from then on, as its own rule
/// says.
#[tokio::test]
async fn what_is_corrected_while_it_is_held_begins_as_the_weaker_one() {
    let (world, id) = two_postures().await;
    let second = EventKind::WindFlood {
        posture: Posture::new(2).unwrap(),
        ordered_by: "mayor".into(),
        acting_for: None,
    };
    world.grow(&id, second).await.unwrap();
    let call_out = world.see(&id).await;
    assert_eq!(
        (call_out.state, call_out.rule.as_str()),
        (State::Open, "P4-2")
    );
    world.advance("5m").await;
    assert_eq!(world.see(&id).await.counts().called, 11, "two sections");
    let sent = world.sent();
    assert!(!sent.iter().any(|sent| sent.subject.contains("参集不要")));
}

/// What is known already, told while a growth waits, is nobody's news.
#[tokio::test]
async fn what_is_known_is_no_news_while_a_growth_waits() {
    let world = town(Confirm::SecondPerson { seconds: 300 }).await;
    let id = world.earthquake("4").await[0].clone();
    world.grow(&id, quake("5+")).await.unwrap();
    let sent = world.sent().len();
    let again = world.grow(&id, quake("4")).await.unwrap();
    assert_eq!(again.became, Became::Known);
    assert_eq!(world.sent().len(), sent);
    assert!(world.see(&id).await.course.growth.is_some());
}
