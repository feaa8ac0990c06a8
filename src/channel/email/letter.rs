//! The mail as octets.
//!
//! Owns the envelope, the headers and the MIME body, built by `lettre` and
//! nothing more, with the same octets for every copy of a message. Whatever
//! text it is given, no header can be ended or added by it. It must not
//! connect to anybody.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;
use lettre::message::header::{self, Headers};
use lettre::message::{Mailbox, Mailboxes};
use memchr::memmem;

use super::Mail;
use super::address::Address;
use super::alike::Alike;
use super::body;
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

/// How many heads are kept: two languages, and what is said of a few call-outs.
const KEPT: usize = 16;

/// Whom mails come from.
pub(super) struct Origin {
    address: Address,
    /// The last few heads, the latest first.
    heads: Mutex<VecDeque<Arc<Head>>>,
    alike: Alike,
}

/// The headers that are the same for everybody who is told the same.
struct Head {
    from_name: String,
    title: String,
    /// Both as lettre encodes them.
    from: String,
    subject: String,
}

impl Origin {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            heads: Mutex::default(),
            alike: Alike::default(),
        }
    }

    fn head(&self, mail: &Mail) -> Arc<Head> {
        let is_its =
            |head: &&Arc<Head>| head.title == mail.subject && head.from_name == mail.from_name;
        if let Some(head) = self.heads().iter().find(is_its) {
            return Arc::clone(head);
        }
        let head = Arc::new(Head {
            from: encoded(header::From::from(mailboxes(
                &mail.from_name,
                &self.address,
            ))),
            subject: encoded(header::Subject::from(clean(&mail.subject))),
            from_name: mail.from_name.clone(),
            title: mail.subject.clone(),
        });
        let mut heads = self.heads();
        heads.push_front(Arc::clone(&head));
        heads.truncate(KEPT);
        head
    }

    /// Why: nothing that is done under the lock can fail half-way.
    fn heads(&self) -> MutexGuard<'_, VecDeque<Arc<Head>>> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A mail ready for the wire.
pub(super) struct Letter {
    /// `MAIL FROM:<…>` and its line end.
    pub(super) mail: String,
    /// `RCPT TO:<…>` and its line end.
    pub(super) rcpt: String,
    /// To whom, to tell one refused address from many.
    pub(super) to: String,
    /// Which goes first where several wait: 0 before 1.
    pub(super) urgency: u8,
    /// The message, its dots doubled, and the closing dot.
    pub(super) data: Vec<u8>,
}

impl Letter {
    /// MAIL, RCPT and DATA as one group; DATA must be its last (RFC 2920 3.1).
    pub(super) fn group(&self) -> String {
        [&self.mail, &self.rcpt, "DATA\r\n"].concat()
    }

    /// The same mail as a short plain text, for a relay after one that
    /// disliked the text or found it too large: its first lines, the link, and the
    /// last lines.
    pub(super) fn brief(mail: &Mail, from: &Origin) -> Result<Self, String> {
        let brief = Mail {
            text: first_lines(&mail.text),
            html: String::new(),
            urgent: false,
            ..mail.clone()
        };
        Self::new(&brief, from)
    }

    /// Builds the mail. The error is a sentence about what the roster gives.
    pub(super) fn new(mail: &Mail, from: &Origin) -> Result<Self, String> {
        let to = Address::parse(&mail.to).map_err(|why| format!("the mail address: {why}"))?;
        let sender = match mail.return_path.as_str() {
            "" => String::new(),
            path => Address::parse(path)
                .map_err(|why| format!("the return path: {why}"))?
                .to_string(),
        };
        let octets = format(mail, from, &to)?;
        let to = to.to_string();
        Ok(Self {
            // Why put together so: each mail is made of many small texts, and what
            // grows as it is written is moved several times.
            mail: ["MAIL FROM:<", &sender, ">\r\n"].concat(),
            rcpt: ["RCPT TO:<", &to, ">\r\n"].concat(),
            to,
            urgency: mail.urgency,
            data: stuff(octets),
        })
    }
}

/// The message as octets.
///
/// Why not lettre's `Message`: it reads back each header that it has written,
/// more strictly than it wrote it, for an envelope that ours is not.
fn format(mail: &Mail, from: &Origin, to: &Address) -> Result<Vec<u8>, String> {
    let id = reference(&mail.message_id)?;
    let mut octets = headers(mail, &id, from, to)?.into_bytes();
    body::put(&mut octets, (&mail.text, &mail.html), &id, &from.alike)?;
    Ok(octets)
}

/// The headers but those of the body: what people wrote as lettre encodes it, and
/// below it those of which we choose every character.
fn headers(mail: &Mail, id: &str, from: &Origin, to: &Address) -> Result<String, String> {
    let head = from.head(mail);
    let to = encoded(header::To::from(mailboxes(&mail.to_name, to)));
    // Why also for the texts, which in base64 are longer by a third, and for the dot: what
    // is put behind the headers is not to move them.
    let texts = 1024 + (mail.text.len() + mail.html.len()) * 3 / 2;
    let own = head.from.len() + to.len() + head.subject.len() + 512;
    let mut headers = String::with_capacity(own + texts);
    headers.extend([&head.from, &to, &head.subject].map(String::as_str));
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

/// One header as lettre encodes it, with its line end.
fn encoded(header: impl header::Header) -> String {
    let mut headers = Headers::new();
    headers.set(header);
    headers.to_string()
}

fn mailboxes(name: &str, address: &Address) -> Mailboxes {
    let name = clean(name);
    let email = lettre::Address::new_dangerous(address.local(), address.domain());
    Mailbox::new(Some(name).filter(|name| !name.is_empty()), email).into()
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
    Ok(["<", id, ">"].concat())
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
