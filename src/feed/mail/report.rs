//! Reports of deliveries: those of RFC 3464, and the plain ones of older mail
//! systems.
//!
//! Owns what a report says of one delivery and what that means for the
//! address: dead is only what nobody has. One bad relay must not look like a
//! hundred dead people, nor a person's forwarding to an old telephone like
//! their own address.

use mail_parser::{Message, MessagePart, MimeHeaders};

use super::parts;
use crate::domain::text::one_line;
use crate::domain::typed::same_mailbox;

/// The most characters of what the other side said that are kept.
const DETAIL_CHARS: usize = 300;

/// The most lines of a report's own words that are looked at.
const LINES: usize = 100;

/// What a report means for the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing failed: it was delivered or relayed.
    Fine,
    /// It may still pass.
    Delayed,
    /// This message did not arrive; the address may be good.
    Failed,
    /// Nobody has this address.
    Dead,
}

/// What a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it means.
    pub verdict: Verdict,
    /// The status and the other side's own words, one line.
    pub detail: String,
    /// Of which addresses it speaks; none where it does not say.
    recipients: Vec<String>,
}

/// A report, of one recipient or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report(Vec<Fault>);

impl Report {
    /// The worst that it says of the address that was written to. That nobody
    /// has another one, to which the mail went on from there, says no more
    /// than that this mail did not arrive.
    pub fn about(&self, address: &str) -> Fault {
        let faults = self.0.iter().cloned().map(|fault| {
            let mut names = fault.recipients.iter();
            let other =
                !fault.recipients.is_empty() && !names.any(|name| same_mailbox(name, address));
            match fault.verdict {
                Verdict::Dead if other => Fault {
                    verdict: Verdict::Failed,
                    ..fault
                },
                _ => fault,
            }
        });
        faults.max_by_key(|fault| fault.verdict).unwrap_or(Fault {
            // Why: a report that says nothing that can be read still came in
            // place of the message.
            verdict: Verdict::Failed,
            detail: String::new(),
            recipients: Vec::new(),
        })
    }
}

/// Reads a message that is a report; `None` where it is none.
pub(super) fn read(message: &Message<'_>) -> Option<Report> {
    let status = message.parts.iter().find(|part| is_status(part));
    match status {
        Some(part) => Some(of_groups(message, &parts::text_of(message, part))),
        None if is_plain(message) => Some(Report(vec![of_text(message)])),
        None => None,
    }
}

/// `message/delivery-status`, and the one of RFC 6533.
fn is_status(part: &MessagePart<'_>) -> bool {
    part.content_type().is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case("message")
            && kind.subtype().is_some_and(|subtype| {
                subtype.eq_ignore_ascii_case("delivery-status")
                    || subtype.eq_ignore_ascii_case("global-delivery-status")
            })
    })
}

/// The groups of fields, each about one recipient.
fn of_groups(message: &Message<'_>, text: &str) -> Report {
    let words = opening(message).join(" ").to_lowercase();
    let text = text.replace("\r\n", "\n");
    let groups = text.split("\n\n");
    Report(
        groups
            .filter_map(|group| of_recipient(group, &words))
            .collect(),
    )
}

/// The first lines of what a report says to people.
fn opening(message: &Message<'_>) -> Vec<String> {
    let body = parts::body(message);
    body.lines().take(LINES).map(one_line).collect()
}

fn of_recipient(group: &str, words: &str) -> Option<Fault> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in group.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let field = |name: &str| {
        let found = fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    // "smtp; 550 5.1.1 …", "rfc822; a@example.jp"
    let typed = |value: &str| {
        let value = value.split_once(';').map_or(value, |(_, value)| value);
        value.trim().to_owned()
    };
    let action = field("action")?;
    let status = field("status").unwrap_or_default();
    let said = typed(field("diagnostic-code").unwrap_or_default());
    // Why: where a mail went on to is the last one; the original may be ours.
    let recipient = field("final-recipient").or(field("original-recipient"));
    let recipient = recipient.map(|name| typed(name).trim_matches(['<', '>']).to_owned());
    let verdict = match action.split_whitespace().next().unwrap_or_default() {
        word if word.eq_ignore_ascii_case("failed") => match judge(status, &said, words) {
            // Why: "failed" is the last word of a mail system (RFC 3464,
            // 2.3.3), also where it was told to try again until it gave up.
            Verdict::Delayed => Verdict::Failed,
            verdict => verdict,
        },
        word if word.eq_ignore_ascii_case("delayed") => Verdict::Delayed,
        _ => Verdict::Fine,
    };
    let status = status.split_whitespace().next().unwrap_or_default();
    let joined = if said.contains(status) {
        one_line(&said)
    } else {
        one_line(&format!("{status} {said}"))
    };
    Some(Fault {
        verdict,
        detail: joined.chars().take(DETAIL_CHARS).collect(),
        recipients: recipient
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect(),
    })
}

/// What a failure means: `said` is what the other side said of it, `words`
/// what the report says besides.
fn judge(status: &str, said: &str, words: &str) -> Verdict {
    let given = status.split_whitespace().next().and_then(code);
    // Why: a mail system that was told no more than "550" writes 5.0.0.
    let told = given
        .filter(|(_, subject, _)| *subject != 0)
        .or_else(|| first_code(said))
        .or(given);
    let said = said.to_lowercase();
    // Why: what is refused for who we are says nothing of the recipient.
    let about_us = said.contains("sender");
    match told {
        Some((4, ..)) => Verdict::Delayed,
        Some((5, 1, detail)) if !matches!(detail, 7 | 8) && !about_us => Verdict::Dead,
        Some((5, 0, _)) | None
            if is_bare_refusal(&said)
                && !about_us
                && (names_nobody(&said) || is_of_recipient(&said) || is_of_recipient(words)) =>
        {
            Verdict::Dead
        }
        _ => Verdict::Failed,
    }
}

/// `550`, `551` or `553` as the word of a mail server.
fn is_bare_refusal(said: &str) -> bool {
    let mut words = said.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.any(|word| matches!(word, "550" | "551" | "553"))
}

/// Whether a refusal says in words that nobody has the address. A bare 550 is
/// as often that of a filter, which takes the address and dislikes the text.
fn names_nobody(said: &str) -> bool {
    const WORDS: [&str; 26] = [
        "user unknown",
        "unknown user",
        "recipient unknown",
        "unknown recipient",
        "mailbox unknown",
        "unknown mailbox",
        "address unknown",
        "unknown address",
        "unknown local",
        "unknown account",
        "no such user",
        "no such mailbox",
        "no such recipient",
        "no such address",
        "no such person",
        "no mailbox",
        "no user",
        "user not found",
        "mailbox not found",
        "recipient not found",
        "address not found",
        "not exist",
        "invalid recipient",
        "invalid mailbox",
        "宛先不明",
        "存在しません",
    ];
    WORDS.iter().any(|word| said.contains(word))
}

/// Whether a report says that it was the recipient that was refused, and not
/// the text: as Postfix, Exim, qmail and Sendmail write it.
fn is_of_recipient(words: &str) -> bool {
    const WORDS: [&str; 4] = [
        "in reply to rcpt to",
        "after rcpt to",
        "after pipelined rcpt to",
        "does not like recipient",
    ];
    // What was said last before the first refusal: ">>> RCPT To:<…> <<< 550 …"
    let asked = words.split_once("<<< 5").map_or("", |(before, _)| before);
    let asked = asked.rsplit_once(">>> ").map_or("", |(_, asked)| asked);
    WORDS.iter().any(|word| words.contains(word)) || asked.starts_with("rcpt ")
}

/// `5.1.1`, with nothing but that in the word.
fn code(word: &str) -> Option<(u16, u16, u16)> {
    let mut parts = word.split('.').map(|part| match part.len() {
        1..=3 => part.parse::<u16>().ok(),
        _ => None,
    });
    let all = (parts.next()??, parts.next()??, parts.next()??);
    (parts.next().is_none() && matches!(all.0, 2 | 4 | 5)).then_some(all)
}

/// The first status within a text: `(#5.1.1)`, `550 5.1.1 <…>`.
fn first_code(text: &str) -> Option<(u16, u16, u16)> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    let words = words.map(|word| word.trim_end_matches('.'));
    words
        .filter_map(code)
        .find(|(class, ..)| matches!(class, 4 | 5))
}

/// A report of a mail system that knows no RFC 3464.
fn is_plain(message: &Message<'_>) -> bool {
    if message.header_raw("X-Failed-Recipients").is_some() {
        return true;
    }
    let replied = message.header_raw("Auto-Submitted").is_some_and(|value| {
        value
            .trim()
            .to_ascii_lowercase()
            .starts_with("auto-replied")
    });
    // A mail system that hands a mail in may say nothing of its return path.
    let path = message.header_raw("Return-Path");
    let empty = path.is_none() || has_empty_return_path(message);
    empty && is_from_daemon(message) && !replied
}

/// Reads the words of a plain report.
fn of_text(message: &Message<'_>) -> Fault {
    let lines = opening(message);
    let telling = lines.iter().find(|line| first_code(line).is_some());
    let telling = telling.or_else(|| lines.iter().find(|line| is_bare_refusal(line)));
    let said = telling.cloned().unwrap_or_default();
    let words = lines.join(" ").to_lowercase();
    let subject = message.subject().unwrap_or_default().to_lowercase();
    const WAITS: [&str; 5] = ["warning", "delayed", "still trying", "keep trying", "遅延"];
    let waits = |text: &str| WAITS.iter().any(|word| text.contains(word));
    let verdict = match judge("", &said, &words) {
        // Why: where nothing says that it goes on, the queue has given up.
        Verdict::Delayed if !waits(&subject) && !waits(&words) => Verdict::Failed,
        verdict => verdict,
    };
    let failed = message.header_raw("X-Failed-Recipients");
    let mut recipients: Vec<String> = match failed {
        Some(failed) => failed.split(',').map(one_line).collect(),
        // "<a@example.jp>: …", as qmail and Postfix begin.
        None => lines.iter().filter_map(|line| named(line)).collect(),
    };
    recipients.retain(|name| name.contains('@'));
    Fault {
        verdict,
        detail: said.chars().take(DETAIL_CHARS).collect(),
        recipients,
    }
}

fn named(line: &str) -> Option<String> {
    let (name, rest) = line.strip_prefix('<')?.split_once('>')?;
    rest.starts_with(':').then(|| name.to_owned())
}

/// Whether nobody is to be told of what becomes of it.
pub(super) fn has_empty_return_path(message: &Message<'_>) -> bool {
    let path = message.header_raw("Return-Path");
    path.is_some_and(|path| {
        let path = path.trim().trim_matches(['<', '>']).to_ascii_lowercase();
        // Why: what Postfix's pipe(8) writes where there is none.
        path.is_empty() || path == "mailer-daemon" || path.starts_with("mailer-daemon@")
    })
}

/// Whether a mail system wrote it.
pub(super) fn is_from_daemon(message: &Message<'_>) -> bool {
    const NAMES: [&str; 3] = ["mailer-daemon", "mail-daemon", "postmaster"];
    super::from(message).iter().any(|address| {
        let local = address
            .rsplit_once('@')
            .map_or(address.as_str(), |(local, _)| local);
        NAMES.iter().any(|name| local.eq_ignore_ascii_case(name))
    })
}
