//! Part D of `docs/reliability.md`: what gateways, and the lines and names
//! that lead to them, do to webhooks.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use muster::channel::email::Relay;
use muster::channel::webhook::{LookUp, Post, Settings, Success};
use muster::channel::{Attempt, Channels, Outgoing, State};
use muster::clock::Clock;
use muster::domain::delivery::{Reason, wait};
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::delivery::{
    ACCEPTED, UNKNOWN, detail, kind, mail, noon, rejected, retry, send, settings_of,
};
use crate::support::hook::{Answer, HookServer, Script, settings};
use crate::support::lead::{Lead, Moved};
use crate::support::proxy::{Line, Proxy, Way};
use crate::support::smtp::{self, SmtpServer};

/// The people of a small town.
const TOWN: u32 = 60;

fn channels(webhooks: Vec<Settings>, clock: &Clock) -> Channels {
    channels_by(Vec::new(), webhooks, clock)
}

fn channels_by(relays: Vec<Relay>, webhooks: Vec<Settings>, clock: &Clock) -> Channels {
    Channels::new(muster::channel::Settings {
        clock: clock.clone(),
        ..settings_of(smtp::settings(relays), webhooks)
    })
    .unwrap()
}

fn post_to(webhook: &str, number: u32, clock: &Clock) -> Outgoing {
    Outgoing::Webhook(Post {
        webhook: webhook.into(),
        to: format!("+81-136-00-{number:04}").into(),
        id: format!("msg_{number}"),
        timestamp: clock.now(),
        body: format!(r#"{{"person":{number},"text":"参集"}}"#),
    })
}

async fn post_one(webhook: Settings) -> Attempt {
    let clock = Clock::manual(noon());
    let name = webhook.name.clone();
    let channels = channels(vec![webhook], &clock);
    channels.send(&post_to(&name, 1, &clock)).await
}

fn begin_all(channels: &Channels, clock: &Clock) -> JoinSet<Attempt> {
    let mut sends = JoinSet::new();
    for number in 0..TOWN {
        let (channels, message) = (channels.clone(), post_to("gateway", number, clock));
        sends.spawn(async move { channels.send(&message).await });
    }
    sends
}

async fn call_all(channels: &Channels, clock: &Clock) -> Vec<Attempt> {
    begin_all(channels, clock).join_all().await
}

/// Row 52: whatever wait a gateway asks for, a call is not carried past its
/// stage; and no wait makes it come sooner than its own. Who was asked to wait comes up to a
/// fifth later, and not all of a crowd at once.
#[tokio::test]
async fn a_wait_that_a_gateway_asks_for_has_a_limit() {
    for (asked, shortest, longest) in [
        ("1", 4, 6),
        ("120", 120, 144),
        ("3600", 300, 300),
        ("4294967295", 300, 300),
        ("Fri, 31 Dec 2049 23:59:59 GMT", 300, 300),
        ("-1", 4, 6),
        ("tomorrow", 4, 6),
    ] {
        let header = format!("retry-after: {asked}");
        let script = Script::new().always(Answer::with(429, &[&header], ""));
        let server = HookServer::start(script).await;
        let attempt = post_one(server.webhook("gateway")).await;
        assert_eq!(kind(&attempt), retry(Reason::Busy));
        for jitter in [0.0, 1.0] {
            let waits = wait(&attempt.outcome, 1, true, jitter).unwrap();
            let limits = Duration::from_secs(shortest)..=Duration::from_secs(longest);
            assert!(limits.contains(&waits), "{asked}: {waits:?}");
        }
    }
}

/// Row 53: a wrong token or a wrong path is nobody's dead number.
#[tokio::test]
async fn a_gateway_that_refuses_everybody_costs_nobody_their_contact() {
    for (status, reason) in [
        (401, Reason::Authentication),
        (403, Reason::Policy),
        (404, Reason::Policy),
        (405, Reason::Policy),
        (407, Reason::Policy),
        (451, Reason::Policy),
        (308, Reason::Policy),
    ] {
        let server = HookServer::start(Script::new().always(Answer::status(status))).await;
        let clock = Clock::manual(noon());
        let channels = channels(vec![server.webhook("gateway")], &clock);
        for attempt in call_all(&channels, &clock).await {
            // Each one's next contact is called now, and this one again later.
            assert_eq!(kind(&attempt), retry(Reason::Policy), "{attempt:?}");
        }
        let circuit = channels.circuits().remove(0);
        assert_eq!(
            (circuit.channel, circuit.name.as_str()),
            ("webhook", "gateway")
        );
        assert_eq!((circuit.state, circuit.reason), (State::Open, Some(reason)));
        assert!(
            circuit.detail.starts_with(&status.to_string()),
            "{circuit:?}"
        );
        server.set(Script::new());
        clock.advance(Duration::from_secs(5));
        for attempt in call_all(&channels, &clock).await {
            assert_eq!(kind(&attempt), ACCEPTED, "{status}: {attempt:?}");
        }
    }
    let server = HookServer::start(Script::new().always(Answer::status(410))).await;
    let clock = Clock::manual(noon());
    let attempts = call_all(&channels(vec![server.webhook("gateway")], &clock), &clock).await;
    let gone = |attempt: &&Attempt| kind(attempt) == rejected(Reason::Address);
    assert!(attempts.iter().filter(gone).count() <= 2, "{attempts:?}");
}

/// Row 53, the other way: one number that is gone is gone at once.
#[tokio::test]
async fn a_number_that_is_gone_is_gone_where_others_are_reached() {
    for (status, reason) in [
        (403, Reason::Authentication),
        (404, Reason::Address),
        (410, Reason::Address),
    ] {
        let script = Script::new().refuse(r#""person":2,"#, Answer::status(status));
        let server = HookServer::start(script).await;
        let clock = Clock::manual(noon());
        let channels = channels(vec![server.webhook("gateway")], &clock);
        let mut kinds = Vec::new();
        for number in 1..=3 {
            let attempt = channels.send(&post_to("gateway", number, &clock)).await;
            kinds.push(kind(&attempt));
        }
        assert_eq!(kinds, [ACCEPTED, rejected(reason), ACCEPTED], "{status}");
        assert_eq!(channels.circuits()[0].state, State::Closed);
    }
}

/// Row 55.
#[tokio::test]
async fn where_the_configuration_says_what_success_is_nothing_else_is_one() {
    for (success, body, taken) in [
        ("ok", "ok\n", true),
        ("ok", "invalid_token", false),
        ("ok", "", false),
        ("*\"ok\":true*", r#"{"ok":true,"ts":1}"#, true),
        (
            "*\"ok\":true*",
            r#"{"ok":false,"error":"channel_not_found"}"#,
            false,
        ),
        ("accepted*", "accepted, thank you", true),
        ("*accepted", "not accepted!", false),
    ] {
        let script = Script::new().always(Answer::with(200, &[], body));
        let server = HookServer::start(script).await;
        let mut webhook = server.webhook("gateway");
        webhook.success = Success::Body(success.to_owned());
        let attempt = post_one(webhook).await;
        let expected = if taken {
            ACCEPTED
        } else {
            retry(Reason::Policy)
        };
        assert_eq!(kind(&attempt), expected, "{success} {body}");
        assert!(taken || detail(&attempt).contains("not the answer that success is set to"));
    }
}

/// Row 56: the request came whole, its answer did not.
#[tokio::test]
async fn a_line_that_is_cut_before_the_answer_is_no_answer() {
    let server = HookServer::start(Script::new()).await;
    let proxy = Proxy::start(server.port, Line::new()).await;
    let mut webhook = settings("gateway", &format!("http://127.0.0.1:{}/hook", proxy.port));
    webhook.secret = Some(SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    for way in [
        Way::cut_after(1),
        Way::reset_after(1),
        Way::half_closed_after(9),
    ] {
        let before = server.posts().len();
        let clock = Clock::manual(noon());
        let channels = channels(vec![webhook.clone()], &clock);
        proxy.set(Line::new().to_client(way));
        let first = channels.send(&post_to("gateway", 7, &clock)).await;
        assert_eq!(kind(&first), UNKNOWN, "{way:?} {first:?}");
        proxy.set(Line::new());
        clock.advance(Duration::from_secs(60));
        let second = channels.send(&post_to("gateway", 7, &clock)).await;
        assert_eq!(kind(&second), ACCEPTED, "{way:?} {second:?}");
        let copies = &server.posts()[before..];
        let each = |name| {
            copies
                .iter()
                .map(|post| post.header(name))
                .collect::<HashSet<_>>()
        };
        assert_eq!((copies.len(), each("webhook-id").len()), (2, 1));
        assert_eq!(each("webhook-timestamp").len(), 2);
        assert_eq!(each("webhook-signature").len(), 2);
    }
}

/// Row 57: an answer that comes octet by octet, each of them soon, in its head
/// or in a body that counts, or that stops in its middle.
#[tokio::test]
async fn an_answer_that_trickles_ends_at_the_limit() {
    let body = "ok".repeat(20);
    let script = Script::new().always(Answer::with(200, &[], &body));
    let server = HookServer::start(script).await;
    let soon = Duration::from_millis(50);
    let head = format!(
        "HTTP/1.1 200 Scripted\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .len();
    let ways = [
        Way::trickling_after(0, soon),
        Way::trickling_after(head, soon),
        Way::silent_after(20),
    ];
    for way in ways {
        let proxy = Proxy::start(server.port, Line::new().to_client(way)).await;
        let mut webhook = settings("gateway", &format!("http://127.0.0.1:{}/", proxy.port));
        webhook.timeout = Duration::from_millis(500);
        webhook.success = Success::Body(body.clone());
        let attempt = post_one(webhook).await;
        assert_eq!(kind(&attempt), UNKNOWN, "{way:?} {attempt:?}");
    }
}

/// Row 57: what says that it is packed is not unpacked: neither is a large one read
/// to its end, nor counts what stands in a small one.
#[tokio::test]
async fn a_packed_answer_is_not_unpacked() {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1000000\r\n\r\n";
    let mut octets = head.as_bytes().to_vec();
    octets.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    octets.extend(std::iter::repeat_n(0xed, 200_000));
    let server = HookServer::start(Script::new().always(Answer::Raw(octets))).await;
    let attempt = post_one(server.webhook("gateway")).await;
    assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    assert!(detail(&attempt).chars().count() <= 301, "{attempt:?}");
    assert!(!server.post(1).await.headers.contains_key("accept-encoding"));
    for (answer, expected) in [
        (Answer::with(200, &[], "ok, taken"), ACCEPTED),
        (Answer::packed(), retry(Reason::Policy)),
    ] {
        let server = HookServer::start(Script::new().always(answer)).await;
        let mut webhook = server.webhook("gateway");
        webhook.success = Success::Body("ok*".to_owned());
        let attempt = post_one(webhook).await;
        assert_eq!(kind(&attempt), expected, "{attempt:?}");
    }
}

/// Row 58: whoever can change a name cannot turn our messages inside.
#[tokio::test]
async fn a_name_that_leads_inside_gets_nothing() {
    let server = HookServer::start(Script::new()).await;
    let url = format!("http://gateway.example.jp:{}/hook", server.port);
    for address in [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "169.254.169.254",
        "100.100.100.200",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "fe80::1",
        "fd00:ec2::254",
        "fd20:ce::254",
    ] {
        let mut webhook = settings("gateway", &url);
        webhook.names = Lead::to(address);
        let attempt = post_one(webhook).await;
        assert_eq!(kind(&attempt), retry(Reason::Unreachable), "{attempt:?}");
        assert!(detail(&attempt).contains("internal = true"), "{attempt:?}");
    }
    assert!(server.posts().is_empty());
    // The town may say that it means this.
    let mut webhook = settings("gateway", &url);
    webhook.names = Lead::to("127.0.0.1");
    webhook.internal = true;
    assert_eq!(kind(&post_one(webhook).await), ACCEPTED);
    // And what stands in the URL itself is its word.
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{}/hook", server.port);
        let attempt = post_one(settings("gateway", &url)).await;
        assert_eq!(kind(&attempt), ACCEPTED, "{host}: {attempt:?}");
    }
}

/// Row 58: a name server that does not answer holds one lookup, and nobody
/// but its own webhook.
#[tokio::test]
async fn a_silent_name_server_holds_nobody_else() {
    let names = Arc::new(Moved::default());
    let mut silent = settings("gateway", "http://gateway.example.jp/");
    silent.names = Arc::clone(&names) as Arc<dyn LookUp>;
    let server = HookServer::start(Script::new()).await;
    let relay = SmtpServer::start(smtp::Script::new()).await;
    let clock = Clock::manual(noon());
    let webhooks = vec![silent.clone(), server.webhook("other")];
    let channels = channels_by(vec![relay.relay()], webhooks, &clock);
    let mut lost = begin_all(&channels, &clock);
    names.asked.notified().await;
    for number in 1..=20 {
        let other = channels.send(&post_to("other", number, &clock)).await;
        assert_eq!(kind(&other), ACCEPTED, "{number}: {other:?}");
    }
    let mailed = send(&channels, mail(1, "p1@example.jp")).await;
    assert_eq!(kind(&mailed), ACCEPTED, "{mailed:?}");
    let ended = lost.try_join_next();
    assert!(ended.is_none(), "the others took as long: {ended:?}");
    names.told.notify_one();
    for attempt in lost.join_all().await {
        assert_eq!(kind(&attempt), retry(Reason::Unreachable), "{attempt:?}");
    }
    assert_eq!(names.looks(), 1);
    // One that never answers costs a message its own time.
    silent.names = Arc::new(Lead(None));
    silent.timeout = Duration::from_millis(500);
    assert_eq!(kind(&post_one(silent).await), retry(Reason::Timeout));
}

/// Row 55: a gateway that answers everybody with the same wrong words is at
/// fault itself; each one's next contact is called, and it is left alone.
#[tokio::test]
async fn a_gateway_that_answers_wrongly_to_everybody_is_left_alone() {
    let wrong = Answer::with(200, &[], "invalid_token");
    let server = HookServer::start(Script::new().always(wrong)).await;
    let mut webhook = server.webhook("gateway");
    webhook.success = Success::Body("ok".to_owned());
    let clock = Clock::manual(noon());
    let channels = channels(vec![webhook], &clock);
    for attempt in call_all(&channels, &clock).await {
        assert_eq!(kind(&attempt), retry(Reason::Policy), "{attempt:?}");
    }
    let circuit = channels.circuits().remove(0);
    assert_eq!(
        (circuit.state, circuit.reason),
        (State::Open, Some(Reason::Policy))
    );
    assert!(circuit.detail.contains("invalid_token"), "{circuit:?}");
    server.set(Script::new());
    clock.advance(Duration::from_secs(5));
    for attempt in call_all(&channels, &clock).await {
        assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    }
    assert_eq!(channels.circuits()[0].state, State::Closed);
}

/// Row 56: the status came whole, and the body that says whether the message
/// was taken did not.
#[tokio::test]
async fn an_answer_that_is_cut_in_its_body_is_unknown_where_the_body_counts() {
    for octets in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\no",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n",
    ] {
        let script = Script::new().always(Answer::Raw(octets.as_bytes().to_vec()));
        let server = HookServer::start(script).await;
        let mut webhook = server.webhook("gateway");
        assert_eq!(kind(&post_one(webhook.clone()).await), ACCEPTED);
        webhook.success = Success::Body("ok".to_owned());
        let attempt = post_one(webhook.clone()).await;
        assert_eq!(kind(&attempt), UNKNOWN, "{attempt:?}");
        // What came of it may be enough.
        webhook.success = Success::Body("o*".to_owned());
        assert_eq!(kind(&post_one(webhook).await), ACCEPTED);
    }
}

/// A gateway that never answers for one number answers for the others.
#[tokio::test]
async fn one_number_for_which_a_gateway_hangs_opens_nothing() {
    let script = Script::new().refuse(r#""person":1,"#, Answer::Stall);
    let server = HookServer::start(script).await;
    let mut webhook = server.webhook("gateway");
    webhook.timeout = Duration::from_millis(300);
    let clock = Clock::manual(noon());
    let channels = channels(vec![webhook], &clock);
    for _ in 0..3 {
        let hung = channels.send(&post_to("gateway", 1, &clock)).await;
        assert_eq!(kind(&hung), UNKNOWN, "{hung:?}");
        assert_eq!(channels.circuits()[0].state, State::Closed);
    }
    let other = channels.send(&post_to("gateway", 2, &clock)).await;
    assert_eq!(kind(&other), ACCEPTED, "{other:?}");
}

/// Row 58: what a name server said too late for one message is not what the
/// next one goes by.
#[tokio::test]
async fn an_answer_about_a_name_that_nobody_waited_for_is_forgotten() {
    let server = HookServer::start(Script::new()).await;
    let names = Arc::new(Moved::default());
    let url = format!("http://gateway.example.jp:{}/hook", server.port);
    let mut webhook = settings("gateway", &url);
    webhook.names = Arc::clone(&names) as Arc<dyn LookUp>;
    webhook.internal = true;
    let clock = Clock::manual(noon());
    let channels = channels(vec![webhook], &clock);
    let message = post_to("gateway", 1, &clock);
    // It gives up, as a message does whose time has run out.
    let waited = tokio::time::timeout(Duration::from_millis(50), channels.send(&message));
    assert!(waited.await.is_err());
    names.told.notify_one();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let attempt = channels.send(&post_to("gateway", 2, &clock)).await;
    assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    assert_eq!(names.looks(), 2);
}

/// Row 61: a message waits for the one that tries a gateway after its rest, and
/// the machine sleeps over it. As it wakes it is given back, so that whoever
/// sends looks whether it is still to leave; one that is sent then leaves.
#[tokio::test]
async fn a_message_that_waited_for_its_gateway_over_a_sleep_is_looked_at_again() {
    let let_go = Arc::new(Notify::new());
    let shut = Script::new()
        .once(Answer::status(503))
        .once(Answer::status(503));
    let tried = shut.once(Answer::Wait(Arc::clone(&let_go)));
    let server = HookServer::start(tried).await;
    let clock = Clock::manual(noon());
    let channels = channels(vec![server.webhook("gateway")], &clock);
    for number in 1..=2 {
        let refused = channels.send(&post_to("gateway", number, &clock)).await;
        assert_eq!(kind(&refused), retry(Reason::Busy), "{refused:?}");
    }
    assert_eq!(channels.circuits()[0].state, State::Open);
    clock.advance(Duration::from_secs(5));
    let send = |number| {
        let (channels, message) = (channels.clone(), post_to("gateway", number, &clock));
        async move { channels.send(&message).await }
    };
    let (mut tries, mut waits) = (JoinSet::new(), JoinSet::new());
    tries.spawn(send(3));
    server.post(3).await;
    waits.spawn(send(4));
    tokio::task::yield_now().await;
    clock.advance(Duration::from_secs(7 * 3600));
    let_go.notify_one();
    let given_back = waits.join_next().await.unwrap().unwrap();
    assert_eq!(kind(&given_back), retry(Reason::Busy), "{given_back:?}");
    assert_eq!(server.posts().len(), 3);
    assert_eq!(kind(&tries.join_next().await.unwrap().unwrap()), ACCEPTED);
    assert_eq!(kind(&send(4).await), ACCEPTED);
}
