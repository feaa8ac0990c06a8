//! One relay and what we remember of it.
//!
//! Owns the bounds on connections and pace, how a mail comes to a connection, and what a
//! failure says about the relay's health and about the mail. It must not choose
//! between relays.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use rustls_pki_types::ServerName;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::ahead::{Ahead, Handed, IN_A_ROW, Named};
use super::connection::{Connection, Door};
use super::letter::Letter;
use super::lines::{Line, Lines};
use super::pace::Pace;
use super::reply::{Cause, Failure, Phase, Reply, Verdict};
use super::turn::{Hold, LEADS, Permit, Permits, Turn};
use super::{Limits, Relay};
use crate::channel::circuit::{Breaker, Circuit, Entry, Health, LOGIN_REST};
use crate::channel::credit::{Credit, Worth};
use crate::channel::words::Scrubber;
use crate::clock::Clock;
use crate::domain::delivery::Reason;
use crate::telemetry::{CircuitGauge, fault};

/// How long a new connection may take before one that becomes free is
/// taken in its place.
const PATIENCE: Duration = Duration::from_secs(1);

/// A relay as it stands.
pub(super) struct PostOffice {
    pub(super) name: String,
    relay: Relay,
    hello_name: String,
    limits: Limits,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    pub(super) clock: Clock,
    pub(super) breaker: Breaker,
    scrubber: Arc<Scrubber>,
    pub(super) permits: Permits,
    pub(super) pace: Pace,
    /// The one of everybody's mails that is the next to have a place in the pace.
    pub(super) first_in_line: tokio::sync::Mutex<()>,
    pub(super) ahead: Ahead,
    lines: Lines,
    /// Only one login is tried at a time.
    login_turn: tokio::sync::Mutex<()>,
    /// When a login was last put off beside others that are in, and in which words.
    login_put_off: Mutex<Option<(Timestamp, String)>>,
    credit: Credit,
}

/// What one relay did with a mail.
pub(super) enum Passage {
    /// It took charge; its words.
    Accepted(Reply),
    /// Nobody has this address.
    Dead(Failure),
    /// Perhaps taken.
    Unknown(Failure),
    /// Perhaps nobody has this address, and perhaps the relay is wrong.
    Doubted(Failure),
    /// Not by this relay, not now.
    Passed(Reason, Failure),
}

/// What an office needs besides its relay.
pub(super) struct House {
    pub(super) hello_name: String,
    pub(super) limits: Limits,
    pub(super) clock: Clock,
    pub(super) gauge: CircuitGauge,
    pub(super) scrubber: Arc<Scrubber>,
}

/// What a mail that waited goes by.
enum Next {
    /// A connection that another was done with.
    Kept(Line),
    /// One of its own.
    New(Line),
}

impl PostOffice {
    pub(super) fn new(
        relay: Relay,
        house: &House,
        tls: Option<(TlsConnector, ServerName<'static>)>,
    ) -> Self {
        let name = relay.name();
        Self {
            breaker: Breaker::new("email", &name, house.gauge.clone()),
            name,
            hello_name: house.hello_name.clone(),
            limits: house.limits.clone(),
            clock: house.clock.clone(),
            scrubber: Arc::clone(&house.scrubber),
            tls,
            permits: Permits::new(relay.connections),
            pace: Pace::new(relay.rate, relay.connections, house.limits.queue),
            first_in_line: tokio::sync::Mutex::default(),
            ahead: Ahead::default(),
            relay,
            lines: Lines::new(house.clock.clone()),
            login_turn: tokio::sync::Mutex::new(()),
            login_put_off: Mutex::default(),
            credit: Credit::default(),
        }
    }

    pub(super) fn circuit(&self) -> Circuit {
        self.breaker.circuit()
    }

    /// Opens as many connections as so many mails can use, each of which is
    /// free for the first that wants it.
    pub(super) async fn open_ahead(&self, mails: usize) {
        let most = self.relay.connections.max(1);
        // Why by the permits: one that is being opened is not up yet.
        let in_use = most.saturating_sub(self.permits.free());
        let there = in_use + self.lines.idle();
        let missing = mails.min(most).saturating_sub(there);
        // Why one first: whoever is called first waits for one, and opened together
        // they are all up late.
        if missing > 0 {
            self.open_one_ahead().await;
        }
        join_all((1..missing).map(|_| self.open_one_ahead())).await;
    }

    async fn open_one_ahead(&self) {
        // Why not waited for: whoever has them all needs none made ready.
        let Some(_permits) = self.permits.now() else {
            return;
        };
        // Invariant: each that rests has a permit that is free. A mail may have begun
        // to open one of its own since they were counted.
        if self.lines.idle() > self.permits.free() {
            return;
        }
        let Ok(entry) = self.breaker.enter(self.clock.now()) else {
            return;
        };
        let opened = self.open(&entry).await;
        let now = self.clock.now();
        match opened {
            Ok(line) => {
                self.lines.put_back(line);
                // Why: that it greets does not say that it takes mails.
                entry.tell(Health::Untold, now);
            }
            Err(failure) => entry.tell(self.health(&failure, ""), now),
        }
    }

    /// Gives one mail to this relay.
    pub(super) async fn deliver(&self, letter: &Letter, turn: Turn<'_>) -> Passage {
        let mut turn = turn;
        let spoken = self.speak(letter, &mut turn).await;
        // Why so long: a place that is given back early is another's too early.
        let Turn {
            entry, hold: _hold, ..
        } = turn;
        let now = self.clock.now();
        let (passage, health) = match spoken {
            Ok(reply) => {
                self.credit.took(&letter.to, now);
                (Passage::Accepted(reply), Health::Well)
            }
            Err(failure) => self.refused(letter, failure, now),
        };
        entry.tell(health, now);
        passage
    }

    fn refused(&self, letter: &Letter, failure: Failure, at: Timestamp) -> (Passage, Health) {
        let health = self.health(&failure, &letter.to);
        match failure.verdict() {
            Verdict::Unknown => (Passage::Unknown(failure), health),
            Verdict::Pass(reason) => (Passage::Passed(reason, failure), health),
            Verdict::Dead => {
                let expressly = failure.is_about_the_address();
                match self.credit.refused(&letter.to, expressly, at) {
                    Worth::Believed => (Passage::Dead(failure), health),
                    Worth::Doubted => (Passage::Doubted(failure), health),
                    Worth::Many => {
                        let words = self.scrubber.clean(&failure.words());
                        (Passage::Doubted(failure), Health::Doubtful(words))
                    }
                    Worth::Everybody => {
                        let words = self.scrubber.clean(&failure.words());
                        let health = Health::Broken(Reason::Policy, words);
                        (Passage::Doubted(failure), health)
                    }
                }
            }
        }
    }

    /// Another relay took whom this one had refused.
    pub(super) fn was_wrong(&self) {
        self.credit.was_wrong();
    }

    /// What a failure says about the relay.
    fn health(&self, failure: &Failure, to: &str) -> Health {
        let words = self.scrubber.clean(&failure.words());
        let reason = match failure.verdict() {
            Verdict::Pass(reason) => reason,
            Verdict::Unknown | Verdict::Dead => Reason::Ambiguous,
        };
        match &failure.cause {
            // Why also who was behind a login that went on: others were in then.
            Cause::Held(..) | Cause::Behind(Reason::Busy, _) => Health::Untold,
            // Why: a relay that works on other connections only has no more
            // of them to give.
            _ if self.is_full(failure) => Health::Untold,
            // Why at once: nobody is in, and whoever asks again and again is locked out.
            Cause::Refused(reply) if failure.phase == Phase::Login && reply.is_transient() => {
                Health::Broken(Reason::Authentication, words)
            }
            Cause::Tls(_) | Cause::Login(_) => Health::Broken(reason, words),
            Cause::Refused(_) if matches!(reason, Reason::Tls | Reason::Authentication) => {
                Health::Broken(reason, words)
            }
            Cause::Refused(reply) if reply.code != 421 && failure.phase > Phase::Mail => {
                Health::Alive
            }
            // Why from MAIL on: the recipient is named in the same group, and a
            // relay may answer a group at its end.
            Cause::Late(_) if failure.phase >= Phase::Mail => Health::Silent {
                to: to.to_owned(),
                reason,
                words,
            },
            // Why also who was behind another login: none was done in all that time.
            Cause::Refused(_)
            | Cause::Lost(_)
            | Cause::Late(_)
            | Cause::Nonsense(_)
            | Cause::Behind(..) => Health::Fault(reason, words),
        }
    }

    /// Whether it only has no more connections to give, and works on others.
    ///
    /// Why not on those that are still at their login: they have not been let in.
    pub(super) fn is_full(&self, failure: &Failure) -> bool {
        let works = match failure.phase {
            Phase::Login => self.lines.is_ready(),
            _ => self.lines.is_up(),
        };
        works && failure.is_at_the_door()
    }

    /// One transaction, on a kept connection if there is one.
    ///
    /// Invariant: a connection is in nobody's list while it is spoken on, and
    /// comes back only after the reply to the dot. A future that is dropped
    /// drops its connection, half-spoken as it is.
    async fn speak(&self, letter: &Letter, turn: &mut Turn<'_>) -> Result<Reply, Failure> {
        let Turn {
            hold,
            line,
            entry,
            patience,
        } = turn;
        if let Some(kept) = line.take().or_else(|| self.lines.take(letter.urgency))
            && let Some(result) = self.speak_on_kept(kept, letter, hold).await
        {
            return result;
        }
        // Why set apart, here and below: nearly every mail finds one that is up, and
        // carries no room for the opening of another.
        let mut opening = Box::pin(self.open(entry));
        let opened = match timeout(PATIENCE, &mut opening).await {
            Ok(opened) => opened,
            // Why: a relay that serves fewer connections than we may open
            // leaves the others waiting for a greeting. One of those that it
            // does serve will be free long before that ends.
            Err(_) => {
                let first = tokio::select! {
                    opened = &mut opening => Err(opened),
                    kept = self.lines.next(letter.urgency) => Ok(kept),
                };
                // Invariant: a mail has one connection at a time. Whoever gets
                // the permit that is free now may open another.
                drop(opening);
                match first {
                    Err(opened) => opened,
                    Ok(kept) => match self.speak_on_kept(kept, letter, hold).await {
                        Some(result) => return result,
                        None => Box::pin(self.open(entry)).await,
                    },
                }
            }
        };
        let line = match opened {
            Ok(line) => line,
            // Why: or it refuses them.
            Err(failure) if self.is_full(&failure) => {
                let next = self.next_or_anew(letter.urgency, entry);
                match timeout(*patience, Box::pin(next)).await {
                    Ok(Ok(Next::Kept(kept))) => {
                        match self.speak_on_kept(kept, letter, hold).await {
                            Some(result) => return result,
                            None => Box::pin(self.open(entry)).await?,
                        }
                    }
                    Ok(Ok(Next::New(line))) => line,
                    Ok(Err(failure)) => return Err(failure),
                    Err(_) => return Err(failure),
                }
            }
            Err(failure) => return Err(failure),
        };
        self.speak_on(line, letter, hold).await
    }

    /// The next connection that is free, for a mail that was not let in beside those that
    /// are up; one of its own once none of them is.
    ///
    /// Why not the refusal then: it was said beside others, and says nothing of the relay
    /// by itself.
    async fn next_or_anew(&self, urgency: u8, entry: &Entry<'_>) -> Result<Next, Failure> {
        loop {
            if let Some(kept) = self.lines.next_while_up(urgency).await {
                return Ok(Next::Kept(kept));
            }
            match self.open(entry).await {
                Err(failure) if self.is_full(&failure) => {}
                opened => return opened.map(Next::New),
            }
        }
    }

    async fn speak_on(
        &self,
        line: Line,
        letter: &Letter,
        hold: &mut Hold<'_>,
    ) -> Result<Reply, Failure> {
        // Why here: it may have waited for a connection that is up.
        if let Err(failure) = hold.still_wanted() {
            self.keep(line, None, hold);
            return Err(failure);
        }
        hold.slot.used = true;
        let may = line.handed < IN_A_ROW;
        let least = hold.permit.as_ref().map_or(u8::MAX, Permit::least);
        let next = || {
            // Why: whoever leads and is not let in by the door waits for a connection
            // to be free, and the crowd would go on and on by those that there are.
            let least = if self.lines.leads_wait() {
                LEADS
            } else {
                least
            };
            may.then(|| self.ahead.next(least)).flatten()
        };
        // The control of row 33: one that is half-spoken is put back.
        let put_back = |line| self.lines.put_back(line);
        let mut line = fault::held("half-spoken", line, put_back);
        let spoken = line.value().connection.transact(letter, &self.limits, next);
        let (reply, next) = spoken.await?;
        let line = line.whole();
        match (&next, line.connection.is_named()) {
            (None, true) => self.ahead.missed(),
            _ if line.connection.is_quick() => self.ahead.went_well(),
            _ => {}
        }
        self.keep(line, next, hold);
        Ok(reply)
    }

    /// `None` if the connection had gone stale, and nothing was handed over.
    async fn speak_on_kept(
        &self,
        kept: Line,
        letter: &Letter,
        hold: &mut Hold<'_>,
    ) -> Option<Result<Reply, Failure>> {
        let named = kept.connection.is_named();
        match self.speak_on(kept, letter, hold).await {
            // Why tried anew: what it says, or that it hangs up, may be of where
            // the mail was named, and not of the mail.
            Err(failure) if named && failure.phase == Phase::Mail => {
                if failure.is_busy() {
                    self.ahead.missed();
                } else {
                    let relay = &self.name;
                    tracing::info!(relay, "no mail is named ahead to this relay for a while");
                    self.ahead.refuse();
                }
                None
            }
            Err(failure) if failure.is_stale() => {
                self.lines.close_idle();
                None
            }
            done => Some(done),
        }
    }

    async fn open(&self, entry: &Entry<'_>) -> Result<Line, Failure> {
        self.may_log_in()?;
        let door = Door {
            relay: &self.relay,
            hello_name: &self.hello_name,
            limits: &self.limits,
            tls: self.tls.as_ref(),
        };
        let mut line = self.lines.count(Connection::open(&door).await?);
        self.log_in(&mut line.connection, entry).await?;
        line.becomes_ready();
        Ok(line)
    }

    async fn log_in(&self, connection: &mut Connection, entry: &Entry<'_>) -> Result<(), Failure> {
        let Some(login) = &self.relay.login else {
            return Ok(());
        };
        let Ok(_turn) = timeout(self.limits.hello, self.login_turn.lock()).await else {
            let limit = self.limits.hello.as_secs_f64();
            let words = format!("no turn to log in within {limit} s");
            return Err(Failure::new(
                Phase::Login,
                Cause::Behind(Reason::Timeout, words),
            ));
        };
        // Why: whoever waited while another's login was refused does not try
        // the same again.
        if let Some((reason, words)) = entry.shut() {
            return Err(Failure::new(Phase::Login, Cause::Held(reason, words)));
        }
        self.may_log_in()?;
        let tried = connection.login(login, &self.limits).await;
        if let Err(failure) = &tried {
            let now = self.clock.now();
            if failure.is_busy() && self.is_full(failure) {
                let words = format!("no login is tried beside others: {}", failure.cause);
                let put_off = self.login_put_off.lock();
                *put_off.unwrap_or_else(PoisonError::into_inner) = Some((now, words));
            }
            if let broken @ Health::Broken(..) = self.health(failure, "") {
                entry.warn(broken, now);
            }
        }
        tried
    }

    /// Keeps a mail from a login for a while after one was put off, where others are in.
    ///
    /// Why: each mail would try it, and a relay that counts them locks the account.
    fn may_log_in(&self) -> Result<(), Failure> {
        let put_off = self.login_put_off.lock();
        let put_off = put_off.unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let rests = |at: Timestamp| {
            let since = Duration::try_from(now.duration_since(at));
            since.is_ok_and(|since| since < LOGIN_REST)
        };
        match &*put_off {
            Some((at, words)) if rests(*at) && self.lines.is_ready() => {
                let behind = Cause::Behind(Reason::Busy, words.clone());
                Err(Failure::new(Phase::Login, behind))
            }
            _ => Ok(()),
        }
    }

    /// Gives a connection on which a mail was accepted to the one that was named
    /// on it, or puts it back. One on which a mail was named that has gone
    /// elsewhere is closed.
    fn keep(&self, mut line: Line, next: Option<Named>, hold: &mut Hold<'_>) {
        match (next, hold.permit.take()) {
            (Some(next), Some(permit)) => {
                line.handed += 1;
                next.give(Handed { line, permit });
            }
            _ if line.connection.is_named() => drop(line),
            (_, permit) => {
                self.lines.put_back(line);
                hold.permit = permit;
            }
        }
    }

    pub(super) fn close_idle(&self) {
        self.lines.close_idle();
    }
}
