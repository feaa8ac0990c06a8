//! What every channel promises, as one list of checks that each passes.
//!
//! A new channel gets a `Rig` and one line at the end of this file.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster::channel::email::Login;
use muster::channel::webhook::Post;
use muster::channel::{Channels, Outgoing};
use muster::domain::delivery::{Outcome, Reason};
use secrecy::SecretString;
use tokio::net::TcpSocket;

use super::{
    ACCEPTED, UNKNOWN, detail, email_channels, kind, mail, noon, rejected, retry, settings_of,
};
use crate::support::hook::{self, Answer, HookServer};
use crate::support::smtp::{self, Act, SmtpServer, Step};

const PASSWORD: &str = "password-canary";
const BEARER: &str = "bearer-canary";
const KEY: &str = "key-canary-key-canary-24";

/// How the other side behaves.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Friendly,
    /// Busy once, then friendly.
    BusyOnce,
    NoSuchAddress,
    /// Hangs up when it has the whole message.
    LostAfterHandOver,
    /// Takes the message and says nothing.
    Stalled,
    /// Refuses us, and repeats our secrets while it does.
    Echoing,
}

/// A channel and the other side of it.
trait Rig {
    async fn start(mood: Mood) -> Self;
    /// Changes the other side's behaviour.
    fn set(&self, mood: Mood);
    /// Channels that reach it; `hasty` ones have short limits.
    fn channels(&self, hasty: bool) -> Channels;
    /// Channels that lead to a port.
    fn towards(port: u16) -> Channels;
    fn message(number: u32) -> Outgoing;
    /// Waits until the other side has something before it and says nothing.
    async fn stalled(&self);
    /// The identities of the messages that the other side took.
    fn taken(&self) -> Vec<String>;
}

struct EmailRig {
    server: SmtpServer,
}

fn smtp_script(mood: Mood) -> smtp::Script {
    let script = smtp::Script::new().login("muster", PASSWORD, "PLAIN LOGIN");
    match mood {
        Mood::Friendly => script,
        Mood::BusyOnce => script.once(Step::Rcpt, Act::say("450 4.2.0 later")),
        Mood::NoSuchAddress => script.on(Step::Rcpt, Act::say("550 5.1.1 User unknown")),
        Mood::LostAfterHandOver => script.on(Step::Dot, Act::Drop),
        Mood::Stalled => script.on(Step::Mail, Act::Stall),
        Mood::Echoing => {
            let coded = STANDARD.encode(format!("\0muster\0{PASSWORD}"));
            let words = format!("535 5.7.8 no: {coded} {PASSWORD}");
            script.on(Step::Auth, Act::say(&words))
        }
    }
}

impl Rig for EmailRig {
    async fn start(mood: Mood) -> Self {
        Self {
            server: SmtpServer::start(smtp_script(mood)).await,
        }
    }

    fn set(&self, mood: Mood) {
        self.server.set(smtp_script(mood));
    }

    fn channels(&self, hasty: bool) -> Channels {
        let mut relay = self.server.relay();
        relay.login = Some(Login {
            name: "muster".to_owned(),
            password: SecretString::from(PASSWORD),
        });
        let mut settings = smtp::settings(vec![relay]);
        if hasty {
            settings.limits = smtp::short_at(Step::Mail);
        }
        let shown = format!("{settings:?}");
        assert!(!shown.contains("canary"), "{shown}");
        email_channels(settings)
    }

    fn towards(port: u16) -> Channels {
        email_channels(smtp::settings(vec![smtp::relay(port)]))
    }

    fn message(number: u32) -> Outgoing {
        Outgoing::Email(Box::new(mail(number, "ichiro@example.jp")))
    }

    async fn stalled(&self) {
        self.server.reached(Step::Mail, 1).await;
    }

    fn taken(&self) -> Vec<String> {
        let mails = self.server.mails().into_iter();
        mails
            .filter(|mail| mail.accepted)
            .map(|mail| {
                let text = mail.text();
                let id = text.split("Message-ID: <").nth(1).unwrap();
                id.split('>').next().unwrap().to_owned()
            })
            .collect()
    }
}

struct HookRig {
    server: HookServer,
}

fn hook_script(mood: Mood) -> hook::Script {
    let script = hook::Script::new();
    match mood {
        Mood::Friendly => script,
        Mood::BusyOnce => script.once(Answer::status(429)),
        Mood::NoSuchAddress => script.always(Answer::status(410)),
        Mood::LostAfterHandOver => script.always(Answer::Drop),
        Mood::Stalled => script.always(Answer::Stall),
        Mood::Echoing => {
            let secret = STANDARD.encode(KEY);
            let words = format!("Bearer {BEARER} whsec_{secret} /hook?canary-in-url");
            script.always(Answer::with(401, &[], &words))
        }
    }
}

impl Rig for HookRig {
    async fn start(mood: Mood) -> Self {
        Self {
            server: HookServer::start(hook_script(mood)).await,
        }
    }

    fn set(&self, mood: Mood) {
        self.server.set(hook_script(mood));
    }

    fn channels(&self, hasty: bool) -> Channels {
        let mut webhook = self.server.webhook("gateway");
        webhook.url.push_str("?canary-in-url");
        webhook.bearer = Some(SecretString::from(BEARER));
        webhook.secret = Some(SecretString::from(format!(
            "whsec_{}",
            STANDARD.encode(KEY)
        )));
        if hasty {
            webhook.timeout = Duration::from_millis(300);
        }
        let shown = format!("{webhook:?}");
        assert!(!shown.contains("canary"), "{shown}");
        hook_channels(webhook)
    }

    fn towards(port: u16) -> Channels {
        let url = format!("http://127.0.0.1:{port}/canary-in-url");
        hook_channels(hook::settings("gateway", &url))
    }

    fn message(number: u32) -> Outgoing {
        Outgoing::Webhook(Post {
            webhook: "gateway".into(),
            to: format!("+81-136-00-{number:04}").into(),
            id: format!("n{number}.c1@muster.example.jp"),
            timestamp: noon(),
            body: r#"{"link":"https://muster.example.jp/a/token-canary"}"#.to_owned(),
        })
    }

    async fn stalled(&self) {
        self.server.post(1).await;
    }

    fn taken(&self) -> Vec<String> {
        let posts = self.server.posts().into_iter();
        posts
            .map(|post| post.header("webhook-id").to_owned())
            .collect()
    }
}

fn hook_channels(webhook: muster::channel::webhook::Settings) -> Channels {
    Channels::new(settings_of(smtp::settings(Vec::new()), vec![webhook])).unwrap()
}

/// A port that is held so that nobody can listen there.
fn closed_port() -> (u16, TcpSocket) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    (socket.local_addr().unwrap().port(), socket)
}

async fn a_message_is_accepted_once<R: Rig>() {
    let rig = R::start(Mood::Friendly).await;
    let attempt = rig.channels(false).send(&R::message(1)).await;
    assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    assert!(detail(&attempt).starts_with('2'), "{attempt:?}");
    assert!(!attempt.via.is_empty());
    assert_eq!(rig.taken(), ["n1.c1@muster.example.jp"]);
}

async fn a_busy_side_takes_the_next_attempt<R: Rig>() {
    let rig = R::start(Mood::BusyOnce).await;
    let channels = rig.channels(false);
    let first = channels.send(&R::message(1)).await;
    assert_eq!(kind(&first), retry(Reason::Busy), "{first:?}");
    let second = channels.send(&R::message(1)).await;
    assert_eq!(kind(&second), ACCEPTED, "{second:?}");
}

async fn a_dead_address_is_rejected<R: Rig>() {
    let rig = R::start(Mood::NoSuchAddress).await;
    let attempt = rig.channels(false).send(&R::message(1)).await;
    assert_eq!(kind(&attempt), rejected(Reason::Address), "{attempt:?}");
}

async fn a_message_lost_after_the_hand_over_is_unknown<R: Rig>() {
    let rig = R::start(Mood::LostAfterHandOver).await;
    let channels = rig.channels(false);
    let first = channels.send(&R::message(1)).await;
    assert_eq!(kind(&first), UNKNOWN, "{first:?}");
    rig.set(Mood::Friendly);
    let second = channels.send(&R::message(1)).await;
    assert_eq!(kind(&second), ACCEPTED, "{second:?}");
    assert_eq!(rig.taken().last().unwrap(), "n1.c1@muster.example.jp");
}

/// The other side loses two and is left alone: whoever is not asked has lost nothing.
async fn who_is_not_asked_has_lost_nothing<R: Rig>() {
    let rig = R::start(Mood::LostAfterHandOver).await;
    let channels = rig.channels(false);
    for number in 1..=2 {
        let lost = channels.send(&R::message(number)).await;
        assert_eq!(kind(&lost), UNKNOWN, "{lost:?}");
    }
    let third = channels.send(&R::message(3)).await;
    assert_eq!(kind(&third), retry(Reason::Unreachable), "{third:?}");
    let Outcome::Retry { after, .. } = third.outcome else {
        unreachable!("{third:?}");
    };
    assert!(after.is_some(), "it rests");
}

async fn a_refused_connection_is_tried_again<R: Rig>() {
    let (port, _held) = closed_port();
    let attempt = R::towards(port).send(&R::message(1)).await;
    assert_eq!(kind(&attempt), retry(Reason::Unreachable), "{attempt:?}");
    assert!(!format!("{attempt:?}").contains("canary"), "{attempt:?}");
}

async fn what_is_wanted_no_more_connects_to_nobody<R: Rig>() {
    let (port, _held) = closed_port();
    let channels = R::towards(port);
    let attempt = channels.send_wanted(&R::message(1), &|| false).await;
    assert_eq!(kind(&attempt), retry(Reason::Busy), "{attempt:?}");
}

async fn a_stalled_side_ends_at_its_limit<R: Rig>() {
    let rig = R::start(Mood::Stalled).await;
    let attempt = rig.channels(true).send(&R::message(1)).await;
    let (word, _) = kind(&attempt);
    assert!(matches!(word, "retry" | "unknown"), "{attempt:?}");
}

async fn no_secret_comes_back<R: Rig>() {
    let rig = R::start(Mood::Echoing).await;
    let channels = rig.channels(false);
    let message = R::message(1);
    let attempt = channels.send(&message).await;
    assert!(!detail(&attempt).is_empty());
    let shown = format!("{attempt:?} {channels:?} {message:?}");
    let coded = [PASSWORD, BEARER, KEY].map(|secret| STANDARD.encode(secret));
    for secret in coded.iter().map(String::as_str).chain(["canary"]) {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    let plain = STANDARD.encode(format!("\0muster\0{PASSWORD}"));
    assert!(!shown.contains(&plain), "{shown}");
}

async fn a_cancelled_attempt_leaves_nothing_behind<R: Rig>() {
    let rig = R::start(Mood::Stalled).await;
    let channels = rig.channels(false);
    let message = R::message(1);
    tokio::select! {
        attempt = channels.send(&message) => panic!("{attempt:?}"),
        () = rig.stalled() => {}
    }
    // The next message goes its own way, and its answer is its own.
    rig.set(Mood::NoSuchAddress);
    let second = channels.send(&R::message(2)).await;
    assert_eq!(kind(&second), rejected(Reason::Address), "{second:?}");
    rig.set(Mood::Friendly);
    let third = channels.send(&R::message(3)).await;
    assert_eq!(kind(&third), ACCEPTED, "{third:?}");
    assert_eq!(rig.taken().last().unwrap(), "n3.c1@muster.example.jp");
}

async fn many_at_once_all_arrive<R: Rig>() {
    let rig = R::start(Mood::Friendly).await;
    let channels = rig.channels(false);
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..100 {
        let channels = channels.clone();
        let message = R::message(number);
        sends.spawn(async move { channels.send(&message).await });
    }
    for attempt in sends.join_all().await {
        assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
    }
    let mut taken = rig.taken();
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 100);
}

/// The list, for one channel.
macro_rules! contract {
    ($channel:ident, $rig:ty, [$($check:ident),* $(,)?]) => {
        mod $channel {
            use super::*;
            $(
                #[tokio::test]
                async fn $check() {
                    super::$check::<$rig>().await;
                }
            )*
        }
    };
    ($channel:ident, $rig:ty) => {
        contract!($channel, $rig, [
            a_message_is_accepted_once,
            a_busy_side_takes_the_next_attempt,
            a_dead_address_is_rejected,
            a_message_lost_after_the_hand_over_is_unknown,
            who_is_not_asked_has_lost_nothing,
            a_refused_connection_is_tried_again,
            what_is_wanted_no_more_connects_to_nobody,
            a_stalled_side_ends_at_its_limit,
            no_secret_comes_back,
            a_cancelled_attempt_leaves_nothing_behind,
            many_at_once_all_arrive,
        ]);
    };
}

contract!(email, EmailRig);
contract!(webhook, HookRig);
