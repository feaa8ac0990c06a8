//! Reading: call-outs with their people, the outbox, the account.
//!
//! Owns the SELECTs of these; those of other tables stand with their rows. Nothing here
//! waits for the writer.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::{Row, SqlitePool};

use super::acknowledgement::take_answers;
use super::codec::{self, Unreadable, micros, timestamp};
use super::event_body::no_notice;
use super::sql::chain;
use super::{Error, Store, failure};
use crate::domain::call_out::{CallOut, ContactState};
use crate::domain::delivery::Reason;
use crate::domain::id::{CallOutId, EventId, PersonId};
use crate::domain::journal::Record;
use crate::domain::notification::{
    Draft, Notification, NotificationId, NotificationState, Purpose,
};
use crate::domain::roster::{ChannelName, Contact};

/// A notification that its claimer may send.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Which.
    pub notification: Notification,
    /// Under which lease.
    pub lease: i64,
    /// How urgent it is: 0 before 1.
    pub urgency: u8,
}

/// A notification as it stands.
#[derive(Clone, Debug)]
pub struct NotificationRow {
    /// Which.
    pub id: NotificationId,
    /// To whom, what for.
    pub draft: Draft,
    /// Where it stands.
    pub state: NotificationState,
    /// Attempts made.
    pub attempts: u32,
    /// Why the last attempt was not accepted.
    pub reason: Option<Reason>,
    /// When the last attempt ended.
    pub settled_at: Option<Timestamp>,
    /// The other side's own words at the last attempt.
    pub detail: Option<String>,
}

/// A call-out with its outbox, as it was read.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The state, counted anew.
    pub call_out: CallOut,
    /// Its notifications, oldest first.
    pub notifications: Vec<NotificationRow>,
    /// Whether the daemon ended before everybody's row was kept.
    pub in_part: bool,
}

/// An event as it was kept under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEvent {
    /// Which.
    pub event: EventId,
    /// What it is compared by.
    pub content: String,
    /// Its call-outs.
    pub call_outs: Vec<CallOutId>,
}

/// Which call-outs there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its name.
    pub id: CallOutId,
    /// Whether anything can still come of it.
    pub live: bool,
    /// When it was opened.
    pub opened_at: Timestamp,
}

impl Store {
    /// The call-outs, newest first, at most `limit`; notices to
    /// administrators are not among them.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn call_outs(&self, live_only: bool, limit: u32) -> Result<Vec<Summary>, Error> {
        self.list(
            if live_only {
                "SELECT id, live, opened_at FROM call_out WHERE live ORDER BY opened_at DESC, id DESC LIMIT $1"
            } else {
                concat!(
                    "SELECT c.id, c.live, c.opened_at FROM call_out c JOIN event e ON e.id = c.event WHERE ",
                    no_notice!(),
                    " ORDER BY c.opened_at DESC, c.id DESC LIMIT $1"
                )
            },
            limit,
        )
        .await
    }

    /// The call-outs and the notices to administrators, newest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn with_notices(&self, limit: u32) -> Result<Vec<Summary>, Error> {
        self.list(
            "SELECT id, live, opened_at FROM call_out ORDER BY opened_at DESC, id DESC LIMIT $1",
            limit,
        )
        .await
    }

    /// Which call-outs are over since `ended` and were begun since `begun`,
    /// without the notices to administrators.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn ended_since(
        &self,
        begun: Timestamp,
        ended: Timestamp,
    ) -> Result<Vec<CallOutId>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(concat!(
            "SELECT c.id FROM call_out c JOIN event e ON e.id = c.event \
             WHERE NOT c.live AND c.opened_at >= $1 \
             AND CASE WHEN json_valid(c.progress) THEN c.progress ->> 'ended_at' END >= $2 AND ",
            no_notice!(),
            " ORDER BY c.opened_at DESC, c.id DESC",
        ))
        .bind(micros(begun))
        .bind(micros(ended))
        .fetch_all(&self.readers)
        .await?;
        Ok(ids.iter().map(|id| id.as_str().into()).collect())
    }

    async fn list(&self, sql: &'static str, limit: u32) -> Result<Vec<Summary>, Error> {
        let rows = sqlx::query(sql)
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Summary {
                    id: row.try_get::<String, _>(0)?.as_str().into(),
                    live: row.try_get(1)?,
                    opened_at: timestamp(row.try_get(2)?),
                })
            })
            .collect()
    }

    /// One call-out with its people and its outbox.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or what is in it cannot.
    pub async fn load(&self, id: &CallOutId) -> Result<Option<Kept>, Error> {
        self.load_by(&self.readers, id).await
    }

    /// The same for the calling itself, which does not stand in a line with pages.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or what is in it cannot.
    pub async fn load_to_call(&self, id: &CallOutId) -> Result<Option<Kept>, Error> {
        self.load_by(&self.own, id).await
    }

    /// The newest notification to a person in a call-out.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn newest_of(
        &self,
        call_out: &CallOutId,
        person: &PersonId,
    ) -> Result<Option<NotificationId>, Error> {
        Ok(sqlx::query_scalar(
            "SELECT max(id) FROM notification WHERE call_out = $1 AND person = $2",
        )
        .bind(call_out.as_str())
        .bind(person.as_str())
        .fetch_one(&self.readers)
        .await?)
    }

    /// A call-out's account, oldest first, from the entry after `after`.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn journal(&self, id: &CallOutId, after: u64) -> Result<Vec<Record>, Error> {
        let rows = sqlx::query(
            "SELECT seq, at, body FROM journal WHERE call_out = $1 AND seq > $2 ORDER BY seq",
        )
        .bind(id.as_str())
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Record {
                    seq: u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default(),
                    at: timestamp(row.try_get(1)?),
                    entry: codec::read_entry(&row.try_get::<String, _>(2)?)?,
                })
            })
            .collect()
    }

    /// The first entry of a call-out whose hash does not follow from the one
    /// before it; `None` where the chain holds.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn broken_entry(&self, id: &CallOutId) -> Result<Option<u64>, Error> {
        let rows =
            sqlx::query("SELECT seq, at, body, hash FROM journal WHERE call_out = $1 ORDER BY seq")
                .bind(id.as_str())
                .fetch_all(&self.readers)
                .await?;
        let mut before = String::new();
        for (index, row) in rows.iter().enumerate() {
            let (seq, at, body, hash): (i64, i64, String, String) = (
                row.try_get(0)?,
                row.try_get(1)?,
                row.try_get(2)?,
                row.try_get(3)?,
            );
            let expected = i64::try_from(index).unwrap_or(i64::MAX) + 1;
            if seq != expected || hash != chain(&before, seq, at, &body) {
                return Ok(Some(u64::try_from(seq).unwrap_or_default()));
            }
            before = hash;
        }
        Ok(None)
    }

    /// What was kept under a key.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn event_of(&self, key: &str) -> Result<Option<KeptEvent>, Error> {
        let row = sqlx::query("SELECT id, content FROM event WHERE key = $1")
            .bind(key)
            .fetch_optional(&self.own)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let id: String = row.try_get(0)?;
        let call_outs: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM call_out WHERE event = $1 UNION ALL SELECT call_out FROM report WHERE event = $1",
        )
        .bind(&id)
        .fetch_all(&self.own)
        .await?;
        Ok(Some(KeptEvent {
            event: id.as_str().into(),
            content: row.try_get(1)?,
            call_outs: call_outs.iter().map(|id| id.as_str().into()).collect(),
        }))
    }

    /// When something was last written into the account of a call-out that
    /// lives.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn newest_of_live(&self) -> Result<Option<Timestamp>, Error> {
        let newest: Option<i64> = sqlx::query_scalar(
            "SELECT max((SELECT at FROM journal WHERE journal.call_out = call_out.id \
             ORDER BY seq DESC LIMIT 1)) FROM call_out WHERE live",
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(newest.map(timestamp))
    }

    /// Whether it answers, in the line of the pages.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn answers(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1 FROM call_out LIMIT 1")
            .fetch_optional(&self.readers)
            .await?;
        Ok(())
    }

    /// The greatest notification number given so far.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn last_number(&self) -> Result<NotificationId, Error> {
        Ok(
            sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM notification")
                .fetch_one(&self.readers)
                .await?,
        )
    }
}

impl Store {
    /// A call-out as these connections read it.
    async fn load_by(&self, readers: &SqlitePool, id: &CallOutId) -> Result<Option<Kept>, Error> {
        failure::at_reading()?;
        let mut connection = readers.begin().await?;
        let row = sqlx::query(
            "SELECT c.frozen, c.progress, c.revision, e.body, \
         EXISTS (SELECT 1 FROM opening WHERE call_out = c.id) FROM call_out c \
         JOIN event e ON e.id = c.frozen ->> 'event' WHERE c.id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let bodies = codec::Frozen {
            frozen: row.try_get(0)?,
            progress: row.try_get(1)?,
        };
        let revision = u64::try_from(row.try_get::<i64, _>(2)?).unwrap_or_default();
        let event = codec::read_event(&row.try_get::<String, _>(3)?)?;
        let in_part = row.try_get(4)?;
        let mut call_out = codec::read_call_out(event, &bodies, revision)?;
        let people: Vec<String> = sqlx::query_scalar(
            "SELECT body FROM participant WHERE call_out = $1 ORDER BY position",
        )
        .bind(id.as_str())
        .fetch_all(&mut *connection)
        .await?;
        let mut written = HashMap::with_capacity(people.len());
        for body in &people {
            let (participant, revision) = codec::read_participant(body, call_out.targets.len())?;
            let person = &participant.person;
            written.insert(person.clone(), revision);
            call_out.participants.insert(person.clone(), participant);
        }
        take_answers(&mut connection, &mut call_out, &written).await?;
        let rows = sqlx::query(
        "SELECT id, person, channel, address, purpose, stage, confirms, state, attempts, reason, settled_at, detail \
         FROM notification WHERE call_out = $1 ORDER BY id",
    )
    .bind(id.as_str())
    .fetch_all(&mut *connection)
    .await?;
        let notifications = self.readable(&rows)?;
        for row in &notifications {
            apply(&mut call_out, row);
        }
        call_out.recount();
        Ok(Some(Kept {
            call_out,
            notifications,
            in_part,
        }))
    }
}

/// What a notification says of a participant's contact.
fn apply(call_out: &mut CallOut, row: &NotificationRow) {
    let Some(participant) = call_out.participants.get_mut(&row.draft.person) else {
        return;
    };
    if row.state == NotificationState::Accepted {
        participant.sent_at = [participant.sent_at, row.settled_at]
            .into_iter()
            .flatten()
            .min();
        participant.last_sent_at = participant.last_sent_at.max(row.settled_at);
        if row.draft.purpose.calls() {
            participant.last_taken_at = participant.last_taken_at.max(row.settled_at);
        }
    }
    let Some(tried) = participant
        .contacts
        .iter_mut()
        .find(|tried| tried.contact == row.draft.contact)
    else {
        return;
    };
    let state = match row.state {
        NotificationState::Dead => ContactState::Dead,
        // What does not call can find a contact dead, and says no more of it.
        _ if !row.draft.purpose.calls() => return,
        NotificationState::Accepted => ContactState::Accepted,
        NotificationState::Queued
        | NotificationState::Sending
        | NotificationState::Retry
        | NotificationState::Unknown
        | NotificationState::Withdrawn => ContactState::Waiting,
    };
    // Invariant: dead stays dead for this call-out; accepted outlives what
    // fails, and that outlives waiting.
    tried.state = tried.state.max(state);
}

pub(super) fn named<T>(
    what: &str,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, Error> {
    parse(text).ok_or_else(|| {
        Error::Unreadable(Unreadable {
            what: what.to_owned(),
            why: format!("unknown: {text}"),
        })
    })
}

/// To whom a message goes, by its person, channel, address and purpose, and what for.
pub(super) fn draft(
    [person, channel, address, purpose]: [&str; 4],
    stage: i64,
    confirms: Option<&str>,
) -> Result<Draft, Error> {
    Ok(Draft {
        person: person.into(),
        contact: Contact {
            channel: named("channel", channel, ChannelName::parse)?,
            address: address.into(),
        },
        purpose: named("purpose", purpose, Purpose::parse)?,
        stage: u32::try_from(stage).unwrap_or_default(),
        confirms: confirms
            .map(|body| codec::read_confirmed(body).map(Box::new))
            .transpose()?,
    })
}

/// The class of the last attempt's failure; a word of another version is none.
pub(super) fn reason(name: Option<&str>) -> Option<Reason> {
    name.and_then(Reason::parse)
}
