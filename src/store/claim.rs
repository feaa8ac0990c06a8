//! Taking what is due out of the outbox.
//!
//! Owns the order: channel by channel, within one the most urgent first. It
//! must not know what a message says.

use std::sync::LazyLock;

use jiff::Timestamp;
use rusqlite::{Connection, ToSql, params};
use sqlx::AssertSqlSafe;

use super::change::NEVER;
use super::codec::{micros, timestamp};
use super::read::{Claimed, draft};
use super::seal::Sealed;
use super::statement::{execute, text};
use super::{Claim, Error, Pending, Store, Write};
use crate::domain::id::CallOutId;
use crate::domain::notification::{Notification, URGENCIES};
use crate::domain::roster::ChannelName;

/// The channels that have open rows, found by skipping through the index.
const LANES: &str = "WITH RECURSIVE lane (channel) AS (\
     SELECT min(channel) FROM notification WHERE state IN ('queued', 'retry', 'unknown', 'sending') \
     UNION ALL SELECT (SELECT min(channel) FROM notification \
     WHERE state IN ('queued', 'retry', 'unknown', 'sending') AND channel > lane.channel) \
     FROM lane WHERE lane.channel IS NOT NULL)";

/// The earliest due time of each channel and urgency, but for some (`email 1`).
const DUE: &str = "SELECT min((SELECT due_at FROM notification \
     WHERE notification.channel = lane.channel AND urgency = class.value \
     AND state IN ('queued', 'retry', 'unknown', 'sending') ORDER BY due_at LIMIT 1)) \
     FROM lane, json_each($1) AS class WHERE lane.channel IS NOT NULL \
     AND lane.channel || ' ' || class.value NOT IN (SELECT value FROM json_each($2))";

/// So many messages that cannot be read are named together.
const NAMED: usize = 100;

/// What a claim could not read.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Messages: why, each with their numbers.
    messages: Vec<(String, Vec<i64>)>,
    /// What is no message, or one without a number.
    others: Vec<String>,
}

impl Unread {
    pub(super) fn add(&mut self, id: i64, why: String) {
        match self.messages.iter_mut().find(|(known, _)| *known == why) {
            Some((_, ids)) => ids.push(id),
            None => self.messages.push((why, vec![id])),
        }
    }

    /// The same of a message of which not even the number is known.
    pub(super) fn add_unnumbered(&mut self, why: &str) {
        self.others
            .push(format!("a message without a number: {why}"));
    }

    /// The same in words, one for each reason.
    pub(super) fn words(&self) -> impl Iterator<Item = String> {
        let messages = self.messages.iter().map(|(why, ids)| {
            let named: Vec<String> = ids.iter().take(NAMED).map(i64::to_string).collect();
            let left = match ids.len().saturating_sub(NAMED) {
                0 => String::new(),
                left => format!(" and {left} more"),
            };
            let what = if ids.len() == 1 {
                "message"
            } else {
                "messages"
            };
            format!("{what} {}{left}: {why}", named.join(", "))
        });
        messages.chain(self.others.iter().cloned())
    }
}

/// Claims what is due: of each channel and urgency what it has room for. Beside
/// it what cannot be read.
///
/// Invariant: a row that cannot be read, or is not what was written, ends as
/// dead and is said aloud; it takes no other with it.
pub(super) fn claim(
    connection: &Connection,
    wanted: &Claim,
) -> rusqlite::Result<(Vec<Claimed>, Unread)> {
    let (mut all, mut unreadable) = (Vec::new(), Unread::default());
    for channel in lanes(connection, &mut unreadable)? {
        let waiting = wanted.waiting.iter();
        let mut waiting = waiting.filter(|(name, _)| name.to_string() == channel);
        let waiting = waiting
            .next()
            .map(|(_, counts)| *counts)
            .unwrap_or_default();
        let left = waiting.map(|waiting| wanted.limit.saturating_sub(waiting));
        all.extend(one(connection, (wanted, &channel), left, &mut unreadable)?);
    }
    Ok((all, unreadable))
}

/// The channels that have open rows.
///
/// Invariant: one that is no text, as a damaged index gives it, costs no other its
/// messages. The index is made anew from the rows, which have seals of their own; a row
/// that says so itself ends as dead, or this would be done at each claim.
fn lanes(connection: &Connection, unreadable: &mut Unread) -> rusqlite::Result<Vec<String>> {
    let (found, damaged) = by_index(connection)?;
    if damaged.is_empty() {
        return Ok(found);
    }
    let damage = "the index of the messages that wait names a channel that is no text";
    tracing::error!("store: {damage}; it is made anew");
    unreadable.others.push(damage.to_owned());
    reindex(connection)?;
    let (found, damaged) = by_index(connection)?;
    for channel in damaged {
        let ended = execute(connection, NO_CHANNEL, [channel])?;
        let damage = format!("{ended} messages name a channel that is no text");
        tracing::error!("store: {damage}; they are not sent");
        unreadable.others.push(damage);
    }
    Ok(found)
}

/// Ends what names no channel that there can be.
const NO_CHANNEL: &str = "UPDATE notification SET state = 'dead', reason = 'content', \
     detail = 'its channel is no text' WHERE state IN ('queued', 'retry', 'unknown', 'sending') \
     AND (typeof(channel) <> 'text' OR CAST(channel AS BLOB) = ?1)";

/// Makes the index of what waits anew from the rows.
pub(super) fn reindex(connection: &Connection) -> rusqlite::Result<()> {
    execute(connection, "REINDEX notification_due", ()).map(drop)
}

/// The channels as the index has them; beside them the octets of those that are no text.
fn by_index(connection: &Connection) -> rusqlite::Result<(Vec<String>, Vec<Vec<u8>>)> {
    let sql = format!("{LANES} SELECT channel FROM lane WHERE channel IS NOT NULL");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let (mut found, mut damaged) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let channel = row.get_ref(0)?;
        match channel.as_str() {
            Ok(text) => found.push(text.to_owned()),
            Err(_) => damaged.push(channel.as_bytes().unwrap_or_default().to_vec()),
        }
    }
    Ok((found, damaged))
}

/// How many attempts ended so that nobody knows whether the message was taken.
///
/// Why only after one attempt: nearly everything is claimed for the first time.
const LOST: &str = "CASE WHEN attempts > 1 THEN (SELECT count(*) FROM delivery \
     WHERE delivery.notification = notification.id AND delivery.outcome = 'unknown') ELSE 0 END AS lost";

/// Claims of one channel: `?4` and after say how many of each urgency.
///
/// Why the state again: an index that is damaged names rows that are over.
pub(super) static CLAIM: LazyLock<String> = LazyLock::new(|| {
    let due = (0..URGENCIES).map(|urgency| {
        format!(
            "SELECT id FROM (SELECT id FROM notification WHERE channel = ?1 AND urgency = {urgency} AND due_at <= ?2 \
             AND state IN ('queued', 'retry', 'unknown', 'sending') ORDER BY due_at LIMIT ?{})",
            urgency + 4
        )
    });
    format!(
        "UPDATE notification SET state = 'sending', attempts = attempts + 1, lease = lease + 1, due_at = ?3 \
         WHERE id IN ({}) AND state IN ('queued', 'retry', 'unknown', 'sending') \
         RETURNING id, call_out, person, channel, address, purpose, stage, confirms, attempts, lease, created_at, urgency, seal, {LOST}",
        due.collect::<Vec<_>>().join(" UNION ALL ")
    )
});

/// Claims of one channel as many of each urgency.
fn one(
    connection: &Connection,
    (wanted, channel): (&Claim, &str),
    left: [u32; URGENCIES as usize],
    unreadable: &mut Unread,
) -> rusqlite::Result<Vec<Claimed>> {
    let (now, until) = (micros(wanted.now), micros(wanted.lease_until));
    let mut values: Vec<&dyn ToSql> = vec![&channel, &now, &until];
    values.extend(left.iter().map(|left| left as &dyn ToSql));
    let (mut found, mut bad) = (Vec::new(), Vec::new());
    let mut statement = connection.prepare_cached(&CLAIM)?;
    let mut rows = statement.query(&*values)?;
    while let Some(row) = rows.next()? {
        match claimed(row) {
            Ok(claimed) => found.push(claimed),
            Err(error) => match row.get("id") {
                Ok(id) => bad.push((id, error.to_string())),
                // Why left: there is no other name by which it could be ended.
                Err(_) => unreadable.add_unnumbered(&error.to_string()),
            },
        }
    }
    drop(rows);
    for (id, error) in bad {
        tracing::error!(notification.id = id, error = %error, "a message in the outbox cannot be read; it is not sent");
        let sql =
            "UPDATE notification SET state = 'dead', reason = 'content', detail = ?2 WHERE id = ?1";
        execute(connection, sql, params![id, error])?;
        unreadable.add(id, error);
    }
    Ok(found)
}

/// Reads a claimed row.
///
/// Invariant: only what is as it was written: nobody gets what was meant for
/// somebody else.
fn claimed(row: &rusqlite::Row<'_>) -> Result<Claimed, Error> {
    let sealed = Sealed::claimed(row)?;
    let names = [
        sealed.person,
        sealed.channel,
        sealed.address,
        sealed.purpose,
    ];
    sealed.check(text(row, "seal")?, true)?;
    Ok(Claimed {
        notification: Notification {
            id: sealed.id,
            call_out: sealed.call_out.into(),
            draft: draft(names, sealed.stage, sealed.confirms)?,
            created_at: timestamp(sealed.created_at),
            attempts: u32::try_from(row.get::<_, i64>("attempts")?).unwrap_or_default(),
            lost: row.get("lost")?,
        },
        lease: row.get("lease")?,
        urgency: row.get("urgency")?,
    })
}

/// What waits for a time that a clock gave which has been set back since is due
/// now. What is never due again stays.
///
/// Why all open states, and those that are sent left out again: only so is it the
/// index of what is open that is read, and not every message that ever was.
pub(super) fn hasten(
    connection: &Connection,
    now: Timestamp,
    latest: Timestamp,
) -> rusqlite::Result<u64> {
    execute(
        connection,
        "UPDATE notification SET due_at = ?1 WHERE id IN (SELECT id FROM notification \
         WHERE state IN ('queued', 'retry', 'unknown', 'sending') AND due_at > ?2 AND due_at < ?3) \
         AND state <> 'sending'",
        params![micros(now), micros(latest), NEVER],
    )
}

impl Store {
    /// Makes the index of what waits anew: where it is damaged it hides messages.
    pub fn reindex(&self) -> Pending<()> {
        self.queue(Write::Reindex)
    }

    /// Makes due what waits for a time after the `latest`, as after a clock was set back;
    /// how many messages.
    pub fn hasten(&self, now: Timestamp, latest: Timestamp) -> Pending<u64> {
        self.queue(|reply| Write::Hasten([now, latest], reply))
    }

    /// When the next notification is due, if any waits; those of some channels and
    /// urgencies left out.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn next_due(&self, except: &[(ChannelName, u8)]) -> Result<Option<Timestamp>, Error> {
        let except = except.iter();
        let except = except.map(|(channel, urgency)| format!("{channel} {urgency}"));
        let except: Vec<String> = except.collect();
        let classes: Vec<u8> = (0..URGENCIES).collect();
        let next: Option<i64> = sqlx::query_scalar(AssertSqlSafe(format!("{LANES} {DUE}")))
            .bind(serde_json::json!(classes).to_string())
            .bind(serde_json::json!(except).to_string())
            .fetch_one(&self.own)
            .await?;
        Ok(next.map(timestamp))
    }

    /// How many notifications are waiting and due by now.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn waiting(&self, now: Timestamp) -> Result<u64, Error> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM notification WHERE state IN ('queued', 'retry', 'unknown', 'sending') \
             AND due_at <= $1",
        )
        .bind(micros(now))
        .fetch_one(&self.readers)
        .await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// When the last attempt to send was settled.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn last_attempt(&self) -> Result<Option<Timestamp>, Error> {
        let last: Option<i64> =
            sqlx::query_scalar("SELECT at FROM delivery ORDER BY rowid DESC LIMIT 1")
                .fetch_optional(&self.readers)
                .await?;
        Ok(last.map(timestamp))
    }

    /// Whether something of a call-out that asks has waited since before a time,
    /// and is due now.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn has_unsent(
        &self,
        id: &CallOutId,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let found: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM notification WHERE call_out = $1 AND asks \
             AND state IN ('queued', 'retry', 'unknown', 'sending') AND created_at <= $2 \
             AND (due_at <= $3 OR state = 'sending'))",
        )
        .bind(id.as_str())
        .bind(micros(before))
        .bind(micros(now))
        .fetch_one(&self.own)
        .await?;
        Ok(found)
    }
}
