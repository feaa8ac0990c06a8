//! The call lists kept beside the store, for when the screens are dark.
//!
//! Owns the folder `call-list` and the pace at which its files are renewed:
//! soon after a change, seldom while many come, and once more after the last.
//! A disk that does not take them is said once and never stops the calling.

use std::collections::HashMap;
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use rustix::process::nice;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::oneshot;

use crate::domain::id::{CallOutId, PersonId};
use crate::engine::{Engine, Standing};
use crate::message::call_list::{CallList, ENDED};
use crate::private_file;
use crate::report::call_list;
use crate::store::Summary;

/// A list is written this often at most.
const PACE: SignedDuration = SignedDuration::from_secs(5);

/// It is looked this often at least.
const LOOK: Duration = Duration::from_secs(5);

/// The first list of a call-out is written so long after it was opened.
///
/// Why: its messages leave in that time, and the list takes a core from them.
const FIRST: SignedDuration = SignedDuration::from_secs(3);

/// The list of a live call-out in which nothing changes is written again
/// after this, so that its time says how far it can be trusted.
const RENEWED: SignedDuration = SignedDuration::from_mins(10);

/// How far what makes a list gives way: it has a tenth of what another would that wants
/// the processor beside it.
///
/// Why no further: while thousands answer, whoever telephones by the list must not wait
/// for the last of them.
const GIVES_WAY: i32 = 10;

/// The wait after a failure.
const FAILED: SignedDuration = SignedDuration::from_secs(30);

/// Where the lists lie.
pub fn folder(store: &Path) -> PathBuf {
    store.with_file_name("call-list")
}

/// Keeps the lists until `stop`, then writes what is left.
pub async fn keep(engine: Engine, folder: PathBuf, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    // Why: subscribed before the first reading, so that nothing falls between.
    let mut changes = engine.changes();
    let mut desk = Desk::new(engine, folder);
    desk.begin().await;
    loop {
        let clock = desk.engine.clock().clone();
        // Why: each handful of mails is a change; looking through the roster
        // for each would cost more than the mails.
        if desk.is_due() {
            desk.write_due().await;
        }
        let next = desk.next_due();
        tokio::select! {
            () = &mut stop => break,
            changed = changes.recv() => match changed {
                Ok(id) => {
                    desk.changed(id);
                    desk.hear(&mut changes).await;
                }
                Err(RecvError::Lagged(_)) => desk.missed().await,
                Err(RecvError::Closed) => break,
            },
            () = clock.sleep_until(next) => {}
            // Why as well: a clock that is set back moves the other away.
            () = clock.sleep(LOOK) => {}
        }
    }
    desk.hear(&mut changes).await;
    desk.write_changed().await;
}

/// A list on disk.
#[derive(Clone, Copy, Debug)]
struct Sheet {
    /// Not to be written before this.
    due: Timestamp,
    /// Whether something has happened since it was written.
    changed: bool,
    /// Whether anything can still come of the call-out.
    live: bool,
}

impl Sheet {
    /// One to be written at a time.
    const fn to_write(due: Timestamp) -> Self {
        Self {
            due,
            changed: true,
            live: true,
        }
    }

    fn is_due(self, now: Timestamp) -> bool {
        let old = self.live && self.due + (RENEWED - PACE) <= now;
        (self.changed && self.due <= now) || old
    }
}

struct Desk {
    engine: Engine,
    folder: PathBuf,
    standing: Arc<Standing>,
    /// When it was last looked what is due.
    looked: Timestamp,
    /// Who was away when it was last looked, and until when.
    away: Vec<(PersonId, Timestamp)>,
    roster: Sheet,
    call_outs: HashMap<CallOutId, Sheet>,
    /// Whether the last write failed: said once.
    failing: bool,
}

impl Desk {
    fn new(engine: Engine, folder: PathBuf) -> Self {
        let due = engine.now();
        Self {
            standing: engine.standing(),
            looked: due,
            away: Vec::new(),
            roster: Sheet::to_write(due),
            call_outs: HashMap::new(),
            failing: false,
            engine,
            folder,
        }
    }

    /// Every live call-out is written anew, and every ended one whose list
    /// does not say so yet.
    async fn begin(&mut self) {
        for summary in self.listed(false).await {
            if summary.live || is_stale(&self.folder, &summary.id) {
                let now = Sheet::to_write(self.engine.now());
                self.call_outs.insert(summary.id, now);
            }
        }
    }

    /// More changes than could be followed: any list may be behind.
    async fn missed(&mut self) {
        for sheet in self.call_outs.values_mut() {
            sheet.changed = true;
        }
        for summary in self.listed(true).await {
            self.changed(summary.id);
        }
    }

    async fn listed(&self, live_only: bool) -> Vec<Summary> {
        let listed = self.engine.store().call_outs(live_only, u32::MAX).await;
        listed.unwrap_or_else(|error| {
            tracing::warn!(error = %error, "call lists: the call-outs cannot be read");
            Vec::new()
        })
    }

    /// Notes what else has changed by now: each is not worth another look.
    async fn hear(&mut self, changes: &mut Receiver<CallOutId>) {
        loop {
            match changes.try_recv() {
                Ok(id) => self.changed(id),
                Err(TryRecvError::Lagged(_)) => self.missed().await,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn changed(&mut self, id: CallOutId) {
        let new = Sheet::to_write(self.engine.now() + FIRST);
        self.call_outs.entry(id).or_insert(new).changed = true;
    }

    /// When to look again: at a changed list's time, and at the pace at least,
    /// since a new roster tells nobody. Counted from the last look: what came
    /// while the lists were being written is not waited for once more.
    fn next_due(&self) -> Timestamp {
        let look = self.looked + PACE;
        let sheets = self.call_outs.values().chain([&self.roster]);
        let due = sheets.filter(|sheet| sheet.changed).map(|sheet| sheet.due);
        due.fold(look, Timestamp::min)
    }

    fn is_due(&self) -> bool {
        let now = self.engine.now();
        self.next_due() <= now || self.looked > now
    }

    async fn write_due(&mut self) {
        let now = self.engine.now();
        if self.looked > now {
            // The clock was set back: what was to be written after a moment
            // would wait until the old time comes round again.
            let sheets = self.call_outs.values_mut().chain([&mut self.roster]);
            sheets.for_each(|sheet| sheet.due = sheet.due.min(now));
        }
        self.looked = now;
        let standing = self.engine.standing();
        let away = standing.plan.away(now);
        let away: Vec<_> = away.map(|(id, until)| (id.clone(), until)).collect();
        if !Arc::ptr_eq(&standing, &self.standing) || away != self.away {
            // Another roster: other numbers to telephone on every list. Leave
            // begins and ends by itself.
            self.standing = standing;
            self.away = away;
            self.roster.changed = true;
            for sheet in self.call_outs.values_mut() {
                sheet.changed |= sheet.live;
            }
        }
        if self.roster.is_due(now) {
            self.write_roster().await;
        }
        let due: Vec<CallOutId> = self
            .call_outs
            .iter()
            .filter(|(_, sheet)| sheet.is_due(now))
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            self.write_call_out(id).await;
        }
    }

    /// What has changed, whenever it was last written.
    async fn write_changed(&mut self) {
        let changed = self.call_outs.iter().filter(|(_, sheet)| sheet.changed);
        let changed: Vec<CallOutId> = changed.map(|(id, _)| id.clone()).collect();
        for id in changed {
            self.write_call_out(id).await;
        }
    }

    async fn write_roster(&mut self) {
        let now = self.engine.now();
        let make = move |standing: &Standing| call_list::of_roster(&standing.plan, now);
        let written = self.write("roster".to_owned(), make).await;
        self.roster = self.noted(written, false);
    }

    async fn write_call_out(&mut self, id: CallOutId) {
        // Why: only the copy is made under the engine's lock.
        let call_out = match self.engine.view(&id, Clone::clone).await {
            // Why: a notice calls nobody, so nobody is to be telephoned for it.
            Ok(call_out) if call_out.is_notice() => {
                self.call_outs.remove(&id);
                return;
            }
            Ok(call_out) => Arc::new(call_out),
            Err(error) => {
                let sheet = self.noted(Err(error.into()), true);
                self.call_outs.insert(id, sheet);
                return;
            }
        };
        let now = self.engine.now();
        let live = call_out.state.is_live();
        // Why held until then: it is let go of here, and not where the list is made, which
        // would stand in the way of what asks for memory meanwhile.
        let held = Arc::clone(&call_out);
        let make =
            move |standing: &Standing| call_list::of_call_out(&standing.plan, &call_out, now);
        let written = self.write(id.to_string(), make).await;
        drop(held);
        let sheet = self.noted(written, live);
        self.call_outs.insert(id, sheet);
    }

    /// Makes and writes a list in a thread of its own, which gives way to every other:
    /// while thousands answer, theirs is the processor.
    async fn write(
        &self,
        name: String,
        make: impl FnOnce(&Standing) -> CallList + Send + 'static,
    ) -> anyhow::Result<()> {
        let standing = Arc::clone(&self.standing);
        let folder = self.folder.clone();
        let write = move || {
            let list = make(&standing);
            let page = standing.messages.call_list_page(&list)?;
            let text = standing.messages.call_list_text(&list);
            write(&folder, &name, &page, &text)
        };
        let (done, written) = oneshot::channel();
        let thread = std::thread::Builder::new().name("paper".to_owned());
        thread.spawn(move || {
            if let Err(error) = nice(GIVES_WAY) {
                tracing::debug!(error = %error, "call lists: made as urgently as all else");
            }
            // Whoever has gone needs no answer.
            let _ = done.send(write());
        })?;
        written.await.context("the list could not be made")?
    }

    /// Says a failure once, and its end; when to write next.
    fn noted(&mut self, written: anyhow::Result<()>, live: bool) -> Sheet {
        let failed = written.is_err();
        let metrics = self.engine.metrics();
        metrics.call_list_stale.set(i64::from(failed));
        match written {
            Ok(()) if self.failing => tracing::info!("call lists are written again"),
            Err(error) if !self.failing => tracing::error!(
                error = format!("{error:#}"),
                "call lists cannot be written to the disk; the calling goes on"
            ),
            _ => {}
        }
        self.failing = failed;
        Sheet {
            due: self.looked + if failed { FAILED } else { PACE },
            changed: failed,
            live,
        }
    }
}

/// Whether the list of an ended call-out does not say that it has ended.
fn is_stale(folder: &Path, id: &CallOutId) -> bool {
    let mut begin = [0; ENDED.len()];
    let file = std::fs::File::open(folder.join(format!("{id}.txt")));
    file.and_then(|mut file| file.read_exact(&mut begin))
        .is_ok_and(|()| begin != *ENDED.as_bytes())
}

fn write(folder: &Path, name: &str, page: &str, text: &str) -> anyhow::Result<()> {
    let shown = || format!("{} cannot be written", folder.display());
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(shown)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).with_context(shown)?;
    for (end, list) in [("html", page), ("txt", text)] {
        let file = folder.join(format!("{name}.{end}"));
        private_file::write(&file, list)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}
