//! TLS and logins towards a relay: nothing is sent where the certificate does
//! not hold, and no account is locked by our hammering.

use std::time::Duration;

use muster::channel::State;
use muster::channel::email::{Login, Relay, Tls};
use muster::clock::Clock;
use muster::domain::delivery::Reason;
use secrecy::SecretString;

use super::circuit::crowd;
use super::{ACCEPTED, email_channels, email_channels_by, kind, mail, noon, retry, send};
use crate::support::certificate::Certificate;
use crate::support::smtp::{Act, Script, SmtpServer, Step, settings};

const ICHIRO: &str = "ichiro@example.jp";

async fn server(script: Script) -> SmtpServer {
    SmtpServer::start(script).await
}

fn with_tls(server: &SmtpServer, tls: Tls, trusted: &Certificate) -> Relay {
    Relay {
        tls,
        extra_roots: Some(trusted.roots().to_owned()),
        ..server.relay()
    }
}

#[tokio::test]
async fn tls_is_spoken_as_it_is_set() {
    let certificate = Certificate::good();
    let starttls = server(Script::new().starttls(certificate.acceptor())).await;
    let implicit = server(Script::new().implicit_tls(certificate.acceptor())).await;
    let plain = server(Script::new()).await;
    for (relay, secure) in [
        (with_tls(&starttls, Tls::None, &certificate), false),
        (with_tls(&starttls, Tls::Opportunistic, &certificate), true),
        (with_tls(&starttls, Tls::Required, &certificate), true),
        (with_tls(&implicit, Tls::Implicit, &certificate), true),
        (with_tls(&plain, Tls::Opportunistic, &certificate), false),
    ] {
        let (tls, port) = (relay.tls, relay.port);
        let channels = email_channels(settings(vec![relay]));
        // The second goes over the kept connection.
        for number in 1..=2 {
            let attempt = send(&channels, mail(number, ICHIRO)).await;
            assert_eq!(kind(&attempt), ACCEPTED, "{tls:?} {attempt:?}");
        }
        let mut servers = [&starttls, &implicit, &plain].into_iter();
        let server = servers.find(|server| server.port == port).unwrap();
        let mails = server.mails();
        assert!(
            mails[mails.len() - 2..]
                .iter()
                .all(|mail| mail.secure == secure)
        );
    }
}

/// Row 43, second half: STARTTLS was stripped on the way.
#[tokio::test]
async fn required_tls_is_never_given_up() {
    let stripped = server(Script::new()).await;
    let certificate = Certificate::good();
    let relay = with_tls(&stripped, Tls::Required, &certificate);
    let attempt = send(&email_channels(settings(vec![relay])), mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), retry(Reason::Tls), "{attempt:?}");
    assert_eq!(stripped.count(Step::Mail), 0);
}

/// Row 44.
#[tokio::test]
async fn a_certificate_that_does_not_hold_sends_nothing() {
    let trusted = Certificate::good();
    for (what, shown, trusts_it) in [
        ("wrong name", Certificate::of_another_host(), true),
        ("expired", Certificate::expired(), true),
        ("untrusted", Certificate::good(), false),
    ] {
        for tls in [Tls::Opportunistic, Tls::Required] {
            let bad = server(Script::new().starttls(shown.acceptor())).await;
            let good = server(Script::new()).await;
            let roots = if trusts_it { &shown } else { &trusted };
            let relay = with_tls(&bad, tls, roots);
            let alone = email_channels(settings(vec![relay.clone()]));
            let attempt = send(&alone, mail(1, ICHIRO)).await;
            assert_eq!(kind(&attempt), retry(Reason::Tls), "{what} {attempt:?}");
            let both = email_channels(settings(vec![relay, good.relay()]));
            assert_eq!(
                kind(&send(&both, mail(1, ICHIRO)).await),
                ACCEPTED,
                "{what}"
            );
            assert_eq!(bad.count(Step::Mail), 0, "{what}");
        }
    }
}

#[tokio::test]
async fn words_slipped_in_before_the_handshake_are_not_believed() {
    let certificate = Certificate::good();
    let words = "220 go ahead\r\n250 2.1.0 injected";
    let script = Script::new()
        .starttls(certificate.acceptor())
        .on(Step::StartTls, Act::say(words));
    let server = server(script).await;
    let relay = with_tls(&server, Tls::Required, &certificate);
    let attempt = send(&email_channels(settings(vec![relay])), mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), retry(Reason::Tls), "{attempt:?}");
}

fn with_login(relay: Relay) -> Relay {
    Relay {
        login: Some(Login {
            name: "muster".to_owned(),
            password: SecretString::from("himitsu"),
        }),
        ..relay
    }
}

#[tokio::test]
async fn a_login_is_given_by_either_mechanism() {
    for mechanisms in ["PLAIN", "LOGIN", "CRAM-MD5 LOGIN"] {
        let server = server(Script::new().login("muster", "himitsu", mechanisms)).await;
        let channels = email_channels(settings(vec![with_login(server.relay())]));
        let attempt = send(&channels, mail(1, ICHIRO)).await;
        assert_eq!(kind(&attempt), ACCEPTED, "{mechanisms}: {attempt:?}");
        let logins = server
            .commands()
            .into_iter()
            .filter(|line| line.starts_with("AUTH"));
        assert_eq!(logins.count(), 1);
    }
    let without = server(Script::new()).await;
    let channels = email_channels(settings(vec![with_login(without.relay())]));
    let attempt = send(&channels, mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), retry(Reason::Authentication), "{attempt:?}");
}

/// Row 45: at most three tries in ten minutes, however many mails wait, whether the
/// login is refused or put off.
#[tokio::test]
async fn a_refused_login_rests() {
    let right = || Script::new().login("muster", "himitsu", "PLAIN");
    let many = "454 4.7.0 Too many login attempts, please try again later";
    let closing = Act::SayAndDrop("421 4.7.0 Try again later, closing connection".to_owned());
    for script in [
        Script::new().login("muster", "another", "PLAIN"),
        right().on(Step::Auth, Act::say(many)),
        right().on(Step::Auth, closing),
    ] {
        let locked = server(script).await;
        let good = server(Script::new()).await;
        let relays = vec![with_login(locked.relay()), good.relay()];
        let clock = Clock::manual(noon());
        let channels = email_channels_by(settings(relays), clock.clone());
        for _ in 0..6 {
            // Ten go together, every hundred seconds.
            for attempt in crowd(&channels, 10).join_all().await {
                assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
            }
            clock.advance(Duration::from_secs(100));
        }
        let tries = locked.count(Step::Auth);
        assert!((1..=3).contains(&tries), "{tries}");
        locked.set(right());
        clock.advance(Duration::from_secs(3600));
        let attempt = send(&channels, mail(99, ICHIRO)).await;
        assert_eq!(attempt.via, format!("127.0.0.1:{}", locked.port));
    }
}

/// A relay lets an account in once, and its one connection goes with a mail that it
/// refuses. Whoever was put off beside it logs in where it was, and nothing is held against
/// the relay.
#[tokio::test]
async fn whoever_was_put_off_beside_others_logs_in_once_they_are_gone() {
    let right = || Script::new().login("muster", "himitsu", "PLAIN");
    let one = right().once(Step::Auth, Act::say("235 2.7.0 welcome"));
    let one = one.on(Step::Auth, Act::say("454 4.7.0 too many sessions"));
    let small = server(one.on(Step::Rcpt, Act::Wait)).await;
    let channels = email_channels(settings(vec![with_login(small.relay())]));
    let sends = crowd(&channels, 6);
    small.reached(Step::Rcpt, 1).await;
    small.reached(Step::Auth, 2).await;
    small.set(right().once(Step::Rcpt, Act::say("452 4.2.2 mailbox full")));
    let attempts = sends.join_all().await;
    let kinds: Vec<_> = attempts.iter().map(kind).collect();
    let taken = kinds.iter().filter(|kind| **kind == ACCEPTED).count();
    assert!(taken >= 5, "{attempts:?}");
    assert_eq!(channels.circuits()[0].state, State::Closed);
}

/// Rows 45 and 51: a relay lets an account in twice, and puts off any further login, hangs
/// up or says nothing at it. Everybody's mail goes by the two, and the relay is not left
/// alone. A login that was put off in words is not tried again and again beside them.
#[tokio::test]
async fn a_login_that_is_put_off_waits_for_those_that_are_in() {
    let closing = "421 4.7.0 too many sessions".to_owned();
    for (refusal, said) in [
        (Act::say("454 4.7.0 too many sessions"), true),
        (Act::SayAndDrop(closing), true),
        (Act::Drop, false),
        (Act::Stall, false),
    ] {
        let right = || {
            let script = Script::new().login("muster", "himitsu", "PLAIN");
            script.without_pipelining()
        };
        let is_in = |script: Script, _| script.once(Step::Auth, Act::say("235 2.7.0 welcome"));
        let two = (0..2).fold(right(), is_in);
        let two = two.on(Step::Auth, refusal.clone());
        let small = server(two.on(Step::Dot, Act::Wait)).await;
        let mut settings = settings(vec![with_login(small.relay())]);
        settings.limits.hello = Duration::from_secs(2);
        let channels = email_channels(settings);
        let sends = crowd(&channels, 20);
        small.reached(Step::Dot, 2).await;
        small.reached(Step::Auth, 3).await;
        small.set(right().on(Step::Auth, refusal.clone()));
        for attempt in sends.join_all().await {
            assert_eq!(kind(&attempt), ACCEPTED, "{refusal:?}: {attempt:?}");
        }
        assert_eq!(channels.circuits()[0].state, State::Closed, "{refusal:?}");
        if said {
            assert_eq!(small.count(Step::Auth), 3, "{refusal:?}");
        }
    }
}
