//! The power is cut while events and answers arrive.
//!
//! Owns a daemon that is recorded, and the judge of what a cut left: whatever
//! was answered before it is there. It must not know how the daemon writes.

use std::collections::BTreeSet;
use std::path::Path;

use muster::clock::Draw;
use muster::domain::notification::NotificationState;
use muster::store::{Durability, Kept, Settings, Store};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::daemon::{TOKEN, Town};
use super::oracle::CALLED;
use super::recording::{Fate, Recording, recorded};
use super::request::request;
use super::smtp::{Script, SmtpServer};

const CLIENTS: usize = 3;

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
    recording: Recording,
    /// Each with the number of calls after which it was told.
    told: Vec<(usize, Told)>,
    key: String,
}

/// A request with a body: status and answer.
fn post(url: &str, path: &str, body: &str) -> (u16, Value) {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let (status, _, answer) = request(url, ("POST", path), &headers, body.as_bytes()).unwrap();
    (status, serde_json::from_str(&answer).unwrap())
}

/// Tells events and answers each; how many replies came.
fn client(url: &str, name: usize, events: usize) -> usize {
    for number in 0..events {
        let key = format!("{name}-{number}");
        let event = format!(r#"{{"kind":"security-incident","effect":"residents","key":"{key}"}}"#);
        let (status, told) = post(url, "/api/v1/events", &event);
        assert_eq!(status, 202, "{told}");
        let id = told["call_outs"][0].as_str().unwrap();
        let path = format!("/api/v1/call-outs/{id}/acknowledgements");
        let (status, kept) = post(url, &path, r#"{"person":"it-1","answer":"coming"}"#);
        assert_eq!(status, 200, "{kept}");
    }
    events * 2
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
        daemon.signal("-KILL");
        let (_, words) = daemon.last_words();
        let state = town.folder.path().join("state");
        let recording = Recording::read(&trace, &state);
        let told: Vec<_> = recording
            .said()
            .filter_map(|(calls, reply)| Some((calls, told(reply)?)))
            .collect();
        assert_eq!(told.len(), replies, "the recording is whole: {words}");
        Self {
            recording,
            told,
            key: std::fs::read_to_string(state.join("link.key")).unwrap(),
        }
    }

    /// Cuts the power at so many instants, half of them just after somebody was
    /// told something. What is wrong with what is left.
    pub(crate) async fn cut(&self, seed: u64, cuts: usize) -> Vec<String> {
        let mut draw = Draw::new(seed, "cuts");
        let mut problems = Vec::new();
        for cut in 0..cuts {
            let calls = if cut % 2 == 0 {
                let told = usize::try_from(draw.below(self.told.len() as u64)).unwrap();
                self.told[told].0
            } else {
                usize::try_from(draw.below(self.recording.len() as u64)).unwrap()
            };
            let mut fate = match cut % 4 {
                0 => Fate::Lost,
                _ => Fate::Parts(Draw::new(seed, &format!("cut {cut}"))),
            };
            let found = self.left(calls, &mut fate).await;
            let at = format!("seed {seed}, cut {cut} after {calls} calls");
            problems.extend(found.into_iter().map(|problem| format!("{at}: {problem}")));
        }
        problems
    }

    /// What is wrong with what is left after so many calls.
    async fn left(&self, calls: usize, fate: &mut Fate) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        self.recording.image(calls, fate, folder.path());
        let before = self.told.iter().filter(|(at, _)| *at <= calls);
        let before: BTreeSet<&Told> = before.map(|(_, told)| told).collect();
        // Why: before anything was told there may be no store at all.
        let path = folder.path().join("muster.db");
        if before.is_empty() && !path.exists() {
            return Vec::new();
        }
        let mut problems = judge(&path, &before).await;
        let key = std::fs::read_to_string(folder.path().join("link.key"));
        if !before.is_empty() && key.ok().as_ref() != Some(&self.key) {
            problems.push("the key of the links that went out is lost".to_owned());
        }
        problems
    }

    /// What it came to.
    pub(crate) fn figures(&self) -> String {
        let calls = self.recording.len();
        format!("{calls} calls, {} replies", self.told.len())
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
/// people were told.
async fn judge(path: &Path, before: &BTreeSet<&Told>) -> Vec<String> {
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
    problems
}
