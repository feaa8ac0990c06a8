//! A look at the whole file: whether the disk gives back what was written.
//!
//! Owns the look and what it found. It takes long on a large store, so that no
//! start waits for it. It must not mend anything.

use sqlx::SqliteConnection;

use super::{Error, Store, failure};

impl Store {
    /// What was found to be damaged since the start.
    pub fn damage(&self) -> Option<String> {
        self.damage.borrow().clone()
    }

    /// Notes what was found to be damaged elsewhere.
    pub fn note_damage(&self, found: String) {
        tracing::error!(found, "store: what was read is not what was written");
        self.damage.send_replace(Some(found));
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
            self.note_damage(found.clone());
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
