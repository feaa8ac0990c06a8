//! Part C of `docs/reliability.md`: what relays, and the lines to them, do to
//! mail. The controls of rows 33 and 39 are in `faults`.

use std::time::Duration;

use muster::domain::delivery::{Outcome, Reason, wait};

use crate::delivery::{ACCEPTED, UNKNOWN, email_channels, kind, mail, retry, send};
use crate::support::in_doubt::{half_spoken, lost_after_the_dot, through};
use crate::support::proxy::{Line, Proxy, Way};
use crate::support::smtp::{Act, Script, SmtpServer, Step, settings, short_at};

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

/// Row 33: a mail is stopped half-way, and the next one is somebody else's.
#[tokio::test]
async fn a_half_spoken_connection_is_not_used_again() {
    let problems = half_spoken().await;
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Row 39: lost after the text: no second copy before a minute has passed.
#[tokio::test]
async fn a_mail_that_was_perhaps_taken_is_given_to_nobody_else_at_once() {
    let problems = lost_after_the_dot().await;
    assert!(problems.is_empty(), "{problems:#?}");
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
