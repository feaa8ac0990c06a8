//! What an answer link stands for, looked up for many at once.
//!
//! Owns what is known of links without asking, and the queue of those who ask:
//! when thousands press their links together, one question to the database
//! answers all who have come meanwhile. It must not write, or judge an answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{AssertSqlSafe, Row, SqlitePool};
use tokio::sync::{mpsc, oneshot};

use super::read::{Claimed, named};
use super::seal::{self, Sealed};
use super::{Error, Store, failure};
use crate::domain::id::{CallOutId, PersonId};
use crate::domain::notification::NotificationId;
use crate::domain::roster::ChannelName;
use crate::telemetry::fault;

/// The most links that one question names.
const MOST: usize = 256;

/// Of which call-out, whose, and by which channel it went out.
type Link = (CallOutId, PersonId, ChannelName);

/// How many links are known at least of those that went out last, and half of what
/// is known at most.
const KNOWN: usize = 16_384;

/// The links of what was taken out of the outbox of late. What stands behind one
/// never changes, and its seal was looked at as it was taken out.
///
/// Why: nearly everybody answers within the hour, and thousands at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(Arc<Mutex<Sent>>);

#[derive(Debug, Default)]
struct Sent {
    newer: HashMap<NotificationId, Link>,
    older: HashMap<NotificationId, Link>,
}

impl Known {
    /// Notes what goes out, before anybody can press its link.
    pub(super) fn note(&self, claimed: &[Claimed]) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for Claimed { notification, .. } in claimed {
            if sent.newer.len() >= KNOWN {
                sent.older = std::mem::take(&mut sent.newer);
            }
            let draft = &notification.draft;
            let link = (
                notification.call_out.clone(),
                draft.person.clone(),
                draft.contact.channel.clone(),
            );
            sent.newer.insert(notification.id, link);
        }
    }

    fn of(&self, id: NotificationId) -> Option<Link> {
        let sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.newer.get(&id).or_else(|| sent.older.get(&id)).cloned()
    }
}

/// A link, and who asks for it.
pub(super) struct Asked {
    id: NotificationId,
    reply: oneshot::Sender<Result<Option<Link>, Error>>,
}

/// Answers until nobody can ask any more.
pub(super) async fn answer(readers: SqlitePool, mut queue: mpsc::UnboundedReceiver<Asked>) {
    let mut asked = Vec::with_capacity(MOST);
    while queue.recv_many(&mut asked, MOST).await > 0 {
        // Why a task of its own: a defect that one question meets ends that one
        // alone, and whoever asked hears that nothing came.
        let question = answer_all(readers.clone(), std::mem::take(&mut asked));
        let _ = tokio::spawn(question).await;
    }
}

async fn answer_all(readers: SqlitePool, mut asked: Vec<Asked>) {
    fault::point("links");
    // Why: whoever waited for too long has gone, and the others wait still.
    asked.retain(|asked| !asked.reply.is_closed());
    let ids: Vec<NotificationId> = asked.iter().map(|asked| asked.id).collect();
    let together = look(&readers, &ids).await;
    for Asked { id, reply } in asked {
        let found = match &together {
            Ok(rows) => rows.get(&id).map(read).transpose(),
            // Why one by one: a page that is damaged takes no other's link
            // with it.
            Err(error) if failure::is_damage(error) => alone(&readers, id).await,
            // Why not one by one: where the readers are busy, each would wait
            // for them as long again, and keep them busy.
            Err(error) => Err(sqlx::Error::Io(std::io::Error::other(error.to_string())).into()),
        };
        // Whoever has gone needs no answer.
        let _ = reply.send(found);
    }
}

async fn alone(readers: &SqlitePool, id: NotificationId) -> Result<Option<Link>, Error> {
    let rows = look(readers, &[id]).await?;
    rows.get(&id).map(read).transpose()
}

async fn look(
    readers: &SqlitePool,
    ids: &[NotificationId],
) -> Result<HashMap<NotificationId, sqlx::sqlite::SqliteRow>, sqlx::Error> {
    let sql = format!(
        "SELECT {} FROM notification WHERE id IN (SELECT value FROM json_each($1))",
        seal::COLUMNS
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(serde_json::json!(ids).to_string())
        .fetch_all(readers)
        .await?;
    let rows = rows.into_iter();
    rows.map(|row| Ok((row.try_get("id")?, row))).collect()
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<Link, Error> {
    let sealed = Sealed::of(row)?;
    // Why: nobody may answer for somebody else.
    sealed.check(row.try_get("seal")?, false)?;
    Ok((
        sealed.call_out.into(),
        sealed.person.into(),
        named("channel", sealed.channel, ChannelName::parse)?,
    ))
}

impl Store {
    /// The notification behind an answer link.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn notification(&self, id: NotificationId) -> Result<Option<Link>, Error> {
        if let Some(link) = self.known.of(id) {
            return Ok(Some(link));
        }
        let (reply, answer) = oneshot::channel();
        // Whoever answers drops the reply as it ends, which is seen as `Closed`.
        let _ = self.links.send(Asked { id, reply });
        answer.await.unwrap_or(Err(Error::Closed))
    }
}
