//! `muster trigger` without an event, on a real pseudo-terminal.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::support::daemon::{Served, TOKEN, Town};
use crate::support::smtp::{Script, SmtpServer};
use crate::support::terminal::{self, Talk};

/// Types a dialogue: for each text that is waited for, a line. `None` ends the
/// input.
fn talk(town: &Town, dialogue: &[(&str, Option<&str>)]) -> Talk {
    talk_to(town, &[], dialogue)
}

/// The same to a daemon that the arguments name.
fn talk_to(town: &Town, arguments: &[&str], dialogue: &[(&str, Option<&str>)]) -> Talk {
    terminal::talk(town, &[arguments, &["trigger"]].concat(), dialogue)
}

async fn served() -> (SmtpServer, Town, Served) {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    (server, town, daemon)
}

fn call_outs(daemon: &Served) -> Vec<Value> {
    let (_, list) = daemon.call("GET", "/api/v1/call-outs", Some(TOKEN), None);
    let list: Value = serde_json::from_str(&list).unwrap();
    list["call_outs"].as_array().unwrap().clone()
}

/// An earthquake, with a slip of the finger, an intensity that is none, a step
/// back, full-width digits, and the last yes.
#[tokio::test(flavor = "multi_thread")]
async fn an_earthquake_is_told_step_by_step() {
    let (_server, town, daemon) = served().await;
    let talk = talk(
        &town,
        &[
            ("What happened?", Some("9")),
            ("1 から 4 の番号", Some("１")),
            ("震度", Some("5")),
            ("5弱なら 5-", Some("震度４")),
            ("intensity 4", Some("")),
            ("Where to gather", Some("戻る")),
            ("What is known", Some("back")),
            ("greatest intensity", Some("5弱")),
            ("What is known", Some("庁舎に被害")),
            ("Where to gather", Some("")),
            ("Really call people out?", Some("はい")),
        ],
    );
    assert_eq!(talk.code, 0, "{}", talk.seen);
    for words in [
        "P2",
        "これは訓練ではありません / This is NOT a drill",
        "【緊急参集】震度5弱",
        "役場本庁舎 災害対策本部",
        "統括班",
        "すぐに送ります",
        "受け付けました / accepted",
    ] {
        assert!(talk.seen.contains(words), "{words}: {}", talk.seen);
    }
    let call_outs = call_outs(&daemon);
    assert_eq!(call_outs.len(), 1);
    assert_eq!(call_outs[0]["rule"], "P2");
    assert_eq!(call_outs[0]["headline"], "庁舎に被害");
    assert_eq!(call_outs[0]["drill"], false);
}

/// While an earthquake runs, what is shown before the last yes is what happens:
/// a weaker one calls nobody, a stronger one those whom it adds.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_before_the_last_yes_knows_what_runs() {
    let (_server, town, daemon) = served().await;
    let ask = |intensity: &'static str, last: &'static str| {
        [
            ("What happened?", Some("1")),
            ("greatest intensity", Some(intensity)),
            ("What is known", Some("")),
            ("Where to gather", Some("")),
            ("Really call people out?", Some(last)),
        ]
    };
    assert_eq!(talk(&town, &ask("5-", "はい")).code, 0);
    let called = || call_outs(&daemon)[0]["counts"]["called"].as_u64().unwrap();
    let first = called();
    let weaker = talk(&town, &ask("4", "はい")).seen;
    assert!(weaker.contains("余震。誰も招集せず"), "{weaker}");
    assert!(!weaker.contains("はじめに"), "{weaker}");
    assert_eq!((call_outs(&daemon).len(), called()), (1, first));
    let stronger = talk(&town, &ask("5+", "はい")).seen;
    assert!(!stronger.contains("はじめに"), "{stronger}");
    let added = format!("新たに {} 人を招集", called() - first);
    assert!(stronger.contains(&added), "{added}: {stronger}");
}

/// Anything but a yes at the end starts nothing; neither does the end of the
/// input nor Ctrl-C.
#[tokio::test(flavor = "multi_thread")]
async fn anything_but_a_yes_starts_nothing() {
    let (_server, town, daemon) = served().await;
    let begin = [
        ("What happened?", Some("1")),
        ("greatest intensity", Some("7")),
        ("What is known", Some("")),
        ("Where to gather", Some("")),
    ];
    for last in [Some("no"), Some(""), Some("y"), None] {
        let end = [("Really call people out?", last)];
        let talk = talk(&town, &[&begin[..], &end[..]].concat());
        assert_eq!(talk.code, 4, "{}", talk.seen);
        assert!(talk.seen.contains("何も始めていません"), "{}", talk.seen);
    }
    let talk = talk(&town, &[("What happened?", Some("^C"))]);
    assert!(talk.code != 0, "{}", talk.seen);
    assert_eq!(call_outs(&daemon).len(), 0);
}

/// What was pasted or typed ahead says no yes: it is asked for when the whole
/// is on the screen.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_ahead_says_no_yes() {
    let (_server, town, daemon) = served().await;
    let ahead = talk(
        &town,
        &[
            ("What happened?", Some("1\n7\n\n\nはい")),
            ("Really call people out?", Some("いいえ")),
        ],
    );
    assert_eq!(ahead.code, 4, "{}", ahead.seen);
    assert_eq!(call_outs(&daemon).len(), 0);
}

/// Passes every request on to a daemon, and loses the first reply to an event.
fn lossy(daemon: &Served) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let to = daemon.url.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        let mut lost = false;
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = request(&mut stream);
            let mut onward = TcpStream::connect(&to).unwrap();
            let single = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
            onward.write_all(single.as_bytes()).unwrap();
            let mut reply = Vec::new();
            onward.read_to_end(&mut reply).unwrap();
            if request.starts_with("POST /api/v1/events ") && !std::mem::replace(&mut lost, true) {
                continue;
            }
            stream.write_all(&reply).unwrap();
        }
    });
    url
}

/// One whole request.
fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).unwrap();
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse().unwrap())
        });
        if body.len() >= length.unwrap_or(0) {
            return text;
        }
    }
}

/// The reply to the last yes is lost: it is sent again, and is the same event.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_calls_nobody_twice() {
    let (_server, town, daemon) = served().await;
    town.write("token", TOKEN);
    let token = town.config().join("token");
    let url = lossy(&daemon);
    let arguments = ["--server", &url, "--token-file", token.to_str().unwrap()];
    let talk = talk_to(
        &town,
        &arguments,
        &[
            ("What happened?", Some("1")),
            ("greatest intensity", Some("4")),
            ("What is known", Some("")),
            ("Where to gather", Some("")),
            ("Really call people out?", Some("はい")),
            ("Send it again?", Some("はい")),
        ],
    );
    assert_eq!(talk.code, 0, "{}", talk.seen);
    assert!(
        talk.seen.contains("told before under this key"),
        "{}",
        talk.seen
    );
    assert_eq!(call_outs(&daemon).len(), 1);
}

/// P4 takes the mayor's order alone: nobody else can be chosen, and the hold
/// is said before the yes.
#[tokio::test(flavor = "multi_thread")]
async fn a_posture_is_ordered_by_whom_the_rule_takes() {
    let (_server, town, daemon) = served().await;
    let talk = talk(
        &town,
        &[
            ("What happened?", Some("2")),
            ("Which posture", Some("3")),
            ("Who ordered it", Some("情報システム担当職員1")),
            ("当たるものがありません", Some("町長")),
            ("What is known", Some("")),
            ("Where to gather", Some("中学校体育館")),
            ("Really call people out?", Some("YES")),
        ],
    );
    assert_eq!(talk.code, 0, "{}", talk.seen);
    assert!(talk.seen.contains("60 秒間保留"), "{}", talk.seen);
    assert!(talk.seen.contains("中学校体育館"), "{}", talk.seen);
    let call_outs = call_outs(&daemon);
    assert_eq!(call_outs[0]["state"], "held");
    assert_eq!(call_outs[0]["place"], "中学校体育館");
}

/// An incident names its systems by number and by a part of the name; another
/// threat (P8) chooses a rule from the list. A step back to another kind of
/// event takes nothing of the first one along.
#[tokio::test(flavor = "multi_thread")]
async fn an_incident_and_a_threat() {
    let (_server, town, daemon) = served().await;
    let incident = talk(
        &town,
        &[
            ("What happened?", Some("1")),
            ("greatest intensity", Some("戻る")),
            ("What happened?", Some("3")),
            ("How far does it reach?", Some("3")),
            ("? lists them", Some("99")),
            ("当たる情報システムがありません", Some("税")),
            ("番号で選んでください", Some("19、41")),
            ("→ 19", Some("")),
            ("What is known", Some("")),
            ("Where to gather", Some("")),
            ("Really call people out?", Some("はい")),
        ],
    );
    assert_eq!(incident.code, 0, "{}", incident.seen);
    let threat = talk(
        &town,
        &[
            ("What happened?", Some("4")),
            ("What is the threat", Some("")),
            ("何か入力してください", Some("火山噴火")),
            ("The rule that fits", Some("P9")),
            ("当たるものがありません", Some("1")),
            ("→ P1", Some("")),
            ("Where to gather", Some("")),
            ("Really call people out?", Some("はい")),
        ],
    );
    assert_eq!(threat.code, 0, "{}", threat.seen);
    let rules: Vec<Value> = call_outs(&daemon)
        .iter()
        .map(|call_out| call_out["rule"].clone())
        .collect();
    assert_eq!(rules.len(), 2);
    assert!(rules.contains(&json!("P7")) && rules.contains(&json!("P1")));
}

/// Without a daemon it says so before the first question; without a terminal
/// it is a usage error.
#[test]
fn it_wants_a_daemon_and_a_terminal() {
    let town = Town::new(1);
    let talk = talk(&town, &[("no daemon answers", Some(""))]);
    assert_eq!(talk.code, 5, "{}", talk.seen);
    assert!(!talk.seen.contains("What happened?"), "{}", talk.seen);
    let piped = town.run(&["trigger"]);
    assert_eq!(piped.status.code(), Some(2));
}
