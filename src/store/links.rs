//! What an answer link stands for, looked up for many at once.
//!
//! Owns the queue of those who ask: when thousands press their links together,
//! one question to the database answers all who have come meanwhile. It must
//! not write, or judge an answer.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Row, SqlitePool};
use tokio::sync::{mpsc, oneshot};

use super::read::named;
use super::{Error, Store, failure, seal};
use crate::domain::id::{CallOutId, PersonId};
use crate::domain::notification::NotificationId;
use crate::domain::roster::ChannelName;
use crate::telemetry::fault;

/// The most links that one question names.
const MOST: usize = 256;

/// Of which call-out, whose, and by which channel it went out.
type Link = (CallOutId, PersonId, ChannelName);

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
    // Why: nobody may answer for somebody else.
    seal::check(row, false)?;
    let call_out: String = row.try_get("call_out")?;
    let person: String = row.try_get("person")?;
    let channel: String = row.try_get("channel")?;
    Ok((
        call_out.as_str().into(),
        person.as_str().into(),
        named("channel", &channel, ChannelName::parse)?,
    ))
}

impl Store {
    /// The notification behind an answer link.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn notification(&self, id: NotificationId) -> Result<Option<Link>, Error> {
        let (reply, answer) = oneshot::channel();
        // Whoever answers drops the reply as it ends, which is seen as `Closed`.
        let _ = self.links.send(Asked { id, reply });
        answer.await.unwrap_or(Err(Error::Closed))
    }
}
