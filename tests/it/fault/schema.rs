//! The form of the store: which SQLite may have it, and what becomes of it when
//! the daemon ends while it is brought to a new one.
//!
//! Owns rows 5 and 24. `tests/fault schema` ends it after every single write.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use muster::clock::Draw;
use muster::store::{Durability, Error, Settings, Store, accept_sqlite};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{Connection, SqliteConnection};

use crate::support::daemon::{Town, said, under};
use crate::support::from_environment;
use crate::support::recording::{Fate, Recording, recorded};
use crate::support::strace;

async fn connection(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// Row 24: a SQLite with the WAL-reset bug is refused, in words.
#[test]
fn a_sqlite_that_is_too_old_is_refused() {
    for version in ["3.51.2", "3.50.9", "3.7.17", "2.8.17", "3.51", "", "new"] {
        let refused = accept_sqlite(version);
        let Err(error @ Error::OldSqlite(_)) = refused else {
            panic!("{version:?}: {refused:?}");
        };
        let words = error.to_string();
        assert!(words.contains("3.51.3") && error.ja().contains("3.51.3"));
    }
    for version in ["3.51.3", "3.51.10", "3.52.0", "4.0.0", "3.51.3.1"] {
        accept_sqlite(version).unwrap();
    }
}

/// Row 24: the SQLite that the program brings along is one that it takes.
#[tokio::test]
async fn the_sqlite_of_this_program_is_accepted() {
    let mut linked = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let version = sqlx::query_scalar("SELECT sqlite_version()");
    let version: String = version.fetch_one(&mut linked).await.unwrap();
    accept_sqlite(&version).unwrap();
}

/// Row 24: a program in which the older one is linked: the real one, with the name of
/// that version in the place of its own. It does not start, says which it wants, and
/// changes not a byte of the store that another one left.
#[test]
fn a_program_with_a_sqlite_that_is_too_old_does_not_start() {
    let town = Town::new(1);
    town.serve().kill();
    let state = town.folder.path().join("state");
    let files = || {
        ["muster.db", "muster.db-wal"]
            .map(|file| std::fs::read(state.join(file)).unwrap_or_default())
    };
    let before = files();
    let right = town.command(&["serve"]);
    let mut program = std::fs::read(right.get_program()).unwrap();
    let (own, older) = (b"3.51.3\0", b"3.51.2\0");
    let places: Vec<usize> = (0..=program.len() - own.len())
        .filter(|at| program[*at..].starts_with(own))
        .collect();
    assert!(!places.is_empty(), "another SQLite is linked");
    for at in places {
        program[at..at + older.len()].copy_from_slice(older);
    }
    let path = town.folder.path().join("muster");
    std::fs::write(&path, program).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut older = Command::new(path);
    older.args(right.get_args());
    // One that starts all the same is ended.
    let refused = under(&["timeout", "30"], &older).output().unwrap();
    let (_, words) = said(&refused);
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("3.51.2"), "{words}");
    assert!(words.contains("3.51.3"), "{words}");
    assert!(files() == before, "the store was written to");
}

const ROWS: i64 = 40;

/// A store of the first form, with messages of then in it.
async fn first_form(path: &Path) {
    let first = tempfile::tempdir().unwrap();
    let name = "0001_first.sql";
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    std::fs::copy(source.join(name), first.path().join(name)).unwrap();
    let mut db = connection(path).await;
    let migrator = Migrator::new(first.path()).await.unwrap();
    migrator.run(&mut db).await.unwrap();
    let rows = "INSERT INTO event VALUES ('e', NULL, '', '{}', 0); \
                INSERT INTO call_out VALUES ('c', 'e', 'closed', false, 0, 1, '{}', '{}'); \
                WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 40) \
                INSERT INTO notification SELECT value, 'c', 'it-' || value, 'email', \
                'it-' || value || '@example.jp', 'call', true, 1, 0, 'accepted', 1, 0, 0, 0, 0, NULL, NULL \
                FROM n";
    sqlx::raw_sql(rows).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}

/// The form of a store, and how many messages are in it.
async fn form(path: &Path) -> (Vec<String>, i64) {
    let mut db = connection(path).await;
    let form = "SELECT coalesce(sql, name) FROM sqlite_schema UNION ALL \
                SELECT version || ' ' || success FROM _sqlx_migrations ORDER BY 1";
    let form = sqlx::query_scalar(form).fetch_all(&mut db).await.unwrap();
    let rows = sqlx::query_scalar("SELECT count(*) FROM notification WHERE address LIKE 'it-%'");
    let rows = rows.fetch_one(&mut db).await.unwrap();
    db.close().await.unwrap();
    (form, rows)
}

async fn opened(path: &Path) {
    let settings = Settings {
        path: path.to_owned(),
        durability: Durability::Off,
    };
    drop(Store::open(&settings).await.unwrap());
}

/// Row 5: the daemon brings a store of the first form to its own, and is killed,
/// or the power is cut, after one of its writes. The next start completes it;
/// no row is lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_while_the_form_changes_is_completed_by_the_next_start() {
    if !strace::is_here() {
        return;
    }
    let step = usize::try_from(from_environment("MUSTER_STEP", || 7)).unwrap();
    let town = Town::new(1);
    let state = town.folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    let path = state.join("muster.db");
    first_form(&path).await;
    let before = std::fs::read(&path).unwrap();
    let trace = town.folder.path().join("trace");
    let daemon = town.serve_by(recorded(&town.command(&["serve"]), &trace));
    daemon.signal("-KILL");
    daemon.last_words();
    let recording = Recording::read(&trace, &state).with("muster.db", before);
    let fresh = tempfile::tempdir().unwrap();
    let fresh = fresh.path().join("muster.db");
    opened(&fresh).await;
    let (wanted, _) = form(&fresh).await;
    let mut ends = 0;
    for calls in recording.changes().step_by(step) {
        let parts = Fate::Parts(Draw::new(5, &format!("cut {calls}")));
        for mut fate in [Fate::Kept, Fate::Lost, parts] {
            let folder = tempfile::tempdir().unwrap();
            recording.image(calls, &mut fate, folder.path());
            let path = folder.path().join("muster.db");
            opened(&path).await;
            let (form, rows) = form(&path).await;
            assert_eq!(rows, ROWS, "after {calls} calls, {fate:?}");
            assert_eq!(form, wanted, "after {calls} calls, {fate:?}");
            ends += 1;
        }
    }
    println!("{ends} ends within {} calls", recording.len());
    assert!(ends > 30, "the form was not changed");
}
