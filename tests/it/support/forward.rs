//! A forward proxy, as a town's own network may have one: whoever goes through it
//! gives it names, and it knows where they lead.
//!
//! Owns CONNECT, requests in absolute form, and the list of what was asked of it. A name
//! that it does not know it refuses. It must not judge what is sent through it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use tokio::io::{
    AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy,
    copy_bidirectional,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::waiting::Watched;

/// What somebody asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `CONNECT`, or what is to be done there.
    pub(crate) method: String,
    /// Where: a host, and its port where one is said.
    pub(crate) whom: String,
    /// The headers, names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
}

/// What it does with who asks for a name.
#[derive(Clone, Debug)]
pub(crate) enum Leads {
    /// To this port of this machine.
    To(u16),
    /// To this answer of the proxy's own: a status line and headers.
    Nowhere(&'static str),
}

struct Shared {
    names: BTreeMap<String, Leads>,
    asked: Watched<Vec<Asked>>,
}

/// A proxy on a port of this machine. It ends when it is dropped.
pub(crate) struct Forward {
    /// Where it listens, on 127.0.0.1.
    pub(crate) port: u16,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Forward {
    /// Starts a proxy that knows these names.
    pub(crate) async fn start(names: &[(&str, Leads)]) -> Self {
        Self::start_at(0, names).await
    }

    /// The same on a port that is set.
    pub(crate) async fn start_at(port: u16, names: &[(&str, Leads)]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let names = names.iter();
        let shared = Arc::new(Shared {
            names: names
                .map(|(name, leads)| ((*name).to_owned(), leads.clone()))
                .collect(),
            asked: Watched::new(Vec::new()),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self {
            port,
            shared,
            accepting,
        }
    }

    /// Everything that was asked of it so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().clone()
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // The connections end with the proxy.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // Either side may hang up at any time.
        connections.spawn(async move { serve(client, &shared).await });
    }
}

/// Answers one request; the connection ends with it.
async fn serve(client: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let mut line = String::new();
    client.read_line(&mut line).await?;
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        client.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    // `http://gateway.example.jp:8025/calls`, or what CONNECT says: `gateway.example.jp:443`
    let place = target.strip_prefix("http://").unwrap_or(&target);
    let (whom, path) = place.split_once('/').unwrap_or((place, ""));
    let name = whom.split(':').next().unwrap_or_default();
    let leads = shared.names.get(name).cloned();
    shared.asked.change(|asked| {
        asked.push(Asked {
            method: method.clone(),
            whom: whom.to_owned(),
            headers: headers.clone(),
        });
    });
    match leads.unwrap_or(Leads::Nowhere("502 Bad Gateway")) {
        Leads::Nowhere(says) => {
            let says = format!("HTTP/1.1 {says}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            client.write_all(says.as_bytes()).await?;
            client.shutdown().await
        }
        Leads::To(port) if method == "CONNECT" => {
            let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
            client
                .write_all(b"HTTP/1.1 200 Established\r\n\r\n")
                .await?;
            copy_bidirectional(&mut client, &mut server).await.map(drop)
        }
        Leads::To(port) => {
            let server = TcpStream::connect(("127.0.0.1", port)).await?;
            let head = format!("{method} /{path} HTTP/1.1\r\n");
            pass_on(client, server, (head, headers)).await
        }
    }
}

/// Passes one request on, without what is meant for the proxy, and its answer back.
async fn pass_on(
    mut client: BufReader<TcpStream>,
    mut server: TcpStream,
    (mut head, headers): (String, BTreeMap<String, String>),
) -> io::Result<()> {
    let length = headers.get("content-length");
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    client.read_exact(&mut body).await?;
    for (name, value) in headers
        .iter()
        .filter(|(name, _)| !name.starts_with("proxy-"))
    {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    server.write_all(head.as_bytes()).await?;
    server.write_all(&body).await?;
    // Nothing more is asked on this connection, so that its end is that of the answer.
    server.shutdown().await?;
    let mut server = BufReader::new(server);
    let mut line = String::new();
    server.read_line(&mut line).await?;
    client.write_all(line.as_bytes()).await?;
    client.write_all(b"connection: close\r\n").await?;
    copy(&mut server, &mut client).await?;
    client.shutdown().await
}
