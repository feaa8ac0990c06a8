//! A large call-out begins in parts, and the daemon ends between two of them.
//!
//! Owns the row on that in `docs/reliability.md`, as far as it needs the place.

use std::collections::{BTreeMap, HashSet};

use muster::domain::event::{EventKind, Intensity};
use muster::telemetry::fault;
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use crate::support::daemon::{TOKEN, Town};
use crate::support::oracle::{Oracle, copies};
use crate::support::plans;
use crate::support::smtp::{Received, Script, SmtpServer};
use crate::support::world::{World, told};

/// So many people besides the town's own: more than three parts.
const CROWD: usize = 700;

/// How many have a row of a call-out.
async fn rows(store: &mut SqliteConnection, call_out: &str) -> usize {
    let sql = "SELECT count(*) FROM participant WHERE call_out = $1";
    let rows: i64 = sqlx::query_scalar(sql)
        .bind(call_out)
        .fetch_one(store)
        .await
        .unwrap();
    usize::try_from(rows).unwrap()
}

/// The daemon is killed when so many parts of a large call-out are kept and more are
/// to come: as the next one is made, or as the last is claimed in its commit and nobody
/// has it to send. The next start calls everybody who was left out, and nobody by
/// another mail than they had.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_between_two_parts_of_a_beginning_leaves_nobody_out() {
    for place in [
        "parts=abort:2",
        "parts=abort:3",
        "claimed=abort:2",
        "claimed=abort:3",
    ] {
        let server = SmtpServer::start(Script::new()).await;
        let town = Town::new(server.port);
        let rules = std::fs::read_to_string(town.config().join("rules.toml")).unwrap();
        town.write("rules.toml", &rules.replace("#off = false", "off = true"));
        let roster = std::fs::read_to_string(town.config().join("roster.toml")).unwrap();
        let crowd = (0..CROWD).map(|number| {
            format!(
                "\n[[person]]\nid = \"crowd-{number}\"\nname = {{ ja = \"職員\", en = \"Staff\" }}\n\
                 section = \"general-affairs\"\ncontacts = [{{ email = \"crowd-{number}@example.jp\" }}]\n"
            )
        });
        town.write("roster.toml", &(roster + &crowd.collect::<String>()));
        let daemon = town.serve_with(&[("MUSTER_FAULTS", place)]);
        let event = r#"{"kind":"earthquake","intensity":"7","key":"once"}"#;
        let told = daemon.call("POST", "/api/v1/events", Some(TOKEN), Some(event));
        assert_eq!(told.0, 202, "{}", told.1);
        let told: Value = serde_json::from_str(&told.1).unwrap();
        let id = told["call_outs"][0].as_str().unwrap().to_owned();
        let (code, words) = daemon.last_words();
        assert_eq!(code, None, "it was to be killed between the parts: {words}");
        let mut oracle = Oracle::default();
        oracle.ended(&words, (&town, &server)).await;
        let options =
            SqliteConnectOptions::new().filename(town.folder.path().join("state/muster.db"));
        let mut store = options.read_only(true).connect().await.unwrap();
        let before = rows(&mut store, &id).await;
        store.close().await.unwrap();
        assert!((64..CROWD).contains(&before), "{place}: {before} were kept");
        let daemon = town.serve();
        let crowd: Vec<String> = (0..CROWD)
            .map(|number| format!("crowd-{number}@example.jp"))
            .collect();
        let heard = |mails: &[Received]| {
            let to: HashSet<&str> = mails
                .iter()
                .flat_map(|mail| &mail.to)
                .map(String::as_str)
                .collect();
            crowd.iter().all(|one| to.contains(one.as_str()))
        };
        server.until("everybody", heard).await;
        oracle.stop(daemon, (&town, &server)).await;
        let everybody: Vec<&str> = crowd.iter().map(String::as_str).collect();
        oracle.calls(&id, &everybody);
        let problems = oracle.after(&town, &server).await;
        assert!(problems.is_empty(), "{place}: {problems:#?}");
        let mut mails: BTreeMap<String, HashSet<String>> = BTreeMap::new();
        for copy in copies(&server.mails())
            .into_iter()
            .filter(|copy| copy.call_out == id)
        {
            mails.entry(copy.to).or_default().insert(copy.id);
        }
        let twice = crowd.iter().filter(|one| mails[*one].len() > 1);
        assert_eq!(twice.count(), 0, "{place}: called by one mail");
    }
}

/// The places of a crowd are made as somebody looks, and that meets a defect. What memory
/// says of the call-out is dropped: it is gone on with by what is kept, everybody is
/// called, and nobody twice.
#[tokio::test]
async fn a_defect_as_the_places_are_made_leaves_nobody_out() {
    let world = World::with(|plan| {
        plan.readiness = None;
        plans::crowd(plan, CROWD);
    })
    .await;
    let intensity = Intensity::parse("6-").unwrap();
    let told = told(EventKind::Earthquake { intensity });
    let id = world.engine.tell(told).await.unwrap().call_outs.remove(0);
    fault::once_here("places");
    world.turn().await;
    world.turn().await;
    let everybody = world.plan().roster.people.len();
    assert_eq!(world.see(&id).await.participants.len(), everybody);
    let mut calls = world.sent();
    calls.retain(|sent| sent.subject.starts_with("【緊急参集】"));
    let called: HashSet<&str> = calls.iter().map(|sent| sent.to.as_str()).collect();
    assert_eq!(called.len(), calls.len(), "none twice");
    for person in world.plan().roster.people.values() {
        let mut contacts = person.contacts.iter();
        let is_called = contacts.any(|contact| called.contains(&*contact.address));
        assert!(is_called, "{}", person.id);
    }
}
