//! Names that lead where a test wants them to, or nowhere yet.
//!
//! Owns two who know where names lead. They must not ask the system.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use muster::channel::webhook::{LookUp, LookedUp};
use tokio::sync::Notify;

/// Every name leads to one address, or whoever looks waits for ever.
pub(crate) struct Lead(pub(crate) Option<IpAddr>);

impl Lead {
    pub(crate) fn to(address: &str) -> Arc<Self> {
        Arc::new(Self(Some(address.parse().unwrap())))
    }
}

impl LookUp for Lead {
    fn look_up(&self, name: &str) -> LookedUp {
        assert_eq!(name, "gateway.example.jp");
        let address = self.0;
        Box::pin(async move {
            match address {
                Some(address) => Ok(vec![address]),
                None => std::future::pending().await,
            }
        })
    }
}

/// A name of which the first who looks hears that there is none, and only when told;
/// then it leads to this machine.
#[derive(Default)]
pub(crate) struct Moved {
    /// How often somebody looked.
    looks: AtomicUsize,
    /// Rings at the first look.
    pub(crate) asked: Notify,
    /// Lets the first who looks hear.
    pub(crate) told: Arc<Notify>,
}

impl Moved {
    pub(crate) fn looks(&self) -> usize {
        self.looks.load(Ordering::Relaxed)
    }
}

impl LookUp for Moved {
    fn look_up(&self, _: &str) -> LookedUp {
        let first = self.looks.fetch_add(1, Ordering::Relaxed) == 0;
        self.asked.notify_one();
        let told = Arc::clone(&self.told);
        Box::pin(async move {
            if first {
                told.notified().await;
                return Err(std::io::Error::other("no such name"));
            }
            Ok(vec![IpAddr::from([127, 0, 0, 1])])
        })
    }
}
