//! A line between two programs on this machine, with the faults of a real one.
//!
//! Owns delay, cuts, resets and trickle, each way for itself; what is said is
//! passed on unread. It needs nothing else of the tests, so that `benches` can
//! use it too. The one thing here that waits for time is the line itself.
//!
//! ```ignore
//! let proxy = Proxy::start(server.port, Line::new().delay(Duration::from_millis(5))).await;
//! proxy.set(Line::new().to_client(Way::cut_after(0)));   // for connections from now on
//! ```

#![expect(
    clippy::disallowed_methods,
    reason = "a line with a delay is the one place of the tests where time passes"
)]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

/// How a way ends once it has carried what it may carry.
#[derive(Clone, Copy, Debug)]
enum End {
    /// Both sides see an orderly end.
    Cut,
    /// Both sides see a reset.
    Reset,
    /// This way ends, the other goes on.
    HalfClose,
    /// Nothing more comes, and nobody hangs up.
    Silence,
}

/// One direction of a line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Way {
    /// After so many octets it ends.
    ends: Option<(usize, End)>,
    /// How long each octet takes, but for so many that come first.
    octet: Option<Duration>,
    at_once: usize,
}

impl Way {
    /// Cut after so many octets.
    pub(crate) fn cut_after(octets: usize) -> Self {
        Self::ending(octets, End::Cut)
    }

    /// Reset after so many octets.
    pub(crate) fn reset_after(octets: usize) -> Self {
        Self::ending(octets, End::Reset)
    }

    /// Closed in this direction alone after so many octets.
    pub(crate) fn half_closed_after(octets: usize) -> Self {
        Self::ending(octets, End::HalfClose)
    }

    /// Silent after so many octets.
    pub(crate) fn silent_after(octets: usize) -> Self {
        Self::ending(octets, End::Silence)
    }

    /// So many octets at once, and then one at a time, each after so long.
    pub(crate) fn trickling_after(at_once: usize, octet: Duration) -> Self {
        Self {
            ends: None,
            octet: Some(octet),
            at_once,
        }
    }

    fn ending(octets: usize, end: End) -> Self {
        Self {
            ends: Some((octets, end)),
            ..Self::default()
        }
    }
}

/// What a connection meets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Line {
    delay: Duration,
    to_server: Way,
    to_client: Way,
}

impl Line {
    /// A line without a fault.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// So long each way: half of a round trip.
    pub(crate) fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// What the client says.
    pub(crate) fn to_server(mut self, way: Way) -> Self {
        self.to_server = way;
        self
    }

    /// What the server says.
    pub(crate) fn to_client(mut self, way: Way) -> Self {
        self.to_client = way;
        self
    }
}

/// A proxy on a port of its own on this machine. It ends when it is dropped.
pub(crate) struct Proxy {
    /// Where it listens, on 127.0.0.1.
    pub(crate) port: u16,
    line: Arc<Mutex<Line>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Starts a line that leads to a port of this machine.
    pub(crate) async fn start(target: u16, line: Line) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = Arc::new(Mutex::new(line));
        let accepting = tokio::spawn(accept(listener, target, Arc::clone(&line)));
        Self {
            port,
            line,
            accepting,
        }
    }

    /// Changes the line for connections to come.
    pub(crate) fn set(&self, line: Line) {
        *self.line.lock().unwrap_or_else(PoisonError::into_inner) = line;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, target: u16, line: Arc<Mutex<Line>>) {
    // The connections end with the proxy.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let line = *line.lock().unwrap_or_else(PoisonError::into_inner);
        connections.spawn(async move {
            if let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await {
                carry(client, server, line).await;
            }
        });
    }
}

async fn carry(client: TcpStream, server: TcpStream, line: Line) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let there = pump(&mut from_client, &mut to_server, line.to_server, line.delay);
    let back = pump(&mut from_server, &mut to_client, line.to_client, line.delay);
    // The end of the whole line ends the other way with it.
    if let Err(Over::Reset) = tokio::try_join!(there, back) {
        let _ = from_client.as_ref().set_zero_linger();
        let _ = from_server.as_ref().set_zero_linger();
    }
}

/// The whole line is at its end.
enum Over {
    Cut,
    Reset,
}

/// Carries one way until it ends; an error ends both.
async fn pump(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    way: Way,
    delay: Duration,
) -> Result<(), Over> {
    let (queue, mut queued) = mpsc::unbounded_channel();
    let reading = async move {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match from.read(&mut chunk).await {
                Ok(0) => return,
                // A side that reset us has its reset passed on.
                Err(_) => {
                    let _ = queue.send((Instant::now(), Err(Over::Reset)));
                    return;
                }
                Ok(read) => {
                    let due = Instant::now() + delay;
                    let _ = queue.send((due, Ok(chunk[..read].to_vec())));
                }
            }
        }
    };
    let writing = async move {
        let mut left = way.ends;
        let mut at_once = way.at_once;
        if let Some((0, end)) = left {
            return finish(to, end).await;
        }
        while let Some((due, chunk)) = queued.recv().await {
            let chunk: Vec<u8> = chunk?;
            if !delay.is_zero() {
                sleep_until(due).await;
            }
            let carried = left.map_or(chunk.len(), |(octets, _)| octets.min(chunk.len()));
            let (first, rest) = chunk[..carried].split_at(at_once.min(carried));
            at_once -= first.len();
            write(to, first, None).await?;
            write(to, rest, way.octet).await?;
            if let Some((octets, end)) = &mut left {
                *octets -= carried;
                if *octets == 0 {
                    return finish(to, *end).await;
                }
            }
        }
        to.shutdown().await.map_err(|_| Over::Cut)
    };
    // What is still read after this way has ended is thrown away.
    tokio::pin!(reading, writing);
    tokio::select! {
        biased;
        written = &mut writing => {
            written?;
            reading.await;
            Ok(())
        }
        () = &mut reading => writing.await,
    }
}

async fn write(to: &mut OwnedWriteHalf, octets: &[u8], each: Option<Duration>) -> Result<(), Over> {
    let Some(each) = each else {
        return to.write_all(octets).await.map_err(|_| Over::Cut);
    };
    for octet in octets {
        sleep(each).await;
        to.write_all(&[*octet]).await.map_err(|_| Over::Cut)?;
    }
    Ok(())
}

async fn finish(to: &mut OwnedWriteHalf, end: End) -> Result<(), Over> {
    match end {
        End::Cut => Err(Over::Cut),
        End::Reset => Err(Over::Reset),
        End::HalfClose => to.shutdown().await.map_err(|_| Over::Cut),
        End::Silence => std::future::pending().await,
    }
}
