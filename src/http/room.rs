//! Room for connections: no more of them at once than leaves the calling what
//! it needs.
//!
//! Owns the counting. Whoever finds no room waits at the door, in the kernel's
//! queue; as the door is shut, whoever still waits there is let in as far as there
//! is room. It must not know who comes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::serve::Listener;
use prometheus_client::metrics::gauge::Gauge;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many connections one door takes at once.
#[derive(Clone, Debug)]
pub struct Room {
    free: Arc<Semaphore>,
    full: Gauge,
}

impl Room {
    /// Room for so many; `full` is 1 while nobody else finds any.
    pub fn new(connections: usize, full: Gauge) -> Self {
        let connections = connections.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(connections)),
            full,
        }
    }

    async fn wait(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(free) = self.free.clone().try_acquire_owned() {
            return Some(free);
        }
        tracing::error!(
            "http: as many connections are open as may be, others wait; what is queued goes out all the same. Look who holds them (ss -tnp), or raise LimitNOFILE"
        );
        self.full.set(1);
        let free = self.free.clone().acquire_owned().await;
        self.full.set(0);
        free.ok()
    }
}

/// A door with so much room.
#[derive(Debug)]
pub(super) struct Door<L> {
    pub(super) listener: L,
    pub(super) room: Room,
}

/// So many wait before a door at most: as tokio has the kernel keep.
const WAITING: usize = 1024;

impl<L: Queue> Door<L> {
    /// Shuts it; whoever waited before it is let in, as far as there is room.
    pub(super) fn shut(self) -> impl Iterator<Item = Guest<L::Io>> {
        let Self { listener, room } = self;
        let places = std::iter::from_fn(move || room.free.clone().try_acquire_owned().ok());
        let let_in = places.zip(listener.waiting()).take(WAITING);
        let_in.map(|(place, io)| Guest {
            io,
            _place: Some(place),
        })
    }
}

/// A listener whose queue can be emptied.
pub(super) trait Queue: Listener {
    /// Each who waits in the kernel's queue by now.
    ///
    /// Why asked of the kernel itself: the runtime may not have heard of the last yet.
    fn waiting(self) -> impl Iterator<Item = Self::Io>;
}

impl Queue for TcpListener {
    fn waiting(self) -> impl Iterator<Item = TcpStream> {
        let queue = self.into_std().ok();
        std::iter::from_fn(move || {
            let (stream, _) = queue.as_ref()?.accept().ok()?;
            stream.set_nonblocking(true).ok()?;
            TcpStream::from_std(stream).ok()
        })
    }
}

impl Queue for UnixListener {
    fn waiting(self) -> impl Iterator<Item = UnixStream> {
        let queue = self.into_std().ok();
        std::iter::from_fn(move || {
            let (stream, _) = queue.as_ref()?.accept().ok()?;
            stream.set_nonblocking(true).ok()?;
            UnixStream::from_std(stream).ok()
        })
    }
}

impl<L: Listener> Listener for Door<L> {
    type Io = Guest<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let place = self.room.wait().await;
        let (io, address) = self.listener.accept().await;
        let guest = Guest { io, _place: place };
        (guest, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A connection, which gives its place back at its end.
#[derive(Debug)]
pub(super) struct Guest<S> {
    pub(super) io: S,
    _place: Option<OwnedSemaphorePermit>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Guest<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guest<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, octets)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
