//! A mail server that does as it is told.
//!
//! `SmtpServer::start(Script::new())` takes every mail. A script changes what
//! is done at a step: always, a number of times, or for one recipient. The
//! server keeps every mail that was handed over to the dot and every command,
//! and a test waits for them without sleeping:
//!
//! ```ignore
//! let server = SmtpServer::start(Script::new().refuse("dead@example.jp", "550 5.1.1 unknown")).await;
//! server.set(Script::new().once(Step::Dot, Act::Drop));   // from now on
//! let mail = server.mail(1).await;                        // the first mail
//! ```

mod session;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use muster::channel::email::{CONNECTIONS_PER_RELAY, Limits, Relay, Settings, Tls};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::waiting::Watched;

/// A step at which the script may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The client connected.
    Connect,
    /// EHLO came.
    Ehlo,
    /// HELO came.
    Helo,
    /// STARTTLS came.
    StartTls,
    /// AUTH and all its words came.
    Auth,
    /// MAIL FROM came.
    Mail,
    /// RCPT TO came.
    Rcpt,
    /// DATA came.
    Data,
    /// The lone dot came: the mail is whole.
    Dot,
}

/// What is done at a step in place of the friendly reply.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Says this, and goes on.
    Say(String),
    /// Says this, and hangs up.
    SayAndDrop(String),
    /// Hangs up without a word.
    Drop,
    /// Says nothing and keeps the connection open.
    Stall,
    /// Says this octet by octet, so that each comes soon and the whole never.
    Trickle(String),
    /// Says nothing until another script is set, and acts by that one.
    Wait,
}

impl Act {
    /// Says this, and goes on.
    pub(crate) fn say(words: &str) -> Self {
        Self::Say(words.to_owned())
    }
}

#[derive(Clone, Debug)]
struct Rule {
    step: Step,
    to: Option<String>,
    /// How often it still holds; `None` for ever.
    left: Option<u32>,
    act: Act,
}

/// What the server does. The first rule that fits is taken.
#[derive(Clone)]
pub(crate) struct Script {
    rules: Vec<Rule>,
    esmtp: bool,
    pipelining: bool,
    starttls: Option<TlsAcceptor>,
    implicit: Option<TlsAcceptor>,
    login: Option<(String, String)>,
    mechanisms: &'static str,
}

impl Script {
    /// A friendly server: ESMTP, pipelining, every mail is taken.
    pub(crate) fn new() -> Self {
        Self {
            rules: Vec::new(),
            esmtp: true,
            pipelining: true,
            starttls: None,
            implicit: None,
            login: None,
            mechanisms: "PLAIN LOGIN",
        }
    }

    /// Acts at every such step.
    pub(crate) fn on(self, step: Step, act: Act) -> Self {
        self.rule(step, None, None, act)
    }

    /// Acts at the first such step from now.
    pub(crate) fn once(self, step: Step, act: Act) -> Self {
        self.rule(step, None, Some(1), act)
    }

    /// Refuses one recipient, as `550 5.1.1 unknown`.
    pub(crate) fn refuse(self, to: &str, reply: &str) -> Self {
        self.rule(Step::Rcpt, Some(to.to_owned()), None, Act::say(reply))
    }

    /// Refuses the mail of one recipient in the middle of its text, and hangs up.
    pub(crate) fn breaks_off(self, to: &str, reply: &str) -> Self {
        let words = format!("354 go on\r\n{reply}");
        self.rule(
            Step::Data,
            Some(to.to_owned()),
            None,
            Act::SayAndDrop(words),
        )
    }

    /// Says nothing where this recipient is named.
    pub(crate) fn stall(self, to: &str) -> Self {
        self.rule(Step::Rcpt, Some(to.to_owned()), None, Act::Stall)
    }

    /// Does not know EHLO.
    pub(crate) fn without_esmtp(mut self) -> Self {
        self.esmtp = false;
        self
    }

    /// Does not offer PIPELINING.
    pub(crate) fn without_pipelining(mut self) -> Self {
        self.pipelining = false;
        self
    }

    /// Offers STARTTLS.
    pub(crate) fn starttls(mut self, acceptor: TlsAcceptor) -> Self {
        self.starttls = Some(acceptor);
        self
    }

    /// Speaks TLS from the first octet. Holds from the start only.
    pub(crate) fn implicit_tls(mut self, acceptor: TlsAcceptor) -> Self {
        self.implicit = Some(acceptor);
        self
    }

    /// Wants a login, by `PLAIN`, `LOGIN` or both.
    pub(crate) fn login(mut self, name: &str, password: &str, mechanisms: &'static str) -> Self {
        self.login = Some((name.to_owned(), password.to_owned()));
        self.mechanisms = mechanisms;
        self
    }

    fn rule(mut self, step: Step, to: Option<String>, left: Option<u32>, act: Act) -> Self {
        self.rules.push(Rule {
            step,
            to,
            left,
            act,
        });
        self
    }
}

/// A mail that came up to the dot.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The envelope's sender, without brackets.
    pub(crate) from: String,
    /// The envelope's recipients that were not refused.
    pub(crate) to: Vec<String>,
    /// The message, dots undone.
    pub(crate) data: Vec<u8>,
    /// Whether the server said that it took it.
    pub(crate) accepted: bool,
    /// Whether it came over TLS.
    pub(crate) secure: bool,
    /// Whether the commands came in one group.
    pub(crate) pipelined: bool,
}

impl Received {
    /// The message as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
}

#[derive(Default)]
struct Log {
    mails: Vec<Received>,
    commands: Vec<String>,
    steps: Vec<Step>,
    connections: usize,
    open: usize,
    most_open: usize,
    /// How many of those that are open say nothing, as told.
    halted: usize,
}

struct Shared {
    script: Watched<Script>,
    /// How many scripts there were.
    scripts: Watched<usize>,
    log: Watched<Log>,
}

/// A server on a port of its own on this machine. It ends when it is dropped.
pub(crate) struct SmtpServer {
    /// Where it listens, on 127.0.0.1.
    pub(crate) port: u16,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

impl SmtpServer {
    /// Starts a server.
    pub(crate) async fn start(script: Script) -> Self {
        Self::start_at("127.0.0.1:0", script).await
    }

    /// Starts a server elsewhere.
    pub(crate) async fn start_at(address: &str, script: Script) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            script: Watched::new(script),
            scripts: Watched::new(1),
            log: Watched::new(Log::default()),
        });
        let accepting = tokio::spawn(session::accept(listener, shared.clone()));
        Self {
            port,
            shared,
            accepting,
        }
    }

    /// Starts a friendly server that has these mails from before.
    pub(crate) async fn start_with(mails: Vec<Received>) -> Self {
        let server = Self::start(Script::new()).await;
        server.shared.log.change(|log| log.mails = mails);
        server
    }

    /// Puts another script in force, for open connections too.
    pub(crate) fn set(&self, script: Script) {
        self.shared.script.change(|old| *old = script);
        self.shared.scripts.change(|count| *count += 1);
    }

    /// The `n`th mail from 1, as soon as it has come up to the dot.
    pub(crate) async fn mail(&self, n: usize) -> Received {
        let look = |log: &Log| log.mails.get(n - 1).cloned();
        self.shared.log.wait_for(&format!("mail {n}"), look).await
    }

    /// The `n`th mail from 1 to an address, as soon as it has come.
    pub(crate) async fn mail_to(&self, to: &str, n: usize) -> Received {
        let look = |log: &Log| addressed(log, to).nth(n - 1).cloned();
        let what = format!("mail {n} to {to}");
        self.shared.log.wait_for(&what, look).await
    }

    /// Waits until the mails that have come up to the dot are as wanted.
    pub(crate) async fn until(&self, what: &str, mut wanted: impl FnMut(&[Received]) -> bool) {
        let look = |log: &Log| wanted(&log.mails).then_some(());
        self.shared.log.wait_for(what, look).await;
    }

    /// How many mails have come to an address so far.
    pub(crate) fn count_to(&self, to: &str) -> usize {
        addressed(&self.shared.log.lock(), to).count()
    }

    /// The mail to an address that came last.
    pub(crate) fn last_to(&self, to: &str) -> Option<Received> {
        addressed(&self.shared.log.lock(), to).last().cloned()
    }

    /// Every mail that has come up to the dot so far.
    pub(crate) fn mails(&self) -> Vec<Received> {
        self.shared.log.lock().mails.clone()
    }

    /// Every command so far, as it came.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.shared.log.lock().commands.clone()
    }

    /// How often a step was reached so far.
    pub(crate) fn count(&self, step: Step) -> usize {
        count(&self.shared.log.lock(), step)
    }

    /// Waits until a step was reached `n` times.
    pub(crate) async fn reached(&self, step: Step, n: usize) {
        let look = |log: &Log| (count(log, step) >= n).then_some(());
        let what = format!("{step:?} {n} times");
        self.shared.log.wait_for(&what, look).await;
    }

    /// How many connections there were so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.log.lock().connections
    }

    /// How many connections were open at most at one time.
    pub(crate) fn most_open(&self) -> usize {
        self.shared.log.lock().most_open
    }

    /// How many connections stand, as the kernel counts them: one that the client
    /// has hung up on is none, although nobody here has read that yet.
    pub(crate) fn standing(&self) -> usize {
        let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let here = format!("0100007F:{:04X}", self.port);
        let stands = |line: &str| {
            let mut words = line.split_whitespace().skip(1);
            let (own, peer, state) = (words.next()?, words.next()?, words.next()?);
            (own == here && state == "01").then(|| peer.to_owned())
        };
        // Why by the peers: the kernel gives the list in pieces, and what it gave in one
        // comes again in the next where other sockets come and go meanwhile.
        let peers: HashSet<String> = sockets.lines().filter_map(stands).collect();
        peers.len()
    }

    /// Waits until no connection is open.
    pub(crate) async fn quiet(&self) {
        let look = |log: &Log| (log.open == 0).then_some(());
        self.shared
            .log
            .wait_for("all connections closed", look)
            .await;
    }

    /// Waits until everything is read that clients which have ended had sent.
    pub(crate) async fn drained(&self) {
        // Connections are taken in their order: with this one, all before it are.
        let mut last = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let _ = last.read(&mut [0; 1]).await;
        drop(last);
        let look = |log: &Log| (log.open == log.halted).then_some(());
        let ends = self
            .shared
            .log
            .wait_for("all connections at their end", look);
        ends.await;
    }

    /// This server as a relay without TLS or login.
    pub(crate) fn relay(&self) -> Relay {
        relay(self.port)
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A relay on this machine without TLS or login.
pub(crate) fn relay(port: u16) -> Relay {
    Relay {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        login: None,
        extra_roots: None,
        connections: CONNECTIONS_PER_RELAY,
        rate: None,
    }
}

/// Settings for relays, with the usual limits.
pub(crate) fn settings(relays: Vec<Relay>) -> Settings {
    Settings {
        from: "muster@example.jp".to_owned(),
        relays,
        hello_name: "muster.example.jp".to_owned(),
        limits: Limits::default(),
    }
}

/// The usual limits, but short at one step, so that a stall there ends soon
/// and a busy machine fails nothing elsewhere.
pub(crate) fn short_at(step: Step) -> Limits {
    let mut limits = Limits::default();
    let limit = match step {
        Step::Connect => &mut limits.greeting,
        Step::Ehlo | Step::Helo | Step::StartTls | Step::Auth => &mut limits.hello,
        Step::Mail => &mut limits.mail,
        Step::Rcpt => &mut limits.rcpt,
        Step::Data => &mut limits.data,
        Step::Dot => &mut limits.end_of_data,
    };
    *limit = Duration::from_millis(300);
    limits
}

fn addressed<'a>(log: &'a Log, to: &str) -> impl Iterator<Item = &'a Received> {
    let to = to.to_owned();
    log.mails.iter().filter(move |mail| mail.to.contains(&to))
}

fn count(log: &Log, step: Step) -> usize {
    log.steps.iter().filter(|seen| **seen == step).count()
}
