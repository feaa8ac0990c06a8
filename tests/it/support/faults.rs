//! What is done to a town: addresses that fail, a disk that is full, links that
//! are pressed.
//!
//! Owns the faults of a story. It must not say what follows from them.

use std::sync::Arc;
use std::time::Duration;

use muster::channel::email::Relay;
use muster::channel::{Channels, Circuit, Settings, State};
use muster::domain::acknowledgement::{Answer, Reply, Via};
use muster::domain::delivery::{Outcome, Reason};
use muster::domain::id::{CallOutId, PersonId, Principal};
use muster::domain::notification::Draft;
use muster::domain::roster::ChannelName;
use muster::store::Pause;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::watch;

use super::channels::settings_of;
use super::smtp::{self, SmtpServer};
use super::world::{Recorder, Sent, World};

/// After which nothing can be written into an account.
const FULL: &str = "CREATE TRIGGER full BEFORE INSERT ON journal \
     BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";

impl World {
    /// From now on an address gives this outcome.
    pub(crate) fn fail(&self, address: &str, outcome: Outcome) {
        self.recorder
            .failing
            .lock()
            .unwrap()
            .insert(address.to_owned(), outcome);
    }

    /// From now on mails really go, through these relays, and what comes of them is
    /// their word.
    pub(crate) fn by_relays(&self, relays: &[&SmtpServer]) {
        self.by_settings(relays.iter().map(|relay| relay.relay()).collect());
    }

    /// The same through one relay, over one connection.
    pub(crate) fn by_one_connection(&self, relay: &SmtpServer) {
        let connections = 1;
        self.by_settings(vec![Relay {
            connections,
            ..relay.relay()
        }]);
    }

    fn by_settings(&self, relays: Vec<Relay>) {
        let channels = Channels::new(Settings {
            clock: self.clock.clone(),
            ..settings_of(smtp::settings(relays), Vec::new())
        });
        *self.recorder.wire.lock().unwrap() = Some(channels.unwrap());
    }

    /// From now on a message to an address hits a defect of the program.
    pub(crate) fn defect(&self, address: &str) {
        let address = address.to_owned();
        self.recorder.defective.lock().unwrap().insert(address);
    }

    /// From now on an address does not exist.
    pub(crate) fn bounce(&self, address: &str) {
        self.fail(
            address,
            Outcome::Rejected {
                reason: Reason::Address,
                detail: format!("RCPT TO: 550 5.1.1 <{address}>: User unknown"),
            },
        );
    }

    /// From now on an address takes its messages only once it is let go.
    pub(crate) fn hold(&self, address: &str) -> Arc<tokio::sync::Notify> {
        let gate = Arc::new(tokio::sync::Notify::new());
        let mut held = self.recorder.held.lock().unwrap();
        held.insert(address.to_owned(), Arc::clone(&gate));
        gate
    }

    /// From now on every address takes its messages at once again; what is on
    /// its way still waits for its own.
    pub(crate) fn hold_no_more(&self) {
        self.recorder.held.lock().unwrap().clear();
    }

    /// From now on the daemon turns by itself, as the program does.
    pub(crate) fn by_itself(&self) -> ByItself {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let engine = self.engine.clone();
        let turns = tokio::spawn(async move {
            let stop = async { drop(stopped.await) };
            engine.run(stop, Duration::ZERO).await;
        });
        ByItself { stop, turns }
    }

    /// Waits, while the daemon turns by itself, until so many messages have left.
    pub(crate) async fn until_sent(&self, count: usize) {
        self.until_left(|sent| sent.len() >= count).await;
    }

    /// Waits until what has left is enough.
    pub(crate) async fn until_left(&self, is_enough: impl Fn(&[Sent]) -> bool) {
        let left = async {
            while !is_enough(&self.sent()) {
                self.recorder.left.notified().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), left);
        waited.await.expect("what is enough leaves");
    }

    /// Waits until a message leaves, no longer than a while.
    pub(crate) async fn one_leaves(&self, a_while: Duration) {
        let _ = tokio::time::timeout(a_while, self.recorder.left.notified()).await;
    }

    /// An address takes mail again.
    pub(crate) fn mend(&self, address: &str) {
        self.recorder.failing.lock().unwrap().remove(address);
    }

    /// From now on nothing can be written into an account, or it can again: a
    /// disk that is full.
    pub(crate) async fn disk_is_full(&self, full: bool) {
        self.meddle(if full { FULL } else { "DROP TRIGGER full" })
            .await;
    }

    /// From now on nothing at all can be written, or it can again; what is due is what
    /// each turn tries to write.
    pub(crate) async fn store_refuses(&self, refuses: bool) {
        let tables = [
            "INSERT ON event",
            "INSERT ON journal",
            "UPDATE ON notification",
        ];
        for (number, what) in tables.into_iter().enumerate() {
            self.meddle(&if refuses {
                format!(
                    "CREATE TRIGGER refused{number} BEFORE {what} \
                     BEGIN SELECT RAISE(ABORT, 'nothing is written'); END"
                )
            } else {
                format!("DROP TRIGGER refused{number}")
            })
            .await;
        }
    }

    /// From now on no outcome of an attempt can be kept, or it can again.
    pub(crate) async fn outcomes_are_lost(&self, lost: bool) {
        self.meddle(if lost {
            "CREATE TRIGGER lost BEFORE INSERT ON delivery \
             BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        } else {
            "DROP TRIGGER lost"
        })
        .await;
    }

    /// From now on nothing can be written into the account of the oldest call-out,
    /// or it can again.
    pub(crate) async fn first_is_stuck(&self, stuck: bool) {
        self.meddle(if stuck {
            "CREATE TRIGGER stuck BEFORE INSERT ON journal \
             WHEN NEW.call_out = (SELECT id FROM call_out ORDER BY opened_at LIMIT 1) \
             BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        } else {
            "DROP TRIGGER stuck"
        })
        .await;
    }

    /// Does something to the store behind the daemon's back.
    pub(crate) async fn meddle(&self, sql: &str) {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("muster.db"));
        let mut connection = options.connect().await.unwrap();
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }

    /// Another program reads the store and does not end, until this is closed.
    pub(crate) async fn read_on(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("muster.db"));
        let mut reader = options.read_only(true).connect().await.unwrap();
        let reading = "BEGIN; SELECT count(*) FROM event";
        sqlx::raw_sql(reading).execute(&mut reader).await.unwrap();
        reader
    }

    /// Another program holds the store, until it is let go: what is to be kept
    /// meanwhile waits.
    pub(crate) async fn hold_store(&self) -> StoreHeld {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("muster.db"));
        let mut other = options.connect().await.unwrap();
        let hold = sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other);
        hold.await.unwrap();
        StoreHeld {
            other,
            found: self.recorder.found_held.subscribe(),
        }
    }

    /// The log of the store grows by so many megabytes.
    pub(crate) async fn log_grows(&self, megabytes: usize) {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("muster.db"));
        let mut connection = options.connect().await.unwrap();
        let sql = "CREATE TABLE IF NOT EXISTS much (octets BLOB); PRAGMA synchronous = OFF";
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        for _ in 0..megabytes {
            let sql = "INSERT INTO much VALUES (zeroblob(1048576))";
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
    }

    /// The machine's wall clock is set, so far ahead of where it was.
    pub(crate) fn set_clock(&self, ahead: &str) {
        self.clock.set_wall(ahead.parse().unwrap());
    }

    /// A relay has taken nothing since now.
    pub(crate) fn shut(&self, relay: &str, reason: Reason) {
        self.shut_by("email", (relay, reason), "535 5.7.8 authentication failed");
    }

    /// A way out of a channel has taken nothing since now, as it said.
    pub(crate) fn shut_by(&self, channel: &'static str, way: (&str, Reason), words: &str) {
        let (name, reason) = way;
        self.recorder.circuits.lock().unwrap().push(Circuit {
            channel,
            name: name.to_owned(),
            state: State::Open,
            since: Some(self.clock.now()),
            until: None,
            reason: Some(reason),
            detail: words.to_owned(),
        });
    }

    /// Every way out is open again.
    pub(crate) fn open_all(&self) {
        self.recorder.circuits.lock().unwrap().clear();
    }
}

/// What comes of a mail to a relay that is not there.
pub(crate) fn refused_connection() -> Outcome {
    Outcome::Retry {
        reason: Reason::Unreachable,
        detail: "connection refused".to_owned(),
        after: None,
    }
}

/// A store that another program holds.
pub(crate) struct StoreHeld {
    other: SqliteConnection,
    found: watch::Receiver<u32>,
}

impl StoreHeld {
    /// Lets it go.
    pub(crate) async fn let_go(self) {
        self.end("ROLLBACK").await;
    }

    /// Lets it go, and nothing can be written into an account from then on.
    pub(crate) async fn leave_full(self) {
        self.end(&format!("{FULL}; COMMIT")).await;
    }

    async fn end(mut self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&mut self.other).await.unwrap();
        self.other.close().await.unwrap();
    }

    /// Waits until what writes has found it held.
    pub(crate) async fn found(&mut self) {
        self.found.changed().await.unwrap();
    }
}

impl Recorder {
    /// Notes that the store was found held, and waits for nothing.
    pub(super) fn pause(self: Arc<Self>) -> Pause {
        Arc::new(move |_| {
            self.found_held.send_modify(|times| *times += 1);
            Box::pin(std::future::ready(()))
        })
    }
}

impl World {
    /// How many transactions the log of the store holds: a frame that ends one
    /// says how long the file is after it (SQLite, "WAL file format").
    pub(crate) fn commits(&self) -> usize {
        let log = std::fs::read(self.folder.path().join("muster.db-wal")).unwrap();
        let word = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
        let (page, salts) = (usize::try_from(word(8)).unwrap(), &log[16..24]);
        let frames = (32..log.len()).step_by(24 + page);
        let whole = frames.filter(|at| at + 24 + page <= log.len());
        whole
            .filter(|at| log[at + 8..at + 16] == *salts && word(at + 4) != 0)
            .count()
    }
}

impl World {
    /// Waits until the next message to a person's mail address leaves.
    pub(crate) async fn until_sent_to(&self, person: &str) {
        let (address, before) = (self.address(person), self.sent_so_far());
        let left = |sent: &[Sent]| sent.iter().skip(before).any(|sent| sent.to == address);
        while !left(&self.sent()) {
            self.until_sent(self.sent_so_far() + 1).await;
        }
    }

    /// The newest link that was mailed to a person, or is to be.
    pub(crate) async fn link_of(&self, call_out: &CallOutId, person: &str) -> Option<i64> {
        let kept = self.engine.store().load(call_out).await.unwrap();
        let rows = kept.unwrap().notifications.into_iter();
        let own = |draft: &Draft| {
            draft.person.as_str() == person && draft.contact.channel == ChannelName::Email
        };
        rows.filter(|row| own(&row.draft)).map(|row| row.id).max()
    }

    /// A button is pressed on the page behind a link that was mailed.
    pub(crate) async fn press_link(
        &self,
        call_out: &CallOutId,
        (link, person): (i64, &str),
        reply: Reply,
    ) {
        let answer = by_link(person, reply);
        let pressed = self.engine.acknowledge_by_link(call_out, link, answer);
        pressed.await.unwrap();
    }

    /// The same behind the newest link of a person; nothing else happens.
    pub(crate) async fn press(&self, call_out: &CallOutId, person: &str, reply: Reply) {
        match self.link_of(call_out, person).await {
            Some(link) => self.press_link(call_out, (link, person), reply).await,
            None => {
                let pressed = self.engine.acknowledge(call_out, by_link(person, reply));
                pressed.await.unwrap();
            }
        }
    }
}

fn by_link(person: &str, reply: Reply) -> Answer {
    Answer {
        person: PersonId::new(person),
        reply,
        eta_minutes: None,
        note: None,
        via: Via::Link(ChannelName::Email),
        by: Principal::new(format!("link:{person}")),
    }
}

/// A daemon that turns by itself.
pub(crate) struct ByItself {
    stop: tokio::sync::oneshot::Sender<()>,
    turns: tokio::task::JoinHandle<()>,
}

impl ByItself {
    /// Ends it, and leaves what is on its way.
    pub(crate) async fn end(self, world: &World) {
        drop(self.stop);
        world.away("1s");
        self.turns.await.unwrap();
    }
}
