//! The daemon's tasks, watched: none ends unnoticed before the daemon does.
//!
//! Owns how they are started, missed and ended, and how long each may take to
//! end. It must not know what they do.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::domain::text::Text;

/// The longest that a task may take where nothing of what it does can be kept
/// any more: long enough to tell those who wait.
const AT_ONCE: Duration = Duration::from_secs(2);

/// How much longer than the rest the doors are open then.
///
/// Why so short: the next start waits for it.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// The rest before a task at the side is started anew.
const ANEW: Duration = Duration::from_secs(60);

/// Whether the daemon goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// It does.
    No,
    /// It ends what it began.
    Orderly,
    /// It ends.
    AtOnce,
}

/// What runs.
#[derive(Debug)]
pub(super) struct Tasks {
    clock: Clock,
    halt: watch::Sender<Halt>,
    missed: watch::Sender<Option<Text>>,
    running: Vec<JoinHandle<()>>,
}

impl Tasks {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            halt: watch::Sender::new(Halt::No),
            missed: watch::Sender::new(None),
            running: Vec::new(),
        }
    }

    /// Ends when the daemon is to end.
    pub(super) fn halted(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut halt = self.halt.subscribe();
        async move {
            // A sender that is gone is a stop as well.
            let _ = halt.wait_for(|halt| *halt != Halt::No).await;
        }
    }

    /// Ends when the doors are to be shut: where nothing more can be kept, a moment
    /// after the rest, so that whoever comes just then hears that in words.
    pub(super) fn shut(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut halt = self.halt.subscribe();
        let clock = self.clock.clone();
        async move {
            let halt = halt.wait_for(|halt| *halt != Halt::No).await;
            if halt.is_ok_and(|halt| *halt == Halt::AtOnce) {
                clock.sleep(LAST_WORDS).await;
            }
        }
    }

    /// Starts a task without which the daemon is deaf or dumb: where it ends,
    /// the daemon is to end. It has `limit` to end at a stop.
    pub(super) fn vital(
        &mut self,
        name: Text,
        limit: Duration,
        task: impl Future<Output = Result<(), String>> + Send + 'static,
    ) {
        let over = self.over(limit);
        let halt = self.halt.subscribe();
        let missed = self.missed.clone();
        self.running.push(tokio::spawn(async move {
            let Some(ended) = until(over, &name, tokio::spawn(task)).await else {
                return;
            };
            if *halt.borrow() != Halt::No {
                return;
            }
            let why = match ended {
                Ok(Ok(())) => "it ended".to_owned(),
                Ok(Err(why)) => why,
                Err(defect) => defect.to_string(),
            };
            let named = name.en.to_string();
            // Why first: whatever becomes of the line, the daemon is to end.
            missed.send_replace(Some(name));
            tracing::error!(task = named, why, "a task ended that must not end");
        }));
    }

    /// Starts a task that the calling does not need: where it ends, it is begun
    /// anew after a rest.
    pub(super) fn aside<F>(
        &mut self,
        name: Text,
        limit: Duration,
        begin: impl Fn() -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let over = self.over(limit);
        let mut halt = self.halt.subscribe();
        let clock = self.clock.clone();
        let task = async move {
            loop {
                // In a task of its own, which ends with this one.
                let mut one = tokio::task::JoinSet::new();
                one.spawn(begin());
                let ended = one.join_next().await;
                if *halt.borrow() != Halt::No {
                    return;
                }
                let why = match ended {
                    Some(Err(defect)) => defect.to_string(),
                    Some(Ok(())) | None => "it ended".to_owned(),
                };
                tracing::error!(why, "a task at the side ended; it is begun anew");
                tokio::select! {
                    () = clock.sleep(ANEW) => {}
                    // A sender that is gone is a stop as well.
                    _ = halt.wait_for(|halt| *halt != Halt::No) => return,
                }
            }
        };
        self.running.push(tokio::spawn(async move {
            until(over, &name, tokio::spawn(task)).await;
        }));
    }

    /// Ends when a task of this limit has had its time after a stop.
    fn over(&self, limit: Duration) -> impl Future<Output = ()> + Send + use<> {
        let mut halt = self.halt.subscribe();
        let clock = self.clock.clone();
        async move {
            let halt = halt.wait_for(|halt| *halt != Halt::No).await;
            let at_once = halt.is_ok_and(|halt| *halt == Halt::AtOnce);
            clock
                .sleep(if at_once { limit.min(AT_ONCE) } else { limit })
                .await;
        }
    }

    /// Waits until a vital task has ended; which.
    pub(super) fn missed(&self) -> impl Future<Output = Text> + Send + use<> {
        let mut missed = self.missed.subscribe();
        async move {
            let name = missed.wait_for(Option::is_some).await;
            match name.ok().and_then(|name| name.clone()) {
                Some(name) => name,
                None => std::future::pending().await,
            }
        }
    }

    /// Ends them all, each within its limit.
    pub(super) async fn end(self, how: Halt) {
        self.halt.send_replace(how);
        for task in self.running {
            let _ = task.await;
        }
    }
}

/// How a task ended; nothing where its time was over before.
async fn until<T>(
    over: impl Future<Output = ()>,
    name: &Text,
    mut task: JoinHandle<T>,
) -> Option<Result<T, tokio::task::JoinError>> {
    tokio::select! {
        ended = &mut task => Some(ended),
        () = over => {
            tracing::warn!(task = &*name.en, "not ended in time; left where it was");
            task.abort();
            None
        }
    }
}
