//! A gateway that is reached through the forward proxy of the daemon's environment:
//! a real process, a real proxy, and real receivers behind it.
//!
//! Owns rows 54, 57 and 58 of the library's connections. Where a name leads is the
//! proxy's word there, so that it is the proxy that must lead none inside.

use std::sync::Arc;

use serde_json::Value;

use crate::support::certificate::Certificate;
use crate::support::daemon::{Served, TOKEN, Town};
use crate::support::forward::{Asked, Forward, Leads};
use crate::support::hook::{self, Answer, HookServer};
use crate::support::oracle::{CALLED, Oracle, RUNG};
use crate::support::smtp::{Script, SmtpServer};

/// Who is let through the proxy, as its variable says it; and as a header does.
const WHO: (&str, &str) = (
    "muster:himitsu-no-kotoba",
    "bXVzdGVyOmhpbWl0c3Utbm8ta290b2Jh",
);

/// So much of an answer's body is read.
const READ: usize = 16 * 1024;

/// Adds a receiver that is reached through the proxy, and says `ok` on success.
fn add(town: &Town, name: &str, url: &str) {
    let config = std::fs::read_to_string(town.config().join("muster.toml")).unwrap();
    let gateway = format!(
        "\n[[webhook]]\nname = \"{name}\"\nurl = \"{url}\"\nproxy = true\nsuccess = \"*ok*\"\n"
    );
    town.write("muster.toml", &(config + &gateway));
}

/// Starts the daemon where this is the proxy, whatever the machine's own is.
fn serve(town: &Town, proxy: u16, roots: Option<&Certificate>) -> Served {
    let mut command = town.command(&["serve"]);
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    let url = format!("http://{}@127.0.0.1:{proxy}", WHO.0);
    command.env("HTTP_PROXY", &url).env("HTTPS_PROXY", &url);
    command.envs(roots.map(|roots| ("SSL_CERT_FILE", roots.roots())));
    town.serve_by(command)
}

/// It-1 has one contact at each of these receivers and no other.
fn contacts(town: &Town, names: &[&str]) {
    let roster = std::fs::read_to_string(town.config().join("roster.toml")).unwrap();
    let one = |name: &&str| format!("{{ webhook = \"{name}\", address = \"+81-136-00-0000\" }}");
    let all: Vec<String> = names.iter().map(one).collect();
    let before = "contacts = [{ email = \"it-1@example.jp\" }, \
                  { webhook = \"voice-gateway\", address = \"+81-0-0000-0006\" }]";
    let after = roster.replacen(before, &format!("contacts = [{}]", all.join(", ")), 1);
    assert_ne!(roster, after);
    town.write("roster.toml", &after);
}

/// Each contact of it-1 gets a test: its outcome, and what was answered.
fn tested(daemon: &Served, names: &[&str]) -> Vec<(String, String)> {
    let path = "/api/v1/roster/people/it-1/test";
    let (status, answer) = daemon.call("POST", path, Some(TOKEN), Some("{}"));
    assert_eq!(status, 200, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let tested = answer["contacts"].as_array().unwrap().iter();
    let tested: Vec<_> = tested
        .map(|one| (word(&one["outcome"]), word(&one["answer"])))
        .collect();
    assert_eq!(tested.len(), names.len());
    tested
}

async fn always(answer: Answer) -> HookServer {
    HookServer::start(hook::Script::new().always(answer)).await
}

/// No word of who is let through the proxy is said by the daemon, nor to whom stands
/// behind it.
fn keeps_who(words: &str, servers: &[HookServer]) {
    for secret in [WHO.1, "himitsu-no-kotoba"] {
        assert!(!words.contains(secret), "{words}");
    }
    for post in servers.iter().flat_map(HookServer::posts) {
        assert!(
            !post.headers.contains_key("proxy-authorization"),
            "{post:?}"
        );
    }
}

/// One who stands behind the proxy, or does not, and what comes of a test to them.
struct Behind {
    name: &'static str,
    leads: Leads,
    outcome: &'static str,
    says: &'static str,
}

impl Behind {
    fn host(&self) -> String {
        format!("{}.example.jp", self.name)
    }

    /// Whether it wants TLS.
    fn is_secure(&self) -> bool {
        ["mail", "inside-too"].contains(&self.name)
    }
}

/// All of them, with the servers: the two that take what comes stand first.
async fn everyone_behind(certificate: &Certificate) -> (Vec<HookServer>, Vec<Behind>) {
    let away = "location: http://elsewhere.example.jp/hook";
    let much = format!("{}ok", "a".repeat(READ));
    let servers = vec![
        HookServer::start(hook::Script::new()).await,
        HookServer::start_tls(hook::Script::new(), certificate.acceptor()).await,
        always(Answer::with(307, &[away], "ok")).await,
        always(Answer::packed()).await,
        always(Answer::with(200, &[], &much)).await,
        always(Answer::Endless).await,
    ];
    let captive = "302 Found\r\nlocation: http://elsewhere.example.jp/login";
    let other = "not the answer that success";
    let to = |server: usize| Leads::To(servers[server].port);
    let behind = [
        ("fine", to(0), "accepted", "200 OK ok"),
        ("mail", to(1), "accepted", "200 OK ok"),
        ("redirected", to(2), "retry", "redirect not followed"),
        ("packed", to(3), "retry", other),
        ("much", to(4), "retry", other),
        ("endless", to(5), "retry", other),
        (
            "captive",
            Leads::Nowhere(captive),
            "retry",
            "redirect not followed",
        ),
        (
            "inside",
            Leads::Nowhere("403 Forbidden"),
            "retry",
            "403 Forbidden",
        ),
        (
            "inside-too",
            Leads::Nowhere("403 Forbidden"),
            "retry",
            "unsuccessful",
        ),
        (
            "unknown",
            Leads::Nowhere("502 Bad Gateway"),
            "retry",
            "502 Bad Gateway",
        ),
    ];
    let behind = behind.map(|(name, leads, outcome, says)| Behind {
        name,
        leads,
        outcome,
        says,
    });
    (servers, behind.into())
}

/// Each was asked for by its name, once, as somebody who is let in, and for an answer that
/// is not packed; who wants TLS by a line through the proxy, on which it reads nothing.
fn asks_well(asked: &[Asked], behind: &[Behind]) {
    let lets_in = |one: &Asked| {
        let who = one.headers.get("proxy-authorization");
        who.is_some_and(|who| who.ends_with(WHO.1))
    };
    let mut whom = Vec::new();
    for one in asked {
        assert!(lets_in(one), "{one:?}");
        assert!(!one.headers.contains_key("accept-encoding"), "{one:?}");
        assert_eq!(
            one.method == "CONNECT",
            one.whom.ends_with(":443"),
            "{one:?}"
        );
        whom.push(one.whom.trim_end_matches(":443").to_owned());
    }
    let mut all: Vec<String> = behind.iter().map(Behind::host).collect();
    whom.sort();
    all.sort();
    assert_eq!(whom, all);
}

/// Rows 54, 57 and 58 through a proxy: the proxy is told the names and nobody looks them
/// up here; no redirect is followed, be it the gateway's or the proxy's own; of an answer
/// 16 KiB count and what stands behind them does not; what never ends is hung up on;
/// what is packed is not unpacked; and where the proxy leads nobody inside, nothing gets
/// there and nobody's contact is dead by it.
#[tokio::test(flavor = "multi_thread")]
async fn through_a_proxy_an_answer_leads_nowhere_else() {
    let elsewhere = HookServer::start(hook::Script::new()).await;
    let certificate = Certificate::of_another_host();
    let (servers, behind) = everyone_behind(&certificate).await;
    let hosts: Vec<String> = behind.iter().map(Behind::host).collect();
    let leads = hosts.iter().zip(&behind);
    let mut leads: Vec<(&str, Leads)> = leads
        .map(|(host, one)| (host.as_str(), one.leads.clone()))
        .collect();
    leads.push(("elsewhere.example.jp", Leads::To(elsewhere.port)));
    let proxy = Forward::start(&leads).await;
    let relay = SmtpServer::start(Script::new()).await;
    let town = Town::new(relay.port);
    town.rings(&servers[0].url());
    for one in &behind {
        let scheme = if one.is_secure() { "https" } else { "http" };
        add(&town, one.name, &format!("{scheme}://{}/hook", one.host()));
    }
    let names: Vec<&str> = behind.iter().map(|one| one.name).collect();
    contacts(&town, &names);
    let daemon = serve(&town, proxy.port, Some(&certificate));
    let tested = tested(&daemon, &names);
    for (one, (outcome, answer)) in behind.iter().zip(&tested) {
        let as_said = outcome == one.outcome && answer.contains(one.says);
        assert!(as_said, "{}: {outcome} {answer}", one.name);
    }
    servers[5].hung_up_on().await;
    assert!(elsewhere.posts().is_empty());
    asks_well(&proxy.asked(), &behind);
    for (server, host) in servers.iter().zip(&hosts).take(2) {
        let post = server.post(1).await;
        assert_eq!((&*post.path, post.header("host")), ("/hook", host.as_str()));
        assert!(!post.headers.contains_key("accept-encoding"), "{post:?}");
    }
    daemon.signal("-TERM");
    let (code, words) = daemon.last_words();
    assert_eq!(code, Some(0), "{words}");
    keeps_who(&words, &servers);
}

/// A proxy that is down: whoever is called is called by mail at once, the telephones are
/// tried again, and ring once it is back, each for each message once.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_down_shuts_nothing_for_good() {
    let gateway = Arc::new(HookServer::start(hook::Script::new()).await);
    let names = [("gateway.example.jp", Leads::To(gateway.port))];
    let port = Forward::start(&names).await.port;
    let server = SmtpServer::start(Script::new()).await;
    let town = Town::new(server.port);
    add(&town, "voice-gateway", "http://gateway.example.jp/calls");
    let mut daemon = serve(&town, port, None);
    let event = r#"{"kind":"security-incident","effect":"residents"}"#;
    let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(event));
    assert_eq!(status, 202, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let call_out = answer["call_outs"][0].as_str().unwrap();
    let mut oracle = Oracle::default();
    oracle.gateway = Some(Arc::clone(&gateway));
    oracle.calls(call_out, &CALLED);
    oracle.rings(call_out, &RUNG);
    oracle.everybody_hears(&server).await;
    daemon.says("left alone for a while");
    assert!(gateway.posts().is_empty());
    let proxy = Forward::start_at(port, &names).await;
    daemon.says("in use again");
    let rings = |to: &&str| gateway.posts().iter().any(|post| post.body.contains(*to));
    // Why one by one: what was tried as the gateway was left alone comes at its next time.
    for n in 1.. {
        if RUNG.iter().all(&rings) {
            break;
        }
        gateway.post(n).await;
    }
    oracle.every_telephone_rings().await;
    assert!(
        proxy
            .asked()
            .iter()
            .all(|one| one.whom == "gateway.example.jp")
    );
    oracle.stop(daemon, (&town, &server)).await;
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
}
