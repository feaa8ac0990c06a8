//! Accepting connections, on TCP and on the Unix socket.
//!
//! Owns the two listeners' differences (the socket's peer is known by the
//! kernel's word) and how long a connection keeps its place without asking for
//! anything. It must not know any route.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::serve::Listener as _;
use futures_util::FutureExt as _;
use hyper::Request;
use hyper::body::Incoming;
use hyper::rt::{Sleep, Timer};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::auth::SocketPeer;
use super::room::{Door, Guest, Queue, Room};
use crate::clock::{Clock, Instants};

/// What is kept of a head before anybody is known; more is refused, be it that a last
/// read brings as much again. Why: the library's own is 400 KiB, which thousands of
/// strangers may fill.
const HEAD_BYTES: usize = 32 * 1024;

/// How long a new connection may take for the head of its first request.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long one is kept for the head of the next. Why longer: a reverse proxy that
/// closes its own sooner never sends a request into one that is just closed.
const IDLE: Duration = Duration::from_secs(150);

/// How long whoever has asked for nothing yet may take to, once the door is shut.
///
/// Why: what they ask may be on its way, and who hears nothing cannot know what became
/// of it.
const FIRST_WORD: Duration = Duration::from_millis(250);

/// How long an answer may wait for whoever asked to read on.
const UNREAD: Duration = Duration::from_secs(60);

/// What stands behind a door.
#[derive(Clone, Debug)]
pub struct Served {
    /// What answers.
    pub router: Router,
    /// As many at once as there is room for.
    pub room: Room,
    /// What patience is measured by.
    pub clock: Clock,
}

/// Serves on TCP until `stop` ends.
pub async fn tcp(listener: TcpListener, served: Served, stop: impl Future<Output = ()>) {
    let mind = |stream: &TcpStream| {
        let patience = u32::try_from(UNREAD.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = set_tcp_user_timeout(stream, patience) {
            tracing::debug!(error = %error, "http: whoever does not read keeps their place");
        }
        None
    };
    serve(listener, served, mind, stop).await;
}

/// Serves on a Unix socket until `stop` ends; every request carries its
/// peer's user.
pub async fn socket(listener: UnixListener, served: Served, stop: impl Future<Output = ()>) {
    let peer = |stream: &UnixStream| Some(stream.peer_cred().ok()?.uid());
    serve(listener, served, peer, stop).await;
}

/// Takes connections until `stop` ends, and whoever waits by then; then waits until each
/// has its answer.
async fn serve<L: Queue>(
    listener: L,
    Served {
        router,
        room,
        clock,
    }: Served,
    peer: impl Fn(&L::Io) -> Option<u32>,
    stop: impl Future<Output = ()>,
) {
    let mut door = Door { listener, room };
    let instants = Instants::of(&clock);
    let closing = watch::Sender::new(false);
    let mut guests = JoinSet::new();
    let mut stop = pin!(stop);
    let let_in = |guest: Guest<L::Io>| {
        let peer = peer(&guest.io).map(|uid| SocketPeer { uid });
        let answers = (router.clone(), peer);
        receive(guest, answers, instants.clone(), closing.subscribe())
    };
    loop {
        let guest = tokio::select! {
            (guest, _) = door.accept() => guest,
            () = &mut stop => break,
        };
        while guests.try_join_next().is_some() {}
        crate::telemetry::fault::point("door");
        guests.spawn(let_in(guest));
    }
    for guest in door.shut() {
        guests.spawn(let_in(guest));
    }
    closing.send_replace(true);
    while guests.join_next().await.is_some() {}
}

/// Answers one connection until it ends, or the daemon does.
async fn receive<S>(
    guest: Guest<S>,
    (router, peer): (Router, Option<SocketPeer>),
    instants: Instants,
    mut closing: watch::Receiver<bool>,
) where
    Guest<S>: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let asked = AtomicBool::new(false);
    let service = service_fn(|mut request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        // Why: the peer stands beside the request and not in it, so that no header
        // can claim it.
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        router.clone().oneshot(request.map(Body::new))
    });
    let mut http = http1::Builder::new();
    http.timer(ByClock::of(&instants));
    http.header_read_timeout(PATIENCE).max_buf_size(HEAD_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(guest), service));
    let closed = async {
        // A sender that is gone is an end as well.
        let _ = closing.wait_for(|closing| *closing).await;
        if !asked.load(Ordering::Relaxed) {
            instants.sleep(FIRST_WORD).await;
        }
    };
    let mut closed = pin!(closed.fuse());
    loop {
        tokio::select! {
            // Why in this order: what has come is read before the end.
            biased;
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::debug!(error = %error, "http: a connection ended");
                }
                return;
            }
            () = &mut closed => connection.as_mut().graceful_shutdown(),
        }
    }
}

/// One connection's timer for hyper, by the program's clock: it is asked once for
/// each head that is waited for.
#[derive(Debug)]
struct ByClock {
    instants: Instants,
    /// Whether the first was waited for.
    asked: AtomicBool,
}

impl ByClock {
    fn of(instants: &Instants) -> Self {
        Self {
            instants: instants.clone(),
            asked: AtomicBool::new(false),
        }
    }
}

impl Timer for ByClock {
    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(Wait(self.instants.sleep(wait)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let wait = deadline.saturating_duration_since(self.now());
        let more = match self.asked.swap(true, Ordering::Relaxed) {
            true => IDLE.saturating_sub(PATIENCE),
            false => Duration::ZERO,
        };
        self.sleep(wait + more)
    }

    fn now(&self) -> Instant {
        self.instants.now()
    }
}

struct Wait(Pin<Box<dyn Future<Output = ()> + Send + Sync>>);

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

impl Sleep for Wait {}
