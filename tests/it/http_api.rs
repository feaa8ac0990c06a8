//! The API from outside: what it takes, what it refuses, and in which words.

use serde_json::Value;

use crate::support::daemon::{READER, Served, TOKEN, Town};
use crate::support::smtp::{Script, SmtpServer};

async fn served() -> (SmtpServer, Town, Served) {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    (server, town, daemon)
}

fn parse(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Bad input is refused whole, with a status and a sentence, and starts
/// nothing.
#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_and_starts_nothing() {
    let (_server, _town, daemon) = served().await;
    let large = format!(
        r#"{{"kind":"earthquake","intensity":"5-","headline":"{}"}}"#,
        "あ".repeat(40_000)
    );
    let long = format!(
        r#"{{"kind":"earthquake","intensity":"5-","headline":"{}"}}"#,
        "あ".repeat(201)
    );
    let cases: [(&str, u16, &str); 14] = [
        ("{", 400, "not JSON"),
        ("[]", 422, "not acceptable"),
        ("{}", 422, "kind"),
        (r#"{"kind":"meteor"}"#, 422, "meteor"),
        (r#"{"kind":"earthquake"}"#, 422, "intensity"),
        (r#"{"kind":"earthquake","intensity":"9"}"#, 422, "5-, 5+"),
        (
            r#"{"kind":"earthquake","intensity":"5-","posture":3}"#,
            422,
            "posture",
        ),
        (
            r#"{"kind":"earthquake","intensity":"5-","drill":true}"#,
            422,
            "/api/v1/drills",
        ),
        (
            r#"{"kind":"earthquake","intensity":"5-","colour":"red"}"#,
            422,
            "colour",
        ),
        (
            r#"{"kind":"wind-flood","posture":3,"ordered_by":"nobody"}"#,
            422,
            "nobody",
        ),
        (
            r#"{"kind":"wind-flood","posture":3,"ordered_by":"it-1"}"#,
            422,
            "mayor",
        ),
        (
            r#"{"kind":"security-incident","effect":"small","systems":[99]}"#,
            422,
            "99",
        ),
        (&long, 422, "headline"),
        (&large, 413, "too large"),
    ];
    for (body, wanted, word) in cases {
        let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(body));
        let shown: String = body.chars().take(80).collect();
        assert_eq!(status, wanted, "{shown}: {answer}");
        let problem = parse(&answer);
        assert_eq!(problem["status"], wanted);
        assert!(
            problem["detail"].as_str().unwrap().contains(word),
            "{shown}: {answer}"
        );
    }
    let (status, _) = daemon.raw(
        "POST",
        "/api/v1/events",
        &format!("Authorization: Bearer {TOKEN}\r\nContent-Type: text/plain\r\n"),
        b"earthquake",
    );
    assert_eq!(status, 415);
    let (_, list) = daemon.call("GET", "/api/v1/call-outs", Some(TOKEN), None);
    assert_eq!(parse(&list)["call_outs"].as_array().unwrap().len(), 0);
}

/// A time that is to come or long past, and a key that cannot be read, are no
/// reason to call people: in words, and nothing starts.
#[tokio::test(flavor = "multi_thread")]
async fn a_slip_of_the_time_or_the_key_starts_nothing() {
    let (_server, _town, daemon) = served().await;
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let unread = format!("{headers}Idempotency-Key: 夜\r\n");
    let now = r#"{"kind":"earthquake","intensity":"5-"}"#;
    let future = r#"{"kind":"earthquake","intensity":"5-","at":"2999-11-24T14:05:00Z"}"#;
    let past = r#"{"kind":"earthquake","intensity":"5-","at":"2011-03-11T14:46:00+09:00"}"#;
    for (headers, body, en, ja) in [
        (&headers, future, "+09:00", "まだ来ていません"),
        (&headers, past, "24 hours", "24時間"),
        (&unread, now, "Idempotency-Key", "本文の key"),
    ] {
        let (status, answer) = daemon.raw("POST", "/api/v1/events", headers, body.as_bytes());
        assert_eq!(status, 422, "{body}: {answer}");
        let problem = parse(&answer);
        for (language, part) in [("detail", en), ("detail_ja", ja)] {
            let words = problem[language].as_str().unwrap();
            assert!(words.contains(part), "{words}");
        }
    }
    let (_, list) = daemon.call("GET", "/api/v1/call-outs", Some(TOKEN), None);
    assert_eq!(parse(&list)["call_outs"].as_array().unwrap().len(), 0);
}

/// No token, a wrong one, and one without the scope.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_right_token_may() {
    let (_server, _town, daemon) = served().await;
    let body = r#"{"kind":"earthquake","intensity":"5-"}"#;
    for (token, wanted) in [(None, 401), (Some("wrong"), 401), (Some(READER), 403)] {
        let (status, answer) = daemon.call("POST", "/api/v1/events", token, Some(body));
        assert_eq!(status, wanted, "{answer}");
        assert!(!answer.contains(TOKEN) && !answer.contains(READER));
    }
    for path in [
        "/api/v1/call-outs",
        "/api/v1/drills",
        "/api/v1/roster/people",
    ] {
        assert_eq!(daemon.call("GET", path, None, None).0, 401, "{path}");
        assert_eq!(
            daemon.call("GET", path, Some(READER), None).0,
            200,
            "{path}"
        );
    }
    let (_, list) = daemon.call("GET", "/api/v1/call-outs", Some(TOKEN), None);
    assert_eq!(parse(&list)["call_outs"].as_array().unwrap().len(), 0);
}

/// Addresses are for the scope `admin` alone.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_shown_to_administrators_alone() {
    let (_server, _town, daemon) = served().await;
    let body = r#"{"kind":"earthquake","intensity":"4"}"#;
    let (_, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(body));
    let id = parse(&answer)["call_outs"][0].as_str().unwrap().to_owned();
    for path in [
        format!("/api/v1/call-outs/{id}"),
        "/api/v1/roster/people".to_owned(),
    ] {
        let (_, reader) = daemon.call("GET", &path, Some(READER), None);
        let (_, admin) = daemon.call("GET", &path, Some(TOKEN), None);
        assert!(!reader.contains("@example.jp"), "{path}");
        assert!(admin.contains("@example.jp"), "{path}");
    }
}

/// Which editions were in force is for readers; their files hold addresses.
#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_an_edition_are_for_administrators_alone() {
    let (_server, _town, daemon) = served().await;
    assert_eq!(daemon.call("GET", "/api/v1/editions", None, None).0, 401);
    let (status, list) = daemon.call("GET", "/api/v1/editions", Some(READER), None);
    assert_eq!(status, 200, "{list}");
    assert!(!list.contains("@example.jp"), "{list}");
    let list = parse(&list);
    let edition = &list["editions"][0];
    assert_eq!(
        (&edition["number"], &edition["in_force"]),
        (&2.into(), &true.into())
    );
    assert_eq!(list["refused"], Value::Null);
    let digest = edition["digest"].as_str().unwrap();
    for name in [digest, &digest[..8], "2"] {
        let path = format!("/api/v1/editions/{name}");
        let (status, answer) = daemon.call("GET", &path, Some(READER), None);
        assert_eq!(status, 403, "{answer}");
        assert!(!answer.contains("@example.jp"), "{answer}");
        let (status, whole) = daemon.call("GET", &path, Some(TOKEN), None);
        assert_eq!(status, 200, "{whole}");
        let whole = parse(&whole);
        assert!(whole["rules"].as_str().unwrap().contains("[edition]"));
        assert!(whole["roster"].as_str().unwrap().contains("@example.jp"));
    }
    for name in ["9", "abc", "00000000", "%00"] {
        let path = format!("/api/v1/editions/{name}");
        let (status, answer) = daemon.call("GET", &path, Some(TOKEN), None);
        assert_eq!(status, 404, "{answer}");
    }
}

/// The shape of a call-out, on which other people's scripts rely.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_out_has_the_promised_fields() {
    let (_server, _town, daemon) = served().await;
    let body = r#"{"kind":"earthquake","intensity":"5-"}"#;
    let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(body));
    assert_eq!(status, 202);
    let answer = parse(&answer);
    assert_eq!(answer["duplicate"], false);
    let id = answer["call_outs"][0].as_str().unwrap().to_owned();
    let (_, seen) = daemon.call("GET", &format!("/api/v1/call-outs/{id}"), Some(TOKEN), None);
    let seen = parse(&seen);
    let has = |value: &Value, names: &str| {
        for name in names.split(' ') {
            assert!(value.get(name).is_some(), "{name} is missing in {value}");
        }
    };
    has(
        &seen,
        "id state drill rule title edition opened_at stage counts targets people",
    );
    has(
        &seen["counts"],
        "called sent unreachable answered coming arrived cannot unanswered",
    );
    has(&seen["targets"][0], "name need have");
    has(
        &seen["people"][0],
        "person name section part why contacts notifications answer doubtful eta answered_at via by",
    );
    has(&seen["people"][0]["contacts"][0], "channel address");
    has(
        &seen["people"][0]["notifications"][0],
        "channel state attempts at error",
    );
    assert_eq!(seen["drill"], false);
    assert!(
        seen["opened_at"].as_str().unwrap().ends_with("+09:00"),
        "{}",
        seen["opened_at"]
    );
    let (_, list) = daemon.call("GET", "/api/v1/call-outs?open=true", Some(TOKEN), None);
    assert_eq!(parse(&list)["call_outs"][0]["id"], id.as_str());
    let (status, problem) = daemon.call("GET", "/api/v1/call-outs/none", Some(TOKEN), None);
    assert_eq!(
        (status, parse(&problem)["status"].clone()),
        (404, Value::from(404))
    );
    let (_, drills) = daemon.call("GET", "/api/v1/drills", Some(TOKEN), None);
    assert_eq!(parse(&drills)["drills"][0]["name"], "contact");
}

/// What an event would do is asked with a token that may only read; it is what
/// `muster explain` says, and it starts nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_explained_and_not_started() {
    let (_server, town, daemon) = served().await;
    let ask = |body: &str| daemon.call("POST", "/api/v1/explain", Some(READER), Some(body));
    let (status, said) = ask(r#"{"kind":"earthquake","intensity":"5-","place":"体育館"}"#);
    assert_eq!(status, 200, "{said}");
    let mut said = parse(&said);
    assert_eq!(said["now"]["decision"], "opened", "nothing runs");
    said.as_object_mut().unwrap().remove("now");
    let rule = &said["rules"][0];
    assert_eq!(rule["rule"], "P2");
    assert_eq!(rule["place"], "体育館");
    assert_eq!(rule["subject"], "【緊急参集】震度5弱 体育館へ");
    let place = [
        "explain",
        "earthquake",
        "--intensity",
        "5-",
        "--place",
        "体育館",
    ];
    assert_eq!(said, town.json(&place));
    let (status, said) = ask(r#"{"kind":"wind-flood","posture":3,"ordered_by":"it-1"}"#);
    assert_eq!(status, 422, "{said}");
    assert!(said.contains("mayor"), "{said}");
    let (status, said) = ask(r#"{"kind":"threat","like":"P99","threat":"噴火"}"#);
    assert_eq!(status, 422, "{said}");
    assert_eq!(
        daemon.call("POST", "/api/v1/explain", None, Some("{}")).0,
        401
    );
    let (_, list) = daemon.call("GET", "/api/v1/call-outs", Some(READER), None);
    assert_eq!(parse(&list)["call_outs"].as_array().unwrap().len(), 0);
    let (status, plan) = daemon.call("GET", "/api/v1/plan", Some(READER), None);
    let plan = parse(&plan);
    assert_eq!(status, 200);
    assert_eq!(plan["rules"][3]["ordered_by"][0], "mayor");
    assert_eq!(plan["systems"].as_array().unwrap().len(), 43);
}

/// A drill is started by its own call and says so; an unknown one is refused.
#[tokio::test(flavor = "multi_thread")]
async fn drills_have_their_own_call() {
    let (_server, _town, daemon) = served().await;
    let (status, answer) = daemon.call(
        "POST",
        "/api/v1/drills",
        Some(TOKEN),
        Some(r#"{"name":"contact"}"#),
    );
    assert_eq!(status, 202, "{answer}");
    let id = parse(&answer)["call_out"].as_str().unwrap().to_owned();
    let (_, seen) = daemon.call(
        "GET",
        &format!("/api/v1/call-outs/{id}"),
        Some(READER),
        None,
    );
    assert_eq!(parse(&seen)["drill"], true);
    let (status, _) = daemon.call(
        "POST",
        "/api/v1/drills",
        Some(TOKEN),
        Some(r#"{"name":"none"}"#),
    );
    assert_eq!(status, 404);
}

/// Health without a token, and counters without a name or an address.
#[tokio::test(flavor = "multi_thread")]
async fn it_says_how_it_is() {
    let (_server, _town, daemon) = served().await;
    assert_eq!(daemon.call("GET", "/healthz", None, None).0, 200);
    assert_eq!(daemon.call("GET", "/readyz", None, None).0, 200);
    let (status, metrics) = daemon.call("GET", "/metrics", None, None);
    assert_eq!(status, 200);
    assert!(metrics.contains("muster_live_call_outs"), "{metrics}");
    assert!(!metrics.contains('@'), "{metrics}");
}

/// The board wants a sign-in, and a sign-in wants a token.
#[tokio::test(flavor = "multi_thread")]
async fn the_board_wants_a_sign_in() {
    let (_server, _town, daemon) = served().await;
    let (status, page) = daemon.raw("GET", "/", "Accept: text/html\r\n", b"");
    assert!(
        status == 200 || status == 401 || status == 303,
        "{status} {page}"
    );
    assert!(!page.contains("P2"), "{page}");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(daemon.raw("POST", "/sign-in", form, b"token=wrong").0, 401);
    let (status, page) = daemon.raw("POST", "/sign-in", "", b"what=ever");
    assert!(status == 401 && page.contains("<form"), "{status} {page}");
    let body = format!("token={READER}");
    let (status, _) = daemon.raw("POST", "/sign-in", form, body.as_bytes());
    assert_eq!(status, 303);
    let cross = format!("{form}Sec-Fetch-Site: cross-site\r\n");
    assert_eq!(
        daemon.raw("POST", "/sign-in", &cross, body.as_bytes()).0,
        403
    );
}
