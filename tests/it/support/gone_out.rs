//! Mails that had gone out before the power was cut.
//!
//! Owns which those are, as the recording has them, and what a store must know of
//! each. It must not know how the daemon writes, nor what it was told.

use std::collections::HashMap;

use sqlx::SqliteConnection;

use super::recording::Recording;

/// A mail of which something was given to the relay.
#[derive(Clone, Debug)]
pub(crate) struct GoneOut {
    /// After how many calls its text began to leave.
    pub(crate) begun: usize,
    /// After how many its dot had left, where it did.
    pub(crate) whole: Option<usize>,
    /// Its Message-ID.
    pub(crate) id: String,
    /// The address that the relay was given it for.
    to: String,
}

/// The mails that the recording has, in the order in which they began to leave.
///
/// Why from the call on that begins to write one: whatever a line was given may have
/// come, whether that call came back or not.
pub(crate) fn gone_out(recording: &Recording) -> Vec<GoneOut> {
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

/// What a store, as the next start finds it, does not know of mails that had gone out:
/// each is kept as what it was, and as one that may have gone.
pub(crate) async fn unknown_to(store: &mut SqliteConnection, mails: &[&GoneOut]) -> Vec<String> {
    let sql = "SELECT id, call_out, address, state, attempts FROM notification";
    let rows: Vec<(i64, String, String, String, i64)> =
        sqlx::query_as(sql).fetch_all(store).await.unwrap();
    let rows: HashMap<i64, _> = rows.into_iter().map(|row| (row.0, row)).collect();
    let wrong = mails.iter().filter_map(|mail| {
        // `call-out.20261123-7k3f.18@example.jp`
        let name = mail.id.split('@').next().unwrap_or_default();
        let mut parts = name.split('.').skip(1);
        let call_out = parts.next().unwrap_or_default();
        let number = parts.next().and_then(|number| number.parse().ok());
        let row = number.and_then(|number: i64| rows.get(&number));
        Some(match row {
            None => format!("{} had gone out and is not kept", mail.id),
            Some((_, of, to, ..)) if of != call_out || *to != mail.to => {
                format!(
                    "{} had gone to {}, and is kept as another",
                    mail.id, mail.to
                )
            }
            Some((.., state, attempts)) if state == "queued" || *attempts == 0 => {
                format!("{} had gone out, and is kept as untried", mail.id)
            }
            Some(_) => return None,
        })
    });
    wrong.collect()
}
