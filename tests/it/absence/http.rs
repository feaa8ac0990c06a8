//! `muster absent` over HTTP and on the terminal: scopes, dates, words.

use serde_json::Value;

use crate::support::daemon::{READER, Served, TOKEN, Town};
use crate::support::smtp::{Script, SmtpServer};

const PATH: &str = "/api/v1/roster/people/it-1/absence";

async fn served() -> (SmtpServer, Town, Served) {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    (server, town, daemon)
}

fn parse(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

fn person(daemon: &Served, token: &str) -> Value {
    let (_, people) = daemon.call("GET", "/api/v1/roster/people", Some(token), None);
    let people = parse(&people);
    let mut people = people["people"].as_array().unwrap().iter();
    people.find(|p| p["person"] == "it-1").unwrap().clone()
}

/// Whoever may command marks people absent and back; a day counts to its end.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_command_marks_people_absent_and_back() {
    let (_server, _town, daemon) = served().await;
    let body = r#"{"until":"2999-12-30","reason":"研修"}"#;
    for (token, wanted) in [(None, 401), (Some(READER), 403)] {
        assert_eq!(daemon.call("POST", PATH, token, Some(body)).0, wanted);
        assert_eq!(daemon.call("DELETE", PATH, token, None).0, wanted);
    }
    assert_eq!(person(&daemon, READER)["absent_until"], Value::Null);
    let (status, answer) = daemon.call("POST", PATH, Some(TOKEN), Some(body));
    assert_eq!(status, 200, "{answer}");
    let marked = person(&daemon, TOKEN);
    assert_eq!(marked["absent_until"], "2999-12-31T00:00:00+09:00");
    assert!(marked["absent_by"].as_str().unwrap().starts_with("token:"));
    assert_eq!(marked["absent_reason"], "研修");
    // Why somebody is away is not for everybody who may read.
    let read = person(&daemon, READER);
    assert_eq!(read["absent_until"], marked["absent_until"]);
    assert_eq!(read["absent_reason"], Value::Null);
    let (status, answer) = daemon.call("DELETE", PATH, Some(TOKEN), None);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(person(&daemon, READER)["absent_until"], Value::Null);
    let (status, answer) = daemon.call("DELETE", PATH, Some(TOKEN), None);
    assert_eq!(status, 409, "{answer}");
    assert!(answer.contains("not marked absent"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_day_to_come_is_refused_in_words() {
    let (_server, _town, daemon) = served().await;
    let cases = [
        (PATH, r#"{"until":"2020-01-01"}"#, "which is past"),
        (PATH, r#"{"until":"2020-01-01T10:00"}"#, "which is past"),
        (PATH, r#"{"until":"2999-02-30"}"#, "write the last day"),
        (PATH, r#"{"until":"tomorrow"}"#, "write the last day"),
        (PATH, "{}", "until"),
        (PATH, r#"{"until":"2999-01-01","til":1}"#, "til"),
        (
            "/api/v1/roster/people/nobody/absence",
            r#"{"until":"2999-01-01"}"#,
            "nobody",
        ),
    ];
    for (path, body, word) in cases {
        let (status, answer) = daemon.call("POST", path, Some(TOKEN), Some(body));
        assert_eq!(status, 422, "{body}: {answer}");
        assert!(answer.contains(word), "{body}: {answer}");
    }
    for (until, wanted) in [
        ("2999-01-01T15:00", "2999-01-01T15:00:00+09:00"),
        ("2999-01-01 15:00", "2999-01-01T15:00:00+09:00"),
        ("2999-01-01T15:00:00Z", "2999-01-02T00:00:00+09:00"),
    ] {
        let body = format!(r#"{{"until":"{until}"}}"#);
        let (_, answer) = daemon.call("POST", PATH, Some(TOKEN), Some(&body));
        assert_eq!(parse(&answer)["absent_until"], wanted, "{until}");
    }
}

/// On the terminal: by a name, in words, and the list of who is away.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_marks_lists_and_takes_back() {
    let (_server, town, _daemon) = served().await;
    let said = |arguments: &[&str]| {
        let output = town.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap(), stdout + &stderr)
    };
    let (code, words) = said(&["absent"]);
    assert_eq!(
        (code, words.contains("不在の人はいません")),
        (0, true),
        "{words}"
    );
    let name = "情報システム担当職員1";
    let (code, words) = said(&["absent", name, "--until", "2999-12-30", "--reason", "研修"]);
    assert_eq!((code, words.contains(name)), (0, true), "{words}");
    assert!(words.contains("2999年12月30日(月)まで"), "{words}");
    let (code, words) = said(&["absent"]);
    let until = words.contains("2999年12月30日(月)まで");
    let listed = words.contains("(it-1)") && until && words.contains("研修");
    assert_eq!((code, listed), (0, true), "{words}");
    let (code, words) = said(&["absent", "it-1", "--back"]);
    assert_eq!((code, words.contains("is back")), (0, true), "{words}");
    let (code, words) = said(&["absent", "it-1", "--back"]);
    assert_eq!(
        (code, words.contains("not marked absent")),
        (4, true),
        "{words}"
    );
    for wrong in [
        &["absent", "it-1"][..],
        &["absent", "--until", "2999-12-30"],
        &["absent", "it-1", "--back", "--until", "2999-12-30"],
    ] {
        assert_eq!(said(wrong).0, 2, "{wrong:?}");
    }
}
