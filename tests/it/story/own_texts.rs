//! The town's own texts in a night: they are used, and a broken one never
//! keeps anybody from being called.

use muster::domain::acknowledgement::Reply;
use muster::domain::id::CallOutId;
use muster::message::own::OwnFile;
use muster::message::view::AnswerView;

use crate::support::world::{Sent, World};

fn file(name: &str, text: &str) -> OwnFile {
    OwnFile {
        name: name.to_owned(),
        text: Ok(text.to_owned()),
    }
}

/// Says everything, and something of the town's.
const WHOLE: &str = "{{ mark }}\n{{ name }} 様\n{{ headline }}\n{% if button %}{{ button.link }}{% endif %}\n{{ safety }}\n支所へ\n";

/// Holds until somebody is called who has this name.
const FALLS: &str = "{{ mark }}\n{% if name == '情報システム担当職員1' %}{{ nmae }}{% endif %}\n{{ button.link if button }}\n{{ safety }}\n支所へ\n";

fn mail(world: &World, person: &str) -> Sent {
    let address = world.address(person);
    let mut sent = world.sent().into_iter().rev();
    let found = sent.find(|sent| sent.to == address);
    found.unwrap_or_else(|| panic!("nothing went to {address}"))
}

/// Somebody's answer page as it is now.
async fn page(world: &World, id: &CallOutId, person: &str) -> String {
    let call_out = world.see(id).await;
    let view = AnswerView::new(&call_out, &call_out.participants[person]);
    world.engine.standing().messages.answer_page(&view).unwrap()
}

#[tokio::test]
async fn whoever_is_called_reads_the_towns_own_words_while_it_calls() {
    let mut world = World::example().await;
    let built_in = world.earthquake("5-").await[0].clone();
    let built_in = page(&world, &built_in, "it-1").await;
    world
        .texts(&[
            file("real.page.ja.headline", "{{ what }}。{{ place }}へ"),
            file(
                "real.page.ja.txt",
                "橋は渡らないこと。\n\n{{ name }}は<b>支所</b>へ。\n",
            ),
        ])
        .await;
    let id = world.earthquake("5-").await[0].clone();
    let called = page(&world, &id, "it-1").await;
    let place = "役場本庁舎 災害対策本部";
    assert!(
        called.contains(&format!("<h1>震度5弱。{place}へ</h1>")),
        "{called}"
    );
    assert!(called.contains("<p>橋は渡らないこと。</p>\n"), "{called}");
    let escaped = "<p>情報システム担当職員1は&lt;b&gt;支所&lt;&#x2f;b&gt;へ。</p>";
    assert!(called.contains(escaped), "{called}");
    for kept in [
        "実際の招集",
        "身の安全",
        "name=\"answer\" value=\"coming\"",
        "<dt>集合場所</dt>",
    ] {
        assert_eq!(
            built_in.matches(kept).count(),
            called.matches(kept).count(),
            "{kept}: {called}"
        );
    }
    world.answer(&id, "it-1", Reply::Coming).await;
    assert!(page(&world, &id, "it-1").await.contains("支所"));
    let drill = world.drill_beside("contact").await;
    let drill = page(&world, &drill, "it-1").await;
    assert!(drill.contains("訓練") && !drill.contains("支所"), "{drill}");
    world.stand_down(&id, "誤報").await;
    let over = page(&world, &id, "it-1").await;
    assert!(
        !over.contains("支所") && !over.contains("<h1>震度5弱。"),
        "{over}"
    );
}

/// Whoever meets it at night meets the built-in page.
#[tokio::test]
async fn a_broken_page_text_still_serves_the_built_in_page() {
    let mut world = World::example().await;
    let id = world.earthquake("5-").await[0].clone();
    let drill = world.drill_beside("contact").await;
    let before = [
        page(&world, &id, "it-1").await,
        page(&world, &drill, "it-1").await,
    ];
    world
        .texts(&[
            file("real.page.ja.headline", "支所へ"),
            file("real.page.ja.txt", "支所へ\n{% if place %}\n"),
            file("drill.page.ja.txt", "支所へ。{{ place }}は使えません"),
        ])
        .await;
    let after = [
        page(&world, &id, "it-1").await,
        page(&world, &drill, "it-1").await,
    ];
    assert_eq!(before, after);
    let findings = world.engine.readiness().await.unwrap();
    assert_eq!(
        findings.len(),
        2,
        "the whole one is no finding: {findings:?}"
    );
    assert!(findings.iter().all(|finding| finding.name() == "own-text"));
    world.advance("24h").await;
    let address = world.address("it-manager");
    let sent = world.sent();
    let notice = sent
        .iter()
        .find(|sent| sent.to == address && sent.subject.contains("名簿点検"))
        .unwrap();
    let named = "文面 templates/real.page.ja.txt（2行目）: 使えないため、組み込みの文面を使います";
    assert!(notice.body.contains(named), "{}", notice.body);
}

/// A text that holds until it meets one name: that page is the built-in one.
#[tokio::test]
async fn a_page_text_that_fails_in_the_night_is_said() {
    let mut world = World::example().await;
    let falls = "支所へ\n{% if name == '情報システム担当職員1' %}{{ nmae }}{% endif %}";
    world.texts(&[file("real.page.ja.txt", falls)]).await;
    let id = world.earthquake("5-").await[0].clone();
    assert!(page(&world, &id, "it-2").await.contains("<p>支所へ</p>"));
    assert_eq!(world.engine.readiness().await.unwrap(), []);
    assert!(!page(&world, &id, "it-1").await.contains("支所へ"));
    let findings = world.engine.readiness().await.unwrap();
    assert_eq!(findings[0].name(), "own-text");
}

#[tokio::test]
async fn people_are_called_in_the_towns_own_words() {
    let mut world = World::example().await;
    world
        .texts(&[
            file("real.call.ja.txt", WHOLE),
            file("real.any.ja.subject", "喜茂別町より {{ subject }}"),
        ])
        .await;
    world.earthquake("5-").await;
    let call = mail(&world, "it-1");
    assert!(call.body.contains("情報システム担当職員1 様"), "{call:?}");
    assert!(call.body.contains("支所へ") && call.body.contains("/a/"));
    assert!(call.subject.starts_with("喜茂別町より 【緊急参集】"));
    world.drill_beside("contact").await;
    let drill = mail(&world, "it-1");
    assert!(
        drill.body.contains("訓練") && !drill.body.contains("支所へ"),
        "a drill has files of its own: {drill:?}"
    );
}

#[tokio::test]
async fn a_broken_text_still_calls_everybody_and_administrators_are_told() {
    let untouched = World::example().await;
    untouched.earthquake("5-").await;
    let mut world = World::example().await;
    world
        .texts(&[
            file("real.call.ja.txt", "{{ mark }}\n{% if button %}\n"),
            file("drill.call.ja.txt", WHOLE),
        ])
        .await;
    world.earthquake("5-").await;
    let called = |world: &World| {
        let sent = world.sent().into_iter();
        let mut sent: Vec<_> = sent.map(|sent| (sent.to, sent.subject)).collect();
        sent.sort();
        sent
    };
    assert_eq!(called(&world), called(&untouched), "in the built-in words");
    let findings = world.engine.readiness().await.unwrap();
    let names: Vec<&str> = findings.iter().map(|finding| finding.name()).collect();
    assert_eq!(names, ["own-text", "own-text"]);
    world.advance("24h").await;
    for person in ["it-manager", "it-1", "it-2"] {
        let address = world.address(person);
        let sent = world.sent();
        let notice = sent
            .iter()
            .find(|sent| sent.to == address && sent.subject.contains("名簿点検"));
        let notice = notice.unwrap_or_else(|| panic!("{person} was not told"));
        let named = "文面 templates/real.call.ja.txt（2行目）";
        assert!(notice.body.contains(named), "{}", notice.body);
    }
}

/// One that fails for one person alone is that person's built-in mail.
#[tokio::test]
async fn a_text_that_fails_in_the_night_is_said() {
    let mut world = World::example().await;
    world.texts(&[file("real.call.ja.txt", FALLS)]).await;
    assert_eq!(world.engine.readiness().await.unwrap(), []);
    world.earthquake("5-").await;
    let one = mail(&world, "it-1");
    assert!(one.body.contains("/a/") && !one.body.contains("支所へ"));
    assert!(mail(&world, "it-2").body.contains("支所へ"));
    let findings = world.engine.readiness().await.unwrap();
    assert_eq!(findings[0].name(), "own-text");
    let refused = world.engine.standing().messages.own().refused();
    let at = (refused[0].file.as_str(), refused[0].line);
    assert_eq!(at, ("templates/real.call.ja.txt", 2));
}

/// A later reload without the file ends it.
#[tokio::test]
async fn a_mended_text_is_no_finding_any_more() {
    let mut world = World::example().await;
    world.texts(&[file("real.call.jp.txt", WHOLE)]).await;
    let findings = world.engine.readiness().await.unwrap();
    assert_eq!(findings[0].name(), "own-text", "no such language");
    world.texts(&[file("real.call.ja.txt", WHOLE)]).await;
    assert_eq!(world.engine.readiness().await.unwrap(), []);
}
