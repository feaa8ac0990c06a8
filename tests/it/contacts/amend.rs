//! A reported change into the roster's file and out into force: the whole way
//! with the real command.

use serde_json::Value;

use super::asking;
use crate::support::daemon::{READER, Served, TOKEN, Town, said};
use crate::support::smtp::{Script, SmtpServer};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn path(link: &str) -> String {
    link[link.find("/my-contacts/").unwrap()..]
        .trim()
        .to_owned()
}

/// Reports a change from the page; the form's mark is of the first contact.
fn report(daemon: &Served, path: &str, form: &str) {
    let (_, page) = daemon.raw("GET", path, "", b"");
    let (_, rest) = page.split_once("name=\"contact\" value=\"").unwrap();
    let form = form.replace("MARK", rest.split('"').next().unwrap());
    let (status, page) = daemon.raw("POST", path, FORM, form.as_bytes());
    assert_eq!(status, 200, "{page}");
}

fn roster(town: &Town) -> String {
    std::fs::read_to_string(town.config().join("roster.toml")).unwrap()
}

/// A person reports a new address; nothing changes until somebody accepts it
/// into the file, with its remarks kept, and the edition is taken up; then the
/// new address is asked, and proves itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_reported_address_comes_into_force_by_a_persons_word() {
    let relay = SmtpServer::start(Script::new()).await;
    let town = Town::new(relay.port);
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    town.write("rules.toml", &asking(&rules));
    let daemon = town.serve();
    let before = roster(&town);
    let (link, _) = said(&town.run(&["contacts", "it-1", "--link"]));
    let path = path(link.lines().next().unwrap());
    report(
        &daemon,
        &path,
        "what=new&contact=MARK&address=new%40example.jp",
    );
    let (listed, _) = said(&town.run(&["contacts", "changes"]));
    assert!(
        listed.contains("it-1@example.jp から new@example.jp へ変更"),
        "{listed}"
    );
    assert!(listed.contains("確認待ち"), "{listed}");
    let shown = town.run(&["contacts", "accept", "1"]);
    let (out, _) = said(&shown);
    assert!(shown.status.success() && out.contains("--write"), "{out}");
    assert_eq!(roster(&town), before, "nothing is written");
    let written = town.run(&["contacts", "accept", "1", "--write"]);
    let (out, err) = said(&written);
    assert!(written.status.success(), "{out}{err}");
    let after = roster(&town);
    assert_eq!(after, before.replace("it-1@example.jp", "new@example.jp"));
    let backup = std::fs::read_to_string(town.config().join("roster.toml.bak")).unwrap();
    assert_eq!(backup, before);
    let live = town.json(&["contacts", "it-1"]);
    assert_eq!(
        live["people"][0]["contacts"][0]["address"], "it-1@example.jp",
        "not in force yet"
    );
    let again = town.run(&["contacts", "accept", "1", "--write"]);
    assert_eq!(again.status.code(), Some(0));
    assert!(said(&again).0.contains("既にこのとおり"));
    assert_eq!(roster(&town), after, "it is in the file already");
    daemon.signal("-HUP");
    let mail = relay.mail(1).await;
    assert_eq!(mail.to, ["new@example.jp"]);
    let parser = mail_parser::MessageParser::default();
    let body = parser
        .parse(&mail.data)
        .unwrap()
        .body_text(0)
        .unwrap()
        .into_owned();
    let at = body.find("/contact/").unwrap();
    let link = body[at..].split_whitespace().next().unwrap();
    assert_eq!(daemon.raw("POST", link, FORM, b"word=mine").0, 200);
    let proved = town.json(&["contacts", "it-1"]);
    assert_eq!(proved["people"][0]["contacts"][0]["last"], "confirmed");
}

/// Declined with its reason; a contact that is gone is taken out; what the
/// file has already is settled without writing; a reader may none of it.
#[tokio::test(flavor = "multi_thread")]
async fn reports_are_declined_and_settled() {
    let relay = SmtpServer::start(Script::new()).await;
    let town = Town::new(relay.port);
    let daemon = town.serve();
    let made = town.json(&["contacts", "it-1", "--link"]);
    let path = path(made["link"].as_str().unwrap());
    report(&daemon, &path, "what=wrong&contact=MARK");
    report(&daemon, &path, "what=note&contact=&note=telephone");
    report(&daemon, &path, "what=gone&contact=MARK");
    let refused = town.run(&["contacts", "refuse", "1", "--reason", "電話で確認"]);
    assert!(refused.status.success());
    let before = roster(&town);
    let noted = town.run(&["contacts", "accept", "2", "--write"]);
    assert!(noted.status.success());
    assert_eq!(roster(&town), before, "a note changes nothing");
    let gone = town.json(&["contacts", "accept", "3", "--write"]);
    assert_eq!(gone["written"], true);
    assert!(!roster(&town).contains("it-1@example.jp"));
    let awaited = town.json(&["contacts", "changes"]);
    let awaited = awaited["changes"].as_array().unwrap();
    assert_eq!(awaited.len(), 1, "accepted, and not in force yet");
    assert_eq!(awaited[0]["in_force"], false);
    let all = town.json(&["contacts", "changes", "--all"]);
    let states: Vec<&Value> = all["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["state"])
        .collect();
    assert_eq!(states, ["refused", "accepted", "accepted"]);
    assert_eq!(
        town.run(&["contacts", "accept", "99"]).status.code(),
        Some(4)
    );
    for (method, path, body) in [
        ("GET", "/api/v1/contacts/changes", None),
        ("POST", "/api/v1/contacts/changes/1/accept", Some("{}")),
        (
            "POST",
            "/api/v1/roster/people/it-1/contacts/link",
            Some("{}"),
        ),
    ] {
        assert_eq!(
            daemon.call(method, path, Some(READER), body).0,
            403,
            "{path}"
        );
        assert_eq!(daemon.call(method, path, None, body).0, 401, "{path}");
    }
    let (status, _) = daemon.call(
        "GET",
        "/api/v1/contacts/changes?open=maybe",
        Some(TOKEN),
        None,
    );
    assert_eq!(status, 422);
}
