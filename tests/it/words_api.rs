//! What people say over HTTP while a call-out runs: a decision, a request for
//! help and its answer, an absence.

use serde_json::Value;

use crate::support::daemon::{READER, Served, TOKEN, Town};
use crate::support::smtp::{Received, Script, SmtpServer};

const INCIDENT: &str = r#"{"kind":"security-incident","effect":"work-hindered","systems":[19,"選挙システム"],"key":"incident-1"}"#;

fn parse(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

fn post(daemon: &Served, path: &str, body: &str) -> (u16, Value) {
    let (status, answer) = daemon.call("POST", path, Some(TOKEN), Some(body));
    (status, parse(&answer))
}

/// The first mail to an address, as soon as it has come.
async fn mail_to(server: &SmtpServer, address: &str) -> Received {
    for n in 1..=50 {
        let mail = server.mail(n).await;
        if mail.to.iter().any(|to| to == address) {
            return mail;
        }
    }
    panic!("50 mails, and none to {address}");
}

/// The path of the answer link in a mail.
fn link(mail: &Received) -> String {
    let mail = mail_parser::MessageParser::default()
        .parse(&mail.data)
        .unwrap();
    let text = mail.body_text(0).unwrap().into_owned();
    let at = text.find("/a/").expect("the mail has a link");
    text[at..].split_whitespace().next().unwrap().to_owned()
}

async fn incident(server: &SmtpServer, daemon: &Served) -> String {
    let (status, started) = post(daemon, "/api/v1/events", INCIDENT);
    assert_eq!(status, 202, "{started}");
    mail_to(server, "it-manager@example.jp").await;
    let id = started["call_outs"][0].as_str().unwrap();
    format!("/api/v1/call-outs/{id}")
}

/// P6: the word of the IT manager, entered by a colleague; a second, other word
/// hears what stands.
#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_taken_once() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let call_out = incident(&server, &daemon).await;
    let decide = format!("{call_out}/decide");
    let muster = r#"{"decision":"muster","by":"it-manager"}"#;
    let reader = daemon.call("POST", &decide, Some(READER), Some(muster));
    assert_eq!(reader.0, 403, "{}", reader.1);
    let guess = daemon.call("POST", &decide, Some(READER), Some(r#"{"who":1}"#));
    assert_eq!(guess.0, 403, "the shape is for whoever may: {}", guess.1);
    let (status, seen) = post(&daemon, &decide, muster);
    assert_eq!(status, 200, "{seen}");
    assert_eq!(seen["state"], "open");
    let timeline = daemon.call("GET", &format!("{call_out}/timeline"), Some(TOKEN), None);
    let timeline = parse(&timeline.1);
    let entries = timeline["timeline"].as_array().unwrap().iter();
    let mut asked = entries.filter(|entry| entry["until"] != Value::Null);
    let until = asked.next().expect("who was asked, and until when");
    assert!(
        until["until"].as_str().unwrap().ends_with("+09:00"),
        "{until}"
    );
    let (status, refused) = post(
        &daemon,
        &decide,
        r#"{"decision":"handle-in-section","by":"cio"}"#,
    );
    assert_eq!(status, 409, "{refused}");
    let stands = refused["detail_ja"].as_str().unwrap();
    assert!(
        stands.contains("既に判断されています：集まる（まちづくり振興課長の判断、"),
        "{stands}"
    );
}

/// P9: the maintainer of a system is asked over HTTP, answers from the page
/// behind the link in the mail, and stands apart from staff.
#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_is_asked_for_help_and_answers() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let daemon = town.serve();
    let call_out = incident(&server, &daemon).await;
    let ask = format!("{call_out}/request-help");
    for (body, word, ja) in [
        (
            r#"{"vendors":["nobody"]}"#,
            "maintainer",
            Some("maintainer"),
        ),
        (r#"{"systems":[99]}"#, "99", Some("99")),
        ("{}", "vendor", Some("事業者")),
        (r#"{"vendors":["maintainer"],"who":"it-1"}"#, "who", None),
    ] {
        let (status, refused) = post(&daemon, &ask, body);
        assert_eq!(status, 422, "{body}: {refused}");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains(word), "{body}: {detail}");
        if let Some(word) = ja {
            let detail = refused["detail_ja"].as_str().unwrap();
            assert!(detail.contains(word), "{body}: {detail}");
        }
    }
    let (status, seen) = post(
        &daemon,
        &ask,
        r#"{"systems":["選挙システム"],"note":"19番の画面が開きません"}"#,
    );
    assert_eq!(status, 200, "{seen}");
    let called = seen["counts"]["called"].clone();
    let path = link(&mail_to(&server, "maintainer-desk@example.jp").await);
    let (status, page) = daemon.raw("GET", &path, "Accept-Language: ja\r\n", b"");
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("協力依頼") && !page.contains("<script"));
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let (status, page) = daemon.raw("POST", &path, form, b"answer=accepted&eta_minutes=60");
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("対応できる"), "{page}");
    let (status, _) = daemon.raw("POST", &path, form, b"decision=muster");
    assert_eq!(status, 409, "a desk decides nothing");
    let answer = r#"{"person":"maintainer#1","answer":"remote"}"#;
    let (status, seen) = post(&daemon, &format!("{call_out}/acknowledgements"), answer);
    assert_eq!(status, 200, "{seen}");
    assert_eq!(seen["counts"]["called"], called, "vendors are no staff");
    assert_eq!(seen["counts"]["coming"], 0);
}
