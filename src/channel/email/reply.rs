//! What a relay says, and what that means.
//!
//! Owns the reading of SMTP replies within bounds, and the one table that
//! turns a failure in a phase into a verdict. It must not open or write to a
//! connection.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

use crate::domain::delivery::Reason;
use crate::telemetry::fault;

/// The longest line of a reply.
const LINE_OCTETS: u64 = 4096;

/// The most lines of one reply.
const LINES: usize = 100;

/// The step of the conversation in which something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Looking up the name and connecting.
    Connect,
    /// The server's first words.
    Greeting,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS and the handshake.
    StartTls,
    /// AUTH.
    Login,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// The message, up to and without the dot.
    Content,
    /// After the dot: the message is handed over whole.
    Dot,
}

impl Phase {
    const fn words(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Hello => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Login => "AUTH",
            Self::Mail => "MAIL FROM",
            Self::Rcpt => "RCPT TO",
            Self::Data => "DATA",
            Self::Content => "sending the message",
            Self::Dot => "end of DATA",
        }
    }
}

/// One reply of the server, all its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The three digits.
    pub(super) code: u16,
    /// The texts after the digits.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// Reads one whole reply. `None` when the server hung up.
    pub(super) async fn read<R>(from: &mut R) -> Result<Self, Cause>
    where
        R: AsyncBufRead + Unpin,
    {
        let mut lines = Vec::new();
        let mut code = None;
        while lines.len() < LINES {
            let (digits, last, text) = read_line(from).await?;
            if *code.get_or_insert(digits) != digits {
                return Err(Cause::Nonsense("a reply with two codes".to_owned()));
            }
            lines.push(text);
            if last {
                return Ok(Self {
                    code: digits,
                    lines,
                });
            }
        }
        Err(Cause::Nonsense(format!(
            "a reply of more than {LINES} lines"
        )))
    }

    pub(super) const fn is_positive(&self) -> bool {
        matches!(self.code, 200..=299)
    }

    /// Whether the status of the mail system is what it speaks of, and not that of
    /// the connection (RFC 5321 4.2.1, the second digit).
    pub(super) const fn is_of_the_mail_system(&self) -> bool {
        matches!(self.code / 10 % 10, 5)
    }

    pub(super) const fn is_transient(&self) -> bool {
        matches!(self.code, 400..=499)
    }

    /// The enhanced status code of RFC 3463 (`5.1.1`): the first with which a line
    /// opens and that agrees with the reply's class. Some servers write it at the end,
    /// as `(#5.7.1)`.
    pub(super) fn enhanced(&self) -> Option<(u16, u16, u16)> {
        let words = || self.lines.iter().map(|line| line.split_whitespace());
        let opening = words().filter_map(|mut words| words.next());
        let marked = words().flatten().filter_map(|word| word.strip_prefix("(#"));
        let marked = marked.map(|word| word.trim_end_matches(['.', ')']));
        let code = |word| status(word).filter(|(class, ..)| *class == self.code / 100);
        opening.chain(marked).find_map(code)
    }

    /// Whether the server says that nobody has this address (decision: only
    /// 5.1.x, or a bare 550, 551 or 553, is about the address).
    fn kills_address(&self) -> bool {
        let text = self.lines.join(" ").to_ascii_lowercase();
        // Why: relays check our own address at RCPT too ("Sender address
        // rejected", 5.1.7, 5.1.8). That must not look like a dead recipient.
        let about_us = text.contains("sender");
        // Why: old ones say with the same bare code that they carry nothing to the
        // outside for us ("relay not permitted", "not in my rcpthosts").
        let no_passage =
            text.contains("rcpthosts") || (text.contains("relay") && !text.contains("unknown"));
        match self.enhanced() {
            Some((5, 1, detail)) => !matches!(detail, 7 | 8) && !about_us,
            Some(_) => false,
            None => matches!(self.code, 550 | 551 | 553) && !about_us && !no_passage,
        }
    }
}

/// The three numbers of an enhanced status code.
fn status(word: &str) -> Option<(u16, u16, u16)> {
    let mut parts = word.split('.').map(|part| match part.len() {
        1..=3 => part.parse::<u16>().ok(),
        _ => None,
    });
    let status = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(status)
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.lines.join(" "))
    }
}

/// Reads one line: its code, whether it is the last, its text.
async fn read_line<R>(from: &mut R) -> Result<(u16, bool, String), Cause>
where
    R: AsyncBufRead + Unpin,
{
    let mut line = Vec::with_capacity(128);
    let read = from.take(LINE_OCTETS).read_until(b'\n', &mut line).await;
    read.map_err(Cause::Lost)?;
    if line.last() != Some(&b'\n') {
        return Err(if line.len() as u64 == LINE_OCTETS {
            Cause::Nonsense(format!("a reply line of more than {LINE_OCTETS} octets"))
        } else {
            Cause::Lost(io::ErrorKind::UnexpectedEof.into())
        });
    }
    let line = String::from_utf8_lossy(&line);
    let line = line.trim_end();
    let code = line
        .get(..3)
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|code| (200..600).contains(code));
    let separator = line.as_bytes().get(3).copied();
    match (code, separator) {
        (Some(code), None | Some(b' ' | b'-')) => {
            let text = line.get(4..).unwrap_or_default().to_owned();
            Ok((code, separator != Some(b'-'), text))
        }
        _ => Err(Cause::Nonsense(line.to_owned())),
    }
}

/// What went wrong, before anybody judges it.
#[derive(Debug)]
pub(super) enum Cause {
    /// The server refused.
    Refused(Reply),
    /// The connection broke, or never was.
    Lost(io::Error),
    /// The phase's limit ran out.
    Late(Duration),
    /// What came was not SMTP.
    Nonsense(String),
    /// TLS was not to be had.
    Tls(String),
    /// A login cannot be tried here.
    Login(String),
    /// We hold it back, because of what another mail has just seen.
    Held(Reason, String),
    /// Our own logins are one behind the other, and none is to be had now.
    Behind(Reason, String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reply) => reply.fmt(f),
            Self::Lost(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("the connection was closed without a reply")
            }
            Self::Lost(error) => error.fmt(f),
            Self::Late(limit) => write!(f, "no answer within {} s", limit.as_secs_f64()),
            Self::Nonsense(words) => write!(f, "not an SMTP reply: {words}"),
            Self::Tls(words) | Self::Login(words) => f.write_str(words),
            Self::Held(_, words) | Self::Behind(_, words) => f.write_str(words),
        }
    }
}

/// A failure and the phase in which it came.
#[derive(Debug)]
pub(super) struct Failure {
    /// Where.
    pub(super) phase: Phase,
    /// What.
    pub(super) cause: Cause,
}

impl Failure {
    pub(super) const fn new(phase: Phase, cause: Cause) -> Self {
        Self { phase, cause }
    }

    /// Whether the server put it off in words.
    pub(super) fn is_busy(&self) -> bool {
        matches!(&self.cause, Cause::Refused(reply) if reply.is_transient())
    }

    /// Whether it may be for want of connections: the relay has not come to speak
    /// of mail, and what it lacks is neither TLS that holds nor a login that is right.
    pub(super) fn is_at_the_door(&self) -> bool {
        match self.phase {
            Phase::StartTls => self.verdict() != Verdict::Pass(Reason::Tls),
            // Why too: a relay may let an account in so often only, and put off who
            // comes besides.
            Phase::Login => {
                let held = matches!(self.cause, Cause::Held(..));
                !held && self.verdict() != Verdict::Pass(Reason::Authentication)
            }
            phase => phase < Phase::StartTls,
        }
    }

    /// Whether a kept connection merely went stale: the server was done with
    /// it, or is gone, and nothing had been handed over.
    pub(super) fn is_stale(&self) -> bool {
        self.phase == Phase::Mail
            && match &self.cause {
                Cause::Lost(_) | Cause::Late(_) => true,
                // A server may also take only so many mails on one connection. Any
                // other delay would be said on a new one as well.
                Cause::Refused(reply) => {
                    reply.code == 421 || (reply.code == 452 && reply.enhanced() == Some((4, 5, 3)))
                }
                _ => false,
            }
    }

    /// Whether the reply's code is about the recipient's address and nothing
    /// else (RFC 3463, 5.1.x).
    pub(super) fn is_about_the_address(&self) -> bool {
        match &self.cause {
            Cause::Refused(reply) => matches!(reply.enhanced(), Some((5, 1, _))),
            _ => false,
        }
    }

    /// Whether the text of the mail, or its size, was refused.
    pub(super) fn is_about_the_text(&self) -> bool {
        matches!(self.phase, Phase::Content | Phase::Dot)
            && self.verdict() == Verdict::Pass(Reason::Policy)
    }

    /// The other side's words with the phase.
    pub(super) fn words(&self) -> String {
        format!("{}: {}", self.phase.words(), self.cause)
    }

    /// What it means for the message.
    pub(super) fn verdict(&self) -> Verdict {
        let reply = match &self.cause {
            Cause::Refused(reply) => reply,
            // The control of row 39: it is taken for not sent.
            _ if fault::worse("not-sent") && self.phase == Phase::Dot => {
                return Verdict::Pass(Reason::Unreachable);
            }
            // Invariant: once the dot is out, only a reply that can be read
            // says that the mail was not taken.
            _ if self.phase == Phase::Dot => return Verdict::Unknown,
            Cause::Lost(_) => return Verdict::Pass(Reason::Unreachable),
            Cause::Late(_) => return Verdict::Pass(Reason::Timeout),
            Cause::Nonsense(_) => return Verdict::Pass(Reason::Fault),
            Cause::Tls(_) => return Verdict::Pass(Reason::Tls),
            Cause::Login(_) => return Verdict::Pass(Reason::Authentication),
            Cause::Held(reason, _) | Cause::Behind(reason, _) => return Verdict::Pass(*reason),
        };
        if reply.is_transient() {
            return Verdict::Pass(Reason::Busy);
        }
        match (self.phase, reply.code) {
            (Phase::Dot, ..400) => Verdict::Unknown,
            (Phase::StartTls, _) => Verdict::Pass(Reason::Tls),
            // Why not from RCPT on: it has let us in, and wants a login for this
            // recipient alone, as one outside its own domain.
            (Phase::Login, 500..=599) => Verdict::Pass(Reason::Authentication),
            (phase, 530 | 535) if phase <= Phase::Mail => Verdict::Pass(Reason::Authentication),
            (_, 530 | 535) => Verdict::Pass(Reason::Policy),
            (Phase::Rcpt, _) if reply.kills_address() => Verdict::Dead,
            (Phase::Rcpt, 500..=599) => Verdict::Pass(Reason::Policy),
            // Why: what is said in the middle of the text or after the dot, 552
            // and 554 above all, may be about this text, but a text that this
            // program wrote is refused because a relay's filter dislikes it;
            // another relay or a later try may well take it, and nobody's address
            // is at fault. So it never rejects a contact.
            (Phase::Content | Phase::Dot, 500..=599) | (_, 552 | 554) => {
                Verdict::Pass(Reason::Policy)
            }
            _ if matches!(reply.enhanced(), Some((5, 7, _))) => Verdict::Pass(Reason::Policy),
            _ => Verdict::Pass(Reason::Fault),
        }
    }
}

/// What a failure means for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nobody has this address.
    Dead,
    /// Perhaps taken.
    Unknown,
    /// This relay does not take it now: the next one.
    Pass(Reason),
}
