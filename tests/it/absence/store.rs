//! Absences in a store that was made before anybody kept them.

use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use muster::domain::absence::Absence;
use muster::store::{Durability, Settings, Store};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

/// A store of every schema but that of absences.
async fn old_store(path: &Path) {
    let older = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    for entry in std::fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if !name.contains("absences") {
            std::fs::copy(entry.path(), older.path().join(name)).unwrap();
        }
    }
    let url = format!("sqlite:{}", path.display());
    let options = SqliteConnectOptions::from_str(&url).unwrap();
    let options = options.create_if_missing(true);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let migrator = Migrator::new(older.path()).await.unwrap();
    migrator.run(&mut db).await.unwrap();
    db.close().await.unwrap();
}

fn at(words: &str) -> Timestamp {
    words.parse().unwrap()
}

/// An older store takes them up; a new word ends the one before; nothing that
/// is over is told, and nothing is deleted.
#[tokio::test]
async fn an_older_store_takes_up_absences_and_keeps_their_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("muster.db");
    old_store(&path).await;
    let settings = Settings {
        path: path.clone(),
        durability: Durability::Off,
    };
    let store = Store::open(&settings).await.unwrap();
    let mut absence = Absence {
        person: "it-1".into(),
        since: at("2026-11-23T00:00:00Z"),
        until: at("2026-11-24T00:00:00Z"),
        reason: Some("研修".to_owned()),
        by: "token:duty".into(),
    };
    store.mark_absent(&absence).wait().await.unwrap();
    absence.until = at("2026-11-26T00:00:00Z");
    store.mark_absent(&absence).wait().await.unwrap();
    let told = store.absences(at("2026-11-25T00:00:00Z")).await.unwrap();
    assert_eq!(told, [absence.clone()]);
    let over = store.absences(absence.until).await.unwrap();
    assert_eq!(over, []);
    let back = at("2026-11-25T00:00:00Z");
    let by = "uid:0".into();
    store
        .mark_back(&absence.person, &by, back)
        .wait()
        .await
        .unwrap();
    assert_eq!(store.absences(back).await.unwrap(), []);
    drop(store);
    let url = format!("sqlite:{}", path.display());
    let mut db = SqliteConnection::connect(&url).await.unwrap();
    let rows: Vec<(i64, Option<String>)> =
        sqlx::query_as("SELECT until_at, ended_by FROM absence ORDER BY id")
            .fetch_all(&mut db)
            .await
            .unwrap();
    let by: Vec<_> = rows.iter().map(|(_, by)| by.as_deref().unwrap()).collect();
    assert_eq!(by, ["token:duty", "uid:0"]);
}
