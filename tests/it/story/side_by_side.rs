//! P10: who is wanted in two duties at once, and who could stand in.

use muster::domain::acknowledgement::Reply;
use muster::domain::call_out::clash::Kind;
use muster::domain::event::{EventKind, Intensity};
use muster::domain::rule::Confirm;
use muster::domain::text::Language;
use muster::message::words;

use crate::support::world::{World, told};

/// Every clash that stands, as the board says it.
fn said(world: &World) -> String {
    let clashes = world.engine.clashes();
    let roster = &world.plan().roster;
    let said = clashes.iter();
    let said = said.map(|clash| words::clash(clash, roster, Language::Ja));
    unnamed(&said.collect::<Vec<_>>().join("\n"))
}

/// The text with each call-out's name, which is drawn, as `#1` and so on, in the
/// order in which it names them.
fn unnamed(text: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (at, _) in text.match_indices("20261124-") {
        let name = &text[at..at + "20261124-aaaa".len()];
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let numbered = (1..).zip(&names);
    numbered.fold(text.to_owned(), |text, (number, name)| {
        text.replace(name, &format!("#{number}"))
    })
}

fn between(world: &World) -> Vec<String> {
    let clashes = world.engine.clashes().into_iter();
    let between = clashes.filter(|clash| clash.kind == Kind::Between);
    let people = between.flat_map(|clash| clash.people);
    people.map(|(person, _)| person.to_string()).collect()
}

/// The two IT people stand in the control squad and are the secretariat: said
/// once, and not as a clash.
#[tokio::test]
async fn who_stands_in_two_squads_is_named_once() {
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    let account = world.timeline(&id).await;
    let lines: Vec<&str> = account.lines().filter(|l| l.contains("兼ね")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    00:00:00 「統括班、災害対策本部事務局」を兼ねる：情報システム担当職員1、情報システム担当職員2
    ");
    assert!(between(&world).is_empty());
}

/// "Cannot" in one of the two is how a duty is given up; whoever is called in
/// their place has it then, and is named if another wants them too.
#[tokio::test]
async fn who_cannot_in_one_of_the_two_is_no_clash() {
    let world = World::example().await;
    world.earthquake("5-").await;
    let incident = world.incident("residents").await[0].clone();
    assert_eq!(between(&world), ["it-manager", "it-1", "it-2"]);
    insta::assert_snapshot!(said(&world), @r"
    まちづくり振興課長：震度5弱の統括班（#1）→空いている代理なし、情報セキュリティ事象の情報システム責任者（まちづくり振興課長）（#2）→空いている代理なし
    情報システム担当職員1：震度5弱の統括班（#1）→空いている代理なし、震度5弱の災害対策本部事務局（#1）→空いている代理なし、情報セキュリティ事象の情報システム担当職員（#2）→代理案 まちづくり振興課 職員3
    情報システム担当職員2：震度5弱の統括班（#1）→空いている代理なし、震度5弱の災害対策本部事務局（#1）→空いている代理なし、情報セキュリティ事象の情報システム担当職員（#2）→空いている代理なし
    ");
    world.advance("1m").await;
    world.answer(&incident, "it-1", Reply::Cannot).await;
    assert_eq!(between(&world), ["it-manager", "it-2", "planning-2"]);
}

/// A deputy who was called by both and comes to one is named as well, and no
/// longer proposed; whoever was called by the other is not proposed either.
#[tokio::test]
async fn a_deputy_called_by_both_is_named_and_not_proposed() {
    let world = World::example().await;
    let earthquake = world.earthquake("4").await[0].clone();
    let incident = world.incident("residents").await[0].clone();
    world.advance("1m").await;
    for person in ["it-1", "it-2"] {
        world.answer(&incident, person, Reply::Cannot).await;
    }
    world.answer(&earthquake, "it-1", Reply::Cannot).await;
    let called = world.see(&incident).await;
    assert!(called.participants["planning-2"].is_called());
    world
        .answer(&earthquake, "planning-1", Reply::Arrived)
        .await;
    world.answer(&incident, "it-manager", Reply::Cannot).await;
    assert!(
        between(&world).contains(&"planning-1".to_owned()),
        "{}",
        said(&world)
    );
    let named = said(&world);
    assert!(!named.contains("代理案 まちづくり振興課 職員2"), "{named}");
    insta::assert_snapshot!(named, @r"
    まちづくり振興課 職員1：震度4のまちづくり振興課（#1）→空いている代理なし、情報セキュリティ事象の情報システム責任者（まちづくり振興課長）（#2）→空いている代理なし
    ");
}

/// Two call-outs of all staff are said in one line, and so is a whole
/// headquarters beside all staff.
#[tokio::test]
async fn two_call_outs_of_all_staff_are_one_line() {
    let world = World::with(|plan| plan.rules["P4"].confirm = Confirm::None).await;
    world.earthquake("5-").await;
    let flood = world.posture(3, "mayor").await.unwrap().call_outs[0].clone();
    let account = world.timeline(&flood).await;
    let lines: Vec<&str> = account.lines().filter(|l| l.contains("参集2")).collect();
    insta::assert_snapshot!(unnamed(&lines.join("\n")), @r"
    00:00:00 招集した人のうち20人は、参集#1でも招集されています
    ");
    world.earthquake("5+").await;
    insta::assert_snapshot!(said(&world), @r"
    震度5強（#1）で「統括班、災害対策本部事務局」を兼ねる：情報システム担当職員1、情報システム担当職員2
    37人が震度5強（#1）、第3非常配備体制（#2）の両方に招集されています
    ");
}

/// With three call-outs no duty is said of the wrong one.
#[tokio::test]
async fn each_duty_is_said_of_its_own_call_out() {
    let world = World::with(|plan| plan.rules["P4"].confirm = Confirm::None).await;
    let earthquake = world.earthquake("5-").await[0].clone();
    let flood = world.posture(3, "mayor").await.unwrap().call_outs[0].clone();
    let incident = world.incident("residents").await[0].clone();
    let account = world.timeline(&incident).await;
    for line in account.lines().filter(|line| line.contains("兼務の衝突")) {
        assert!(
            !(line.contains("統括班") && line.contains(flood.as_str())),
            "{line}"
        );
        assert!(
            !(line.contains("全職員") && line.contains(earthquake.as_str())),
            "{line}"
        );
    }
    assert!(
        account.contains(&format!("参集{earthquake}の「統括班」")),
        "{account}"
    );
}

/// Whoever stands in for one who is away has that duty: named where two
/// call-outs want them, and offered for no other seat beside it.
#[tokio::test]
async fn who_stands_in_for_somebody_away_has_a_duty_of_their_own() {
    let world = World::with(|plan| plan.rules["P4"].confirm = Confirm::None).await;
    let until = "2026-12-01T00:00:00+09:00".parse().unwrap();
    let (person, by) = ("it-2".into(), "token:duty".into());
    world.engine.absent(&person, until, None, by).await.unwrap();
    world.posture(3, "mayor").await.unwrap();
    let incident = world.incident("residents").await[0].clone();
    let called = world.see(&incident).await;
    assert!(called.participants["planning-2"].is_called(), "for it-2");
    let named = said(&world);
    assert!(
        between(&world).contains(&"planning-2".to_owned()),
        "{named}"
    );
    assert!(!named.contains("代理案 まちづくり振興課 職員2"), "{named}");
}

/// A report makes a call-out grow in the second after a start, before the others
/// that run were read: whom it calls and another has called is named all the same.
#[tokio::test]
async fn a_report_just_after_a_start_knows_of_the_other_call_outs() {
    let world = World::example().await;
    let earthquake = world.earthquake("4").await.remove(0);
    world.incident("residents").await;
    let named = |account: &str| account.matches("兼務の衝突").count();
    let before = world.timeline(&earthquake).await;
    let world = world.crash().await;
    let grown = world.engine.grow(
        &earthquake,
        told(EventKind::Earthquake {
            intensity: Intensity::FiveLower,
        }),
    );
    grown.await.unwrap();
    let after = world.timeline(&earthquake).await;
    assert!(named(&after) > named(&before), "{after}");
}

/// All staff of whom so many are wanted: nobody of them in particular is, so the
/// first of them are no clash before they come.
#[tokio::test]
async fn of_so_many_of_all_staff_nobody_is_wanted_in_particular() {
    let world = World::with(|plan| {
        let target = &mut plan.rules["P1"].targets[0];
        target.need = muster::domain::rule::Need::Count(10);
    })
    .await;
    let earthquake = world.earthquake("5+").await[0].clone();
    world.incident("residents").await;
    assert_eq!(between(&world), [""; 0]);
    world.advance("1m").await;
    world.answer(&earthquake, "it-1", Reply::Coming).await;
    assert_eq!(between(&world), ["it-1"]);
}
