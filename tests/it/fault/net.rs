//! Rows 31 and 58 of `docs/reliability.md` in a net of the test's own: routes
//! that lead nowhere, and a name server that says what it likes.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use muster::channel::email::Relay;
use muster::channel::webhook::Post;
use muster::channel::{Attempt, Channels, Outgoing, State};
use muster::clock::Clock;
use muster::domain::delivery::Reason;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::delivery::{
    ACCEPTED, detail, email_channels_by, kind, mail, noon, retry, send, settings_of,
};
use crate::support::hook::{self, HookServer};
use crate::support::names::{NameServer, Say};
use crate::support::namespace::{ip, is_inside};
use crate::support::smtp::{self, Act, Script, SmtpServer, Step, relay, settings};

/// The people of a small town.
const TOWN: u32 = 40;

/// So many messages wait for a name, and so many others do not.
const LOST: usize = 5;
const OTHERS: usize = 20;

async fn call_all(channels: &Channels) -> Vec<Attempt> {
    let mut sends = JoinSet::new();
    for number in 0..TOWN {
        let channels = channels.clone();
        let mail = mail(number, &format!("p{number}@example.jp"));
        sends.spawn(async move { send(&channels, mail).await });
    }
    sends.join_all().await
}

fn at(host: &str, port: u16) -> Relay {
    Relay {
        host: host.to_owned(),
        ..relay(port)
    }
}

/// A port whose queue is full: whoever comes is not even refused.
async fn silent() -> (u16, TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    loop {
        let connecting = TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(200), connecting).await {
            Ok(connected) => held.push(connected.unwrap()),
            Err(_) => return (address.port(), listener, held),
        }
    }
}

/// Row 31: a route that leads nowhere, and a relay that does not even refuse:
/// every mail goes through the next relay, and the first is used again once it
/// is there.
#[tokio::test]
async fn a_route_that_leads_nowhere_costs_no_mail() {
    if !is_inside("fault::net::a_route_that_leads_nowhere_costs_no_mail") {
        return;
    }
    ip("route add blackhole 10.99.0.2/32");
    let good = SmtpServer::start(Script::new()).await;
    let back = SmtpServer::start_at("0.0.0.0:0", Script::new()).await;
    let (port, _listener, _held) = silent().await;
    for (first, reason) in [
        (at("10.99.0.2", back.port), Reason::Unreachable),
        (at("127.0.0.1", port), Reason::Timeout),
    ] {
        let clock = Clock::manual(noon());
        let mut relays = settings(vec![first.clone(), good.relay()]);
        relays.limits.connect = Duration::from_millis(300);
        let channels = email_channels_by(relays.clone(), clock.clone());
        for attempt in call_all(&channels).await {
            assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
            assert_eq!(attempt.via, good.relay().name());
        }
        let circuit = channels.circuits().remove(0);
        assert_eq!((circuit.state, circuit.reason), (State::Open, Some(reason)));
        // Without another relay it is tried again, and nobody is dead.
        relays.relays.pop();
        let alone = email_channels_by(relays, clock.clone());
        let attempt = send(&alone, mail(1, "p1@example.jp")).await;
        assert_eq!(kind(&attempt), retry(reason), "{attempt:?}");
        if reason == Reason::Unreachable {
            ip("route del blackhole 10.99.0.2/32");
            ip("address add 10.99.0.2/32 dev lo");
            clock.advance(Duration::from_secs(5));
            let attempt = send(&channels, mail(2, "p2@example.jp")).await;
            assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
            assert_eq!(attempt.via, first.name());
            assert_eq!(channels.circuits()[0].state, State::Closed);
        }
    }
    assert_eq!(back.mails().len(), 1);
}

/// A town with a relay, a gateway behind a name and one behind an address.
struct Gateways {
    channels: Channels,
    clock: Clock,
}

impl Gateways {
    fn new(relay: &SmtpServer, named: &HookServer, plain: &HookServer) -> Self {
        let url = format!("http://gateway.example.jp:{}/hook", named.port);
        let named = hook::settings("named", &url);
        let clock = Clock::manual(noon());
        let settings = settings_of(
            smtp::settings(vec![relay.relay()]),
            vec![named, plain.webhook("plain")],
        );
        let channels = Channels::new(muster::channel::Settings {
            clock: clock.clone(),
            ..settings
        });
        Self {
            channels: channels.unwrap(),
            clock,
        }
    }

    /// One message, after a rest that no circuit outlasts.
    async fn post(&self, webhook: &str) -> Attempt {
        self.clock.advance(Duration::from_secs(60));
        self.channels.close_idle();
        let post = Outgoing::Webhook(Post {
            webhook: webhook.into(),
            to: "+81-136-00-0000".into(),
            id: "msg_n7".to_owned(),
            timestamp: self.clock.now(),
            body: "{}".to_owned(),
        });
        self.channels.send(&post).await
    }
}

/// Row 58: the system's own look-up, and a name server that refuses, fails,
/// is silent and leads inside.
#[tokio::test]
async fn names_that_fail_or_lead_inside_cost_nobody_else_anything() {
    if !is_inside("fault::net::names_that_fail_or_lead_inside_cost_nobody_else_anything") {
        return;
    }
    let here = Say::Address(Ipv4Addr::new(10, 99, 0, 1));
    let names = NameServer::start(here).await;
    let named = HookServer::start_at("0.0.0.0:0").await;
    let plain = HookServer::start(hook::Script::new()).await;
    let relay = SmtpServer::start(Script::new()).await;
    let gateways = Arc::new(Gateways::new(&relay, &named, &plain));
    assert_eq!(kind(&gateways.post("named").await), ACCEPTED);
    for says in [Say::NoSuchName, Say::Failure] {
        names.set(says);
        let attempt = gateways.post("named").await;
        assert_eq!(
            kind(&attempt),
            retry(Reason::Unreachable),
            "{says:?} {attempt:?}"
        );
        names.set(here);
        assert_eq!(kind(&gateways.post("named").await), ACCEPTED);
    }
    // Each connection asks anew, and the address is looked at each time.
    let taken = named.posts().len();
    for inside in [[127, 0, 0, 1], [169, 254, 169, 254], [0, 0, 0, 0]] {
        names.set(Say::Address(inside.into()));
        let attempt = gateways.post("named").await;
        assert_eq!(kind(&attempt), retry(Reason::Unreachable), "{attempt:?}");
        assert!(detail(&attempt).contains("internal = true"), "{attempt:?}");
    }
    assert_eq!(named.posts().len(), taken);
    // While a name server is silent, whoever is called by another way waits for nobody.
    names.set(Say::Nothing);
    let (before, mut lost) = (names.asked(), JoinSet::new());
    for _ in 0..LOST {
        let gateways = Arc::clone(&gateways);
        lost.spawn(async move { gateways.post("named").await });
    }
    names.asked_after(before).await;
    for _ in 0..OTHERS {
        assert_eq!(kind(&gateways.post("plain").await), ACCEPTED);
    }
    let mailed = send(&gateways.channels, mail(1, "p1@example.jp")).await;
    assert_eq!(kind(&mailed), ACCEPTED, "{mailed:?}");
    let ended = lost.try_join_next();
    assert!(ended.is_none(), "the others took as long: {ended:?}");
    assert_eq!((plain.posts().len(), relay.mails().len()), (OTHERS, 1));
    // It says at last that it does not know; the next message asks anew.
    names.set(Say::Failure);
    for attempt in lost.join_all().await {
        assert_eq!(kind(&attempt), retry(Reason::Unreachable), "{attempt:?}");
    }
    names.set(here);
    assert_eq!(kind(&gateways.post("named").await), ACCEPTED);
}

/// Row 58, of a relay: its name fails, and the next relay has the mail.
#[tokio::test]
async fn a_relay_whose_name_fails_costs_no_mail() {
    if !is_inside("fault::net::a_relay_whose_name_fails_costs_no_mail") {
        return;
    }
    let names = NameServer::start(Say::NoSuchName).await;
    let good = SmtpServer::start(Script::new()).await;
    for says in [Say::NoSuchName, Say::Failure, Say::Nothing] {
        names.set(says);
        let mut relays = settings(vec![at("relay.example.jp", good.port), good.relay()]);
        relays.limits.connect = Duration::from_millis(300);
        let channels = email_channels_by(relays, Clock::manual(noon()));
        for attempt in call_all(&channels).await {
            assert_eq!(kind(&attempt), ACCEPTED, "{says:?} {attempt:?}");
            assert_eq!(attempt.via, good.relay().name());
        }
        assert_eq!(channels.circuits()[0].state, State::Open);
    }
    // Whoever looks up still is let go.
    names.set(Say::Failure);
}

/// Row 31: behind the name of a relay stand two machines, of which one takes no mail: its
/// mails go by the other, whichever the name gives first.
#[tokio::test]
async fn of_two_machines_behind_a_name_the_one_that_is_well_has_the_mails() {
    if !is_inside("fault::net::of_two_machines_behind_a_name_the_one_that_is_well_has_the_mails") {
        return;
    }
    let places = [[127, 0, 0, 2], [127, 0, 0, 3]].map(Ipv4Addr::from);
    let _names = NameServer::start(Say::Both(places)).await;
    let first = SmtpServer::start_at("127.0.0.2:0", Script::new()).await;
    let second = SmtpServer::start_at(&format!("127.0.0.3:{}", first.port), Script::new()).await;
    for (ill, well) in [(&first, &second), (&second, &first)] {
        ill.set(Script::new().on(Step::Connect, Act::Drop));
        well.set(Script::new());
        let relays = settings(vec![at("relay.example.jp", first.port)]);
        let channels = email_channels_by(relays, Clock::manual(noon()));
        let before = well.mails().len();
        for attempt in call_all(&channels).await {
            assert_eq!(kind(&attempt), ACCEPTED, "{attempt:?}");
        }
        assert_eq!(well.mails().len() - before, TOWN as usize);
        channels.close_idle();
    }
}
