//! What fails is told to administrators by another path than the one that
//! failed: the real process, a real relay and a real gateway.
//!
//! Owns the promise itself; what is worth an alarm, and when, is in
//! `story::alarm`.

use crate::support::daemon::Town;
use crate::support::hook::{self, HookServer, Received};
use crate::support::smtp::{Script, SmtpServer};

/// The gateway's addresses of the three administrators.
const ADMINISTRATORS: [&str; 3] = ["+81-0-0000-0005", "+81-0-0000-0006", "+81-0-0000-0007"];

/// A town with a relay and a gateway that telephones.
fn town(relay: &SmtpServer, gateway: &HookServer, tls: &str) -> Town {
    let town = Town::new(relay.port);
    let config = std::fs::read_to_string(town.config().join("muster.toml")).unwrap();
    let config = config.replace("tls = \"none\"", &format!("tls = \"{tls}\""));
    let gateway = format!(
        "[[webhook]]\nname = \"voice-gateway\"\nurl = \"{}\"\n",
        gateway.url()
    );
    town.write("muster.toml", &format!("{config}\n{gateway}"));
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

/// An open circuit: a relay that must encrypt and does not. Mail is what failed,
/// so that the telephone says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_shut_is_told_by_telephone() {
    let relay = SmtpServer::start(Script::new().without_esmtp()).await;
    let gateway = HookServer::start(hook::Script::new()).await;
    let town = town(&relay, &gateway, "required");
    let daemon = town.serve();
    daemon.earthquake();
    let name = format!("127.0.0.1:{}", relay.port);
    rung(&gateway, &["障害", &name]).await;
    assert_eq!(relay.mails().len(), 0);
}

/// A dead contact: a relay refuses an address. Mail is what failed for it, so
/// that the telephone says so, and not one more mail.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_address_is_told_by_telephone() {
    let refused = "550 5.1.1 no such user";
    let script = Script::new().refuse("planning-1@example.jp", refused);
    let relay = SmtpServer::start(script).await;
    let gateway = HookServer::start(hook::Script::new()).await;
    let town = town(&relay, &gateway, "none");
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
    let told = mails.iter().filter(|mail| mail.text().contains("【障害】"));
    assert_eq!(told.count(), 0);
}
