//! Who is to blame for a refusal: one person's address, the relay that refuses
//! everybody, or the text of the mail.

use std::time::Duration;

use muster::channel::email::Settings;
use muster::channel::{Attempt, Channels, State};
use muster::clock::Clock;
use muster::domain::delivery::Reason;

use super::{ACCEPTED, email_channels, email_channels_by, kind, mail, noon, rejected, retry, send};
use crate::support::smtp::{Act, Script, SmtpServer, Step, settings};

/// The people of a small town.
const TOWN: u32 = 60;

async fn server(script: Script) -> SmtpServer {
    SmtpServer::start(script).await
}

fn through(servers: &[&SmtpServer]) -> Settings {
    settings(servers.iter().map(|server| server.relay()).collect())
}

fn refusing(reply: &str) -> Script {
    Script::new().on(Step::Rcpt, Act::say(reply))
}

fn person(number: u32) -> String {
    format!("p{number}@example.jp")
}

/// A mail to everybody at once, as a call-out of the whole town sends it.
async fn call_all(channels: &Channels) -> Vec<Attempt> {
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..TOWN {
        let channels = channels.clone();
        sends.spawn(async move { send(&channels, mail(number, &person(number))).await });
    }
    sends.join_all().await
}

fn dead(attempts: &[Attempt]) -> usize {
    let dead = |attempt: &&Attempt| kind(attempt) == rejected(Reason::Address);
    attempts.iter().filter(dead).count()
}

/// Row 36, turned round: the relay is wrongly set, nobody's address is dead.
#[tokio::test]
async fn a_relay_that_refuses_everybody_costs_nobody_their_contact() {
    let wrong = server(refusing("550 Requested action not taken")).await;
    let clock = Clock::manual(noon());
    let channels = email_channels_by(through(&[&wrong]), clock.clone());
    // Also when they are tried again, as after 5 and 15 seconds.
    for rest in [5, 15] {
        let attempts = call_all(&channels).await;
        assert_eq!(dead(&attempts), 0);
        // Each one's next contact is called now, and this one is tried again.
        let all_policy = |attempt| kind(attempt) == retry(Reason::Policy);
        assert!(attempts.iter().all(all_policy), "{attempts:?}");
        let circuit = channels.circuits().remove(0);
        let expected = (State::Open, Some(Reason::Policy));
        assert_eq!((circuit.state, circuit.reason), expected);
        clock.advance(Duration::from_secs(rest));
    }
    wrong.set(Script::new());
    for attempt in call_all(&channels).await {
        assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    }
    assert_eq!(channels.circuits()[0].state, State::Closed);
}

#[tokio::test]
async fn one_that_says_unknown_user_to_everybody_costs_two_at_most() {
    let wrong = server(refusing("550 5.1.1 User unknown")).await;
    let attempts = call_all(&email_channels(through(&[&wrong]))).await;
    assert!(dead(&attempts) <= 2, "{}", dead(&attempts));
    // It had taken mail before, and was wrongly set in the middle.
    let turned = server(Script::new()).await;
    let channels = email_channels(through(&[&turned]));
    assert_eq!(
        kind(&send(&channels, mail(99, "p99@example.jp")).await),
        ACCEPTED
    );
    turned.set(refusing("550 no"));
    let attempts = call_all(&channels).await;
    assert!(dead(&attempts) <= 2, "{}", dead(&attempts));
}

#[tokio::test]
async fn another_relay_takes_whom_the_wrongly_set_one_refuses() {
    let wrong = server(refusing("550 no")).await;
    let good = server(Script::new()).await;
    let channels = email_channels(through(&[&wrong, &good]));
    for attempt in call_all(&channels).await {
        assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
        assert_eq!(attempt.via, format!("127.0.0.1:{}", good.port));
    }
    assert_eq!(good.mails().len(), TOWN as usize);
}

/// Promise 1: a refusal by policy is the relay's word and not of the address: the next
/// relay is asked at once, and only where that refuses as well is the next contact
/// called. Wherever in the conversation it is said.
#[tokio::test]
async fn a_refusal_by_policy_is_passed_on_to_the_next_relay() {
    for (step, words) in [
        (Step::Connect, "554 5.7.1 not you"),
        (Step::Mail, "550 5.7.1 not from there"),
        (Step::Rcpt, "550 5.7.1 not to there"),
        (Step::Data, "554 5.7.1 not that"),
        (Step::Dot, "550 5.7.1 not that"),
    ] {
        let refusing = || Script::new().on(step, Act::say(words));
        let (first, second) = (server(Script::new()).await, server(Script::new()).await);
        let channels = email_channels(through(&[&first, &second]));
        // One that takes what is for others is believed when it refuses.
        let taken = send(&channels, mail(1, &person(1))).await;
        assert_eq!(taken.via, first.relay().name());
        channels.close_idle();
        first.set(refusing());
        let passed = send(&channels, mail(2, &person(2))).await;
        assert_eq!(kind(&passed), ACCEPTED, "{step:?}: {passed:?}");
        assert_eq!(passed.via, second.relay().name(), "{step:?}");
        channels.close_idle();
        second.set(refusing());
        let refused = send(&channels, mail(3, &person(3))).await;
        assert_eq!(
            kind(&refused),
            retry(Reason::Policy),
            "{step:?} {refused:?}"
        );
    }
}

/// One that refused whom another relay took is not believed, whatever it
/// says, until it takes a mail itself.
#[tokio::test]
async fn one_that_was_proved_wrong_must_take_a_mail_first() {
    let wrong = server(refusing("550 no")).await;
    let good = server(Script::new()).await;
    let channels = email_channels(through(&[&wrong, &good]));
    assert_eq!(
        kind(&send(&channels, mail(1, "a@example.jp")).await),
        ACCEPTED
    );
    wrong.set(refusing("550 5.1.1 unknown"));
    let doubted = send(&channels, mail(2, "b@example.jp")).await;
    assert_eq!(doubted.via, format!("127.0.0.1:{}", good.port));
    wrong.set(Script::new().refuse("b@example.jp", "550 5.1.1 unknown"));
    let taken = send(&channels, mail(3, "a@example.jp")).await;
    assert_eq!(taken.via, format!("127.0.0.1:{}", wrong.port));
    let believed = send(&channels, mail(4, "b@example.jp")).await;
    assert_eq!(kind(&believed), rejected(Reason::Address));
}

/// A bare 550 from a relay of which nothing is known is doubted once.
#[tokio::test]
async fn a_lone_dead_address_is_dead_when_it_is_refused_again() {
    let only = server(refusing("550 no such user")).await;
    let channels = email_channels(through(&[&only]));
    let first = send(&channels, mail(1, "gone@example.jp")).await;
    assert_eq!(kind(&first), retry(Reason::Policy));
    let second = send(&channels, mail(1, "gone@example.jp")).await;
    assert_eq!(kind(&second), rejected(Reason::Address));
}

/// Row 36: among people who get their mail the dead are dead at once; a third
/// in a row waits for one that is taken.
#[tokio::test]
async fn a_relay_that_takes_mail_is_believed_of_whom_it_does_not_take() {
    let mut script = Script::new();
    for number in 1..=3 {
        script = script.refuse(&person(number), "550 unknown");
    }
    let good = server(script).await;
    let clock = Clock::manual(noon());
    let channels = email_channels_by(through(&[&good]), clock.clone());
    let mut kinds = Vec::new();
    for number in [0, 1, 2, 3, 4, 3] {
        kinds.push(kind(&send(&channels, mail(number, &person(number))).await));
    }
    let dead = rejected(Reason::Address);
    assert_eq!(
        kinds,
        [ACCEPTED, dead, dead, retry(Reason::Policy), ACCEPTED, dead]
    );
    // What it took yesterday says nothing today.
    clock.advance(Duration::from_secs(24 * 3600));
    let attempt = send(&channels, mail(9, &person(1))).await;
    assert_eq!(kind(&attempt), retry(Reason::Policy), "{attempt:?}");
}

/// Row 42: the next relay gets a short plain text, once.
#[tokio::test]
async fn a_text_that_one_relay_dislikes_goes_shorter_through_the_next() {
    for refusal in ["554 5.7.1 spam", "552 5.3.4 too large"] {
        let filter = server(Script::new().on(Step::Dot, Act::say(refusal))).await;
        let good = server(Script::new()).await;
        let mut long = mail(1, "ichiro@example.jp");
        let more = "■ 詳細: 河川の水位が上がっています。\n\n".repeat(30);
        let map = "地図: https://map.example.jp/";
        let end = "自動送信です。\n03:12 に作成しました。二度届くことがあります。\n\n訓練終わり\n";
        long.text = format!("{}{more}{map}\n\n{more}{end}", long.text);
        let both = send(&email_channels(through(&[&filter, &good])), long).await;
        assert_eq!(kind(&both), ACCEPTED, "{both:?}");
        assert_eq!(both.via, format!("127.0.0.1:{}", good.port));
        let received = good.mail(1).await;
        let parsed = mail_parser::MessageParser::default();
        let parsed = parsed.parse(&received.data).unwrap();
        assert_eq!(parsed.message_id(), Some("n1.c1@muster.example.jp"));
        assert_eq!(parsed.subject(), Some("【参集】震度5強"));
        assert_eq!(parsed.parts.len(), 1);
        let text = parsed.body_text(0).unwrap().replace("\r\n", "\n");
        assert!(text.starts_with("参集してください。\n"), "{text}");
        assert!(
            text.contains("https://muster.example.jp/a/token-canary\n"),
            "{text}"
        );
        let end = end.replace("\n\n", "\n");
        assert!(text.ends_with(&format!("{map}\n{end}")), "{text}");
        assert_eq!(text.lines().count(), 12, "{text}");
    }
}

/// Where there is no other relay, the same one is asked once more.
#[tokio::test]
async fn with_one_relay_the_short_text_goes_to_the_same() {
    let spam = || Act::say("554 5.7.1 spam");
    let filter = server(Script::new().once(Step::Dot, spam())).await;
    let channels = email_channels(through(&[&filter]));
    let attempt = send(&channels, mail(1, "ichiro@example.jp")).await;
    assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    assert!(!filter.mail(2).await.text().contains("text/html"));
    // It takes neither: no relay is left, so the next contact is called.
    filter.set(Script::new().on(Step::Dot, spam()));
    let attempt = send(&channels, mail(2, "ichiro@example.jp")).await;
    assert_eq!(kind(&attempt), retry(Reason::Policy), "{attempt:?}");
    assert_eq!(filter.mails().len(), 4);
}

/// Row 42: the next relay is away, so the first one gets the short text.
#[tokio::test]
async fn where_the_next_relay_is_away_the_short_text_goes_to_the_first() {
    let spam = || Act::say("554 5.7.1 spam");
    let filter = server(Script::new().once(Step::Dot, spam())).await;
    let away = server(Script::new().on(Step::Connect, Act::Drop)).await;
    let both = || email_channels(through(&[&filter, &away]));
    let attempt = send(&both(), mail(1, "ichiro@example.jp")).await;
    assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    assert!(!filter.mail(2).await.text().contains("text/html"));
    // One that dislikes the short text too has seen it, and it is enough.
    filter.set(Script::new().on(Step::Dot, spam()));
    away.set(Script::new().on(Step::Dot, spam()));
    let attempt = send(&both(), mail(2, "ichiro@example.jp")).await;
    assert_eq!(kind(&attempt), retry(Reason::Policy), "{attempt:?}");
    assert_eq!((filter.mails().len(), away.mails().len()), (3, 1));
}

/// Row 36: people who are truly gone, one after the other, as a whole section
/// of an old roster: who comes after them gets the mail at once.
#[tokio::test]
async fn many_dead_addresses_in_a_row_cost_nobody_else_their_mail() {
    let dead = 10;
    let script = (1..=dead).fold(Script::new(), |script, number| {
        script.refuse(&person(number), "550 5.1.1 User unknown")
    });
    let good = server(script).await;
    // Also of a relay of which nothing is known.
    for taken_before in [true, false] {
        let channels = email_channels(through(&[&good]));
        if taken_before {
            assert_eq!(kind(&send(&channels, mail(0, &person(0))).await), ACCEPTED);
        }
        for number in 1..=dead {
            let attempt = send(&channels, mail(number, &person(number))).await;
            let refused = [rejected(Reason::Address), retry(Reason::Policy)];
            assert!(refused.contains(&kind(&attempt)), "{attempt:?}");
        }
        let living = send(&channels, mail(99, &person(99))).await;
        assert_eq!(kind(&living), ACCEPTED, "{living:?}");
        assert_eq!(channels.circuits()[0].state, State::Closed);
    }
}
