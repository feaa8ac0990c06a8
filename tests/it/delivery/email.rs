//! What email promises beyond the contract: relays in turn, kept connections,
//! limits, and who is to blame for a refusal. TLS and logins are in `secure`.

use std::time::Duration;

use muster::channel::State;
use muster::channel::email::{Limits, Settings, Tls};
use muster::clock::Clock;
use muster::domain::delivery::Reason;

use super::{
    ACCEPTED, UNKNOWN, detail, email_channels, email_channels_by, kind, mail, noon, rejected,
    retry, send, settings_of,
};
use crate::support::smtp::{Act, Script, SmtpServer, Step, relay, settings, short_at};

const ICHIRO: &str = "ichiro@example.jp";
const JIRO: &str = "jiro@example.jp";

async fn server(script: Script) -> SmtpServer {
    SmtpServer::start(script).await
}

fn through(servers: &[&SmtpServer]) -> Settings {
    settings(servers.iter().map(|server| server.relay()).collect())
}

#[tokio::test]
async fn a_mail_is_what_was_written() {
    let server = server(Script::new()).await;
    let attempt = send(&email_channels(through(&[&server])), mail(1, ICHIRO)).await;
    assert_eq!(detail(&attempt), "250 2.0.0 Ok: queued as 4F1");
    assert_eq!(attempt.via, format!("127.0.0.1:{}", server.port));
    let received = server.mail(1).await;
    assert_eq!(received.from, "bounce+n1@example.jp");
    assert_eq!(received.to, [ICHIRO]);
    assert!(received.data.is_ascii());
    let parsed = mail_parser::MessageParser::default()
        .parse(&received.data)
        .unwrap();
    assert_eq!(parsed.message_id(), Some("n1.c1@muster.example.jp"));
    assert_eq!(parsed.references().as_text(), Some("c1@muster.example.jp"));
    assert_eq!(parsed.in_reply_to().as_text(), Some("c1@muster.example.jp"));
    assert_eq!(parsed.subject(), Some("【参集】震度5強"));
    assert_eq!(parsed.date().unwrap().to_rfc3339(), "2026-11-23T12:00:00Z");
    let to = parsed.to().unwrap().first().unwrap();
    assert_eq!((to.name(), to.address()), (Some("総務 一郎"), Some(ICHIRO)));
    let from = parsed.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("喜茂別町 参集"));
    for (name, value) in [
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Muster-Mode", "real"),
        ("Importance", "high"),
        ("X-Priority", "1"),
    ] {
        let raw = parsed.header_raw(name).unwrap_or_default().trim();
        assert_eq!(raw, value, "{name}");
    }
    let text = parsed.body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), mail(1, ICHIRO).text.trim_end());
    assert!(parsed.body_html(0).unwrap().contains("参集してください"));
}

#[tokio::test]
async fn a_drill_is_marked_and_every_copy_has_the_same_octets() {
    let server = server(Script::new()).await;
    let channels = email_channels(through(&[&server]));
    let mut drill = mail(1, ICHIRO);
    drill.kind = muster::channel::email::Kind::Drill;
    drill.urgent = false;
    send(&channels, drill.clone()).await;
    send(&channels, drill).await;
    let first = server.mail(1).await;
    assert_eq!(first.data, server.mail(2).await.data);
    assert!(first.text().contains("\r\nX-Muster-Mode: drill\r\n"));
    assert!(!first.text().contains("Importance"));
}

#[tokio::test]
async fn a_line_that_opens_with_a_dot_arrives_as_it_was() {
    let server = server(Script::new()).await;
    let mut dotted = mail(1, ICHIRO);
    dotted.text = ".\n..\n.end\nplain\n".to_owned();
    send(&email_channels(through(&[&server])), dotted).await;
    let text = server.mail(1).await.text();
    assert!(text.contains("\r\n.\r\n..\r\n.end\r\nplain\r\n"), "{text}");
}

#[tokio::test]
async fn commands_go_in_one_group_only_where_the_relay_offers_it() {
    let grouping = server(Script::new()).await;
    send(&email_channels(through(&[&grouping])), mail(1, ICHIRO)).await;
    assert!(grouping.mail(1).await.pipelined);
    let plain = server(Script::new().without_pipelining()).await;
    send(&email_channels(through(&[&plain])), mail(1, ICHIRO)).await;
    assert!(!plain.mail(1).await.pipelined);
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_mail() {
    let server = server(Script::new()).await;
    let channels = email_channels(through(&[&server]));
    for number in 1..=5 {
        assert_eq!(kind(&send(&channels, mail(number, ICHIRO)).await), ACCEPTED);
    }
    assert_eq!(server.connections(), 1);
    channels.close_idle();
    server.quiet().await;
}

#[tokio::test]
async fn a_kept_connection_that_went_stale_costs_nothing() {
    let hang_up = Act::SayAndDrop("250 2.0.0 Ok, and good bye".to_owned());
    let server = server(Script::new().once(Step::Dot, hang_up)).await;
    let channels = email_channels(through(&[&server]));
    assert_eq!(kind(&send(&channels, mail(1, ICHIRO)).await), ACCEPTED);
    server.quiet().await;
    let second = send(&channels, mail(2, ICHIRO)).await;
    assert_eq!(kind(&second), ACCEPTED, "{second:?}");
    let too_many = Act::SayAndDrop("421 4.7.0 too many mails on one connection".to_owned());
    server.set(Script::new().once(Step::Mail, too_many));
    let third = send(&channels, mail(3, ICHIRO)).await;
    assert_eq!(kind(&third), ACCEPTED, "{third:?}");
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let server = server(Script::new()).await;
    let mut few = through(&[&server]);
    few.relays[0].connections = 3;
    let channels = email_channels(few);
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..60 {
        let channels = channels.clone();
        sends.spawn(async move { send(&channels, mail(number, ICHIRO)).await });
    }
    for attempt in sends.join_all().await {
        assert_eq!(kind(&attempt), ACCEPTED);
    }
    assert!(server.most_open() <= 3, "{}", server.most_open());
}

/// While an event is being kept, the connections for its mails are opened: as
/// many as can be used, and the mails open none besides.
#[tokio::test]
async fn connections_are_up_before_the_mails_that_are_expected() {
    let server = server(Script::new()).await;
    let mut few = through(&[&server]);
    few.relays[0].connections = 3;
    let channels = email_channels(few);
    channels.expect_mails(60);
    server.reached(Step::Ehlo, 3).await;
    assert_eq!(server.count(Step::Mail), 0);
    for number in 0..9 {
        assert_eq!(kind(&send(&channels, mail(number, ICHIRO)).await), ACCEPTED);
    }
    assert_eq!(server.connections(), 3);
}

/// The same for the next call-out, hours later: what was kept since the last one
/// is not counted as there.
#[tokio::test]
async fn connections_are_opened_ahead_for_the_next_call_out_as_well() {
    let server = server(Script::new()).await;
    let mut few = through(&[&server]);
    few.relays[0].connections = 3;
    let clock = Clock::manual(noon());
    let channels = email_channels_by(few, clock.clone());
    channels.expect_mails(3);
    server.reached(Step::Ehlo, 3).await;
    // More than once: the first ones may be put aside only now.
    let again = async {
        while server.count(Step::Ehlo) < 6 {
            clock.advance(Duration::from_secs(61));
            channels.expect_mails(3);
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), again).await;
    waited.expect("connections are opened again");
    assert_eq!(server.count(Step::Mail), 0);
}

/// A relay that is busy on a kept connection is not asked once more on a new one.
#[tokio::test]
async fn a_relay_that_is_busy_is_asked_once() {
    let server = server(Script::new()).await;
    let channels = email_channels(through(&[&server]));
    assert_eq!(kind(&send(&channels, mail(1, ICHIRO)).await), ACCEPTED);
    server.set(Script::new().on(Step::Mail, Act::say("450 4.7.1 too many mails this minute")));
    let second = send(&channels, mail(2, ICHIRO)).await;
    assert_eq!(kind(&second), retry(Reason::Busy), "{second:?}");
    assert_eq!((server.count(Step::Mail), server.connections()), (2, 1));
}

/// Decision 36: after the dot 25x says what became of the mail. What speaks of the
/// connection, or of nothing, leaves it open, and no other relay gets a copy.
#[tokio::test]
async fn after_the_dot_only_the_mail_systems_own_words_count() {
    for (words, expected) in [
        ("250 2.0.0 Ok", ACCEPTED),
        ("251 2.1.5 will forward", ACCEPTED),
        ("252 2.0.0 taken, not verified", ACCEPTED),
        ("221 2.0.0 closing", UNKNOWN),
        ("220 ready", UNKNOWN),
        ("214 help", UNKNOWN),
        ("299 something", UNKNOWN),
    ] {
        let odd = server(Script::new().on(Step::Dot, Act::say(words))).await;
        let other = server(Script::new()).await;
        let attempt = send(&email_channels(through(&[&odd, &other])), mail(1, ICHIRO)).await;
        assert_eq!(kind(&attempt), expected, "{words}: {attempt:?}");
        assert_eq!((odd.mails().len(), other.connections()), (1, 0), "{words}");
    }
}

/// A relay that is away is known to be before the first mail wants it.
#[tokio::test]
async fn what_is_learned_before_the_mails_counts_as_theirs() {
    let server = server(Script::new().on(Step::Connect, Act::say("554 5.3.2 closed"))).await;
    let channels = email_channels(through(&[&server]));
    channels.expect_mails(2);
    let opened = async {
        while channels.circuits()[0].state != State::Open {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), opened).await;
    waited.expect("the circuit opens");
    assert_eq!(server.count(Step::Ehlo), 0);
}

/// Row 33: a conversation that was cancelled half-way must not lend its
/// replies to the next mail.
#[tokio::test]
async fn a_stalled_and_cancelled_mail_does_not_answer_for_the_next() {
    let server = server(Script::new()).await;
    let mut one = through(&[&server]);
    one.relays[0].connections = 1;
    let channels = email_channels(one);
    assert_eq!(kind(&send(&channels, mail(1, ICHIRO)).await), ACCEPTED);
    server.set(Script::new().once(Step::Mail, Act::Stall));
    tokio::select! {
        attempt = send(&channels, mail(2, ICHIRO)) => panic!("{attempt:?}"),
        () = server.reached(Step::Mail, 2) => {}
    }
    server.set(Script::new().on(Step::Rcpt, Act::say("550 5.7.1 refused")));
    let third = send(&channels, mail(3, ICHIRO)).await;
    assert_eq!(kind(&third), retry(Reason::Policy), "{third:?}");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn each_phase_ends_at_its_limit_and_the_next_relay_is_asked() {
    let phases = [
        Step::Connect,
        Step::Ehlo,
        Step::Mail,
        Step::Rcpt,
        Step::Data,
    ];
    let checks = phases.map(async |step| {
        let stalled = server(Script::new().on(step, Act::Stall)).await;
        let good = server(Script::new()).await;
        let mut hasty = through(&[&stalled]);
        hasty.limits = short_at(step);
        let alone = send(&email_channels(hasty.clone()), mail(1, ICHIRO)).await;
        assert_eq!(kind(&alone), retry(Reason::Timeout), "{step:?} {alone:?}");
        hasty.relays.push(good.relay());
        let both = send(&email_channels(hasty), mail(1, ICHIRO)).await;
        assert_eq!(kind(&both), ACCEPTED, "{step:?} {both:?}");
        assert_eq!(both.via, format!("127.0.0.1:{}", good.port));
    });
    futures_util::future::join_all(checks).await;
}

/// Row 34: 421 anywhere is no verdict on the mail.
#[tokio::test]
async fn a_relay_that_shuts_down_is_passed_over() {
    for step in [
        Step::Connect,
        Step::Ehlo,
        Step::Mail,
        Step::Rcpt,
        Step::Data,
        Step::Dot,
    ] {
        let words = "421 4.3.2 shutting down".to_owned();
        let closing = server(Script::new().on(step, Act::SayAndDrop(words))).await;
        let good = server(Script::new()).await;
        let alone = send(&email_channels(through(&[&closing])), mail(1, ICHIRO)).await;
        assert_eq!(kind(&alone), retry(Reason::Busy), "{step:?} {alone:?}");
        let both = send(
            &email_channels(through(&[&closing, &good])),
            mail(1, ICHIRO),
        )
        .await;
        assert_eq!(kind(&both), ACCEPTED, "{step:?} {both:?}");
    }
}

/// Rows 36 and 37: one dead address, and nobody else's mail is touched.
#[tokio::test]
async fn a_refused_recipient_is_dead_and_the_others_get_their_mail() {
    let first = server(Script::new().refuse("gone@example.jp", "550 5.1.1 User unknown")).await;
    let second = server(Script::new()).await;
    let channels = email_channels(through(&[&first, &second]));
    for (number, to) in [(1, ICHIRO), (2, "gone@example.jp"), (3, JIRO)] {
        let attempt = send(&channels, mail(number, to)).await;
        let expected = if number == 2 {
            rejected(Reason::Address)
        } else {
            ACCEPTED
        };
        assert_eq!(kind(&attempt), expected, "{attempt:?}");
        if number == 2 {
            assert_eq!(detail(&attempt), "RCPT TO: 550 5.1.1 User unknown");
        }
    }
    assert_eq!(first.mails().len(), 2);
    assert_eq!(second.connections(), 0);
}

#[tokio::test]
async fn a_refusal_is_read_for_whom_it_blames() {
    for (reply, expected) in [
        ("550 User unknown", rejected(Reason::Address)),
        ("551 not here", rejected(Reason::Address)),
        ("553 no such mailbox", rejected(Reason::Address)),
        ("550 5.1.10 null MX", rejected(Reason::Address)),
        (
            "550 5.1.1 Recipient rejected: User unknown in relay recipient table",
            rejected(Reason::Address),
        ),
        (
            "550 User unknown in relay recipient table",
            rejected(Reason::Address),
        ),
        ("550 5.7.1 relaying denied", retry(Reason::Policy)),
        ("550 relay not permitted", retry(Reason::Policy)),
        (
            "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
            retry(Reason::Policy),
        ),
        ("550 not for you (#5.7.1).", retry(Reason::Policy)),
        (
            "550-mx.example.jp does not take it\r\n550 5.7.1 not for you",
            retry(Reason::Policy),
        ),
        ("554 5.7.1 blocked", retry(Reason::Policy)),
        ("552 5.2.2 mailbox full", retry(Reason::Policy)),
        (
            "550 5.1.8 Sender address rejected: not found",
            retry(Reason::Policy),
        ),
        (
            "550 5.1.0 Sender address rejected: unknown",
            retry(Reason::Policy),
        ),
        ("503 bad sequence", retry(Reason::Policy)),
        ("530 5.7.0 log in first", retry(Reason::Policy)),
        ("450 4.1.1 greylisted", retry(Reason::Busy)),
    ] {
        let server = server(Script::new().refuse(ICHIRO, reply)).await;
        let channels = email_channels(through(&[&server]));
        // That it takes mail for others makes its word worth something.
        assert_eq!(kind(&send(&channels, mail(1, JIRO)).await), ACCEPTED);
        let attempt = send(&channels, mail(2, ICHIRO)).await;
        assert_eq!(kind(&attempt), expected, "{reply}: {attempt:?}");
        // What is said of one recipient shuts the relay for nobody else.
        let other = send(&channels, mail(3, JIRO)).await;
        assert_eq!(kind(&other), ACCEPTED, "{reply}: {other:?}");
    }
}

/// Row 32: how long each step of a conversation is waited for where nothing is said.
#[test]
fn the_usual_limits_are_those_of_the_plan() {
    let usual = Limits::default();
    let steps = [usual.greeting, usual.hello, usual.mail, usual.data];
    assert_eq!(steps.map(|limit| limit.as_secs()), [30; 4]);
    assert_eq!((usual.connect.as_secs(), usual.rcpt.as_secs()), (10, 60));
    assert_eq!(usual.end_of_data.as_secs(), 120);
}

/// Rows 38 and 39: before the dot a lost connection is "not sent", after it
/// "perhaps sent", and then no other relay gets a copy.
#[tokio::test]
async fn only_a_loss_after_the_dot_is_ambiguous() {
    for step in [
        Step::Connect,
        Step::Ehlo,
        Step::Mail,
        Step::Rcpt,
        Step::Data,
    ] {
        let broken = server(Script::new().on(step, Act::Drop)).await;
        let attempt = send(&email_channels(through(&[&broken])), mail(1, ICHIRO)).await;
        assert_eq!(
            kind(&attempt),
            retry(Reason::Unreachable),
            "{step:?} {attempt:?}"
        );
    }
    for act in [
        Act::Drop,
        Act::Stall,
        Act::say("what?"),
        Act::say("354 more"),
    ] {
        let broken = server(Script::new().on(Step::Dot, act.clone())).await;
        let other = server(Script::new()).await;
        let mut both = through(&[&broken, &other]);
        both.limits = short_at(Step::Dot);
        let attempt = send(&email_channels(both), mail(1, ICHIRO)).await;
        assert_eq!(kind(&attempt), UNKNOWN, "{act:?} {attempt:?}");
        assert_eq!(broken.mails().len(), 1);
        assert_eq!(other.connections(), 0);
    }
}

/// Row 41.
#[tokio::test]
async fn a_relay_that_breaks_off_in_the_middle_did_not_take_it() {
    let words = "354 go on\r\n550 5.3.0 out of paper".to_owned();
    let broken = server(Script::new().on(Step::Data, Act::SayAndDrop(words))).await;
    let good = server(Script::new()).await;
    let alone = send(&email_channels(through(&[&broken])), mail(1, ICHIRO)).await;
    // As at the dot: the person's next contact is called now.
    assert_eq!(kind(&alone), retry(Reason::Policy), "{alone:?}");
    let both = send(&email_channels(through(&[&broken, &good])), mail(1, ICHIRO)).await;
    assert_eq!(kind(&both), ACCEPTED, "{both:?}");
}

#[tokio::test]
async fn the_words_of_every_relay_are_kept() {
    let busy = server(Script::new().on(Step::Mail, Act::say("452 4.3.1 disk full"))).await;
    let closed = server(Script::new().on(Step::Connect, Act::say("554 5.7.1 go away"))).await;
    let attempt = send(&email_channels(through(&[&busy, &closed])), mail(1, ICHIRO)).await;
    // Of the two the busy one may take it soon.
    assert_eq!(kind(&attempt), retry(Reason::Busy));
    let expected = format!(
        "127.0.0.1:{}: MAIL FROM: 452 4.3.1 disk full; 127.0.0.1:{}: greeting: 554 5.7.1 go away",
        busy.port, closed.port
    );
    assert_eq!(detail(&attempt), expected);
}

#[tokio::test]
async fn a_reply_without_end_is_the_relays_fault() {
    let lines = "250-more\r\n".repeat(150) + "250 enough";
    let long_line = format!("250 {}", "x".repeat(10_000));
    for words in [lines, long_line] {
        let server = server(Script::new().on(Step::Mail, Act::Say(words))).await;
        let attempt = send(&email_channels(through(&[&server])), mail(1, ICHIRO)).await;
        assert_eq!(kind(&attempt), retry(Reason::Fault), "{attempt:?}");
        assert!(detail(&attempt).chars().count() < 400);
    }
}

/// Row 43.
#[tokio::test]
async fn an_old_relay_without_esmtp_is_spoken_to_in_plain_smtp() {
    let old = server(Script::new().without_esmtp()).await;
    let attempt = send(&email_channels(through(&[&old])), mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    assert_eq!(old.count(Step::Helo), 1);
}

#[tokio::test]
async fn without_a_relay_there_is_no_channel() {
    let attempt = send(&email_channels(settings(Vec::new())), mail(1, ICHIRO)).await;
    assert_eq!(kind(&attempt), rejected(Reason::NoChannel));
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_in_a_sentence() {
    let refuse = |email: Settings| {
        muster::channel::Channels::new(settings_of(email, Vec::new()))
            .unwrap_err()
            .to_string()
    };
    let mut nameless = settings(vec![relay(25)]);
    nameless.from = "muster".to_owned();
    let expected = "email: the sender \"muster\" is not a mail address: it has no @";
    assert_eq!(refuse(nameless), expected);
    let mut untrusted = relay(25);
    untrusted.tls = Tls::Required;
    untrusted.extra_roots = Some("/nonexistent/ca.pem".into());
    let words = refuse(settings(vec![untrusted]));
    assert!(
        words.starts_with(
            "email relay 127.0.0.1:25: the certificates of /nonexistent/ca.pem cannot be read"
        ),
        "{words}"
    );
}
