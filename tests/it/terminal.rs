//! What people see on a terminal of 80 by 24: no line is wider, no word is
//! broken, and the language is theirs.

use muster::cli::{help, wrap};

use crate::support::daemon::{Town, said};
use crate::support::smtp::{Script, SmtpServer};
use crate::support::terminal::talk;

/// Whether a text has Japanese letters in it.
fn japanese(text: &str) -> bool {
    let letter = |c: char| matches!(c, '\u{3041}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}');
    text.chars().any(letter)
}

/// What a command prints on a terminal; no line of it is wider than that, but
/// those of a file, where a caret stands below the place.
fn shown(town: &Town, arguments: &[&str]) -> String {
    let seen = talk(town, arguments, &[]).seen;
    let of_a_file = |line: &&str| {
        let line = line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
        line.starts_with('|') || line.starts_with("-->")
    };
    for line in seen.lines().filter(|line| !of_a_file(line)) {
        assert!(wrap::width(line) <= 80, "{arguments:?}: {line}\n{seen}");
    }
    seen
}

/// Each command, each argument and each value that has words in English has
/// them in Japanese, and no word is of something gone.
#[test]
fn every_word_of_the_help_is_there_in_japanese() {
    assert_eq!(help::gaps(), [""; 0]);
}

#[test]
fn help_reads_in_the_language_of_the_terminal() {
    let town = Town::new(1);
    let ja = shown(&town, &["trigger", "earthquake", "--help"]);
    for words in [
        "地震",
        "使い方: muster trigger earthquake",
        "わかっていることを一文で",
    ] {
        assert!(ja.contains(words), "{words}: {ja}");
    }
    for english in [
        "Usage",
        "Options",
        "Print help",
        "default:",
        "Possible values",
    ] {
        assert!(!ja.contains(english), "{english}: {ja}");
    }
    assert_eq!(ja, shown(&town, &["help", "trigger", "earthquake"]));
    let en = shown(&town, &["--lang", "en", "trigger", "earthquake", "--help"]);
    assert!(en.contains("Usage: muster trigger earthquake"), "{en}");
    for command in [
        "--help", "check", "status", "rehearse", "roster", "report", "tell",
    ] {
        let help = shown(&town, &[command, "--help"]);
        assert!(help.contains("使い方:"), "{help}");
    }
}

/// A mistake is said in Japanese, with what to do, before the English.
#[test]
fn a_mistake_of_usage_is_said_in_japanese() {
    let town = Town::new(1);
    let mistakes: [(&[&str], &str); 5] = [
        (
            &["rehears"],
            "「rehears」というコマンドはありません。「rehearse」のことですか",
        ),
        (
            &["status", "--al"],
            "「--al」という指定はありません。「--all」のことですか",
        ),
        (&["decide", "x", "gather"], "「gather」は使えません"),
        (
            &["acknowledge", "x", "it-1"],
            "「--answer <ANSWER>」が必要です",
        ),
        (&["drill"], "使い方: muster drill"),
    ];
    for (line, words) in mistakes {
        let output = town.run(line);
        let (_, error) = said(&output);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(words), "{words}: {error}");
        let english = town.command(line).env("MUSTER_LANG", "en").output();
        let (_, english) = said(&english.unwrap());
        assert!(!japanese(&english), "{english}");
    }
}

/// Long tables and sentences are folded at words, also those of a call-out
/// that runs.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_wider_than_the_screen() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let quake = ["earthquake", "--intensity", "5-"];
    let explain = shown(&town, &[&["explain"], &quake[..]].concat());
    for word in [
        "general-affairs-manager",
        "webhook:voice-gateway",
        "情報システム担当職員1",
    ] {
        assert!(explain.contains(word), "{word}: {explain}");
    }
    shown(&town, &[&["rehearse"], &quake[..]].concat());
    shown(
        &town,
        &["rehearse", "security-incident", "--effect", "small"],
    );
    shown(&town, &["check", "--readiness"]);
    let daemon = town.serve();
    for lang in ["ja", "en"] {
        let lang = ["--lang", lang];
        let trigger = [&lang[..], &["trigger"], &quake[..]].concat();
        shown(&town, &trigger);
        let again = ["security-incident", "--effect", "residents"];
        shown(&town, &[&lang[..], &["trigger"], &again[..]].concat());
        let list = shown(&town, &[&lang[..], &["status"]].concat());
        assert!(list.contains("P2") || list.contains('5'), "{list}");
        shown(&town, &[&lang[..], &["explain"], &quake[..]].concat());
        shown(&town, &[&lang[..], &["drill", "list"]].concat());
        shown(&town, &[&lang[..], &["absent"]].concat());
    }
    drop(daemon);
}

/// A cell that was emptied is listed as that, and the list of changes keeps
/// its columns.
#[test]
fn an_emptied_cell_is_no_blank() {
    let town = Town::new(1);
    let file = town.folder.path().join("sheet.csv");
    let name = file.to_str().unwrap();
    assert!(town.run(&["roster", "export", name]).status.success());
    let sheet = std::fs::read_to_string(&file).unwrap();
    let squad = "統括班 所要2、災害対策本部事務局 所要2";
    let emptied = sheet.replacen(squad, "", 1).replace("it-1@example.jp", "");
    assert_ne!(sheet, emptied);
    std::fs::write(&file, emptied).unwrap();
    let (dry, _) = said(&town.run(&["roster", "import", name]));
    assert!(dry.contains("（削除）"), "{dry}");
    let screen = shown(&town, &["roster", "import", name]);
    assert!(screen.contains("（削除）"), "{screen}");
    let english = talk(&town, &["--lang", "en", "roster", "import", name], &[]).seen;
    assert!(english.contains("(removed)"), "{english}");
}

/// A start that is refused says why, and what to do, in Japanese.
#[test]
fn a_refused_start_says_why_in_japanese() {
    let town = Town::new(1);
    town.write("rules.toml", "[edition]\nnumbr = 2\n");
    let start = town.run(&["serve"]);
    let (_, error) = said(&start);
    assert_eq!(start.status.code(), Some(3), "{error}");
    for words in [
        "[edition] に「numbr」というキーはありません",
        "対処: 「number」のことですか",
        "誤り",
    ] {
        assert!(error.contains(words), "{words}: {error}");
    }
    assert!(!error.contains("knows no key"), "{error}");
    let english = town.command(&["serve"]).env("MUSTER_LANG", "en").output();
    let (_, english) = said(&english.unwrap());
    assert!(
        english.contains("knows no key") && !english.contains("誤り"),
        "{english}"
    );
}

/// With `--lang en` nothing begins in Japanese.
#[test]
fn english_comes_alone() {
    let town = Town::new(1);
    for line in [
        &["check"][..],
        &["status"],
        &["absent"],
        &["--help"],
        &["roster", "check"],
    ] {
        let output = town.run(&[&["--lang", "en"], line].concat());
        let (out, error) = said(&output);
        let lines = out.lines().chain(error.lines());
        for line in lines {
            let head: String = line.chars().take(8).collect();
            assert!(!japanese(&head), "{line}");
        }
    }
}

/// A rehearsal names the time of a wait as its own, and says that it is one.
#[test]
fn a_rehearsal_goes_by_its_own_clock() {
    let town = Town::new(1);
    let flood = [
        "rehearse",
        "wind-flood",
        "--posture",
        "3",
        "--ordered-by",
        "mayor",
    ];
    let (played, _) = said(&town.run(&flood));
    assert!(played.contains("00:01:00まで保留"), "{played}");
    assert!(played.contains("の通報（予行）"), "{played}");
    let incident = ["rehearse", "security-incident", "--effect", "residents"];
    let (played, _) = said(&town.run(&incident));
    assert!(played.contains("、00:15:00までに"), "{played}");
    assert!(!played.contains("rehearsal）"), "{played}");
}

/// Who answers as a message is sent once more is a person, and no machine.
#[test]
fn an_assumed_answer_is_a_persons() {
    let town = Town::new(1);
    let file = town.folder.path().join("drill.csv");
    std::fs::write(&file, "person,answer,after\nit-2,cannot,3m\n").unwrap();
    let event = ["rehearse", "security-incident", "--effect", "residents"];
    let answers = ["--answers", file.to_str().unwrap()];
    let (played, error) = said(&town.run(&[&event[..], &answers].concat()));
    assert!(
        played.contains("+00:03:00  第1段階: 未回答の4人に再送"),
        "{played}{error}"
    );
    assert!(
        played.contains("+00:03:02  情報システム担当職員2: 参集できない\n"),
        "{played}"
    );
}

/// Where a line is broken: at a space, behind a mark, where a phrase begins;
/// never within a command, and no line begins with a mark.
#[test]
fn lines_are_broken_between_phrases() {
    let text = "判断待ち。muster decide 20261124-k7qm muster --by PERSON で記録してください";
    let lines = wrap::wrap(text, 30, 2);
    assert_eq!(
        lines,
        [
            "判断待ち。muster decide",
            "  20261124-k7qm muster --by",
            "  PERSON で記録してください",
        ]
    );
    let text = "宛先の不明な連絡先が三件あります（名簿を直してください）。次の点検は明日です";
    for columns in 8..60 {
        for line in wrap::wrap(text, columns, 0) {
            assert!(wrap::width(&line) <= columns, "{columns}: {line}");
            let first = line.chars().next().unwrap();
            assert!(!"、。）".contains(first), "{columns}: {line}");
        }
    }
    let coloured = "\u{1b}[1m訓練\u{1b}[0m";
    assert_eq!(wrap::width(coloured), 4);
    assert_eq!(wrap::fold(coloured, 4), coloured);
}

/// Who reads English alone reads names, sections, titles and places in English
/// too; a program gets the town's.
#[tokio::test(flavor = "multi_thread")]
async fn status_in_english_names_people_in_english() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let started = town.json(&["trigger", "earthquake", "--intensity", "4"]);
    let id = started["call_outs"][0].as_str().unwrap();
    let (english, _) = said(&town.run(&["--lang", "en", "status", id]));
    assert!(english.contains("Town planning manager"), "{english}");
    assert!(!japanese(&english), "{english}");
    let told = town.json(&["--lang", "en", "status", id]);
    assert!(japanese(told["people"][0]["name"].as_str().unwrap()));
    drop(daemon);
}
