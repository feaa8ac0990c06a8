//! The end of the store at a stop.
//!
//! Owns how long that may take. It must not decide whether a stop is in order.

use std::time::Duration;

use crate::store::Store;

/// How long the store may take to write its log back. Why bounded: whoever still reads
/// it must not make systemd kill what has done all it had to.
const CLOSING: Duration = Duration::from_secs(3);

/// Closes the store, so that all of it stands in one file.
pub(super) async fn close(store: &Store) {
    let closed = tokio::time::timeout(CLOSING, store.close()).await;
    if closed.is_err() {
        tracing::warn!("the store is still read; its log stays beside it for the next start");
    }
}
