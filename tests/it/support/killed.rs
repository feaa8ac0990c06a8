//! A daemon that ends with mails on their way, and what came of them after the next
//! start.
//!
//! Owns the course of rows 2, 3 and 6, and what the store says of a call-out's
//! mails. It must not know whether the program was made to do worse.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::daemon::{Served, TOKEN, Town};
use super::oracle::{Oracle, copies};
use super::smtp::{Act, Received, Script, SmtpServer, Step};

pub(crate) const INCIDENT: &str = r#""kind":"security-incident","effect":"residents""#;

/// Tells an event of this key; its call-out.
pub(crate) fn tell(daemon: &Served, key: &str, kind: &str) -> String {
    let body = format!(r#"{{{kind},"key":"{key}"}}"#);
    let (status, answer) = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(&body));
    assert_eq!(status, 202, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["call_outs"][0].as_str().unwrap().to_owned()
}

pub(crate) fn store(town: &Town) -> std::path::PathBuf {
    town.folder.path().join("state/muster.db")
}

/// The mails to whom a call-out calls, as the store has them, and where each
/// stands.
async fn called(path: &Path, call_out: &str) -> Vec<(String, String)> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let rows = sqlx::query_as(
        "SELECT address, state FROM notification \
         WHERE channel = 'email' AND purpose = 'call' AND call_out = $1",
    );
    let rows = rows.bind(call_out).fetch_all(&mut connection);
    rows.await.unwrap()
}

/// The addresses alone.
pub(crate) async fn addresses(path: &Path, call_out: &str) -> BTreeSet<String> {
    let rows = called(path, call_out).await.into_iter();
    rows.map(|(to, _)| to).collect()
}

/// The daemon is started again, and everything that is left goes out to a relay
/// that takes it. What is wrong with what came.
pub(crate) async fn problems_after(
    (town, server): (&Town, &SmtpServer),
    mut oracle: Oracle,
    variables: &[(&str, &str)],
) -> Vec<String> {
    server.set(Script::new());
    let daemon = town.serve_with(variables);
    // Another event's mails are taken out after all that is left of the ones
    // before; an orderly stop finishes what was taken out.
    let id = tell(&daemon, "after", INCIDENT);
    let people = addresses(&store(town), &id).await;
    assert!(!people.is_empty());
    let everybody = |mails: &[Received]| {
        let copies = copies(mails);
        let came = |to: &String| {
            copies
                .iter()
                .any(|copy| copy.call_out == id && copy.to == *to)
        };
        people.iter().all(came)
    };
    server.until("the event after", everybody).await;
    oracle.stop(daemon, (town, server)).await;
    oracle.called.insert(id, people);
    oracle.after(town, server).await
}

/// An event whose mails stand at a step of the relay when the daemon, which has
/// these variables, is killed, and the next start. What is wrong with what came.
pub(crate) async fn killed_at(step: Step, variables: &[(&str, &str)]) -> Vec<String> {
    let server = SmtpServer::start(Script::new().on(step, Act::Stall)).await;
    let town = Town::new(server.port);
    let daemon = town.serve_with(variables);
    let id = tell(&daemon, "once", INCIDENT);
    server.reached(step, 1).await;
    let mut oracle = Oracle::default();
    oracle.kill(daemon, (&town, &server)).await;
    let rows = called(&store(&town), &id).await;
    assert!(rows.iter().any(|(_, state)| state == "sending"), "{rows:?}");
    let people: BTreeSet<String> = rows.into_iter().map(|(to, _)| to).collect();
    let each = people.len();
    let came = || {
        let copies = copies(&server.mails());
        let mine = copies.iter().filter(|copy| copy.call_out == id);
        mine.filter(|copy| people.contains(&copy.to)).count()
    };
    let before = came();
    oracle.called.insert(id.clone(), people.clone());
    let mut problems = problems_after((&town, &server), oracle, variables).await;
    if came() != before + each {
        let came = came();
        problems.push(format!("{came} copies, not the {before} and one more each"));
    }
    problems
}
