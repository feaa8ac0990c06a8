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
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    // A server that refuses a large body may close before it has read it.
    let _ = stream.write_all(body);
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply);
    let reply = String::from_utf8_lossy(&reply).into_owned();
    let status = reply
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let (head, body) = reply.split_once("\r\n\r\n").unwrap_or_default();
    Ok((status, head.to_owned(), body.to_owned()))
}
