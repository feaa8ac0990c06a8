//! What webhooks promise beyond the contract: the signature, every status,
//! `Retry-After`, and that no redirect is followed.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use muster::channel::webhook::{LookUp, LookedUp, Post, Settings, Success};
use muster::channel::{Attempt, Channels, Outgoing};
use muster::domain::delivery::{Outcome, Reason};
use secrecy::SecretString;
use sha2::Sha256;

use super::{ACCEPTED, UNKNOWN, detail, kind, noon, rejected, retry, settings_of};
use crate::support::certificate::Certificate;
use crate::support::hook::{Answer, HookServer, Script, settings};
use crate::support::smtp;

fn channels(webhooks: Vec<Settings>) -> Channels {
    Channels::new(settings_of(smtp::settings(Vec::new()), webhooks)).unwrap()
}

fn post(at: Timestamp) -> Outgoing {
    Outgoing::Webhook(Post {
        webhook: "gateway".into(),
        to: "+81-136-00-0000".into(),
        id: "msg_n7".to_owned(),
        timestamp: at,
        body: r#"{"type":"call-out.notification","text":"参集"}"#.to_owned(),
    })
}

async fn answered(answer: Answer) -> Attempt {
    let server = HookServer::start(Script::new().always(answer)).await;
    let channels = channels(vec![server.webhook("gateway")]);
    channels.send(&post(noon())).await
}

/// Row 56: the same id on every copy, a signature of its own for each.
#[tokio::test]
async fn every_copy_is_signed_anew_under_the_same_id() {
    let key = b"a key of four and twenty";
    let server = HookServer::start(Script::new().once(Answer::Drop)).await;
    let mut webhook = server.webhook("gateway");
    webhook.secret = Some(SecretString::from(format!(
        "whsec_{}",
        STANDARD.encode(key)
    )));
    webhook.bearer = Some(SecretString::from("himitsu"));
    let channels = channels(vec![webhook]);
    assert_eq!(kind(&channels.send(&post(noon())).await), UNKNOWN);
    let later = noon() + SignedDuration::from_secs(60);
    let second = channels.send(&post(later)).await;
    assert_eq!(kind(&second), ACCEPTED, "{second:?}");
    assert_eq!(
        (second.via.as_str(), detail(&second)),
        ("gateway", "200 OK ok")
    );
    for (n, at) in [(1, noon()), (2, later)] {
        let got = server.post(n).await;
        assert_eq!(got.header("webhook-id"), "msg_n7");
        assert_eq!(got.header("webhook-timestamp"), at.as_second().to_string());
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(format!("msg_n7.{}.{}", at.as_second(), got.body).as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(got.header("webhook-signature"), format!("v1,{signature}"));
        assert_eq!(got.header("content-type"), "application/json");
        assert_eq!(got.header("authorization"), "Bearer himitsu");
        assert!(got.body.contains("参集"));
    }
}

/// The example of the Standard Webhooks specification's own libraries.
#[tokio::test]
async fn the_signature_is_the_one_that_others_check() {
    let server = HookServer::start(Script::new()).await;
    let mut webhook = server.webhook("gateway");
    webhook.secret = Some(SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    let post = Outgoing::Webhook(Post {
        webhook: "gateway".into(),
        to: "".into(),
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
        timestamp: Timestamp::from_second(1_614_265_330).unwrap(),
        body: r#"{"test": 2432232314}"#.to_owned(),
    });
    channels(vec![webhook]).send(&post).await;
    let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assert_eq!(server.post(1).await.header("webhook-signature"), signature);
}

/// Rows 52 and 53.
#[tokio::test]
async fn each_status_has_its_meaning() {
    for (status, expected) in [
        (200, ACCEPTED),
        (202, ACCEPTED),
        (204, ACCEPTED),
        (408, retry(Reason::Busy)),
        (425, retry(Reason::Busy)),
        (429, retry(Reason::Busy)),
        (503, retry(Reason::Busy)),
        (500, retry(Reason::Fault)),
        (502, retry(Reason::Fault)),
        (504, retry(Reason::Fault)),
        (410, rejected(Reason::Address)),
        // Of a gateway of which nothing is known yet, these are its own.
        (404, retry(Reason::Policy)),
        (401, retry(Reason::Policy)),
        (403, retry(Reason::Policy)),
        (400, rejected(Reason::Content)),
        (409, rejected(Reason::Content)),
        (413, rejected(Reason::Content)),
        (422, rejected(Reason::Content)),
        // Said of us, of the proxy or of the URL, and never of a person.
        (402, retry(Reason::Policy)),
        (405, retry(Reason::Policy)),
        (407, retry(Reason::Policy)),
        (415, retry(Reason::Policy)),
        (421, retry(Reason::Policy)),
        (426, retry(Reason::Policy)),
        (431, retry(Reason::Policy)),
        (451, retry(Reason::Policy)),
        (304, retry(Reason::Policy)),
    ] {
        let attempt = answered(Answer::status(status)).await;
        assert_eq!(kind(&attempt), expected, "{status}: {attempt:?}");
        assert!(
            detail(&attempt).starts_with(&status.to_string()),
            "{attempt:?}"
        );
    }
}

#[tokio::test]
async fn a_wait_that_was_asked_for_is_told_and_nonsense_is_not() {
    for (asked, expected) in [
        ("1", Some(1)),
        ("3600", Some(3600)),
        ("Mon, 23 Nov 2026 12:02:00 GMT", Some(120)),
        ("Mon, 23 Nov 2026 11:00:00 GMT", None),
        ("-5", None),
        ("soon", None),
        ("99999999999999999999", None),
        ("", None),
    ] {
        let header = format!("retry-after: {asked}");
        let attempt = answered(Answer::with(503, &[&header], "")).await;
        let Outcome::Retry { after, .. } = attempt.outcome else {
            panic!("{attempt:?}");
        };
        assert_eq!(after, expected.map(Duration::from_secs), "{asked}");
    }
}

/// Row 54.
#[tokio::test]
async fn no_redirect_is_followed() {
    let inside = HookServer::start(Script::new()).await;
    for status in [301, 302, 303, 307, 308] {
        let header = format!("location: {}", inside.url());
        let attempt = answered(Answer::with(status, &[&header], "")).await;
        assert_eq!(kind(&attempt), retry(Reason::Policy), "{attempt:?}");
        assert!(
            detail(&attempt).ends_with("redirect not followed"),
            "{attempt:?}"
        );
    }
    assert!(inside.posts().is_empty());
}

/// Row 57: an answer without end is read for a while and no longer: the gateway
/// is hung up on soon after.
#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let server = HookServer::start(Script::new().always(Answer::Endless)).await;
    let channels = channels(vec![server.webhook("gateway")]);
    let attempt = channels.send(&post(noon())).await;
    assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    assert!(detail(&attempt).chars().count() <= 301);
    let said = server.hung_up_on().await;
    assert!((READ..8 * READ).contains(&said), "{said} octets of a body");
}

/// How many octets of an answer's body are read.
const READ: usize = 16 * 1024;

/// Row 57: so many are read, and not one more: what follows them counts for
/// nothing, and that it never comes is not missed.
#[tokio::test]
async fn so_much_of_an_answer_is_read() {
    for (octets, expected) in [(READ - 1, UNKNOWN), (READ, retry(Reason::Policy))] {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
        let answer = format!("{head}{}", "a".repeat(octets)).into_bytes();
        let server = HookServer::start(Script::new().always(Answer::Raw(answer))).await;
        let mut webhook = server.webhook("gateway");
        webhook.success = Success::Body("*ok*".to_owned());
        let attempt = channels(vec![webhook]).send(&post(noon())).await;
        assert_eq!(kind(&attempt), expected, "{octets}: {attempt:?}");
    }
}

/// Row 57: what stands behind that counts for nothing, though it comes in one piece with it.
#[tokio::test]
async fn what_stands_behind_the_end_counts_for_nothing() {
    for behind in ["ok", &"ok".repeat(READ)] {
        let body = format!("{}{behind}", "a".repeat(READ));
        let script = Script::new().always(Answer::with(200, &[], &body));
        let server = HookServer::start(script).await;
        let mut webhook = server.webhook("gateway");
        webhook.success = Success::Body("*ok*".to_owned());
        let attempt = channels(vec![webhook]).send(&post(noon())).await;
        assert_eq!(kind(&attempt), retry(Reason::Policy), "{attempt:?}");
    }
}

#[tokio::test]
async fn a_receiver_with_a_certificate_that_does_not_hold_gets_nothing() {
    let good = Certificate::good();
    let server = HookServer::start_tls(Script::new(), good.acceptor()).await;
    let mut webhook = server.webhook("gateway");
    webhook.extra_roots = Some(good.roots().to_owned());
    let attempt = channels(vec![webhook.clone()]).send(&post(noon())).await;
    assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    webhook.extra_roots = Some(Certificate::good().roots().to_owned());
    // The other certificate's file is gone with it.
    let without_file = settings_of(smtp::settings(Vec::new()), vec![webhook.clone()]);
    assert!(Channels::new(without_file).is_err());
    let other = Certificate::good();
    webhook.extra_roots = Some(other.roots().to_owned());
    let attempt = channels(vec![webhook]).send(&post(noon())).await;
    assert_eq!(kind(&attempt), retry(Reason::Tls), "{attempt:?}");
    assert_eq!(server.posts().len(), 1);
}

#[tokio::test]
async fn one_number_that_is_gone_does_not_stop_the_others() {
    let script = Script::new().refuse("+81-136-00-0001", Answer::status(410));
    let server = HookServer::start(script).await;
    let channels = channels(vec![server.webhook("gateway")]);
    for (address, expected) in [
        ("+81-136-00-0001", rejected(Reason::Address)),
        ("+81-136-00-0002", ACCEPTED),
    ] {
        let message = Outgoing::Webhook(Post {
            webhook: "gateway".into(),
            to: address.into(),
            id: "msg_n8".to_owned(),
            timestamp: noon(),
            body: format!(r#"{{"address":"{address}"}}"#),
        });
        assert_eq!(kind(&channels.send(&message).await), expected, "{address}");
    }
    assert!(server.posts().iter().all(|post| post.path == "/hook"));
}

#[tokio::test]
async fn a_webhook_that_nobody_configured_is_no_channel() {
    let attempt = channels(Vec::new()).send(&post(noon())).await;
    assert_eq!(kind(&attempt), rejected(Reason::NoChannel));
}

#[test]
fn settings_that_cannot_work_are_refused_in_a_sentence() {
    let refuse = |webhooks: Vec<Settings>| {
        let settings = settings_of(smtp::settings(Vec::new()), webhooks);
        Channels::new(settings).unwrap_err().to_string()
    };
    for url in [
        "",
        "gateway.example.jp",
        "ftp://gateway.example.jp/",
        "http://",
    ] {
        let words = refuse(vec![settings("gateway", url)]);
        assert_eq!(
            words,
            "webhook \"gateway\": the url must begin with https:// or http:// and name a host"
        );
    }
    let good = settings("gateway", "http://gateway.example.jp/");
    let twice = refuse(vec![good.clone(), good.clone()]);
    assert_eq!(
        twice,
        "webhook \"gateway\" stands twice: give each its own name"
    );
    for secret in ["himitsu", "whsec_", "whsec_***"] {
        let mut bad = good.clone();
        bad.secret = Some(SecretString::from(secret));
        let words = refuse(vec![bad]);
        assert_eq!(
            words,
            "webhook \"gateway\": the secret must be whsec_ and then base64"
        );
    }
}

/// The library's connections, which know the proxy of the environment, are
/// judged as our own are. Which proxy there is, the environment says, so that
/// it must have none for this; through one, `fault::forward` looks at them.
#[tokio::test]
async fn an_answer_by_the_librarys_connections_means_the_same() {
    if !is_without_a_proxy(
        "delivery::webhook::an_answer_by_the_librarys_connections_means_the_same",
    ) {
        return;
    }
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\no";
    for (answer, expected) in [
        (Answer::status(200), ACCEPTED),
        (Answer::status(503), retry(Reason::Busy)),
        (Answer::status(410), rejected(Reason::Address)),
        (Answer::status(307), retry(Reason::Policy)),
        (Answer::Drop, UNKNOWN),
        (Answer::Stall, UNKNOWN),
        (Answer::Raw(cut.as_bytes().to_vec()), UNKNOWN),
    ] {
        let server = HookServer::start(Script::new().always(answer.clone())).await;
        let mut webhook = server.webhook("gateway");
        webhook.proxy = true;
        webhook.timeout = Duration::from_millis(500);
        webhook.success = Success::Body(String::new());
        let attempt = channels(vec![webhook]).send(&post(noon())).await;
        assert_eq!(kind(&attempt), expected, "{answer:?} {attempt:?}");
        let got = server.post(1).await;
        assert_eq!(got.header("content-type"), "application/json");
        assert_eq!(got.header("host"), format!("127.0.0.1:{}", server.port));
        assert_eq!(got.path, "/hook");
    }
}

/// Rows 54, 57 and 58 by the library's connections: no redirect is followed, an answer
/// without end is not read to its end, a packed one is not unpacked, and a name that leads inside gets nothing.
#[tokio::test]
async fn the_librarys_connections_lead_nowhere_else() {
    if !is_without_a_proxy("delivery::webhook::the_librarys_connections_lead_nowhere_else") {
        return;
    }
    let by_library = |server: &HookServer| {
        let mut webhook = server.webhook("gateway");
        webhook.proxy = true;
        webhook
    };
    let inside = HookServer::start(Script::new()).await;
    for status in [301, 302, 303, 307, 308] {
        let header = format!("location: {}", inside.url());
        let away = Script::new().always(Answer::with(status, &[&header], ""));
        let server = HookServer::start(away).await;
        let channels = channels(vec![by_library(&server)]);
        let attempt = channels.send(&post(noon())).await;
        assert_eq!(kind(&attempt), retry(Reason::Policy), "{status}");
        assert_eq!(server.posts().len(), 1, "{status}");
    }
    assert!(inside.posts().is_empty());
    let endless = HookServer::start(Script::new().always(Answer::Endless)).await;
    let attempt = channels(vec![by_library(&endless)]);
    let attempt = attempt.send(&post(noon())).await;
    assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    let said = endless.hung_up_on().await;
    assert!(said >= READ, "{said} octets of a body");
    let packed = HookServer::start(Script::new().always(Answer::packed())).await;
    let mut wants_ok = by_library(&packed);
    wants_ok.success = Success::Body("ok*".to_owned());
    let attempt = channels(vec![wants_ok]).send(&post(noon())).await;
    assert_eq!(kind(&attempt), retry(Reason::Policy), "{attempt:?}");
    let mut named = by_library(&inside);
    named.url = format!("http://gateway.example.jp:{}/hook", inside.port);
    named.names = Arc::new(Inside);
    let attempt = channels(vec![named]).send(&post(noon())).await;
    assert_eq!(kind(&attempt), retry(Reason::Unreachable), "{attempt:?}");
    assert!(detail(&attempt).contains("internal = true"), "{attempt:?}");
    assert!(inside.posts().is_empty());
}

/// Every name leads to this machine.
struct Inside;

impl LookUp for Inside {
    fn look_up(&self, _: &str) -> LookedUp {
        Box::pin(std::future::ready(Ok(vec![[127, 0, 0, 1].into()])))
    }
}

/// Whether the environment has no proxy. Where it has one, the test of this name runs
/// itself again without it, and has nothing more to do itself.
#[expect(clippy::disallowed_methods, reason = "a test that runs itself again")]
fn is_without_a_proxy(test: &str) -> bool {
    let names = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    let mut set = names.iter().filter(|name| std::env::var_os(name).is_some());
    if set.next().is_none() {
        return true;
    }
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", test]);
    for name in names {
        again.env_remove(name);
    }
    let ran = again.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
    false
}

/// A receiver that starts anew between two messages: the second finds its
/// connection closed, writes nothing to it and is not in doubt.
#[tokio::test]
async fn a_connection_that_was_closed_is_not_written_to() {
    let mut server = HookServer::start(Script::new()).await;
    let channels = channels(vec![server.webhook("gateway")]);
    for number in 1..=3 {
        let attempt = channels.send(&post(noon())).await;
        assert_eq!(kind(&attempt), ACCEPTED, "{number}: {attempt:?}");
        assert_eq!(server.posts().len(), 1);
        let address = format!("127.0.0.1:{}", server.port);
        drop(server);
        // Until the end of the connection has come.
        let moment = Duration::from_millis(5);
        let passed = tokio::time::timeout(moment, std::future::pending::<()>());
        assert!(passed.await.is_err());
        server = HookServer::start_at(&address).await;
    }
}

/// A gateway closes a connection as the second message comes on it, without a word: of that
/// one nobody knows, and no connection is kept for a further one.
#[tokio::test]
async fn no_connection_is_kept_where_one_broke_off_under_a_message() {
    let server = HookServer::start(Script::new()).await;
    let channels = channels(vec![server.webhook("gateway")]);
    assert_eq!(kind(&channels.send(&post(noon())).await), ACCEPTED);
    server.set(Script::new().once(Answer::Drop));
    assert_eq!(kind(&channels.send(&post(noon())).await), UNKNOWN);
    assert_eq!(kind(&channels.send(&post(noon())).await), ACCEPTED);
    server.drained().await;
    assert_eq!(kind(&channels.send(&post(noon())).await), ACCEPTED);
    server.drained().await;
}
