//! The editions that were ever in force, with their files.
//!
//! Owns their rows: each column of a file holds a body with the file's text
//! in it. The texts hold addresses; who may see them is `http`'s to say.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use sqlx::Row as _;

use super::codec::{self, in_hex, micros, timestamp};
use super::statement::execute;
use super::{Error, Pending, Store, Write};
use crate::domain::edition::{Edition, Kept, Texts};

/// A row to be written.
pub(super) struct Row {
    digest: String,
    at: i64,
    rules: String,
    roster: String,
}

impl Row {
    fn new(edition: &Edition, texts: &Texts, at: Timestamp) -> Self {
        let mut rules = codec::kept_edition(edition, at);
        rules["text"] = texts.rules.as_str().into();
        let roster = serde_json::json!({ "text": texts.roster });
        Self {
            digest: digest(edition),
            at: micros(at),
            rules: rules.to_string(),
            roster: roster.to_string(),
        }
    }

    /// Keeps it. One that is there already was taken up again; its files are
    /// the same, because its name is their digest.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        execute(
            connection,
            "INSERT INTO edition (digest, first_used_at, rules, roster) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (digest) DO UPDATE SET rules = excluded.rules",
            params![&self.digest, self.at, &self.rules, &self.roster],
        )?;
        Ok(())
    }
}

/// The name of an edition: SHA-256 over the digests of both files.
fn digest(edition: &Edition) -> String {
    let both = format!("{} {}", edition.rules_digest, edition.roster_digest);
    in_hex(&Sha256::digest(both))
}

impl Store {
    /// Keeps an edition that is put in force.
    pub fn keep_edition(&self, edition: &Edition, texts: &Texts, now: Timestamp) -> Pending<()> {
        let row = Row::new(edition, texts, now);
        self.queue(|reply| Write::Edition(Box::new(row), reply))
    }

    /// Every edition that was ever in force, newest first, without its files.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or what is in it cannot.
    pub async fn editions(&self) -> Result<Vec<Kept>, Error> {
        let rows = sqlx::query(
            "SELECT digest, first_used_at, json_remove(rules, '$.text') FROM edition \
             ORDER BY first_used_at DESC, digest",
        )
        .fetch_all(&self.readers)
        .await?;
        let mut kept = rows
            .iter()
            .map(|row| {
                let body: String = row.try_get(2)?;
                let first = timestamp(row.try_get(1)?);
                Ok(codec::read_kept_edition(row.try_get(0)?, first, &body)?)
            })
            .collect::<Result<Vec<_>, Error>>()?;
        kept.sort_by_key(|kept| std::cmp::Reverse(kept.taken_up_at));
        Ok(kept)
    }

    /// The files of an edition by its whole digest.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn edition_texts(&self, digest: &str) -> Result<Option<Texts>, Error> {
        let row = sqlx::query(
            "SELECT rules ->> '$.text', roster ->> '$.text' FROM edition WHERE digest = $1",
        )
        .bind(digest)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            Ok(Texts {
                rules: row.try_get(0)?,
                roster: row.try_get(1)?,
            })
        })
        .transpose()
    }
}
