//! Testing one person's contacts: the real command, a real relay and gateway,
//! and their own answers.

use serde_json::Value;

use crate::support::daemon::{READER, Town};
use crate::support::hook::{HookServer, Script as Gateway};
use crate::support::smtp::{Script, SmtpServer};

const GATEWAY: &str = "\n[[webhook]]\nname = \"voice-gateway\"\nurl = \"URL\"\n";

fn with_gateway(town: &Town, url: &str) {
    let file = town.config().join("muster.toml");
    let before = std::fs::read_to_string(file).unwrap();
    let after = before + &GATEWAY.replace("URL", url);
    town.write("muster.toml", &after);
}

/// Every contact gets one message that is neither a call-out nor an exercise,
/// and the command prints what the other side said.
#[tokio::test(flavor = "multi_thread")]
async fn each_contact_is_tested_and_the_answer_printed() {
    let relay = SmtpServer::start(Script::new()).await;
    let gateway = HookServer::start(Gateway::new()).await;
    let town = Town::new(relay.port);
    with_gateway(&town, &gateway.url());
    let daemon = town.serve();
    let output = town.run(&["test-contact", "it-1"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("250 "), "the relay's own words: {said}");
    assert!(said.contains("it-1@example.jp"), "{said}");
    assert!(said.contains("voice-gateway"), "{said}");
    let mails = relay.mails();
    let [mail] = mails.as_slice() else {
        panic!("{} mails", mails.len());
    };
    let mail = mail.text();
    assert!(mail.contains("contact-test."), "{mail}");
    for word in ["訓練", "DRILL", "緊急参集", "EMERGENCY"] {
        assert!(!mail.contains(word), "{word} in {mail}");
    }
    let post = gateway.post(1).await;
    let body: Value = serde_json::from_str(&post.body).unwrap();
    assert_eq!(body["type"], "contact.test");
    assert_eq!(body["person"]["person"], "it-1");
    let text = body["text"].as_str().unwrap();
    assert!(text.contains("どこにも集まる必要はありません"), "{text}");
    drop(daemon);
}

/// An address that the relay refuses is said with the relay's own words, and
/// the command fails; whoever may only read tests nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_address_is_said_in_the_relays_words() {
    let refusing = Script::new().refuse("mayor@example.jp", "550 5.1.1 no such user");
    let relay = SmtpServer::start(refusing).await;
    let town = Town::new(relay.port);
    let daemon = town.serve();
    let output = town.run(&["test-contact", "mayor"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("550 5.1.1"), "{said}");
    let path = "/api/v1/roster/people/it-1/test";
    let (status, _) = daemon.call("POST", path, Some(READER), Some("{}"));
    assert_eq!(status, 403);
    let unknown = town.run(&["test-contact", "nobody"]);
    assert_eq!(unknown.status.code(), Some(4));
    assert_eq!(relay.mails().len(), 0);
}
