//! Contacts in a store that was made before anybody asked them: what was sent
//! and answered then proves them now.

use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use muster::domain::contact::Proof;
use muster::domain::id::PersonId;
use muster::domain::roster::{ChannelName, Contact};
use muster::store::{Durability, Settings, Store};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

/// A call-out of before: a was written to at one address and answered, b at
/// two, c answered for a machine's sake, d by telephone, e's address is dead.
const ROWS: &str = r#"
INSERT INTO event (id, content, body, received_at) VALUES ('e', '', '{}', 1000000);
INSERT INTO call_out (id, event, state, live, opened_at, revision, progress, frozen)
 VALUES ('c', 'e', 'closed', 0, 1000000, 1, '{}', '{}');
INSERT INTO notification (id, call_out, person, channel, address, purpose, asks, stage, urgency,
 state, attempts, lease, created_at, due_at, settled_at, reason) VALUES
 (1, 'c', 'a', 'email', 'a@example.jp', 'call', 1, 0, 0, 'accepted', 1, 1, 1000000, 0, 2000000, NULL),
 (2, 'c', 'b', 'email', 'b@example.jp', 'call', 1, 0, 0, 'accepted', 1, 1, 1000000, 0, 2000000, NULL),
 (3, 'c', 'b', 'email', 'b2@example.jp', 'call', 1, 0, 0, 'accepted', 1, 1, 1000000, 0, 2000000, NULL),
 (4, 'c', 'c', 'email', 'c@example.jp', 'call', 1, 0, 0, 'accepted', 1, 1, 1000000, 0, 2000000, NULL),
 (5, 'c', 'd', 'email', 'd@example.jp', 'call', 1, 0, 0, 'accepted', 1, 1, 1000000, 0, 2000000, NULL),
 (6, 'c', 'e', 'email', 'e@example.jp', 'call', 1, 0, 0, 'dead', 1, 1, 1000000, 0, 2000000, 'address');
INSERT INTO acknowledgement (call_out, number, person, at, body) VALUES
 ('c', 1, 'a', 3000000, '{"via":"link:email","doubtful":false}'),
 ('c', 2, 'b', 3000000, '{"via":"link:email","doubtful":false}'),
 ('c', 3, 'c', 3000000, '{"via":"link:email","doubtful":true}'),
 ('c', 4, 'd', 3000000, '{"via":"on-behalf","doubtful":false}');
"#;

/// A store of every schema but that of contacts, with the rows of then.
async fn old_store(path: &Path) {
    let older = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    for entry in std::fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if !name.contains("contacts") {
            std::fs::copy(entry.path(), older.path().join(name)).unwrap();
        }
    }
    let url = format!("sqlite:{}", path.display());
    let options = SqliteConnectOptions::from_str(&url).unwrap();
    let options = options.create_if_missing(true);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let migrator = Migrator::new(older.path()).await.unwrap();
    migrator.run(&mut db).await.unwrap();
    sqlx::raw_sql(ROWS).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test]
async fn an_older_store_proves_what_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("muster.db");
    old_store(&path).await;
    let settings = Settings {
        path,
        durability: Durability::Off,
    };
    let store = Store::open(&settings).await.unwrap();
    let at = |second| Timestamp::from_second(second).unwrap();
    let known = store
        .reached((Timestamp::UNIX_EPOCH, at(9)), None)
        .await
        .unwrap();
    let proof = |person: &str, address: &str| {
        let contact = Contact {
            channel: ChannelName::Email,
            address: address.into(),
        };
        known[&(PersonId::new(person), contact)].proof()
    };
    assert_eq!(proof("a", "a@example.jp"), Proof::Answered(at(3)));
    assert_eq!(proof("b", "b@example.jp"), Proof::Accepted(at(2)));
    assert_eq!(proof("b", "b2@example.jp"), Proof::Accepted(at(2)));
    assert_eq!(proof("c", "c@example.jp"), Proof::Accepted(at(2)));
    assert_eq!(proof("d", "d@example.jp"), Proof::Accepted(at(2)));
    assert_eq!(proof("e", "e@example.jp"), Proof::Refused(at(2)));
    let one = store
        .reached((Timestamp::UNIX_EPOCH, at(9)), Some(&"a".into()))
        .await;
    assert_eq!(one.unwrap().len(), 1);
    let later = store.reached((at(2), at(9)), None).await.unwrap();
    assert_eq!(later.len(), 0, "call-outs of before are not looked at");
    assert_eq!(store.addresses(None).await.unwrap(), []);
}
