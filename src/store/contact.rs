//! Mail addresses, whether each was asked to confirm itself, and what came of
//! it; and what is known of every contact from what was sent and answered.
//!
//! Owns these rows. A row is written before anything is sent, so that nobody
//! is asked twice. It must not decide who is asked: `domain::contact` does.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::codec::{micros, timestamp};
use super::statement::execute;
use super::{Error, Pending, Store, Write};
use crate::domain::contact::{Address, Key, Known, MAILS, State, Step};
use crate::domain::id::PersonId;
use crate::domain::roster::{ChannelName, Contact};

/// What came of one mail to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It went out, or perhaps did; once more then.
    Sent(Option<Timestamp>),
    /// It did not go out, and is tried again then.
    Later(Timestamp),
    /// It did not go out, and nobody tries again; why.
    GivenUp(String),
    /// The address does not exist; the other side's words.
    Dead(String),
}

/// A write of one of these rows.
pub(super) enum Row {
    Review(String, Timestamp),
    Resume(Option<Timestamp>),
    Claim { id: i64, mails: u32 },
    Drop(i64, State),
    Settle(i64, Ended, Timestamp),
    Confirm(i64, Timestamp),
    Bury(i64, String, Timestamp),
    Report(super::contact_change::New, Timestamp),
    Decide(super::contact_change::Decided),
}

type Result<T> = rusqlite::Result<T>;

impl Row {
    /// How many rows it changed.
    pub(super) fn write(&self, connection: &Connection) -> Result<u64> {
        match self {
            Self::Review(steps, now) => review(connection, steps, *now),
            Self::Resume(again) => resume(connection, *again),
            Self::Claim { id, mails } => claim(connection, *id, *mails),
            Self::Drop(id, to) => drop_due(connection, *id, *to),
            Self::Settle(id, ended, now) => settle(connection, *id, ended, *now),
            Self::Confirm(id, now) => confirm(connection, *id, *now),
            Self::Bury(id, why, now) => bury(connection, *id, why, *now),
            Self::Report(new, now) => new.write(connection, *now),
            Self::Decide(decided) => decided.write(connection),
        }
    }
}

fn review(connection: &Connection, steps: &str, now: Timestamp) -> Result<u64> {
    let new = execute(
        connection,
        "INSERT INTO contact (person, address, known_at, state, due_at, asked_at) \
         SELECT value ->> 0, value ->> 1, ?2, value ->> 2, \
         CASE WHEN value ->> 2 = 'waiting' THEN ?2 END, \
         CASE WHEN value ->> 2 = 'waiting' THEN ?2 END \
         FROM json_each(?1) WHERE value ->> 3 IS NULL ON CONFLICT (person, address) DO NOTHING",
        params![steps, micros(now)],
    )?;
    // Why: whoever asks for a mail meanwhile changes the state; that stands.
    let changed = execute(
        connection,
        "UPDATE contact SET state = s.value ->> 2, attempts = 0, \
         due_at = CASE WHEN s.value ->> 2 = 'waiting' THEN ?2 END, \
         asked_at = CASE WHEN s.value ->> 2 = 'waiting' THEN ?2 ELSE asked_at END \
         FROM json_each(?1) s WHERE s.value ->> 3 IS NOT NULL AND contact.person = s.value ->> 0 \
         AND contact.address = s.value ->> 1 AND contact.state = s.value ->> 3",
        params![steps, micros(now)],
    )?;
    Ok(new + changed)
}

/// Why: what was being sent as a daemon ended perhaps went out, and nobody is
/// asked twice for a machine's sake.
fn resume(connection: &Connection, again: Option<Timestamp>) -> Result<u64> {
    let done = execute(
        connection,
        "UPDATE contact SET state = 'asked', attempts = 0, \
         due_at = CASE WHEN mails < ?1 AND confirmed_at IS NULL THEN ?2 END \
         WHERE state = 'sending'",
        params![i64::from(MAILS), again.map(micros)],
    )?;
    Ok(done)
}

fn claim(connection: &Connection, id: i64, mails: u32) -> Result<u64> {
    let done = execute(
        connection,
        "UPDATE contact SET state = 'sending', mails = mails + 1, attempts = attempts + 1, \
         due_at = NULL WHERE id = ?1 AND mails = ?2 AND mails < ?3 AND due_at IS NOT NULL \
         AND confirmed_at IS NULL AND state IN ('waiting', 'asked')",
        params![id, i64::from(mails), i64::from(MAILS)],
    )?;
    Ok(done)
}

fn drop_due(connection: &Connection, id: i64, to: State) -> Result<u64> {
    let done = execute(
        connection,
        "UPDATE contact SET due_at = NULL, \
         state = CASE WHEN state = 'waiting' THEN ?2 ELSE state END WHERE id = ?1",
        params![id, to.name()],
    )?;
    Ok(done)
}

fn settle(connection: &Connection, id: i64, ended: &Ended, now: Timestamp) -> Result<u64> {
    let (sql, due, words) = match ended {
        Ended::Sent(again) => (
            "UPDATE contact SET state = 'asked', attempts = 0, sent_at = ?2, detail = ?4, \
             due_at = CASE WHEN confirmed_at IS NULL THEN ?3 END \
             WHERE id = ?1 AND state = 'sending'",
            *again,
            None,
        ),
        Ended::Later(at) => (
            "UPDATE contact SET state = CASE WHEN mails > 1 THEN 'asked' ELSE 'waiting' END, \
             mails = mails - 1, due_at = CASE WHEN ?2 > 0 AND confirmed_at IS NULL THEN ?3 END, \
             detail = ?4 WHERE id = ?1 AND state = 'sending'",
            Some(*at),
            None,
        ),
        Ended::GivenUp(why) => (
            "UPDATE contact SET state = CASE WHEN mails > 1 THEN 'asked' ELSE 'failed' END, \
             mails = mails - 1, due_at = CASE WHEN ?2 < 0 THEN ?3 END, detail = ?4 \
             WHERE id = ?1 AND state = 'sending'",
            None,
            Some(why),
        ),
        Ended::Dead(why) => (
            "UPDATE contact SET state = 'dead', dead_at = ?2, due_at = ?3, detail = ?4 \
             WHERE id = ?1 AND state = 'sending'",
            None,
            Some(why),
        ),
    };
    let done = execute(
        connection,
        sql,
        params![id, micros(now), due.map(micros), words],
    )?;
    Ok(done)
}

fn confirm(connection: &Connection, id: i64, now: Timestamp) -> Result<u64> {
    let done = execute(
        connection,
        "UPDATE contact SET confirmed_at = ?2, due_at = NULL \
         WHERE id = ?1 AND confirmed_at IS NULL",
        params![id, micros(now)],
    )?;
    Ok(done)
}

fn bury(connection: &Connection, id: i64, why: &str, now: Timestamp) -> Result<u64> {
    let done = execute(
        connection,
        "UPDATE contact SET state = 'dead', dead_at = ?2, due_at = NULL, detail = ?3 \
         WHERE id = ?1 AND mails > 0 AND state <> 'dead'",
        params![id, micros(now), why],
    )?;
    Ok(done)
}

impl Store {
    pub(super) fn contact_row(&self, row: Row) -> Pending<u64> {
        self.queue(|reply| Write::Contact(Box::new(row), reply))
    }

    /// Keeps what an edition makes of the addresses.
    pub fn review_addresses(&self, steps: &[Step], now: Timestamp) -> Pending<u64> {
        let steps: Vec<Value> = steps
            .iter()
            .map(|step| {
                let Key { person, address } = &step.key;
                let from = step.from.map(State::name);
                json!([person.as_str(), address, step.to.name(), from])
            })
            .collect();
        self.contact_row(Row::Review(Value::Array(steps).to_string(), now))
    }

    /// As the daemon starts: what was being sent is taken to have gone out,
    /// and is asked once more then.
    pub fn resume_addresses(&self, again: Option<Timestamp>) -> Pending<u64> {
        self.contact_row(Row::Resume(again))
    }

    /// Takes an address for one mail; nothing where somebody was faster, or
    /// it is no longer wanted.
    pub fn claim_address(&self, address: &Address) -> Pending<u64> {
        self.contact_row(Row::Claim {
            id: address.id,
            mails: address.mails,
        })
    }

    /// Nothing more is sent to an address; where it stands if nothing was.
    pub fn drop_address(&self, id: i64, to: State) -> Pending<u64> {
        self.contact_row(Row::Drop(id, to))
    }

    /// Keeps what came of a mail.
    pub fn settle_address(&self, id: i64, ended: Ended, now: Timestamp) -> Pending<u64> {
        self.contact_row(Row::Settle(id, ended, now))
    }

    /// Keeps that a person confirmed an address; the first time stands.
    pub fn confirm_address(&self, id: i64, now: Timestamp) -> Pending<u64> {
        self.contact_row(Row::Confirm(id, now))
    }

    /// Keeps that a mail to an address came back; once.
    pub fn bury_address(&self, id: i64, why: String, now: Timestamp) -> Pending<u64> {
        self.contact_row(Row::Bury(id, why, now))
    }

    /// Every address that is known, or those of one person.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn addresses(
        &self,
        person: Option<&PersonId>,
    ) -> std::result::Result<Vec<Address>, Error> {
        let rows = sqlx::query(
            "SELECT id, person, address, state, mails, attempts, due_at, sent_at, confirmed_at, dead_at \
             FROM contact WHERE $1 IS NULL OR person = $1 ORDER BY id",
        )
        .bind(person.map(PersonId::as_str))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(address).collect()
    }

    /// An address by its number.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn address(&self, id: i64) -> std::result::Result<Option<Address>, Error> {
        let row = sqlx::query(
            "SELECT id, person, address, state, mails, attempts, due_at, sent_at, confirmed_at, dead_at \
             FROM contact WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(address).transpose()
    }

    /// The address that is to be sent something first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn next_address(&self) -> std::result::Result<Option<Address>, Error> {
        let row = sqlx::query(
            "SELECT id, person, address, state, mails, attempts, due_at, sent_at, confirmed_at, dead_at \
             FROM contact WHERE due_at IS NOT NULL ORDER BY due_at, id LIMIT 1",
        )
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(address).transpose()
    }

    /// What is known of every contact that was tried in call-outs and drills
    /// since a time, or of those of one person. A mail that was taken before
    /// the second time comes back no more.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn reached(
        &self,
        (since, stayed): (Timestamp, Timestamp),
        person: Option<&PersonId>,
    ) -> std::result::Result<HashMap<(PersonId, Contact), Known>, Error> {
        // Why two texts: the call-outs since then, and the messages of one person
        // in each, stand in indexes, and an `OR` would keep the person out of them.
        let (of_sent, of_answered) = match person {
            Some(_) => ("AND n.person = $2", "AND a.person = $2"),
            None => ("", ""),
        };
        let sent = format!(
            "SELECT n.person, n.channel, n.address, \
             max(CASE WHEN n.state = 'accepted' THEN n.settled_at END) AS accepted_at, \
             max(CASE WHEN n.state = 'accepted' AND (n.channel <> 'email' OR n.settled_at <= $3) \
             THEN n.settled_at END) AS stayed_at, \
             max(CASE WHEN n.state = 'dead' AND n.reason = 'address' THEN n.settled_at END) \
             AS refused_at, \
             max(CASE WHEN n.state = 'dead' AND n.reason <> 'address' THEN n.settled_at END) \
             AS failed_at, NULL AS answered_at FROM call_out c CROSS JOIN notification n \
             WHERE c.opened_at >= $1 AND n.call_out = c.id {of_sent} \
             GROUP BY n.person, n.channel, n.address",
        );
        // Why: where a person was written to at several addresses, an answer
        // does not say from which it came, and proves none of them.
        let answered = format!(
            "SELECT person, channel, address, NULL AS accepted_at, NULL AS stayed_at, \
             NULL AS refused_at, NULL AS failed_at, max(at) AS answered_at FROM (\
             SELECT a.person AS person, min(n.channel) AS channel, min(n.address) AS address, \
             a.at AS at FROM call_out c CROSS JOIN acknowledgement a CROSS JOIN notification n \
             WHERE c.opened_at >= $1 AND a.call_out = c.id {of_answered} \
             AND n.call_out = a.call_out AND n.person = a.person AND n.created_at <= a.at \
             AND n.state = 'accepted' AND a.body ->> '$.via' IN ('link:' || n.channel, \
             CASE n.channel WHEN 'email' THEN 'reply' END) \
             AND NOT coalesce(a.body ->> '$.doubtful', 0) \
             GROUP BY a.call_out, a.number HAVING count(DISTINCT n.address) = 1) \
             GROUP BY person, channel, address",
        );
        let mut known: HashMap<(PersonId, Contact), Known> = HashMap::new();
        for sql in [sent, answered] {
            let query = sqlx::query(AssertSqlSafe(sql));
            let query = query.bind(micros(since)).bind(person.map(PersonId::as_str));
            let query = query.bind(micros(stayed));
            for row in &query.fetch_all(&self.readers).await? {
                if let Some((contact, found)) = reached(row)? {
                    let known = known.entry(contact).or_default();
                    *known = known.and(found);
                }
            }
        }
        Ok(known)
    }
}

/// A contact of a person, and what is known of it.
type Reached = ((PersonId, Contact), Known);

/// Why: a channel that this program no longer knows is nobody's contact any
/// more.
fn reached(row: &SqliteRow) -> std::result::Result<Option<Reached>, sqlx::Error> {
    let Some(channel) = ChannelName::parse(&row.try_get::<String, _>("channel")?) else {
        return Ok(None);
    };
    let contact = Contact {
        channel,
        address: row.try_get("address")?,
    };
    let at = |name| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(name)?.map(timestamp));
    let known = Known {
        confirmed_at: None,
        answered_at: at("answered_at")?,
        accepted_at: at("accepted_at")?,
        stayed_at: at("stayed_at")?,
        refused_at: at("refused_at")?,
        failed_at: at("failed_at")?,
    };
    let person = row.try_get::<String, _>("person")?;
    Ok(Some(((person.as_str().into(), contact), known)))
}

fn address(row: &SqliteRow) -> std::result::Result<Address, Error> {
    let at = |name| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(name)?.map(timestamp));
    let count = |name| {
        Ok::<_, sqlx::Error>(u32::try_from(row.try_get::<i64, _>(name)?).unwrap_or(u32::MAX))
    };
    let state: String = row.try_get("state")?;
    Ok(Address {
        id: row.try_get("id")?,
        key: Key {
            person: row.try_get::<String, _>("person")?.as_str().into(),
            address: row.try_get("address")?,
        },
        // Why: what this program does not know is left alone.
        state: State::parse(&state).unwrap_or(State::Known),
        mails: count("mails")?,
        attempts: count("attempts")?,
        due_at: at("due_at")?,
        sent_at: at("sent_at")?,
        confirmed_at: at("confirmed_at")?,
        dead_at: at("dead_at")?,
    })
}
