//! Opening a store: the file, its pragmas, its schema.
//!
//! Owns durability (WAL, `synchronous=FULL`) and the version check. It must
//! not read or write rows.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use sqlx::migrate::{Migration, MigrationSource, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection as _, SqliteConnection, SqlitePool};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::error::Broken;
use super::lock::Lock;
use super::place::{Place, beside, is_foreign, names};
use super::reserve::Reserve;
use super::seal::seal_older;
use super::taken::Taken;
use super::writer::{self, Writer};
use super::{Error, Pause, Store, Write, failure, links, statement};
use crate::telemetry::fault;

/// How hard a commit is pressed onto the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// A commit that was answered survives a power cut.
    #[default]
    Full,
    /// For tests that cut no power.
    Off,
}

/// Where the store is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The database file; made if it is missing.
    pub path: PathBuf,
    /// How hard a commit is pressed onto the disk.
    pub durability: Durability,
}

impl Settings {
    /// Reads `sqlite:PATH`.
    ///
    /// # Errors
    ///
    /// [`Error::Url`] for anything else.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let path = url
            .strip_prefix("sqlite:")
            .map(|path| path.strip_prefix("//").unwrap_or(path));
        match path {
            Some(path) if !path.is_empty() => Ok(Self {
                path: path.into(),
                durability: Durability::Full,
            }),
            _ => Err(Error::Url(url.to_owned())),
        }
    }
}

const MIGRATIONS: [(i64, &str, &str); 14] = [
    (1, "first", include_str!("migrations/0001_first.sql")),
    (2, "absences", include_str!("migrations/0002_absences.sql")),
    (
        3,
        "readiness",
        include_str!("migrations/0003_readiness.sql"),
    ),
    (5, "reports", include_str!("migrations/0005_reports.sql")),
    (6, "contacts", include_str!("migrations/0006_contacts.sql")),
    (7, "mail", include_str!("migrations/0007_mail.sql")),
    (
        8,
        "drill_records",
        include_str!("migrations/0008_drill_records.sql"),
    ),
    (
        9,
        "drill_withdrawals",
        include_str!("migrations/0009_drill_withdrawals.sql"),
    ),
    (
        10,
        "confirmations",
        include_str!("migrations/0010_confirmations.sql"),
    ),
    (11, "lanes", include_str!("migrations/0011_lanes.sql")),
    (12, "seals", include_str!("migrations/0012_seals.sql")),
    (13, "answers", include_str!("migrations/0013_answers.sql")),
    (14, "openings", include_str!("migrations/0014_openings.sql")),
    (15, "standing", include_str!("migrations/0015_standing.sql")),
];

/// The first SQLite without the WAL-reset bug.
const OLDEST: (u32, u32, u32) = (3, 51, 3);

#[derive(Debug)]
struct Embedded;

impl MigrationSource<'static> for Embedded {
    fn resolve(
        self,
    ) -> std::pin::Pin<
        Box<
            dyn Future<Output = Result<Vec<Migration>, Box<dyn std::error::Error + Send + Sync>>>
                + Send
                + 'static,
        >,
    > {
        Box::pin(async {
            Ok(MIGRATIONS
                .into_iter()
                .map(|(version, name, text)| {
                    let sql = sqlx::SqlSafeStr::into_sql_str(text);
                    Migration::new(version, name.into(), MigrationType::Simple, sql, false)
                })
                .collect())
        })
    }
}

impl Store {
    /// Opens the store, makes it if it is missing, takes its lock and brings
    /// its schema up to date.
    ///
    /// # Errors
    ///
    /// Another daemon has it, it cannot be written, or it is newer than this
    /// program; nothing is changed then.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        Self::open_with(settings, Arc::new(|_| Box::pin(std::future::ready(())))).await
    }

    /// The same, and the writer takes `pause` between two tries while another
    /// program holds the store.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub async fn open_with(settings: &Settings, pause: Pause) -> Result<Self, Error> {
        make_private(&settings.path)?;
        let settings = &at_its_place(settings)?;
        let lock = Lock::take(&settings.path)?;
        if is_foreign(&settings.path, &lock.noted()) {
            return Err(Error::Foreign {
                path: settings.path.display().to_string(),
            });
        }
        let mut reserve = match settings.durability {
            Durability::Full => Reserve::beside(&settings.path),
            Durability::Off => Reserve::none(),
        };
        let (full, is_full) = watch::channel(false);
        let writer = loop {
            match prepared(settings)
                .await
                .map_err(|error| failure::named(error, settings))
            {
                // Why: what is queued is to go out after a start on a full disk
                // as well.
                Err(error) if failure::is_full(&error) && reserve.give_up() => {
                    full.send_replace(true);
                }
                opened => break opened?,
            }
        };
        let began_with_room = reserve.make_whole();
        if !began_with_room {
            tracing::warn!("store: the disk has no room for the reserve of 8 MiB; make room");
        }
        let (readers, own) = (readers(settings, 4), own_readers(settings));
        let (writes, queue) = mpsc::unbounded_channel();
        let (poison, broken) = watch::channel(None);
        let damage = watch::Sender::default();
        let place = place(&settings.path)?;
        if let Err(error) = names(&settings.path).and_then(|names| lock.note(&names)) {
            tracing::debug!(error = %error, "store: its files could not be noted");
        }
        let wal_bytes = place.wal_bytes();
        let known = links::Known::default();
        let writer = Writer {
            connection: writer,
            place,
            pause,
            runtime: Handle::current(),
            poison: poison.clone(),
            lock,
            held: 0,
            reserve,
            gave: false,
            full,
            damage: damage.clone(),
            known: known.clone(),
            taken: Taken::default(),
        };
        watched(move || writer.run(queue), poison)?;
        let (links, asked) = mpsc::unbounded_channel();
        tokio::spawn(links::answer(readers.clone(), asked));
        Ok(Self {
            writes,
            readers,
            own,
            links,
            known,
            broken,
            wal_bytes,
            full: is_full,
            began_with_room,
            damage,
        })
    }
}

/// Has what writes run in a thread of its own, and sees to it that it does not end
/// unnoticed, by a defect outside its rounds: nothing could be kept any more, and
/// whoever feeds the watchdog would not know.
///
/// Why a thread: SQLite waits for the disk, and each word to it from a task would
/// cross to another thread and back.
fn watched(
    writes: impl FnOnce() + Send + 'static,
    poison: watch::Sender<Option<Broken>>,
) -> Result<(), Error> {
    // Why given on: what a test hears of this program's log is its own thread's.
    let log = tracing::dispatcher::get_default(tracing::Dispatch::clone);
    let run = move || {
        let writes = || tracing::dispatcher::with_default(&log, writes);
        if std::panic::catch_unwind(AssertUnwindSafe(writes)).is_err() {
            poison.send_if_modified(|broken| {
                let first = broken.is_none();
                broken.get_or_insert(Broken::Ended);
                first
            });
        }
    };
    let started = std::thread::Builder::new()
        .name("store".to_owned())
        .spawn(run);
    started.map(drop).map_err(Error::Thread)
}

/// The file is made with nobody else's rights before SQLite sees it, because
/// SQLite gives its WAL the rights of the database.
///
/// Why not where its log is left, or the lock knows that there was one: an empty
/// store would be taken for one without call-outs.
fn make_private(path: &Path) -> Result<(), Error> {
    if !path.exists() {
        let shown = || path.display().to_string();
        if beside(path, "-wal").exists() {
            return Err(Error::Missing { path: shown() });
        }
        let noted = std::fs::read(beside(path, ".lock"));
        if noted.is_ok_and(|noted| !noted.is_empty()) {
            return Err(Error::Gone { path: shown() });
        }
    }
    let made = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path);
    made.map(drop).map_err(|source| Error::File {
        path: path.display().to_string(),
        source,
    })
}

/// The same store by the path of the file itself.
///
/// Why: SQLite follows a symbolic link, and keeps its log beside the file that it
/// leads to. That is where the log is looked for, and the reserve is kept.
fn at_its_place(settings: &Settings) -> Result<Settings, Error> {
    let path = std::fs::canonicalize(&settings.path).map_err(|source| Error::File {
        path: settings.path.display().to_string(),
        source,
    })?;
    Ok(Settings {
        path,
        durability: settings.durability,
    })
}

/// So many connections to read by, each opened when it is first needed.
fn readers(settings: &Settings, most: u32) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(most)
        .min_connections(0)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(options(settings).read_only(true))
}

/// The clockwork's own: one for it, and one for who tells an event.
///
/// Why both at once and for good: each is a thread, and a machine that has no memory left
/// gives none.
fn own_readers(settings: &Settings) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(2)
        .min_connections(2)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(options(settings).read_only(true))
}

fn place(path: &Path) -> Result<Place, Error> {
    Place::of(path).map_err(|source| Error::File {
        path: path.display().to_string(),
        source,
    })
}

fn synchronous(durability: Durability) -> &'static str {
    match durability {
        // The control of the power cuts: it must lose something.
        Durability::Full if fault::worse("sync") => "NORMAL",
        Durability::Full => "FULL",
        Durability::Off => "OFF",
    }
}

/// The control of what leaves before it is kept: an event and an answer are synced, and
/// what is claimed is not.
pub(super) fn sync_or_worse(connection: &Connection, group: &[Write]) {
    if fault::worse("claims") {
        let is_told = |write: &Write| match write {
            Write::Change(change, _) => !change.acknowledgements.is_empty(),
            write => matches!(write, Write::Record(..)),
        };
        let how = ["NORMAL", "FULL"][usize::from(group.iter().any(is_told))];
        let set = connection.pragma_update(None, "synchronous", how);
        set.expect("a build for tests can be made worse");
    }
}

fn options(settings: &Settings) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(&settings.path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("synchronous", synchronous(settings.durability))
        .pragma("temp_store", TEMPORARY)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .statement_cache_capacity(64)
        .disable_statement_logging()
}

/// The writer's connection to a store of this program's form, in which nobody
/// holds a lease.
async fn prepared(settings: &Settings) -> Result<Connection, Error> {
    accept_sqlite(rusqlite::version())?;
    let writes = options(settings)
        .pragma("wal_autocheckpoint", LOG_PAGES.to_string())
        .pragma("cache_size", CACHE.to_string());
    let mut first = SqliteConnection::connect_with(&writes).await?;
    migrate(&mut first).await?;
    seal_older(&mut first).await?;
    void_leases(&mut first).await?;
    let writer = connect(settings)?;
    // Why after: the last one that goes writes the log back.
    first.close().await?;
    Ok(writer)
}

/// Brings the schema up to date: all of it, or nothing.
///
/// Why one transaction: each form would else be synced twice by itself, and a
/// new store is most of what a first start waits for.
async fn migrate(writer: &mut SqliteConnection) -> Result<(), Error> {
    let mut whole = writer.begin().await?;
    Migrator::new(Embedded).await?.run(&mut *whole).await?;
    whole.commit().await?;
    Ok(())
}

/// After so many pages the log is written back: 16 MiB.
///
/// Why not SQLite's 4: a call-out of ten thousand would write each page to the log
/// twice, and write the log back, with a sync of the file, while it is being kept.
/// Why no more: whoever answers meanwhile waits for that.
const LOG_PAGES: i64 = 4_000;

/// How much of the file is kept in memory by what writes, as SQLite counts it: 8 MiB.
/// Why not its 2: as above.
const CACHE: i64 = -8_000;

/// Where a statement keeps what undoes it, and what it sorts.
///
/// Why not in files: they would lie in the system's folder for such, whose disk may be
/// full, or read-only, where that of the store is not.
const TEMPORARY: &str = "memory";

/// The writer's own connection.
fn connect(settings: &Settings) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&settings.path, flags)?;
    // Its own waiting for another program begins: SQLite waits for a moment only.
    connection.busy_timeout(writer::BUSY)?;
    connection.pragma_update(None, "synchronous", synchronous(settings.durability))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    connection.pragma_update(None, "temp_store", TEMPORARY)?;
    connection.set_prepared_statement_cache_capacity(statement::KEPT);
    Ok(connection)
}

/// Refuses a SQLite that may damage the store, by the version of the one that
/// is linked: what this program was built with is not what it runs with where
/// a distribution links its own.
///
/// # Errors
///
/// [`Error::OldSqlite`] before 3.51.3, and where the version cannot be read.
pub fn accept_sqlite(version: &str) -> Result<(), Error> {
    let parts: Vec<u32> = version
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect();
    match parts.as_slice() {
        [major, minor, patch, ..] if (*major, *minor, *patch) >= OLDEST => Ok(()),
        _ => Err(Error::OldSqlite(version.to_owned())),
    }
}

/// What this store's daemon was sending when it ended may or may not have
/// gone out: it is sent again with the same identity.
///
/// Why: the lock says that no other daemon holds a lease.
async fn void_leases(connection: &mut SqliteConnection) -> Result<(), Error> {
    let sql = "UPDATE notification SET state = 'unknown', due_at = created_at \
         WHERE id IN (SELECT id FROM notification WHERE state = 'sending')";
    sqlx::query(or_worse(sql)).execute(connection).await?;
    Ok(())
}

/// The controls of row 3: what was being sent is never sent again, or is taken for
/// failed, or for sent.
fn or_worse(sql: &'static str) -> &'static str {
    if fault::worse("left-alone") {
        return "UPDATE notification SET due_at = 253370764800000000 WHERE state = 'sending'";
    }
    if fault::worse("given-up") {
        return "UPDATE notification SET state = 'dead' WHERE state = 'sending'";
    }
    if fault::worse("taken-for-sent") {
        return "UPDATE notification SET state = 'accepted' WHERE state = 'sending'";
    }
    sql
}
