//! `muster serve`: the daemon, its signals and its supervisor.
//!
//! Owns SIGTERM, SIGINT, SIGHUP and systemd's notifications. The watchdog is
//! fed by the engine's own turns, so that a stuck engine is restarted.

use std::pin::Pin;
use std::time::Duration;

use anyhow::Context;
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::arguments::Global;
use super::configuration;
use super::contacts::amended;
use super::daemon::{Daemon, standing};
use super::descriptors::enough;
use super::failure::{Failure, context};
use super::output;
use crate::clock::Clock;
use crate::config::{Checked, Problems, Severity};
use crate::domain::text::{Language, Text};
use crate::store::Broken;
use crate::telemetry;

/// How often the supervisor is told that the engine turns.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// An engine that has not turned for this long is not fed to the watchdog.
const STUCK_SECONDS: i64 = 25;

/// Runs until a signal.
pub(super) async fn serve(global: &Global) -> Result<(), Failure> {
    use std::io::IsTerminal;
    let is_terminal = std::io::stderr().is_terminal();
    let log = telemetry::start(configuration::log_filter().as_deref(), is_terminal);
    if let (false, Some(lines)) = (is_terminal, log.lines()) {
        output::remark_by(lines.clone());
    }
    telemetry::fault::point("start");
    let (_, checked) = match is_terminal {
        true => configuration::read_aloud(global)?,
        false => configuration::read_for_log(global)?,
    };
    enough()?;
    let clock = Clock::steady();
    let daemon = Daemon::start(checked, clock.clone())
        .await
        .map_err(Failure::from)?;
    let files = global.clone();
    daemon.amend_with(move |proposal| amended(&files, proposal));
    let mut end = signals()?;
    output::say(&format!("listening on http://{}", daemon.address));
    tell(&[NotifyState::Ready, NotifyState::Status("ready")]);
    let mut reloads = Reloads::default();
    let end = loop {
        tokio::select! {
            _ = end.terminate.recv() => break End::Asked,
            _ = end.interrupt.recv() => break End::Asked,
            _ = end.reload.recv() => reloads.asked = true,
            () = reloads.run(|| reload(global, &daemon)) => {}
            why = daemon.broken() => break End::Broken(why),
            name = daemon.missed() => break End::Missed(name),
            () = clock.sleep(HEARTBEAT) => heartbeat(&daemon),
        }
    };
    drop(reloads);
    tell(&[NotifyState::Stopping]);
    match end {
        // Why the same: what is on its way can be kept still.
        End::Asked | End::Missed(_) => daemon.stop().await,
        End::Broken(_) => daemon.abandon().await,
    }
    end.code()
}

/// The reload that runs, and whether another one is asked for.
///
/// Why beside everything else: behind a flood of events it waits for its turn, and
/// the watchdog and the signal to end must not wait with it.
#[derive(Default)]
struct Reloads<'a> {
    asked: bool,
    running: Option<Pin<Box<dyn Future<Output = ()> + 'a>>>,
}

impl<'a> Reloads<'a> {
    /// Runs what is asked for, one after the other; where nothing is, it waits for
    /// ever. What is given up in the middle goes on at the next call.
    async fn run<F: Future<Output = ()> + 'a>(&mut self, begin: impl Fn() -> F) {
        if self.running.is_none() && std::mem::take(&mut self.asked) {
            self.running = Some(Box::pin(begin()));
        }
        match &mut self.running {
            Some(running) => running.await,
            None => std::future::pending().await,
        }
        self.running = None;
    }
}

/// Why it ends.
enum End {
    /// By a signal.
    Asked,
    /// The store can no longer be trusted.
    Broken(Broken),
    /// A task has ended that must not.
    Missed(Text),
}

impl End {
    fn code(self) -> Result<(), Failure> {
        match self {
            Self::Asked => Ok(()),
            Self::Broken(why) => Err(Failure::failed(
                format!("保存先を信頼できなくなったので、終了します。{}", why.ja()),
                format!("the daemon ends, because the store can no longer be trusted: {why}"),
            )),
            Self::Missed(name) => Err(Failure::failed(
                format!(
                    "動き続けるはずの処理（{}）が止まったので、終了します。次の起動で続きから始めます。理由はログにあります",
                    name.ja
                ),
                format!(
                    "the daemon ends, because {} has ended; the next start goes on from there. The reason is in the log",
                    name.en
                ),
            )),
        }
    }
}

/// That the machine gives no signals.
pub(super) fn no_signals(error: &std::io::Error) -> Failure {
    Failure::failed(
        format!("シグナルを受けられません（{error}）"),
        format!("signals cannot be had: {error}"),
    )
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    reload: Signal,
}

fn signals() -> Result<Signals, Failure> {
    let get = |kind| signal(kind).map_err(|error| no_signals(&error));
    Ok(Signals {
        terminate: get(SignalKind::terminate())?,
        interrupt: get(SignalKind::interrupt())?,
        reload: get(SignalKind::hangup())?,
    })
}

fn heartbeat(daemon: &Daemon) {
    let age = daemon.engine.now().as_second() - daemon.engine.metrics().last_turn_seconds();
    if age <= STUCK_SECONDS {
        tell(&[NotifyState::Watchdog]);
    } else {
        tracing::error!(seconds = age, "the engine has not turned");
    }
}

/// Takes up a new edition, or keeps the old one and says why.
async fn reload(global: &Global, daemon: &Daemon) {
    let language = global.language();
    let refusal = match configuration::problems(global) {
        Ok((_, checked)) => take_up(checked, daemon).await.err().map(|error| {
            let why = Failure::from(error).message;
            (
                format!("{} / {}", why.ja, why.en),
                why.get(language).to_owned(),
            )
        }),
        Err(problems) => Some((short(&problems), problems.for_log(language))),
    };
    let status = match refusal {
        None => "ready",
        Some((short, whole)) => {
            // Why: who reads the log line finds the board saying the same.
            daemon.engine.refuse(short);
            let refused = match language {
                Language::Ja => "新しい設定を受け付けられません。前の設定のまま動きます",
                Language::En => "the new configuration is refused, the old one stays in force",
            };
            tracing::error!("{refused}: {whole}");
            refused
        }
    };
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

async fn take_up(checked: Checked, daemon: &Daemon) -> anyhow::Result<()> {
    let plan = (checked.plan, checked.texts, checked.own);
    let standing = standing(plan, &checked.operator, &daemon.public_url)?;
    let kept = daemon.engine.reload(standing).await;
    kept.context(context("版を保存できません", "the edition cannot be kept"))?;
    daemon.admit(&checked.operator);
    let edition = daemon.engine.standing().plan.edition.label();
    tracing::info!(edition, "reloaded");
    Ok(())
}

/// How many problems there are, and where the first one is.
///
/// Why: the board shows it to everybody who may read, and the listing shows
/// lines of the files, addresses among them.
fn short(problems: &Problems) -> String {
    let first = problems
        .0
        .iter()
        .find(|problem| problem.severity == Severity::Error);
    let place = first.map(|problem| {
        let file = problem.file.rsplit('/').next().unwrap_or_default();
        format!(": {file}:{}", problem.line)
    });
    let [ja, en] = Language::ALL.map(|language| problems.summary(language));
    format!("{ja} / {en}{}", place.unwrap_or_default())
}

/// Tells the supervisor, where there is one.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(error = %error, "the supervisor was not told");
    }
}
