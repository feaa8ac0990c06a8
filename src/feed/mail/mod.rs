//! One message that came back by mail: what it is.
//!
//! Owns the reading of a message that anybody may have written: a report of a
//! delivery that failed, a machine's reply, a person's reply, our own mail
//! come back. It must not decide anything by it, nor trust a word of it: to
//! whom it was sent is proved by whoever signed that address.

mod automatic;
mod report;
mod text;

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use mail_parser::decoders::html::html_to_text;
use mail_parser::{Message, MessageParser, PartType};

use crate::domain::text::one_line;

pub use report::{Fault, Verdict};
pub use text::Said;

/// The most of a message that is looked at, in bytes: the head of a larger
/// one says what it is.
pub const LARGEST: usize = 1024 * 1024;

/// The most parts of a message that is read whole. Why: a reader that takes
/// apart ten thousand messages, each within the one before, has no end.
const PARTS: usize = 200;

/// The longest address that is looked at.
const ADDRESS_BYTES: usize = 320;

/// The header that each mail of this program carries.
const OWN_HEADER: &str = "X-Muster-Mode";

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing that could be read.
    Empty,
    /// One of our own.
    Own,
    /// A report of a delivery.
    Report(Fault),
    /// From a machine: what gave it away.
    Automatic(&'static str),
    /// From a person.
    Reply(Said),
}

/// A message as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// What it is.
    pub kind: Kind,
    /// Its own identity, without brackets.
    pub message_id: Option<String>,
    /// Whom it says that it is from, addresses alone.
    pub from: Vec<String>,
    /// When it says that it was written.
    pub written_at: Option<Timestamp>,
}

/// To whom a message was delivered, by the headers that a mail system puts
/// on top, the newest first.
pub fn delivered_to(octets: &[u8]) -> Vec<String> {
    let Some(message) = guarded(octets, MessageParser::parse_headers) else {
        return Vec::new();
    };
    const NAMES: [&str; 4] = [
        "X-Original-To",
        "Delivered-To",
        "Envelope-To",
        "X-Envelope-To",
    ];
    let mut found = Vec::new();
    for (name, value) in message.headers_raw() {
        if NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            let value = value.trim().trim_matches(['<', '>']);
            if !value.is_empty() && value.len() <= ADDRESS_BYTES {
                found.push(one_line(value));
            }
        }
    }
    found
}

/// Whether a message can be read at all, and is not our own: a look at its
/// head that costs little, before anything in it is believed.
pub fn glance(octets: &[u8]) -> Option<Kind> {
    let Some(message) = guarded(octets, MessageParser::parse_headers) else {
        return Some(Kind::Empty);
    };
    message.header_raw(OWN_HEADER).map(|_| Kind::Own)
}

/// Reads a message whole.
///
/// Invariant: it ends without a panic, whatever the octets are.
pub fn read(octets: &[u8]) -> Mail {
    let whole = if is_reasonable(octets.get(..LARGEST).unwrap_or(octets)) {
        guarded(octets, MessageParser::parse)
    } else {
        guarded(octets, MessageParser::parse_headers)
    };
    let Some(message) = whole else {
        return Mail {
            kind: Kind::Empty,
            message_id: None,
            from: Vec::new(),
            written_at: None,
        };
    };
    let described = catch_unwind(AssertUnwindSafe(|| kind(&message)));
    Mail {
        kind: described.unwrap_or(Kind::Empty),
        message_id: message
            .message_id()
            .map(one_line)
            .filter(|id| !id.is_empty()),
        from: from(&message),
        written_at: message
            .date()
            .and_then(|date| Timestamp::from_second(date.to_timestamp()).ok()),
    }
}

fn kind(message: &Message<'_>) -> Kind {
    if message.header_raw(OWN_HEADER).is_some() {
        return Kind::Own;
    }
    if let Some(fault) = report::read(message) {
        return Kind::Report(fault);
    }
    match automatic::mark(message) {
        Some(mark) => Kind::Automatic(mark),
        None => Kind::Reply(text::said(&body(message))),
    }
}

/// Its text; that of its page, up to what it quotes, where there is no other.
fn body(message: &Message<'_>) -> String {
    let part = message.text_body.first();
    let part = part.and_then(|part| message.parts.get(*part as usize));
    if let Some(PartType::Html(page)) = part.map(|part| &part.body) {
        return html_to_text(text::unquoted(page));
    }
    message
        .body_text(0)
        .map(std::borrow::Cow::into_owned)
        .unwrap_or_default()
}

fn from(message: &Message<'_>) -> Vec<String> {
    let addresses = message.from().into_iter().flat_map(|from| from.iter());
    addresses
        .filter_map(|address| address.address())
        .filter(|address| address.len() <= ADDRESS_BYTES)
        .map(one_line)
        .collect()
}

/// Whether the parts can be counted. No part is a message of its own, or has
/// parts, without this name above it.
fn is_reasonable(octets: &[u8]) -> bool {
    const NAME: &[u8] = b"content-type";
    let named = octets
        .windows(NAME.len())
        .filter(|window| window.eq_ignore_ascii_case(NAME));
    named.take(PARTS + 1).count() <= PARTS
}

/// Without the line that a mail system puts above the first header where it
/// hands a mail to a command: `From MAILER-DAEMON  Thu Nov 26 03:58:14 2026`.
fn without_envelope(octets: &[u8]) -> &[u8] {
    let end = octets.iter().position(|octet| *octet == b'\n');
    match end {
        Some(end) if octets.starts_with(b"From ") => &octets[end + 1..],
        _ => octets,
    }
}

/// Why: the reader is not ours and what it reads is anybody's; a fault of it
/// costs that message and no more.
fn guarded<'x>(
    octets: &'x [u8],
    read: impl FnOnce(&MessageParser, &'x [u8]) -> Option<Message<'x>>,
) -> Option<Message<'x>> {
    let octets = without_envelope(octets.get(..LARGEST).unwrap_or(octets));
    let parser = MessageParser::default();
    catch_unwind(AssertUnwindSafe(|| read(&parser, octets)))
        .ok()
        .flatten()
}
