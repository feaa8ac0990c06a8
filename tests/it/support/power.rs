//! The power is cut while events and answers arrive.
//!
//! Owns a daemon that is recorded, and the judge of what a cut left: whatever was
//! answered before it is there, and whatever had gone out, by mail and by a gateway, is
//! known to have. It must not know how the daemon writes.

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
use super::hook::{self, HookServer};
use super::oracle::{CALLED, Copy, RUNG, copies, posted};
use super::recording::{Fate, Recording, recorded};
use super::request::request;
use super::smtp::{Received, Script, SmtpServer};

const CLIENTS: usize = 3;

/// Begins the drill of an incident, which calls the same people, while events are open.
pub(crate) const DRILL: &str = r#"{"name":"contact","force":true,"reason":"並行の確認"}"#;

/// Who answers; where they did, their own mail is no longer wanted.
pub(super) const WHO: &str = "it-1@example.jp";

/// Where their telephone rings.
pub(super) const THEIRS: &str = "+81-0-0000-0006";

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
    /// What was given to the relay and to the gateway, in that order.
    pub(super) gone_out: Vec<GoneOut>,
    /// What the relay has.
    pub(super) mails: Vec<Received>,
    /// What the gateway has.
    pub(super) posts: Vec<hook::Received>,
    /// Which of the call-outs are drills.
    pub(super) drills: BTreeSet<String>,
    key: String,
}

/// What came of the cuts.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) problems: Vec<String>,
    /// So many mails and posts had gone out before them.
    pub(crate) gone_out: usize,
}

impl Judged {
    fn add(&mut self, at: &str, found: Self) {
        let problems = found.problems.into_iter();
        let problems = problems.map(|problem| format!("{at}: {problem}"));
        self.problems.extend(problems);
        self.gone_out += found.gone_out;
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

/// Begins a drill beside the events; its call-out.
fn drill(url: &str) -> String {
    let (status, told) = post(url, "/api/v1/drills", DRILL);
    assert_eq!(status, 202, "{told}");
    told["call_outs"][0].as_str().unwrap().to_owned()
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
        let gateway = HookServer::start(hook::Script::new()).await;
        let town = Town::new(server.port);
        town.rings(&gateway.url());
        let trace = town.folder.path().join("trace");
        let mut command = town.command(&["serve"]);
        command.envs(variables.iter().copied());
        let daemon = town.serve_by(recorded(&command, &trace));
        let (replies, drill) = std::thread::scope(|scope| {
            let url = daemon.url.as_str();
            let clients: Vec<_> = (0..CLIENTS)
                .map(|name| scope.spawn(move || client(url, name, events)))
                .collect();
            // Why after an event: what is begun while nothing real is open gives way to it.
            let first = client(url, CLIENTS, 1);
            let drill = drill(url);
            let clients = clients.into_iter();
            let replies: usize = clients.map(|client| client.join().unwrap()).sum();
            (first + 1 + replies, drill)
        });
        // Why the others: whoever answers before their mail leaves has none.
        let others = |copies: Vec<Copy>, called: &[&str]| {
            let others = copies
                .iter()
                .filter(|copy| called.contains(&&*copy.to) && copy.to != WHO && copy.to != THEIRS);
            others.count() >= (CLIENTS * events + 2) * (called.len() - 1)
        };
        let mails = |mails: &[Received]| others(copies(mails), &CALLED);
        server.until("the mails of all events", mails).await;
        let posts = |posts: &[hook::Received]| others(posted(posts), &RUNG);
        gateway.until("the posts of all events", posts).await;
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
        gateway.drained().await;
        let (gone_out, mails, posts) = (gone_out(&recording), server.mails(), gateway.posts());
        let whole = gone_out.iter().filter(|one| one.whole.is_some());
        let whole: BTreeSet<&str> = whole.map(|one| one.id.as_str()).collect();
        let came = [copies(&mails), posted(&posts)].concat();
        let came: BTreeSet<&str> = came.iter().map(|copy| copy.id.as_str()).collect();
        // Why not the same: one that the kill met may have been written down alone.
        let missed: Vec<_> = came.difference(&whole).collect();
        assert!(missed.is_empty(), "not recorded: {missed:?}: {words}");
        Self {
            recording,
            told,
            gone_out,
            mails,
            posts,
            drills: BTreeSet::from([drill]),
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
    /// as a message left, and at any time.
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

    /// Cuts the power just as a message leaves, for one in so many of them: whatever was
    /// not synced by then is lost.
    pub(crate) async fn cut_as_they_leave(&self, step: usize) -> Judged {
        let mut all = Judged::default();
        for one in self.gone_out.iter().step_by(step) {
            let left = self.left(one.begun, &mut Fate::Lost).await;
            all.add(&format!("as {} leaves", one.id), left);
        }
        all
    }

    /// What is wrong with what is left after so many calls.
    async fn left(&self, calls: usize, fate: &mut Fate) -> Judged {
        let folder = tempfile::tempdir().unwrap();
        self.recording.image(calls, fate, folder.path());
        let before = self.told.iter().filter(|(at, _)| *at <= calls);
        let before: BTreeSet<&Told> = before.map(|(_, told)| told).collect();
        let gone = self.gone_out.iter().filter(|one| one.begun <= calls);
        let gone: Vec<&GoneOut> = gone.collect();
        // Why: before anything was told there may be no store at all.
        let path = folder.path().join("muster.db");
        if before.is_empty() && gone.is_empty() && !path.exists() {
            return Judged::default();
        }
        let mut problems = judge(&path, &before, &gone).await;
        let key = std::fs::read_to_string(folder.path().join("link.key"));
        let is_needed = !before.is_empty() || !gone.is_empty();
        if is_needed && key.ok().as_ref() != Some(&self.key) {
            problems.push("the key of the links that went out is lost".to_owned());
        }
        Judged {
            problems,
            gone_out: gone.len(),
        }
    }

    /// What it came to.
    pub(crate) fn figures(&self) -> String {
        let calls = self.recording.len();
        let posts = self
            .gone_out
            .iter()
            .filter(|one| one.id.starts_with("msg_"));
        let posts = posts.count();
        let (replies, mails) = (self.told.len(), self.gone_out.len() - posts);
        format!("{calls} calls, {replies} replies, {mails} mails and {posts} posts")
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
    CALLED.iter().chain(&RUNG).all(has)
}

/// Opens what a cut left, as the next start does, and compares it with what
/// people were told, and with what had gone out.
async fn judge(path: &Path, before: &BTreeSet<&Told>, gone: &[&GoneOut]) -> Vec<String> {
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
    problems.extend(unknown_to(&mut connection, gone).await);
    problems
}
