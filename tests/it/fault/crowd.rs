//! Everybody at once through one relay with few connections, and something more
//! urgent in the middle of it.
//!
//! Owns row 51 on the process. The relay holds the first mails back, so that the
//! crowd is under way when the other event is told.

use std::time::Duration;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::support::daemon::{Served, TOKEN, Town};
use crate::support::oracle::{Copy, Oracle, copies};
use crate::support::smtp::{Act, Received, Script, SmtpServer, Step};

const CONNECTIONS: usize = 5;
const CROWD: usize = 500;

/// So many of them are for everybody: one is kept for those who lead.
const FOR_ALL: usize = CONNECTIONS - 1;

/// The administrators whom both events call.
const LEADS: [&str; 3] = [
    "it-manager@example.jp",
    "it-1@example.jp",
    "it-2@example.jp",
];

/// Who is called first by the incident alone, and decides.
const DECIDES: &str = "deputy-mayor@example.jp";

/// The example town with five hundred more people, behind such a relay.
fn large_town(server: &SmtpServer) -> Town {
    let town = Town::new(server.port);
    let read = |file: &str| std::fs::read_to_string(town.config().join(file)).unwrap();
    let few = format!("tls = \"none\"\nconnections = {CONNECTIONS}");
    let config = read("muster.toml").replace("tls = \"none\"", &few);
    town.write("muster.toml", &config);
    town.grows_by(CROWD);
    town
}

fn tell(daemon: &Served, event: &str) -> String {
    let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(event));
    assert_eq!(status, 202, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["call_outs"][0].as_str().unwrap().to_owned()
}

/// Waits until the mails to those who lead are taken out of the outbox.
async fn taken_out(town: &Town, call_out: &str) {
    let path = town.folder.path().join("state/muster.db");
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut store = SqliteConnection::connect_with(&options).await.unwrap();
    let sql = "SELECT count(*) FROM notification WHERE call_out = $1 AND state = 'sending' \
               AND purpose = 'call' AND address IN ($2, $3, $4)";
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let rows = sqlx::query_scalar(sql).bind(call_out);
            let [first, second, third] = LEADS;
            let rows = rows.bind(first).bind(second).bind(third);
            let rows: i64 = rows.fetch_one(&mut store).await.unwrap();
            if rows == 3 {
                break;
            }
            tokio::task::yield_now().await;
        }
    });
    waited.await.expect("they are taken out");
}

/// Lets as many mails go as there are connections, and holds those that follow.
fn as_many_go() -> Script {
    let taken = || Act::say("250 2.0.0 Ok");
    let go = (0..CONNECTIONS).fold(Script::new(), |script, _| script.once(Step::Dot, taken()));
    go.on(Step::Dot, Act::Wait)
}

/// The mails to whose address begins so.
fn to<'a>(mails: &'a [Received], begins: &str) -> impl Iterator<Item = &'a Received> {
    mails
        .iter()
        .filter(move |mail| mail.to.iter().any(|to| to.starts_with(begins)))
}

/// Row 51: five hundred people are called through five connections when another
/// event is told. Its mails to those who lead, and to who decides, are the next on each
/// connection that becomes free, before what the senders have already. Each answer of the
/// relay brings the next mail, and no sixth connection ever stands. Everybody has their
/// mail once.
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_through_five_connections_hold_up_nobody_who_leads() {
    let server = SmtpServer::start(Script::new().on(Step::Dot, Act::Wait)).await;
    let town = large_town(&server);
    let daemon = town.serve();
    let crowd = tell(&daemon, r#"{"kind":"earthquake","intensity":"7"}"#);
    server.reached(Step::Dot, FOR_ALL).await;
    let incident = r#"{"kind":"security-incident","effect":"residents"}"#;
    let incident = tell(&daemon, incident);
    taken_out(&town, &incident).await;
    server.reached(Step::Dot, CONNECTIONS).await;
    for round in 1..=CROWD / CONNECTIONS {
        let standing = server.standing();
        assert!(standing <= CONNECTIONS, "round {round}: {standing} stand");
        server.set(as_many_go());
        server
            .reached(Step::Dot, CONNECTIONS * round + FOR_ALL)
            .await;
    }
    server.set(Script::new());
    let everybody = |mails: &[Received]| {
        let told = |lead| to(mails, lead).any(|mail| mail.text().contains(&incident));
        to(mails, "crowd-").count() == CROWD && LEADS.into_iter().all(told)
    };
    server.until("everybody's mail", everybody).await;
    let mut oracle = Oracle::default();
    oracle.stop(daemon, (&town, &server)).await;
    let copies = copies(&server.mails());
    let to_crowd = |copy: &&Copy| copy.call_out == crowd && copy.to.starts_with("crowd-");
    for lead in LEADS.into_iter().chain([DECIDES]) {
        let before = copies
            .iter()
            .take_while(|copy| copy.call_out != incident || copy.to != lead)
            .filter(to_crowd)
            .count();
        assert!(
            before <= FOR_ALL + CONNECTIONS,
            "{before} of the crowd before {lead}"
        );
    }
    for copy in copies.iter().filter(|copy| !copy.id.starts_with("notice.")) {
        let people = oracle.called.entry(copy.call_out.clone()).or_default();
        people.insert(copy.to.clone());
    }
    let problems = oracle.after(&town, &server).await;
    assert!(problems.is_empty(), "{problems:#?}");
}
