//! The health of one way out: closed, open, or tried by one message.
//!
//! Owns when a relay or a gateway is left alone, for how long, and that one
//! message alone tries it again. Time is an argument. It must not know why
//! something failed beyond its class, and must not choose another way.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::domain::delivery::Reason;
use crate::telemetry::{CircuitGauge, CircuitLabel};

/// How long it rests after each opening in a row; the last one repeats.
const RESTS: [u64; 4] = [5, 15, 30, 60];

/// No rest is longer.
const LONGEST: SignedDuration = SignedDuration::from_secs(200);

/// The shortest rest after a refused login: three tries in ten minutes lock
/// no account.
pub(super) const LOGIN_REST: Duration = Duration::from_secs(200);

/// So many faults in a row open it.
const FAULTS: usize = 2;

/// How many recipients are remembered to whose messages it said nothing.
const REMEMBERED: usize = 8;

/// As what a message fails that was not given to a way out that rests for a `reason`.
///
/// Why: it was not lost, and nobody was busy with it: that was seen of others.
pub(super) const fn not_given(reason: Reason) -> Reason {
    match reason {
        Reason::Policy | Reason::Authentication | Reason::Tls | Reason::Timeout => reason,
        _ => Reason::Unreachable,
    }
}

/// How a way out stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In use.
    Closed,
    /// One message tries it; the others go elsewhere or wait for its end.
    HalfOpen,
    /// Left alone for a while.
    Open,
}

impl State {
    /// The name in JSON and on pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        }
    }

    /// The value of the metric.
    const fn level(self) -> i64 {
        match self {
            Self::Closed => 0,
            Self::HalfOpen => 1,
            Self::Open => 2,
        }
    }
}

/// A way out as it stands, for whoever watches over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circuit {
    /// `email` or `webhook`.
    pub channel: &'static str,
    /// The relay (`mx1.example.jp:25`) or the webhook's name.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// Since when it has been in use, or has not.
    pub since: Option<Timestamp>,
    /// Until when it is left alone, while it is open.
    pub until: Option<Timestamp>,
    /// The class of what opened it.
    pub reason: Option<Reason>,
    /// The other side's own words, without secrets.
    pub detail: String,
}

/// What one message saw of the other side.
#[derive(Clone, Debug)]
pub(super) enum Health {
    /// It took the message.
    Well,
    /// It answered sensibly, and refused this one message.
    Alive,
    /// Nothing was learned.
    Untold,
    /// It failed, and does so perhaps only once.
    Fault(Reason, String),
    /// It said nothing to what was for this recipient, and does so perhaps to
    /// nobody else.
    Silent {
        /// For whom it was.
        to: String,
        /// The class.
        reason: Reason,
        /// What was seen.
        words: String,
    },
    /// It has refused one recipient after the other, who are perhaps all gone:
    /// one message at a time tries it, without a rest between them.
    Doubtful(String),
    /// It fails everybody: the circuit opens at once.
    Broken(Reason, String),
}

/// Why nothing may be sent this way now.
#[derive(Clone, Debug)]
pub(super) enum Shut {
    /// It rests.
    Resting {
        /// Until when.
        until: Timestamp,
        /// The class of what opened it.
        reason: Reason,
        /// The words of what opened it.
        detail: String,
    },
    /// Another message tries it.
    Probing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Now {
    Closed,
    Probing,
    Open(Timestamp),
}

#[derive(Debug)]
struct Memory {
    now: Now,
    since: Option<Timestamp>,
    reason: Option<Reason>,
    detail: String,
    /// Faults in a row while it is closed.
    faults: usize,
    /// To whose messages it has said nothing since it last did well.
    silent: Vec<String>,
    /// Openings in a row.
    openings: usize,
    /// Counts the changes, so that what began before one says nothing after.
    epoch: u64,
}

/// The circuit of one way out.
pub(super) struct Breaker {
    label: CircuitLabel,
    gauge: CircuitGauge,
    memory: Mutex<Memory>,
    /// Rings at each change.
    changed: Notify,
}

impl Breaker {
    pub(super) fn new(channel: &'static str, name: &str, gauge: CircuitGauge) -> Self {
        let label = CircuitLabel {
            channel,
            name: name.to_owned(),
        };
        gauge.get_or_create(&label).set(State::Closed.level());
        Self {
            label,
            gauge,
            memory: Mutex::new(Memory {
                now: Now::Closed,
                since: None,
                reason: None,
                detail: String::new(),
                faults: 0,
                silent: Vec::new(),
                openings: 0,
                epoch: 0,
            }),
            changed: Notify::new(),
        }
    }

    /// How it stands.
    pub(super) fn circuit(&self) -> Circuit {
        let memory = self.memory();
        Circuit {
            channel: self.label.channel,
            name: self.label.name.clone(),
            state: memory.now.state(),
            since: memory.since,
            until: match memory.now {
                Now::Open(until) => Some(until),
                Now::Closed | Now::Probing => None,
            },
            reason: memory.reason,
            detail: memory.detail.clone(),
        }
    }

    /// Why nothing can go this way, without trying it.
    pub(super) fn shut(&self, at: Timestamp) -> Option<Shut> {
        self.memory().shut(at)
    }

    /// Begins an attempt. After a rest, the first one alone is let in.
    pub(super) fn enter(&self, at: Timestamp) -> Result<Entry<'_>, Shut> {
        let mut memory = self.memory();
        if let Some(shut) = memory.shut(at) {
            return Err(shut);
        }
        let probes = memory.now != Now::Closed;
        if probes {
            memory.epoch += 1;
            self.put(&mut memory, Now::Probing);
        }
        Ok(Entry {
            breaker: self,
            epoch: memory.epoch,
            probes,
            told: false,
        })
    }

    /// Waits until it stands otherwise than while another message tries it.
    pub(super) async fn settled(&self) {
        loop {
            // Invariant: listened before looked, so that no change is missed.
            let changed = self.changed.notified();
            if self.memory().now != Now::Probing {
                return;
            }
            changed.await;
        }
    }

    fn put(&self, memory: &mut Memory, now: Now) {
        memory.now = now;
        let level = now.state().level();
        self.gauge.get_or_create(&self.label).set(level);
        self.changed.notify_waiters();
    }

    fn open(&self, memory: &mut Memory, at: Timestamp, reason: Reason, detail: String) {
        let step = memory.openings.min(RESTS.len() - 1);
        let mut rest = Duration::from_secs(RESTS[step]);
        if reason == Reason::Authentication && self.label.channel == "email" {
            rest = rest.max(LOGIN_REST);
        }
        if memory.now == Now::Closed {
            memory.since = Some(at);
            tracing::warn!(
                channel = self.label.channel,
                name = self.label.name,
                reason = reason.name(),
                "left alone for a while: it fails whatever is sent through it"
            );
        }
        let rest = SignedDuration::try_from(rest).unwrap_or(SignedDuration::MAX);
        memory.reason = Some(reason);
        memory.detail = detail;
        memory.openings += 1;
        memory.epoch += 1;
        let until = at.saturating_add(rest).unwrap_or(at);
        self.put(memory, Now::Open(until));
    }

    fn close(&self, memory: &mut Memory, at: Timestamp) {
        tracing::info!(
            channel = self.label.channel,
            name = self.label.name,
            "in use again"
        );
        memory.since = Some(at);
        memory.reason = None;
        memory.detail.clear();
        memory.openings = 0;
        memory.forgive();
        memory.epoch += 1;
        self.put(memory, Now::Closed);
    }

    /// One message at a time, and no rest between them.
    fn doubt(&self, memory: &mut Memory, at: Timestamp, detail: String) {
        if memory.now == Now::Closed {
            memory.since = Some(at);
            tracing::warn!(
                channel = self.label.channel,
                name = self.label.name,
                "in doubt: it refuses one recipient after the other"
            );
        }
        memory.reason = Some(Reason::Policy);
        memory.detail = detail;
        memory.epoch += 1;
        self.put(memory, Now::Open(at));
    }

    /// Why: nothing that is done under the lock can fail half-way, so a
    /// panic elsewhere leaves it sound.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Now {
    const fn state(self) -> State {
        match self {
            Self::Closed => State::Closed,
            Self::Probing => State::HalfOpen,
            Self::Open(_) => State::Open,
        }
    }
}

impl Memory {
    /// What speaks against it: faults, and recipients for whom it hung.
    fn failed(&self) -> usize {
        self.faults + self.silent.len()
    }

    fn forgive(&mut self) {
        self.faults = 0;
        self.silent.clear();
    }

    /// Notes that it said nothing of a message to somebody; whether that is the first time.
    fn note_silent(&mut self, to: String) -> bool {
        if self.silent.contains(&to) {
            return false;
        }
        if self.silent.len() == REMEMBERED {
            self.silent.remove(0);
        }
        self.silent.push(to);
        true
    }

    fn shut(&self, at: Timestamp) -> Option<Shut> {
        match self.now {
            // Why: a rest that is longer than any was set before the clock was.
            Now::Open(until) if at < until && until.duration_since(at) <= LONGEST => {
                Some(Shut::Resting {
                    until,
                    reason: self.reason.unwrap_or(Reason::Unreachable),
                    detail: self.detail.clone(),
                })
            }
            Now::Probing => Some(Shut::Probing),
            Now::Open(_) | Now::Closed => None,
        }
    }
}

/// One attempt that was let in. One that is dropped without a word, as a
/// cancelled one, leaves the next to try.
pub(super) struct Entry<'a> {
    breaker: &'a Breaker,
    epoch: u64,
    probes: bool,
    told: bool,
}

impl Entry<'_> {
    /// Why it is no longer let in: the circuit changed since.
    pub(super) fn shut(&self) -> Option<(Reason, String)> {
        let memory = self.breaker.memory();
        let changed = memory.epoch != self.epoch;
        let reason = memory.reason.filter(|_| changed)?;
        Some((reason, memory.detail.clone()))
    }

    /// Tells what was seen, at the attempt's end.
    pub(super) fn tell(mut self, health: Health, at: Timestamp) {
        self.told = true;
        self.warn(health, at);
    }

    /// Tells what was seen, before the attempt's end.
    pub(super) fn warn(&self, health: Health, at: Timestamp) {
        let mut memory = self.breaker.memory();
        if memory.epoch != self.epoch {
            return;
        }
        // Why: a gateway that refuses everybody is not mended by refusing
        // one more.
        let health = match health {
            Health::Alive if self.probes && memory.reason == Some(Reason::Policy) => {
                Health::Doubtful(memory.detail.clone())
            }
            health => health,
        };
        match health {
            Health::Well | Health::Alive if self.probes => self.breaker.close(&mut memory, at),
            Health::Well | Health::Alive => memory.forgive(),
            Health::Untold if self.probes => self.breaker.put(&mut memory, Now::Open(at)),
            Health::Untold => {}
            Health::Broken(reason, detail) => self.breaker.open(&mut memory, at, reason, detail),
            Health::Doubtful(detail) => self.breaker.doubt(&mut memory, at, detail),
            Health::Fault(reason, detail) => {
                memory.faults += 1;
                if self.probes || memory.failed() >= FAULTS {
                    self.breaker.open(&mut memory, at, reason, detail);
                }
            }
            Health::Silent { to, reason, words } => {
                let is_new = memory.note_silent(to);
                let opens = match self.probes {
                    true => is_new && memory.silent.len() >= FAULTS,
                    false => memory.failed() >= FAULTS,
                };
                if opens {
                    self.breaker.open(&mut memory, at, reason, words);
                } else if self.probes {
                    // Why: it may be the recipient's. The next one tries it now.
                    self.breaker.put(&mut memory, Now::Open(at));
                }
            }
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if self.told || !self.probes {
            return;
        }
        let mut memory = self.breaker.memory();
        if memory.epoch == self.epoch {
            self.breaker.put(&mut memory, Now::Open(Timestamp::MIN));
        }
    }
}
