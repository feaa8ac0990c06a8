//! A catch-all mail receiver on loopback: plain SMTP (RFC 5321), everything
//! is kept, some addresses do not exist.
//!
//! It must not relay anything.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;

/// The longest line and the largest mail that are read, in bytes.
const LINE: u64 = 4096;
const LARGEST: usize = 1024 * 1024;

/// A mail as a person would see it.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    /// To whom.
    pub(super) to: String,
    /// The plain part.
    pub(super) text: String,
}

struct Shared {
    refused: Mutex<HashSet<String>>,
    letters: broadcast::Sender<Letter>,
    count: AtomicUsize,
}

/// The receiver.
pub(super) struct Receiver {
    /// Where it listens.
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Listens on loopback.
    pub(super) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let shared = Arc::new(Shared {
            refused: Mutex::default(),
            letters: broadcast::channel(4096).0,
            count: AtomicUsize::new(0),
        });
        let address = listener.local_addr()?;
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                tokio::spawn(async move {
                    // A client that goes away is its own affair.
                    let _ = converse(stream, &shared).await;
                });
            }
        });
        Ok(Self { address, shared })
    }

    /// These addresses do not exist.
    pub(super) fn refuse(&self, addresses: HashSet<String>) {
        *self
            .shared
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = addresses;
    }

    /// Hears of every mail.
    pub(super) fn letters(&self) -> broadcast::Receiver<Letter> {
        self.shared.letters.subscribe()
    }

    /// How many mails came.
    pub(super) fn count(&self) -> usize {
        self.shared.count.load(Ordering::Relaxed)
    }
}

async fn converse(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    reply(&mut stream, "220 demo.example.jp ESMTP").await?;
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if (&mut stream).take(LINE).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let verb = line.get(..4).unwrap_or(line).to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => {
                reply(
                    &mut stream,
                    "250-demo.example.jp\r\n250-8BITMIME\r\n250 PIPELINING",
                )
                .await?
            }
            "MAIL" | "RSET" => {
                to.clear();
                reply(&mut stream, "250 2.1.0 Ok").await?;
            }
            "RCPT" => {
                let address = line
                    .split_once('<')
                    .and_then(|(_, rest)| rest.split_once('>'));
                let address = address
                    .map(|(address, _)| address.to_owned())
                    .unwrap_or_default();
                let refused = shared
                    .refused
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .contains(&address);
                if refused {
                    reply(&mut stream, &format!("550 5.1.1 <{address}>: User unknown")).await?;
                } else {
                    to = address;
                    reply(&mut stream, "250 2.1.5 Ok").await?;
                }
            }
            "DATA" if to.is_empty() => reply(&mut stream, "554 5.5.1 No valid recipients").await?,
            "DATA" => {
                reply(&mut stream, "354 End data with <CR><LF>.<CR><LF>").await?;
                let raw = read_mail(&mut stream).await?;
                let number = shared.count.fetch_add(1, Ordering::Relaxed) + 1;
                reply(&mut stream, &format!("250 2.0.0 Ok: kept as {number}")).await?;
                deliver(shared, std::mem::take(&mut to), &raw);
            }
            "QUIT" => return reply(&mut stream, "221 2.0.0 Bye").await,
            "HELO" | "NOOP" => reply(&mut stream, "250 Ok").await?,
            _ => reply(&mut stream, "502 5.5.2 Not known").await?,
        }
    }
}

async fn reply(stream: &mut BufReader<TcpStream>, text: &str) -> std::io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await
}

/// Reads to the line that holds one dot; dots at a line's start are unstuffed.
async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 || raw.len() > LARGEST {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(raw);
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

fn deliver(shared: &Shared, to: String, raw: &[u8]) {
    let parsed = MessageParser::default().parse(raw);
    let text = parsed.and_then(|mail| mail.body_text(0).map(|text| text.into_owned()));
    // Nobody may be listening any more.
    let _ = shared.letters.send(Letter {
        to,
        text: text.unwrap_or_default(),
    });
}
