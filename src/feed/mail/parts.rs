//! A message taken apart, within bounds.
//!
//! Owns what is asked of the library that takes it apart, how much it may be
//! given, and the decoding of a single part. It must not know what a part
//! means.
//!
//! Why the library decodes nothing while it takes apart: it would read an
//! encoded message within a message as well, and copy all of it for each one
//! that lies in it, which no look at the raw octets could foresee. A message
//! may not be encoded there anyway (RFC 2045, 6.4).

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::decoders::html::html_to_text;
use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::{LARGEST, text};

/// The most fields that can begin a message within a message, or parts.
const NAMED: usize = 200;

/// The most signs that can part one part from the next.
const DELIMITERS: usize = 5_000;

/// The most parts that a message is ever taken into.
pub const MOST_PARTS: usize = 1 + NAMED + 2 * DELIMITERS;

/// The longest name of a character set that is looked at.
const CHARSET_BYTES: usize = 40;

/// The fields on top of a message.
pub(super) fn head(octets: &[u8]) -> Option<Message<'_>> {
    let octets = looked_at(octets);
    guarded(|| parser().parse_headers(octets))
}

/// All parts of a message; its head alone where there are too many.
pub(super) fn whole(octets: &[u8]) -> Option<Message<'_>> {
    let octets = looked_at(octets);
    if is_reasonable(octets) {
        guarded(|| parser().parse(octets))
    } else {
        guarded(|| parser().parse_headers(octets))
    }
}

/// Into how many parts a message is taken: no more than [`MOST_PARTS`],
/// whatever it is.
pub fn parts(octets: &[u8]) -> usize {
    fn count(message: &Message<'_>) -> usize {
        let within = message.parts.iter().map(|part| match &part.body {
            PartType::Message(inner) => 1 + count(inner),
            _ => 1,
        });
        within.sum()
    }
    whole(octets).as_ref().map_or(0, count)
}

/// The text of a message; that of its page, up to what it quotes, where there
/// is no other.
pub(super) fn body(message: &Message<'_>) -> String {
    let part = message.text_body.first();
    let Some(part) = part.and_then(|part| message.parts.get(*part as usize)) else {
        return String::new();
    };
    let said = text_of(message, part);
    match &part.body {
        PartType::Html(_) => html_to_text(&text::in_lines(text::unquoted(&said))),
        _ => said.into_owned(),
    }
}

/// What stands in one part, decoded, in whatever character set it is.
pub(super) fn text_of<'x>(message: &'x Message<'_>, part: &'x MessagePart<'_>) -> Cow<'x, str> {
    let octets = |from: u32, to: u32| message.raw_message.get(from as usize..to as usize);
    let body = octets(part.offset_body, part.offset_end).unwrap_or_default();
    let mut fields = part.headers.iter();
    let encoding = fields.find(|field| field.name == HeaderName::ContentTransferEncoding);
    let encoding = encoding.and_then(|field| octets(field.offset_start, field.offset_end));
    let encoding = encoding.map(<[u8]>::trim_ascii).unwrap_or_default();
    let known = ["base64", "quoted-printable"];
    let known = known
        .iter()
        .find(|name| name.as_bytes().eq_ignore_ascii_case(encoding));
    match (known, &part.body) {
        (Some(encoding), _) => decoded(part, encoding, body),
        (None, PartType::Text(said) | PartType::Html(said)) => Cow::Borrowed(said.as_ref()),
        (None, PartType::Multipart(_)) => Cow::Borrowed(""),
        (None, _) => String::from_utf8_lossy(body),
    }
}

/// Invariant: what the library is given here calls itself a text, and nothing
/// that came with the mail stands where it could call itself a message.
fn decoded(part: &MessagePart<'_>, encoding: &str, body: &[u8]) -> Cow<'static, str> {
    let kind = part.content_type();
    let charset = kind.and_then(|kind| kind.attribute("charset"));
    let charset = charset.filter(|name| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        name.len() <= CHARSET_BYTES && name.chars().all(fits)
    });
    let charset = charset.unwrap_or("utf-8");
    let head = format!(
        "Content-Type: text/plain; charset=\"{charset}\"\r\n\
         Content-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    let octets = [head.as_bytes(), body].concat();
    let read = guarded(|| MessageParser::default().parse(&octets));
    match read.and_then(|read| read.parts.into_iter().next()) {
        Some(MessagePart {
            body: PartType::Text(said),
            ..
        }) => Cow::Owned(said.into_owned()),
        _ => Cow::Borrowed(""),
    }
}

/// Reads the fields that are asked for, and no other.
fn parser() -> MessageParser {
    MessageParser::new()
        .header_content_type(HeaderName::ContentType)
        .header_content_type(HeaderName::ContentDisposition)
        .header_text(HeaderName::Subject)
        .header_address(HeaderName::From)
        .header_id(HeaderName::MessageId)
        .header_date(HeaderName::Date)
        .header_received(HeaderName::Received)
        // Invariant: with this field unread nothing is decoded.
        .ignore_header(HeaderName::ContentTransferEncoding)
        .default_header_ignore()
}

/// Whether the parts can be counted. No part is a message of its own, or has
/// parts, without this name above it or a sign that parts it from another.
/// Blanks are left out, because the library reads a name without them.
fn is_reasonable(octets: &[u8]) -> bool {
    const NAME: &[u8] = b"content-type";
    let black = octets.iter().filter(|octet| !octet.is_ascii_whitespace());
    let black: Vec<u8> = black.map(u8::to_ascii_lowercase).collect();
    let named = black.windows(NAME.len()).filter(|window| *window == NAME);
    let runs = octets.chunk_by(|one, other| one == other);
    let runs = runs.filter(|run| run.first() == Some(&b'-'));
    named.take(NAMED + 1).count() <= NAMED
        && runs.map(|run| run.len() / 2).sum::<usize>() <= DELIMITERS
}

/// The head of a large message, without the line that a mail system puts
/// above the first field where it hands a mail to a command:
/// `From MAILER-DAEMON  Thu Nov 26 03:58:14 2026`.
fn looked_at(octets: &[u8]) -> &[u8] {
    let octets = octets.get(..LARGEST).unwrap_or(octets);
    let end = octets.iter().position(|octet| *octet == b'\n');
    match end {
        Some(end) if octets.starts_with(b"From ") => &octets[end + 1..],
        _ => octets,
    }
}

/// Why: the reader is not ours and what it reads is anybody's; a fault of it
/// costs that message and no more.
fn guarded<'x>(read: impl FnOnce() -> Option<Message<'x>>) -> Option<Message<'x>> {
    catch_unwind(AssertUnwindSafe(read)).ok().flatten()
}
