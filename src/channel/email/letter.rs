//! The mail as octets.
//!
//! Owns the envelope, the headers and the MIME body, built by `lettre` and
//! nothing more, with the same octets for every copy of a message. Whatever
//! text it is given, no header can be ended or added by it. It must not
//! connect to anybody.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;
use lettre::message::header::{self, Headers};
use lettre::message::{Body, Mailbox, Mailboxes, MultiPart, SinglePart};
use memchr::memmem;
use sha2::{Digest as _, Sha256};

use super::Mail;
use super::address::Address;
use crate::channel::words::clip;
use crate::domain::text::one_line;

/// The longest name or subject, in characters: a line of a mail must stay
/// below 998 octets even where there is no place to fold it.
const LONGEST_TEXT: usize = 200;

/// How many lines a short mail has, how many links below them, and how many of the
/// last lines: when it was written, that it may come twice, and a drill's mark.
const BRIEF_LINES: usize = 8;
const BRIEF_LINKS: usize = 2;
const BRIEF_END: usize = 3;

/// The dot that closes a message.
const END: &[u8] = b".\r\n";

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
    /// MAIL, RCPT and DATA as one group; DATA must be its last (RFC 2920 3.1).
    pub(super) fn group(&self) -> String {
        format!("{}{}DATA\r\n", self.mail, self.rcpt)
    }

    /// The same mail as a short plain text, for a relay after one that
    /// disliked the text or found it too large: its first lines, the link, and the
    /// last lines.
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
            data: stuff(octets),
        })
    }
}

/// The message as octets.
///
/// Why not lettre's `Message`: it reads back each header that it has written,
/// more strictly than it wrote it, for an envelope that ours is not.
fn format(mail: &Mail, from: &Address, to: &Address) -> Result<Vec<u8>, String> {
    let id = reference(&mail.message_id)?;
    let mut octets = headers(mail, &id, from, to)?.into_bytes();
    let plain = part(header::ContentType::TEXT_PLAIN, &mail.text);
    let body = if mail.html.is_empty() {
        plain.formatted()
    } else {
        let html = part(header::ContentType::TEXT_HTML, &mail.html);
        let parts = MultiPart::builder().header(alternative(&id)?);
        parts.singlepart(plain).singlepart(html).formatted()
    };
    // Why more: the end of the message is put behind it in the same place.
    octets.reserve_exact(body.len() + END.len() + 2);
    octets.extend_from_slice(&body);
    Ok(octets)
}

/// The headers but those of the body: what people wrote as lettre encodes it, and
/// below it those of which we choose every character.
fn headers(mail: &Mail, id: &str, from: &Address, to: &Address) -> Result<String, String> {
    let mut headers = Headers::new();
    let [from, to] = [(&mail.from_name, from), (&mail.to_name, to)]
        .map(|(name, address)| Mailboxes::from(mailbox(name, address)));
    headers.set(header::From::from(from));
    headers.set(header::To::from(to));
    headers.set(header::Subject::from(clean(&mail.subject)));
    let mut headers = headers.to_string();
    let mut fixed = |name: &str, value: &str| headers.extend([name, ": ", value, "\r\n"]);
    let date = DateTimePrinter::new()
        .zoned_to_string(&mail.date.to_zoned(TimeZone::UTC))
        .map_err(|_| "the date is before the year 0".to_owned())?;
    fixed("Date", &date);
    fixed("Message-ID", id);
    if let Some(root) = &mail.references {
        let root = reference(root)?;
        fixed("In-Reply-To", &root);
        fixed("References", &root);
    }
    if let Some(reply_to) = &mail.reply_to {
        let address =
            Address::parse(reply_to).map_err(|why| format!("the reply address: {why}"))?;
        fixed("Reply-To", &format!("<{address}>"));
    }
    let submitted = if mail.replies {
        "auto-replied"
    } else {
        "auto-generated"
    };
    fixed("Auto-Submitted", submitted);
    fixed("X-Auto-Response-Suppress", "All");
    fixed("X-Muster-Mode", mail.kind.name());
    if mail.urgent {
        fixed("Importance", "high");
        fixed("X-Priority", "1");
    }
    fixed("MIME-Version", "1.0");
    Ok(headers)
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

/// Two texts that say the same, parted by what is the same for every copy of a
/// message.
fn alternative(id: &str) -> Result<header::ContentType, String> {
    let digest = Sha256::digest(id.as_bytes());
    let boundary = URL_SAFE_NO_PAD.encode(&digest[..18]);
    let kind = format!("multipart/alternative; boundary=\"muster-{boundary}\"");
    header::ContentType::parse(&kind).map_err(|why| why.to_string())
}

/// One text of the mail, in octets that every relay takes.
///
/// Why base64 for everything that is not ASCII: Japanese is half as long in it
/// as in quoted-printable, and written in a third of the time.
fn part(kind: header::ContentType, text: &str) -> SinglePart {
    let text = body(text);
    let body = if text.is_ascii() {
        Body::new(text.into_owned())
    } else {
        // Why here: lettre ends each line anew in place, and moves the rest of the
        // text for it each time; and it encodes line by line.
        let text = in_base64(&ended(&text));
        Body::dangerous_pre_encoded(text, header::ContentTransferEncoding::Base64)
    };
    SinglePart::builder().header(kind).body(body)
}

/// Each line ended as in a mail.
fn ended(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 16 + 2);
    let mut written = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
        out.extend_from_slice(&text.as_bytes()[written..end]);
        out.extend_from_slice(b"\r\n");
        written = end + 1;
    }
    out.extend_from_slice(&text.as_bytes()[written..]);
    out
}

/// In base64, in lines of 76 (RFC 2045 6.8).
fn in_base64(text: &[u8]) -> Vec<u8> {
    let whole = STANDARD.encode(text);
    let mut lines = Vec::with_capacity(whole.len() + whole.len() / 38 + 2);
    for line in whole.as_bytes().chunks(76) {
        if !lines.is_empty() {
            lines.extend_from_slice(b"\r\n");
        }
        lines.extend_from_slice(line);
    }
    lines
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

/// The first lines that say something, below them the lines with a link, and the
/// last ones.
fn first_lines(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<&str> = lines.collect();
    let end = lines.len().saturating_sub(BRIEF_END).max(BRIEF_LINES);
    let (first, rest) = lines.split_at(BRIEF_LINES.min(lines.len()));
    let (between, last) = rest.split_at((end - BRIEF_LINES).min(rest.len()));
    let links = between.iter().filter(|line| line.contains("://"));
    let kept = first.iter().chain(links.take(BRIEF_LINKS)).chain(last);
    kept.map(|line| format!("{line}\n")).collect()
}

/// Doubles each dot that opens a line, and closes with the lone dot (RFC 5321
/// 4.5.2).
fn stuff(octets: Vec<u8>) -> Vec<u8> {
    let opens = octets.first() == Some(&b'.');
    let dots = memmem::find_iter(&octets, b"\n.").map(|line| line + 1);
    let dots: Vec<usize> = opens.then_some(0).into_iter().chain(dots).collect();
    let mut out = if dots.is_empty() {
        octets
    } else {
        doubled(&octets, &dots)
    };
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(END);
    out
}

fn doubled(octets: &[u8], dots: &[usize]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() + dots.len() + END.len() + 2);
    let mut written = 0;
    for dot in dots {
        out.extend_from_slice(&octets[written..*dot]);
        out.push(b'.');
        written = *dot;
    }
    out.extend_from_slice(&octets[written..]);
    out
}
