//! What the disk gives back otherwise than it was written.
//!
//! Owns when the whole store is looked at, and that one call-out which cannot
//! be read holds up no other. It must not mend anything but the index of what waits:
//! damaged it hides messages, and the rows of which it is made have seals.

use std::time::Duration;

use super::{Engine, Error};
use crate::domain::id::CallOutId;
use crate::store::Store;

/// The wait before the first look: what is due goes out before.
const FIRST: Duration = Duration::from_secs(60);

/// The wait before the next.
const AGAIN: Duration = Duration::from_secs(24 * 60 * 60);

impl Engine {
    /// Brings a live call-out into memory, unless it is damaged; then
    /// administrators are told.
    pub(super) async fn read_live(&self, id: &CallOutId) -> Result<(), Error> {
        match self.load_to_call(id).await {
            Err(Error::Store(error)) if error.is_damage() => {
                self.0.store.note_damage(&format!("call-out {id}: {error}"));
                Ok(())
            }
            loaded => loaded,
        }
    }

    async fn mend_index(&self) {
        match self.commit(self.0.store.reindex()).await {
            Ok(()) => tracing::warn!("the index of the messages that wait was made anew"),
            Err(error) => tracing::error!(error = %error, "that index could not be made anew"),
        }
    }

    /// Looks at the whole store soon after the start and every day, until
    /// `stop` ends.
    pub async fn examine_store(&self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut rest = FIRST;
        loop {
            tokio::select! {
                () = &mut stop => return,
                () = self.0.clock.sleep(rest) => {}
            }
            rest = AGAIN;
            let examined = tokio::select! {
                () = &mut stop => return,
                examined = self.0.store.examine() => examined,
            };
            match examined {
                Ok(None) => tracing::info!("the store was looked at: it is whole"),
                Ok(Some(found)) => {
                    if Store::is_of_index(&found) {
                        self.mend_index().await;
                    }
                    self.0.wake.notify_one();
                }
                Err(error) => tracing::error!(error = %error, "the store could not be looked at"),
            }
        }
    }
}
