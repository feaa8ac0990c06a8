//! The next start after a power cut, by the program itself.
//!
//! Owns a daemon on what a cut left, its relay and its gateway, and what is wrong with
//! what comes. It must not choose what is left: the recording does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use muster::clock::Draw;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::daemon::Town;
use super::hook::{self, HookServer};
use super::oracle::{CALLED, Copy, Oracle, RUNG, copies, link, posted};
use super::power::{Life, THEIRS, WHO};
use super::recording::Fate;
use super::smtp::{Received, SmtpServer};

/// What came of the next starts.
#[derive(Debug, Default)]
pub(crate) struct NextStarts {
    pub(crate) problems: Vec<String>,
    /// So many mails and posts had come before the cuts.
    pub(crate) before: usize,
    /// So many of them came again.
    pub(crate) again: usize,
    /// So many came that had not come before.
    pub(crate) after: usize,
}

/// The call-outs that are kept, and whom each still calls, by mail and by telephone.
async fn kept(state: &Path) -> [BTreeMap<String, BTreeSet<String>>; 2] {
    let options = SqliteConnectOptions::new().filename(state.join("muster.db"));
    let options = options.read_only(true);
    let mut store = SqliteConnection::connect_with(&options).await.unwrap();
    let sql = "SELECT id, EXISTS (SELECT 1 FROM acknowledgement WHERE call_out = call_out.id) \
         FROM call_out";
    let rows: Vec<(String, bool)> = sqlx::query_as(sql).fetch_all(&mut store).await.unwrap();
    store.close().await.unwrap();
    let called = |all: [&str; 4], answered: bool| {
        let called = all.into_iter();
        let called = called.filter(|to| !(answered && [WHO, THEIRS].contains(to)));
        called.map(str::to_owned).collect()
    };
    [CALLED, RUNG].map(|all| {
        let rows = rows.iter();
        rows.map(|(id, answered)| (id.clone(), called(all, *answered)))
            .collect()
    })
}

impl Life {
    /// The daemon is started on what so many cuts leave, each just as another message
    /// leaves: at every other one it comes, and at the rest it is lost with the power.
    pub(crate) async fn started_again(&self, seed: u64, starts: usize) -> NextStarts {
        let mut sum = NextStarts::default();
        let share = self.gone_out.len() / starts;
        for start in 0..starts {
            let mut draw = Draw::new(seed, &format!("start {start}"));
            let one = usize::try_from(draw.below(share as u64)).unwrap();
            let calls = self.gone_out[start * share + one].begun;
            let comes = start % 2 == 0;
            let mut fate = match start / 2 % 2 {
                0 => Fate::Lost,
                _ => Fate::Parts(draw),
            };
            let found = self.next_start(calls, comes, &mut fate).await;
            let at = format!("seed {seed}, start {start} after {calls} calls");
            let problems = found.problems.into_iter();
            sum.problems
                .extend(problems.map(|problem| format!("{at}: {problem}")));
            sum.before += found.before;
            sum.again += found.again;
            sum.after += found.after;
        }
        sum
    }

    /// The mails that had come to the relay after so many calls, and the posts that had
    /// to the gateway.
    fn had_come(&self, calls: usize, comes: bool) -> (Vec<Received>, Vec<hook::Received>) {
        let until = calls + usize::from(comes);
        let before = self.gone_out.iter();
        let before = before.filter(|one| one.whole.is_some_and(|whole| whole < until));
        let before: BTreeSet<&str> = before.map(|one| one.id.as_str()).collect();
        let came = |copies: Vec<Copy>| copies.iter().any(|copy| before.contains(&*copy.id));
        let mails = self.mails.iter();
        let mails = mails.filter(|mail| came(copies(std::slice::from_ref(*mail))));
        let posts = self.posts.iter();
        let posts = posts.filter(|post| came(posted(std::slice::from_ref(*post))));
        (mails.cloned().collect(), posts.cloned().collect())
    }

    /// One of them. Everybody who is called by what is kept hears, each message of before
    /// comes once more at most, as the same one, and the link of a mail leads somewhere.
    async fn next_start(&self, calls: usize, comes: bool, fate: &mut Fate) -> NextStarts {
        let (mails, posts) = self.had_come(calls, comes);
        let server = SmtpServer::start_with(mails.clone()).await;
        let gateway = Arc::new(HookServer::start_with(posts.clone()).await);
        let town = Town::new(server.port);
        town.rings(&gateway.url());
        let state = town.folder.path().join("state");
        self.recording.image(calls, fate, &state);
        let mut oracle = Oracle::default();
        let told = self.call_outs();
        oracle.gateway = Some(Arc::clone(&gateway));
        oracle.drills.clone_from(&self.drills);
        [oracle.called, oracle.rung] = kept(&state).await;
        oracle.called.retain(|id, _| told.contains(id.as_str()));
        oracle.rung.retain(|id, _| told.contains(id.as_str()));
        oracle.ended("", (&town, &server)).await;
        let daemon = town.serve();
        oracle.everybody_hears(&server).await;
        oracle.every_telephone_rings().await;
        let mut problems = Vec::new();
        for (call_out, path) in mails.iter().filter_map(link) {
            let (status, _) = daemon.call("GET", &path, None, None);
            if status != 200 {
                problems.push(format!("a link of {call_out} that had gone out: {status}"));
            }
        }
        oracle.stop(daemon, (&town, &server)).await;
        problems.extend(oracle.after(&town, &server).await);
        let ids = |mails: &[Received], posts: &[hook::Received]| -> BTreeSet<String> {
            let copies = copies(mails).into_iter().chain(posted(posts));
            copies.map(|copy| copy.id).collect()
        };
        let had = ids(&mails, &posts);
        let (all_mails, all_posts) = (server.mails(), gateway.posts());
        let came = ids(&all_mails[mails.len()..], &all_posts[posts.len()..]);
        NextStarts {
            problems,
            before: had.len(),
            again: came.intersection(&had).count(),
            after: came.difference(&had).count(),
        }
    }
}
