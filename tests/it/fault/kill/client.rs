//! Clients who tell events and answer until the daemon is gone.
//!
//! Owns the list of what each was told, which nothing is taken from. It must not
//! judge what became of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::daemon::TOKEN;
use crate::support::oracle::link;
use crate::support::request::request;
use crate::support::smtp::SmtpServer;

/// Who answers.
const WHO: &str = "it-1";

/// What a client was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Each key that was sent, with the call-out where it was answered.
    pub(super) events: BTreeMap<String, Option<String>>,
    /// The call-outs whose answer was confirmed.
    pub(super) answered: BTreeSet<String>,
    /// How many of the answers were given by the link in a mail.
    pub(super) by_link: usize,
}

impl Told {
    pub(super) fn add(&mut self, other: Self) {
        self.events.extend(other.events);
        self.answered.extend(other.answered);
        self.by_link += other.by_link;
    }
}

/// A request with a body: status and answer; none where the daemon was gone.
fn post(url: &str, path: &str, body: &str) -> Option<(u16, Value)> {
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let (status, _, answer) = request(url, ("POST", path), &headers, body.as_bytes()).ok()?;
    // An answer that broke off is none.
    Some((status, serde_json::from_str(&answer).ok()?))
}

/// Whether an event calls everybody in the town, by its key.
pub(super) fn calls_everybody(key: &str) -> bool {
    key.starts_with("crowd")
}

/// Tells an event of that key.
pub(super) fn tell(url: &str, key: &str) -> Option<(u16, Value)> {
    let event = if calls_everybody(key) {
        r#""kind":"threat","like":"P1","threat":"噴火""#
    } else {
        r#""kind":"security-incident","effect":"residents""#
    };
    post(
        url,
        "/api/v1/events",
        &format!(r#"{{{event},"key":"{key}"}}"#),
    )
}

pub(super) fn id(answer: &Value) -> String {
    answer["call_outs"][0].as_str().unwrap().to_owned()
}

/// Somebody answers over the interface of programs; whether the daemon is there.
fn answer(url: &str, call_out: &str, told: &mut Told) -> bool {
    let path = format!("/api/v1/call-outs/{call_out}/acknowledgements");
    let body = format!(r#"{{"person":"{WHO}","answer":"coming"}}"#);
    match post(url, &path, &body) {
        Some((200, _)) => told.answered.insert(call_out.to_owned()),
        Some((status, answer)) => panic!("{status}: {answer}"),
        None => return false,
    };
    true
}

/// They press the button behind the link in the mail that came last; whether the
/// daemon is there.
fn press(url: &str, server: &SmtpServer, told: &mut Told) -> bool {
    let mail = server.last_to(&format!("{WHO}@example.jp"));
    let Some((call_out, path)) = mail.as_ref().and_then(link) else {
        return true;
    };
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let pressed = request(url, ("POST", &path), form, b"answer=coming");
    match pressed {
        Ok((200, _, page)) if page.ends_with("</html>\n") || page.ends_with("</html>") => {
            told.by_link += usize::from(told.answered.insert(call_out));
            true
        }
        // An answer that broke off is none.
        Ok((0 | 200, ..)) | Err(_) => false,
        Ok((status, _, page)) => panic!("{status}: {page}"),
    }
}

/// Tells and answers, by link and by program in turn, until the daemon is gone.
pub(super) fn client(url: &str, (round, who): (u64, usize), server: &SmtpServer) -> Told {
    let mut told = Told::default();
    let name = format!("{round}-{who}");
    for number in 0.. {
        let key = format!("{name}-{number}");
        let reply = tell(url, &key);
        let Some((status, answered)) = reply else {
            told.events.insert(key, None);
            break;
        };
        assert_eq!(status, 202, "{answered}");
        let call_out = id(&answered);
        told.events.insert(key, Some(call_out.clone()));
        let there = if (number + who) % 2 == 0 {
            answer(url, &call_out, &mut told)
        } else {
            press(url, server, &mut told)
        };
        if !there {
            break;
        }
    }
    told
}

/// Tells one event that calls everybody.
pub(super) fn crowd(url: &str, name: &str) -> Told {
    let mut told = Told::default();
    let key = format!("crowd-{name}");
    let call_out = tell(url, &key).map(|(status, answered)| {
        assert_eq!(status, 202, "{answered}");
        id(&answered)
    });
    told.events.insert(key, call_out);
    told
}
