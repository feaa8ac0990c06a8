//! One message that came back by mail: what it is.
//!
//! Owns the reading of a message that anybody may have written: a report of a
//! delivery that failed, a machine's reply, a person's reply, our own mail
//! come back. It must not decide anything by it, nor trust a word of it: to
//! whom it was sent is proved by whoever signed that address.

mod automatic;
mod parts;
mod report;
mod text;

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use mail_parser::{DateTime, HeaderName, Message};

use crate::domain::text::one_line;

pub use parts::{MOST_PARTS, parts};
pub use report::{Fault, Report, Verdict};
pub use text::Said;

/// The most of a message that is looked at, in bytes: the head of a larger
/// one says what it is.
pub const LARGEST: usize = 1024 * 1024;

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
    Report(Report),
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
    /// When the first mail system that took it says that it did.
    pub handed_at: Option<Timestamp>,
}

/// To whom a message was delivered, by the headers that a mail system puts
/// on top, the newest first.
pub fn delivered_to(octets: &[u8]) -> Vec<String> {
    let Some(message) = parts::head(octets) else {
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
    let Some(message) = parts::head(octets) else {
        return Some(Kind::Empty);
    };
    message.header_raw(OWN_HEADER).map(|_| Kind::Own)
}

/// Its own identity, without brackets, from its head alone.
pub fn message_id(octets: &[u8]) -> Option<String> {
    let message = parts::head(octets)?;
    message
        .message_id()
        .map(one_line)
        .filter(|id| !id.is_empty())
}

/// Reads a message whole.
///
/// Invariant: it ends without a panic, whatever the octets are.
pub fn read(octets: &[u8]) -> Mail {
    let Some(message) = parts::whole(octets) else {
        return Mail {
            kind: Kind::Empty,
            message_id: None,
            from: Vec::new(),
            written_at: None,
            handed_at: None,
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
        written_at: message.date().and_then(moment),
        handed_at: first_hop(&message),
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
        None => Kind::Reply(text::said(&parts::body(message))),
    }
}

fn moment(date: &DateTime) -> Option<Timestamp> {
    let date = Some(date).filter(|date| date.is_valid())?;
    Timestamp::from_second(date.to_timestamp()).ok()
}

/// Each mail system writes its own field above those of the ones before.
fn first_hop(message: &Message<'_>) -> Option<Timestamp> {
    let hops = message.header_values(HeaderName::Received);
    let hops = hops.filter_map(|hop| hop.as_received());
    hops.last()
        .and_then(|hop| hop.date())
        .and_then(|date| moment(&date))
}

fn from(message: &Message<'_>) -> Vec<String> {
    let addresses = message.from().into_iter().flat_map(|from| from.iter());
    let whole = addresses.filter_map(|address| {
        let named = address.address()?;
        // Why: a carrier's old address without brackets is read as a name, since a dot
        // stands where none may (RFC 5322, 3.4.1).
        let before = address.name().filter(|_| named.starts_with('@'));
        Some(format!("{}{named}", before.unwrap_or_default()))
    });
    whole
        .filter(|address| address.len() <= ADDRESS_BYTES)
        .map(|address| one_line(&address))
        .collect()
}
