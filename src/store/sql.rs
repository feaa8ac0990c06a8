//! The SQL of what every call-out writes, set by set.
//!
//! Each statement binds one JSON array for a whole set of rows, which SQLite
//! reads once (`jsonb_each`; `json_each` would write and read each row anew). It
//! must not know who asked.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest, Sha256};

use super::Recorded;
use super::change::{Change, Head, OpenedWith, Recording, Settlement};
use super::claim::CLAIM;
use super::codec::{in_hex, micros};
use super::failure::Failure;
use super::rows::Rows;
use super::statement::execute;
use crate::domain::id::CallOutId;

type Result<T> = std::result::Result<T, Failure>;

const PARTICIPANTS: &str = "INSERT INTO participant (call_out, person, position, body) \
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each(?1) WHERE true \
     ON CONFLICT (call_out, person) DO UPDATE SET body = excluded.body";

const NOTIFICATIONS: &str = "INSERT INTO notification (id, call_out, person, channel, address, purpose, asks, stage, urgency, \
     state, attempts, lease, created_at, due_at, confirms, seal) \
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
     value ->> 7, value ->> 8, iif(value ->> 12, 'sending', 'queued'), value ->> 12, value ->> 12, value ->> 9, \
     value ->> 13, value ->> 10, value ->> 11 FROM jsonb_each(?1)";

const HEAD: &str = "UPDATE call_out SET state = ?2, live = ?3, revision = ?4, progress = ?5, \
     frozen = coalesce(?6, frozen) WHERE id = ?1 AND revision = ?7";

const DELIVERIES: &str = "INSERT INTO delivery (notification, attempt, at, via, outcome, reason, detail) \
     SELECT value ->> 0, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7 \
     FROM jsonb_each(?1) WHERE true ON CONFLICT (notification, attempt) DO NOTHING";

// A mail that came back stays dead, whatever its relay says of it later. Only a mail
// can: a gateway may be called `mail` as well.
const SETTLED: &str = "UPDATE notification SET state = new.state, settled_at = new.at, reason = new.reason, \
     detail = new.detail, due_at = new.again_at \
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS lease, value ->> 3 AS at, value ->> 5 AS state, \
     value ->> 6 AS reason, value ->> 7 AS detail, value ->> 8 AS again_at FROM jsonb_each(?1)) AS new \
     WHERE notification.id = new.id AND (new.state = 'accepted' OR \
     (notification.lease = new.lease AND notification.state = 'sending')) \
     AND NOT (notification.channel = 'email' AND EXISTS (SELECT 1 FROM delivery \
     WHERE delivery.notification = new.id AND delivery.via = 'mail' AND delivery.outcome = 'dead'))";

/// What an attempt came to.
///
/// Invariant: an attempt under an older lease changes nothing, unless the other side
/// took charge of the message. What came back by mail is known later than that, and
/// stays.
const SETTLEMENTS: [&str; 2] = [DELIVERIES, SETTLED];

const WITHDRAWN: &str = "UPDATE notification SET state = 'withdrawn' \
     FROM (SELECT value ->> 0 AS call_out, value ->> 1 AS person FROM jsonb_each(?1)) AS gone \
     WHERE notification.call_out = gone.call_out AND notification.person = gone.person \
     AND asks AND state IN ('queued', 'retry', 'unknown')";

/// Calls that were withdrawn are due again when they were, through these contacts.
///
/// Why the last of each alone: nobody gets two, beside one that is on its way or new.
const REVIVED: &str = "UPDATE notification SET state = iif(attempts = 0, 'queued', 'retry') \
     WHERE call_out = ?1 AND person = ?2 AND purpose IN ('call', 'remind') AND state = 'withdrawn' \
     AND due_at < 253370764800000000 \
     AND EXISTS (SELECT 1 FROM jsonb_each(?3) AS contact WHERE \
     contact.value ->> 0 = notification.channel AND contact.value ->> 1 = notification.address) \
     AND NOT EXISTS (SELECT 1 FROM notification AS other \
     WHERE other.call_out = notification.call_out AND other.person = notification.person \
     AND other.channel = notification.channel AND other.address = notification.address \
     AND other.purpose IN ('call', 'remind') AND other.id > notification.id)";

/// What a reminder comes in place of: earlier ones through the same contact that never
/// left, as behind a relay that is away. What calls stays, and of what is on its way
/// nobody knows.
///
/// Why by number: so it is the same before the new ones are queued and after.
const OVERTAKEN: &str = "UPDATE notification SET state = 'withdrawn' \
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS call_out, value ->> 2 AS person, \
     value ->> 3 AS channel, value ->> 4 AS address FROM jsonb_each(?1)) AS new \
     WHERE notification.call_out = new.call_out AND notification.person = new.person \
     AND notification.channel = new.channel AND notification.address = new.address \
     AND +notification.id < new.id AND purpose = 'remind' \
     AND (state IN ('queued', 'retry') OR (state = 'unknown' AND due_at < 253370764800000000))";

const NEXT_ANSWER: &str =
    "SELECT coalesce(max(number), 0) + 1 FROM acknowledgement WHERE call_out = ?1";

const ANSWERS: &str = "INSERT INTO acknowledgement (call_out, number, person, at, body) \
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each(?1)";

const JOURNAL: &str = "INSERT INTO journal (call_out, seq, at, body, hash) \
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each(?1)";

const REVISION: &str = "SELECT revision FROM call_out WHERE id = ?1";

const LAST_ENTRY: &str =
    "SELECT seq, hash FROM journal WHERE call_out = ?1 ORDER BY seq DESC LIMIT 1";

const CALL_OUT: &str = "INSERT INTO call_out (id, event, state, live, opened_at, revision, progress, frozen) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const EVENT: &str = "INSERT INTO event (id, key, content, body, received_at) VALUES (?1, ?2, ?3, ?4, ?5) \
     ON CONFLICT (key) DO NOTHING";

/// What every call-out writes by itself, besides [`CLAIM`].
const USUAL: [&str; 5] = [EVENT, CALL_OUT, LAST_ENTRY, HEAD, NEXT_ANSWER];

/// The sets of rows that every call-out writes.
const SETS: [&str; 6] = [
    PARTICIPANTS,
    NOTIFICATIONS,
    DELIVERIES,
    SETTLED,
    ANSWERS,
    JOURNAL,
];

/// Has SQLite read what every call-out writes, so that the first one does not
/// wait for that.
pub(super) fn make_ready(connection: &Connection) -> rusqlite::Result<()> {
    for sql in USUAL.into_iter().chain(SETS).chain([CLAIM.as_str()]) {
        connection.prepare_cached(sql)?;
    }
    Ok(())
}

/// Changes gathered into one statement for each table.
#[derive(Default)]
pub(super) struct Group {
    /// Each with the revision that it was made on.
    heads: HashMap<CallOutId, (i64, Head)>,
    participants: Rows,
    notifications: Rows,
    reminders: Rows,
    withdraw: Rows,
    acknowledgements: Vec<(CallOutId, i64, String, String)>,
    journal: Vec<(CallOutId, i64, String)>,
    settlements: Rows,
    /// Call-outs of which nothing was kept before.
    new: HashSet<CallOutId>,
}

impl Group {
    /// Takes a change in. What must keep its order is written first.
    pub(super) fn add(&mut self, connection: &Connection, change: &Change) -> Result<()> {
        let withdraws = change.withdraw_all || !change.withdraw.is_empty();
        if (withdraws && !self.notifications.is_empty())
            || (!change.notifications.is_empty() && !self.withdraw.is_empty())
        {
            self.flush(connection)?;
        }
        let id = change.call_out.as_str();
        if change.withdraw_all {
            execute(
                connection,
                "UPDATE notification SET state = 'withdrawn' \
                 WHERE call_out = ?1 AND asks AND state IN ('queued', 'retry', 'unknown')",
                params![id],
            )?;
        }
        for person in &change.withdraw {
            self.withdraw.push(&(id, person.as_str()));
        }
        // Invariant: within one change, withdrawing comes before queueing.
        if !change.notifications.is_empty() && !self.withdraw.is_empty() {
            self.write_withdrawals(connection)?;
        }
        if let Some(head) = &change.head {
            if let Some(frozen) = &head.frozen {
                insert_call_out(connection, id, head, frozen)?;
                self.new.insert(change.call_out.clone());
            } else {
                self.head(&change.call_out, head.clone())?;
            }
        }
        if change.head.is_none() {
            self.look_at_head(connection, change)?;
        }
        if let Some(more) = change.more {
            keep_opening(connection, id, more)?;
        }
        self.participants.extend(&change.participants);
        self.notifications.extend(&change.notifications);
        self.reminders.extend(&change.reminders);
        for (at, person, body) in &change.acknowledgements {
            self.acknowledgements.push((
                change.call_out.clone(),
                micros(*at),
                person.as_str().to_owned(),
                body.clone(),
            ));
        }
        self.settle(&change.settlements);
        if let Some(mail) = &change.mail {
            // Why: what was settled before it is settled anew by it.
            self.write_settlements(connection)?;
            mail.write(connection)?;
        }
        for (at, body) in &change.journal {
            self.journal
                .push((change.call_out.clone(), micros(*at), body.clone()));
        }
        for (person, contacts) in &change.revive {
            // Invariant: after whatever withdrew them, and what asks the same anew.
            self.flush(connection)?;
            execute(connection, REVIVED, params![id, person.as_str(), contacts])?;
        }
        Ok(())
    }

    /// Takes in how a call-out stands after its change.
    ///
    /// Invariant: each change is kept on top of the one before it. One whose
    /// foundation was refused says what nobody kept: a stage that began, and
    /// the messages of it that were never queued.
    fn head(&mut self, id: &CallOutId, mut head: Head) -> Result<()> {
        let mut on = head.revision - 1;
        if let Some((before, earlier)) = self.heads.remove(id) {
            if earlier.revision != on {
                return Err(Failure::Behind(id.clone()));
            }
            on = before;
            head.refrozen = head.refrozen.or(earlier.refrozen);
        }
        self.heads.insert(id.clone(), (on, head));
        Ok(())
    }

    /// Sees that the rows of a part are of what the call-out's own row says, or will say
    /// as it is written beside them.
    ///
    /// Invariant: as that of [`Group::head`]. A part that was made on what was refused
    /// would keep an answer that nobody was told was taken.
    fn look_at_head(&self, connection: &Connection, part: &Change) -> Result<()> {
        let stands = match self.heads.get(&part.call_out) {
            Some((_, head)) => Some(head.revision),
            None => connection
                .prepare_cached(REVISION)?
                .query_one([part.call_out.as_str()], |row| row.get(0))
                .optional()?,
        };
        if stands == Some(part.made_on) {
            return Ok(());
        }
        Err(Failure::Behind(part.call_out.clone()))
    }

    /// Takes settlements in.
    pub(super) fn settle(&mut self, settlements: &[Settlement]) {
        for settlement in settlements {
            settlement.write(&mut self.settlements);
        }
    }

    /// Writes everything taken in so far.
    pub(super) fn flush(&mut self, connection: &Connection) -> Result<()> {
        self.write_withdrawals(connection)?;
        self.write_heads(connection)?;
        let mut answers = self.numbered_answers(connection)?;
        let mut journal = self.chained_journal(connection)?;
        write(connection, &[PARTICIPANTS], &mut self.participants)?;
        write(connection, &[NOTIFICATIONS], &mut self.notifications)?;
        self.write_settlements(connection)?;
        write(connection, &[OVERTAKEN], &mut self.reminders)?;
        write(connection, &[ANSWERS], &mut answers)?;
        write(connection, &[JOURNAL], &mut journal)
    }

    fn write_withdrawals(&mut self, connection: &Connection) -> Result<()> {
        write(connection, &[WITHDRAWN], &mut self.withdraw)
    }

    fn write_heads(&mut self, connection: &Connection) -> Result<()> {
        for (id, (on, head)) in self.heads.drain() {
            let written = execute(
                connection,
                HEAD,
                params![
                    id.as_str(),
                    head.state,
                    head.live,
                    head.revision,
                    &*head.progress,
                    head.refrozen,
                    on
                ],
            )?;
            if written == 0 {
                return Err(Failure::Behind(id));
            }
        }
        Ok(())
    }

    fn write_settlements(&mut self, connection: &Connection) -> Result<()> {
        write(connection, &SETTLEMENTS, &mut self.settlements)
    }

    /// The answers, each with its number in its call-out.
    fn numbered_answers(&mut self, connection: &Connection) -> Result<Rows> {
        let mut next: HashMap<CallOutId, i64> = HashMap::new();
        let mut rows = Rows::default();
        for (call_out, at, person, body) in self.acknowledgements.drain(..) {
            let number = match next.get(&call_out) {
                Some(number) => *number,
                None => connection
                    .prepare_cached(NEXT_ANSWER)?
                    .query_one([call_out.as_str()], |row| row.get(0))?,
            };
            rows.push(&(call_out.as_str(), number, person, at, body));
            next.insert(call_out, number + 1);
        }
        Ok(rows)
    }

    /// Appends to the chains: each hash is over the one before and the entry.
    fn chained_journal(&mut self, connection: &Connection) -> Result<Rows> {
        let mut heads: HashMap<CallOutId, (i64, String)> = HashMap::new();
        let mut rows = Rows::default();
        for (call_out, at, body) in self.journal.drain(..) {
            let (seq, hash) = match heads.remove(&call_out) {
                Some(head) => head,
                None if self.new.remove(&call_out) => (0, String::new()),
                None => last_entry(connection, &call_out)?,
            };
            let seq = seq + 1;
            let hash = chain(&hash, seq, at, &body);
            rows.push(&(call_out.as_str(), seq, at, body, &hash));
            heads.insert(call_out, (seq, hash));
        }
        Ok(rows)
    }
}

/// The hash of an entry: SHA-256 over the hash before it, its number, its
/// time and its body, each on a line.
pub(super) fn chain(before: &str, seq: i64, at: i64, body: &str) -> String {
    let mut digest = Sha256::new();
    for line in [before, &seq.to_string(), &at.to_string(), body] {
        digest.update(line);
        digest.update("\n");
    }
    in_hex(&digest.finalize())
}

fn last_entry(connection: &Connection, call_out: &CallOutId) -> Result<(i64, String)> {
    let last = connection
        .prepare_cached(LAST_ENTRY)?
        .query_one([call_out.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(last.unwrap_or_default())
}

/// Writes rows, if there are any, by the statements that bind them.
fn write(connection: &Connection, statements: &[&str], rows: &mut Rows) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.take();
    for sql in statements {
        execute(connection, sql, [&rows])?;
    }
    Ok(())
}

fn insert_call_out(
    connection: &Connection,
    id: &str,
    head: &Head,
    frozen: &OpenedWith,
) -> Result<()> {
    execute(
        connection,
        CALL_OUT,
        params![
            id,
            frozen.event.as_str(),
            head.state,
            head.live,
            head.opened_at,
            head.revision,
            &*head.progress,
            &frozen.body
        ],
    )?;
    Ok(())
}

/// Keeps whether not everybody's row of a call-out is kept yet.
fn keep_opening(connection: &Connection, id: &str, more: bool) -> Result<()> {
    let sql = if more {
        "INSERT INTO opening (call_out) VALUES (?1) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM opening WHERE call_out = ?1"
    };
    execute(connection, sql, params![id])?;
    Ok(())
}

/// Keeps an event and its call-outs, or finds that its key was kept before.
pub(super) fn record(connection: &Connection, recording: &Recording) -> Result<Recorded> {
    let kept = execute(
        connection,
        EVENT,
        params![
            &recording.id,
            &recording.key,
            &recording.content,
            &recording.body,
            recording.received_at
        ],
    )?;
    if kept == 0 {
        return recorded_before(connection, recording);
    }
    let mut group = Group::default();
    for change in &recording.call_outs {
        group.add(connection, change)?;
    }
    group.flush(connection)?;
    for call_out in &recording.joined {
        execute(
            connection,
            "INSERT INTO report (event, call_out) VALUES (?1, ?2)",
            params![&recording.id, call_out.as_str()],
        )?;
    }
    Ok(Recorded::New)
}

fn recorded_before(connection: &Connection, recording: &Recording) -> Result<Recorded> {
    let sql = "SELECT id, content FROM event WHERE key = ?1";
    let (id, content): (String, String) = connection
        .prepare_cached(sql)?
        .query_one([&recording.key], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if content != recording.content {
        return Ok(Recorded::Conflict {
            event: id.as_str().into(),
        });
    }
    let sql = "SELECT id FROM call_out WHERE event = ?1 \
         UNION ALL SELECT call_out FROM report WHERE event = ?1";
    let call_outs: Vec<String> = connection
        .prepare_cached(sql)?
        .query_map([&id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Recorded::Duplicate {
        event: id.as_str().into(),
        call_outs: call_outs.iter().map(|id| id.as_str().into()).collect(),
    })
}
