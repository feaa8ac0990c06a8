//! What a person said stands until a person says otherwise: the place, the
//! headline, the systems.

use muster::domain::call_out::{Saying, State};
use muster::domain::event::{Effect, EventKind, Intensity};
use muster::domain::id::CallOutId;
use muster::domain::text::Text;
use muster::engine::{Became, Told};
use muster::message::view::AnswerView;

use crate::support::world::{Sent, World, told, word};

const HALL: &str = "町民体育館";

fn quake(intensity: &str) -> EventKind {
    EventKind::Earthquake {
        intensity: Intensity::parse(intensity).unwrap(),
    }
}

fn incident(effect: &str, systems: &[u16]) -> EventKind {
    EventKind::SecurityIncident {
        effect: Effect::parse(effect).unwrap(),
        systems: systems.to_vec(),
    }
}

fn at(place: &str, kind: EventKind) -> Told {
    Told {
        place: Some(place.to_owned()),
        ..told(kind)
    }
}

async fn tell_place(world: &World, id: &CallOutId, place: &str) {
    let words = "本庁舎は立入禁止です";
    let saying = Saying {
        text: Text::new(words, words),
        place: Some(place.to_owned()),
        key: None,
    };
    let spoken = world.engine.speak(id, saying, word(None, None)).await;
    spoken.unwrap();
    world.turn().await;
}

/// The letters that ask somebody to come or say that something changed.
fn letters(sent: &[Sent]) -> impl Iterator<Item = &Sent> {
    sent.iter().filter(|sent| {
        sent.channel == "email"
            && ["【緊急参集】", "内容変更"]
                .iter()
                .any(|mark| sent.subject.contains(mark))
    })
}

/// The town hall is closed and everybody is told of another place. A stronger
/// report sends nobody back, and whoever it adds hears of that place.
#[tokio::test]
async fn another_place_stands_through_a_stronger_report() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    tell_place(&world, &id, HALL).await;
    let before = world.sent().len();
    let grown = world.tell(quake("5+")).await.unwrap();
    assert_eq!(grown.became, Became::Grown);
    assert_eq!(&*world.see(&id).await.place.ja, HALL);
    let sent = world.sent().split_off(before);
    assert!(letters(&sent).count() >= 37, "{}", letters(&sent).count());
    for letter in letters(&sent) {
        assert!(letter.body.contains(HALL), "{}", letter.body);
        assert!(!letter.body.contains("役場本庁舎"), "{}", letter.body);
    }
    let world = world.crash().await;
    world.tell(quake("4")).await.unwrap();
    assert_eq!(&*world.see(&id).await.place.ja, HALL, "after an aftershock");
    world.grow(&id, quake("4")).await.unwrap();
    world.advance("11m").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.rule.as_str(), "P3");
    assert_eq!(&*call_out.place.ja, HALL, "after a correction");
}

/// A place and a headline of the trigger stand through a growth that names
/// none, and give way to those of one that does.
#[tokio::test]
async fn a_place_and_a_headline_of_the_trigger_stand_until_another_is_named() {
    let world = World::example().await;
    let report = Told {
        headline: Some("庁舎に亀裂".to_owned()),
        ..at(HALL, quake("4"))
    };
    let id = world.engine.tell(report).await.unwrap().call_outs[0].clone();
    world.turn().await;
    world.tell(quake("5-")).await.unwrap();
    let world = world.crash().await;
    let call_out = world.see(&id).await;
    assert_eq!(&*call_out.place.ja, HALL);
    assert_eq!(call_out.event.headline.as_deref(), Some("庁舎に亀裂"));
    let other = at("小学校", quake("5+"));
    world.engine.grow(&id, other).await.unwrap();
    world.turn().await;
    assert_eq!(&*world.see(&id).await.place.ja, "小学校");
}

/// An aftershock that names another place calls nobody; those called hear of
/// the place.
#[tokio::test]
async fn an_aftershock_that_names_a_place_moves_those_called() {
    let world = World::example().await;
    let id = world.earthquake("4").await[0].clone();
    let called = world.see(&id).await.counts().called;
    let before = world.sent().len();
    let told = world.engine.tell(at(HALL, quake("4"))).await.unwrap();
    world.turn().await;
    assert_eq!(told.became, Became::Aftershock);
    let call_out = world.see(&id).await;
    assert_eq!(
        (&*call_out.place.ja, call_out.counts().called),
        (HALL, called)
    );
    let sent = world.sent().split_off(before);
    assert_eq!(letters(&sent).count() as u32, called);
    assert!(letters(&sent).all(|letter| letter.body.contains(HALL)));
}

/// The systems and the headline of a small incident are those of the large one
/// that it grows into; systems named later are added.
#[tokio::test]
async fn an_incident_that_grows_keeps_its_systems_and_its_headline() {
    let world = World::example().await;
    let report = Told {
        headline: Some("ウイルス検知1台".to_owned()),
        ..told(incident("small", &[19]))
    };
    let id = world.engine.tell(report).await.unwrap().call_outs[0].clone();
    world.advance("10m").await;
    let began = world.see(&id).await.event.occurred_at;
    world.grow(&id, incident("residents", &[])).await.unwrap();
    let call_out = world.see(&id).await;
    assert_eq!(call_out.event.kind.systems(), [19]);
    assert_eq!(call_out.event.headline.as_deref(), Some("ウイルス検知1台"));
    assert_eq!(call_out.event.occurred_at, began, "発生 stays");
    assert!(!call_out.proposed_help().is_empty(), "its maintainer");
    assert_eq!(call_out.course.help[0].systems, [19]);
    world.grow(&id, incident("residents", &[41])).await.unwrap();
    let world = world.crash().await;
    assert_eq!(world.see(&id).await.event.kind.systems(), [19, 41]);
    // Corrected downward it is still about the same systems.
    world.grow(&id, incident("small", &[])).await.unwrap();
    world.advance("11m").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.state, State::InSection);
    assert_eq!(call_out.event.kind.systems(), [19, 41]);
    assert!(!call_out.proposed_help().is_empty());
}

/// The same again, with nothing new, is no growth: nobody hears of it and the
/// account does not know it.
#[tokio::test]
async fn the_same_again_is_no_growth() {
    let world = World::example().await;
    let id = world.incident("work-hindered").await[0].clone();
    world.advance("1m").await;
    let before = world.see(&id).await;
    let account = world.timeline(&id).await;
    for again in [
        incident("work-hindered", &[19]),
        incident("work-hindered", &[]),
    ] {
        let again = world.grow(&id, again).await.unwrap();
        assert_eq!((again.became, again.duplicate), (Became::Known, true));
        assert_eq!(again.call_outs[0], id);
    }
    let after = world.see(&id).await;
    assert_eq!(after.event.occurred_at, before.event.occurred_at);
    assert_eq!(world.timeline(&id).await, account);
    // A system more is news.
    let more = world.grow(&id, incident("work-hindered", &[41])).await;
    assert_eq!(more.unwrap().became, Became::Grown);
    // So is what stops a correction that waits.
    world.grow(&id, incident("small", &[])).await.unwrap();
    let stopped = world.grow(&id, incident("work-hindered", &[])).await;
    assert_eq!(stopped.unwrap().became, Became::Grown);
    world.advance("15m").await;
    assert_eq!(world.see(&id).await.rule.as_str(), "P6");
}

/// A correction takes back, in words, the request for help that only the rule
/// of before had made, while nobody there has accepted it.
#[tokio::test]
async fn a_correction_withdraws_the_help_that_only_its_rule_wanted() {
    let world = World::example().await;
    let id = world.incident("residents").await[0].clone();
    assert_eq!(world.see(&id).await.course.help.len(), 1, "the operator");
    world
        .grow(&id, incident("work-hindered", &[]))
        .await
        .unwrap();
    world.advance("11m").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.rule.as_str(), "P6");
    assert_eq!(call_out.course.help, []);
    let sent = world.sent();
    let operator = sent.iter().rfind(|sent| sent.to.starts_with("operator"));
    let operator = operator.unwrap();
    assert!(operator.subject.contains("協力依頼・終了"), "{operator:?}");
    let account = world.timeline(&id).await;
    assert!(account.contains("協力依頼を取り下げ"), "{account}");
    let desk = &call_out.participants["operator#1"];
    let view = AnswerView::new(&call_out, desk);
    let page = world.engine.standing().messages.answer_page(&view).unwrap();
    assert!(page.contains("この依頼は取り消されました"), "{page}");
    assert!(!page.contains("対応していただけますか"), "{page}");
}

/// Made smaller, the systems that are known to be affected still are, and so is
/// whom to ask for help.
#[tokio::test]
async fn the_maintainer_is_still_proposed_when_an_incident_is_made_smaller() {
    let world = World::example().await;
    let id = world
        .tell(incident("work-hindered", &[19]))
        .await
        .unwrap()
        .call_outs[0]
        .clone();
    world.grow(&id, incident("small", &[])).await.unwrap();
    world.advance("11m").await;
    let call_out = world.see(&id).await;
    assert_eq!(call_out.rule.as_str(), "P5");
    assert_eq!(call_out.event.kind.systems(), [19]);
    assert_eq!(call_out.proposed_help()[0].vendor.as_str(), "maintainer");
}
