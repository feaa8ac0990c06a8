//! HTTP by hand, on a connection for each request.
//!
//! Owns the few lines of the protocol that a test needs. It must not judge what
//! comes back.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// Status, headers and body; status 0 where the answer broke off before it.
pub(crate) fn request(
    url: &str,
    (method, path): (&str, &str),
    headers: &str,
    body: &[u8],
) -> io::Result<(u16, String, String)> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host)?;
    stream.write_all(head((method, path), host, headers, body.len()).as_bytes())?;
    // A server that refuses a large body may close before it has read it.
    let _ = stream.write_all(body);
    Ok(read(stream))
}

/// Reads an answer as far as it comes.
fn read(mut stream: TcpStream) -> (u16, String, String) {
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply);
    let reply = String::from_utf8_lossy(&reply).into_owned();
    let status = reply
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let (head, body) = reply.split_once("\r\n\r\n").unwrap_or_default();
    (status, head.to_owned(), body.to_owned())
}

/// How far a request came.
pub(crate) enum Came {
    /// Nobody took the connection.
    Refused,
    /// It could not be written whole: whoever took the connection was gone by then.
    Unwritten,
    /// It was written whole, and no answer came.
    Unanswered,
    /// The status and the body of the answer.
    Answered(u16, String),
}

/// A request with a small body, on which it is told how far it came.
pub(crate) fn ask(url: &str, (method, path): (&str, &str), headers: &str, body: &str) -> Came {
    let host = url.trim_start_matches("http://");
    let Ok(mut stream) = TcpStream::connect(host) else {
        return Came::Refused;
    };
    let whole = format!("{}{body}", head((method, path), host, headers, body.len()));
    if stream.write_all(whole.as_bytes()).is_err() {
        return Came::Unwritten;
    }
    match read(stream) {
        (0, ..) => Came::Unanswered,
        (status, _, body) => Came::Answered(status, body),
    }
}

fn head((method, path): (&str, &str), host: &str, headers: &str, length: usize) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    )
}
