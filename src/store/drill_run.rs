//! Reading which call-outs were runs of drills.
//!
//! Owns these SELECTs: through the index of when call-outs opened, in a span of
//! time. It must not judge a run: `domain::run` does.

use jiff::Timestamp;
use sqlx::Row as _;

use super::codec::{micros, timestamp};
use super::event_body::{no_notice, of_event};
use super::{Error, Store};
use crate::domain::drill::DrillKind;
use crate::domain::drill_report::KEY;
use crate::domain::id::{CallOutId, DrillId};

/// A run of a drill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillRun {
    /// Its call-out.
    pub id: CallOutId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Whether anything can still come of it.
    pub live: bool,
    /// The drill of the plan that it ran as; older ones do not say.
    pub drill: Option<DrillId>,
    /// Of which kind that was then; older ones do not say.
    pub kind: Option<DrillKind>,
    /// Whether somebody of the staff answered without doubt.
    pub answered: bool,
}

impl Store {
    /// The runs that were opened from one time until before another, newest
    /// first, at most `limit`.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn drill_runs(
        &self,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DrillRun>, Error> {
        let rows = sqlx::query(concat!(
            "SELECT c.id, c.opened_at, c.live, ",
            of_event!("plays"),
            ", EXISTS (SELECT 1 FROM acknowledgement a WHERE a.call_out = c.id \
             AND instr(a.person, '#') = 0 AND CASE WHEN json_valid(a.body) \
             THEN NOT coalesce(a.body ->> 'doubtful', 0) END), ",
            of_event!("plays_kind"),
            " FROM call_out c \
             JOIN event e ON e.id = c.event WHERE c.opened_at >= $1 AND c.opened_at < $2 AND ",
            of_event!("drill"),
            " AND ",
            no_notice!(),
            " ORDER BY c.opened_at DESC, c.id DESC LIMIT $3",
        ))
        .bind(micros(from))
        .bind(micros(until))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        let run = |row: &sqlx::sqlite::SqliteRow| {
            Ok(DrillRun {
                id: row.try_get::<String, _>(0)?.as_str().into(),
                opened_at: timestamp(row.try_get(1)?),
                live: row.try_get(2)?,
                drill: row.try_get::<Option<String>, _>(3)?.map(DrillId::new),
                answered: row.try_get(4)?,
                kind: row
                    .try_get::<Option<String>, _>(5)?
                    .and_then(|kind| DrillKind::parse(&kind)),
            })
        };
        rows.iter().map(run).collect()
    }

    /// Runs of drills that were opened since a time, are over, and whose report
    /// was not told.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn untold_drills(&self, since: Timestamp) -> Result<Vec<CallOutId>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(concat!(
            "SELECT c.id FROM call_out c JOIN event e ON e.id = c.event \
             WHERE c.opened_at >= $1 AND NOT c.live AND ",
            of_event!("drill"),
            " AND ",
            no_notice!(),
            " AND NOT EXISTS (SELECT 1 FROM event told WHERE told.key = $2 || c.id)",
        ))
        .bind(micros(since))
        .bind(KEY)
        .fetch_all(&self.readers)
        .await?;
        Ok(ids.iter().map(|id| id.as_str().into()).collect())
    }
}
