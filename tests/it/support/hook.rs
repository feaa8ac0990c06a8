//! A webhook's receiver that does as it is told.
//!
//! `HookServer::start(Script::new())` answers 200 to every POST. A script
//! answers otherwise: always, once, or where the body holds a word (a
//! person's address). The server keeps every POST that came whole, and a test
//! waits for them without sleeping:
//!
//! ```ignore
//! let server = HookServer::start(Script::new().once(Answer::status(503))).await;
//! server.set(Script::new().refuse("+81-00", Answer::status(410)));  // from now on
//! let post = server.post(1).await;                                  // the first POST
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use muster::channel::webhook::{Settings, Success, SystemNames, TIMEOUT};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::waiting::Watched;

/// What is done with a POST that came whole.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Answers with a status, headers and a body.
    Say {
        /// The status.
        status: u16,
        /// More headers, `name: value`.
        headers: Vec<String>,
        /// The body.
        body: String,
    },
    /// Hangs up without a word.
    Drop,
    /// Says nothing and keeps the connection open.
    Stall,
    /// Answers 200 once it is let go.
    Wait(Arc<Notify>),
    /// Answers 200 and never ends the body.
    Endless,
    /// Answers with these octets as they are, and hangs up.
    Raw(Vec<u8>),
}

impl Answer {
    /// A status and no more.
    pub(crate) fn status(status: u16) -> Self {
        Self::with(status, &[], "")
    }

    /// 200 and a whole body that is packed, as its header says: `ok, taken`, by
    /// `gzip -n9`.
    pub(crate) fn packed() -> Self {
        const BODY: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xcb\xcf\xd6\x51\x28\x49\xcc\x4e\
            \xcd\x03\0\xfd\x91\x29\x9e\x09\0\0\0";
        let length = BODY.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n"
        );
        Self::Raw([head.as_bytes(), BODY].concat())
    }

    /// A status, headers as `name: value`, and a body.
    pub(crate) fn with(status: u16, headers: &[&str], body: &str) -> Self {
        Self::Say {
            status,
            headers: headers.iter().map(|header| (*header).to_owned()).collect(),
            body: body.to_owned(),
        }
    }
}

#[derive(Clone, Debug)]
struct Rule {
    word: Option<String>,
    left: Option<u32>,
    answer: Answer,
}

/// What the server does. The first rule that fits is taken.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    rules: Vec<Rule>,
}

impl Script {
    /// Answers 200 to everything.
    pub(crate) fn new() -> Self {
        Self { rules: Vec::new() }
    }

    /// Answers every POST so.
    pub(crate) fn always(self, answer: Answer) -> Self {
        self.rule(None, None, answer)
    }

    /// Answers the next POST so.
    pub(crate) fn once(self, answer: Answer) -> Self {
        self.rule(None, Some(1), answer)
    }

    /// Answers so where the body holds a word.
    pub(crate) fn refuse(self, word: &str, answer: Answer) -> Self {
        self.rule(Some(word.to_owned()), None, answer)
    }

    fn rule(mut self, word: Option<String>, left: Option<u32>, answer: Answer) -> Self {
        self.rules.push(Rule { word, left, answer });
        self
    }
}

/// A POST that came whole.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The path and the query.
    pub(crate) path: String,
    /// The headers, names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: String,
}

impl Received {
    /// A header's value, or an empty string.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

struct Shared {
    script: Watched<Script>,
    posts: Watched<Vec<Received>>,
    /// How much of a body without end was said before the client hung up.
    endless: Watched<Option<usize>>,
    /// How many connections are open.
    open: Watched<usize>,
}

/// A server on a port of its own on this machine. It ends when it is dropped.
pub(crate) struct HookServer {
    /// Where it listens, on 127.0.0.1.
    pub(crate) port: u16,
    secure: bool,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

impl HookServer {
    /// Starts a server on plain HTTP.
    pub(crate) async fn start(script: Script) -> Self {
        Self::run("127.0.0.1:0", script, None).await
    }

    /// Starts a friendly server that has these POSTs from before.
    pub(crate) async fn start_with(posts: Vec<Received>) -> Self {
        let server = Self::start(Script::new()).await;
        server.shared.posts.change(|before| *before = posts);
        server
    }

    /// Starts a friendly server elsewhere.
    pub(crate) async fn start_at(address: &str) -> Self {
        Self::run(address, Script::new(), None).await
    }

    /// Starts a server on HTTPS.
    pub(crate) async fn start_tls(script: Script, acceptor: TlsAcceptor) -> Self {
        Self::run("127.0.0.1:0", script, Some(acceptor)).await
    }

    async fn run(address: &str, script: Script, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            script: Watched::new(script),
            posts: Watched::new(Vec::new()),
            endless: Watched::new(None),
            open: Watched::new(0),
        });
        let secure = acceptor.is_some();
        let accepting = tokio::spawn(accept(listener, acceptor, shared.clone()));
        Self {
            port,
            secure,
            shared,
            accepting,
        }
    }

    /// Puts another script in force.
    pub(crate) fn set(&self, script: Script) {
        self.shared.script.change(|old| *old = script);
    }

    /// The `n`th POST from 1, as soon as it has come whole.
    pub(crate) async fn post(&self, n: usize) -> Received {
        let look = |posts: &Vec<Received>| posts.get(n - 1).cloned();
        self.shared.posts.wait_for(&format!("POST {n}"), look).await
    }

    /// Every POST that has come whole so far.
    pub(crate) fn posts(&self) -> Vec<Received> {
        self.shared.posts.lock().clone()
    }

    /// Waits until the POSTs that have come whole are as wanted.
    pub(crate) async fn until(&self, what: &str, mut wanted: impl FnMut(&[Received]) -> bool) {
        let look = |posts: &Vec<Received>| wanted(posts).then_some(());
        self.shared.posts.wait_for(what, look).await;
    }

    /// Waits until everything is read that clients which have ended had sent.
    pub(crate) async fn drained(&self) {
        // Connections are taken in their order: with this one, all before it are.
        let mut last = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        last.shutdown().await.unwrap();
        let _ = last.read(&mut [0; 1]).await;
        let look = |open: &usize| (*open == 0).then_some(());
        let ends = self
            .shared
            .open
            .wait_for("all connections at their end", look);
        ends.await;
    }

    /// How many octets of a body without end were said, as soon as the client
    /// has hung up on it.
    pub(crate) async fn hung_up_on(&self) -> usize {
        let look = |said: &Option<usize>| *said;
        let ends = self.shared.endless.wait_for("the end of the line", look);
        ends.await
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/hook", self.port)
    }

    /// This server as a webhook without a secret.
    pub(crate) fn webhook(&self, name: &str) -> Settings {
        settings(name, &self.url())
    }
}

impl Drop for HookServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A webhook without a secret, with the usual limit.
pub(crate) fn settings(name: &str, url: &str) -> Settings {
    Settings {
        name: name.to_owned(),
        url: url.to_owned(),
        secret: None,
        bearer: None,
        success: Success::Status,
        timeout: TIMEOUT,
        proxy: false,
        extra_roots: None,
        internal: false,
        names: Arc::new(SystemNames),
    }
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, shared: Arc<Shared>) {
    let mut sessions = tokio::task::JoinSet::new();
    while let Ok((tcp, _)) = listener.accept().await {
        let (shared, acceptor) = (shared.clone(), acceptor.clone());
        shared.open.change(|open| *open += 1);
        sessions.spawn(async move {
            // A client that hangs up ends its session with an error.
            let _ = match acceptor {
                None => serve(tcp, &shared).await,
                Some(acceptor) => match acceptor.accept(tcp).await {
                    Ok(stream) => serve(stream, &shared).await,
                    Err(error) => Err(error),
                },
            };
            shared.open.change(|open| *open -= 1);
        });
    }
}

/// Answers one request after the other until somebody hangs up.
async fn serve<S>(stream: S, shared: &Shared) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    while let Some(post) = read(&mut stream).await? {
        let answer = look_up(shared, &post.body);
        shared.posts.change(|posts| posts.push(post));
        match answer {
            Answer::Say {
                status,
                headers,
                body,
            } => {
                let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
                for header in headers {
                    head.push_str(&format!("{header}\r\n"));
                }
                let octets = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(octets.as_bytes()).await?;
                stream.flush().await?;
            }
            Answer::Drop => return Ok(()),
            Answer::Raw(octets) => {
                stream.write_all(&octets).await?;
                stream.flush().await?;
                return Ok(());
            }
            Answer::Stall => std::future::pending().await,
            Answer::Wait(let_go) => {
                let_go.notified().await;
                let octets = b"HTTP/1.1 200 Scripted\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(octets).await?;
                stream.flush().await?;
            }
            Answer::Endless => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                    .await?;
                let mut said = 0;
                while stream.write_all(b"4\r\nagh!\r\n").await.is_ok() {
                    stream.flush().await?;
                    said += 4;
                }
                shared.endless.change(|endless| *endless = Some(said));
                return Ok(());
            }
        }
    }
    Ok(())
}

fn look_up(shared: &Shared, body: &str) -> Answer {
    let mut script = shared.script.lock();
    let fits = |rule: &&mut Rule| {
        let word = rule.word.as_ref();
        rule.left != Some(0) && word.is_none_or(|word| body.contains(word.as_str()))
    };
    match script.rules.iter_mut().find(fits) {
        Some(rule) => {
            rule.left = rule.left.map(|left| left - 1);
            rule.answer.clone()
        }
        None => Answer::with(200, &[], "ok"),
    }
}

/// Reads one whole request, or `None` at the end.
async fn read<S>(stream: &mut BufReader<S>) -> std::io::Result<Option<Received>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(Received {
        path,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }))
}
