//! What the daemon says of itself: counters, and where log lines go.
//!
//! Owns every metric's name. It must not hold an address, a token or a
//! person's name: labels are closed sets, or names of the configuration.

pub mod fault;
pub mod lines;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Metric, Registry};
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use lines::Lines;

/// Which channel, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DeliveryLabels {
    /// `email` or `webhook`.
    pub channel: &'static str,
    /// `accepted`, `retry`, `dead` or `unknown`.
    pub outcome: &'static str,
    /// The class of a refusal, or empty.
    pub reason: &'static str,
}

/// A name of a closed set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct NameLabel {
    /// The name.
    pub name: &'static str,
}

/// A way out, as the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CircuitLabel {
    /// `email` or `webhook`.
    pub channel: &'static str,
    /// The relay's host and port, or the webhook's name.
    pub name: String,
}

/// How each way out stands: 0 in use, 1 tried by one message, 2 left alone.
pub type CircuitGauge = Family<CircuitLabel, Gauge>;

/// Every metric of the daemon.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Events kept, by kind.
    pub events: Family<NameLabel, Counter>,
    /// Attempts at notifications.
    pub deliveries: Family<DeliveryLabels, Counter>,
    /// How each relay and webhook stands.
    pub circuits: CircuitGauge,
    /// Answers kept, by reply.
    pub answers: Family<NameLabel, Counter>,
    /// Mails that came back, by what they were.
    pub received_mails: Family<NameLabel, Counter>,
    /// Call-outs that ran out of stages with a need unmet.
    pub exhausted: Counter,
    /// Live call-outs.
    pub live_call_outs: Gauge,
    /// The end of the last turn, in seconds since 1970.
    pub last_turn: Gauge<i64, AtomicI64>,
    /// Writes that failed.
    pub store_failures: Counter<u64, AtomicU64>,
    /// 1 while the disk is full and no new event is taken.
    pub store_full: Gauge,
    /// The size of the store's write-ahead log.
    pub store_wal_bytes: Gauge<i64, AtomicI64>,
    /// 1 while the files on disk are refused and an older edition is in force.
    pub configuration_refused: Gauge,
    /// How much must be said of the edition in force: unapproved, changed, older.
    pub edition_caveats: Gauge,
    /// 1 while as many connections are open as may be.
    pub connections_full: Gauge,
    /// What fails now and was said to administrators.
    pub alarms: Gauge,
    /// Texts of the town's own that are not used.
    pub own_texts_refused: Gauge,
    /// 1 while the call lists beside the store cannot be renewed.
    pub call_list_stale: Gauge,
    /// Serious findings of the last look at readiness.
    pub readiness_serious: Gauge,
}

fn registered<M>(registry: &mut Registry, name: &str, says: &str) -> M
where
    M: Metric + Clone + Default,
{
    let metric = M::default();
    registry.register(name, says, metric.clone());
    metric
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("muster");
        let all = &mut registry;
        Self {
            events: registered(all, "events", "Events kept, by kind"),
            deliveries: registered(all, "deliveries", "Attempts at notifications"),
            circuits: registered(
                all,
                "circuit",
                "Relays and webhooks: 0 in use, 1 tried by one message, 2 left alone",
            ),
            answers: registered(all, "answers", "Answers kept, by reply"),
            received_mails: registered(
                all,
                "received_mails",
                "Mails that came back, by what they were",
            ),
            exhausted: registered(all, "exhausted", "Call-outs out of stages, a need unmet"),
            live_call_outs: registered(all, "live_call_outs", "Live call-outs"),
            last_turn: registered(all, "last_turn_seconds", "End of the last turn"),
            store_failures: registered(all, "store_failures", "Writes that failed"),
            store_full: registered(
                all,
                "store_full",
                "1 while the disk is full and no new event is taken",
            ),
            store_wal_bytes: registered(
                all,
                "store_wal_bytes",
                "Size of the store's write-ahead log at the last write",
            ),
            configuration_refused: registered(
                all,
                "configuration_refused",
                "1 while the last reload was refused and the edition before stays in force",
            ),
            edition_caveats: registered(
                all,
                "edition_caveats",
                "What must be said of the edition in force: unapproved, changed, older",
            ),
            connections_full: registered(
                all,
                "connections_full",
                "1 while as many connections are open as may be, and others wait",
            ),
            alarms: registered(all, "alarms", "What fails now, as administrators were told"),
            own_texts_refused: registered(
                all,
                "own_texts_refused",
                "Files of templates/ that are not used: the built-in texts are sent",
            ),
            call_list_stale: registered(
                all,
                "call_list_stale",
                "1 while the call lists on disk cannot be renewed",
            ),
            readiness_serious: registered(
                all,
                "readiness_serious",
                "Serious findings of the last look at readiness",
            ),
            registry,
        }
    }
}

impl Metrics {
    /// The Prometheus text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
            let _ = writeln!(text, "# the metrics could not be written");
        }
        text
    }

    /// Notes the end of a turn.
    pub fn turned(&self, seconds: i64) {
        self.last_turn.set(seconds);
    }

    /// The end of the last turn, in seconds since 1970; 0 before the first.
    pub fn last_turn_seconds(&self) -> i64 {
        self.last_turn.inner().load(Ordering::Relaxed)
    }
}

/// What was logged last, and is to be written before the program ends.
#[derive(Debug)]
#[must_use = "the last lines are written as it is dropped"]
pub struct Log(Option<Lines>);

impl Log {
    /// The way out, where there is one of its own.
    pub const fn lines(&self) -> Option<&Lines> {
        self.0.as_ref()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(lines) = &self.0 {
            lines.finish();
        }
    }
}

/// Sends log lines to standard error: as systemd's journal reads them, or in
/// colour on a terminal. `filter` is `MUSTER_LOG`'s text.
///
/// Invariant: a log that cannot be written, or is not read, stops nothing.
pub fn start(filter: Option<&str>, terminal: bool) -> Log {
    let filter = filter.unwrap_or("info,sqlx=warn,hyper=warn,rustls=warn");
    let filter = tracing_subscriber::EnvFilter::try_new(filter)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let lines = Lines::onto(std::io::stderr()).ok();
    let writer = match lines.clone() {
        Some(lines) => BoxMakeWriter::new(lines),
        None => BoxMakeWriter::new(std::io::stderr),
    };
    // A second start, as in a test process, keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(terminal)
        .with_target(false)
        // Why: it would be said on the same standard error, by a panic.
        .log_internal_errors(false)
        .try_init();
    if let Some(lines) = lines.clone() {
        // Why: a defect is said by whoever met it, and must not make it wait.
        std::panic::set_hook(Box::new(move |defect| {
            lines.push(format!("ERROR {defect}\n").as_bytes());
        }));
    }
    Log(lines)
}
