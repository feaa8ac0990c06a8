//! A drill is recorded by whoever may start one, and read by whoever may read.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::support::daemon::{READER, Served, TOKEN, Town, said};
use crate::support::smtp::{Script, SmtpServer};

const PATH: &str = "/api/v1/drill-records";

fn body() -> Value {
    json!({
        "kind": "tabletop",
        "date": "2026-06-12",
        "participants": ["it-manager", "it-1", "外部講師", 2],
        "title": "停電",
        "files": [{ "name": "議事録.pdf", "content": BASE64_STANDARD.encode("%PDF-1.7\n%%EOF") }],
    })
}

fn post(daemon: &Served, body: &Value, token: &str) -> (u16, Value) {
    let (status, answer) = daemon.call("POST", PATH, Some(token), Some(&body.to_string()));
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_is_recorded_once_and_its_minutes_are_handed_out_to_be_saved() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    assert_eq!(post(&daemon, &body(), READER).0, 403);
    let (status, kept) = post(&daemon, &body(), TOKEN);
    assert_eq!((status, &kept["duplicate"]), (201, &json!(false)), "{kept}");
    assert_eq!(kept["heads"], 5);
    assert_eq!(kept["participants"][2]["guest"], "外部講師");
    let (status, again) = post(&daemon, &body(), TOKEN);
    assert_eq!(
        (status, &again["duplicate"]),
        (200, &json!(true)),
        "{again}"
    );
    assert_eq!(again["record"], kept["record"]);
    let other = post(
        &daemon,
        &json!({ "kind": "tabletop", "date": "2026-06-12", "participants": ["it-1"] }),
        TOKEN,
    );
    assert_ne!(other.1["record"], kept["record"]);

    let list = format!("{PATH}?year=2026");
    let (status, found) = daemon.call("GET", &list, Some(READER), None);
    assert_eq!(status, 200);
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["records"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&found["from"], &found["until"]),
        (&json!("2026-04-01"), &json!("2027-03-31"))
    );
    let before = format!("{PATH}?year=2025");
    assert!(
        daemon
            .call("GET", &before, Some(READER), None)
            .1
            .contains("\"records\":[]")
    );

    let file = kept["files"][0]["path"].as_str().unwrap();
    assert_eq!(daemon.call("GET", file, None, None).0, 401);
    let token = format!("Authorization: Bearer {READER}\r\n");
    let (status, head, content) = daemon.whole("GET", file, &token, b"");
    let head = head.to_lowercase();
    assert_eq!(status, 200);
    assert_eq!(content, "%PDF-1.7\n%%EOF");
    for line in [
        "content-disposition: attachment; filename=\"r-20260612-",
        "filename*=utf-8''%e8%ad%b0",
        "content-type: application/pdf",
        "x-content-type-options: nosniff",
        "content-security-policy: sandbox; default-src 'none'",
    ] {
        assert!(head.contains(line), "{line} is not in {head}");
    }
    assert_eq!(
        daemon
            .call("GET", &format!("{file}9"), Some(READER), None)
            .0,
        404
    );
}

/// What is refused: the body, the status, and the word that says why.
fn refused() -> Vec<(Value, u16, &'static str)> {
    let with = |name: &str, value: Value| {
        let mut body = body();
        body[name] = value;
        body
    };
    let text = |name: &str, content: &str| {
        with(
            "files",
            json!([
                { "name": "議事録.pdf", "content": BASE64_STANDARD.encode("%PDF-1.7") },
                { "name": name, "content": content },
            ]),
        )
    };
    let large = BASE64_STANDARD.encode(vec![b'a'; (10 << 20) + 1]);
    vec![
        (
            with("kind", json!("fire")),
            422,
            "tabletop, contact or recovery",
        ),
        (with("date", json!("2999-01-01")), 422, "has not come yet"),
        (with("date", json!("2026-02-30")), 422, "is not read"),
        (with("date", json!("12 June")), 422, "is not read"),
        (with("date", json!("1026-06-12")), 422, "is not read"),
        (with("participants", json!([])), 422, "name 1 to 500"),
        (with("participants", json!([" "])), 422, "name 1 to 500"),
        (
            with("participants", json!([{ "a": 1 }])),
            422,
            "neither a name nor a number",
        ),
        // Too many are refused before anybody is looked for.
        (
            with("participants", json!(vec![json!({ "a": 1 }); 501])),
            422,
            "name 1 to 500",
        ),
        (with("participants", json!([0])), 422, "no number of people"),
        (with("place", json!("x")), 422, "unknown field"),
        (
            text("run.exe", "TVo="),
            422,
            "this kind of file is not taken",
        ),
        (
            text("議事録.docx", &BASE64_STANDARD.encode("MZ\0")),
            422,
            "it is a program",
        ),
        (text("議事録.txt", "no base64 !"), 422, "is not base64"),
        (text("議事録.txt", &large), 422, "10 MiB"),
        (
            with("note", json!("長".repeat(2001))),
            422,
            "2000 characters",
        ),
    ]
}

/// Refused whole: nothing of it is kept, and the answer says what to do.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_is_refused_in_words() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    for (body, status, word) in refused() {
        let (is, answer) = post(&daemon, &body, TOKEN);
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert_eq!(is, status, "{word}: {answer}");
        assert!(detail.contains(word), "{word} is not in {detail}");
        assert!(
            answer["detail_ja"]
                .as_str()
                .is_some_and(|ja| !ja.is_empty())
        );
    }
    let (_, found) = daemon.call("GET", &format!("{PATH}?year=2026"), Some(READER), None);
    assert!(found.contains("\"records\":[]"), "{found}");
    let (status, answer) = daemon.call("GET", &format!("{PATH}?year=soon"), Some(READER), None);
    assert_eq!(status, 422);
    assert!(answer.contains("April 2026 to March 2027"), "{answer}");
}

/// On the command line, with the minutes and a rehearsal beside them.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_records_a_drill_with_its_minutes_and_a_rehearsal() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let _daemon = town.serve();
    let folder = town.folder.path();
    let minutes = folder.join("議事録.txt");
    std::fs::write(&minutes, "電話網を確認した。\n").unwrap();
    let played = town.run(&["--json", "rehearse", "earthquake", "--intensity", "5-"]);
    let rehearsal = folder.join("rehearsal.json");
    std::fs::write(&rehearsal, &played.stdout).unwrap();
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let (minutes, rehearsal) = (path(&minutes), path(&rehearsal));
    let record = [
        "drill",
        "record",
        "--kind",
        "tabletop",
        "--date",
        "2026-06-12",
        "--participants",
        "it-manager、it-1,外部講師",
        "--title",
        "停電",
        "--file",
        &minutes,
        "--file",
        &rehearsal,
    ];
    let first = town.run(&record);
    let (out, remark) = said(&first);
    assert!(first.status.success(), "{remark}");
    for word in [
        "記録しました: r-20260612-",
        "外部講師（名簿外）",
        "議事録.txt",
        "rehearsal.json",
    ] {
        assert!(out.contains(word), "{word} is not in {out}");
    }
    let again = said(&town.run(&record)).0;
    assert!(again.contains("すでに記録されています"), "{again}");
    let listed = said(&town.run(&["drill", "records", "--year", "2026"])).0;
    assert!(
        listed.contains("2026年度の記録（2026-04-01 から 2027-03-31 まで）"),
        "{listed}"
    );
    assert_eq!(listed.matches("停電").count(), 1, "{listed}");
}

/// A file that is too large, or is not there, is said before anything is sent.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_which_file_it_cannot_send() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let _daemon = town.serve();
    let folder = town.folder.path();
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let large = folder.join("large.pdf");
    std::fs::write(&large, vec![b'%'; 11 << 20]).unwrap();
    let refused = town.run(&[
        "drill",
        "record",
        "--kind",
        "recovery",
        "--date",
        "2026-06-12",
        "--participants",
        "3",
        "--file",
        &path(&large),
    ]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    assert!(said(&refused).1.contains("10 MiB"), "{refused:?}");
    let gone = town.run(&[
        "drill",
        "record",
        "--kind",
        "recovery",
        "--date",
        "2026-06-12",
        "--participants",
        "3",
        "--file",
        "none.pdf",
    ]);
    assert_eq!(gone.status.code(), Some(2), "{gone:?}");
}
