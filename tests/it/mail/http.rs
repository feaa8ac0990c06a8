//! `POST /api/v1/mail`: who may hand in mail, and what is refused.

use crate::support::daemon::{READER, TOKEN, Town};
use crate::support::smtp::{Script, SmtpServer};

/// A mail that means nothing is taken, with the reason; only a mail is taken,
/// only by whom may, and no larger than is looked at.
#[tokio::test(flavor = "multi_thread")]
async fn mail_is_taken_from_whom_may_hand_it_in() {
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    let muster = std::fs::read_to_string(town.config().join("muster.toml")).unwrap();
    let muster = muster.replace(
        "\"approve\", \"admin\"]",
        "\"approve\", \"admin\", \"mail\"]",
    );
    town.write("muster.toml", &muster);
    let daemon = town.serve();
    let hand_in = |token: &str, kind: &str, recipient: &str, mail: &[u8]| {
        let path = format!("/api/v1/mail?recipient={recipient}");
        let headers = format!("Authorization: Bearer {token}\r\nContent-Type: {kind}\r\n");
        daemon.raw("POST", &path, &headers, mail)
    };
    let mail = b"From: a@example.jp\r\n\r\nx\r\n";
    let (status, said) = hand_in(TOKEN, "message/rfc822", "muster%40example.jp", mail);
    assert_eq!(status, 200, "{said}");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["decision"], "no-token");
    for word in ["why", "why_ja"] {
        assert!(!said[word].as_str().unwrap().is_empty(), "{said}");
    }
    let forged = "muster%2B1-0123456789ab%40example.jp";
    let (_, said) = hand_in(TOKEN, "message/rfc822", forged, mail);
    assert!(said.contains("\"forged\""), "{said}");
    // As it stands in an address: a plus that nobody encoded.
    let (_, said) = hand_in(
        TOKEN,
        "message/rfc822",
        "muster+1-0123456789ab@example.jp",
        mail,
    );
    assert!(said.contains("\"forged\""), "{said}");
    let (_, metrics) = daemon.call("GET", "/metrics", None, None);
    assert!(
        metrics.contains("muster_received_mails_total{name=\"forged\"} 2"),
        "{metrics}"
    );
    assert_eq!(hand_in(READER, "message/rfc822", forged, mail).0, 403);
    assert_eq!(hand_in("nobody", "message/rfc822", forged, mail).0, 401);
    assert_eq!(hand_in(TOKEN, "application/json", forged, mail).0, 415);
    let large = vec![b'x'; muster::feed::mail::LARGEST + 1];
    assert_eq!(hand_in(TOKEN, "message/rfc822", forged, &large).0, 413);
    let empty = hand_in(TOKEN, "message/rfc822", forged, b"");
    assert!(empty.1.contains("\"empty\""), "{}", empty.1);
}
