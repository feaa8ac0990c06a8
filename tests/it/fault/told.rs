//! What fails is told to administrators by another path than the one that
//! failed: the real process, a real relay and a real gateway.
//!
//! Owns the promise itself; what is worth an alarm, and when, is in
//! `story::alarm`.

use mail_parser::MessageParser;

use crate::support::certificate::Certificate;
use crate::support::daemon::Town;
use crate::support::hook::{self, Answer, HookServer, Received};
use crate::support::smtp::{self, Script, SmtpServer, Step};

/// The administrators' mail addresses.
const MAILS: [&str; 3] = [
    "it-manager@example.jp",
    "it-1@example.jp",
    "it-2@example.jp",
];

/// The gateway's addresses of the three administrators.
const ADMINISTRATORS: [&str; 3] = ["+81-0-0000-0005", "+81-0-0000-0006", "+81-0-0000-0007"];

/// A town with a relay, which is set so, and a gateway that telephones.
fn town(relay: &SmtpServer, gateway: &HookServer, set: &str) -> Town {
    let town = Town::new(relay.port);
    let config = std::fs::read_to_string(town.config().join("muster.toml")).unwrap();
    town.write("muster.toml", &config.replace("tls = \"none\"", set));
    town.rings(&gateway.url());
    town
}

/// Waits until each administrator was rung with these words.
async fn rung(gateway: &HookServer, words: &[&str]) {
    let says = |post: &Received, to: &str| {
        post.body.contains(to) && words.iter().all(|word| post.body.contains(word))
    };
    let mut left: Vec<&str> = ADMINISTRATORS.to_vec();
    for n in 1.. {
        let post = gateway.post(n).await;
        left.retain(|to| !says(&post, to));
        if left.is_empty() {
            return;
        }
    }
}

/// Whether a mail tells what fails, in these words.
fn tells(mail: &smtp::Received, words: &str) -> bool {
    let mail = MessageParser::default().parse(&mail.data).unwrap();
    let subject = mail.subject().unwrap_or_default();
    subject.contains("【障害】") && mail.body_text(0).unwrap_or_default().contains(words)
}

/// An open circuit: a relay that must encrypt and does not, whose certificate has run
/// out, or that refuses the login (rows 43 to 45). Mail is what failed, so that the
/// telephone says so, and nothing of it goes in the clear.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_shut_is_told_by_telephone() {
    let login = "tls = \"none\"\nlogin = \"muster\"\npassword_file = \"password\"";
    let old = Certificate::expired();
    // It is trusted, but for its time.
    let trusted = format!("tls = \"required\"\nca_file = {:?}", old.roots());
    for (script, set, why) in [
        (
            Script::new().without_esmtp(),
            "tls = \"required\"",
            "STARTTLS",
        ),
        (
            Script::new().starttls(old.acceptor()),
            trusted.as_str(),
            "certificate",
        ),
        (
            Script::new().login("muster", "another", "PLAIN"),
            login,
            "535",
        ),
    ] {
        let relay = SmtpServer::start(script).await;
        let gateway = HookServer::start(hook::Script::new()).await;
        let town = town(&relay, &gateway, set);
        town.write("password", "himitsu\n");
        let daemon = town.serve();
        daemon.earthquake();
        let name = format!("127.0.0.1:{}", relay.port);
        rung(&gateway, &["障害", &name, why]).await;
        daemon.signal("-TERM");
        let (_, words) = daemon.last_words();
        assert!(!words.contains("himitsu"), "{words}");
        // Nobody's address was said to it, and no mail.
        assert_eq!(relay.count(Step::Mail), 0, "{set}");
        assert_eq!(relay.mails().len(), 0, "{set}");
    }
}

/// The other way round (row 53): a gateway that refuses everybody. It is told by mail.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_shut_is_told_by_mail() {
    let relay = SmtpServer::start(Script::new()).await;
    let refuses = hook::Script::new().always(Answer::status(401));
    let gateway = HookServer::start(refuses).await;
    let town = town(&relay, &gateway, "tls = \"none\"");
    let daemon = town.serve();
    daemon.earthquake();
    let told = |mails: &[smtp::Received]| {
        let heard = |to: &str| {
            let to = to.to_owned();
            let mut mails = mails.iter().filter(|mail| mail.to.contains(&to));
            mails.any(|mail| tells(mail, "voice-gateway") && tells(mail, "401"))
        };
        MAILS.into_iter().all(heard)
    };
    relay.until("the alarm", told).await;
}

/// A dead contact: a relay refuses an address. Mail is what failed for it, so
/// that the telephone says so, and not one more mail.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_address_is_told_by_telephone() {
    let refused = "550 5.1.1 no such user";
    let script = Script::new().refuse("planning-1@example.jp", refused);
    let relay = SmtpServer::start(script).await;
    let gateway = HookServer::start(hook::Script::new()).await;
    let town = town(&relay, &gateway, "tls = \"none\"");
    let daemon = town.serve();
    let event = r#"{"kind":"earthquake","intensity":"7"}"#;
    let (status, answer) = daemon.call(
        "POST",
        "/api/v1/events",
        Some(crate::support::daemon::TOKEN),
        Some(event),
    );
    assert_eq!(status, 202, "{answer}");
    rung(&gateway, &["障害", "まちづくり振興課 職員1"]).await;
    let mails = relay.mails();
    assert!(!mails.is_empty());
    let told = mails.iter().filter(|mail| tells(mail, ""));
    assert_eq!(told.count(), 0);
}
