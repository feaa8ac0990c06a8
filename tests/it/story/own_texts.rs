//! The town's own texts in a night: they are used, and a broken one never
//! keeps anybody from being called.

use muster::message::own::OwnFile;

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
    world.drill("contact").await;
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
