//! Who is away is said before it matters, and wherever people are listed.

use muster::domain::event::{Effect, EventKind, Intensity};
use muster::domain::id::{PersonId, Principal};
use muster::domain::text::Language;
use muster::message::view::{BoardView, CallOutSummary, CallOutView};
use muster::message::words::readiness as words;
use muster::report::call_list;
use muster::report::explain::{self, Imagined};
use muster::report::status::{self, Shown};

use crate::support::world::{Sent, World};

const CONSTRUCTION: [&str; 5] = [
    "construction-manager",
    "construction-1",
    "construction-2",
    "construction-3",
    "construction-4",
];

/// Marked absent to the end of the 27th of November.
async fn away(world: &World, person: &str) {
    let until = "2026-11-28T00:00:00+09:00".parse().unwrap();
    let by = Principal::new("token:duty");
    let person = PersonId::new(person);
    world.engine.absent(&person, until, None, by).await.unwrap();
    world.turn().await;
}

async fn back(world: &World, person: &str) {
    let by = Principal::new("token:duty");
    world
        .engine
        .back(&PersonId::new(person), &by)
        .await
        .unwrap();
    world.turn().await;
}

/// The roster check, a sentence each.
async fn findings(world: &World) -> String {
    let found = world.engine.readiness().await.unwrap();
    let said = found.iter().map(|finding| {
        let severity = finding.severity().name();
        format!("{severity} {}", words::finding(finding, world.plan()).ja)
    });
    said.collect::<Vec<_>>().join("\n")
}

fn notices(world: &World) -> Vec<Sent> {
    let mut sent = world.sent();
    sent.retain(|sent| sent.subject.contains("名簿点検"));
    sent
}

/// One by one a section goes on leave: nothing to say, then a note, then a
/// fault; and it is over when somebody is back.
#[tokio::test]
async fn the_roster_check_says_who_is_missed() {
    let world = World::example().await;
    let mut said = Vec::new();
    for person in CONSTRUCTION {
        away(&world, person).await;
        said.push(format!("{person}\n{}", findings(&world).await));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    construction-manager

    construction-1
    minor 規則P3の「建設課」: 建設課課長（2026年11月27日(金)まで）、建設課 職員1（2026年11月27日(金)まで）が不在で、その間は代わりに呼べる人がほかにいません。呼ばれた人が来られないと足りなくなります。
    construction-2
    serious 規則P3の「建設課」: 3人必要ですが、建設課課長（2026年11月27日(金)まで）、建設課 職員1（2026年11月27日(金)まで）、建設課 職員2（2026年11月27日(金)まで）が不在で、呼べる人は2人です。不在の間に来られる人を roster.toml に加えてください。
    minor 規則P2の「土木班」: 建設課課長（2026年11月27日(金)まで）、建設課 職員1（2026年11月27日(金)まで）、建設課 職員2（2026年11月27日(金)まで）が不在で、その間は代わりに呼べる人がほかにいません。呼ばれた人が来られないと足りなくなります。
    construction-3
    serious 規則P2の「土木班」: 2人必要ですが、建設課課長（2026年11月27日(金)まで）、建設課 職員1（2026年11月27日(金)まで）、建設課 職員2（2026年11月27日(金)まで）、建設課 職員3（2026年11月27日(金)まで）が不在で、呼べる人は1人です。不在の間に来られる人を roster.toml に加えてください。
    serious 規則P3の「建設課」: 3人必要ですが、建設課課長（2026年11月27日(金)まで）、建設課 職員1（2026年11月27日(金)まで）、建設課 職員2（2026年11月27日(金)まで）、建設課 職員3（2026年11月27日(金)まで）が不在で、呼べる人は1人です。不在の間に来られる人を roster.toml に加えてください。
    construction-4
    serious 規則P2の「土木班」: 建設課課長（2026年11月27日(金)まで）、建設課 職員1（2026年11月27日(金)まで）、建設課 職員2（2026年11月27日(金)まで）、建設課 職員3（2026年11月27日(金)まで）、建設課 職員4（2026年11月27日(金)まで）が不在で、呼べる人が一人もいません。不在の間に来られる人を roster.toml に加えてください。
    serious 規則P3の「建設課」: 建設課課長（2026年11月27日(金)まで）、建設課 職員1（2026年11月27日(金)まで）、建設課 職員2（2026年11月27日(金)まで）、建設課 職員3（2026年11月27日(金)まで）、建設課 職員4（2026年11月27日(金)まで）が不在で、呼べる人が一人もいません。不在の間に来られる人を roster.toml に加えてください。
    ");
    assert_eq!(world.engine.metrics().readiness_serious.get(), 2);
    for person in CONSTRUCTION {
        back(&world, person).await;
    }
    assert_eq!(findings(&world).await, "");
    assert_eq!(world.engine.metrics().readiness_serious.get(), 0);
}

/// The administrators read it the next morning, by name and until when, once;
/// and again when more are away. Over by itself it is no longer said.
#[tokio::test]
async fn administrators_are_told_in_the_morning() {
    let world = World::example().await;
    away(&world, "construction-1").await;
    world.advance("7h").await;
    assert_eq!(notices(&world).len(), 0, "Tuesday: nobody is missed");
    away(&world, "construction-manager").await;
    world.advance("24h").await;
    let wednesday = notices(&world);
    assert_eq!(wednesday.len(), 3);
    let body = &wednesday[0].body;
    assert!(
        body.contains("建設課課長（2026年11月27日(金)まで）"),
        "{body}"
    );
    world.advance("24h").await;
    assert_eq!(notices(&world).len(), 3, "Thursday: nothing new");
    let world = world.crash().await;
    assert_ne!(findings(&world).await, "", "it is known after a crash");
    world.advance("48h").await;
    assert_eq!(findings(&world).await, "", "Saturday: all are back");
    assert_eq!(notices(&world).len(), 3);
}

/// P3 with the first in rank away: passed over on the board, on the page, for
/// programs and on paper, with until when.
#[tokio::test]
async fn who_is_passed_over_is_marked_wherever_people_are_listed() {
    let world = World::example().await;
    away(&world, "it-1").await;
    let id = world.earthquake("4").await[0].clone();
    let call_out = world.see(&id).await;
    let messages = &world.engine.standing().messages;
    let now = world.clock.now();
    let until = "不在（2026年11月27日(金)まで）";
    let passed = "不在のため呼び出していない人：情報システム担当職員1（2026年11月27日(金)まで）";
    let mut board = BoardView::new(now, Language::Ja);
    board.open = vec![CallOutSummary::new(&call_out)];
    let board = messages.board(&board).unwrap();
    assert!(board.contains(passed), "{board}");
    let view = CallOutView::new(&call_out, &[], &[], now, Language::Ja);
    let page = messages.call_out_page(&view).unwrap();
    assert!(page.contains(passed), "{page}");
    let row = page
        .lines()
        .find(|line| line.contains("<tr") && line.contains(until));
    assert!(row.unwrap().contains("情報システム担当職員1"), "{page}");
    let view = CallOutView::new(&call_out, &[], &[], now, Language::En);
    let page = messages.call_out_page(&view).unwrap();
    assert!(page.contains("away (through Fri 27 Nov 2026)"), "{page}");
    let shown = Shown {
        plan: &world.engine.standing().plan,
        language: Language::Ja,
        addresses: false,
    };
    let value = status::summary(&call_out, shown);
    assert_eq!(value["away"][0]["person"], "it-1");
    assert_eq!(value["away"][0]["until"], "2026-11-28T00:00:00+09:00");
    // Back, they are marked no more.
    back(&world, "it-1").await;
    let call_out = world.see(&id).await;
    let view = CallOutView::new(&call_out, &[], &[], now, Language::Ja);
    let page = messages.call_out_page(&view).unwrap();
    assert!(!page.contains("不在"), "{page}");
}

/// On paper: at the person, in the line of their target, behind those who can
/// be called; on the whole roster's list as well.
#[tokio::test]
async fn paper_says_who_is_away() {
    let world = World::example().await;
    away(&world, "it-1").await;
    let id = world.earthquake("4").await[0].clone();
    world.advance("16m").await;
    let plan = &world.engine.standing().plan;
    let list = call_list::of_call_out(plan, &world.see(&id).await, world.clock.now());
    let messages = &world.engine.standing().messages;
    let text = messages.call_list_text(&list);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines
        .iter()
        .position(|line| line.contains("情報システム担当職員1 ") && line.contains('['))
        .unwrap_or_else(|| panic!("{text}"));
    insta::assert_snapshot!(lines[at..at + 3].join("\n"), @r"
    10  情報システム担当職員1                             [未招集 Not called yet]
    不在（2026年11月27日(金)まで） away (through Fri 27 Nov 2026)
    情報システム担当職員、まちづくり振興課 所要2、統括班 所要2、
    ");
    assert!(
        text.contains("情報システム担当職員1（不在（2026年11月27日(金)まで））"),
        "{text}"
    );
    let page = messages.call_list_page(&list).unwrap();
    let marked = "<b>不在（2026年11月27日(金)まで）</b> <small lang=\"en\">away (through Fri 27 Nov 2026)</small>";
    assert_eq!(page.matches(marked).count(), 1, "{page}");
    let roster = call_list::of_roster(plan, world.clock.now());
    let page = messages.call_list_page(&roster).unwrap();
    assert_eq!(page.matches(marked).count(), 1, "{page}");
    let value = call_list::json(&roster, plan);
    let away: Vec<&str> = value["sections"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|section| section["people"].as_array().unwrap())
        .filter(|person| person["absent_until"] == "2026-11-28T00:00:00+09:00")
        .map(|person| person["person"].as_str().unwrap())
        .collect();
    assert_eq!(away, ["it-1"]);
}

/// Whoever could still be called stands before whoever is away.
#[tokio::test]
async fn on_paper_who_is_away_stands_behind_who_can_be_called() {
    let world = World::example().await;
    let deputies = ["construction-3", "construction-4"];
    away(&world, deputies[0]).await;
    let id = world.earthquake("4").await[0].clone();
    let list = call_list::of_call_out(
        &world.engine.standing().plan,
        &world.see(&id).await,
        world.clock.now(),
    );
    let rows = list.groups.iter().flat_map(|group| &group.rows);
    let next: Vec<(&str, bool)> = rows
        .filter(|row| deputies.contains(&row.person.as_str()))
        .map(|row| (row.person.as_str(), row.away.is_some()))
        .collect();
    assert_eq!(next, [("construction-4", false), ("construction-3", true)]);
}

/// Before anything happens: who would be passed over, and who would be called
/// or asked in their place.
#[tokio::test]
async fn explain_says_who_is_away_and_who_comes_instead() {
    let world = World::example().await;
    for person in ["it-1", "it-manager", "construction-1"] {
        away(&world, person).await;
    }
    let explained = |kind: EventKind| {
        let imagined = Imagined::from(kind);
        let explained =
            explain::explain(&world.engine.standing().plan, &imagined, world.clock.now());
        let explained = explained.unwrap();
        let said = explained.away.iter().map(|away| {
            let instead: Vec<&str> = away.instead.iter().map(|(id, _)| id.as_str()).collect();
            let targets: Vec<&str> = away.targets.iter().map(|name| &*name.ja).collect();
            format!(
                "{} {} -> {}",
                away.person,
                targets.join(","),
                instead.join(",")
            )
        });
        said.collect::<Vec<_>>().join("\n")
    };
    let quake = |intensity: &str| EventKind::Earthquake {
        intensity: Intensity::parse(intensity).unwrap(),
    };
    insta::assert_snapshot!(explained(quake("4")), @r"
    it-manager まちづくり振興課 -> it-2,planning-2
    it-1 まちづくり振興課 -> it-2,planning-2
    construction-1 建設課 -> construction-3
    ");
    insta::assert_snapshot!(explained(quake("5+")), @r"
    it-manager 全職員 -> 
    it-1 全職員 -> 
    construction-1 全職員 ->
    ");
    let incident = EventKind::SecurityIncident {
        effect: Effect::WorkHindered,
        systems: Vec::new(),
    };
    insta::assert_snapshot!(explained(incident), @r"
    it-manager 情報システム責任者（まちづくり振興課長） -> deputy-mayor
    ");
    for person in ["it-1", "it-manager", "construction-1"] {
        back(&world, person).await;
    }
    assert_eq!(explained(quake("4")), "");
}
