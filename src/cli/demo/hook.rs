//! A webhook receiver on loopback: takes everything, counts it.
//!
//! Owns its port for as long as the demonstration lasts. It must not answer
//! for anybody.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use tokio::net::TcpListener;

/// The receiver.
pub(super) struct Receiver {
    /// Where it listens.
    pub(super) address: SocketAddr,
    count: Arc<AtomicUsize>,
}

impl Receiver {
    /// Listens on loopback.
    pub(super) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let count = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&count);
        let router = Router::new().fallback(move || {
            seen.fetch_add(1, Ordering::Relaxed);
            async { StatusCode::NO_CONTENT }
        });
        tokio::spawn(async move {
            // Ends with the demonstration.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, count })
    }

    /// How many calls came.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}
