//! I8: what belongs to a drill says so in each of its parts, and nothing else does.
//!
//! Owns where the mark stands in mails and in posts. Which call-outs are drills is the
//! word of whoever began them: it must not be read from what came.

use std::collections::BTreeSet;

use mail_parser::MessageParser;
use muster::domain::notification::Purpose;
use serde_json::Value;

use super::{hook, smtp};

fn is_marked(text: &str) -> bool {
    text.contains("訓練") || text.contains("DRILL")
}

/// Whether a mail of this Message-ID tells of the daemon's own matters, or of how a drill
/// went: it belongs to no call-out.
pub(super) fn is_notice(id: &str) -> bool {
    id.starts_with("notice.") || id.starts_with("drill-notice.")
}

/// Whether a post tells of the daemon's own matters.
pub(super) fn tells_of_itself(body: &Value) -> bool {
    let purpose = body["purpose"].as_str().and_then(Purpose::parse);
    purpose.is_some_and(Purpose::is_notice)
}

/// What is wrong with the parts of one message.
fn wrong<'a>(
    id: &'a str,
    drill: bool,
    parts: impl IntoIterator<Item = (&'static str, bool)> + 'a,
) -> impl Iterator<Item = String> + 'a {
    let wrong = parts
        .into_iter()
        .filter(move |(_, marked)| *marked != drill);
    let of = if drill { "a drill" } else { "no drill" };
    wrong.map(move |(part, _)| format!("I8: the {part} of {id}, which is of {of}"))
}

/// What is wrong with the marks of mails, where these call-outs are drills.
pub(super) fn of_mails(mails: &[smtp::Received], drills: &BTreeSet<String>) -> Vec<String> {
    let parser = MessageParser::default();
    let mut problems = Vec::new();
    for mail in mails {
        let message = parser.parse(&mail.data).unwrap();
        let id = message.message_id().unwrap_or_default();
        // What tells administrators of the daemon's own matters is neither.
        if id.starts_with("notice.") {
            continue;
        }
        let call_out = id.split('.').nth(1).unwrap_or_default();
        let drill = drills.contains(call_out) || id.starts_with("drill-notice.");
        let parts = [
            ("Message-ID", id.starts_with("drill")),
            ("subject", is_marked(message.subject().unwrap_or_default())),
            ("text", is_marked(&message.body_text(0).unwrap_or_default())),
        ];
        problems.extend(wrong(id, drill, parts));
    }
    problems
}

/// The same of posts, whose payload has a field for it.
pub(super) fn of_posts(posts: &[hook::Received], drills: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    for post in posts {
        let body: Value = serde_json::from_str(&post.body).expect("a post that can be read");
        if tells_of_itself(&body) {
            continue;
        }
        let word = |value: &Value| value.as_str().is_some_and(is_marked);
        let call_out = body["call_out"]["id"].as_str().unwrap_or_default();
        let parts = [
            ("subject", word(&body["subject"])),
            ("text", word(&body["text"])),
            (
                "payload",
                body["drill"].as_bool().expect("a mode in each post"),
            ),
        ];
        let id = post.header("webhook-id");
        problems.extend(wrong(id, drills.contains(call_out), parts));
    }
    problems
}
