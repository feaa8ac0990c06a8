//! One relay, its kept connections and what we remember of it.
//!
//! Owns the bound on connections, the free list of idle ones, and the three
//! memories that keep one bad relay from looking like a hundred dead people:
//! it could not be reached, it refused our login, it refuses everybody. Time
//! is an argument. It must not choose between relays.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::ServerName;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::connection::{Connection, Door, limited};
use super::letter::Letter;
use super::reply::{Cause, Failure, Phase, Reply, Verdict};
use super::{Limits, Relay};
use crate::domain::delivery::Reason;

/// How long an idle connection is worth a try; servers hang up after minutes.
const IDLE: SignedDuration = SignedDuration::from_secs(60);

/// How long a new connection may take before one that becomes free is
/// taken in its place.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a relay that could not be reached is asked last.
const DOWN: SignedDuration = SignedDuration::from_secs(40);

/// How long no login is tried after a refused one: three tries in ten
/// minutes do not lock an account.
const LOGIN_REST: SignedDuration = SignedDuration::from_secs(200);

/// So many different addresses refused with none accepted between them is the
/// relay's fault, not that of the addresses.
const LONGEST_RUN: usize = 8;

/// A relay as it stands.
pub(super) struct PostOffice {
    pub(super) name: String,
    relay: Relay,
    hello_name: String,
    limits: Limits,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    connections: Semaphore,
    /// Rings when a connection is put back.
    freed: Notify,
    /// Only one login is tried at a time.
    login_turn: tokio::sync::Mutex<()>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    idle: Vec<(Connection, Timestamp)>,
    down_until: Option<Timestamp>,
    /// Until when no login is tried, and the words of the refusal.
    login_rests: Option<(Timestamp, String)>,
    refused: HashSet<String>,
}

/// What one relay did with a mail.
pub(super) enum Passage {
    /// It took charge; its words.
    Accepted(Reply),
    /// Nobody has this address.
    Dead(Failure),
    /// Perhaps taken.
    Unknown(Failure),
    /// Not by this relay, not now.
    Passed(Reason, Failure),
    /// Not tried, because it was out of reach a moment ago.
    Later,
}

impl PostOffice {
    pub(super) fn new(
        relay: Relay,
        settings: &super::Settings,
        tls: Option<(TlsConnector, ServerName<'static>)>,
    ) -> Self {
        Self {
            name: relay.name(),
            relay,
            hello_name: super::hello_name(&settings.hello_name),
            limits: settings.limits.clone(),
            tls,
            connections: Semaphore::new(settings.connections_per_relay.max(1)),
            freed: Notify::new(),
            login_turn: tokio::sync::Mutex::new(()),
            memory: Mutex::default(),
        }
    }

    /// Gives one mail to this relay. A relay that was out of reach a moment
    /// ago is only tried if there is no other (`last`).
    pub(super) async fn deliver(&self, letter: &Letter, at: Timestamp, last: bool) -> Passage {
        let free = async { Ok(self.connections.acquire().await.ok()) };
        let permit = match limited(Phase::Queue, self.limits.queue, free).await {
            Ok(permit) => permit,
            Err(failure) => return Passage::Passed(Reason::Busy, failure),
        };
        if !last && self.is_down(at) {
            return Passage::Later;
        }
        let spoken = self.speak(letter, at).await;
        drop(permit);
        match spoken {
            Ok(reply) => Passage::Accepted(reply),
            Err(failure) => match failure.verdict() {
                Verdict::Unknown => Passage::Unknown(failure),
                Verdict::Pass(reason) => Passage::Passed(reason, failure),
                Verdict::Dead if self.refuses_everybody(&letter.to) => {
                    Passage::Passed(Reason::Policy, failure)
                }
                Verdict::Dead => Passage::Dead(failure),
            },
        }
    }

    /// One transaction, on a kept connection if there is one.
    ///
    /// Invariant: a connection is in nobody's list while it is spoken on, and
    /// comes back only after the reply to the dot. A future that is dropped
    /// drops its connection, half-spoken as it is.
    async fn speak(&self, letter: &Letter, at: Timestamp) -> Result<Reply, Failure> {
        if let Some(kept) = self.take_idle(at)
            && let Some(result) = self.speak_on_kept(kept, letter, at).await
        {
            return result;
        }
        let opening = self.open(at);
        tokio::pin!(opening);
        let mut fresh = match timeout(PATIENCE, &mut opening).await {
            Ok(opened) => opened?,
            // Why: a relay that serves fewer connections than we may open
            // leaves the others waiting for a greeting. One of those that it
            // does serve will be free long before that ends.
            Err(_) => tokio::select! {
                opened = &mut opening => opened?,
                kept = self.next_idle(at) => match self.speak_on_kept(kept, letter, at).await {
                    Some(result) => return result,
                    None => opening.await?,
                },
            },
        };
        let reply = fresh.transact(letter, &self.limits).await?;
        Ok(self.keep(fresh, reply, at))
    }

    /// `None` if the connection had gone stale, and nothing was handed over.
    async fn speak_on_kept(
        &self,
        mut kept: Connection,
        letter: &Letter,
        at: Timestamp,
    ) -> Option<Result<Reply, Failure>> {
        match kept.transact(letter, &self.limits).await {
            Ok(reply) => Some(Ok(self.keep(kept, reply, at))),
            Err(failure) if failure.is_stale() => {
                self.memory().idle.clear();
                None
            }
            Err(failure) => Some(Err(failure)),
        }
    }

    /// Waits until a connection is free.
    async fn next_idle(&self, at: Timestamp) -> Connection {
        loop {
            // Invariant: listened before looked, so that none is missed.
            let freed = self.freed.notified();
            if let Some(kept) = self.take_idle(at) {
                return kept;
            }
            freed.await;
        }
    }

    async fn open(&self, at: Timestamp) -> Result<Connection, Failure> {
        self.check_login(at)?;
        let door = Door {
            relay: &self.relay,
            hello_name: &self.hello_name,
            limits: &self.limits,
            tls: self.tls.as_ref(),
        };
        let mut connection = match Connection::open(&door).await {
            Ok(connection) => connection,
            Err(failure) => {
                if failure.is_unreached() {
                    self.memory().down_until = Some(at.saturating_add(DOWN).unwrap_or(at));
                }
                return Err(failure);
            }
        };
        self.memory().down_until = None;
        self.log_in(&mut connection, at).await?;
        Ok(connection)
    }

    async fn log_in(&self, connection: &mut Connection, at: Timestamp) -> Result<(), Failure> {
        let Some(login) = &self.relay.login else {
            return Ok(());
        };
        let turn = async { Ok(self.login_turn.lock().await) };
        let _turn = limited(Phase::Login, self.limits.hello, turn).await?;
        self.check_login(at)?;
        let tried = connection.login(login, &self.limits).await;
        if let Err(failure) = &tried
            && let Cause::Refused(reply) = &failure.cause
            && !reply.is_transient()
        {
            let until = at.saturating_add(LOGIN_REST).unwrap_or(at);
            self.memory().login_rests = Some((until, reply.to_string()));
        }
        tried
    }

    /// Holds a login back for a while after a refusal.
    fn check_login(&self, at: Timestamp) -> Result<(), Failure> {
        let mut memory = self.memory();
        match &memory.login_rests {
            Some((until, words)) if at < *until => {
                let words = format!("{words} (not tried again before {until:.0})");
                Err(Failure::new(Phase::Login, Cause::Login(words)))
            }
            _ => {
                memory.login_rests = None;
                Ok(())
            }
        }
    }

    fn take_idle(&self, at: Timestamp) -> Option<Connection> {
        let mut memory = self.memory();
        memory
            .idle
            .retain(|(_, since)| at.duration_since(*since) < IDLE);
        memory.idle.pop().map(|(connection, _)| connection)
    }

    /// Puts a connection back after a mail was accepted on it.
    fn keep(&self, connection: Connection, reply: Reply, at: Timestamp) -> Reply {
        let mut memory = self.memory();
        memory.refused.clear();
        memory.idle.push((connection, at));
        drop(memory);
        self.freed.notify_waiters();
        reply
    }

    /// Whether this refusal is one of so many that they say nothing about
    /// the address.
    fn refuses_everybody(&self, to: &str) -> bool {
        let mut memory = self.memory();
        if memory.refused.len() < LONGEST_RUN {
            memory.refused.insert(to.to_owned());
            return false;
        }
        !memory.refused.contains(to)
    }

    fn is_down(&self, at: Timestamp) -> bool {
        self.memory().down_until.is_some_and(|until| at < until)
    }

    pub(super) fn close_idle(&self) {
        self.memory().idle.clear();
    }

    /// Why: nothing that is done under the lock can fail half-way, so a
    /// panic elsewhere leaves it sound.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
