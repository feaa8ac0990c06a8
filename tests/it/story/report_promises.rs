//! What a report promises stands where a reader looks for it: on the page, in
//! the workbook and in the JSON; of one drill, and of the year.

use muster::domain::acknowledgement::Reply;
use muster::domain::id::CallOutId;
use muster::message::report::Table;
use muster::report::{drill_year, outcome};
use serde_json::Value;

use super::drill_months::{days, held, report};
use super::drill_year::year;
use crate::support::world::World;

const LOST: &str = "情報システム担当職員2";

/// Two months; in the second one somebody's addresses are gone, one answers and
/// one is entered by another.
async fn lived() -> (World, CallOutId) {
    let world = World::example().await;
    world.advance("7h").await;
    for contact in &world.plan().roster.people["it-2"].contacts {
        world.bounce(&contact.address);
    }
    held(&world, &[("it-1", 30)]).await;
    days(&world, 28).await;
    let id = world.drill("contact").await;
    world.advance("1m").await;
    world.answer(&id, "it-1", Reply::Received).await;
    world.advance("3m").await;
    let entered = world.on_behalf(&id, "it-manager", Reply::Received);
    entered.await.unwrap();
    world.advance("9h").await;
    (world, id)
}

/// What stands on a page from a heading to the next one.
fn under<'a>(page: &'a str, heading: &str) -> &'a str {
    let heading = format!("<h2>【訓練 DRILL】{heading}");
    let (_, part) = page.split_once(&heading).expect(&heading);
    part.split("<h2>").next().unwrap_or_default()
}

fn sheet<'a>(tables: &'a [Table], name: &str) -> &'a Table {
    let named = tables.iter().find(|table| table.name == name);
    named.expect(name)
}

fn has(told: &str, words: &[&str]) {
    for word in words {
        assert!(told.contains(word), "{word} is not in {told}");
    }
}

fn cells(tables: &[Table], name: &str) -> String {
    format!("{:?}", sheet(tables, name).rows)
}

fn some(json: &Value, lists: &[&str]) {
    for list in lists {
        let found = json[list].as_array().map_or(0, Vec::len);
        assert!(found > 0, "{list} has nothing: {}", json[list]);
    }
}

#[tokio::test]
async fn a_drills_report_has_everything_that_it_promises() {
    let (world, id) = lived().await;
    let told = report(&world, &id).await;
    let messages = &world.engine.standing().messages;
    let page = messages.report_page(&told).unwrap();
    has(
        under(&page, "部署ごと"),
        &["まちづくり振興課", "2分30秒", "4分00秒"],
    );
    has(under(&page, "段階ごと"), &["第1段階", "2分30秒"]);
    has(
        under(&page, "連絡がつかなかった人"),
        &[LOST, "宛先が存在しません"],
    );
    has(under(&page, "存在しなかった宛先"), &[LOST]);
    has(
        under(&page, "代理・代行"),
        &["まちづくり振興課長: 受信した（代理入力"],
    );
    has(
        under(&page, "これまでの実施との比較"),
        &["<svg", "30分00秒", "2分30秒"],
    );
    has(under(&page, "回答の推移"), &["<svg"]);
    has(&page, &["class=\"sign\"", "情報システム統括責任者"]);

    let tables = messages.report_tables(&told);
    has(&cells(&tables, "存在しない宛先"), &[LOST]);
    has(&cells(&tables, "代理・代行"), &["代理入力"]);
    has(&cells(&tables, "部署別"), &["まちづくり振興課"]);
    assert_eq!(sheet(&tables, "実施の比較").rows.len(), 2);
    for drawn in ["回答の推移", "実施ごとの推移"] {
        assert!(sheet(&tables, drawn).drawn.is_some(), "{drawn}");
    }
    has(&format!("{:?}", tables[0].rows), &["日付："]);

    let json = outcome::json(&told, world.plan());
    some(
        &json,
        &[
            "sections",
            "stages",
            "never_reached",
            "dead_addresses",
            "stood_in",
            "runs",
        ],
    );
    assert_eq!(json["times"]["median_seconds"], 150);
    assert_eq!(json["times"]["p90_seconds"], 240);
}

#[tokio::test]
async fn a_years_report_has_everything_that_it_promises() {
    let (world, id) = lived().await;
    let year = year(&world, 2026, false).await;
    let messages = &world.engine.standing().messages;
    let page = messages.year_page(&year).unwrap();
    let (facts, _) = page.split_once("</dl>").unwrap();
    has(facts, &["4分00秒", "30分00秒"]);
    has(
        under(&page, "訓練ごとの実施"),
        &["<svg", id.as_str(), "2分30秒"],
    );
    has(under(&page, "部署ごと"), &["まちづくり振興課"]);
    has(under(&page, "段階ごと"), &["第1段階"]);
    has(
        under(&page, "どの訓練でも連絡がつかなかった人"),
        &[LOST, "宛先が存在しません"],
    );
    has(under(&page, "今も存在しない宛先"), &[LOST]);
    has(under(&page, "代理・代行"), &["代理入力"]);
    has(&page, &["class=\"sign\""]);

    let tables = messages.year_tables(&year);
    has(&cells(&tables, "実施の比較"), &[id.as_str()]);
    has(
        &cells(&tables, "部署・段階"),
        &["まちづくり振興課", "第1段階"],
    );
    has(
        &cells(&tables, "連絡のつかない人"),
        &[LOST, "宛先が存在しません"],
    );
    has(&cells(&tables, "存在しない宛先"), &[LOST]);
    has(&cells(&tables, "求められる訓練"), &["毎月"]);
    assert!(sheet(&tables, "推移1").drawn.is_some());
    has(&format!("{:?}", tables[0].rows), &["日付："]);

    let json = drill_year::json(&year, world.plan());
    some(
        &json,
        &[
            "drills",
            "sections",
            "stages",
            "duties",
            "never_reached",
            "dead_addresses",
            "stood_in",
        ],
    );
}

/// An address that bounced in another year, or has left the roster, is none of
/// this year's.
#[tokio::test]
async fn a_year_tells_of_dead_addresses_that_are_its_own_and_still_there() {
    let (mut world, _) = lived().await;
    assert!(year(&world, 2027, false).await.dead.is_empty());
    assert!(!year(&world, 2026, false).await.dead.is_empty());
    world
        .change(|plan| {
            let person = plan.roster.people.get_mut("it-2");
            person.unwrap().contacts.clear();
        })
        .await;
    assert!(year(&world, 2026, false).await.dead.is_empty());
}
