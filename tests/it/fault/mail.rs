//! Part C of `docs/reliability.md`: what relays, and the lines to them, do to
//! mail.

use std::time::Duration;

use muster::channel::email::Settings;
use muster::domain::delivery::{Outcome, Reason, wait};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::delivery::{ACCEPTED, UNKNOWN, email_channels, kind, mail, retry, send};
use crate::support::proxy::{Line, Proxy, Way};
use crate::support::smtp::{Act, Received, Script, SmtpServer, Step, relay, settings, short_at};

const ICHIRO: &str = "ichiro@example.jp";

async fn server(script: Script) -> SmtpServer {
    SmtpServer::start(script).await
}

/// Row 32: a relay that says something all the time and never all of it.
#[tokio::test]
async fn a_reply_that_trickles_ends_at_the_phases_limit() {
    let words = format!("220 {}", "please wait ".repeat(100));
    let slow = SmtpServer::start(Script::new().on(Step::Connect, Act::Trickle(words))).await;
    let good = SmtpServer::start(Script::new()).await;
    let mut hasty = settings(vec![slow.relay()]);
    hasty.limits = short_at(Step::Connect);
    let alone = send(&email_channels(hasty.clone()), mail(1, ICHIRO)).await;
    assert_eq!(kind(&alone), retry(Reason::Timeout), "{alone:?}");
    hasty.relays.push(good.relay());
    let both = send(&email_channels(hasty), mail(1, ICHIRO)).await;
    assert_eq!(kind(&both), ACCEPTED, "{both:?}");
}

fn through(ports: &[u16]) -> Settings {
    settings(ports.iter().map(|port| relay(*port)).collect())
}

/// Row 31: reset, cut or closed before a word was said, from either side.
#[tokio::test]
async fn a_line_that_breaks_is_tried_again_and_the_next_relay_is_asked() {
    let (first, second) = (server(Script::new()).await, server(Script::new()).await);
    for way in [
        Way::reset_after(0),
        Way::cut_after(0),
        Way::half_closed_after(0),
        Way::reset_after(30),
    ] {
        for line in [Line::new().to_client(way), Line::new().to_server(way)] {
            let proxy = Proxy::start(first.port, line).await;
            let alone = send(&email_channels(through(&[proxy.port])), mail(1, ICHIRO)).await;
            assert_eq!(
                kind(&alone),
                retry(Reason::Unreachable),
                "{line:?} {alone:?}"
            );
            let both = email_channels(through(&[proxy.port, second.port]));
            assert_eq!(
                kind(&send(&both, mail(1, ICHIRO)).await),
                ACCEPTED,
                "{line:?}"
            );
        }
    }
    assert!(first.mails().is_empty());
}

/// Row 31: the waits between the attempts of one message.
#[test]
fn the_waits_grow_to_five_minutes_and_are_spread() {
    let outcome = Outcome::Retry {
        reason: Reason::Unreachable,
        detail: String::new(),
        after: None,
    };
    let seconds = |attempts, jitter| {
        wait(&outcome, attempts, true, jitter)
            .unwrap()
            .as_secs_f64()
    };
    let expected = [5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 300.0, 300.0];
    for (attempts, expected) in (1..).zip(expected) {
        assert!((seconds(attempts, 0.5) - expected).abs() < 0.001);
        assert!((seconds(attempts, 0.0) - expected * 0.8).abs() < 0.001);
        assert!((seconds(attempts, 1.0) - expected * 1.2).abs() < 0.001);
    }
}

/// A relay that cuts off after each mail: what asks and does not end with the
/// second attempt comes a minute later, and then less and less often.
#[test]
fn a_message_of_which_nobody_ever_knows_comes_less_and_less_often() {
    let outcome = Outcome::Unknown {
        detail: String::new(),
    };
    let seconds = |attempts| wait(&outcome, attempts, true, 0.5).unwrap().as_secs();
    let waits: Vec<u64> = (1..=8).map(seconds).collect();
    assert_eq!(waits, [60, 60, 60, 60, 120, 300, 300, 300]);
}

/// What a sender claims of a mail against what the server took: row 33's
/// check, which its negative control must fail.
fn claims_hold(claims_accepted: bool, server: &SmtpServer, id: &str) -> bool {
    let mails = server.mails();
    let is_it = |mail: &&Received| mail.text().contains(id);
    let taken = mails.iter().filter(is_it).any(|mail| mail.accepted);
    claims_accepted == taken
}

/// Row 33: a mail is stopped half-way, and the next one is refused.
#[tokio::test]
async fn a_half_spoken_connection_is_not_used_again() {
    let server = server(Script::new()).await;
    let channels = email_channels(through(&[server.port]));
    assert_eq!(kind(&send(&channels, mail(1, ICHIRO)).await), ACCEPTED);
    server.set(Script::new().once(Step::Mail, Act::Wait));
    tokio::select! {
        attempt = send(&channels, mail(2, ICHIRO)) => panic!("{attempt:?}"),
        () = server.reached(Step::Mail, 2) => {}
    }
    server.set(Script::new().on(Step::Dot, Act::say("451 4.7.1 not now")));
    let third = send(&channels, mail(3, ICHIRO)).await;
    assert!(
        claims_hold(kind(&third) == ACCEPTED, &server, "n3.c1@"),
        "{third:?}"
    );
    // Why: a server that has the second mail's whole group swallows the third as
    // its text, and refuses it all the same.
    assert_eq!(server.connections(), 2, "the half-spoken one is used again");
}

/// Row 33, negative control: a client that does use it again takes the late
/// replies for its own and calls a refused mail accepted. The check sees it.
#[tokio::test]
async fn control_a_half_spoken_connection_lies() {
    let server = server(Script::new().once(Step::Mail, Act::Wait)).await;
    let tcp = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    let mut wire = BufReader::new(tcp);
    let mut positive = true;
    for (words, stopped) in [
        ("", false),
        ("EHLO a\r\n", false),
        ("MAIL FROM:<a@example.jp>\r\n", true),
        ("MAIL FROM:<a@example.jp>\r\n", false),
        ("RCPT TO:<ichiro@example.jp>\r\n", false),
        ("DATA\r\n", false),
        (
            "Message-ID: <n3.c1@example.jp>\r\n\r\nhello\r\n.\r\n",
            false,
        ),
    ] {
        wire.write_all(words.as_bytes()).await.unwrap();
        if stopped {
            // Its sender was cancelled here, and the connection put back.
            server.reached(Step::Mail, 1).await;
            server.set(Script::new().on(Step::Dot, Act::say("550 5.7.1 refused")));
            continue;
        }
        let mut line = String::new();
        while !matches!(line.as_bytes().get(3), Some(b' ')) {
            line.clear();
            wire.read_line(&mut line).await.unwrap();
        }
        positive &= line.starts_with(['2', '3']);
    }
    server.mail(1).await;
    server.reached(Step::Dot, 1).await;
    assert!(positive, "the client saw nothing but agreement");
    assert!(!claims_hold(positive, &server, "n3.c1@"));
}

/// How many copies of a mail were taken, over all relays: row 39's check.
fn copies(servers: &[&SmtpServer], id: &str) -> usize {
    let mails = servers.iter().flat_map(|server| server.mails());
    mails.filter(|mail| mail.text().contains(id)).count()
}

/// Row 39: lost after the text: no second copy before a minute has passed.
#[tokio::test]
async fn a_mail_that_was_perhaps_taken_is_given_to_nobody_else_at_once() {
    let (first, second) = (server(Script::new()).await, server(Script::new()).await);
    first.set(Script::new().on(Step::Dot, Act::Drop));
    let channels = email_channels(through(&[first.port, second.port]));
    let attempt = send(&channels, mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), UNKNOWN, "{attempt:?}");
    assert_eq!(copies(&[&first, &second], "n1.c1@"), 1);
    for jitter in [0.0, 0.5, 1.0] {
        let waits = wait(&attempt.outcome, 1, true, jitter).unwrap().as_secs();
        assert!((48..=72).contains(&waits), "{waits}");
    }
    // Two such losses in a row are the relay's: the copy goes through another.
    send(&channels, mail(2, ICHIRO)).await;
    let again = send(&channels, mail(1, ICHIRO)).await;
    assert_eq!(again.via, format!("127.0.0.1:{}", second.port));
    assert_eq!(copies(&[&first, &second], "n1.c1@"), 2);
}

/// Row 39, negative control: whoever takes the loss for "not sent" and asks
/// the next relay sends two at once. The check sees it.
#[tokio::test]
async fn control_a_loss_after_the_text_taken_for_not_sent_makes_two() {
    let (first, second) = (server(Script::new()).await, server(Script::new()).await);
    first.set(Script::new().on(Step::Dot, Act::Drop));
    for server in [&first, &second] {
        let attempt = send(&email_channels(through(&[server.port])), mail(1, ICHIRO)).await;
        if kind(&attempt) == ACCEPTED {
            break;
        }
    }
    assert_ne!(copies(&[&first, &second], "n1.c1@"), 1);
}

/// Row 39: the text had left us whole, and was cut on its way: what the relay
/// has of it is not to be known.
#[tokio::test]
async fn a_line_cut_in_the_middle_of_the_text_may_have_carried_it() {
    let server = server(Script::new()).await;
    for way in [Way::cut_after(400), Way::reset_after(400)] {
        let proxy = Proxy::start(server.port, Line::new().to_server(way)).await;
        let attempt = send(&email_channels(through(&[proxy.port])), mail(1, ICHIRO)).await;
        assert_eq!(kind(&attempt), UNKNOWN, "{attempt:?}");
    }
    assert!(server.mails().is_empty());
}

/// Row 40: one slow answer holds one connection, and no other mail.
#[tokio::test]
async fn a_slow_answer_to_one_text_holds_no_other() {
    let server = server(Script::new().once(Step::Dot, Act::Wait)).await;
    let channels = email_channels(through(&[server.port]));
    let (slow, first) = (channels.clone(), mail(1, ICHIRO));
    let slow = tokio::spawn(async move { send(&slow, first).await });
    server.reached(Step::Dot, 1).await;
    for number in 2..=20 {
        assert_eq!(kind(&send(&channels, mail(number, ICHIRO)).await), ACCEPTED);
    }
    assert!(!slow.is_finished());
    server.set(Script::new());
    assert_eq!(kind(&slow.await.unwrap()), ACCEPTED);
    assert_eq!(server.mails().len(), 20);
}

/// Row 43: a server that knows neither EHLO nor HELO is at fault, and nobody
/// is dead by it.
#[tokio::test]
async fn a_server_that_refuses_every_greeting_is_at_fault() {
    for reply in ["550 5.1.1 unknown", "554 go away", "500 what?"] {
        let script = Script::new()
            .on(Step::Ehlo, Act::say(reply))
            .on(Step::Helo, Act::say(reply));
        let (rude, good) = (server(script).await, server(Script::new()).await);
        let alone = send(&email_channels(through(&[rude.port])), mail(1, ICHIRO)).await;
        assert_eq!(kind(&alone).0, "retry", "{alone:?}");
        let both = email_channels(through(&[rude.port, good.port]));
        assert_eq!(kind(&send(&both, mail(1, ICHIRO)).await), ACCEPTED);
    }
}

/// A far relay: every way takes five milliseconds, and many mails share them.
#[tokio::test]
async fn a_slow_line_carries_every_mail_once() {
    let server = server(Script::new()).await;
    let far = Line::new().delay(Duration::from_millis(5));
    let proxy = Proxy::start(server.port, far).await;
    let channels = email_channels(through(&[proxy.port]));
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..60 {
        let channels = channels.clone();
        sends.spawn(async move { send(&channels, mail(number, ICHIRO)).await });
    }
    for attempt in sends.join_all().await {
        assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    }
    assert_eq!(server.mails().len(), 60);
}
