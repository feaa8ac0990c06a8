//! The real daemon and the real command: a new edition, a mail, a press.

use super::asking;
use crate::support::daemon::{READER, Town};
use crate::support::smtp::{Received, Script, SmtpServer};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn text(mail: &Received) -> String {
    let parser = mail_parser::MessageParser::default();
    let mail = parser.parse(&mail.data).unwrap();
    mail.body_text(0).unwrap().into_owned()
}

/// A new address in the roster's file, SIGHUP, one mail, the button; then the
/// command says that it is proved, and the log names neither link nor address.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_is_confirmed() {
    let relay = SmtpServer::start(Script::new()).await;
    let town = Town::new(relay.port);
    let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
    town.write("rules.toml", &asking(&rules));
    let mut daemon = town.serve();
    let before = town.json(&["contacts", "it-1"]);
    assert_eq!(before["people"][0]["contacts"][0]["last"], "none");
    let roster = std::fs::read_to_string(town.config().join("roster.toml")).unwrap();
    town.write(
        "roster.toml",
        &roster.replace("it-1@example.jp", "new@example.jp"),
    );
    daemon.signal("-HUP");
    let mail = relay.mail(1).await;
    assert_eq!(mail.to, ["new@example.jp"]);
    let body = text(&mail);
    let at = body.find("/contact/").unwrap();
    let path = body[at..].split_whitespace().next().unwrap().to_owned();
    let (status, page) = daemon.raw("POST", &path, FORM, b"word=mine");
    assert_eq!(status, 200, "{page}");
    let heard = daemon.says("an address was confirmed");
    assert!(
        !heard.contains("new@") && !heard.contains("/contact/"),
        "{heard}"
    );
    let after = town.json(&["contacts", "it-1"]);
    let contact = &after["people"][0]["contacts"][0];
    assert_eq!(
        (&contact["last"], &contact["proved"]),
        (&"confirmed".into(), &true.into())
    );
    let said = town.run(&["contacts", "it-1"]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("本人が確認"), "{said}");
    let (_, all) = daemon.call("GET", "/api/v1/contacts", Some(READER), None);
    assert!(!all.contains("@example.jp"), "addresses are not theirs");
    assert_eq!(relay.mails().len(), 1, "nobody else was asked");
    let unproved = town.json(&["contacts", "--unproved"]);
    let people = unproved["people"].as_array().unwrap();
    assert!(
        people
            .iter()
            .all(|one| one["person"] != "it-1" || one["contacts"][0]["last"] != "confirmed")
    );
}
