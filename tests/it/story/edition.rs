//! Which version of the plan a call-out was run by is always known, and one
//! that nobody approved, or that changed under the same number, says so.

use jiff::civil::date;
use muster::domain::edition::{Caveat, Edition, Kept, named};
use muster::domain::id::CallOutId;
use muster::domain::text::Language;
use muster::message::words;

use crate::support::world::World;

const APPROVED: &str = "approved_by = \"deputy-mayor\"";
const NUMBER: &str = "number = 2\ndate = 2025-12-29";
const PLACE: &str = "place = { ja = \"役場本庁舎";

fn swap<'a>(from: &'a str, to: &'a str) -> impl FnOnce(String) -> String + 'a {
    move |text| {
        assert!(text.contains(from), "the example has no {from}");
        text.replace(from, to)
    }
}

async fn edition(world: &World, id: &CallOutId) -> Edition {
    world.see(id).await.edition
}

/// An approved edition says nothing; its roster has the date of its first use.
#[tokio::test]
async fn the_roster_is_known_by_its_digest_and_the_day_of_its_first_use() {
    let mut world = World::example().await;
    let before = world.earthquake("5-").await[0].clone();
    let first = edition(&world, &before).await;
    assert_eq!(first.roster_date, Some(date(2026, 11, 24)));
    assert_eq!(first.caveats(), []);
    assert!(first.label().ends_with("(2026-11-24)"), "{}", first.label());
    assert!(!world.timeline(&before).await.contains("計画 第2版"));
    world.advance("72h").await;
    world.reload(|rules| rules).await;
    let mut world = world.crash().await;
    world.reload(|rules| rules).await;
    let after = world.earthquake("4").await[0].clone();
    assert_eq!(edition(&world, &after).await, first);
    let said = words::edition(&first, &world.plan().roster, Language::Ja);
    assert!(
        said.contains("名簿") && said.contains("（2026年11月24日から）"),
        "{said}"
    );
}

/// Nobody approved it: the first line of the account says so.
#[tokio::test]
async fn an_unapproved_edition_says_so_in_every_account() {
    let mut world = World::example().await;
    world.reload(swap(APPROVED, "")).await;
    let id = world.earthquake("5-").await[0].clone();
    let account = world.timeline(&id).await;
    assert!(
        account.contains("計画 第2版により発令：この版は未承認です"),
        "{account}"
    );
    let id = world.drill_beside("earthquake-5-lower").await;
    assert!(world.timeline(&id).await.contains("未承認"));
}

/// The rules were changed and kept their number and date: said until they get
/// new ones, across a restart, and not of whoever goes back.
#[tokio::test]
async fn rules_that_changed_under_the_same_number_say_so() {
    let mut world = World::example().await;
    let elsewhere = "place = { ja = \"仮庁舎";
    world.reload(swap(PLACE, elsewhere)).await;
    let mut world = world.crash().await;
    let changed = world.earthquake("5-").await[0].clone();
    assert_eq!(edition(&world, &changed).await.caveats(), [Caveat::Changed]);
    let account = world.timeline(&changed).await;
    assert!(account.contains("番号も日付も同じです"), "{account}");
    world.reload(|rules| rules).await;
    let back = world.incident("residents").await[0].clone();
    assert_eq!(edition(&world, &back).await.caveats(), []);
    let third = |rules: String| {
        swap(PLACE, elsewhere)(swap(NUMBER, "number = 3\ndate = 2026-11-24")(rules))
    };
    world.reload(third).await;
    assert_eq!(world.engine.standing().plan.edition.caveats(), []);
}

/// The draft of an edition is tried, then approved: that is the right way.
#[tokio::test]
async fn an_edition_approved_after_it_was_tried_is_not_a_changed_one() {
    let mut world = World::example().await;
    let draft = swap(NUMBER, "number = 3\ndate = 2026-12-01");
    world.reload(|rules| swap(APPROVED, "")(draft(rules))).await;
    assert_eq!(
        world.engine.standing().plan.edition.caveats(),
        [Caveat::Unapproved]
    );
    world
        .reload(swap(NUMBER, "number = 3\ndate = 2026-12-01"))
        .await;
    assert_eq!(world.engine.standing().plan.edition.caveats(), []);
}

/// An old file came back: said, and a call-out that runs keeps its own.
#[tokio::test]
async fn an_older_edition_says_so_and_a_running_call_out_keeps_its_own() {
    let mut world = World::example().await;
    let running = world.earthquake("5-").await[0].clone();
    world.advance("1m").await;
    world
        .reload(swap(NUMBER, "number = 3\ndate = 2026-12-01"))
        .await;
    let new = world.incident("residents").await[0].clone();
    assert_eq!(edition(&world, &new).await.number, 3);
    world.advance("1m").await;
    assert_eq!(edition(&world, &running).await.number, 2);
    world.reload(|rules| rules).await;
    let mut world = world.crash().await;
    world.reload(|rules| rules).await;
    let old = &world.engine.standing().plan.edition;
    assert_eq!(old.caveats(), [Caveat::Older { than: 3 }]);
    let id = world.drill_beside("contact").await;
    let account = world.timeline(&id).await;
    assert!(account.contains("第3版より古い版です"), "{account}");
    world
        .reload(swap(NUMBER, "number = 4\ndate = 2026-12-02"))
        .await;
    assert_eq!(world.engine.standing().plan.edition.caveats(), []);
}

/// The files of every edition are kept, and found by what people see of it.
#[tokio::test]
async fn the_files_of_an_edition_are_found_by_number_or_digest() {
    let mut world = World::example().await;
    let first = world.engine.standing().plan.edition.clone();
    world.advance("1h").await;
    world.reload(swap(PLACE, "place = { ja = \"仮庁舎")).await;
    let kept = world.engine.store().editions().await.unwrap();
    assert_eq!(kept.len(), 2);
    let is = |word: &str, number: usize| {
        let found: &Kept = named(&kept, word).unwrap_or_else(|| panic!("{word} is not found"));
        assert_eq!(found.digest, kept[number].digest, "{word}");
    };
    is("2", 0);
    is(&first.rules_digest[..8].to_uppercase(), 1);
    is(&first.roster_digest[..8], 0);
    is(&kept[1].digest, 1);
    assert!(named(&kept, "3").is_none() && named(&kept, "").is_none());
    let store = world.engine.store();
    let texts = store.edition_texts(&kept[1].digest).await.unwrap().unwrap();
    assert_eq!(texts.rules, muster::config::Sources::example().rules.text);
    assert!(texts.roster.contains("@example.jp"));
}

/// A call-out of an older program lacks what was found out later: it is read
/// as not known, and nothing is said.
#[tokio::test]
async fn a_call_out_of_an_older_program_is_read() {
    use muster::store::codec;
    let world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    let call_out = world.see(&id).await;
    let mut frozen: serde_json::Value = serde_json::from_str(&codec::frozen(&call_out)).unwrap();
    // Nor was it sealed then.
    assert!(frozen.as_object_mut().unwrap().remove("seal").is_some());
    let edition = frozen["edition"].as_object_mut().unwrap();
    for later in ["roster_date", "changed", "older_than"] {
        assert!(edition.remove(later).is_some(), "{later}");
    }
    let bodies = codec::Frozen {
        frozen: frozen.to_string(),
        progress: codec::progress(&call_out),
    };
    let event = muster::domain::event::Event::clone(&call_out.event);
    let read = codec::read_call_out(event, &bodies, 1).unwrap();
    assert_eq!(read.edition.roster_date, None);
    assert_eq!(read.edition.rules_digest, call_out.edition.rules_digest);
    assert_eq!(read.edition.caveats(), []);
}
