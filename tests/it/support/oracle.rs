//! What must hold of what the receivers saw and of what is kept, whatever was done
//! to the daemon.
//!
//! Owns the invariants I1 to I3 and I6 to I8 of `docs/reliability.md` for a
//! process, its mails and its posts to a gateway. It must not know what was done: only
//! what was told, what came, when each life of the daemon ended, and what it said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mail_parser::MessageParser;
use muster::store::{Durability, Error, Settings, Store};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::daemon::{READER, Served, TOKEN, Town};
use super::hook::{self, HookServer};
use super::marks::{self, is_notice, tells_of_itself};
use super::smtp::{Received, SmtpServer};

/// Whom a security incident that affects residents calls by mail in the example town.
pub(crate) const CALLED: [&str; 4] = [
    "deputy-mayor@example.jp",
    "it-manager@example.jp",
    "it-1@example.jp",
    "it-2@example.jp",
];

/// Where it rings by a gateway.
pub(crate) const RUNG: [&str; 4] = [
    "+81-0-0000-0002",
    "+81-0-0000-0005",
    "+81-0-0000-0006",
    "+81-0-0000-0007",
];

/// A copy of a message that a receiver had whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    /// To whom.
    pub(crate) to: String,
    /// Its Message-ID, or its webhook-id.
    pub(crate) id: String,
    /// The call-out that it belongs to.
    pub(crate) call_out: String,
}

/// What came, mail by mail.
pub(crate) fn copies(mails: &[Received]) -> Vec<Copy> {
    let parser = MessageParser::default();
    let each = mails.iter().flat_map(|mail| {
        let message = parser.parse(&mail.data).expect("a mail that can be read");
        let id = message.message_id().expect("a Message-ID").to_owned();
        // `call-out.20261123-7k3f.18@example.jp`
        let call_out = id.split('.').nth(1).unwrap_or_default().to_owned();
        mail.to.iter().map(move |to| Copy {
            to: to.clone(),
            id: id.clone(),
            call_out: call_out.clone(),
        })
    });
    each.collect()
}

/// The call-out of a mail, and the path of the link in it.
pub(crate) fn link(mail: &Received) -> Option<(String, String)> {
    let mail = MessageParser::default().parse(&mail.data)?;
    let call_out = mail.message_id()?.split('.').nth(1)?.to_owned();
    let text = mail.body_text(0)?;
    let path = text[text.find("/a/")?..].split_whitespace().next()?;
    Some((call_out, path.to_owned()))
}

/// What came at a gateway, post by post.
pub(crate) fn posted(posts: &[hook::Received]) -> Vec<Copy> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let each = posts.iter().map(|post| {
        let body: Value = serde_json::from_str(&post.body).expect("a post that can be read");
        Copy {
            to: word(&body["person"]["address"]),
            id: post.header("webhook-id").to_owned(),
            // What tells of the daemon's own matters belongs to none.
            call_out: match tells_of_itself(&body) {
                true => String::new(),
                false => word(&body["call_out"]["id"]),
            },
        }
    });
    each.collect()
}

/// The end of a life of the daemon.
#[derive(Clone, Debug, Default)]
struct End {
    /// So many mails had come by then.
    seen: usize,
    /// So many posts had.
    posted: usize,
    /// The messages of which it did not know what had become.
    unsettled: BTreeSet<i64>,
}

/// What was told, and what an undisturbed run makes of it.
#[derive(Clone, Default)]
pub(crate) struct Oracle {
    /// The call-outs of all events that were told, with everybody whom each
    /// calls.
    pub(crate) called: BTreeMap<String, BTreeSet<String>>,
    /// The gateway by which telephones ring, where the town has one.
    pub(crate) gateway: Option<Arc<HookServer>>,
    /// The same call-outs, with the numbers at which each rings.
    pub(crate) rung: BTreeMap<String, BTreeSet<String>>,
    /// Those of the call-outs that are drills.
    pub(crate) drills: BTreeSet<String>,
    /// How each life of the daemon ended, oldest first.
    ends: Vec<End>,
    /// What each message was for, and in which stage, as it was kept.
    kinds: BTreeMap<i64, (String, i64)>,
    /// The last entry of each account at the end of a life: its number and its hash.
    heads: BTreeMap<String, (i64, String)>,
    /// Accounts that did not go on from there.
    cut: Vec<String>,
    /// Everything that it said.
    said: String,
}

impl Oracle {
    /// An event calls these people.
    pub(crate) fn calls(&mut self, call_out: &str, people: &[&str]) {
        let people = people.iter().map(|to| (*to).to_owned()).collect();
        self.called.insert(call_out.to_owned(), people);
    }

    /// It rings at these numbers.
    pub(crate) fn rings(&mut self, call_out: &str, numbers: &[&str]) {
        let numbers = numbers.iter().map(|to| (*to).to_owned()).collect();
        self.rung.insert(call_out.to_owned(), numbers);
    }

    /// The daemon is killed.
    pub(crate) async fn kill(&mut self, daemon: Served, (town, server): (&Town, &SmtpServer)) {
        let words = daemon.kill();
        self.ended(&words, (town, server)).await;
    }

    /// The daemon is asked to stop, and does.
    pub(crate) async fn stop(&mut self, daemon: Served, (town, server): (&Town, &SmtpServer)) {
        daemon.signal("-TERM");
        let (code, words) = daemon.last_words();
        assert_eq!(code, Some(0), "{words}");
        self.ended(&words, (town, server)).await;
    }

    /// The daemon has ended, and had said this.
    pub(crate) async fn ended(&mut self, words: &str, (town, server): (&Town, &SmtpServer)) {
        self.said.push_str(words);
        // What it had handed over is with the relay by then.
        server.drained().await;
        let mut posted = 0;
        if let Some(gateway) = &self.gateway {
            gateway.drained().await;
            posted = gateway.posts().len();
        }
        let path = town.folder.path().join("state/muster.db");
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let mut store = SqliteConnection::connect_with(&options).await.unwrap();
        let rows = "SELECT id FROM notification WHERE state IN ('sending', 'unknown')";
        let rows: Vec<i64> = sqlx::query_scalar(rows)
            .fetch_all(&mut store)
            .await
            .unwrap();
        let kinds = "SELECT id, purpose, stage FROM notification";
        let kinds: Vec<(i64, String, i64)> =
            sqlx::query_as(kinds).fetch_all(&mut store).await.unwrap();
        let kinds = kinds
            .into_iter()
            .map(|(id, purpose, stage)| (id, (purpose, stage)));
        self.kinds.extend(kinds);
        self.accounts(&mut store).await;
        // Why: a disk with an open file cannot be made read-only.
        store.close().await.unwrap();
        self.ends.push(End {
            seen: server.mails().len(),
            posted,
            unsettled: rows.into_iter().collect(),
        });
    }

    /// I7: each account goes on from where it stood at the end of the life before.
    async fn accounts(&mut self, store: &mut SqliteConnection) {
        let entries = "SELECT call_out, seq, hash FROM journal ORDER BY call_out, seq";
        let entries: Vec<(String, i64, String)> =
            sqlx::query_as(entries).fetch_all(store).await.unwrap();
        let mut kept = BTreeMap::new();
        for (call_out, seq, hash) in entries {
            let head = self.heads.get(&call_out);
            if head.is_some_and(|head| *head == (seq, hash.clone())) {
                self.heads.remove(&call_out);
            }
            kept.insert(call_out, (seq, hash));
        }
        let lost = std::mem::replace(&mut self.heads, kept).into_iter();
        let words = |(call_out, (seq, _))| {
            format!("I7: the account of {call_out} no longer holds its entry {seq}")
        };
        self.cut.extend(lost.map(words));
    }

    /// Waits until whoever is called has heard.
    pub(crate) async fn everybody_hears(&self, server: &SmtpServer) {
        let wanted = self.called.values().map(BTreeSet::len).sum();
        let (mut heard, mut read) = (BTreeSet::new(), 0);
        // Step by step, so that each has the time that a test waits.
        for so_many in (0..wanted).step_by(50).chain([wanted]) {
            server
                .until("everybody", |mails| {
                    for copy in copies(&mails[read..]) {
                        // Why those alone: an event whose teller was never answered calls
                        // people as well.
                        let called = self.called.get(&copy.call_out);
                        if called.is_some_and(|called| called.contains(&copy.to)) {
                            heard.insert((copy.call_out, copy.to));
                        }
                    }
                    read = mails.len();
                    heard.len() >= so_many
                })
                .await;
        }
    }

    /// Waits until each telephone has rung that is to.
    pub(crate) async fn every_telephone_rings(&self) {
        let Some(gateway) = &self.gateway else { return };
        let wanted: usize = self.rung.values().map(BTreeSet::len).sum();
        let (mut rung, mut read) = (BTreeSet::new(), 0);
        let all = |posts: &[hook::Received]| {
            for copy in posted(&posts[read..]) {
                let numbers = self.rung.get(&copy.call_out);
                if numbers.is_some_and(|numbers| numbers.contains(&copy.to)) {
                    rung.insert((copy.call_out, copy.to));
                }
            }
            read = posts.len();
            rung.len() >= wanted
        };
        gateway.until("every telephone", all).await;
    }

    /// A call-out has come to its last stage, of that number. Waits until each mail that
    /// any of them has for somebody has come: calls, reminders, and who is told.
    pub(crate) async fn each_mail_comes(
        &mut self,
        call_out: &str,
        last: i64,
        (town, server): (&Town, &SmtpServer),
    ) {
        let path = town.folder.path().join("state/muster.db");
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let mut store = SqliteConnection::connect_with(&options).await.unwrap();
        let rows = "SELECT id, stage, address FROM notification \
                    WHERE channel = 'email' AND call_out = $1 AND state <> 'withdrawn'";
        let rows: Vec<(i64, i64, String)> = sqlx::query_as(rows)
            .bind(call_out)
            .fetch_all(&mut store)
            .await
            .unwrap();
        store.close().await.unwrap();
        let stages: BTreeSet<i64> = rows.iter().map(|(_, stage, _)| *stage).collect();
        assert_eq!(stages, (1..=last).collect(), "{rows:?}");
        let mut left: BTreeSet<i64> = rows.iter().map(|(id, ..)| *id).collect();
        let came = |mails: &[Received]| {
            for copy in copies(mails) {
                number(&copy.id).map(|number| left.remove(&number));
            }
            left.is_empty()
        };
        server.until("each mail of each stage", came).await;
        let people = rows.into_iter().map(|(.., to)| to).collect();
        self.called.insert(call_out.to_owned(), people);
    }

    /// Everything that is wrong after the last life: with what came, what is kept
    /// and what was said.
    pub(crate) async fn after(&self, town: &Town, server: &SmtpServer) -> Vec<String> {
        let mails = server.mails();
        let mut problems = self.problems(&copies(&mails));
        if let Some(gateway) = &self.gateway {
            let posts = gateway.posts();
            problems.extend(marks::of_posts(&posts, &self.drills));
            let posts = posted(&posts);
            problems.extend(self.again(&posts, |end| end.posted));
            problems.extend(self.heard(&posts, &self.rung));
        }
        problems.extend(marks::of_mails(&mails, &self.drills));
        problems.extend(kept(town).await);
        problems.extend(self.cut.iter().cloned());
        let leaks = self.leaks(town, &mails);
        problems.extend(leaks.iter().map(|leak| format!("I6: the log tells {leak}")));
        problems
    }

    /// Everything that is wrong with the mails that came.
    pub(crate) fn problems(&self, seen: &[Copy]) -> Vec<String> {
        let mut problems = self.again(seen, |end| end.seen);
        problems.extend(self.heard(seen, &self.called));
        problems
    }

    /// I1 to I3: who heard nothing by one way, who heard of what nobody told, and who
    /// got two messages for one.
    fn heard(&self, seen: &[Copy], wanted: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
        let mut problems = Vec::new();
        let mut call_outs: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
        // A notice to administrators calls nobody.
        let calls = |copy: &&Copy| !is_notice(&copy.id) && !copy.call_out.is_empty();
        for copy in seen.iter().filter(calls) {
            let people = call_outs.entry(&copy.call_out).or_default();
            people.entry(&copy.to).or_default().push(&copy.id);
        }
        for (call_out, called) in wanted {
            for person in called {
                let came = call_outs.get(call_out.as_str());
                if !came.is_some_and(|people| people.contains_key(person.as_str())) {
                    problems.push(format!("I1: {person} heard nothing of {call_out}"));
                }
            }
        }
        for (call_out, people) in &call_outs {
            if !wanted.contains_key(*call_out) {
                problems.push(format!("I3: nobody told of {call_out}: {people:?}"));
            }
            for (person, ids) in people {
                let mut said = BTreeMap::new();
                for id in ids {
                    let kind = number(id).and_then(|number| self.kinds.get(&number));
                    if kind.is_none() {
                        problems.push(format!("I2: {person} got {id}, and no such mail is kept"));
                    }
                    if said.insert(kind, id).is_some_and(|before| before != id) {
                        problems.push(format!("I2: {person} got different messages: {ids:?}"));
                    }
                }
            }
        }
        problems
    }

    /// I2: within one life nothing comes twice, and from one life to another only
    /// that of which nobody knew at every end between.
    fn again(&self, seen: &[Copy], by_then: impl Fn(&End) -> usize) -> Vec<String> {
        let mut problems = Vec::new();
        let mut before: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let life = |at: usize| self.ends.iter().filter(|end| by_then(end) <= at).count();
        for (at, copy) in seen.iter().enumerate() {
            let (Copy { to, id, .. }, now) = (copy, life(at));
            let Some(last) = before.insert((to, id), now) else {
                continue;
            };
            if last == now {
                problems.push(format!("I2: {to} got {id} twice in life {now}"));
            }
            let number = number(id);
            for end in &self.ends[last..now] {
                if !number.is_some_and(|number| end.unsettled.contains(&number)) {
                    problems.push(format!("I2: {to} got {id} again, which was settled"));
                }
            }
        }
        problems
    }

    /// Every address, link and token that the log tells.
    pub(crate) fn leaks(&self, town: &Town, mails: &[Received]) -> BTreeSet<String> {
        let mut secrets: BTreeSet<String> = [TOKEN, READER].map(str::to_owned).into();
        secrets.extend(mails.iter().flat_map(|mail| mail.to.clone()));
        let roster = std::fs::read_to_string(town.config().join("roster.toml")).unwrap();
        let words = roster.split('"');
        secrets.extend(
            words
                .filter(|word| word.contains('@') || word.starts_with("+81"))
                .map(str::to_owned),
        );
        let key = town.folder.path().join("state/link.key");
        let key = std::fs::read_to_string(key).unwrap_or_default();
        secrets.extend(key.split_whitespace().filter(long).map(str::to_owned));
        let parser = MessageParser::default();
        for mail in mails {
            let text = parser.parse(&mail.data).and_then(|mail| {
                let text = mail.body_text(0)?;
                let (_, link) = text.split_once("/a/")?;
                link.split_whitespace().next().map(str::to_owned)
            });
            secrets.extend(text);
        }
        secrets.retain(|secret| self.said.contains(secret));
        secrets
    }
}

/// The number of a message, by its Message-ID or its webhook-id.
pub(super) fn number(id: &str) -> Option<i64> {
    if let Some(number) = id.strip_prefix("msg_") {
        return number.parse().ok();
    }
    let name = id.split('@').next()?;
    name.rsplit('.').next()?.parse().ok()
}

/// Long enough for a secret.
fn long(word: &&str) -> bool {
    word.len() >= 16
}

/// What is kept, opened in a copy, so that the next life finds what the last one left.
pub(crate) async fn a_copy(town: &Town) -> Result<(tempfile::TempDir, Store), Error> {
    let copy = tempfile::tempdir().unwrap();
    let state = town.folder.path().join("state");
    for file in ["muster.db", "muster.db-wal"] {
        let from = state.join(file);
        if from.exists() {
            std::fs::copy(from, copy.path().join(file)).unwrap();
        }
    }
    let settings = Settings {
        path: copy.path().join("muster.db"),
        durability: Durability::Off,
    };
    let store = Store::open(&settings).await?;
    Ok((copy, store))
}

/// I7: every account is a chain, and the store is whole.
async fn kept(town: &Town) -> Vec<String> {
    let (copy, store) = match a_copy(town).await {
        Ok(opened) => opened,
        Err(error) => return vec![format!("the store does not open: {error}")],
    };
    let path = copy.path().join("muster.db");
    let mut problems = Vec::new();
    for summary in store.with_notices(10_000).await.unwrap() {
        if let Some(entry) = store.broken_entry(&summary.id).await.unwrap() {
            let id = summary.id;
            problems.push(format!("I7: the account of {id} breaks at {entry}"));
        }
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut store = SqliteConnection::connect_with(&options).await.unwrap();
    let checked: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut store)
        .await
        .unwrap();
    if checked != ["ok"] {
        problems.push(format!("the store is damaged: {checked:?}"));
    }
    problems
}
