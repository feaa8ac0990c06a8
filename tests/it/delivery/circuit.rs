//! A relay that fails is left alone, tried again by one mail, and used again;
//! a busy one does not hold a mail that another would take.

use std::time::Duration;

use muster::channel::email::Settings;
use muster::channel::{Channels, State};
use muster::clock::Clock;
use muster::domain::delivery::{Outcome, Reason};
use muster::telemetry::Metrics;
use tokio::task::JoinSet;

use super::{ACCEPTED, email_channels_by, kind, mail, noon, retry, send, settings_of};
use crate::support::certificate::Certificate;
use crate::support::smtp::{Act, Script, SmtpServer, Step, settings, short_at};

pub(super) const ICHIRO: &str = "ichiro@example.jp";

pub(super) async fn server(script: Script) -> SmtpServer {
    SmtpServer::start(script).await
}

pub(super) fn through(servers: &[&SmtpServer]) -> Settings {
    settings(servers.iter().map(|server| server.relay()).collect())
}

pub(super) fn dead() -> Script {
    Script::new().on(Step::Connect, Act::Drop)
}

/// Channels on a clock that is moved by hand.
pub(super) fn on_a_clock(settings: Settings) -> (Channels, Clock) {
    let clock = Clock::manual(noon());
    (email_channels_by(settings, clock.clone()), clock)
}

fn state(channels: &Channels) -> State {
    channels.circuits()[0].state
}

fn seconds_later(clock: &Clock, seconds: u64) {
    clock.advance(Duration::from_secs(seconds));
}

/// Sends so many at once.
pub(super) fn crowd(channels: &Channels, people: u32) -> JoinSet<muster::channel::Attempt> {
    let mut sends = JoinSet::new();
    for number in 0..people {
        let channels = channels.clone();
        sends.spawn(async move { send(&channels, mail(number, ICHIRO)).await });
    }
    sends
}

#[tokio::test]
async fn a_relay_out_of_reach_is_left_alone_for_longer_and_longer() {
    let (down, good) = (server(dead()).await, server(Script::new()).await);
    let (channels, clock) = on_a_clock(through(&[&down, &good]));
    for number in 1..=4 {
        assert_eq!(kind(&send(&channels, mail(number, ICHIRO)).await), ACCEPTED);
    }
    // Two failures in a row opened it: the others did not try.
    assert_eq!((down.connections(), state(&channels)), (2, State::Open));
    for (rest, tried) in [(5, 3), (15, 4), (30, 5), (60, 6), (60, 7), (60, 8)] {
        seconds_later(&clock, rest - 1);
        assert_eq!(kind(&send(&channels, mail(5, ICHIRO)).await), ACCEPTED);
        assert_eq!(down.connections(), tried - 1, "before {rest} s");
        seconds_later(&clock, 1);
        assert_eq!(kind(&send(&channels, mail(6, ICHIRO)).await), ACCEPTED);
        assert_eq!(down.connections(), tried, "after {rest} s");
    }
    down.set(Script::new());
    seconds_later(&clock, 60);
    let attempt = send(&channels, mail(7, ICHIRO)).await;
    assert_eq!(attempt.via, format!("127.0.0.1:{}", down.port));
    assert_eq!(state(&channels), State::Closed);
}

/// Rows 37 and 39: it goes off the line at each mail, or is lost after each text. Whoever
/// is not asked because of it was kept from a relay that rests, and has lost nothing.
#[tokio::test]
async fn whoever_is_not_asked_has_lost_nothing() {
    let off = Act::say("421 4.3.2 shutting down");
    for (step, act) in [(Step::Mail, off), (Step::Dot, Act::Drop)] {
        let relay = server(Script::new().on(step, act)).await;
        let (channels, _clock) = on_a_clock(through(&[&relay]));
        for number in 1..=2 {
            send(&channels, mail(number, ICHIRO)).await;
        }
        assert_eq!(state(&channels), State::Open);
        let third = send(&channels, mail(3, ICHIRO)).await;
        assert_eq!(kind(&third), retry(Reason::Unreachable), "{third:?}");
        let rests = matches!(third.outcome, Outcome::Retry { after: Some(_), .. });
        assert!(rests, "{third:?}");
    }
}

#[tokio::test]
async fn one_mail_tries_it_while_the_others_go_elsewhere() {
    let (down, good) = (server(dead()).await, server(Script::new()).await);
    let (channels, clock) = on_a_clock(through(&[&down, &good]));
    crowd(&channels, 2).join_all().await;
    down.set(Script::new().on(Step::Connect, Act::Stall));
    seconds_later(&clock, 5);
    let before = down.connections();
    let probe = crowd(&channels, 1);
    down.reached(Step::Connect, before + 1).await;
    assert_eq!(state(&channels), State::HalfOpen);
    for attempt in crowd(&channels, 20).join_all().await {
        assert_eq!(attempt.via, format!("127.0.0.1:{}", good.port));
    }
    assert_eq!(down.connections(), before + 1);
    drop(probe);
}

/// With one relay there is no elsewhere: they wait for the one that tries it.
#[tokio::test]
async fn with_one_relay_the_others_wait_for_the_one_that_tries_it() {
    let down = server(dead()).await;
    let (channels, clock) = on_a_clock(through(&[&down]));
    crowd(&channels, 2).join_all().await;
    let resting = send(&channels, mail(3, ICHIRO)).await;
    let Outcome::Retry {
        reason,
        detail,
        after,
    } = &resting.outcome
    else {
        panic!("{resting:?}");
    };
    assert_eq!(
        (*reason, *after),
        (Reason::Unreachable, Some(Duration::from_secs(5)))
    );
    let words = "greeting: the connection was closed without a reply (not tried again before 2026-11-23T12:00:05Z)";
    assert_eq!(detail, words);
    seconds_later(&clock, 5);
    down.set(Script::new().once(Step::Dot, Act::Wait));
    let before = down.connections();
    let mut sends = crowd(&channels, 20);
    down.reached(Step::Dot, 1).await;
    assert_eq!(down.connections(), before + 1);
    // The trial fails, and with it everybody who waited for it.
    down.set(Script::new().on(Step::Dot, Act::Drop));
    let mut kinds: Vec<_> = Vec::new();
    while let Some(attempt) = sends.join_next().await {
        kinds.push(kind(&attempt.unwrap()).0);
    }
    let counted = |word| kinds.iter().filter(|kind| **kind == word).count();
    assert_eq!((counted("unknown"), counted("retry")), (1, 19), "{kinds:?}");
    down.set(Script::new());
    seconds_later(&clock, 15);
    for attempt in crowd(&channels, 20).join_all().await {
        assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    }
    assert_eq!(state(&channels), State::Closed);
}

#[tokio::test]
async fn a_trial_that_was_cancelled_leaves_the_next_to_try() {
    let down = server(dead()).await;
    let (channels, clock) = on_a_clock(through(&[&down]));
    crowd(&channels, 2).join_all().await;
    seconds_later(&clock, 5);
    down.set(Script::new().once(Step::Connect, Act::Stall));
    tokio::select! {
        attempt = send(&channels, mail(3, ICHIRO)) => panic!("{attempt:?}"),
        () = down.reached(Step::Connect, 3) => {}
    }
    assert_eq!(kind(&send(&channels, mail(4, ICHIRO)).await), ACCEPTED);
}

/// Rows 44 and 45: one look is enough.
#[tokio::test]
async fn a_certificate_that_does_not_hold_opens_it_at_once() {
    let shown = Certificate::expired();
    let bad = server(Script::new().starttls(shown.acceptor())).await;
    let good = server(Script::new()).await;
    let mut relays = through(&[&bad, &good]);
    relays.relays[0].tls = muster::channel::email::Tls::Required;
    relays.relays[0].extra_roots = Some(shown.roots().to_owned());
    let metrics = Metrics::default();
    let channels = Channels::new(muster::channel::Settings {
        circuits: metrics.circuits.clone(),
        ..settings_of(relays, Vec::new())
    })
    .unwrap();
    for number in 1..=3 {
        assert_eq!(kind(&send(&channels, mail(number, ICHIRO)).await), ACCEPTED);
    }
    assert_eq!(bad.connections(), 1);
    let circuit = channels.circuits().remove(0);
    assert_eq!(circuit.name, format!("127.0.0.1:{}", bad.port));
    assert_eq!((circuit.channel, circuit.state), ("email", State::Open));
    assert_eq!(
        (circuit.reason, circuit.since),
        (Some(Reason::Tls), Some(noon()))
    );
    assert!(
        circuit.detail.starts_with("STARTTLS: "),
        "{}",
        circuit.detail
    );
    for (port, level) in [(bad.port, 2), (good.port, 0)] {
        let line = format!(r#"muster_circuit{{channel="email",name="127.0.0.1:{port}"}} {level}"#);
        assert!(metrics.text().contains(&line), "{}", metrics.text());
    }
}

/// What one relay has against one mail says nothing about the relay.
#[tokio::test]
async fn refusals_and_slow_dots_of_single_mails_open_nothing() {
    let script = Script::new()
        .refuse("a@example.jp", "550 5.1.1 unknown")
        .refuse("b@example.jp", "450 4.2.0 greylisted")
        .refuse("c@example.jp", "550 5.7.1 not for you");
    let only = server(script).await;
    let (channels, _) = on_a_clock(through(&[&only]));
    for (number, to) in (1..).zip(["a@example.jp", "b@example.jp", "c@example.jp"].repeat(3)) {
        send(&channels, mail(number, to)).await;
    }
    assert_eq!(state(&channels), State::Closed);
    assert_eq!(kind(&send(&channels, mail(9, ICHIRO)).await), ACCEPTED);
}

/// A relay that takes mails on one connection and refuses a second one is
/// small, not broken.
#[tokio::test]
async fn a_relay_with_no_more_connections_to_give_is_not_broken() {
    let small = server(Script::new().once(Step::Dot, Act::Stall)).await;
    let mut relays = through(&[&small]);
    relays.limits.queue = Duration::from_millis(100);
    let (channels, _) = on_a_clock(relays);
    let busy = crowd(&channels, 1);
    small.reached(Step::Dot, 1).await;
    let full = Act::SayAndDrop("421 4.7.0 too many connections".to_owned());
    small.set(Script::new().on(Step::Connect, full));
    for number in 1..=5 {
        let attempt = send(&channels, mail(number, ICHIRO)).await;
        assert_eq!(kind(&attempt), retry(Reason::Busy), "{attempt:?}");
    }
    assert_eq!((small.connections(), state(&channels)), (6, State::Closed));
    drop(busy);
}

#[tokio::test]
async fn a_busy_relay_does_not_hold_a_mail_that_another_would_take() {
    let slow = server(Script::new().on(Step::Dot, Act::Stall)).await;
    let good = server(Script::new()).await;
    let mut relays = through(&[&slow, &good]);
    relays.relays[0].connections = 1;
    let (channels, _) = on_a_clock(relays);
    let held = crowd(&channels, 1);
    slow.reached(Step::Dot, 1).await;
    // Long before the minute for which it would wait if there were no other.
    let sent = send(&channels, mail(2, ICHIRO));
    let attempt = tokio::time::timeout(Duration::from_secs(20), sent).await;
    let attempt = attempt.expect("held by the busy relay");
    assert_eq!(attempt.via, format!("127.0.0.1:{}", good.port));
    assert_eq!(kind(&attempt), ACCEPTED);
    drop(held);
}

/// The clock is set back by hours while a relay is left alone: it is tried at
/// once, and not hours later.
#[tokio::test]
async fn a_clock_that_is_set_back_leaves_no_relay_alone_for_hours() {
    let down = server(dead()).await;
    let (channels, clock) = on_a_clock(through(&[&down]));
    for number in 1..=2 {
        send(&channels, mail(number, ICHIRO)).await;
    }
    assert_eq!(state(&channels), State::Open);
    clock.set_back(std::time::Duration::from_secs(9 * 3600));
    down.set(Script::new());
    assert_eq!(kind(&send(&channels, mail(3, ICHIRO)).await), ACCEPTED);
    assert_eq!(state(&channels), State::Closed);
}

/// A relay that never answers for one address answers for the others.
#[tokio::test]
async fn one_recipient_for_whom_a_relay_hangs_opens_nothing() {
    let hangs = |to| Script::new().stall(to).stall("jiro@example.jp");
    let only = server(hangs("taro@example.jp")).await;
    let mut relays = through(&[&only]);
    relays.limits = short_at(Step::Rcpt);
    relays.limits.mail = relays.limits.rcpt;
    let (channels, clock) = on_a_clock(relays);
    let mut number = 0;
    let mut sent = async |to| {
        number += 1;
        kind(&send(&channels, mail(number, to)).await)
    };
    for _ in 0..3 {
        assert_eq!(sent("taro@example.jp").await, retry(Reason::Timeout));
        assert_eq!(state(&channels), State::Closed);
    }
    // Two of them in a row are the relay's; and while they are the ones who try
    // it again, the next tries it too.
    assert_eq!(sent("jiro@example.jp").await, retry(Reason::Timeout));
    assert_eq!(state(&channels), State::Open);
    seconds_later(&clock, 5);
    assert_eq!(sent("jiro@example.jp").await, retry(Reason::Timeout));
    assert_eq!(sent(ICHIRO).await, ACCEPTED);
    assert_eq!(state(&channels), State::Closed);
    // A relay that answers a group of commands at its end is silent at the first.
    only.set(Script::new().on(Step::Mail, Act::Stall));
    for _ in 0..3 {
        assert_eq!(sent(ICHIRO).await, retry(Reason::Timeout));
        assert_eq!(state(&channels), State::Closed);
    }
}

/// Row 51: a relay that allows one connection refuses the second: its mail
/// waits for the first.
#[tokio::test]
async fn a_mail_whose_connection_is_refused_waits_for_one_that_is_up() {
    for refusal in [
        Act::SayAndDrop("421 4.7.0 too many connections".to_owned()),
        Act::Drop,
    ] {
        let script = Script::new()
            .once(Step::Connect, Act::say("220 small"))
            .on(Step::Connect, refusal.clone())
            .once(Step::Dot, Act::Wait);
        let small = server(script).await;
        let (channels, _) = on_a_clock(through(&[&small]));
        let mut sends = crowd(&channels, 1);
        small.reached(Step::Dot, 1).await;
        let second = channels.clone();
        sends.spawn(async move { send(&second, mail(2, ICHIRO)).await });
        small.reached(Step::Connect, 2).await;
        small.set(Script::new().on(Step::Connect, refusal));
        for attempt in sends.join_all().await {
            assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
        }
        assert_eq!((small.mails().len(), small.connections()), (2, 2));
    }
}

/// Row 51: two relays serve one connection each, and work on it. Whoever is refused by
/// both waits for the first that is free, and is not put off.
#[tokio::test]
async fn a_mail_that_is_refused_by_every_relays_door_waits_for_one_that_is_up() {
    let full = Act::SayAndDrop("421 4.7.0 too many connections".to_owned());
    let no_more = || Script::new().on(Step::Connect, full.clone());
    let one = || {
        let script = Script::new().once(Step::Connect, Act::say("220 small"));
        script.on(Step::Connect, full.clone())
    };
    let first = server(one().on(Step::Dot, Act::Wait)).await;
    let second = server(one().on(Step::Dot, Act::Wait)).await;
    let (channels, _) = on_a_clock(through(&[&first, &second]));
    let sends = crowd(&channels, 2);
    first.reached(Step::Dot, 1).await;
    second.reached(Step::Dot, 1).await;
    let third = send(&channels, mail(3, ICHIRO));
    tokio::pin!(third);
    // By now both have refused it, and it asks the first once more.
    tokio::select! {
        attempt = &mut third => panic!("{attempt:?}"),
        () = first.reached(Step::Connect, 4) => {}
    }
    first.set(no_more());
    assert_eq!(kind(&third.await), ACCEPTED);
    second.set(no_more());
    for attempt in sends.join_all().await {
        assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    }
}

/// Row 51: a connection that is not greeted is given up for one that is free, and
/// stands beside it no longer: what the relay is set for holds for those too.
#[tokio::test]
async fn a_connection_that_is_given_up_for_another_does_not_stand_beside_it() {
    let script = Script::new().without_pipelining();
    let one_greeted = script.once(Step::Connect, Act::say("220 slow"));
    let held = |script: Script| script.on(Step::Connect, Act::Wait).on(Step::Dot, Act::Wait);
    let slow = server(held(one_greeted)).await;
    let mut few = through(&[&slow]);
    few.relays[0].connections = 2;
    let (channels, _) = on_a_clock(few);
    let mut sends = crowd(&channels, 1);
    slow.reached(Step::Dot, 1).await;
    let another = |number| {
        let channels = channels.clone();
        async move { send(&channels, mail(number, ICHIRO)).await }
    };
    sends.spawn(another(2));
    slow.reached(Step::Connect, 2).await;
    // The first mail is done, and the second goes out on its connection.
    slow.set(held(
        Script::new().once(Step::Dot, Act::say("250 2.0.0 Ok")),
    ));
    slow.reached(Step::Dot, 2).await;
    sends.spawn(another(3));
    slow.reached(Step::Connect, 3).await;
    assert_eq!(slow.standing(), 2);
    slow.set(Script::new());
    for attempt in sends.join_all().await {
        assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    }
    assert_eq!(slow.mails().len(), 3);
}

/// A relay that speaks TLS, and the channels through it.
async fn with_tls(shown: &Certificate) -> (SmtpServer, Channels) {
    let server = server(Script::new().starttls(shown.acceptor())).await;
    let mut relays = through(&[&server]);
    relays.relays[0].tls = muster::channel::email::Tls::Required;
    relays.relays[0].extra_roots = Some(shown.roots().to_owned());
    relays.limits.queue = Duration::from_millis(100);
    let (channels, _) = on_a_clock(relays);
    (server, channels)
}

/// Hangs up in the middle of the handshake.
fn breaks_off() -> Act {
    Act::SayAndDrop("220 2.0.0 go ahead".to_owned())
}

/// A handshake that breaks off is a relay that is away, and no certificate that
/// does not hold: one alone opens nothing, and nobody's next contact is called.
#[tokio::test]
async fn a_handshake_that_breaks_off_is_no_bad_certificate() {
    let shown = Certificate::good();
    let (server, channels) = with_tls(&shown).await;
    let broken = Script::new().starttls(shown.acceptor());
    server.set(broken.on(Step::StartTls, breaks_off()));
    let attempt = send(&channels, mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), retry(Reason::Unreachable), "{attempt:?}");
    assert_eq!(state(&channels), State::Closed);
    let attempt = send(&channels, mail(2, ICHIRO)).await;
    assert_eq!(kind(&attempt), retry(Reason::Unreachable), "{attempt:?}");
    assert_eq!(state(&channels), State::Open, "as any other fault");
}

/// A relay that has no more connections to give may break off in the handshake as
/// well: beside one that works it is small, and not broken.
#[tokio::test]
async fn a_handshake_that_breaks_off_beside_a_connection_that_works_opens_nothing() {
    let shown = Certificate::good();
    let (small, channels) = with_tls(&shown).await;
    let speaks = || Script::new().starttls(shown.acceptor());
    small.set(speaks().once(Step::Dot, Act::Stall));
    let busy = crowd(&channels, 1);
    small.reached(Step::Dot, 1).await;
    small.set(speaks().on(Step::StartTls, breaks_off()));
    for number in 1..=5 {
        let attempt = send(&channels, mail(number, ICHIRO)).await;
        assert_eq!(kind(&attempt), retry(Reason::Unreachable), "{attempt:?}");
    }
    assert_eq!((small.connections(), state(&channels)), (6, State::Closed));
    drop(busy);
}

/// A relay whose kept connections are dead, without a word, serves new ones: the
/// mail goes out on one of those, and not after the limit of the phase.
#[tokio::test]
async fn a_kept_connection_on_which_nothing_comes_is_not_waited_for() {
    let server = server(Script::new()).await;
    let (channels, _) = on_a_clock(through(&[&server]));
    assert_eq!(kind(&send(&channels, mail(1, ICHIRO)).await), ACCEPTED);
    server.set(Script::new().once(Step::Mail, Act::Stall));
    let sent = send(&channels, mail(2, ICHIRO));
    let attempt = tokio::time::timeout(Duration::from_secs(20), sent).await;
    let attempt = attempt.expect("not after the thirty seconds of MAIL");
    assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    assert_eq!((server.connections(), state(&channels)), (2, State::Closed));
}
