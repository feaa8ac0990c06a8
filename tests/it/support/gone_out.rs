//! Mails and posts that had gone out before the power was cut.
//!
//! Owns which those are, as the recording has them, and what a store must know of
//! each. It must not know how the daemon writes, nor what it was told.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::SqliteConnection;

use super::oracle::number;
use super::recording::Recording;

/// A mail of which something was given to the relay, or a post that was given to the
/// gateway.
#[derive(Clone, Debug)]
pub(crate) struct GoneOut {
    /// After how many calls its text began to leave.
    pub(crate) begun: usize,
    /// After how many its dot had left, where it did.
    pub(crate) whole: Option<usize>,
    /// Its Message-ID or webhook-id.
    pub(crate) id: String,
    /// The call-out that it says it is of.
    call_out: String,
    /// The address that the relay or the gateway was given it for.
    to: String,
}

/// What the recording has of both, in the order in which they began to leave.
pub(crate) fn gone_out(recording: &Recording) -> Vec<GoneOut> {
    let mut all = mails(recording);
    all.extend(posts(recording));
    all.sort_by_key(|one| one.begun);
    all
}

/// The posts. Each leaves in one call, its head and its body together.
fn posts(recording: &Recording) -> Vec<GoneOut> {
    let posts = recording
        .said()
        .filter(|(.., text)| text.starts_with("POST "));
    let posts = posts.map(|(calls, _, text)| {
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
        let id = head
            .lines()
            .find_map(|line| line.strip_prefix("webhook-id: "));
        let body: Value = serde_json::from_str(body).expect("a whole body");
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        GoneOut {
            begun: calls,
            whole: Some(calls),
            id: id.expect("a post has its id").to_owned(),
            call_out: word(&body["call_out"]["id"]),
            to: word(&body["person"]["address"]),
        }
    });
    posts.collect()
}

/// The mails.
///
/// Why from the call on that begins to write one: whatever a line was given may have
/// come, whether that call came back or not.
fn mails(recording: &Recording) -> Vec<GoneOut> {
    let mut all: Vec<GoneOut> = Vec::new();
    let mut named: HashMap<&str, &str> = HashMap::new();
    let mut open: HashMap<&str, usize> = HashMap::new();
    for (calls, line, text) in recording.said() {
        // Why line by line: the next mail's envelope may leave in one write with a dot.
        for said in text.split("\r\n") {
            let in_brackets = |name| Some(said.strip_prefix(name)?.split_once('>')?.0);
            if let Some(to) = in_brackets("RCPT TO:<") {
                named.insert(line, to);
            } else if let Some(id) = in_brackets("Message-ID: <") {
                open.insert(line, all.len());
                all.push(GoneOut {
                    begun: calls,
                    whole: None,
                    id: id.to_owned(),
                    // `call-out.20261123-7k3f.18@example.jp`
                    call_out: id.split('.').nth(1).unwrap_or_default().to_owned(),
                    to: named
                        .get(line)
                        .map_or_else(String::new, |to| (*to).to_owned()),
                });
            } else if said == "."
                && let Some(mail) = open.remove(line)
            {
                all[mail].whole = Some(calls);
            }
        }
    }
    all
}

/// What a store, as the next start finds it, does not know of what had gone out: each is
/// kept as what it was, and as one that may have gone.
pub(crate) async fn unknown_to(store: &mut SqliteConnection, gone: &[&GoneOut]) -> Vec<String> {
    let sql = "SELECT id, call_out, address, state, attempts FROM notification";
    let rows: Vec<(i64, String, String, String, i64)> =
        sqlx::query_as(sql).fetch_all(store).await.unwrap();
    let rows: HashMap<i64, _> = rows.into_iter().map(|row| (row.0, row)).collect();
    let wrong = gone.iter().filter_map(|one| {
        let row = number(&one.id).and_then(|number| rows.get(&number));
        Some(match row {
            None => format!("{} had gone out and is not kept", one.id),
            Some((_, of, to, ..)) if *of != one.call_out || *to != one.to => {
                format!("{} had gone to {}, and is kept as another", one.id, one.to)
            }
            Some((.., state, attempts)) if state == "queued" || *attempts == 0 => {
                format!("{} had gone out, and is kept as untried", one.id)
            }
            Some(_) => return None,
        })
    });
    wrong.collect()
}
