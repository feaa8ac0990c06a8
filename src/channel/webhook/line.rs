//! The connections to one gateway, each spoken on by one message at a time.
//!
//! Owns looking up, connecting, TLS, the exchange of one request for one
//! answer, and the list of idle connections. HTTP itself is hyper's, driven by
//! the message that waits for it, so that no task and no queue stand between
//! the two. It must not judge an answer or try again.

use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::exchange::{ANSWER_OCTETS, Answer, Failure, chain};
use super::names::Names;
use crate::channel::tls::is_tls;
use crate::clock::Clock;

/// How long a connection is kept for the next message. Short, because a POST
/// on a connection that the receiver is just closing is ambiguous.
const KEPT: SignedDuration = SignedDuration::from_secs(10);

/// How long none is kept after one that was kept broke off under a message.
const NOT_KEPT: SignedDuration = SignedDuration::from_mins(10);

/// How long one address is waited for before the next one is tried beside it.
const NEXT_ADDRESS: Duration = Duration::from_millis(300);

/// Both kinds of stream behind one face.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

type Wire = TokioIo<Box<dyn Stream>>;

/// Where a gateway stands.
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    /// For `https`.
    pub(super) tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// The way to one gateway.
pub(super) struct Lines {
    place: Place,
    names: Arc<Names>,
    /// Looking up, connecting and TLS together.
    connect: Duration,
    clock: Clock,
    /// The longest idle one first.
    idle: Mutex<Vec<(Box<Line>, Timestamp)>>,
    /// When one that was kept last broke off under a message.
    broke_off: Mutex<Option<Timestamp>>,
}

/// How far an exchange came.
#[derive(Default)]
struct Progress {
    /// The request is given to a connection that stands.
    begun: bool,
    answer: Option<Answer>,
}

impl Lines {
    pub(super) fn new(place: Place, names: Arc<Names>, connect: Duration, clock: Clock) -> Self {
        Self {
            place,
            names,
            connect,
            clock,
            idle: Mutex::default(),
            broke_off: Mutex::default(),
        }
    }

    /// Sends one request, and gives its answer as far as it came in time.
    pub(super) async fn ask(
        &self,
        request: Request<String>,
        limit: Duration,
    ) -> Result<Answer, Failure> {
        let mut progress = Progress::default();
        let ended = timeout(limit, self.exchange(request, &mut progress)).await;
        let late = || format!("no answer within {} s", limit.as_secs_f64());
        match (progress.answer, ended) {
            // Why: the status stands, whatever becomes of the body.
            (Some(answer), _) => Ok(answer),
            (None, Ok(Err(failure))) => Err(failure),
            (None, Err(_)) if !progress.begun => Err(Failure::late(late())),
            (None, _) => Err(Failure::Silent(late())),
        }
    }

    async fn exchange(
        &self,
        request: Request<String>,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let mut request = request;
        while let Some(mut line) = self.take_idle() {
            // Invariant: a connection that its receiver has closed meanwhile
            // is found so before anything is written to it.
            if line.drive(SendRequest::ready).await.is_err() {
                continue;
            }
            progress.begun = true;
            match self.speak(line, request, &mut progress.answer).await {
                Ok(None) => return Ok(()),
                Ok(Some(unsent)) => request = unsent,
                Err(failure) => {
                    *self.broke_off() = Some(self.clock.now());
                    return Err(failure);
                }
            }
            progress.begun = false;
        }
        let connecting = timeout(self.connect, self.open());
        let line = connecting.await.map_err(|_| {
            let limit = self.connect.as_secs_f64();
            Failure::late(format!("no connection within {limit} s"))
        })??;
        progress.begun = true;
        match self.speak(line, request, &mut progress.answer).await? {
            None => Ok(()),
            Some(_) => Err(Failure::unreachable(
                "the connection was closed at once".to_owned(),
            )),
        }
    }

    /// One request on one connection; it comes back if nothing of it was
    /// written.
    ///
    /// Invariant: a connection is in nobody's list while it is spoken on, and
    /// comes back only after the whole answer. A future that is dropped drops
    /// its connection, half-spoken as it is.
    async fn speak(
        &self,
        mut line: Box<Line>,
        request: Request<String>,
        answer: &mut Option<Answer>,
    ) -> Result<Option<Request<String>>, Failure> {
        let sent = line.drive(|sender| sender.try_send_request(request)).await;
        let mut response = match sent {
            Ok(response) => response,
            Err(mut error) => {
                return match error.take_message() {
                    Some(request) => Ok(Some(request)),
                    None => Err(Failure::Lost(chain(error.error()))),
                };
            }
        };
        let answer = answer.insert(Answer::begun(&mut response));
        line.read(response, answer).await;
        if answer.whole && line.connection.is_some() {
            self.keep(line);
        }
        Ok(None)
    }

    async fn open(&self) -> Result<Box<Line>, Failure> {
        let tcp = self.connect().await?;
        // Why: without it each message waits 40 ms for a delayed ACK.
        tcp.set_nodelay(true)
            .map_err(|error| Failure::unreachable(error.to_string()))?;
        let stream: Box<dyn Stream> = match &self.place.tls {
            None => Box::new(tcp),
            Some((connector, name)) => {
                let handshake = connector.connect(name.clone(), tcp).await;
                Box::new(handshake.map_err(|error| match is_tls(&error) {
                    true => Failure::tls(error.to_string()),
                    false => Failure::unreachable(error.to_string()),
                })?)
            }
        };
        // Why: head and body are small, and one write of both costs less.
        let mut builder = hyper::client::conn::http1::Builder::new();
        let opened = builder.writev(false).handshake(TokioIo::new(stream)).await;
        let (sender, connection) =
            opened.map_err(|error| Failure::unreachable(error.to_string()))?;
        Ok(Box::new(Line {
            sender,
            connection: Some(connection),
        }))
    }

    /// Connects to the first address that answers.
    async fn connect(&self) -> Result<TcpStream, Failure> {
        let host = self.place.host.as_str();
        let found = match host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => self.names.find(host).await.map_err(Failure::unreachable)?,
        };
        let mut addresses = found.into_iter();
        let mut running = FuturesUnordered::new();
        let mut last = format!("{host} has no address");
        loop {
            let patience = match addresses.next() {
                Some(address) => {
                    running.push(TcpStream::connect(SocketAddr::new(
                        address,
                        self.place.port,
                    )));
                    NEXT_ADDRESS
                }
                None if running.is_empty() => return Err(Failure::unreachable(last)),
                None => self.connect,
            };
            match timeout(patience, running.next()).await {
                Ok(Some(Ok(tcp))) => return Ok(tcp),
                Ok(Some(Err(error))) => last = format!("connect: {error}"),
                Ok(None) | Err(_) => {}
            }
        }
    }

    fn take_idle(&self) -> Option<Box<Line>> {
        let mut idle = self.idle();
        self.let_old_go(&mut idle);
        idle.pop().map(|(line, _)| line)
    }

    /// Keeps it for the next message, unless one that was kept broke off of late.
    ///
    /// Why: such a gateway closes them without a word, and nobody can know then whether it
    /// has the message.
    fn keep(&self, line: Box<Line>) {
        let now = self.clock.now();
        let broke_off = *self.broke_off();
        if broke_off.is_some_and(|at| now.duration_since(at) < NOT_KEPT) {
            return;
        }
        let mut idle = self.idle();
        self.let_old_go(&mut idle);
        idle.push((line, now));
    }

    fn let_old_go(&self, idle: &mut Vec<(Box<Line>, Timestamp)>) {
        let now = self.clock.now();
        let old = |(_, since): &(_, Timestamp)| now.duration_since(*since) >= KEPT;
        while idle.first().is_some_and(old) {
            idle.remove(0);
        }
    }

    pub(super) fn close_idle(&self) {
        self.idle().clear();
    }

    /// Why: nothing that is done under the lock can fail half-way, so a
    /// panic elsewhere leaves it sound.
    fn idle(&self) -> MutexGuard<'_, Vec<(Box<Line>, Timestamp)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn broke_off(&self) -> MutexGuard<'_, Option<Timestamp>> {
        let broke_off = self.broke_off.lock();
        broke_off.unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection.
struct Line {
    sender: SendRequest<String>,
    /// Invariant: gone as soon as it has ended, so that whoever waits for
    /// something of it hears that nothing comes.
    connection: Option<Connection<Wire, String>>,
}

impl Line {
    /// Waits for something of the connection while driving it.
    async fn drive<'a, F, T>(&'a mut self, what: impl FnOnce(&'a mut SendRequest<String>) -> F) -> T
    where
        F: Future<Output = T> + 'a,
    {
        let mut what = pin!(what(&mut self.sender));
        let connection = &mut self.connection;
        poll_fn(|context| {
            poll(connection, context);
            what.as_mut().poll(context)
        })
        .await
    }

    /// The answer's body, as far as it comes and is worth reading.
    async fn read(&mut self, response: Response<Incoming>, answer: &mut Answer) {
        let mut body = response.into_body();
        while answer.body.len() < ANSWER_OCTETS {
            let frame = poll_fn(|context| {
                poll(&mut self.connection, context);
                Pin::new(&mut body).poll_frame(context)
            });
            match frame.await {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        answer.take(data);
                    }
                }
                Some(Err(_)) => return,
                None => {
                    answer.whole = true;
                    return;
                }
            }
        }
    }
}

/// Drives a connection, and lets it go at its end.
fn poll(connection: &mut Option<Connection<Wire, String>>, context: &mut Context<'_>) {
    let ended = connection
        .as_mut()
        .is_some_and(|connection| Pin::new(connection).poll(context).is_ready());
    if ended {
        *connection = None;
    }
}
