//! One conversation with a relay, phase by phase.
//!
//! Owns connecting, greeting, STARTTLS, AUTH and the transaction, each step
//! with its own limit. It must not judge a failure or try again: it says in
//! which phase what happened. A connection after a failure is to be dropped.

use std::future::Future;
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::ServerName;
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::ahead::Named;
use super::letter::Letter;
use super::reply::{Cause, Failure, Phase, Reply};
use super::{Limits, Login, Relay, Tls};
use crate::channel::tls::is_tls;

/// Both kinds of stream behind one face.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What is needed to open a connection.
pub(super) struct Door<'a> {
    pub(super) relay: &'a Relay,
    pub(super) hello_name: &'a str,
    pub(super) limits: &'a Limits,
    /// For a relay with whom we speak TLS.
    pub(super) tls: Option<&'a (TlsConnector, ServerName<'static>)>,
}

/// A connection that is ready for a mail.
pub(super) struct Connection {
    talk: Talk<Box<dyn Stream>>,
    offers: Offers,
    /// Whether a login may be sent: the wire is encrypted, or is this machine.
    private: bool,
    /// Whether MAIL, RCPT and DATA of a mail were sent ahead.
    named: bool,
    /// Whether the last mail on it was answered at once.
    quick: bool,
    /// Whether it has lain idle: its peer may be gone, without a word.
    kept: bool,
}

/// How long the reply to a dot may take for the next mail to be named ahead of
/// it, and how long that one waits for it before it goes elsewhere.
const QUICK: Duration = Duration::from_millis(250);

/// How long a relay may take for the first reply to a mail that was named ahead, or
/// that goes out on a kept connection: one that has thrown away what came behind
/// the dot never answers, nor one that has gone.
const BEHIND: Duration = Duration::from_secs(5);

/// What the server offers after EHLO.
#[derive(Clone, Debug, Default)]
struct Offers {
    pipelining: bool,
    starttls: bool,
    /// The mechanisms of AUTH, in capitals.
    logins: Vec<String>,
}

impl Offers {
    fn read(reply: &Reply) -> Self {
        let mut offers = Self::default();
        // The first line is the server's name.
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            // Some old servers write `AUTH=LOGIN`.
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("PIPELINING") => offers.pipelining = true,
                Some("STARTTLS") => offers.starttls = true,
                Some("AUTH") => offers.logins.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        offers
    }
}

impl Connection {
    /// Connects to the first of the relay's addresses with which it comes up to the point
    /// where AUTH or MAIL may be said.
    ///
    /// Why the next one also where one answers and does not greet, or shows a wrong
    /// certificate: behind one name stand several machines, of which one may be ill.
    pub(super) async fn open(door: &Door<'_>) -> Result<Self, Failure> {
        let addresses = addresses(door).await?;
        // Why shared: a dead IPv6 route must not use the limit up.
        let share = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        let limit = door.limits.connect / share;
        let mut farthest: Option<Failure> = None;
        for address in addresses {
            let opened = async { Self::on(connect(address, limit).await?, door).await };
            match opened.await {
                Ok(connection) => return Ok(connection),
                // Why: what was said where one came farthest tells the most.
                Err(failure)
                    if farthest
                        .as_ref()
                        .is_some_and(|far| far.phase > failure.phase) => {}
                Err(failure) => farthest = Some(failure),
            }
        }
        let nowhere = || {
            let words = io::Error::other("the name has no address");
            Failure::new(Phase::Connect, Cause::Lost(words))
        };
        Err(farthest.unwrap_or_else(nowhere))
    }

    async fn on(tcp: TcpStream, door: &Door<'_>) -> Result<Self, Failure> {
        let local = tcp.peer_addr().is_ok_and(|peer| is_local(peer.ip()));
        if door.relay.tls == Tls::Implicit {
            let mut talk = Talk::new(handshake(tcp, door).await?);
            talk.greet(door.limits).await?;
            let offers = talk.hello(door).await?;
            return Ok(Self::new(talk, offers, true));
        }
        let mut talk = Talk::new(tcp);
        talk.greet(door.limits).await?;
        let offers = talk.hello(door).await?;
        let wanted = match door.relay.tls {
            Tls::None | Tls::Implicit => false,
            Tls::Opportunistic => offers.starttls,
            Tls::Required => true,
        };
        if !wanted {
            return Ok(Self::new(talk.boxed(), offers, local));
        }
        if !offers.starttls {
            let words = "the relay does not offer STARTTLS, and TLS is required".to_owned();
            return Err(Failure::new(Phase::StartTls, Cause::Tls(words)));
        }
        let tcp = talk.start_tls(door.limits).await?;
        let mut talk = Talk::new(handshake(tcp, door).await?);
        let offers = talk.hello(door).await?;
        Ok(Self::new(talk, offers, true))
    }

    fn new(talk: Talk<Box<dyn Stream>>, offers: Offers, private: bool) -> Self {
        Self {
            talk,
            offers,
            private,
            named: false,
            quick: false,
            kept: false,
        }
    }

    /// It is put aside for a later mail.
    pub(super) const fn note_idle(&mut self) {
        self.kept = true;
    }

    /// Whether a mail was named on it that has not been handed over.
    pub(super) const fn is_named(&self) -> bool {
        self.named
    }

    /// Whether the last mail on it was answered at once.
    pub(super) const fn is_quick(&self) -> bool {
        self.quick
    }

    /// Says who we are.
    pub(super) async fn login(&mut self, login: &Login, limits: &Limits) -> Result<(), Failure> {
        let hold = |words: &str| Failure::new(Phase::Login, Cause::Login(words.to_owned()));
        if !self.private {
            return Err(hold("a login is not sent over a plain connection: use TLS"));
        }
        let offered = |name: &str| self.offers.logins.iter().any(|offer| offer == name);
        let (name, password) = (login.name.as_str(), login.password.expose_secret());
        let steps = if offered("PLAIN") {
            let words = STANDARD.encode(format!("\0{name}\0{password}"));
            vec![format!("AUTH PLAIN {words}\r\n")]
        } else if offered("LOGIN") {
            vec![
                "AUTH LOGIN\r\n".to_owned(),
                format!("{}\r\n", STANDARD.encode(name)),
                format!("{}\r\n", STANDARD.encode(password)),
            ]
        } else {
            return Err(hold("the relay offers neither AUTH PLAIN nor AUTH LOGIN"));
        };
        let last = steps.len() - 1;
        for (at, step) in steps.iter().enumerate() {
            let asked = self.talk.ask(step.as_bytes());
            let reply = limited(Phase::Login, limits.hello, asked).await?;
            let goes_on = if at == last {
                reply.is_positive()
            } else {
                reply.code == 334
            };
            if !goes_on {
                return Err(Failure::new(Phase::Login, Cause::Refused(reply)));
            }
        }
        Ok(())
    }

    /// Hands over one mail for one recipient. `Ok` is the reply after the dot
    /// and nothing else; beside it the mail that was named behind the dot, which
    /// `next` gives where the relay answers at once.
    pub(super) async fn transact(
        &mut self,
        letter: &Letter,
        limits: &Limits,
        next: impl FnOnce() -> Option<Named>,
    ) -> Result<(Reply, Option<Named>), Failure> {
        self.begin(letter, limits).await?;
        let mut next = if self.offers.pipelining && self.quick {
            next()
        } else {
            None
        };
        self.named = next.is_some();
        let group = next.as_ref().map_or("", |next| next.group.as_str());
        self.hand_over(&letter.data, group.as_bytes(), limits)
            .await?;
        let told = self.talk.expect(Phase::Dot, limits.end_of_data, 250);
        tokio::pin!(told);
        let soon = timeout(QUICK, &mut told).await;
        self.quick = soon.is_ok();
        let reply = match soon {
            Ok(told) => told?,
            Err(_) => {
                // Invariant: no mail waits for what a relay makes of another's.
                next = None;
                told.await?
            }
        };
        // Invariant: only the mail system's own word says that it took the mail
        // (decision 36).
        if !reply.is_of_the_mail_system() {
            return Err(Failure::new(Phase::Dot, Cause::Refused(reply)));
        }
        Ok((reply, next))
    }

    /// Says from whom and to whom a mail is, as far as that was not said ahead.
    async fn begin(&mut self, letter: &Letter, limits: &Limits) -> Result<(), Failure> {
        let named = std::mem::take(&mut self.named);
        let kept = std::mem::take(&mut self.kept);
        let first = match named || kept {
            true => BEHIND.min(limits.mail),
            false => limits.mail,
        };
        if named || self.offers.pipelining {
            if !named {
                // One write for the group.
                let group = letter.group();
                limited(Phase::Mail, first, self.talk.say(group.as_bytes())).await?;
            }
            self.talk.expect(Phase::Mail, first, 250).await?;
            self.talk.expect(Phase::Rcpt, limits.rcpt, 250).await?;
        } else {
            for (phase, limit, line) in [
                (Phase::Mail, first, letter.mail.as_str()),
                (Phase::Rcpt, limits.rcpt, letter.rcpt.as_str()),
                (Phase::Data, limits.data, "DATA\r\n"),
            ] {
                limited(phase, limit, self.talk.say(line.as_bytes())).await?;
                if phase != Phase::Data {
                    self.talk.expect(phase, limit, 250).await?;
                }
            }
        }
        self.talk
            .expect(Phase::Data, limits.data, 354)
            .await
            .map(drop)
    }

    /// Writes the message and its dot, and behind it the group of the next mail.
    async fn hand_over(
        &mut self,
        data: &[u8],
        group: &[u8],
        limits: &Limits,
    ) -> Result<(), Failure> {
        // A server that has thought better of its 354 says so at once.
        if !self.talk.stream.buffer().is_empty() {
            let reply = limited(Phase::Content, limits.data, self.talk.reply()).await?;
            return Err(Failure::new(Phase::Content, Cause::Refused(reply)));
        }
        // Invariant: until the last octet is written the server cannot have
        // seen the dot, so a failure here is surely "not sent".
        let mut written = 0;
        let saying = self.talk.say_both([data, group], &mut written);
        let Err(failure) = limited(Phase::Content, limits.end_of_data, saying).await else {
            return Ok(());
        };
        if written >= data.len() {
            // The reply to the dot says what became of it, or that none comes.
            return Ok(());
        }
        if matches!(failure.cause, Cause::Late(_)) {
            return Err(failure);
        }
        // A server that refuses in the middle says why before it hangs up.
        match limited(Phase::Content, limits.data, self.talk.reply()).await {
            Ok(reply) => Err(Failure::new(Phase::Content, Cause::Refused(reply))),
            Err(_) => Err(failure),
        }
    }
}

/// Requests and replies over one stream.
struct Talk<S> {
    stream: BufReader<S>,
}

impl<S: Stream> Talk<S> {
    fn new(stream: S) -> Self {
        Self {
            stream: BufReader::new(stream),
        }
    }

    async fn say(&mut self, octets: &[u8]) -> Result<(), Cause> {
        self.stream.write_all(octets).await.map_err(Cause::Lost)?;
        self.stream.flush().await.map_err(Cause::Lost)
    }

    /// Says both in one write where that can be; how many octets may have gone.
    async fn say_both(&mut self, both: [&[u8]; 2], gone: &mut usize) -> Result<(), Cause> {
        let mut slices = both.map(IoSlice::new);
        let mut left = &mut slices[..];
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            let written = self.stream.write_vectored(left).await;
            let written = written.map_err(Cause::Lost)?;
            if written == 0 {
                return Err(Cause::Lost(io::ErrorKind::WriteZero.into()));
            }
            *gone += written;
            IoSlice::advance_slices(&mut left, written);
        }
        self.stream.flush().await.map_err(Cause::Lost)
    }

    async fn reply(&mut self) -> Result<Reply, Cause> {
        Reply::read(&mut self.stream).await
    }

    async fn ask(&mut self, octets: &[u8]) -> Result<Reply, Cause> {
        self.say(octets).await?;
        self.reply().await
    }

    /// Reads a reply that must be of the class of `code`.
    async fn expect(&mut self, phase: Phase, limit: Duration, code: u16) -> Result<Reply, Failure> {
        let reply = limited(phase, limit, self.reply()).await?;
        if reply.code / 100 == code / 100 {
            Ok(reply)
        } else {
            Err(Failure::new(phase, Cause::Refused(reply)))
        }
    }

    async fn greet(&mut self, limits: &Limits) -> Result<(), Failure> {
        self.expect(Phase::Greeting, limits.greeting, 220)
            .await
            .map(drop)
    }

    /// EHLO, and HELO for a server that does not know it.
    async fn hello(&mut self, door: &Door<'_>) -> Result<Offers, Failure> {
        let limit = door.limits.hello;
        let ehlo = format!("EHLO {}\r\n", door.hello_name);
        let reply = limited(Phase::Hello, limit, self.ask(ehlo.as_bytes())).await?;
        if reply.is_positive() {
            return Ok(Offers::read(&reply));
        }
        if reply.is_transient() {
            return Err(Failure::new(Phase::Hello, Cause::Refused(reply)));
        }
        let helo = format!("HELO {}\r\n", door.hello_name);
        let reply = limited(Phase::Hello, limit, self.ask(helo.as_bytes())).await?;
        if reply.is_positive() {
            return Ok(Offers::default());
        }
        Err(Failure::new(Phase::Hello, Cause::Refused(reply)))
    }
}

impl Talk<TcpStream> {
    /// Asks for TLS and gives the bare stream back.
    async fn start_tls(mut self, limits: &Limits) -> Result<TcpStream, Failure> {
        let asked = self.ask(b"STARTTLS\r\n");
        let reply = limited(Phase::StartTls, limits.hello, asked).await?;
        if !reply.is_positive() {
            return Err(Failure::new(Phase::StartTls, Cause::Refused(reply)));
        }
        // Invariant: nothing that was said in the clear is taken as said
        // under TLS (the injection of CVE-2011-0411).
        if !self.stream.buffer().is_empty() {
            let words = "words in the clear came after STARTTLS".to_owned();
            return Err(Failure::new(Phase::StartTls, Cause::Tls(words)));
        }
        Ok(self.stream.into_inner())
    }

    fn boxed(self) -> Talk<Box<dyn Stream>> {
        // Invariant: every reply that was asked for has been read, and a
        // server that said more than that is out of step anyway.
        Talk::new(Box::new(self.stream.into_inner()))
    }
}

/// Where the relay stands: one address, or several.
async fn addresses(door: &Door<'_>) -> Result<Vec<SocketAddr>, Failure> {
    let target = (door.relay.host.as_str(), door.relay.port);
    let looked_up = async { tokio::net::lookup_host(target).await.map_err(Cause::Lost) };
    let found = limited(Phase::Connect, door.limits.connect, looked_up).await?;
    Ok(found.collect())
}

async fn connect(address: SocketAddr, limit: Duration) -> Result<TcpStream, Failure> {
    let connected = async {
        let tcp = TcpStream::connect(address).await?;
        // Why: without it each mail waits 40 ms for a delayed ACK.
        tcp.set_nodelay(true)?;
        Ok(tcp)
    };
    let connected = async { connected.await.map_err(Cause::Lost) };
    limited(Phase::Connect, limit, connected).await
}

async fn handshake(tcp: TcpStream, door: &Door<'_>) -> Result<Box<dyn Stream>, Failure> {
    let Some((connector, name)) = door.tls else {
        let words = "TLS is not set up for this relay".to_owned();
        return Err(Failure::new(Phase::StartTls, Cause::Tls(words)));
    };
    let connected = async {
        connector
            .connect(name.clone(), tcp)
            .await
            .map_err(|error| match is_tls(&error) {
                true => Cause::Tls(error.to_string()),
                // Why: it may have no more connections to give, or start anew.
                false => Cause::Lost(error),
            })
    };
    let stream = limited(Phase::StartTls, door.limits.hello, connected).await?;
    Ok(Box::new(stream))
}

fn is_local(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Runs a step within its limit.
pub(super) async fn limited<T>(
    phase: Phase,
    limit: Duration,
    step: impl Future<Output = Result<T, Cause>>,
) -> Result<T, Failure> {
    timeout(limit, step)
        .await
        .unwrap_or(Err(Cause::Late(limit)))
        .map_err(|cause| Failure::new(phase, cause))
}
