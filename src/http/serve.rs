//! Accepting connections, on TCP and on the Unix socket.
//!
//! Owns the two listeners' differences: the socket's peer is known by the
//! kernel's word. It must not know any route.

use axum::Router;
use axum::extract::Request;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::serve::IncomingStream;
use tokio::net::{TcpListener, UnixListener};

use super::auth::SocketPeer;
use super::room::{Door, Room};

/// Serves on TCP until `stop` ends, as many at once as there is room for.
///
/// # Errors
///
/// When the listener fails.
pub async fn tcp(
    listener: TcpListener,
    (router, room): (Router, Room),
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(Door { listener, room }, router)
        .with_graceful_shutdown(stop)
        .await
}

/// Serves on a Unix socket until `stop` ends; every request carries its
/// peer's user.
///
/// # Errors
///
/// When the listener fails.
pub async fn socket(
    listener: UnixListener,
    (router, room): (Router, Room),
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = router.layer(from_fn(with_peer));
    let service = router.into_make_service_with_connect_info::<Peer>();
    axum::serve(Door { listener, room }, service)
        .with_graceful_shutdown(stop)
        .await
}

/// The peer of one connection; none where the kernel does not say.
#[derive(Clone, Copy, Debug)]
struct Peer(Option<u32>);

impl Connected<IncomingStream<'_, Door<UnixListener>>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door<UnixListener>>) -> Self {
        Self(stream.io().io.peer_cred().ok().map(|peer| peer.uid()))
    }
}

/// Why: the peer stands beside the request and not in it, so that no header
/// can claim it.
async fn with_peer(
    ConnectInfo(Peer(uid)): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(uid) = uid {
        request.extensions_mut().insert(SocketPeer { uid });
    }
    next.run(request).await
}
