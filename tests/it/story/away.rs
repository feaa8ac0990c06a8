//! Who is away is said before it matters, and wherever people are listed.

use muster::domain::id::{PersonId, Principal};
use muster::message::words::readiness as words;

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
