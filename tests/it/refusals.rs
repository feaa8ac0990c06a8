//! What is refused is refused in Japanese too: over HTTP, on a page, and where
//! the store fails.
//!
//! Owns the table of refusals. Which requests are refused, and with which
//! English, is tested where each request is.

use muster::engine;
use muster::http::problem::Problem;
use muster::store;
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::support::daemon::{READER, Served, TOKEN, Town};
use crate::support::smtp::{Script, SmtpServer};

const JSON: &str = "Content-Type: application/json\r\n";

/// A request that is refused: method, path behind `/api/v1/` (`{id}` is an open
/// call-out), what is sent, status.
type Refused = (&'static str, &'static str, &'static str, u16);

const EVENT_OF_BEFORE: &str = r#"{"key":"k","kind":"earthquake","intensity":"5-"}"#;

/// What the duty officer's token is refused.
#[rustfmt::skip]
const REFUSED: [Refused; 35] = [
    ("POST", "events", "{", 400),
    ("GET", "call-outs/%FF", "", 400),
    ("GET", "nowhere", "", 404),
    ("GET", "call-outs/none", "", 404),
    ("GET", "editions/99", "", 404),
    ("GET", "drills/none/report", "", 404),
    ("POST", "drills", r#"{"name":"none"}"#, 404),
    ("DELETE", "events", "", 405),
    ("POST", "events", r#"{"key":"k","kind":"earthquake","intensity":"6-"}"#, 409),
    ("POST", "call-outs/{id}/confirm", "{}", 409),
    ("POST", "events", "[]", 422),
    ("POST", "events", "{}", 422),
    ("POST", "events", r#"{"kind":"meteor"}"#, 422),
    ("POST", "events", r#"{"kind":"earthquake"}"#, 422),
    ("POST", "events", r#"{"kind":"earthquake","intensity":"9"}"#, 422),
    ("POST", "events", r#"{"kind":"earthquake","posture":1}"#, 422),
    ("POST", "events", r#"{"kind":"earthquake","drill":true}"#, 422),
    ("POST", "events", r#"{"kind":"earthquake","intensity":"4","key":""}"#, 422),
    ("POST", "events", r#"{"kind":"wind-flood","posture":9}"#, 422),
    ("POST", "events", r#"{"kind":"wind-flood","posture":3,"ordered_by":"none"}"#, 422),
    ("POST", "events", r#"{"kind":"security-incident","effect":"none"}"#, 422),
    ("POST", "events", r#"{"kind":"security-incident","effect":"small","systems":[[]]}"#, 422),
    ("POST", "events", r#"{"kind":"security-incident","effect":"small","systems":[99]}"#, 422),
    ("GET", "call-outs?open=perhaps", "", 422),
    ("GET", "call-outs/{id}/report?format=pdf", "", 422),
    ("GET", "roster/call-list?format=pdf", "", 422),
    ("POST", "call-outs/{id}/acknowledgements", r#"{"person":"it-1","answer":"perhaps"}"#, 422),
    ("POST", "call-outs/{id}/acknowledgements", r#"{"person":"it-1","answer":"coming","eta_minutes":99999}"#, 422),
    ("POST", "call-outs/{id}/decide", r#"{"decision":"perhaps"}"#, 422),
    ("POST", "call-outs/{id}/tell", "{}", 422),
    ("POST", "call-outs/{id}/tell", r#"{"prepared":"none"}"#, 422),
    ("POST", "call-outs/{id}/stand-down", "{}", 422),
    ("POST", "call-outs/{id}/request-help", r#"{"vendors":["none"]}"#, 422),
    ("POST", "roster/people/it-1/absence", r#"{"until":"soon"}"#, 422),
    ("POST", "roster/people/none/absence", "{}", 422),
];

/// True for a polite Japanese sentence, with nothing but a detail behind it.
fn japanese(said: &str) -> bool {
    let kana = |c: char| ('\u{3041}'..='\u{309F}').contains(&c);
    let sentence = match said.rfind('（') {
        Some(at) if said.ends_with('）') => &said[..at],
        _ => said,
    };
    let ends = ["ください", "です", "ます", "ません", "ました", "でした"];
    said.contains(kana) && ends.iter().any(|end| sentence.trim_end().ends_with(end))
}

/// The English and the Japanese of a refusal.
fn refused(
    daemon: &Served,
    (method, path): (&str, &str),
    sent: (&str, &str),
    wanted: u16,
) -> (String, String) {
    let (headers, body) = sent;
    let path = format!("/api/v1/{path}");
    let (status, answer) = daemon.raw(method, &path, headers, body.as_bytes());
    let shown: String = body.chars().take(60).collect();
    let what = format!("{method} {path} {shown}: {answer}");
    assert_eq!(status, wanted, "{what}");
    let problem: Value = serde_json::from_str(&answer).expect(&what);
    let [en, ja] = ["detail", "detail_ja"].map(|name| problem[name].as_str().expect(&what));
    assert!(en.is_ascii() && japanese(ja), "{what}");
    (en.to_owned(), ja.to_owned())
}

/// Every status that a program or `muster` may meet, with its reasons.
#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_japanese() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let (status, told) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(EVENT_OF_BEFORE));
    assert_eq!(status, 202, "{told}");
    let told: Value = serde_json::from_str(&told).unwrap();
    let id = told["call_outs"][0].as_str().unwrap();
    let duty = format!("Authorization: Bearer {TOKEN}\r\n");
    let posted = format!("{duty}{JSON}");
    for (method, path, body, status) in REFUSED {
        let path = path.replace("{id}", id);
        refused(&daemon, (method, &path), (&posted, body), status);
    }
    let reader = format!("Authorization: Bearer {READER}\r\n{JSON}");
    let stranger = format!("Authorization: Bearer stranger\r\n{JSON}");
    let plain = format!("{duty}Content-Type: text/plain\r\n");
    let long = |count: usize| {
        let headline = "x".repeat(count);
        format!(r#"{{"kind":"earthquake","intensity":"5-","headline":"{headline}"}}"#)
    };
    let tell = ("POST", "events");
    refused(&daemon, tell, (JSON, EVENT_OF_BEFORE), 401);
    refused(&daemon, tell, (&stranger, EVENT_OF_BEFORE), 401);
    refused(&daemon, tell, (&reader, EVENT_OF_BEFORE), 403);
    refused(&daemon, tell, (&posted, &long(70_000)), 413);
    refused(&daemon, tell, (&plain, "earthquake"), 415);
    refused(&daemon, tell, (&posted, &long(201)), 422);
    // On a page for whoever reads pages.
    let asked = format!("{duty}Accept: text/html\r\nAccept-Language: ja\r\n");
    let (status, page) = daemon.raw("GET", "/api/v1/nowhere", &asked, b"");
    assert_eq!(status, 404);
    assert!(page.contains("このアドレスには何もありません"), "{page}");
    // And on the terminal, the Japanese first.
    let output = town.run(&["status", "none"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.lines().next().is_some_and(japanese), "{said}");
}

/// A store that fails under the daemon: what was not kept is said not to be,
/// with what to do, and the detail behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_is_said_in_japanese() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let path = town.folder.path().join("state/muster.db");
    let options = SqliteConnectOptions::new().filename(&path);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    for broken in ["edition", "event"] {
        let statement = format!("ALTER TABLE {broken} RENAME TO {broken}_gone");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut other)
            .await
            .unwrap();
    }
    let posted = format!("Authorization: Bearer {TOKEN}\r\n{JSON}");
    let read = refused(&daemon, ("GET", "editions"), (&posted, ""), 503);
    assert!(
        read.1
            .starts_with("保存先（データベース）を読み書きできません"),
        "{}",
        read.1
    );
    assert!(read.1.contains("no such table"), "{}", read.1);
    let written = refused(&daemon, ("POST", "events"), (&posted, EVENT_OF_BEFORE), 503);
    assert!(
        written
            .1
            .starts_with("記録できなかったため、受け付けていません"),
        "{}",
        written.1
    );
    assert!(written.0.contains("nothing is promised"), "{}", written.0);
}

/// Each way in which the store fails says in Japanese what to do.
#[test]
fn each_failure_of_the_store_says_what_to_do() {
    let unreadable = store::codec::Unreadable {
        what: "event".to_owned(),
        why: "unknown: x".to_owned(),
    };
    let failures = [
        sqlx::Error::PoolTimedOut.into(),
        store::Error::Migration(sqlx::migrate::MigrateError::VersionMissing(9)),
        store::Error::Unreadable(unreadable),
        store::Error::Locked {
            path: "muster.db.lock".to_owned(),
        },
        store::Error::File {
            path: "muster.db".to_owned(),
            source: std::io::ErrorKind::PermissionDenied.into(),
        },
        store::Error::Thread(std::io::Error::other("EAGAIN")),
        store::Error::OldSqlite("3.40.0".to_owned()),
        store::Error::Broken(store::Broken::Memory),
        store::Error::Broken(store::Broken::Ended),
        store::Error::Url("file:x".to_owned()),
        store::Error::Closed,
        store::Error::Broken(store::Broken::Unsure("disk I/O error".to_owned())),
        store::Error::Broken(store::Broken::Elsewhere {
            path: "muster.db".to_owned(),
        }),
        store::Error::Held,
        store::Error::Full,
        store::Error::Behind("r-1".into()),
        store::Error::Missing {
            path: "muster.db".to_owned(),
        },
    ];
    for failure in failures {
        let ja = failure.ja();
        assert!(japanese(&ja) && ja.ends_with("ください"), "{ja}");
        let problem = Problem::from(engine::Error::from(failure));
        assert_eq!(problem.status, 503);
        assert!(problem.said.ja.contains(&ja), "{}", problem.said.ja);
        assert!(japanese(&problem.said.ja), "{}", problem.said.ja);
    }
}
