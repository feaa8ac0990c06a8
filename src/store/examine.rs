//! A look at the whole file: whether the disk gives back what was written.
//!
//! Owns the look and what was found, here or elsewhere. It takes long on a large
//! store, so that no start waits for it. It must not mend anything.

use sqlx::SqliteConnection;
use tokio::sync::watch;

use super::{Error, Store, failure};

/// So much that is damaged is told piece by piece.
const TOLD: usize = 32;

/// What was found to be damaged since the start, each piece once, as it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// What was found first.
    pub found: Vec<String>,
    /// Whether there is more than that.
    pub more: bool,
}

impl Damage {
    /// Notes one more; whether that is news.
    fn add(&mut self, found: &str) -> bool {
        if self.found.iter().any(|known| known == found) {
            return false;
        }
        if self.found.len() < TOLD {
            self.found.push(found.to_owned());
            return true;
        }
        !std::mem::replace(&mut self.more, true)
    }
}

/// Notes what was found, for whoever tells it.
pub(super) fn note(damage: &watch::Sender<Damage>, found: &str) {
    tracing::error!(found, "store: what was read is not what was written");
    damage.send_if_modified(|damage| damage.add(found));
}

impl Store {
    /// What was found to be damaged since the start.
    pub fn damage(&self) -> Damage {
        self.damage.borrow().clone()
    }

    /// Notes what was found to be damaged elsewhere.
    pub fn note_damage(&self, found: &str) {
        note(&self.damage, found);
    }

    /// Whether a damage is of the index of what waits, which is made of the rows alone.
    pub fn is_of_index(found: &str) -> bool {
        found.contains("index notification_due")
    }

    /// Reads the whole file, with its indexes; what is damaged, if anything is.
    ///
    /// # Errors
    ///
    /// When the store cannot be read for another reason.
    pub async fn examine(&self) -> Result<Option<String>, Error> {
        let mut connection = self.readers.acquire().await?;
        let found = look(&mut connection).await?;
        if let Some(found) = &found {
            self.note_damage(found);
        }
        Ok(found)
    }
}

async fn look(connection: &mut SqliteConnection) -> Result<Option<String>, Error> {
    let checked = sqlx::query_scalar("PRAGMA integrity_check(1)");
    let checked: Result<Vec<String>, sqlx::Error> = checked.fetch_all(connection).await;
    match checked {
        Ok(said) if said == ["ok"] => Ok(None),
        Ok(said) => Ok(Some(said.join("; "))),
        Err(error) if failure::is_damaged_file(&error) => Ok(Some(error.to_string())),
        Err(error) => Err(error.into()),
    }
}
