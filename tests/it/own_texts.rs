//! The town's own texts from outside: `check`, `serve`, `explain --mail`.

use crate::support::daemon::{READER, Town, said};

const WHOLE: &str =
    "{{ mark }}\n{{ name }} 様\n{{ button.link if button }}\n{{ safety }}\n支所へ\n";

fn texts(town: &Town, files: &[(&str, &str)]) {
    std::fs::create_dir_all(town.config().join("templates")).unwrap();
    for (name, text) in files {
        town.write(&format!("templates/{name}"), text);
    }
}

/// With file, line and what to do; and the daemon starts all the same, and
/// says so on the board.
#[test]
fn check_refuses_a_drill_that_does_not_say_so_and_the_daemon_starts() {
    let town = Town::new(1);
    texts(
        &town,
        &[
            ("real.call.ja.txt", WHOLE),
            ("drill.call.ja.subject", "参集 {{ what }}"),
            ("drill.call.ja.txt.bak", "not read"),
            ("drill.page.ja.txt", "支所へ"),
        ],
    );
    let check = town.run(&["check"]);
    let (_, errors) = said(&check);
    assert_eq!(check.status.code(), Some(3), "{errors}");
    for word in [
        "templates/drill.call.ja.subject:1:1",
        "訓練の件名に「訓練」がありません",
        "組み込みの文面を使います",
        "templates/drill.page.ja.txt:1:1",
        "最初の行に「訓練」",
        "templates/real.call.ja.txt:1:1",
        "本文の片方",
    ] {
        assert!(errors.contains(word), "{word}: {errors}");
    }
    let json = town.run(&["--json", "check"]);
    assert_eq!(json.status.code(), Some(3));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let file = json["problems"][0]["file"].as_str().unwrap();
    assert!(file.ends_with("templates/drill.call.ja.subject"), "{json}");

    let mut daemon = town.serve();
    let line = daemon.says("and the built-in words are used: ");
    assert!(line.contains("drill.call.ja.subject"), "{line}");
    let (_, board) = daemon.call("GET", "/", Some(READER), None);
    assert!(board.contains("drill.call.ja.subject"), "{board}");
    let (_, metrics) = daemon.call("GET", "/metrics", None, None);
    assert!(metrics.contains("muster_own_texts_refused 2"), "{metrics}");
    std::fs::remove_file(town.config().join("templates/drill.call.ja.subject")).unwrap();
    daemon.signal("-HUP");
    daemon.says("reloaded");
    let (_, board) = daemon.call("GET", "/", Some(READER), None);
    assert!(!board.contains("drill.call.ja"), "{board}");
}

/// A drill's mails are the drill's files', and say so.
#[test]
fn explain_shows_a_drills_mails() {
    let town = Town::new(1);
    texts(
        &town,
        &[("drill.call.ja.subject", "【訓練】支所へ {{ what }}")],
    );
    let event = ["explain", "earthquake", "--intensity", "5-"];
    let real = [&event[..], &["--mail"]].concat();
    let (page, _) = said(&town.run(&real));
    assert!(!page.contains("訓練") && !page.contains("支所へ"), "{page}");
    let (page, errors) = said(&town.run(&[&real[..], &["--drill"]].concat()));
    assert!(page.contains("【訓練】支所へ 震度5弱"), "{errors}{page}");
    assert!(!page.contains("緊急参集"), "{page}");
    assert!(page.contains("<p>【訓練 DRILL】"), "{page}");
    let told = town.json(&[&real[..], &["--drill"]].concat());
    let subject = told["mails"][0]["subject"].as_str().unwrap();
    assert!(subject.contains("【訓練】支所へ 震度5弱"), "{subject}");
    let alone = town.run(&[&event[..], &["--drill"]].concat());
    assert_eq!(alone.status.code(), Some(2), "only mails are marked");
}

/// Which words would go out, and from which file.
#[test]
fn explain_shows_the_towns_words_and_their_file() {
    let town = Town::new(1);
    let event = ["explain", "earthquake", "--intensity", "5-", "--mail"];
    let (page, _) = said(&town.run(&event));
    assert!(page.contains("組み込みの文面") && !page.contains("支所へ"));
    let long = "x".repeat(70_000);
    texts(
        &town,
        &[("real.call.ja.txt", WHOLE), ("real.remind.ja.txt", &long)],
    );
    std::fs::write(town.config().join("templates/real.tell.ja.txt"), [0x8e]).unwrap();
    let shown = town.run(&event);
    let (page, errors) = said(&shown);
    assert!(shown.status.success(), "{errors}");
    assert!(page.contains("templates&#x2f;real.call.ja.txt"), "{page}");
    assert!(page.contains("支所へ"), "{page}");
    for word in ["64 KiB", "UTF-8"] {
        assert!(errors.contains(word), "{errors}");
    }
}
