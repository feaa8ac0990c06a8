//! Reports of deliveries: those of RFC 3464, and the plain ones of older mail
//! systems.
//!
//! Owns what a report says of one delivery and what that means for the
//! address (only 5.1.x, or a bare 550, 551 or 553, is about the address: one
//! bad relay must not look like a hundred dead people).

use mail_parser::{Message, MessagePart, MimeHeaders, PartType};

use crate::domain::text::one_line;

/// The most characters of what the other side said that are kept.
const DETAIL_CHARS: usize = 300;

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
}

/// Reads a message that is a report; `None` where it is none.
pub(super) fn read(message: &Message<'_>) -> Option<Fault> {
    let status = message.parts.iter().find(|part| is_status(part));
    match status {
        Some(part) => Some(of_groups(&text_of(part))),
        None if is_plain(message) => Some(of_text(message)),
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

fn text_of(part: &MessagePart<'_>) -> String {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.to_string(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        // A reader may take the fields for a message of its own.
        PartType::Message(message) => String::from_utf8_lossy(
            message
                .raw_message
                .get(part.offset_body as usize..part.offset_end as usize)
                .unwrap_or_default(),
        )
        .into_owned(),
        PartType::Multipart(_) => String::new(),
    }
}

/// The groups of fields, each about one recipient: the worst of them.
fn of_groups(text: &str) -> Fault {
    let text = text.replace("\r\n", "\n");
    let faults = text.split("\n\n").filter_map(of_recipient);
    faults.max_by_key(|fault| fault.verdict).unwrap_or(Fault {
        // Why: a report that says nothing that can be read still came in
        // place of the message.
        verdict: Verdict::Failed,
        detail: String::new(),
    })
}

fn of_recipient(group: &str) -> Option<Fault> {
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
    let action = field("action")?;
    let status = field("status").unwrap_or_default();
    let said = field("diagnostic-code").unwrap_or_default();
    // "smtp; 550 5.1.1 …"
    let said = said.split_once(';').map_or(said, |(_, said)| said).trim();
    let verdict = match action.split_whitespace().next().unwrap_or_default() {
        word if word.eq_ignore_ascii_case("failed") => judge(status, said),
        word if word.eq_ignore_ascii_case("delayed") => Verdict::Delayed,
        _ => Verdict::Fine,
    };
    let status = status.split_whitespace().next().unwrap_or_default();
    let joined = if said.contains(status) {
        one_line(said)
    } else {
        one_line(&format!("{status} {said}"))
    };
    Some(Fault {
        verdict,
        detail: joined.chars().take(DETAIL_CHARS).collect(),
    })
}

/// What a failure means.
fn judge(status: &str, said: &str) -> Verdict {
    let given = status.split_whitespace().next().and_then(code);
    // Why: a mail system that was told no more than "550" writes 5.0.0.
    let told = given
        .filter(|(_, subject, _)| *subject != 0)
        .or_else(|| first_code(said))
        .or(given);
    // Why: what is refused for who we are says nothing of the recipient.
    let about_us = said.to_ascii_lowercase().contains("sender");
    match told {
        Some((4, ..)) => Verdict::Delayed,
        Some((5, 1, detail)) if !matches!(detail, 7 | 8) && !about_us => Verdict::Dead,
        Some((5, 0, _)) | None if is_bare_refusal(said) && !about_us => Verdict::Dead,
        _ => Verdict::Failed,
    }
}

/// `550`, `551` or `553` as the word of a mail server.
fn is_bare_refusal(said: &str) -> bool {
    let mut words = said.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.any(|word| matches!(word, "550" | "551" | "553"))
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
    let body = super::body(message);
    let lines: Vec<&str> = body.lines().take(100).collect();
    let telling = lines.iter().find(|line| first_code(line).is_some());
    let telling = telling.or_else(|| lines.iter().find(|line| is_bare_refusal(line)));
    let said = telling.map(|line| one_line(line)).unwrap_or_default();
    Fault {
        verdict: judge("", &said),
        detail: said.chars().take(DETAIL_CHARS).collect(),
    }
}

/// Whether nobody is to be told of what becomes of it.
pub(super) fn has_empty_return_path(message: &Message<'_>) -> bool {
    let path = message.header_raw("Return-Path");
    path.is_some_and(|path| matches!(path.trim(), "<>" | ""))
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
