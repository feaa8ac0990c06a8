//! The mail as octets.
//!
//! Owns the envelope, the headers and the MIME body, built by `lettre` and
//! nothing more, with the same octets for every copy of a message. Whatever
//! text it is given, no header can be ended or added by it. It must not
//! connect to anybody.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;
use lettre::address::Envelope;
use lettre::message::header::{self, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use memchr::memmem;
use sha2::{Digest as _, Sha256};

use super::Mail;
use super::address::Address;
use crate::channel::words::clip;
use crate::domain::text::one_line;

/// The longest name or subject, in characters: a line of a mail must stay
/// below 998 octets even where there is no place to fold it.
const LONGEST_TEXT: usize = 200;

/// How many lines a short mail has, and how many links below them.
const BRIEF_LINES: usize = 8;
const BRIEF_LINKS: usize = 2;

/// A mail ready for the wire.
pub(super) struct Letter {
    /// `MAIL FROM:<…>` and its line end.
    pub(super) mail: String,
    /// `RCPT TO:<…>` and its line end.
    pub(super) rcpt: String,
    /// To whom, to tell one refused address from many.
    pub(super) to: String,
    /// The message, its dots doubled, and the closing dot.
    pub(super) data: Vec<u8>,
}

impl Letter {
    /// The same mail as a short plain text, for a relay after one that
    /// disliked the text or found it too large: its first lines, and the link.
    pub(super) fn brief(mail: &Mail, from: &Address) -> Result<Self, String> {
        let brief = Mail {
            text: first_lines(&mail.text),
            html: String::new(),
            urgent: false,
            ..mail.clone()
        };
        Self::new(&brief, from)
    }

    /// Builds the mail. The error is a sentence about what the roster gives.
    pub(super) fn new(mail: &Mail, from: &Address) -> Result<Self, String> {
        let to = Address::parse(&mail.to).map_err(|why| format!("the mail address: {why}"))?;
        let sender = match mail.return_path.as_str() {
            "" => String::new(),
            path => Address::parse(path)
                .map_err(|why| format!("the return path: {why}"))?
                .to_string(),
        };
        let octets = format(mail, from, &to)?;
        Ok(Self {
            mail: format!("MAIL FROM:<{sender}>\r\n"),
            rcpt: format!("RCPT TO:<{to}>\r\n"),
            to: to.to_string(),
            data: stuff(&octets),
        })
    }
}

fn format(mail: &Mail, from: &Address, to: &Address) -> Result<Vec<u8>, String> {
    let id = reference(&mail.message_id)?;
    let own = lettre::Address::new_dangerous(from.local(), from.domain());
    // Why: lettre wants an envelope that it can read, and an old carrier
    // address is not one. Ours is on the wire; this one is never looked at.
    let envelope = Envelope::new(None, vec![own.clone()]).map_err(|error| error.to_string())?;
    let mut builder = lettre::Message::builder()
        .envelope(envelope)
        .from(Mailbox::new(None, own.clone()))
        .to(mailbox(&mail.to_name, to))
        .subject(clean(&mail.subject))
        .date(std::time::SystemTime::UNIX_EPOCH)
        .message_id(Some(id.clone()));
    if let Some(root) = &mail.references {
        let root = reference(root)?;
        builder = builder.in_reply_to(root.clone()).references(root);
    }
    if let Some(reply_to) = &mail.reply_to {
        let address =
            Address::parse(reply_to).map_err(|why| format!("the reply address: {why}"))?;
        builder = builder.raw_header(fixed("Reply-To", &format!("<{address}>")));
    }
    let submitted = if mail.replies {
        "auto-replied"
    } else {
        "auto-generated"
    };
    builder = builder
        .raw_header(fixed("Auto-Submitted", submitted))
        .raw_header(fixed("X-Auto-Response-Suppress", "All"))
        .raw_header(fixed("X-Muster-Mode", mail.kind.name()));
    if mail.urgent {
        builder = builder
            .raw_header(fixed("Importance", "high"))
            .raw_header(fixed("X-Priority", "1"));
    }
    let plain = part(header::ContentType::TEXT_PLAIN, &mail.text)?;
    let built = if mail.html.is_empty() {
        builder.singlepart(plain)
    } else {
        let parts = MultiPart::alternative().boundary(boundary(&id));
        let html = part(header::ContentType::TEXT_HTML, &mail.html)?;
        builder.multipart(parts.singlepart(plain).singlepart(html))
    };
    let mut message = built.map_err(|why| why.to_string())?;
    // Why: lettre reads back what it was given, a name as well as a date, and
    // is stricter in reading than in writing. So these two are set when it
    // has done with that.
    let sender = mailbox(&mail.from_name, from);
    message
        .headers_mut()
        .set(header::From::from(lettre::message::Mailboxes::from(sender)));
    let date = DateTimePrinter::new()
        .zoned_to_string(&mail.date.to_zoned(TimeZone::UTC))
        .map_err(|_| "the date is before the year 0".to_owned())?;
    message.headers_mut().insert_raw(fixed("Date", &date));
    Ok(message.formatted())
}

/// A header of which we choose every character.
fn fixed(name: &'static str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned())
}

fn mailbox(name: &str, address: &Address) -> Mailbox {
    let name = clean(name);
    let email = lettre::Address::new_dangerous(address.local(), address.domain());
    Mailbox::new(Some(name).filter(|name| !name.is_empty()), email)
}

/// Invariant: what stands in a header has no control character and no line
/// separator; lettre would panic on a line end in a name.
fn clean(text: &str) -> String {
    clip(one_line(text), LONGEST_TEXT)
}

/// A message id in its brackets.
fn reference(id: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>');
    if id.is_empty() || id.len() > 250 || !id.chars().all(fits) {
        return Err("the message id does not fit into a header".to_owned());
    }
    Ok(format!("<{id}>"))
}

/// The same for every copy of a message.
fn boundary(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    format!("muster-{}", URL_SAFE_NO_PAD.encode(&digest[..18]))
}

/// One text of the mail, in octets that every relay takes.
///
/// Why base64 for everything that is not ASCII: Japanese is half as long in it
/// as in quoted-printable, and written in a third of the time.
fn part(kind: header::ContentType, text: &str) -> Result<SinglePart, String> {
    let text = body(text);
    let body = if text.is_ascii() {
        Body::new(text.into_owned())
    } else {
        // Why here and as octets: lettre ends each line anew in place, and moves
        // the rest of the text for it each time.
        let text = text.replace('\n', "\r\n").into_bytes();
        Body::new_with_encoding(text, header::ContentTransferEncoding::Base64)
            .map_err(|_| "the text cannot be written in base64".to_owned())?
    };
    Ok(SinglePart::builder().header(kind).body(body))
}

/// A text without the control characters that no mail may carry.
fn body(text: &str) -> Cow<'_, str> {
    let bare = |c: char| c != '\n' && c != '\t' && c.is_control();
    // Why octets first: nearly no text has any, and all of each is looked
    // through. Those above ASCII begin with 0xC2 (U+0080 to U+009F).
    let perhaps = text.bytes().fold(false, |perhaps, octet| {
        perhaps | matches!(octet, 0..=8 | 11..=31 | 127 | 0xC2)
    });
    if !perhaps {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace(bare, ""))
}

/// The first lines that say something, and below them each line with a link.
fn first_lines(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let kept = lines
        .enumerate()
        .filter(|(at, line)| *at < BRIEF_LINES || line.contains("://"))
        .take(BRIEF_LINES + BRIEF_LINKS);
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

/// Doubles each dot that opens a line, and closes with the lone dot (RFC 5321
/// 4.5.2).
fn stuff(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() + 64);
    let mut written = 0;
    let opens = octets.first() == Some(&b'.');
    let dots = memmem::find_iter(octets, b"\n.").map(|line| line + 1);
    for dot in opens.then_some(0).into_iter().chain(dots) {
        out.extend_from_slice(&octets[written..dot]);
        out.push(b'.');
        written = dot;
    }
    out.extend_from_slice(&octets[written..]);
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}
