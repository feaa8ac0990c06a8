//! The power is cut while events and answers arrive.
//!
//! Owns a daemon that is recorded, and the judge of what a cut left: whatever was
//! answered before it is there, and whatever had gone out is known to have. It must not
//! know how the daemon writes.

use std::collections::BTreeSet;
use std::path::Path;

use muster::clock::Draw;
use muster::domain::notification::NotificationState;
use muster::store::{Durability, Kept, Settings, Store};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::daemon::{TOKEN, Town};
use super::gone_out::{GoneOut, gone_out, unknown_to};
use super::oracle::{CALLED, copies};
use super::recording::{Fate, Recording, recorded};
use super::request::request;
use super::smtp::{Received, Script, SmtpServer};

const CLIENTS: usize = 3;

/// Who answers; where they did, their own mail is no longer wanted.
pub(super) const WHO: &str = "it-1@example.jp";

/// What somebody was told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// An event is kept, and has this call-out.
    Event(String),
    /// An answer in this call-out is kept.
    Answer(String),
}

/// A daemon's life on a disk.
pub(crate) struct Life {
    pub(super) recording: Recording,
    /// Each with the number of calls after which it was told.
    told: Vec<(usize, Told)>,
    /// What was given to the relay, in that order.
    pub(super) gone_out: Vec<GoneOut>,
    /// What the relay has.
    pub(super) mails: Vec<Received>,
    key: String,
}

/// What came of the cuts.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) problems: Vec<String>,
    /// So many mails had gone out before them.
    pub(crate) mails: usize,
}

impl Judged {
    fn add(&mut self, at: &str, found: Self) {
        let problems = found.problems.into_iter();
        let problems = problems.map(|problem| format!("{at}: {problem}"));
        self.problems.extend(problems);
        self.mails += found.mails;
    }
}

/// A request with a body: status and answer.
fn post(url: &str, path: &str, body: &str) -> (u16, Value) {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let (status, _, answer) = request(url, ("POST", path), &headers, body.as_bytes()).unwrap();
    (status, serde_json::from_str(&answer).unwrap())
}

/// Tells events and answers each but the last; how many replies came.
fn client(url: &str, name: usize, events: usize) -> usize {
    for number in 0..events {
        let key = format!("{name}-{number}");
        let event = format!(r#"{{"kind":"security-incident","effect":"residents","key":"{key}"}}"#);
        let (status, told) = post(url, "/api/v1/events", &event);
        assert_eq!(status, 202, "{told}");
        if number + 1 == events {
            continue;
        }
        let id = told["call_outs"][0].as_str().unwrap();
        let path = format!("/api/v1/call-outs/{id}/acknowledgements");
        let (status, kept) = post(url, &path, r#"{"person":"it-1","answer":"coming"}"#);
        assert_eq!(status, 200, "{kept}");
    }
    events * 2 - 1
}

/// What a reply tells.
fn told(reply: &str) -> Option<Told> {
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let body: Value = serde_json::from_str(body).ok()?;
    if head.starts_with("HTTP/1.1 202") {
        return Some(Told::Event(body["call_outs"][0].as_str()?.to_owned()));
    }
    let answered = head.starts_with("HTTP/1.1 200") && body["counts"]["coming"] == 1;
    answered.then(|| Some(Told::Answer(body["id"].as_str()?.to_owned())))?
}

impl Life {
    /// A daemon with these variables is told events by several at once, from its
    /// first start to the cut.
    pub(crate) async fn lived(variables: &[(&str, &str)], events: usize) -> Self {
        let server = SmtpServer::start(Script::new()).await;
        let town = Town::new(server.port);
        let trace = town.folder.path().join("trace");
        let mut command = town.command(&["serve"]);
        command.envs(variables.iter().copied());
        let daemon = town.serve_by(recorded(&command, &trace));
        let replies: usize = std::thread::scope(|scope| {
            let url = daemon.url.as_str();
            let clients: Vec<_> = (0..CLIENTS)
                .map(|name| scope.spawn(move || client(url, name, events)))
                .collect();
            let clients = clients.into_iter();
            clients.map(|client| client.join().unwrap()).sum()
        });
        // Why the others: whoever answers before their mail leaves has none.
        let others = |mails: &[Received]| {
            let copies = copies(mails).into_iter();
            let others = copies.filter(|copy| CALLED.contains(&&*copy.to) && copy.to != WHO);
            others.count() >= CLIENTS * events * (CALLED.len() - 1)
        };
        server.until("the mails of all events", others).await;
        daemon.signal("-KILL");
        let (_, words) = daemon.last_words();
        let state = town.folder.path().join("state");
        let recording = Recording::read(&trace, &state);
        let told: Vec<_> = recording
            .said()
            .filter_map(|(calls, _, reply)| Some((calls, told(reply)?)))
            .collect();
        assert_eq!(told.len(), replies, "the recording is whole: {words}");
        server.drained().await;
        let (gone_out, mails) = (gone_out(&recording), server.mails());
        let whole = gone_out.iter().filter(|mail| mail.whole.is_some());
        let whole: BTreeSet<&str> = whole.map(|mail| mail.id.as_str()).collect();
        let came = copies(&mails);
        let came: BTreeSet<&str> = came.iter().map(|copy| copy.id.as_str()).collect();
        // Why not the same: one that the kill met may have been written down alone.
        let missed: Vec<_> = came.difference(&whole).collect();
        assert!(missed.is_empty(), "not recorded: {missed:?}: {words}");
        Self {
            recording,
            told,
            gone_out,
            mails,
            key: std::fs::read_to_string(state.join("link.key")).unwrap(),
        }
    }

    /// The call-outs that somebody was told of, at any time.
    pub(super) fn call_outs(&self) -> BTreeSet<&str> {
        let told = self.told.iter();
        told.map(|(_, Told::Event(id) | Told::Answer(id))| id.as_str())
            .collect()
    }

    /// Cuts the power at so many instants: just after somebody was told something, just
    /// as a mail left, and at any time.
    pub(crate) async fn cut(&self, seed: u64, cuts: usize) -> Judged {
        let mut draw = Draw::new(seed, "cuts");
        let mut all = Judged::default();
        for cut in 0..cuts {
            let mut one_of = |so_many: usize| usize::try_from(draw.below(so_many as u64)).unwrap();
            let calls = match cut % 3 {
                0 => self.told[one_of(self.told.len())].0,
                1 => self.gone_out[one_of(self.gone_out.len())].begun,
                _ => one_of(self.recording.len()),
            };
            let mut fate = match cut % 2 {
                0 => Fate::Lost,
                _ => Fate::Parts(Draw::new(seed, &format!("cut {cut}"))),
            };
            all.add(
                &format!("seed {seed}, cut {cut}"),
                self.left(calls, &mut fate).await,
            );
        }
        all
    }

    /// Cuts the power just as a mail leaves, for one in so many of them: whatever was not
    /// synced by then is lost.
    pub(crate) async fn cut_at_mails(&self, step: usize) -> Judged {
        let mut all = Judged::default();
        for mail in self.gone_out.iter().step_by(step) {
            let left = self.left(mail.begun, &mut Fate::Lost).await;
            all.add(&format!("as {} leaves", mail.id), left);
        }
        all
    }

    /// What is wrong with what is left after so many calls.
    async fn left(&self, calls: usize, fate: &mut Fate) -> Judged {
        let folder = tempfile::tempdir().unwrap();
        self.recording.image(calls, fate, folder.path());
        let before = self.told.iter().filter(|(at, _)| *at <= calls);
        let before: BTreeSet<&Told> = before.map(|(_, told)| told).collect();
        let mails = self.gone_out.iter().filter(|mail| mail.begun <= calls);
        let mails: Vec<&GoneOut> = mails.collect();
        // Why: before anything was told there may be no store at all.
        let path = folder.path().join("muster.db");
        if before.is_empty() && mails.is_empty() && !path.exists() {
            return Judged::default();
        }
        let mut problems = judge(&path, &before, &mails).await;
        let key = std::fs::read_to_string(folder.path().join("link.key"));
        let is_needed = !before.is_empty() || !mails.is_empty();
        if is_needed && key.ok().as_ref() != Some(&self.key) {
            problems.push("the key of the links that went out is lost".to_owned());
        }
        Judged {
            problems,
            mails: mails.len(),
        }
    }

    /// What it came to.
    pub(crate) fn figures(&self) -> String {
        let calls = self.recording.len();
        let (replies, mails) = (self.told.len(), self.gone_out.len());
        format!("{calls} calls, {replies} replies, {mails} mails")
    }
}

/// Whether everybody whom such an event calls has a message that is there to be sent,
/// or was.
fn calls_all(kept: &Kept) -> bool {
    let has = |address: &&str| {
        let mut rows = kept.notifications.iter();
        rows.any(|row| {
            *row.draft.contact.address == **address && row.state != NotificationState::Dead
        })
    };
    CALLED.iter().all(has)
}

/// Opens what a cut left, as the next start does, and compares it with what
/// people were told, and with what had gone out.
async fn judge(path: &Path, before: &BTreeSet<&Told>, mails: &[&GoneOut]) -> Vec<String> {
    let settings = Settings {
        path: path.to_owned(),
        durability: Durability::Off,
    };
    let store = match Store::open(&settings).await {
        Ok(store) => store,
        Err(error) => return vec![format!("the store does not open: {error}")],
    };
    let mut problems = Vec::new();
    for told in before {
        let (Told::Event(id) | Told::Answer(id)) = told;
        let id = id.as_str().into();
        let there = match told {
            Told::Event(_) => {
                let kept = store.load(&id).await.unwrap();
                kept.is_some_and(|kept| calls_all(&kept))
            }
            Told::Answer(_) => !store.acknowledgements(&id).await.unwrap().is_empty(),
        };
        if !there {
            problems.push(format!("{told:?} was told and is lost"));
        }
    }
    for summary in store.with_notices(10_000).await.unwrap() {
        if let Some(entry) = store.broken_entry(&summary.id).await.unwrap() {
            problems.push(format!("the account of {} breaks at {entry}", summary.id));
        }
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let check = sqlx::query_scalar("PRAGMA integrity_check");
    let checked: Vec<String> = check.fetch_all(&mut connection).await.unwrap();
    if checked != ["ok"] {
        problems.push(format!("the store is damaged: {checked:?}"));
    }
    problems.extend(unknown_to(&mut connection, mails).await);
    problems
}
