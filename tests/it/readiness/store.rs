//! Bounces in a store that was made before anybody looked for them.

use std::path::Path;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use muster::domain::readiness::Bounce;
use muster::store::{Durability, Settings, Store};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

fn at(words: &str) -> Timestamp {
    words.parse().unwrap()
}

/// A message as a store of the first schema holds it.
struct Row {
    person: &'static str,
    call_out: &'static str,
    state: &'static str,
    reason: Option<&'static str>,
    settled: &'static str,
}

const fn row(
    person: &'static str,
    call_out: &'static str,
    state: &'static str,
    settled: &'static str,
) -> Row {
    let reason = match state.as_bytes() {
        b"dead" => Some("address"),
        _ => None,
    };
    Row {
        person,
        call_out,
        state,
        reason,
        settled,
    }
}

/// A store of the first schema with these messages in it.
async fn old_store(path: &Path, rows: &[Row]) {
    let first = tempfile::tempdir().unwrap();
    let name = "0001_first.sql";
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    std::fs::copy(source.join(name), first.path().join(name)).unwrap();
    let options = SqliteConnectOptions::from_str(&format!("sqlite:{}", path.display()))
        .unwrap()
        .create_if_missing(true);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let migrator = Migrator::new(first.path()).await.unwrap();
    migrator.run(&mut db).await.unwrap();
    sqlx::query("INSERT INTO event VALUES ('e', NULL, '', '{}', 0)")
        .execute(&mut db)
        .await
        .unwrap();
    for (number, row) in (1_i64..).zip(rows) {
        let settled = at(row.settled).as_microsecond();
        sqlx::query(
            "INSERT INTO call_out VALUES ($1, 'e', 'closed', false, $2, 1, '{}', '{}') \
             ON CONFLICT DO NOTHING",
        )
        .bind(row.call_out)
        .bind(settled)
        .execute(&mut db)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO notification VALUES ($1, $2, $3, 'email', $3 || '@example.jp', 'call', \
             true, 1, 0, $4, 1, 0, $5, $5, $5, $6, NULL)",
        )
        .bind(number)
        .bind(row.call_out)
        .bind(row.person)
        .bind(row.state)
        .bind(settled)
        .bind(row.reason)
        .execute(&mut db)
        .await
        .unwrap();
    }
    db.close().await.unwrap();
}

async fn bounces(rows: &[Row]) -> Vec<Bounce> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("muster.db");
    old_store(&path, rows).await;
    let store = Store::open(&Settings {
        path,
        durability: Durability::Off,
    })
    .await
    .unwrap();
    let since = at("2026-11-25T00:00:00Z") - SignedDuration::from_hours(400 * 24);
    store
        .bounces((since, at("2026-11-20T00:00:00Z")))
        .await
        .unwrap()
}

fn said(bounces: &[Bounce]) -> Vec<String> {
    let lines = bounces.iter();
    lines
        .map(|bounce| {
            let id = bounce.call_out.as_ref().unwrap();
            format!("{} {id} {}", bounce.person, bounce.since)
        })
        .collect()
}

/// A store of the first schema is brought up to date and tells what bounced.
#[tokio::test]
async fn an_older_store_tells_what_bounced() {
    let found = bounces(&[
        row("a", "one", "dead", "2026-11-01T00:00:00Z"),
        row("b", "one", "accepted", "2026-11-01T00:00:00Z"),
    ])
    .await;
    assert_eq!(said(&found), ["a one 2026-11-01T00:00:00Z"]);
    assert_eq!(&*found[0].contact.address, "a@example.jp");
}

/// The first refusal since something was last taken is the one that is told.
#[tokio::test]
async fn each_address_is_told_once_with_the_first_refusal_of_the_row() {
    let found = bounces(&[
        row("a", "one", "dead", "2026-08-01T00:00:00Z"),
        row("a", "two", "accepted", "2026-09-01T00:00:00Z"),
        row("a", "three", "dead", "2026-10-01T00:00:00Z"),
        row("a", "four", "dead", "2026-11-01T00:00:00Z"),
        row("a", "five", "queued", "2026-11-02T00:00:00Z"),
    ])
    .await;
    assert_eq!(said(&found), ["a three 2026-10-01T00:00:00Z"]);
}

#[tokio::test]
async fn what_was_taken_afterwards_mends_it() {
    let found = bounces(&[
        row("a", "one", "dead", "2026-10-01T00:00:00Z"),
        row("a", "two", "accepted", "2026-11-01T00:00:00Z"),
        row("b", "one", "dead", "2026-10-01T00:00:00Z"),
        row("b", "one", "accepted", "2026-10-01T00:00:01Z"),
    ])
    .await;
    assert_eq!(said(&found), [""; 0]);
}

/// A mail that was taken only now may still come back: it mends nothing yet.
#[tokio::test]
async fn what_was_taken_just_now_may_come_back() {
    let found = bounces(&[
        row("a", "one", "dead", "2026-11-01T00:00:00Z"),
        row("a", "two", "accepted", "2026-11-20T00:00:01Z"),
    ])
    .await;
    assert_eq!(said(&found), ["a one 2026-11-01T00:00:00Z"]);
}

/// Another refusal than of the address, and one of long ago, are no bounces.
#[tokio::test]
async fn what_is_no_bounce() {
    let found = bounces(&[
        Row {
            reason: Some("policy"),
            ..row("a", "one", "dead", "2026-11-01T00:00:00Z")
        },
        row("b", "old", "dead", "2025-01-01T00:00:00Z"),
        row("c", "one", "retry", "2026-11-01T00:00:00Z"),
    ])
    .await;
    assert_eq!(said(&found), [""; 0]);
}
